//! A connection between two hosts that can be cut.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Carries connections on to an address, while it is not cut.
pub(crate) struct Link {
    pub(crate) address: SocketAddr,
    cut: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Link {
    pub(crate) fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("an address");
        let address = listener.local_addr().expect("it is bound");
        let (cut, open) = (Arc::new(AtomicBool::new(false)), Arc::<Mutex<Vec<TcpStream>>>::default());
        let link = Self { address, cut: Arc::clone(&cut), open: Arc::clone(&open) };
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                // Held until the connection is among the open ones: a cut finds it there, or this finds the cut.
                let mut open = open.lock().expect("no panic");
                if cut.load(Ordering::SeqCst) {
                    continue;
                }
                // A host that is down refuses, and so does the link.
                let Ok(far) = TcpStream::connect(target) else { continue };
                open.retain(|stream| stream.peer_addr().is_ok());
                for stream in [&near, &far] {
                    open.push(stream.try_clone().expect("cloned"));
                }
                drop(open);
                carry(&near, &far);
                carry(&far, &near);
            }
        });
        link
    }

    /// Cuts what is open, in the middle of whatever it carries, and what will be opened.
    pub(crate) fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
        for stream in self.open.lock().expect("no panic").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    pub(crate) fn mend(&self) {
        self.cut.store(false, Ordering::SeqCst);
    }
}

fn carry(from: &TcpStream, to: &TcpStream) {
    let (mut from, mut to) = (from.try_clone().expect("cloned"), to.try_clone().expect("cloned"));
    thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        let carried = loop {
            match from.read(&mut buffer) {
                Ok(0) => break Ok(()),
                Ok(count) => match to.write_all(&buffer[..count]) {
                    Ok(()) => {}
                    Err(error) => break Err(error),
                },
                Err(error) => break Err::<(), io::Error>(error),
            }
        };
        let how = if carried.is_ok() { Shutdown::Write } else { Shutdown::Both };
        let _ = to.shutdown(how);
    });
}
