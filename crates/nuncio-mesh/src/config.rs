//! Configuration files: those of the originals, in JSON with profiles, and the same in TOML.
//!
//! Settings are at the top of the file and in profiles. What holds for a profile is what the top says, over that what its
//! parents say, the remotest first, and over that its own settings. What nuncio does not know is kept as it is.
//!
//! ```
//! use nuncio_mesh::config::Configuration;
//!
//! let file = Configuration::parse_json(
//!     r#"{"version":1, "seeds":["10.0.0.1"], "profile":{"small":{"binds":["127.0.0.1:*"]}, "x":{"parent":"small"},}} # done"#,
//! )?;
//! let profile = file.profile("x")?;
//! assert_eq!(profile.seeds, ["10.0.0.1"]);
//! assert_eq!(profile.binds.as_deref(), Some(&["127.0.0.1:*".to_owned()][..]));
//! # Ok::<(), nuncio_core::Error>(())
//! ```
//!
//! # Source
//! `docs/wire/mesh.md`, "Configuration file".

mod file;
mod pretty;
mod profile;
mod relaxed;

use nuncio_codec::{Codec, DecodeLimits, Map, Value};
use nuncio_core::{Error, ErrorKind, Result};

pub use self::profile::{Profile, Service};

/// The version of the file's form.
const VERSION: i64 = 1;
const PROFILES: &str = "profile";
const PARENT: &str = "parent";

/// The content of a configuration file.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    content: Map,
}

impl Default for Configuration {
    fn default() -> Self {
        Self { content: Map::from_iter([("version", Value::Int(VERSION))]) }
    }
}

impl Configuration {
    /// Reads the form of the originals: JSON, where `#` begins a comment and a comma may be the last thing in a list.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`]: it is none, or of another version.
    pub fn parse_json(text: &str) -> Result<Self> {
        let strict = relaxed::strict(text);
        let value = Codec::Json.decode_value(strict.as_bytes(), &DecodeLimits::default());
        Self::from_value(value.map_err(|error| wrong("it is not JSON").caused_by(error))?)
    }

    /// Reads the same settings in TOML: `[profile.NAME]` begins a profile.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`]: it is none, or of another version.
    #[cfg(feature = "net")]
    pub fn parse_toml(text: &str) -> Result<Self> {
        let value: Value = toml::from_str(text).map_err(|error| wrong("it is not TOML").caused_by(error))?;
        Self::from_value(value)
    }

    fn from_value(value: Value) -> Result<Self> {
        let Value::Map(content) = value else { return Err(wrong("it is no object")) };
        match content.get("version").and_then(Value::as_i64) {
            None | Some(VERSION) => Ok(Self { content }),
            Some(other) => Err(wrong(format!("its version is {other}, and only {VERSION} is known"))),
        }
    }

    /// The names of all profiles.
    pub fn profiles(&self) -> impl Iterator<Item = &str> {
        self.content.get(PROFILES).and_then(Value::as_map).into_iter().flat_map(Map::keys)
    }

    /// What a profile, or without a name the top of the file, says itself.
    #[must_use]
    pub fn own(&self, profile: Option<&str>) -> Map {
        match profile {
            Some(name) => self.section(name).cloned().unwrap_or_default(),
            None => self.content.iter().filter(|(name, _)| *name != PROFILES && *name != "version").collect_map(),
        }
    }

    /// What holds for a profile, those that it inherits from included. One that is not there says nothing itself.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`]: profiles are each other's parents.
    pub fn effective(&self, profile: &str) -> Result<Map> {
        let mut line = vec![profile.to_owned()];
        while let Some(parent) = self.parent(line.last().map_or("", String::as_str)) {
            if line.contains(&parent) {
                return Err(wrong(format!("the profile {parent:?} inherits from itself")));
            }
            line.push(parent);
        }
        let mut effective = self.own(None);
        for name in line.iter().rev() {
            for (name, value) in self.own(Some(name)).iter().filter(|(name, _)| *name != PARENT) {
                effective.insert(name, value.clone());
            }
        }
        Ok(effective)
    }

