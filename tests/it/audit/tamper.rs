//! Somebody who can write the file: each attack gets its verdict, and those that cannot be seen in the file are said.

use std::path::Path;

use gonogo::audit::chain::{Link, body_sha, sig_sha};
use gonogo::audit::query::Reader;
use gonogo::audit::verify::{Flaw, Report, Verdict};
use rusqlite::Connection;

use super::tools::{attacker, sample, verified};
use crate::support::temp::TempDir;

/// Drops the triggers, runs `attack`, puts the triggers back, and verifies.
fn after(attack: impl Fn(&Connection)) -> Report {
    let dir = TempDir::new("tamper");
    let path = sample(&dir);
    let conn = attacker(&path);
    let mut statement = conn.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").unwrap();
    let triggers: Vec<(String, String)> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    drop(statement);
    conn.execute_batch("PRAGMA foreign_keys=OFF; PRAGMA ignore_check_constraints=ON").unwrap();
    for (name, _) in &triggers {
        conn.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    attack(&conn);
    for (_, sql) in &triggers {
        // An attack may have left nothing to hang a trigger on.
        conn.execute_batch(sql).ok();
    }
    drop(conn);
    verified(&path)
}

fn sql(batch: &'static str) -> impl Fn(&Connection) {
    move |conn| conn.execute_batch(batch).unwrap()
}

/// Returns each flaw and the event it is in, without those of SQLite's own structure check.
fn flaws(report: &Report) -> Vec<(u64, Flaw)> {
    assert_eq!(report.chain(), Verdict::Fails, "{report}");
    assert!(!report.sound());
    report
        .flaws
        .iter()
        .filter_map(|finding| finding.flaw.map(|flaw| (finding.seq.unwrap_or(0), flaw)))
        .filter(|(_, flaw)| *flaw != Flaw::Structure)
        .collect()
}

#[test]
fn a_body_that_was_edited() {
    let report = after(sql("UPDATE event SET body = replace(body, 'first', 'worst') WHERE seq = 5"));
    assert_eq!(flaws(&report), [(5, Flaw::BodyHash)]);
}

#[test]
fn a_body_that_was_edited_with_its_hash() {
    let report = after(|conn| {
        let body: String =
            conn.query_row("SELECT body FROM event WHERE seq = 5", [], |row| row.get(0)).unwrap();
        let body = body.replace("first", "worst");
        conn.execute("UPDATE event SET body = ?1, body_sha = ?2 WHERE seq = 5", [&body, &body_sha(&body)])
            .unwrap();
    });
    assert_eq!(flaws(&report), [(5, Flaw::Link)]);
}

#[test]
fn a_body_that_was_edited_and_linked_anew() {
    let report = after(|conn| {
        conn.execute("UPDATE event SET body = replace(body, 'first', 'worst') WHERE seq = 5", []).unwrap();
        relink(conn, 5);
    });
    // Event 6 is the next of the log and of the run.
    assert_eq!(flaws(&report), [(6, Flaw::Prev), (6, Flaw::RunPrev)]);
}

#[test]
fn an_event_that_was_taken_out_of_the_middle() {
    let report = after(sql("DELETE FROM event WHERE seq = 5"));
    assert_eq!(flaws(&report), [(6, Flaw::Order), (6, Flaw::Prev), (6, Flaw::RunPrev)]);
}

#[test]
fn an_event_that_was_taken_out_and_the_rest_moved_up() {
    let report = after(|conn| {
        conn.execute_batch("DELETE FROM event WHERE seq = 5").unwrap();
        for seq in 6..=13 {
            conn.execute_batch(&format!(
                "UPDATE event SET seq = {0} WHERE seq = {seq}; UPDATE chunk SET seq = {0} WHERE seq = {seq}",
                seq - 1
            ))
            .unwrap();
        }
    });
    assert!(flaws(&report).contains(&(5, Flaw::Prev)) && flaws(&report).contains(&(5, Flaw::Link)));
}

#[test]
fn an_event_that_was_slipped_in() {
    let report = after(|conn| {
        conn.execute_batch(
            "INSERT INTO event SELECT 99, run, kind, body, sig, prev, run_prev, body_sha, sig_sha, hash
             FROM event WHERE seq = 5",
        )
        .unwrap();
    });
    let flaws = flaws(&report);
    assert!(flaws.contains(&(99, Flaw::Order)) && flaws.contains(&(99, Flaw::Link)), "{flaws:?}");
}

#[test]
fn two_events_that_changed_places() {
    let report =
        after(sql("UPDATE event SET seq = 99 WHERE seq = 5; UPDATE event SET seq = 5 WHERE seq = 7;
         UPDATE event SET seq = 7 WHERE seq = 99"));
    let flaws = flaws(&report);
    assert!(flaws.contains(&(5, Flaw::Prev)) && flaws.contains(&(7, Flaw::Prev)), "{flaws:?}");
}

#[test]
fn a_run_column_that_was_changed() {
    let report = after(sql("UPDATE event SET run = 'two' WHERE seq = 5"));
    let flaws = flaws(&report);
    assert!(flaws.contains(&(5, Flaw::Column)) && flaws.contains(&(5, Flaw::RunPrev)), "{flaws:?}");
}

#[test]
fn a_kind_column_that_was_changed() {
    let report = after(sql("UPDATE event SET kind = 'mark.set' WHERE seq = 5"));
    assert_eq!(flaws(&report), [(5, Flaw::Column)]);
}

#[test]
fn a_signature_that_was_slipped_in() {
    let report = after(sql("UPDATE event SET sig = 'armored' WHERE seq = 5"));
    assert_eq!(flaws(&report), [(5, Flaw::SigHash)]);
    assert_eq!(report.signed, 1);
}

#[test]
fn a_link_to_another_past() {
    let report = after(sql("UPDATE event SET prev = substr(prev, 2) || 'a' WHERE seq = 5"));
    assert_eq!(flaws(&report), [(5, Flaw::Prev), (5, Flaw::Link)]);
    let report = after(sql("UPDATE event SET run_prev = prev WHERE seq = 5"));
    assert_eq!(flaws(&report), [(5, Flaw::RunPrev), (5, Flaw::Link)]);
}

#[test]
fn a_body_from_another_log() {
    let other = TempDir::new("other");
    let conn = attacker(&sample(&other));
    let body: String = conn.query_row("SELECT body FROM event WHERE seq = 5", [], |row| row.get(0)).unwrap();
    let report = after(|conn| {
        conn.execute("UPDATE event SET body = ?1 WHERE seq = 12", [&body]).unwrap();
        conn.execute("UPDATE event SET kind = 'note.added' WHERE seq = 12", []).unwrap();
        relink(conn, 12);
    });
    assert_eq!(flaws(&report), [(12, Flaw::Log), (13, Flaw::Prev)]);
}

#[test]
fn a_body_that_says_two_things() {
    for (from, to) in [
        ("\"text\":\"first\"", "\"text\":\"first\",\"text\":\"worst\""),
        ("\"text\":\"first\"", "\"text\":\"first\",\"chunk_len\":3"),
        ("\"v\":1,", "\"v\":2,"),
        ("{\"v\":1,", "{ \"v\":1,"),
        ("\"nonce\":", "\"nonce\" :"),
    ] {
        let report = after(|conn| {
            let done = conn.execute(
                "UPDATE event SET body = replace(body, ?1, ?2) WHERE seq = 5 AND instr(body, ?1)",
                [from, to],
            );
            assert_eq!(done, Ok(1));
            relink(conn, 5);
        });
        assert!(flaws(&report).contains(&(5, Flaw::Body)), "{to}: {report}");
    }
}

#[test]
fn chunks_that_were_touched() {
    for (attack, expected) in [
        ("UPDATE chunk SET data = zeroblob(length(data)) WHERE seq = 6", (6, Flaw::ChunkPacking)),
        ("UPDATE chunk SET data = x'79' WHERE seq = 8", (8, Flaw::ChunkHash)),
        ("UPDATE chunk SET data = CAST(data || x'00' AS BLOB) WHERE seq = 6", (6, Flaw::ChunkPacking)),
        ("UPDATE chunk SET data = substr(data, 1, length(data) - 8) WHERE seq = 6", (6, Flaw::ChunkPacking)),
        ("UPDATE chunk SET raw_len = raw_len - 1 WHERE seq = 6", (6, Flaw::ChunkLength)),
        ("UPDATE chunk SET raw_len = raw_len + 1 WHERE seq = 6", (6, Flaw::ChunkLength)),
        ("UPDATE chunk SET raw_len = -1 WHERE seq = 6", (6, Flaw::ChunkLength)),
        ("UPDATE chunk SET codec = 0 WHERE seq = 6", (6, Flaw::ChunkLength)),
        ("UPDATE chunk SET codec = 7 WHERE seq = 6", (6, Flaw::ChunkPacking)),
        ("DELETE FROM chunk WHERE seq = 6", (6, Flaw::ChunkMissing)),
        ("UPDATE chunk SET seq = 5 WHERE seq = 6", (5, Flaw::ChunkSurplus)),
        ("UPDATE chunk SET seq = 5 WHERE seq = 6", (6, Flaw::ChunkMissing)),
        ("INSERT INTO chunk VALUES (7, 0, 1, x'00')", (7, Flaw::ChunkSurplus)),
        ("INSERT INTO chunk VALUES (700, 0, 1, x'00')", (700, Flaw::ChunkSurplus)),
        ("UPDATE chunk SET data = zeroblob(3000000) WHERE seq = 6", (6, Flaw::ChunkPacking)),
        (
            "UPDATE chunk SET data = (SELECT data FROM chunk WHERE seq = 9), raw_len = 1500 WHERE seq = 6",
            (6, Flaw::ChunkLength),
        ),
        (
            "UPDATE chunk SET data = (SELECT data FROM chunk WHERE seq = 9) WHERE seq = 6",
            (6, Flaw::ChunkLength),
        ),
    ] {
        let report = after(|conn| conn.execute_batch(attack).unwrap());
        assert!(flaws(&report).contains(&expected), "{attack}: {report}");
    }
}

#[test]
fn a_chunk_that_unpacks_to_gigabytes() {
    use std::io::Write;
    let mut bomb = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..256 {
        bomb.write_all(&[0; 1 << 20]).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 1 << 20);
    let report = after(|conn| {
        conn.execute("UPDATE chunk SET data = ?1 WHERE seq = 6", [&bomb]).unwrap();
    });
    assert_eq!(flaws(&report), [(6, Flaw::ChunkLength)]);
    assert!(
        report.flaws.iter().any(|finding| finding.what.contains("unpacks to more bytes, not 2000")),
        "{report}"
    );
}

#[test]
fn a_schema_that_was_changed() {
    for (attack, what) in [
        (
            "DROP VIEW link; CREATE VIEW link AS SELECT seq, hash AS line, hash FROM event",
            "the text of the view link",
        ),
        ("CREATE TRIGGER more AFTER INSERT ON event BEGIN SELECT 1; END", "there is a trigger more"),
        ("DROP INDEX event_run", "the index event_run is missing"),
        ("CREATE TABLE more(x)", "there is a table more"),
    ] {
        let report = after(|conn| conn.execute_batch(attack).unwrap());
        assert_eq!(flaws(&report), [(0, Flaw::Schema)], "{attack}");
        assert!(report.flaws[0].what.contains(what), "{report}");
        assert_eq!(report.events, 13, "the events are verified all the same");
    }
}

#[test]
fn a_table_that_became_something_else_is_not_read() {
    let report = after(sql(
        "ALTER TABLE chunk RENAME TO old; CREATE VIEW chunk AS SELECT seq, codec, raw_len, data FROM old",
    ));
    assert!(flaws(&report).contains(&(0, Flaw::Unreadable)));
    assert_eq!(report.events, 0);
}

#[test]
fn a_withheld_body_is_said_and_breaks_nothing() {
    let report = after(sql("UPDATE event SET body = NULL WHERE seq = 5"));
    assert!(report.sound(), "{report}");
    assert_eq!((report.withheld, report.completeness()), (1, Verdict::Open));
}

#[test]
fn an_endless_number_of_flaws_ends_the_reading() {
    let report = after(|conn| {
        conn.execute_batch(
            "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 2 FROM n WHERE i < 10000)
             INSERT INTO event SELECT i, run, kind, body, sig, prev, run_prev, body_sha, sig_sha, hash
             FROM n, event WHERE seq = 5",
        )
        .unwrap();
    });
    assert_eq!(report.flaws.len(), 1000);
    assert!(report.events < 1000);
}

/// What the chain alone cannot see: it says so, and the head is another than the one that was kept.
#[test]
fn a_cut_tail_and_a_rewritten_log_hold_but_have_another_head() {
    let dir = TempDir::new("witness");
    let kept = verified(&sample(&dir)).head().unwrap();
    let cut = after(sql("DELETE FROM event WHERE seq > 8; DELETE FROM chunk WHERE seq > 8"));
    let rewritten = after(|conn| {
        conn.execute("UPDATE event SET body = replace(body, 'first', 'worst') WHERE seq = 5", []).unwrap();
        for seq in 5..=13 {
            relink(conn, seq);
        }
    });
    for report in [cut, rewritten] {
        assert!(report.sound(), "{report}");
        assert_ne!(report.head().unwrap(), kept);
        assert!(report.to_string().contains("does not show that events were cut off at the end"));
    }
}

#[test]
fn readers_refuse_a_run_that_does_not_hold() {
    for attack in [
        "UPDATE event SET body = replace(body, 'first', 'worst') WHERE seq = 5",
        "DELETE FROM event WHERE seq = 5",
        "UPDATE event SET run = 'two' WHERE seq = 5",
        "UPDATE event SET body = NULL WHERE seq = 5",
    ] {
        let dir = TempDir::new("reader");
        let path = sample(&dir);
        spoil(&path, attack);
        let error = Reader::open(&path).unwrap().load("one").expect_err(attack);
        assert!(error.to_string().contains("event "), "{error}");
    }
    let dir = TempDir::new("reader");
    let path = sample(&dir);
    spoil(&path, "UPDATE chunk SET data = x'79' WHERE seq = 8");
    let reader = Reader::open(&path).unwrap();
    assert!(reader.chunk(8).unwrap_err().to_string().contains("is not the one that it names"));
    assert!(reader.output("one", 1).is_err());
}

fn spoil(path: &Path, attack: &str) {
    let conn = attacker(path);
    let triggers: Vec<String> = conn
        .prepare("SELECT sql FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    conn.execute_batch("PRAGMA foreign_keys=OFF; DROP TRIGGER event_update; DROP TRIGGER event_delete")
        .unwrap();
    conn.execute_batch("DROP TRIGGER chunk_update").unwrap();
    conn.execute_batch(attack).unwrap();
    for sql in triggers {
        // Those that were not dropped are still there.
        conn.execute_batch(&sql).ok();
    }
}

/// Makes event `seq` a link of the event before it, as somebody who knows the rules would.
fn relink(conn: &Connection, seq: u64) {
    let at = i64::try_from(seq).unwrap();
    let (run, body, sig): (String, String, Option<String>) = conn
        .query_row("SELECT run, body, sig FROM event WHERE seq = ?1", [at], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    let hash = |sql: &str, run: &str| -> String {
        conn.query_row(sql, rusqlite::params![at, run], |row| row.get(0)).unwrap()
    };
    let zero = "0".repeat(64);
    let newest = "SELECT coalesce((SELECT hash FROM event WHERE seq < ?1 AND (?2 = '' OR run = ?2) ORDER BY seq DESC \
                  LIMIT 1), printf('%064d', 0))";
    let (prev, run_prev) = (hash(newest, ""), hash(newest, &run));
    assert_eq!(zero.len(), prev.len());
    let (body_sha, sig_sha) = (body_sha(&body), sig_sha(sig.as_deref()));
    let link = Link { seq, prev: &prev, run_prev: &run_prev, body_sha: &body_sha, sig_sha: &sig_sha };
    conn.execute(
        "UPDATE event SET prev = ?2, run_prev = ?3, body_sha = ?4, sig_sha = ?5, hash = ?6 WHERE seq = ?1",
        rusqlite::params![at, prev, run_prev, body_sha, sig_sha, link.hash()],
    )
    .unwrap();
}
