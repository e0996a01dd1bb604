//! Every key fills its field, and contradictions are said where they stand.

use std::time::Duration;

use gonogo::runbook::model::{
    BoxesFrom, Cadence, Comparison, Confirm, On, Repeat, Runbook, Secret, SecretSource, Step, Threshold,
};

use super::dump::{findings, runbook};

/// Returns the step whose fence carries `words`, in a file where boxes `a` and `b` and the variable `V` exist.
fn step(words: &str) -> Step {
    let text = format!(
        "---\ngonogo:\n  vars: {{V: x}}\n---\n- [ ] a <!-- gonogo: id=a -->\n- [ ] b <!-- gonogo: id=b -->\n- [ ] c\n\n  ```sh {words}\n  ls\n  ```\n"
    );
    let mut book = runbook(&text);
    book.boxes.remove(2).steps.remove(0)
}

/// Returns the findings of a step whose fence carries `words`.
fn wrong(words: &str) -> String {
    findings(&format!("- [ ] a <!-- gonogo: id=a -->\n- [ ] c\n\n  ```sh {words}\n  ls\n  ```\n"))
}

const SECOND: Duration = Duration::from_secs(1);

fn front(lines: &str) -> Runbook {
    runbook(&format!("---\ngonogo:\n{lines}\n---\n- [ ] a\n"))
}

fn wrong_front(lines: &str) -> String {
    findings(&format!("---\ngonogo:\n{lines}\n---\n- [ ] a\n"))
}

