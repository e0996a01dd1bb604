//! What a report is made of: a run, its facts, its output, its child runs, and what the log says about itself.

use crate::clock::Stamp;
use crate::report::excerpt::Excerpt;
use crate::run::fact::{Proof, Recorded, SessionOpened, Stream};
use crate::run::state::Run;

/// Reads recorded output.
pub trait Output {
    /// Returns the beginning and the end of what attempt `number` of `run` printed to `stream`, at most `head` and
    /// `tail` bytes of it, or in a sentence why it cannot be read.
    ///
    /// # Errors
    /// The sentence.
    fn excerpt(
        &self,
        run: &str,
        number: u32,
        stream: Stream,
        head: usize,
        tail: usize,
    ) -> Result<Excerpt, String>;
}

/// Output that nobody kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NoOutput;

impl Output for NoOutput {
    fn excerpt(&self, _: &str, _: u32, _: Stream, _: usize, _: usize) -> Result<Excerpt, String> {
        Ok(Excerpt::default())
    }
}

/// A run as a report takes it.
#[derive(Clone)]
pub struct RunRecord<'a> {
    /// The run.
    pub run: &'a Run,
    /// All its facts in the order of the log, `run.opened` first.
    pub events: &'a [Recorded],
    /// Facts of kinds that this version does not know.
    pub strange: Vec<Strange>,
    /// The sessions that wrote it, the oldest first.
    pub sessions: Vec<Sitting>,
    /// Where its output is read from.
    pub output: &'a dyn Output,
    /// Its child runs, in the order in which they were opened.
    pub children: Vec<RunRecord<'a>>,
    /// What the log says about itself.
    pub seal: Seal,
}

/// A fact of a kind that a newer version wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strange {
    /// Its place in the log.
    pub seq: u64,
    /// When it was written down.
    pub at: Stamp,
    /// Its kind.
    pub kind: String,
    /// Its fields, as JSON text.
    pub fields: String,
}

/// A session that wrote something of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sitting {
    /// The place of its opening in the log.
    pub seq: u64,
    /// What it says of itself, which nothing proves.
    pub opened: SessionOpened,
}

impl Sitting {
    /// Returns who sat where, in words.
    #[must_use]
    pub fn words(&self) -> String {
        let SessionOpened { principal, signs, fingerprint, os_user, hostname, tty, .. } = &self.opened;
        let how = match (signs, fingerprint) {
            (Some(Proof::SshKey), Some(key)) => format!(" (signs with key {key})"),
            (Some(Proof::Claimed), Some(key)) => format!(" (claims the key {key})"),
            (Some(proof), _) => format!(" ({})", proof.word()),
            (None, _) => String::new(),
        };
        let who = principal.as_ref().map(|name| format!("{name}{how}, ")).unwrap_or_default();
        let tty = tty.as_ref().map_or_else(|| "without a terminal".to_owned(), |tty| format!("on {tty}"));
        format!("{who}account {os_user} of {hostname}, {tty}")
    }
}

/// What the log says about itself at the moment of the report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seal {
    /// The log's id.
    pub log: String,
    /// The place of its newest event.
    pub size: u64,
    /// The hash of that event, lower-case hex.
    pub head: String,
    /// In a sentence, what its verification found; empty if nobody verified it.
    pub verified: String,
}

impl RunRecord<'_> {
    /// Returns this run and all runs below it with their depth, a parent before its children.
    #[must_use]
    pub fn family(&self) -> Vec<(usize, &Self)> {
        let mut found = vec![(0, self)];
        for child in &self.children {
            found.extend(child.family().into_iter().map(|(depth, record)| (depth + 1, record)));
        }
        found
    }
}
