//! `nuncio keys`: the keys for sealed messages, one file for each verb.

mod add;
mod export;
mod list;
mod revoke;
mod trust;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use nuncio::queue::seal::{KEYRING_VARIABLE, Keyring};
use nuncio::{Error, ErrorKind};

use crate::stop::Stop;

/// Keys for sealed messages: our own, and those that are trusted to be some host's
///
/// A message is sealed with our current key for the key of the host that was trusted last. It is opened with any key of our own and
/// any that is trusted.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Directory of the keyring, which its owner alone may use [default: nuncio/keyring in the user's directory for configuration]
    #[arg(long, value_name = "DIR", global = true, env = KEYRING_VARIABLE, hide_env_values = true)]
    #[arg(value_parser = |text: &str| Ok::<_, String>(PathBuf::from(text)))]
    keyring: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Export(export::Arguments),
    Generate(add::GenerateArguments),
    Import(add::ImportArguments),
    List(list::Arguments),
    Revoke(revoke::Arguments),
    Trust(trust::Arguments),
}

/// A note that a key carries.
#[derive(Args, Debug)]
struct Note {
    /// Note this beside the key
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true, value_parser = one_line)]
    comment: String,
}

fn one_line(text: &str) -> Result<String, &'static str> {
    if text.contains(char::is_control) {
        Err("a comment is one line without control characters")
    } else {
        Ok(text.to_owned())
    }
}

/// Does what was asked for.
///
/// # Errors
/// Those of the verb.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let named = arguments.keyring.as_deref();
    match &arguments.verb {
        Verb::Export(arguments) => export::run(&open(named)?, arguments),
        Verb::Generate(arguments) => add::generate(&create(named)?, arguments),
        Verb::Import(arguments) => add::import(|| create(named), arguments),
        Verb::List(arguments) => list::run(find(named)?.as_ref(), arguments),
        Verb::Revoke(arguments) => revoke::run(&open(named)?, arguments),
        Verb::Trust(arguments) => trust::run(&create(named)?, arguments),
    }
}

/// The keyring that was named, which must be there, or the one at the usual place, if there is one.
///
/// # Errors
/// Those of the library.
pub(crate) fn find(named: Option<&Path>) -> nuncio::Result<Option<Keyring>> {
    match (chosen(named), Keyring::default_directory()) {
        (Some(directory), _) => Keyring::open(directory).map(Some),
        (None, Some(directory)) if directory.exists() => Keyring::open(directory).map(Some),
        (None, _) => Ok(None),
    }
}

fn open(named: Option<&Path>) -> nuncio::Result<Keyring> {
    Keyring::open(directory(named)?)
}

fn create(named: Option<&Path>) -> nuncio::Result<Keyring> {
    Keyring::create(directory(named)?)
}

fn directory(named: Option<&Path>) -> nuncio::Result<PathBuf> {
    chosen(named).map(Path::to_owned).or_else(Keyring::default_directory).ok_or_else(|| {
        Error::new(ErrorKind::Misconfigured, "find the keyring")
            .because("the environment names no home directory; --keyring says where it is")
    })
}

/// A variable that is empty counts as not set.
fn chosen(named: Option<&Path>) -> Option<&Path> {
    named.filter(|directory| !directory.as_os_str().is_empty())
}
