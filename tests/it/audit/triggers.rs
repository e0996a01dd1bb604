//! The file's own triggers: accidents with another tool are refused, one by one.

use super::tools::{attacker, sample, verified};
use crate::support::temp::TempDir;

#[test]
fn nothing_but_appending_is_let_through() {
    let dir = TempDir::new("triggers");
    let path = sample(&dir);
    let conn = attacker(&path);
    let zero = "0".repeat(64);
    let copy = |seq: &str, prev: &str, run_prev: &str| {
        format!(
            "INTO event SELECT {seq}, run, kind, body, sig, {prev}, {run_prev}, body_sha, sig_sha, hash FROM event \
             WHERE seq = 5"
        )
    };
    let head = "(SELECT hash FROM event WHERE seq = 13)";
    let run_head = "(SELECT hash FROM event WHERE seq = 12)";
    let cases = [
        ("UPDATE event SET kind = 'x' WHERE seq = 5".to_owned(), "append-only"),
        ("UPDATE event SET seq = 99 WHERE seq = 13".to_owned(), "append-only"),
        ("DELETE FROM event WHERE seq = 13".to_owned(), "append-only"),
        ("DELETE FROM event".to_owned(), "append-only"),
        ("UPDATE chunk SET codec = 0".to_owned(), "append-only"),
        ("DELETE FROM chunk".to_owned(), "append-only"),
        (format!("INSERT OR REPLACE {}", copy("5", head, run_head)), "seq is not the next"),
        (format!("REPLACE {}", copy("13", head, run_head)), "seq is not the next"),
        (format!("INSERT {}", copy("15", head, run_head)), "seq is not the next"),
        (format!("INSERT {}", copy("NULL", head, run_head)), "seq is not the next"),
        (format!("INSERT {}", copy("0", head, run_head)), "seq is not the next"),
        (format!("INSERT {}", copy("14", "prev", run_head)), "prev is not the head"),
        (format!("INSERT {}", copy("14", head, "run_prev")), "run_prev is not the head"),
        (format!("INSERT {}", copy("14", head, &format!("'{zero}'"))), "run_prev is not the head"),
        ("INSERT INTO chunk VALUES (12, 0, 1, x'00')".to_owned(), "newest event"),
        ("INSERT INTO chunk VALUES (14, 0, 1, x'00')".to_owned(), "newest event"),
        ("INSERT OR REPLACE INTO chunk SELECT 6, 0, 1, x'00'".to_owned(), "newest event"),
    ];
    for (sql, expected) in &cases {
        let error = conn.execute_batch(sql).expect_err(sql).to_string();
        assert!(error.contains(expected), "{sql}: {error}");
    }
    conn.execute_batch(&format!("INSERT {}", copy("14", head, run_head))).expect("the next in its place");
    conn.execute_batch("INSERT INTO chunk VALUES (14, 0, 1, x'00')").expect("its chunk");
    conn.execute_batch("INSERT OR REPLACE INTO chunk VALUES (14, 0, 2, x'0000')")
        .expect_err("its second chunk");
    drop(conn);
    assert!(!verified(&path).sound());
}

#[test]
fn values_that_no_event_has_are_refused() {
    let dir = TempDir::new("checks");
    let conn = attacker(&sample(&dir));
    let insert = |change: &str| {
        let mut columns: Vec<String> = [
            "14",
            "run",
            "kind",
            "body",
            "sig",
            "(SELECT hash FROM event WHERE seq = 13)",
            "(SELECT hash FROM event WHERE seq = 12)",
            "body_sha",
            "sig_sha",
            "hash",
        ]
        .map(str::to_owned)
        .to_vec();
        let (at, value) = change.split_once('=').unwrap();
        columns[at.parse::<usize>().unwrap()] = value.to_owned();
        conn.execute_batch(&format!(
            "INSERT INTO event SELECT {} FROM event WHERE seq = 5",
            columns.join(", ")
        ))
    };
    for change in [
        "2=''",
        "3='a' || char(10)",
        "3='\u{e9}'",
        "7='ff'",
        "7=upper(body_sha)",
        "8='--'",
        "9=hash || '0'",
        "2=NULL",
        "3=x'00'",
    ] {
        let error = insert(change).expect_err(change).to_string();
        assert!(error.contains("constraint") || error.contains("cannot store"), "{change}: {error}");
    }
}
