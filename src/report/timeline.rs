//! What happened, one sentence a fact, in the order of the log. A fold: it knows what each fact meant when it came.

use std::time::Duration;

use crate::clock::Stamp;
use crate::report::phrase::Phrase;
use crate::report::record::RunRecord;
use crate::report::span;
use crate::run::attempt::{Attempt, StepStatus};
use crate::run::event::Event;
use crate::run::fact::{HopSeen, NamedValue, Probe, Recorded, Verdict, Vote, Who};
use crate::run::state::Run;
use crate::runbook::ids::{BoxId, StepId};
use crate::text::clocks;

/// What kind of moment it is, for its sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    /// Something good came to its end.
    Good,
    /// Something went wrong, or somebody said no.
    Bad,
    /// Nobody knows.
    Unknown,
    /// Something was left out or overruled on purpose.
    Bent,
    /// Something began or was said.
    Plain,
}

/// A moment of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The place in the log.
    pub seq: u64,
    /// When.
    pub at: Stamp,
    /// Which run.
    pub run: String,
    /// Who did it; nobody for what hosts and gonogo did.
    pub who: Option<Who>,
    /// What kind of moment.
    pub mark: Mark,
    /// What happened, without who and when.
    pub what: Phrase,
}

/// Returns the moments of the run and of all runs below it in the order of the log. Output pieces, connections that
/// were there before and the like are not moments.
#[must_use]
pub fn timeline(record: &RunRecord<'_>) -> Vec<Moment> {
    let mut moments: Vec<Moment> =
        record.family().into_iter().flat_map(|(_, record)| of_one(record)).collect();
    moments.sort_by_key(|m| m.seq);
    moments
}

fn of_one(record: &RunRecord<'_>) -> Vec<Moment> {
    record.events.iter().filter_map(|fact| moment(record.run, fact)).collect()
}

/// Returns the moment that `fact` is, none if nobody need read it. `run` may be in any later state.
#[must_use]
pub fn moment(run: &Run, fact: &Recorded) -> Option<Moment> {
    let (mark, who, what) = Teller { run }.tell(&fact.event)?;
    Some(Moment { seq: fact.seq, at: fact.at, run: run.id.clone(), who: who.cloned(), mark, what })
}

struct Teller<'a> {
    run: &'a Run,
}

type Told<'a> = Option<(Mark, Option<&'a Who>, Phrase)>;

