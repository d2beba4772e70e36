//! A registry that is not as it should be: each fault has its own clear error, and harms nothing but itself.

mod support;

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nuncio_queue::{ErrorKind, Queue, Registry};
use nuncio_sys::process::effective_user;
use nuncio_sys::sysv::{MessageQueue, Owner, ftok};

use self::support::letter::Letter;
use self::support::warnings::with_warnings;
use self::support::{Place, inject, kernel_queue, key, mode, refused, watched};

const NOBODY: u32 = 65534;

/// Sends a letter through `queue` and gets it back.
fn works(queue: &Queue) {
    let letter = Letter::new(1, 2, 50);
    queue.try_send(&letter).expect("room");
    assert_eq!(Letter::receive(queue), letter);
}

fn names(registry: &Registry) -> Vec<String> {
    registry.names().expect("readable").iter().map(ToString::to_string).collect()
}

/// A directory that is not ours: one that we have given away, or, where only root can give things away, one of root's.
fn foreign_directory(place: &Place) -> PathBuf {
    if effective_user() != 0 {
        return "/usr".into();
    }
    let path = place.path().join("foreign");
    std::fs::create_dir(&path).expect("made");
    std::os::unix::fs::chown(&path, Some(NOBODY), None).expect("root may");
    path
}

/// Who owns what is at `path`, as errors say it.
fn owner_in_words(path: &Path) -> String {
    format!("it belongs to user {}", std::fs::metadata(path).expect("there").uid())
}

fn open_to_all(path: &Path) {
    std::fs::create_dir(path).expect("made");
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o777)).expect("ours");
}

#[test]
fn invalid_names_are_refused_before_anything_is_touched() {
    let place = Place::new();
    let registry = place.registry();
    let too_long = "x".repeat(256);
    for (name, reason) in [
        ("", "not empty"),
        ("0", "`0`"),
        (".lock", "does not begin with `.`"),
        ("../x", "does not begin with `.`"),
        ("a/b", "holds no `/`"),
        ("a=b", "`=`"),
        ("a,b", "`,`"),
        ("a\nb", "line feed"),
        ("a\0b", "no NUL"),
        (&too_long, "256 bytes, limit is 255 bytes"),
    ] {
        let words = [&format!("{name:?}"), reason];
        refused(registry.queue(name), ErrorKind::InvalidName, &words);
        refused(registry.existing(name), ErrorKind::InvalidName, &words);
        refused(registry.exists(name), ErrorKind::InvalidName, &words);
        refused(registry.remove(name), ErrorKind::InvalidName, &words);
    }
    assert_eq!(place.files(), [""; 0]);
}

#[test]
fn a_registry_that_is_no_directory_or_cannot_be_made_is_refused() {
    let place = Place::new();
    let file = place.path().join("file");
    std::fs::write(&file, "mine").expect("written");
    let open = |path: &Path| Registry::builder().directory(path).open();
    refused(open(&file), ErrorKind::Misconfigured, &["open the registry", "/file\"", "it is not a directory"]);
    refused(open(&file.join("below")), ErrorKind::Misconfigured, &["/file/below\"", "it is not a directory"]);
    let missing = place.path().join("missing/registry");
    refused(
        open(&missing),
        ErrorKind::Misconfigured,
        &["open the registry", "/missing/registry\"", "directory above it"],
    );
    assert_eq!(std::fs::read(&file).expect("untouched"), b"mine");
}

#[test]
fn somebody_elses_registry_is_refused_unless_sharing_is_asked_for() {
    let place = Place::new();
    let foreign = foreign_directory(&place);
    let builder = Registry::builder().directory(&foreign);
    let words = [&format!("{foreign:?}"), "open the registry", &owner_in_words(&foreign), "danger_shared"];
    refused(builder.clone().open(), ErrorKind::PermissionDenied, &words);
    builder.danger_shared(true).open().expect("as asked");
}

#[test]
fn a_registry_of_ours_that_others_can_write_to_is_accepted_with_a_warning() {
    let place = Place::new();
    open_to_all(&place.directory());
    let (registry, warnings) = with_warnings(|| place.registry());
    works(&registry.queue("jobs").expect("made"));
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("registry") && warnings[0].contains("0777"), "{warnings:?}");
}

