//! The modules that Perl programs use, in C: Sereal, Storable and Data::Dumper, each in a Perl of its own that measures
//! itself.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::Result;
use crate::stage::Stage;

/// Decodes a document again and again.
pub(crate) fn decode(stage: &Stage) -> Result<Vec<f64>> {
    measure(stage, "decode")
}

/// Encodes what a document holds.
pub(crate) fn encode(stage: &Stage) -> Result<Vec<f64>> {
    measure(stage, "encode")
}

fn measure(stage: &Stage, operation: &str) -> Result<Vec<f64>> {
    let (codec, document) = stage.document()?;
    let mut perl = Perl::start(&[codec.name(), operation, &stage.messages().to_string()])?;
    perl.send(&document.encoded(codec)?)?;
    stage.wait_for_begin()?;
    perl.send(b"")?;
    Ok(vec![perl.line()?.trim().parse()?])
}

/// A running Perl; it ends when its input does.
struct Perl {
    process: Child,
    output: BufReader<ChildStdout>,
}

impl Perl {
    fn start(arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new("perl");
        command.args(["-e", include_str!("codec.pl")]).args(arguments);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = BufReader::new(process.stdout.take().ok_or("perl has no standard output")?);
        Ok(Self { process, output })
    }

    /// Sends `bytes` behind a line with their number.
    fn send(&mut self, bytes: &[u8]) -> Result {
        let input = self.process.stdin.as_mut().ok_or("perl has no standard input")?;
        writeln!(input, "{}", bytes.len())?;
        input.write_all(bytes)?;
        Ok(input.flush()?)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        match self.output.read_line(&mut line)? {
            0 => Err("perl has ended, and said why; `cargo xtask setup` installs what it needs".into()),
            _ => Ok(line),
        }
    }
}

impl Drop for Perl {
    fn drop(&mut self) {
        // Both fail only for a process that has ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
