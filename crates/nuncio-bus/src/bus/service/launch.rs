//! How a process learns that it is to run a service: by its last argument, a JSON object, as the reference's services do.
//!
//! | key | is |
//! |---|---|
//! | `name` | the service's name |
//! | `ipcm_info` | the info line of the bus |
//! | `class` | which service; a class there, any word here |
//! | `watch_pids` | processes with which it ends |
//! | `interval` | seconds |
//! | `intercept_errors`, `expose_error_details` | as [`ServiceBuilder`] says |
//! | `exec` | of no meaning here |
//!
//! Everything else is [for the service](Launch::field).

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use nuncio_codec::{Codec, DecodeLimits, Value};
use nuncio_core::{Error, ErrorKind, Result};
use rustix::process::Signal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::run::Settings;
use super::{Service, ServiceBuilder};
use crate::bus::Bus;

/// Signals that end a service that is a process of its own.
const ENDS_ON: [i32; 2] = [Signal::TERM.as_raw(), Signal::INT.as_raw()];
/// What a process ends with when its service could not be run, as the reference's do.
const FAILED: u8 = 255;

/// The service that this process was started for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Launch {
    name: String,
    ipcm_info: Line,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    class: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    watch_pids: Option<Vec<Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    interval: Option<f64>,
    #[serde(default, skip_serializing_if = "is_false")]
    intercept_errors: Value,
    #[serde(default, skip_serializing_if = "is_false")]
    expose_error_details: Value,
    #[serde(default)]
    exec: Exec,
    #[serde(flatten)]
    fields: BTreeMap<String, Value>,
}

/// An info line: text, or what it says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Text(String),
    Parts(Vec<Value>),
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Exec {
    #[serde(default, skip_deserializing)]
    stay_in_begin: u8,
}

impl Launch {
    /// What the last argument of this process says, if it is such an object; nothing otherwise, so that a program can do
    /// something else then.
    pub fn from_arguments() -> Option<Self> {
        std::env::args_os().next_back().and_then(|argument| Self::parse(&argument))
    }

    fn parse(argument: &OsString) -> Option<Self> {
        let text = argument.to_str().filter(|text| text.trim_start().starts_with('{'))?;
        Codec::Json.decode(text.as_bytes(), &DecodeLimits::default()).ok()
    }

    /// For a service that another process is to run.
    pub(super) fn new(
        bus: &Bus,
        name: &str,
        class: Option<&str>,
        settings: &Settings,
        fields: BTreeMap<String, Value>,
    ) -> Self {
        let flag = |is_set: bool| if is_set { Value::from(1) } else { Value::Null };
        Self {
            name: name.to_owned(),
            ipcm_info: Line::Text(bus.info().to_string()),
            class: class.map(str::to_owned),
            watch_pids: (!settings.watched.is_empty())
                .then(|| settings.watched.iter().map(|pid| Value::from(i64::from(*pid))).collect()),
            interval: settings.interval.map(|interval| interval.as_secs_f64()),
            intercept_errors: flag(settings.intercepts_errors),
            expose_error_details: flag(settings.exposes_errors),
            exec: Exec::default(),
            fields,
        }
    }

    pub(super) fn to_json(&self) -> Result<String> {
        let mut json = Vec::new();
        nuncio_codec::json::encode_ascii(self, &mut json)?;
        Ok(String::from_utf8_lossy(&json).into_owned())
    }

    /// The service's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which service is meant, if that was said.
    pub fn class(&self) -> Option<&str> {
        self.class.as_deref()
    }

    /// What was said beside what every service has, as a `T`.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when it is no `T`; none at all is no error.
    pub fn field<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        self.fields.get(key).map(|value| Ok(nuncio_codec::from_value(value.clone())?)).transpose()
    }

    /// The service with what was said of it, which can be changed. SIGTERM and SIGINT end it.
    ///
    /// # Errors
    /// Those of finding the bus.
    pub fn builder(&self) -> Result<ServiceBuilder> {
        let line = match &self.ipcm_info {
            Line::Text(line) => line.clone(),
            Line::Parts(parts) => {
                let mut json = Vec::new();
                Codec::Json.encode(parts, &mut json)?;
                String::from_utf8_lossy(&json).into_owned()
            }
        };
        let mut builder = Bus::open(&line)?.service(&self.name).ends_on(ENDS_ON);
        let settings = &mut builder.settings;
        settings.watched.extend(self.watch_pids.iter().flatten().filter_map(as_pid));
        settings.interval = self.interval.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        settings.intercepts_errors = is_true(&self.intercept_errors);
        settings.exposes_errors = is_true(&self.expose_error_details);
        Ok(builder)
    }

    /// Runs `service` until it ends, for the end of `main`.
    ///
    /// # Errors
    /// As [`ServiceBuilder::run`].
    pub fn run(&self, service: impl Service) -> Result<ExitCode> {
        let code = self.builder()?.run(service)?;
        Ok(ExitCode::from(u8::try_from(code).unwrap_or(FAILED)))
    }

    /// The error for a class that the program does not know.
    pub fn unknown_class(&self) -> Error {
        let reason = match &self.class {
            Some(class) => format!("there is no class {class:?} in this program"),
            None => "it says no class, and this program has several".to_owned(),
        };
        Error::new(ErrorKind::Unsupported, "run the service").on(&*self.name).because(reason)
    }
}

/// Perl writes a number as a number or as text.
fn as_pid(value: &Value) -> Option<u32> {
    match value.as_str() {
        Some(text) => text.parse().ok(),
        None => nuncio_codec::from_value(value.clone()).ok(),
    }
}

/// Perl's truth.
fn is_true(value: &Value) -> bool {
    match value.as_str() {
        Some(text) => !matches!(text, "" | "0"),
        None => !value.is_null() && *value != Value::from(0) && *value != Value::from(false),
    }
}

fn is_false(value: &Value) -> bool {
    !is_true(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_references_argument_is_read() {
        let argument = r#"{"exec":{"stay_in_begin":1},"name":"svc","ipcm_info":"[\"MessageFiles\",\"JSON\",\"/x\"]",
            "class":"My::Class","watch_pids":[7,"8"],"interval":0.5,"expose_error_details":"1","extra":{"a":[1]}}"#;
        let launch = Launch::parse(&argument.into()).expect("it is one");
        assert_eq!((launch.name(), launch.class()), ("svc", Some("My::Class")));
        let watched: Vec<u32> = launch.watch_pids.iter().flatten().filter_map(as_pid).collect();
        assert_eq!(watched, [7, 8]);
        assert!(is_true(&launch.expose_error_details) && !is_true(&launch.intercept_errors));
        let extra: BTreeMap<String, Vec<u8>> = launch.field("extra").expect("readable").expect("it is there");
        assert_eq!(extra["a"], [1]);
        assert_eq!(launch.field::<u8>("absent").expect("no error"), None);
    }

    #[test]
    fn other_arguments_are_the_programs_own() {
        for argument in ["", "--help", "{", "{}", r#"{"name":"x"}"#, "[1]"] {
            assert!(Launch::parse(&argument.into()).is_none(), "{argument}");
        }
    }
}