#[test]
fn what_is_made_is_private_unless_sharing_is_asked_for() {
    for (shared, directory_mode, file_mode) in [(false, 0o700, 0o600), (true, 0o777, 0o666)] {
        let place = Place::new();
        let registry = place.builder().danger_shared(shared).open().expect("made");
        let queue = registry.queue("jobs").expect("made");
        queue.send(&Letter::new(1, 1, 5000)).expect("room");
        assert_eq!(queue.stat().expect("there").mode, file_mode);
        assert_eq!(mode(&place.directory()), directory_mode);
        assert_eq!(mode(&place.directory().join("jobs")), file_mode);
        assert_eq!(mode(&place.spill()), directory_mode);
        assert_eq!(mode(&place.spill().join(&place.spilled()[0])), file_mode);
    }
}

#[test]
fn half_a_queue_file_is_an_error_of_its_name_alone() {
    let place = Place::new();
    let registry = place.registry();
    works(&registry.queue("whole").expect("made"));
    for (text, reason) in [
        ("", "only half written"),
        ("qid=16777217\n", "only half written"),
        ("qid=16777217\nqname=", "only half written"),
        ("qid=many\nqname=half\n", "its qid \"many\" is no key"),
        ("qid=0\nqname=half\n", "its qid \"0\" is no key"),
        ("qid=16777217\nqname=.half\n", "does not begin with `.`"),
    ] {
        place.write("half", text);
        let words = ["read the queue file", "/half\"", reason];
        refused(registry.queue("half"), ErrorKind::Corrupt, &words);
        refused(registry.existing("half"), ErrorKind::Corrupt, &words);
        refused(registry.exists("half"), ErrorKind::Corrupt, &words);
        let (names, warnings) = with_warnings(|| names(&registry));
        assert_eq!(names, ["whole"]);
        assert!(warnings.len() == 1 && warnings[0].contains(reason), "{warnings:?}");
        works(&registry.queue("whole").expect("still there"));
        works(&registry.queue("other").expect("made"));
        registry.remove("other").expect("there");
    }
    registry.remove("half").expect("it can be removed");
    works(&registry.queue("half").expect("and made anew"));
}

#[test]
fn what_is_no_file_is_no_queue_file_and_stops_nobody() {
    let place = Place::new();
    let registry = place.registry();
    std::fs::write(place.path().join("whole"), "qid=16777217\nqname=linked\n").expect("written");
    let at = |name: &str| place.directory().join(name);
    std::os::unix::fs::symlink(place.path().join("whole"), at("linked")).expect("made");
    std::fs::create_dir(at("directory")).expect("made");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, at("fifo"), rustix::fs::FileType::Fifo, mode, 0).expect("made");
    watched("a registry with a FIFO", move || {
        for name in ["linked", "directory", "fifo"] {
            refused(
                registry.queue(name),
                ErrorKind::Io,
                &["read the queue file", &format!("/{name}\""), "not a regular file"],
            );
        }
        works(&registry.queue("jobs").expect("made"));
        assert_eq!(names(&registry), ["jobs"]);
    });
}

#[test]
fn two_names_on_one_key_are_refused_and_both_are_named() {
    let place = Place::new();
    let registry = place.registry();
    let queue = registry.queue("first").expect("made");
    let letter = Letter::new(1, 1, 50);
    queue.send(&letter).expect("room");
    place.write("second", &format!("qid={}\nqname=second\n", key(&queue)));
    let words = ["\"first\"", "\"second\"", "their messages would mix"];
    refused(registry.queue("first"), ErrorKind::Corrupt, &words);
    refused(registry.existing("second"), ErrorKind::Corrupt, &words);
    registry.remove("second").expect("one of them can be removed");
    let queue = registry.existing("first").expect("the other one works again");
    assert_eq!(queue.try_recv().expect("readable"), Some(letter), "and has lost nothing");
}

