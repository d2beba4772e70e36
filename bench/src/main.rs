//! The benchmark.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    nuncio_bench::main(None)
}