impl Teller<'_> {
    fn tell<'e>(&self, event: &'e Event) -> Told<'e> {
        self.of_run(event).or_else(|| self.of_box(event)).or_else(|| self.of_step(event))
    }

    fn of_run<'e>(&self, event: &'e Event) -> Told<'e> {
        use Mark::{Bad, Bent, Good, Plain};
        let say = |words: &str| Phrase::of(words);
        Some(match event {
            Event::RunOpened(e) => (Plain, Some(&e.who), say("opened the run")),
            Event::RunResumed(e) => (Plain, Some(&e.who), say("took the run up again")),
            Event::RunPaused(e) => (Plain, Some(&e.who), say("left the run open").reason(": ", Some(&e.why))),
            Event::RunDriverChanged(e) => {
                let what = say("took over from ").quote(&e.before).reason(": ", Some(&e.reason));
                (Bent, Some(&e.who), what)
            }
            Event::RunHandoverOffered(e) => {
                (Plain, Some(&e.who), say("offered the run to ").quote(&e.to).reason(": ", e.text.as_deref()))
            }
            Event::RunHandedOver(e) => {
                (Plain, Some(&e.who), say("took the run that ").quote(&e.before).say(" offered"))
            }
            Event::RunClosed(e) => {
                let good = e.outcome == crate::run::fact::RunOutcome::Completed;
                let what = say("closed the run as ").say(e.outcome.words()).reason(": ", e.reason.as_deref());
                (if good { Good } else { Bad }, Some(&e.who), what)
            }
            Event::GateVoted(e) => {
                let (mark, vote) = if e.vote == Vote::Go { (Good, "go") } else { (Bad, "no-go") };
                let role = e.role.as_ref().map(|role| format!(" for {role}")).unwrap_or_default();
                let what = say("said ")
                    .say(vote)
                    .say(role)
                    .say(" at the gate before ")
                    .quote(self.run.phase_title(e.gate));
                (mark, Some(&e.who), what.reason(": ", e.text.as_deref()))
            }
            Event::GateOpened(e) => {
                let what = say("opened the gate before ").quote(self.run.phase_title(e.gate));
                match &e.over {
                    None => (Good, Some(&e.who), what),
                    Some(over) => (Bent, Some(&e.who), over_open(what, &e.open).reason(": ", Some(over))),
                }
            }
            Event::NoteAdded(e) => {
                let what = say("noted");
                let what = match &e.id {
                    Some(id) => what.say(" on “").quote(self.text(id)).say("”"),
                    None => what,
                };
                (Plain, Some(&e.who), what.reason(": ", Some(&e.text)))
            }
            Event::ValueSet(e) => {
                (Plain, Some(&e.who), named(say("set "), &e.value).reason(": ", e.reason.as_deref()))
            }
            Event::ChildOpened(e) => {
                let what = say(if e.rollback { "opened the rollback " } else { "opened the child run " });
                let what = over_open(what.code(&e.child).say(" of ").code(&e.runbook), &e.out_of_order);
                (if e.rollback { Bent } else { Plain }, Some(&e.who), what)
            }
            Event::ChildClosed(e) => {
                let what = say("the child run ").code(&e.child).say(" ended: ").say(e.outcome.words());
                (Plain, None, what)
            }
            Event::HostConnected(e) => {
                let what = say("connected to ").code(&e.host).say(" as ").code(&e.user);
                let what = if e.sudo { what.say(", and by sudo as root") } else { what };
                let what =
                    what.say(", host key ").code(&e.fingerprint).say(", trusted by ").quote(&e.trusted);
                let hop = |what: Phrase, hop: &HopSeen| {
                    what.say(", through ").code(&hop.at).say(" with the key ").code(&hop.fingerprint)
                };
                (Plain, None, e.through.iter().fold(what, hop))
            }
            Event::HostKeyRefused(e) => {
                (Bad, None, say("refused the host key of ").code(&e.host).reason(": ", Some(&e.why)))
            }
            Event::HostKeyAccepted(e) => {
                let what = say("accepted the new host key of ").code(&e.host).say(", ").code(&e.fingerprint);
                let what = match (&e.recorded, &e.not_recorded) {
                    (Some(at), _) => what.say(", recorded in ").quote(at),
                    (None, Some(why)) => what.say(", recorded nowhere: ").quote(why),
                    (None, None) => what.say(", for this session only"),
                };
                (Bent, e.who.as_ref(), what)
            }
            Event::HostRepinned(e) => {
                let what = say("accepted that ").code(&e.pin.name).say(" is another host than before (");
                (Bent, Some(&e.who), what.code(&e.before).say("), now ").code(e.pin.in_words()))
            }
            Event::ShellOpened(e) => {
                let what = say("opened a shell on ").code(&e.host);
                let what = match &e.step {
                    Some(step) => what.say(" for the lines of step ").code(step.as_str()),
                    None => what,
                };
                (Bent, Some(&e.who), what.say("; neither keys nor output are recorded"))
            }
            Event::ShellClosed(e) => {
                let took = e.took_ns.map(|ns| format!(", after {}", span::took(ns))).unwrap_or_default();
                (Plain, None, say("the shell on ").code(&e.host).say(" ended: ").quote(&e.how).say(took))
            }
            Event::HostLost(e) => {
                (Bad, None, say("lost the line to ").code(&e.host).reason(": ", Some(&e.why)))
            }
            Event::RunbookChanged(e) => {
                (Bent, None, say("the runbook's file is not the text of this run any more: ").code(&e.now))
            }
            Event::ExportCreated(e) => {
                let what = say("exported the record as ").quote(&e.format).say(", SHA-256 ").code(&e.sha256);
                (Plain, Some(&e.who), what)
            }
            _ => return None,
        })
    }

    fn of_box<'e>(&self, event: &'e Event) -> Told<'e> {
        use Mark::{Bent, Good, Plain};
        let on = |words: &str, id: &BoxId| Phrase::of(words).say("“").quote(self.text(id)).say("”");
        Some(match event {
            Event::BoxSigned(e) => {
                let mut what = on("signed ", &e.id);
                if let Some(value) = &e.value {
                    what = named(what.say(", "), value);
                }
                let what = over_open(what.reason(", note: ", e.note.as_deref()), &e.out_of_order);
                (if e.out_of_order.is_empty() { Good } else { Bent }, Some(&e.who), what)
            }
            Event::MarkSet(e) => {
                let what = Phrase::of("pressed the stopwatch ").code(&e.name);
                (Plain, Some(&e.who), what.say(", with “").quote(self.text(&e.in_box)).say("”"))
            }
            Event::BoxUnsigned(e) => {
                (Bent, Some(&e.who), on("opened again ", &e.id).reason(": ", Some(&e.reason)))
            }
            Event::BoxWaived(e) => {
                let what = on("waived ", &e.id).reason(": ", Some(&e.reason));
                let what = risk(over_open(what, &e.out_of_order), e.risk_owner.as_deref());
                let who = if e.condition.is_some() { None } else { Some(&e.who) };
                (if who.is_some() { Bent } else { Plain }, who, what)
            }
            Event::ChoiceMade(e) => {
                let what = Phrase::of("chose “").quote(&e.chosen).say("” of “").quote(&e.heading).say("”");
                (Plain, Some(&e.who), what)
            }
            Event::HostChosen(e) => {
                let what = Phrase::of("chose ").code(&e.host).say(" for step ").code(e.step.as_str());
                (Plain, Some(&e.who), what)
            }
            Event::WaitStarted(e) => {
                let what = on("began to wait ", &e.id).say(" for ").say(span::clock(e.seconds));
                (Plain, Some(&e.who), what)
            }
            Event::WaitEnded(e) => {
                (Bent, Some(&e.who), on("ended the wait early ", &e.id).reason(": ", Some(&e.reason)))
            }
            _ => return None,
        })
    }

    fn of_step<'e>(&self, event: &'e Event) -> Told<'e> {
        use Mark::{Bad, Bent, Good, Plain, Unknown};
        Some(match event {
            Event::StepIntended(e) if e.round.is_some_and(|r| r.round > 1) => return None,
            Event::StepFinished(e) if self.run.attempts.get(&e.number).is_some_and(Attempt::went_on) => {
                return None;
            }
            Event::WatchSampled(e) if e.over && self.round(e.number) => {
                let what =
                    self.attempt("the watch ", e.number).say(format!(" passed after {} rounds, ", e.round));
                let held = clocks::words(Duration::from_secs(e.held));
                (Good, None, value_read(what.say(held), e.value.as_deref()))
            }
            Event::WatchSampled(e) if e.value.is_some() && !self.round(e.number) => {
                (Plain, None, value_read(self.attempt("", e.number), e.value.as_deref()))
            }
            Event::WatchBreached(e) => {
                let what =
                    self.attempt("the watch ", e.number).say(format!(" failed in round {}: ", e.round));
                (Bad, None, what.quote(&e.why))
            }
            Event::StepIntended(e) => {
                let what = Phrase::of("started step ").code(e.step.as_str()).say(" on ").code(&e.host);
                let again = if e.attempt > 1 { format!(", attempt {}", e.attempt) } else { String::new() };
                let by_itself =
                    if e.retry_of.is_some() { ", again by itself as the runbook says" } else { "" };
                let terminal = if e.interactive { ", in a terminal" } else { "" };
                let what = what
                    .say(again)
                    .say(terminal)
                    .say(by_itself)
                    .reason(", confirmed with ", e.confirmed.as_deref());
                (Plain, Some(&e.who), over_open(what, &e.out_of_order))
            }
            Event::StepCaptured(e) => {
                let what = named(self.attempt("", e.number).say(" gave "), &e.value);
                let own = if e.host.is_some() { ", for this host alone" } else { "" };
                (Plain, None, what.say(own))
            }
            Event::StepTimedOut(e) => {
                let what = self.attempt("", e.number).say(" is ended: its time of ");
                (Bad, None, what.say(clocks::words(Duration::from_secs(e.limit))).say(" is up"))
            }
            Event::StepFinished(e) => {
                // The state at that moment: what a person said of it later is a moment of its own.
                let seen = self.run.attempts.get(&e.number).map(|a| {
                    let mut then = Attempt::new(a.intent.clone(), a.at);
                    then.finished = Some(((**e).clone(), a.at));
                    then.timed_out = a.timed_out;
                    then.enough.clone_from(&a.enough);
                    then
                });
                let (status, words) =
                    seen.map_or((StepStatus::Failed, String::new()), |a| (a.status(), a.ended_words()));
                let mark = match status {
                    StepStatus::Passed | StepStatus::PassedByMarker => Good,
                    StepStatus::Warning | StepStatus::Cancelled => Bent,
                    _ => Bad,
                };
                let took = e.took_ns.map(|ns| format!(", took {}", span::took(ns))).unwrap_or_default();
                let what =
                    self.attempt("", e.number).say(format!(" {}: ", status.word())).quote(words).say(took);
                (mark, None, what)
            }
            Event::StepCancelRequested(e) if e.enough => {
                (Plain, Some(&e.who), self.attempt("ended ", e.number).say(": it has done its work"))
            }
            Event::StepCancelRequested(e) => (Bent, Some(&e.who), self.attempt("asked to stop ", e.number)),
            Event::StepUnknown(e) => {
                (Unknown, None, self.attempt("", e.number).say(" is unknown").reason(": ", Some(&e.why)))
            }
            Event::StepProbed(e) => {
                let what = self.attempt("asked the host about ", e.number).say(": ").quote(probe(&e.answer));
                let what = if e.left.is_empty() { what } else { what.say("; still there: ").list(&e.left) };
                (Plain, None, what)
            }
            Event::StepResolved(e) => {
                let verdict = match e.verdict {
                    Verdict::Stopped => "was stopped",
                    verdict => verdict.words(e.extent),
                };
                let what = self.attempt("gave the verdict that ", e.number).say(" ").say(verdict);
                (Bent, Some(&e.who), what.reason(", evidence: ", Some(&e.evidence)))
            }
            Event::StepWaived(e) => {
                let what = Phrase::of("waived step ").code(e.step.as_str()).reason(": ", Some(&e.reason));
                let who = if e.condition.is_some() { None } else { Some(&e.who) };
                (if who.is_some() { Bent } else { Plain }, who, risk(what, e.risk_owner.as_deref()))
            }
            _ => return None,
        })
    }

    fn round(&self, number: u32) -> bool {
        self.run.attempts.get(&number).is_some_and(|a| a.intent.round.is_some())
    }

    fn attempt(&self, before: &str, number: u32) -> Phrase {
        let Some(attempt) = self.run.attempts.get(&number) else {
            return Phrase::of(format!("{before}attempt {number}"));
        };
        let StepId(step) = &attempt.intent.step;
        Phrase::of(format!("{before}step ")).code(step).say(" on ").code(&attempt.intent.host)
    }

    fn text(&self, id: &BoxId) -> String {
        self.run.runbook.find_box(id).map_or_else(|| id.0.clone(), |b| b.text.clone())
    }
}

