//! One pass over all events in their order, inside one transaction, so that a live log does not move meanwhile.

use std::collections::HashMap;

use rusqlite::Connection;

use super::chunks::Chunks;
use super::complete::Ends;
use super::report::{Flaw, Report};
use super::{Scope, witness};
use crate::audit::chain;
use crate::audit::codec::{self, ChunkRef, CodecError, Fact, Header};
use crate::audit::judge::{Doubt, judge};
use crate::audit::row::{COLUMNS, Row};
use crate::audit::store::connect::{plain, schema_differences};
use crate::run::event::Event;
use crate::run::proof::Subject;
use crate::sign::signers::AllowedSigners;
use crate::sign::sshsig::message;
use crate::sign::verify::holds;

/// Reads the whole log; whatever SQLite refuses becomes a finding.
pub(super) fn walk(conn: &Connection, scope: &Scope, report: &mut Report) {
    let result = (|| {
        let snapshot = conn.unchecked_transaction()?;
        if schema(&snapshot, report)? {
            events(&snapshot, scope, report)?;
            witness::judge(&snapshot, scope, report)?;
            if scope.run.is_none() {
                witness::segments(&snapshot, report)?;
            }
        }
        snapshot.finish()
    })();
    if let Err(error) = result {
        report.flaw(None, Flaw::Unreadable, format!("reading stopped: {error}"));
    }
}

/// Compares the schema; returns whether the two tables are what they have to be, so that reading them means anything.
fn schema(conn: &Connection, report: &mut Report) -> rusqlite::Result<bool> {
    let differences = schema_differences(conn)?;
    let exact = differences.is_empty();
    let tables =
        !differences.iter().any(|what| what.contains("the table event") || what.contains("the table chunk"));
    for what in differences {
        report.flaw(None, Flaw::Schema, what);
    }
    if exact {
        structure(conn, report)?;
    }
    if !tables {
        report.flaw(None, Flaw::Unreadable, "the events are not read: their tables are not those of a log");
    }
    Ok(tables)
}

/// Has SQLite check its own structure and the index. Only where the schema is ours, word by word: its checks would
/// be executed.
fn structure(conn: &Connection, report: &mut Report) -> rusqlite::Result<()> {
    let mut statement = conn.prepare("PRAGMA integrity_check(20)")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let line: String = row.get(0)?;
        if line != "ok" {
            report.flaw(None, Flaw::Structure, format!("SQLite says: {}", plain(&line)));
        }
    }
    Ok(())
}

/// What is carried from event to event.
struct Walk<'a> {
    conn: &'a Connection,
    scope: &'a Scope,
    seq: u64,
    head: String,
    runs: HashMap<String, String>,
    /// The signed bodies so far, by their hashes: each is signed once, whatever it says.
    signed: HashMap<String, u64>,
    ends: Ends,
}

pub(super) fn events(conn: &Connection, scope: &Scope, report: &mut Report) -> rusqlite::Result<()> {
    // A run that nobody has matches nothing; the whole log is read without the index, which may lie.
    let (index, only) =
        if scope.run.is_some() { ("", "WHERE run = ?1") } else { ("NOT INDEXED", "WHERE ?1 IS NULL") };
    let mut chunks = conn.prepare(&super::chunks::sql(scope.run.is_some()))?;
    let mut chunks = Chunks::new(chunks.query([&scope.run])?)?;
    let mut statement = conn.prepare(&format!("SELECT {COLUMNS} FROM event {index} {only} ORDER BY seq"))?;
    let mut rows = statement.query([&scope.run])?;
    let mut walk = Walk {
        conn,
        seq: 0,
        head: chain::ZERO.to_owned(),
        runs: HashMap::new(),
        signed: HashMap::new(),
        ends: Ends::default(),
        scope,
    };
    while let Some(row) = rows.next()? {
        if report.hopeless() {
            report.flaw(None, Flaw::Unreadable, "reading stopped: too many flaws");
            break;
        }
        let row = Row::read(row)?;
        walk.link(&row, report);
        walk.again(&row, report);
        let expected = walk.body(&row, report)?;
        chunks.at(row.seq, expected.as_ref(), row.body.is_none(), report)?;
        report.events += 1;
        walk.seq = row.seq;
        walk.head.clear();
        walk.head += &row.hash;
        match walk.runs.get_mut(&*row.run) {
            Some(last) => last.clone_from(&walk.head),
            None => drop(walk.runs.insert(row.run.into_owned(), walk.head.clone())),
        }
    }
    if !report.hopeless() {
        chunks.rest(report)?;
    }
    if report.events == 0 {
        report.flaw(None, Flaw::Order, "there is no event; a log begins with log.opened");
    } else {
        report.head = Some(walk.head);
    }
    walk.ends.tell(report);
    Ok(())
}

