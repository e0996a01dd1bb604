//! The vault: the values of the secrets of the runs that this process drives, and what keeps them from getting out.
//!
//! Values come in at the opening of a run and when it is taken up again ([`gather`]); they leave only inside requests for
//! steps. Everything else on its way out passes one of three doors: a step's output the [`Vault::filter`], facts on their
//! way to the log [`Vault::facts`], words on their way to a person [`Vault::text`]. The log holds the vault ([`Log`]), so
//! that nothing can be written past it. Beside the values it knows which texts may run something on this machine.
//!
//! [`Log`]: crate::runtime::log::Log

pub mod gather;
pub mod prompt;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use secrecy::{ExposeSecret as _, SecretString};

use crate::audit::words;
use crate::exec;
use crate::run::fact::Entry;
use crate::text::redact::{RedactStream, Redactor, SHORTEST};

/// What stands for a passphrase or password in output.
const TYPED: &str = "that was typed";

/// Why a value is not taken. Never shows it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It would be found everywhere by chance.
    #[error(
        "the value of {0} has fewer than {SHORTEST} characters: it could not be kept out of the record; take a longer one, or declare it with allow-short"
    )]
    Short(String),
    /// No step can be given it.
    #[error("{0}")]
    Value(#[from] exec::wrapper::ValueRefused),
}

/// See the module. Cheap to clone; clones share the values.
#[derive(Clone, Default)]
pub struct Vault(Arc<RwLock<Inner>>);

#[derive(Default)]
struct Inner {
    held: BTreeMap<String, Held>,
    /// Passphrases and passwords that a person typed: never given to a step, and kept out of everything.
    typed: Vec<SecretString>,
    redactor: Option<Redactor>,
    allowed: BTreeSet<String>,
}

impl Inner {
    /// Looks for all that is held from now on.
    fn look_for(&mut self) {
        let long = self.held.iter().filter(|(_, held)| !held.short);
        let named = long.map(|(name, held)| (name.as_str(), held.value.expose_secret()));
        let typed = self.typed.iter().map(|typed| (TYPED, typed.expose_secret()));
        let redactor = Redactor::new(named.chain(typed));
        self.redactor = (!redactor.is_empty()).then_some(redactor);
    }
}

struct Held {
    value: SecretString,
    short: bool,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.inner().held.keys()).finish()
    }
}

impl Vault {
    /// Takes the value of the secret `name`. One with fewer than 8 characters needs `allow_short`; it is given to steps
    /// and not looked for.
    ///
    /// # Errors
    /// [`Refused`]; the value is gone then.
    pub fn put(&self, name: &str, value: SecretString, allow_short: bool) -> Result<(), Refused> {
        let short = value.expose_secret().chars().count() < SHORTEST;
        if short && !allow_short {
            return Err(Refused::Short(name.to_owned()));
        }
        let given = exec::Value { name: name.to_owned(), value, secret: true };
        exec::wrapper::check_value(&given)?;
        let mut inner = self.0.write().unwrap_or_else(PoisonError::into_inner);
        inner.held.insert(given.name, Held { value: given.value, short });
        inner.look_for();
        Ok(())
    }

    /// Keeps a passphrase or password out of everything from now on, unless it is so short that it would be found
    /// everywhere by chance.
    pub fn hide(&self, typed: SecretString) {
        if typed.expose_secret().chars().count() >= SHORTEST {
            let mut inner = self.0.write().unwrap_or_else(PoisonError::into_inner);
            inner.typed.push(typed);
            inner.look_for();
        }
    }

    /// Remembers that the runbook with this SHA-256 may run what it says on this machine; see [`crate::runtime::trust`].
    pub fn allow(&self, sha256: &str) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).allowed.insert(sha256.to_owned());
    }

    /// Returns whether the runbook with this SHA-256 may run what it says on this machine.
    #[must_use]
    pub fn allows(&self, sha256: &str) -> bool {
        self.inner().allowed.contains(sha256)
    }

    /// Returns whether the vault has a value for the secret `name`.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.inner().held.contains_key(name)
    }

    /// Returns whether the value of `name` is so short that it is neither redacted nor carried.
    #[must_use]
    pub fn is_short(&self, name: &str) -> bool {
        self.inner().held.get(name).is_some_and(|held| held.short)
    }

    /// Returns what a person has to know about the secrets: those that cannot be hidden.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let inner = self.inner();
        inner.held.iter().filter(|(_, held)| held.short).map(|(name, _)| gather::short(name)).collect()
    }

    /// Returns the values of these secrets for a step.
    ///
    /// # Errors
    /// The name of one that is not there.
    pub fn values(&self, names: &[String]) -> Result<Vec<exec::Value>, String> {
        let inner = self.inner();
        let value = |name: &String| {
            let held = inner.held.get(name).ok_or_else(|| name.clone())?;
            Ok(exec::Value { name: name.clone(), value: held.value.clone(), secret: true })
        };
        names.iter().map(value).collect()
    }

    /// Returns what a step's output passes before it is hashed, stored or shown. What is kept out of it is what the vault
    /// holds when the first of it comes: a passphrase may be typed between the request and the step's beginning.
    #[must_use]
    pub fn filter(&self) -> Box<dyn exec::Filter> {
        Box::new(Filter { vault: self.clone(), eyes: None })
    }

    /// Returns `text` without secrets.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        self.redactor().map_or_else(|| text.to_owned(), |redactor| redactor.text(text))
    }

    /// Returns facts whose words have no secrets. Chunks are not touched: output has passed the filter, and a runbook's
    /// text is refused at the opening if it holds one.
    ///
    /// # Errors
    /// A sentence when a fact cannot be written without a secret.
    pub fn facts(&self, mut entries: Vec<Entry>) -> Result<Vec<Entry>, String> {
        let Some(redactor) = self.redactor() else { return Ok(entries) };
        for entry in &mut entries {
            if let Some(clean) = words::rewrite(&entry.event, &|text| redactor.text(text))? {
                entry.event = clean;
            }
        }
        Ok(entries)
    }

    fn redactor(&self) -> Option<Redactor> {
        self.inner().redactor.clone()
    }

    fn inner(&self) -> RwLockReadGuard<'_, Inner> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Both streams of one step.
struct Filter {
    vault: Vault,
    /// Standard output's and standard error's, from the first byte on; none without secrets.
    eyes: Option<Option<[RedactStream; 2]>>,
}

impl Filter {
    fn of(&mut self, stream: exec::Stream) -> Option<&mut RedactStream> {
        let eyes = || self.vault.redactor().map(|redactor| [redactor.stream(), redactor.stream()]);
        let [stdout, stderr] = self.eyes.get_or_insert_with(eyes).as_mut()?;
        Some(match stream {
            exec::Stream::Stdout => stdout,
            exec::Stream::Stderr => stderr,
        })
    }
}

impl exec::Filter for Filter {
    fn push(&mut self, stream: exec::Stream, bytes: &[u8], out: &mut Vec<u8>) {
        match self.of(stream) {
            Some(eyes) => eyes.push(bytes, out),
            None => out.extend_from_slice(bytes),
        }
    }

    fn finish(&mut self, stream: exec::Stream, out: &mut Vec<u8>) {
        if let Some(eyes) = self.of(stream) {
            eyes.finish(out);
        }
    }
}
