//! Services that are processes, and what belongs to processes: signals, children, workers, those that are watched.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use nuncio_bus::{Bus, BusGuard, Context, Handle, Handled, Launch, Program, Request, Service, answering};
use nuncio_conformance::within;
use nuncio_core::{ErrorKind, Wait};

use crate::support::{PATIENCE, on_each, start, with_each};

const USR1: i32 = 10;

/// This test binary once more, which runs the service `class`.
pub(crate) fn program(class: &str) -> Program {
    let mut program = Program::this().expect("a test knows its binary");
    program.command().args(["processes::service_process", "--exact", "--ignored", "--nocapture"]).stdout(Stdio::null());
    program.class(class)
}

#[test]
#[ignore = "the entry of the services that other tests start"]
fn service_process() {
    let Some(launch) = Launch::from_arguments() else { return };
    let code = match launch.class() {
        Some("Echo") => launch.run(answering(|text: String| Ok(format!("echo: {text}")))),
        Some("Busy") => launch.run(Busy::new(&launch)),
        Some("Code") => launch.builder().and_then(|builder| {
            let code = builder.run(Code)?;
            std::process::exit(code);
        }),
        Some("Afterwards") => launch.builder().and_then(|builder| {
            builder.signals([USR1]).run(Code)?;
            let this = std::process::id().to_string();
            let sent = Command::new("kill").args(["-USR1", &this]).status();
            assert!(sent.expect("there is one").success());
            std::process::exit(0);
        }),
        Some("Signals") => launch.builder().and_then(|builder| {
            builder.signals([USR1]).run(Busy::new(&launch)).map(|_| std::process::ExitCode::SUCCESS)
        }),
        _ => Err(launch.unknown_class()),
    };
    // What libtest would print is nobody's.
    std::process::exit(if code.is_ok() { 0 } else { 3 });
}

/// Ends with a code of its own.
struct Code;

impl Service for Code {
    fn on_request(&mut self, context: &mut Context, request: Request) -> Handled {
        context.terminate(request.value()?);
        Ok(request.respond(&())?)
    }
}

/// Writes a file for each thing that it is told, and starts what it is asked to.
struct Busy(PathBuf);

impl Busy {
    fn new(launch: &Launch) -> Self {
        Self(launch.field("directory").expect("a path").expect("it is said"))
    }

    /// Whole at once, so that nobody finds it empty.
    fn write(&self, name: &str, content: impl std::fmt::Display) -> Handled {
        let path = self.0.join(name);
        fs::write(path.with_extension("new"), content.to_string())?;
        Ok(fs::rename(path.with_extension("new"), path)?)
    }
}

impl Service for Busy {
    fn on_signal(&mut self, _: &mut Context, signal: i32) -> Handled {
        self.write("signal", signal)
    }

    fn on_child_exit(&mut self, _: &mut Context, child: u32, status: ExitStatus) -> Handled {
        self.write("child", format_args!("{child} {}", status.code().unwrap_or(-1)))
    }

    fn on_request(&mut self, context: &mut Context, request: Request) -> Handled {
        let asked: String = request.value()?;
        match &asked[..] {
            "child" => Ok(request.respond(&context.start_child(Command::new("sh").args(["-c", "exit 5"]))?)?),
            "workers" => {
                let file = self.0.join("worker-ended");
                let script = format!(
                    "trap 'echo > {}; exit' TERM; echo > {}; while :; do sleep 0.05; done",
                    file.display(),
                    self.0.join("worker-begun").display()
                );
                let pid = context.start_worker("long", Command::new("sh").args(["-c", &script]))?;
                context.start_worker("short", Command::new("true").stdin(Stdio::null()))?;
                let ended = self.0.join("thread-ended");
                context.start_worker_thread("thread", move |cancel| {
                    while !cancel.is_set() {
                        thread::sleep(Duration::from_millis(5));
                    }
                    fs::write(ended, "").expect("written");
                })?;
                Ok(request.respond(&pid)?)
            }
            "worker-count" => Ok(request.respond(&context.workers().len())?),
            "nested" => {
                let pid = context.start_service(&context.bus().service("inner"), program("Echo"))?;
                Ok(request.respond(&pid)?)
            }
            "parent" => {
                // Ends without ending the service that it started.
                Ok(request.respond(&std::process::id())?)
            }
            _ => Ok(request.respond(&format!("pid {}", std::process::id()))?),
        }
    }

    fn on_cleanup(&mut self, _: &mut Context) -> Handled {
        self.write("cleanup", "")
    }
}

fn busy(bus: &Bus, class: &str, directory: &Path) -> Handle {
    let program = program(class).field("directory", directory).expect("a path");
    bus.service("busy").start(program).expect("it starts")
}

