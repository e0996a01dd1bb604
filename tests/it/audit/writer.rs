//! What is appended is there, in order, by place and hash, and comes back as it was given.

use std::os::unix::fs::PermissionsExt;

use gonogo::audit::codec::Fact;
use gonogo::audit::query::Reader;
use gonogo::audit::verify::Verdict;
use gonogo::audit::writer::{Health, WriteError};
use gonogo::clock::Stamp;
use gonogo::run::event::Event;

use super::forge::spoil;
use super::tools::{at, attacker, close, note, open, output, sample, verified};
use crate::support::temp::TempDir;

#[test]
fn a_fresh_log_opens_with_itself_and_its_session() {
    let dir = TempDir::new("fresh");
    let path = dir.join("state/gonogo/log.db");
    let (writer, opened, ended) = open(&path);
    assert!(opened.created);
    assert_eq!(opened.head.size, 2);
    assert_eq!(opened.recovered, None);
    close(writer, ended);
    let reader = Reader::open(&path).unwrap();
    let kinds: Vec<_> = reader
        .events(1, 10)
        .unwrap()
        .into_iter()
        .map(|found| match found.fact {
            Fact::Known(event) => event.kind(),
            Fact::Unknown { .. } => "unknown",
        })
        .collect();
    assert_eq!(kinds, ["log.opened", "session.opened", "session.closed"]);
    assert_eq!(reader.log_id().unwrap(), opened.log);
}

#[test]
fn what_is_acknowledged_is_what_is_read() {
    let dir = TempDir::new("ack");
    let path = dir.join("log.db");
    let (writer, opened, ended) = open(&path);
    let entries = vec![note("سلام \u{202e} \u{7f} \"quoted\" \\ 🚀"), output(7, 0, b"\x00\xff bytes")];
    let recorded = writer.append(Some("r-1"), entries.clone(), at(1)).wait().unwrap();
    assert_eq!(recorded.iter().map(|fact| fact.seq).collect::<Vec<_>>(), [3, 4]);
    assert_eq!(
        recorded.iter().map(|fact| fact.event.clone()).collect::<Vec<_>>(),
        [entries[0].event.clone(), entries[1].event.clone()]
    );
    // Another connection of the same process reads while the log is open.
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.load("r-1").unwrap().events, recorded);
    assert_eq!(reader.chunk(4).unwrap(), b"\x00\xff bytes");
    assert_eq!(writer.status().head.hash, recorded[1].hash);
    assert_eq!(opened.session.len(), 32);
    close(writer, ended);
    let report = verified(&path);
    assert_eq!(
        report.verdicts().map(|(_, verdict)| verdict),
        [Verdict::Holds, Verdict::NoneYet, Verdict::NoneYet, Verdict::Holds]
    );
    assert_eq!(report.head().unwrap(), reader.head().unwrap());
}

#[test]
fn a_sample_log_verifies() {
    let dir = TempDir::new("sample");
    let path = sample(&dir);
    let report = verified(&path);
    assert!(report.sound(), "{report}");
    assert_eq!((report.events, report.chunks), (13, 5));
    let heads = std::fs::read_to_string(dir.join("log.db.heads")).unwrap();
    assert_eq!(heads.lines().count(), 4, "one where a run began, one where it ended");
}

#[test]
fn a_step_of_the_wall_clock_goes_on_the_record() {
    let dir = TempDir::new("clock");
    let path = dir.join("log.db");
    let (writer, _, ended) = open(&path);
    let shifted =
        |second: i64, wall: i64| Stamp { wall: at(second + wall).wall, mono_ns: at(second).mono_ns };
    let append = |stamp| writer.append(None, vec![note("x")], stamp).wait().unwrap();
    assert_eq!(append(shifted(1, 0)).len(), 1);
    assert_eq!(append(shifted(2, 1)).len(), 1, "a second is within what clocks may differ by");
    assert_eq!(append(shifted(3, -3599)).len(), 1, "the writer's own events are not among the answers");
    assert_eq!(append(shifted(4, -3599)).len(), 1);
    let steps: Vec<_> = Reader::open(&path)
        .unwrap()
        .events(1, 99)
        .unwrap()
        .into_iter()
        .filter_map(|found| match found.fact {
            Fact::Known(Event::ClockStepped(stepped)) => Some((found.seq, stepped.by_ms)),
            _ => None,
        })
        .collect();
    assert_eq!(steps, [(5, -3_600_000)]);
    close(writer, ended);
}

#[test]
fn what_cannot_be_written_leaves_the_log_healthy() {
    let dir = TempDir::new("unfit");
    let path = dir.join("log.db");
    let (writer, _, ended) = open(&path);
    for run in ["", "-", "a b", "../x", "-x", &"x".repeat(65)] {
        let refused = writer.append(Some(run), vec![note("x")], at(1)).wait();
        assert!(matches!(refused, Err(WriteError::Unfit(_))), "{run:?}: {refused:?}");
    }
    let huge = vec![0; 1024 * 1024 + 1];
    let refused = writer.append(Some("r"), vec![note("kept back too"), output(1, 0, &huge)], at(1)).wait();
    assert!(matches!(refused, Err(WriteError::Unfit(_))), "{refused:?}");
    assert_eq!(writer.status().health, Health::Healthy);
    assert_eq!(writer.append(Some("r"), vec![output(1, 0, &huge[1..])], at(1)).wait().unwrap()[0].seq, 3);
    close(writer, ended);
    assert!(verified(&path).sound());
}

