//! Which drills are due: a table of days, what makes a run a pass, how a run finds its runbook, the listing and its JSON.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use gonogo::clock::Stamp;
use gonogo::report::drills::{Plan, Standing, after, drills, json, listing};
use gonogo::report::targets::measured;
use gonogo::run::command::Action;
use gonogo::run::conclude::Report;
use gonogo::run::fact::{Outcome, RunKind, RunOutcome};
use gonogo::run::state::Run;
use gonogo::runbook::ids::{BoxId, StepId};
use gonogo::runbook::model::{Cadence, Runbook};
use gonogo::text::clocks;

use crate::support::runbooks::runbook;
use crate::support::runs::{Table, ended, host, opened};

const BOOK: &str = "
title Drill
phase Recovery
  box alarm mark=rto
  box restored
    step restore on=db
    step loss on=db check capture=RPO
  box recovered mark=rto
";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn with_targets(text: &str, targets: &[(&str, &str)]) -> Arc<Runbook> {
    let mut book = (*runbook(text)).clone();
    book.front.targets = pairs(targets);
    Arc::new(book)
}

fn pairs(targets: &[(&str, &str)]) -> Vec<(String, Duration)> {
    targets.iter().map(|(n, t)| ((*n).to_owned(), clocks::parse(t).expect("a time"))).collect()
}

fn book() -> Arc<Runbook> {
    with_targets(BOOK, &[("rto", "1h"), ("rpo", "24h")])
}

fn plan(book: &Runbook, cadence: Cadence) -> Plan {
    Plan {
        file: "/books/drill.md".to_owned(),
        title: book.title.clone(),
        sha256: book.sha256.clone(),
        cadence,
        targets: book.front.targets.clone(),
        gone: false,
    }
}

/// A drill under way.
struct Walk(Table);

impl Walk {
    fn open(book: &Arc<Runbook>, begun: DateTime<Utc>, zone: &str) -> Self {
        let mut fact = opened(book, vec![host("db", "db-1")], Some("staging"), &[]);
        fact.run_kind = RunKind::Drill;
        fact.runbook = "/books/drill.md".to_owned();
        fact.environment.as_mut().expect("an environment").timezone = Some(zone.to_owned());
        let id = format!("r-{}", begun.format("%m%d%H%M"));
        Self(Table::open_at(&id, Arc::clone(book), fact, 1, Stamp::at_unix(begun.timestamp())))
    }

    fn act(&mut self, action: Action) -> &mut Self {
        self.0.command("layla", action).expect("taken");
        self
    }

    fn sign(&mut self, id: &str) -> &mut Self {
        let id = BoxId::from(id);
        self.act(Action::Sign { id, note: None, value: None, out_of_order: false })
    }

    fn step(&mut self, id: &str, code: i32, text: &str) -> &mut Self {
        let retry = self.0.run().attempts.values().any(|a| a.intent.step.as_str() == id);
        let step = StepId::from(id);
        self.act(Action::Start { step, retry, confirmed: None, out_of_order: false });
        let number = self.0.run().next_number() - 1;
        self.0.report(Report::Ended { number, end: Box::new(ended(Outcome::Exited(code), text)) });
        self
    }

    fn later(&mut self, seconds: i64) -> &mut Self {
        self.0.now = Stamp::at_unix(self.0.now.wall.timestamp() + seconds);
        self
    }

    fn close(&mut self, outcome: RunOutcome) -> Run {
        let reason = (outcome != RunOutcome::Completed).then(|| "no more time".to_owned());
        self.act(Action::Close { outcome, reason });
        self.0.run().clone()
    }
}

/// A drill that passes: it takes `minutes` to recover, loses `loss`, and is closed an hour after it was opened.
fn drilled(book: &Arc<Runbook>, closed: &str, zone: &str, minutes: i64, loss: &str) -> Run {
    let begun = at(closed) - chrono::TimeDelta::hours(2);
    let mut walk = Walk::open(book, begun, zone);
    walk.sign("alarm").later(minutes * 60).step("restore", 0, "").step("loss", 0, loss);
    walk.sign("restored").sign("recovered").later(7200 - minutes * 60).close(RunOutcome::Completed)
}

