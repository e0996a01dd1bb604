//! SIGKILL at random points, disks that fill up or fail: what was acknowledged is there, and the chain holds.
//!
//! The writers are processes of their own: this test binary, asked for one hidden test, which appends and prints each
//! acknowledged event.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use gonogo::audit::codec::Fact;
use gonogo::audit::query::{Found, Reader};
use gonogo::audit::writer::{Health, LogWriter, Opening, Tuning, WriteError, ends_something};
use gonogo::run::event::Event;
use gonogo::run::fact::Entry;

use super::kinds::every;
use super::tools::{Dice, at, close, note, open, opening, output, run_closed, run_opened, verified};
use crate::support::temp::TempDir;
use crate::support::times::times;

const LOG: &str = "GONOGO_TEST_LOG";
const SEED: &str = "GONOGO_TEST_SEED";
const ROUNDS: &str = "GONOGO_TEST_ROUNDS";

/// Not a test of its own: the process that the others kill.
#[test]
#[ignore = "a part of the tests beside it"]
fn child_append_mix() {
    let Ok(path) = std::env::var(LOG) else { return };
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(0_u64);
    let mut dice = Dice::new(number(SEED));
    let tuning = Tuning { reserve_bytes: 128 * 1024, ..Tuning::default() };
    let opening = Opening { tuning, ..opening(Path::new(&path)) };
    let (writer, opened, ended) = match LogWriter::open(opening) {
        Ok(open) => open,
        Err(error) => return say(&format!("REFUSED {error}")),
    };
    say(&format!("ACK {} {}", opened.head.size, opened.head.hash));
    let run = format!("r{}", number(SEED));
    let mut failures = 0;
    for _ in 0..number(ROUNDS) {
        match writer.append(Some(&run), mix(&mut dice), at(1)).wait() {
            Ok(recorded) => {
                for fact in recorded {
                    say(&format!("ACK {} {}", fact.seq, fact.hash));
                }
            }
            Err(error) => {
                say(&format!("ERR {error:?}"));
                failures += 1;
                // Where the log is not well, nothing new is taken.
                let ill = writer.status().health != Health::Healthy;
                if ill && writer.append(Some(&run), vec![run_opened("New")], at(1)).wait().is_ok() {
                    say("NEW TAKEN");
                }
            }
        }
        if failures > 20 {
            return say("GIVEN UP");
        }
    }
    close(writer, ended);
    say("CLOSED");
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).ok();
}

fn mix(dice: &mut Dice) -> Vec<Entry> {
    match dice.below(8) {
        0 => vec![run_opened("Release"), note("opened")],
        1 => (0..dice.below(20) + 1).map(|n| note(&n.to_string())).collect(),
        2 => {
            let len = dice.below(20_000);
            vec![output(1, 0, &dice.bytes(len)), output(2, 0, b"short")]
        }
        3 => vec![run_closed()],
        4 => vec![note(&"long ".repeat(2000))],
        _ => vec![note("single")],
    }
}

fn spawn(path: &Path, seed: u64, rounds: u64) -> Child {
    command(Command::new(std::env::current_exe().unwrap()), path, seed, rounds)
}

pub(super) fn command(mut command: Command, path: &Path, seed: u64, rounds: u64) -> Child {
    command
        .args(["--exact", "it::audit::kill::child_append_mix", "--ignored", "--nocapture"])
        .env(LOG, path)
        .env(SEED, seed.to_string())
        .env(ROUNDS, rounds.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the test binary runs")
}

/// What a writer printed.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub acks: BTreeMap<u64, String>,
    pub lines: Vec<String>,
}

impl Heard {
    pub fn take(&mut self, line: &str) {
        if let Some((seq, hash)) = line.strip_prefix("ACK ").and_then(|rest| rest.split_once(' ')) {
            // A line that the kill cut in half acknowledges nothing.
            if let (Ok(seq), 64) = (seq.parse(), hash.len()) {
                self.acks.insert(seq, hash.to_owned());
            }
        } else {
            self.lines.push(line.to_owned());
        }
    }
}

