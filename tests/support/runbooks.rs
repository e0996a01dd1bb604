//! Runbooks of the model built from a few plain lines, so that tests of the core need no Markdown.
//!
//! ```text
//! phase Pre                            another phase; words after the title: gate, rollback, choose, if=V go=qa,captain
//! section A                            boxes from here on stand below it; in=SECTION choose if=V
//!   box b1 "Snapshot" value=SNAP       a box: in=BOX value=V match=RE required wait=30m due=48h mark=rto link=FILE if=V=x
//!                                      optional hint="only on Mondays" two-person role=qa
//!     step snap on=api capture=TAG     a step: once=ROLE check needs=a,b capture=V match=RE expect=RE
//!                                      confirm=press|type if=V uses=A,B per-host exit=3 timeout=10m retries=2 batch=2|50%
//!                                      idempotent keep-going sudo carry=off keep=off cwd=DIR interpreter=PROGRAM offered
//!                                      every=1m for=5m until metric=RE threshold="< 1.5"
//!                                      by-hand=WHY danger=WHY
//!                                      irreversible undo=BOX
//!     inline ls on=api                 a command in the box's text
//! declare VERSION ^v\d+$               a variable of the front matter; `default=x` after it
//! people qa omar,yusuf                 who has a role
//! rollback ROLLBACK.md                 the front matter's rollback
//! ```

use std::sync::Arc;
use std::time::Duration;

use gonogo::runbook::ids::{BoxId, StepId};
use gonogo::runbook::model::{
    Batch, BoxItem, Capture, Choice, Comparison, Condition, Confirm, Hints, Metric, On, OnTerminal, Pattern,
    Phase, PhaseKind, Place, Repeat, Runbook, Section, Step, Threshold, ValueSpec, VarDecl,
};
use gonogo::text::clocks;

/// Returns the words of `line`; double quotes keep spaces together and are removed.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut quoted, mut some) = (false, false);
    for c in line.chars() {
        match c {
            '"' => (quoted, some) = (!quoted, true),
            ' ' if !quoted => {
                if some {
                    words.push(std::mem::take(&mut word));
                }
                some = false;
            }
            c => {
                word.push(c);
                some = true;
            }
        }
    }
    if some {
        words.push(word);
    }
    words
}

/// Returns what stands after `key=` in one of `words`.
pub fn value<'a>(words: &'a [String], key: &str) -> Option<&'a str> {
    words.iter().find_map(|w| w.strip_prefix(key)?.strip_prefix('='))
}

/// Returns whether the bare word `flag` stands in `words`.
pub fn flag(words: &[String], flag: &str) -> bool {
    words.iter().any(|w| w == flag)
}

/// Returns the runbook that `text` describes.
pub fn runbook(text: &str) -> Arc<Runbook> {
    let mut book = Runbook { title: "A release".to_owned(), sha256: "5e".repeat(32), ..Runbook::default() };
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let words = words(line);
        match words[0].as_str() {
            "title" => book.title.clone_from(&words[1]),
            "phase" => add_phase(&mut book, &words),
            "section" => add_section(&mut book, &words),
            "box" => add_box(&mut book, &words),
            "step" => {
                let step = step(&words);
                book.boxes.last_mut().expect("a box before the step").steps.push(step);
            }
            "inline" => {
                let step = Step { offered: true, ..step(&words) };
                book.boxes.last_mut().expect("a box before the command").inline.push(step);
            }
            "declare" => book.front.vars.push(VarDecl {
                name: words[1].clone(),
                pattern: words.get(2).filter(|w| !w.starts_with("default=")).map(|p| pattern(p)),
                default: value(&words, "default").map(str::to_owned),
                ..VarDecl::default()
            }),
            "people" => {
                let people = words[2].split(',').map(str::to_owned).collect();
                book.front.roles.push((words[1].clone(), people));
            }
            "rollback" => book.front.rollback = Some(words[1].clone()),
            other => panic!("a runbook line cannot begin with {other}"),
        }
    }
    Arc::new(book)
}

fn add_phase(book: &mut Runbook, words: &[String]) {
    let title = words[1].clone();
    let kind = match title.as_str() {
        "Pre" => PhaseKind::Pre,
        "During" => PhaseKind::During,
        "Post" => PhaseKind::Post,
        _ => PhaseKind::Other,
    };
    let next = book.boxes.len();
    book.phases.push(Phase {
        title,
        kind,
        gate: flag(words, "gate"),
        rollback: flag(words, "rollback"),
        go: value(words, "go").map(|roles| roles.split(',').map(str::to_owned).collect()).unwrap_or_default(),
        condition: value(words, "if").map(condition),
        boxes: next..next,
        ..Phase::default()
    });
    if flag(words, "choose") {
        add_choice(book, words[1].clone(), None);
    }
}

fn add_section(book: &mut Runbook, words: &[String]) {
    let title = words[1].clone();
    let named = |wanted: &str| book.sections.iter().position(|s| s.title == wanted);
    let parent = value(words, "in").map(|t| named(t).expect("the section around it"));
    let (index, next, phase) = (book.sections.len(), book.boxes.len(), book.phases.len() - 1);
    book.sections.push(Section {
        title: title.clone(),
        level: 3,
        phase,
        parent,
        id: None,
        condition: value(words, "if").map(condition),
        boxes: next..next,
        place: Place::default(),
    });
    if let Some(choice) = book.choices.iter_mut().find(|c| c.phase == phase && c.section == parent) {
        choice.options.push(index);
    }
    if flag(words, "choose") {
        add_choice(book, title, Some(index));
    }
}

fn add_choice(book: &mut Runbook, title: String, section: Option<usize>) {
    let phase = book.phases.len() - 1;
    book.choices.push(Choice { title, phase, section, options: Vec::new(), place: Place::default() });
}

