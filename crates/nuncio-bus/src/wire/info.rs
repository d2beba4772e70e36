//! The line of text by which a bus is found: `[protocol class, serializer, route]` as JSON in ASCII.
//!
//! The names are those of Perl classes; here they only stand for what nuncio knows, or the process has
//! [registered](crate::own), and nothing is ever loaded by them.
//!
//! ```
//! use nuncio_bus::wire::info::{Info, Protocol};
//!
//! let info: Info = r#"["MessageFiles", "JSON", "/run/app/bus"]"#.parse()?;
//! assert_eq!(info.protocol, Protocol::MessageFiles);
//! assert_eq!(
//!     info.to_string(),
//!     r#"["IPC::Manager::Client::MessageFiles","IPC::Manager::Serializer::JSON","/run/app/bus"]"#
//! );
//! # Ok::<(), nuncio_core::Error>(())
//! ```

use std::fmt;
use std::str::FromStr;

use nuncio_codec::{Codec, DecodeLimits, Value};
use nuncio_core::{Error, ErrorKind, Result};

use super::message::append_text;
use super::serializer::{LEVEL_DEFAULT, Serializer};
use crate::own::{self, OwnName};

const CLIENT: &str = "IPC::Manager::Client::";
const SERIALIZER: &str = "IPC::Manager::Serializer::";
/// The longest line, in bytes: a route has no 4096 bytes.
const LINE_BYTES_MAX: usize = 65_536;

/// How a bus is found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Info {
    /// How messages are moved.
    pub protocol: Protocol,
    /// How they are written.
    pub serializer: Serializer,
    /// Where the bus is: a directory, a file or a database.
    pub route: String,
}

/// How the reference moves messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// FIFOs; nuncio's `fifo:`.
    AtomicPipe,
    /// Stream sockets; nuncio's `stream:`.
    ConnectionUnix,
    /// One file; nuncio's `jsonfile:`.
    JsonFile,
    /// Within one Perl process; nobody else can join it.
    LocalMemory,
    /// Nuncio's `mariadb:`.
    MariaDb,
    /// Files in directories; nuncio's `files:`.
    MessageFiles,
    /// Nuncio's `mariadb:` too.
    MySql,
    /// Nuncio's `postgres:`.
    PostgreSql,
    /// One of the user's own, by the name that this process has [registered](crate::own::register_driver).
    Own(OwnName),
    /// Nuncio's `sqlite:`.
    Sqlite,
    /// Datagram sockets; nuncio's `unix:`.
    UnixSocket,
}

impl Protocol {
    /// The reference's with the last part of their names, and what nuncio calls them.
    const NAMES: [(Self, &'static str, &'static str); 10] = [
        (Self::AtomicPipe, "AtomicPipe", "fifo"),
        (Self::ConnectionUnix, "ConnectionUnix", "stream"),
        (Self::JsonFile, "JSONFile", "jsonfile"),
        (Self::LocalMemory, "LocalMemory", "memory"),
        (Self::MariaDb, "MariaDB", "mariadb"),
        (Self::MessageFiles, "MessageFiles", "files"),
        (Self::MySql, "MySQL", "mysql"),
        (Self::PostgreSql, "PostgreSQL", "postgres"),
        (Self::Sqlite, "SQLite", "sqlite"),
        (Self::UnixSocket, "UnixSocket", "unix"),
    ];

