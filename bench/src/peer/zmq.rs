//! libzmq over ipc: a program in C, which is compiled for the round that it runs in.

use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::Result;
use crate::nuncio::bus::message;
use crate::stage::Stage;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/peer/zmq.c");

/// Takes messages that are as long as nuncio's are with their envelopes.
pub(crate) fn take(stage: &Stage) -> Result<Vec<f64>> {
    become_part(stage, "pull")
}

/// Sends them.
pub(crate) fn send(stage: &Stage) -> Result<Vec<f64>> {
    become_part(stage, "push")
}

/// Goes on as the program, on the processor of this process.
fn become_part(stage: &Stage, part: &str) -> Result<Vec<f64>> {
    let program = stage.directory().join(format!("zmq-{part}"));
    let compiled = Command::new("cc").args(["-O2", "-o"]).arg(&program).args([SOURCE, "-lzmq"]).status();
    match compiled {
        Ok(status) if status.success() => {}
        Ok(_) => return Err("libzmq's headers are needed, `cargo xtask setup` installs them".into()),
        Err(error) => return Err(format!("a C compiler is needed: {error}").into()),
    }
    let endpoint = format!("ipc://{}", stage.directory().join("zmq").display());
    // Its thread that writes takes a while to gather as many as there are.
    let warm_up = stage.messages();
    let numbers = [warm_up, stage.messages(), message(stage)?.len()];
    let mut command = Command::new(program);
    command.args([part, &endpoint]).args(numbers.map(|number| number.to_string()));
    // It returns only when it fails.
    Err(command.exec().into())
}
