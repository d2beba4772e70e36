//! `qtrans`: one line for each queue.

use clap::Parser;
use nuncio::queue::QueueStat;

use super::Common;
use crate::output::Output;
use crate::stop::Stop;

/// Show the queues that are not empty, as qtrans of IPC::Transit does
#[derive(Debug, Parser)]
#[command(name = "qtrans")]
pub(super) struct Qtrans {
    /// Show empty queues, too
    #[arg(short)]
    all: bool,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(tool: &Qtrans) -> Result<(), Stop> {
    let mut output = Output::new();
    tool.common.announce(&mut output)?;
    let stats = tool.common.open()?.stats()?;
    let shown = stats.iter().filter(|stat| tool.all || stat.messages != 0);
    shown.map(row).try_for_each(|row| output.print(&row))
}

fn row(stat: &QueueStat) -> String {
    line(stat.name.as_str(), [stat.messages, stat.bytes, stat.capacity_bytes])
}

fn line(name: &str, [messages, bytes, capacity_bytes]: [u64; 3]) -> String {
    let fill = fill(bytes, capacity_bytes);
    format!("{name:<40}{messages:<8}{bytes:<10}{capacity_bytes:<10}{fill:<8}")
}

/// How full the queue is: percent with one decimal, cut; a zero after the point is not shown.
fn fill(bytes: u64, capacity_bytes: u64) -> String {
    let tenths = u128::from(bytes) * 1000 / u128::from(capacity_bytes.max(1));
    match tenths % 10 {
        0 => format!("{}%", tenths / 10),
        decimal => format!("{}.{decimal}%", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_the_original() {
        for (line, expected) in [
            (
                line("cliq", [2, 221, 16384]),
                "cliq                                    2       221       16384     1.3%    ",
            ),
            (
                line("cliq", [0, 0, 16384]),
                "cliq                                    0       0         16384     0%      ",
            ),
            (
                line("transitd", [1, 169, 16384]),
                "transitd                                1       169       16384     1%      ",
            ),
        ] {
            assert_eq!(line, expected);
        }
        assert_eq!([fill(16384, 16384), fill(0, 0), fill(1_999, 2_000)], ["100%", "0%", "99.9%"]);
    }
}
