//! `gonogo log`: looking after the log itself.

pub mod info;

use std::path::Path;

use serde::Serialize;

use crate::audit::copy::{self, CopyError};
use crate::audit::relocate::{MoveError, relocate};
use crate::audit::rotate::{RotateError, rotate};
use crate::audit::{heads, init};
use crate::cli::args::{Backup, Init, Log as Args, Move, Rotate};
use crate::cli::exit::Exit;
use crate::cli::house::House;
use crate::cli::{print, say};
use crate::run::event::Event;
use crate::run::fact::{Entry, LogMoved, Segment};
use crate::runtime::session::Session;
use crate::runtime::{Fail, session};

/// Runs `gonogo log`.
pub async fn log(house: &House, args: Args) -> Result<Exit, Fail> {
    match args {
        Args::Init(args) => init(house, &args).await,
        Args::Info(args) => info::info(house, &args),
        Args::Backup(args) => backup(house, &args),
        Args::Move(args) => relocated(house, &args).await,
        Args::Rotate(args) => rotated(house, &args),
    }
}

impl From<CopyError> for Fail {
    fn from(error: CopyError) -> Self {
        let words = error.to_string();
        match error {
            CopyError::Exists(_) => Self::Usage(words),
            CopyError::Write { .. } => Self::System(words),
            CopyError::Differs { .. } => Self::Unverified(words),
            CopyError::Open(error) => error.into(),
        }
    }
}

impl From<MoveError> for Fail {
    fn from(error: MoveError) -> Self {
        let words = error.to_string();
        match error {
            MoveError::Open(error) => error.into(),
            MoveError::Exists(_) => Self::Usage(words),
            MoveError::Busy(_) => Self::Busy(words),
            MoveError::Broken { .. } => Self::Log(words),
        }
    }
}

impl From<RotateError> for Fail {
    fn from(error: RotateError) -> Self {
        let words = error.to_string();
        match error {
            RotateError::Open(error) => error.into(),
            RotateError::Runs { .. } | RotateError::Busy { .. } => Self::Busy(words),
        }
    }
}

/// Writes `value` as JSON to standard output.
fn json(value: &impl Serialize) -> Result<(), Fail> {
    let text = serde_json::to_string_pretty(value).map_err(|e| Fail::System(e.to_string()))?;
    print(&format!("{text}\n"))
}

async fn init(house: &House, args: &Init) -> Result<Exit, Fail> {
    let group = match &args.group {
        Some(name) => Some(session::group(name).ok_or_else(|| {
            Fail::Usage(format!("there is no group {name} on this machine; make it with: groupadd {name}"))
        })?),
        None => None,
    };
    if house.log.symlink_metadata().is_ok() {
        return Err(Fail::Usage(format!("{} is there already, and stays as it is", house.log.display())));
    }
    let after = args.after.as_deref().map(end_of).transpose()?;
    init::init(&session::opening(&house.log), group.clone(), after)?;
    // The first session makes the files beside it.
    let session = house.session(&house.log, None).await?;
    let id = session.reader()?.log_id()?;
    session.close("made").await?;
    if args.json {
        json(&serde_json::json!({"path": house.log, "id": id, "group": group}))?;
    } else {
        let whose =
            group.map_or("yours alone".to_owned(), |g| format!("of the group {} (gid {})", g.name, g.gid));
        print(&format!("{}: a log with the id {id}, {whose}\n", house.log.display()))?;
        if args.group.is_some() {
            say::err(&format!(
                "everybody in the group uses it with: export GONOGO_LOG={}",
                house.log.display()
            ));
        }
    }
    Ok(Exit::Done)
}

/// Returns the end of a log that another one goes on from: as it can be read, else as its heads file says.
fn end_of(old: &Path) -> Result<Segment, Fail> {
    let file = std::path::absolute(old).unwrap_or_else(|_| old.to_owned());
    let read = || {
        let reader = session::reader(old)?;
        Ok::<_, Fail>((reader.log_id()?, reader.head()?))
    };
    let (log, head) = match read() {
        Ok(found) => found,
        Err(why) => {
            let seen = heads::beside(old).and_then(|file| heads::read(&file).ok()?.pop());
            seen.map(|seen| (seen.log, seen.head)).ok_or(why)?
        }
    };
    Ok(Segment { log, size: head.size, head: head.hash, file: file.display().to_string() })
}

async fn relocated(house: &House, args: &Move) -> Result<Exit, Fail> {
    let target = std::path::absolute(&args.file).unwrap_or_else(|_| args.file.clone());
    let moved = relocate(&session::opening(&house.log), &target)?;
    let session = Session::open(&moved.to).await?;
    let event = Event::LogMoved(LogMoved {
        from: moved.from.display().to_string(),
        size: moved.head.size,
        head: moved.head.hash.clone(),
    });
    session.log.append(None, vec![Entry { event, chunk: None }]).await?;
    session.close("moved").await?;
    let (from, to) = (moved.from.display().to_string(), moved.to.display().to_string());
    if args.json {
        json(&serde_json::json!({
            "from": from, "to": to, "size": moved.head.size, "head": moved.head.hash,
        }))?;
    } else {
        print(&format!("{to} goes on from {from}: {} events, head {}\n", moved.head.size, moved.head.hash))?;
        say::err(&format!("take an open run up with: gonogo --log {to} resume"));
    }
    Ok(Exit::Done)
}

fn backup(house: &House, args: &Backup) -> Result<Exit, Fail> {
    let copied = copy::copy(&house.log, &args.file)?;
    let file = args.file.display().to_string();
    if args.json {
        json(&serde_json::json!({
            "file": file, "bytes": copied.bytes, "size": copied.head.size, "head": copied.head.hash,
            "chain": "holds",
        }))?;
    } else {
        let (size, head) = (copied.head.size, &copied.head.hash);
        print(&format!(
            "{file}: {size} events, {} bytes\nhead {head}: that of the log, and the chain of the copy holds\n",
            copied.bytes
        ))?;
    }
    Ok(Exit::Done)
}

fn rotated(house: &House, args: &Rotate) -> Result<Exit, Fail> {
    let rotated = rotate(&session::opening(&house.log))?;
    let kept = rotated.kept.display().to_string();
    if args.json {
        json(&serde_json::json!({
            "kept": kept,
            "before": {"log": rotated.before.log, "size": rotated.before.size, "head": rotated.before.head},
            "log": rotated.log,
            "path": house.log,
        }))?;
    } else {
        let before = &rotated.before;
        print(&format!(
            "kept as {kept}: {} events, head {}\n{} goes on from it with the id {}\n",
            before.size,
            before.head,
            house.log.display(),
            rotated.log
        ))?;
        say::err(&format!("its runs: gonogo --log {kept} runs"));
    }
    Ok(Exit::Done)
}
