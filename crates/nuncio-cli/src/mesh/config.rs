//! `nuncio mesh config`

use std::io::Read;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use nuncio::codec::{Map, Value};
use nuncio::mesh::config::{self, Configuration};
use serde::Serialize;

use super::elements;
use crate::output::Output;
use crate::stop::Stop;

/// What stands in the place of what is not printed.
const HIDDEN: &str = "(set)";
const SECRET_BYTES: usize = 48;

/// Show and change the file that sets up nodes, which is shared with Perl's AnyEvent::MP
///
/// The file is $PERL_ANYEVENT_MP_RC, or ~/.perl-anyevent-mp. Settings hold for all profiles, or with --profile for one. A
/// node that is running does not notice.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The file
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Change this profile, not what holds for all
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
#[command(rename_all = "lower")]
enum Verb {
    /// Print what the file itself says of a profile, or of all of them
    ShowProfile {
        /// The profile
        name: Option<String>,
    },
    /// Print what holds for a profile, with all that it inherits [default: this host's name]
    ShowConfig {
        /// The profile
        name: Option<String>,
    },
    /// Set the node's id: %n is this host's name, %u or a / at the end something random
    SetNodeId {
        /// The id
        id: String,
    },
    /// Inherit the node's id
    DelNodeId,
    /// Set the secret to what standard input has, without its last line end
    SetSecret,
    /// Set the secret to something random
    GenSecret,
    /// Inherit the secret
    DelSecret,
    /// Set the certificate, key and authority to something random, with which all nodes of the mesh are set up
    GenCert,
    /// Set the certificate, key and authority to what is in a PEM file
    SetCert {
        /// The PEM file
        file: PathBuf,
    },
    /// Inherit the certificate
    DelCert,
    /// Set the addresses to listen on
    SetBinds(List),
    /// Add an address to listen on
    AddBind(One),
    /// Remove an address to listen on
    DelBind(One),
    /// Inherit the addresses to listen on
    DelBinds,
    /// Set the seeds
    SetSeeds(List),
    /// Add a seed
    AddSeed(One),
    /// Remove a seed
    DelSeed(One),
    /// Inherit the seeds
    DelSeeds,
    /// Set the functions that are started with the node
    SetServices(List),
    /// Add a function that is started with the node
    AddService(One),
    /// Remove a function that is started with the node
    DelService(One),
    /// Inherit the functions that are started with the node
    DelServices,
    /// Do what another verb does, in a profile: profile NAME VERB ...
    Profile {
        /// The profile
        name: String,
        /// The verb, and what it takes
        #[arg(trailing_var_arg = true, required = true, allow_hyphen_values = true)]
        verb: Vec<String>,
    },
    /// Have the profile inherit from another
    SetParent {
        /// The other profile
        name: String,
    },
    /// Have the profile inherit from what holds for all alone
    DelParent,
    /// Remove a profile
    DelProfile {
        /// The profile
        name: String,
    },
}

/// A verb behind the name of a profile.
#[derive(Debug, Parser)]
#[command(name = "profile NAME", no_binary_name = true)]
struct InProfile {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Args, Debug)]
struct List {
    /// All of them, separated by commas; nothing for none
    #[arg(value_delimiter = ',')]
    elements: Vec<String>,
}

#[derive(Args, Debug)]
struct One {
    /// Which one
    element: String,
}

#[derive(Serialize)]
struct Printed {
    version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    settings: Map,
}

/// The file, and what is in it.
pub(super) fn read(file: Option<&PathBuf>) -> Result<(PathBuf, Configuration), Stop> {
    let path = file.cloned().or_else(Configuration::default_path);
    let path = path.ok_or_else(|| Stop::failed("there is no home directory: --file FILE"))?;
    let configuration = Configuration::read(&path)?;
    Ok((path, configuration))
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    run_verb(arguments.file.as_ref(), arguments.profile.as_deref(), &arguments.verb)
}

fn run_verb(file: Option<&PathBuf>, profile: Option<&str>, verb: &Verb) -> Result<(), Stop> {
    if let Verb::Profile { name, verb } = verb {
        let words = InProfile::try_parse_from(verb).unwrap_or_else(|error| crate::usage(&error));
        return run_verb(file, Some(name), &words.verb);
    }
    let (path, mut configuration) = read(file)?;
    match verb {
        Verb::ShowProfile { name } => {
            let name = name.as_deref().or(profile);
            return match name {
                Some(_) => print(name, configuration.own(name)),
                None => {
                    print(None, configuration.own(None))?;
                    configuration.profiles().try_for_each(|name| print(Some(name), configuration.own(Some(name))))
                }
            };
        }
        Verb::ShowConfig { name } => {
            let host = config::host_name();
            let name = name.as_deref().or(profile).unwrap_or(&host);
            return print(Some(name), configuration.effective(name)?);
        }
        Verb::DelProfile { name } => {
            if !configuration.remove_profile(name) {
                return Err(Stop::failed(format_args!("there is no profile {name:?} in {}", path.display())));
            }
        }
        verb => change(&mut configuration, profile, verb)?,
    }
    Ok(configuration.write(&path)?)
}

