//! A keyring: a private directory with our own key pairs and the public keys that are trusted to be some host's.

mod lines;
mod store;

use std::env;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use nuncio_core::{Error, ErrorKind, Result};
use zeroize::Zeroizing;

use self::store::{Stamp, Store};
use super::key::{PublicKey, SecretKey};
use super::keys::{Keys, OwnKey, Seal, SealedBy, TrustedKey};
use super::nacl::{self, AUTHENTICATOR_BYTES, Nonce};
use super::nonces::Nonces;
use crate::random::SystemRandomness;
use crate::remote::check_host;

/// The environment variable that names the directory of the keyring.
pub const KEYRING_VARIABLE: &str = "NUNCIO_KEYRING";
const OWN: &str = "own-keys";
const TRUSTED: &str = "trusted-keys";
/// A keyring that another process has changed is read again after so long at the latest.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Our own key pairs and the keys of other hosts, in a directory that only its owner can look into.
///
/// Several processes may use one; who changes it replaces a file as a whole. A process that holds one open sees the changes
/// of others within a second, so that a key which is revoked opens nothing from then on.
///
/// ```
/// use nuncio_queue::seal::Keyring;
///
/// # let dir = tempfile::tempdir()?;
/// let ours = Keyring::create(dir.path().join("ours"))?;
/// let theirs = Keyring::create(dir.path().join("theirs"))?;
/// ours.trust("theirs.example", theirs.generate("")?, "over the phone")?;
/// theirs.trust("ours.example", ours.generate("first key")?, "")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Keyring {
    store: Store,
    read: Mutex<AsRead>,
    nonces: Nonces,
}

/// The keys as they were read last.
#[derive(Debug)]
struct AsRead {
    keys: Arc<Keys>,
    stamps: Stamps,
    looked: Instant,
}

type Stamps = [Option<Stamp>; 2];

impl Keyring {
    /// Where a keyring is unless somebody says otherwise: what `NUNCIO_KEYRING` names, else `nuncio/keyring` in the user's
    /// directory for configuration (`XDG_CONFIG_HOME`, else `~/.config`). None where the environment names no home.
    pub fn default_directory() -> Option<PathBuf> {
        let named = |variable: &str| env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
        named(KEYRING_VARIABLE).or_else(|| {
            let configuration = named("XDG_CONFIG_HOME")
                .filter(|path| path.is_absolute())
                .or_else(|| Some(named("HOME")?.join(".config")));
            Some(configuration?.join("nuncio").join("keyring"))
        })
    }

    /// Opens the keyring in `directory`.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] when there is none; [`ErrorKind::PermissionDenied`] when the directory or a file in it is
    /// somebody else's, or other users can read it; [`ErrorKind::Corrupt`] for a line that is no key; those of the file system.
    pub fn open(directory: impl AsRef<Path>) -> Result<Self> {
        Self::of(Store::open(directory.as_ref())?)
    }

    /// Opens the keyring in `directory`, or makes an empty one, with the directories above it.
    ///
    /// # Errors
    /// As [`open`](Self::open), but for its being there.
    pub fn create(directory: impl AsRef<Path>) -> Result<Self> {
        Self::of(Store::create(directory.as_ref())?)
    }

    fn of(store: Store) -> Result<Self> {
        let read = AsRead::of(&store)?;
        Ok(Self { store, read: Mutex::new(read), nonces: Nonces::new(Arc::new(SystemRandomness)) })
    }

    /// Where it is.
    pub fn directory(&self) -> &Path {
        self.store.path()
    }

    /// Makes a key pair, which is the current one from now on: what is sealed is sealed with it. Older ones still open.
    ///
    /// # Errors
    /// [`ErrorKind::ApiMisuse`] for a comment that is not one line; those of the file system and of the system's randomness.
    pub fn generate(&self, comment: &str) -> Result<PublicKey> {
        self.add_own(&SecretKey::generate(&SystemRandomness)?, comment)
    }

