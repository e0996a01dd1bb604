//! What happened, one short line a fact: the event feed.

use crate::clock::Stamp;
use crate::run::attempt::Attempt;
use crate::run::event::Event;
use crate::run::fact::{Recorded, Vote, Who};
use crate::run::state::Run;
use crate::text::clocks::m_ss;
use crate::tui::about;

/// One line of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// When.
    pub at: Stamp,
    /// Who, `gonogo` for what followed by itself.
    pub who: String,
    /// What was done.
    pub what: String,
    /// In which words, or with what.
    pub words: String,
}

/// Returns the line for `fact` of `run`, which has taken the fact in already; none for facts that nobody need read.
#[must_use]
pub fn happened(run: &Run, fact: &Recorded) -> Option<Happened> {
    let (who, what, words) = told(run, &fact.event)?;
    Some(Happened { at: fact.at, who, what, words })
}

type Told = Option<(String, String, String)>;

fn by(who: &Who, what: impl Into<String>, words: impl Into<String>) -> Told {
    Some((who.name.clone(), what.into(), words.into()))
}

fn itself(what: impl Into<String>, words: impl Into<String>) -> Told {
    Some(("gonogo".to_owned(), what.into(), words.into()))
}

fn told(run: &Run, event: &Event) -> Told {
    let name = |id| about::box_name(run, id);
    match event {
        Event::RunOpened(e) => by(&e.who, "opened the run", &e.runbook),
        Event::RunDriverChanged(e) => {
            by(&e.who, "took over", format!("from {}: {}", e.before, quoted(&e.reason)))
        }
        Event::RunPaused(e) => by(&e.who, "left", &e.why),
        Event::RunResumed(e) => by(&e.who, "resumed the run", ""),
        Event::RunHandoverOffered(e) => {
            let words = e.text.as_deref().map(quoted).unwrap_or_default();
            by(&e.who, format!("offers the run to {}", e.to), words)
        }
        Event::RunHandedOver(e) => by(&e.who, "drives the run now", format!("{} handed it over", e.before)),
        Event::RunClosed(e) => {
            let why = e.reason.as_deref().map(quoted).unwrap_or_default();
            by(&e.who, format!("closed the run: {}", e.outcome.words()), why)
        }
        Event::BoxSigned(e) => {
            let value = e.value.as_ref().map(|v| format!("{} = {}", v.name, v.value));
            let words: Vec<String> = value.into_iter().chain(e.note.clone()).collect();
            let half = run.runbook.box_index(&e.id).and_then(|i| run.boxes.get(i)?.half());
            let what = if half.is_some() { "signed first" } else { "signed" };
            by(&e.who, format!("{what} {}", name(&e.id)), words.join("   "))
        }
        Event::BoxUnsigned(e) => by(&e.who, format!("opened {} again", name(&e.id)), quoted(&e.reason)),
        Event::BoxWaived(e) => match &e.condition {
            Some(why) => itself(format!("waived {}", name(&e.id)), format!("does not apply: {why}")),
            None => {
                by(&e.who, format!("waived {}", name(&e.id)), at_risk(&e.reason, e.risk_owner.as_deref()))
            }
        },
        Event::MarkSet(e) => by(&e.who, format!("pressed the stopwatch {}", e.name), name(&e.in_box)),
        Event::ChoiceMade(e) => by(&e.who, format!("chose {}", e.chosen), format!("of {}", e.heading)),
        Event::HostChosen(e) => {
            by(&e.who, format!("chose {}", e.host), format!("for {}", about::step_title(run, &e.step)))
        }
        Event::ValueSet(e) => by(&e.who, format!("set {}", e.value.name), &e.value.value),
        Event::WaitStarted(e) => by(&e.who, format!("started the wait of {}", name(&e.id)), ""),
        Event::WaitEnded(e) => by(&e.who, format!("ended the wait of {}", name(&e.id)), quoted(&e.reason)),
        Event::GateVoted(e) => {
            let vote = if e.vote == Vote::Go { "voted go" } else { "voted no-go" };
            let words = e.text.as_deref().map(quoted).unwrap_or_default();
            let role = e.role.as_ref().map(|role| format!("{role}: ")).unwrap_or_default();
            by(&e.who, vote, format!("{role}{} {words}", run.phase_title(e.gate)).trim())
        }
        Event::GateOpened(e) => {
            let over = e.over.as_deref().map(|w| format!("anyway: {}", quoted(w))).unwrap_or_default();
            by(&e.who, "opened the gate", format!("{} {over}", run.phase_title(e.gate)).trim())
        }
        Event::HostConnected(e) => {
            let root = if e.sudo { " as root" } else { "" };
            itself(format!("reached {}{root}", e.host), format!("{}@{}, {}", e.user, e.address, e.trusted))
        }
        Event::HostKeyRefused(e) => itself(format!("refused the key of {}", e.host), &e.why),
        Event::HostKeyAccepted(e) => {
            let what = format!("accepted the new key of {}", e.host);
            let more = e.recorded.as_deref().or(e.not_recorded.as_deref()).unwrap_or("for this session only");
            match &e.who {
                Some(who) => by(who, what, more),
                None => itself(what, more),
            }
        }
        Event::HostRepinned(e) => {
            by(&e.who, format!("accepted {} as another host", e.pin.name), e.pin.in_words())
        }
        Event::ShellOpened(e) => {
            let lines = e.step.as_ref().map(|step| format!("for {}", about::step_title(run, step)));
            by(&e.who, format!("opened a shell on {}", e.host), lines.unwrap_or_default())
        }
        Event::ShellClosed(e) => {
            let took = e.took_ns.map(|ns| m_ss(std::time::Duration::from_nanos(ns))).unwrap_or_default();
            itself(format!("the shell on {} ended", e.host), format!("{}   {took}", e.how).trim_end())
        }
        Event::HostLost(e) => itself(format!("lost {}", e.host), &e.why),
        Event::NoteAdded(e) => {
            let about = e.id.as_ref().map(name).map(|n| format!(" on {n}")).unwrap_or_default();
            by(&e.who, format!("noted{about}"), quoted(&e.text))
        }
        Event::ChildOpened(e) => {
            let what = if e.rollback { "opened the rollback" } else { "opened a child run" };
            by(&e.who, what, format!("{} {}", e.child, e.runbook))
        }
        Event::ChildClosed(e) => itself(format!("child run {} ended", e.child), e.outcome.words()),
        Event::ExportCreated(e) => by(&e.who, "exported the record", &e.format),
        Event::RunbookChanged(e) => itself("the runbook's file has changed", &e.now),
        Event::LogDegraded(e) => itself("the log was in trouble", &e.why),
        Event::ClockStepped(e) => itself("the clock was set", format!("by {} ms", e.by_ms)),
        other => of_step(run, other),
    }
}

