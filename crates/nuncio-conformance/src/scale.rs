//! How much the tests do: little while one works, the counts that the project promises in a soak.
//!
//! `NUNCIO_SCALE=soak` asks for the latter; `NUNCIO_SOAK_REPORT` names the file in which a soak collects what was done.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

const SCALE: &str = "NUNCIO_SCALE";
const REPORT: &str = "NUNCIO_SOAK_REPORT";

/// Whether the full counts are asked for.
pub fn is_soak() -> bool {
    std::env::var_os(SCALE).is_some_and(|scale| scale == "soak")
}

/// `small`, or `soak` when the full counts are asked for.
///
/// ```
/// let messages = nuncio_conformance::scale::choose(1_000, 1_000_000);
/// # assert!(messages >= 1_000);
/// ```
pub fn choose<T>(small: T, soak: T) -> T {
    if is_soak() { soak } else { small }
}

/// Notes `line` (one line, what was done how often) in the soak's report, if there is one, and on standard error.
///
/// # Panics
/// When the report cannot be written: a soak without its account is worth nothing.
pub fn report(line: &str) {
    eprintln!("{line}");
    if let Some(path) = std::env::var_os(REPORT) {
        append(Path::new(&path), line).unwrap_or_else(|error| panic!("write the soak's report {path:?}: {error}"));
    }
}

/// In one write, so that the lines of tests that run at the same time do not mix.
fn append(path: &Path, line: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(format!("{line}\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_keeps_every_line() {
        let directory = tempfile::tempdir().expect("a directory of its own");
        let path = directory.path().join("report");
        append(&path, "first").expect("made");
        append(&path, "second").expect("appended");
        assert_eq!(std::fs::read_to_string(&path).expect("written"), "first\nsecond\n");
    }
}
