//! Plans: what is decided, what is not, what is missing, and children below their boxes.

use std::collections::BTreeMap;
use std::sync::Arc;

use gonogo::report::json::ascii;
use gonogo::report::plan::{Decided, Linked, Links, Plan, Said, Setting, judge, plan, text};
use gonogo::run::condition::Holds;
use gonogo::run::fact::HostPin;
use gonogo::runbook::model::Condition;
use gonogo::runbook::{Runbook, parse};

use crate::support::runs::{Table, host, opened};

const BOOK: &str = "\
---
gonogo:
  vars:
    VERSION: {match: 'v\\d+'}
    DOWNTIME: {match: 'yes|no', default: 'no'}
    COLOUR: {choose: [red, green], default: red}
  rollback: '#back'
---
# Release

## Pre

- [ ] Snapshot <!-- gonogo: id=snap required value=SNAP -->

  ```sh name=take on=db once capture=TAG match=t-\\d+
  snapshot \"$VERSION\"
  ```

- [ ] Banner <!-- gonogo: id=banner if=DOWNTIME -->

  ```sh name=banner-on on=web
  banner on
  ```

  - [ ] Seen <!-- gonogo: id=seen -->

## Deploy

- [ ] Deployed <!-- gonogo: id=deployed -->

  ```sh name=deploy on=web needs=snap confirm=type
  deploy \"$VERSION\" \"$TAG\"
  ```

  ```sh name=tell on=nowhere if=SNAP
  tell \"$SNAP\"
  ```

- [ ] Only if the tag is new <!-- gonogo: id=tagged if=TAG=t-9 wait=30m -->

## Back

- [ ] Gone back <!-- gonogo: id=gone -->

  ```sh name=go-back on=web
  back \"$TAG\"
  ```
";

fn book(text: &str) -> Runbook {
    parse("book.md", text.as_bytes()).expect("it parses").0
}

fn hosts() -> Vec<HostPin> {
    let second = HostPin { address: "192.0.2.7".to_owned(), port: 2222, ..host("web", "web-2") };
    vec![host("web", "web-1"), second, host("db", "db-1")]
}

fn planned(text: &str, set: &[(&str, &str)], links: &Links) -> Plan {
    let set = set.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let hosts = hosts();
    let environment_vars = BTreeMap::new();
    let setting = Setting {
        environment: Some("staging"),
        start: Some("type"),
        hosts: &hosts,
        environment_vars: &environment_vars,
        set: &set,
        links,
    };
    plan("book.md", &book(text), &setting)
}

#[test]
fn what_would_run_where_in_order() {
    insta::assert_snapshot!(text(&planned(BOOK, &[("VERSION", "v3")], &Links::new())));
}

#[test]
fn the_same_for_programs() {
    let small =
        "# S\n\n- [ ] One <!-- gonogo: id=one -->\n\n  ```sh name=look on=web check\n  uptime\n  ```\n";
    insta::assert_snapshot!(ascii(&planned(small, &[], &Links::new())));
}

#[test]
fn what_is_missing_or_wrong_is_said_and_the_rest_is_planned() {
    let whys = |set: &[(&str, &str)]| -> Vec<String> {
        planned(BOOK, set, &Links::new())
            .missing
            .into_iter()
            .map(|m| format!("{}: {}", m.kind, m.why))
            .collect()
    };
    let role = "role: no host has the role nowhere, which step tell wants".to_owned();
    assert_eq!(
        whys(&[]),
        [role.clone(), "value: no value for VERSION: give it with --set VERSION=…".to_owned()]
    );
    assert_eq!(
        whys(&[("VERSION", "3"), ("COLOUR", "blue")]),
        [
            role,
            "value: the value of COLOUR is none of: red, green".to_owned(),
            "value: the value of VERSION does not match v\\d+".to_owned()
        ]
    );
}

/// A plan decides a condition as a run that has come there with the same values does.
#[test]
fn conditions_are_decided_as_a_run_decides_them() {
    let source = "---\ngonogo:\n  vars:\n    A: {default: ''}\n    B: {default: x}\n    C: {default: 'no'}\n---\n# T\n\n- [ ] b\n";
    let with =
        |condition: &str| source.replace("- [ ] b", &format!("- [ ] b <!-- gonogo: if={condition} -->"));
    for condition in ["A", "B", "C", "B=x", "B=y", "C=no", "ENV=staging", "ENV=production", "ENV"] {
        let made = planned(&with(condition), &[], &Links::new());
        let decided = made.phases[0].boxes[0].applies;
        let (name, equals) = match condition.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (condition, None),
        };
        let runbook = book(&with(condition));
        let fact = opened(&runbook, hosts(), Some("staging"), &[("A", ""), ("B", "x"), ("C", "no")]);
        let table = Table::open(Arc::new(runbook), fact);
        let holds = table.run().holds(&Condition { name: name.to_owned(), equals });
        let wanted = match holds {
            Holds::Yes => Decided::Applies,
            Holds::No(_) => Decided::Not,
            Holds::Unknown(_) => Decided::Unknown,
        };
        assert_eq!(decided, wanted, "{condition}");
    }
}

