//! Children, workers and other processes that a service watches: each is a descriptor that tells its end.
//!
//! # Source
//! pidfd_open(2), pidfd_send_signal(2).

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nuncio_core::{Cancel, Deadline, Error, ErrorKind, Readiness, Result, SystemClock, Wait};
use rustix::event::epoll;
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tracing::{debug, warn};

use super::mail::Mail;
use crate::route::wait_for_any;

/// How long workers are given to end before they are killed.
const WORKER_PATIENCE: Duration = Duration::from_secs(15);
const LOOK: Duration = Duration::from_millis(10);

/// What belongs to a service beside its messages.
#[derive(Debug)]
pub(super) struct Children {
    readiness: Readiness,
    ends: Arc<OwnedFd>,
    processes: HashMap<u32, Process>,
    threads: Vec<(String, JoinHandle<()>)>,
    /// Called when the threads are to end.
    cancel: Arc<Cancel>,
}

#[derive(Debug)]
struct Process {
    descriptor: OwnedFd,
    role: Role,
}

#[derive(Debug)]
enum Role {
    Child(Child),
    Watched,
    Worker(String, Child),
}

/// Something that ended.
#[derive(Debug)]
pub(super) enum Ended {
    Child(u32, ExitStatus),
    Watched(u32),
}

impl Children {
    pub(super) fn new() -> Result<Self> {
        let ends = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(|error| failed("begin the service", error))?;
        let ends = Arc::new(ends);
        let readiness = Readiness::Readable(Arc::clone(&ends));
        Ok(Self { readiness, ends, processes: HashMap::new(), threads: Vec::new(), cancel: Arc::default() })
    }

    pub(super) const fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    /// Tells when process `pid`, which is no child, ends; at once if there is none.
    pub(super) fn watch(&mut self, pid: u32) -> Result<bool> {
        match open(pid) {
            Ok(descriptor) => self.add(pid, descriptor, Role::Watched).map(|()| true),
            Err(Errno::SRCH) => Ok(false),
            Err(error) => Err(failed("watch the process", error)),
        }
    }

    /// Starts a child of which nobody but the service takes care.
    pub(super) fn start(&mut self, command: &mut Command) -> Result<u32> {
        let child = command.spawn().map_err(|error| cannot_start(command, error))?;
        self.adopt(child, Role::Child)
    }

    /// Starts a worker process.
    pub(super) fn start_worker(&mut self, name: &str, command: &mut Command) -> Result<u32> {
        let child = command.spawn().map_err(|error| cannot_start(command, error))?;
        self.adopt(child, |child| Role::Worker(name.to_owned(), child))
    }

    /// Takes care of a child that was started already.
    pub(super) fn take_child(&mut self, child: Child) -> Result<u32> {
        self.adopt(child, Role::Child)
    }

    fn adopt(&mut self, child: Child, role: impl FnOnce(Child) -> Role) -> Result<u32> {
        let pid = child.id();
        // A child that has ended and was not waited for keeps its number.
        let descriptor = open(pid).map_err(|error| failed("watch the child", error))?;
        self.add(pid, descriptor, role(child))?;
        Ok(pid)
    }

    fn add(&mut self, pid: u32, descriptor: OwnedFd, role: Role) -> Result<()> {
        let data = epoll::EventData::new_u64(pid.into());
        epoll::add(&self.ends, &descriptor, data, epoll::EventFlags::IN)
            .map_err(|error| failed("watch the child", error))?;
        self.processes.insert(pid, Process { descriptor, role });
        Ok(())
    }

    /// Starts a worker that is a thread; it is to end when its cancel is called.
    pub(super) fn start_thread(
        &mut self,
        name: &str,
        mail: &Arc<Mail>,
        work: impl FnOnce(&Cancel) + Send + 'static,
    ) -> Result<()> {
        let (cancel, mail) = (Arc::clone(&self.cancel), Arc::clone(mail));
        let body = move || {
            work(&cancel);
            mail.ring();
        };
        let thread = thread::Builder::new().name(name.to_owned()).spawn(body);
        let thread = thread.map_err(|error| Error::io("start the worker", error).on(name))?;
        self.threads.push((name.to_owned(), thread));
        Ok(())
    }

