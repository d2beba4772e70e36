//! The words behind a verb: the bus, which may be left out, and what the verb itself wants.

use nuncio::bus::Bus;

use super::INFO_VARIABLE;
use crate::exit;
use crate::queue::Payload;
use crate::stop::Stop;

/// The bus that the first of `given` names, or the environment where there are only as many as `wanted`; and the other words.
///
/// # Errors
/// Usage, by the names of the words that are missing; those of opening the bus.
pub(super) fn open<'a, const N: usize>(
    given: impl IntoIterator<Item = &'a Option<String>>,
    wanted: [&str; N],
) -> Result<(Bus, [String; N]), Stop> {
    let mut given: Vec<String> = given.into_iter().flatten().cloned().collect();
    let known = std::env::var(INFO_VARIABLE).ok().filter(|line| !line.is_empty());
    let is_known = known.is_some();
    let info = match known {
        Some(line) if given.len() <= N => line,
        _ if given.is_empty() => return Err(missing("INFO", &wanted, "")),
        _ => given.remove(0),
    };
    let count = given.len();
    let rest = <[String; N]>::try_from(given).map_err(|_| {
        let (first, others) =
            wanted[count.min(N)..].split_first().map_or(("", &[][..]), |(first, others)| (*first, others));
        missing(first, others, if is_known { "" } else { ", or INFO" })
    })?;
    let mut payload = Payload::open(&info)?;
    let line = String::from_utf8_lossy(&payload.read_whole()?).into_owned();
    Ok((Bus::open(&line)?, rest))
}

/// Says which words are missing, or might be.
fn missing(first: &str, others: &[&str], or: &str) -> Stop {
    let list = match others {
        [] => format!("{first} is missing{or}"),
        [front @ .., last] => {
            let front: Vec<&str> = std::iter::once(first).chain(front.iter().copied()).collect();
            format!("{} and {last} are missing{or}", front.join(", "))
        }
    };
    let hint = if first == "INFO" || !or.is_empty() { format!("; {INFO_VARIABLE} is not set") } else { String::new() };
    Stop::with_exit(exit::USAGE, format_args!("{list}{hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_missing_are_named() {
        for (first, others, or, text) in [
            ("PAYLOAD", &[][..], "", "PAYLOAD is missing"),
            ("INFO", &["PEER", "PAYLOAD"][..], "", "INFO, PEER and PAYLOAD are missing; NUNCIO_BUS is not set"),
            ("PAYLOAD", &[][..], ", or INFO", "PAYLOAD is missing, or INFO; NUNCIO_BUS is not set"),
        ] {
            let Stop::Failed { text: said, .. } = missing(first, others, or) else { panic!("it is a failure") };
            assert_eq!(said, text);
        }
    }
}