fn passed(closed: &str, zone: &str) -> Run {
    drilled(&book(), closed, zone, 48, "79104s")
}

/// Cadence, end of the last pass, zone, now, then: how it stands, when it is due, in how many days.
#[test]
fn days_are_counted_by_the_calendar_of_the_zone() {
    use Cadence::{Days, Months};
    use Standing::{Due, Overdue, UpToDate};
    let cases = [
        // Three months, and the last days of short months.
        (Months(3), "2026-01-15T10:00:00Z", "UTC", "2026-02-01T00:00:00Z", UpToDate, "2026-04-15", 73),
        (Months(3), "2026-11-30T10:00:00Z", "UTC", "2026-12-01T00:00:00Z", UpToDate, "2027-02-28", 89),
        (Months(3), "2027-11-30T10:00:00Z", "UTC", "2027-12-01T00:00:00Z", UpToDate, "2028-02-29", 90),
        (Months(1), "2026-01-31T10:00:00Z", "UTC", "2026-03-01T00:00:00Z", Overdue, "2026-02-28", -1),
        (Months(1), "2028-01-31T10:00:00Z", "UTC", "2028-02-29T12:00:00Z", Due, "2028-02-29", 0),
        (Months(12), "2028-02-29T10:00:00Z", "UTC", "2029-02-27T23:59:59Z", Due, "2029-02-28", 1),
        (Months(12), "2028-02-29T10:00:00Z", "UTC", "2029-03-01T00:00:00Z", Overdue, "2029-02-28", -1),
        // The day itself is not over until its midnight.
        (Months(3), "2026-01-15T10:00:00Z", "UTC", "2026-04-15T23:59:59Z", Due, "2026-04-15", 0),
        (Months(3), "2026-01-15T10:00:00Z", "UTC", "2026-04-16T00:00:00Z", Overdue, "2026-04-15", -1),
        // Due is said a fortnight before, or a quarter of a short cadence.
        (Months(3), "2026-01-15T10:00:00Z", "UTC", "2026-04-01T00:00:00Z", Due, "2026-04-15", 14),
        (Months(3), "2026-01-15T10:00:00Z", "UTC", "2026-03-31T23:59:59Z", UpToDate, "2026-04-15", 15),
        (Days(7), "2026-01-15T10:00:00Z", "UTC", "2026-01-20T12:00:00Z", UpToDate, "2026-01-22", 2),
        (Days(7), "2026-01-15T10:00:00Z", "UTC", "2026-01-21T00:00:00Z", Due, "2026-01-22", 1),
        (Days(1), "2026-01-15T10:00:00Z", "UTC", "2026-01-15T23:00:00Z", UpToDate, "2026-01-16", 1),
        (Days(30), "2026-02-01T10:00:00Z", "UTC", "2026-03-04T00:00:00Z", Overdue, "2026-03-03", -1),
        // In Riyadh (+3) the day ends at 21:00 UTC, and began there the evening before.
        (Months(3), "2026-01-14T22:00:00Z", "Asia/Riyadh", "2026-04-15T20:59:59Z", Due, "2026-04-15", 0),
        (Months(3), "2026-01-14T22:00:00Z", "Asia/Riyadh", "2026-04-15T21:00:00Z", Overdue, "2026-04-15", -1),
        // Over both changes of the clocks: passed in winter at 23:30 UTC, the next day in Berlin.
        (Days(90), "2026-01-14T23:30:00Z", "Europe/Berlin", "2026-04-15T21:59:59Z", Due, "2026-04-15", 0),
        (
            Days(90),
            "2026-01-14T23:30:00Z",
            "Europe/Berlin",
            "2026-04-15T22:00:00Z",
            Overdue,
            "2026-04-15",
            -1,
        ),
        // A day without midnight: clocks go from 00:00 to 01:00 in Cairo on 24 April 2026.
        (Days(1), "2026-04-23T12:00:00Z", "Africa/Cairo", "2026-04-24T20:59:59Z", Due, "2026-04-24", 0),
        (Days(1), "2026-04-23T12:00:00Z", "Africa/Cairo", "2026-04-24T21:00:00Z", Overdue, "2026-04-24", -1),
    ];
    for (cadence, closed, zone, now, standing, next, days) in cases {
        let found = drills(&[plan(&book(), cadence)], &[passed(closed, zone)], at(now));
        let drill = &found[0];
        let told = (drill.standing, drill.next, drill.days);
        assert_eq!(told, (standing, Some(day(next)), Some(days)), "{cadence:?} {closed} {zone} {now}");
        assert_eq!(drill.zone.name(), zone);
        assert_eq!(drill.standing.wanting(), standing == Overdue, "--check");
    }
}

