//! Properties of the core over random runbooks and random plays: no exec without a record, replay equals live, no
//! step twice.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use gonogo::run::attempt::StepStatus;
use gonogo::run::command::Action;
use gonogo::run::conclude::Report;
use gonogo::run::driver::Effect;
use gonogo::run::event::{Event, StepIntended};
use gonogo::run::fact::{ChildClosed, ChildOpened, Entry, Outcome, Probe, RunOutcome, Seen, Verdict, Vote};
use gonogo::run::state::Run;
use gonogo::runbook::ids::{BoxId, StepId};
use proptest::prelude::*;

use crate::support::runbooks::runbook;
use crate::support::runs::{Answers, News, Table, ended, host, opened, replay, values, who};

/// One thing that somebody does; the numbers choose what it is done to.
#[derive(Debug, Clone)]
struct Deed {
    kind: u8,
    which: usize,
    how: u8,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = (0..46_u8, 0..12_usize, any::<u8>()).prop_map(|(kind, which, how)| Deed { kind, which, how });
    prop::collection::vec(deed, 1..120)
}

/// The lines of a runbook: up to three phases, each with up to four boxes, each with up to two steps.
fn books() -> impl Strategy<Value = String> {
    let step = any::<u16>();
    let item = (any::<u16>(), prop::collection::vec(step, 0..3));
    let phase = prop::collection::vec(item, 1..5);
    prop::collection::vec(phase, 1..4).prop_map(|phases| write_book(&phases))
}

fn write_book(phases: &[Vec<(u16, Vec<u16>)>]) -> String {
    let mut text = String::from("rollback BACK.md\ndeclare A\n");
    let (mut box_number, mut step_number) = (0, 0);
    for (index, phase) in phases.iter().enumerate() {
        let choose = phase.first().is_some_and(|(bits, _)| bits % 5 == 0);
        let words = [(index > 0, " gate"), (choose, " choose"), (phase.len() == 3, " if=A")];
        let words: String = words.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect();
        writeln!(text, "phase P{index}{words}").expect("a string");
        for (place, (bits, steps)) in phase.iter().enumerate() {
            if choose && (place == 0 || bits % 3 != 0) {
                let condition = if bits % 4 == 0 { " if=V" } else { "" };
                writeln!(text, "section S{box_number}{condition}").expect("a string");
            }
            write!(text, "box b{box_number}").expect("a string");
            if place > 0 && bits % 3 == 0 {
                write!(text, " in=b{}", box_number - 1).expect("a string");
            }
            let words = [
                "",
                " value=V",
                " wait=10m",
                " required",
                " due=48h",
                " link=x.md",
                " if=A",
                " if=V=1",
                " optional",
                " irreversible",
            ];
            text.push_str(words[usize::from(bits >> 4) % words.len()]);
            box_number += 1;
            text.push('\n');
            for bits in steps {
                let on = ["on=api", "on=api", "on=web", "once=api"][usize::from(*bits) % 4];
                let extra = [
                    "",
                    "",
                    " check",
                    " capture=A",
                    " capture=V",
                    " expect=ok",
                    " confirm=type",
                    " needs=b0",
                    " if=A=1",
                    " uses=V",
                    " capture=A per-host",
                    " timeout=5m retries=1",
                    " timeout=5m",
                    " batch=2",
                    " retries=2",
                    " idempotent",
                    " offered",
                    " by-hand=never",
                    " exit=1 carry=off",
                    " irreversible",
                    " undo=b0",
                    " check every=4m for=10m",
                    " every=4m for=15m until",
                    " metric=[0-9] threshold=\"> 0\"",
                ];
                let word = if bits % 7 == 0 { "inline" } else { "step" };
                writeln!(text, "{word} s{step_number} {on}{}", extra[usize::from(bits >> 3) % extra.len()])
                    .expect("a string");
                step_number += 1;
            }
        }
    }
    text
}

/// What is held against the rules while a play goes on.
struct Judge {
    /// The run folded from recorded facts only, one behind the fact that is judged.
    shadow: Run,
    intended: BTreeSet<u32>,
    sent: BTreeSet<u32>,
}

