//! What holds for any bytes: every `[ ]` is one box, nothing panics, ids outlive edits that do not concern them.

use std::collections::HashSet;

use gonogo::runbook::{Runbook, parse};
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser};

/// Pieces that make Markdown go wrong when put together.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "\n",
        "\n\n",
        "- ",
        "* ",
        "1. ",
        "[ ] ",
        "[x] ",
        "[X]",
        "[ ]",
        "  ",
        "    ",
        "\t",
        "> ",
        "# ",
        "## ",
        "### Step 1\n",
        "```",
        "```sh\n",
        "```sh on=web\n",
        "~~~\n",
        "```\n",
        "$ ls\n",
        "echo 'x\n",
        "cat <<EOF\n",
        "EOF\n",
        "<!-- ",
        " -->",
        "<!-- gonogo: id=a -->",
        "<!-- gonogo: value=V required -->",
        "<details>",
        "</details>",
        "<summary>s</summary>",
        "### h\n",
        "#### h\n",
        "\n\n<details>\n\n",
        "\n\n</details>\n\n",
        "\n\n- [ ] a\n\n",
        "text",
        "Label:",
        "**bold**",
        "`code`",
        "[link](a.md)",
        "| a | b |\n|---|---|\n",
        "---\n",
        "---",
        "\r\n",
        "\r",
        "\u{202e}",
        "\u{200b}",
        "“",
        "é本",
        "\\",
        "&amp;",
        "<b>",
        "title: x\n",
        "gonogo:\n",
        "  vars: {A: }\n",
        ":",
        "\u{1f600}",
        "![i](x)",
    ])
}

fn document() -> impl Strategy<Value = String> {
    proptest::collection::vec(piece(), 0..80).prop_map(|pieces| pieces.concat())
}

/// Counts the check boxes as GitHub's kind of parser shows them.
pub fn markers(text: &str) -> usize {
    let options = Options::ENABLE_TASKLISTS
        | Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_GFM;
    Parser::new_ext(text, options).filter(|e| matches!(e, Event::TaskListMarker(_))).count()
}

pub fn task_boxes(runbook: &Runbook) -> usize {
    runbook.boxes.iter().filter(|b| !b.derived).count()
}

