//! Bodies and links: what is written is read back, is one line of ASCII, and stays the same for ever.

use std::fmt::Write;

use gonogo::audit::chain::{Link, ZERO, body_sha, sha256_hex, sig_sha};
use gonogo::audit::chunk::{Effort, pack, unpack};
use gonogo::audit::codec::{ChunkRef, CodecError, Fact, Header, decode, encode, storable};
use gonogo::audit::schema;
use gonogo::clock::Stamp;
use gonogo::run::event::Event;
use proptest::prelude::*;

use super::kinds::every;
use super::tools::{at, verified};
use crate::support::temp::TempDir;

const GOLDEN: &str = include_str!("golden.tsv");

fn header(kind: &str, n: u32) -> Header {
    Header {
        log: "0123456789abcdef0123456789abcdef".to_owned(),
        run: if n.is_multiple_of(3) { "-".to_owned() } else { "r-1".to_owned() },
        kind: kind.to_owned(),
        nonce: format!("{n:032x}"),
        at: at(i64::from(n)),
        session: "fedcba9876543210fedcba9876543210".to_owned(),
        chunk: None,
    }
}

#[test]
fn there_is_a_fact_of_every_kind_and_a_name_for_every_fact() {
    let kinds: Vec<&str> = every("x", 1).iter().map(Event::kind).collect();
    assert_eq!(kinds, Event::KINDS);
    let empty = || serde_json::Value::Object(serde_json::Map::new());
    assert!(Event::KINDS.iter().all(|kind| Event::of_kind(kind, empty()).is_some()));
    assert!(Event::of_kind("moon.rose", empty()).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_written_is_read_back(text in any::<String>(), n in any::<u32>(), mono in any::<u64>(),
                                        second in -62_000_000_000_i64..250_000_000_000, milli in 0..1000_u32) {
        let wall = chrono::DateTime::from_timestamp(second, milli * 1_000_000 + 999).unwrap();
        for event in every(&text, n) {
            let chunk = n.is_multiple_of(2).then(|| ChunkRef { sha: sha256_hex(text.as_bytes()), len: mono });
            let at = storable(Stamp { wall, mono_ns: mono });
            let header = Header { at, chunk, log: text.clone(), session: text.clone(), ..header(event.kind(), n) };
            let body = encode(&header, &event).unwrap();
            prop_assert!(body.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{}", body);
            prop_assert_eq!(decode(&body).unwrap(), (header, Fact::Known(event)));
        }
    }

    #[test]
    fn chunks_come_back_whatever_the_effort(bytes in prop::collection::vec(any::<u8>(), 0..5000), twice in 1..20_usize) {
        let raw = bytes.repeat(twice);
        for effort in [Effort::Full, Effort::Fast, Effort::None] {
            let packed = pack(&raw, effort);
            let len = i64::try_from(packed.raw_len).unwrap();
            prop_assert!(packed.data.len() <= raw.len());
            // sqlar_uncompress takes data of the raw length as not packed.
            prop_assert_eq!(packed.codec == 0, packed.data.len() == raw.len());
            prop_assert_eq!(unpack(packed.codec, len, &packed.data).unwrap(), raw.clone());
            prop_assert!(unpack(packed.codec, len + 1, &packed.data).is_err());
        }
    }

    #[test]
    fn no_text_makes_the_decoder_panic(text in "[ -~]{0,200}", cut in 0..400_usize, flip in any::<u8>()) {
        decode(&text).ok();
        let mut body = encode(&header("", 1), &every(&text, 1)[11]).unwrap().into_bytes();
        let at = cut % body.len();
        body[at] ^= flip;
        decode(&String::from_utf8_lossy(&body)).ok();
        decode(&String::from_utf8_lossy(&body[..at])).ok();
    }
}

#[test]
fn kinds_of_a_newer_version_are_kept() {
    let body = encode(&header("", 1), &every("x", 1)[5]).unwrap();
    let newer = body
        .replace("clock.stepped", "moon.rose")
        .replace("\"by_ms\":-1", "\"name\":\"a\",\"deep\":{\"b\":[1]}");
    let (header, fact) = decode(&newer).unwrap();
    assert_eq!(header.kind, "moon.rose");
    let Fact::Unknown { kind, fields } = fact else { panic!("{fact:?}") };
    assert_eq!((kind.as_str(), fields.as_str()), ("moon.rose", "{\"deep\":{\"b\":[1]},\"name\":\"a\"}"));
    // A field more in a known kind is no reason to misunderstand it.
    assert!(matches!(
        decode(&body.replace("\"by_ms\":-1", "\"by_ms\":-1,\"more\":1")),
        Ok((_, Fact::Known(_)))
    ));
}

/// Returns fields, each with a comma behind it: `count` with names of their own, and the seventh of them once more behind
/// `place` of them.
fn many(count: usize, place: usize) -> String {
    let mut names: Vec<String> = (0..count).map(|n| format!("n{n}")).collect();
    names.insert(place.min(count), "n7".to_owned());
    names.iter().map(|name| format!("\"{name}\":0,")).collect()
}

#[test]
fn what_is_not_canonical_is_refused() {
    let body = encode(&header("", 1), &every("x", 1)[5]).unwrap();
    assert!(decode(&body).is_ok());
    let long: String = (0..200).map(|n| format!("\"n{n}\":0,")).collect();
    assert!(decode(&body.replace("\"by_ms\"", &format!("{long}\"by_ms\""))).is_ok());
    for place in [8, 31, 32, 33, 34, 99] {
        let spoiled = body.replace("\"by_ms\"", &format!("{}\"by_ms\"", many(100, place)));
        let error = decode(&spoiled).expect_err(&spoiled).to_string();
        assert!(error.contains("`n7` stands twice"), "{place}: {error}");
    }
    for (spoiled, expected) in [
        (body.replace("\"by_ms\"", "\"by_ms\":0,\"by_ms\""), "twice"),
        (body.replace("\"by_ms\"", "\"by_ms\":0,\"by\\u005fms\""), "twice"),
        (
            body.replace("\"by_ms\"", "\"deep\":[{\"a\":{\"b\":1,\"c\":2,\"b\":3}}],\"by_ms\""),
            "`b` stands twice",
        ),
        (body.replace("\"by_ms\"", &format!("{}\"by_ms\"", many(100, 101))), "`n7` stands twice"),
        (body.replace("\"by_ms\"", "\"session\":\"\",\"by_ms\""), "`session` stands twice"),
        (body.replace("{\"v\"", " {\"v\""), "do not begin"),
        (body.replace("\"v\":1", "\"v\":1.0"), "version"),
        (body.replace("\"v\":1", "\"v\":\"1\""), "version"),
        (body.replace("\"mono_ns\":", "\"mono_ns\":0"), "JSON"),
        (body.replace("clock", "cl\\u006fck"), "begin"),
        (body.replace("clock", "cl\u{f6}ck"), "ASCII"),
        (body.clone() + " ", "brace"),
        (body.replace("\"by_ms\":-1", "\"by_ms\":\"-1\""), "do not fit"),
        (body.replace(".000Z", "Z"), "begin"),
        (body.replace(".000Z", ".000+00:00"), "begin"),
        (format!("[{body}]"), "brace"),
        ("{}".to_owned(), "`v`"),
        (body.clone() + "}", "trailing"),
        (String::new(), "brace"),
    ] {
        let error = decode(&spoiled).expect_err(&spoiled).to_string();
        let expected = expected.replace("do not begin", "does not begin");
        assert!(error.contains(&expected), "{spoiled}: {error}");
    }
    assert!(matches!(decode(&"[".repeat(100_000)), Err(CodecError::Json(_))));
}

/// Returns the rows of a log that holds one fact of every kind, as `golden.tsv` has them.
fn golden() -> String {
    let mut out = String::new();
    let (mut prev, mut runs) = (ZERO.to_owned(), std::collections::BTreeMap::new());
    for (at, event) in
        every("Git tag \u{1f680} \u{625}\u{635}\u{62f}\u{627}\u{631} \"q\" \\ \n", 2).into_iter().enumerate()
    {
        let n = u32::try_from(at).unwrap();
        let header = header(event.kind(), n);
        let event = if at == 0 { every("", 1).remove(0) } else { event };
        let body = encode(&header, &event).unwrap();
        let run_prev = runs.get(&header.run).cloned().unwrap_or_else(|| ZERO.to_owned());
        let (body_sha, sig_sha) = (body_sha(&body), sig_sha(None));
        let seq = u64::from(n) + 1;
        let link = Link { seq, prev: &prev, run_prev: &run_prev, body_sha: &body_sha, sig_sha: &sig_sha };
        let hash = link.hash();
        writeln!(
            out,
            "{seq}\t{}\t{}\t{body}\t{prev}\t{run_prev}\t{body_sha}\t{hash}",
            header.run, header.kind
        )
        .unwrap();
        prev.clone_from(&hash);
        runs.insert(header.run, hash);
    }
    out
}

/// Writes the rows anew where `GONOGO_GOLDEN` says. Rows that were released stay as they are; before that,
/// `GONOGO_GOLDEN=tests/it/audit/golden.tsv cargo test --test it golden_rows_are_written -- --ignored`.
#[test]
#[ignore = "writes a file when a version is made"]
fn golden_rows_are_written() {
    if let Ok(path) = std::env::var("GONOGO_GOLDEN") {
        std::fs::write(path, golden()).unwrap();
    }
}

/// If this fails, the written form or the hashes have changed, and logs that people keep would no longer be what they
/// were. New kinds need no row; a new field must be left out of the body where it has no value.
#[test]
fn the_written_form_is_the_one_of_the_golden_rows() {
    for row in GOLDEN.lines() {
        let fields: Vec<&str> = row.split('\t').collect();
        let [seq, run, kind, body, prev, run_prev, sha, hash] = fields.as_slice() else { panic!("{row}") };
        let (header, fact) = decode(body).expect(body);
        let Fact::Known(event) = fact else { panic!("{kind} is not known any more") };
        assert_eq!((header.run.as_str(), event.kind()), (*run, *kind));
        assert_eq!(encode(&header, &event).unwrap(), *body);
        let (seq, sig_sha) = (seq.parse().unwrap(), sig_sha(None));
        let link = Link { seq, prev, run_prev, body_sha: sha, sig_sha: &sig_sha };
        assert_eq!((body_sha(body).as_str(), link.hash().as_str()), (*sha, *hash));
    }
    assert_eq!(GOLDEN.lines().count(), 52);
    let text: String = schema::OBJECTS.iter().map(|(_, _, sql)| format!("{sql};\n")).collect();
    assert_eq!(
        sha256_hex(text.as_bytes()),
        "1b61a66c881fcfcc3539268c7adca1ebd0bd4b1b1b8cbf37b77580831e696e52"
    );
}

#[test]
fn the_golden_rows_make_a_log_that_holds() {
    let dir = TempDir::new("golden");
    let path = dir.join("log.db");
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.execute_batch("PRAGMA application_id=0x676e676f; PRAGMA user_version=1").unwrap();
    for (_, _, sql) in schema::OBJECTS {
        conn.execute_batch(sql).unwrap();
    }
    let mut last = String::new();
    for row in GOLDEN.lines() {
        let fields: Vec<&str> = row.split('\t').collect();
        let [seq, run, kind, body, prev, run_prev, body_sha, hash] = fields.as_slice() else {
            panic!("{row}")
        };
        conn.execute(
            "INSERT INTO event VALUES (?1, ?2, ?3, ?4, NULL, ?5, ?6, ?7, '-', ?8)",
            [seq, run, kind, body, prev, run_prev, body_sha, hash],
        )
        .unwrap();
        let line: String =
            conn.query_row("SELECT line FROM link WHERE seq = ?1", [seq], |row| row.get(0)).unwrap();
        assert_eq!(
            sha256_hex(format!("{line}\n").as_bytes()),
            *hash,
            "the view gives the line that is hashed"
        );
        last = (*hash).to_owned();
    }
    drop(conn);
    let report = verified(&path);
    // The run.opened of the sample names no real text.
    assert_eq!(
        report.flaws.iter().map(|finding| finding.flaw.unwrap().name()).collect::<Vec<_>>(),
        ["text-hash"]
    );
    assert_eq!(report.head, Some(last));
}
