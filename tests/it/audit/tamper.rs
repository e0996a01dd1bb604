//! A log that was tampered with, beyond the verdicts of the table in `attacks`: what readers do with it, and what a
//! verifier does that somebody wants to drown.

use gonogo::audit::query::Reader;

use super::forge::spoil;
use super::tools::{sample, verified};
use crate::support::temp::TempDir;

#[test]
fn an_endless_number_of_flaws_ends_the_reading() {
    let dir = TempDir::new("tamper");
    let path = sample(&dir);
    spoil(&path, &[], |conn| {
        conn.execute_batch(
            "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 2 FROM n WHERE i < 10000)
             INSERT INTO event SELECT i, run, kind, body, sig, prev, run_prev, body_sha, sig_sha, hash
             FROM n, event WHERE seq = 5",
        )
        .unwrap();
    });
    let report = verified(&path);
    assert_eq!(report.flaws.len(), 1000);
    assert!(report.events < 1000);
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
        spoil(&path, &[], |conn| conn.execute_batch(attack).unwrap());
        let error = Reader::open(&path).unwrap().load("one").expect_err(attack);
        assert!(error.to_string().contains("event "), "{error}");
    }
    let dir = TempDir::new("reader");
    let path = sample(&dir);
    spoil(&path, &[], |conn| conn.execute_batch("UPDATE chunk SET data = x'79' WHERE seq = 8").unwrap());
    let reader = Reader::open(&path).unwrap();
    assert!(reader.chunk(8).unwrap_err().to_string().contains("is not the one that it names"));
    assert!(reader.output("one", 1).is_err());
}
