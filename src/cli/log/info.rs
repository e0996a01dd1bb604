//! `gonogo log info`: the log in a few lines.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use serde::Serialize;

use crate::audit::heads::{self, Seen};
use crate::audit::locks::Locks;
use crate::audit::paths::Paths;
use crate::audit::relocate::moved;
use crate::audit::store::tail::Head;
use crate::cli::args::Info as Args;
use crate::cli::exit::Exit;
use crate::cli::house::House;
use crate::cli::print;
use crate::clock::rfc3339;
use crate::run::fact::{Group, LogCheckpoint, Segment};
use crate::runtime::{Fail, clock};

#[derive(Debug, Serialize)]
struct Info {
    path: PathBuf,
    /// The account that owns it.
    owner: String,
    uid: u32,
    /// The group, where a group shares it.
    group: Option<Group>,
    /// Permission bits, in octal.
    mode: String,
    /// Bytes of the file.
    bytes: u64,
    /// Bytes that are still in the write-ahead log, and in no copy of the file alone.
    wal_bytes: Option<u64>,
    id: String,
    /// Events.
    size: u64,
    head: String,
    runs: u64,
    open_runs: u64,
    sessions: u64,
    /// Sessions that have it open to write now.
    open_sessions: u64,
    checkpoint: Option<Checkpoint>,
    /// The newest head that the heads file has of it.
    witnessed: Option<Witnessed>,
    /// Events after that, but for checkpoints; all if there is none.
    unwitnessed: u64,
    after: Option<Segment>,
    /// The name that it was given when it ended.
    ended: Option<String>,
    /// Where it went on, if it was moved.
    moved: Option<String>,
}

#[derive(Debug, Serialize)]
struct Checkpoint {
    at: String,
    #[serde(flatten)]
    what: LogCheckpoint,
}

#[derive(Debug, Serialize)]
struct Witnessed {
    file: PathBuf,
    at: String,
    size: u64,
    head: String,
    run: String,
    /// Whether the log has this head.
    agrees: bool,
}

/// Runs `gonogo log info`.
pub fn info(house: &House, args: &Args) -> Result<Exit, Fail> {
    if args.ticket {
        let reader = house.reader()?;
        let seen =
            Seen { log: reader.log_id()?, head: reader.head()?, at: clock::now().wall, run: "-".into() };
        print(&ticket(&seen, &format!("log {}", house.log.display())))?;
        return Ok(Exit::Done);
    }
    let info = gather(house)?;
    if args.json {
        super::json(&info)?;
    } else {
        print(&crate::text::sanitize_block(&words(&info)))?;
    }
    Ok(Exit::Done)
}

/// Returns the three lines for a ticket: the head, what it is of, and what to do with it.
pub fn ticket(seen: &Seen, what: &str) -> String {
    format!(
        "{seen}\n{what}: {} events\nverify: save these lines as FILE, then: gonogo verify --heads FILE\n",
        seen.head.size
    )
}

fn gather(house: &House) -> Result<Info, Fail> {
    let reader = house.reader()?;
    let unreadable = |e: std::io::Error| Fail::Log(format!("{}: {e}", house.log.display()));
    let path = fs::canonicalize(&house.log).map_err(unreadable)?;
    let meta = fs::metadata(&path).map_err(unreadable)?;
    let (about, head, id) = (reader.about()?, reader.head()?, reader.log_id()?);
    let mut witnessed = None;
    let mut unwitnessed = head.size;
    if let Some((_, what)) = &about.checkpoint {
        let left = Head { size: what.size, hash: what.head.clone() };
        unwitnessed = reader.after_head(&left)?.unwrap_or(head.size);
    }
    if let Some(file) = heads::beside(&path)
        && let Some(seen) = heads::last(&file, &id).map_err(unreadable)?
    {
        let after = reader.after_head(&seen.head)?;
        unwitnessed = unwitnessed.min(after.unwrap_or(head.size));
        witnessed = Some(Witnessed {
            file,
            at: rfc3339(seen.at),
            size: seen.head.size,
            head: seen.head.hash,
            run: seen.run,
            agrees: after.is_some(),
        });
    }
    Ok(Info {
        owner: crate::runtime::session::account(meta.uid()),
        uid: meta.uid(),
        group: about.group,
        mode: format!("{:04o}", meta.mode() & 0o7777),
        bytes: meta.len(),
        wal_bytes: fs::metadata(Paths::of(&path).wal).ok().map(|wal| wal.len()).filter(|n| *n > 0),
        id,
        size: head.size,
        head: head.hash,
        runs: about.runs,
        open_runs: about.open,
        sessions: about.sessions,
        open_sessions: Locks::look(&path).sessions().map_err(unreadable)? as u64,
        checkpoint: about.checkpoint.map(|(at, what)| Checkpoint { at: rfc3339(at.wall), what }),
        witnessed,
        unwitnessed,
        after: about.after,
        ended: about.ended,
        moved: moved(&path),
        path,
    })
}

fn words(info: &Info) -> String {
    let mut out = String::new();
    let mut line = |name: &str, what: String| out.push_str(&format!("{name:<12} {what}\n"));
    line("log", info.path.display().to_string());
    line("id", info.id.clone());
    let shared = info.group.as_ref().map(|g| format!(", shared by the group {} (gid {})", g.name, g.gid));
    line(
        "owner",
        format!("{} (uid {}), mode {}{}", info.owner, info.uid, info.mode, shared.unwrap_or_default()),
    );
    let wal = match info.wal_bytes {
        None => "nothing in a write-ahead log beside it".to_owned(),
        Some(bytes) => format!("{bytes} bytes in the write-ahead log beside it, a part of the log"),
    };
    line("file", format!("{} bytes; {wal}", info.bytes));
    line("events", info.size.to_string());
    line("head", info.head.clone());
    line("runs", format!("{}, of which {} open", info.runs, info.open_runs));
    line("sessions", format!("{}, of which {} have it open now", info.sessions, info.open_sessions));
    if let Some(after) = &info.after {
        line("goes on from", format!("{}, {} events, head {}", after.file, after.size, after.head));
    }
    if let Some(file) = &info.ended {
        line("has ended", format!("rotated: kept as {file}"));
    }
    if let Some(to) = &info.moved {
        line("was moved", format!("goes on in {to}"));
    }
    line(
        "checkpoint",
        info.checkpoint.as_ref().map_or("none".to_owned(), |c| {
            format!("of {} events at {}, left in {}", c.what.size, c.at, c.what.at)
        }),
    );
    line(
        "witnessed",
        info.witnessed.as_ref().map_or("nothing".to_owned(), |w| {
            let agrees = if w.agrees { "" } else { ": THE LOG HAS NOT THIS HEAD, see gonogo verify" };
            format!("{} events at {}, in {}{agrees}", w.size, w.at, w.file.display())
        }),
    );
    let left =
        if info.unwitnessed == 1 { "1 event".to_owned() } else { format!("{} events", info.unwitnessed) };
    line("unwitnessed", left);
    out
}
