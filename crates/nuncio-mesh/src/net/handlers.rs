//! Handlers: what a port does with messages, each where it is read.

use std::fmt;

use nuncio_codec::Value;
use serde::de::DeserializeOwned;

use super::handler_port::HandlerPort;
use super::mailbox::Message;
use crate::proto::Refusal;
use crate::proto::framing::Elements;
use crate::proto::kernel::Reason;

/// Whether a handler goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a handler stays or goes")]
pub enum Next {
    /// It takes further messages.
    Keep,
    /// It is done, and removed.
    Remove,
}

/// What a handler may answer with: nothing, [`Next`], or a [`Result`] of these. An error ends the port, with `die` and the
/// error's text as the reason.
pub trait Outcome {
    /// The answer as what becomes of the handler, or why the port ends.
    ///
    /// # Errors
    /// The reason with which the port ends.
    fn outcome(self) -> Result<Next, Vec<Value>>;
}

impl Outcome for () {
    #[inline]
    fn outcome(self) -> Result<Next, Vec<Value>> {
        Ok(Next::Keep)
    }
}

impl Outcome for Next {
    #[inline]
    fn outcome(self) -> Result<Next, Vec<Value>> {
        Ok(self)
    }
}

impl<T: Outcome, E: Into<Box<dyn std::error::Error + Send + Sync>>> Outcome for Result<T, E> {
    #[inline]
    fn outcome(self) -> Result<Next, Vec<Value>> {
        match self {
            Ok(outcome) => outcome.outcome(),
            Err(error) => Err(died(&*error.into())),
        }
    }
}