    /// What holds for a profile, as a node takes it.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`]: a setting is of another kind, or profiles are each other's parents.
    pub fn profile(&self, name: &str) -> Result<Profile> {
        Profile::from_settings(name, &self.effective(name)?)
    }

    /// Sets something, in a profile or at the top.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`]: no node could be set up so, or the profile's name is empty.
    pub fn set(&mut self, profile: Option<&str>, name: &str, value: Value) -> Result<()> {
        if profile == Some("") {
            return Err(wrong("a profile has a name; it is empty"));
        }
        if name == PARENT {
            let (Some(_), Value::Text(_)) = (profile, &value) else {
                return Err(wrong("only a profile has a parent, which is named by a string"));
            };
        } else {
            Profile::from_settings("", &Map::from_iter([(name, value.clone())]))?;
        }
        let before = self.content.clone();
        self.section_mut(profile).insert(name, value);
        let checked = profile.map_or(Ok(()), |profile| self.effective(profile).map(drop));
        if checked.is_err() {
            self.content = before;
        }
        checked
    }

    /// Removes a setting, so that it is inherited; whether it was there.
    pub fn unset(&mut self, profile: Option<&str>, name: &str) -> bool {
        self.section_mut(profile).remove(name).is_some()
    }

    /// Removes a profile; whether it was there.
    pub fn remove_profile(&mut self, name: &str) -> bool {
        match self.content.get_mut(PROFILES) {
            Some(Value::Map(profiles)) => profiles.remove(name).is_some(),
            _ => false,
        }
    }

    /// The file's text, in the originals' form.
    #[must_use]
    pub fn to_json(&self) -> String {
        pretty::json(&Value::Map(self.content.clone()))
    }

    fn section(&self, profile: &str) -> Option<&Map> {
        self.content.get(PROFILES)?.as_map()?.get(profile)?.as_map()
    }

    fn parent(&self, profile: &str) -> Option<String> {
        Some(self.section(profile)?.get(PARENT)?.as_str()?.to_owned())
    }

    fn section_mut(&mut self, profile: Option<&str>) -> &mut Map {
        match profile {
            None => &mut self.content,
            Some(name) => map_in(map_in(&mut self.content, PROFILES), name),
        }
    }
}

/// The map under a key, made if there is none.
fn map_in<'a>(map: &'a mut Map, key: &str) -> &'a mut Map {
    if map.get(key).and_then(Value::as_map).is_none() {
        map.insert(key, Value::Map(Map::new()));
    }
    match map.get_mut(key) {
        Some(Value::Map(inner)) => inner,
        _ => unreachable!("it was just made"),
    }
}

/// The name of this host, which is the profile's where none is named.
#[cfg(all(feature = "net", target_os = "linux"))]
#[must_use]
pub fn host_name() -> String {
    crate::net::this_host()
}

/// A new secret, of so many random bytes, in letters and digits.
///
/// # Errors
/// [`ErrorKind::Io`]: there are no random numbers.
#[cfg(all(feature = "net", target_os = "linux"))]
pub fn random_secret(bytes: usize) -> Result<String> {
    Ok((0..bytes.div_ceil(3)).map(|_| crate::net::random_text::<3>()).collect::<Result<Vec<_>>>()?.concat())
}

/// A new certificate, its key and authority in one PEM text, for all nodes of a mesh. It signs others, and has no end.
///
/// # Errors
/// [`ErrorKind::Io`]: there are no random numbers.
#[cfg(all(feature = "net", target_os = "linux"))]
pub fn random_certificate() -> Result<String> {
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};
    let failed = |error| Error::new(ErrorKind::Io, "make a certificate").caused_by(error);
    let key = KeyPair::generate().map_err(failed)?;
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.distinguished_name.push(DnType::CommonName, "AnyEvent::MP");
    let certificate = parameters.self_signed(&key).map_err(failed)?;
    Ok(certificate.pem() + &key.serialize_pem())
}

trait CollectMap {
    fn collect_map(self) -> Map;
}

impl<'a, I: Iterator<Item = (&'a str, &'a Value)>> CollectMap for I {
    fn collect_map(self) -> Map {
        self.map(|(name, value)| (name, value.clone())).collect()
    }
}

fn wrong(reason: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Misconfigured, "use the configuration").because(reason)
}
