//! What a user says, in options or in a file, under the same names; and what becomes of it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nuncio_core::{Error, ErrorKind, QueueName, Result};
use serde::Deserialize;

use super::{Config, DangerOpen, Destination, Listen, Token, Url};
use crate::policy::pattern::Pattern;
use crate::tls;

const CHECK: &str = "check the settings";
/// Where the gateway listens unless told otherwise.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:9816";

/// The settings as they are written: in TOML, with the names of the options.
///
/// ```
/// let file = r#"
///     spool = "/var/lib/nuncio/gateway"
///     destination = ["b.example=https://b.example:9816"]
///     allow-queue = ["jobs", "log-*"]
///     keep-for = "3d"
/// "#;
/// let settings = nuncio_gateway::Settings::parse(file).expect("settings");
/// assert_eq!(settings.allow_queue, ["jobs", "log-*"]);
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Settings {
    /// Address and port to listen on.
    pub listen: Option<String>,
    /// Directory that binds names to queues.
    pub registry: Option<PathBuf>,
    /// Directory for messages that are too large for a queue.
    pub spill: Option<PathBuf>,
    /// Directory that keeps messages until they are delivered.
    pub spool: Option<PathBuf>,
    /// `HOST=URL`: where to post what is for HOST.
    pub destination: Vec<String>,
    /// Queues that may be written from outside.
    pub allow_queue: Vec<String>,
    /// Hosts that may be sent to.
    pub allow_destination: Vec<String>,
    /// Hosts that come for their messages.
    pub proxy: Vec<String>,
    /// Keyring of this host, by which sealed messages are checked before they are taken.
    pub keyring: Option<PathBuf>,
    /// Certificate chain to serve with, PEM.
    pub tls_cert: Option<PathBuf>,
    /// Its private key, PEM.
    pub tls_key: Option<PathBuf>,
    /// Who signs the certificates that senders must have, PEM.
    pub client_ca: Option<PathBuf>,
    /// Who signs the certificates of destinations, PEM; the system's if none is said.
    pub ca: Option<PathBuf>,
    /// `HOST=FILE`: the secret shared with HOST.
    pub token: Vec<String>,
    /// What is left open as in the original: `proxy`, `queues`, `destinations`.
    pub danger_open: Vec<String>,
    /// Share queues with other users.
    pub danger_shared: Option<bool>,
    /// How long a message is tried: `300ms`, `5s`, `2m`, `12h`, `7d`.
    pub keep_for: Option<String>,
    /// How many bytes the spool may have.
    pub spool_bytes: Option<u64>,
    /// The largest body of a request, in bytes.
    pub body_bytes: Option<usize>,
    /// The most messages of one request.
    pub batch_messages: Option<usize>,
    /// The most messages from one sender in a second.
    pub rate: Option<u32>,
    /// The most connections from one address.
    pub connections: Option<usize>,
    /// How long a sender may be silent in the middle of a request, and a destination in an answer.
    pub patience: Option<String>,
}

