//! Writes a page for each driver on a bus, with what it guarantees, into the directory that is named; `cargo xtask docs` runs it.
//!
//! What is written are the capability values that the conformance suite attacks, with the default limits.

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let target = std::env::args_os().nth(1).ok_or("the directory to write to is missing")?;
    let place = tempfile::tempdir()?;
    for page in pages::pages(place.path())? {
        std::fs::write(std::path::Path::new(&target).join(format!("{}.md", page.scheme)), page.text)?;
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod pages {
    use std::path::Path;

    use nuncio_bus::jsonfile::{JsonFileConfig, JsonFileDriver};
    use nuncio_bus::memory::MemoryDriver;
    use nuncio_bus::{RouteConfig, fifo, files, stream, unix};
    use nuncio_core::{Capabilities, Driver, Full, Order, Result, Survives, Take, WaitsBy};

    pub(crate) struct Page {
        pub(crate) scheme: &'static str,
        pub(crate) text: String,
    }

    /// What the reference calls it, what it moves messages through, and where it is documented.
    struct Medium {
        scheme: &'static str,
        name: &'static str,
        through: &'static str,
        /// The same with the choices that it has, where they change what it guarantees.
        lends: bool,
    }

    const fn medium(scheme: &'static str, name: &'static str, through: &'static str) -> Medium {
        Medium { scheme, name, through, lends: false }
    }

    pub(crate) fn pages(place: &Path) -> Result<Vec<Page>> {
        let config = RouteConfig::new(place.join("bus"));
        let drivers: [(Medium, Box<dyn Driver>); 6] = [
            (medium("fifo", "AtomicPipe", "a FIFO for each receiver"), Box::new(fifo::FifoDriver::open(&config)?)),
            (
                Medium { lends: true, ..medium("files", "MessageFiles", "files in a directory for each receiver") },
                Box::new(files::FilesDriver::open(&config)?),
            ),
            (
                medium("jsonfile", "JSONFile", "one file for the whole bus"),
                Box::new(JsonFileDriver::open(&JsonFileConfig::new(place.join("bus.json")))?),
            ),
            (medium("memory", "LocalMemory", "the memory of one process"), Box::new(MemoryDriver::new())),
            (
                medium("stream", "ConnectionUnix", "a connection for each pair of peers"),
                Box::new(stream::StreamDriver::open(&config)?),
            ),
            (medium("unix", "UnixSocket", "datagrams"), Box::new(unix::UnixDriver::open(&config)?)),
        ];
        Ok(drivers.iter().map(|(medium, driver)| page(medium, driver.capabilities())).collect())
    }

    fn page(medium: &Medium, claims: &Capabilities) -> Page {
        let Medium { scheme, name, through, lends } = medium;
        let rows: String = rows(claims, *lends).iter().map(|(what, value)| format!("| {what} | {value} |\n")).collect();
        let text = format!(
            "# `{scheme}:`\n\nMessages go through {through}, as with IPC::Manager's {name}. Generated from what the driver claims and the conformance suite attacks, with the default limits; \
             `cargo xtask docs` writes it anew.\n\n| | |\n|---|---|\n{rows}\nWhat is behind each of these is in the documentation of `nuncio_bus::{scheme}`.\n"
        );
        Page { scheme, text }
    }

    fn rows(claims: &Capabilities, lends: bool) -> Vec<(&'static str, String)> {
        let yes_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        vec![
            ("body", body(claims).to_owned()),
            ("beside it", beside(claims)),
            ("order", order(claims).to_owned()),
            ("receiving", receiving(claims, lends).to_owned()),
            ("several readers of one name", yes_no(claims.shared_readers)),
            ("when there is no room", full(claims).to_owned()),
            ("largest payload", format!("{} bytes", claims.payload_bytes_max)),
            ("written in one piece up to", format!("{} bytes of payload", claims.inline_bytes_max)),
            ("waits", waits(claims).to_owned()),
            ("a message outlives", survives(claims).to_owned()),
            ("one can leave to come back", yes_no(claims.suspend)),
            ("tells who is there", yes_no(claims.presence)),
        ]
    }

    fn body(claims: &Capabilities) -> &'static str {
        match (claims.body.bytes, claims.body.value) {
            (true, true) => "bytes in any codec, and values",
            (true, false) => "bytes in any codec",
            (false, _) => "a JSON value other than null",
        }
    }

    fn beside(claims: &Capabilities) -> String {
        let carries = &claims.carries;
        let parts = [
            (carries.id, "id"),
            (carries.from, "sender"),
            (carries.stamp, "time stamp"),
            (carries.broadcast, "whether it was a broadcast"),
            (carries.headers, "headers"),
        ];
        let parts: Vec<&str> = parts.into_iter().filter(|(is_carried, _)| *is_carried).map(|(_, part)| part).collect();
        parts.join(", ")
    }

    fn order(claims: &Capabilities) -> &'static str {
        match claims.order {
            Order::AllSenders => "that in which all senders were accepted",
            _ => "each sender's own",
        }
    }

    fn receiving(claims: &Capabilities, lends: bool) -> &'static str {
        match claims.take {
            Take::Leased => "lends the message until it is acknowledged",
            _ if lends => "removes the message; with a lease, lends it until it is acknowledged",
            _ => "removes the message",
        }
    }

    fn full(claims: &Capabilities) -> &'static str {
        match claims.full {
            Full::WaitsAtBytes => "the sender waits; room is counted in bytes",
            Full::WaitsAtCapacityAndBytes => "the sender waits; room is counted in messages and in bytes",
            _ => "the sender waits; room is counted in messages",
        }
    }

    fn waits(claims: &Capabilities) -> &'static str {
        match claims.waits_by {
            WaitsBy::Descriptor => "on a descriptor, for event loops too",
            _ => "in a kernel call",
        }
    }

    fn survives(claims: &Capabilities) -> &'static str {
        match claims.survives {
            Survives::Nothing => "nobody",
            Survives::Senders => "its sender",
            Survives::EveryProcess => "every process",
            _ => "every process, and an orderly restart of the machine",
        }
    }
}
