//! Recorded handshakes in both roles, and what must be refused.

mod support;

use nuncio_core::NodeId;
use nuncio_mesh::proto::auth::{AuthMethod, Secret};
use nuncio_mesh::proto::framing::Framing;
use nuncio_mesh::proto::greeting::Greeting;
use nuncio_mesh::proto::handshake::{Established, Handshake, Policy, Step, TlsRole};
use nuncio_mesh::proto::{Generation, Refusal};
use serde_json::Value as Json;

use self::support::{list, recorded, text};

const BOTH: [Generation; 2] = [Generation::One, Generation::Two];

fn policy(node: &str, secret: &str) -> Policy {
    Policy::new(NodeId::new(node).expect("an id"), Secret::new(secret), &BOTH)
}

/// A handshake that greets with recorded lines.
fn side(greeting: &str, nonce: &str, secret: &str) -> Handshake {
    let parsed = Greeting::parse(greeting.as_bytes()).expect("a greeting");
    let mut policy = policy(&parsed.node, secret);
    policy.auth_accept = parsed.auths.iter().filter_map(|name| name.parse().ok()).collect();
    policy.framings = parsed.framings.iter().filter_map(|name| name.parse().ok()).collect();
    policy.has_certificate = parsed.key("tls").is_some();
    Handshake::with_lines(policy, &parsed.word, greeting.to_owned(), nonce)
}

/// Does what a handshake asks for until it waits or is done, and gives what it wrote.
fn run(handshake: &mut Handshake) -> Result<(Vec<u8>, Option<Established>), Refusal> {
    let mut written = Vec::new();
    loop {
        match handshake.step()? {
            Step::Done(established) => return Ok((written, Some(*established))),
            Step::Send(bytes) => written.extend(bytes),
            Step::Wait => return Ok((written, None)),
            _ => {}
        }
    }
}

/// Lets two handshakes talk to their end; each one's fate.
fn talk(left: &mut Handshake, right: &mut Handshake) -> [Result<Option<Established>, Refusal>; 2] {
    left.feed(&right.opening());
    right.feed(&left.opening());
    let (first, second) = (run(left), run(right));
    if let Ok((written, _)) = &first {
        right.feed(written);
    }
    if let Ok((written, _)) = &second {
        left.feed(written);
    }
    let end = |begun: Result<_, _>, handshake: &mut Handshake| begun.and_then(|_| Ok(run(handshake)?.1));
    [end(first, left), end(second, right)]
}

/// Every recorded connection: both sides, with their secrets.
fn connections() -> Vec<(String, Json, [String; 2])> {
    let mut connections = Vec::new();
    for entry in list(&recorded("index.json")["entries"]) {
        let file = text(entry, "file");
        let case = recorded(file);
        let secrets = |json: &Json| ["initiator", "acceptor"].map(|side| text(json, side).to_owned());
        for connection in case["connections"].as_array().into_iter().flatten() {
            connections.push((file.to_owned(), connection.clone(), secrets(&case["secrets"])));
        }
        if file.starts_with("auth-") {
            for vector in list(&case["vectors"]).iter().filter(|vector| vector["note"].is_null()) {
                let secrets = ["initiator", "acceptor"].map(|side| text(&vector[side], "secret").to_owned());
                connections.push((file.to_owned(), vector.clone(), secrets));
            }
        }
    }
    assert!(connections.len() >= 20, "{}", connections.len());
    connections
}

