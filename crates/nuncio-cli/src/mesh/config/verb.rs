//! What `nuncio mesh config` can be asked to do: the verbs of the original's `aemp`, several of which may follow each other.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use nuncio::codec::{Codec, DecodeLimits, Value};

#[derive(Debug, Subcommand)]
#[command(rename_all = "lower")]
pub(super) enum Verb {
    /// Print what the file itself says of a profile, or of all of them
    ShowProfile {
        /// The profile
        #[arg(value_parser = parse_profile)]
        name: Option<String>,
    },
    /// Print what holds for a profile, with all that it inherits [default: this host's name]
    ShowConfig {
        /// The profile
        #[arg(value_parser = parse_profile)]
        name: Option<String>,
    },
    /// Set the node's id: %n is this host's name, %u or a / at the end something random
    #[command(alias = "nodeid")]
    SetNodeId(One),
    /// Inherit the node's id
    DelNodeId(Then),
    /// Set the secret to what standard input has, without its last line end
    SetSecret(Then),
    /// Set the secret to something random
    GenSecret(Then),
    /// Inherit the secret
    DelSecret(Then),
    /// Set the certificate, key and authority to something random, with which all nodes of the mesh are set up
    GenCert(Then),
    /// Set the certificate, key and authority to what is in a PEM file
    #[command(alias = "cert")]
    SetCert {
        /// The PEM file
        file: PathBuf,
        #[command(flatten)]
        then: Then,
    },
    /// Inherit the certificate
    DelCert(Then),
    /// Set the addresses to listen on
    #[command(alias = "binds")]
    SetBinds(List),
    /// Add an address to listen on
    AddBind(One),
    /// Remove an address to listen on
    DelBind(One),
    /// Inherit the addresses to listen on
    DelBinds(Then),
    /// Set the seeds
    #[command(alias = "seeds")]
    SetSeeds(List),
    /// Add a seed
    AddSeed(One),
    /// Remove a seed
    DelSeed(One),
    /// Inherit the seeds
    DelSeeds(Then),
    /// Set the functions that are started with the node
    #[command(alias = "services")]
    SetServices(List),
    /// Add a function that is started with the node
    AddService(One),
    /// Remove a function that is started with the node
    DelService(One),
    /// Inherit the functions that are started with the node
    DelServices(Then),
    /// Set for how many seconds to try to reach a node, and how long a handshake may take
    #[command(name = "setmonitor_timeout", alias = "monitor_timeout")]
    SetMonitorTimeout(One),
    /// Inherit the time to try to reach a node
    #[command(name = "delmonitor_timeout")]
    DelMonitorTimeout(Then),
    /// Set the seconds between two tries to reach a node
    #[command(name = "setconnect_interval", alias = "connect_interval")]
    SetConnectInterval(One),
    /// Inherit the time between two tries
    #[command(name = "delconnect_interval")]
    DelConnectInterval(Then),
    /// Set the framings, the preferred one first
    #[command(name = "setframing_format", alias = "framing_format")]
    SetFramingFormat(List),
    /// Inherit the framings
    #[command(name = "delframing_format")]
    DelFramingFormat(Then),
    /// Set the ways in which the node proves itself
    #[command(name = "setauth_offer", alias = "auth_offer")]
    SetAuthOffer(List),
    /// Inherit the ways in which the node proves itself
    #[command(name = "delauth_offer")]
    DelAuthOffer(Then),
    /// Set the ways in which others may prove themselves, the preferred one first
    #[command(name = "setauth_accept", alias = "auth_accept")]
    SetAuthAccept(List),
    /// Inherit the ways in which others may prove themselves
    #[command(name = "delauth_accept")]
    DelAuthAccept(Then),
    /// Set whether Perl's nodes gather what they write before it is sent; nuncio's always do
    #[command(alias = "autocork")]
    SetAutocork(Switch),
    /// Inherit whether Perl's nodes gather what they write
    DelAutocork(Then),
    /// Set whether Perl's nodes send small messages at once; nuncio's always do
    #[command(alias = "nodelay")]
    SetNodelay(Switch),
    /// Inherit whether Perl's nodes send small messages at once
    DelNodelay(Then),
    /// Do what the verbs behind it do, in a profile: profile NAME VERB ...
    Profile {
        /// The profile
        #[arg(value_parser = parse_profile)]
        name: String,
        /// The verbs, each with what it takes
        #[arg(value_name = "VERB", trailing_var_arg = true, required = true, allow_hyphen_values = true)]
        verbs: Vec<String>,
    },
    /// Have the profile inherit from another
    #[command(alias = "parent")]
    SetParent {
        /// The other profile
        #[arg(value_parser = parse_profile)]
        name: String,
        #[command(flatten)]
        then: Then,
    },
    /// Have the profile inherit from what holds for all alone
    DelParent(Then),
    /// Remove a profile
    DelProfile {
        /// The profile
        name: String,
        #[command(flatten)]
        then: Then,
    },
}

