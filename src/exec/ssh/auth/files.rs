//! Key files and the certificates beside them, read off the async threads.

use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use russh::keys::{Certificate, PrivateKey, PublicKey};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};

/// Longest key file; one with 16384 bits of RSA has 13 KiB.
const MOST: u64 = 256 * 1024;

/// A key file that is there and may be used.
pub(super) struct KeyFile {
    pub(super) path: PathBuf,
    /// Its public half; none when only the passphrase would tell.
    pub(super) public: Option<PublicKey>,
    /// The key, unless it needs a passphrase.
    pub(super) key: Option<Arc<PrivateKey>>,
}

/// What a path holds.
pub(super) enum Found {
    Missing,
    File(KeyFile),
    /// Only `PATH.pub` is there, or nothing but it may be used: good for a key that the agent holds. With the reason
    /// why the file is not usable, if it is there.
    Public(PublicKey, Option<String>),
    Unusable(String),
}

/// Reads a key file and the public half beside it.
pub(super) fn read(path: &Path) -> Found {
    let beside = || russh::keys::load_public_key(with(path, ".pub")).ok();
    let unusable = |why: String| match beside() {
        Some(public) => Found::Public(public, Some(why)),
        None => Found::Unusable(why),
    };
    let text = match open(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return beside().map_or(Found::Missing, |public| Found::Public(public, None));
        }
        Err(error) => return unusable(error.to_string()),
    };
    match russh::keys::decode_secret_key(&text, None) {
        Ok(key) => {
            let public = Some(key.public_key().clone());
            Found::File(KeyFile { path: path.to_owned(), public, key: Some(Arc::new(key)) })
        }
        Err(russh::keys::Error::KeyIsEncrypted) => {
            // An encrypted file of OpenSSH shows its public half.
            let own = || PrivateKey::from_openssh(text.as_bytes()).ok().map(|key| key.public_key().clone());
            Found::File(KeyFile { path: path.to_owned(), public: beside().or_else(own), key: None })
        }
        Err(error) => unusable(error.to_string()),
    }
}

/// Reads a key file with its passphrase; `Ok(None)` if that is wrong.
pub(super) fn unlock(path: &Path, passphrase: &SecretString) -> Result<Option<PrivateKey>, String> {
    let text = open(path).map_err(|error| error.to_string())?;
    match russh::keys::decode_secret_key(&text, Some(passphrase.expose_secret())) {
        Ok(key) => Ok(Some(key)),
        Err(russh::keys::Error::IO(error)) => Err(error.to_string()),
        // Known of one ECDSA key in 256, whose number begins with a zero byte: it is left out in the file.
        Err(russh::keys::Error::SshKey(russh::keys::ssh_key::Error::Encoding(error))) => {
            Err(format!("it cannot be read ({error}): let an ssh-agent hold it, or make another key"))
        }
        // A wrong passphrase makes noise of the key, which then is wrong in any way.
        Err(_) => Ok(None),
    }
}

/// Reads the certificate `path`, or `None` if there is none.
pub(super) fn certificate(path: &Path) -> Result<Option<Certificate>, String> {
    match russh::keys::load_openssh_certificate(path) {
        Ok(certificate) => Ok(Some(certificate)),
        Err(russh::keys::ssh_key::Error::Io(io::ErrorKind::NotFound)) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// Returns `path` with something behind it.
pub(super) fn with(path: &Path, more: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(more);
    PathBuf::from(name)
}

/// Reads a file that nobody else may read: as ssh, only the owner's own are looked at so closely.
fn open(path: &Path) -> io::Result<Zeroizing<String>> {
    let file = std::fs::File::open(path)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mode = about.permissions().mode() & 0o777;
    if about.uid() == rustix::process::geteuid().as_raw() && mode & 0o077 != 0 {
        let shown = path.display();
        return Err(io::Error::other(format!(
            "its permissions {mode:04o} let others at it, so it is not used (`chmod 600 {shown}`)"
        )));
    }
    if about.len() > MOST {
        return Err(io::Error::other("it is too large for a key"));
    }
    let length = usize::try_from(about.len()).unwrap_or_default();
    let mut text = Zeroizing::new(String::with_capacity(length + 1));
    file.take(MOST).read_to_string(&mut text)?;
    Ok(text)
}
