//! How the medium of a bus is found, whichever it is.

use std::path::Path;
use std::sync::Arc;

use nuncio_core::{Error, ErrorKind, Result};

use crate::RouteConfig;
use crate::place::Place;
use crate::wire::info::{Info, Protocol};

/// The medium of `info` with the choices in `config`, which is there unless it `is_new`.
pub(super) fn open(info: &Info, config: &RouteConfig, is_new: bool) -> Result<Arc<dyn Place>> {
    let route = &info.route;
    if !config.listens && info.protocol != Protocol::ConnectionUnix {
        let reason = "nobody could reach a peer that does not listen on this medium";
        return Err(Error::new(ErrorKind::Unsupported, "open the bus").on(&**route).because(reason));
    }
    if config.lease.is_some() && info.protocol != Protocol::MessageFiles {
        let reason = "this medium lends no messages: receiving removes them";
        return Err(Error::new(ErrorKind::Unsupported, "open the bus").on(&**route).because(reason));
    }
    match info.protocol {
        Protocol::LocalMemory => crate::plain::memory(route, &config.serializer, &config.limits, is_new),
        Protocol::Own(name) => crate::plain::own(name, route, &config.serializer, &config.limits, is_new),
        Protocol::JsonFile => {
            check_there(config.directory.is_file(), "file", &config.directory)?;
            crate::jsonfile::place(&config.clone().into())
        }
        in_directory => {
            let place = match in_directory {
                Protocol::AtomicPipe => crate::fifo::place,
                Protocol::ConnectionUnix => crate::stream::place,
                Protocol::MessageFiles => crate::files::place,
                Protocol::UnixSocket => crate::unix::place,
                other => {
                    let reason = format!("this build has no driver for {}", other.name());
                    return Err(Error::new(ErrorKind::Unsupported, "open the bus").on(&**route).because(reason));
                }
            };
            check_there(config.directory.is_dir(), "directory", &config.directory)?;
            place(config)
        }
    }
}

fn check_there(is_there: bool, what: &str, path: &Path) -> Result<()> {
    match is_there {
        true => Ok(()),
        false => Err(Error::new(ErrorKind::Unavailable, "open the bus")
            .on(path)
            .because(format!("there is no such {what}: the bus has ended, or is on another machine"))),
    }
}
