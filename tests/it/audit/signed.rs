//! Signed events: stored with their signatures, judged again when they are read, and what spoils them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gonogo::audit::query::Reader;
use gonogo::audit::verify::{Breach, Report, Scope, Verdict, judged};
use gonogo::audit::writer::{LogWriter, Unless, WriteError};
use gonogo::run::event::Event;
use gonogo::run::fact::{BoxSigned, Entry, Proof, Recorded, Who};
use gonogo::run::proof::{self, Subject};
use gonogo::runbook::ids::BoxId;
use gonogo::sign::signers::AllowedSigners;

use super::forge::{rechain, spoil};
use super::tools::{at, attacker, close, note, open, opening, run_closed, run_opened, who};
use crate::support::signers::{Key, allowed};
use crate::support::temp::TempDir;

/// Signs the box for somebody who was shown the log up to `seen`.
pub fn signs(path: &Path, id: &str, seen: u64) -> Entry {
    let sql = "SELECT hash FROM event WHERE seq = ?1";
    let head = attacker(path).query_row(sql, [i64::try_from(seen).unwrap()], |row| row.get::<_, String>(0));
    // Of an event that is not there yet nobody was shown anything.
    let head = head.unwrap_or_else(|_| "0".repeat(64));
    let signed = BoxSigned {
        who: Who { proof: Proof::SshKey, ..who() },
        id: BoxId(id.to_owned()),
        statement: "It is so".to_owned(),
        note: None,
        value: None,
        evidence: Vec::new(),
        out_of_order: Vec::new(),
        seen,
        seen_head: Some(head.into()),
    };
    Entry { event: Event::BoxSigned(signed), chunk: None }
}

pub fn append_signed(
    writer: &LogWriter,
    key: &Key,
    entry: Entry,
    unless: Option<Unless>,
) -> Result<Vec<Recorded>, WriteError> {
    let mut drafts = writer.draft(Some("one"), vec![entry], at(2)).unwrap();
    let sig = key.sign(drafts[0].body());
    drafts[0].signed(sig);
    writer.append_drafts(drafts, unless, at(3)).wait()
}

fn layla(key: &Key) -> Arc<AllowedSigners> {
    Arc::new(allowed(&format!("layla {}\n", key.public.line())))
}

/// A closed log: run `one` has a note, two signed boxes (events 5 and 6) and an unsigned end; run `two` only its opening.
fn sample(dir: &TempDir, key: &Key) -> PathBuf {
    let path = dir.join("log.db");
    let (writer, _, ended) = open(&path);
    let append = |run: &str, entries| writer.append(Some(run), entries, at(1)).wait().unwrap();
    append("one", vec![run_opened("Release"), note("first")]);
    append_signed(&writer, key, signs(&path, "a", 4), None).unwrap();
    append_signed(&writer, key, signs(&path, "b", 5), None).unwrap();
    append("two", vec![run_opened("Other")]);
    append("one", vec![run_closed()]);
    close(writer, ended);
    path
}

fn report(path: &Path, allowed: Option<Arc<AllowedSigners>>) -> Report {
    judged(path, &Scope { allowed, ..Scope::default() }).unwrap()
}

fn doubts(report: &Report) -> Vec<(u64, String)> {
    report.doubts.iter().map(|doubt| (doubt.seq.unwrap(), doubt.what.clone())).collect()
}

#[test]
fn signatures_lie_in_the_chain_and_are_judged_by_whoever_reads() {
    let (dir, key) = (TempDir::new("signed"), Key::new());
    let path = sample(&dir, &key);
    let known = report(&path, Some(layla(&key)));
    assert!(known.sound(), "{known}");
    assert_eq!((known.signed, known.proven, known.typed), (2, 2, 4));
    assert_eq!(known.signatures(), Verdict::Holds);
    assert!(
        known.to_string().contains("signatures   holds (2 of 6 names proven by key, 4 not proven)"),
        "{known}"
    );
    // Nobody says who may sign: the signatures hold, whose they are stays open.
    let nobody = report(&path, None);
    assert_eq!((nobody.signatures(), nobody.sound()), (Verdict::Open, true), "{nobody}");
    assert!(nobody.to_string().contains("give --allowed-signers FILE"), "{nobody}");
    // Somebody says, and it is not layla.
    let other = report(&path, Some(layla(&Key::new())));
    assert_eq!((other.chain(), other.signatures(), other.sound()), (Verdict::Holds, Verdict::Fails, false));
    let why = format!("nobody is allowed to sign with the key {}", key.public.fingerprint());
    assert_eq!(doubts(&other), [(5, why.clone()), (6, why)]);
}

