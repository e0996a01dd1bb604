//! How fast steps are over SSH, beside bare `ssh`, and what other tools take for the same:
//! `cargo bench --bench ssh` prints a table; words behind `--` choose groups of rows. `tests/bench/run` installs the other
//! tools first; without them their rows say so. Needs Debian's openssh-server and openssh-client.
//!
//! Everything runs on loopback, and whole programs are timed, in turns, so that a slow moment strikes both. Nothing here
//! decides a test: the last column says what is asked for, and people read whether it is reached.

use std::error::Error;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ground::Ground;
use table::{figure, median, millis, row};

#[path = "ssh/fan_out.rs"]
mod fan_out;
#[path = "ssh/ground.rs"]
mod ground;
#[path = "ssh/output.rs"]
mod output;
#[path = "ssh/screen.rs"]
mod screen;
#[path = "ssh/steps.rs"]
mod steps;
mod table;
#[path = "ssh/twenty.rs"]
mod twenty;

/// What the tests have, too.
#[allow(dead_code, reason = "the tests use more of it than is timed here")]
#[path = "../support"]
mod support {
    pub mod pty;
    pub mod temp;
}

type Done<T> = Result<T, Box<dyn Error>>;
type Group = (&'static str, fn(&Ground) -> Done<()>);

/// Turns of whole programs; the median counts.
const ROUNDS: usize = 3;

/// The groups of rows, in their order.
const GROUPS: [Group; 5] = [
    ("steps", steps::rows),
    ("twenty", twenty::rows),
    ("fan-out", fan_out::rows),
    ("output", output::rows),
    ("screen", screen::rows),
];

fn main() -> Done<()> {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let ground = Ground::start()?;
    println!("{:<40} {:>13} {:>13} {:>7}  asked for", "", "gonogo", "other", "times");
    for (name, rows) in GROUPS {
        if chosen.is_empty() || chosen.iter().any(|word| word == name) {
            rows(&ground)?;
        }
    }
    Ok(())
}

/// Runs a command to its end.
fn run(command: &mut Command) -> Done<()> {
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}

/// Returns whether there is a program of this name.
fn is_here(program: &str) -> bool {
    let asked =
        Command::new("sh").args(["-c", "command -v \"$1\"", "sh", program]).stdout(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// Runs `ours` and the other `tool` in turns and prints the row of their medians, or that the tool is not here.
fn beside(
    name: &str,
    program: &str,
    ours: impl Fn() -> Done<Duration>,
    tool: impl Fn() -> Command,
    asked: &str,
) -> Done<()> {
    if !is_here(program) {
        figure(name, "not here", asked);
        return Ok(());
    }
    let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        our_times.push(ours()?);
        their_times.push(timed(&mut tool())?);
    }
    row(name, median(our_times), median(their_times), asked);
    Ok(())
}

/// Returns how long a command takes that says nothing here.
fn timed(command: &mut Command) -> Done<Duration> {
    let start = Instant::now();
    run(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))?;
    Ok(start.elapsed())
}

/// Returns what 99 of 100 do not exceed.
fn p99(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get((times.len() * 99).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default()
}