impl Judge {
    fn hear(&mut self, table: &mut Table) {
        for news in table.happened() {
            match news {
                News::Fact(fact) => {
                    match &fact.event {
                        Event::StepIntended(intent) => self.judge_intent(intent),
                        Event::BoxSigned(e) => self.judge_signature(&e.id),
                        Event::BoxUnsigned(e) => {
                            let index = self.shadow.runbook.box_index(&e.id).expect("a box");
                            let signed = self.shadow.boxes[index].signed.is_some();
                            let stands = self.shadow.runbook.boxes[index].irreversible && signed;
                            assert!(!stands, "{e:?} takes back what cannot be");
                        }
                        Event::RunClosed(e) => {
                            let past = self.shadow.past_return().is_some();
                            assert!(!(past && e.outcome == RunOutcome::Aborted), "{e:?} past the way back");
                        }
                        _ => {}
                    }
                    let text = serde_json::to_string(&fact.event).expect("a fact as JSON");
                    let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
                    let again = Event::of_kind(fact.event.kind(), value)
                        .expect("its kind")
                        .expect("a fact from JSON");
                    assert_eq!(again, fact.event, "{text}");
                    self.shadow.evolve(&fact);
                }
                News::Effect(Effect::Exec(order)) => {
                    let number = order.intent.number;
                    assert!(self.intended.contains(&number), "#{number} was sent without a recorded intent");
                    assert!(self.sent.insert(number), "#{number} was sent twice");
                }
                News::Effect(_) => {}
            }
        }
        assert_eq!(self.intended, self.sent, "what was intended and what was sent differ");
    }

    fn judge_intent(&mut self, intent: &StepIntended) {
        let run = &self.shadow;
        assert!(self.intended.insert(intent.number), "number {} is given twice", intent.number);
        assert!(
            run.closed.is_none() && run.open_child().is_none(),
            "{intent:?} in a run that is over or has a child"
        );
        let index = run.runbook.box_index(&intent.in_box).expect("a box of the runbook");
        assert!(run.bar(index).is_none(), "{intent:?} although it does not apply, or nobody knows");
        assert!(
            run.waits_for_choice(index).is_none() && run.chosen_instead(index).is_none(),
            "{intent:?} not chosen"
        );
        let (item, step) = run.runbook.find_step(&intent.step).expect("a step of the runbook");
        let beside: Vec<&StepIntended> = run.in_flight().map(|a| &a.intent).collect();
        let same = |other: &&StepIntended| other.step == intent.step && other.dir != intent.dir;
        assert!(beside.iter().all(same) && beside.len() < run.width(step), "{intent:?} beside {beside:?}");
        let failed = |a: &gonogo::run::attempt::Attempt| a.status() == StepStatus::Failed;
        let bad = run
            .targets(step)
            .expect("hosts")
            .into_iter()
            .any(|h| h.name != intent.host && run.latest(&step.id, &h.name).is_some_and(failed));
        assert!(beside.is_empty() || !bad || intent.attempt > 1 || step.check, "{intent:?} after a failure");
        assert!(run.shut_gate_before(item.phase).is_none(), "{intent:?} behind a shut gate");
        let latest = run.latest(&intent.step, &intent.host).map(gonogo::run::attempt::Attempt::status);
        assert!(step.by_hand.is_none(), "{intent:?} of a step that people do by hand");
        if let Some(number) = intent.retry_of {
            let failed = &run.attempts[&number];
            assert!(
                failed.may_be_retried() && failed.intent.step == intent.step,
                "{intent:?} after {failed:?}"
            );
            let mut chain = vec![number];
            while let Some(before) = run.attempts[chain.last().expect("one")].intent.retry_of {
                chain.push(before);
            }
            assert!(chain.len() <= step.retries as usize, "{intent:?} is tried too often: {chain:?}");
        }
        match latest {
            Some(StepStatus::Unknown) if step.idempotent => {}
            Some(StepStatus::Unknown | StepStatus::Running) => panic!("{intent:?} over {latest:?}"),
            _ if intent.round.is_some_and(|r| r.round > 1) => {
                let before = run.latest(&intent.step, &intent.host).expect("the round before");
                let round = |i: &StepIntended| i.round.map(|r| (r.first, r.round));
                let next = round(intent).map(|(first, round)| (first, round - 1));
                assert_eq!(round(&before.intent), next, "{intent:?} is not the next round");
                assert!(
                    before.finished.is_some() && before.breached.is_none(),
                    "{intent:?} after {before:?}"
                );
                assert!(!before.cancel_asked && before.resolved.is_none(), "{intent:?} after {before:?}");
                assert!(before.sample.as_ref().is_some_and(|s| !s.over), "{intent:?} after {before:?}");
            }
            Some(StepStatus::Passed | StepStatus::PassedByMarker) => {
                let over = run.latest(&intent.step, &intent.host).and_then(|a| a.sample.as_ref());
                let ended = over.is_none_or(|s| s.over);
                assert!(
                    step.check || (step.repeat.is_some() && !ended),
                    "{intent:?} repeats a step that passed"
                );
            }
            _ => {}
        }
        let own = |step: &StepId| *step == intent.step && latest == Some(StepStatus::Unknown);
        let unknown = run.unknown().any(|a| a.intent.host == intent.host && !own(&a.intent.step));
        assert!(!unknown, "{intent:?} on a host where something is unknown");
    }

