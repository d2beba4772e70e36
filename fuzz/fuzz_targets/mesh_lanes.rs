//! `cargo fuzz run mesh_lanes`; without cargo-fuzz, a program that tries the named files once more.
#![forbid(unsafe_code)]
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    nuncio_fuzz::mesh_lanes(data);
});

#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    nuncio_fuzz::replay(nuncio_fuzz::mesh_lanes)
}