#[test]
fn one_run_is_verified_along_its_own_chain() {
    let (dir, key) = (TempDir::new("signed-run"), Key::new());
    let path = sample(&dir, &key);
    let one = |run: &str| {
        let scope = Scope { allowed: Some(layla(&key)), run: Some(run.to_owned()), heads: None };
        judged(&path, &scope).unwrap()
    };
    let report = one("one");
    assert!(report.sound(), "{report}");
    assert_eq!((report.events, report.chunks, report.proven), (5, 1, 2));
    // What is wrong in the other run is not this one's, and what is wrong in this one is found.
    let spoil = |batch: &str| spoil(&path, &[], |conn| conn.execute_batch(batch).unwrap());
    spoil("UPDATE event SET kind = 'note.added' WHERE seq = 7");
    assert!(one("one").sound() && !one("two").sound());
    spoil("DELETE FROM event WHERE seq = 4");
    assert_eq!(one("one").chain(), Verdict::Fails);
}

#[test]
fn a_name_is_proven_to_a_reader_who_knows_the_key_and_to_no_other() {
    let (dir, key) = (TempDir::new("signed-read"), Key::new());
    let path = sample(&dir, &key);
    let proofs = |allowed: Arc<AllowedSigners>| -> Vec<Proof> {
        let run = Reader::open(&path).unwrap().judging(allowed).load("one").unwrap();
        run.events.iter().filter_map(|fact| proof::who(&fact.event)).map(|who| who.proof).collect()
    };
    use Proof::{Claimed, SshKey, Typed};
    assert_eq!(proofs(layla(&key)), [Typed, Typed, SshKey, SshKey, Typed]);
    assert_eq!(proofs(layla(&Key::new())), [Typed, Typed, Claimed, Claimed, Typed]);
    assert_eq!(proofs(Arc::default()), [Typed, Typed, Claimed, Claimed, Typed]);
}

/// Whoever signed was shown a head: what came before it cannot be made anew without their key.
#[test]
fn what_was_made_anew_before_a_signature_is_rewritten() {
    let (dir, key) = (TempDir::new("signed-before"), Key::new());
    let path = sample(&dir, &key);
    let whole = report(&path, Some(layla(&key)));
    assert_eq!((whole.witness.signed, whole.witnesses()), (2, Verdict::NoneYet), "{whole}");
    assert!(whole.to_string().contains("witnesses    none yet (2 named in signatures agree)"), "{whole}");
    spoil(&path, &[], |conn| {
        conn.execute_batch("UPDATE event SET body = replace(body, 'first', 'worst') WHERE seq = 4").unwrap();
        rechain(conn, 1, u64::MAX);
    });
    let report = report(&path, Some(layla(&key)));
    assert_eq!((report.chain(), report.signatures()), (Verdict::Holds, Verdict::Holds), "{report}");
    assert_eq!((report.witness.breach, report.sound()), (Some(Breach::Rewritten), false), "{report}");
    let found = &report.witness.against[0];
    assert_eq!(found.seq, Some(5));
    assert!(found.what.starts_with("REWRITTEN: the signature of layla says that event 4 is "), "{report}");
}

fn unless(after: u64) -> Option<Unless> {
    let subject = Subject::Box(BoxId("a".to_owned()));
    Some(Unless {
        run: "one".to_owned(),
        after,
        touches: Box::new(move |event| subject.is_touched_by(event)),
    })
}

