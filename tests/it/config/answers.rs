//! The answers file: reading, checking against a runbook, and the template that answers nothing.

use gonogo::config::answers::{Answers, BoxAnswer, GateAnswer, check, parse, quote, template};
use gonogo::diag::{Diagnostic, Look};
use gonogo::runbook::{self, Runbook};
use proptest::prelude::*;

const RUNBOOK: &str = "\
---
gonogo:
  vars:
    VERSION: {match: '^v\\d+$'}
---
# Release

## Pre-deploy

- [ ] Snapshot taken <!-- gonogo: id=snapshot-taken value=SNAP match='^snap-\\d+$' -->
- [ ] Cases pass <!-- gonogo: id=cases required -->
- [ ] No open bugs

## During deploy

- [ ] Deployed <!-- gonogo: id=deployed -->

  ```sh name=migrate confirm=type
  migrate
  ```
- [ ] Watch <!-- gonogo: id=watch wait=30m -->
";

fn runbook() -> Runbook {
    runbook::parse("release.md", RUNBOOK.as_bytes()).expect("it parses").0
}

fn answered(lines: &str, same: bool) -> Result<(Answers, Vec<Diagnostic>), String> {
    let hash = if same { runbook().sha256 } else { "0".repeat(64) };
    let text = format!("runbook: sha256:{hash}\n{lines}");
    let show = |found: Vec<Diagnostic>| {
        let shown = gonogo::diag::render("answers.yaml", &text, &found, Look::Plain);
        shown.replace(&hash, "HASH")
    };
    let (file, _) = parse(text.as_bytes()).map_err(show)?;
    check(&file, &runbook()).map_err(show)
}

#[test]
fn answers_are_read_and_hold_for_their_runbook() {
    let text = "\
operator: {name: Release bot, principal: bot@example.org}
vars: {VERSION: v7}
boxes:
  snapshot-taken: {sign: true, value: snap-20261121, note: taken by the nightly job}
  cases: stop
  deployed: {waive: no deploy on staging}
  watch: {sign: true, end_wait: nothing runs here}
gates: {during: go}
start: production
confirm: {migrate: production}
";
    let (answers, found) = answered(text, true).expect("they hold");
    assert_eq!(found, []);
    assert!(answers.same_text);
    assert_eq!(answers.operator.name.as_deref(), Some("Release bot"));
    let sign = |value: Option<&str>, note: Option<&str>, end_wait: Option<&str>| BoxAnswer::Sign {
        value: value.map(str::to_owned),
        note: note.map(str::to_owned),
        end_wait: end_wait.map(str::to_owned),
    };
    assert_eq!(
        answers.boxes[&"snapshot-taken".into()],
        sign(Some("snap-20261121"), Some("taken by the nightly job"), None)
    );
    assert_eq!(answers.boxes[&"watch".into()], sign(None, None, Some("nothing runs here")));
    assert_eq!(
        answers.boxes[&"deployed".into()],
        BoxAnswer::Waive { reason: "no deploy on staging".to_owned() }
    );
    // A box that is not mentioned was not answered.
    assert_eq!(answers.boxes.len(), 4);
    assert_eq!(answers.gates.values().collect::<Vec<_>>(), [&GateAnswer::Go]);
    assert_eq!(answers.confirm[&"migrate".into()], "production");
}

