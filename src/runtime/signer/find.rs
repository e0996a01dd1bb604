//! Finding keys: those that an agent holds, those in `~/.ssh`, and who holds the private half of one.

use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Hand, agent};
use crate::sign::key::PublicKey;
use crate::sign::secret::{Closed, SecretKey};

/// Longest key file.
const MOST: u64 = 256 * 1024;

/// How long an agent may take to say what it holds: nobody has to touch anything for that.
const LISTING: Duration = Duration::from_secs(5);

/// How often a passphrase is asked for.
const TRIES: usize = 3;

/// A key that could sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The key, or the certificate.
    pub key: PublicKey,
    /// Its comment.
    pub comment: String,
    /// Whether the agent holds it.
    pub agent: bool,
    /// The file of its public half.
    pub file: Option<PathBuf>,
}

/// Asks for a passphrase: the question, then the reply; none when nobody is there or wants to.
pub type Passphrase<'a> = dyn Fn(&str) -> Option<SecretString> + 'a;

/// Returns the keys that could sign: the agent's first, then those of the files `*.pub` in `directory`. A key that is both
/// stands once. Also why the agent could not be asked.
pub async fn candidates(socket: Option<&Path>, directory: &Path) -> (Vec<Candidate>, Option<String>) {
    let (held, trouble) = match socket {
        None => (Vec::new(), None),
        Some(socket) => match listed(socket).await {
            Ok(held) => (held, None),
            Err(why) => (Vec::new(), Some(why)),
        },
    };
    let mut all: Vec<Candidate> =
        held.into_iter().map(|(key, comment)| Candidate { key, comment, agent: true, file: None }).collect();
    let entries =
        std::fs::read_dir(directory).map(|dir| dir.flatten().collect::<Vec<_>>()).unwrap_or_default();
    let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "pub"));
    files.sort();
    for path in files {
        let Ok((key, comment)) = public(&path) else { continue };
        match all.iter_mut().find(|known| known.key == key) {
            Some(known) => known.file = Some(path),
            None => all.push(Candidate { key, comment, agent: false, file: Some(path) }),
        }
    }
    (all, trouble)
}

async fn listed(socket: &Path) -> Result<Vec<(PublicKey, String)>, String> {
    let late = |_| format!("the agent at {} does not answer", socket.display());
    let held = tokio::time::timeout(LISTING, agent::list(socket)).await.map_err(late)??;
    let read =
        |held: crate::sign::agent::Identity| Some((PublicKey::from_blob(&held.blob).ok()?, held.comment));
    Ok(held.into_iter().filter_map(read).collect())
}

/// Reads a public key or a certificate: the file itself, or, of a private key, the one beside it.
///
/// # Errors
/// As a sentence.
pub fn public(path: &Path) -> Result<(PublicKey, String), String> {
    let text = read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    if text.starts_with("-----BEGIN") {
        let beside = with(path, ".pub");
        if beside.exists() {
            return public(&beside);
        }
        let key = SecretKey::open(&text, None).map_err(|why| format!("{}: {why}", path.display()))?;
        let key = key.public().ok_or_else(|| format!("{}: it has no public half", path.display()))?;
        return Ok((key, String::new()));
    }
    PublicKey::from_line(&text).map_err(|why| format!("{}: {why}", path.display()))
}

/// Finds who holds the private half of `key`: the agent, else the file beside `file`, whose passphrase is asked for.
///
/// # Errors
/// As a sentence that says what was tried.
pub async fn hand(
    key: &PublicKey,
    file: Option<&Path>,
    socket: Option<&Path>,
    ask: &Passphrase<'_>,
) -> Result<Hand, String> {
    let mut tried = Vec::new();
    match socket {
        None => tried.push("there is no agent (SSH_AUTH_SOCK)".to_owned()),
        Some(socket) => match listed(socket).await {
            Err(why) => tried.push(why),
            Ok(held) => {
                let exact = held.iter().find(|(own, _)| own == key);
                let same = exact
                    .or_else(|| held.iter().find(|(own, _)| own.is_same_key(key) && !own.is_certificate()));
                if let Some((own, _)) = same {
                    return Ok(Hand::Agent { socket: socket.to_owned(), blob: own.blob().to_vec() });
                }
                tried.push("the agent does not hold it".to_owned());
            }
        },
    }
    if let Some(file) = file.map(private_of) {
        match unlock(&file, key, ask) {
            Ok(key) => return Ok(Hand::Key(Box::new(key))),
            Err(why) => tried.push(format!("{}: {why}", file.display())),
        }
    }
    Err(format!("the key {} cannot sign: {}", key.fingerprint(), tried.join("; ")))
}

/// Returns the file of the private half that belongs to the file of a public one, or of a certificate.
fn private_of(public: &Path) -> PathBuf {
    let name = public.to_string_lossy();
    let bare = name.strip_suffix("-cert.pub").or_else(|| name.strip_suffix(".pub"));
    bare.map_or_else(|| public.to_owned(), PathBuf::from)
}

fn unlock(file: &Path, key: &PublicKey, ask: &Passphrase<'_>) -> Result<SecretKey, String> {
    let text = secret(file).map_err(|error| error.to_string())?;
    let mut opened = SecretKey::open(&text, None);
    let mut tries = 0;
    while matches!(opened, Err(Closed::Encrypted | Closed::Wrong)) && tries < TRIES {
        let again = if tries == 0 { "" } else { "That is not its passphrase. " };
        let Some(typed) = ask(&format!("{again}Passphrase of {} (not shown):", file.display())) else {
            return Err("it needs a passphrase, which nobody typed: add it to ssh-agent".to_owned());
        };
        opened = SecretKey::open(&text, Some(typed.expose_secret()));
        tries += 1;
    }
    let opened = opened.map_err(|why| why.to_string())?;
    match opened.public() {
        Some(own) if own.is_same_key(key) => Ok(opened),
        _ => Err("it is another key".to_owned()),
    }
}

fn read(path: &Path) -> std::io::Result<Zeroizing<String>> {
    let file = std::fs::File::open(path)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(std::io::Error::other("it is no regular file"));
    }
    if about.len() > MOST {
        return Err(std::io::Error::other("it is too large for a key"));
    }
    let length = usize::try_from(about.len()).unwrap_or_default();
    let mut text = Zeroizing::new(String::with_capacity(length + 1));
    file.take(MOST).read_to_string(&mut text)?;
    Ok(text)
}

/// Reads a private key, which nobody else may read: as ssh, only the owner's own are looked at so closely.
fn secret(path: &Path) -> std::io::Result<Zeroizing<String>> {
    let about = std::fs::metadata(path)?;
    let mode = about.permissions().mode() & 0o777;
    if about.uid() == rustix::process::geteuid().as_raw() && mode & 0o077 != 0 {
        let shown = path.display();
        return Err(std::io::Error::other(format!(
            "its permissions {mode:04o} let others at it, so it is not used (`chmod 600 {shown}`)"
        )));
    }
    read(path)
}

fn with(path: &Path, more: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(more);
    PathBuf::from(name)
}
