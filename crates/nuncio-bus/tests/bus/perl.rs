//! Perl and nuncio start each other's services, by the same argument.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use nuncio_bus::wire::info::Protocol;
use nuncio_bus::{Bus, Program};
use nuncio_codec::Value;
use nuncio_conformance::within;

use crate::support::PATIENCE;

fn script() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "bus", "service.pl"].iter().collect()
}

/// Whether there is a Perl; where the tests have to be whole its absence is a failure.
fn has_perl() -> bool {
    let status = Command::new("perl").args(["-MJSON::PP", "-MTime::HiRes", "-e", "1"]).stderr(Stdio::null()).status();
    let is_there = status.is_ok_and(|status| status.success());
    assert!(is_there || std::env::var_os("CI").is_none(), "Perl is missing; `cargo xtask setup` installs it");
    if !is_there {
        eprintln!("ignored: there is no Perl");
    }
    is_there
}

#[test]
fn nuncio_starts_and_asks_a_service_in_perl() {
    if !has_perl() {
        return;
    }
    within(PATIENCE, "a service in Perl", || {
        let directory = tempfile::tempdir().expect("a directory");
        let route = directory.path().join("bus");
        let bus = Bus::builder().protocols([Protocol::MessageFiles]).route(route).create().expect("a bus");
        let program = Program::new("perl").arg(script()).class("Echo").field("greeting", "hello").expect("a text");
        let mut service = bus.service("perl").start(program).expect("it starts");
        let answer = service.request(&"gr\u{fc}n", Some(PATIENCE)).expect("an answer").into_value::<Value>();
        let answer = answer.expect("an object");
        let member = |name: &str| {
            nuncio_codec::from_value::<std::collections::BTreeMap<String, Value>>(answer.clone())
                .expect("an object")
                .remove(name)
                .expect("it is there")
        };
        assert_eq!((member("echo"), member("greeting")), ("gr\u{fc}n".into(), "hello".into()));
        assert_eq!(member("pid"), Value::from(i64::from(service.child_pid().expect("it was started"))));
        let failed = service.request(&"fail", Some(PATIENCE)).expect("an answer");
        assert_eq!((failed.error.as_deref(), failed.value), (Some("it broke"), Value::Null));
        assert_eq!(service.stop().expect("it ends"), 0);
        let report = bus.shutdown(PATIENCE).expect("it ends");
        assert_eq!((report.differences, report.remaining), (Vec::new(), Vec::<String>::new()));
    });
}

#[test]
fn perl_starts_and_asks_a_service_of_nuncio() {
    if !has_perl() {
        return;
    }
    within(PATIENCE, "an owner in Perl", || {
        let directory = tempfile::tempdir().expect("a directory");
        let this = std::env::current_exe().expect("a test knows its binary");
        let status = Command::new("perl")
            .arg(script())
            .arg("owner")
            .arg(directory.path().join("bus"))
            .arg(this)
            .args(["processes::service_process", "--exact", "--ignored", "--nocapture"])
            .stdout(Stdio::null())
            .status();
        assert!(status.expect("it runs").success());
    });
}
