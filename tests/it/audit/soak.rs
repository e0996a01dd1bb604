//! Eight processes that append to one log for as long as is asked, beside walks that are driven: nothing is lost, and
//! nobody waits where one could see it.
//!
//! Two seconds in the ordinary run. `GONOGO_MINUTES=10 cargo test --test it eight_processes -- --nocapture` makes ten
//! minutes of it, about 80,000 events, and tells how long the slowest append took. No figure decides the test: a machine
//! may be busy otherwise.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::kill::{Heard, nothing_lost};
use super::tools::{at, close, note, open, output};
use crate::it::cli::books::{THREE, signed, walk};
use crate::support::binary::Sandbox;

const LOG: &str = "GONOGO_TEST_LOG";
const MILLIS: &str = "GONOGO_TEST_MILLIS";

/// People do not write as fast as a disk does.
const PACE: Duration = Duration::from_millis(40);

/// Not a test of its own: one of the eight.
#[test]
#[ignore = "a part of the test beside it"]
fn child_append_for() {
    let (Ok(path), Ok(millis)) = (std::env::var(LOG), std::env::var(MILLIS)) else { return };
    let end = Instant::now() + Duration::from_millis(millis.parse().expect("milliseconds"));
    let (writer, _, ended) = open(Path::new(&path));
    let run = format!("r{}", std::process::id());
    let (_never, pause) = mpsc::channel::<()>();
    let (mut waits, mut n) = (Vec::new(), 0_u64);
    while Instant::now() < end {
        n += 1;
        let entry = if n.is_multiple_of(8) { output(1, n, &b"line\n".repeat(400)) } else { note("here") };
        let began = Instant::now();
        let recorded = writer.append(Some(&run), vec![entry], at(1)).wait().expect("recorded");
        waits.push(began.elapsed());
        for fact in recorded {
            println!("ACK {} {}", fact.seq, fact.hash);
        }
        pause.recv_timeout(PACE).unwrap_err();
    }
    close(writer, ended);
    waits.sort();
    let micros = |at: usize| waits.get(at).map_or(0, Duration::as_micros);
    println!(
        "WAITS {} {} {}",
        micros(waits.len() / 2),
        micros(waits.len() * 999 / 1000),
        micros(waits.len() - 1)
    );
}

fn spawn(path: &Path, millis: u64) -> Child {
    Command::new(std::env::current_exe().expect("this binary"))
        .args(["--exact", "it::audit::soak::child_append_for", "--ignored", "--nocapture"])
        .env(LOG, path)
        .env(MILLIS, millis.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the test binary runs")
}

#[test]
fn eight_processes_and_a_driver_lose_nothing() {
    let minutes: Option<f64> = std::env::var("GONOGO_MINUTES").ok().and_then(|text| text.parse().ok());
    let millis = minutes.map_or(2000.0, |minutes| minutes * 60_000.0);
    let sandbox = Sandbox::new("soak");
    signed(&sandbox, "book.md", THREE);
    // The first walk makes the log.
    walk(&sandbox, "book.md", &[]).exits(0);
    let log = sandbox.log();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few minutes")]
    let children: Vec<Child> = (0..8).map(|_| spawn(&log, millis as u64)).collect();
    let (told, tells) = mpsc::channel();
    let readers: Vec<_> = children
        .into_iter()
        .map(|mut child| {
            let told = told.clone();
            std::thread::spawn(move || {
                let mut heard = Heard::default();
                let out = BufReader::new(child.stdout.take().expect("its output"));
                out.lines().map_while(Result::ok).for_each(|line| heard.take(&line));
                let done = child.wait().expect("it ends").success();
                told.send(()).expect("somebody listens");
                (done, heard)
            })
        })
        .collect();
    // Somebody drives runs all the while.
    let (mut walks, mut slowest, mut over) = (0_u32, Duration::ZERO, 0);
    while over < 8 {
        over += tells.try_iter().count();
        let began = Instant::now();
        walk(&sandbox, "book.md", &[]).exits(0);
        slowest = slowest.max(began.elapsed());
        walks += 1;
    }
    let (mut all, mut worst) = (Heard::default(), [0_u64; 3]);
    for reader in readers {
        let (done, heard) = reader.join().expect("it was read");
        assert!(done, "{:?}", heard.lines);
        let waits = heard.lines.iter().find_map(|line| line.strip_prefix("WAITS ")).expect("its waits");
        for (worst, own) in worst.iter_mut().zip(waits.split(' ')) {
            *worst = (*worst).max(own.parse().expect("a number"));
        }
        let before = all.acks.len();
        let own = heard.acks.len();
        all.acks.extend(heard.acks);
        assert_eq!(all.acks.len(), before + own, "no place is given twice");
    }
    nothing_lost(&log, &all);
    let [half, most, longest] = worst.map(|micros| micros as f64 / 1000.0);
    eprintln!(
        "{} events by eight processes, {walks} runs walked beside them (slowest {slowest:?}); an append took {half:.1} ms \
         (median), {most:.1} ms (999 of 1000), {longest:.1} ms at most",
        all.acks.len()
    );
    assert!(all.acks.len() > 80);
}