    /// Takes `secret` as the current key; older ones still open. One that is there already becomes the current one again.
    ///
    /// # Errors
    /// As [`generate`](Self::generate), and [`ErrorKind::PermissionDenied`] for the key that IPC::Transit comes with.
    pub fn import(&self, secret: &SecretKey, comment: &str) -> Result<PublicKey> {
        lines::own_secret(secret)?;
        self.add_own(secret, comment)
    }

    fn add_own(&self, secret: &SecretKey, comment: &str) -> Result<PublicKey> {
        lines::check_comment(comment)?;
        let public = secret.public_key();
        self.store.change(OWN, |text| {
            let own = lines::read_own(text)?;
            let kept = keep_lines(text, &own, |key| key.public != public);
            let line = lines::own_line(secret, SystemTime::now(), comment);
            Ok((Some(with_line(&kept, &line)), public))
        })?;
        self.read_again()?;
        Ok(public)
    }

    /// The key with which is sealed.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEndpoint`] when there is none yet; otherwise as [`open`](Self::open).
    pub fn current(&self) -> Result<OwnKey> {
        self.keys()?.own.last().cloned().ok_or_else(|| {
            Error::new(ErrorKind::NoSuchEndpoint, "find the current key in")
                .on(self.directory())
                .because("there is no key of our own; `nuncio keys generate` makes one")
        })
    }

