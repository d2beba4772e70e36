//! What the library has to say goes to standard error.

use std::fmt::{self, Write as _};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::output::say;

/// Has events up to `level`, errors or warnings too, printed as `nuncio: warning: ...`, one line each.
pub(crate) fn install(level: Level) {
    let installed = tracing::subscriber::set_global_default(Talk { level });
    debug_assert!(installed.is_ok(), "it is installed once, first thing in `main`");
}

/// Prints events and knows no spans.
struct Talk {
    level: Level,
}

impl Subscriber for Talk {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() <= self.level
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        let level = if *event.metadata().level() == Level::ERROR { "error" } else { "warning" };
        let Line { message, fields } = line;
        match fields.is_empty() {
            true => say(format_args!("{level}: {message}")),
            false => say(format_args!("{level}: {message} ({fields})")),
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// An event as text: the message, and `name=value` for what else it has.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let written = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => {
                let separator = if self.fields.is_empty() { "" } else { ", " };
                write!(self.fields, "{separator}{name}={value:?}")
            }
        };
        written.expect("a string takes all text");
    }
}
