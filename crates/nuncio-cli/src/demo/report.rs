//! What the tours have shown, for people and for programs.

use std::time::Duration;

use serde::Serialize;

use crate::stop::Stop;
use crate::table;

/// One kind of message over one transport.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) transport: &'static str,
    pub(super) payload: &'static str,
    /// What can be said of the messages if it held.
    pub(super) claim: &'static str,
    /// What was measured while everything held, or what did not hold.
    pub(super) outcome: Result<Measured, String>,
}

/// The speed of a leg.
#[derive(Debug, Serialize)]
pub(super) struct Measured {
    /// How many were delivered, both ways together.
    messages: u64,
    /// Messages in a second, both ways together, while as many as fit were under way.
    rate_per_second: u64,
    /// Half of the single messages were there and back within this time, in nanoseconds.
    round_trip_median_ns: u64,
    /// So were 99 of 100.
    round_trip_p99_ns: u64,
}

/// The whole demo, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    version: u32,
    pub(super) held: bool,
    legs: Vec<Record>,
}

#[derive(Debug, Serialize)]
struct Record {
    transport: &'static str,
    payload: &'static str,
    #[serde(skip)]
    claim: &'static str,
    held: bool,
    #[serde(flatten)]
    measured: Option<Measured>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Leg {
    /// A leg that shows each message once, in order, intact. One that does not hold is a result.
    ///
    /// # Errors
    /// An interruption.
    pub(super) fn of(
        transport: &'static str,
        payload: &'static str,
        shown: Result<Measured, Stop>,
    ) -> Result<Self, Stop> {
        let outcome = match shown {
            Err(Stop::Failed { text, .. }) => Err(text),
            shown => Ok(shown?),
        };
        Ok(Self { transport, payload, claim: "each once, in order, intact", outcome })
    }
}

impl Measured {
    /// Of `streamed` messages that took `elapsed` together, and of those that went alone, there and back.
    pub(super) fn new(streamed: u64, elapsed: Duration, mut round_trips: Vec<Duration>) -> Self {
        round_trips.sort_unstable();
        let at =
            |percent: usize| round_trips.get(round_trips.len() * percent / 100).map_or(0, |trip| nanoseconds(*trip));
        Self {
            messages: streamed + 2 * round_trips.len() as u64,
            rate_per_second: (streamed as f64 / elapsed.as_secs_f64()) as u64,
            round_trip_median_ns: at(50),
            round_trip_p99_ns: at(99),
        }
    }
}

impl Report {
    pub(super) fn new(legs: Vec<Leg>) -> Self {
        let legs: Vec<Record> = legs.into_iter().map(Record::new).collect();
        Self { version: 1, held: legs.iter().all(|leg| leg.held), legs }
    }

    pub(super) fn table(&self) -> String {
        let heading = ["TRANSPORT", "MESSAGES", "PER SECOND", "MEDIAN", "P99 ROUND TRIP", "VERDICT"];
        let mut rows = vec![heading.map(str::to_owned).to_vec()];
        rows.extend(self.legs.iter().map(Record::row));
        table::format(&rows)
    }
}

impl Record {
    fn new(Leg { transport, payload, claim, outcome }: Leg) -> Self {
        let (measured, reason) = match outcome {
            Ok(measured) => (Some(measured), None),
            Err(reason) => (None, Some(reason)),
        };
        Self { transport, payload, claim, held: reason.is_none(), measured, reason }
    }

    fn row(&self) -> Vec<String> {
        let verdict = match &self.reason {
            None => self.claim.to_owned(),
            Some(reason) => format!("FAILED: {reason}"),
        };
        let numbers = match &self.measured {
            None => ["-"; 4].map(str::to_owned),
            Some(measured) => [
                measured.messages.to_string(),
                measured.rate_per_second.to_string(),
                microseconds(measured.round_trip_median_ns),
                microseconds(measured.round_trip_p99_ns),
            ],
        };
        let mut row = vec![format!("{}, {}", self.transport, self.payload)];
        row.extend(numbers);
        row.push(verdict);
        row
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn microseconds(nanoseconds: u64) -> String {
    format!("{}.{} µs", nanoseconds / 1000, nanoseconds % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured() -> Measured {
        let round_trips = (1..=100).rev().map(Duration::from_micros).collect();
        Measured::new(4000, Duration::from_millis(20), round_trips)
    }

    #[test]
    fn speed_is_counted_both_ways_and_round_trips_are_ranked() {
        let measured = measured();
        assert_eq!((measured.messages, measured.rate_per_second), (4200, 200_000));
        assert_eq!((measured.round_trip_median_ns, measured.round_trip_p99_ns), (51_000, 100_000));
    }

    #[test]
    fn one_leg_that_fails_fails_the_report() {
        let leg = |outcome| Leg::of("sysv", "small", outcome).expect("a result");
        assert!(Report::new(vec![leg(Ok(measured()))]).held);
        let report = Report::new(vec![leg(Ok(measured())), leg(Err(Stop::failed("torn")))]);
        assert_eq!(
            serde_json::to_string(&report).expect("JSON"),
            r#"{"version":1,"held":false,"legs":[{"transport":"sysv","payload":"small","held":true,"messages":4200,"rate_per_second":200000,"round_trip_median_ns":51000,"round_trip_p99_ns":100000},{"transport":"sysv","payload":"small","held":false,"reason":"torn"}]}"#
        );
        assert!(report.table().contains("FAILED: torn"));
    }
}
