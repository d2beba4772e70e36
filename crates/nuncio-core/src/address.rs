//! One address for everything that can be sent to or read from: `scheme:locator[?options][#name]`.
//!
//! | part | is | characters as they are |
//! |---|---|---|
//! | scheme | which driver; wrappers stand before it, joined by `+` (`chaos+memory`) | `a-z 0-9 + - .`, first a letter |
//! | locator | which medium: a directory, a file, a host | all but `? # %`, white space, control and non-ASCII |
//! | options | `key=value` joined by `&` | all but those and `& = +` |
//! | name | the endpoint on the medium | as the locator |
//!
//! Everything else is percent-encoded (RFC 3986, section 2.1), in UTF-8. An address is kept in one canonical spelling, so
//! equal addresses are equal texts. Its `Debug` hides passwords; its `Display` does not, for it is what one connects by.
//!
//! ```
//! use nuncio_core::Address;
//! let address: Address = "chaos+files:/run/my%20bus?seed=7#worker".parse()?;
//! assert_eq!(address.scheme(), "chaos+files");
//! assert_eq!(address.locator(), "/run/my bus");
//! assert_eq!(address.options(), [("seed".to_owned(), "7".to_owned())]);
//! assert_eq!(address.name().map(|name| name.as_str()), Some("worker"));
//! # Ok::<(), nuncio_core::Error>(())
//! ```

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::error::{Error, ErrorKind, Result};
use crate::name::EndpointName;

const IN_LOCATOR: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?').add(b'`');
const IN_OPTION: &AsciiSet = &IN_LOCATOR.add(b'&').add(b'=').add(b'+');
const PASSWORD_HIDDEN: &str = "***";

/// The address of a medium, or of an endpoint on it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address {
    scheme: String,
    /// Still percent-encoded, in the canonical spelling: in a locator with an authority an encoded `@` or `/` is not the
    /// same as a plain one.
    locator: String,
    options: Vec<(String, String)>,
    name: Option<EndpointName>,
}

impl Address {
    /// The address of the medium `locator` (plain text, not percent-encoded) of the driver `scheme`.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] when `scheme` is none.
    pub fn new(scheme: &str, locator: &str) -> Result<Self> {
        check_scheme(scheme, scheme)?;
        Ok(Self {
            scheme: scheme.to_owned(),
            locator: utf8_percent_encode(locator, IN_LOCATOR).to_string(),
            options: Vec::new(),
            name: None,
        })
    }

    /// With the endpoint `name`.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<EndpointName>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// With one more option.
    #[must_use]
    pub fn with_option(mut self, key: &str, value: &str) -> Self {
        self.options.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Which driver, wrappers first.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Which medium, percent-decoded.
    pub fn locator(&self) -> Cow<'_, str> {
        percent_decode_str(&self.locator).decode_utf8_lossy()
    }

    /// Which medium, percent-encoded: for drivers whose locator has parts of its own.
    pub fn locator_encoded(&self) -> &str {
        &self.locator
    }

    /// Keys and values, percent-decoded, in their order.
    pub fn options(&self) -> &[(String, String)] {
        &self.options
    }

    /// The endpoint on the medium.
    pub const fn name(&self) -> Option<&EndpointName> {
        self.name.as_ref()
    }

    /// The outermost wrapper and the address it wraps: `chaos+files:x` gives `chaos` and `files:x`.
    pub fn unwrap_scheme(&self) -> Option<(&str, Self)> {
        let (wrapper, inner) = self.scheme.split_once('+')?;
        Some((wrapper, Self { scheme: inner.to_owned(), ..self.clone() }))
    }

    /// Removes the option `key` and gives its value, the last one if it stands there several times.
    pub fn take_option(&mut self, key: &str) -> Option<String> {
        let mut value = None;
        self.options.retain_mut(|(name, text)| {
            let found = name == key;
            if found {
                value = Some(std::mem::take(text));
            }
            !found
        });
        value
    }

    /// For a driver that has taken all its options: what is left is a mistake.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`], naming the first option that nobody knows.
    pub fn refuse_options(&self) -> Result<()> {
        match self.options.first() {
            None => Ok(()),
            Some((key, _)) => {
                Err(wrong(&self.to_redacted(), format!("option {key:?} is not known to `{}:`", self.scheme)))
            }
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, locator: &str, hide: fn(&str) -> bool) -> fmt::Result {
        write!(f, "{}:{locator}", self.scheme)?;
        for (index, (key, value)) in self.options.iter().enumerate() {
            let value = if hide(key) { PASSWORD_HIDDEN } else { value };
            let separator = if index == 0 { '?' } else { '&' };
            write!(f, "{separator}{}={}", utf8_percent_encode(key, IN_OPTION), utf8_percent_encode(value, IN_OPTION))?;
        }
        match &self.name {
            Some(name) => write!(f, "#{}", utf8_percent_encode(name.as_str(), IN_LOCATOR)),
            None => Ok(()),
        }
    }

    fn to_redacted(&self) -> String {
        format!("{self:?}")
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, &self.locator, |_| false)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, &without_password(&self.locator), is_secret)
    }
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let shown = || redact_unparsed(text);
        let (scheme, rest) = text
            .split_once(':')
            .ok_or_else(|| wrong(&shown(), "it has no scheme; the form is `scheme:locator[?options][#name]`"))?;
        check_scheme(scheme, &shown())?;
        let (rest, name) = match rest.split_once('#') {
            Some((rest, name)) => (rest, Some(EndpointName::new(&decode(name, &shown)?)?)),
            None => (rest, None),
        };
        let (locator, options) = rest.split_once('?').unwrap_or((rest, ""));
        let options = options.split('&').filter(|pair| !pair.is_empty());
        let options = options.map(|pair| parse_option(pair, &shown)).collect::<Result<_>>()?;
        Ok(Self { scheme: scheme.to_owned(), locator: canonical(locator, &shown)?, options, name })
    }
}

