//! `nuncio mesh config`

mod verb;

use std::io::Read;
use std::path::PathBuf;

use clap::{Args, Parser as _};
use nuncio::codec::{Map, Value};
use nuncio::mesh::config::{self, Configuration};
use serde::Serialize;

pub(super) use self::verb::parse_profile;
use self::verb::{Behind, One, Verb};
use super::elements;
use crate::output::Output;
use crate::stop::Stop;

/// What stands in the place of what is not printed.
const HIDDEN: &str = "(set)";
const SECRET_BYTES: usize = 48;

/// Show and change the file that sets up nodes, which is shared with Perl's AnyEvent::MP
///
/// The file is $PERL_ANYEVENT_MP_RC, or ~/.perl-anyevent-mp. Settings hold for all profiles, or with --profile for one. Verbs may
/// follow each other, as in `gensecret profile server setnodeid anon/ setseeds 10.0.0.1:4040,10.0.0.2`; either all of what they
/// change is written, or nothing. A node that is running does not notice.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The file
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Change this profile, not what holds for all
    #[arg(long, value_name = "NAME", value_parser = parse_profile)]
    profile: Option<String>,
    #[command(subcommand)]
    verb: Verb,
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
    let more = behind(&arguments.verb);
    let (path, mut configuration) = read(arguments.file.as_ref())?;
    let (mut profile, mut is_changed) = (arguments.profile.as_deref(), false);
    for verb in std::iter::once(&arguments.verb).chain(&more) {
        match verb {
            Verb::Profile { name, .. } => profile = Some(name),
            Verb::ShowProfile { name } => show_profile(&configuration, name.as_deref().or(profile))?,
            Verb::ShowConfig { name } => {
                let host = config::host_name();
                let name = name.as_deref().or(profile).unwrap_or(&host);
                print(Some(name), configuration.effective(name)?)?;
            }
            Verb::DelProfile { name, .. } => {
                if !configuration.remove_profile(name) {
                    return Err(Stop::failed(format_args!("there is no profile {name:?} in {}", path.display())));
                }
                is_changed = true;
            }
            verb => {
                change(&mut configuration, profile, verb)?;
                is_changed = true;
            }
        }
    }
    if is_changed {
        configuration.write(&path)?;
    }
    Ok(())
}

/// The verbs behind this one.
fn behind(verb: &Verb) -> Vec<Verb> {
    let mut verbs: Vec<Verb> = Vec::new();
    loop {
        let words = verbs.last().unwrap_or(verb).then();
        if words.is_empty() {
            return verbs;
        }
        let next = Behind::try_parse_from(words).unwrap_or_else(|error| crate::usage(&error));
        verbs.push(next.verb);
    }
}

fn show_profile(configuration: &Configuration, name: Option<&str>) -> Result<(), Stop> {
    print(name, configuration.own(name))?;
    if name.is_some() {
        return Ok(());
    }
    configuration.profiles().try_for_each(|name| print(Some(name), configuration.own(Some(name))))
}

