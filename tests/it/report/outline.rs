//! Outlines: everything with its lines, boxes inside boxes, and nothing twice.

use gonogo::report::json::ascii;
use gonogo::report::outline::{BoxNode, Outline, outline, text};
use gonogo::runbook::survey;

fn of(text: &str) -> Outline {
    let (book, _) = survey("test.md", text.as_bytes());
    outline("test.md", text, &book.expect("something to show"))
}

const BOOK: &str = include_str!("../../fixtures/runbooks/release.md");

#[test]
fn people_see_every_thing_with_its_lines() {
    insta::assert_snapshot!(text(&of(BOOK)));
}

#[test]
fn programs_see_a_tree() {
    let small = "\
---
gonogo:
  vars:
    TAG: {match: 'v\\d+', default: v1}
---
# Small

## Pre

- [ ] One <!-- gonogo: id=one required -->
  goes on here

  more of it
  - [ ] Inside <!-- gonogo: if=TAG=v1 value=NUMBER -->

    ```sh name=look on=web check capture=X match=(\\d+)
    cat \"$TAG\"
    ```

- [ ] Two

## Deploy

- [ ] Three
";
    insta::assert_snapshot!(ascii(&of(small)));
}

/// Calls `each` for every box and the box or phase around it, as `(line, end)`.
fn walk(boxes: &[BoxNode], around: (usize, usize), each: &mut impl FnMut(&BoxNode, (usize, usize))) {
    for item in boxes {
        each(item, around);
        walk(&item.boxes, (item.line, item.end_line), each);
    }
}

#[test]
fn every_box_stands_once_and_inside_what_holds_it() {
    let files = std::fs::read_dir("tests/fixtures/runbooks").expect("fixtures");
    for path in
        files.map(|e| e.expect("an entry").path()).filter(|p| p.extension().is_some_and(|e| e == "md"))
    {
        let source = String::from_utf8_lossy(&std::fs::read(&path).expect("read")).into_owned();
        let (Some(book), _) = survey("x.md", source.as_bytes()) else { continue };
        let seen = outline("x.md", &source, &book);
        let mut found = Vec::new();
        for phase in &seen.phases {
            assert!(phase.line <= phase.end_line && phase.end_line <= seen.counts.line, "{}", path.display());
            walk(&phase.boxes, (phase.line, phase.end_line), &mut |item, (from, to)| {
                assert!(item.line <= item.end_line, "{}: {}", path.display(), item.text);
                assert!(from <= item.line && item.end_line <= to, "{}: {}", path.display(), item.text);
                for step in item.steps.iter().chain(&item.inline) {
                    assert!(item.line <= step.line && step.end_line <= item.end_line, "{}", step.title);
                }
                found.push(item.id.clone());
            });
        }
        let all: Vec<String> = book.boxes.iter().map(|b| b.id.0.clone()).collect();
        assert_eq!(found, all, "{}", path.display());
        assert_eq!(seen.counts.boxed, all.len());
    }
}

#[test]
fn a_box_ends_where_its_item_ends() {
    let text = "# T\n\n- [ ] a\n  goes on\n\n  para\n- [ ] b\nlazy line\n\n## Next\n\n> - [ ] c\n>   more\n\nprose\n";
    let seen = of(text);
    let ends: Vec<(usize, usize)> =
        seen.phases.iter().flat_map(|p| &p.boxes).map(|b| (b.line, b.end_line)).collect();
    assert_eq!(ends, [(3, 6), (7, 8), (12, 13)]);
    assert_eq!(seen.phases.last().map(|p| (p.line, p.end_line)), Some((10, 15)));
}

#[test]
fn hostile_text_moves_nothing() {
    let evil = "- [ ] a\u{1b}[2J\u{202e}b\n";
    let shown = text(&of(evil));
    assert!(shown.contains("a␛[2J⟨U+202E⟩b"), "{shown}");
    let json = ascii(&of(evil));
    assert!(json.is_ascii() && !json.chars().any(|c| c.is_control() && c != '\n'));
}
