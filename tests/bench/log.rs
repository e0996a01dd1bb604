//! How fast the log is: `cargo bench --bench log` prints a table; words behind `--` choose groups of rows, a number how
//! many events the large log has (1,000,000). Each row has a floor that is measured in the same run.

use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use gonogo::audit::verify::verify;
use portable_pty::CommandBuilder;
use sha2::{Digest as _, Sha256};
use support::pty::Pty;
use table::{figure, median, millis, row};
use tools::{Dice, at, close, note, open, run_closed, run_opened};

mod table;
/// What the tests have, too.
#[allow(dead_code, reason = "the tests use more of it than is timed here")]
#[path = "../support"]
mod support {
    pub mod pty;
    pub mod temp;
}
#[allow(dead_code, reason = "the tests use more of it than is timed here")]
#[path = "../it/audit/tools.rs"]
mod tools;

const EXE: &str = env!("CARGO_BIN_EXE_gonogo");

type Done<T> = Result<T, Box<dyn Error>>;

/// Events of the large log.
const EVENTS: u64 = 1_000_000;
/// Events of one run in it.
const OF_A_RUN: u64 = 100;
/// Bytes of output that are stored.
const OUTPUT: usize = 10_000_000;
/// Rounds of appends, and appends of each kind in one.
const ROUNDS: usize = 5;
const APPENDS: usize = 200;

fn main() -> Done<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let events = words.iter().find_map(|word| word.parse().ok()).unwrap_or(EVENTS);
    let chosen =
        |group: &str| words.iter().all(|w| w.parse::<u64>().is_ok()) || words.iter().any(|w| w == group);
    println!("{:<40} {:>13} {:>13} {:>7}  asked for", "", "gonogo", "floor", "times");
    let place = support::temp::TempDir::new("bench-log");
    if chosen("append") {
        appends(place.path())?;
    }
    if chosen("output") {
        output(place.path())?;
    }
    if chosen("large") {
        large(place.path(), events)?;
    }
    Ok(())
}

/// A durable append beside writing 4 KiB and waiting for the disk, in turns.
fn appends(place: &Path) -> Done<()> {
    let (writer, _, ended) = open(&place.join("append.db"));
    let mut file = fs::File::create(place.join("floor"))?;
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (mut our, mut floor) = (Vec::new(), Vec::new());
        for n in 0..APPENDS {
            let start = Instant::now();
            writer.append(None, vec![note(&format!("note {n}"))], at(1)).wait()?;
            our.push(start.elapsed());
            let start = Instant::now();
            file.write_all(&[0x5a; 4096])?;
            file.sync_data()?;
            floor.push(start.elapsed());
        }
        ours.push(median(our));
        floors.push(median(floor));
    }
    row("a durable append", median(ours), median(floors), "1.3");
    close(writer, ended);
    Ok(())
}

/// What a deploy prints, stored.
fn output(place: &Path) -> Done<()> {
    let path = place.join("output.db");
    let (writer, _, ended) = open(&path);
    let run = "r-output";
    writer.append(Some(run), vec![run_opened("output")], at(1)).wait()?;
    let text = deploy();
    let mut offset = 0;
    for piece in text.as_bytes().chunks(256 * 1024) {
        writer.append(Some(run), vec![tools::output(1, offset, piece)], at(1)).wait()?;
        offset += piece.len() as u64;
    }
    close(writer, ended);
    let stored = fs::metadata(&path)?.len();
    let value = format!("{:.2} MB", stored as f64 / 1e6);
    figure(&format!("a log with {:.0} MB of a deploy's output", text.len() as f64 / 1e6), &value, "2.5 MB");
    Ok(())
}

/// A large log: verified, and its runs listed.
fn large(place: &Path, events: u64) -> Done<()> {
    let path = place.join("large.db");
    let start = Instant::now();
    let runs = fill(&path, events)?;
    println!("({events} events of {runs} runs, made in {:.0} s)", start.elapsed().as_secs_f64());
    let bytes = hashed(&path)?;
    let floor = timed(|| Ok(std::hint::black_box(Sha256::digest(&bytes)).len()))?;
    let took = timed(|| {
        let report = verify(&path)?;
        assert!(report.sound(), "{report}");
        Ok(())
    })?;
    fs::write(place.join("bytes"), &bytes)?;
    drop(bytes);
    let tool = timed(|| done(Command::new("sha256sum").arg(place.join("bytes")).stdout(Stdio::null())))?;
    row("verify, beside `sha256sum` of its bytes", took, tool, "4, goal 2");
    row("verify, beside this program's own sha256", took, floor, "");
    frame(place, &path)?;
    for (name, asked) in
        [("`gonogo runs`, the first time", "5000 ms"), ("`gonogo runs`, once more", "100 ms")]
    {
        let took = timed(|| {
            let mut runs = Command::new(EXE);
            runs.env("XDG_CACHE_HOME", place.join("cache"));
            done(runs.arg("--log").arg(&path).arg("runs").stdout(Stdio::null()))
        })?;
        figure(name, &format!("{:.0} ms", millis(took)), asked);
    }
    Ok(())
}

