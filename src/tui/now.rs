//! The NOW line: one sentence fit to read out to the people who ask, and the chip before it.

use std::time::Duration;

use crate::clock::Stamp;
use crate::run::attempt::{Attempt, StepStatus};
use crate::run::fact::RunOutcome;
use crate::run::offer::Offer;
use crate::run::state::Run;
use crate::run::status::BoxStatus;
use crate::text::clocks::m_ss;
use crate::tui::about;
use crate::tui::app::App;
use crate::tui::ink::elapsed;
use crate::tui::shared::{Driven, Log};
use crate::tui::watching;

/// What is going on, in one word. The order is the order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Chip {
    /// The log cannot be written.
    LogStopped,
    /// Another process drives the run.
    ReadOnly,
    /// Something was asked.
    Question,
    /// Something dangerous wants to be confirmed.
    Confirm,
    /// A key is waited for.
    Key,
    /// A signature is being written.
    Sign,
    /// Nobody knows what a step did.
    Unknown,
    /// A step failed.
    Failed,
    /// A gate wants a vote.
    Gate,
    /// A remote terminal waits for its keyboard, or has it.
    Terminal,
    /// A step has said nothing for long.
    Quiet,
    /// A step runs.
    Running,
    /// A step waits for its next round.
    Watching,
    /// A wait runs.
    Waiting,
    /// The next thing is the captain's.
    YourMove,
    /// The run completed.
    Done,
    /// The run ended otherwise.
    Ended,
}

/// How loud a chip is, by shape first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loud {
    /// Under way.
    Now,
    /// Well.
    Well,
    /// Asks somebody.
    Asks,
    /// Filled in red.
    Alarm,
    /// Filled in magenta.
    Unknown,
}

/// What the NOW line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Now {
    /// The chip.
    pub chip: Chip,
    /// Its word.
    pub word: String,
    /// What, in strong letters.
    pub what: String,
    /// What else.
    pub rest: String,
    /// Clocks, or what it waits for.
    pub right: String,
    /// How many other things also hold.
    pub more: usize,
}

impl Chip {
    /// Returns how loud it is.
    #[must_use]
    pub const fn loud(self) -> Loud {
        match self {
            Self::Running | Self::Watching | Self::Waiting => Loud::Now,
            Self::Done => Loud::Well,
            Self::LogStopped | Self::ReadOnly | Self::Failed | Self::Confirm | Self::Ended => Loud::Alarm,
            Self::Unknown => Loud::Unknown,
            Self::Question
            | Self::Key
            | Self::Sign
            | Self::Gate
            | Self::Terminal
            | Self::Quiet
            | Self::YourMove => Loud::Asks,
        }
    }
}

/// A silence of at least this long counts as quiet.
const QUIET: Duration = Duration::from_secs(60);

/// Returns what the NOW line says.
#[must_use]
pub fn now(app: &App) -> Now {
    let driven = app.driven();
    let run = driven.run();
    let at = &app.session.now;
    let mut all: Vec<Now> = Vec::new();
    if let Log::Stopped { .. } = app.shared.log {
        let what = "nothing new can start: the record cannot be written";
        all.push(line(Chip::LogStopped, "LOG STOPPED", what, "", ""));
    }
    if let Some(name) = driven.driver.elsewhere() {
        let what = format!("{name} drives this run now");
        all.push(line(Chip::ReadOnly, "READ ONLY", &what, "q leaves this screen", ""));
    }
    if let Some(since) = app.shared.signing {
        let waited = m_ss(elapsed(&since, at));
        all.push(line(Chip::Key, "WAITING", "for your key to sign: touch it if it blinks", "", &waited));
    }
    if let Some((chip, what, right)) = app.session.dialog().and_then(|d| d.ask().chip(&app.cx())) {
        let word = match chip {
            Chip::Confirm => "CONFIRM",
            Chip::Sign => "SIGN",
            Chip::Gate => "GATE",
            _ => "QUESTION",
        };
        all.push(line(chip, word, &what, "", &right));
    }
    // What the question is about anyway is not counted a second time.
    let asked = all.last().map(|n| n.chip);
    all.extend(going_on(driven, at).into_iter().filter(|n| asked != Some(n.chip)));
    if all.is_empty() {
        all.push(still(run, at, app.session.zone));
    }
    let more = all.len().saturating_sub(1);
    // Where the keys go comes before everything else.
    if let Some((number, _)) = app.keyboard().filter(|_| app.session.dialog().is_none()) {
        let what = format!("your keys go to {}", crate::tui::dialog::terminal::named(run, number));
        let right = all.iter().find(|n| n.chip == Chip::Terminal).map(|n| n.right.clone());
        let more = more.saturating_sub(usize::from(right.is_none()));
        return Now { more, ..line(Chip::Terminal, "TERMINAL", &what, "", &right.unwrap_or_default()) };
    }
    let first = all.into_iter().min_by_key(|n| n.chip);
    first.map_or_else(|| still(run, at, app.session.zone), |first| Now { more, ..first })
}

