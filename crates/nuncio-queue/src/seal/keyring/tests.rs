use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn keyring(&self, name: &str) -> Keyring {
        Keyring::create(self.path(name)).expect("made")
    }
}

fn key() -> PublicKey {
    SecretKey::generate(&SystemRandomness).expect("random").public_key()
}

fn seal(keyring: &Keyring, host: &str, text: &str) -> (Nonce, Vec<u8>) {
    let mut sealed = Vec::new();
    let nonce = keyring.seal(host, text.as_bytes(), &mut sealed).expect("sealed");
    (nonce, sealed)
}

fn open(keyring: &Keyring, source: Option<&str>, sealed: &(Nonce, Vec<u8>)) -> Result<(String, SealedBy)> {
    let mut plain = Vec::new();
    let by = keyring.unseal(source, &sealed.0, &sealed.1, &mut plain)?;
    Ok((String::from_utf8(plain).expect("text"), by))
}

#[test]
fn directories_and_files_are_private_and_open_ones_are_refused_with_the_remedy() {
    let place = Place::new();
    let path = place.path("deep/down/keyring");
    let keyring = Keyring::create(&path).expect("made");
    keyring.generate("").expect("made");
    keyring.trust("h", key(), "").expect("trusted");
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o7777;
    assert_eq!(mode(&path), 0o700);
    for name in [OWN, TRUSTED] {
        let file = path.join(name);
        assert_eq!(mode(&file), 0o600);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("changed");
        let error = Keyring::open(&path).expect_err("open to others");
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert!(error.to_string().contains("0640") && error.to_string().contains("chmod 600"), "{error}");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("changed");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("changed");
    for result in [Keyring::open(&path), Keyring::create(&path)] {
        let error = result.expect_err("open to others");
        assert!(error.to_string().contains("0755") && error.to_string().contains("chmod 700"), "{error}");
    }
    assert_eq!(Keyring::open(place.path("none")).expect_err("absent").kind(), ErrorKind::Misconfigured);
}

#[test]
fn the_newest_key_seals_and_older_ones_still_open() {
    let place = Place::new();
    let (ours, theirs) = (place.keyring("ours"), place.keyring("theirs"));
    let (our_first, their_first) = (ours.generate("1").expect("made"), theirs.generate("1").expect("made"));
    ours.trust("them", their_first, "").expect("trusted");
    theirs.trust("us", our_first, "").expect("trusted");
    let early = seal(&ours, "them", "early");

    let their_second = theirs.generate("2").expect("made");
    assert_eq!(theirs.current().expect("made").public, their_second);
    assert_eq!(open(&theirs, Some("us"), &early).expect("the older key opens").0, "early");
    ours.trust("them", their_second, "").expect("trusted");
    let our_second = ours.generate("2").expect("made");
    let late = seal(&ours, "them", "late");
    let error = open(&theirs, Some("us"), &late).expect_err("nobody knows that key");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    theirs.trust("us", our_second, "").expect("trusted");
    let (text, by) = open(&theirs, Some("us"), &late).expect("known now");
    assert_eq!((text.as_str(), by), ("late", SealedBy { host: "us".into(), key: our_second }));
    assert_eq!(open(&theirs, Some("us"), &early).expect("known still").1.key, our_first);

    assert_eq!(theirs.revoke("us", Some(&our_first)).expect("one"), 1);
    open(&theirs, Some("us"), &early).expect_err("revoked");
    assert_eq!(theirs.revoke("us", Some(&our_first)).expect_err("gone").kind(), ErrorKind::NoSuchEndpoint);
    assert_eq!(theirs.revoke("us", None).expect("the other"), 1);
    open(&theirs, Some("us"), &late).expect_err("revoked");
}

#[test]
fn a_key_opens_under_any_name_and_the_label_is_the_keyrings() {
    let place = Place::new();
    let (ours, theirs) = (place.keyring("ours"), place.keyring("theirs"));
    ours.trust("them", theirs.generate("").expect("made"), "").expect("trusted");
    let our_key = ours.generate("").expect("made");
    theirs.trust("mallory", key(), "").expect("trusted");
    for host in ["us", "us-too"] {
        theirs.trust(host, our_key, "").expect("trusted");
    }
    let sealed = seal(&ours, "them", "text");
    for (source, label) in
        [(Some("us"), "us"), (Some("us-too"), "us-too"), (Some("mallory"), "us"), (Some("nobody"), "us"), (None, "us")]
    {
        let (_, by) = open(&theirs, source, &sealed).expect("opens");
        assert_eq!(by.host, label, "{source:?}");
    }
}

#[test]
fn what_others_do_to_the_files_is_seen_and_their_comments_stay() {
    let place = Place::new();
    let keyring = place.keyring("k");
    let (first, second) = (keyring.generate("a b").expect("made"), keyring.generate("").expect("made"));
    let file = place.path("k").join(OWN);
    let text = fs::read_to_string(&file).expect("there");
    fs::write(&file, format!("# mine\n\n{text}# end\n")).expect("written");
    let beside = Keyring::open(place.path("k")).expect("opens");
    let secret = beside.own().expect("two")[0].secret.clone();
    assert_eq!(beside.import(&secret, "back").expect("known"), first);
    let own = beside.own().expect("readable");
    assert_eq!(own.iter().map(|key| key.public).collect::<Vec<_>>(), [second, first]);
    assert_eq!(own.iter().map(|key| key.comment.as_str()).collect::<Vec<_>>(), ["", "back"]);
    let text = fs::read_to_string(&file).expect("there");
    assert!(text.starts_with("# mine\n\n") && text.contains("\n# end\n"), "comments were lost");
    assert_eq!(keyring.keys_if_changed().expect("readable").expect("changed").own.len(), 2);
    assert!(!format!("{keyring:?}").contains(secret.to_base64().as_str()));
}

#[test]
fn writers_do_not_lose_each_others_keys() {
    let place = Place::new();
    place.keyring("k");
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let keyring = Keyring::open(place.path("k")).expect("opens");
            scope.spawn(move || {
                for number in 0..10 {
                    keyring.trust(&format!("host-{writer}-{number}"), key(), "").expect("trusted");
                    keyring.generate("").expect("made");
                }
            });
        }
    });
    let keyring = Keyring::open(place.path("k")).expect("opens");
    assert_eq!((keyring.trusted().expect("read").len(), keyring.own().expect("read").len()), (40, 40));
}

