//! A server of Node's on the package with which the original of the RPC room reads and writes records.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Result;
use crate::stage::Stage;

/// Where `cargo xtask setup` has put the package, from this package's directory.
const PACKAGE: &str = "../target/node/pixl-json-stream@1.0.9/node_modules/pixl-json-stream";
const SCRIPT: &str = "src/peer/server.js";

/// Runs it, on the processor of this process, until a client tells it to quit.
pub(crate) fn serve(stage: &Stage) -> Result<Vec<f64>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut node = Command::new("node")
        .args([here.join(SCRIPT), here.join(PACKAGE), stage.socket()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("node is needed, `cargo xtask setup` installs it: {error}"))?;
    let output = node.stdout.take().ok_or("node has no standard output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    if line.trim_end() != "ready" {
        return Err(format!("node did not begin; it has said why: {}", node.wait()?).into());
    }
    stage.wait_for_begin()?;
    match node.wait()? {
        status if status.success() => Ok(Vec::new()),
        status => Err(format!("node ended with {status}").into()),
    }
}