/// Reads `enough` acknowledgements, waits for a moment that nobody chose, kills, and reads what was still printed.
fn kill_after(mut child: Child, enough: usize, spin: u64, heard: &mut Heard) {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let before = heard.acks.len();
    while heard.acks.len() < before + enough {
        match lines.next() {
            Some(Ok(line)) => heard.take(&line),
            _ => break,
        }
    }
    for _ in 0..spin {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    lines.map_while(Result::ok).for_each(|line| heard.take(&line));
}

pub(super) fn nothing_lost(path: &Path, heard: &Heard) {
    let report = verified(path);
    assert!(report.sound(), "{report}");
    let reader = Reader::open(path).unwrap();
    let found: BTreeMap<u64, String> =
        reader.events(1, u32::MAX).unwrap().into_iter().map(|found| (found.seq, found.hash)).collect();
    for (seq, hash) in &heard.acks {
        assert_eq!(found.get(seq), Some(hash), "event {seq} was acknowledged");
    }
}

#[test]
fn two_hundred_kills_lose_nothing_that_was_acknowledged() {
    let mut dice = Dice::new(1);
    for log in 0..times(20) {
        let dir = TempDir::new("kill");
        let path = dir.join("log.db");
        let mut heard = Heard::default();
        for kill in 0..10 {
            let child = spawn(&path, log * 100 + kill, 100_000);
            let enough = usize::try_from(dice.below(30)).unwrap();
            // The first of each log are killed while the log is made, before anything is acknowledged.
            let enough = if kill < 3 { 0 } else { enough };
            kill_after(child, enough, dice.below(300_000), &mut heard);
            if path.exists() {
                nothing_lost(&path, &heard);
            }
        }
        assert!(heard.acks.len() > 20, "{heard:?}");
        // And the log goes on.
        let (writer, opened, ended) = open(&path);
        assert!(!opened.created && opened.recovered.is_some());
        close(writer, ended);
        assert!(verified(&path).sound());
    }
}

#[test]
fn two_hundred_kills_of_two_writers_lose_nothing_that_was_acknowledged() {
    let mut dice = Dice::new(2);
    for log in 0..times(10) {
        let dir = TempDir::new("kill2");
        let path = dir.join("log.db");
        let mut heard = Heard::default();
        for kill in 0..10 {
            let first = spawn(&path, 1000 + log * 100 + kill, 100_000);
            let second = spawn(&path, 2000 + log * 100 + kill, 100_000);
            let enough = usize::try_from(dice.below(20)).unwrap() + 1;
            kill_after(first, enough, dice.below(200_000), &mut heard);
            kill_after(second, enough, dice.below(200_000), &mut heard);
            nothing_lost(&path, &heard);
        }
    }
}

#[test]
fn writers_in_turn_fail_never() {
    let dir = TempDir::new("contention");
    let path = dir.join("log.db");
    let children: Vec<Child> = (0..4).map(|seed| spawn(&path, seed, 60)).collect();
    let mut heard = Heard::default();
    for child in children {
        let out = child.wait_with_output().unwrap().stdout;
        String::from_utf8_lossy(&out).lines().for_each(|line| heard.take(line));
    }
    let failed: Vec<_> =
        heard.lines.iter().filter(|line| line.starts_with("ERR") || line.starts_with("REFUSED")).collect();
    assert_eq!(failed, Vec::<&String>::new());
    assert_eq!(heard.lines.iter().filter(|line| *line == "CLOSED").count(), 4);
    nothing_lost(&path, &heard);
}

#[test]
fn a_full_log_takes_what_ends_things_and_then_nothing() {
    let dir = TempDir::new("full");
    let path = dir.join("log.db");
    let tuning = Tuning { max_pages: Some(40), reserve_pages: 20, ..opening(&path).tuning };
    let (writer, _, ended) = LogWriter::open(Opening { tuning, ..opening(&path) }).unwrap();
    let mut heard = Heard::default();
    let mut append = |entries: Vec<Entry>| {
        let result = writer.append(Some("r"), entries, at(1)).wait();
        for fact in result.iter().flatten() {
            heard.acks.insert(fact.seq, fact.hash.clone());
        }
        result.map(|recorded| recorded.len())
    };
    let opened = || vec![run_opened("Release")];
    let refused = loop {
        if let Err(error) = append(opened()) {
            break error;
        }
    };
    assert!(matches!(refused, WriteError::Full { .. }), "{refused:?}");
    assert!(matches!(writer.status().health, Health::Degraded { .. }));
    assert!(!dir.join("log.db.reserve").exists(), "the reserve is freed");
    assert!(matches!(append(opened()), Err(WriteError::Degraded { .. })));
    let mixed = vec![note("an end"), run_opened("a beginning")];
    assert!(matches!(append(mixed), Err(WriteError::Degraded { .. })), "all or none");
    let mut last = 0;
    let stopped = loop {
        match append(vec![note("the step in flight ended")]) {
            Ok(_) => last += 1,
            Err(error) => break error,
        }
    };
    assert!(last >= 20, "the reserve holds the last records: {last}");
    assert!(matches!(stopped, WriteError::Stopped { .. }), "{stopped:?}");
    assert!(matches!(writer.retry(at(2)).wait(), Ok(Health::Stopped { .. } | Health::Degraded { .. })));
    drop(writer);
    ended.wait();
    nothing_lost(&path, &heard);
    // With space again, the next session goes on.
    let (writer, _, ended) = open(&path);
    writer.append(Some("r"), opened(), at(3)).wait().unwrap();
    close(writer, ended);
    assert!(verified(&path).sound());
}

#[test]
fn a_log_that_was_full_comes_back_when_there_is_space() {
    let dir = TempDir::new("space");
    let path = dir.join("log.db");
    let tuning = Tuning { max_pages: Some(40), reserve_pages: 4000, ..opening(&path).tuning };
    let (writer, _, ended) = LogWriter::open(Opening { tuning, ..opening(&path) }).unwrap();
    while writer.append(Some("r"), vec![run_opened("Release")], at(1)).wait().is_ok() {}
    writer.append(Some("r"), vec![output(1, 0, &Dice::new(3).bytes(700_000))], at(1)).wait().unwrap();
    let over = writer.append(Some("r"), vec![output(1, 0, &Dice::new(4).bytes(900_000))], at(1)).wait();
    assert!(matches!(over, Err(WriteError::Degraded { .. })), "output is taken up to a bound: {over:?}");
    writer.append(Some("r"), vec![note("ends are taken still")], at(1)).wait().unwrap();
    assert_eq!(writer.retry(at(2)).wait().unwrap(), Health::Healthy);
    assert!(dir.join("log.db.reserve").exists());
    close(writer, ended);
    assert!(verified(&path).sound());
}

#[test]
fn nothing_that_begins_something_is_an_end() {
    let ends: Vec<&str> =
        every("x", 1).iter().filter(|event| ends_something(event)).map(Event::kind).collect();
    for begins in ["run.opened", "run.resumed", "box.signed", "step.intended", "gate.opened", "child.opened"]
    {
        assert!(!ends.contains(&begins), "{begins}");
    }
    for ended in
        ["step.finished", "step.unknown", "step.output", "run.paused", "run.closed", "session.closed"]
    {
        assert!(ends.contains(&ended), "{ended}");
    }
}

/// Runs a writer whose shell sets `before` up; returns what it said.
fn under(before: &str, path: &Path, rounds: u64) -> Heard {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{before}; exec \"$0\" \"$@\"")]).arg(std::env::current_exe().unwrap());
    let out = command(shell, path, 7, rounds).wait_with_output().unwrap().stdout;
    let mut heard = Heard::default();
    String::from_utf8_lossy(&out).lines().for_each(|line| heard.take(line));
    heard
}

