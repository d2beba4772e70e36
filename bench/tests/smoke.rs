//! The benchmark itself, at counts that say nothing about speed. It cannot hang: it gives up on a child that is silent.

use std::process::{Command, Output};

fn bench(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nuncio-bench")).args(arguments).output().unwrap()
}

fn text_of(output: &Output) -> String {
    assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn every_case_has_a_row() {
    let names = text_of(&bench(&["--list"]));
    assert!(names.lines().any(|name| name == "raw-100-one-process"), "{names}");
    let quick = ["--rounds", "1", "--messages", "200", "--idle-seconds", "0", "--no-judge"];
    let table = text_of(&bench(&quick));
    for name in names.lines() {
        assert!(table.lines().any(|line| line.split(' ').next() == Some(name)), "no row for {name} in\n{table}");
    }
}

#[test]
fn the_json_has_figures_and_the_pictures_are_drawn() {
    let pictures = tempfile::tempdir().unwrap();
    let directory = pictures.path().to_str().unwrap();
    let quick =
        ["--json", "--svg", directory, "--rounds", "2", "--messages", "200", "--no-judge", "raw-100-one-process"];
    let report: serde_json::Value = serde_json::from_str(&text_of(&bench(&quick))).unwrap();
    assert_eq!(report["version"], 1);
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0]["case"], &rows[0]["placement"]), (&"raw-100-one-process".into(), &"one core".into()));
    assert!(rows[0]["ratio"]["median"].as_f64().unwrap() > 0.0);
    assert!(std::fs::read_to_string(pictures.path().join("speed.svg")).unwrap().contains("raw-100-one-process"));
}

#[test]
fn an_aim_decides_the_exit_code() {
    // The only aims that do not depend on how busy the machine is.
    assert!(bench(&["--rounds", "1", "--messages", "2000", "allocations-raw"]).status.success());
    assert_eq!(bench(&["--rounds", "1", "no-such-case"]).status.code(), Some(1));
}
