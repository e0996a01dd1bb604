//! What readers are told: lists, one run, its output, and that something new came.

use gonogo::audit::query::{QueryError, Reader};
use gonogo::run::fact::{RunOutcome, Stream};

use super::tools::{at, close, note, open, output, run_closed, run_opened, sample};
use crate::support::temp::TempDir;

#[test]
fn runs_are_listed_with_how_they_ended() {
    let dir = TempDir::new("runs");
    let path = sample(&dir);
    let (writer, _, ended) = open(&path);
    writer.append(Some("open"), vec![run_opened("Rollback"), note("x")], at(5)).wait().unwrap();
    let runs = Reader::open(&path).unwrap().runs().unwrap();
    let short: Vec<_> = runs
        .iter()
        .map(|run| (run.run.as_str(), run.title.as_str(), run.closed.map(|(_, outcome)| outcome)))
        .collect();
    assert_eq!(
        short,
        [
            ("one", "Release", Some(RunOutcome::Completed)),
            ("two", "\u{625}\u{635}\u{62f}\u{627}\u{631}", Some(RunOutcome::Completed)),
            ("open", "Rollback", None),
        ]
    );
    assert_eq!(runs[0].counts.as_ref().map(|counts| counts.signed), Some(1));
    assert_eq!((runs[2].captain.name.as_str(), runs[2].opened), ("layla", at(5)));
    close(writer, ended);
}

#[test]
fn open_runs_and_openings_are_those_of_the_list() {
    let dir = TempDir::new("openings");
    let path = dir.path().join("log.db");
    let (writer, _, ended) = open(&path);
    // Opened in another order than their ids have, ended in another than they were opened, with words after the end.
    for run in ["m", "b", "z", "a", "0", "mm", "a-b"] {
        writer.append(Some(run), vec![run_opened(run), note("x")], at(1)).wait().unwrap();
        writer.append(Some("m"), vec![note("between")], at(1)).wait().unwrap();
    }
    for run in ["0", "m", "b"] {
        writer.append(Some(run), vec![run_closed()], at(2)).wait().unwrap();
        writer.append(Some(run), vec![note("after it"), note("and more")], at(3)).wait().unwrap();
    }
    let reader = Reader::open(&path).unwrap();
    let all = reader.runs().unwrap();
    let still: Vec<_> = all.iter().filter(|run| run.closed.is_none()).cloned().collect();
    assert_eq!(reader.open_runs().unwrap(), still);
    assert_eq!(still.iter().map(|run| run.run.as_str()).collect::<Vec<_>>(), ["z", "a", "mm", "a-b"]);
    let mut newest = Vec::new();
    reader
        .openings(|run, opened| {
            newest.push((run, opened.title));
            true
        })
        .unwrap();
    let listed: Vec<_> = all.iter().rev().map(|run| (run.run.clone(), run.title.clone())).collect();
    assert_eq!(newest, listed);
    let mut one = 0;
    reader
        .openings(|_, _| {
            one += 1;
            false
        })
        .unwrap();
    assert_eq!(one, 1, "it ends when nothing more is wanted");
    close(writer, ended);
}

#[test]
fn a_run_is_found_by_what_it_begins_with() {
    let dir = TempDir::new("prefix");
    let path = dir.join("log.db");
    let (writer, _, ended) = open(&path);
    for run in ["ab", "abc", "abd", "x_y", "xzy"] {
        writer.append(Some(run), vec![note(run)], at(1)).wait().unwrap();
    }
    let reader = Reader::open(&path).unwrap();
    let find = |prefix: &str| reader.find_run(prefix);
    assert_eq!(find("ab").unwrap(), "ab", "an exact id is no prefix of others");
    assert_eq!(find("abc").unwrap(), "abc");
    assert_eq!(find("x_").unwrap(), "x_y", "no character of a prefix means anything else");
    assert!(matches!(find("a"), Err(QueryError::Ambiguous { runs, .. }) if runs == ["ab", "abc", "abd"]));
    for none in ["", "-", "%", "abcd", "AB", "x*"] {
        assert!(matches!(find(none), Err(QueryError::NoRun(_))), "{none:?}");
    }
    close(writer, ended);
}

#[test]
fn output_comes_in_its_order_with_its_offsets() {
    let dir = TempDir::new("output");
    let path = dir.join("log.db");
    let (writer, _, ended) = open(&path);
    let mut error = output(1, 0, b"warning\n");
    if let gonogo::run::event::Event::StepOutput(piece) = &mut error.event {
        piece.stream = Stream::Stderr;
    }
    writer.append(Some("r"), vec![output(1, 0, b"one\n"), error, output(2, 0, b"no")], at(1)).wait().unwrap();
    writer.append(Some("s"), vec![output(1, 0, b"no")], at(1)).wait().unwrap();
    writer.append(Some("r"), vec![output(1, 4, &[b'x'; 5000]), output(1, 5004, b"")], at(1)).wait().unwrap();
    let reader = Reader::open(&path).unwrap();
    let pieces = reader.pieces("r", 1).unwrap();
    assert_eq!(
        pieces.iter().map(|piece| (piece.stream, piece.offset, piece.len)).collect::<Vec<_>>(),
        [
            (Stream::Stdout, 0, 4),
            (Stream::Stderr, 0, 8),
            (Stream::Stdout, 4, 5000),
            (Stream::Stdout, 5004, 0),
        ]
    );
    assert_eq!(reader.bytes_of(&pieces[2]).unwrap(), [b'x'; 5000]);
    let whole: Vec<u8> = reader.output("r", 1).unwrap().into_iter().flat_map(|piece| piece.bytes).collect();
    assert_eq!(whole.len(), 5012);
    assert!(matches!(reader.chunk(2), Err(QueryError::NoChunk(2))));
    assert!(matches!(reader.chunk(99), Err(QueryError::NoChunk(99))));
    close(writer, ended);
}

#[test]
fn a_reader_sees_that_something_came_and_what() {
    let dir = TempDir::new("poll");
    let path = dir.join("log.db");
    let (writer, _, ended) = open(&path);
    let mut reader = Reader::open(&path).unwrap();
    assert!(!reader.changed().unwrap());
    let first = writer.append(Some("r"), vec![run_opened("Release")], at(1)).wait().unwrap();
    assert!(reader.changed().unwrap());
    assert!(!reader.changed().unwrap());
    assert_eq!(reader.since("r", 0).unwrap().len(), 1);
    writer.append(Some("r"), vec![note("x"), run_closed()], at(1)).wait().unwrap();
    assert!(reader.changed().unwrap());
    let news = reader.since("r", first[0].seq).unwrap();
    assert_eq!(news.iter().map(|found| found.seq).collect::<Vec<_>>(), [4, 5]);
    close(writer, ended);
}

#[test]
fn there_is_nothing_to_read_where_there_is_no_log() {
    let dir = TempDir::new("nolog");
    let error = Reader::open(&dir.join("log.db")).expect_err("nothing is there");
    assert!(error.to_string().contains("there is no log yet"), "{error}");
    assert!(Reader::open(dir.path()).is_err());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing was made");
}