#[test]
fn recorded_sides_write_the_same_lines_and_accept_each_other() {
    for (file, connection, secrets) in connections() {
        for (own, other) in [("initiator", "acceptor"), ("acceptor", "initiator")] {
            let secret = &secrets[usize::from(own == "acceptor")];
            let (own, other) = (&connection[own], &connection[other]);
            let mut handshake = side(text(own, "greeting1"), text(own, "greeting2"), secret);
            if text(own, "auth_line").starts_with("cleartext") {
                // The originals never send it, and neither does nuncio unless it is told to.
                continue;
            }
            let opening = format!("{}\n{}\n", text(own, "greeting1"), text(own, "greeting2"));
            assert_eq!(handshake.opening(), opening.as_bytes());
            let lines = [text(other, "greeting1"), text(other, "greeting2"), text(other, "auth_line"), "rest"];
            // Byte by byte: nothing may depend on how the stream is cut.
            let mut written = Vec::new();
            let mut done = Ok(None);
            for byte in lines.join("\r\n").bytes() {
                handshake.feed(&[byte]);
                match run(&mut handshake) {
                    Ok((more, established)) => {
                        written.extend(more);
                        done = done.map(|before| before.or(established));
                    }
                    Err(refusal) => {
                        done = Err(refusal);
                        break;
                    }
                }
            }
            assert_eq!(String::from_utf8(written).expect("text"), format!("{}\n", text(own, "auth_line")), "{file}");
            match secrets[0] == secrets[1] {
                true => {
                    let established = done.expect(&file).expect("all lines are there");
                    assert_eq!(established.node.as_str(), text(other, "greeting1").split(';').nth(2).expect("an id"));
                    assert_eq!(established.sends.name(), text(own, "auth_line").rsplit(';').next().expect("framing"));
                    assert_eq!(established.receives.name(), text(other, "auth_line").rsplit(';').next().expect("one"));
                    assert_eq!(handshake.into_rest(), b"rest");
                }
                false => assert!(matches!(done, Err(Refusal::AuthenticationFailed(_))), "{done:?}"),
            }
        }
    }
}

#[test]
fn the_recorded_data_connection_is_begun_in_both_roles_and_what_follows_is_the_programs() {
    let case = recorded("v1-dataconn-stream.json");
    let sent = |side: &str| -> String {
        let events = list(&case["events"]).iter().filter(|event| event["from"] == side);
        events.map(|event| text(event, "text")).collect()
    };
    for (own, other) in [("initiator", "acceptor"), ("acceptor", "initiator")] {
        let (own_bytes, other_bytes) = (sent(own), sent(other));
        let lines: Vec<&str> = own_bytes.lines().collect();
        let mut handshake = side(lines[0], lines[1], text(&case["secrets"], own));
        handshake.feed(other_bytes.as_bytes());
        let (written, established) = run(&mut handshake).expect("they accept each other");
        assert_eq!(String::from_utf8(written).expect("text"), format!("{}\n", lines[2]), "{own}");
        assert_eq!(established.expect("all lines are there").word, "aemp-dataconn", "{own}");
        assert_eq!(handshake.remote().and_then(|greeting| greeting.key("dataconn_id")).is_some(), own == "acceptor");
        let rest = String::from_utf8(handshake.into_rest()).expect("text");
        assert_eq!(rest, if own == "acceptor" { "line from beta\n" } else { "" });
    }
}

#[test]
fn the_manuals_example_verifies_although_its_version_is_not_spoken() {
    let case = &recorded("auth-1x.json")["vectors"][0];
    for (own, other) in [("initiator", "acceptor"), ("acceptor", "initiator")] {
        let lines = [own, other]
            .map(|side| format!("{}\n{}\n", text(&case[side], "greeting1"), text(&case[side], "greeting2")));
        let secret = Secret::new(text(&case[own], "secret"));
        let data = AuthMethod::HmacMd6.data(secret.as_ref(), lines.concat().as_bytes());
        assert_eq!(data.as_deref(), case[own]["auth_value"].as_str());
    }
}

#[test]
fn tls_roles_and_proofs_are_the_recorded_ones() {
    let case = recorded("v1-tls-greeting.json");
    for (own, other) in [("initiator", "acceptor"), ("acceptor", "initiator")] {
        let (own, other) = (&case[own], &case[other]);
        let mut handshake = side(text(own, "greeting1"), text(own, "greeting2"), "geheim");
        handshake.feed(format!("{}\n{}\nTLS", text(other, "greeting1"), text(other, "greeting2")).as_bytes());
        assert_eq!(handshake.step(), Ok(Step::Greeted));
        let role = if text(own, "tls_role") == "client" { TlsRole::Client } else { TlsRole::Server };
        assert_eq!(handshake.step(), Ok(Step::StartTls(role)));
        assert_eq!(handshake.take_rest(), b"TLS");
        let proof = format!("tls_md6_64_256;{};json\n", text(own, "auth_value"));
        assert_eq!(handshake.step(), Ok(Step::Send(proof.into_bytes())));
        handshake.feed(format!("tls_md6_64_256;{};json\n", text(other, "auth_value")).as_bytes());
        assert!(matches!(handshake.step(), Ok(Step::Done(_))));
    }
}