/// Returns the NOW line as one sentence with what the people who ask cannot see: which run, how far.
#[must_use]
pub fn sentence(run: &Run, now: &Now, at: &Stamp) -> String {
    let place = run.opened.environment.as_ref().map(|e| format!(" on {}", e.name)).unwrap_or_default();
    let counts = run.counts();
    let done = counts.signed + counts.waived;
    let mut parts = vec![format!("{}{place}: {} {}", run.title(), now.word, now.what)];
    parts.extend([&now.rest, &now.right].into_iter().filter(|p| !p.is_empty()).cloned());
    let since = crate::text::clocks::h_mm(elapsed(&run.opened_at, at));
    format!("{}. {done} of {} boxes done, T+{since}.", parts.join(", "), done + counts.open)
}

fn line(chip: Chip, word: &str, what: &str, rest: &str, right: &str) -> Now {
    Now {
        chip,
        word: word.to_owned(),
        what: what.to_owned(),
        rest: rest.to_owned(),
        right: right.to_owned(),
        more: 0,
    }
}

/// What goes on or went wrong, in no order.
fn going_on(driven: &Driven, at: &Stamp) -> Vec<Now> {
    let run = driven.run();
    if run.closed.is_some() {
        return Vec::new();
    }
    let mut all = Vec::new();
    for attempt in run.unknown() {
        let what = format!("{} may have run, may still be running", named(run, attempt));
        let since = attempt.unknown.as_ref().map_or(attempt.at, |(_, since)| *since);
        let since = format!("for {}", m_ss(elapsed(&since, at)));
        all.push(line(Chip::Unknown, "UNKNOWN", &what, "", &since));
    }
    for index in about::tried(run).into_iter().filter(|i| run.box_status(*i) == BoxStatus::Failed) {
        all.extend(failed(run, index, at));
    }
    if let Some(gate) = run.next_gate().filter(|g| run.gate_is_next(*g)) {
        let what = format!("go or no-go for {}", run.phase_title(gate));
        let said = run.gates.get(&gate).and_then(|g| g.votes.last());
        let open: Vec<String> = run.not_go(gate).iter().map(|(role, why)| format!("{role} {why}")).collect();
        let rest = match said {
            _ if !open.is_empty() => open.join(", "),
            said => said.map(|(v, _)| format!("no-go by {}", v.who.name)).unwrap_or_default(),
        };
        let right = if rest.is_empty() { "all before it is settled" } else { "" };
        all.push(line(Chip::Gate, "GATE", &what, &rest, right));
    }
    let flying: Vec<&Attempt> = run.in_flight().collect();
    let lines: Vec<Now> = flying.iter().map(|attempt| running(driven, attempt, at)).collect();
    let calm = lines.iter().all(|now| now.chip == Chip::Running);
    match together(run, &flying, at).filter(|_| calm) {
        Some(now) => all.push(now),
        None => all.extend(lines),
    }
    if let Some((offer, since)) = &run.offered {
        let what = format!("for {} to take the run: gonogo handover {} --accept", offer.to, run.id);
        all.push(line(Chip::Waiting, "WAITING", &what, "", &m_ss(elapsed(since, at))));
    }
    if let Some(shell) = run.open_shell() {
        let what = format!("a shell on {} is open, by {}", shell.opened.host, shell.opened.who.name);
        all.push(line(Chip::Terminal, "TERMINAL", &what, "o goes there", &m_ss(elapsed(&shell.at, at))));
    }
    for (step, host, newest) in run.between_rounds() {
        let Some(watch) = watching::watching(run, step, &host.name, at) else { continue };
        let said = watch.value.as_ref().map_or_else(|| watch.how_far(), |v| format!("{v}, {}", watch.lasted));
        let what = format!("{}: {said}", named(run, newest));
        all.push(line(Chip::Watching, "WATCHING", &what, "", &watch.next.unwrap_or_default()));
    }
    for index in run.walked().filter(|i| run.box_status(*i) == BoxStatus::HalfSigned) {
        let Some((first, since)) = run.boxes.get(index).and_then(|b| b.half()) else { continue };
        let what =
            format!("for a second person: {} signed {}", first.who.name, about::box_name(run, &first.id));
        all.push(line(Chip::Waiting, "WAITING", &what, "", &m_ss(elapsed(since, at))));
    }
    let waits = |i: &usize| run.boxes.get(*i).is_some_and(|b| b.wait_started.is_some() && !b.settled());
    for index in run.walked().filter(waits) {
        if let Offer::Waiting(id, until) = run.offer(index, at.wall) {
            let left = (until - at.wall).to_std().unwrap_or_default();
            let what = format!("{}: the wait ends in {}", about::box_name(run, &id), m_ss(left));
            all.push(line(Chip::Waiting, "WAITING", &what, "", ""));
        }
    }
    all
}

