//! How many faults, and which.

use std::str::FromStr;

use nuncio_core::{Address, Error, ErrorKind, Result};

/// The faults' beginning and their frequency.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ChaosConfig {
    /// Where the faults begin.
    pub seed: u64,
    /// Which part of the calls meets a fault, from 0 to 0.9.
    pub rate: f64,
}

impl Default for ChaosConfig {
    fn default() -> Self {
        Self { seed: 0, rate: 0.25 }
    }
}

impl ChaosConfig {
    /// Takes `seed` and `rate` from the options of `address` and leaves the others.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] for a value that is no such number.
    pub fn take_from(address: &mut Address) -> Result<Self> {
        let mut config = Self::default();
        if let Some(seed) = take(address, "seed", "a number from 0 on", |_| true)? {
            config.seed = seed;
        }
        // A rate of 1 would leave a caller who repeats his call repeating it for ever.
        if let Some(rate) = take(address, "rate", "a number from 0 to 0.9", |rate| (0.0..=0.9).contains(rate))? {
            config.rate = rate;
        }
        Ok(config)
    }
}

fn take<T: FromStr>(address: &mut Address, key: &str, what: &str, fits: fn(&T) -> bool) -> Result<Option<T>> {
    let Some(text) = address.take_option(key) else { return Ok(None) };
    let reason = || format!("{text:?} is not {what}");
    let number = text.parse().ok().filter(fits);
    number.map(Some).ok_or_else(|| Error::new(ErrorKind::Misconfigured, "read the option").on(key).because(reason()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_options_are_taken_and_the_others_left() {
        let mut address: Address = "memory:x?seed=7&capacity=2&rate=0.5".parse().expect("an address");
        let config = ChaosConfig::take_from(&mut address).expect("valid");
        assert_eq!(config, ChaosConfig { seed: 7, rate: 0.5 });
        assert_eq!(address.to_string(), "memory:x?capacity=2");
    }

    #[test]
    fn what_is_no_number_in_range_is_refused() {
        for bad in ["memory:?seed=-1", "memory:?seed=x", "memory:?rate=1", "memory:?rate=-0.1", "memory:?rate=nan"] {
            let error = ChaosConfig::take_from(&mut bad.parse().expect("an address")).expect_err(bad);
            assert_eq!(error.kind(), ErrorKind::Misconfigured, "{error}");
        }
    }
}
