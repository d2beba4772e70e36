//! Whether the other side of a connection is alive, and when to show that this side is.
//!
//! The originals leave it to TCP to notice that another machine is gone, which takes minutes, or hours where nothing is sent.
//! Nodes of nuncio promise each other in their greetings to send something at least so often (`heartbeat=<milliseconds>`):
//! the message without anything, if there is nothing else.

use std::time::Duration;

/// The greeting's key for how often a side sends something, in milliseconds.
pub const KEY: &str = "heartbeat";
/// For how many heartbeats in a row a side may be silent before it is taken for dead, at least.
const SILENT_BEATS: u32 = 3;
/// The longest promise that is believed.
const INTERVAL_MAX: Duration = Duration::from_secs(3600);

/// How often the other side sends something, as its greeting says; none if it promises nothing.
#[must_use]
pub fn promised(value: Option<&str>) -> Option<Duration> {
    let milliseconds: u64 = value?.parse().ok()?;
    (milliseconds > 0).then(|| Duration::from_millis(milliseconds).min(INTERVAL_MAX))
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pulse {
    /// Show that this side is alive, and ask again.
    Beat,
    /// The other side has been silent for so long that it is taken for dead.
    Dead(Duration),
    /// Nothing, up to this time.
    Wait(Duration),
}

/// One connection's heartbeats, both ways. Times are those of a clock that never goes back.
#[derive(Debug)]
pub struct Liveness {
    interval: Duration,
    patience: Duration,
    shown: (u64, Duration),
    heard: (u64, Duration),
}

impl Liveness {
    /// A connection on which this side promises something every `interval`, and the other every `promised`; it is taken for
    /// dead after `patience`, or after three times of what it promised, whichever is longer.
    #[must_use]
    pub fn new(interval: Duration, promised: Duration, patience: Duration, now: Duration) -> Self {
        Self { interval, patience: patience.max(promised * SILENT_BEATS), shown: (0, now), heard: (0, now) }
    }

    /// What to do, if by now this side has written so often and the other was heard so often.
    pub fn check(&mut self, written: u64, heard: u64, now: Duration) -> Pulse {
        if written != self.shown.0 {
            self.shown = (written, now);
        }
        if heard != self.heard.0 {
            self.heard = (heard, now);
        }
        let (beat, death) = (self.shown.1 + self.interval, self.heard.1 + self.patience);
        if death <= now {
            return Pulse::Dead(now - self.heard.1);
        }
        if beat <= now {
            self.shown.1 = now;
            return Pulse::Beat;
        }
        Pulse::Wait(beat.min(death))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn it_beats_only_where_nothing_else_is_written() {
        let mut liveness = Liveness::new(seconds(5), seconds(5), seconds(30), seconds(0));
        assert_eq!(liveness.check(0, 0, seconds(0)), Pulse::Wait(seconds(5)));
        assert_eq!(liveness.check(0, 1, seconds(5)), Pulse::Beat);
        // The beat itself counts as written, when it was.
        assert_eq!(liveness.check(1, 1, seconds(6)), Pulse::Wait(seconds(11)));
        assert_eq!(liveness.check(2, 1, seconds(10)), Pulse::Wait(seconds(15)));
        // Where nothing can be written, it does not beat faster.
        assert_eq!(liveness.check(2, 1, seconds(15)), Pulse::Beat);
        assert_eq!(liveness.check(2, 1, seconds(15)), Pulse::Wait(seconds(20)));
    }

    #[test]
    fn silence_is_death_and_patience_is_never_shorter_than_what_was_promised() {
        let mut liveness = Liveness::new(seconds(5), seconds(5), seconds(30), seconds(0));
        assert_eq!(liveness.check(0, 7, seconds(10)), Pulse::Beat);
        assert_eq!(liveness.check(9, 7, seconds(39)), Pulse::Wait(seconds(40)));
        assert_eq!(liveness.check(9, 7, seconds(40)), Pulse::Dead(seconds(30)));
        let mut slow = Liveness::new(seconds(5), seconds(60), seconds(30), seconds(0));
        assert_eq!(slow.check(0, 0, seconds(179)), Pulse::Beat);
        assert_eq!(slow.check(0, 0, seconds(180)), Pulse::Dead(seconds(180)));
    }

    #[test]
    fn promises_are_read_and_nonsense_is_none() {
        assert_eq!(promised(Some("250")), Some(Duration::from_millis(250)));
        assert_eq!(promised(Some("99999999999")), Some(INTERVAL_MAX));
        for nonsense in [None, Some(""), Some("0"), Some("-1"), Some("soon")] {
            assert_eq!(promised(nonsense), None);
        }
    }
}
