//! How many descriptors a process may have open at once.
//!
//! # Source
//! getrlimit(2), `RLIMIT_NOFILE`.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit to `wanted`, or as far as the hard limit lets it; it is never lowered. Gives the limit that holds
/// now.
///
/// # Errors
/// Those of setrlimit(2).
pub fn raise_limit(wanted: u64) -> io::Result<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let Some(current) = current.filter(|current| *current < wanted) else { return Ok(current.unwrap_or(u64::MAX)) };
    let raised = maximum.map_or(wanted, |maximum| wanted.min(maximum)).max(current);
    setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum })?;
    Ok(raised)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_is_raised_and_never_lowered() {
        let before = raise_limit(0).unwrap();
        let raised = raise_limit(before + 1).unwrap();
        assert!(raised == before || raised == before + 1);
        assert_eq!(raise_limit(0).unwrap(), raised);
    }
}