fn of_step(run: &Run, event: &Event) -> Told {
    let named = |number: &u32| {
        let Some(attempt) = run.attempts.get(number) else {
            return (format!("step {number}"), String::new());
        };
        (about::step_title(run, &attempt.intent.step), attempt.intent.host.clone())
    };
    let attempt = |number: &u32| run.attempts.get(number);
    match event {
        Event::StepIntended(e) if e.round.is_some_and(|r| r.round > 1) => None,
        Event::StepFinished(e) if attempt(&e.number).is_some_and(Attempt::went_on) => None,
        Event::StepTimedOut(e) => {
            let (step, host) = named(&e.number);
            itself(format!("{step} is out of time"), format!("on {host}, after {} s; it is ended", e.limit))
        }
        Event::WatchSampled(e) if e.over && attempt(&e.number).is_some_and(|a| a.intent.round.is_some()) => {
            let (step, host) = named(&e.number);
            itself(format!("{step}: watch passed"), format!("on {host}, {} rounds", e.round))
        }
        Event::WatchBreached(e) => {
            let (step, host) = named(&e.number);
            itself(format!("{step}: breach"), format!("on {host}, round {}: {}", e.round, e.why))
        }
        Event::StepIntended(e) => {
            let again = if e.attempt > 1 { format!(", attempt {}", e.attempt) } else { String::new() };
            let confirmed =
                e.confirmed.as_ref().map(|word| format!("   confirmed: {word}")).unwrap_or_default();
            let terminal = if e.interactive { ", in a terminal" } else { "" };
            let words = format!("on {}{again}{terminal}{confirmed}", e.host);
            by(&e.who, format!("started {}", about::step_title(run, &e.step)), words)
        }
        Event::StepFinished(e) => {
            let (step, host) = named(&e.number);
            let attempt = run.attempts.get(&e.number)?;
            let took = e.took_ns.map(|ns| m_ss(std::time::Duration::from_nanos(ns))).unwrap_or_default();
            let words = format!("on {host}, {}   {took}", attempt.ended_words());
            itself(format!("{step} {}", attempt.status().word()), words.trim())
        }
        Event::StepCaptured(e) => itself(format!("read {}", e.value.name), &e.value.value),
        Event::StepCancelRequested(e) if e.enough => {
            let (step, host) = named(&e.number);
            by(&e.who, format!("ended {step}"), format!("on {host}: it has done its work"))
        }
        Event::StepCancelRequested(e) => {
            let (step, host) = named(&e.number);
            by(&e.who, format!("asked {step} to stop"), format!("on {host}"))
        }
        Event::StepUnknown(e) => {
            let (step, host) = named(&e.number);
            itself(format!("{step} unknown"), format!("on {host}: {}", e.why))
        }
        Event::StepProbed(e) => {
            let (step, host) = named(&e.number);
            itself(format!("asked {host} about {step}"), answer(&e.answer))
        }
        Event::StepResolved(e) => {
            let (step, _) = named(&e.number);
            let words = format!("{}: {}", e.verdict.words(e.extent), quoted(&e.evidence));
            by(&e.who, format!("judged {step}"), words)
        }
        Event::StepWaived(e) => match &e.condition {
            Some(why) => itself(
                format!("waived {}", about::step_title(run, &e.step)),
                format!("does not apply: {why}"),
            ),
            None => by(
                &e.who,
                format!("waived {}", about::step_title(run, &e.step)),
                at_risk(&e.reason, e.risk_owner.as_deref()),
            ),
        },
        _ => None,
    }
}

/// Returns what a host answered, as a sentence without its subject.
#[must_use]
pub fn answer(probe: &crate::run::fact::Probe) -> String {
    use crate::run::fact::Probe;
    match probe {
        Probe::Gone => "the run's directory is missing there".to_owned(),
        Probe::Never => "it never arrived there".to_owned(),
        Probe::NeverStarted => "it was refused before it started".to_owned(),
        Probe::Starting => "it was about to start".to_owned(),
        Probe::Running(pid, _) => format!("it runs, process {pid}"),
        Probe::Ended(code) => format!("its exit file says {code}"),
        Probe::Died => "its process is gone and left no status".to_owned(),
        Probe::OtherBoot => "the host was started again since".to_owned(),
        Probe::Unreachable(why) => format!("could not be asked: {why}"),
    }
}

fn quoted(words: &str) -> String {
    format!("\"{words}\"")
}

fn at_risk(reason: &str, owner: Option<&str>) -> String {
    let owner = owner.map(|o| format!("   risk: {o}")).unwrap_or_default();
    format!("\"{reason}\"{owner}")
}
