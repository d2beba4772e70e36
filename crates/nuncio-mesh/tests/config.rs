//! Configuration files as the originals write them, and nodes that are set up by them.
#![cfg(all(feature = "net", target_os = "linux"))]

use std::path::Path;
use std::time::Duration;

use nuncio_codec::Value;
use nuncio_core::ErrorKind;
use nuncio_mesh::Node;
use nuncio_mesh::config::Configuration;
use nuncio_mesh::proto::framing::Framing;

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