/// What a list is set to.
#[derive(Args, Debug)]
pub(super) struct List {
    /// All of them, separated by commas, or a JSON array; '' for none
    #[arg(value_parser = parse_list)]
    elements: Value,
    #[command(flatten)]
    then: Then,
}

#[derive(Args, Debug)]
pub(super) struct One {
    /// Which one; what begins as a JSON array, object or string does is read as JSON
    element: String,
    #[command(flatten)]
    then: Then,
}

#[derive(Args, Debug)]
pub(super) struct Switch {
    /// 1 or 0
    #[arg(value_name = "1|0", value_parser = parse_switch, action = clap::ArgAction::Set)]
    is_on: bool,
    #[command(flatten)]
    then: Then,
}

/// What is to be done after it.
#[derive(Args, Debug)]
pub(super) struct Then {
    /// More verbs, each with what it takes
    #[arg(value_name = "VERB", trailing_var_arg = true, allow_hyphen_values = true)]
    then: Vec<String>,
}

/// A verb behind another.
#[derive(Debug, Parser)]
#[command(name = "nuncio mesh config", no_binary_name = true)]
pub(super) struct Behind {
    #[command(subcommand)]
    pub(super) verb: Verb,
}

impl Verb {
    /// The words behind it, which are more verbs.
    pub(super) fn then(&self) -> &[String] {
        match self {
            Self::ShowProfile { .. } | Self::ShowConfig { .. } => &[],
            Self::Profile { verbs, .. } => verbs,
            Self::SetBinds(List { then, .. })
            | Self::SetSeeds(List { then, .. })
            | Self::SetServices(List { then, .. })
            | Self::SetFramingFormat(List { then, .. })
            | Self::SetAuthOffer(List { then, .. })
            | Self::SetAuthAccept(List { then, .. })
            | Self::SetNodeId(One { then, .. })
            | Self::AddBind(One { then, .. })
            | Self::DelBind(One { then, .. })
            | Self::AddSeed(One { then, .. })
            | Self::DelSeed(One { then, .. })
            | Self::AddService(One { then, .. })
            | Self::DelService(One { then, .. })
            | Self::SetMonitorTimeout(One { then, .. })
            | Self::SetConnectInterval(One { then, .. })
            | Self::SetAutocork(Switch { then, .. })
            | Self::SetNodelay(Switch { then, .. })
            | Self::SetCert { then, .. }
            | Self::SetParent { then, .. }
            | Self::DelProfile { then, .. }
            | Self::SetSecret(then)
            | Self::GenSecret(then)
            | Self::DelSecret(then)
            | Self::GenCert(then)
            | Self::DelCert(then)
            | Self::DelNodeId(then)
            | Self::DelBinds(then)
            | Self::DelSeeds(then)
            | Self::DelServices(then)
            | Self::DelMonitorTimeout(then)
            | Self::DelConnectInterval(then)
            | Self::DelFramingFormat(then)
            | Self::DelAuthOffer(then)
            | Self::DelAuthAccept(then)
            | Self::DelAutocork(then)
            | Self::DelNodelay(then)
            | Self::DelParent(then) => &then.then,
        }
    }
}

impl List {
    pub(super) fn value(&self) -> Value {
        self.elements.clone()
    }
}

impl One {
    pub(super) fn text(&self) -> &str {
        &self.element
    }

    pub(super) fn value(&self) -> Value {
        as_json(&self.element).unwrap_or_else(|| self.element.as_str().into())
    }

    /// The same as a number, if it is one.
    pub(super) fn number(&self) -> Value {
        let whole = || self.element.parse().ok().map(Value::Int);
        let number = whole().or_else(|| self.element.parse().ok().map(Value::Float));
        number.unwrap_or_else(|| self.value())
    }
}

impl Switch {
    /// As Perl writes it.
    pub(super) fn value(&self) -> Value {
        Value::Int(self.is_on.into())
    }
}

/// What begins as JSON's arrays, objects and strings do, and is.
fn as_json(text: &str) -> Option<Value> {
    let begins = text.starts_with(['[', '{', '"']);
    begins.then(|| Codec::Json.decode_value(text.as_bytes(), &DecodeLimits::default()).ok()).flatten()
}

/// A list as an argument. An address may begin with a bracket, too, but not with one and a quotation mark.
fn parse_list(text: &str) -> Result<Value, String> {
    match as_json(text) {
        Some(list @ Value::Array(_)) => Ok(list),
        _ if text.starts_with("[\"") => Err("it begins as a JSON array does, and is none".to_owned()),
        _ => Ok(text.split(',').filter(|element| !element.is_empty()).collect()),
    }
}

/// A truth value as an argument.
fn parse_switch(text: &str) -> Result<bool, String> {
    match text {
        "1" | "true" | "on" | "yes" => Ok(true),
        "0" | "false" | "off" | "no" | "" => Ok(false),
        _ => Err("it is neither 1 nor 0".to_owned()),
    }
}

/// The name of a profile as an argument.
pub(in crate::mesh) fn parse_profile(name: &str) -> Result<String, String> {
    match name.is_empty() {
        true => Err("a profile has a name; it is empty".to_owned()),
        false => Ok(name.to_owned()),
    }
}