/// Past the limit of a file's size, writing fails with an error that SQLite knows only as one of the device.
#[test]
fn a_device_that_fails_stops_the_log_and_loses_nothing() {
    for blocks in [400, 500, 777, 1024, 1500] {
        let dir = TempDir::new("ioerr");
        let path = dir.join("log.db");
        let heard = under(&format!("trap '' XFSZ; ulimit -f {blocks}"), &path, 5000);
        assert!(heard.acks.len() > 20, "{blocks}: {:?}", heard.lines);
        assert!(
            heard.lines.iter().any(|line| line.starts_with("ERR Stopped")),
            "{blocks}: {:?}",
            heard.lines
        );
        nothing_lost(&path, &heard);
        let (writer, _, ended) = open(&path);
        writer.append(Some("r"), vec![note("again")], at(3)).wait().unwrap();
        close(writer, ended);
    }
}

#[test]
#[ignore = "needs root to mount a small file system"]
fn a_file_system_that_is_full_degrades_the_log_and_loses_nothing() {
    for kib in [900, 1000, 1333, 2000] {
        let dir = TempDir::new("tmpfs");
        let (mount, kept) = (dir.join("mount"), dir.join("kept"));
        std::fs::create_dir(&mount).unwrap();
        let (mount, kept) = (mount.display(), kept.display());
        // What the writer left is copied out of the name space by a shell that outlives it.
        let before = format!(
            "unshare -m sh -c 'mount -t tmpfs -o size={kib}k none {mount} && chmod 700 {mount} || exit 9; \
             \"$0\" \"$@\"; cp -a {mount} {kept}' \"$0\" \"$@\"; exit"
        );
        let heard = under(&before, &dir.join("mount/log.db"), 5000);
        assert!(heard.lines.iter().any(|line| line.starts_with("ERR")), "{kib}: {:?}", heard.lines);
        let kept = dir.join("kept/log.db");
        nothing_lost(&kept, &heard);
        let events = Reader::open(&kept).unwrap().events(1, u32::MAX).unwrap();
        let degraded = |found: &Found| matches!(found.fact, Fact::Known(Event::LogDegraded(_)));
        let at = events.iter().position(degraded).expect("it is on the record that the disk was full");
        assert!(at < events.len() - 1, "what ended things came after it");
    }
}
