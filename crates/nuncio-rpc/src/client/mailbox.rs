//! Records that nobody asked for, until somebody takes them.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use nuncio_core::{Error, ErrorKind, Result};

use super::answer::Answer;

/// Where records wait. Reading never stops for them: the next record may be an answer.
#[derive(Debug)]
pub(crate) struct Mailbox {
    state: Mutex<State>,
    records_max: usize,
}

#[derive(Debug, Default)]
struct State {
    records: VecDeque<Answer>,
    /// How many found no room, since somebody was told last.
    lost: u64,
    is_wanted: bool,
    is_closed: bool,
    waker: Option<Waker>,
}

impl Mailbox {
    /// One that holds up to `records_max`.
    pub(crate) fn new(records_max: usize) -> Self {
        Self { state: Mutex::default(), records_max }
    }

    /// Adds a record, if somebody wants them.
    pub(crate) fn put(&self, line: &str) {
        let mut state = self.lock();
        if !state.is_wanted {
            return tracing::debug!("a record that nobody asked for was dropped: nobody listens");
        }
        match state.records.len() < self.records_max {
            true => state.records.push_back(Answer::new(line)),
            false => state.lost += 1,
        }
        state.waker.take().into_iter().for_each(Waker::wake);
    }

    /// There will be no more.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.waker.take().into_iter().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The records that nobody asked for, in the order in which they came; from [`Client::messages`](crate::Client::messages).
///
/// They are kept from the moment this is made. When more come than are taken, those that find no room are lost, and how many
/// they were is told in their place. As a [`Stream`] it ends when the client is closed.
#[derive(Debug)]
pub struct Messages(Arc<Mailbox>);

impl Messages {
    pub(crate) fn new(mailbox: Arc<Mailbox>) -> Self {
        mailbox.lock().is_wanted = true;
        Self(mailbox)
    }

    /// Waits for the next record; `None` when the client is closed.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`] once, where records were lost.
    pub async fn recv(&mut self) -> Option<Result<Answer>> {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Answer>>> {
        let mut state = self.0.lock();
        if let Some(record) = state.records.pop_front() {
            return Poll::Ready(Some(Ok(record)));
        }
        match std::mem::take(&mut state.lost) {
            0 if state.is_closed => Poll::Ready(None),
            0 => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
            lost => Poll::Ready(Some(Err(lost_error(lost, self.0.records_max)))),
        }
    }
}

impl Stream for Messages {
    type Item = Result<Answer>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(context)
    }
}

impl Drop for Messages {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_wanted = false;
        state.records = VecDeque::new();
    }
}

/// The error in place of records that found no room.
pub(crate) fn lost_error(lost: u64, records_max: usize) -> Error {
    Error::new(ErrorKind::LimitExceeded, "keep records that nobody asked for")
        .because(format!("{lost} were lost: {records_max} waited to be taken already"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_finds_no_room_is_told_of() {
        let mailbox = Arc::new(Mailbox::new(2));
        mailbox.put("{\"early\":1}");
        let mut messages = Messages::new(mailbox.clone());
        (1..=4).for_each(|number| mailbox.put(&format!("{{\"n\":{number}}}\r")));
        mailbox.close();
        let mut next = async || messages.recv().await.map(|record| record.map(|record| record.record().to_owned()));
        assert_eq!(next().await.expect("kept").expect("kept"), "{\"n\":1}");
        assert_eq!(next().await.expect("kept").expect("kept"), "{\"n\":2}");
        let lost = next().await.expect("told").expect_err("lost");
        assert!(lost.to_string().contains("2 were lost: 2 waited"), "{lost}");
        assert!(next().await.is_none());
    }
}
