//! The claims themselves.

use crate::stage::Stage;

/// The driver claims what its fixture says, and its claims do not contradict each other.
pub fn are_those_of_the_driver(stage: &Stage<'_>) {
    let driver = stage.driver();
    let claims = driver.capabilities();
    assert_eq!(*claims, stage.claims);
    assert!(claims.body.bytes || claims.body.value, "it carries nothing");
    assert!((1..=claims.payload_bytes_max).contains(&claims.inline_bytes_max), "{claims:?}");
}