#[test]
fn two_nodes_of_nuncio_speak_both_generations_and_each_sends_what_the_other_prefers() {
    let (mut left, mut right) = (policy("left", "geheim"), policy("right", "geheim"));
    left.framings = vec![Framing::Json, Framing::Storable];
    right.framings = vec![Framing::Storable, Framing::Json];
    let ends = talk(&mut Handshake::new(left, "aemp", "a"), &mut Handshake::new(right, "aemp", "b"));
    let [left, right] = ends.map(|end| end.expect("no refusal").expect("done"));
    assert_eq!((left.generations, right.generations), (BOTH.to_vec(), BOTH.to_vec()));
    assert_eq!((left.sends, left.receives), (Framing::Storable, Framing::Json));
    assert_eq!((right.sends, right.receives), (Framing::Json, Framing::Storable));
    assert_eq!((left.method, right.method), (AuthMethod::HmacSha3, AuthMethod::HmacSha3));
}

#[test]
fn each_generation_is_answered_in_its_own() {
    for one in BOTH {
        let mut old = policy("old", "geheim");
        old.auth_accept = Policy::methods(&[one]);
        old.auth_offer.clone_from(&old.auth_accept);
        let ends =
            talk(&mut Handshake::new(old, "aemp", "a"), &mut Handshake::new(policy("new", "geheim"), "aemp", "b"));
        for established in ends.map(|end| end.expect("no refusal").expect("done")) {
            assert_eq!((established.generations, established.method.generation()), (vec![one], Some(one)));
        }
    }
}

/// How a node refuses one that sends these lines.
fn refusal(lines: &str) -> Refusal {
    let mut handshake = Handshake::new(policy("me", "geheim"), "aemp", "my-nonce");
    handshake.feed(lines.as_bytes());
    run(&mut handshake).map(|(written, done)| (String::from_utf8(written), done)).expect_err(lines)
}

const HMAC: &str = "hmac_sha3_512,hmac_md6_64_256";

#[test]
fn what_cannot_be_trusted_is_refused_before_anything_is_proven() {
    let greeting = |word: &str, version: &str, node: &str| format!("{word};{version};{node};{HMAC};json\nn\n");
    assert_eq!(refusal(&greeting("aemp", "1", "me")), Refusal::OwnId);
    assert_eq!(refusal(&greeting("aemp-dataconn", "1", "me")), Refusal::OwnId);
    assert_eq!(refusal(&greeting("aemp", "2", "you")), Refusal::VersionMismatch("2".to_owned()));
    assert_eq!(refusal(&greeting("smtp", "1", "you")), Refusal::NotAGreeting);
    assert_eq!(refusal(&greeting("aemp", "1", "")), Refusal::InvalidNodeId);
    assert_eq!(refusal(&greeting("aemp", "1", "a b")), Refusal::InvalidNodeId);
    assert_eq!(refusal(&format!("aemp;1;you;{HMAC};json\nmy-nonce\n")), Refusal::Echo);
    assert_eq!(refusal("aemp;1;you;rot13;json\nn\n"), Refusal::NoCommonAuthentication("rot13".to_owned()));
    assert_eq!(refusal("aemp;1;you;cleartext;json\nn\n"), Refusal::NoCommonAuthentication("cleartext".to_owned()));
    assert_eq!(
        refusal("aemp;1;you;tls_sha3_512;json\nn\n"),
        Refusal::NoCommonAuthentication("tls_sha3_512".to_owned())
    );
    assert_eq!(refusal(&format!("aemp;1;you;{HMAC};xml\nn\n")), Refusal::NoCommonFraming("xml".to_owned()));
}

#[test]
fn a_line_may_have_4096_bytes_with_its_end_and_not_one_more() {
    let line = |length: usize| {
        let start = format!("aemp;1;you;{HMAC};json;x=");
        format!("{start}{}\n", "x".repeat(length - start.len() - 1))
    };
    let mut handshake = Handshake::new(policy("me", "geheim"), "aemp", "my-nonce");
    handshake.feed(format!("{}n\n", line(4096)).as_bytes());
    assert_eq!(handshake.step(), Ok(Step::Greeted));
    assert_eq!(refusal(&line(4097)), Refusal::LineTooLong(4096));
    assert_eq!(refusal(&"x".repeat(4096)), Refusal::LineTooLong(4096));
    assert_eq!(refusal(&format!("aemp;1;you;{HMAC};json\n{}", "n".repeat(5000))), Refusal::LineTooLong(4096));
}