    fn judge_signature(&self, id: &BoxId) {
        let run = &self.shadow;
        let index = run.runbook.box_index(id).expect("a box of the runbook");
        assert!(!run.boxes[index].settled(), "{id} is signed twice");
        assert!(
            run.waits_for_choice(index).is_none() && run.chosen_instead(index).is_none(),
            "{id} not chosen"
        );
        assert!(run.open_children(index).is_empty(), "{id} is signed over open boxes inside it");
        let steps = &run.runbook.boxes[index].steps;
        let open = |s: &gonogo::runbook::model::Step| s.holds_box() && !run.step_status(s).settled();
        assert!(!steps.iter().any(open), "{id} is signed over open steps");
        let unknown = run.unknown().chain(run.in_flight()).any(|a| a.intent.in_box == *id);
        assert!(!unknown, "{id} is signed over a step that runs or is unknown");
    }
}

fn play(book: &str, deeds: &[Deed]) {
    let book = runbook(book);
    let hosts = vec![host("api", "api-1"), host("api", "api-2"), host("web", "web-1")];
    let table = Table::open(std::sync::Arc::clone(&book), opened(&book, hosts, Some("production"), &[]));
    let shadow = replay("r-test", book, &table.log[..1]);
    let mut judge = Judge { shadow, intended: BTreeSet::new(), sent: BTreeSet::new() };
    let mut table = table;
    judge.hear(&mut table);
    for deed in deeds {
        act(&mut table, deed);
        judge.hear(&mut table);
        assert!(table.pending.is_none() || table.driver.recording());
    }
    table.acknowledge();
    table.answers = Answers::AtOnce;
    table.acknowledge();
    judge.hear(&mut table);
    assert_eq!(&judge.shadow, table.run(), "folding one by one and living it differ");
    assert_eq!(&table.replayed(), table.run(), "replay and live differ");
    let run = table.run();
    run.walked().for_each(|i| drop((run.box_status(i), run.offer(i, table.now.wall))));
    drop(run.attention(table.now.wall));
}

