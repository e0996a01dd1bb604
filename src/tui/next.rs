//! What Enter does on the run screen: one thing, in words that name object and host.

use chrono::{DateTime, Utc};

use crate::clock::Stamp;
use crate::run::offer::Offer;
use crate::run::state::Run;
use crate::runbook::ids::{BoxId, StepId};
use crate::runbook::model::Confirm;
use crate::text::clocks::m_ss;
use crate::tui::about;
use crate::tui::shared::{Driven, Log, Shared};
use crate::tui::watching;

/// What Enter does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nothing: another process drives the run, in this person's hands.
    ReadOnly(String),
    /// Tries the log again.
    RetryLog,
    /// Writes the record into a file.
    Export,
    /// Nothing: the record was written, and this was said of it.
    Exported(String),
    /// Starts a step.
    Start(StepId),
    /// Asks what to do about a failed step.
    Failed(u32),
    /// Asks what became of a step.
    Verdict(u32),
    /// Nothing: an attempt runs.
    Running(u32),
    /// Goes back to the terminal of an attempt.
    Terminal(u32),
    /// Asks for the value of a variable.
    Value(String),
    /// Asks which of several sections applies.
    Choose(usize),
    /// Starts a wait.
    StartWait(BoxId),
    /// Nothing: a wait runs until then.
    Waiting(BoxId, DateTime<Utc>),
    /// Opens the linked runbook as a child run.
    OpenLink(BoxId),
    /// Nothing: the child run is driven elsewhere.
    Elsewhere(String),
    /// Asks for a signature.
    Sign(BoxId),
    /// Goes to another box.
    GoTo(usize),
    /// Asks for a vote at a gate.
    Gate(usize),
    /// Closes the run as completed.
    Complete,
    /// Closes the run as rolled back.
    RolledBack,
    /// Nothing.
    Nothing,
}

impl Next {
    /// Returns whether it asks the log to record something at once, without a question in between.
    #[must_use]
    pub const fn starts(&self) -> bool {
        matches!(
            self,
            Self::Start(_) | Self::StartWait(_) | Self::OpenLink(_) | Self::Complete | Self::RolledBack
        )
    }
}

/// What the Enter line says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// Whether Enter does something.
    pub works: bool,
    /// What.
    pub what: String,
    /// What else is worth saying.
    pub rest: String,
}

impl Words {
    /// Returns words for an Enter that does `what`.
    #[must_use]
    pub fn does(what: impl Into<String>, rest: impl Into<String>) -> Self {
        Self { works: true, what: what.into(), rest: rest.into() }
    }

    /// Returns words for an Enter that does nothing, and why.
    #[must_use]
    pub fn nothing(what: impl Into<String>, rest: impl Into<String>) -> Self {
        Self { works: false, what: what.into(), rest: rest.into() }
    }
}

/// Returns what Enter does for the box at `selected`.
#[must_use]
pub fn next(shared: &Shared, driven: &Driven, selected: usize, now: &Stamp) -> Next {
    let run = driven.run();
    if let Some(name) = driven.driver.elsewhere() {
        return Next::ReadOnly(name.to_owned());
    }
    if matches!(shared.log, Log::Stopped { .. }) {
        return Next::RetryLog;
    }
    if run.closed.is_some() {
        return driven.exported.clone().map_or(Next::Export, Next::Exported);
    }
    if run.rolled_back() {
        return Next::RolledBack;
    }
    match run.offer(selected, now.wall) {
        Offer::Start(step) => match run.in_flight().next() {
            Some(attempt) => Next::Running(attempt.intent.number),
            None => Next::Start(step),
        },
        Offer::Failed(_, number) => Next::Failed(number),
        Offer::Unknown(number) => Next::Verdict(number),
        Offer::Running(number) if driven.terms.contains_key(&number) && run.runs_in_terminal(number) => {
            Next::Terminal(number)
        }
        Offer::Running(number) => Next::Running(number),
        Offer::Decide(name) => Next::Value(name),
        Offer::Choose(choice) => Next::Choose(choice),
        Offer::StartWait(id) => Next::StartWait(id),
        Offer::Waiting(id, until) => Next::Waiting(id, until),
        Offer::OpenLink(id) => Next::OpenLink(id),
        Offer::GoToChild(child) => Next::Elsewhere(child),
        Offer::Sign(id, _) => Next::Sign(id),
        Offer::Children(open) => {
            open.first().and_then(|id| run.runbook.box_index(id)).map_or(Next::Nothing, Next::GoTo)
        }
        Offer::Gate(gate) => Next::Gate(gate),
        Offer::Settled(_) => go_on(run, selected, now),
        Offer::Close => Next::Complete,
        Offer::Closed => Next::Export,
    }
}

