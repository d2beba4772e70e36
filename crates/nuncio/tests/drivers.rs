//! What a build without some drivers says of them, and that a build with them opens them.

#[cfg(all(feature = "bus", feature = "queue", target_os = "linux"))]
#[test]
fn every_scheme_of_the_build_is_known() {
    let error = nuncio::drivers().open(&"nowhere:x".parse().expect("an address")).expect_err("no such scheme");
    assert_eq!(error.kind(), nuncio::ErrorKind::Unsupported);
    assert!(error.to_string().ends_with("known are fifo: files: jsonfile: memory: stream: sysv: unix:"), "{error}");
}

#[cfg(not(feature = "bus"))]
#[test]
fn a_scheme_that_was_left_out_is_refused_with_its_feature() {
    let error = nuncio::drivers().open(&"memory:x".parse().expect("an address")).expect_err("left out");
    assert_eq!(error.kind(), nuncio::ErrorKind::Unsupported);
    assert!(error.to_string().ends_with("`memory:` needs the feature `bus`"), "{error}");
}
