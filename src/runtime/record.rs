//! Records for readers: a run and its children as the log holds them, in the form that the report room takes.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::audit::chain::sha256_hex;
use crate::audit::query::{Piece, QueryError, Reader};
use crate::audit::verify::{Scope, Verdict, judged};
use crate::report::{self, Excerpt, Gather, Output, RunRecord, Seal, Sitting};
use crate::run::event::Event;
use crate::run::fact::{Entry, ExportCreated, Stream, Who};
use crate::runtime::log::Log;
use crate::runtime::resuming::{self, Folded};
use crate::runtime::{Fail, session};
use crate::sign::signers::AllowedSigners;
use crate::tui::effect::Format;

/// Reads recorded output from a log.
struct Recorded<'a> {
    reader: &'a Reader,
    /// What the attempts of each run left, once somebody asked for one of them.
    pieces: RefCell<HashMap<String, BTreeMap<u32, Vec<Piece>>>>,
}

impl Recorded<'_> {
    /// Returns the pieces of one stream of an attempt.
    fn pieces(&self, run: &str, number: u32, stream: Stream) -> Result<Vec<Piece>, QueryError> {
        let mut known = self.pieces.borrow_mut();
        if !known.contains_key(run) {
            known.insert(run.to_owned(), self.reader.pieces_of(run)?);
        }
        let pieces = known.get(run).and_then(|of_run| of_run.get(&number)).into_iter().flatten();
        Ok(pieces.filter(|piece| piece.stream == stream).cloned().collect())
    }
}

impl Output for Recorded<'_> {
    fn excerpt(
        &self,
        run: &str,
        number: u32,
        stream: Stream,
        head: usize,
        tail: usize,
    ) -> Result<Excerpt, String> {
        let mut gather = Gather::new(head, tail);
        let pieces = self.pieces(run, number, stream).map_err(|e| e.to_string())?;
        let end = pieces.iter().map(|piece| piece.offset.saturating_add(piece.len)).max().unwrap_or(0);
        for piece in &pieces {
            if gather.shows(piece.offset, piece.len, end) {
                gather.push(piece.offset, &self.reader.bytes_of(piece).map_err(|e| e.to_string())?);
            }
        }
        Ok(gather.finish())
    }
}

