//! Services that are threads: what they are asked and told, and how they end.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use nuncio_bus::{
    Activity, Backlog, Context, Handled, Message, PeerChange, Request, RequestId, Response, Service, Undelivered,
    Unhandled, answering,
};
use nuncio_codec::Value;
use nuncio_core::{Error, ErrorKind, Result, Wait};

use crate::support::{PATIENCE, kill, on_each_here, on_each_here_unread, on_each_unread, start, with_each_small};

#[test]
fn a_service_whose_name_is_not_listed_goes_on_when_others_come_and_go() {
    on_each_here("names that are not listed", |bus| {
        for name in [".hidden", "worker.stats"] {
            let mut echo = bus.service(name).spawn(answering(|n: u32| Ok(n + 1))).expect("it starts");
            for n in 0..3 {
                bus.connect("passer-by").expect("free").close().expect("in order");
                let answer = echo.request(&n, Some(PATIENCE)).expect("it is there");
                assert_eq!(answer.into_value::<u32>().expect("a number"), n + 1, "{name}");
            }
            echo.stop().expect("it ends");
        }
    });
}

/// Tells what its callbacks are told.
struct Recorder {
    tell: Sender<String>,
    /// The kinds of callbacks that fail.
    fails: Vec<&'static str>,
}

impl Recorder {
    fn new() -> (Self, Receiver<String>) {
        let (tell, told) = channel();
        (Self { tell, fails: Vec::new() }, told)
    }

    fn record(&self, kind: &'static str, what: impl std::fmt::Display) -> Handled {
        self.tell.send(format!("{kind} {what}"))?;
        if self.fails.contains(&kind) { Err(format!("{kind} boom").into()) } else { Ok(()) }
    }
}

impl Service for Recorder {
    fn on_start(&mut self, context: &mut Context) -> Handled {
        self.record("start", context.name())
    }

    fn on_all(&mut self, _: &mut Context, activity: &Activity) -> Handled {
        self.record("all", activity.messages.len())
    }

    fn on_interval(&mut self, _: &mut Context) -> Handled {
        self.record("interval", "")
    }

    fn on_peers(&mut self, _: &mut Context, change: &PeerChange) -> Handled {
        for peer in &change.came {
            self.record("came", &peer.id)?;
        }
        for peer in &change.left {
            self.record("left", &peer.id)?;
        }
        Ok(())
    }

    fn on_request(&mut self, context: &mut Context, request: Request) -> Handled {
        let asked: String = request.value()?;
        match &asked[..] {
            "crash" => Err("request boom".into()),
            "panic" => panic!("request bang"),
            "drop" => {
                drop(request);
                Ok(())
            }
            "exit" => {
                context.terminate(7);
                Ok(request.respond("leaving")?)
            }
            "later" => {
                thread::spawn(move || request.respond("at last"));
                Ok(())
            }
            "notify" => {
                context.send(request.from(), &BTreeMap::from([("notification", "event")]))?;
                Ok(request.respond("ack")?)
            }
            _ => Ok(request.respond(&format!("ok {asked}"))?),
        }
    }

    fn on_response(&mut self, _: &mut Context, id: RequestId, response: Result<Response>) -> Handled {
        match response {
            Ok(response) => self.record("response", format_args!("{:?} {}", response.value, id.as_str().len())),
            Err(error) => self.record("no-response", error),
        }
    }

    fn on_message(&mut self, context: &mut Context, message: Message) -> Handled {
        let content: Value = message.content()?;
        if let Ok(ask) = message.content::<BTreeMap<String, String>>()
            && let Some(to) = ask.get("ask")
        {
            context.ask(to, "from a service", None)?;
        }
        self.record("message", format_args!("{} {content:?}", message.from()))
    }

    fn on_unhandled(&mut self, _: &mut Context, unhandled: Unhandled) -> Handled {
        match unhandled {
            Unhandled::Response(message) => self.record("unhandled", message.from()),
            other => self.record("unhandled", format_args!("{other:?}")),
        }
    }

