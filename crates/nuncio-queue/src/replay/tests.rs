use std::fs;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

use super::*;

const HOUR: Duration = Duration::from_secs(3600);

/// A clock that stands still until it is told otherwise.
#[derive(Debug, Default)]
struct Watch(AtomicU64);

impl Clock for Watch {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn time_of_day(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_000_000 + self.0.load(Ordering::Relaxed))
    }
}

impl Watch {
    fn pass(&self, time: Duration) {
        self.0.fetch_add(time.as_secs(), Ordering::Relaxed);
    }
}

struct Place {
    dir: tempfile::TempDir,
    clock: Arc<Watch>,
}

impl Place {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a directory"), clock: Arc::default() }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("replay")
    }

    fn file(&self) -> PathBuf {
        self.path().join(log::FILE)
    }

    fn builder(&self) -> ReplayGuardBuilder {
        ReplayGuard::builder(self.path(), HOUR).clock(self.clock.clone())
    }

    fn open(&self) -> ReplayGuard {
        self.builder().open().expect("opens")
    }
}

fn id(number: u64) -> ReplayId {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&number.to_le_bytes());
    id
}

#[test]
fn each_id_is_accepted_once_also_after_a_restart_and_beside_another() {
    let place = Place::new();
    let (first, second) = (place.open(), place.open());
    assert!(first.accept(&id(1)).expect("new"));
    assert!(!second.accept(&id(1)).expect("known"));
    assert!(second.accept(&id(2)).expect("new"));
    assert!(!first.accept(&id(2)).expect("known"));
    assert_eq!(first.accept_all(&[id(3), id(2), id(3)]).expect("mixed"), [true, false, false]);
    first.sync().expect("written");
    drop((first, second));
    let third = place.open();
    assert_eq!(third.accept_all(&[id(1), id(2), id(3), id(4)]).expect("mixed"), [false, false, false, true]);
}

#[test]
fn what_is_old_enough_is_accepted_again_and_not_a_second_before() {
    let place = Place::new();
    let guard = place.open();
    assert!(guard.accept(&id(1)).expect("new"));
    place.clock.pass(HOUR);
    assert!(!guard.accept(&id(1)).expect("known"));
    place.clock.pass(Duration::from_secs(1));
    assert!(guard.accept(&id(1)).expect("old"));
}

#[test]
fn the_longest_time_counts() {
    let place = Place::new();
    let long = ReplayGuard::builder(place.path(), 5 * HOUR).clock(place.clock.clone()).open().expect("opens");
    assert!(long.accept(&id(1)).expect("new"));
    let short = place.open();
    place.clock.pass(2 * HOUR);
    assert!(!short.accept(&id(1)).expect("known"));
}

#[test]
fn what_was_given_back_may_come_again() {
    let place = Place::new();
    let guard = place.open();
    assert!(guard.accept(&id(1)).expect("new"));
    guard.forget(&id(1)).expect("forgotten");
    guard.forget(&id(2)).expect("never there");
    drop(guard);
    let guard = place.open();
    assert!(guard.accept(&id(1)).expect("new again"));
    assert!(!guard.accept(&id(1)).expect("known"));
}

#[test]
fn a_full_memory_accepts_nothing_until_something_is_old() {
    let place = Place::new();
    let guard = place.builder().ids_max(2).open().expect("opens");
    assert_eq!(guard.accept_all(&[id(1), id(2)]).expect("room"), [true, true]);
    let error = guard.accept(&id(3)).expect_err("full");
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert!(error.to_string().contains("2 ids are remembered"), "{error}");
    place.clock.pass(2 * HOUR);
    assert!(guard.accept(&id(3)).expect("room again"));
    assert!(guard.accept(&id(1)).expect("forgotten by now"));
}

