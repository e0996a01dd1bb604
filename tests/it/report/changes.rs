//! What differs between two texts of a runbook, by identity and then by text.

use gonogo::report::changes::changes;
use gonogo::runbook::{Runbook, parse};

fn book(text: &str) -> Runbook {
    parse("book.md", text.as_bytes()).expect("it parses").0
}

fn words(old: &str, new: &str) -> Vec<String> {
    changes(&book(old), &book(new)).iter().map(|c| c.words()).collect()
}

const OLD: &str = "\
---
gonogo:
  vars:
    TAG: {match: 'v\\d+'}
    GONE: {default: x}
---
# T

## Pre

- [ ] One <!-- gonogo: id=one -->
- [ ] Two
- [ ] Three

## Deploy

- [ ] Four <!-- gonogo: id=four -->

  ```sh name=s on=web
  echo 1
  ```
";

#[test]
fn the_same_text_and_mere_moves_of_lines_differ_in_nothing() {
    assert_eq!(words(OLD, OLD), Vec::<String>::new());
    assert_eq!(words(OLD, &OLD.replace("## Deploy\n", "\n\n## Deploy\n\n")), Vec::<String>::new());
}

#[test]
fn what_was_added_removed_moved_and_changed_is_named() {
    let new = OLD
        .replace("- [ ] One", "- [ ] New\n- [ ] One, said better")
        .replace("- [ ] Two\n", "")
        .replace("echo 1", "echo 2")
        .replace("    GONE: {default: x}\n", "")
        .replace("v\\d+", "\\d+");
    assert_eq!(
        words(OLD, &new),
        [
            "removed: the value GONE",
            "changed: the value TAG (what it may be), line 4",
            "added: New, line 10",
            "changed: One, said better (its text), line 11",
            "changed: Four (its steps), line 16",
            "removed: Two",
        ]
    );
}

#[test]
fn what_stands_elsewhere_was_moved_and_not_removed() {
    let swapped = OLD.replace("- [ ] Two\n- [ ] Three\n", "- [ ] Three\n- [ ] Two\n");
    let moved = words(OLD, &swapped);
    assert_eq!(moved.len(), 1, "only one of two was moved past the other: {moved:?}");
    assert!(moved[0].starts_with("moved: T"), "{moved:?}");
    let elsewhere = OLD.replace("- [ ] Two\n", "").replace("## Deploy\n", "## Deploy\n\n- [ ] Two\n");
    assert_eq!(words(OLD, &elsewhere), ["moved: Two, line 16"]);
    let renamed = OLD.replace("## Pre", "## Before");
    assert_eq!(
        words(OLD, &renamed),
        [
            "added: the phase Before, line 9",
            "removed: the phase Pre",
            "moved: Two, line 12",
            "moved: Three, line 13"
        ]
    );
}

#[test]
fn what_a_box_asks_for_counts() {
    let new = OLD.replace("id=four", "id=four required");
    assert_eq!(words(OLD, &new), ["changed: Four (what it asks for), line 17"]);
}

#[test]
fn ten_thousand_boxes_in_reverse_are_compared_in_time() {
    let list = |order: &mut dyn Iterator<Item = usize>| -> String {
        order.map(|n| format!("- [ ] box {n}\n")).collect()
    };
    let all = words(&list(&mut (0..9_000)), &list(&mut (0..9_000).rev()));
    assert_eq!(all.len(), 8_999, "all but one were moved");
}