fn act(table: &mut Table, deed: &Deed) {
    let number = u32::try_from(deed.which).expect("a small number") + 1;
    let newest = table.run().attempts.keys().next_back().copied().unwrap_or(number);
    // Mostly the newest attempt: reports on old ones amount to nothing.
    let number = if !deed.how.is_multiple_of(4) { newest } else { number };
    match deed.kind {
        0..=9 => report(table, deed, number),
        10..=12 => {
            // A limit counts from when the host says that it runs.
            if deed.how.is_multiple_of(2) {
                table.report(Report::Started { number: newest, pid: 1, pgid: 1, terminal: false });
            }
            table.now.wall += chrono::TimeDelta::minutes(6);
            table.now.mono_ns += 360_000_000_000;
            table.tick();
        }
        13 => table.answers = Answers::WhenTold,
        14..=16 => {
            table.answers = Answers::AtOnce;
            table.acknowledge();
        }
        17 => {
            table.fail("disk full");
            if deed.how.is_multiple_of(2) {
                table.answers = Answers::AtOnce;
                let effects = table.driver.log_is_back();
                table.take(effects);
            }
        }
        18 => table.resume(),
        19 => {
            let effects = table.driver.log_is_back();
            table.take(effects);
        }
        20 => child(table, deed),
        _ => {
            let action = action(table.run(), deed, number);
            // A refusal is an answer like any other; what is accepted is judged.
            drop(table.command("layla", action));
        }
    }
}

fn report(table: &mut Table, deed: &Deed, number: u32) {
    let mut end =
        ended(Outcome::Exited(i32::from(deed.how % 3)), ["1", "ok", "0"][usize::from(deed.how) % 3]);
    let report = match deed.kind {
        0..=4 => {
            match deed.how {
                250.. => end.outcome = Outcome::Unknown("nothing was said".to_owned()),
                240..250 => end.outcome = Outcome::NotStarted("refused".to_owned()),
                230..240 => end.outcome = Outcome::Signalled("TERM".to_owned()),
                0..130 => end.outcome = Outcome::Exited(0),
                _ => {}
            }
            Report::Ended { number, end: Box::new(end) }
        }
        5 => Report::Lost { number, why: "the line was cut".to_owned() },
        6 | 7 => {
            let answers = [
                Probe::Never,
                Probe::NeverStarted,
                Probe::Ended(0),
                Probe::Ended(3),
                Probe::Died,
                Probe::Running(1, 1),
                Probe::Gone,
            ];
            let answer = answers[usize::from(deed.how) % 7].clone();
            end.seen = Seen::Marker;
            let end = matches!(answer, Probe::Ended(_)).then(|| Box::new(end));
            Report::Probed { number, answer, left: Vec::new(), end }
        }
        _ => Report::Started { number, pid: 1, pgid: 1, terminal: false },
    };
    table.report(report);
}

fn child(table: &mut Table, deed: &Deed) {
    let event = match table.run().open_child() {
        Some(open) => {
            let outcome =
                if deed.how.is_multiple_of(2) { RunOutcome::Completed } else { RunOutcome::Aborted };
            let values = values(&[("V".to_owned(), "1".to_owned())]);
            Event::ChildClosed(ChildClosed { child: open.opened.child.clone(), outcome, values })
        }
        None => {
            let rollback = deed.how.is_multiple_of(5);
            let in_box = (!rollback).then(|| BoxId(format!("b{}", deed.which)));
            let action = Action::OpenChild { in_box: in_box.clone(), out_of_order: true };
            if table.command("layla", action).is_err() {
                return;
            }
            let child = format!("r-{}", table.log.len());
            let (runbook, out_of_order) = ("x.md".to_owned(), Vec::new());
            Event::ChildOpened(ChildOpened {
                who: who("layla"),
                child,
                in_box,
                rollback,
                runbook,
                out_of_order,
            })
        }
    };
    if let Ok(effects) = table.driver.note_down(vec![Entry { event, chunk: None }]) {
        table.take(effects);
    }
}