    /// The workers that have not ended, by their names; those that are threads have no process number.
    pub(super) fn workers(&self) -> Vec<(String, Option<u32>)> {
        let processes = self.processes.iter().filter_map(|(pid, process)| match &process.role {
            Role::Worker(name, _) => Some((name.clone(), Some(*pid))),
            Role::Child(_) | Role::Watched => None,
        });
        let threads = self.threads.iter().filter(|(_, thread)| !thread.is_finished());
        processes.chain(threads.map(|(name, _)| (name.clone(), None))).collect()
    }

    /// Whether nothing is watched.
    pub(super) fn is_empty(&self) -> bool {
        self.processes.is_empty()
    }

    /// Who ended since the last call; workers are seen to here.
    pub(super) fn take(&mut self) -> Vec<Ended> {
        let mut ended = Vec::new();
        let pids: Vec<u32> =
            self.processes.iter().filter(|(_, process)| has_ended(process)).map(|(pid, _)| *pid).collect();
        for pid in pids {
            let Some(process) = self.processes.remove(&pid) else { continue };
            match process.role {
                Role::Watched => ended.push(Ended::Watched(pid)),
                Role::Child(mut child) => match child.wait() {
                    Ok(status) => ended.push(Ended::Child(pid, status)),
                    Err(error) => warn!(pid, %error, "a child ended, and somebody else has waited for it"),
                },
                Role::Worker(name, mut child) => debug!(name, pid, status = ?child.wait(), "a worker ended"),
            }
        }
        self.reap_threads();
        ended
    }

    fn reap_threads(&mut self) {
        for (name, thread) in self.threads.extract_if(.., |(_, thread)| thread.is_finished()) {
            if thread.join().is_err() {
                warn!(name, "a worker has panicked");
            }
        }
    }

    /// Asks all workers to end, and kills those that do not; threads cannot be killed, and are left behind.
    pub(super) fn end_workers(&mut self) {
        self.cancel.cancel();
        self.signal_workers(Signal::TERM);
        let given_up = Instant::now() + WORKER_PATIENCE;
        while !self.workers().is_empty() && Instant::now() < given_up {
            // Threads tell their end to nobody here.
            let until = match self.threads.is_empty() {
                true => given_up,
                false => given_up.min(Instant::now() + LOOK),
            };
            let _ = wait_for_any(&[&self.readiness], &SystemClock, Wait::until(Deadline::At(until)));
            self.take();
        }
        self.signal_workers(Signal::KILL);
        for (pid, process) in self.processes.drain() {
            if let Role::Worker(name, mut child) = process.role {
                warn!(name, pid, "a worker did not end, and was killed");
                let _ = child.wait();
            }
        }
        for (name, _) in self.threads.drain(..) {
            warn!(name, "a worker did not end, and is left behind");
        }
    }

    fn signal_workers(&self, signal: Signal) {
        for process in self.processes.values().filter(|process| matches!(process.role, Role::Worker(..))) {
            // It may have ended.
            let _ = pidfd_send_signal(&process.descriptor, signal);
        }
    }
}

fn open(pid: u32) -> std::result::Result<OwnedFd, Errno> {
    let process = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or(Errno::SRCH)?;
    pidfd_open(process, PidfdFlags::empty())
}

fn has_ended(process: &Process) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    matches!(poll(&mut [PollFd::new(&process.descriptor, PollFlags::IN)], Some(&at_once)), Ok(1))
}

fn failed(operation: &'static str, error: Errno) -> Error {
    Error::new(ErrorKind::LimitExceeded, operation).caused_by(std::io::Error::from(error))
}

fn cannot_start(command: &Command, error: std::io::Error) -> Error {
    Error::io("start the program", error).on(&*command.get_program().to_string_lossy())
}