#[test]
fn every_key_of_a_fence_fills_its_field() {
    let one = step(
        "name=s on=web once capture=TAG match='v(.)' expect=ok exit=3 timeout=10m retries=2 confirm=type needs=a,b undo=b idempotent if=V=x carry=off keep=off cwd='/srv/my app'",
    );
    assert_eq!((one.id.as_str(), one.title.as_str(), &one.on), ("s", "s", &On::First("web".to_owned())));
    let capture = one.capture.expect("it captures");
    assert_eq!((capture.name.as_str(), capture.per_host), ("TAG", false));
    assert_eq!(capture.pattern.map(|p| p.regex.as_str().to_owned()), Some("v(.)".to_owned()));
    assert_eq!(one.expect.map(|p| p.regex.as_str().to_owned()), Some("ok".to_owned()));
    assert_eq!((one.exit, one.timeout, one.retries), (3, Some(600 * SECOND), 2));
    assert_eq!((one.confirm, one.undo.map(|b| b.0)), (Confirm::Type, Some("b".to_owned())));
    assert_eq!(one.needs.iter().map(|n| n.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((one.idempotent, one.carry, one.keep, one.irreversible), (true, false, false, false));
    assert_eq!(one.condition.map(|c| (c.name, c.equals)), Some(("V".to_owned(), Some("x".to_owned()))));
    assert_eq!(one.cwd.as_deref(), Some("/srv/my app"));
    assert!(one.strict && !one.check && one.interpreter.is_none() && one.repeat.is_none());

    assert!(step("check").check);
    assert!(step("irreversible").irreversible);
    assert!(step("keep-going").keep_going);
    assert!(step("sudo").sudo && !step("check").sudo);
    assert_eq!(step("on=local").on, On::Local);
    assert_eq!(step("on=web").on, On::Role("web".to_owned()));
    assert_eq!(step("interpreter=python3").interpreter.as_deref(), Some("python3"));
    assert!(step("on=web capture=X per-host").capture.is_some_and(|c| c.per_host));
    assert_eq!(step("confirm").confirm, Confirm::Press);

    let hold = Repeat::Hold { every: 30 * SECOND, lasting: 1800 * SECOND };
    assert_eq!(step("every=30s for=30m").repeat, Some(hold));
    let until = |limit| Some(Repeat::Until { every: 5 * SECOND, limit });
    assert_eq!(step("every=5s until").repeat, until(None));
    assert_eq!(step("every=5s until for=10m").repeat, until(Some(600 * SECOND)));

    let metric = step("metric='p95 (\\d+)' threshold='< 1.5'").metric.expect("it reads a number");
    assert_eq!(metric.pattern.regex.as_str(), "p95 (\\d+)");
    assert_eq!(metric.threshold, Some(Threshold { is: Comparison::Less, number: 1.5 }));
    assert_eq!(step("metric=x").metric.and_then(|m| m.threshold), None);
}

#[test]
fn thresholds_are_comparisons() {
    for (text, is, number) in [
        ("< 1", Comparison::Less, 1.0),
        ("<=-2.5", Comparison::AtMost, -2.5),
        ("> 0", Comparison::Greater, 0.0),
        (">= 1e3", Comparison::AtLeast, 1000.0),
        ("= 4", Comparison::Equal, 4.0),
        ("==4", Comparison::Equal, 4.0),
    ] {
        let metric = step(&format!("metric=x threshold='{text}'")).metric.expect("it reads a number");
        assert_eq!(metric.threshold, Some(Threshold { is, number }));
    }
}

#[test]
fn an_unannotated_step_asks_for_nothing() {
    let plain = step("");
    assert!(plain.carry && plain.keep && !plain.keep_going && plain.exit == 0 && plain.retries == 0);
    assert!(plain.repeat.is_none() && plain.timeout.is_none() && plain.undo.is_none());
}

#[test]
fn an_undo_may_name_a_step() {
    let book = runbook(
        "- [ ] a <!-- gonogo: id=a -->\n\n  ```sh name=down undo=up\n  down\n  ```\n- [ ] b <!-- gonogo: id=b -->\n\n  ```sh name=up\n  up\n  ```\n",
    );
    assert_eq!(book.boxes[0].steps[0].undo.as_ref().map(|b| b.as_str()), Some("b"));
}

#[test]
fn an_ignored_block_is_shown_and_never_run() {
    let book = runbook("- [ ] a\n\n  ```sh ignore on=web\n  rm -rf /\n  ```\n\n```sh ignore\nls\n```\n");
    assert_eq!(book.boxes.len(), 1);
    assert!(book.boxes[0].steps.is_empty() && book.boxes[0].prose.contains("rm -rf /"));
    let wrong = findings("- [ ] a\n\n  ```sh ignore onn=web\n  rm -rf /\n  ```\n");
    assert!(wrong.starts_with("error[unknown-key] 3:16 unknown key `onn` on a code block"), "{wrong}");
}

#[test]
fn another_interpreter_makes_any_block_a_step() {
    let text = "- [ ] a\n\n  ```python interpreter=python3 check\n  print(\"it's fine\")\n  say = 'don\\'t'\n  ```\n";
    let book = runbook(text);
    let step = &book.boxes[0].steps[0];
    assert_eq!((step.interpreter.as_deref(), step.check), (Some("python3"), true));
    assert_eq!(step.script, "print(\"it's fine\")\nsay = 'don\\'t'\n");
    assert_eq!(findings(text), "");
}

#[test]
fn words_of_other_tools_are_left_alone_and_named_once() {
    let text = "- [ ] a\n\n  ```sh title=\"Deploy on web\" linenums\n  # one\n  ls\n  # two\n  id\n  ```\n\n  ```bash copy\n  ls\n  ```\n\n  ```sh {.line-numbers}\n  ls\n  ```\n";
    let found = findings(text);
    let said: Vec<&str> = found.lines().filter(|l| l.contains("foreign-words")).collect();
    assert_eq!(
        said,
        [
            "warning[foreign-words] 3:9 `title=\"Deploy on web\" linenums` on this block is not gonogo's and is left alone, as on 1 more"
        ]
    );
    // They make no script of a block that holds several things.
    let plain = runbook(&text.replace(" title=\"Deploy on web\" linenums", ""));
    assert_eq!(runbook(text).boxes[0].steps.len(), plain.boxes[0].steps.len());
    // One word of ours, and all must be known.
    assert!(wrong("title=x on=web").contains("error[unknown-key] 4:9 unknown key `title`"));
}

#[test]
fn every_key_of_a_box_fills_its_field() {
    let book = runbook(
        "- [ ] a <!-- gonogo: id=a value=V match=x required mark=db wait=1m due=2h if=ENV irreversible -->\n- [ ] b [b](b.md) <!-- gonogo: optional runbook -->\n",
    );
    let (one, two) = (&book.boxes[0], &book.boxes[1]);
    assert_eq!((one.id.as_str(), one.value.as_ref().map(|v| v.name.as_str())), ("a", Some("V")));
    assert_eq!((one.wait, one.due), (Some(60 * SECOND), Some(7200 * SECOND)));
    assert_eq!(
        (one.required, one.optional, one.irreversible, one.mark.as_deref()),
        (true, false, true, Some("db"))
    );
    assert!(one.condition.is_some());
    assert_eq!(
        (two.required, two.optional, two.irreversible, two.mark.as_deref()),
        (false, true, false, None)
    );
    assert_eq!(two.runbook.as_deref(), Some("b.md"));
}

#[test]
fn contradictions_are_errors() {
    for words in [
        "check irreversible",
        "check undo=a",
        "check exit=1",
        "undo=a irreversible",
        "irreversible retries=1",
        "irreversible every=1s until",
        "keep-going interpreter=python3",
        "keep-going exit=1",
        "on=web once capture=V per-host",
        "every=1s until retries=1",
        "every=1s for=1m retries=1",
        "every=1s for=1m capture=V",
        "on=local once",
    ] {
        let found = wrong(words);
        assert_eq!(found.matches("error[").count(), 1, "{found}");
        assert!(found.starts_with("error[contradiction] 4:"), "{found}");
    }
}

#[test]
fn what_is_wrong_with_a_fence_is_said() {
    for (words, code) in [
        ("for=1m", "incomplete"),
        ("until", "incomplete"),
        ("every=1m", "incomplete"),
        ("threshold='< 1'", "incomplete"),
        ("per-host", "incomplete"),
        ("once", "incomplete"),
        ("match=x", "incomplete"),
        ("every=1m for=30s", "bad-repeat"),
        ("exit=256", "bad-number"),
        ("exit=-1", "bad-number"),
        ("retries=many", "bad-number"),
        ("retries=101", "bad-number"),
        ("timeout=soon", "bad-duration"),
        ("metric=x threshold=1.5", "bad-threshold"),
        ("metric=x threshold='< inf'", "bad-threshold"),
        ("metric=x threshold='< much'", "bad-threshold"),
        ("carry=on", "bad-value"),
        ("keep=yes", "bad-value"),
        ("cwd='$DIR'", "bad-value"),
        ("cwd=~/app", "bad-value"),
        ("interpreter='python3 -u'", "bad-value"),
        ("interpreter=./run", "bad-value"),
        ("undo=nothing", "unknown-box"),
        ("name=x undo=x", "circular-undo"),
        ("batch=0", "bad-number"),
        ("batch=101%", "bad-number"),
        ("batch=some", "bad-number"),
        ("batch=-1", "bad-number"),
        ("on=web once batch=2", "contradiction"),
        ("sudo=yes", "unexpected-value"),
        ("interactive=yes", "unexpected-value"),
        ("interactive sudo", "contradiction"),
        ("interactive check", "contradiction"),
        ("interactive capture=TAG", "contradiction"),
        ("interactive expect=ok", "contradiction"),
        ("interactive metric=x", "contradiction"),
        ("interactive every=30s for=1m", "contradiction"),
        ("interactive retries=2", "contradiction"),
        ("interactive batch=2", "contradiction"),
        ("interactive interpreter=python3", "contradiction"),
    ] {
        let found = wrong(words);
        assert_eq!(found.matches("error[").count(), 1, "{found}");
        assert!(
            found.starts_with(&format!("error[{code}] 4:9 "))
                || found.starts_with(&format!("error[{code}] 4:")),
            "{found}"
        );
    }
}

#[test]
fn a_box_cannot_be_required_and_optional() {
    let found = findings("- [ ] a <!-- gonogo: optional required -->\n");
    assert_eq!(
        found,
        "error[contradiction] 1:31 `required` and `optional` contradict each other: one forbids to waive, the other asks for no reason\n"
    );
}

#[test]
fn every_key_of_the_front_matter_fills_its_field() {
    let front = front(
        "  vars:\n    A: {match: '^a|b$', choose: [a, b], default: a}\n    T: {secret: true, from: env}\n    U: {secret: true, from: prompt, match: 'x+', allow-short: true}\n    W: {secret: true, from: command, command: pass show x}\n    Z: {secret: false, default: z}\n  hosts: {web: u@w.example.net}\n  environments: e.yaml\n  rollback: r.md\n  roles: {qa: [qa1@example.org, qa2], captain: c@example.org}\n  cadence: quarterly\n  targets: {rto: 1h, rpo: 24h}\n  boxes: all",
    )
    .front;
    assert_eq!(front.vars[0].choose, ["a", "b"]);
    let secret = |i: usize| front.vars[i].secret.clone();
    let from = |from, allow_short| Some(Secret { from, allow_short });
    assert_eq!(secret(1), from(SecretSource::Env, false));
    assert_eq!(secret(2), from(SecretSource::Prompt, true));
    assert_eq!(secret(3), from(SecretSource::Command("pass show x".to_owned()), false));
    assert_eq!(secret(4), None);
    assert_eq!(front.roles[0], ("qa".to_owned(), vec!["qa1@example.org".to_owned(), "qa2".to_owned()]));
    assert_eq!(front.roles[1], ("captain".to_owned(), vec!["c@example.org".to_owned()]));
    assert_eq!(front.cadence, Some(Cadence::Months(3)));
    assert_eq!(front.targets, [("rto".to_owned(), 3600 * SECOND), ("rpo".to_owned(), 86_400 * SECOND)]);
    assert_eq!(front.boxes, BoxesFrom::All);
    assert_eq!((front.environments.as_deref(), front.rollback.as_deref()), (Some("e.yaml"), Some("r.md")));
}

#[test]
fn cadences_are_words_or_days() {
    for (text, cadence) in [
        ("daily", Cadence::Days(1)),
        ("weekly", Cadence::Days(7)),
        ("monthly", Cadence::Months(1)),
        ("yearly", Cadence::Months(12)),
        ("30d", Cadence::Days(30)),
    ] {
        assert_eq!(front(&format!("  cadence: {text}")).front.cadence, Some(cadence));
    }
}

#[test]
fn boxes_come_from() {
    for (text, boxes) in
        [("tasks", BoxesFrom::Tasks), ("numbered", BoxesFrom::Numbered), ("all", BoxesFrom::All)]
    {
        assert_eq!(front(&format!("  boxes: {text}")).front.boxes, boxes);
    }
}

#[test]
fn what_is_wrong_with_the_front_matter_is_said() {
    for (lines, code) in [
        ("  vars: {A: {secret: true, from: env, default: x}}", "bad-secret"),
        ("  vars: {A: {secret: true, from: env, choose: [a]}}", "bad-secret"),
        ("  vars: {A: {secret: true, from: file}}", "bad-secret"),
        ("  vars: {A: {secret: true}}", "incomplete"),
        ("  vars: {A: {from: env}}", "incomplete"),
        ("  vars: {A: {allow-short: true}}", "incomplete"),
        ("  vars: {A: {secret: true, from: command}}", "incomplete"),
        ("  vars: {A: {secret: true, from: env, command: x}}", "incomplete"),
        ("  vars: {A: {secret: maybe}}", "wrong-type"),
        ("  vars: {A: {choose: a}}", "wrong-type"),
        ("  vars: {A: {choose: []}}", "bad-choice"),
        ("  vars: {A: {choose: [a, a]}}", "bad-choice"),
        ("  vars: {A: {choose: [a], match: b}}", "bad-choice"),
        ("  vars: {A: {choose: [a], default: b}}", "bad-default"),
        ("  vars: {A: {chose: [a]}}", "unknown-key"),
        ("  roles: {qa: []}", "bad-principal"),
        ("  roles: {qa: [a b]}", "bad-principal"),
        ("  roles: {qa: [a, a]}", "bad-principal"),
        ("  roles: {'a b': [a]}", "bad-name"),
        ("  cadence: often", "bad-cadence"),
        ("  cadence: 0d", "bad-cadence"),
        ("  targets: {rto: soon}", "bad-duration"),
        ("  targets: {'a b': 1h}", "bad-name"),
        ("  boxes: some", "bad-value"),
        ("  hosts: {local: u@h}", "reserved-role"),
    ] {
        let found = wrong_front(lines);
        assert_eq!(found.matches("error[").count(), 1, "{found}");
        assert!(found.starts_with(&format!("error[{code}] 3:")), "{found}");
    }
}

#[test]
fn every_key_of_a_heading_acts_on_what_stands_below_it() {
    let book = runbook(
        "\
# R

## Deploy <!-- gonogo: id=go if=ENV=production optional irreversible choose -->

- [ ] first <!-- gonogo: required -->

### Blue <!-- gonogo: id=blue if=ENV required -->

- [ ] b1
- [ ] b2 <!-- gonogo: optional -->

### Green

- [ ] g

#### Deep <!-- gonogo: choose -->

##### One

- [ ] o

##### Two

- [ ] t

## Undo <!-- gonogo: rollback -->

- [ ] u
",
    );
    let condition = |c: &Option<gonogo::runbook::model::Condition>| {
        c.as_ref().map(|c| (c.name.clone(), c.equals.clone()))
    };
    assert_eq!((book.phases[0].id.as_deref(), book.phases[0].anchor().as_str()), (Some("go"), "go"));
    assert_eq!(condition(&book.phases[0].condition), Some(("ENV".to_owned(), Some("production".to_owned()))));
    assert!(!book.phases[0].rollback && book.phases[1].rollback && book.phases[1].anchor() == "undo");
    let titles: Vec<&str> = book.sections.iter().map(|s| s.title.as_str()).collect();
    assert_eq!(titles, ["Blue", "Green", "Deep", "One", "Two"]);
    assert_eq!(
        (book.sections[0].id.as_deref(), condition(&book.sections[0].condition)),
        (Some("blue"), Some(("ENV".to_owned(), None)))
    );
    let flags: Vec<_> =
        book.boxes.iter().map(|b| (b.text.as_str(), b.required, b.optional, b.irreversible)).collect();
    assert_eq!(
        flags,
        [
            ("first", true, false, true),
            ("b1", true, false, true),
            ("b2", false, true, true),
            ("g", false, true, true),
            ("o", false, true, true),
            ("t", false, true, true),
            ("u", false, false, false),
        ]
    );
    let choices: Vec<_> =
        book.choices.iter().map(|c| (c.title.as_str(), c.phase, c.section, c.options.clone())).collect();
    assert_eq!(choices, [("Deploy", 0, None, vec![0, 1]), ("Deep", 0, Some(2), vec![3, 4])]);
}

#[test]
fn the_rollback_may_be_named_by_the_id_of_its_heading() {
    let book = runbook(
        "---\ngonogo: {rollback: '#back'}\n---\n# R\n\n## Go\n\n- [ ] a\n\n## In case of trouble <!-- gonogo: id=back -->\n\n- [ ] b\n",
    );
    assert!(!book.phases[0].rollback && book.phases[1].rollback);
}

#[test]
fn a_step_heading_that_is_a_box_has_the_keys_of_a_box() {
    let book = runbook(
        "# R\n\n## Step 1: Stop <!-- gonogo: id=stop value=V wait=1m mark=m -->\n\nStop it.\n\n## Step 2: Start\n\nStart it.\n",
    );
    let first = &book.boxes[0];
    assert_eq!(
        (first.id.as_str(), first.wait, first.mark.as_deref()),
        ("stop", Some(60 * SECOND), Some("m"))
    );
    assert!(first.value.is_some());
    let wrong = findings("# R\n\n## Step 1: Stop <!-- gonogo: choose -->\n\nStop it.\n");
    assert!(wrong.starts_with("error[unknown-key] 3:30 `choose` means nothing on a box"), "{wrong}");
}

#[test]
fn what_is_wrong_with_a_heading_is_said() {
    let said = |words: &str| {
        findings(&format!(
            "# R\n\n## Pre\n\n- [ ] a <!-- gonogo: id=a -->\n\n## Go <!-- gonogo: {words} -->\n\n- [ ] b\n"
        ))
    };
    for key in
        ["value=V", "match=x", "wait=1m", "due=1h", "runbook", "mark=m", "two-person", "role=qa", "on=web"]
    {
        let found = said(key);
        let bare = key.split('=').next().unwrap_or_default();
        let means = format!("error[unknown-key] 7:20 `{bare}` means nothing on a heading");
        assert!(found.starts_with(&means), "{found}");
    }
    for (words, code) in [
        ("required optional", "contradiction"),
        ("choose", "no-choice"),
        ("if=NOTHING", "undeclared-variable"),
        ("id=a", "duplicate-name"),
        ("go=qa", "nobody"),
        ("go=captain,captain", "duplicate-name"),
        ("reqired", "unknown-key"),
        ("id='a b'", "bad-name"),
    ] {
        let found = said(words);
        assert_eq!(found.matches("error[").count(), 1, "{found}");
        assert!(found.starts_with(&format!("error[{code}] 7:")), "{found}");
    }
    let section = findings(
        "# R\n\n## Go\n\n### S <!-- gonogo: rollback -->\n\n- [ ] b\n\n### Empty <!-- gonogo: required -->\n",
    );
    assert_eq!(
        section,
        "error[misplaced-annotation] 5:20 only a whole phase can be the rollback\n  help: put it on the heading of a phase, or name the rollback in the front matter\nerror[misplaced-annotation] 9:23 this annotation acts on nothing: no box stands below the heading\n"
    );
}

#[test]
fn comments_that_only_look_like_annotations_are_named() {
    for comment in ["id=x", "go-nogo: required", "gonogogo: id=x", "value=V match=x", "go/nogo : id=x"] {
        let found = findings(&format!("- [ ] a <!-- {comment} -->\n"));
        assert!(found.starts_with("warning[looks-like-annotation] 1:9 "), "{comment}: {found}");
    }
    for comment in [
        "TODO: check this",
        "id = x",
        "if we wait=yes",
        "optional",
        "note: on=web",
        "prettier-ignore",
        "gonogo rocks",
    ] {
        assert_eq!(findings(&format!("- [ ] a <!-- {comment} -->\n")), "", "{comment}");
    }
}