#[test]
fn wrong_answers_are_named_with_their_places() {
    let text = "\
vars: {VERSION: 7, OTHER: x}
boxes:
  snapshot-taken: {sign: true}
  cases: {waive: too late}
  deployed: {sign: true, value: x}
  snapshot-take: stop
gates: {pre-deploy: go}
confirm: {migrat: x}
";
    insta::assert_snapshot!(answered(text, true).expect_err("they do not hold"), @r##"
    error[bad-value]: `7` does not match `^v\d+$`, as VERSION must
     --> answers.yaml:2:8
      |
    2 | vars: {VERSION: 7, OTHER: x}
      |        ^^^^^^^

    error[unknown-name]: there is no variable `OTHER` in this runbook
     --> answers.yaml:2:20
      |
    2 | vars: {VERSION: 7, OTHER: x}
      |                    ^^^^^

    error[missing-value]: box `snapshot-taken`: signing it needs a value for SNAP
     --> answers.yaml:4:3
      |
    4 |   snapshot-taken: {sign: true}
      |   ^^^^^^^^^^^^^^

    error[required]: box `cases`: it is required and cannot be waived
     --> answers.yaml:5:3
      |
    5 |   cases: {waive: too late}
      |   ^^^^^

    error[unexpected-value]: box `deployed`: it takes no value
     --> answers.yaml:6:3
      |
    6 |   deployed: {sign: true, value: x}
      |   ^^^^^^^^

    error[unknown-name]: there is no box `snapshot-take` in this runbook
     --> answers.yaml:7:3
      |
    7 |   snapshot-take: stop
      |   ^^^^^^^^^^^^^
      |
      = help: did you mean `snapshot-taken`?

    error[unknown-name]: there is no gate before a phase `pre-deploy` in this runbook
     --> answers.yaml:8:9
      |
    8 | gates: {pre-deploy: go}
      |         ^^^^^^^^^^

    error[unknown-name]: there is no step `migrat` in this runbook
     --> answers.yaml:9:11
      |
    9 | confirm: {migrat: x}
      |           ^^^^^^
      |
      = help: did you mean `migrate`?
    "##);
}

#[test]
fn malformed_answers_are_named_with_their_places() {
    let text = "\
boxes:
  '*': {sign: true}
  a: go
  b: {sign: false}
  c: {sign: true, waive: both}
  d: {waive: ''}
  e: {waive: x, note: y}
  f: {sing: true}
gates: {during: no-go}
everything: sign
";
    insta::assert_snapshot!(answered(text, true).expect_err("they are refused"), @r#"
    error[wildcard]: `*`: there are no wildcards, every answer names one thing
     --> answers.yaml:3:3
      |
    3 |   '*': {sign: true}
      |   ^^^

    error[bad-answer]: this is no answer to a box
     --> answers.yaml:4:6
      |
    4 |   a: go
      |      ^^
      |
      = help: write `stop`, `{sign: true}` or `{waive: reason}`

    error[bad-answer]: `sign: false`: only `true` signs; write `stop` to leave it to a person
     --> answers.yaml:5:13
      |
    5 |   b: {sign: false}
      |             ^^^^^

    error[bad-answer]: this is no answer to a box
     --> answers.yaml:6:6
      |
    6 |   c: {sign: true, waive: both}
      |      ^
      |
      = help: write `stop`, `{sign: true}` or `{waive: reason}`

    error[bad-answer]: the reason is empty
     --> answers.yaml:7:7
      |
    7 |   d: {waive: ''}
      |       ^^^^^

    error[bad-answer]: a waived box has a reason and nothing else
     --> answers.yaml:8:7
      |
    8 |   e: {waive: x, note: y}
      |       ^^^^^

    error[unknown-key]: unknown key `sing`
     --> answers.yaml:9:7
      |
    9 |   f: {sing: true}
      |       ^^^^
      |
      = help: did you mean `sign`?

    error[bad-answer]: `no-go` is no answer at a gate: go, stop
      --> answers.yaml:10:17
       |
    10 | gates: {during: no-go}
       |                 ^^^^^

    error[unknown-key]: unknown key `everything`
      --> answers.yaml:11:1
       |
    11 | everything: sign
       | ^^^^^^^^^^
       |
       = help: known here: runbook, operator, vars, boxes, gates, choices, hosts, start, confirm
    "#);
}

#[test]
fn for_another_text_known_boxes_keep_their_answer_and_others_stop() {
    let (answers, found) =
        answered("boxes: {cases: {sign: true}, gone: {sign: true}}\n", false).expect("they hold");
    assert!(!answers.same_text);
    assert!(matches!(answers.boxes[&"cases".into()], BoxAnswer::Sign { .. }));
    let stopped = answers.boxes.values().filter(|a| **a == BoxAnswer::Stop).count();
    assert_eq!((answers.boxes.len(), stopped), (5, 4));
    assert_eq!(found.iter().map(|f| f.code).collect::<Vec<_>>(), ["other-text", "unknown-name"]);
}

#[test]
fn choices_name_a_heading_and_one_of_its_sections() {
    let text = "# R\n\n## During <!-- gonogo: choose -->\n\n### Blue hosts\n\n- [ ] b\n\n### Green <!-- gonogo: id=green-way -->\n\n- [ ] g\n";
    let (book, _) = runbook::parse("r.md", text.as_bytes()).expect("a runbook");
    let checked = |choices: &str| {
        let file = format!("runbook: sha256:{}\n{choices}", book.sha256);
        let (file, _) = parse(file.as_bytes()).expect("an answers file");
        check(&file, &book).map(|(answers, _)| answers.choices.into_iter().collect::<Vec<_>>())
    };
    assert_eq!(checked("choices: {during: blue-hosts}"), Ok(vec![(0, 0)]));
    assert_eq!(checked("choices: {During: Blue hosts}"), Ok(vec![(0, 0)]));
    assert_eq!(checked("choices: {during: green-way}"), Ok(vec![(0, 1)]));
    assert_eq!(checked("boxes: {}"), Ok(Vec::new()));
    for (wrong, said) in [
        ("choices: {during: red}", "`red` is no section of `during`; it has: blue-hosts, green-way"),
        ("choices: {after: green-way}", "there is no choice `after` in this runbook"),
    ] {
        let found = checked(wrong).expect_err("it is refused");
        assert_eq!(found[0].message, said);
    }
    let written = template(&book);
    assert!(written.contains("\nchoices:   # one section each; a headless run ends where one is missing\n  # during: blue-hosts | green-way\n"), "{written}");
}

#[test]
fn the_template_answers_nothing_and_reads_back() {
    let written = template(&runbook());
    let shown = written.replace(&runbook().sha256, "HASH");
    insta::assert_snapshot!(shown, @r#"
    # Answers for a headless run of: Release
    # Every box stops, until you say otherwise for it:
    #   {sign: true}   {sign: true, value: …, note: …}   {sign: true, end_wait: why not wait}   {waive: the reason}   stop
    runbook: sha256:HASH
    # operator: {name: …}
    # start: ENVIRONMENT   # where starting a run wants its name typed
    vars:
      # VERSION: …   # must match ^v\d+$
    confirm:
      # migrate: ENVIRONMENT
    hosts:   # where the environment has several: these steps do not say where they run
      # migrate: HOST
    boxes:
      # Pre-deploy
      snapshot-taken: stop   # (value SNAP) Snapshot taken
      cases: stop   # (required) Cases pass
      b-5ecfc484cb: stop   # No open bugs
      # During deploy
      deployed: stop   # Deployed
      watch: stop   # Watch
    gates:   # go or stop
      during-deploy: stop
    "#);
    let (file, _) = parse(written.as_bytes()).expect("it is an answers file");
    let (answers, found) = check(&file, &runbook()).expect("it holds");
    assert_eq!(found, []);
    assert_eq!(answers.boxes.len(), runbook().boxes.len());
    assert!(answers.boxes.values().all(|a| *a == BoxAnswer::Stop));
    assert!(answers.gates.values().all(|a| *a == GateAnswer::Stop));
}

/// The largest runbooks that are read: as many boxes or steps as one may have, as many bytes, steps that name no host and
/// want a word.
#[test]
fn the_template_of_the_largest_runbook_reads_back() {
    let steps = |n: usize| {
        let step = |n| format!("  ```sh name=s{n} confirm=type\n  a {n}\n  ```\n\n");
        format!("- [ ] all of it\n\n{}", (0..n).map(step).collect::<String>())
    };
    let boxes = |n: usize, text: &str| (0..n).map(|n| format!("- [ ] {n} {text}\n")).collect::<String>();
    let fill = "x".repeat(90);
    let hidden = "\u{200b}".repeat(30);
    for (what, text) in [
        ("steps", steps(runbook::MAX_STEPS)),
        ("boxes", boxes(runbook::MAX_BOXES, &fill)),
        ("hidden", boxes(runbook::MAX_BOXES, &hidden)),
    ] {
        let (runbook, _) =
            runbook::parse("big.md", text.as_bytes()).unwrap_or_else(|e| panic!("{what}: {:?}", e[0]));
        let written = template(&runbook);
        let (file, found) = parse(written.as_bytes()).unwrap_or_else(|e| panic!("{what}: {:?}", e[0]));
        assert_eq!(found, [], "{what}");
        let (answers, _) = check(&file, &runbook).unwrap_or_else(|e| panic!("{what}: {:?}", e[0]));
        assert_eq!(answers.boxes.len(), runbook.boxes.len(), "{what}");
        // Each line that is offered counts when its mark is taken away.
        if what == "steps" {
            assert!(
                written.contains("\n  # s9999: HOST\n") && written.contains("\n  # s9999: ENVIRONMENT\n")
            );
            let filled = written.replace("\n  # s", "\n  s");
            let (file, _) = parse(filled.as_bytes()).unwrap_or_else(|e| panic!("{what}: {:?}", e[0]));
            assert_eq!((file.hosts.len(), file.confirm.len()), (runbook::MAX_STEPS, runbook::MAX_STEPS));
        }
    }
}

proptest! {
    #[test]
    fn templates_of_any_runbook_read_back(texts in proptest::collection::vec("[^\\r\\n]{0,30}", 1..8)) {
        let source: String = texts.iter().map(|t| format!("- [ ] x{t}\n")).collect();
        if let Ok((runbook, _)) = runbook::parse("r.md", source.as_bytes()) {
            let (file, _) = parse(template(&runbook).as_bytes()).expect("it is an answers file");
            let (answers, _) = check(&file, &runbook).expect("it holds");
            prop_assert_eq!(answers.boxes.len(), runbook.boxes.len());
        }
    }

    #[test]
    fn quoted_text_reads_back(text in any::<String>()) {
        let name = quote(&text);
        let node = gonogo::runbook::yaml::parse(&format!("a: {name}\n")).expect("it is YAML");
        let gonogo::runbook::yaml::Value::Map(entries) = node.value else { panic!("it is a map") };
        prop_assert_eq!(&entries[0].1.value, &gonogo::runbook::yaml::Value::Text(text));
    }
}

#[test]
fn no_answer_stands_for_two_people() {
    let text = "- [ ] Compared <!-- gonogo: id=compared two-person -->\n";
    let (book, _) = gonogo::runbook::parse("book.md", text.as_bytes()).expect("a runbook");
    let checked = |answer: &str| {
        let file = format!("runbook: sha256:{}\nboxes:\n  compared: {answer}\n", book.sha256);
        let (file, _) = gonogo::config::answers::parse(file.as_bytes()).expect("answers");
        gonogo::config::answers::check(&file, &book)
    };
    let refused = checked("{sign: true}").expect_err("nobody signs for two");
    assert_eq!(refused[0].code, "two-person");
    assert!(checked("stop").is_ok() && checked("{waive: nobody else is awake}").is_ok());
}
