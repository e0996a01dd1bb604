//! What verifying found.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use super::CANNOT_PROVE;
use super::witness::Witnessed;
use crate::audit::store::tail::Head;

/// How many findings are kept; the rest is counted.
const KEPT: usize = 1000;

/// A kind of flaw in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// Tables, triggers or the view are not those of version 1.
    Schema,
    /// The file's own structure is damaged.
    Structure,
    /// SQLite could not read on.
    Unreadable,
    /// A place is missing, or stands twice.
    Order,
    /// `prev` is not the hash of the event before.
    Prev,
    /// `run_prev` is not the hash of the run's event before.
    RunPrev,
    /// `body_sha` is not the hash of the body.
    BodyHash,
    /// `sig_sha` is not the hash of the signature.
    SigHash,
    /// `hash` is not the hash of the link.
    Link,
    /// The body is not in the written form of a fact.
    Body,
    /// `run` or `kind` is not what the body says.
    Column,
    /// The body is of another log.
    Log,
    /// A chunk that the body names is missing.
    ChunkMissing,
    /// There is a chunk that no body names.
    ChunkSurplus,
    /// A chunk is not as long as the body and `raw_len` say.
    ChunkLength,
    /// A chunk's bytes are not those that the body names.
    ChunkHash,
    /// A chunk cannot be unpacked.
    ChunkPacking,
    /// A runbook's text is not the one that the run names.
    TextHash,
    /// A signature does not show what its body says.
    Signature,
    /// A file of a bundle is not the one that was exported.
    Sums,
}

impl Flaw {
    /// Returns the flaw's name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Structure => "structure",
            Self::Unreadable => "unreadable",
            Self::Order => "order",
            Self::Prev => "prev",
            Self::RunPrev => "run-prev",
            Self::BodyHash => "body-hash",
            Self::SigHash => "sig-hash",
            Self::Link => "link",
            Self::Body => "body",
            Self::Column => "column",
            Self::Log => "log",
            Self::ChunkMissing => "chunk-missing",
            Self::ChunkSurplus => "chunk-surplus",
            Self::ChunkLength => "chunk-length",
            Self::ChunkHash => "chunk-hash",
            Self::ChunkPacking => "chunk-packing",
            Self::TextHash => "text-hash",
            Self::Signature => "signature",
            Self::Sums => "sums",
        }
    }
}

/// One thing that is wrong, or open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The event, if it is one event's.
    pub seq: Option<u64>,
    /// The flaw; none for what is only open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flaw: Option<Flaw>,
    /// What it is, in a sentence.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(seq) = self.seq {
            write!(f, "event {seq}: ")?;
        }
        f.write_str(&self.what)?;
        self.flaw.map_or(Ok(()), |flaw| write!(f, " [{}]", flaw.name()))
    }
}

/// One of the four verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing is wrong with it.
    Holds,
    /// Something is wrong.
    Fails,
    /// Nothing is wrong, but something has no end yet.
    Open,
    /// There is nothing to judge.
    NoneYet,
}

impl Verdict {
    /// Returns the words that people read.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "FAILS",
            Self::Open => "open",
            Self::NoneYet => "none yet",
        }
    }
}

/// What verifying a log found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The log that was read.
    pub path: PathBuf,
    /// Its id, if its first event says one.
    pub log: Option<String>,
    /// How many events were read.
    pub events: u64,
    /// The last event's hash.
    pub head: Option<String>,
    /// How many chunks were checked.
    pub chunks: u64,
    /// How many bodies were withheld from this copy.
    pub withheld: u64,
    /// How many events are of kinds that this version does not know; they are verified like all others.
    pub strange: u64,
    /// What is wrong with the chain.
    pub flaws: Vec<Finding>,
    /// How many flaws more there are.
    pub more_flaws: u64,
    /// What has no end on record.
    pub open: Vec<Finding>,
    /// How many more of these there are.
    pub more_open: u64,
    /// The one run that was read, if not the whole log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// How many events carry a signature.
    pub signed: u64,
    /// How many of these prove the name in them.
    pub proven: u64,
    /// How many sign-offs, votes, verdicts, openings and closings name somebody without a key's proof.
    pub typed: u64,
    /// Whether it was known who may sign.
    pub judged: bool,
    /// Signatures that do not show what their bodies say, and those that are missing.
    pub doubts: Vec<Finding>,
    /// How many of these more there are.
    pub more_doubts: u64,
    /// What heads that were kept say of it.
    pub witness: Witnessed,
    /// What no verdict says.
    pub cannot_prove: &'static str,
}