/// What Enter does on a box that is settled: it goes where something is to be done.
fn go_on(run: &Run, selected: usize, now: &Stamp) -> Next {
    match run.attention(now.wall) {
        (_, Offer::Close) => Next::Complete,
        (_, Offer::Gate(gate)) => Next::Gate(gate),
        (Some(index), _) if index != selected => Next::GoTo(index),
        _ => Next::Nothing,
    }
}

/// Returns what the Enter line says about `next`.
#[must_use]
pub fn words(next: &Next, run: &Run, who: &str, now: &Stamp) -> Words {
    let attempt = |number: &u32| run.attempts.get(number);
    let title =
        |number: &u32| attempt(number).map(|a| about::step_title(run, &a.intent.step)).unwrap_or_default();
    let host = |number: &u32| attempt(number).map(|a| a.intent.host.clone()).unwrap_or_default();
    match next {
        Next::ReadOnly(name) if run.is_offered_to(who) && run.closed.is_none() => {
            Words::does(format!("take the run that {name} offers you"), "(asks first)")
        }
        Next::ReadOnly(name) => {
            Words::nothing(format!("{name} drives this run now."), "q leaves this screen")
        }
        Next::RetryLog => Words::does("try again to write", "(tries by itself every 5 s)"),
        Next::Export => Words::does("export the record", "as Markdown, one file"),
        Next::Exported(said) => Words::nothing(said.clone(), "e exports again, q leaves"),
        Next::Start(step) => start_words(run, step),
        Next::Failed(n) => Words::does(
            format!("choose what to do about {} on {}", title(n), host(n)),
            "(nothing starts yet)",
        ),
        Next::Verdict(n) => {
            Words::does(format!("say what became of {} on {}", title(n), host(n)), "(nothing starts)")
        }
        Next::Running(n) => {
            let stops = if attempt(n).is_some_and(|a| a.cancel_asked) {
                "It was asked to stop."
            } else {
                "x stops it (asks first)"
            };
            let waits = attempt(n).filter(|a| a.finished.is_some());
            match waits.and_then(|a| Some((run.runbook.find_step(&a.intent.step)?.1, a))) {
                Some((step, a)) => {
                    let watch = watching::watching(run, step, &a.intent.host, now);
                    let next = watch.and_then(|w| w.next).unwrap_or_default();
                    Words::nothing(
                        format!("Nothing to press: {} watches, {next}.", title(n)),
                        "x ends it (asks)",
                    )
                }
                None => Words::nothing(format!("Nothing to press: {} is running.", title(n)), stops),
            }
        }
        Next::Terminal(n) => Words::does(
            format!("go back to the terminal of {} on {}", title(n), host(n)),
            "your keys go there",
        ),
        Next::Value(name) => {
            Words::does(format!("say what {name} is"), "nobody can know whether this applies")
        }
        Next::Choose(choice) => {
            let title = run.runbook.choices.get(*choice).map_or("", |c| c.title.as_str());
            Words::does(format!("choose which applies of {title}"), "(asks first)")
        }
        Next::StartWait(id) => {
            let wait = run.runbook.find_box(id).and_then(|b| b.wait).unwrap_or_default();
            Words::does(format!("start the wait of {}", crate::text::clocks::words(wait)), "")
        }
        Next::Waiting(_, until) => {
            let left = (*until - now.wall).to_std().unwrap_or_default();
            Words::nothing(
                format!("Nothing to press: {} to wait.", m_ss(left)),
                "x ends the wait early (reason)",
            )
        }
        Next::OpenLink(id) => {
            let link = run.runbook.find_box(id).and_then(|b| b.runbook.clone()).unwrap_or_default();
            Words::does(format!("open {link} as a child run"), "no step starts yet")
        }
        Next::Elsewhere(child) => {
            Words::nothing(format!("The child run {child} is open."), format!("gonogo resume {child}"))
        }
        Next::Sign(id) => sign_words(run, id, who),
        Next::GoTo(index) => {
            let text = run.runbook.boxes.get(*index).map(|b| b.text.as_str()).unwrap_or_default();
            Words::does(format!("go to box {}", about::number(run, *index)), text)
        }
        Next::Gate(gate) => {
            let open: Vec<String> =
                run.not_go(*gate).into_iter().map(|(role, why)| format!("{role} {why}")).collect();
            let rest = if open.is_empty() { "(asks first)".to_owned() } else { open.join(", ") };
            Words::does(format!("go or no-go for {}", run.phase_title(*gate)), rest)
        }
        Next::Complete => {
            let counts = run.counts();
            let owed = if counts.open > 0 { format!(", {} owed", counts.open) } else { String::new() };
            let said = format!("{} signed, {} waived{owed}", counts.signed, counts.waived);
            Words::does("close the run: completed", said)
        }
        Next::RolledBack => Words::does("close the run: rolled back", "the rollback has completed"),
        Next::Nothing => Words::nothing("Nothing to press here.", ""),
    }
}

