//! Recorded connections, replayed in both roles: what the one side sent is sent again, and what nuncio answers is what
//! the other side answered. Names that are random, and times, are compared as such.

mod support;

use std::collections::BTreeMap;

use nuncio_codec::{Map, Text, Value};
use nuncio_mesh::proto::Generation;
use nuncio_mesh::proto::framing::{Packet, text_of};
use nuncio_mesh::proto::kernel::{
    Action, ConnectionId, Hello, Kernel, Moment, MonitorId, Notify, PortKind, Question, split,
};
use serde_json::{Value as Json, json};

use self::support::kernel::{actions, at, config, node};
use self::support::{as_perl, bytes, json, list, recorded, text, value};

const CONNECTION: ConnectionId = ConnectionId(7);
const CONNECT: &str = "AnyEvent::MP::Global::connect";

/// A recorded connection between two nodes, without the handshake.
struct Recorded {
    generation: Generation,
    /// Who sent what, when: the sides are `initiator` and `acceptor`.
    messages: Vec<(f64, String, Json)>,
    connection: Json,
}

impl Recorded {
    fn read(file: &str) -> Self {
        let case = recorded(file);
        let connection = case["connections"][0].clone();
        let generation = if file.starts_with("v1") { Generation::One } else { Generation::Two };
        let mut messages = Vec::new();
        for side in ["initiator", "acceptor"] {
            let mut left = list(&connection[side]["messages"]).iter().cloned();
            let framing = text(&connection[side], "framing_sent").parse().expect("a framing");
            let mut reader = nuncio_mesh::proto::framing::Reader::new(framing, Default::default());
            let (mut stream, mut lines) = (Vec::new(), 3);
            for event in list(&connection["events"]).iter().filter(|event| event["from"] == side) {
                match (event["text"].as_str(), event["hex"].as_str()) {
                    (Some(text), _) => stream.extend_from_slice(text.as_bytes()),
                    (_, Some(hex)) => stream.extend(bytes(hex)),
                    _ => continue,
                }
                while lines > 0 {
                    let Some(end) = stream.iter().position(|byte| *byte == b'\n') else { break };
                    stream.drain(..=end);
                    lines -= 1;
                }
                while let Some((_, length)) = reader.next(&stream).expect("recorded messages are well-formed") {
                    stream.drain(..length);
                    let message = left.next().expect("as many messages as were recorded");
                    messages.push((event["t"].as_f64().expect("a time"), side.to_owned(), message));
                }
            }
        }
        messages.sort_by(|left, right| left.0.total_cmp(&right.0));
        Self { generation, messages, connection }
    }

    fn node_of(&self, side: &str) -> String {
        text(&self.connection[side], "greeting1").split(';').nth(2).expect("a node id").to_owned()
    }

    fn sent_by<'a>(&'a self, side: &'a str) -> impl Iterator<Item = &'a Json> {
        self.messages.iter().filter(move |(_, of, _)| of == side).map(|(_, _, message)| message)
    }
}

fn packet(message: &Json) -> Packet {
    let mut elements = list(message).iter();
    let port = elements.next().map_or("", |port| port.as_str().expect("a port is text"));
    Packet::new(port, elements.map(value).collect::<Vec<_>>())
}

fn as_json(packet: &Packet) -> Json {
    std::iter::once(Json::from(&*packet.port)).chain(packet.elements.iter().map(json)).collect()
}

/// The name of the port that this side spawned on the other for the mesh.
fn rendezvous<'a>(mut messages: impl Iterator<Item = &'a Json>) -> Option<String> {
    messages.find(|message| message[3] == CONNECT).map(|message| message[2].as_str().expect("a name").to_owned())
}

/// Messages as they can be compared: what is about the mesh, and what is not, in order each.
fn comparable<'a>(messages: impl Iterator<Item = &'a Json> + Clone) -> [Vec<Json>; 2] {
    let own = rendezvous(messages.clone()).unwrap_or_default();
    let mut parts = [Vec::new(), Vec::new()];
    for message in messages {
        let is_of_mesh = message[0] == own.as_str() || message[2] == own.as_str() || message[1] == "g_global";
        let text = as_perl(message).to_string().replace(&format!("\"{own}\""), "\"RENDEZVOUS\"");
        let mut message: Json = serde_json::from_str(&text).expect("JSON");
        for element in message.as_array_mut().expect("a list") {
            if element.as_str().is_some_and(|text| text.starts_with("17951") && text.contains('.')) {
                *element = Json::from("TIME");
            }
        }
        parts[usize::from(!is_of_mesh)].push(message);
    }
    parts
}

