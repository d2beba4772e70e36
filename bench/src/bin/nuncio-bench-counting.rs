//! The benchmark with an allocator that counts, for the cases that are about allocations. To time anything with it would
//! be unfair to whoever allocates.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    nuncio_bench::main(Some(|act| allocation_counter::measure(act).count_total))
}