#[test]
fn a_calendar_has_an_end() {
    assert_eq!(after(NaiveDate::MAX, Cadence::Months(3)), None);
    assert_eq!(after(NaiveDate::MAX, Cadence::Days(u32::MAX)), None);
}

/// Each row is a run that looks like a drill and is none that passed, with the reason.
#[test]
fn only_a_completed_drill_whose_steps_passed_and_targets_held_is_a_pass() {
    let begun = at("2026-05-06T09:00:00Z");
    let walk = || Walk::open(&book(), begun, "UTC");
    let quick = |walk: &mut Walk, loss: &str| {
        walk.sign("alarm").step("restore", 0, "").step("loss", 0, loss).sign("restored").sign("recovered");
    };
    let mut cases: Vec<(&str, Run, &str)> = Vec::new();

    let mut open = walk();
    quick(&mut open, "60s");
    cases.push(("open", open.0.run().clone(), "it is still open"));
    let mut aborted = walk();
    quick(&mut aborted, "60s");
    cases.push(("aborted", aborted.close(RunOutcome::Aborted), "it was aborted: no more time"));
    cases.push((
        "slow",
        drilled(&book(), "2026-05-06T11:00:00Z", "UTC", 61, "60s"),
        "rto took 1:01:00, more than 1h",
    ));
    cases.push((
        "old",
        drilled(&book(), "2026-05-06T11:00:00Z", "UTC", 10, "25h"),
        "rpo took 25:00:00, more than 24h",
    ));
    cases.push((
        "said in words",
        drilled(&book(), "2026-05-06T11:00:00Z", "UTC", 10, "a day"),
        "rpo was not measured: RPO is no time such as 95m, 1h30m or a number of seconds",
    ));
    let mut waived = walk();
    waived.sign("alarm").step("restore", 0, "");
    let reason = "nobody knows how".to_owned();
    waived.act(Action::WaiveStep { step: StepId::from("loss"), reason, risk_owner: None });
    waived.act(Action::SetValue {
        name: "RPO".to_owned(),
        value: "60s".to_owned(),
        reason: "guessed".to_owned(),
    });
    waived.sign("restored").sign("recovered");
    cases.push(("a step waived", waived.close(RunOutcome::Completed), "step loss: waived"));
    let mut unmarked = walk();
    unmarked.step_out("restore").step("loss", 0, "60s").sign_out("restored").sign_out("recovered");
    unmarked.act(Action::Waive {
        id: BoxId::from("alarm"),
        reason: "forgotten".to_owned(),
        risk_owner: None,
        out_of_order: false,
    });
    cases.push((
        "no alarm",
        unmarked.close(RunOutcome::Completed),
        "rto was not measured: box alarm was waived",
    ));
    for (what, run, why) in cases {
        let now = at("2026-05-07T00:00:00Z");
        let found = drills(&[plan(&book(), Cadence::Months(3))], std::slice::from_ref(&run), now);
        assert_eq!(found[0].standing, Standing::NeverPassed, "{what}");
        assert!(found[0].standing.wanting(), "{what}");
        let since = found[0].since.as_ref().expect(what);
        assert_eq!(since.against, [why], "{what}");
        assert!(found[0].next.is_none() && found[0].passed.is_none(), "{what}");
    }
    // A live run of the same runbook is no drill.
    let mut live = passed("2026-05-06T11:00:00Z", "UTC");
    live.opened.run_kind = RunKind::Live;
    let found = drills(&[plan(&book(), Cadence::Months(3))], &[live], at("2026-05-07T00:00:00Z"));
    assert_eq!(found[0].standing, Standing::NeverRun);
}