/// What the recorded functions do: one answers a `ping`, one ends before it has begun.
fn play(kernel: &mut Kernel, now: Moment, init: &mut BTreeMap<Text, Vec<Value>>) -> (Vec<Packet>, Vec<Action>) {
    let (mut sent, mut others) = (Vec::new(), Vec::new());
    while let Some(action) = kernel.poll() {
        match action {
            Action::Send { connection, packet } => {
                assert_eq!(connection, CONNECTION);
                sent.push(packet);
            }
            Action::Spawn { port, function, arguments } => match &*function {
                "::die_init" => {
                    let own = kernel.node().clone();
                    kernel.kill(now, &own, &port, vec!["die".into()]);
                }
                _ => drop(init.insert(port, arguments)),
            },
            Action::Deliver { port, elements } if init.contains_key(&port) => {
                assert_eq!(elements[0], Value::from("ping"));
                let to = text_of(&elements[1]).expect("a port").parse().expect("a port id");
                let (node, port_there) = split(&to);
                let elements = std::iter::once("pong".into()).chain(init[&port].iter().cloned()).collect();
                kernel.send(now, &node, Packet { port: port_there, elements });
            }
            action => others.push(action),
        }
    }
    (sent, others)
}

fn connected(recorded: &Recorded, own: &str, other: &str) -> Kernel {
    let mut config = config(&recorded.node_of(own), &[recorded.generation]);
    config.binds = binds(recorded, own);
    let other_address = "127.0.0.1:4242".to_owned();
    if own == "initiator" {
        config.seeds = vec![other_address.clone()];
    }
    let mut kernel = Kernel::new(config);
    for function in ["::echo_init", "::die_init", "::remote_fn"] {
        kernel.register_function(function);
    }
    let dialled = (own == "initiator").then_some(other_address);
    let hello = Hello {
        node: node(&recorded.node_of(other)),
        generations: vec![recorded.generation],
        incarnation: None,
        dialled,
    };
    kernel.connected(at(0.0), CONNECTION, hello);
    kernel
}

/// The addresses that a side has told.
fn binds(recorded: &Recorded, side: &str) -> Vec<String> {
    let told = |message: &Json| match (message[1].as_str()?, recorded.generation) {
        ("addr", Generation::One) => Some(message[2].clone()),
        ("g_slave", _) => Some(message[2]["'l"][recorded.node_of(side)].clone()).filter(Json::is_array),
        ("g_found", _) if message[2] == recorded.node_of(side).as_str() => Some(message[3].clone()),
        _ => None,
    };
    let addresses = recorded.sent_by(side).find_map(told).unwrap_or_else(|| json!([]));
    list(&addresses).iter().map(|address| address.as_str().expect("text").to_owned()).collect()
}

const EXERCISED: [&str; 8] = [
    "v1-json-first-minute.json",
    "v1-json-node-protocol.json",
    "v1-storable-node-protocol.json",
    "v1-mixed-framing.json",
    "v2-cbor-node-protocol.json",
    "v2-json-node-protocol.json",
    "v2-storable-node-protocol.json",
    "v2-secure-mode.json",
];

#[test]
fn as_acceptor_nuncio_answers_as_the_original_did() {
    for file in EXERCISED {
        let recorded = Recorded::read(file);
        let mut kernel = connected(&recorded, "acceptor", "initiator");
        let mut init = BTreeMap::new();
        let (mut sent, _) = play(&mut kernel, at(0.0), &mut init);
        for (time, side, message) in &recorded.messages {
            if side == "acceptor" {
                continue;
            }
            kernel.tick(at(*time));
            sent.extend(play(&mut kernel, at(*time), &mut init).0);
            // In its secure mode the original spawns nothing, while here its function is registered.
            let is_refused = file.contains("secure") && message[1] == "AnyEvent::MP::_spawn";
            if message[1] == "eval" && message[2].as_str().is_some_and(|code| code.contains("mon ")) {
                // The code that nuncio does not run watches a port.
                let port = recorded.sent_by("acceptor").last().expect("it was watched")[2].as_str().expect("text");
                kernel.monitor(at(*time), &node(&recorded.node_of("initiator")), port, Notify::Fired);
            } else if !is_refused {
                kernel.packet(at(*time), CONNECTION, packet(message));
            }
            sent.extend(play(&mut kernel, at(*time), &mut init).0);
        }
        kernel.tick(at(20.0));
        sent.extend(play(&mut kernel, at(20.0), &mut init).0);

        let sent: Vec<Json> = sent.iter().map(as_json).collect();
        let is_answer_to_code = |message: &Json| {
            recorded.sent_by("initiator").any(|request| {
                request[1] == "eval"
                    && request[3]
                        .as_str()
                        .is_some_and(|to| to.ends_with(&format!("#{}", message[0].as_str().expect("a port"))))
            })
        };
        let expected = recorded.sent_by("acceptor").filter(|message| !is_answer_to_code(message));
        let (sent, expected) = (comparable(sent.iter()), comparable(expected.collect::<Vec<_>>().into_iter()));
        assert_eq!(sent[0], expected[0], "{file}: the mesh");
        assert_eq!(
            sent[1].iter().map(distinct).collect::<Vec<_>>(),
            expected[1].iter().map(distinct).collect::<Vec<_>>(),
            "{file}"
        );
    }
}