    fn on_undelivered(&mut self, _: &mut Context, undelivered: Undelivered) -> Handled {
        self.record("undelivered", undelivered.to)
    }

    fn on_cleanup(&mut self, _: &mut Context) -> Handled {
        self.record("cleanup", "")
    }
}

/// Waits until a callback of this kind tells something, and gives it.
fn wait_for(told: &Receiver<String>, kind: &str) -> String {
    loop {
        let line = told.recv_timeout(PATIENCE).expect("the service lives");
        if let Some(rest) = line.strip_prefix(kind).and_then(|rest| rest.strip_prefix(' ')) {
            return rest.to_owned();
        }
    }
}

#[test]
fn a_service_answers_one_and_many() {
    on_each_here("answering", |bus| {
        let mut echo = bus.service("echo").spawn(answering(|n: u32| Ok(n + 1))).expect("it starts");
        assert_eq!(echo.child_pid(), None);
        assert_eq!(echo.service_pid().expect("looked up"), Some(std::process::id()));
        assert!(echo.is_active().expect("looked up") && echo.wait_until_active(Wait::NOW).expect("looked up"));
        let answer = echo.request(&1, Some(PATIENCE)).expect("an answer").into_value::<u32>().expect("a number");
        assert_eq!(answer, 2);
        let ids: Vec<RequestId> = (0..5).map(|n| echo.begin_request(&n, None).expect("room")).collect();
        let mut answers: Vec<u32> = Vec::new();
        for (id, response) in echo.all_responses(Wait::FOREVER).expect("it works") {
            assert!(ids.contains(&id));
            answers.push(response.expect("an answer").into_value().expect("a number"));
        }
        answers.sort_unstable();
        assert_eq!(answers, [1, 2, 3, 4, 5]);
        assert_eq!(echo.stop().expect("it ends"), 0);
    });
}

#[test]
fn what_came_beside_an_answer_is_kept_for_later() {
    on_each_here("a notification", |bus| {
        let (recorder, _told) = Recorder::new();
        let mut handle = bus.service("svc").spawn(recorder).expect("it starts");
        let answer = handle.request(&"notify", None).expect("an answer");
        assert_eq!(answer.into_value::<String>().expect("a text"), "ack");
        let messages = handle.messages().expect("it works");
        assert_eq!(messages.len(), 1);
        let content: BTreeMap<String, String> = messages[0].content().expect("a map");
        assert_eq!(content["notification"], "event");
        assert!(handle.messages().expect("it works").is_empty());
        handle.stop().expect("it ends");
    });
}

#[test]
fn each_callback_is_called_for_what_it_is_for() {
    on_each_here_unread(
        "callbacks",
        |bus| {
            let (recorder, told) = Recorder::new();
            let service = bus.service("svc").interval(Duration::from_millis(20)).spawn(recorder).expect("it starts");
            assert_eq!(wait_for(&told, "start"), "svc");
            wait_for(&told, "interval");
            let extra = bus.connect("extra").expect("free");
            while wait_for(&told, "came") != "extra" {}
            extra.send("svc", &"plain").expect("it is there");
            assert_eq!(wait_for(&told, "message"), "extra Text(\"plain\")");
            extra.respond("svc", "never-asked", &1, Wait::FOREVER).expect("it is there");
            assert_eq!(wait_for(&told, "unhandled"), "extra");
            drop(extra);
            assert_eq!(wait_for(&told, "left"), "extra");
            assert_eq!(service.stop().expect("it ends"), 0);
        },
        0,
    );
}