/// Starts a run in a terminal, with its record in the large log, and tells how soon it is on the screen.
fn frame(place: &Path, log: &Path) -> Done<()> {
    fs::write(place.join("book.md"), "# R\n\n- [ ] A\n- [ ] B\n")?;
    for (name, asked) in [("a run begun in it, to its first frame", ""), ("the same, once more", "100 ms")] {
        let mut run = CommandBuilder::new(EXE);
        run.arg("--log");
        run.arg(log);
        run.args(["run", "book.md", "--as", "layla"]);
        for home in ["HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] {
            run.env(home, place);
        }
        run.env("TERM", "xterm-256color");
        run.cwd(place);
        let start = Instant::now();
        let pty = Pty::start(run, 80, 24);
        pty.wait("the first screen", |seen| seen.taken() && seen.has("0 of 2"));
        figure(name, &format!("{:.0} ms", millis(start.elapsed())), asked);
    }
    Ok(())
}

/// Runs a command to its end.
fn done(command: &mut Command) -> Done<()> {
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}

fn timed<T>(work: impl FnOnce() -> Done<T>) -> Done<Duration> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

/// Returns what a verification hashes: each body and each link, with the end of its line.
fn hashed(path: &Path) -> Done<Vec<u8>> {
    let conn = rusqlite::Connection::open(path)?;
    let mut rows = conn.prepare("SELECT body, line FROM event JOIN link USING (seq) ORDER BY seq")?;
    let mut rows = rows.query([])?;
    let mut bytes = Vec::new();
    while let Some(row) = rows.next()? {
        for column in 0..2 {
            bytes.extend_from_slice(row.get_ref(column)?.as_str()?.as_bytes());
            bytes.push(b'\n');
        }
    }
    Ok(bytes)
}

/// Fills a log with closed runs, and a last one that is open; returns how many.
fn fill(path: &Path, events: u64) -> Done<u64> {
    let runs = events / OF_A_RUN;
    for number in 0..runs {
        // Each run in a session of its own, as people come and go.
        let (writer, _, ended) = open(path);
        let run = format!("r-{number:06}");
        let mut entries = vec![run_opened("Release")];
        entries
            .extend((2..OF_A_RUN).map(|n| note(&format!("{n}: looked at the queue, and at the error rate"))));
        if number + 1 < runs {
            entries.push(run_closed());
        }
        writer.append(Some(&run), entries, at(i64::try_from(number)?)).wait()?;
        close(writer, ended);
    }
    Ok(runs)
}

/// Returns what a deploy prints: packages with their versions and hashes, migrations with their times, files with their
/// sizes.
fn deploy() -> String {
    const PACKAGES: [&str; 12] = [
        "framework",
        "http-client",
        "queue",
        "mailer",
        "console",
        "translation",
        "cache-redis",
        "filesystem",
        "image",
        "calendar",
        "pdf",
        "search-index",
    ];
    let mut dice = Dice::new(10);
    let mut text = String::with_capacity(OUTPUT + 256);
    while text.len() < OUTPUT {
        let (a, b, c) = (dice.below(10), dice.below(40), dice.below(20));
        let package = PACKAGES[usize::try_from(dice.below(12)).unwrap_or(0)];
        text += &match dice.below(5) {
            0 => format!("  - Installing vendor/{package} (v{a}.{b}.{c}): Extracting archive\n"),
            1 => format!(
                "{package}-{a}.{b}.tgz sha512-{:016x}{:016x}\n",
                dice.below(u64::MAX),
                dice.below(u64::MAX)
            ),
            2 => format!(
                "  2026_0{}_{:02}_{:06}_add_{package}_table ....... {b}.{c:02}ms DONE\n",
                a.max(1),
                c + 1,
                dice.below(999_999)
            ),
            3 => format!(
                "public/build/assets/{package}-{:08x}.js  {b}.{c:02} kB | gzip: {a}.{c:02} kB\n",
                dice.below(1 << 32)
            ),
            _ => format!(
                "[2026-11-22 03:{b:02}:{c:02}] production.INFO: {package} restarted, {} jobs waiting\n",
                dice.below(500)
            ),
        };
    }
    text.truncate(OUTPUT);
    text
}
