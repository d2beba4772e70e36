//! What was measured, as tables for people and as JSON for programs.

use std::fmt::Write;

use serde::Serialize;

use crate::Result;
use crate::case::{self, Aim, Kind};
use crate::run::{Plan, Row};
use crate::statistics::Spread;

/// The layout of the JSON object; it grows when a member changes its meaning.
const VERSION: u32 = 1;

/// One table for each kind of figure, each figure as median and quartiles.
pub(crate) fn tables(rows: &[Row]) -> String {
    let mut text = String::new();
    for (kind, title) in [
        (Kind::Rate, "messages per second, in thousands; ratio = nuncio : floor, or : the peer where one is named"),
        (Kind::Latency, "microseconds; ratio = nuncio : floor, or : the peer where one is named"),
        (Kind::Tail, "microseconds beside something large; ratio = nuncio : floor"),
        (Kind::Documents, "documents per second, in thousands; ratio = nuncio : Perl's module, or serde_json"),
        (Kind::Growth, "times as long for a document of twice the size or depth"),
        (Kind::Switches, "context switches of a waiting receiver"),
        (Kind::Allocations, "heap allocations per message"),
    ] {
        let of_kind: Vec<_> = rows.iter().filter(|row| row.kind == kind).collect();
        if !of_kind.is_empty() {
            table(&mut text, title, &of_kind);
        }
    }
    text
}

fn table(text: &mut String, title: &str, rows: &[&Row]) {
    let mut add = |cells: [&str; 7]| {
        let [case, placement, floor, nuncio, ratio, aim, verdict] = cells;
        let line = format!("{case:<27} {placement:<9} {floor:>24} {nuncio:>24} {ratio:>21} {aim:>5} {verdict}");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", line.trim_end());
    };
    add([title, "", "", "", "", "", ""]);
    add(["case", "placement", "floor", "nuncio", "ratio", "aim", ""]);
    for row in rows {
        let figures = |spread: Option<Spread>| spread.map_or_else(String::new, |spread| absolute(row.kind, spread));
        add([
            &name(row),
            row.placement.name(),
            &figures(row.floor),
            &figures(Some(row.nuncio)),
            &row.ratio.map_or_else(String::new, |ratio| with_digits(ratio, 3)),
            &aim(row.aim),
            verdict(row),
        ]);
    }
    add([""; 7]);
}

/// The names of all cases, one on each line.
pub(crate) fn names() -> String {
    case::all().map(|case| format!("{}\n", case.name)).collect()
}

/// One object with everything that is in the tables, rates in messages per second.
pub(crate) fn json(plan: &Plan<'_>, rows: &[Row]) -> Result<String> {
    #[derive(Serialize)]
    struct Report<'a> {
        version: u32,
        rounds: u32,
        messages: usize,
        missed: usize,
        rows: &'a [Row],
    }
    let missed = rows.iter().filter(|row| row.missed()).count();
    let report = Report { version: VERSION, rounds: plan.rounds, messages: plan.messages, missed, rows };
    Ok(serde_json::to_string_pretty(&report)? + "\n")
}

/// What a row is called.
pub(crate) fn name(row: &Row) -> String {
    format!("{} {}", row.case, row.figure).trim_end().to_owned()
}

fn absolute(kind: Kind, spread: Spread) -> String {
    let Spread { lower, median, upper } = spread;
    match kind {
        Kind::Documents | Kind::Rate => {
            with_digits(Spread { lower: lower / 1e3, median: median / 1e3, upper: upper / 1e3 }, 1)
        }
        Kind::Growth => with_digits(spread, 2),
        Kind::Latency | Kind::Tail => with_digits(spread, 1),
        // They are taken once: there are no quartiles.
        Kind::Allocations => format!("{median:.2}"),
        Kind::Switches => format!("{median:.0}"),
    }
}

fn with_digits(Spread { lower, median, upper }: Spread, digits: usize) -> String {
    format!("{median:.digits$} [{lower:.digits$} {upper:.digits$}]")
}

fn aim(aim: Aim) -> String {
    match aim {
        Aim::AtLeast(number) | Aim::AtMost(number) => format!("{number:.2}"),
        Aim::PerSecond(rate) => format!("{:.0} k", rate / 1e3),
        Aim::Reported => String::new(),
        Aim::Zero => "0".to_owned(),
    }
}

fn verdict(row: &Row) -> &'static str {
    match row.aim {
        Aim::Reported => "",
        _ if row.missed() => "MISSED",
        _ => "ok",
    }
}