fn add_box(book: &mut Runbook, words: &[String]) {
    let text = words
        .get(2)
        .filter(|w| {
            !w.contains('=') && !["required", "optional", "irreversible", "two-person"].contains(&w.as_str())
        })
        .unwrap_or(&words[1])
        .clone();
    let parent = value(words, "in").map(|id| book.box_index(&BoxId::from(id)).expect("the box around it"));
    let depth = parent.map_or(0, |i| book.boxes[i].depth + 1);
    let here = book.phases.len() - 1;
    let section = book.sections.iter().rposition(|s| s.phase == here);
    let wait = span(words, "wait");
    let due = span(words, "due");
    book.boxes.push(BoxItem {
        id: BoxId::from(words[1].as_str()),
        text,
        phase: book.phases.len() - 1,
        section,
        parent,
        depth,
        value: value(words, "value")
            .map(|name| ValueSpec { name: name.to_owned(), pattern: value(words, "match").map(pattern) }),
        required: flag(words, "required"),
        optional: flag(words, "optional"),
        irreversible: flag(words, "irreversible"),
        two_person: flag(words, "two-person"),
        role: value(words, "role").map(str::to_owned),
        hints: Hints { optional: value(words, "hint").map(str::to_owned), ..Hints::default() },
        wait,
        due,
        mark: value(words, "mark").map(str::to_owned),
        runbook: value(words, "link").map(str::to_owned),
        condition: value(words, "if").map(condition),
        ..BoxItem::default()
    });
    let end = book.boxes.len();
    let mut around = section;
    while let Some(section) = around.and_then(|i| book.sections.get_mut(i)) {
        section.boxes.end = end;
        around = section.parent;
    }
    book.phases.last_mut().expect("a phase before the box").boxes.end = end;
}

fn step(words: &[String]) -> Step {
    let name = words[1].as_str();
    let list = |key: &str| value(words, key).map(|t| t.split(',').map(str::to_owned).collect::<Vec<_>>());
    let on = match (value(words, "on"), value(words, "once")) {
        (Some(role), _) => On::Role(role.to_owned()),
        (None, Some(role)) => On::First(role.to_owned()),
        (None, None) => On::Unstated,
    };
    Step {
        id: StepId::from(name),
        title: name.to_owned(),
        script: value(words, "script").map_or_else(|| format!("run {name}\n"), str::to_owned),
        strict: true,
        on,
        check: flag(words, "check"),
        needs: list("needs").unwrap_or_default().iter().map(|id| BoxId::from(id.as_str())).collect(),
        capture: value(words, "capture").map(|n| Capture {
            name: n.to_owned(),
            pattern: value(words, "match").map(pattern),
            per_host: flag(words, "per-host"),
        }),
        expect: value(words, "expect").map(pattern),
        confirm: match value(words, "confirm") {
            Some("type") => Confirm::Type,
            Some(_) => Confirm::Press,
            None => Confirm::No,
        },
        condition: value(words, "if").map(condition),
        uses: list("uses").unwrap_or_default(),
        exit: value(words, "exit").map_or(0, |n| n.parse().expect("a status")),
        timeout: span(words, "timeout"),
        retries: value(words, "retries").map_or(0, |n| n.parse().expect("a number")),
        batch: value(words, "batch").map(|n| match n.strip_suffix('%') {
            Some(percent) => Batch::Percent(percent.parse().expect("a number")),
            None => Batch::Hosts(n.parse().expect("a number")),
        }),
        repeat: span(words, "every").map(|every| match span(words, "for") {
            Some(lasting) if !flag(words, "until") => Repeat::Hold { every, lasting },
            limit => Repeat::Until { every, limit },
        }),
        metric: value(words, "metric").map(|text| Metric {
            pattern: pattern(text),
            threshold: value(words, "threshold").map(threshold),
        }),
        idempotent: flag(words, "idempotent"),
        irreversible: flag(words, "irreversible"),
        undo: value(words, "undo").map(BoxId::from),
        keep_going: flag(words, "keep-going"),
        sudo: flag(words, "sudo"),
        carry: value(words, "carry") != Some("off"),
        keep: value(words, "keep") != Some("off"),
        cwd: value(words, "cwd").map(str::to_owned),
        interpreter: value(words, "interpreter").map(str::to_owned),
        offered: flag(words, "offered"),
        by_hand: value(words, "by-hand").map(str::to_owned),
        terminal: (flag(words, "interactive") || flag(words, "endless"))
            .then(|| OnTerminal { why: None, endless: flag(words, "endless") }),
        asks_root: flag(words, "asks-root"),
        danger: value(words, "danger").map(str::to_owned),
        ..Step::default()
    }
}

/// Reads `< 1.5` and the like.
fn threshold(text: &str) -> Threshold {
    let (is, number) = text.split_once(' ').expect("a comparison and a number");
    let is = match is {
        "<" => Comparison::Less,
        "<=" => Comparison::AtMost,
        ">" => Comparison::Greater,
        ">=" => Comparison::AtLeast,
        _ => Comparison::Equal,
    };
    Threshold { is, number: number.parse().expect("a number") }
}

fn span(words: &[String], key: &str) -> Option<Duration> {
    value(words, key).map(|t| clocks::parse(t).expect("a length of time"))
}

fn condition(text: &str) -> Condition {
    match text.split_once('=') {
        Some((name, wanted)) => Condition { name: name.to_owned(), equals: Some(wanted.to_owned()) },
        None => Condition { name: text.to_owned(), equals: None },
    }
}

fn pattern(text: &str) -> Pattern {
    Pattern { regex: regex::Regex::new(text).expect("a pattern") }
}