#[test]
fn nothing_is_taken_after_the_close() {
    let dir = TempDir::new("closed");
    let (writer, _, ended) = open(&dir.join("log.db"));
    writer.close("quit", at(1)).wait().unwrap();
    ended.wait();
    assert!(matches!(writer.append(None, vec![note("x")], at(2)).wait(), Err(WriteError::Gone)));
    assert!(matches!(writer.retry(at(2)).wait(), Err(WriteError::Gone)));
}

#[tokio::test]
async fn an_answer_is_a_future() {
    let dir = TempDir::new("future");
    let (writer, _, ended) = open(&dir.join("log.db"));
    let (first, second) = tokio::join!(
        writer.append(Some("r"), vec![note("1")], at(1)),
        writer.append(Some("r"), vec![note("2")], at(1))
    );
    assert_eq!((first.unwrap()[0].seq, second.unwrap()[0].seq), (3, 4));
    writer.close("quit", at(2)).await.unwrap();
    ended.wait();
}

#[test]
fn a_session_that_ended_without_a_word_is_found_by_the_next() {
    let dir = TempDir::new("unclosed");
    let path = dir.join("log.db");
    let (first, opened, ended) = open(&path);
    // While it lives, it is nobody's to recover.
    let (second, beside, second_ended) = open(&path);
    assert_eq!(beside.recovered, None);
    close(second, second_ended);
    drop(first);
    ended.wait();
    let (third, after, third_ended) = open(&path);
    assert!(after.recovered.is_some());
    close(third, third_ended);
    let (fourth, quiet, fourth_ended) = open(&path);
    assert_eq!(quiet.recovered, None, "it is said once");
    close(fourth, fourth_ended);
    let (mut recovered, mut besides) = (Vec::new(), Vec::new());
    for found in Reader::open(&path).unwrap().events(1, 99).unwrap() {
        match found.fact {
            Fact::Known(Event::LogRecovered(e)) => recovered.extend(e.sessions),
            Fact::Known(Event::SessionOpened(e)) => besides.push(e.beside.expect("it is said")),
            _ => {}
        }
    }
    assert_eq!(recovered, std::slice::from_ref(&opened.session));
    assert_eq!(besides, [vec![], vec![opened.session], vec![], vec![]], "who looks on needs no more");
    assert_eq!(verified(&path).completeness(), Verdict::Holds);
}

#[test]
fn a_session_that_does_not_say_what_was_beside_it_is_looked_past() {
    let dir = TempDir::new("older");
    let path = dir.join("log.db");
    std::fs::copy("tests/fixtures/logs/v1/plain.db", &path).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    // An older gonogo that was ended: its session has no end.
    spoil(&path, &[], |conn| {
        conn.execute("DELETE FROM event WHERE seq = 11", []).unwrap();
    });
    let (writer, opened, ended) = open(&path);
    assert_eq!(opened.recovered.as_deref(), Some("earlier sessions ended without closing the log"));
    close(writer, ended);
    let (writer, opened, ended) = open(&path);
    assert_eq!(opened.recovered, None, "it is said once");
    close(writer, ended);
}

#[test]
fn events_that_the_heads_file_knows_and_the_log_lost_are_missed_at_the_next_open() {
    let dir = TempDir::new("lost");
    let path = sample(&dir);
    let conn = attacker(&path);
    conn.execute_batch(
        "DROP TRIGGER event_delete; DROP TRIGGER chunk_delete; DELETE FROM event WHERE seq > 10;",
    )
    .unwrap();
    let delete = "CREATE TRIGGER event_delete BEFORE DELETE ON event BEGIN\n  SELECT RAISE(ABORT, 'the log is \
                  append-only');\nEND";
    conn.execute_batch(delete).unwrap();
    conn.execute_batch(&delete.replace("event", "chunk")).unwrap();
    drop(conn);
    assert!(verified(&path).sound(), "a tail that is cut off cannot be seen in the file alone");
    let (writer, opened, ended) = open(&path);
    let said = opened.recovered.expect("the loss is said");
    assert!(said.contains("2 more than the log had"), "{said}");
    close(writer, ended);
    let (writer, opened, ended) = open(&path);
    assert!(opened.recovered.expect("the event differs now").contains("event 12 is not the one"));
    close(writer, ended);
    let (writer, opened, ended) = open(&path);
    assert_eq!(opened.recovered, None, "it is said once");
    close(writer, ended);
}

#[test]
fn a_log_whose_file_is_taken_away_is_not_written_on() {
    let dir = TempDir::new("moved");
    let path = dir.join("log.db");
    let (writer, _, ended) = open(&path);
    std::fs::rename(&path, dir.join("elsewhere.db")).unwrap();
    let refused = writer.append(None, vec![note("x")], at(1)).wait();
    assert!(matches!(&refused, Err(WriteError::Stopped { why }) if why.contains("moved")), "{refused:?}");
    assert!(matches!(writer.status().health, Health::Stopped { .. }));
    assert!(matches!(writer.append(None, vec![note("x")], at(1)).wait(), Err(WriteError::Stopped { .. })));
    std::fs::rename(dir.join("elsewhere.db"), &path).unwrap();
    assert_eq!(writer.retry(at(2)).wait().unwrap(), Health::Healthy);
    writer.append(None, vec![note("again")], at(3)).wait().unwrap();
    close(writer, ended);
    assert!(verified(&path).sound());
}
