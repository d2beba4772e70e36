//! Lengths of time as they are written on a command line and in a table.

use std::time::Duration;

/// Units by their names, with their lengths in milliseconds.
const UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];

/// Reads a whole number with its unit: `300ms`, `5s`, `2m`, `1h`.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len()));
    let Some((_, milliseconds)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err("a duration is a whole number and a unit: 300ms, 5s, 2m, 1h".to_owned());
    };
    let number: u64 = number.parse().map_err(|_| format!("{number:?} is no number of {unit}"))?;
    let milliseconds = number.checked_mul(*milliseconds).ok_or("it is too long")?;
    Ok(Duration::from_millis(milliseconds))
}

/// The length of time in its largest unit, cut: `59s`, `2m`, `3d`.
pub(crate) fn coarse(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..60 => format!("{seconds}s"),
        seconds @ 60..3600 => format!("{}m", seconds / 60),
        seconds @ 3600..86400 => format!("{}h", seconds / 3600),
        seconds => format!("{}d", seconds / 86400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_a_number_and_a_unit() {
        for (text, milliseconds) in [("300ms", 300), ("5s", 5000), ("2m", 120_000), ("1h", 3_600_000), ("0s", 0)] {
            assert_eq!(parse(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "5", "s", "1.5s", "-1s", "5 s", "5d", "1m30s", "99999999999999999999s", "99999999999999999h"] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn coarse_lengths_are_cut() {
        let lengths = [0, 59, 119, 7199, 86399, 200_000].map(|seconds| coarse(Duration::from_secs(seconds)));
        assert_eq!(lengths, ["0s", "59s", "1m", "1h", "23h", "2d"]);
    }
}
