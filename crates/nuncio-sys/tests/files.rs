//! Careful files, in directories where somebody else was first.

#![cfg(target_os = "linux")]

mod support {
    pub(crate) mod watchdog;
}

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

use nuncio_sys::files::{Directory, FileKind};
use nuncio_sys::process;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

use crate::support::watchdog::watched;

#[test]
fn modes_do_not_depend_on_the_umask() {
    let (root, directory) = scratch();
    // The umask belongs to the process, so the modes asked for here are ones that any usual umask would reduce.
    directory.create_exclusive(name("open"), 0o666).unwrap();
    assert_eq!(directory.status_of(name("open")).unwrap().unwrap().mode, 0o666);
    let path = root.path().join("shared");
    assert!(Directory::create(&path, 0o1777).unwrap());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o1777);
}

#[test]
fn create_tells_whether_it_made_the_directory() {
    let (root, _) = scratch();
    let path = root.path().join("new");
    assert!(Directory::create(&path, 0o700).unwrap());
    assert!(!Directory::create(&path, 0o777).unwrap());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700, "an existing one is left alone");
    let deep = Directory::create(&root.path().join("a/b"), 0o700);
    assert_eq!(deep.unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[test]
fn open_wants_a_directory_and_follows_a_link_to_one() {
    let (root, directory) = scratch();
    directory.create_exclusive(name("file"), 0o600).unwrap();
    let file = Directory::open(&root.path().join("file"));
    assert_eq!(file.unwrap_err().kind(), io::ErrorKind::NotADirectory);
    symlink(root.path(), root.path().join("link")).unwrap();
    let linked = Directory::open(&root.path().join("link")).unwrap();
    assert_eq!(linked.status().unwrap(), directory.status().unwrap());
    assert_eq!(linked.path(), root.path().join("link"));
}

#[test]
fn status_is_that_of_the_standard_library() {
    let (root, directory) = scratch();
    directory.create_exclusive(name("file"), 0o640).unwrap().write_all(b"seven!!").unwrap();
    fs::hard_link(root.path().join("file"), root.path().join("second")).unwrap();
    let (file, status) = directory.open_regular(name("file")).unwrap();
    let expected = file.metadata().unwrap();
    assert_eq!((status.uid, status.gid), (process::effective_user(), expected.gid()));
    assert_eq!((status.device, status.inode), (expected.dev(), expected.ino()));
    assert_eq!((status.kind, status.mode, status.size, status.links), (FileKind::Regular, 0o640, 7, 2));
    assert_eq!(directory.status_of(name("second")).unwrap(), Some(status));
    assert_eq!(directory.status().unwrap().kind, FileKind::Directory);
}

#[test]
fn only_regular_files_are_opened_and_nothing_waits() {
    watched(|| {
        let (root, directory) = scratch();
        symlink("target", root.path().join("link")).unwrap();
        directory.create_exclusive(name("target"), 0o600).unwrap();
        fs::create_dir(root.path().join("directory")).unwrap();
        let _socket = UnixListener::bind(root.path().join("socket")).unwrap();
        mknodat(CWD, root.path().join("fifo"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();

        for (entry, kind) in [
            ("link", FileKind::Link),
            ("directory", FileKind::Directory),
            ("socket", FileKind::Socket),
            ("fifo", FileKind::Fifo),
        ] {
            let refused = directory.open_regular(name(entry)).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::InvalidInput, "{entry}");
            assert_eq!(directory.status_of(name(entry)).unwrap().unwrap().kind, kind, "{entry}");
        }
    });
}

#[test]
fn a_name_that_nothing_has() {
    let (_root, directory) = scratch();
    let missing = directory.open_regular(name("missing")).unwrap_err();
    assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    assert_eq!(directory.status_of(name("missing")).unwrap(), None);
}

#[test]
fn creating_does_not_follow_a_link_laid_out_before() {
    let (root, directory) = scratch();
    symlink(root.path().join("victim"), root.path().join("trap")).unwrap();
    let trapped = directory.create_exclusive(name("trap"), 0o600);
    assert_eq!(trapped.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    assert!(!root.path().join("victim").exists());
}

#[test]
fn an_exclusive_rename_replaces_nothing() {
    let (root, directory) = scratch();
    for (file, text) in [("old", "old"), ("new", "new")] {
        directory.create_exclusive(name(file), 0o600).unwrap().write_all(text.as_bytes()).unwrap();
    }
    let refused = directory.rename_exclusive(name("new"), name("old"));
    assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read(root.path().join("old")).unwrap(), b"old");

    directory.rename(name("new"), name("old")).unwrap();
    assert_eq!(fs::read(root.path().join("old")).unwrap(), b"new");
    directory.rename_exclusive(name("old"), name("free")).unwrap();
    assert_eq!(directory.names().unwrap(), ["free"]);
    directory.unlink(name("free")).unwrap();
    assert_eq!(directory.unlink(name("free")).unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[test]
fn names_are_listed_each_time_anew() {
    let (_root, directory) = scratch();
    for _ in 0..2 {
        assert_eq!(directory.names().unwrap(), [""; 0]);
    }
    for file in [".hidden", "b", "a"] {
        directory.create_exclusive(name(file), 0o600).unwrap();
    }
    let mut names = directory.names().unwrap();
    names.sort();
    assert_eq!(names, [".hidden", "a", "b"]);
}

#[test]
fn the_directory_stays_the_same_when_its_path_leads_elsewhere() {
    let (root, _) = scratch();
    let (here, there) = (root.path().join("here"), root.path().join("there"));
    assert!(Directory::create(&here, 0o700).unwrap());
    let directory = Directory::open(&here).unwrap();
    fs::rename(&here, &there).unwrap();
    fs::create_dir(&here).unwrap();
    directory.create_exclusive(name("file"), 0o600).unwrap();
    assert!(there.join("file").exists());
    assert!(!here.join("file").exists());
}

#[test]
fn a_name_is_one_component() {
    let (_root, directory) = scratch();
    directory.create_exclusive(name("file"), 0o600).unwrap();
    for bad in ["", ".", "..", "/", "a/b", "../x", "/etc/passwd", "nul\0byte"].map(name) {
        let refusals = [
            directory.create_exclusive(bad, 0o600).map(drop),
            directory.open_regular(bad).map(drop),
            directory.status_of(bad).map(drop),
            directory.rename(bad, name("x")),
            directory.rename(name("file"), bad),
            directory.rename_exclusive(bad, name("x")),
            directory.rename_exclusive(name("file"), bad),
            directory.unlink(bad),
        ];
        for refusal in refusals {
            assert_eq!(refusal.unwrap_err().kind(), io::ErrorKind::InvalidInput, "{bad:?}");
        }
    }
    assert_eq!(directory.names().unwrap(), ["file"]);
}

fn scratch() -> (TempDir, Directory) {
    let root = tempfile::tempdir().unwrap();
    let directory = Directory::open(root.path()).unwrap();
    (root, directory)
}

fn name(text: &str) -> &OsStr {
    OsStr::new(text)
}