fn ask<T: serde::de::DeserializeOwned>(handle: &mut Handle, what: &str) -> T {
    handle.request(&what, Some(PATIENCE)).expect("an answer").into_value().expect("as asked")
}

/// Looks until there is what is wanted; whoever plays on a bus does so under a watchdog. What is waited for here, that a file is
/// whole and that a number is given back after its process was waited for, nothing tells: so one looks now and then, and no
/// test depends on how often.
fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    loop {
        match look() {
            Some(found) => return found,
            None => thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// Waits until the file is there.
fn read(path: &Path) -> String {
    wait_for(|| fs::read_to_string(path).ok())
}

fn is_running(pid: u32) -> bool {
    nuncio_sys::process::ProcessIdentity::of(pid).expect("looked up").is_some()
}

#[test]
fn a_process_is_started_for_a_service_and_ends_with_its_code() {
    on_each("a process", |bus| {
        let mut echo = bus.service("echo").start(program("Echo")).expect("it starts");
        let child = echo.child_pid().expect("it was started");
        assert_ne!(child, std::process::id());
        assert_eq!(echo.service_pid().expect("looked up"), Some(child));
        assert_eq!(ask::<String>(&mut echo, "ping"), "echo: ping");
        assert_eq!(bus.handle("echo").expect("a handle").child_pid(), None);
        assert_eq!(echo.stop().expect("it ends"), 0);
        let mut code = bus.service("code").start(program("Code")).expect("it starts");
        code.request(&42, Some(PATIENCE)).expect("an answer").into_value::<()>().expect("null");
        assert_eq!(code.wait().expect("it ends"), 42);
    });
}

#[test]
fn a_program_that_fails_or_takes_too_long_is_reported() {
    on_each("failing programs", |bus| {
        let unknown = bus.service("x").start(program("Unknown")).expect_err("it fails");
        assert_eq!(unknown.kind(), ErrorKind::PeerGone, "{unknown}");
        let absent = bus.service("x").start(Program::new("/nonexistent")).expect_err("absent");
        assert_eq!(absent.kind(), ErrorKind::NoSuchEndpoint, "{absent}");
        let mut slow = Program::new("sh").arg("-c").arg("exec sleep 60");
        slow.command().stdout(Stdio::null());
        let late = bus.service("x").start_timeout(Duration::from_millis(50)).start(slow).expect_err("late");
        assert_eq!(late.kind(), ErrorKind::TimedOut, "{late}");
    });
}

#[test]
fn the_process_that_was_started_may_be_another_than_the_services() {
    on_each("wrappers", |bus| {
        let this = std::env::current_exe().expect("a test knows its binary");
        let wrapped = |script: &str| {
            let mut program = Program::new("sh").arg("-c").arg(script).arg(&this);
            program.command().args(["processes::service_process", "--exact", "--ignored", "--nocapture"]);
            program.command().stdout(Stdio::null());
            program.class("Echo")
        };
        // One that stays, and one that goes.
        let mut echo = bus.service("echo").start(wrapped("\"$0\" \"$@\" & wait")).expect("it starts");
        let (child, service) = (echo.child_pid().expect("started"), echo.service_pid().expect("looked up"));
        assert!(service.is_some_and(|service| service != child) && is_running(child));
        assert_eq!(ask::<String>(&mut echo, "ping"), "echo: ping");
        echo.stop().expect("it ends");
        let mut echo = bus.service("echo").outlive_this_process().start(wrapped("\"$0\" \"$@\" &")).expect("it starts");
        let (child, service) = (echo.child_pid().expect("started"), echo.service_pid().expect("looked up"));
        assert!(service.is_some_and(|service| service != child));
        assert_eq!(ask::<String>(&mut echo, "ping"), "echo: ping");
        echo.stop().expect("it ends");
        assert!(bus.wait_until_gone("echo", Wait::FOREVER).expect("told"));
    });
}

#[test]
fn signals_children_and_workers_are_seen_to() {
    on_each("processes of a service", |bus| {
        let directory = tempfile::tempdir().expect("a directory");
        let mut busy = busy(bus, "Signals", directory.path());
        let service = busy.child_pid().expect("it was started");
        let kill =
            |signal: &str| Command::new("kill").args([signal, &service.to_string()]).status().expect("there is one");
        assert!(kill("-USR1").success());
        assert_eq!(read(&directory.path().join("signal")), USR1.to_string());
        let child: u32 = ask(&mut busy, "child");
        assert_eq!(read(&directory.path().join("child")), format!("{child} 5"));
        let worker: u32 = ask(&mut busy, "workers");
        read(&directory.path().join("worker-begun"));
        assert!(is_running(worker));
        while ask::<usize>(&mut busy, "worker-count") != 2 {
            thread::yield_now();
        }
        assert!(kill("-TERM").success());
        assert_eq!(busy.wait().expect("it ends in order"), 0);
        for file in ["cleanup", "worker-ended", "thread-ended"] {
            assert!(directory.path().join(file).exists(), "{file}");
        }
        assert!(!is_running(worker));
    });
}

#[test]
fn a_service_that_is_a_process_starts_another_one() {
    on_each("nested processes", |bus| {
        let directory = tempfile::tempdir().expect("a directory");
        let mut busy = busy(bus, "Busy", directory.path());
        let inner: u32 = ask(&mut busy, "nested");
        let mut handle = bus.handle("inner").expect("a handle");
        assert_eq!(handle.service_pid().expect("looked up"), Some(inner));
        assert_eq!(ask::<String>(&mut handle, "ping"), "echo: ping");
        handle.stop().expect("it ends");
        assert_eq!(read(&directory.path().join("child")), format!("{inner} 0"));
        busy.stop().expect("it ends");
    });
}

#[test]
fn a_service_ends_with_the_process_that_it_watches() {
    on_each("watching", |bus| {
        let directory = tempfile::tempdir().expect("a directory");
        let mut child = start("none", "watched", bus);
        let program = program("Busy").field("directory", directory.path()).expect("a path");
        let mut busy = bus.service("busy").watch_process(child.id()).start(program).expect("it starts");
        assert!(ask::<String>(&mut busy, "ping").starts_with("pid "));
        child.kill().and_then(|()| child.wait()).expect("killed");
        assert_eq!(busy.wait().expect("it ends"), 0);
        assert!(directory.path().join("cleanup").exists());
    });
}

#[test]
fn the_end_of_a_bus_signals_services_and_waits_for_them() {
    within(PATIENCE, "the signal at the end", || {
        let directory = tempfile::tempdir().expect("a directory");
        let guard: BusGuard = Bus::builder().signal(USR1).create().expect("a bus");
        let busy = busy(&guard, "Signals", directory.path());
        let child = busy.child_pid().expect("it was started");
        let report = guard.shutdown(PATIENCE).expect("it ends");
        assert_eq!((report.signalled, report.remaining), (vec![child], Vec::<String>::new()));
        assert_eq!(report.differences, []);
        for file in ["signal", "cleanup"] {
            assert!(directory.path().join(file).exists(), "{file}");
        }
        assert_eq!(busy.wait().expect("it ended"), 0);
    });
}

#[test]
fn output_can_be_redirected() {
    with_each("redirecting", |guard| {
        let directory = tempfile::tempdir().expect("a directory");
        let log = directory.path().join("log");
        let script = "echo to output; echo to errors >&2; exit 4";
        let program = Program::new("sh").arg("-c").arg(script).redirect(&log).expect("it can be opened");
        guard.service("x").start(program).expect_err("it fails");
        assert_eq!(fs::read_to_string(log).expect("it is there"), "to output\nto errors\n");
    });
}

#[test]
fn a_handle_can_keep_the_bus() {
    with_each("a bus of its own", |guard| {
        let route = guard.info().route.clone();
        let echo = guard.service("echo").start(program("Echo")).expect("it starts");
        let mut echo = echo.with_bus(guard);
        assert_eq!(ask::<String>(&mut echo, "ping"), "echo: ping");
        drop(echo);
        assert!(!Path::new(&route).exists());
    });
}

#[test]
fn a_process_whose_handle_is_dropped_goes_on_and_leaves_no_trace_when_it_ends() {
    on_each("a dropped handle", |bus| {
        let mut echo = bus.service("echo").start(program("Echo")).expect("it starts");
        let child = echo.child_pid().expect("it was started");
        assert_eq!(ask::<String>(&mut echo, "ping"), "echo: ping");
        drop(echo);
        let mut other = bus.handle("echo").expect("a handle");
        assert_eq!(ask::<String>(&mut other, "ping"), "echo: ping");
        other.stop().expect("it ends");
        // One that nobody waits for keeps its number.
        let trace = format!("/proc/{child}");
        wait_for(|| (!Path::new(&trace).exists()).then_some(()));
    });
}

#[test]
fn signals_do_what_they_did_before_when_a_service_has_ended() {
    on_each("signals afterwards", |bus| {
        let mut service = bus.service("signalled").start(program("Afterwards")).expect("it starts");
        service.request(&0, Some(PATIENCE)).expect("an answer");
        let error = service.wait().expect_err("its signal ends it");
        assert!(error.to_string().contains("signal: 10"), "{error}");
    });
}
