//! Configuration files as the originals write them, and nodes that are set up by them.
#![cfg(all(feature = "net", target_os = "linux"))]

use std::path::Path;
use std::time::Duration;

use nuncio_codec::{Map, Value};
use nuncio_core::ErrorKind;
use nuncio_mesh::config::{Configuration, random_certificate};
use nuncio_mesh::proto::Generation;
use nuncio_mesh::proto::framing::Framing;
use nuncio_mesh::proto::greeting::Greeting;
use nuncio_mesh::{Builder, Node, SimpleClient};
use tokio::io::{AsyncBufReadExt, BufReader};

const FILE: &str = r#"{
   "version" : 1,
   "secret" : "geheim", # for all
   "connect_interval" : 1.5,
   "seeds" : [ "10.0.0.1", "10.0.0.2:4041", ],
   "colour" : "kept",
   "profile" : {
      "base" : { "binds" : [ "127.0.0.1:*" ], "nodeid" : "base/" },
      "middle" : { "parent" : "base", "seeds" : [], "framing_format" : [ "json", "cbor", "storable", "yaml" ] },
      "leaf" : { "parent" : "middle", "nodeid" : "leaf.%n.%u", "services" : [ "test::a", [ "test::b", 1, "x" ] ] },
      "loop" : { "parent" : "pool" },
      "pool" : { "parent" : "loop" },
   },
}"#;

fn file() -> Configuration {
    Configuration::parse_json(FILE).expect("it is one")
}

#[test]
fn a_profile_inherits_from_its_parents_and_from_the_top() {
    let leaf = file().profile("leaf").expect("it is whole");
    assert_eq!(leaf.secret.as_deref(), Some(&b"geheim"[..]));
    assert_eq!(leaf.connect_interval, Some(Duration::from_millis(1500)));
    assert_eq!((leaf.seeds.len(), leaf.binds.as_deref()), (0, Some(&["127.0.0.1:*".to_owned()][..])));
    assert_eq!(leaf.framings.as_deref(), Some(&[Framing::Json, Framing::Cbor, Framing::Storable][..]));
    assert_eq!(leaf.node_id("host", "u1"), "leaf.host.u1");
    let services: Vec<_> = leaf.services.iter().map(|one| (one.function.as_str(), one.arguments.len())).collect();
    assert_eq!(services, [("test::a", 0), ("test::b", 2)]);
    assert_eq!(file().profile("middle").expect("it is whole").node_id("host", "u1"), "base/u1");
    let absent = file().profile("absent").expect("the top is enough");
    assert_eq!((absent.node_id("host", "u1").as_str(), absent.seeds.len()), ("absent", 2));
    let looped = file().profile("loop").expect_err("it has no end");
    assert_eq!(looped.kind(), ErrorKind::Misconfigured);
}

#[test]
fn each_character_of_a_secret_is_a_byte_unless_one_cannot_be() {
    let secret = |text: &str| {
        let file = Configuration::parse_json(&format!(r#"{{"secret":"{text}"}}"#)).expect("it is one");
        file.profile("any").expect("it is whole").secret.expect("it is there")
    };
    assert_eq!(secret("\\u00c3\\u00a9x"), b"\xc3\xa9x");
    assert_eq!(secret("\u{e9}"), b"\xe9");
    assert_eq!(secret("\u{e9}\u{20ac}"), "\u{e9}\u{20ac}".as_bytes());
}

#[test]
fn toml_says_the_same() {
    let toml = "secret = 'geheim'\nseeds = ['10.0.0.1']\n[profile.x]\nparent = 'y'\n[profile.y]\nnodeid = 'n'\n";
    let profile = Configuration::parse_toml(toml).expect("it is TOML").profile("x").expect("it is whole");
    assert_eq!((profile.node.as_deref(), profile.seeds.len()), (Some("n"), 1));
    assert_eq!(Configuration::parse_toml("a = ").expect_err("no TOML").kind(), ErrorKind::Misconfigured);
}

#[test]
fn what_is_written_is_read_again_and_the_former_file_is_kept() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("rc");
    std::fs::write(&path, FILE).expect("it is writable");
    let mut configuration = Configuration::read(&path).expect("it is readable");
    configuration.set(Some("leaf"), "nodeid", "other".into()).expect("an id");
    assert!(configuration.unset(None, "connect_interval") && configuration.remove_profile("loop"));
    configuration.write(&path).expect("it is writable");
    let again = Configuration::read(&path).expect("it is readable");
    assert_eq!(again, configuration);
    assert_eq!(again.own(None).get("colour"), Some(&Value::from("kept")));
    assert_eq!(again.own(Some("leaf")).get("nodeid"), Some(&Value::from("other")));
    assert_eq!(std::fs::read_to_string(directory.path().join("rc~")).expect("it is kept"), FILE);
    assert!(again.to_json().starts_with("{\n   \"version\" : 1,\n"), "{}", again.to_json());
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o600);
    assert_eq!(Configuration::read(Path::new("/nowhere/rc")).expect("nothing"), Configuration::default());
    let toml = configuration.write(&directory.path().join("rc.toml")).expect_err("by hand");
    assert_eq!(toml.kind(), ErrorKind::Misconfigured);
}