/// Reads the run whose id begins with `prefix`, with its children, names proven by `allowed`, and returns what `make` makes
/// of its record. The log is not verified, which takes its time where it is long.
///
/// # Errors
/// When the log cannot be read or has no such run.
pub fn of<T>(
    path: &Path,
    allowed: &Arc<AllowedSigners>,
    prefix: &str,
    make: impl FnOnce(&RunRecord<'_>) -> T,
) -> Result<T, Fail> {
    read(path, allowed, prefix, String::new, make)
}

/// Does so for a record that goes elsewhere: it says what verifying the log found.
///
/// # Errors
/// When the log cannot be read or has no such run.
pub fn verified<T>(
    path: &Path,
    allowed: &Arc<AllowedSigners>,
    prefix: &str,
    make: impl FnOnce(&RunRecord<'_>) -> T,
) -> Result<T, Fail> {
    read(path, allowed, prefix, || verdict(path, allowed), make)
}

fn read<T>(
    path: &Path,
    allowed: &Arc<AllowedSigners>,
    prefix: &str,
    verdict: impl FnOnce() -> String,
    make: impl FnOnce(&RunRecord<'_>) -> T,
) -> Result<T, Fail> {
    let reader = session::reader(path)?.judging(Arc::clone(allowed));
    let tree = resuming::tree(&reader, prefix)?;
    let tree: Vec<Folded> = tree.into_iter().map(|f| resuming::as_it_stands(path, f)).collect();
    let mut sat = Vec::new();
    for folded in &tree {
        let found = reader.sessions_of(&folded.run.id)?.into_iter();
        sat.push(found.map(|s| Sitting { seq: s.seq, opened: s.opened }).collect::<Vec<_>>());
    }
    let tree: Vec<(Folded, Vec<Sitting>)> = tree.into_iter().zip(sat).collect();
    let head = reader.head()?;
    let seal = Seal { log: reader.log_id()?, size: head.size, head: head.hash, verified: verdict() };
    let output = Recorded { reader: &reader, pieces: RefCell::default() };
    let Some((first, rest)) = tree.split_first() else {
        return Err(Fail::Usage(format!("there is no run {prefix}")));
    };
    Ok(make(&record(first, rest, &output, &seal)))
}

fn record<'a>(
    (own, sessions): &'a (Folded, Vec<Sitting>),
    below: &'a [(Folded, Vec<Sitting>)],
    output: &'a dyn Output,
    seal: &Seal,
) -> RunRecord<'a> {
    let mine = |f: &Folded| f.run.opened.parent.as_ref().is_some_and(|p| p.run == own.run.id);
    let children = below.iter().filter(|(f, _)| mine(f));
    RunRecord {
        run: &own.run,
        events: &own.facts,
        strange: own.strange.clone(),
        sessions: sessions.clone(),
        output,
        children: children.map(|child| record(child, below, output, seal)).collect(),
        seal: seal.clone(),
    }
}

/// Returns what verifying the log says, in a sentence.
fn verdict(path: &Path, allowed: &Arc<AllowedSigners>) -> String {
    match judged(path, &Scope { allowed: Some(Arc::clone(allowed)), ..Scope::default() }) {
        Err(error) => format!("the log could not be verified: {error}"),
        Ok(report) if report.chain() == Verdict::Holds => {
            let signatures = match report.signatures() {
                Verdict::NoneYet => String::new(),
                Verdict::Holds => format!("; all {} signatures hold", report.signed),
                _ => format!(
                    "; {} OF {} SIGNATURES PROVE NO NAME",
                    report.signed - report.proven,
                    report.signed
                ),
            };
            format!("the chain of all {} events holds{signatures}", report.events)
        }
        Ok(report) => {
            let first = report.flaws.first().map(ToString::to_string).unwrap_or_default();
            format!("THE CHAIN DOES NOT HOLD: {first}")
        }
    }
}

/// Writes `text`, the record of a run as Markdown, beside its log, replacing an older one, and returns the file.
///
/// # Errors
/// When the file cannot be written.
pub fn beside(log: &Path, run: &str, text: &str) -> Result<PathBuf, Fail> {
    let file = session::directory(log).join(format!("{run}.md"));
    replace(&file, text).map_err(|e| Fail::System(format!("{} cannot be written: {e}", file.display())))?;
    Ok(file)
}

/// Writes the file whole or not at all: beside it first, then in its place.
///
/// # Errors
/// When the file system refuses.
pub fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = std::fs::File::create_new(&part).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.and_then(|()| std::fs::rename(&part, path)).inspect_err(|_| {
        std::fs::remove_file(&part).unwrap_or_default();
    })
}

/// Writes the record of a run into a new file in the working directory, puts that on the record, and returns the
/// sentence that says where the file is.
pub async fn export_here(log: &Log, run: &str, format: Format, who: Who) -> String {
    let (path, id, allowed) = (log.path().to_owned(), run.to_owned(), Arc::clone(log.allowed()));
    let made = tokio::task::spawn_blocking(move || {
        let text = verified(&path, &allowed, &id, |record| match format {
            Format::Markdown => report::markdown(record),
            Format::Json => report::json(record),
        });
        let text = text.map_err(|e| e.to_string())?;
        let file = write_new(&id, format, &text)
            .map_err(|e| format!("the working directory does not take it: {e}"))?;
        Ok::<_, String>((file, sha256_hex(text.as_bytes())))
    });
    let (file, sha256) = match made.await {
        Ok(Ok(made)) => made,
        Ok(Err(why)) => return format!("not exported: {why}"),
        Err(error) => return format!("not exported: {error}"),
    };
    let format = match format {
        Format::Markdown => "md",
        Format::Json => "json",
    };
    let event = Event::ExportCreated(ExportCreated { who, format: format.to_owned(), sha256 });
    let told = log.append(Some(run), vec![Entry { event, chunk: None }]).await;
    let file = file.display();
    match told {
        Ok(_) => format!("exported to {file}"),
        Err(error) => format!("exported to {file}; that could not be recorded: {error}"),
    }
}

fn write_new(run: &str, format: Format, text: &str) -> std::io::Result<PathBuf> {
    use std::io::Write as _;
    let ending = match format {
        Format::Markdown => "md",
        Format::Json => "json",
    };
    let mut number = 1_u32;
    loop {
        let name = if number == 1 { format!("{run}.{ending}") } else { format!("{run}-{number}.{ending}") };
        match std::fs::File::create_new(&name) {
            Ok(mut file) => {
                file.write_all(text.as_bytes())?;
                file.sync_all()?;
                return std::path::absolute(name);
            }
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists && number < 1000 => number += 1,
            Err(e) => return Err(e),
        }
    }
}
