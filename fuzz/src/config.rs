//! The file that sets up nodes, in the form of the originals and in TOML.

use nuncio_codec::{Map, Value};
use nuncio_core::Result;
use nuncio_mesh::config::Configuration;

use crate::sight::Sight;

/// Reads `data`, which is TOML if its first byte is odd: what it says is the same when it is written and read once more, what
/// holds for a profile follows from its parents alone, and a change that is refused changes nothing.
pub(crate) fn check(data: &[u8]) -> Sight {
    let Some((first, text)) = data.split_first() else { return Sight::of_text("nothing") };
    let text = String::from_utf8_lossy(text);
    let is_toml = first % 2 == 1;
    let read = if is_toml { Configuration::parse_toml(&text) } else { Configuration::parse_json(&text) };
    let mut configuration = match read {
        Ok(configuration) => configuration,
        Err(error) => return Sight::of_text(&shape(&error.chain().to_string())),
    };
    is_read_again(&configuration, is_toml);
    let profiles: Vec<String> = configuration.profiles().map(str::to_owned).collect();
    let mut ends = String::new();
    for name in profiles.iter().take(16) {
        ends +=
            &shape(&profile(&configuration, name).map_or_else(|error| error.chain().to_string(), |()| ".".to_owned()));
    }
    for name in profiles.iter().take(4).map(String::as_str).chain(["new"]) {
        is_changed(&mut configuration, name, profiles.first().map_or("new", String::as_str));
    }
    Sight::of_text(&format!("{is_toml} {} {ends}", kinds(&configuration.own(None))))
}

/// Written and read once more it is the same. TOML also has numbers that the other form has not; they are nothing there.
fn is_read_again(configuration: &Configuration, is_toml: bool) {
    let written = configuration.to_json();
    let again = Configuration::parse_json(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
    if !is_toml {
        assert_eq!(again, *configuration, "{written}");
    }
    assert_eq!(again.to_json(), written);
    let commented = Configuration::parse_json(&format!("# a comment, with \" and ]\n{written}# another"));
    assert_eq!(commented.expect("comments say nothing"), again);
}

/// What holds for a profile: its own settings, then what it inherits.
fn profile(configuration: &Configuration, name: &str) -> Result<()> {
    let effective = configuration.effective(name)?;
    assert!(!effective.contains_key("parent"), "a parent is no setting of a node");
    let own = configuration.own(Some(name));
    let parent = own.get("parent").and_then(Value::as_str);
    let inherited = parent.map_or_else(|| Ok(configuration.own(None)), |parent| configuration.effective(parent))?;
    for (setting, value) in effective.iter() {
        assert_eq!(
            own.get(setting).or_else(|| inherited.get(setting)).map(said),
            Some(said(value)),
            "{setting} of {name}"
        );
    }
    assert!(own.keys().filter(|setting| *setting != "parent").all(|setting| effective.contains_key(setting)));
    let taken = configuration.profile(name)?;
    assert!(!taken.node_id("host", "unique").ends_with('/'), "an id that is to be unique");
    let shown = format!("{taken:?}");
    let secrets = ["secret", "cert"].map(|setting| effective.get(setting).and_then(Value::as_str));
    for secret in secrets.into_iter().flatten().filter(|secret| is_told_apart(secret, &effective)) {
        assert!(!shown.contains(secret), "a secret is shown: {shown}");
    }
    Ok(())
}

/// A value as it is compared: one that is no number is equal to itself as well.
fn said(value: &Value) -> String {
    format!("{value:?}")
}

/// Whether a text is so long that it is nowhere else by chance.
fn is_told_apart(secret: &str, settings: &Map) -> bool {
    let others = settings.iter().filter(|(name, _)| *name != "secret" && *name != "cert");
    secret.len() >= 8
        && secret.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && others.map(said_of).all(|text| !text.contains(secret))
}

fn said_of((_, value): (&str, &Value)) -> String {
    said(value)
}

fn is_changed(configuration: &mut Configuration, name: &str, other: &str) {
    for (setting, value) in [
        ("nodeid", Value::from("node")),
        ("seeds", Value::Array(vec!["127.0.0.1:1".into()])),
        ("monitor_timeout", Value::from("soon")),
        ("parent", Value::from(name)),
        ("parent", Value::from(other)),
    ] {
        let before = configuration.to_json();
        match configuration.set(Some(name), setting, value.clone()) {
            Err(_) => assert_eq!(configuration.to_json(), before, "{setting} of {name} was refused"),
            Ok(()) => {
                assert_eq!(configuration.own(Some(name)).get(setting), Some(&value));
                configuration.effective(name).expect("nobody is made their own parent");
                assert!(configuration.unset(Some(name), setting) && !configuration.unset(Some(name), setting));
            }
        }
    }
}

fn kinds(settings: &Map) -> String {
    settings
        .iter()
        .map(|(name, value)| {
            let kind: String = said(value).chars().take_while(char::is_ascii_alphabetic).collect();
            format!("{name}{kind} ")
        })
        .take(12)
        .collect()
}

/// A reason without its numbers and its names.
fn shape(reason: &str) -> String {
    let quoted = reason.split('"').step_by(2).collect::<String>();
    quoted.chars().filter(|letter| !letter.is_ascii_digit()).take(80).collect()
}

/// Files with profiles, comments, and settings of all kinds.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let json = [
        r#"{"version":1,"secret":"geheimnis","seeds":["a:1","b"],"profile":{"x":{"parent":"y","binds":["*:*"]},"y":{"nodeid":"y/"}}}"#,
        "{ # a node\n \"services\" : [\"A::b\", [\"C::d\", 1, {}],], \"monitor_timeout\" : 2.5, \"eval\" : 0, }",
        r#"{"profile":{"a":{"parent":"b"},"b":{"parent":"a"}},"framing_format":["json","x"],"auth_offer":["tls_anon"]}"#,
        r#"{"version":2}"#,
    ];
    let toml = [
        "version = 1\nsecret = \"geheimnis\"\nseeds = [\"a:1\"]\n[profile.x]\nparent = \"y\"\n[profile.y]\nnodeid = \"%n/%u\"\n",
        "monitor_timeout = 30\nconnect_interval = 0.5\nbinds = ['*']\n[profile.\"a b\"]\nservices = [\"A::b\", [\"c\", 1]]\n",
        "x = nan\ny = 1979-05-27T07:32:00Z\n",
    ];
    let with = |first: u8, text: &&str| [&[first], text.as_bytes()].concat();
    json.iter().map(|text| with(0, text)).chain(toml.iter().map(|text| with(1, text))).collect()
}

/// The words of configuration files.
pub(crate) const PIECES: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\"",
    b"#",
    b"\n",
    b" = ",
    b"[profile.",
    b"\"profile\":{",
    b"\"parent\":",
    b"parent = ",
    b"\"seeds\":[",
    b"\"secret\":\"geheimnis\"",
    b"\"nodeid\":\"x/\"",
    b"\"monitor_timeout\":",
    b"\"version\":1",
    b"nan",
    b"1",
];
