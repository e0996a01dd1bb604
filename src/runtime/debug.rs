//! The debug log of `--debug FILE`: what gonogo decided and did, and when, for whoever looks for a fault in it.
//!
//! Connections, effects, what became of them, how long the log took, errors. Never what hosts print, what people type,
//! scripts, values or texts of a runbook. What is written passes the redactor, whatever it is. Failing to write it stops
//! nothing: it is no record, and nothing depends on it.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use crate::clock::{Stamp, rfc3339};
use crate::run::conclude::{Ended, Report};
use crate::run::driver::Effect;
use crate::run::fact::{Entry, Recorded};
use crate::runtime::vault::Vault;
use crate::runtime::worker::Answer;
use crate::runtime::{Fail, clock};
use crate::text::sanitize;

/// Where debug lines go; nowhere by default. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Debug(Option<Arc<Sink>>);

#[derive(Debug)]
struct Sink {
    since: Stamp,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: File,
    vaults: Vec<Vault>,
}

impl Inner {
    fn write(&mut self, since: Stamp, area: &str, words: &str) {
        let now = clock::now();
        let passed = now.mono_ns.saturating_sub(since.mono_ns) / 1000;
        let line = format!(
            "{} +{}.{:06} {area}: {}\n",
            rfc3339(now.wall),
            passed / 1_000_000,
            passed % 1_000_000,
            sanitize(words)
        );
        // A full disk must not stop a run for want of a line that nobody may ever read.
        self.file.write_all(line.as_bytes()).unwrap_or_default();
    }
}

impl Debug {
    /// Opens the file to write at its end, readable for its owner alone.
    ///
    /// # Errors
    /// [`Fail::Usage`] when it cannot be opened, or is something else than a file of this account.
    pub fn to(path: &Path) -> Result<Self, Fail> {
        let refused = |why: String| Fail::Usage(format!("the debug log {}: {why}", path.display()));
        let follow = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits() | rustix::fs::OFlags::NONBLOCK.bits());
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .custom_flags(follow.unwrap_or_default())
            .open(path)
            .map_err(|e| refused(format!("it cannot be written: {e}")))?;
        let about = file.metadata().map_err(|e| refused(e.to_string()))?;
        if !about.is_file() || about.nlink() > 1 || about.uid() != rustix::process::geteuid().as_raw() {
            return Err(refused("it is no file of your own; name a new one".to_owned()));
        }
        file.set_permissions(std::fs::Permissions::from_mode(0o600)).map_err(|e| refused(e.to_string()))?;
        let inner = Mutex::new(Inner { file, vaults: Vec::new() });
        Ok(Self(Some(Arc::new(Sink { since: clock::now(), inner }))))
    }

    /// Keeps what this vault holds out of every line from now on.
    pub fn guard(&self, vault: &Vault) {
        if let Some(sink) = &self.0 {
            sink.inner.lock().unwrap_or_else(PoisonError::into_inner).vaults.push(vault.clone());
        }
    }

    /// Writes a line about `area`; the words are made only if somebody wants them.
    pub fn note(&self, area: &str, words: impl FnOnce() -> String) {
        let Some(sink) = &self.0 else { return };
        let mut inner = sink.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let words = inner.vaults.iter().fold(words(), |words, vault| vault.text(&words));
        inner.write(sink.since, area, &words);
    }

    /// Writes that gonogo itself has failed; `words` are its own and hold no secret. Waits for nobody: whoever failed may
    /// hold the file or a vault, and the line is left out then.
    pub fn crashed(&self, words: &str) {
        let Some(sink) = &self.0 else { return };
        match sink.inner.try_lock() {
            Ok(mut inner) => inner.write(sink.since, "gonogo", words),
            Err(TryLockError::Poisoned(inner)) => inner.into_inner().write(sink.since, "gonogo", words),
            Err(TryLockError::WouldBlock) => {}
        }
    }

    /// Notes what the core asks for.
    pub fn effect(&self, run: &str, effect: &Effect) {
        self.note("core", || match effect {
            Effect::Record { run, entries, after } => {
                let after = after.map(|after| format!(" unless touched after {after}")).unwrap_or_default();
                format!("run {run}: record {}{after}", kinds(entries))
            }
            Effect::Exec(order) => {
                let intent = &order.intent;
                format!("run {run}: start attempt {}, step {} on {}", intent.number, intent.step, intent.host)
            }
            Effect::Cancel { number } => format!("run {run}: cancel attempt {number}"),
            Effect::Probe { number } => format!("run {run}: ask what became of attempt {number}"),
            Effect::Shell { shell, host } => format!("run {run}: open shell {shell} on {}", host.name),
            Effect::OpenChild { .. } => format!("run {run}: open a child run"),
        });
    }

    /// Notes what became of it.
    pub fn answer(&self, answer: &Answer) {
        match answer {
            Answer::Report { run, report, .. } => {
                self.note("host", || format!("run {run}: {}", seen(report)))
            }
            Answer::Signing { run, .. } => self.note("key", || format!("run {run}: waiting for the key")),
            Answer::NotSigned { run, why, newer } => {
                self.note("key", || format!("run {run}: not recorded ({why}); {} newer", newer.len()));
            }
            Answer::Others(facts) => self.note("log", || format!("{} facts by others", facts.len())),
            Answer::Retried(result) => self.note("log", || match result {
                Ok(()) => "can be written again".to_owned(),
                Err(why) => format!("cannot be written still: {why}"),
            }),
            Answer::Child { parent, result } => self.note("core", || match result {
                Ok((_, child)) => format!("run {parent}: child run {} is ready", child.id),
                Err(why) => format!("run {parent}: no child run: {why}"),
            }),
            Answer::Asked { .. } => self.note("host", || "a connection asks a person".to_owned()),
            Answer::Withdrawn(_) => self.note("host", || "a question was withdrawn".to_owned()),
            Answer::Told(text) => self.note("told", || text.clone()),
            // Appends are noted where they are made, with the time they took; the rest is for the screen alone.
            Answer::Recorded { .. }
            | Answer::Grew { .. }
            | Answer::Progress { .. }
            | Answer::Output(_)
            | Answer::Disk { .. }
            | Answer::ChildWanted { .. } => {}
        }
    }

    /// Notes that facts were appended, or not, since `began`.
    pub fn appended<E: std::fmt::Display>(
        &self,
        began: Stamp,
        what: &str,
        result: &Result<Vec<Recorded>, E>,
    ) {
        self.note("log", || {
            let took = clock::now().mono_ns.saturating_sub(began.mono_ns) / 1000;
            match result {
                Ok(facts) => {
                    let last = facts.last().map(|fact| fact.seq).unwrap_or_default();
                    format!("{what} durable as event {last} after {took} µs")
                }
                Err(why) => format!("{what} not recorded after {took} µs: {why}"),
            }
        });
    }
}

