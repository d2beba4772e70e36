//! The tour, and that nothing of it stays.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};

use rustix::process::Signal;

use crate::place::{Place, Running, json, run, wait_for};

#[test]
fn everything_holds_and_nothing_stays() {
    let place = Place::new();
    let printed = run(place.nuncio(["demo", "--all", "--json"]).env("TMPDIR", place.path())).printed();
    let report = json(&printed);
    assert_eq!((&report["version"], &report["held"]), (&1.into(), &true.into()));
    let legs = report["legs"].as_array().unwrap();
    let shown: Vec<_> =
        legs.iter().map(|leg| [&leg["transport"], &leg["payload"]].map(|name| name.as_str().unwrap())).collect();
    let expected = ["sysv", "bus stream", "bus fifo", "bus files", "rpc", "mesh"]
        .map(|transport| ["small", "unicode", "large"].map(|payload| [transport, payload]));
    assert_eq!(shown, [&expected.concat()[..], &[["mesh", "one of three killed"]]].concat());
    for leg in legs {
        assert!(leg["messages"].as_u64() > Some(0) && leg["rate_per_second"].as_u64() > Some(0), "{leg}");
        assert!(leg["round_trip_median_ns"].as_u64() <= leg["round_trip_p99_ns"].as_u64(), "{leg}");
    }
    assert_eq!(rooms(place.path()), Vec::<PathBuf>::new());
}

#[test]
fn an_interrupted_demo_removes_its_queues() {
    let place = Place::new();
    let demo = Running::start(place.nuncio(["demo"]).env("TMPDIR", place.path()));
    let key = wait_for(|| {
        let file = rooms(place.path()).pop()?.join("registry/small-there");
        fs::read_to_string(file).ok()?.lines().find_map(|line| Some(line.strip_prefix("qid=")?.to_owned()))
    });
    wait_for(|| kernel_queues().contains(&key).then_some(()));
    demo.signal(Signal::INT);
    assert_eq!(demo.end().signal(), Some(Signal::INT.as_raw()));
    assert_eq!(rooms(place.path()), Vec::<PathBuf>::new());
    assert!(!kernel_queues().contains(&key));
}

fn rooms(directory: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("nuncio-demo-")).collect()
}

/// The keys of all kernel queues, in decimal.
fn kernel_queues() -> Vec<String> {
    let table = fs::read_to_string("/proc/sysvipc/msg").unwrap();
    table.lines().skip(1).map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}
