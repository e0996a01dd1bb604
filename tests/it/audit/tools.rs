//! What the tests of the log share: sessions, stamps, entries and a log to spoil.

use std::path::{Path, PathBuf};

use gonogo::audit::verify::{Report, verify};
use gonogo::audit::writer::{Ended, LogWriter, Opened, Opening, Tuning};
use gonogo::clock::Stamp;
use gonogo::run::event::{Event, RunOpened};
use gonogo::run::fact::{
    Counts, Entry, NoteAdded, Proof, RunClosed, RunKind, RunOutcome, SessionOpened, StepOutput, Stream, Via,
    Who,
};

use crate::support::temp::TempDir;

pub fn at(second: i64) -> Stamp {
    Stamp::at_unix(1_800_000_000 + second)
}

pub fn who() -> Who {
    Who { name: "layla".to_owned(), proof: Proof::Typed, via: Via::Keyboard, seat: None }
}

pub fn session() -> SessionOpened {
    SessionOpened {
        version: "0.0.0".to_owned(),
        os_user: "layla".to_owned(),
        hostname: "desk.example.net".to_owned(),
        tty: None,
        pid: 1,
        boot: "boot".to_owned(),
        principal: None,
        signs: None,
        fingerprint: None,
        beside: None,
    }
}

pub fn opening(path: &Path) -> Opening {
    // A small reserve keeps hundreds of logs cheap.
    let tuning = Tuning { reserve_bytes: 64 * 1024, ..Tuning::default() };
    Opening { path: path.to_owned(), session: session(), at: at(0), tuning }
}

pub fn open(path: &Path) -> (LogWriter, Opened, Ended) {
    LogWriter::open(opening(path)).expect("the log opens")
}

pub fn close(writer: LogWriter, ended: Ended) {
    writer.close("quit", at(9000)).wait().expect("the log closes");
    drop(writer);
    ended.wait();
}

pub fn note(text: &str) -> Entry {
    Entry {
        event: Event::NoteAdded(NoteAdded { who: who(), id: None, text: text.to_owned(), seen: None }),
        chunk: None,
    }
}

pub fn output(number: u32, offset: u64, bytes: &[u8]) -> Entry {
    Entry {
        event: Event::StepOutput(StepOutput { number, stream: Stream::Stdout, offset }),
        chunk: Some(bytes.to_vec()),
    }
}

pub fn run_opened(title: &str) -> Entry {
    let text = format!("# {title}\n\n- [ ] All is well\n");
    let opened = RunOpened {
        who: who(),
        title: title.to_owned(),
        runbook: "release.md".to_owned(),
        text_sha: gonogo::audit::chain::sha256_hex(text.as_bytes()),
        commit: None,
        dirty: false,
        run_kind: RunKind::Live,
        environment: None,
        hosts: Vec::new(),
        vars: std::collections::BTreeMap::new(),
        seed: "0".repeat(32),
        parent: None,
        beside: Vec::new(),
        secrets: Vec::new(),
        seen: None,
    };
    Entry { event: Event::RunOpened(Box::new(opened)), chunk: Some(text.into_bytes()) }
}

pub fn run_closed() -> Entry {
    let counts = Counts { signed: 1, waived: 0, open: 0 };
    let closed = RunClosed { who: who(), outcome: RunOutcome::Completed, reason: None, counts, seen: None };
    Entry { event: Event::RunClosed(closed), chunk: None }
}

/// Makes a closed log of two runs, with notes, packed and unpacked chunks; events 3 to 12 belong to the runs.
pub fn sample(dir: &TempDir) -> PathBuf {
    let path = dir.join("log.db");
    let (writer, _, ended) = open(&path);
    let append = |run: &str, entries| writer.append(Some(run), entries, at(1)).wait().expect("recorded");
    append("one", vec![run_opened("Release")]);
    append("two", vec![run_opened("إصدار")]);
    append("one", vec![note("first"), output(1, 0, &b"migrating\n".repeat(200))]);
    append("two", vec![note("other")]);
    append("one", vec![output(1, 2000, b"x"), output(1, 2001, &b"done\n".repeat(300))]);
    append("one", vec![note("last")]);
    append("two", vec![run_closed()]);
    append("one", vec![run_closed()]);
    close(writer, ended);
    path
}

pub fn verified(path: &Path) -> Report {
    verify(path).expect("the log can be read")
}

/// Opens the file as anybody could, without triggers in the way.
pub fn attacker(path: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(path).expect("the file opens")
}

/// A small generator of numbers that look random, the same ones each time.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Returns a number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    /// Returns `len` bytes of which many repeat.
    pub fn bytes(&mut self, len: u64) -> Vec<u8> {
        let few = self.below(250) + 2;
        (0..len).map(|_| u8::try_from(self.below(few)).unwrap()).collect()
    }
}