/// A list of known nodes says some of them twice, and in any order.
fn distinct(message: &Json) -> Json {
    let mut elements = list(message).to_vec();
    if elements.len() > 2 && elements[1..].iter().all(|element| ["alpha", "beta"].iter().any(|node| element == node)) {
        elements[1..].sort_by_key(Json::to_string);
        elements.dedup();
    }
    Json::Array(elements)
}

#[test]
fn as_initiator_nuncio_asks_as_the_original_did_and_understands_the_answers() {
    for file in EXERCISED {
        let recorded = Recorded::read(file);
        let mut asking = Asking::new(&recorded);
        for (time, side, message) in &recorded.messages {
            match side.as_str() {
                "acceptor" => asking.hear(*time, message),
                _ => asking.repeat(*time, message),
            }
        }
        asking.check(file);
    }
}

/// The initiator's side, which does again what the original did.
struct Asking<'a> {
    recorded: &'a Recorded,
    kernel: Kernel,
    other: nuncio_core::NodeId,
    /// Recorded names of ports on the other side, and what they are called now.
    names: BTreeMap<String, Text>,
    monitors: BTreeMap<String, MonitorId>,
    /// What was expected to be sent and has not been sent yet.
    sent: Vec<Json>,
    expected: Vec<Json>,
    fired: Vec<(MonitorId, Json)>,
    delivered: Vec<Json>,
    replies: Vec<Json>,
    changed: Vec<Json>,
}

impl<'a> Asking<'a> {
    fn new(recorded: &'a Recorded) -> Self {
        let mut asking = Self {
            recorded,
            kernel: connected(recorded, "initiator", "acceptor"),
            other: node(&recorded.node_of("acceptor")),
            names: BTreeMap::new(),
            monitors: BTreeMap::new(),
            sent: Vec::new(),
            expected: Vec::new(),
            fired: Vec::new(),
            delivered: Vec::new(),
            replies: Vec::new(),
            changed: Vec::new(),
        };
        asking.make_ports();
        asking.take_actions();
        asking
    }

    /// Makes the ports that the answers went to.
    fn make_ports(&mut self) {
        let theirs = rendezvous(self.recorded.sent_by("acceptor"));
        for message in self.recorded.sent_by("acceptor") {
            for port in [&message[0], &message[2]] {
                let is_watched = message[1] == "mon1" || port == &message[0];
                let port = port.as_str().filter(|port| is_watched && theirs.as_deref() != Some(*port));
                self.kernel.create_named_port(port.unwrap_or_default(), PortKind::Private);
            }
        }
        for message in self.recorded.sent_by("initiator") {
            for element in list(message) {
                let key = element.as_object().and_then(|map| map.keys().next().map(String::as_str));
                if let Some((_, port)) = element.as_str().or(key).and_then(|text| text.split_once('#')) {
                    self.kernel.create_named_port(port, PortKind::Private);
                }
            }
        }
    }

    fn hear(&mut self, time: f64, message: &Json) {
        self.kernel.tick(at(time));
        let mut message = message.clone();
        // The answer speaks of the port by the name that it has now.
        for element in message.as_array_mut().expect("a list") {
            if let Some(now) = element.as_str().and_then(|name| self.names.get(name)) {
                *element = Json::from(&**now);
            }
        }
        self.kernel.packet(at(time), CONNECTION, packet(&message));
        self.take_actions();
    }