#[test]
fn what_no_node_could_be_set_up_by_is_refused() {
    let mut configuration = file();
    for (setting, value) in [
        ("binds", Value::from("one")),
        ("seeds", Value::from(vec![Value::Null])),
        ("monitor_timeout", Value::from("soon")),
        ("monitor_timeout", Value::from(-1)),
        ("services", Value::from(vec![Value::Array(Vec::new())])),
        ("parent", Value::from("base")),
    ] {
        let refused = configuration.set(None, setting, value).expect_err(setting);
        assert_eq!(refused.kind(), ErrorKind::Misconfigured, "{refused}");
    }
    assert!(configuration.set(Some("base"), "parent", "leaf".into()).is_err(), "a circle");
    assert_eq!(configuration, file());
    for text in ["", "[]", "{\"version\":2}", "{\"a\":}"] {
        assert!(Configuration::parse_json(text).is_err(), "{text}");
    }
}

#[tokio::test]
async fn a_node_is_set_up_by_a_profile_and_starts_its_services() {
    let text = r#"{"secret":"geheim","profile":{"p":{"nodeid":"n/","services":[["test::note",7]]}}}"#;
    let profile = Configuration::parse_json(text).expect("it is one").profile("p").expect("it is whole");
    let refused = Node::builder("").profile(&profile).expect("random numbers").start().await;
    assert_eq!(refused.expect_err("nobody has registered it").kind(), ErrorKind::Misconfigured);
    let (noted, mut notes) = tokio::sync::mpsc::unbounded_channel();
    let builder = Node::builder("").function("test::note", move |_, arguments| {
        let noted = noted.clone();
        async move {
            let _ = noted.send(arguments);
            Ok(())
        }
    });
    let node = builder.profile(&profile).expect("random numbers").start().await.expect("it starts");
    assert_eq!(notes.recv().await, Some(vec![Value::from(7)]));
    assert!(node.id().as_str().starts_with("n/") && node.id().as_str().len() > 8, "{:?}", node.id());
    assert!(node.addresses()[0].starts_with("127.0.0.1:"), "{:?}", node.addresses());
    let other = Node::builder("other").secret("geheim").seed(&node.addresses()[0]).start().await.expect("it starts");
    assert_eq!(other.join(Duration::from_secs(60)).await.expect("the secret is the profile's"), *node.id());
}

fn profile(settings: &str) -> nuncio_mesh::config::Profile {
    let text = format!(r#"{{"secret":"geheim",{settings}}}"#);
    Configuration::parse_json(&text).expect("it is one").profile("p").expect("it is whole")
}

/// Whether a node with these settings is let in by one with the defaults of a generation.
async fn connects(settings: &str) -> bool {
    let other = Node::builder("other").secret("geheim").generations(&[Generation::Two]).bind("127.0.0.1:0");
    let other = other.start().await.expect("it starts");
    let node = Node::builder("node").profile(&profile(settings)).expect("random numbers");
    let node = node.seed(&other.addresses()[0]).start().await.expect("it starts");
    match node.join(Duration::from_secs(60)).await {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
            false
        }
    }
}