impl Report {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            log: None,
            events: 0,
            head: None,
            chunks: 0,
            withheld: 0,
            strange: 0,
            flaws: Vec::new(),
            more_flaws: 0,
            open: Vec::new(),
            more_open: 0,
            run: None,
            signed: 0,
            proven: 0,
            typed: 0,
            judged: false,
            doubts: Vec::new(),
            more_doubts: 0,
            witness: Witnessed::default(),
            cannot_prove: CANNOT_PROVE,
        }
    }

    pub(super) fn flaw(&mut self, seq: Option<u64>, flaw: Flaw, what: impl Into<String>) {
        if self.flaws.len() < KEPT {
            self.flaws.push(Finding { seq, flaw: Some(flaw), what: what.into() });
        } else {
            self.more_flaws += 1;
        }
    }

    pub(super) fn doubt(&mut self, seq: u64, what: String) {
        if self.doubts.len() < KEPT {
            self.doubts.push(Finding { seq: Some(seq), flaw: Some(Flaw::Signature), what });
        } else {
            self.more_doubts += 1;
        }
    }

    pub(super) fn left_open(&mut self, seq: u64, what: String) {
        if self.open.len() < KEPT {
            self.open.push(Finding { seq: Some(seq), flaw: None, what });
        } else {
            self.more_open += 1;
        }
    }

    /// Returns whether so many flaws were found that there is no use in reading on.
    pub(super) const fn hopeless(&self) -> bool {
        self.more_flaws > 0
    }

    /// Returns the verdict on the chain: hashes, links, chunks and schema.
    #[must_use]
    pub const fn chain(&self) -> Verdict {
        if self.flaws.is_empty() { Verdict::Holds } else { Verdict::Fails }
    }

    /// Returns the verdict on signatures. Where it is not known who may sign, or a body was withheld, it stays open.
    #[must_use]
    pub const fn signatures(&self) -> Verdict {
        if !self.doubts.is_empty() {
            Verdict::Fails
        } else if self.signed == 0 {
            Verdict::NoneYet
        } else if self.proven == self.signed {
            Verdict::Holds
        } else {
            Verdict::Open
        }
    }

    /// Returns the verdict on heads that were kept. Where all that agree lie beside the log itself, it stays open.
    #[must_use]
    pub const fn witnesses(&self) -> Verdict {
        self.witness.verdict()
    }

    /// Returns the verdict on completeness: intents, runs and sessions without an end, bodies withheld, and events of
    /// runs that came after the newest head that agrees. Names that were only typed are told beside it.
    #[must_use]
    pub const fn completeness(&self) -> Verdict {
        if self.open.is_empty() && self.withheld == 0 && self.witness.tail() == 0 {
            Verdict::Holds
        } else {
            Verdict::Open
        }
    }

    /// Returns the four verdicts with their names.
    #[must_use]
    pub const fn verdicts(&self) -> [(&'static str, Verdict); 4] {
        [
            ("chain", self.chain()),
            ("signatures", self.signatures()),
            ("witnesses", self.witnesses()),
            ("completeness", self.completeness()),
        ]
    }

    /// Returns whether nothing is wrong. What is merely open is not wrong.
    #[must_use]
    pub fn sound(&self) -> bool {
        self.verdicts().iter().all(|(_, verdict)| *verdict != Verdict::Fails)
    }

    /// Returns the head to compare with one that was kept elsewhere.
    #[must_use]
    pub fn head(&self) -> Option<Head> {
        self.head.as_ref().map(|hash| Head { size: self.events, hash: hash.clone() })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "log          {}", self.path.display())?;
        writeln!(f, "id           {}", self.log.as_deref().unwrap_or("unknown"))?;
        if let Some(run) = &self.run {
            writeln!(f, "run          {run}, along its own chain")?;
        }
        writeln!(f, "events       {}, with {} chunks", self.events, self.chunks)?;
        writeln!(f, "head         {}", self.head.as_deref().unwrap_or("none"))?;
        if let Some(before) = &self.witness.before {
            writeln!(f, "goes on from {before}")?;
        }
        if let Some(file) = &self.witness.ended {
            writeln!(
                f,
                "has ended    rotated: kept as {file}, and goes on in the log of which that is a part"
            )?;
        }
        for (name, verdict) in self.verdicts() {
            writeln!(f, "{name:<12} {}{}", verdict.words(), self.beside(name))?;
        }
        list(f, "flaws", &self.flaws, self.more_flaws)?;
        list(f, "signatures in doubt", &self.doubts, self.more_doubts)?;
        list(f, "witnesses against it", &self.witness.against, 0)?;
        list(f, "open", &self.open, self.more_open)?;
        writeln!(f, "\n{}", self.cannot_prove)
    }
}

impl Report {
    fn beside(&self, name: &str) -> String {
        let mut words = Vec::new();
        match name {
            "signatures" if self.signed + self.typed > 0 => {
                let all = self.signed + self.typed;
                let judged = if self.judged || self.signed == 0 {
                    format!("{} of {all} names proven by key", self.proven)
                } else {
                    format!(
                        "{} signed, but nobody says who may sign: give --allowed-signers FILE",
                        self.signed
                    )
                };
                words.push(if self.typed > 0 {
                    format!("{judged}, {} not proven", self.typed)
                } else {
                    judged
                });
            }
            "completeness" => {
                let said = [
                    (self.withheld, "bodies withheld"),
                    (self.witness.tail(), "events of runs after the newest head"),
                    (self.typed, "names not proven"),
                ];
                let said: Vec<_> =
                    said.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
                words.extend((!said.is_empty()).then(|| said.join(", ")));
            }
            "witnesses" => words.extend(self.witness.words()),
            "chain" if self.strange > 0 => words.push(format!("{} events of unknown kinds", self.strange)),
            _ => {}
        }
        words.first().map(|words| format!(" ({words})")).unwrap_or_default()
    }
}

fn list(f: &mut fmt::Formatter<'_>, title: &str, findings: &[Finding], more: u64) -> fmt::Result {
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{title}")?;
    for finding in findings {
        writeln!(f, "  {finding}")?;
    }
    if more > 0 { writeln!(f, "  and {more} more") } else { Ok(()) }
}