impl Settings {
    /// Reads settings.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`], with line and reason.
    pub fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| {
            let error = error.to_string();
            Error::new(ErrorKind::Misconfigured, "read the settings").because(error.trim_end().to_owned())
        })
    }

    /// Reads the settings in the file at `path`.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and those of reading the file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::new(ErrorKind::Misconfigured, "read the settings in").on(path).caused_by(error))?;
        Self::parse(&text).map_err(|error| Error::new(error.kind(), "read the settings in").on(path).caused_by(error))
    }

    /// These settings, and where they say nothing those of `other`. A list that says anything counts alone.
    #[must_use]
    pub fn over(self, other: Self) -> Self {
        let list = |own: Vec<String>, other| if own.is_empty() { other } else { own };
        Self {
            listen: self.listen.or(other.listen),
            registry: self.registry.or(other.registry),
            spill: self.spill.or(other.spill),
            spool: self.spool.or(other.spool),
            destination: list(self.destination, other.destination),
            allow_queue: list(self.allow_queue, other.allow_queue),
            allow_destination: list(self.allow_destination, other.allow_destination),
            proxy: list(self.proxy, other.proxy),
            keyring: self.keyring.or(other.keyring),
            tls_cert: self.tls_cert.or(other.tls_cert),
            tls_key: self.tls_key.or(other.tls_key),
            client_ca: self.client_ca.or(other.client_ca),
            ca: self.ca.or(other.ca),
            token: list(self.token, other.token),
            danger_open: list(self.danger_open, other.danger_open),
            danger_shared: self.danger_shared.or(other.danger_shared),
            keep_for: self.keep_for.or(other.keep_for),
            spool_bytes: self.spool_bytes.or(other.spool_bytes),
            body_bytes: self.body_bytes.or(other.body_bytes),
            batch_messages: self.batch_messages.or(other.batch_messages),
            rate: self.rate.or(other.rate),
            connections: self.connections.or(other.connections),
            patience: self.patience.or(other.patience),
        }
    }

    /// What the settings mean; every file that they name is read.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] for what makes no sense or is not safe, with the name of the setting; those of reading the files.
    pub fn check(self) -> Result<Config> {
        let spool = self.spool.clone().ok_or_else(|| {
            wrong("spool", "it is missing: the directory that keeps messages until they are delivered (--spool DIR)")
        })?;
        let mut config = Config::new(spool);
        config.registry = self.registry.clone().unwrap_or(config.registry);
        config.spill = self.spill.clone().unwrap_or(config.spill);
        config.keyring = self.keyring.clone();
        if let Some(keyring) = &config.keyring {
            nuncio_queue::seal::Keyring::open(keyring)?;
        }
        config.danger_shared = self.danger_shared.unwrap_or_default();
        config.danger_open = self.dangers()?;
        config.listen = Some(self.listen()?);
        config.client_tls = match (&self.tls_cert, &self.tls_key) {
            (Some(cert), Some(key)) => tls::client_with_identity(self.ca.as_deref(), cert, key)?,
            _ => tls::client(self.ca.as_deref())?,
        };
        config.destinations = self.destination.iter().map(|text| destination(text)).collect::<Result<_>>()?;
        config.allow_queues = self.allow_queue.iter().map(|text| Pattern::new(text)).collect();
        config.allow_destinations = self.allow_destination.iter().map(|text| Pattern::host(text)).collect();
        config.proxies = self.proxy.iter().map(|host| proxy(host)).collect::<Result<_>>()?;
        config.tokens = self.token.iter().map(|text| token(text)).collect::<Result<_>>()?;
        self.limits(&mut config)?;
        self.check_openness(&config)?;
        Ok(config)
    }

    fn listen(&self) -> Result<Listen> {
        let text = self.listen.as_deref().unwrap_or(DEFAULT_LISTEN);
        let address: SocketAddr =
            text.parse().map_err(|_| wrong("listen", &format!("{text:?} is not an address and a port")))?;
        let tls = match (&self.tls_cert, &self.tls_key, &self.client_ca) {
            (Some(cert), Some(key), ca) => Some(tls::server(cert, key, ca.as_deref())?),
            (None, None, None) => None,
            (None, None, Some(_)) => return Err(wrong("client-ca", "it needs tls-cert and tls-key")),
            _ => return Err(wrong("tls-cert", "tls-cert and tls-key go together")),
        };
        Ok(Listen { address, tls, demands_certificate: self.client_ca.is_some() })
    }

    fn dangers(&self) -> Result<DangerOpen> {
        let mut open = DangerOpen::default();
        for name in &self.danger_open {
            match name.as_str() {
                "destinations" => open.destinations = true,
                "proxy" => open.proxy = true,
                "queues" => open.queues = true,
                _ => return Err(wrong("danger-open", &format!("{name:?} is none of proxy, queues, destinations"))),
            }
        }
        Ok(open)
    }

    fn limits(&self, config: &mut Config) -> Result<()> {
        let limits = &mut config.limits;
        limits.spool_bytes = at_least("spool-bytes", self.spool_bytes, 64 << 10, limits.spool_bytes)?;
        limits.body_bytes = at_least("body-bytes", self.body_bytes, 16 << 10, limits.body_bytes)?;
        limits.batch_messages = at_least("batch-messages", self.batch_messages, 1, limits.batch_messages)?;
        limits.rate = at_least("rate", self.rate, 1, limits.rate)?;
        limits.connections = at_least("connections", self.connections, 1, limits.connections)?;
        if let Some(text) = &self.keep_for {
            limits.keep_for = duration(text).ok_or_else(|| no_duration("keep-for", text))?;
        }
        if let Some(text) = &self.patience {
            limits.patience = duration(text).ok_or_else(|| no_duration("patience", text))?;
        }
        Ok(())
    }

    /// Whoever can be reached from outside has to say what may be done.
    fn check_openness(&self, config: &Config) -> Result<()> {
        let is_local = config.listen.as_ref().is_none_or(|listen| listen.address.ip().is_loopback());
        if is_local {
            return Ok(());
        }
        if config.allow_queues.is_empty() && !config.danger_open.queues {
            return Err(wrong(
                "allow-queue",
                "on an address that others can reach, list the queues that they may write, or use danger-open queues",
            ));
        }
        let listed = !config.allow_destinations.is_empty() || !config.destinations.is_empty();
        if !listed && !config.danger_open.destinations {
            return Err(wrong(
                "allow-destination",
                "on an address that others can reach, list the hosts that they may send to, or use danger-open destinations",
            ));
        }
        Ok(())
    }
}