#[test]
fn a_service_asks_others_and_is_told_when_they_die() {
    on_each_unread(
        "asking",
        |bus| {
            let (recorder, told) = Recorder::new();
            let service = bus.service("svc").spawn(recorder).expect("it starts");
            let echo = bus.service("echo").spawn(answering(|text: String| Ok(text))).expect("it starts");
            let boss = bus.connect("boss").expect("free");
            boss.send("svc", &BTreeMap::from([("ask", "echo")])).expect("it is there");
            assert_eq!(wait_for(&told, "response"), "Text(\"from a service\") 36");
            echo.stop().expect("it ends");
            let child = start("quiet", "victim", bus);
            assert!(bus.wait_for_peer("victim", Wait::FOREVER).expect("told"));
            boss.send("svc", &BTreeMap::from([("ask", "victim")])).expect("it is there");
            wait_for(&told, "message");
            kill(child);
            assert!(wait_for(&told, "no-response").contains("\"victim\""));
            boss.close().expect("it leaves");
            service.stop().expect("it ends");
        },
        1,
    );
}

#[test]
fn errors_of_requests_are_answered_without_details() {
    on_each_here("errors", |bus| {
        let (recorder, _told) = Recorder::new();
        let mut service = bus.service("svc").spawn(recorder).expect("it starts");
        for failing in ["crash", "panic", "drop"] {
            let response = service.request(&failing, Some(PATIENCE)).expect("an answer");
            assert_eq!(response.error.as_deref(), Some("Internal service error"), "{failing}");
            assert!(response.value.is_null());
        }
        let response = service.request(&7, Some(PATIENCE)).expect("an answer");
        assert!(response.error.is_some(), "a number is no text");
        let answer = service.request(&"ping", None).expect("an answer").into_value::<String>().expect("a text");
        assert_eq!(answer, "ok ping");
        let late = service.request(&"later", Some(PATIENCE)).expect("an answer");
        assert_eq!(late.into_value::<String>().expect("a text"), "at last");
        service.stop().expect("it ends");
    });
}

#[test]
fn errors_of_requests_are_answered_with_details_where_that_is_wanted() {
    on_each_here("details", |bus| {
        let (recorder, _told) = Recorder::new();
        let mut service = bus.service("svc").expose_errors().spawn(recorder).expect("it starts");
        for (failing, text) in [("crash", "request boom"), ("panic", "request bang"), ("drop", "without an answer")] {
            let error = service.request(&failing, Some(PATIENCE)).expect("an answer").error.expect("it failed");
            assert!(error.contains(text), "{error}");
        }
        service.stop().expect("it ends");
    });
}

#[test]
fn intercepted_errors_end_nothing() {
    on_each_here_unread(
        "interception",
        |bus| {
            let (mut recorder, told) = Recorder::new();
            recorder.fails = vec!["interval", "message", "came", "all"];
            let interval = Duration::from_millis(20);
            let mut service =
                bus.service("svc").interval(interval).intercept_errors().spawn(recorder).expect("it starts");
            wait_for(&told, "interval");
            wait_for(&told, "interval");
            bus.connect("extra").expect("free").close().expect("it leaves");
            service.send(&"crash").expect("it is there");
            wait_for(&told, "message");
            let answer =
                service.request(&"ping", Some(PATIENCE)).expect("an answer").into_value::<String>().expect("a text");
            assert_eq!(answer, "ok ping");
            service.stop().expect("it ends");
        },
        0,
    );
}

#[test]
fn an_error_that_is_not_intercepted_ends_the_service_in_order() {
    on_each_here_unread(
        "an error",
        |bus| {
            let (mut recorder, told) = Recorder::new();
            recorder.fails = vec!["message"];
            let service = bus.service("svc").spawn(recorder).expect("it starts");
            service.send(&"crash").expect("it is there");
            wait_for(&told, "cleanup");
            let error = service.wait().expect_err("it failed");
            assert!(error.to_string().contains("on_message"), "{error}");
            assert!(error.chain().to_string().contains("message boom"), "{}", error.chain());
            assert!(!bus.is_active("svc").expect("looked up"));

            let (mut recorder, _told) = Recorder::new();
            recorder.fails = vec!["start"];
            let handle = bus.service("svc").intercept_errors().spawn(recorder).expect("it starts");
            assert!(handle.wait().expect_err("it did not begin").to_string().contains("on_start"));
        },
        0,
    );
}

