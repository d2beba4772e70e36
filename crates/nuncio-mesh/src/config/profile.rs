//! What a profile says, as a node takes it.

use std::time::Duration;

use nuncio_codec::{Map, Value};
use nuncio_core::Result;

use super::wrong;
use crate::proto::auth::AuthMethod;
use crate::proto::framing::{Framing, text_of};

/// A function that is started with the node, and its arguments.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Service {
    /// The function's name.
    pub function: String,
    /// With what.
    pub arguments: Vec<Value>,
}

/// The settings of a profile. What is not set is nothing here.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Profile {
    /// The profile's name.
    pub name: String,
    /// The node's id, as it is written: see [`node_id`](Self::node_id).
    pub node: Option<String>,
    /// The secret.
    pub secret: Option<Vec<u8>>,
    /// Certificate, key and authority, in one PEM text.
    pub certificate: Option<String>,
    /// Where to listen.
    pub binds: Option<Vec<String>>,
    /// Addresses of seeds.
    pub seeds: Vec<String>,
    /// What is started with the node.
    pub services: Vec<Service>,
    /// For how long to try to reach a node, and how long a handshake may take.
    pub monitor_timeout: Option<Duration>,
    /// The time between two tries.
    pub connect_interval: Option<Duration>,
    /// The framings, the preferred one first.
    pub framings: Option<Vec<Framing>>,
    /// The ways in which the node proves itself.
    pub auth_offer: Option<Vec<AuthMethod>>,
    /// The ways in which others may prove themselves, the preferred one first.
    pub auth_accept: Option<Vec<AuthMethod>>,
}

impl Profile {
    pub(super) fn from_settings(name: &str, settings: &Map) -> Result<Self> {
        let mut profile = Self { name: name.to_owned(), ..Self::default() };
        for (setting, value) in settings.iter().filter(|(_, value)| **value != Value::Null) {
            profile.take(setting, value)?;
        }
        Ok(profile)
    }

    fn take(&mut self, setting: &str, value: &Value) -> Result<()> {
        let of = |what: &str| wrong(format!("{setting} has to be {what}"));
        let text = || text_of(value).map(|text| text.into_owned()).ok_or_else(|| of("a string"));
        let texts = || {
            let elements = value.as_array().ok_or_else(|| of("a list of strings"))?;
            let texts: Option<Vec<String>> = elements.iter().map(|one| Some(text_of(one)?.into_owned())).collect();
            texts.ok_or_else(|| of("a list of strings"))
        };
        let seconds = || {
            let number = text_of(value).and_then(|text| text.parse::<f64>().ok());
            let time = number.and_then(|number| Duration::try_from_secs_f64(number).ok());
            time.filter(|time| !time.is_zero()).ok_or_else(|| of("a number of seconds"))
        };
        match setting {
            "nodeid" => self.node = Some(text()?),
            "secret" => self.secret = Some(secret_bytes(text()?)),
            "cert" => self.certificate = Some(text()?),
            "binds" => self.binds = Some(texts()?),
            "seeds" => self.seeds = texts()?,
            "monitor_timeout" => self.monitor_timeout = Some(seconds()?),
            "connect_interval" => self.connect_interval = Some(seconds()?),
            "framing_format" => {
                // Those that Perl can load and nuncio does not know are left out, as by a node that cannot load them.
                let known = texts()?.iter().filter_map(|name| name.parse().ok()).collect();
                self.framings = Some(known);
            }
            "auth_offer" => self.auth_offer = Some(texts()?.iter().filter_map(|name| name.parse().ok()).collect()),
            "auth_accept" => self.auth_accept = Some(texts()?.iter().filter_map(|name| name.parse().ok()).collect()),
            "services" => {
                let services = value.as_array().ok_or_else(|| of("a list of functions"))?;
                let services: Option<Vec<Service>> = services.iter().map(service).collect();
                self.services =
                    services.ok_or_else(|| of("a list of functions, each with its arguments if it has any"))?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The node's id, or the profile's name where there is none: `%n` is the name of this host, and `%u`, or `/` at the end,
    /// becomes `unique`.
    #[must_use]
    pub fn node_id(&self, host: &str, unique: &str) -> String {
        let id = self.node.as_deref().unwrap_or(&self.name);
        let id = id.replace("%n", host).replace("%u", unique);
        if id.ends_with('/') { id + unique } else { id }
    }
}

/// Each character is a byte, as the original takes them; what cannot be a byte makes the whole text UTF-8.
fn secret_bytes(text: String) -> Vec<u8> {
    let bytes: Result<Vec<u8>, _> = text.chars().map(u8::try_from).collect();
    bytes.unwrap_or_else(|_| text.into_bytes())
}

fn service(value: &Value) -> Option<Service> {
    match value {
        Value::Array(elements) => {
            let (function, arguments) = elements.split_first()?;
            Some(Service { function: text_of(function)?.into_owned(), arguments: arguments.to_vec() })
        }
        _ => Some(Service { function: text_of(value)?.into_owned(), arguments: Vec::new() }),
    }
}

impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Profile")
            .field("name", &self.name)
            .field("node", &self.node)
            .field("binds", &self.binds)
            .field("seeds", &self.seeds)
            .field("services", &self.services)
            .finish_non_exhaustive()
    }
}