fn wrong(setting: &str, reason: &str) -> Error {
    Error::new(ErrorKind::Misconfigured, CHECK).on(setting).because(reason.to_owned())
}

fn no_duration(setting: &str, text: &str) -> Error {
    wrong(setting, &format!("{text:?} is no duration such as 300ms, 5s, 2m, 12h or 7d"))
}

fn at_least<T: PartialOrd + std::fmt::Display>(setting: &str, said: Option<T>, least: T, default: T) -> Result<T> {
    match said {
        Some(said) if said < least => Err(wrong(setting, &format!("{said} is too little, {least} is the least"))),
        said => Ok(said.unwrap_or(default)),
    }
}

fn destination(text: &str) -> Result<Destination> {
    let (host, url) = text
        .split_once('=')
        .filter(|(host, _)| !host.is_empty())
        .ok_or_else(|| wrong("destination", &format!("{text:?} is not HOST=URL")))?;
    // What stands for the host is put in later; any host shows whether the rest is a URL.
    Url::parse(url, "host").map_err(|error| Error::new(error.kind(), CHECK).on("destination").caused_by(error))?;
    Ok(Destination { host: Pattern::host(host), url: url.to_owned() })
}

fn proxy(host: &str) -> Result<QueueName> {
    QueueName::new(host).map_err(|error| Error::new(ErrorKind::Misconfigured, CHECK).on("proxy").caused_by(error))
}

fn token(text: &str) -> Result<(String, Token)> {
    let (host, path) = text
        .split_once('=')
        .filter(|(host, _)| !host.is_empty())
        .ok_or_else(|| wrong("token", &format!("{text:?} is not HOST=FILE")))?;
    Ok((host.to_ascii_lowercase(), Token::read(Path::new(path))?))
}

/// A number and its unit.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let split = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at(split);
    let number: u64 = number.parse().ok()?;
    let seconds = match unit {
        "ms" => return Some(Duration::from_millis(number)),
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86400,
        _ => return None,
    };
    number.checked_mul(seconds).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Config> {
        Settings::parse(text)?.check()
    }

    fn refused(text: &str) -> String {
        let error = check(text).expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Misconfigured);
        error.chain().to_string()
    }

    #[test]
    fn on_loopback_a_spool_is_all_it_takes() {
        let config = check("spool = '/x'").expect("enough");
        assert_eq!(config.listen.expect("it listens").address, DEFAULT_LISTEN.parse().expect("an address"));
    }

    #[test]
    fn on_another_address_the_lists_are_required() {
        let open = "spool = '/x'\nlisten = '0.0.0.0:9816'\n";
        assert!(refused(open).contains("allow-queue"));
        assert!(refused(&format!("{open}allow-queue = ['jobs']")).contains("allow-destination"));
        check(&format!("{open}allow-queue = ['jobs']\nallow-destination = ['b']")).expect("both are said");
        check(&format!("{open}danger-open = ['queues', 'destinations']")).expect("danger is asked for");
    }

    #[test]
    fn what_makes_no_sense_is_told_by_its_name() {
        for (text, word) in [
            ("", "spool"),
            ("spool = '/x'\nspol = '/y'", "spol"),
            ("spool = '/x'\nlisten = 'here'", "listen"),
            ("spool = '/x'\ndestination = ['b']", "HOST=URL"),
            ("spool = '/x'\ndestination = ['b=ftp://b']", "http://"),
            ("spool = '/x'\nproxy = ['a/b']", "proxy"),
            ("spool = '/x'\ntoken = ['b']", "HOST=FILE"),
            ("spool = '/x'\ndanger-open = ['all']", "danger-open"),
            ("spool = '/x'\nkeep-for = '7'", "keep-for"),
            ("spool = '/x'\nrate = 0", "rate"),
            ("spool = '/x'\ntls-cert = '/c'", "tls-key"),
            ("spool = '/x'\nclient-ca = '/c'", "client-ca"),
            ("spool = 7", "line 1"),
        ] {
            assert!(refused(text).contains(word), "{text}: {}", refused(text));
        }
    }

    #[test]
    fn options_count_before_the_file() {
        let own = Settings { spool: Some("/own".into()), proxy: vec!["a".into()], ..Settings::default() };
        let file = Settings::parse("spool = '/file'\nproxy = ['b', 'c']\nrate = 5").expect("settings");
        let both = own.over(file);
        assert_eq!(both.spool.as_deref(), Some(Path::new("/own")));
        assert_eq!((both.proxy, both.rate), (vec!["a".to_owned()], Some(5)));
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(duration("300ms"), Some(Duration::from_millis(300)));
        assert_eq!(duration("7d"), Some(Duration::from_secs(7 * 86400)));
        for bad in ["", "5", "s", "1.5s", "-1s", "5 s", "99999999999999999999s"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }
}