fn sign_words(run: &Run, id: &BoxId, who: &str) -> Words {
    let name = about::box_name(run, id);
    let first = run.runbook.box_index(id).and_then(|i| run.boxes.get(i)?.half());
    if let Some((first, _)) = first.filter(|(first, _)| first.who.name == who) {
        let what = format!("{} signed {name}: it waits for a second person.", first.who.name);
        return Words::nothing(what, format!("gonogo sign {} {id}", run.id));
    }
    match run.runbook.find_box(id).and_then(|b| b.value.as_ref()) {
        Some(value) => Words::does(format!("give {} and sign {name} as {who}", value.name), ""),
        None => Words::does(format!("sign {name} as {who}"), "(opens the form)"),
    }
}

fn start_words(run: &Run, id: &StepId) -> Words {
    let Some((_, step)) = run.runbook.find_step(id) else { return Words::nothing("No such step.", "") };
    if run.host_open(step) {
        return Words::does("choose where it runs", "the runbook does not say");
    }
    let open: Vec<String> = match run.targets(step) {
        Ok(hosts) => hosts
            .iter()
            .filter(|h| !run.host_status(step, &h.name).settled())
            .map(|h| h.name.clone())
            .collect(),
        Err(why) => return Words::nothing(format!("{} cannot run:", step.title), why),
    };
    let lacks = run.lacks(step);
    if !lacks.is_empty() {
        let (first, more) =
            (lacks.iter().take(2).cloned().collect::<Vec<_>>().join(", "), lacks.len().saturating_sub(2));
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        return Words::does(format!("fill in {first}{more}"), format!("{} waits for it", step.title));
    }
    let (n, of) = about::step_of(run, step);
    let on = match open.as_slice() {
        [] => String::new(),
        [one] => format!(" on {one}"),
        [first, rest @ ..] => format!(" on {first}, then {}", rest.join(", ")),
    };
    let asks = match step.confirm {
        Confirm::No if step.check => "only reads",
        Confirm::No => "",
        Confirm::Press | Confirm::Type => "asks first",
    };
    let of = if of > 1 { format!("step {n} of {of}") } else { String::new() };
    let rest: Vec<String> = [of, asks.to_owned()].into_iter().filter(|p| !p.is_empty()).collect();
    Words::does(format!("run {}{on}", step.title), rest.join(", "))
}