#[test]
fn what_would_spoil_a_file_or_trust_everybody_is_refused() {
    let place = Place::new();
    let keyring = place.keyring("k");
    for host in ["", "a b", "a\nb", "a,b", "a=b", "#a", "a/b", &"h".repeat(256)] {
        assert_eq!(keyring.trust(host, key(), "").expect_err(host).kind(), ErrorKind::InvalidName, "{host:?}");
    }
    for comment in ["a\nb", &"c".repeat(256)] {
        assert_eq!(keyring.generate(comment).expect_err(comment).kind(), ErrorKind::ApiMisuse);
        assert_eq!(keyring.trust("h", key(), comment).expect_err(comment).kind(), ErrorKind::ApiMisuse);
    }
    let error = keyring.trust("h", PublicKey::DANGER_DEFAULT, "").expect_err("everybody");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    let error = keyring.import(&SecretKey::danger_default(), "").expect_err("everybody");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(keyring.own().expect("read").is_empty() && keyring.trusted().expect("read").is_empty());
    assert_eq!(keyring.current().expect_err("none").kind(), ErrorKind::NoSuchEndpoint);
    fs::write(place.path("k").join(TRUSTED), "h notakey 0\n").expect("written");
    fs::set_permissions(place.path("k").join(TRUSTED), fs::Permissions::from_mode(0o600)).expect("changed");
    let error = Keyring::open(place.path("k")).expect_err("no key");
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    let text = error.chain().to_string();
    assert!(text.contains("trusted-keys") && text.contains("line 1"), "{text}");
}

#[test]
fn links_and_what_is_no_text_are_refused() {
    let place = Place::new();
    let keyring = place.keyring("k");
    keyring.generate("").expect("made");
    let (file, elsewhere) = (place.path("k").join(OWN), place.path("elsewhere"));
    fs::rename(&file, &elsewhere).expect("moved");
    std::os::unix::fs::symlink(&elsewhere, &file).expect("linked");
    let error = Keyring::open(place.path("k")).expect_err("a link");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    fs::remove_file(&file).expect("removed");
    fs::write(&elsewhere, b"\xff\xfe").expect("written");
    fs::rename(&elsewhere, &file).expect("moved");
    assert_eq!(Keyring::open(place.path("k")).expect_err("no text").kind(), ErrorKind::Corrupt);
    for path in [file.join("below"), file.join("further/below")] {
        assert_eq!(Keyring::create(path).expect_err("a file above it").kind(), ErrorKind::Misconfigured);
    }
}

#[test]
fn trials_are_bounded() {
    let place = Place::new();
    let (ours, theirs) = (place.keyring("ours"), place.keyring("theirs"));
    ours.trust("them", theirs.generate("").expect("made"), "").expect("trusted");
    let lines: String = (0..100).map(|host| format!("host-{host} {} 0\n", key())).collect();
    let ours_key = ours.generate("").expect("made");
    let file = place.path("theirs").join(TRUSTED);
    fs::write(&file, format!("{lines}us {ours_key} 0\n")).expect("written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("changed");
    let theirs = Keyring::open(place.path("theirs")).expect("opens");
    let sealed = seal(&ours, "them", "text");
    open(&theirs, Some("us"), &sealed).expect("the host that is named comes first");
    let error = open(&theirs, Some("host-7"), &sealed).expect_err("beyond the bound").to_string();
    assert!(error.contains("64 pairs of keys are tried at most"), "{error}");
}
