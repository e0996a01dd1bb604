//! Bad and hostile input: one clear finding, nothing slow, nothing deep.

use gonogo::runbook::{MAX_BLOCKS, MAX_BOXES, MAX_BYTES, MAX_FRONT_BYTES, MAX_MARKS, MAX_NESTING, parse};

use super::dump::{findings, runbook};

fn codes(bytes: &[u8]) -> Vec<&'static str> {
    match parse("x.md", bytes) {
        Ok((_, found)) | Err(found) => found.iter().map(|f| f.code).collect(),
    }
}

#[test]
fn what_is_no_text_is_refused_with_its_place() {
    assert_eq!(codes(b"- [ ] a\n\xff\n"), ["not-utf8"]);
    assert_eq!(codes(b"\x7fELF\0\xff"), ["binary"]);
    assert_eq!(codes(b"- [ ] a\0"), ["binary"]);
    let found = parse("x.md", "- [ ] é\n- \0".as_bytes()).expect_err("it is binary");
    let place = found[0].place.as_ref().expect("it has a place");
    assert_eq!((place.line, place.column), (2, 3));
}

#[test]
fn limits_are_exact() {
    let mut text = "- [ ] a\n".to_owned();
    text.push_str(&"x".repeat(MAX_BYTES - text.len()));
    assert_eq!(codes(text.as_bytes()), [""; 0]);
    text.push('x');
    assert_eq!(codes(text.as_bytes()), ["too-large"]);

    let boxes = "- [ ] a\n".repeat(MAX_BOXES);
    assert_eq!(runbook(&boxes).boxes.len(), MAX_BOXES);
    assert_eq!(codes(format!("{boxes}- [ ] b\n- [ ] c\n").as_bytes()), ["too-many-boxes"]);

    let nested =
        |depth: usize| (0..depth).map(|d| format!("{}- [ ] a\n", "  ".repeat(d))).collect::<String>();
    assert_eq!(runbook(&nested(MAX_NESTING)).boxes.last().map(|b| b.depth), Some(MAX_NESTING - 1));
    assert_eq!(codes(nested(MAX_NESTING + 1).as_bytes()), ["too-deep"]);
    assert_eq!(codes(format!("- [ ] a\n\n{}", ">".repeat(100_000)).as_bytes()), ["too-deep"]);
}

#[test]
fn limits_of_blocks_marks_and_front_matter_are_exact_and_say_where() {
    let said = |text: &str| {
        let found = findings(text);
        let line = found.lines().next().unwrap_or_default().to_owned();
        assert!(found.contains("split it into several runbooks") || line.is_empty(), "{found}");
        line
    };
    // A paragraph is one block; the box at the end is an item and its text.
    let blocks = |count: usize| format!("{}- [ ] a\n", "a\n\n".repeat(count - 2 - 1));
    assert_eq!(said(&blocks(MAX_BLOCKS)), "");
    assert_eq!(
        said(&blocks(MAX_BLOCKS + 1)),
        "error[too-large] 131069:1 here end the 65536 paragraphs, headings, items, rows and blocks of code a runbook may have"
    );
    let marks = |count: usize| format!("- [ ] a{}", "!".repeat(count - 2 - 2));
    assert_eq!(said(&marks(MAX_MARKS)), "");
    assert_eq!(
        said(&marks(MAX_MARKS + 1)),
        "error[too-large] 1:262148 here end the 262144 marks of Markdown (such as `*`, `[`, `|`; a line counts as two) a runbook may have"
    );
    let front = |bytes: usize| format!("---\na: {}\n---\n- [ ] a\n", "x".repeat(bytes - 4));
    assert_eq!(codes(front(MAX_FRONT_BYTES).as_bytes()), [""; 0]);
    assert_eq!(
        findings(&front(MAX_FRONT_BYTES + 1)),
        "error[too-large] 2:1 the front matter has 131073 bytes; the most it may have is 131072\n"
    );
}

#[test]
fn crlf_and_a_byte_order_mark_change_nothing() {
    let plain = "---\ntitle: T\n---\n# H\n\n## Pre\n\n- [ ] a <!-- gonogo: id=x -->\n\n  ```sh on=web\n  ls\n  pwd\n  ```\n";
    let want = runbook(plain);
    for other in [
        plain.replace('\n', "\r\n"),
        format!("\u{feff}{plain}"),
        format!("\u{feff}{}", plain.replace('\n', "\r\n")),
    ] {
        let got = runbook(&other);
        assert_eq!(got.title, "T");
        assert_eq!(got.boxes.len(), 1);
        let (a, b) = (&want.boxes[0], &got.boxes[0]);
        assert_eq!(
            (&a.id, &a.text, a.place.line, a.place.column),
            (&b.id, &b.text, b.place.line, b.place.column)
        );
        assert_eq!((&a.steps[0].script, &a.steps[0].on), (&b.steps[0].script, &b.steps[0].on));
    }
}

#[test]
fn a_file_with_nothing_to_walk_says_so() {
    insta::assert_snapshot!(findings("# Notes\n\nNothing here.\n"), @r##"
    error[no-boxes] - there is nothing to walk in this file: no box and no step
      help: a runbook needs a check box (`- [ ] …`), a list or a shell block
    "##);
    assert_eq!(codes(b""), ["no-boxes"]);
    assert_eq!(codes(b"# Title\n\n## A\n\nWords.\n\n```yaml\na: b\n```\n"), ["no-boxes"]);
    // A list of links into the file is its contents, and whoever says what is a box means it.
    assert_eq!(codes(b"# Title\n\n- [A](#a)\n- [B](#b)\n\n## A\n\n## B\n"), ["no-boxes"]);
    assert_eq!(codes(b"---\ngonogo: {boxes: tasks}\n---\n- a note\n"), ["no-boxes"]);
}