impl Walk<'_> {
    fn link(&self, row: &Row<'_>, report: &mut Report) {
        let at = Some(row.seq);
        let whole = self.scope.run.is_none();
        if whole && row.seq != self.seq + 1 {
            let what = format!("it follows event {}; events between are missing or moved", self.seq);
            report.flaw(at, Flaw::Order, what);
        }
        if whole && row.prev != self.head {
            report.flaw(at, Flaw::Prev, "prev is not the hash of the event before it");
        }
        if row.run_prev != self.runs.get(&*row.run).map_or(chain::ZERO, String::as_str) {
            report.flaw(at, Flaw::RunPrev, "run_prev is not the hash of the event before it in its run");
        }
        if row.link().hash() != row.hash {
            report.flaw(at, Flaw::Link, "hash is not the hash of its link line");
        }
        if chain::sig_sha(row.sig.as_deref()) != row.sig_sha {
            report.flaw(at, Flaw::SigHash, "sig_sha is not the hash of its signature");
        }
        report.signed += u64::from(row.sig.is_some());
    }

    /// Finds signed bodies that were copied: whoever signed one said it once, and in one place.
    fn again(&mut self, row: &Row<'_>, report: &mut Report) {
        if row.sig.is_none() {
            return;
        }
        if let Some(first) = self.signed.get(&*row.body_sha) {
            report
                .doubt(row.seq, format!("it is a copy of the signed event {first}, which stands there once"));
        } else {
            self.signed.insert(row.body_sha.to_string(), row.seq);
        }
    }

    /// Checks the body and returns the chunk that it names.
    fn body(&mut self, row: &Row<'_>, report: &mut Report) -> rusqlite::Result<Option<ChunkRef>> {
        let at = Some(row.seq);
        let Some(body) = &row.body else {
            if row.too_long {
                report.flaw(at, Flaw::Body, "its body is longer than any that is written");
            } else {
                report.withheld += 1;
            }
            return Ok(None);
        };
        if chain::body_sha(body) != row.body_sha {
            report.flaw(at, Flaw::BodyHash, "body_sha is not the hash of its body");
        }
        let (header, fact) = match codec::decode(body) {
            Ok((header, fact)) => (header, Some(fact)),
            Err(error) => {
                report.flaw(at, Flaw::Body, plain(&error.to_string()));
                match (error, codec::header(body)) {
                    (CodecError::Misfit { .. }, Ok(header)) => (header, None),
                    _ => return Ok(None),
                }
            }
        };
        self.columns(row, &header, report);
        match fact {
            Some(Fact::Known(event)) => {
                text(row.seq, &header, &event, report);
                self.signature(row, body, &header, &event, report);
                witness::named(self.conn, row, &event, report)?;
                self.ends.fold(row.seq, &header, &event);
            }
            Some(Fact::Unknown { .. }) => {
                report.strange += 1;
                if let Some(Err(why)) = row.sig.as_deref().map(|sig| holds(sig, &message(body))) {
                    report.doubt(row.seq, plain(&why.to_string()));
                }
            }
            None => {}
        }
        Ok(header.chunk)
    }

    /// Judges the signature, and counts the names that have none.
    fn signature(&self, row: &Row<'_>, body: &str, header: &Header, event: &Event, report: &mut Report) {
        let nobody = AllowedSigners::default();
        let allowed = self.scope.allowed.as_deref();
        match judge(body, row.sig.as_deref(), event, header.at, allowed.unwrap_or(&nobody)) {
            Ok(Some(_)) => report.proven += 1,
            Ok(None) => report.typed += u64::from(Subject::of(event).is_some()),
            // That the signature holds was seen; whose it is cannot be said where nobody says who may sign.
            Err(Doubt::Unproven(why)) if allowed.is_none() && why.is_about_names() => {}
            Err(why) => report.doubt(row.seq, plain(&why.to_string())),
        }
    }

    fn columns(&self, row: &Row<'_>, header: &Header, report: &mut Report) {
        let at = Some(row.seq);
        if header.run != row.run {
            report.flaw(at, Flaw::Column, "the column run is not what its body says");
        }
        if header.kind != row.kind {
            report.flaw(at, Flaw::Column, "the column kind is not what its body says");
        }
        match &report.log {
            None if row.seq == 1 || self.scope.run.is_some() => report.log = Some(header.log.clone()),
            Some(log) if *log != header.log => {
                report.flaw(at, Flaw::Log, "its body is of another log");
            }
            None | Some(_) => {}
        }
        let whole = self.scope.run.is_none();
        if whole && (row.seq == 1) != (header.kind == "log.opened") {
            report.flaw(at, Flaw::Order, "log.opened stands where it does not belong, or is missing");
        }
    }
}

fn text(seq: u64, header: &Header, event: &Event, report: &mut Report) {
    if let Event::RunOpened(opened) = event
        && header.chunk.as_ref().is_none_or(|chunk| chunk.sha != opened.text_sha)
    {
        report.flaw(Some(seq), Flaw::TextHash, "its chunk is not the runbook's text that it names");
    }
}