/// Returns the kinds of facts, in their order.
pub fn kinds(entries: &[Entry]) -> String {
    entries.iter().map(|entry| entry.event.kind()).collect::<Vec<_>>().join(" ")
}

/// Returns what was seen of a host, without a word of what it printed.
fn seen(report: &Report) -> String {
    match report {
        Report::Connected(e) => {
            format!(
                "connected to {} at {}:{} as {}, key {}",
                e.host, e.address, e.port, e.user, e.fingerprint
            )
        }
        Report::KeyRefused(e) => format!("key of {} refused: {}", e.host, e.why),
        Report::KeyAccepted(e) => format!("key {} of {} accepted", e.fingerprint, e.host),
        Report::Started { number, pid, .. } => format!("attempt {number} started as process {pid}"),
        Report::ShellEnded { shell, how, .. } => format!("shell {shell} ended: {how}"),
        Report::Ended { number, end } => format!("attempt {number} ended: {}", ending(end)),
        Report::CancelAsked { number, .. } => format!("attempt {number}: cancel asked"),
        Report::TimedOut { number, limit } => format!("attempt {number}: over its limit of {limit} s"),
        Report::Left { number, why } => format!("attempt {number} was left: {why}"),
        Report::Lost { number, why } => format!("attempt {number}: the line was cut: {why}"),
        Report::Probed { number, answer, left, .. } => {
            format!("attempt {number}: the host says {answer:?}, {} processes left", left.len())
        }
    }
}

fn ending(end: &Ended) -> String {
    let Ended { outcome, stdout, stderr, seen, carried, .. } = end;
    format!(
        "{outcome:?}, seen by {seen:?}, {} and {} bytes, state {}",
        stdout.bytes,
        stderr.bytes,
        if *carried { "carried" } else { "not carried" }
    )
}