impl Walk {
    fn step_out(&mut self, id: &str) -> &mut Self {
        let step = StepId::from(id);
        self.act(Action::Start { step, retry: false, confirmed: None, out_of_order: true });
        let number = self.0.run().next_number() - 1;
        self.0.report(Report::Ended { number, end: Box::new(ended(Outcome::Exited(0), "")) });
        self
    }

    fn sign_out(&mut self, id: &str) -> &mut Self {
        let id = BoxId::from(id);
        self.act(Action::Sign { id, note: None, value: None, out_of_order: true })
    }
}

#[test]
fn a_step_that_was_mended_and_a_box_that_does_not_apply_do_not_spoil_a_drill() {
    let text = "
title Drill
phase Recovery
  box alarm mark=rto
  box cluster if=CLUSTER=yes mark=rto
    step failover on=db
  box restored
    step restore on=db
  box recovered mark=rto
  box filed due=7d
    step file on=db
";
    let book = with_targets(text, &[("rto", "1h")]);
    let mut fact = opened(&book, vec![host("db", "db-1")], Some("staging"), &[("CLUSTER", "no")]);
    fact.run_kind = RunKind::Drill;
    fact.runbook = "/books/drill.md".to_owned();
    let mut walk =
        Walk(Table::open_at("r-mended", Arc::clone(&book), fact, 1, Stamp::at_unix(1_800_000_000)));
    walk.sign("alarm").step("restore", 1, "").later(600).step("restore", 0, "");
    walk.sign("restored").sign("recovered");
    let run = walk.close(RunOutcome::Completed);
    assert!(run.boxes[1].waived.is_some(), "by its condition");
    let found = drills(&[plan(&book, Cadence::Days(30))], &[run], at("2027-01-16T00:00:00Z"));
    let passed = found[0].passed.as_ref().expect("a pass");
    assert_eq!(passed.measured[0].time.as_ref().map(|t| t.seconds), Ok(600));
}

#[test]
fn the_last_pass_counts_and_what_failed_since_is_told() {
    let slow = drilled(&book(), "2026-08-01T11:00:00Z", "UTC", 70, "60s");
    let runs = [slow.clone(), passed("2026-05-06T11:00:00Z", "UTC"), passed("2026-02-06T11:00:00Z", "UTC")];
    let found = drills(&[plan(&book(), Cadence::Months(3))], &runs, at("2026-08-10T00:00:00Z"));
    let drill = &found[0];
    assert_eq!((drill.standing, drill.next), (Standing::Overdue, Some(day("2026-08-06"))));
    assert_eq!(drill.passed.as_ref().map(|p| p.day), Some(day("2026-05-06")));
    assert_eq!(drill.since.as_ref().map(|s| s.run.clone()), Some(slow.id));
    let text = listing(&found, 80);
    assert_eq!(
        text,
        "OVERDUE       Drill
              quarterly; was due 6 Aug 2026, 4 days ago
              last pass 6 May 2026 by layla (typed), run r-05060900 on staging
              rto 48:00 of 1h, held
              rpo 21:58:24 of 24h, held
              not passed since: 1 Aug 2026 by layla (typed), run r-08010900 on
              staging
              - rto took 1:10:00, more than 1h
              /books/drill.md
"
    );
}

