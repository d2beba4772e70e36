//! Two nodes of Erlang, which know of each other's port without a daemon that listens for all.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use crate::Result;
use crate::nuncio::mesh::{address_file, messages, warm_up};
use crate::stage::Stage;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/peer/mesh.erl");
const TAKER: &str = "taker@127.0.0.1";
const SENDER: &str = "sender@127.0.0.1";

/// Takes messages.
pub(crate) fn take(stage: &Stage) -> Result<Vec<f64>> {
    let call = format!("take({}, {}, {})", warm_up(stage), messages(stage), stage.payload().len());
    listening(stage, &call)
}

/// Sends them.
pub(crate) fn send(stage: &Stage) -> Result<Vec<f64>> {
    let (warm_up, messages, bytes) = (warm_up(stage), messages(stage), stage.payload().len());
    dialling(stage, &format!("send('{TAKER}', {warm_up}, {messages}, {bytes})"))
}

/// Sends a message and waits for it to come back.
pub(crate) fn ping(stage: &Stage) -> Result<Vec<f64>> {
    listening(stage, &format!("ping({}, {})", stage.messages(), stage.payload().len()))
}

/// Sends back what comes.
pub(crate) fn pong(stage: &Stage) -> Result<Vec<f64>> {
    dialling(stage, &format!("pong('{TAKER}')"))
}

fn listening(stage: &Stage, call: &str) -> Result<Vec<f64>> {
    // Free a moment ago; whoever takes it before Erlang does makes the round fail.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    std::fs::write(address_file(stage), port.to_string())?;
    run(stage, TAKER, &["-erl_epmd_port", &port.to_string()], call)
}

fn dialling(stage: &Stage, call: &str) -> Result<Vec<f64>> {
    let port = std::fs::read_to_string(address_file(stage))?;
    run(stage, SENDER, &["-erl_epmd_port", &port, "-dist_listen", "false"], call)
}

/// Runs a node until the call is done, on the processor of this process.
fn run(stage: &Stage, name: &str, flags: &[&str], call: &str) -> Result<Vec<f64>> {
    let program = format!(
        "{{ok, Name, Code}} = compile:file(\"{SCRIPT}\", [binary]), code:load_binary(Name, \"\", Code), mesh:{call}, halt()."
    );
    let mut node = Command::new("erl")
        .args(["-noshell", "-name", name, "-setcookie", "bench", "-start_epmd", "false"])
        .args(["-kernel", "inet_dist_use_interface", "{127,0,0,1}"])
        .args(flags)
        .args(["-eval", &program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("erl is needed, `cargo xtask setup` installs it: {error}"))?;
    let figures = talk(stage, &mut node);
    // It has ended, or it must.
    let _ = node.kill();
    node.wait()?;
    figures
}

fn talk(stage: &Stage, node: &mut Child) -> Result<Vec<f64>> {
    let (mut input, output) = (node.stdin.take().ok_or("piped")?, node.stdout.take().ok_or("piped")?);
    let mut lines = BufReader::new(output).lines();
    let mut line = || lines.next().unwrap_or_else(|| Ok("nothing".to_owned()));
    match line()? {
        ready if ready == "ready" => {}
        other => return Err(format!("Erlang said {other:?} before it was ready").into()),
    }
    stage.wait_for_begin()?;
    input.write_all(b"begin\n")?;
    let figures = line()?;
    serde_json::from_str(&figures).map_err(|error| format!("Erlang said {figures:?}: {error}").into())
}
