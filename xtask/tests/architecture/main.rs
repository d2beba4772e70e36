//! Holds `ARCHITECTURE.md` and the rules that it states against the workspace as cargo sees it.

mod document;
mod workspace;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use document::Document;
use workspace::{Workspace, brought_by};

/// Crates that serve this repository alone; the document has no row for them.
const TOOLS: [&str; 3] = ["nuncio-bench", "nuncio-fuzz", "xtask"];

/// The one crate that may use unsafe code.
const UNSAFE: &str = "nuncio-sys";

/// Crates that neither read a clock nor do I/O, and run wherever Rust does.
const PORTABLE: [&str; 2] = ["nuncio-codec", "nuncio-core"];

/// What brings system calls for I/O with it.
const SYSTEM: [&str; 8] = ["async-io", "mio", "nix", UNSAFE, "polling", "rustix", "socket2", "tokio"];

#[test]
fn the_table_agrees_with_the_dependency_graph() {
    let workspace = Workspace::load();
    let differences = differences(&document(&workspace).dependencies, &described(&workspace));
    assert!(differences.is_empty(), "ARCHITECTURE.md and the Cargo.toml files differ:\n{}", differences.join("\n"));
}

#[test]
fn every_crate_has_a_heading_and_an_invariant() {
    let workspace = Workspace::load();
    let invariants = document(&workspace).invariants;
    let crates: BTreeSet<String> = described(&workspace).into_keys().collect();
    let headings: BTreeSet<String> = invariants.keys().cloned().collect();
    assert_eq!(headings, crates, "ARCHITECTURE.md: left the headings ### `crate`, right the crates of the workspace");
    let silent: Vec<String> = invariants.into_iter().filter(|(_, stated)| !stated).map(|(name, _)| name).collect();
    assert!(silent.is_empty(), "ARCHITECTURE.md: no **Invariant:** below the headings of {}", silent.join(", "));
}

#[test]
fn the_conformance_suite_is_used_by_tests_alone() {
    for (name, dependencies) in Workspace::load().dependencies() {
        assert!(
            !dependencies.contains("nuncio-conformance"),
            "{name} may have nuncio-conformance in [dev-dependencies] only"
        );
    }
}

#[test]
fn portable_crates_bring_nothing_that_does_input_or_output() {
    for name in PORTABLE {
        let brought = brought_by(name);
        assert!(brought.contains(name), "cargo tree does not name {name} itself: {brought:?}");
        let system: Vec<&str> = SYSTEM.into_iter().filter(|system| brought.contains(*system)).collect();
        assert!(system.is_empty(), "{name} brings {0}: see `cargo tree -p {name} -i {0}`", system.join(", "));
    }
}

#[test]
fn unsafe_code_is_forbidden_everywhere_but_in_one_crate() {
    for (name, path) in Workspace::load().root_files() {
        let source = fs::read_to_string(path).unwrap_or_else(|error| panic!("read {}: {error}", path.display()));
        let forbids = source.lines().any(|line| line == "#![forbid(unsafe_code)]");
        assert!(forbids || name == UNSAFE, "{} has no line #![forbid(unsafe_code)]", path.display());
    }
}

fn document(workspace: &Workspace) -> Document {
    let path = workspace.workspace_root.join("ARCHITECTURE.md");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("read {}: {error}", path.display()));
    Document::parse(&text).unwrap_or_else(|error| panic!("ARCHITECTURE.md: {error}"))
}

/// The crates that the document must describe, with what they depend on.
fn described(workspace: &Workspace) -> BTreeMap<String, BTreeSet<String>> {
    let mut dependencies = workspace.dependencies();
    dependencies.retain(|name, _| !TOOLS.contains(&name.as_str()));
    dependencies
}

/// One line for each crate on which the document and the graph do not agree.
fn differences(
    document: &BTreeMap<String, BTreeSet<String>>,
    graph: &BTreeMap<String, BTreeSet<String>>,
) -> Vec<String> {
    let names: BTreeSet<&String> = document.keys().chain(graph.keys()).collect();
    let difference = |name: &String| {
        let (said, is) = (document.get(name), graph.get(name));
        (said != is).then(|| format!("{name}: the document says {}, the graph says {}", listed(said), listed(is)))
    };
    names.into_iter().filter_map(difference).collect()
}

fn listed(dependencies: Option<&BTreeSet<String>>) -> String {
    match dependencies {
        None => "that there is no such crate".to_owned(),
        Some(none) if none.is_empty() => "nothing".to_owned(),
        Some(some) => some.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
    }
}

#[test]
fn differences_say_what_both_sides_hold() {
    let graph = |rows: &[(&str, &[&str])]| -> BTreeMap<String, BTreeSet<String>> {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        rows.iter().map(|(name, names)| ((*name).to_owned(), set(names))).collect()
    };
    let said = graph(&[("core", &["codec"]), ("codec", &[]), ("gone", &[])]);
    let is = graph(&[("core", &["codec", "sys"]), ("codec", &[]), ("new", &["core"])]);
    let expected = [
        "core: the document says codec, the graph says codec, sys",
        "gone: the document says nothing, the graph says that there is no such crate",
        "new: the document says that there is no such crate, the graph says core",
    ];
    assert_eq!(differences(&said, &is), expected);
    assert!(differences(&is, &is).is_empty());
}