    /// The one of that name: nuncio's (`files`), the reference's (`MessageFiles`), or one that this process has
    /// [registered](crate::own::register_driver).
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] for any other.
    pub fn named(name: &str) -> Result<Self> {
        let found = Self::NAMES.iter().find(|(_, _, scheme)| *scheme == name).map(|(protocol, _, _)| *protocol);
        found.map_or_else(|| Self::of_class(name), Ok)
    }

    /// The last part of its name; of the user's own the whole.
    pub fn name(self) -> &'static str {
        match self {
            Self::Own(name) => name.as_str(),
            protocol => Self::NAMES.iter().find(|(other, ..)| *other == protocol).map_or("", |(_, name, _)| name),
        }
    }

    fn of_class(class: &str) -> Result<Self> {
        let name = own_part(class, CLIENT);
        let found = Self::NAMES.iter().find(|(_, known, _)| name == Some(known)).map(|(protocol, ..)| *protocol);
        let own = || own::driver_named(class.strip_prefix('+').unwrap_or(class)).map(Self::Own);
        found.or_else(own).ok_or_else(|| {
            let known = Self::NAMES.iter().map(|(_, name, _)| *name).chain(own::driver_names());
            let known = known.collect::<Vec<_>>().join(", ");
            wrong(ErrorKind::Unsupported, class, format!("it is no known protocol; there are {known}"))
        })
    }
}

/// What follows `prefix` in the name of a class, as the reference completes it.
fn own_part<'a>(class: &'a str, prefix: &str) -> Option<&'a str> {
    match class.strip_prefix('+') {
        Some(whole) => whole.strip_prefix(prefix),
        None => Some(class.strip_prefix(prefix).unwrap_or(class)),
    }
}

impl Info {
    /// The bus at `route`.
    pub fn new(protocol: Protocol, serializer: Serializer, route: &str) -> Self {
        Self { protocol, serializer, route: route.to_owned() }
    }
}

impl FromStr for Info {
    type Err = Error;

    /// # Errors
    /// [`ErrorKind::Misconfigured`] for what is no such line; [`ErrorKind::Unsupported`] for a protocol or serializer that is
    /// not known.
    fn from_str(line: &str) -> Result<Self> {
        let limits = DecodeLimits::default().with_total_bytes(LINE_BYTES_MAX).with_depth(4);
        let value: Value = Codec::Json.decode(line.trim().as_bytes(), &limits).map_err(|error| {
            wrong(
                ErrorKind::Misconfigured,
                line,
                "it is no JSON; an info line is [protocol, serializer, route]".to_owned(),
            )
            .caused_by(error)
        })?;
        let malformed = || wrong(ErrorKind::Misconfigured, line, "it is not [protocol, serializer, route]".to_owned());
        let Value::Array(parts) = &value else { return Err(malformed()) };
        let [protocol, serializer, route] = &parts[..] else { return Err(malformed()) };
        Ok(Self {
            protocol: Protocol::of_class(protocol.as_str().ok_or_else(malformed)?)?,
            serializer: read_serializer(serializer).unwrap_or_else(|| Err(malformed()))?,
            route: route
                .as_str()
                .filter(|route| !route.is_empty() && !route.contains('\0'))
                .ok_or_else(malformed)?
                .to_owned(),
        })
    }
}

/// None if it is neither a text nor a list of a text and options.
fn read_serializer(value: &Value) -> Option<Result<Serializer>> {
    match value {
        Value::Array(parts) => {
            let (class, options) = parts.split_first()?;
            Some(named(class.as_str()?).and_then(|serializer| with_options(serializer, options)))
        }
        value => Some(named(value.as_str()?)),
    }
}

fn named(class: &str) -> Result<Serializer> {
    match (own_part(class, SERIALIZER), class.strip_prefix('+')) {
        (Some(name), _) | (None, Some(name)) => Serializer::named(name),
        (None, None) => Serializer::named(class),
    }
}

fn with_options(mut serializer: Serializer, options: &[Value]) -> Result<Serializer> {
    for pair in options.chunks(2) {
        let key = pair[0].as_str().unwrap_or_default();
        if !pair.get(1).and_then(as_text).is_some_and(|value| serializer.set(key, &value)) {
            return Err(wrong(ErrorKind::Unsupported, key, format!("it is no option of the serializer {serializer}")));
        }
    }
    Ok(serializer)
}

/// Perl writes a number as a number or as text.
fn as_text(value: &Value) -> Option<String> {
    match value.as_str() {
        Some(text) => Some(text.to_owned()),
        None => nuncio_codec::from_value::<i64>(value.clone()).ok().map(|number| number.to_string()),
    }
}

