//! The seams for time and randomness: what reads them is handed in from the edge, so that tests can hold them still.
//!
//! No code in this crate calls either.

use std::fmt::Debug;
use std::time::{Instant, SystemTime};

use crate::error::Result;

/// Where the time comes from.
pub trait Clock: Debug + Send + Sync {
    /// A point on the clock that never goes back; deadlines are measured by it.
    fn now(&self) -> Instant;
    /// The time of day; stamps are taken from it.
    fn time_of_day(&self) -> SystemTime;
}

/// The system's own clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[inline]
    fn now(&self) -> Instant {
        Instant::now()
    }

    #[inline]
    fn time_of_day(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// Where unpredictable bytes come from.
pub trait Randomness: Debug + Send + Sync {
    /// Fills `bytes` with unpredictable ones.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) when the system has none.
    fn fill(&self, bytes: &mut [u8]) -> Result<()>;
}