#[tokio::test]
async fn ways_to_authenticate_are_those_that_a_profile_lists() {
    assert!(connects(r#""auth_offer":["hmac_sha3_512","unheard_of"],"auth_accept":["hmac_sha3_512"]"#).await);
    assert!(!connects(r#""auth_offer":["hmac_md6_64_256"]"#).await);
    // What is dangerous is not possible because a file says so.
    for setting in ["auth_accept", "auth_offer"] {
        let cleartext = profile(&format!(r#""{setting}":["cleartext"]"#));
        let refused = Node::builder("node").profile(&cleartext).expect("random numbers").start().await;
        let refused = refused.expect_err("nothing is left");
        assert_eq!(refused.kind(), ErrorKind::Misconfigured);
        assert!(refused.to_string().contains("hmac_sha3_512"), "{refused}");
    }
    let accepting = Node::builder("node").danger_accept_cleartext().profile(&profile(r#""auth_accept":["cleartext"]"#));
    let node = accepting.expect("random numbers").start().await.expect("it starts");
    let address = node.addresses()[0].clone();
    let shown = tokio::task::spawn_blocking(move || {
        let client = || SimpleClient::builder("simple").secret("geheim");
        (client().connect(&address).is_ok(), client().danger_cleartext().connect(&address).is_ok())
    });
    assert_eq!(shown.await.expect("no panic"), (false, true));
}

/// The ways to authenticate that a node greets with.
async fn accepts(builder: Builder) -> Vec<String> {
    let node = builder.start().await.expect("it starts");
    let stream = tokio::net::TcpStream::connect(&node.addresses()[0]).await.expect("it listens");
    let greeting = BufReader::new(stream).lines().next_line().await.expect("it greets").expect("a line");
    Greeting::parse(greeting.as_bytes()).expect("a greeting").auths
}

#[tokio::test]
async fn what_is_called_after_a_profile_counts_more_than_its_list() {
    let list = profile(r#""auth_accept":["hmac_sha3_512"]"#);
    let with_list = |builder: Builder| builder.profile(&list).expect("random numbers");
    assert_eq!(accepts(with_list(Node::builder("node").danger_accept_cleartext())).await, ["hmac_sha3_512"]);
    let after = with_list(Node::builder("node")).danger_accept_cleartext();
    assert_eq!(accepts(after).await, ["hmac_sha3_512", "cleartext"]);
}

#[tokio::test]
async fn a_certificate_that_was_made_is_good_for_all_nodes_of_a_mesh() {
    let made = [(); 2].map(|()| random_certificate().expect("random numbers"));
    let start = |id: &'static str, pem: &str, seed: Option<String>| {
        let settings = Map::from_iter([("cert", Value::from(pem)), ("binds", vec![Value::from("127.0.0.1:0")].into())]);
        let mut configuration = Configuration::default();
        settings.iter().for_each(|(name, value)| configuration.set(None, name, value.clone()).expect("it fits"));
        let profile = configuration.profile(id).expect("it is whole");
        let builder = Node::builder(id).secret(id).profile(&profile).expect("random numbers");
        async move { seed.iter().fold(builder, |builder, seed| builder.seed(seed)).start().await.expect("it starts") }
    };
    let alpha = start("alpha", &made[0], None).await;
    let seed = Some(alpha.addresses()[0].clone());
    let beta = start("beta", &made[0], seed.clone()).await;
    assert_eq!(beta.join(Duration::from_secs(60)).await.expect("the same certificate"), *alpha.id());
    let stranger = start("stranger", &made[1], seed).await;
    let refused = stranger.join(Duration::from_secs(60)).await.expect_err("another certificate");
    assert_eq!(refused.kind(), ErrorKind::Unauthenticated);
}