fn change(configuration: &mut Configuration, profile: Option<&str>, verb: &Verb) -> Result<(), Stop> {
    let mut set = |name, value| configuration.set(profile, name, value);
    match verb {
        Verb::SetNodeId { id } => set("nodeid", id.as_str().into())?,
        Verb::SetSecret => set("secret", secret_from_input()?.as_str().into())?,
        Verb::GenSecret => set("secret", config::random_secret(SECRET_BYTES)?.as_str().into())?,
        Verb::GenCert => set("cert", config::random_certificate()?.as_str().into())?,
        Verb::SetCert { file } => {
            let text = std::fs::read_to_string(file)
                .map_err(|error| Stop::failed(format_args!("read {}: {error}", file.display())))?;
            set("cert", text.as_str().into())?;
        }
        Verb::SetBinds(list) => set("binds", list.value())?,
        Verb::SetSeeds(list) => set("seeds", list.value())?,
        Verb::SetServices(list) => set("services", list.value())?,
        Verb::SetParent { name } => set("parent", name.as_str().into())?,
        Verb::AddBind(one) => edit(configuration, profile, "binds", |list| list.push(one.value()))?,
        Verb::AddSeed(one) => edit(configuration, profile, "seeds", |list| list.push(one.value()))?,
        Verb::AddService(one) => edit(configuration, profile, "services", |list| list.push(one.value()))?,
        Verb::DelBind(one) => one.remove(configuration, profile, "binds")?,
        Verb::DelSeed(one) => one.remove(configuration, profile, "seeds")?,
        Verb::DelService(one) => one.remove(configuration, profile, "services")?,
        Verb::DelNodeId => drop(configuration.unset(profile, "nodeid")),
        Verb::DelSecret => drop(configuration.unset(profile, "secret")),
        Verb::DelCert => drop(configuration.unset(profile, "cert")),
        Verb::DelBinds => drop(configuration.unset(profile, "binds")),
        Verb::DelSeeds => drop(configuration.unset(profile, "seeds")),
        Verb::DelServices => drop(configuration.unset(profile, "services")),
        Verb::DelParent => drop(configuration.unset(profile, "parent")),
        Verb::DelProfile { .. } | Verb::Profile { .. } | Verb::ShowConfig { .. } | Verb::ShowProfile { .. } => {}
    }
    Ok(())
}

impl List {
    fn value(&self) -> Value {
        self.elements.iter().filter(|element| !element.is_empty()).map(String::as_str).collect()
    }
}

impl One {
    fn value(&self) -> Value {
        self.element.as_str().into()
    }

    fn remove(&self, configuration: &mut Configuration, profile: Option<&str>, name: &str) -> Result<(), Stop> {
        let mut was_there = false;
        edit(configuration, profile, name, |list| {
            let place = list.iter().position(|one| *one == self.value());
            was_there = place.map(|place| list.remove(place)).is_some();
        })?;
        match was_there {
            true => Ok(()),
            false => Err(Stop::failed(format_args!("there is no {:?} among the {name}", self.element))),
        }
    }
}

/// Changes a list, which begins as what is inherited so far.
fn edit(
    configuration: &mut Configuration,
    profile: Option<&str>,
    name: &str,
    change: impl FnOnce(&mut Vec<Value>),
) -> Result<(), Stop> {
    let before = match profile {
        Some(profile) => configuration.effective(profile)?,
        None => configuration.own(None),
    };
    let mut list = before.get(name).and_then(Value::as_array).unwrap_or_default().to_vec();
    change(&mut list);
    Ok(configuration.set(profile, name, Value::Array(list))?)
}

/// A secret and a key are not for everybody who looks at the screen.
fn print(profile: Option<&str>, mut settings: Map) -> Result<(), Stop> {
    for name in ["secret", "cert"] {
        if settings.contains_key(name) {
            settings.insert(name, Value::from(HIDDEN));
        }
    }
    let printed = Printed { version: 1, profile: profile.map(str::to_owned), settings };
    Output::new().print(&elements::line(&printed)?)
}

fn secret_from_input() -> Result<String, Stop> {
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    read.map_err(|error| Stop::failed(format_args!("read the secret: {error}")))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    match text.is_empty() {
        true => Err(Stop::failed("read the secret: there is nothing on standard input")),
        false => Ok(text.to_owned()),
    }
}