fn value_read(what: Phrase, value: Option<&str>) -> Phrase {
    match value {
        Some(value) => what.say(", read ").code(value),
        None => what,
    }
}

fn named(before: Phrase, value: &NamedValue) -> Phrase {
    before.code(format!("{}={}", value.name, value.value))
}

fn over_open(what: Phrase, open: &[BoxId]) -> Phrase {
    if open.is_empty() { what } else { what.say(", over open boxes: ").list(open.iter().map(BoxId::as_str)) }
}

fn risk(what: Phrase, owner: Option<&str>) -> Phrase {
    match owner {
        Some(owner) => what.say("; risk carried by ").quote(owner),
        None => what,
    }
}

/// Returns a host's answer in words.
#[must_use]
pub fn probe(answer: &Probe) -> String {
    match answer {
        Probe::Gone => "the run's directory is gone there".to_owned(),
        Probe::Never => "it never reached the host".to_owned(),
        Probe::NeverStarted => "it was refused before it started".to_owned(),
        Probe::Starting => "it was about to start".to_owned(),
        Probe::Running(pid, _) => format!("it runs as process {pid}"),
        Probe::Ended(status) => format!("it ended with status {status}"),
        Probe::Died => "its process is gone and left no status".to_owned(),
        Probe::OtherBoot => "the host was started again since, or is another one".to_owned(),
        Probe::Unreachable(why) => format!("it could not be asked: {why}"),
    }
}