/// The model never contradicts itself.
pub fn consistent(runbook: &Runbook) -> Result<(), TestCaseError> {
    let ids: HashSet<_> = runbook.boxes.iter().map(|b| &b.id).collect();
    prop_assert_eq!(ids.len(), runbook.boxes.len(), "ids are unique");
    let steps: Vec<_> = runbook.boxes.iter().flat_map(|b| &b.steps).collect();
    let names: HashSet<_> = steps.iter().map(|s| &s.id).collect();
    prop_assert_eq!(names.len(), steps.len(), "step ids are unique");
    let mut next = 0;
    for (index, phase) in runbook.phases.iter().enumerate() {
        prop_assert_eq!(phase.boxes.start, next, "phases follow each other");
        next = phase.boxes.end;
        for item in &runbook.boxes[phase.boxes.clone()] {
            prop_assert_eq!(item.phase, index);
        }
    }
    prop_assert_eq!(next, runbook.boxes.len(), "every box has its phase");
    for (index, item) in runbook.boxes.iter().enumerate() {
        match item.parent {
            Some(parent) => {
                prop_assert!(parent < index);
                prop_assert_eq!(runbook.boxes[parent].depth + 1, item.depth);
                prop_assert_eq!(runbook.boxes[parent].phase, item.phase);
            }
            None => prop_assert_eq!(item.depth, 0),
        }
    }
    for (at, section) in runbook.sections.iter().enumerate() {
        let phase = runbook.phases[section.phase].boxes.clone();
        prop_assert!(!section.boxes.is_empty() && phase.start <= section.boxes.start);
        prop_assert!(section.boxes.end <= phase.end);
        if let Some(parent) = section.parent {
            let around = &runbook.sections[parent].boxes;
            prop_assert!(parent < at && around.start <= section.boxes.start);
            prop_assert!(section.boxes.end <= around.end);
        }
    }
    for (index, item) in runbook.boxes.iter().enumerate() {
        let holds = |s: &gonogo::runbook::model::Section| s.boxes.contains(&index);
        prop_assert_eq!(item.section, runbook.sections.iter().rposition(holds), "the innermost holds it");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn any_pieces_make_one_box_of_every_marker(text in document()) {
        // Front matter is no Markdown, so the text must not begin with it.
        let text = format!("x\n\n{text}");
        if let Ok((runbook, _)) = parse("p.md", text.as_bytes()) {
            prop_assert_eq!(task_boxes(&runbook), markers(&text));
            consistent(&runbook)?;
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok((runbook, _)) = parse("p.md", &bytes) {
            consistent(&runbook)?;
        }
    }

    #[test]
    fn findings_stand_inside_the_file_and_can_be_rendered(text in document()) {
        let found = match parse("p.md", text.as_bytes()) {
            Ok((_, found)) | Err(found) => found,
        };
        for place in found.iter().filter_map(|f| f.place.as_ref()) {
            prop_assert!(place.bytes.end <= text.len() && text.is_char_boundary(place.bytes.start));
            prop_assert!(place.line >= 1 && place.column >= 1);
        }
        let shown = gonogo::diag::render("p.md", &text, &found, gonogo::diag::Look::Plain);
        prop_assert!(!shown.chars().any(|c| c.is_control() && c != '\n'));
    }
}

/// A chunk of an orderly document and the check boxes in it.
fn chunk() -> impl Strategy<Value = (String, usize)> {
    prop_oneof![
        4 => "[a-z]{1,8}".prop_map(|t| (format!("- [ ] {t}\n"), 1)),
        2 => "[a-z]{1,8}".prop_map(|t| (format!("- {t}\n  - [x] {t}\n  - [ ] {t}\n"), 2)),
        2 => "[a-z]{1,8}".prop_map(|t| (format!("1. [ ] {t}\n\n   ```sh\n   echo '- [ ] no'\n   ```\n"), 1)),
        1 => "[a-z]{1,8}".prop_map(|t| (format!("> - [X] {t}\n"), 1)),
        1 => "[a-z]{1,8}".prop_map(|t| (format!("## {t}\n"), 0)),
        1 => "[a-z]{1,8}".prop_map(|t| (format!("{t} [ ] {t}\n"), 0)),
        1 => Just(("```\n- [ ] no\n\n- [ ] no\n```\n".to_owned(), 0)),
        1 => Just(("<!--\n- [ ] no\n\n- [ ] no\n-->\n".to_owned(), 0)),
        1 => Just(("---\n".to_owned(), 0)),
        1 => Just(("| a |\n|---|\n| [ ] |\n".to_owned(), 0)),
        1 => Just(("<details><summary>more</summary>\n\n- [ ] in\n\n</details>\n".to_owned(), 1)),
        1 => Just(("para\n\n---\nname: x\n---\n\n- [ ] after\n".to_owned(), 1)),
    ]
}

proptest! {
    #[test]
    fn every_box_of_an_orderly_document_is_one_box(chunks in proptest::collection::vec(chunk(), 1..30)) {
        let text = format!("# Title\n\n{}", chunks.iter().map(|(t, _)| t.as_str()).collect::<Vec<_>>().join("\n"));
        let expected: usize = chunks.iter().map(|(_, n)| n).sum();
        if let Ok((runbook, _)) = parse("p.md", text.as_bytes()) {
            prop_assert_eq!(task_boxes(&runbook), expected);
        } else {
            prop_assert_eq!(expected, 0);
        }
    }

    #[test]
    fn ids_outlive_edits_that_do_not_concern_them(
        texts in proptest::collection::vec("[a-c]{1,2}", 1..12),
        at in 0usize..13,
        added in prop::sample::select(vec!["- [ ] something new\n", "\nA paragraph.\n\n", "- a bullet\n", "- [ ] new\n  - [ ] newer\n"]),
    ) {
        let lines: Vec<String> = texts.iter().map(|t| format!("- [ ] {t}\n")).collect();
        let at = at.min(lines.len());
        let before = format!("# R v1\n\n## Pre\n\n{}", lines.concat());
        let after = format!("# R v2\n\nIntro.\n\n## Pre\n\n{}{added}{}", lines[..at].concat(), lines[at..].concat());
        let ids = |text: &str| {
            let (runbook, _) = parse("p.md", text.as_bytes()).expect("it parses");
            runbook.boxes.into_iter().map(|b| (b.id, b.text)).collect::<Vec<_>>()
        };
        let kept: Vec<_> = ids(&after).into_iter().filter(|(_, text)| !text.contains("new")).collect();
        prop_assert_eq!(kept, ids(&before));
    }
}

#[test]
fn every_box_that_github_shows_is_one_box() {
    // Counted by hand, as GitHub shows them; the parser that the program uses is not asked.
    for (text, shown) in [
        ("- [ ] a\n- [x] b\n* [X] c\n+ [ ] d\n", 4),
        ("1. [ ] a\n2) [ ] b\n", 2),
        ("- [ ] a\n  - [ ] b\n    1. [ ] c\n", 3),
        ("> - [ ] a\n>   > - [ ] b\n", 2),
        ("- a\n  - [ ] b\n", 1),
        ("- [ ] a\n\n  - [ ] b\n\n        - [ ] code\n", 2),
        ("-   [ ] a\n\t- [ ] b\n", 2),
        ("a\n- [ ] b\n", 1),
        ("# [ ] a\n[ ] b\n\n| [ ] |\n|---|\n| [ ] |\n", 0),
        ("- \\[ ] a\n- [] b\n- [  ] c\n- [y] d\n- [ ]e\n- x [ ] f\n- `[ ]` g\n", 0),
        ("```\n- [ ] a\n```\n~~~\n- [ ] b\n~~~\n\n    - [ ] c\n", 0),
        ("```\n- [ ] a\n", 0),
        ("<!--\n- [ ] a\n\n- [ ] b\n-->\n- [ ] c\n", 1),
        ("<details>\n- [ ] raw\n\n- [ ] a\n</details>\n\n- [ ] b\n", 2),
        ("<pre>\n- [ ] a\n\n- [ ] b\n</pre>\n", 0),
        ("- [ ] a\n---\n- [ ] b\n\n---\ntitle: x\n---\n\n- [ ] c\n", 3),
        ("---\ntitle: x\nlist:\n- [ ] no\n---\n- [ ] a\n", 1),
        ("- [ ] a\r\n- [ ] b\r- [ ] c\n", 3),
        ("- [ ] [a][b]\n- [ ] ![c](d)\n- [ ] <e>\n\n[b]: f\n", 3),
        ("1. a\n\n   ```sh\n   - [ ] no\n   ```\n\n2. [ ] b\n", 1),
        ("10. [ ] a\n\n   - [ ] b\n", 2),
        ("- [ ] a\nlazy - [ ] no\n", 1),
    ] {
        let boxes = parse("p.md", text.as_bytes()).map_or(0, |(runbook, _)| task_boxes(&runbook));
        assert_eq!(boxes, shown, "{text}");
    }
}