#[cold]
fn died(error: &(dyn std::error::Error + 'static)) -> Reason {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    let text = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
    vec!["die".into(), text.into()]
}

/// A set of handlers, for a port that has no mailbox: each message is decoded straight into what its handlers take, and they
/// run at once, one message after the other. They must not block.
///
/// Handlers that match are all run, in three groups: first those for the tag, then those for a pattern that begins with a
/// string, then those for other patterns and for types; in each as they were added. A message that none of them takes goes to
/// [`otherwise`](Self::otherwise); without one it ends the port (`unhandled_message`).
///
/// A handler gets the port, and with it the node. One that holds a [`Node`](super::Node) itself keeps that from stopping when
/// nobody else holds it any more.
///
/// ```
/// use nuncio_codec::Value;
/// use nuncio_mesh::{Handlers, Next, Node};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// enum Account {
///     Deposit(u64),
///     Ask(String),
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> nuncio_core::Result<()> {
/// let node = Node::builder("bank").secret("geheim").start().await?;
/// let mut balance = 0;
/// let account = node.handle(Handlers::new().on_type(move |port, message| {
///     match message {
///         Account::Deposit(cents) => balance += cents,
///         Account::Ask(asker) => port.node().send(&asker.parse()?, [Value::from(balance)])?,
///     }
///     Ok::<(), nuncio_core::Error>(())
/// }));
/// // The same message has two handlers, one of which takes only the first.
/// let greeted = Handlers::new()
///     .on("hello", |_, (name,): (String,)| println!("hello, {name}"))
///     .on_pattern([Some("hello".into()), None], |_, _| Next::Remove);
/// account.add(greeted);
///
/// node.send_as(account.id(), &("Deposit", 7))?;
/// let answer = node.call(account.id(), ["Ask".into()], std::time::Duration::from_secs(10)).await?;
/// assert_eq!(answer.elements, [Value::from(7)]);
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct Handlers {
    /// By group, and in each group as they were added.
    entries: Vec<Entry>,
    otherwise: Option<Run>,
}

struct Entry {
    takes: Takes,
    run: Run,
}

enum Takes {
    Tag(Box<str>),
    Pattern(Vec<Option<Value>>),
    Type,
}

/// Runs a handler; what becomes of it, or nothing if the message is of another shape.
type Run = Box<dyn FnMut(&HandlerPort, Elements<'_>) -> Option<Result<Next, Reason>> + Send>;

/// Why the message was not handled. It is boxed, for what every message ends with should fit into a register.
pub(super) enum Failure {
    /// It ends the port.
    Ends(Reason),
    /// It is none: whoever sent it does not keep to the protocol.
    Malformed(Refusal),
}

impl Takes {
    /// The group in whose turn it is run.
    fn group(&self) -> u8 {
        match self {
            Self::Tag(_) => 0,
            Self::Pattern(pattern) if matches!(pattern.first(), Some(Some(Value::Text(_)))) => 1,
            Self::Pattern(_) | Self::Type => 2,
        }
    }
}

impl Handlers {
    /// No handler yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes messages that begin with this string and whose other elements are a `T`, mostly a tuple; of one element, a tuple
    /// of one. What [`Elements::decode`] makes of them.
    #[must_use]
    pub fn on<T, O>(self, tag: &str, mut handler: impl FnMut(&HandlerPort, T) -> O + Send + 'static) -> Self
    where
        T: DeserializeOwned,
        O: Outcome,
    {
        self.with(Takes::Tag(tag.into()), move |port, elements| {
            let arguments = elements.without_first()?.try_decode().ok()?;
            Some(handler(port, arguments).outcome())
        })
    }

    /// Takes messages that begin with these elements, where [`None`] stands for any one; see [`Message::begins_with`].
    #[must_use]
    pub fn on_pattern<O: Outcome>(
        self,
        pattern: impl Into<Vec<Option<Value>>>,
        mut handler: impl FnMut(&HandlerPort, Message) -> O + Send + 'static,
    ) -> Self {
        let pattern = pattern.into();
        let wanted = pattern.clone();
        self.with(Takes::Pattern(pattern), move |port, elements| {
            let message = Message { elements: elements.values().ok()? };
            message.begins_with(&wanted).then(|| handler(port, message).outcome())
        })
    }

    /// Takes messages that are a `T` as a whole. Of an enum the first element says the variant, and the others are in it.
    #[must_use]
    pub fn on_type<T, O>(self, mut handler: impl FnMut(&HandlerPort, T) -> O + Send + 'static) -> Self
    where
        T: DeserializeOwned,
        O: Outcome,
    {
        self.with(Takes::Type, move |port, elements| Some(handler(port, elements.try_decode().ok()?).outcome()))
    }

    /// Takes what no other handler does. A second one takes the place of the first.
    #[must_use]
    pub fn otherwise<O: Outcome>(
        mut self,
        mut handler: impl FnMut(&HandlerPort, Message) -> O + Send + 'static,
    ) -> Self {
        self.otherwise = Some(Box::new(move |port, elements| {
            Some(handler(port, Message { elements: elements.values().ok()? }).outcome())
        }));
        self
    }

    fn with(
        mut self,
        takes: Takes,
        run: impl FnMut(&HandlerPort, Elements<'_>) -> Option<Result<Next, Reason>> + Send + 'static,
    ) -> Self {
        self.insert(Entry { takes, run: Box::new(run) });
        self
    }

    fn insert(&mut self, entry: Entry) {
        let group = entry.takes.group();
        let index = self.entries.partition_point(|other| other.takes.group() <= group);
        self.entries.insert(index, entry);
    }

    /// Takes over the handlers of another set, behind the own ones.
    pub(super) fn merge(&mut self, other: Self) {
        for entry in other.entries {
            self.insert(entry);
        }
        if other.otherwise.is_some() {
            self.otherwise = other.otherwise;
        }
    }

    /// Removes the handlers for a tag.
    pub(super) fn remove(&mut self, tag: &str) {
        self.entries.retain(|entry| !matches!(&entry.takes, Takes::Tag(own) if **own == *tag));
    }

    /// Runs all handlers that match.
    #[inline]
    pub(super) fn handle(&mut self, port: &HandlerPort, elements: Elements<'_>) -> Result<(), Box<Failure>> {
        let tag = elements.first_string();
        let (mut index, mut is_taken) = (0, false);
        while let Some(entry) = self.entries.get_mut(index) {
            let may_match = match &entry.takes {
                Takes::Tag(own) => tag.is_some_and(|tag| tag.is(own)),
                Takes::Pattern(_) | Takes::Type => true,
            };
            match may_match.then(|| (entry.run)(port, elements)).flatten() {
                None => index += 1,
                Some(Ok(Next::Keep)) => (index, is_taken) = (index + 1, true),
                Some(Ok(Next::Remove)) => {
                    self.entries.remove(index);
                    is_taken = true;
                }
                Some(Err(reason)) => return Err(Box::new(Failure::Ends(reason))),
            }
        }
        if is_taken { Ok(()) } else { self.handle_otherwise(port, elements) }
    }

    fn handle_otherwise(&mut self, port: &HandlerPort, elements: Elements<'_>) -> Result<(), Box<Failure>> {
        match self.otherwise.as_mut().map(|otherwise| otherwise(port, elements)) {
            Some(Some(Ok(Next::Keep))) => Ok(()),
            Some(Some(Ok(Next::Remove))) => {
                self.otherwise = None;
                Ok(())
            }
            Some(Some(Err(reason))) => Err(Box::new(Failure::Ends(reason))),
            Some(None) | None => Err(Box::new(unhandled(elements))),
        }
    }
}

#[cold]
fn unhandled(elements: Elements<'_>) -> Failure {
    if let Err(refusal) = elements.values() {
        return Failure::Malformed(refusal);
    }
    let tag: String = elements.tag().unwrap_or_default().chars().take(30).collect();
    Failure::Ends(vec!["unhandled_message".into(), format!("no callback found for message '{tag}'").into()])
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.entries.iter().map(|entry| match &entry.takes {
            Takes::Tag(tag) => format!("{tag:?}"),
            Takes::Pattern(pattern) => format!("{pattern:?}"),
            Takes::Type => "type".to_owned(),
        });
        f.debug_set().entries(entries).finish()
    }
}
