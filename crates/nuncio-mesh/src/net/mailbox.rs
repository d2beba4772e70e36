//! Where messages to a port wait until it receives them.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use nuncio_codec::{Text, Value};
use tokio::sync::Notify;

use crate::proto::framing::{Encoded, text_of};
use crate::proto::kernel::Reason;

/// A message to a port: its elements, the first of which is mostly a tag.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "that is what a message is")]
pub struct Message {
    /// The elements.
    pub elements: Vec<Value>,
}

impl Message {
    /// The first element, if it is a string.
    #[must_use]
    pub fn tag(&self) -> Option<std::borrow::Cow<'_, str>> {
        self.elements.first().and_then(text_of)
    }

    /// Whether the first element is this string.
    #[must_use]
    pub fn is(&self, tag: &str) -> bool {
        match self.elements.first() {
            Some(Value::Text(text)) => **text == *tag,
            _ => self.tag().is_some_and(|own| own == tag),
        }
    }

    /// Whether its elements begin with these, where [`None`] stands for any one. Strings and numbers are compared as Perl
    /// does: `2` and `"2"` are the same.
    ///
    /// ```
    /// use nuncio_codec::Value;
    /// use nuncio_mesh::Message;
    ///
    /// let message = Message { elements: vec!["job".into(), 7.into(), Value::Null] };
    /// assert!(message.begins_with(&[Some("job".into()), Some("7".into())]));
    /// assert!(message.begins_with(&[None, None, None]));
    /// assert!(!message.begins_with(&[None, None, None, None]));
    /// ```
    #[must_use]
    pub fn begins_with(&self, pattern: &[Option<Value>]) -> bool {
        let fits = |(wanted, element): (&Option<Value>, &Value)| match wanted {
            None => true,
            Some(wanted) => wanted == element || text_of(wanted).is_some_and(|text| text_of(element) == Some(text)),
        };
        pattern.len() <= self.elements.len() && pattern.iter().zip(&self.elements).all(fits)
    }

    /// The elements as a type of the program's own, such as a tuple; of an enum, the first element says the variant.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`](nuncio_core::ErrorKind::Corrupt): they are of another shape.
    pub fn decode<T: serde::de::DeserializeOwned>(self) -> nuncio_core::Result<T> {
        use nuncio_core::{Error, ErrorKind};
        let decoded = Encoded::new(&self.elements).elements().decode();
        decoded.map_err(|refusal| Error::new(ErrorKind::Corrupt, "take the message").because(refusal.to_string()))
    }
}

/// How much may wait for a port.
#[derive(Clone, Copy, Debug)]
pub(super) struct Capacity {
    pub(super) messages: usize,
    /// In memory, about; or encoded, where they wait so.
    pub(super) bytes: usize,
}

/// Shared by the port that receives and all who send to it.
#[derive(Debug)]
pub(super) struct Mailbox {
    pub(super) name: Text,
    capacity: Capacity,
    state: Mutex<State>,
    filled: Notify,
    drained: Notify,
    over: Notify,
}

#[derive(Debug, Default)]
struct State {
    messages: VecDeque<Message>,
    /// What these weigh.
    bytes: usize,
    end: Option<Reason>,
    /// How many messages the port has taken and not handled yet, and what they weigh, as far as that is known.
    taken: usize,
    taken_bytes: usize,
    /// Somebody has waited for the port for long enough: it pays for that alone, until it takes something.
    is_left_behind: bool,
}

impl Mailbox {
    pub(super) fn new(name: Text, capacity: Capacity) -> Self {
        let state = Mutex::default();
        Self { name, capacity, state, filled: Notify::new(), drained: Notify::new(), over: Notify::new() }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // Every change is whole before something can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts messages in, all with one wake; false if there is no room for them, and then the port has to be ended.
    pub(super) fn put(&self, messages: &mut Vec<Message>) -> bool {
        let bytes: usize = messages.iter().map(|message| weight(&message.elements)).sum();
        let mut state = self.lock();
        if state.end.is_some() {
            messages.clear();
            return true;
        }
        let was_empty = state.messages.is_empty();
        state.messages.extend(messages.drain(..));
        state.bytes += bytes;
        let has_room = state.messages.len() + state.taken <= self.capacity.messages
            && state.bytes + state.taken_bytes <= self.capacity.bytes;
        drop(state);
        if was_empty {
            self.filled.notify_one();
        }
        has_room
    }

    /// Ends it, for this reason if it is the first one. What is in it can still be taken.
    pub(super) fn end(&self, reason: Reason) {
        let mut state = self.lock();
        state.end.get_or_insert(reason);
        drop(state);
        self.filled.notify_one();
        self.drained.notify_waiters();
        self.over.notify_waiters();
    }

    /// Waits until it was ended.
    pub(super) async fn over(&self) {
        let over = self.over.notified();
        tokio::pin!(over);
        over.as_mut().enable();
        if self.ended().is_none() {
            over.await;
        }
    }

    /// The reason for which it was ended.
    pub(super) fn ended(&self) -> Option<Reason> {
        self.lock().end.clone()
    }

    /// Takes all that is there; false if that is nothing. `deferred` of those that were taken before are not handled yet.
    pub(super) fn try_take(&self, into: &mut VecDeque<Message>, deferred: usize) -> bool {
        let mut state = self.lock();
        let is_any = !state.messages.is_empty();
        // Of those that were taken before some may be handled by now: all weigh the same, as far as this knows.
        let left = into.len() + deferred;
        state.taken_bytes =
            (state.taken_bytes / state.taken.max(1)).saturating_mul(left) + std::mem::take(&mut state.bytes);
        match into.is_empty() {
            true => std::mem::swap(into, &mut state.messages),
            false => into.append(&mut state.messages),
        }
        state.taken = into.len() + deferred;
        state.is_left_behind &= !is_any;
        drop(state);
        if is_any {
            self.drained.notify_waiters();
        }
        is_any
    }

    /// Waits for messages and takes all of them; false if it was ended and is empty.
    pub(super) async fn take(&self, into: &mut VecDeque<Message>, deferred: usize) -> bool {
        loop {
            if self.try_take(into, deferred) {
                return true;
            }
            if self.ended().is_some() {
                return self.try_take(into, deferred);
            }
            self.filled.notified().await;
        }
    }

    /// Whether so much waits that whoever brings more should wait for a moment.
    pub(super) fn is_behind(&self) -> bool {
        let state = self.lock();
        let is_much = state.messages.len() > self.capacity.messages / 4 || state.bytes > self.capacity.bytes / 4;
        is_much && state.end.is_none() && !state.is_left_behind
    }

    /// Nobody waits for it any more until it takes something.
    pub(super) fn leave_behind(&self) {
        self.lock().is_left_behind = true;
    }

    /// Waits until the port takes something, or ends.
    pub(super) async fn drained(&self) {
        let drained = self.drained.notified();
        tokio::pin!(drained);
        drained.as_mut().enable();
        if self.is_behind() {
            drained.await;
        }
    }
}

/// How much memory these take, about, in bytes.
fn weight(elements: &[Value]) -> usize {
    elements.iter().map(weight_of).sum()
}

fn weight_of(value: &Value) -> usize {
    let content = match value {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Array(elements) => weight(elements),
        Value::Map(map) => map.iter().map(|(key, value)| size_of::<Text>() + key.len() + weight_of(value)).sum(),
        Value::Object(object) => object.class.len() + weight_of(&object.value),
        _ => 0,
    };
    size_of::<Value>() + content
}