#[test]
fn a_run_finds_its_runbook_by_file_or_by_name_and_title() {
    let run = passed("2026-05-06T11:00:00Z", "UTC");
    let now = at("2026-05-10T00:00:00Z");
    let own = plan(&book(), Cadence::Months(3));
    let standing = |plan: Plan| {
        let found = drills(&[plan], std::slice::from_ref(&run), now);
        (found[0].standing, found[0].passed.as_ref().map(|p| p.other_text))
    };
    assert_eq!(standing(own.clone()), (Standing::UpToDate, Some(false)));
    let edited = Plan { sha256: "ab".repeat(32), ..own.clone() };
    assert_eq!(
        standing(edited),
        (Standing::UpToDate, Some(true)),
        "the text changed since, and it still counts"
    );
    let moved = Plan { file: "/elsewhere/drill.md".to_owned(), ..own.clone() };
    assert_eq!(standing(moved.clone()), (Standing::UpToDate, Some(false)), "moved");
    let shipped = Plan { file: "shipped:ispeaker/drill.md".to_owned(), ..own.clone() };
    assert_eq!(standing(shipped), (Standing::UpToDate, Some(false)), "taken from the shipped ones");
    let renamed = Plan { title: "Another title".to_owned(), ..own.clone() };
    assert_eq!(standing(renamed), (Standing::UpToDate, Some(false)), "the same file under a new title");
    let other = Plan { title: "Another title".to_owned(), ..moved };
    assert_eq!(standing(other), (Standing::NeverRun, None), "another team's drill.md");
    let named = Plan { file: "/books/restore.md".to_owned(), ..own };
    assert_eq!(standing(named), (Standing::NeverRun, None), "another file with that title");
}

#[test]
fn targets_that_became_stricter_are_held_against_old_runs() {
    let run = passed("2026-05-06T11:00:00Z", "UTC");
    let mut plan = plan(&book(), Cadence::Months(3));
    plan.targets = pairs(&[("rto", "30m"), ("rpo", "24h"), ("failover", "5m")]);
    let found = drills(&[plan], &[run], at("2026-05-10T00:00:00Z"));
    assert_eq!(found[0].standing, Standing::NeverPassed);
    assert_eq!(
        found[0].since.as_ref().map(|s| s.against.clone()).unwrap_or_default(),
        [
            "rto took 48:00, more than 30m, which the runbook asks for now",
            "failover was not measured, which the runbook asks for now: no box has its mark, and FAILOVER has no value",
        ]
    );
}

#[test]
fn the_most_wanting_comes_first() {
    let book = book();
    let mut plans = Vec::new();
    for (file, title) in [("a.md", "A"), ("b.md", "B"), ("c.md", "C"), ("d.md", "D"), ("e.md", "E")] {
        plans.push(Plan {
            file: file.to_owned(),
            title: title.to_owned(),
            ..plan(&book, Cadence::Months(3))
        });
    }
    let of = |file: &str, mut run: Run| {
        run.opened.runbook = file.to_owned();
        run
    };
    let runs = [
        of("a.md", passed("2026-08-01T11:00:00Z", "UTC")),
        of("b.md", passed("2026-05-15T11:00:00Z", "UTC")),
        of("d.md", passed("2026-05-01T11:00:00Z", "UTC")),
        of("e.md", drilled(&book, "2026-08-01T11:00:00Z", "UTC", 90, "60s")),
    ];
    let found = drills(&plans, &runs, at("2026-08-10T00:00:00Z"));
    let order: Vec<_> = found.iter().map(|d| (d.plan.title.as_str(), d.standing)).collect();
    assert_eq!(
        order,
        [
            ("D", Standing::Overdue),
            ("E", Standing::NeverPassed),
            ("C", Standing::NeverRun),
            ("B", Standing::Due),
            ("A", Standing::UpToDate),
        ]
    );
    let text = listing(&found, 80);
    assert!(
        text.contains("NEVER RUN     C\n              quarterly\n              targets: rto 1h, rpo 24h\n")
    );
    assert!(
        text.contains("due           B\n              quarterly; due 15 Aug 2026, in 5 days\n"),
        "{text}"
    );
}

