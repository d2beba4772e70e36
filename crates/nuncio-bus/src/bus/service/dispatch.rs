//! What has happened is seen to, one callback after the other.

use std::sync::Arc;
use std::time::SystemTime;

use nuncio_core::Result;
use tracing::warn;

use super::request::error_text;
use super::run::{Running, guarded};
use super::{Activity, Request, Service, Unhandled};
use crate::bus::message::Message;

impl<S: Service> Running<'_, S> {
    /// In the order that the documentation of services says.
    pub(super) fn see_to(&mut self, activity: Activity) -> Result<()> {
        self.call("on_all", |service, context| service.on_all(context, &activity))?;
        let Activity { mut messages, peers, signals, children, gone, interval } = activity;
        if interval || peers.is_some() || !(signals.is_empty() && children.is_empty() && gone.is_empty()) {
            let messages = Vec::new();
            self.see_to_all_but_messages(Activity { messages, peers, signals, children, gone, interval })?;
        }
        for message in messages.drain(..) {
            let token = message.token().map(|token| token.0.to_vec());
            self.see_to_message(message)?;
            if let Some(token) = token {
                self.context.peer.local.acknowledge(&token);
            }
        }
        self.messages = messages;
        if self.context.pending.has_done() {
            self.see_to_answers()?;
        }
        if !self.corrupt.is_empty() || self.context.outgoings.has_news() {
            self.see_to_trouble()?;
        }
        let mut ends = false;
        self.call("should_end", |service, context| {
            ends = service.should_end(context);
            Ok(())
        })?;
        if ends {
            self.context.terminate(0);
        }
        Ok(())
    }

    #[inline(never)]
    fn see_to_all_but_messages(&mut self, activity: Activity) -> Result<()> {
        let Activity { peers, signals, children, gone, interval, .. } = activity;
        for signal in signals {
            self.call("on_signal", |service, context| service.on_signal(context, signal))?;
        }
        for (child, status) in children {
            self.call("on_child_exit", |service, context| service.on_child_exit(context, child, status))?;
        }
        for process in gone {
            self.call("on_process_gone", |service, context| service.on_process_gone(context, process))?;
        }
        if interval {
            self.call("on_interval", Service::on_interval)?;
        }
        if let Some(change) = peers {
            for peer in &change.left {
                self.reap(&peer.id);
            }
            self.call("on_peers", |service, context| service.on_peers(context, &change))?;
        }
        Ok(())
    }

    fn reap(&mut self, id: &str) {
        self.context.outgoings.forget(id);
        if let Err(error) = self.context.bus().reap(id) {
            warn!(peer = id, error = %error.chain(), "what a dead peer left behind cannot be removed");
        }
    }

    fn see_to_message(&mut self, message: Message) -> Result<()> {
        if self.may_ask_to_end && message.is_terminate() {
            self.context.terminate(0);
        }
        let message = match Request::new(message, &self.context.way_back) {
            Ok(request) => {
                self.see_to_request(request);
                return Ok(());
            }
            Err(message) => message,
        };
        if message.response().is_some() {
            let unhandled = Unhandled::Response(message);
            return self.call("on_unhandled", |service, context| service.on_unhandled(context, unhandled));
        }
        self.call("on_message", |service, context| service.on_message(context, message))
    }

    /// An error is the answer. One that nobody waits for any more is not asked.
    fn see_to_request(&mut self, request: Request) {
        if request.deadline().is_some_and(|deadline| deadline < SystemTime::now()) {
            tracing::debug!(from = request.from(), "a request came after its deadline");
            return request.forget();
        }
        let asked = request.asked();
        let (service, context) = (&mut *self.service, &mut self.context);
        if let Err(error) = guarded("on_request", || service.on_request(context, request)) {
            tracing::debug!(from = asked.from(), error = %error.chain(), "a request failed");
            let cause = std::error::Error::source(&error).unwrap_or(&error);
            if let Some(letter) = asked.refusal(&error_text(cause, self.settings.exposes_errors)) {
                self.context.way_back.mail.put(letter);
            }
        }
        self.context.post_mail();
        if let Some(asked) = Arc::into_inner(asked) {
            self.context.peer.local.reuse(asked.into_message());
        }
    }

    #[inline(never)]
    fn see_to_answers(&mut self) -> Result<()> {
        while let Some((id, response)) = self.context.pending.take_any() {
            match self.context.callbacks.remove(&id) {
                Some(then) => self.call("the callback of a request", |_, context| then(context, response))?,
                None => {
                    self.call("on_response", |service, context| service.on_response(context, id, response))?;
                }
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn see_to_trouble(&mut self) -> Result<()> {
        for error in std::mem::take(&mut self.corrupt) {
            let unhandled = Unhandled::Corrupt(error);
            self.call("on_unhandled", |service, context| service.on_unhandled(context, unhandled))?;
        }
        for backlog in self.context.outgoings.take_grown() {
            self.call("on_backlog", |service, context| service.on_backlog(context, &backlog))?;
        }
        for undelivered in self.context.outgoings.take_undelivered() {
            self.call("on_undelivered", |service, context| service.on_undelivered(context, undelivered))?;
        }
        Ok(())
    }
}
