//! Who gets what was read on a connection.

use std::sync::Arc;

use super::core::{Receiver, Shared};
use super::handling::{Handling, Kept, Turn};
use super::mailbox::{Mailbox, Message};
use crate::proto::Refusal;
use crate::proto::framing::{Elements, Encoded, Form, Found, Packet, Reader, Sink, text_of};
use crate::proto::kernel::ConnectionId;
use crate::proto::lanes::{self, Lanes};

/// Hands out what was read: messages to one port that follow each other together.
pub(super) struct Dispatch {
    shared: Arc<Shared>,
    connection: ConnectionId,
    target: Target,
    messages: Vec<Message>,
    lanes: Lanes,
    /// What the lanes have set free.
    released: Vec<Packet>,
}

/// For whom the last message was.
enum Target {
    /// Somebody else runs the port's handlers, who will run them for this as well; or whoever looks must not.
    Busy(Arc<Handling>),
    Handlers(Turn),
    Mailbox(Arc<Mailbox>),
    /// The node itself, or a port that is the kernel's, or none.
    Node,
}

impl Target {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Busy(handling) => Some(&handling.name),
            Self::Handlers(turn) => Some(&turn.handling().name),
            Self::Mailbox(mailbox) => Some(&mailbox.name),
            Self::Node => None,
        }
    }

    /// In which form it takes messages.
    const fn form(&self) -> Form {
        match self {
            Self::Busy(_) | Self::Handlers(_) => Form::Encoded,
            Self::Mailbox(_) => Form::Values,
            Self::Node => Form::Packet,
        }
    }
}

/// Who hands something out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// The connection's task.
    Task,
    /// Whoever looks for an answer, somewhere in the program: nothing of the program's runs there that is not his.
    Lookout,
}

/// What became of the first message.
#[derive(Debug)]
pub(super) enum Next {
    /// It was handed out, and is so long, in bytes.
    Done(usize),
    /// It is not all there.
    Short,
    /// It is one for the connection's task.
    Left,
}

/// Hands out what is read; what becomes of a message says whether that was done.
struct HandingOut<'a> {
    dispatch: &'a mut Dispatch,
    by: By,
}

// What is found is handed out where it is found: a call for each message, and what it passes, would cost a tenth of it.
impl Sink for HandingOut<'_> {
    type Taken = bool;

    #[inline(always)]
    fn form(&mut self, port: &[u8]) -> Form {
        if !self.dispatch.lanes.is_idle() {
            return Form::Packet;
        }
        self.dispatch.turn_to(port, self.by);
        self.dispatch.target.form()
    }

    #[inline(always)]
    fn take(&mut self, found: Found<'_>) -> Result<bool, Refusal> {
        match found {
            Found::Values(elements) => self.dispatch.messages.push(Message { elements }),
            found if self.by == By::Lookout && !self.dispatch.runs_nothing(&found) => return Ok(false),
            Found::Encoded(elements) => self.dispatch.handle(elements)?,
            Found::Packet(packet) => self.dispatch.take(packet)?,
        }
        Ok(true)
    }
}

impl Dispatch {
    pub(super) fn new(shared: Arc<Shared>, connection: ConnectionId) -> Self {
        let (lanes, released) = (Lanes::new(), Vec::new());
        Self { shared, connection, target: Target::Node, messages: Vec::new(), lanes, released }
    }

    /// Hands out the first message in `input`.
    #[inline]
    pub(super) fn next(&mut self, reader: &mut Reader, input: &[u8], by: By) -> Result<Next, Refusal> {
        Ok(match reader.next_into(input, &mut HandingOut { dispatch: self, by })? {
            Some((true, length)) => Next::Done(length),
            Some((false, _)) => Next::Left,
            None => Next::Short,
        })
    }

    /// Whether handing this out runs nothing of the program's: no handler, and no function that was registered.
    fn runs_nothing(&mut self, found: &Found<'_>) -> bool {
        match found {
            Found::Values(_) => true,
            Found::Encoded(_) => false,
            Found::Packet(packet) if packet.port.is_empty() => {
                let tag = packet.elements.first().map(text_of);
                tag.is_none_or(|tag| tag.is_some_and(|tag| tag == "mon1" || tag == "mon0"))
            }
            Found::Packet(packet) => {
                self.turn_to(packet.port.as_bytes(), By::Lookout);
                matches!(self.target, Target::Mailbox(_))
            }
        }
    }