#[test]
fn a_service_ends_with_the_code_that_it_says() {
    on_each_here("an exit code", |bus| {
        let (recorder, _told) = Recorder::new();
        let mut service = bus.service("svc").spawn(recorder).expect("it starts");
        let answer =
            service.request(&"exit", Some(PATIENCE)).expect("an answer").into_value::<String>().expect("a text");
        assert_eq!(answer, "leaving", "what was answered last is sent before it ends");
        assert_eq!(service.wait().expect("it ends"), 7);

        struct Once(bool);
        impl Service for Once {
            fn on_request(&mut self, _: &mut Context, request: Request) -> Handled {
                self.0 = true;
                let asked = request.as_value()?.clone();
                Ok(request.respond(&asked)?)
            }
            fn should_end(&mut self, _: &mut Context) -> bool {
                self.0
            }
        }
        for round in 0..3 {
            let mut once = bus.service("once").spawn(Once(false)).expect("it starts");
            let id = once.begin_request(&round, Some(PATIENCE)).expect("room");
            assert!(bus.wait_until_gone("once", Wait::FOREVER).expect("told"));
            let answer = once.response(&id, Wait::FOREVER).expect("it had answered");
            assert_eq!(answer.into_value::<u32>().expect("a number"), round);
            once.wait().expect("it ended");
        }
    });
}

/// Asks an inner service, and answers with what that says.
struct Outer;

impl Service for Outer {
    fn on_start(&mut self, context: &mut Context) -> Handled {
        Ok(context.spawn_service("inner", answering(|text: String| Ok(format!("inner: {text}"))))?)
    }

    fn on_request(&mut self, context: &mut Context, request: Request) -> Handled {
        let asked: String = request.value()?;
        context.ask_then("inner", &asked, Some(PATIENCE), |_, response| {
            let answer: String = response?.into_value()?;
            Ok(request.respond(&format!("outer: {answer}"))?)
        })?;
        Ok(())
    }
}

#[test]
fn a_service_starts_another_one_and_asks_it() {
    on_each_here("nested services", |bus| {
        let mut outer = bus.service("outer").spawn(Outer).expect("it starts");
        let answer = outer.request(&"hello", Some(PATIENCE)).expect("an answer");
        assert_eq!(answer.into_value::<String>().expect("a text"), "outer: inner: hello");
        outer.stop().expect("it ends");
        bus.handle("inner").expect("a handle").stop().expect("it ends");
    });
}

#[test]
fn a_service_goes_on_while_a_receiver_does_not_read_and_keeps_the_order() {
    /// Sends many to each who asks for it, and says when it keeps too many.
    struct Flood(Sender<Backlog>);
    impl Service for Flood {
        fn on_request(&mut self, context: &mut Context, request: Request) -> Handled {
            let count: u32 = request.value()?;
            for number in 0..count {
                context.send("slow", &(number, "x".repeat(3000)))?;
            }
            Ok(request.respond(&context.backlogs().len())?)
        }
        fn on_backlog(&mut self, _: &mut Context, backlog: &Backlog) -> Handled {
            Ok(self.0.send(backlog.clone())?)
        }
    }
    with_each_small("a slow receiver", |bus| {
        const COUNT: u32 = 600;
        let (tell, told) = channel();
        let mut slow = bus.connect("slow").expect("free");
        let mut flood = bus.service("flood").spawn(Flood(tell)).expect("it starts");
        let kept = flood.request(&COUNT, Some(PATIENCE)).expect("it answers all the same");
        assert_eq!(kept.into_value::<usize>().expect("a number"), 1);
        let backlog = told.recv_timeout(PATIENCE).expect("it grows");
        assert!(backlog.to == "slow" && backlog.messages == 64 && backlog.bytes > 64 * 3000, "{backlog:?}");
        assert_eq!(told.recv_timeout(PATIENCE).expect("it grows").messages, 128);
        for expected in 0..COUNT {
            let (number, _): (u32, String) = slow.recv().expect("it comes").content().expect("a pair");
            assert_eq!(number, expected);
        }
        slow.close().expect("it leaves");
        flood.stop().expect("it ends");
    });
}