#[test]
fn a_kernel_queue_of_somebody_else_is_refused_and_left_alone() {
    let place = Place::new();
    let queue = place.queue("jobs");
    let letter = Letter::new(1, 1, 50);
    queue.send(&letter).expect("room");
    let kernel = kernel_queue(&queue);
    kernel.set_owner_and_mode(Owner { uid: effective_user() + 1, gid: 0 }, 0o666).expect("we have made it");
    let registry = place.registry();
    let owner = format!("it belongs to user {}", effective_user() + 1);
    let words = ["open the kernel queue of", "\"jobs\"", &owner, "danger_shared"];
    refused(registry.queue("jobs"), ErrorKind::PermissionDenied, &words);
    refused(registry.remove("jobs"), ErrorKind::PermissionDenied, &words);
    assert_eq!(place.files(), ["jobs"]);
    let shared = place.builder().danger_shared(true).open().expect("opens").queue("jobs").expect("as asked");
    assert_eq!(Letter::receive(&shared), letter);
}

/// The key of a new name comes from its file's inode, and a file system gives the number of a removed file to the next one.
#[test]
fn a_new_name_never_gets_a_kernel_queue_that_is_there_already() {
    let place = Place::new();
    let registry = place.registry();
    for round in 0..20 {
        place.write(".next", "");
        let next = place.directory().join(".next");
        let key_of_next = ftok(&std::fs::metadata(&next).expect("there"), 1);
        std::fs::remove_file(next).expect("there");
        // Another test can have taken the number in the meantime.
        let Ok(stale) = MessageQueue::create(key_of_next, 0o600) else { continue };
        stale.try_send(&[&1_i64.to_ne_bytes()[..], b"stale"].concat()).expect("room");
        let queue = registry.queue(&format!("new-{round}")).expect("made");
        works(&queue);
        assert_ne!(key(&queue), key_of_next);
        assert_eq!(stale.stat().expect("there").messages, 1);
        stale.remove().expect("ours");
    }
    assert_eq!(place.files().len(), names(&registry).len(), "no draft stays: {:?}", place.files());
}

#[test]
fn a_removed_name_is_unknown_and_says_where_it_was_looked_for() {
    let place = Place::new();
    let registry = place.registry();
    let words = ["\"jobs\"", "no queue of that name is registered", "/registry\""];
    refused(registry.existing("jobs"), ErrorKind::NoSuchEndpoint, &words);
    refused(registry.remove("jobs"), ErrorKind::NoSuchEndpoint, &words);
    let queue = registry.queue("jobs").expect("made");
    inject(&queue, b"0:");
    queue.remove().expect("there");
    assert!(!registry.exists("jobs").expect("readable"));
    refused(queue.remove(), ErrorKind::NoSuchEndpoint, &words);
    refused(queue.stat(), ErrorKind::NoSuchEndpoint, &["\"jobs\"", "the queue was removed"]);
}

#[test]
fn a_file_that_binds_another_name_is_in_the_way_and_says_so() {
    watched("a file with another name", || {
        let place = Place::new();
        let registry = place.registry();
        std::fs::write(place.directory().join("jobs"), "qid=77\nqname=other\n").expect("written");
        refused(registry.queue("jobs"), ErrorKind::Corrupt, &["/jobs\"", "its qname is another"]);
        assert_eq!(place.files(), ["jobs"], "no draft and no lock stays");
    });
}

#[test]
fn removing_and_making_at_once_leaves_no_queue_that_nobody_finds() {
    watched("removal and creation", || {
        let place = Place::new();
        let registry = place.registry();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let registry = &registry;
                scope.spawn(move || {
                    for _ in 0..50 {
                        match thread % 2 {
                            0 => drop(registry.queue("jobs").expect("made or found")),
                            _ => match registry.remove("jobs") {
                                Ok(()) => {}
                                Err(error) => assert_eq!(error.kind(), ErrorKind::NoSuchEndpoint, "{}", error.chain()),
                            },
                        }
                    }
                });
            }
        });
        let last = registry.queue("jobs").expect("made or found");
        works(&last);
    });
}
