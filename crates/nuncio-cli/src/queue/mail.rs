//! Messages that are posted to another host's gateway at once.

use std::cell::Cell;
use std::time::Duration;

use nuncio::codec::Map;
use nuncio::gateway::{DEFAULT_PORT, Posted, Url, post};
use nuncio::queue::{DirectQueue, SendOptions};
use nuncio::{Error, ErrorKind};

use crate::output::say;
use crate::signals;

/// As long as IPC::Transit waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// Posts to one host, and knows what it has answered.
pub(super) struct Mail {
    queue: DirectQueue,
    url: Url,
    patience: Duration,
    taken: Cell<u64>,
    status: Cell<u16>,
}

impl Mail {
    pub(super) fn new(queue: DirectQueue, patience: Option<Duration>) -> Self {
        let mut url = Url::of_host(queue.host());
        url.port = queue.port().unwrap_or(DEFAULT_PORT);
        Self { queue, url, patience: patience.unwrap_or(PATIENCE), taken: Cell::new(0), status: Cell::new(0) }
    }

    /// Posts `message` and waits for the answer. A signal calls that off.
    ///
    /// # Errors
    /// Those of composing and posting; [`ErrorKind::Interrupted`].
    pub(super) fn post(&self, message: &Map, options: &SendOptions) -> nuncio::Result<()> {
        let text = self.queue.compose(message, options)?;
        let sender = self.queue.sender()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Error::io("post to", error).on(self.queue.host()))?;
        let Posted { status, .. } = runtime.block_on(async {
            tokio::select! {
                posted = post(&self.url, &sender, self.queue.host(), &text, self.patience) => posted,
                () = signals::received() => Err(Error::new(ErrorKind::Interrupted, "post to").on(self.queue.host())),
            }
        })?;
        self.taken.set(self.taken.get() + 1);
        self.status.set(status);
        Ok(())
    }

    /// Says what was answered.
    pub(super) fn report(&self) {
        match self.taken.get() {
            0 => {}
            1 => say(format_args!("{} answered {}", self.url, self.status.get())),
            count => say(format_args!("{} took {count} messages, the last answer was {}", self.url, self.status.get())),
        }
    }
}