#[test]
fn what_proves_its_time_is_refused_where_it_could_have_been_accepted_before() {
    let place = Place::new();
    let guard = place.builder().ids_max(16).open().expect("opens");
    let sent = |seconds: u64| UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds);
    let accept = |guard: &ReplayGuard, number: u64| guard.accept_sent(&id(number), sent(number)).expect("works");
    // The clock of the sender is behind at first, and ahead then.
    for number in 0..16 {
        assert_eq!(accept(&guard, number), Verdict::New);
        assert_eq!(accept(&guard, number), Verdict::Replayed);
        place.clock.pass(Duration::from_secs(1));
    }
    assert_eq!(accept(&guard, 100), Verdict::New, "the oldest make room");
    let beside = place.open();
    for number in 0..16 {
        let expected = if number <= 2 { Verdict::TooOld } else { Verdict::Replayed };
        assert_eq!(accept(&guard, number), expected, "{number}");
        assert_eq!(accept(&beside, number), expected, "{number} elsewhere");
    }
    // A message that was sent by a clock that is ahead is remembered until the horizon has passed its own time.
    for number in 200..400 {
        place.clock.pass(Duration::from_secs(1));
        guard.accept_sent(&id(number), place.clock.time_of_day()).expect("works");
        assert_ne!(accept(&guard, 100), Verdict::New, "after {number}");
    }
}

#[test]
fn the_file_is_written_anew_when_most_of_it_is_old_and_others_notice() {
    let place = Place::new();
    let (guard, other) = (place.open(), place.open());
    let many: Vec<_> = (0..5000).map(id).collect();
    assert!(guard.accept_all(&many).expect("room").iter().all(|new| *new));
    assert!(!other.accept(&id(0)).expect("known"));
    place.clock.pass(2 * HOUR);
    assert!(guard.accept(&id(7000)).expect("new"));
    assert_eq!(fs::metadata(place.file()).expect("there").len(), 2 * 40);
    assert!(!other.accept(&id(7000)).expect("known"));
    assert!(other.accept(&id(7001)).expect("new"));
    assert!(!guard.accept(&id(7001)).expect("known"));
}

#[test]
fn half_a_record_and_garbage_are_passed_over() {
    let place = Place::new();
    assert!(place.open().accept(&id(1)).expect("new"));
    let append = |bytes: &[u8]| {
        let mut file = fs::OpenOptions::new().append(true).open(place.file()).expect("opens");
        file.write_all(bytes).expect("written");
    };
    append(&[0; 40]);
    append(&[9; 33]);
    let guard = place.open();
    assert!(!guard.accept(&id(1)).expect("known"));
    assert!(guard.accept(&id(2)).expect("new"));
    assert_eq!(fs::metadata(place.file()).expect("there").len(), 4 * 40);
    assert_eq!(place.open().accept_all(&[id(1), id(2), [0; 32]]).expect("mixed"), [false, false, true]);
}

#[test]
fn what_is_no_memory_is_not_replaced_and_what_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    drop(place.open());
    fs::set_permissions(place.file(), fs::Permissions::from_mode(0o644)).expect("changed");
    assert_eq!(place.builder().open().expect_err("readable").kind(), ErrorKind::PermissionDenied);
    fs::set_permissions(place.file(), fs::Permissions::from_mode(0o600)).expect("changed");
    for text in ["", "something else, of some length or other, that somebody has put here"] {
        fs::write(place.file(), text).expect("written");
        assert_eq!(place.builder().open().expect_err("foreign").kind(), ErrorKind::Corrupt);
        assert_eq!(fs::read_to_string(place.file()).expect("there"), text);
    }
}

#[test]
fn a_file_that_was_removed_comes_back_with_what_is_known() {
    let place = Place::new();
    let guard = place.open();
    assert!(guard.accept(&id(1)).expect("new"));
    fs::remove_file(place.file()).expect("removed");
    assert!(!guard.accept(&id(1)).expect("known"));
    assert!(!place.open().accept(&id(1)).expect("known"));
}

#[test]
fn threads_and_handles_accept_each_id_exactly_once_together() {
    let place = Place::new();
    let guards: Vec<_> = (0..4).map(|_| place.open()).collect();
    let accepted = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for guard in guards.iter().chain(&guards) {
            scope.spawn(|| {
                for number in 0..200 {
                    accepted.fetch_add(u64::from(guard.accept(&id(number)).expect("works")), Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(accepted.into_inner(), 200);
}
