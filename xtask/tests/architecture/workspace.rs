//! The workspace as cargo sees it: its crates, what they depend on, and their root files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// The part of `cargo metadata` that the architecture is held against.
///
/// # Source
/// "cargo metadata" in the Cargo book, format version 1.
#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    packages: Vec<Package>,
    pub(crate) workspace_root: PathBuf,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    /// `None` for a normal dependency, else `build` or `dev`.
    kind: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Target {
    kind: Vec<String>,
    src_path: PathBuf,
}

impl Workspace {
    /// Asks cargo about the workspace that this test belongs to; without the crates from outside, so that no network
    /// is needed.
    pub(crate) fn load() -> Self {
        let json = cargo(&["metadata", "--format-version=1", "--no-deps"]);
        serde_json::from_str(&json).expect("cargo metadata has the documented form")
    }

    /// For each crate, the crates of this workspace that it depends on at other times than in its tests, whether or not
    /// a feature has to ask for them.
    pub(crate) fn dependencies(&self) -> BTreeMap<String, BTreeSet<String>> {
        let names: BTreeSet<&str> = self.packages.iter().map(|package| package.name.as_str()).collect();
        let within = |dependency: &&Dependency| {
            dependency.kind.as_deref() != Some("dev") && names.contains(dependency.name.as_str())
        };
        let of = |package: &Package| package.dependencies.iter().filter(within).map(|it| it.name.clone()).collect();
        self.packages.iter().map(|package| (package.name.clone(), of(package))).collect()
    }

    /// The root files of libraries and programs, each with its crate's name.
    pub(crate) fn root_files(&self) -> impl Iterator<Item = (&str, &Path)> {
        let built = |target: &&Target| target.kind.iter().any(|kind| kind == "lib" || kind == "bin");
        self.packages.iter().flat_map(move |package| {
            package.targets.iter().filter(built).map(|target| (package.name.as_str(), target.src_path.as_path()))
        })
    }
}

/// The names of everything that a program gets with `package`, at any depth, itself included, for this machine and with
/// all features of the package.
pub(crate) fn brought_by(package: &str) -> BTreeSet<String> {
    let tree =
        cargo(&["tree", "--package", package, "--all-features", "--edges=normal", "--prefix=none", "--format={p}"]);
    tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let output = output.expect("the cargo that built this test can be started");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {} ended with {}: {errors}", arguments.join(" "), output.status);
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}
