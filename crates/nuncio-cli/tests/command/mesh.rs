//! `nuncio mesh`: a node that runs, and what others do with it.

use std::fs;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::{ChildStdout, Command, Stdio};

use rustix::process::Signal;
use serde_json::{Value, json as object};

use crate::place::{Outcome, Place, Running, json, next_line, run, run_with_input};

/// A running node, and what it prints.
struct Meshed {
    place: Place,
    node: Running,
    lines: BufReader<ChildStdout>,
    address: String,
}

impl Drop for Meshed {
    fn drop(&mut self) {
        // Both fail if it has ended already.
        let _ = self.node.child.kill();
        let _ = self.node.child.wait();
    }
}

fn secret(place: &Place, name: &str, content: &str) -> PathBuf {
    let path = place.path().join(name);
    fs::write(&path, content).unwrap();
    path
}

impl Meshed {
    fn start(arguments: &[&str]) -> Self {
        Self::start_as("alpha", arguments)
    }

    fn start_as(name: &str, arguments: &[&str]) -> Self {
        let place = Place::new();
        let secret = secret(&place, "secret", "geheim\n");
        let fixed = ["mesh", "run", "--node", name, "--bind", "127.0.0.1:0", "--json", "--secret-file"];
        let mut command = place.nuncio([&fixed[..], &[secret.to_str().unwrap()], arguments].concat());
        let mut node = Running::start(command.stdout(Stdio::piped()));
        let mut lines = node.lines();
        let ready = json(&next_line(&mut lines));
        assert_eq!((&ready["event"], &ready["node"]), (&object!("ready"), &object!(name)));
        let address = ready["addresses"][0].as_str().unwrap().to_owned();
        Self { place, node, lines, address }
    }

    fn verb(&self, arguments: &[&str]) -> Command {
        let secret = self.place.path().join("secret");
        let through = ["--seed", &self.address, "--secret-file", secret.to_str().unwrap()];
        self.place.nuncio([&["mesh", arguments[0]], &through[..], &arguments[1..]].concat())
    }

    fn prints(&self, arguments: &[&str]) -> String {
        run(&mut self.verb(arguments)).printed()
    }

    /// Runs a verb, which fails with `code` and says `words`.
    fn fails(&self, arguments: &[&str], code: i32, words: &str) {
        let Outcome { status, stdout, stderr } = run(&mut self.verb(arguments));
        assert_eq!(status.code(), Some(code), "{arguments:?}: {stderr}");
        assert!(stderr.contains(words), "{arguments:?}: {stderr}");
        assert_eq!(stdout, "", "{arguments:?}");
    }

    /// The next event of this kind; those of nodes that come and go are passed over.
    fn event(&mut self, kind: &str) -> Value {
        loop {
            let event = json(&next_line(&mut self.lines));
            if event["event"] == kind {
                return event;
            }
            assert!(event["event"].as_str().unwrap().starts_with("node_"), "{event}");
        }
    }
}