fn parse_option(pair: &str, shown: &dyn Fn() -> String) -> Result<(String, String)> {
    let (key, value) = pair.split_once('=').ok_or_else(|| wrong(&shown(), format!("option {pair:?} has no `=`")))?;
    Ok((decode(key, shown)?, decode(value, shown)?))
}

/// The locator in its one spelling: what needs no encoding is decoded, but for the delimiters of an authority and a path.
fn canonical(locator: &str, shown: &dyn Fn() -> String) -> Result<String> {
    const DELIMITERS: &[u8] = b"/@:,%?#";
    decode(locator, shown)?;
    let mut spelled = String::with_capacity(locator.len());
    let mut rest = locator;
    while let Some(at) = rest.find('%') {
        let byte = u8::from_str_radix(&rest[at + 1..at + 3], 16).ok();
        spelled.extend(utf8_percent_encode(&rest[..at], IN_LOCATOR));
        match byte {
            Some(byte) if byte.is_ascii() && !DELIMITERS.contains(&byte) => {
                spelled.extend(utf8_percent_encode(char::from(byte).encode_utf8(&mut [0; 1]), IN_LOCATOR));
            }
            _ => spelled.push_str(&rest[at..at + 3].to_ascii_uppercase()),
        }
        rest = &rest[at + 3..];
    }
    spelled.extend(utf8_percent_encode(rest, IN_LOCATOR));
    Ok(spelled)
}

fn decode(text: &str, shown: &dyn Fn() -> String) -> Result<String> {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        if rest.len() < at + 3 || !rest[at + 1..at + 3].iter().all(u8::is_ascii_hexdigit) {
            return Err(wrong(&shown(), "a `%` is not followed by two hexadecimal digits"));
        }
        rest = &rest[at + 3..];
    }
    let decoded = percent_decode_str(text).decode_utf8();
    Ok(decoded.map_err(|_| wrong(&shown(), "percent-encoded bytes are no UTF-8"))?.into_owned())
}

fn check_scheme(scheme: &str, shown: &str) -> Result<()> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte);
    match scheme.starts_with(|first: char| first.is_ascii_lowercase()) && scheme.bytes().all(fits) {
        true => Ok(()),
        false => Err(wrong(shown, format!("{scheme:?} is no scheme: letters a-z, digits and `+ - .`, a letter first"))),
    }
}

fn is_secret(key: &str) -> bool {
    ["password", "secret", "token"].iter().any(|word| key.contains(word))
}

/// `//user:password@host` with the password hidden.
fn without_password(locator: &str) -> Cow<'_, str> {
    let Some(authority) = locator.strip_prefix("//") else { return locator.into() };
    let authority = authority.split('/').next().unwrap_or_default();
    let Some((user, _)) = authority.rsplit_once('@').and_then(|(info, _)| info.split_once(':')) else {
        return locator.into();
    };
    let at = 2 + authority.rfind('@').unwrap_or_default();
    format!("//{user}:{PASSWORD_HIDDEN}{}", &locator[at..]).into()
}

