//! `cargo xtask docs`: the man pages and shell completions, which the command generates from its own definition, and the
//! guarantees of the drivers, which an example generates from what they claim.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::process::{self, Result};

/// Where the generated files live in the repository.
const MAN: &str = "docs/man";
const COMPLETIONS: &str = "completions";
const GUARANTEES: &str = "docs/guarantees";

/// The contents of files by their paths.
type Tree = BTreeMap<PathBuf, Vec<u8>>;

/// Brings the generated files in the repository up to date.
///
/// # Errors
/// The generator fails, or a file cannot be read, written or removed.
pub(crate) fn write() -> Result {
    let generated = generate()?;
    let changes = changes(&generated, &committed()?);
    for path in &changes {
        eprintln!("docs: {}", path.display());
        match generated.get(path) {
            Some(contents) => write_file(path, contents)?,
            None => fs::remove_file(path).map_err(|error| failed("remove", path, &error))?,
        }
    }
    eprintln!("docs: {} files written or removed", changes.len());
    Ok(())
}

/// Compares the generated files in the repository with what the command generates now.
///
/// # Errors
/// They differ, or as [`write()`].
pub(crate) fn check() -> Result {
    let changes = changes(&generate()?, &committed()?);
    for path in &changes {
        eprintln!("docs: {} is not what is generated", path.display());
    }
    if changes.is_empty() { Ok(()) } else { Err("generated files are not current: run `cargo xtask docs`".into()) }
}

/// What the command generates, under the paths that the files have in the repository.
fn generate() -> Result<Tree> {
    let directory = Path::new("target/generated");
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("empty", directory, &error)),
        _ => {}
    }
    let mut command = process::cargo("run --package nuncio-cli --quiet -- generate");
    for (flag, name) in [("--man", MAN), ("--completions", COMPLETIONS)] {
        let output = directory.join(name);
        fs::create_dir_all(&output).map_err(|error| failed("create", &output, &error))?;
        command.arg(flag).arg(output);
    }
    process::run(&mut command)?;
    let guarantees = directory.join(GUARANTEES);
    fs::create_dir_all(&guarantees).map_err(|error| failed("create", &guarantees, &error))?;
    let mut command = process::cargo("run --package nuncio-bus --quiet --example guarantees --");
    process::run(command.arg(&guarantees))?;
    read_trees(directory)
}

fn committed() -> Result<Tree> {
    read_trees(Path::new(""))
}

/// The files of these directories below `root`, by their paths relative to it.
fn read_trees(root: &Path) -> Result<Tree> {
    let mut tree = Tree::new();
    for name in [MAN, COMPLETIONS, GUARANTEES] {
        read_tree(root, Path::new(name), &mut tree).map_err(|error| failed("read", &root.join(name), &error))?;
    }
    Ok(tree)
}

fn read_tree(root: &Path, directory: &Path, tree: &mut Tree) -> io::Result<()> {
    let entries = match fs::read_dir(root.join(directory)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let path = directory.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            read_tree(root, &path, tree)?;
        } else {
            tree.insert(path, fs::read(entry.path())?);
        }
    }
    Ok(())
}

/// The paths at which the two trees differ: files to write, and files to remove because nothing generates them.
fn changes(generated: &Tree, committed: &Tree) -> Vec<PathBuf> {
    let written = generated.iter().filter(|(path, contents)| committed.get(*path) != Some(contents));
    let removed = committed.iter().filter(|(path, _)| !generated.contains_key(*path));
    written.chain(removed).map(|(path, _)| path.clone()).collect()
}

fn write_file(path: &Path, contents: &[u8]) -> Result {
    let create = |directory| fs::create_dir_all(directory);
    path.parent().map_or(Ok(()), create).map_err(|error| failed("create the directory of", path, &error))?;
    fs::write(path, contents).map_err(|error| failed("write", path, &error))
}

fn failed(operation: &str, path: &Path, error: &io::Error) -> Box<dyn std::error::Error> {
    format!("{operation} {}: {error}", path.display()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        files.iter().map(|(path, contents)| (path.into(), contents.as_bytes().to_vec())).collect()
    }

    #[test]
    fn changes_are_new_differing_and_surplus_files() {
        let generated = tree(&[("man/a", "same"), ("man/b", "new text"), ("man/c", "new")]);
        let committed = tree(&[("man/a", "same"), ("man/b", "old text"), ("man/d", "surplus")]);
        assert_eq!(changes(&generated, &committed), ["man/b", "man/c", "man/d"].map(PathBuf::from));
        assert!(changes(&generated, &generated).is_empty());
    }

    #[test]
    fn trees_are_read_with_their_subdirectories_and_may_be_absent() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(read_trees(root.path()).unwrap(), Tree::new());
        let page = Path::new(MAN).join("man1/nuncio.1");
        fs::create_dir_all(root.path().join(&page).parent().unwrap()).unwrap();
        fs::write(root.path().join(&page), "page").unwrap();
        assert_eq!(read_trees(root.path()).unwrap(), Tree::from([(page, b"page".to_vec())]));
    }
}