#[test]
fn messages_are_printed_by_the_node_that_has_the_port() {
    let mut meshed = Meshed::start(&["--port", "p"]);
    assert_eq!(meshed.prints(&["send", "alpha#p", "\"hello\"", r#"{"a":[1,2.5,null,true]}"#, "-7"]), "");
    let event = meshed.event("message");
    let message = object!(["hello", {"a": [1, 2.5, null, true]}, -7]);
    assert_eq!(event, object!({"event": "message", "port": "alpha#p", "message": message}));
    assert_eq!(meshed.prints(&["kill", "alpha#p", "\"bye\""]), "");
    assert_eq!(meshed.event("port_down"), object!({"event": "port_down", "port": "alpha#p", "reason": ["bye"]}));
}

#[test]
fn commands_are_spawned_and_answer() {
    let echo = r#"My::echo=sh -c 'read -r arguments; while read -r line; do printf "%s\n" "$line" | sed "s/^\[\"ping\",\(.*\)\]$/[\1,\"pong\",$arguments]/"; done'"#;
    let mut meshed = Meshed::start(&["--spawn", echo, "--port", "answers", "--spawn", "My::end=false"]);
    let spawn = |name: &str, function: &str| {
        let (name, function) = (format!("\"{name}\""), format!("\"{function}\""));
        meshed.prints(&["send", "alpha", "\"AnyEvent::MP::_spawn\"", &name, &function, "\"x\"", "1"]);
    };
    spawn("spawned", "My::echo");
    let answer = meshed.prints(&["call", "alpha#spawned", "\"ping\""]);
    assert_eq!(json(&answer), object!(["pong", ["x", 1]]));
    meshed.prints(&["send", "alpha#spawned", "\"ping\"", "\"alpha#answers\""]);
    assert_eq!(meshed.event("message")["message"], object!(["pong", ["x", 1]]));

    let secret = meshed.place.path().join("secret");
    let watch = ["mesh", "monitor", "alpha#spawned", "--seed", &meshed.address, "--secret-file"];
    let mut watching = meshed.place.nuncio([&watch[..], &[secret.to_str().unwrap()]].concat());
    let mut watching = Running::start(watching.stdout(Stdio::piped()));
    let mut lines = watching.lines();
    // The node sees the watching one come before that one can have set its monitor; killing waits for no sign.
    let end = std::thread::scope(|scope| {
        let end = scope.spawn(|| json(&next_line(&mut lines)));
        while !end.is_finished() {
            meshed.prints(&["kill", "alpha#spawned", "\"enough\""]);
            std::thread::yield_now();
        }
        end.join().unwrap()
    });
    assert_eq!(end["port"], "alpha#spawned");
    assert!(["enough", "no_such_port"].contains(&end["reason"][0].as_str().unwrap()), "{end}");
    assert!(watching.end().success());

    let mut meshed = Meshed::start(&["--spawn", "My::end=false"]);
    meshed.prints(&["send", "alpha", "\"AnyEvent::MP::_spawn\"", "\"s\"", "\"My::end\""]);
    let down = meshed.event("port_down");
    assert_eq!((&down["port"], &down["reason"][0]), (&object!("alpha#s"), &object!("die")));
    assert!(down["reason"][1].as_str().unwrap().contains("exit status: 1"), "{down}");
}

#[test]
fn nodes_groups_and_the_database_are_listed() {
    let meshed = Meshed::start(&["--port", "p", "--port", "q", "--group", "workers=p", "--group", "workers=q"]);
    for generation in ["1", "2"] {
        let prints = |arguments: &[&str]| meshed.prints(&[arguments, &["--generation", generation]].concat());
        assert_eq!(json(&prints(&["nodes", "--json"])), object!({"version": 1, "nodes": [{"node": "alpha"}]}));
        assert_eq!(prints(&["nodes"]), "alpha\n");
        let groups = object!({"version": 1, "groups": {"workers": ["alpha#p", "alpha#q"]}});
        assert_eq!(json(&prints(&["groups", "--json"])), groups);
        assert_eq!(prints(&["groups"]), "workers alpha#p\nworkers alpha#q\n");
        assert_eq!(json(&prints(&["db"]))["db"]["workers"]["alpha#p"], Value::Null);
        assert_eq!(json(&prints(&["ping", "alpha", "--json"]))["node"], "alpha");
    }
    assert_eq!(json(&meshed.prints(&["db", "workers"]))["db"]["workers"], object!({"alpha#p": null, "alpha#q": null}));
}

#[test]
fn what_slaves_have_is_listed_through_every_global_node_until_they_are_gone() {
    let alpha = Meshed::start(&["--generation", "2"]);
    let beta = Meshed::start_as("beta", &["--generation", "2", "--seed", &alpha.address]);
    let arguments = ["--generation", "2", "--seed", &beta.address, "--port", "p", "--group", "workers=p"];
    let slave = Meshed::start_as("slave", &arguments);
    // News of it is under way for a moment.
    let until_listed = |through: &Meshed, groups: &str| {
        let is_listed = || through.prints(&["groups"]) == groups;
        assert!((0..1000).any(|_| is_listed()), "{groups:?} is never listed through {}", through.address);
    };
    for through in [&alpha, &beta] {
        until_listed(through, "workers slave#p\n");
        let db = json(&through.prints(&["db", "--json"]))["db"].clone();
        assert_eq!((&db["workers"], &db["'l"]["alpha"][0]), (&object!({"slave#p": null}), &object!(alpha.address)));
    }
    drop(slave);
    for through in [&alpha, &beta] {
        until_listed(through, "");
        assert_eq!(json(&through.prints(&["db"]))["db"]["'l"].get("slave"), None);
    }
}

#[test]
fn what_fails_says_so_by_its_exit_code() {
    let mut meshed = Meshed::start(&["--port", "p"]);
    meshed.fails(&["call", "alpha#p", "--timeout", "1s"], 3, "the deadline passed");
    meshed.fails(&["call", "alpha#none"], 4, "no_such_port");
    meshed.fails(&["send", "nobody#p", "1", "--generation", "2"], 7, "no known address");
    meshed.fails(&["send", "nobody#p", "1", "--timeout", "300ms"], 7, "no connection to its node");
    meshed.fails(&["send", "alpha#p", "no-json"], 2, "is not JSON");
    meshed.fails(&["send", "#p"], 2, "a node id");
    let wrong = secret(&meshed.place, "wrong", "falsch");
    let arguments = ["mesh", "nodes", "--seed", &meshed.address, "--secret-file", wrong.to_str().unwrap()];
    let outcome = run(&mut meshed.place.nuncio(arguments));
    assert_eq!(outcome.status.code(), Some(6), "{outcome:?}");
    let arguments = ["mesh", "nodes", "--seed", &meshed.address, "--secret-file", "/nowhere"];
    let outcome = run(&mut meshed.place.nuncio(arguments));
    assert_eq!(outcome.status.code(), Some(1), "{outcome:?}");
    let outcome = run(&mut meshed.place.nuncio(["mesh", "nodes"]));
    assert_eq!(outcome.status.code(), Some(2), "{outcome:?}");
    let outcome = run(&mut meshed.place.nuncio(["mesh", "run", "--node", "x", "--bind", "0.0.0.0:0"]));
    assert_eq!(outcome.status.code(), Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("danger_plaintext"), "{outcome:?}");

    meshed.node.signal(Signal::TERM);
    assert!(meshed.node.child.wait().unwrap().success());
}

#[test]
fn a_profile_is_configured_and_joins_with_it() {
    let mut alpha = Meshed::start(&["--port", "p"]);
    let place = Place::new();
    let file = place.path().join("rc");
    let config = |arguments: &[&str]| {
        let mut command = place.nuncio([&["mesh", "config"], arguments].concat());
        command.env("PERL_ANYEVENT_MP_RC", &file);
        command
    };
    let set = |arguments: &[&str]| assert_eq!(run(&mut config(arguments)).printed(), "");
    assert_eq!(run_with_input(&mut config(&["setsecret"]), b"geheim\n").printed(), "");
    set(&["addseed", "127.0.0.1:1"]);
    set(&["--profile", "base", "addseed", &alpha.address]);
    set(&["--profile", "base", "delseed", "127.0.0.1:1"]);
    set(&["--profile", "work", "setparent", "base"]);
    set(&["profile", "work", "setnodeid", "worker/"]);
    set(&["--profile", "work", "setbinds", "127.0.0.1:0"]);
    let shown = json(run(&mut config(&["showconfig", "work"])).printed().trim_end());
    let settings = object!({
        "secret": "(set)", "seeds": [alpha.address], "nodeid": "worker/", "binds": ["127.0.0.1:0"]
    });
    assert_eq!(shown, object!({"version": 1, "profile": "work", "settings": settings}));
    let own = run(&mut config(&["--profile", "work", "showprofile"])).printed();
    assert_eq!(json(own.trim_end())["settings"]["parent"], "base");
    let refused = run(&mut config(&["--profile", "base", "setparent", "work"]));
    assert!(refused.stderr.contains("inherits from itself"), "{}", refused.stderr);
    assert_eq!(run(&mut config(&["delseed", "nobody:1"])).status.code(), Some(1));
    assert_eq!(run(&mut config(&["profile", "work", "unheard"])).status.code(), Some(2));
    for nameless in [&["--profile", "", "delbinds"][..], &["profile", "", "gensecret"], &["setparent", ""]] {
        let refused = run(&mut config(nameless));
        assert_eq!(refused.status.code(), Some(2), "{nameless:?}");
        assert!(refused.stderr.contains("a profile has a name"), "{}", refused.stderr);
    }
    set(&["profile", "tls", "gencert"]);
    let shown = json(run(&mut config(&["showprofile", "tls"])).printed().trim_end());
    assert_eq!(shown["settings"], object!({"cert": "(set)"}));
    assert!(fs::read_to_string(&file).unwrap().contains("BEGIN CERTIFICATE"));
    let mut unknown = place.nuncio(["mesh", "nodes", "--profile", "none", "--seed", &alpha.address]);
    let outcome = run(unknown.env("PERL_ANYEVENT_MP_RC", &file));
    assert_eq!((outcome.stdout.as_str(), outcome.status.success()), ("alpha\n", true), "{outcome:?}");
    assert!(outcome.stderr.contains("no profile \"none\""), "{outcome:?}");

    let mut send = place.nuncio(["mesh", "send", "--profile", "work", "alpha#p", "1"]);
    assert_eq!(run(send.env("PERL_ANYEVENT_MP_RC", &file)).printed(), "");
    assert_eq!(alpha.event("message")["message"], object!([1]));
    let mut command = place.nuncio(["mesh", "run", "--profile", "work", "--json"]);
    let mut worker = Running::start(command.env("PERL_ANYEVENT_MP_RC", &file).stdout(Stdio::piped()));
    let mut lines = worker.lines();
    let ready = json(&next_line(&mut lines));
    assert!(ready["node"].as_str().unwrap().starts_with("worker/"), "{ready}");
    assert_eq!(json(&next_line(&mut lines))["node"], "alpha");
    worker.child.kill().unwrap();
    worker.child.wait().unwrap();

    set(&["delprofile", "base"]);
    assert_eq!(run(&mut config(&["delprofile", "base"])).status.code(), Some(1));
}

#[test]
fn verbs_of_the_configuration_follow_each_other_as_the_originals_do() {
    let place = Place::new();
    let file = place.path().join("rc");
    let config = |words: &str| {
        let mut command = place.nuncio(["mesh", "config"].into_iter().chain(words.split(' ')));
        run(command.env("PERL_ANYEVENT_MP_RC", &file))
    };
    let says = |profile: &str| json(config(&format!("showconfig {profile}")).printed().trim_end())["settings"].clone();
    let chain = "gensecret setseeds a:1,b addseed a:1 profile x nodeid x/ binds [] setmonitor_timeout 2.5 \
                 addservice [\"f\",1] profile y setparent x delbinds setauth_accept tls_anon,x delauth_accept addbind *:7";
    assert_eq!(config(&chain.split_whitespace().collect::<Vec<_>>().join(" ")).printed(), "");
    let mut settings = object!({
        "secret": "(set)", "seeds": ["b", "a:1"], "nodeid": "x/", "binds": [], "monitor_timeout": 2.5, "services": [["f", 1]]
    });
    assert_eq!(says("x"), settings);
    settings["binds"] = object!(["*:7"]);
    assert_eq!(says("y"), settings);
    // What is shown is what was said before, and is the last.
    let shown = config("setconnect_interval 7 profile y delparent showprofile").printed();
    assert_eq!(json(shown.trim_end())["settings"], object!({"binds": ["*:7"]}));
    assert_eq!(says("none")["connect_interval"], 7);
    assert_eq!(config("profile z setnodelay 0 autocork 1 delnodelay").printed(), "");
    assert_eq!((&says("z")["autocork"], says("z").get("nodelay")), (&object!(1), None));

    // Either all of it is done, or nothing.
    let before = fs::read_to_string(&file).unwrap();
    for (words, code) in [
        ("delseeds unheard", 2),
        ("delseeds addseed", 2),
        ("delseeds delseed c:1", 1),
        ("profile y delbinds setmonitor_timeout soon", 1),
        ("delseeds setnodelay perhaps", 2),
        ("delsecret delprofile none", 1),
    ] {
        assert_eq!(config(words).status.code(), Some(code), "{words}");
        assert_eq!(fs::read_to_string(&file).unwrap(), before, "{words}");
    }
}