    /// Does what made the original send this.
    fn repeat(&mut self, time: f64, message: &Json) {
        let now = at(time);
        self.kernel.tick(now);
        let own = rendezvous(self.recorded.sent_by("initiator"));
        let is_of_mesh =
            [&message[0], &message[2]].iter().any(|port| port.is_string() && port.as_str() == own.as_deref());
        let other = self.other.clone();
        let family = || message[2].as_str().expect("a family").to_owned();
        let name = |names: &BTreeMap<String, Text>| {
            let name = message[2].as_str().expect("a port").to_owned();
            names.get(&name).cloned().unwrap_or_else(|| Text::from(&*name))
        };
        let tag = if message[0] == "" { message[1].as_str().unwrap_or_default() } else { "" };
        match tag {
            _ if is_of_mesh && ["reg1", "reg0"].iter().all(|tag| message[1] != *tag) => return,
            "g_slave" | "g_find" if message[2] != "epsilon" => return,
            "AnyEvent::MP::_spawn" => {
                let arguments = list(message)[4..].iter().map(value).collect();
                let name = self.kernel.spawn(now, &other, message[3].as_str().expect("a name"), arguments);
                self.names.insert(message[2].as_str().expect("a name").to_owned(), name);
            }
            "mon1" => {
                let monitor = self.kernel.monitor(now, &other, &name(&self.names), Notify::Fired);
                self.monitors.insert(message[2].as_str().expect("a port").to_owned(), monitor);
            }
            "mon0" => self.kernel.unmonitor(now, self.monitors[message[2].as_str().expect("a port")]),
            "kil" | "kil1" => {
                let reason = list(message)[3..].iter().map(value).collect();
                self.kernel.kill(now, &other, &name(&self.names), reason);
            }
            "kil0" => {
                let own = self.kernel.node().clone();
                self.kernel.kill(now, &own, message[2].as_str().expect("a port"), vec![value(&message[3])]);
            }
            "g_upd" if message[3].is_object() && message[3].to_string().contains('#') => {
                let (group, port) =
                    (family(), message[3].as_object().expect("a map").keys().next().expect("a port").clone());
                assert!(self.kernel.join_group(now, &group, port.split_once('#').expect("an id").1));
            }
            "g_upd" if message[4].to_string().contains('#') => {
                let port = message[4][0].as_str().expect("a port").split_once('#').expect("an id").1;
                self.kernel.leave_group(now, &family(), port);
            }
            "g_upd" if message[3].is_object() => {
                let Value::Map(set) = value(&message[3]) else { unreachable!("it is a map") };
                self.kernel.set(now, &family(), set);
            }
            "g_upd" => {
                let keys: Vec<Text> = list(&message[4]).iter().map(|key| key.as_str().expect("a key").into()).collect();
                self.kernel.delete(now, &family(), &keys);
            }
            "g_mon1" => assert!(self.kernel.subscribe(now, &family())),
            "g_mon0" => self.kernel.unsubscribe(now, &family()),
            "g_db_keys" => drop(self.kernel.query(now, Question::Keys, &family())),
            "g_db_family" => drop(self.kernel.query(now, Question::Family, &family())),
            "g_db_values" => drop(self.kernel.query(now, Question::Values, &family())),
            "g_find" => {
                self.kernel.send(now, &node("epsilon"), Packet::new("p", Vec::new()));
            }
            _ if message[1] == "reg1" => {
                let port = message[3].as_str().expect("a port").split_once('#').expect("an id").1;
                assert!(self.kernel.join_group(now, message[2].as_str().expect("a group"), port));
            }
            _ if message[1] == "reg0" => {
                let port = message[3].as_str().expect("a port").split_once('#').expect("an id").1;
                self.kernel.leave_group(now, message[2].as_str().expect("a group"), port);
            }
            _ => {
                let mut packet = packet(message);
                packet.port = self.names.get(&*packet.port).cloned().unwrap_or(packet.port);
                self.kernel.send(now, &other, packet);
            }
        }
        self.expected.push(message.clone());
        self.take_actions();
    }

    fn take_actions(&mut self) {
        for action in actions(&mut self.kernel) {
            match action {
                Action::Send { packet, .. } => self.sent.push(as_json(&packet)),
                Action::Fired { monitor, reason } => self.fired.push((monitor, reason.iter().map(json).collect())),
                Action::Deliver { port, elements } => self.delivered.push(as_json(&Packet { port, elements })),
                Action::Reply { answer, .. } => self.replies.push(json(&answer)),
                Action::Changed { family, set, deleted } => {
                    let deleted: Vec<&str> = deleted.iter().map(|key| &**key).collect();
                    self.changed.push(json!([&*family, json(&Value::Map(set)), deleted]));
                }
                _ => {}
            }
        }
    }