fn failed(run: &Run, index: usize, at: &Stamp) -> Option<Now> {
    let item = run.runbook.boxes.get(index)?;
    let bad = |s: StepStatus| matches!(s, StepStatus::Failed | StepStatus::Cancelled);
    let step = item.steps.iter().find(|s| bad(run.step_status(s)))?;
    let hosts = run.host_statuses(step);
    let broken: Vec<&str> = hosts.iter().filter(|(_, s)| bad(*s)).map(|(h, _)| h.name.as_str()).collect();
    let attempt = run.latest(&step.id, broken.first()?)?;
    let what = format!("{}: {}", named(run, attempt), attempt.ended_words());
    let passed = hosts.iter().filter(|(_, s)| s.settled()).count();
    let rest = if hosts.len() > 1 && passed > 0 {
        format!("{passed} of {} hosts passed", hosts.len())
    } else {
        String::new()
    };
    let word = if hosts.len() > 1 {
        format!("{} OF {} FAILED", broken.len(), hosts.len())
    } else {
        "FAILED".to_owned()
    };
    let word = if attempt.breached.is_some() { "BREACH".to_owned() } else { word };
    let word = if run.step_status(step) == StepStatus::Cancelled { "CANCELLED".to_owned() } else { word };
    let ended = attempt.finished.as_ref().map_or(attempt.at, |(_, ended)| *ended);
    let right = format!("waiting for you {}", m_ss(elapsed(&ended, at)));
    Some(line(Chip::Failed, &word, &what, &rest, &right))
}

fn running(driven: &Driven, attempt: &Attempt, at: &Stamp) -> Now {
    let run = driven.run();
    let took = m_ss(about::attempt_took(attempt, at));
    let window = driven.outputs.get(&attempt.intent.number);
    let heard = window.and_then(crate::tui::output::Window::last_at).or(attempt.started_at);
    let silence = elapsed(&heard.unwrap_or(attempt.at), at);
    let limit = QUIET.max(window.map(crate::tui::output::Window::longest_silence).unwrap_or_default() * 3);
    let title = about::step_title(run, &attempt.intent.step);
    let what = format!("{}{title}, on {}", step_of(run, attempt), attempt.intent.host);
    let rest = if attempt.cancel_asked {
        "asked to stop"
    } else if attempt.started_at.is_none() {
        "being sent"
    } else {
        ""
    };
    if run.runs_in_terminal(attempt.intent.number) {
        let right = format!("{took}   quiet {}", m_ss(silence));
        return line(Chip::Terminal, "TERMINAL", &format!("{what}: it has a terminal"), rest, &right);
    }
    if silence >= limit {
        let word = format!("QUIET {}", m_ss(silence));
        return line(Chip::Quiet, &word, &what, rest, &took);
    }
    line(Chip::Running, "RUNNING", &what, rest, &format!("{took}   quiet {}", m_ss(silence)))
}