fn wrong(kind: ErrorKind, subject: &str, reason: String) -> Error {
    Error::new(kind, "use the bus").on(subject).because(reason)
}

impl fmt::Display for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.protocol {
            Protocol::Own(name) => write!(f, "[{},", quoted(&format!("+{}", name.as_str())))?,
            protocol => write!(f, "[{},", quoted(&format!("{CLIENT}{}", protocol.name())))?,
        }
        let class = match self.serializer.class() {
            class if class.starts_with('+') => quoted(&class),
            class => quoted(&format!("{SERIALIZER}{class}")),
        };
        match &self.serializer {
            Serializer::Own { options, .. } if !options.is_empty() => {
                write!(f, "[{class}")?;
                options.iter().try_for_each(|(key, value)| write!(f, ",{},{}", quoted(key), quoted(value)))?;
                f.write_str("]")?;
            }
            Serializer::JsonZstd { level, dictionary } if *level != LEVEL_DEFAULT || dictionary.is_some() => {
                write!(f, "[{class}")?;
                if *level != LEVEL_DEFAULT {
                    write!(f, ",\"level\",{level}")?;
                }
                if let Some(path) = dictionary {
                    write!(f, ",\"dictionary\",{}", quoted(&path.to_string_lossy()))?;
                }
                f.write_str("]")?;
            }
            _ => f.write_str(&class)?,
        }
        write!(f, ",{}]", quoted(&self.route))
    }
}

fn quoted(text: &str) -> String {
    let mut json = Vec::new();
    append_text(text, &mut json);
    String::from_utf8_lossy(&json).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_and_verbatim_ones_are_completed_as_by_the_reference() {
        for line in [
            r#"["UnixSocket","JSON::Zstd","/x"]"#,
            r#" [ "+IPC::Manager::Client::UnixSocket" , ["+IPC::Manager::Serializer::JSON::Zstd"], "/x" ] "#,
        ] {
            let info: Info = line.parse().unwrap();
            assert_eq!(info, Info::new(Protocol::UnixSocket, Serializer::zstd(), "/x"));
        }
        let info: Info = r#"["JSONFile",["JSON::Zstd","level","7"],"/gr\u00fcn"]"#.parse().unwrap();
        assert_eq!(info.serializer, Serializer::JsonZstd { level: 7, dictionary: None });
        assert!(info.to_string().ends_with(r#","level",7],"/gr\u00fcn"]"#), "{info}");
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        for (line, kind, word) in [
            ("", ErrorKind::Misconfigured, "no JSON"),
            ("{}", ErrorKind::Misconfigured, "[protocol, serializer, route]"),
            (r#"["MessageFiles","JSON"]"#, ErrorKind::Misconfigured, "route"),
            (r#"["MessageFiles","JSON",""]"#, ErrorKind::Misconfigured, "route"),
            (r#"["MessageFiles",[],"/x"]"#, ErrorKind::Misconfigured, "serializer"),
            (r#"["Evil::Class","JSON","/x"]"#, ErrorKind::Unsupported, "\"Evil::Class\""),
            (r#"["+MessageFiles","JSON","/x"]"#, ErrorKind::Unsupported, "no known protocol"),
            (r#"["MessageFiles","+Storable","/x"]"#, ErrorKind::Unsupported, "no known serializer"),
            (r#"["MessageFiles",["JSON::Zstd","eval","1"],"/x"]"#, ErrorKind::Unsupported, "\"eval\""),
            (r#"["MessageFiles",["JSON::Zstd","level"],"/x"]"#, ErrorKind::Unsupported, "\"level\""),
            (r#"["MessageFiles",["JSON","level",3],"/x"]"#, ErrorKind::Unsupported, "\"level\""),
        ] {
            let error = line.parse::<Info>().unwrap_err();
            assert_eq!(error.kind(), kind, "{line}: {error}");
            assert!(error.to_string().contains(word), "{line}: {error}");
        }
    }
}