    fn check(mut self, file: &str) {
        self.kernel.tick(at(20.0));
        self.take_actions();
        let by_name: BTreeMap<&str, &str> = self.names.iter().map(|(was, is)| (&**is, was.as_str())).collect();
        let own = rendezvous(self.sent.iter()).unwrap_or_default();
        let is_of_mesh = |message: &&Json| {
            message[0] == own.as_str() && !own.is_empty() && message[1] != "reg1" && message[1] != "reg0"
                || message[2] == own.as_str() && !own.is_empty()
                || message[1] == "g_slave"
        };
        let recorded_own = rendezvous(self.recorded.sent_by("initiator")).unwrap_or_default();
        let sent = self.sent.iter().filter(|message| !is_of_mesh(message));
        let sent: Vec<Json> = sent
            .map(|message| {
                let named = list(message).iter().map(|element| match element.as_str() {
                    Some(name) if name == own && !own.is_empty() => Json::from(recorded_own.as_str()),
                    Some(name) => Json::from(by_name.get(name).copied().unwrap_or(name)),
                    None => element.clone(),
                });
                as_perl(&named.collect())
            })
            .collect();
        let expected: Vec<Json> = self.expected.iter().map(as_perl).collect();
        assert_eq!(sent, expected, "{file}");

        // What was watched has ended as it did then, and every answer has arrived where it was wanted.
        let ends = self.recorded.sent_by("acceptor").filter(|message| message[1] == "kil0");
        let ends: Vec<Json> = ends.map(|message| list(message)[3..].iter().cloned().collect()).collect();
        let is = |reason: &Json| -> Json {
            list(reason)
                .iter()
                .map(|element| match element.as_str().and_then(|text| text.split_once('#')) {
                    Some((node, port)) => Json::from(format!("{node}#{}", by_name.get(port).unwrap_or(&port))),
                    None => element.clone(),
                })
                .collect()
        };
        assert_eq!(self.fired.iter().map(|(_, reason)| is(reason)).collect::<Vec<_>>(), ends, "{file}");
        let theirs = rendezvous(self.recorded.sent_by("acceptor"));
        let answers = self
            .recorded
            .sent_by("acceptor")
            .filter(|message| message[0] != "" && theirs.as_deref() != message[0].as_str());
        assert_eq!(
            self.delivered.iter().map(as_perl).collect::<Vec<_>>(),
            answers.map(as_perl).collect::<Vec<_>>(),
            "{file}"
        );
        if self.recorded.generation == Generation::Two {
            let replies: Vec<Json> = self.replies.iter().map(as_perl).collect();
            assert_eq!(replies, [json!(["red"]), json!({"red": "2"}), json!(["2"])], "{file}");
            let first = json!(["colors", {"red": 1, "blue": [1, 2]}, []]);
            let then = [json!(["colors", {"red": "2"}, []]), json!(["colors", {}, ["blue"]])];
            assert_eq!(
                self.changed.iter().map(as_perl).collect::<Vec<_>>(),
                [first, then[0].clone(), then[1].clone()].map(|change| as_perl(&change)),
                "{file}"
            );
        }
    }
}

#[test]
fn a_whole_mesh_message_of_a_stranger_changes_nothing() {
    let mut kernel = Kernel::new(config("me", &[Generation::One]));
    let hello = Hello { node: node("you"), generations: vec![Generation::One], incarnation: None, dialled: None };
    kernel.connected(at(0.0), CONNECTION, hello);
    let hostile = [
        json!(["", "AnyEvent::MP::_spawn", "p", "main::run", 1]),
        json!(["", "eval", "1", "you#x"]),
        json!(["", "kil", "own", "why"]),
        json!(["", "snd", "third#port", "x"]),
        json!(["", "snd", "me#own", "x"]),
        json!(["", "snd", "me", "snd", "me", "snd", "third#port"]),
        json!(["", "info", "third#port"]),
        json!(["", "snd_multiple", 7, [], ["third#port"]]),
        json!(["", "mon1"]),
        json!(["", "mon1", {}]),
        json!(["", ["mon1"], "own"]),
        json!(["", "g_upd", "f", {"k": 1}]),
        json!(["", "g_slave"]),
        json!(["nobody", "x"]),
        json!([""]),
    ];
    assert!(kernel.create_named_port("own", PortKind::Private));
    actions(&mut kernel);
    for message in hostile {
        kernel.packet(at(1.0), CONNECTION, packet(&message));
        assert_eq!(actions(&mut kernel), [], "{message}");
    }
    assert!(kernel.has_port("own") && !kernel.has_port("p"));
    assert_eq!(kernel.families(), Map::new());
}
