//! A bus in a file, as its peers see it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use nuncio_core::{AttachOptions, Capabilities, Driver, EndpointName, Error, PeerId, Result, Role};
use nuncio_sys::process::ProcessIdentity;
use nuncio_sys::watch::Watch;

use super::config::JsonFileConfig;
use super::driver::{JsonFileDriver, account_of, holder};
use super::store::{Store, Verdict};
use crate::place::{Changes, Glance, Joined, Place};
use crate::route::{Arrival, Holder, Present};
use crate::wire::account::Account;
use crate::wire::id::time_of_seconds;
use crate::wire::state::{Client, State};

/// What a message begins with that was put back: such come first, in their order, and were counted when they came first.
pub(super) const PUT_BACK: &[u8] = b"{\"nuncio_put_back\":1,";

/// The bus that `config` describes, for peers.
pub(crate) fn place(config: &JsonFileConfig) -> Result<Arc<dyn Place>> {
    Ok(Arc::new(JsonFileDriver::open(config)?))
}

impl Place for JsonFileDriver {
    fn claims(&self) -> &Capabilities {
        self.capabilities()
    }

    fn key(&self) -> String {
        self.store().key()
    }

    fn check_name(&self, id: &str) -> Result<()> {
        PeerId::new(id).map(drop)
    }

    fn join(&self, who: &EndpointName, arrival: Arrival) -> Result<Joined> {
        let (attached, ledger) = self.receive(who, arrival, &AttachOptions::new(Role::Receive))?;
        let (may_resume, connections) = Default::default();
        Ok(Joined { attached, ledger, may_resume, connections, may_read_ahead: true, glance: Glance::None })
    }

    fn present(&self) -> Result<Vec<Present>> {
        self.store().look(|state| {
            let present = |(id, client): (&String, &Client<'_>)| {
                Some(Present { id: EndpointName::new(id).ok()?, holder: holder(client) })
            };
            state.clients.iter().filter_map(present).collect()
        })
    }

    fn holder(&self, id: &str) -> Result<Option<Holder>> {
        self.store().look(|state| state.clients.get(id).map(holder))
    }

    fn is_certainly(&self, id: &str, pid: u32) -> Result<bool> {
        self.store()
            .look(|state| {
                let start_ticks = state.clients.get(id).filter(|client| client.pid == Some(pid))?.start_ticks?;
                ProcessIdentity { pid, start_ticks }.is_alive().ok()
            })
            .map(|lives| lives.unwrap_or(false))
    }

    fn suspended_until(&self, id: &str) -> Result<Option<SystemTime>> {
        self.store().look(|state| {
            let text = state.clients.get(id)?.suspend_expires_at.as_deref()?;
            let text = std::str::from_utf8(text).ok()?;
            time_of_seconds(text.trim_matches('"').parse().ok()?)
        })
    }

    fn suspend_until(&self, id: &str, until: SystemTime) -> Result<()> {
        let since = until.duration_since(UNIX_EPOCH).unwrap_or_default();
        let text = format!("{}.{:05}", since.as_secs(), since.subsec_micros() / 10);
        self.store().change(|state| {
            if let Some(client) = state.clients.get_mut(id) {
                client.suspend_expires_at = Some(Cow::Owned(text.into_bytes()));
            }
            Ok(((), Verdict::Write))
        })
    }

    fn put_back(&self, id: &str, json: &[u8]) -> Result<()> {
        let message = match json.starts_with(PUT_BACK) {
            true => json.to_vec(),
            false => [PUT_BACK, json.trim_ascii_start().strip_prefix(b"{").unwrap_or(json)].concat(),
        };
        self.store().change(|state| {
            let mailbox = state.messages.entry(id.to_owned()).or_default();
            let at = mailbox.iter().take_while(|message| message.starts_with(PUT_BACK)).count();
            mailbox.insert(at, Cow::Owned(message));
            Ok(((), Verdict::Write))
        })
    }

    fn has_unfinished(&self, _: &str) -> Result<bool> {
        Ok(false)
    }

    fn reap(&self, id: &str) -> Result<bool> {
        self.store().change(|state| match state.clients.get(id).map(holder) {
            Some(Holder::Dead(_)) => {
                state.clients.remove(id);
                state.messages.remove(id);
                Ok((true, Verdict::Write))
            }
            _ => Ok((false, Verdict::Keep)),
        })
    }

    fn accounts(&self) -> Result<BTreeMap<String, Account>> {
        self.store().look(|state| {
            let account = |id: &String| account_of(state, id).map(|account| (id.clone(), account));
            state.stats.keys().filter_map(account).collect()
        })
    }

    fn changes(&self) -> Result<Box<dyn Changes>> {
        let (store, watch) = (Arc::clone(self.store()), self.store().watch()?);
        Ok(Box::new(FileChanges { store, watch, known: None }))
    }

    fn owner_file(&self) -> Option<PathBuf> {
        let mut name = OsString::from(".nuncio-owner-");
        name.push(self.store().path().file_name()?);
        Some(self.store().path().with_file_name(name))
    }

    fn remove(&self) -> Result<()> {
        self.store().remove()?;
        match self.owner_file().map(std::fs::remove_file) {
            Some(Err(error)) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::io("remove the bus", error).on(self.store().path()))
            }
            _ => Ok(()),
        }
    }
}

/// Looks who is there whenever the file was written.
#[derive(Debug)]
struct FileChanges {
    store: Arc<Store>,
    watch: Watch,
    known: Option<Vec<Who>>,
}

/// Somebody, his process, and until when he is away.
type Who = (String, Option<u32>, Option<Vec<u8>>);

impl Changes for FileChanges {
    fn readiness(&self) -> &Arc<OwnedFd> {
        self.watch.readiness()
    }

    fn take(&mut self) -> Result<bool> {
        let mut changes = Vec::new();
        self.watch.take(&mut changes).map_err(|error| Error::io("watch the bus", error))?;
        if changes.is_empty() && self.known.is_some() {
            return Ok(false);
        }
        let now = Some(self.store.look(all)?);
        Ok(std::mem::replace(&mut self.known, now) != self.known)
    }
}

fn all(state: &State<'_>) -> Vec<Who> {
    let who = |(id, client): (&String, &Client<'_>)| {
        (id.clone(), client.pid, client.suspend_expires_at.as_ref().map(|text| text.to_vec()))
    };
    state.clients.iter().map(who).collect()
}