/// What a text that is no address may be shown as: nothing that could be a password.
fn redact_unparsed(text: &str) -> String {
    match text.split_once(['@', '?']) {
        Some((before, _)) => format!("{}...", before.split_once("//").map_or(before, |(scheme, _)| scheme)),
        None => text.to_owned(),
    }
}

fn wrong(shown: &str, reason: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Misconfigured, "use the address").on(shown).because(reason)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Address {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn the_addresses_of_the_guide_parse_and_print_themselves() {
        for text in [
            "sysv:/tmp/ipc_transit#jobs",
            "queue:jobs",
            "queue://host/jobs",
            "queue+sqlite:/var/lib/jobs.db#jobs",
            "queue+nats://a,b/jobs",
            "files:/run/bus#worker",
            "memory:",
            "postgres://db/app#worker",
            "rpc:/run/app.sock#/uri/path",
            "mesh+tcp://host:4040#port",
            "chaos+files:/run/bus?seed=7#worker",
        ] {
            assert_eq!(parse(text).to_string(), text);
        }
    }

    #[test]
    fn equal_addresses_have_one_spelling() {
        assert_eq!(parse("files:/r%75n/a%20b"), parse("files:/run/a b"));
        assert_eq!(parse("files:/a%2fb").to_string(), "files:/a%2Fb");
        assert_ne!(parse("files:/a%2Fb"), parse("files:/a/b"));
        assert_eq!(parse("files:/gr%c3%bc%C3%9fe"), parse("files:/grüße"));
    }

    #[test]
    fn debug_hides_passwords_and_errors_do_too() {
        let address = parse("postgres://me:s3cret@db:5432/app?sslpassword=x&a=b#worker");
        assert_eq!(format!("{address:?}"), "postgres://me:***@db:5432/app?sslpassword=***&a=b#worker");
        for bad in ["postgres://me:s3cret@db/%zz", "Postgres://me:s3cret@db", "p:?password=s3cret&x"] {
            let error = bad.parse::<Address>().expect_err(bad);
            assert!(!format!("{} {error:?}", error.chain()).contains("s3cret"), "{error:?}");
        }
        assert!(!address.refuse_options().expect_err("two left").to_string().contains("s3cret"));
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_reason() {
        for (bad, reason) in [
            ("jobs", "no scheme"),
            (":x", "no scheme"),
            ("1x:y", "no scheme"),
            ("files:/a%2", "two hexadecimal digits"),
            ("files:/a%+1", "two hexadecimal digits"),
            ("files:/a%ff", "no UTF-8"),
            ("files:/a?x", "has no `=`"),
            ("files:/a#", "not empty"),
        ] {
            let error = bad.parse::<Address>().expect_err(bad).to_string();
            assert!(error.contains(reason), "{bad}: {error}");
        }
    }

    #[test]
    fn wrappers_come_off_and_options_are_taken_once() {
        let mut address = parse("chaos+memory:x?seed=1&seed=2");
        let (wrapper, inner) = address.unwrap_scheme().expect("wrapped");
        assert_eq!((wrapper, inner.scheme()), ("chaos", "memory"));
        assert_eq!(address.take_option("seed").as_deref(), Some("2"));
        assert_eq!(address.take_option("seed"), None);
        assert!(address.refuse_options().is_ok());
    }

    proptest! {
        #[test]
        fn parts_survive_the_round_trip(
            scheme in "[a-z][a-z0-9+.-]{0,8}",
            locator in any::<String>(),
            options in prop::collection::vec((any::<String>(), any::<String>()), 0..3),
            name in prop::option::of("[^\0]{1,40}"),
        ) {
            let mut address = Address::new(&scheme, &locator).expect("a scheme");
            for (key, value) in &options {
                address = address.with_option(key, value);
            }
            if let Some(name) = &name {
                address = address.with_name(EndpointName::new(name).expect("a name"));
            }
            let again: Address = address.to_string().parse().expect("its own text");
            prop_assert_eq!(&again, &address);
            prop_assert_eq!(again.locator(), locator);
            prop_assert_eq!(again.options(), options);
        }

        #[test]
        fn any_text_is_parsed_or_refused_and_prints_the_same_twice(text in any::<String>()) {
            if let Ok(address) = text.parse::<Address>() {
                prop_assert_eq!(address.to_string().parse::<Address>().expect("its own text"), address);
            }
        }
    }
}