#[test]
fn what_cannot_be_delivered_is_handed_back() {
    struct Teller(Sender<(String, Vec<u8>, Error)>);
    impl Service for Teller {
        fn on_request(&mut self, context: &mut Context, request: Request) -> Handled {
            let error = context.send("nobody", &1).expect_err("nobody");
            assert_eq!(error.kind(), ErrorKind::NoSuchEndpoint);
            for number in 0..600 {
                context.send("brief", &(number, "x".repeat(3000)))?;
            }
            Ok(request.respond(&())?)
        }
        fn on_undelivered(&mut self, _: &mut Context, undelivered: Undelivered) -> Handled {
            Ok(self.0.send((undelivered.to, undelivered.content, undelivered.error))?)
        }
        fn on_backlog(&mut self, _: &mut Context, _: &Backlog) -> Handled {
            Ok(())
        }
    }
    with_each_small("undeliverable", |bus| {
        let (tell, told) = channel();
        let brief = bus.connect("brief").expect("free");
        let mut service = bus.service("svc").spawn(Teller(tell)).expect("it starts");
        service.request(&(), Some(PATIENCE)).expect("an answer");
        let unread = brief.close().expect("it leaves").unread.len();
        let mut last = 0;
        while last < 599 {
            let (to, content, error) = told.recv_timeout(PATIENCE).expect("it is handed back");
            assert!(to == "brief" && error.kind() != ErrorKind::Full, "{error}");
            // A message of which a part was sent already is told without its content.
            let text = String::from_utf8(content).expect("JSON");
            last =
                text.trim_start_matches('[').split(',').next().and_then(|number| number.parse().ok()).unwrap_or(last);
        }
        assert!(unread < 600);
        service.stop().expect("it ends");
        let differences = bus.shutdown(PATIENCE).expect("it ends").differences;
        assert_eq!(differences.iter().map(|pair| pair.messages).sum::<i64>(), unread as i64);
    });
}

#[test]
fn a_request_that_nobody_waits_for_any_more_is_not_handled() {
    /// Is busy with the first request until it is let go, so that the deadline of the second one passes.
    struct Slow(Sender<u32>, Receiver<()>);
    impl Service for Slow {
        fn on_request(&mut self, _: &mut Context, request: Request) -> Handled {
            let number: u32 = request.value()?;
            self.0.send(number)?;
            if number == 1 {
                self.1.recv()?;
            }
            Ok(request.respond(&number)?)
        }
    }
    on_each_here("a late request", |bus| {
        let (tell, told) = channel();
        let (let_go, wait) = channel();
        let mut slow = bus.service("slow").spawn(Slow(tell, wait)).expect("it starts");
        let first = slow.begin_request(&1, None).expect("room");
        assert_eq!(told.recv_timeout(PATIENCE).expect("it began"), 1);
        let late = slow.begin_request(&2, Some(Duration::from_millis(20))).expect("room");
        let last = slow.begin_request(&3, None).expect("room");
        assert_eq!(slow.response(&late, Wait::FOREVER).expect_err("late").kind(), ErrorKind::TimedOut);
        let_go.send(()).expect("it waits");
        for id in [first, last] {
            slow.response(&id, Wait::FOREVER).expect("an answer");
        }
        assert_eq!(told.recv_timeout(PATIENCE).expect("it was asked"), 3);
        slow.stop().expect("it ends");
    });
}
