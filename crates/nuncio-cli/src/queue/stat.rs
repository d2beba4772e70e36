//! `nuncio queue stat`

use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use nuncio::core::QueueName;
use nuncio::queue::QueueStat;
use serde::Serialize;

use super::Place;
use crate::output::Output;
use crate::stop::Stop;
use crate::{duration, table};

/// Say what the kernel knows of one queue, or of all
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The queue [default: all]
    name: Option<QueueName>,
    /// Print one JSON object for each queue, one on each line
    #[arg(long)]
    json: bool,
}

/// A queue as JSON. Sizes are in bytes, times in seconds since 1970, 0 for never; the mode is a decimal number.
#[derive(Serialize)]
struct Record<'a> {
    version: u32,
    name: &'a str,
    key: i32,
    messages: u64,
    bytes: u64,
    capacity_bytes: u64,
    uid: u32,
    gid: u32,
    creator_uid: u32,
    creator_gid: u32,
    mode: u32,
    last_send_pid: u32,
    last_receive_pid: u32,
    last_send_time: u64,
    last_receive_time: u64,
    change_time: u64,
}

pub(super) fn run(place: &Place, arguments: &Arguments) -> Result<(), Stop> {
    let stats = match &arguments.name {
        Some(name) => vec![place.open_for(name)?.stat(name.as_str())?],
        None => place.open_existing()?.map_or(Ok(Vec::new()), |registry| registry.stats())?,
    };
    let mut output = Output::new();
    if arguments.json {
        return stats.iter().try_for_each(|stat| output.print_json(&Record::of(stat)));
    }
    output.print(&table(&stats))
}

fn table(stats: &[QueueStat]) -> String {
    let heading = ["NAME", "MESSAGES", "BYTES", "CAPACITY", "USER", "MODE", "SENT", "BY", "RECEIVED", "BY"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(stats.iter().map(row));
    table::format(&rows)
}

fn row(stat: &QueueStat) -> Vec<String> {
    vec![
        stat.name.to_string(),
        stat.messages.to_string(),
        stat.bytes.to_string(),
        stat.capacity_bytes.to_string(),
        stat.uid.to_string(),
        format!("{:03o}", stat.mode),
        ago(stat.last_send_time),
        pid(stat.last_send_pid),
        ago(stat.last_receive_time),
        pid(stat.last_receive_pid),
    ]
}

fn ago(time: Option<SystemTime>) -> String {
    let Some(time) = time else { return "never".to_owned() };
    // A clock that was set back makes it now.
    format!("{} ago", duration::coarse(time.elapsed().unwrap_or_default()))
}

fn pid(pid: u32) -> String {
    if pid == 0 { "-".to_owned() } else { pid.to_string() }
}

impl<'a> Record<'a> {
    fn of(stat: &'a QueueStat) -> Self {
        Self {
            version: 1,
            name: stat.name.as_str(),
            key: stat.key,
            messages: stat.messages,
            bytes: stat.bytes,
            capacity_bytes: stat.capacity_bytes,
            uid: stat.uid,
            gid: stat.gid,
            creator_uid: stat.creator_uid,
            creator_gid: stat.creator_gid,
            mode: stat.mode,
            last_send_pid: stat.last_send_pid,
            last_receive_pid: stat.last_receive_pid,
            last_send_time: seconds(stat.last_send_time),
            last_receive_time: seconds(stat.last_receive_time),
            change_time: seconds(stat.change_time),
        }
    }
}

fn seconds(time: Option<SystemTime>) -> u64 {
    time.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |since| since.as_secs())
}
