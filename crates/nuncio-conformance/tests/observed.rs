//! What the observing wrapper tells. Alone in its process: tracing keeps for a whole process whether anybody listens.
#![cfg(target_os = "linux")]

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use nuncio_bus::memory::{MemoryConfig, MemoryDriver};
use nuncio_core::{
    AttachOptions, Batch, Driver, EndpointName, ErrorKind, Item, Limits, Meter, Observed, Outgoing, Payload, Role, Wait,
};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

const PAYLOAD: Payload<'_> = Payload::Encoded { codec: None, bytes: b"seven b" };

fn name() -> EndpointName {
    EndpointName::new("worker").expect("a name")
}

/// Sends two messages where one has room, receives it, and looks for somebody who is not there.
fn exchange(meter: &Arc<Meter>) {
    let config = MemoryConfig::new("observed").with_limits(Limits::default().with_capacity(1));
    let driver = Observed::new(Arc::new(MemoryDriver::open(&config).expect("valid limits")), meter.clone());
    let mut attached = driver.attach(&name(), &AttachOptions::new(Role::Receive)).expect("free");
    let target = attached.outbox.resolve(&name()).expect("attached");
    let items = [Item::new(PAYLOAD); 2];
    let mut outgoing = Outgoing::new(&items);
    attached.outbox.send(&target, &mut outgoing, Wait::NOW).expect("room for one");
    attached.outbox.send(&target, &mut outgoing, Wait::NOW).expect_err("room for one only");
    let received = attached.inbox.as_mut().expect("it receives").recv(&mut Batch::new(), 16, Wait::NOW);
    assert_eq!(received.expect("one is there"), 1);
    let nobody = EndpointName::new("nobody").expect("a name");
    attached.outbox.resolve(&nobody).expect_err("nobody is there");
}

/// Writes down what it is told, a line for each span, record and event.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Vec<String>>>);

impl Listener {
    fn note(&self, what: String, fields: impl FnOnce(&mut Fields)) {
        let mut line = Fields(what);
        fields(&mut line);
        self.0.lock().expect("nobody panics here").push(line.0);
    }
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0 += &format!(" {field}={value:?}");
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "nuncio::driver"
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.note(format!("{} {}", span.metadata().level(), span.metadata().name()), |fields| span.record(fields));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        self.note("record".to_owned(), |fields| values.record(fields));
    }

    fn event(&self, event: &Event<'_>) {
        self.note(format!("{} event", event.metadata().level()), |fields| event.record(fields));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[test]
fn spans_and_the_meter_tell_what_went_through() {
    let (listener, meter) = (Listener::default(), Arc::new(Meter::default()));
    tracing::subscriber::with_default(listener.clone(), || exchange(&meter));
    assert_eq!(
        *listener.0.lock().expect("nobody panics here"),
        [
            "DEBUG attach endpoint=\"worker\" role=Receive",
            "TRACE send endpoint=\"worker\" offered=2",
            "record accepted=1",
            "TRACE send endpoint=\"worker\" offered=1",
            "TRACE recv endpoint=\"worker\"",
            "record received=1",
            "DEBUG event message=failed kind=NoSuchEndpoint error=find the endpoint \"nobody\": there is none",
        ]
    );
    let counted = meter.snapshot();
    assert_eq!((counted.send_calls, counted.sent_messages, counted.fulls), (2, 1, 1));
    assert_eq!((counted.receive_calls, counted.received_messages, counted.received_payload_bytes), (1, 1, 7));
    assert_eq!(counted.failures, [(ErrorKind::NoSuchEndpoint, 1)]);
}
