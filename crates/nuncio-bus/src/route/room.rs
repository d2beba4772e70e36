//! Looking for room on a socket.

use std::os::fd::AsFd;
use std::sync::Mutex;
use std::time::Duration;

use nuncio_sys::spin::{Look, Spin};
use rustix::event::{PollFd, PollFlags, poll};

use super::wait::AT_ONCE;

/// For how long one looks: some twice what it takes to read as much as the kernel wants to have free.
const LONGEST: Duration = Duration::from_micros(100);

/// Whether it pays for the senders of one receiver to look for room before they sleep until there is: by the time a sleeper is
/// awake the receiver has nothing left to read.
#[derive(Debug)]
pub(crate) struct RoomSpin(Mutex<Spin>);

impl Default for RoomSpin {
    fn default() -> Self {
        Self(Mutex::new(Spin::new(LONGEST)))
    }
}

impl RoomSpin {
    /// Looks for a moment whether there is room on `socket` again. There is also room on one that fails: what is wrong shows when
    /// it is written to.
    pub(crate) fn finds_room(&self, socket: impl AsFd) -> bool {
        // Where several wait, one of them looks.
        let Ok(mut spin) = self.0.try_lock() else { return false };
        let has_room = || match poll(&mut [PollFd::new(&socket, PollFlags::OUT)], Some(&AT_ONCE)) {
            Ok(0) => Look::Nothing,
            _ => Look::Found(()),
        };
        spin.until(has_room).is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn room_is_found_when_there_is_some_and_looked_for_by_one_at_a_time() {
        let (mut near, mut far) = UnixStream::pair().unwrap();
        near.set_nonblocking(true).unwrap();
        let spin = RoomSpin::default();
        assert!(spin.finds_room(&near));
        let locked = spin.0.lock().unwrap();
        assert!(!spin.finds_room(&near));
        drop(locked);
        let mut filled = 0;
        while let Ok(count) = near.write(&[0; 4096]) {
            filled += count;
        }
        assert!(!spin.finds_room(&near));
        far.read_exact(&mut vec![0; filled]).unwrap();
        // After a look that did not pay one is left out.
        assert!((0..2).any(|_| spin.finds_room(&near)));
    }
}