#[test]
fn what_somebody_else_did_to_the_box_meanwhile_keeps_the_signature_out() {
    let (dir, key) = (TempDir::new("signed-newer"), Key::new());
    let path = dir.join("log.db");
    let (writer, _, ended) = open(&path);
    let (other, _, other_ended) = LogWriter::open(opening(&path)).unwrap();
    let seen = writer.append(Some("one"), vec![run_opened("Release")], at(1)).wait().unwrap()[0].seq;
    // What does not touch the box stands in nobody's way, nor does another run, nor what this session did itself.
    other.append(Some("one"), vec![note("look")], at(1)).wait().unwrap();
    append_signed(&other, &key, signs(&path, "b", seen), None).unwrap();
    other.append(Some("two"), vec![run_opened("Other"), run_closed()], at(1)).wait().unwrap();
    let first = append_signed(&writer, &key, signs(&path, "a", seen), unless(seen)).unwrap()[0].seq;
    append_signed(&writer, &key, signs(&path, "a", first), unless(seen)).unwrap();
    let head = writer.status().head;
    let by_other = append_signed(&other, &key, signs(&path, "a", seen), None).unwrap()[0].seq;
    let refused = append_signed(&writer, &key, signs(&path, "a", seen), unless(head.size));
    match refused {
        Err(WriteError::Newer { seq, what }) => {
            assert_eq!((seq, what.as_str()), (by_other, "box.signed by layla"))
        }
        other => panic!("{other:?}"),
    }
    // Nothing of it is in the log, which goes on; who has looked again may sign.
    assert_eq!(Reader::open(&path).unwrap().head().unwrap().size, by_other);
    // It stands in the way also behind what this session did since, and for a session that begins later.
    let stale = |writer: &LogWriter| {
        let refused = append_signed(writer, &key, signs(&path, "a", seen), unless(head.size));
        assert!(matches!(refused, Err(WriteError::Newer { seq, .. }) if seq == by_other), "{refused:?}");
    };
    writer.append(Some("one"), vec![note("own")], at(1)).wait().unwrap();
    stale(&writer);
    append_signed(&writer, &key, signs(&path, "a", by_other), unless(by_other)).unwrap();
    close(other, other_ended);
    close(writer, ended);
    let (writer, _, ended) = open(&path);
    stale(&writer);
    append_signed(&writer, &key, signs(&path, "a", by_other), unless(by_other)).unwrap_err();
    let head = writer.status().head.size;
    append_signed(&writer, &key, signs(&path, "a", head), unless(head)).unwrap();
    close(writer, ended);
    assert!(report(&path, Some(layla(&key))).sound());
}

#[test]
fn a_draft_holds_nobody_up() {
    let (dir, key) = (TempDir::new("signed-draft"), Key::new());
    let path = dir.join("log.db");
    let (writer, _, ended) = open(&path);
    let (other, _, other_ended) = LogWriter::open(opening(&path)).unwrap();
    let mut drafts = writer.draft(Some("one"), vec![signs(&path, "a", 0)], at(2)).unwrap();
    // As long as somebody looks for their key, all others write, and so does this session.
    other.append(Some("two"), vec![run_opened("Other")], at(3)).wait().unwrap();
    writer.append(Some("two"), vec![note("n")], at(3)).wait().unwrap();
    let sig = key.sign(drafts[0].body());
    drafts[0].signed(sig.clone());
    writer.append_drafts(drafts, None, at(70)).wait().unwrap();
    close(other, other_ended);
    close(writer, ended);
    let stored: String = attacker(&path)
        .query_row("SELECT sig FROM event WHERE kind = 'box.signed'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(stored, sig);
    assert!(report(&path, Some(layla(&key))).sound());
}

#[test]
fn a_claim_that_nothing_shows_is_never_written() {
    let dir = TempDir::new("signed-claim");
    let path = dir.join("log.db");
    let (writer, _, ended) = open(&path);
    let mut entry = note("n");
    proof::who_mut(&mut entry.event).unwrap().proof = Proof::Claimed;
    let recorded = writer.append(Some("one"), vec![entry], at(1)).wait().unwrap();
    assert_eq!(proof::who(&recorded[0].event).unwrap().proof, Proof::Typed);
    close(writer, ended);
    let read = Reader::open(&path).unwrap().load("one").unwrap();
    assert_eq!(read.events, recorded);
    // Exports say what it is.
    assert_eq!(serde_json::to_value(Proof::Claimed).unwrap(), "claimed");
    assert!(serde_json::from_str::<Proof>("\"claimed\"").is_err());
}