#[test]
fn a_child_is_planned_below_its_box_with_what_it_is_handed() {
    let parent = "\
---
gonogo:
  vars:
    TAG: {match: 'v\\d+'}
    OWN: {default: a}
  rollback: back.md
---
# P

- [ ] [The child](child.md) is done <!-- gonogo: id=child runbook -->
";
    let child = "---\ngonogo:\n  vars:\n    TAG: {match: 'v\\d+'}\n    OTHER: {match: x}\n---\n# C\n\n- [ ] c <!-- gonogo: if=TAG=v2 -->\n";
    let mut links = Links::new();
    let key = |link: &str| ("book.md".to_owned(), link.to_owned());
    links.insert(key("child.md"), Linked::Book("child.md".to_owned(), Arc::new(book(child))));
    links.insert(key("back.md"), Linked::Unusable("read back.md: no such file".to_owned()));
    let made = planned(parent, &[("TAG", "v1")], &links);
    let inner = made.phases[0].boxes[0].child.as_ref().expect("a child");
    assert_eq!(inner.values[0].value.as_deref(), Some("v1"));
    assert_eq!(inner.phases[0].boxes[0].applies, Decided::Not);
    // A child run asks for what its parent has not, so nothing stands in the way.
    assert!(inner.values[1].from.contains("asked for when it is needed"), "{:?}", inner.values);
    assert_eq!(made.missing.len(), 1);
    assert_eq!(made.missing[0].why, "the linked runbook back.md: read back.md: no such file");
    insta::assert_snapshot!(text(&made));
}

#[test]
fn checks_are_judged_by_their_own_rules() {
    let step = |words: &str| {
        let text = format!("# T\n\n- [ ] b\n\n  ```sh name=s on=web check {words}\n  true\n  ```\n");
        book(&text).boxes[0].steps[0].clone()
    };
    assert_eq!(judge(&step(""), 0, "").0, Said::Ok);
    assert_eq!(judge(&step(""), 2, "").0, Said::Warning);
    assert_eq!(judge(&step(""), 1, "").0, Said::Failed);
    assert_eq!(judge(&step("expect=up"), 0, "it is up\n").0, Said::Ok);
    assert_eq!(judge(&step("expect=up"), 0, "it is down\n").0, Said::Failed);
    assert_eq!(judge(&step("capture=X match=v\\d+"), 0, "none\n").0, Said::Failed);
    let watched = step("metric='rate=([0-9.]+)' threshold='< 1.5'");
    assert_eq!(judge(&watched, 0, "rate=1.4\n"), (Said::Ok, "1.4".to_owned()));
    assert_eq!(judge(&watched, 0, "rate=1.5\n"), (Said::Failed, "1.5 is not < 1.5".to_owned()));
    assert_eq!(judge(&watched, 0, "nothing\n").0, Said::Failed);
}

#[test]
fn a_secret_is_never_shown() {
    let text_ = "---\ngonogo:\n  vars:\n    TOKEN: {secret: true, from: env}\n---\n# T\n\n- [ ] b <!-- gonogo: if=TOKEN -->\n\n  ```sh name=s on=web\n  use \"$TOKEN\"\n  ```\n";
    let made = planned(text_, &[("TOKEN", "hunter22hunter")], &Links::new());
    assert_eq!(made.phases[0].boxes[0].applies, Decided::Unknown);
    assert!(!text(&made).contains("hunter22") && !ascii(&made).contains("hunter22"));
    assert!(!made.known.values().any(|v| v.contains("hunter22")));
}

#[test]
fn hostile_text_moves_nothing() {
    let evil = "# T\n\n- [ ] a\u{1b}[2J\u{202e}b\n\n  ```sh name=s on=web\n  echo x\n  ```\n";
    let shown = text(&planned(evil, &[], &Links::new()));
    assert!(shown.contains("a␛[2J⟨U+202E⟩b"), "{shown}");
    assert!(!shown.chars().any(|c| c.is_control() && c != '\n'));
}

/// What is put into texts and scripts is what a run puts there; what is open is marked and waited for.
#[test]
fn placeholders_are_filled_in_as_a_run_fills_them() {
    let source = "# Move <target>\n\n- [ ] Moved to <target>\n\n  ```sh name=s on=web\n  move --to <target> --as <account>\n  ```\n";
    let made = planned(source, &[("TARGET", "db-9")], &Links::new());
    let values = BTreeMap::from([("TARGET".to_owned(), "db-9".to_owned())]);
    let filled = gonogo::runbook::placeholder::fill::filled(&book(source), &values);
    let (item, step) = (&made.phases[0].boxes[0], &made.phases[0].boxes[0].steps[0]);
    assert_eq!(
        (item.text.as_str(), step.script.as_str()),
        (filled.boxes[0].text.as_str(), filled.boxes[0].steps[0].script.as_str())
    );
    assert_eq!(
        (item.text.as_str(), step.waits_for.as_slice()),
        ("Moved to db-9", &["ACCOUNT".to_owned()][..])
    );
    assert_eq!(made.missing.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["ACCOUNT"]);
    let unfit = planned(source, &[("TARGET", "a b"), ("ACCOUNT", "x")], &Links::new());
    assert!(unfit.missing[0].why.starts_with("the value of TARGET does not fit: "), "{:?}", unfit.missing);
}