#[test]
fn a_proof_that_is_sent_back_or_of_another_kind_is_refused() {
    for word in ["aemp", "aemp-dataconn"] {
        let mut handshake = Handshake::new(policy("me", "geheim"), word, "my-nonce");
        handshake.feed(format!("aemp;1;you;{HMAC};json\nyour-nonce\n").as_bytes());
        let (own, _) = run(&mut handshake).expect("so far all is well");
        handshake.feed(&own);
        assert_eq!(run(&mut handshake), Err(Refusal::AuthenticationFailed(AuthMethod::HmacSha3)));
    }
    for (line, method) in [("cleartext;67656865696d;json", "cleartext"), ("tls_anon;;json", "tls_anon"), ("x", "x")] {
        let lines = format!("aemp;1;you;{HMAC};json\nn\n{line}\n");
        assert_eq!(refusal(&lines), Refusal::AuthenticationUnacceptable(method.to_owned()));
    }
    assert_eq!(
        refusal(&format!("aemp;1;you;{HMAC};json\nn\nhmac_sha3_512;00;json\n")),
        Refusal::AuthenticationFailed(AuthMethod::HmacSha3)
    );
}

#[test]
fn without_a_secret_nothing_but_a_certificate_proves_anything() {
    let mut lonely = policy("me", "");
    assert_eq!(lonely.secret, None);
    lonely.auth_accept.push(AuthMethod::Cleartext);
    let mut handshake = Handshake::new(lonely, "aemp", "my-nonce");
    handshake.feed(format!("aemp;1;you;{HMAC};json\nn\ncleartext;;json\n").as_bytes());
    assert_eq!(run(&mut handshake), Err(Refusal::NoCommonAuthentication(HMAC.to_owned())));
}

#[test]
fn over_tls_only_the_certificate_counts_and_without_it_plain_text_can_be_forbidden() {
    let mut guarded = policy("me", "geheim");
    guarded.has_certificate = true;
    guarded.allows_plaintext = false;
    let greeting = |tls: &str| format!("aemp;1;you;tls_sha3_512,{HMAC};json{tls}\nn\n");
    let mut handshake = Handshake::new(guarded.clone(), "aemp", "my-nonce");
    handshake.feed(greeting("").as_bytes());
    assert_eq!(run(&mut handshake), Err(Refusal::PlaintextNotAllowed));

    let mut handshake = Handshake::new(guarded, "aemp", "my-nonce");
    handshake.feed(greeting(";tls=1.0").as_bytes());
    let (written, _) = run(&mut handshake).expect("both have a certificate");
    assert!(written.starts_with(b"tls_sha3_512;"));
    handshake.feed(b"hmac_sha3_512;00;json\n");
    assert_eq!(run(&mut handshake), Err(Refusal::AuthenticationUnacceptable("hmac_sha3_512".to_owned())));
}

#[test]
fn a_simple_client_that_shows_the_secret_is_accepted_where_that_is_allowed() {
    let case = recorded("v1-cleartext-simple-client.json");
    let connection = &case["connections"][0];
    let (client, node) = (&connection["initiator"], &connection["acceptor"]);
    let mut offering = policy("rustnode.1", "geheim");
    offering.auth_offer = vec![AuthMethod::Cleartext];
    let mut handshake =
        Handshake::with_lines(offering, "aemp", text(client, "greeting1").to_owned(), text(client, "greeting2"));
    handshake.feed(format!("{}\n{}\n", text(node, "greeting1"), text(node, "greeting2")).as_bytes());
    let (written, _) = run(&mut handshake).expect("it is willing");
    assert_eq!(String::from_utf8(written).expect("text"), format!("{}\n", text(client, "auth_line")));
    handshake.feed(format!("{}\n", text(node, "auth_line")).as_bytes());
    assert!(matches!(run(&mut handshake), Ok((_, Some(established))) if established.generations == [Generation::One]));
}
