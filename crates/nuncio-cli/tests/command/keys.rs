//! `nuncio keys`: a keyring made, filled, read and refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value as Json, json};

use crate::place::{Place, run, run_with_input};

/// A pair that was made for tests.
const SECRET: &str = "GQBF2V6OT7vRrEDa7jlbdE3Nrp5Z7rpX3lkS9g7Kmuo=";
const PUBLIC: &str = "gDcRzG16iPcvhD/dbloftRX0+oo2KQ6Wvxoe+tLnDgw=";
const OTHER: &str = "yEmibUFFS1l4XKnxsYpaSSZd6ztUI60eAYd6C9cgDlg=";

fn keys(place: &Place, arguments: &[&str]) -> String {
    run(&mut place.nuncio([&["keys"], arguments].concat())).printed()
}

fn fails(place: &Place, arguments: &[&str], code: i32, words: &str) {
    let refused = run(&mut place.nuncio([&["keys"], arguments].concat()));
    assert_eq!(refused.status.code(), Some(code), "{arguments:?}: {}", refused.stderr);
    assert!(refused.stderr.contains(words), "{arguments:?}: {}", refused.stderr);
    assert_eq!(refused.stdout, "");
}

fn list(place: &Place) -> Json {
    let mut list: Json = serde_json::from_str(&keys(place, &["list", "--json"])).unwrap();
    for kind in ["own", "trusted"] {
        for key in list[kind].as_array_mut().unwrap() {
            assert!(key.as_object_mut().unwrap().remove("added").unwrap().as_u64().unwrap() > 1_700_000_000);
        }
    }
    list
}

#[test]
fn a_key_is_made_taken_and_given_in_the_originals_base64() {
    let place = Place::new();
    assert_eq!(list(&place), json!({"version": 1, "own": [], "trusted": []}));
    let first = keys(&place, &["generate", "--comment", "the first"]);
    assert_eq!(keys(&place, &["export", "--public"]), first);

    let spread = format!(" {}\n{}\n", &SECRET[..20], &SECRET[20..]);
    let imported = run_with_input(&mut place.nuncio(["keys", "import"]), spread.as_bytes());
    assert_eq!(imported.printed(), format!("{PUBLIC}\n"));
    assert_eq!(keys(&place, &["export", "--secret"]), format!("{SECRET}\n"));
    assert_eq!(keys(&place, &["export", "--public"]), format!("{PUBLIC}\n"));
    let own = json!([
        {"public": first.trim_end(), "current": false, "comment": "the first"},
        {"public": PUBLIC, "current": true, "comment": ""},
    ]);
    assert_eq!(list(&place)["own"], own);
    let table = keys(&place, &["list"]);
    assert!(table.contains("(own, current)") && table.contains(PUBLIC) && !table.contains(SECRET), "{table}");
}

#[test]
fn hosts_are_trusted_with_several_keys_and_revoked_one_by_one_or_at_once() {
    let place = Place::new();
    keys(&place, &["trust", "a.example", PUBLIC]);
    keys(&place, &["trust", "a.example", OTHER, "--comment", "since May"]);
    keys(&place, &["trust", "b.example", PUBLIC]);
    keys(&place, &["trust", "b.example", PUBLIC, "--comment", "once more"]);
    let trusted = json!([
        {"host": "a.example", "public": PUBLIC, "comment": ""},
        {"host": "a.example", "public": OTHER, "comment": "since May"},
        {"host": "b.example", "public": PUBLIC, "comment": "once more"},
    ]);
    assert_eq!(list(&place)["trusted"], trusted);
    keys(&place, &["revoke", "a.example", PUBLIC]);
    assert_eq!(list(&place)["trusted"].as_array().unwrap().len(), 2);
    fails(&place, &["revoke", "a.example", PUBLIC], 4, "that key is not trusted for it");
    keys(&place, &["revoke", "a.example"]);
    fails(&place, &["revoke", "a.example"], 4, "no key of it is trusted");
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let place = Place::new();
    let mut generate = place.nuncio(["keys", "generate"]);
    let public = run(generate.env("NUNCIO_KEYRING", "")).printed();
    assert_eq!(keys(&place, &["export", "--public"]), public);
}

#[test]
fn what_is_no_key_or_everybodys_is_refused() {
    let place = Place::new();
    fails(&place, &["trust", "h", "AAAA"], 2, "it is 3 bytes, a key is 32 bytes");
    fails(&place, &["trust", "a,b", PUBLIC], 2, "a host name holds no");
    fails(&place, &["trust", "h", "vbqcxUUGIOvIKzpFWyBbYrSTsmSGj+/zlkF9H3tJ0DI="], 6, "everybody has it");
    fails(&place, &["export"], 2, "--public|--secret");
    fails(&place, &["generate", "--comment", "a\nb"], 2, "a comment is one line");
    for (input, code, words) in [
        ("", 1, "it is 0 bytes, a key is 32 bytes"),
        ("not a key", 1, "44 characters"),
        ("ftlMCefNymrF66r2VlFBgHYbWRZqSJPzVg4Vz/I86UQ=", 6, "everybody has it"),
    ] {
        let refused = run_with_input(&mut place.nuncio(["keys", "import"]), input.as_bytes());
        assert_eq!(refused.status.code(), Some(code), "{}", refused.stderr);
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
    }
    fails(&place, &["export", "--public"], 4, "there is no key of our own");
}

#[test]
fn a_keyring_that_others_can_read_is_refused_with_the_remedy() {
    let place = Place::new();
    let keyring = place.path().join("keyring");
    let named = ["--keyring", keyring.to_str().unwrap()];
    fails(&place, &[&named[..], &["list"]].concat(), 1, "there is none; `nuncio keys generate` makes one");
    keys(&place, &[&named[..], &["generate"]].concat());
    fs::set_permissions(&keyring, fs::Permissions::from_mode(0o750)).unwrap();
    for verb in [&["list"][..], &["generate"], &["export", "--secret"]] {
        fails(&place, &[&named[..], verb].concat(), 6, "mode 0750 lets other users at it");
    }
    let refused = run(&mut place.verb(&[&named[..], &["recv", "q", "--timeout", "1ms"]].concat()));
    assert_eq!(refused.status.code(), Some(6), "{}", refused.stderr);
    assert!(refused.stderr.contains("`chmod 700`"), "{}", refused.stderr);
}
