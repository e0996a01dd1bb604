//! How soon the captain's screen shows what somebody else records: `cargo bench --bench second` prints the figure beside
//! what is asked for. Nothing here decides a test.
//!
//! Two processes have one log: one drives a run in a terminal of 80 columns and 24 rows, the other writes notes into it.
//! Measured is from the stamp in the record's body, which is taken just before it is committed, to the frame.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use portable_pty::CommandBuilder;
use rusqlite::{Connection, OpenFlags};

/// What the tests have, too.
#[allow(dead_code, reason = "the tests use more of it than is timed here")]
#[path = "../support"]
mod support {
    pub mod pty;
    pub mod temp;
}

use support::pty::Pty;
use support::temp::TempDir;

type Done<T> = Result<T, Box<dyn Error>>;

const EXE: &str = env!("CARGO_BIN_EXE_gonogo");
const NOTES: usize = 50;

fn main() -> Done<()> {
    let home = TempDir::new("bench-second");
    std::fs::write(home.join("book.md"), "# R\n\n- [ ] A\n- [ ] B\n")?;
    let mut captain = CommandBuilder::new(EXE);
    captain.args(["run", "book.md", "--as", "layla"]);
    for (name, value) in surroundings(home.path()) {
        captain.env(name, value);
    }
    captain.cwd(home.path());
    let pty = Pty::start(captain, 80, 24);
    pty.wait("the first screen", |seen| seen.taken() && seen.last().contains("q leave"));
    let log =
        Connection::open_with_flags(home.join("state/gonogo/log.db"), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let run: String =
        log.query_row("SELECT run FROM event WHERE kind = 'run.opened'", [], |row| row.get(0))?;
    let mut waits = Vec::new();
    for n in 0..NOTES {
        let text = format!("note-{n}-of-{NOTES}");
        let mut other = Command::new(EXE);
        other
            .args(["note", &run, &text, "--as", "omar"])
            .envs(surroundings(home.path()))
            .stdout(Stdio::null());
        let mut other = other.spawn()?;
        pty.wait(&text, |seen| seen.has(&text));
        let shown = SystemTime::now().duration_since(UNIX_EPOCH)?;
        if !other.wait()?.success() {
            return Err("a note was not taken".into());
        }
        let sql = "SELECT strftime('%s', json_extract(body, '$.ts')) * 1000 + substr(json_extract(body, '$.ts'), 21, 3) \
                   FROM event WHERE kind = 'note.added' ORDER BY seq DESC LIMIT 1";
        let stamp: i64 = log.query_row(sql, [], |row| row.get(0))?;
        waits.push(shown.saturating_sub(Duration::from_millis(u64::try_from(stamp)?)));
    }
    drop(pty);
    waits.sort_unstable();
    let at = |percent: usize| {
        waits.get((waits.len() * percent).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default()
    };
    let millis = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
    println!("{:<48} {:>10} {:>10} {:>10}  asked for", "", "p50", "p99", "at most");
    println!(
        "{:<48} {:>10} {:>10} {:>10}  200 ms",
        "another's record to the captain's screen",
        millis(at(50)),
        millis(at(99)),
        millis(at(100))
    );
    Ok(())
}

fn surroundings(home: &Path) -> Vec<(&'static str, std::ffi::OsString)> {
    vec![
        ("PATH", std::env::var_os("PATH").unwrap_or_default()),
        ("HOME", home.into()),
        ("XDG_STATE_HOME", home.join("state").into()),
        ("XDG_CONFIG_HOME", home.join("config").into()),
        ("TERM", "xterm-256color".into()),
        ("LANG", "C.UTF-8".into()),
    ]
}
