//! `cargo xtask setup`: what tests and checks need, seen or installed.
//!
//! [`TOOLS`] says it all; a new need is one more row. Nothing is touched when all of it is there.

use std::path::Path;
use std::process::Command;

use crate::process::{self, Result, answer, succeeds};

/// What a tool is needed for, so that the tests alone do not wait for the checks' tools to be compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// `cargo xtask ci`.
    Checks,
    /// `cargo xtask test`, `soak` and `bench`.
    Test,
}

/// The targets beside the host's that the portable crates are checked for.
pub(crate) const FREEBSD: &str = "x86_64-unknown-freebsd";
pub(crate) const MACOS: &str = "x86_64-apple-darwin";

/// One thing that has to be on this machine.
struct Tool {
    what: &'static str,
    need: Need,
    present: fn() -> bool,
    source: Source,
}

/// Where a tool comes from.
enum Source {
    /// A crate that `cargo install` builds.
    Crate(&'static str),
    /// Debian packages.
    Debian(&'static [&'static str]),
    /// A package of the npm registry, `NAME@VERSION`, in a directory of its own below [`NODE`].
    Npm(&'static str),
    /// A rustup component.
    RustupComponent(&'static str),
    /// A rustup target.
    RustupTarget(&'static str),
}

/// Where packages of Node's are, each as `NAME@VERSION/node_modules/NAME`; the tests and the benchmark look there.
const NODE: &str = "target/node";
/// What Node's original of the RPC room reads and writes records with: the release of today and the one before, which has
/// no limit on their size.
const STREAM: &str = "pixl-json-stream@1.0.9";
const OLDER_STREAM: &str = "pixl-json-stream@1.0.6";

const TOOLS: &[Tool] = &[
    Tool {
        what: "a C compiler and linker",
        need: Need::Test,
        present: || succeeds("cc", &["-E", "-include", "stdio.h", "-x", "c", "/dev/null"]),
        source: Source::Debian(&["gcc", "libc6-dev"]),
    },
    Tool {
        what: "Perl with IPC::Msg and JSON::PP",
        need: Need::Test,
        present: || succeeds("perl", &["-MIPC::Msg", "-MJSON::PP", "-e", "1"]),
        source: Source::Debian(&["perl"]),
    },
    Tool {
        what: "Perl with Sereal",
        need: Need::Test,
        present: || succeeds("perl", &["-MSereal::Decoder", "-MSereal::Encoder", "-e", "1"]),
        source: Source::Debian(&["libsereal-perl"]),
    },
    Tool {
        what: "Perl with Cpanel::JSON::XS",
        need: Need::Test,
        present: || succeeds("perl", &["-MCpanel::JSON::XS", "-e", "1"]),
        source: Source::Debian(&["libcpanel-json-xs-perl"]),
    },
    Tool {
        what: "Perl with AnyEvent, CBOR, JSON, SHA3 and TLS",
        need: Need::Test,
        present: || {
            let modules = ["-MAnyEvent", "-MCBOR::XS", "-MDigest::SHA3", "-MJSON::XS", "-MNet::SSLeay"];
            succeeds("perl", &[&modules[..], &["-e", "1"]].concat())
        },
        source: Source::Debian(&[
            "libanyevent-perl",
            "libcbor-xs-perl",
            "libdigest-sha3-perl",
            "libjson-xs-perl",
            "libnet-ssleay-perl",
        ]),
    },
    Tool {
        what: "Node with npm",
        need: Need::Test,
        present: || succeeds("node", &["--version"]) && succeeds("npm", &["--version"]),
        source: Source::Debian(&["nodejs", "npm"]),
    },
    Tool { what: STREAM, need: Need::Test, present: || has_npm(STREAM), source: Source::Npm(STREAM) },
    Tool { what: OLDER_STREAM, need: Need::Test, present: || has_npm(OLDER_STREAM), source: Source::Npm(OLDER_STREAM) },
    Tool {
        what: "PHP",
        need: Need::Test,
        present: || succeeds("php", &["--version"]),
        source: Source::Debian(&["php-cli"]),
    },
    Tool {
        what: "Erlang",
        need: Need::Test,
        // It has no flag that only says that it is there.
        present: || succeeds("erl", &["-noshell", "-eval", "halt()."]),
        source: Source::Debian(&["erlang-base"]),
    },
    Tool {
        what: "libzmq with its headers",
        need: Need::Test,
        present: || succeeds("cc", &["-E", "-include", "zmq.h", "-x", "c", "/dev/null"]),
        source: Source::Debian(&["libzmq3-dev"]),
    },
    Tool {
        what: "the commands openssl, curl and nsenter",
        need: Need::Test,
        present: || {
            succeeds("openssl", &["version"]) && succeeds("curl", &["--version"]) && succeeds("nsenter", &["--version"])
        },
        source: Source::Debian(&["openssl", "curl", "util-linux"]),
    },
    Tool {
        what: "rustfmt",
        need: Need::Checks,
        present: || succeeds("cargo", &["fmt", "--version"]),
        source: Source::RustupComponent("rustfmt"),
    },
    Tool {
        what: "clippy",
        need: Need::Checks,
        present: || succeeds("cargo", &["clippy", "--version"]),
        source: Source::RustupComponent("clippy"),
    },
    Tool {
        what: "Rust's standard library for macOS",
        need: Need::Checks,
        present: || has_target(MACOS),
        source: Source::RustupTarget(MACOS),
    },
    Tool {
        what: "Rust's standard library for FreeBSD",
        need: Need::Checks,
        present: || has_target(FREEBSD),
        source: Source::RustupTarget(FREEBSD),
    },
    Tool {
        what: "cargo-deny",
        need: Need::Checks,
        present: || succeeds("cargo", &["deny", "--version"]),
        source: Source::Crate("cargo-deny"),
    },
];

/// Installs whatever is missing, and says so when nothing is.
///
/// # Errors
/// As [`ensure`].
pub(crate) fn run() -> Result {
    let missing = missing(&[Need::Checks, Need::Test]);
    if missing.is_empty() {
        eprintln!("setup: everything is there");
    }
    install(&missing)
}

/// Installs what is missing of the tools for `need`; silent when nothing is.
///
/// # Errors
/// Names what is still missing after all of it was tried; why was said on the way.
pub(crate) fn ensure(need: Need) -> Result {
    install(&missing(&[need]))
}

fn missing(needs: &[Need]) -> Vec<&'static Tool> {
    TOOLS.iter().filter(|tool| needs.contains(&tool.need) && !(tool.present)()).collect()
}

/// Tries everything, so that one tool that cannot be had does not keep the others away.
fn install(tools: &[&Tool]) -> Result {
    for tool in tools {
        eprintln!("setup: {} is missing", tool.what);
    }
    let packages = debian_packages(tools);
    if !packages.is_empty() {
        report(install_debian(&packages));
    }
    for mut command in tools.iter().filter_map(|tool| command(&tool.source)) {
        report(process::run(&mut command));
    }
    let absent: Vec<&str> = tools.iter().filter(|tool| !(tool.present)()).map(|tool| tool.what).collect();
    if absent.is_empty() {
        return Ok(());
    }
    Err(format!("could not get {}: the messages above say why; is the network reachable?", absent.join(", ")).into())
}

fn report(outcome: Result) {
    if let Err(error) = outcome {
        eprintln!("setup: {error}");
    }
}

/// The packages of all of `tools`, for one run of apt-get: each run reads its lists anew.
fn debian_packages(tools: &[&Tool]) -> Vec<&'static str> {
    let packages = |tool: &&Tool| match tool.source {
        Source::Debian(packages) => packages,
        _ => &[],
    };
    tools.iter().flat_map(packages).copied().collect()
}

/// Installs Debian packages as root or through sudo.
fn install_debian(packages: &[&str]) -> Result {
    let by_hand = format!("apt-get install {}", packages.join(" "));
    if !succeeds("apt-get", &["--version"]) {
        return Err(format!("apt-get is not here: install what `{by_hand}` would on Debian").into());
    }
    let mut command = if answer("id", &["-u"]).as_deref() == Some("0") {
        Command::new("sh")
    } else if succeeds("sudo", &["--version"]) {
        let mut command = Command::new("sudo");
        command.arg("sh");
        command
    } else {
        return Err(format!("neither root nor sudo here: run `{by_hand}` as root").into());
    };
    eprintln!(
        "setup: as root: apt-get update; {by_hand}; a temporary /usr/sbin/policy-rc.d keeps services from starting"
    );
    let status = command.args(["-c", include_str!("install.sh"), "setup"]).args(packages).status()?;
    if status.success() { Ok(()) } else { Err(format!("`{by_hand}`, as root, ended with {status}").into()) }
}

/// The command that brings what cargo, rustup and npm can bring.
fn command(source: &Source) -> Option<Command> {
    let mut rustup = Command::new("rustup");
    match source {
        Source::Crate(name) => return Some(process::cargo(&format!("install --locked {name}"))),
        Source::Debian(_) => return None,
        Source::Npm(package) => return Some(npm(package)),
        Source::RustupComponent(name) => rustup.args(["component", "add", name]),
        Source::RustupTarget(name) => rustup.args(["target", "add", name]),
    };
    Some(rustup)
}

/// Installs `package` without running anything that comes with it.
fn npm(package: &str) -> Command {
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-update-notifier"]);
    npm.args(["--prefix", &format!("{NODE}/{package}"), package]);
    npm
}

fn has_npm(package: &str) -> bool {
    let name = package.split_once('@').map_or(package, |(name, _)| name);
    Path::new(NODE).join(package).join("node_modules").join(name).join("package.json").exists()
}

/// Whether the standard library for `target` is installed, by rustup or otherwise.
pub(crate) fn has_target(target: &str) -> bool {
    answer("rustc", &["--print", "target-libdir", "--target", target]).is_some_and(|path| Path::new(&path).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tests_wait_for_nothing_that_cargo_compiles() {
        let compiled = |tool: &&Tool| tool.need == Need::Test && matches!(tool.source, Source::Crate(_));
        assert!(!TOOLS.iter().any(|tool| compiled(&tool)));
    }

    #[test]
    fn debian_packages_of_several_tools_are_installed_in_one_run() {
        let debian: Vec<&Tool> = TOOLS.iter().collect();
        assert_eq!(
            debian_packages(&debian),
            [
                "gcc",
                "libc6-dev",
                "perl",
                "libsereal-perl",
                "libcpanel-json-xs-perl",
                "libanyevent-perl",
                "libcbor-xs-perl",
                "libdigest-sha3-perl",
                "libjson-xs-perl",
                "libnet-ssleay-perl",
                "nodejs",
                "npm",
                "php-cli",
                "erlang-base",
                "libzmq3-dev",
                "openssl",
                "curl",
                "util-linux"
            ]
        );
    }

    #[test]
    fn every_other_tool_has_a_command() {
        for tool in TOOLS {
            let has_command = command(&tool.source).is_some();
            assert_eq!(has_command, !matches!(tool.source, Source::Debian(_)), "{}", tool.what);
        }
    }

    #[test]
    fn only_installed_targets_are_seen() {
        let host = answer("rustc", &["--print", "host-tuple"]).unwrap();
        assert!(has_target(&host));
        assert!(!has_target("nuncio-no-such-target"));
    }
}