    /// All key pairs of our own, the current one last.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn own(&self) -> Result<Vec<OwnKey>> {
        Ok(self.keys()?.own.clone())
    }

    /// All keys that are trusted; of each host the one that was trusted last is sealed for.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn trusted(&self) -> Result<Vec<TrustedKey>> {
        Ok(self.keys()?.trusted.clone())
    }

    /// Trusts `key` to be `host`'s, beside the keys of it that are trusted already; what is sealed for the host is sealed for
    /// this key from now on.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidName`] for a host that no header can name; [`ErrorKind::PermissionDenied`] for the key that
    /// IPC::Transit comes with; [`ErrorKind::ApiMisuse`] for a comment that is not one line; those of the file system.
    pub fn trust(&self, host: &str, key: PublicKey, comment: &str) -> Result<()> {
        check_host(host)?;
        lines::check_comment(comment)?;
        lines::trustworthy(key)?;
        self.store.change(TRUSTED, |text| {
            let trusted = lines::read_trusted(text)?;
            let kept = keep_lines(text, &trusted, |known| known.host != host || known.public != key);
            let line = lines::trusted_line(host, &key, SystemTime::now(), comment);
            Ok((Some(with_line(&kept, &line)), ()))
        })?;
        self.read_again()
    }

    /// Trusts `key`, or without one no key, of `host` any more. Says how many keys that were.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEndpoint`] when none was trusted; those of the file system.
    pub fn revoke(&self, host: &str, key: Option<&PublicKey>) -> Result<usize> {
        let count = self.store.change(TRUSTED, |text| {
            let trusted = lines::read_trusted(text)?;
            let goes = |known: &TrustedKey| known.host == host && key.is_none_or(|key| known.public == *key);
            let count = trusted.iter().filter(|known| goes(known)).count();
            let kept = (count > 0).then(|| keep_lines(text, &trusted, |known| !goes(known)));
            Ok((kept, count))
        })?;
        if count == 0 {
            let what = if key.is_some() { "that key is not trusted for it" } else { "no key of it is trusted" };
            return Err(Error::new(ErrorKind::NoSuchEndpoint, "revoke the keys of").on(host).because(what));
        }
        self.read_again()?;
        Ok(count)
    }

    /// Seals `payload` for `host` into `sealed`, which is overwritten, and says the nonce: for whoever moves messages himself.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] when there is no key of our own, or none is trusted of the host.
    pub fn seal(&self, host: &str, payload: &[u8], sealed: &mut Vec<u8>) -> Result<Nonce> {
        let seal = self.seal_for(host, false)?;
        sealed.clear();
        sealed.resize(AUTHENTICATOR_BYTES, 0);
        sealed.extend_from_slice(payload);
        nacl::seal(&seal.key, sealed, || self.nonces.next())
    }

    /// Opens what was sealed with `nonce` into `payload`, which is overwritten, and says whose key it was. Keys of `source` are
    /// tried first, if it is known which host the message says to come from. It is not judged whether it was received before.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`] when no key opens it.
    pub fn unseal(
        &self,
        source: Option<&str>,
        nonce: &Nonce,
        sealed: &[u8],
        payload: &mut Vec<u8>,
    ) -> Result<SealedBy> {
        let by = self.open_box(source, nonce, sealed, false, payload)?;
        Ok(by.expect("without the published pair it is some host's key"))
    }

    pub(crate) fn seal_for(&self, host: &str, danger_default: bool) -> Result<Seal> {
        self.keys()?.seal_for(host, danger_default)
    }

    pub(crate) fn open_box(
        &self,
        source: Option<&str>,
        nonce: &Nonce,
        payload: &[u8],
        danger_default: bool,
        plain: &mut Vec<u8>,
    ) -> Result<Option<SealedBy>> {
        let keys = self.keys()?;
        let opened = keys.open(source, nonce, payload, danger_default, plain);
        match opened {
            // Perhaps the key came into the keyring a moment ago.
            Err(error) => match self.keys_if_changed()? {
                Some(keys) => keys.open(source, nonce, payload, danger_default, plain),
                None => Err(error),
            },
            opened => opened,
        }
    }

    /// The keys, which another process has not changed for longer than a second.
    fn keys(&self) -> Result<Arc<Keys>> {
        let read = self.lock();
        if read.looked.elapsed() < LOOK_AGAIN_AFTER {
            return Ok(Arc::clone(&read.keys));
        }
        drop(read);
        self.keys_if_changed()?;
        Ok(Arc::clone(&self.lock().keys))
    }

    /// The keys, if they are others than those that were read last.
    fn keys_if_changed(&self) -> Result<Option<Arc<Keys>>> {
        let stamps = stamps(&self.store)?;
        let mut read = self.lock();
        if read.stamps == stamps {
            read.looked = Instant::now();
            return Ok(None);
        }
        *read = AsRead::of(&self.store)?;
        Ok(Some(Arc::clone(&read.keys)))
    }

    fn read_again(&self) -> Result<()> {
        let read = AsRead::of(&self.store)?;
        *self.lock() = read;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, AsRead> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsRead {
    fn of(store: &Store) -> Result<Self> {
        let (own, own_stamp) = store.read(OWN)?;
        let (trusted, trusted_stamp) = store.read(TRUSTED)?;
        let in_file = |name| move |error: Error| error.on(store.path().join(name).as_path());
        let own = lines::read_own(&own).map_err(in_file(OWN))?;
        let trusted = lines::read_trusted(&trusted).map_err(in_file(TRUSTED))?;
        let keys = Arc::new(Keys::new(own, trusted));
        Ok(Self { keys, stamps: [own_stamp, trusted_stamp], looked: Instant::now() })
    }
}

fn stamps(store: &Store) -> Result<Stamps> {
    Ok([store.stamp(OWN)?, store.stamp(TRUSTED)?])
}

/// The lines of `text` without those of the keys that do not stay; `keys` are the keys that were read from it.
fn keep_lines<K>(text: &str, keys: &[K], stays: impl Fn(&K) -> bool) -> Zeroizing<String> {
    let mut kept = Zeroizing::new(String::with_capacity(text.len() + 1));
    let mut keys = keys.iter();
    for line in text.lines() {
        if !lines::is_key(line) || keys.next().is_some_and(&stays) {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

fn with_line(text: &str, line: &str) -> Zeroizing<String> {
    let mut longer = Zeroizing::new(String::with_capacity(text.len() + line.len() + 1));
    longer.push_str(text);
    longer.push_str(line);
    longer.push('\n');
    longer
}

#[cfg(test)]
mod tests;
