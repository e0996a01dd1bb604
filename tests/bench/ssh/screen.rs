//! The screen while much comes: how soon a key shows something, how soon a line is on the screen, and how soon it is in
//! the log. The program runs in a terminal of 80 columns and 24 rows, whose other end reads it.

use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use portable_pty::CommandBuilder;
use rusqlite::{Connection, OpenFlags};

use super::ground::Ground;
use super::output::deploy;
use super::{Done, figure, millis, p99};
use crate::support::pty::{ENTER, Pty, Seen};

/// Times that a key is pressed.
const PRESSES: usize = 200;
/// Lines, one a millisecond.
const LINES: usize = 10_000;

/// Prints the three figures.
pub fn rows(ground: &Ground) -> Done<()> {
    let much = deploy(ground, "much", 200)?;
    let keys = keys(ground, &much)?;
    figure("a key to the screen while much comes, p99", &format!("{:.2} ms", millis(keys)), "16 ms");
    let (frame, log) = lines(ground)?;
    figure("a line to the screen, p99", &format!("{:.2} ms", millis(frame)), "50 ms");
    figure("a line to the log, at most", &format!("{:.2} ms", millis(log)), "1100 ms");
    Ok(())
}

/// Starts a run in a terminal, and its one step, which prints `first` soon.
fn start(ground: &Ground, script: &str, place: &Path, first: &str) -> Done<Pty> {
    let book = ground.book(1, 1, "on=api", script)?;
    let command = ground.run(&book, &ground.dir.join("env.yaml"), place);
    let mut inner = CommandBuilder::new(command.get_program());
    inner.args(command.get_args());
    for (name, value) in command.get_envs() {
        inner.env(name, value.unwrap_or_default());
    }
    inner.env("TERM", "xterm-256color");
    inner.cwd(&ground.dir);
    let mut pty = Pty::start(inner, 80, 24);
    pty.wait("the first screen", |seen| seen.taken() && seen.last().contains("q leave"));
    pty.press_for(ENTER, first);
    Ok(pty)
}

fn keys(ground: &Ground, much: &str) -> Done<Duration> {
    let place = ground.place(Path::new("/dev/shm"))?;
    let script = format!("for n in $(seq 1000); do {much}; done");
    let mut pty = start(ground, &script, &place, "deploy: unpacking")?;
    let mut times = Vec::new();
    let whole = |seen: &Seen| seen.has("deploy: unpacking") && seen.has(" 0 of 1 ");
    pty.wait("list and output", whole);
    for _ in 0..PRESSES {
        for zoomed in [true, false] {
            let pressed = Instant::now();
            pty.send("z");
            pty.wait("another layout", |seen| whole(seen) != zoomed);
            times.push(pressed.elapsed());
        }
    }
    drop(pty);
    std::fs::remove_dir_all(place)?;
    Ok(p99(times))
}

fn lines(ground: &Ground) -> Done<(Duration, Duration)> {
    let place = ground.place(Path::new("/dev/shm"))?;
    let script = format!(
        "perl -MTime::HiRes=time,sleep -e '$| = 1; $t = time; for $n (1..{LINES}) {{ printf \"at %.6f\\n\", time; \
         $w = $t + $n / 1000 - time; sleep $w if $w > 0 }}'"
    );
    let mut pty = start(ground, &script, &place, "at ")?;
    let log = place.join("log.db");
    let watching = std::thread::spawn(move || longest(&log));
    let (mut last, mut waits) = (0.0, Vec::new());
    pty.holds_within(Duration::from_secs(60), |seen| {
        let (now, newest) = (now(), newest(&seen.text()));
        if newest > last {
            // Every line since the last frame is on the screen, or was scrolled past, by now.
            let mut at = if last == 0.0 { newest } else { last };
            while at <= newest {
                waits.push(Duration::from_secs_f64((now - at).max(0.0)));
                at += 0.001;
            }
            last = newest;
        }
        waits.len() >= LINES - LINES / 20
    });
    pty.press("q", "the end", |_| true);
    drop(pty);
    let longest = watching.join().map_err(|_| "the log could not be read")??;
    std::fs::remove_dir_all(place)?;
    if waits.len() < LINES / 2 {
        return Err(format!("only {} lines were seen", waits.len()).into());
    }
    Ok((p99(waits), longest))
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// Returns the newest time that stands on the screen.
fn newest(text: &str) -> f64 {
    text.split("at ").filter_map(|rest| rest.split_whitespace().next()?.parse().ok()).fold(0.0, f64::max)
}

/// Follows the log and returns how long the oldest line of a chunk waited for being there.
fn longest(log: &Path) -> Result<Duration, String> {
    let open = || -> rusqlite::Result<Duration> {
        let db = Connection::open_with_flags(log, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut chunk = db.prepare("SELECT seq, codec, data FROM chunk WHERE seq > ?1 ORDER BY seq")?;
        let (mut seen, mut longest, mut lines) = (0_i64, 0.0, 0);
        let until = Instant::now() + Duration::from_secs(60);
        while lines < LINES - LINES / 10 && Instant::now() < until {
            let mut rows = chunk.query([seen])?;
            while let Some(row) = rows.next()? {
                let now = now();
                seen = row.get(0)?;
                let (codec, data): (i64, Vec<u8>) = (row.get(1)?, row.get(2)?);
                let mut text = String::new();
                let read = match codec {
                    0 => data.as_slice().read_to_string(&mut text),
                    _ => flate2::read::ZlibDecoder::new(data.as_slice()).read_to_string(&mut text),
                };
                let stamps = text.lines().filter_map(|line| line.strip_prefix("at ")?.parse::<f64>().ok());
                let stamps: Vec<f64> = if read.is_ok() { stamps.collect() } else { Vec::new() };
                lines += stamps.len();
                // The first line may have been cut by the chunk before.
                if let Some(first) = stamps.iter().copied().reduce(f64::min) {
                    longest = f64::max(longest, now - first);
                }
            }
            drop(rows);
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(Duration::from_secs_f64(longest))
    };
    open().map_err(|error| error.to_string())
}