fn action(run: &Run, deed: &Deed, number: u32) -> Action {
    let id = BoxId(format!("b{}", deed.which));
    let steps: Vec<StepId> =
        run.runbook.boxes.iter().flat_map(|b| b.commands()).map(|s| s.id.clone()).collect();
    let step = steps.get(deed.which % steps.len().max(1)).cloned().unwrap_or_else(|| StepId::from("none"));
    let yes = !deed.how.is_multiple_of(4);
    let reason = if deed.how % 16 == 7 { String::new() } else { "because".to_owned() };
    match deed.kind {
        21..=29 => Action::Start {
            step,
            retry: deed.how.is_multiple_of(2),
            confirmed: yes.then(|| "production".to_owned()),
            out_of_order: yes,
        },
        30 if deed.how.is_multiple_of(3) => {
            Action::Cancel { numbers: run.in_flight().map(|a| a.intent.number).collect() }
        }
        30 => Action::Cancel { numbers: vec![number] },
        31 => Action::Probe { number },
        32 => {
            let verdict = [Verdict::Passed, Verdict::Failed, Verdict::Stopped][usize::from(deed.how) % 3];
            Action::Resolve { number, verdict, extent: None, evidence: reason }
        }
        33..=36 => Action::Sign { id, note: None, value: yes.then(|| "1".to_owned()), out_of_order: yes },
        37 => Action::Unsign { id, reason },
        // Some waive what is optional without a reason.
        38 if deed.how.is_multiple_of(2) => Action::Waive { id, reason, risk_owner: None, out_of_order: yes },
        38 => Action::WaiveStep { step, reason, risk_owner: None },
        39 | 45 => Action::StartWait { id },
        40 if deed.how.is_multiple_of(2) => Action::EndWait { id, reason },
        40 => Action::SetValue { name: "A".to_owned(), value: (deed.how % 2).to_string(), reason },
        41 => {
            let vote = if yes { Vote::Go } else { Vote::NoGo };
            Action::Vote { gate: 1 + deed.which % 2, vote, text: Some(reason), role: None }
        }
        44 => Action::Choose {
            choice: usize::from(deed.how % 2),
            section: deed.which % run.runbook.sections.len().max(1),
        },
        42 if deed.how.is_multiple_of(3) => {
            Action::ChooseHost { step, host: format!("api-{}", 1 + deed.which % 3) }
        }
        42 => Action::OpenGate { gate: 1 + deed.which % 2, over: reason },
        _ if deed.how.is_multiple_of(32) => {
            Action::Close { outcome: RunOutcome::Aborted, reason: Some(reason) }
        }
        _ if deed.how % 32 == 1 => Action::Close { outcome: RunOutcome::Completed, reason: None },
        _ if deed.how % 32 == 2 => Action::Pause { why: "left".to_owned() },
        _ => Action::Note { id: Some(id), text: reason },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_step_is_sent_once_after_its_record_and_replay_equals_live(book in books(), deeds in deeds()) {
        play(&book, &deeds);
    }
}

#[test]
fn random_plays_reach_the_states_that_the_property_is_about() {
    const WANTED: &[&str] = &[
        "attempt cancelled",
        "attempt passed",
        "attempt passed by marker",
        "attempt unknown",
        "attempt warning",
        "box.signed",
        "box.unsigned",
        "box.waived",
        "child.closed",
        "choice.made",
        "gate.opened",
        "run.closed",
        "step.captured",
        "step.resolved",
        "step.timed_out",
        "step.waived",
        "value.set",
        "wait.started",
        "watch.breached",
        "watch.sampled",
        "a retry",
        "a later round",
    ];
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..2_000 {
        if WANTED.iter().all(|wanted| seen.contains(*wanted)) {
            break;
        }
        let book = books().new_tree(&mut runner).expect("a runbook").current();
        let deeds = deeds().new_tree(&mut runner).expect("deeds").current();
        let book = runbook(&book);
        let hosts = vec![host("api", "api-1"), host("api", "api-2"), host("web", "web-1")];
        let mut table =
            Table::open(std::sync::Arc::clone(&book), opened(&book, hosts, Some("production"), &[]));
        deeds.iter().for_each(|deed| act(&mut table, deed));
        for fact in &table.log {
            let text = serde_json::to_value(&fact.event).expect("a fact as JSON");
            seen.insert(text["kind"].as_str().expect("a kind").to_owned());
            if let Event::StepIntended(e) = &fact.event {
                seen.extend(e.retry_of.map(|_| "a retry".to_owned()));
                seen.extend(e.round.filter(|r| r.round > 1).map(|_| "a later round".to_owned()));
            }
        }
        seen.extend(table.run().attempts.values().map(|a| format!("attempt {}", a.status().word())));
    }
    for wanted in WANTED {
        assert!(seen.contains(*wanted), "no random play reaches {wanted}: {seen:?}");
    }
}
