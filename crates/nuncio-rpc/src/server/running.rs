//! A request in work: a panic becomes an answer, the time it takes is counted, and it ends at its deadline.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use nuncio_core::Deadline;

use super::extract::Incoming;
use super::fault::{Fault, HANDLER_ERROR};
use super::handler::Work;
use super::peer::Replies;
use super::route::Route;
use super::shared::{InFlight, Shared};

/// A handler's future with what belongs to it.
pub(crate) struct Running {
    work: Work,
    route: Arc<Route>,
    shared: Arc<Shared>,
    replies: Replies,
    received: Instant,
    span: tracing::Span,
}

impl Running {
    /// Begins `request`, and gives what is not done at once.
    pub(crate) fn begin(request: &Incoming<'_>, shared: &Arc<Shared>, received: Instant) -> Option<Self> {
        let route = shared.routes.find(request.uri);
        let span = tracing::debug_span!("rpc", uri = request.uri, route = route.name, client = request.channel.number);
        let entered = span.enter();
        let begun = catch_unwind(AssertUnwindSafe(|| {
            let Some(mut work) = route.handler.begin(request)? else { return Ok(None) };
            // Most handlers are done when they are polled once, and need no task. Another poll follows in any case.
            let polled = work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            Ok(polled.is_pending().then_some(work))
        }));
        drop(entered);
        let fault = match begun {
            Ok(Ok(None)) => None,
            Ok(Ok(Some(work))) => {
                let (route, shared) = (route.clone(), shared.clone());
                return Some(Self { work, route, shared, replies: request.replies(), received, span });
            }
            Ok(Err(fault)) => Some(fault),
            Err(_) => Some(panicked(route)),
        };
        if let Some(fault) = fault {
            request.replies().fault(&fault);
        }
        shared.handled(route, received.elapsed());
        None
    }

    /// Goes on until it is done or `deadline` has come.
    pub(crate) async fn finish(mut self, deadline: Deadline, _counted: InFlight) {
        let work = poll_fn(|context| self.poll(context));
        let Some(instant) = deadline.instant() else { return work.await };
        if tokio::time::timeout_at(instant.into(), work).await.is_err() {
            let waited = self.received.elapsed().as_millis();
            let fault =
                Fault::new("handler_timeout", format!("{} has not answered after {waited} ms", self.route.name));
            self.replies.fault(&fault);
            self.shared.handled(&self.route, self.received.elapsed());
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let _entered = self.span.enter();
        let work = self.work.as_mut();
        match catch_unwind(AssertUnwindSafe(|| work.poll(context))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(())) => {}
            Err(_) => self.replies.fault(&panicked(&self.route)),
        }
        self.shared.handled(&self.route, self.received.elapsed());
        Poll::Ready(())
    }
}

/// The panic itself was told by the panic hook; its text is not the client's business.
fn panicked(route: &Route) -> Fault {
    tracing::error!("the handler of {} has panicked", route.name);
    Fault::new(HANDLER_ERROR, "the handler has panicked")
}