#[test]
fn the_json_has_its_fields() {
    let runs = [passed("2026-05-06T11:00:00Z", "Asia/Riyadh")];
    let found = drills(&[plan(&book(), Cadence::Months(3))], &runs, at("2026-08-10T00:00:00Z"));
    let rows: serde_json::Value = serde_json::from_str(&json(&found).expect("JSON")).expect("JSON");
    let row = &rows[0];
    assert_eq!(row["state"], "overdue");
    assert_eq!(row["cadence"], "quarterly");
    assert_eq!((&row["next"], &row["days"]), (&"2026-08-06".into(), &(-4).into()));
    assert_eq!(row["timezone"], "Asia/Riyadh");
    assert_eq!(row["targets"][0], serde_json::json!({"name": "rto", "seconds": 3600}));
    let pass = &row["last_pass"];
    assert_eq!(pass["by"], serde_json::json!({"name": "layla", "proof": "typed", "via": "keyboard"}));
    assert_eq!((&pass["passed"], &pass["text_changed_since"]), (&true.into(), &false.into()));
    assert_eq!(
        pass["measured"][0],
        serde_json::json!({
            "name": "rto", "target_seconds": 3600, "measured_seconds": 2880, "about": false,
            "from": "stopwatch", "variable": null, "held": true, "why_not": null
        })
    );
    assert_eq!(pass["measured"][1]["variable"], "RPO");
    assert!(row["since"].is_null());
}

#[test]
fn hostile_words_stay_harmless_in_the_listing() {
    let mut run = passed("2026-05-06T11:00:00Z", "UTC");
    run.captain.name = "lay\u{202e}la\u{1b}[31m\nOVERDUE".to_owned();
    let mut plan = plan(&book(), Cadence::Months(3));
    plan.title = "Drill\u{1b}[2J".to_owned();
    let text = listing(&drills(&[plan], &[run], at("2026-05-10T00:00:00Z")), 80);
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
    assert!(text.lines().all(|line| !line.starts_with("OVERDUE")), "{text}");
}

/// From the first to the last box with the mark, by the latest signature of each.
#[test]
fn a_stopwatch_runs_from_the_first_to_the_last_of_its_boxes() {
    let text = "
title Drill
phase Recovery
  box alarm mark=rto
  box half mark=rto
  box recovered mark=rto
  box other mark=failback
";
    let book = with_targets(text, &[("rto", "1h")]);
    let mut walk = Walk::open(&book, at("2026-05-06T09:00:00Z"), "UTC");
    let shown = |walk: &Walk| {
        measured(walk.0.run()).iter().map(gonogo::report::targets::Measured::words).collect::<Vec<_>>()
    };
    let other = "failback not measured: box other is not signed";
    assert_eq!(shown(&walk), ["rto of 1h, NOT MEASURED: box alarm is not signed", other]);
    walk.sign("alarm").later(600).sign("half").later(600).sign("recovered");
    assert_eq!(shown(&walk)[0], "rto 20:00 of 1h, held");
    walk.later(2400).act(Action::Unsign { id: BoxId::from("recovered"), reason: "too early".to_owned() });
    assert_eq!(shown(&walk)[0], "rto of 1h, NOT MEASURED: box recovered is not signed");
    walk.later(1).sign("recovered");
    assert_eq!(shown(&walk)[0], "rto 1:00:01 of 1h, MISSED");
    walk.sign("other");
    assert_eq!(shown(&walk)[1], "failback not measured: a stopwatch takes two boxes");
}
