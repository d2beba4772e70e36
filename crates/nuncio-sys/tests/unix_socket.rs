//! Who may bind where, and what stays.

use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;

use nuncio_sys::unix_socket::{is_hung_up, is_live, listen, peer_groups};

fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    (directory, path)
}

#[test]
fn the_file_has_the_mode_asked_for_whatever_the_umask() {
    for mode in [0o600, 0o660, 0o777, 0o400] {
        let (_directory, path) = place();
        let (_listener, file) = listen(&path, mode).unwrap();
        assert_eq!(std::fs::symlink_metadata(&path).unwrap().mode() & 0o7777, mode);
        assert_eq!(file.path(), path);
    }
}

#[test]
fn a_live_socket_and_what_is_no_socket_are_left_alone() {
    let (_directory, path) = place();
    let (_listener, _file) = listen(&path, 0o600).unwrap();
    assert!(is_live(&path).unwrap());
    let error = listen(&path, 0o600).unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (io::ErrorKind::AlreadyExists, "a live server answers there")
    );
    UnixStream::connect(&path).unwrap();

    let (_directory, path) = place();
    std::fs::write(&path, "precious").unwrap();
    let error = listen(&path, 0o600).unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (io::ErrorKind::AlreadyExists, "it is no socket"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

#[test]
fn a_socket_that_nobody_answers_on_is_replaced() {
    let (_directory, path) = place();
    drop(UnixListener::bind(&path).unwrap());
    assert!(!is_live(&path).unwrap());
    let (_listener, _file) = listen(&path, 0o600).unwrap();
    assert!(is_live(&path).unwrap());
}

#[test]
fn only_the_own_file_is_removed() {
    let (_directory, path) = place();
    let (listener, file) = listen(&path, 0o600).unwrap();
    assert!(file.remove().unwrap());
    assert!(!file.remove().unwrap());
    // The first listener still holds its inode, so the second has another.
    let (_second, second_file) = listen(&path, 0o600).unwrap();
    assert!(!file.remove().unwrap());
    assert!(is_live(&path).unwrap());
    drop(listener);
    assert!(second_file.remove().unwrap());
}

#[test]
fn of_many_that_start_at_once_one_wins() {
    let (_directory, path) = place();
    drop(UnixListener::bind(&path).unwrap());
    let won: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| listen(&path, 0o600).ok())).collect();
        threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(won.len(), 1);
    assert!(is_live(&path).unwrap());
}

#[test]
fn a_directory_that_cannot_be_written_is_an_error() {
    let (directory, path) = place();
    assert_eq!(listen(&directory.path().join("no/socket"), 0o600).unwrap_err().kind(), io::ErrorKind::NotFound);
    let too_long = directory.path().join("x".repeat(200));
    assert!(listen(&too_long, 0o600).is_err());
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o500)).unwrap();
    let outcome = listen(&path, 0o600);
    // Root may write everywhere.
    assert!(outcome.is_ok() || outcome.unwrap_err().kind() == io::ErrorKind::PermissionDenied);
}

#[test]
fn a_half_closed_connection_is_not_hung_up() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    theirs.shutdown(std::net::Shutdown::Write).unwrap();
    assert!(!is_hung_up(&ours).unwrap());
    drop(theirs);
    assert!(is_hung_up(&ours).unwrap());
}

#[test]
fn the_groups_of_the_other_side_are_its_own() {
    let (here, _there) = UnixStream::pair().unwrap();
    let sorted = |mut groups: Vec<u32>| {
        groups.sort_unstable();
        groups
    };
    let ours = rustix::process::getgroups().unwrap().into_iter().map(|group| group.as_raw()).collect();
    assert_eq!(sorted(peer_groups(&here).unwrap()), sorted(ours));
}