fn change(configuration: &mut Configuration, profile: Option<&str>, verb: &Verb) -> Result<(), Stop> {
    let mut set = |name, value| configuration.set(profile, name, value);
    match verb {
        Verb::SetNodeId(id) => set("nodeid", id.text().into())?,
        Verb::SetSecret(_) => set("secret", secret_from_input()?.as_str().into())?,
        Verb::GenSecret(_) => set("secret", config::random_secret(SECRET_BYTES)?.as_str().into())?,
        Verb::GenCert(_) => set("cert", config::random_certificate()?.as_str().into())?,
        Verb::SetCert { file, .. } => {
            let text = std::fs::read_to_string(file)
                .map_err(|error| Stop::failed(format_args!("read {}: {error}", file.display())))?;
            set("cert", text.as_str().into())?;
        }
        Verb::SetBinds(list) => set("binds", list.value())?,
        Verb::SetSeeds(list) => set("seeds", list.value())?,
        Verb::SetServices(list) => set("services", list.value())?,
        Verb::SetMonitorTimeout(time) => set("monitor_timeout", time.number())?,
        Verb::SetConnectInterval(time) => set("connect_interval", time.number())?,
        Verb::SetFramingFormat(list) => set("framing_format", list.value())?,
        Verb::SetAuthOffer(list) => set("auth_offer", list.value())?,
        Verb::SetAuthAccept(list) => set("auth_accept", list.value())?,
        Verb::SetAutocork(switch) => set("autocork", switch.value())?,
        Verb::SetNodelay(switch) => set("nodelay", switch.value())?,
        Verb::SetParent { name, .. } => set("parent", name.as_str().into())?,
        Verb::AddBind(one) => edit(configuration, profile, "binds", |list| one.move_to_end(list))?,
        Verb::AddSeed(one) => edit(configuration, profile, "seeds", |list| one.move_to_end(list))?,
        Verb::AddService(one) => edit(configuration, profile, "services", |list| list.push(one.value()))?,
        Verb::DelBind(one) => one.remove(configuration, profile, "binds")?,
        Verb::DelSeed(one) => one.remove(configuration, profile, "seeds")?,
        Verb::DelService(one) => one.remove(configuration, profile, "services")?,
        Verb::DelNodeId(_) => drop(configuration.unset(profile, "nodeid")),
        Verb::DelSecret(_) => drop(configuration.unset(profile, "secret")),
        Verb::DelCert(_) => drop(configuration.unset(profile, "cert")),
        Verb::DelBinds(_) => drop(configuration.unset(profile, "binds")),
        Verb::DelSeeds(_) => drop(configuration.unset(profile, "seeds")),
        Verb::DelServices(_) => drop(configuration.unset(profile, "services")),
        Verb::DelMonitorTimeout(_) => drop(configuration.unset(profile, "monitor_timeout")),
        Verb::DelConnectInterval(_) => drop(configuration.unset(profile, "connect_interval")),
        Verb::DelFramingFormat(_) => drop(configuration.unset(profile, "framing_format")),
        Verb::DelAuthOffer(_) => drop(configuration.unset(profile, "auth_offer")),
        Verb::DelAuthAccept(_) => drop(configuration.unset(profile, "auth_accept")),
        Verb::DelAutocork(_) => drop(configuration.unset(profile, "autocork")),
        Verb::DelNodelay(_) => drop(configuration.unset(profile, "nodelay")),
        Verb::DelParent(_) => drop(configuration.unset(profile, "parent")),
        Verb::DelProfile { .. } | Verb::Profile { .. } | Verb::ShowConfig { .. } | Verb::ShowProfile { .. } => {}
    }
    Ok(())
}

impl One {
    /// Puts it behind all others, and nowhere else.
    fn move_to_end(&self, list: &mut Vec<Value>) {
        list.retain(|one| *one != self.value());
        list.push(self.value());
    }

    fn remove(&self, configuration: &mut Configuration, profile: Option<&str>, name: &str) -> Result<(), Stop> {
        let mut was_there = false;
        edit(configuration, profile, name, |list| {
            let place = list.iter().position(|one| *one == self.value());
            was_there = place.map(|place| list.remove(place)).is_some();
        })?;
        match was_there {
            true => Ok(()),
            false => Err(Stop::failed(format_args!("there is no {:?} among the {name}", self.text()))),
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

/// Each byte is a character of the setting, as the original has it.
fn secret_from_input() -> Result<String, Stop> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().read_to_end(&mut bytes);
    read.map_err(|error| Stop::failed(format_args!("read the secret: {error}")))?;
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    match bytes.is_empty() {
        true => Err(Stop::failed("read the secret: there is nothing on standard input")),
        false => Ok(bytes.iter().copied().map(char::from).collect()),
    }
}