    /// Hands out a message of the first connection, or keeps it until it is its turn.
    fn take(&mut self, packet: Packet) -> Result<(), Refusal> {
        if let Some(port) = lanes::announced(&packet) {
            self.lanes.announce(port, &mut self.released)?;
            return self.hand_out_released();
        }
        match self.lanes.is_idle() {
            true => self.hand_out(packet),
            false => self.lanes.small(packet).map_or(Ok(()), |packet| self.hand_out(packet)),
        }
    }

    /// A large message, from the second connection.
    pub(super) fn large(&mut self, packet: Packet) -> Result<(), Refusal> {
        self.lanes.large(packet, &mut self.released)?;
        self.hand_out_released()
    }

    /// Whether no large message is missing, so that everything is handed out as it comes.
    pub(super) fn is_idle(&self) -> bool {
        self.lanes.is_idle()
    }

    /// Whether so much waits behind large messages that nothing else should be read.
    pub(super) fn is_full(&self) -> bool {
        self.lanes.is_full()
    }

    /// Whether no large message should be taken.
    pub(super) fn is_ahead(&self) -> bool {
        self.lanes.is_ahead()
    }

    fn hand_out_released(&mut self) -> Result<(), Refusal> {
        let mut released = std::mem::take(&mut self.released);
        let done = released.drain(..).try_for_each(|packet| self.hand_out(packet));
        self.released = released;
        done
    }

    fn hand_out(&mut self, packet: Packet) -> Result<(), Refusal> {
        let Packet { port, elements } = packet;
        self.turn_to(port.as_bytes(), By::Task);
        match self.target {
            Target::Mailbox(_) => self.messages.push(Message { elements }),
            Target::Busy(_) | Target::Handlers(_) => return self.handle(Encoded::new(&elements).elements()),
            Target::Node => {
                let packet = Packet { port, elements };
                self.shared.with(|core, now| core.kernel.packet(now, self.connection, packet));
            }
        }
        Ok(())
    }

    #[inline]
    fn handle(&mut self, elements: Elements<'_>) -> Result<(), Refusal> {
        match &mut self.target {
            Target::Handlers(turn) => turn.message(elements),
            Target::Busy(handling) => {
                match handling.put_encoded(elements) {
                    Kept::Done => {}
                    Kept::Schedule => self.shared.schedule(handling),
                    Kept::Full => self.shared.with(|core, now| Shared::overflow(core, now, &handling.name)),
                }
                Ok(())
            }
            Target::Mailbox(_) | Target::Node => Ok(()),
        }
    }

    /// What comes now is for this port.
    #[inline]
    fn turn_to(&mut self, name: &[u8], by: By) {
        if self.target.name().is_some_and(|own| is_same(own.as_bytes(), name)) {
            return;
        }
        self.turn_to_another(name, by);
    }

    fn turn_to_another(&mut self, name: &[u8], by: By) {
        self.flush();
        let receiver = match std::str::from_utf8(name) {
            Ok(name) if !name.is_empty() => self.shared.receiver(name),
            _ => None,
        };
        self.target = match receiver {
            None => Target::Node,
            Some(Receiver::Mailbox(mailbox)) => Target::Mailbox(mailbox),
            Some(Receiver::Handlers(handling)) if by == By::Lookout => Target::Busy(handling),
            Some(Receiver::Handlers(handling)) => match Turn::begin(&self.shared, &handling) {
                Some(turn) => Target::Handlers(turn),
                None => Target::Busy(handling),
            },
        };
    }

    /// Gives the port what was collected for it. The mailbox, if it is filling up.
    pub(super) fn flush(&mut self) -> Option<Arc<Mailbox>> {
        let Target::Mailbox(mailbox) = std::mem::replace(&mut self.target, Target::Node) else { return None };
        if !mailbox.put(&mut self.messages) {
            self.shared.with(|core, now| Shared::overflow(core, now, &mailbox.name));
        }
        mailbox.is_behind().then_some(mailbox)
    }
}

/// Whether two names are the same. They are short, and compared for each message, of which calling `memcmp` takes a twentieth.
#[inline(always)]
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let ((words, rest), (others, behind)) = (one.as_chunks::<8>(), other.as_chunks::<8>());
    let word = |word: &[u8; 8]| u64::from_ne_bytes(*word);
    one.len() == other.len()
        && words.iter().zip(others).all(|(one, other)| word(one) == word(other))
        && rest.iter().zip(behind).all(|(one, other)| one == other)
}