/// What the line says of a step that runs on several hosts; none when it runs on one.
fn together(run: &Run, flying: &[&Attempt], at: &Stamp) -> Option<Now> {
    let [first, _, ..] = flying else { return None };
    let (_, step) = run.runbook.find_step(&first.intent.step)?;
    let statuses = run.host_statuses(step);
    let count = |wanted: fn(StepStatus) -> bool| statuses.iter().filter(|(_, s)| wanted(*s)).count();
    let (passed, left) = (count(StepStatus::settled), count(|s| s == StepStatus::Pending));
    let what = format!(
        "{}{}, on {} of {} hosts",
        step_of(run, first),
        about::step_title(run, &first.intent.step),
        flying.len(),
        statuses.len()
    );
    let words = [(passed, "passed"), (left, "not yet")].into_iter().filter(|(n, _)| *n > 0);
    let rest: Vec<String> = words.map(|(n, word)| format!("{n} {word}")).collect();
    let took = m_ss(about::attempt_took(first, at));
    Some(line(Chip::Running, "RUNNING", &what, &rest.join(", "), &took))
}

/// Returns `step 2 of 5, ` for an attempt of a box with several steps.
fn step_of(run: &Run, attempt: &Attempt) -> String {
    let place = run.runbook.find_step(&attempt.intent.step).map(|(_, s)| about::step_of(run, s));
    place.filter(|(_, of)| *of > 1).map(|(n, of)| format!("step {n} of {of}, ")).unwrap_or_default()
}

fn named(run: &Run, attempt: &Attempt) -> String {
    format!("{} on {}", about::step_title(run, &attempt.intent.step), attempt.intent.host)
}

/// What the line says when nothing goes on.
fn still(run: &Run, at: &Stamp, zone: crate::clock::Zone) -> Now {
    if let Some((closed, when)) = &run.closed {
        let said = closed.counts.words();
        let right = format!("closed {}", zone.hms(when.wall));
        let what = format!("{}: {said}", closed.outcome.words());
        return match closed.outcome {
            RunOutcome::Completed => line(Chip::Done, "DONE", &what, "", &right),
            other => line(Chip::Ended, &other.words().to_uppercase(), &said, "", &right),
        };
    }
    if run.rolled_back() {
        return line(Chip::YourMove, "YOUR MOVE", "the rollback has completed: close the run", "", "");
    }
    let (index, offer) = run.attention(at.wall);
    let Some(item) = index.and_then(|i| run.runbook.boxes.get(i)) else {
        let due: Vec<_> = run.walked().filter(|i| run.boxes.get(*i).is_some_and(|b| !b.settled())).collect();
        let due: Vec<_> = due.into_iter().map(|i| run.box_id(i)).collect();
        let what = if due.is_empty() {
            "every box is settled: close the run".to_owned()
        } else {
            format!("nothing holds the run open; owed: {}", about::box_names(run, &due))
        };
        let right = if due.is_empty() { "no step is running" } else { "" };
        return line(Chip::YourMove, "YOUR MOVE", &what, "", right);
    };
    let does = match offer {
        Offer::Start(step) if run.runbook.find_step(&step).is_some_and(|(_, s)| run.host_open(s)) => {
            format!("choose where {} runs", about::step_title(run, &step))
        }
        Offer::Start(step) => format!("run {}", about::step_title(run, &step)),
        Offer::Sign(_, Some(value)) => format!("give {value}, then sign"),
        Offer::Decide(name) => format!("say what {name} is"),
        Offer::OpenLink(_) => "open its runbook".to_owned(),
        Offer::StartWait(_) => "start its wait".to_owned(),
        Offer::Choose(choice) => {
            let title = run.runbook.choices.get(choice).map_or("", |c| c.title.as_str());
            format!("choose which applies of {title}")
        }
        Offer::GoToChild(child) => format!("its child run {child} is open"),
        _ => item.text.clone(),
    };
    let what = format!("{}: {does}", about::box_name(run, &item.id));
    line(Chip::YourMove, "YOUR MOVE", &what, "", "no step is running")
}
