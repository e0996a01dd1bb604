//! Walking a run without a terminal: what a person would be asked is taken from an answers file, or stops the walk.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use crate::config::answers::{Answers, BoxAnswer, GateAnswer};
use crate::report::changes::TAKE_IT;
use crate::run::attempt::{Attempt, StepStatus};
use crate::run::command::{Action, Command};
use crate::run::conclude::Report;
use crate::run::driver::{Driver, Effect};
use crate::run::event::Event;
use crate::run::fact::{
    Entry, NamedValue, Probe, Recorded, RunOutcome, RunPaused, RunbookChanged, Vote, Who,
};
use crate::run::offer::Offer;
use crate::run::refusal::Refusal;
use crate::run::state::Run;
use crate::runbook::Runbook;
use crate::runbook::ids::{BoxId, StepId};
use crate::runtime::watch::{self, EVERY, Watch};
use crate::runtime::worker::{Answer, Worker};
use crate::runtime::{clock, follow};

/// How often the driver is told the time while time alone may bring something about.
const TICK: Duration = Duration::from_secs(1);

/// How long a walk takes at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// In all.
    pub max: Duration,
    /// Where another person's word is due; without it the walk ends there.
    pub wait: Option<Duration>,
}

/// How the walk ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The run was closed.
    Closed(RunOutcome),
    /// A step failed; the run stays open.
    Failed(String),
    /// A step was not started because its host could not be used; the run stays open.
    Host(String),
    /// A human answer or a verdict is missing; the run stays open.
    AnswerMissing(String),
    /// The answers file says that a person goes on from here.
    Stopped(String),
    /// The log cannot be written.
    Log(String),
    /// Somebody else has taken the run over.
    TakenOver,
    /// The time was up.
    TimeUp,
    /// SIGINT or SIGTERM; the run stays open.
    Signalled {
        /// Whether it was SIGINT.
        interrupt: bool,
    },
}

/// Walks the run of `driver` as `who` with `answers` within `limits`, telling each step of the way by `say`.
pub async fn walk(
    driver: &mut Driver,
    worker: &Worker,
    mut inbox: mpsc::Receiver<Answer>,
    answers: &Answers,
    who: &Who,
    limits: Limits,
    mut say: impl FnMut(&str),
) -> std::io::Result<Ended> {
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    let deadline = Instant::now() + limits.max;
    let mut patience = Patience { wait: limits.wait, since: None };
    let effects = driver.take_up("the process that drove the run ended");
    // Steps that provably never began, or that may begin twice: whoever starts a walk wants them begun. What fails
    // during the walk ends it.
    let mut anew: BTreeSet<u32> = driver
        .run()
        .attempts
        .values()
        .filter(|a| may_begin(driver.run(), a))
        .map(|a| a.intent.number)
        .collect();
    // Hosts that were asked what became of a step and have not answered yet.
    let mut asked = BTreeSet::new();
    perform(worker, driver, effects, &mut asked);
    let following = follow::follow(worker, driver.knows_others());
    let mut file = File::of(driver.run(), worker).await;
    file.look(&mut say).await;
    let mut looks = interval(EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let ended = loop {
        if driver.elsewhere().is_some() {
            break Ended::TakenOver;
        }
        if let Some(why) = driver.stopped() {
            break if worker.driving() { Ended::Log(why.to_owned()) } else { Ended::TakenOver };
        }
        let mut until = deadline;
        if driver.run().keeps_time() {
            let effects = driver.tick(clock::now());
            perform(worker, driver, effects, &mut asked);
            until = until.min(Instant::now() + TICK);
        }
        if !driver.recording() && driver.waiting() == 0 && asked.is_empty() {
            // A refusal means that something else goes out first: the fact stays and goes out later.
            if let Some(entry) = file.owed.take() {
                match driver.note_down(vec![entry.clone()]) {
                    Ok(effects) => perform(worker, driver, effects, &mut asked),
                    Err(_) => file.owed = Some(entry),
                }
                continue;
            }
            let next = match next(driver.run(), answers, who, &mut anew, clock::now().wall) {
                Next::Others { what, otherwise } => match patience.left(&what, &mut say) {
                    Some(left) => {
                        until = until.min(left);
                        Next::Listen
                    }
                    None => *otherwise,
                },
                next => next,
            };
            match next {
                // What is waited for is not waited for a second time.
                Next::Others { .. } => {}
                Next::End(ended) => {
                    // What was said a moment ago may not have come here yet.
                    let newer = worker.log().from_others(&driver.run().id, driver.knows_others()).await;
                    if newer.is_empty() {
                        break ended;
                    }
                    let effects = learn(driver, &newer, &mut say);
                    perform(worker, driver, effects, &mut asked);
                    continue;
                }
                Next::Wait(seconds) => until = until.min(Instant::now() + Duration::from_secs(seconds)),
                Next::Listen => {}
                Next::Do(action) => {
                    let command = Command { who: who.clone(), at: clock::now(), action };
                    match driver.submit(&command) {
                        Ok(effects) => perform(worker, driver, effects, &mut asked),
                        Err(refusal) => break refused(&refusal),
                    }
                    continue;
                }
            }
        }
        tokio::select! {
            _ = term.recv() => break Ended::Signalled { interrupt: false },
            _ = int.recv() => break Ended::Signalled { interrupt: true },
            _ = looks.tick() => file.look(&mut say).await,
            () = sleep_until(until) => if until == deadline { break Ended::TimeUp },
            answer = inbox.recv() => match answer {
                Some(Answer::Recorded { run, result }) if run == driver.run().id => {
                    if let Ok(facts) = &result {
                        facts.iter().filter_map(|f| line(driver.run(), f)).for_each(|l| say(&l));
                    }
                    let effects = driver.recorded(result);
                    perform(worker, driver, effects, &mut asked);
                }
                Some(Answer::NotSigned { run, why, newer }) if run == driver.run().id => {
                    let met = !newer.is_empty();
                    newer.iter().filter_map(|f| line(driver.run(), f)).for_each(|l| say(&l));
                    let effects = driver.not_signed(&newer);
                    perform(worker, driver, effects, &mut asked);
                    // What others recorded meanwhile is looked at, and the next thing is worked out anew.
                    if !met {
                        break Ended::AnswerMissing(why);
                    }
                }
                Some(Answer::Others(facts)) => {
                    let own = facts.into_iter().filter(|(id, _)| *id == driver.run().id).map(|(_, fact)| fact);
                    let effects = learn(driver, &own.collect::<Vec<_>>(), &mut say);
                    perform(worker, driver, effects, &mut asked);
                }
                Some(Answer::Report { run, report, at }) if run == driver.run().id => {
                    // One that still runs is followed; its last answer comes then.
                    if let Report::Probed { number, answer, .. } = &report
                        && !matches!(answer, Probe::Running(..))
                    {
                        asked.remove(number);
                    }
                    let effects = driver.report(report, at);
                    perform(worker, driver, effects, &mut asked);
                }
                Some(_) => {}
                None => break Ended::Log("the tasks ended".to_owned()),
            },
        }
    };
    following.end().await;
    if driver.run().closed.is_none() && driver.elsewhere().is_none() && worker.driving() {
        let event = Event::RunPaused(RunPaused {
            who: who.clone(),
            why: "the walk without a terminal ended".to_owned(),
        });
        // A log that does not take it keeps the run open all the same.
        drop(worker.log().append(Some(&driver.run().id), vec![Entry { event, chunk: None }]).await);
    }
    Ok(ended)
}

/// Takes what others recorded, and tells what of it is new.
fn learn(driver: &mut Driver, facts: &[Recorded], say: &mut impl FnMut(&str)) -> Vec<Effect> {
    let after = driver.knows_others();
    let new = facts.iter().filter(|fact| fact.seq > after);
    new.filter_map(|fact| line(driver.run(), fact)).for_each(|line| say(&line));
    driver.others(facts)
}

/// Returns whether a walk that begins may start the step of `attempt` anew without anybody's word: it never began, or
/// nobody knows and it is `idempotent`.
fn may_begin(run: &Run, attempt: &Attempt) -> bool {
    let idempotent = || run.runbook.find_step(&attempt.intent.step).is_some_and(|(_, s)| s.idempotent);
    attempt.never_started()
        || (matches!(attempt.status(), StepStatus::Unknown | StepStatus::Running) && idempotent())
}

/// The runbook's file, looked at now and then. The run keeps the text it was opened with.
struct File {
    watch: Watch,
    run: String,
    /// Where it is and what the run keeps.
    kept: Option<(PathBuf, Arc<Runbook>)>,
    /// Texts that are on the record.
    told: BTreeSet<String>,
    /// What is to be recorded.
    owed: Option<Entry>,
}

impl File {
    async fn of(run: &Run, worker: &Worker) -> Self {
        let id = run.id.clone();
        let facts = worker.log().read(move |reader| reader.load(&id)).await;
        let told =
            facts.map(|log| log.events).unwrap_or_default().into_iter().filter_map(|f| match f.event {
                Event::RunbookChanged(e) => Some(e.now),
                _ => None,
            });
        Self {
            watch: Watch::default(),
            run: run.id.clone(),
            kept: watch::of(run),
            told: told.collect(),
            owed: None,
        }
    }

    /// Tells what differs, once for each text. A file that does not answer is not waited for.
    async fn look(&mut self, say: &mut impl FnMut(&str)) {
        let Some((path, kept)) = self.kept.clone() else { return };
        let looked = tokio::time::timeout(TICK, self.watch.look(&self.run, path, kept)).await;
        let Ok(Some(disk)) = looked else { return };
        if !self.told.insert(disk.now.clone()) {
            return;
        }
        say(&format!("the runbook's file has changed. {TAKE_IT}"));
        disk.changes.iter().for_each(|line| say(&format!("  {}", crate::text::sanitize(line))));
        let event = Event::RunbookChanged(RunbookChanged { now: disk.now });
        self.owed = Some(Entry { event, chunk: None });
    }
}

/// Starts what the effects ask for; attempts that hosts are asked about go to `asked`.
fn perform(worker: &Worker, driver: &Driver, effects: Vec<Effect>, asked: &mut BTreeSet<u32>) {
    for effect in effects {
        if let Effect::Probe { number } = &effect {
            asked.insert(*number);
        }
        worker.perform(driver.run(), effect);
    }
}

/// How long others are waited for.
struct Patience {
    wait: Option<Duration>,
    /// What is waited for, and until when.
    since: Option<(String, Instant)>,
}

impl Patience {
    /// Returns until when `what` is waited for; none if it is not, or not any more. Each word of others begins it anew.
    fn left(&mut self, what: &str, say: &mut impl FnMut(&str)) -> Option<Instant> {
        let (wait, now) = (self.wait?, Instant::now());
        let until = match &self.since {
            Some((known, until)) if known == what => *until,
            _ => {
                let at_most = crate::text::clocks::words(wait);
                say(&format!(
                    "{} waiting, at most {at_most}: {}",
                    clock::now().wall.format("%H:%M:%S"),
                    crate::text::sanitize(what)
                ));
                now + wait
            }
        };
        let known = self.since.insert((what.to_owned(), until));
        (now < known.1).then_some(known.1)
    }
}

/// What comes next.
enum Next {
    Do(Action),
    End(Ended),
    /// Another person's word is due; what comes `otherwise` if nobody waits for it.
    Others {
        what: String,
        otherwise: Box<Next>,
    },
    /// Nothing but news from outside.
    Listen,
    /// A wait, in seconds.
    Wait(u64),
}

fn next(
    run: &Run,
    answers: &Answers,
    who: &Who,
    anew: &mut BTreeSet<u32>,
    now: chrono::DateTime<chrono::Utc>,
) -> Next {
    let given = missing(run, answers);
    if !given.is_empty() && run.closed.is_none() && run.open_child().is_none() {
        return Next::Do(Action::SetValues { values: given });
    }
    let (index, offer) = run.attention(now);
    let own = index.map(|i| run.box_id(i)).unwrap_or_else(|| BoxId::from(""));
    let answer = answers.boxes.get(&own);
    match offer {
        Offer::Closed => {
            Next::End(Ended::Closed(run.closed.as_ref().map_or(RunOutcome::Completed, |(c, _)| c.outcome)))
        }
        Offer::Close => Next::Do(Action::Close { outcome: RunOutcome::Completed, reason: None }),
        Offer::Running(_) => Next::Listen,
        Offer::Unknown(number) if matches!(answer, Some(BoxAnswer::Sign { .. })) && anew.remove(&number) => {
            match run.attempts.get(&number).map(|a| a.intent.step.clone()) {
                Some(step) => {
                    let confirmed = answers.confirm.get(&step).cloned();
                    Next::Do(Action::Start { step, retry: true, confirmed, out_of_order: false })
                }
                None => Next::Listen,
            }
        }
        Offer::Unknown(number) => Next::End(Ended::AnswerMissing(format!(
            "nobody knows what attempt {number} did: a person has to give a verdict"
        ))),
        Offer::Failed(step, number)
            if matches!(answer, Some(BoxAnswer::Sign { .. })) && anew.remove(&number) =>
        {
            let confirmed = answers.confirm.get(&step).cloned();
            Next::Do(Action::Start { step, retry: true, confirmed, out_of_order: false })
        }
        Offer::Failed(step, number) => {
            let attempt = run.attempts.get(&number);
            let words = attempt.map(|a| format!("{step} on {}: {}", a.intent.host, ended_words(a)));
            let words = words.unwrap_or_else(|| step.0.clone());
            match attempt {
                Some(a) if a.never_started() => Next::End(Ended::Host(words)),
                _ => Next::End(Ended::Failed(words)),
            }
        }
        Offer::Decide(name) => Next::End(Ended::AnswerMissing(format!(
            "whether box {own} applies depends on {name}, which has no value"
        ))),
        Offer::Choose(choice) => match answers.choices.get(&choice) {
            Some(section) => Next::Do(Action::Choose { choice, section: *section }),
            None => {
                let title = run.runbook.choices.get(choice).map_or("", |c| &c.title);
                Next::End(Ended::AnswerMissing(format!("nobody chose which applies of “{title}”")))
            }
        },
        Offer::OpenLink(_) | Offer::GoToChild(_) => {
            Next::End(Ended::AnswerMissing(format!("box {own} links a runbook, which a person walks")))
        }
        Offer::Gate(gate) => gate_answer(run, answers, who, gate),
        Offer::Settled(_) | Offer::Children(_) => Next::Listen,
        Offer::Start(step) => match answer {
            Some(BoxAnswer::Sign { .. }) if host_open(run, &step) => match answers.hosts.get(&step) {
                Some(host) => Next::Do(Action::ChooseHost { step, host: host.clone() }),
                None => Next::End(Ended::AnswerMissing(format!(
                    "step {step} does not say on which host it runs: name one under `hosts` in the answers file"
                ))),
            },
            Some(BoxAnswer::Sign { .. }) if interactive(run, &step).is_some() => {
                let why = interactive(run, &step).unwrap_or_default();
                Next::End(Ended::AnswerMissing(format!(
                    "step {step} of box {own} is interactive ({why}): a person types into its terminal. Take the run up \
                     in a terminal (gonogo resume), or waive the step"
                )))
            }
            Some(BoxAnswer::Sign { .. }) => {
                let confirmed = answers.confirm.get(&step).cloned();
                Next::Do(Action::Start { step, retry: false, confirmed, out_of_order: false })
            }
            other => settle(&own, other),
        },
        Offer::StartWait(id) => match answer {
            Some(BoxAnswer::Sign { .. }) => Next::Do(Action::StartWait { id }),
            other => settle(&own, other),
        },
        Offer::Waiting(id, until) => match answer {
            Some(BoxAnswer::Sign { end_wait: Some(reason), .. }) => {
                Next::Do(Action::EndWait { id, reason: reason.clone() })
            }
            _ => Next::Wait(u64::try_from((until - now).num_seconds()).unwrap_or(0) + 1),
        },
        Offer::Sign(id, _)
            if by_hand(run, &id).is_some() && matches!(answer, Some(BoxAnswer::Sign { .. })) =>
        {
            let step = by_hand(run, &id).unwrap_or_default();
            Next::End(Ended::AnswerMissing(format!(
                "step {step} of box {id} is done by hand: a person does it and signs, or waives the step"
            )))
        }
        Offer::Sign(id, _) => {
            let what = others_box(run, who, &id).filter(|_| !matches!(answer, Some(BoxAnswer::Waive { .. })));
            let otherwise = match answer {
                Some(BoxAnswer::Sign { value, note, .. }) => {
                    let (value, note) = (value.clone(), note.clone());
                    Next::Do(Action::Sign { id, note, value, out_of_order: false })
                }
                other => settle(&own, other),
            };
            match what {
                Some(what) => Next::Others { what, otherwise: Box::new(otherwise) },
                None => otherwise,
            }
        }
    }
}

/// Returns whether somebody has to choose first where `step` runs.
fn host_open(run: &Run, step: &StepId) -> bool {
    run.runbook.find_step(step).is_some_and(|(_, step)| run.host_open(step))
}

/// Returns why `step` gets a terminal, if it does.
fn interactive(run: &Run, step: &StepId) -> Option<String> {
    let (_, step) = run.runbook.find_step(step)?;
    step.terminal.as_ref().map(|t| t.words().to_owned())
}

/// What the answers give and the run has no value for yet: a run that was opened without them is taken up with them.
fn missing(run: &Run, answers: &Answers) -> Vec<NamedValue> {
    let open: Vec<&str> = run.unanswered().map(|a| a.name).collect();
    let wanted = answers.vars.iter().filter(|(name, _)| open.contains(&name.as_str()));
    wanted.map(|(name, value)| NamedValue { name: name.clone(), value: value.clone() }).collect()
}

/// Returns a step of the box `id` that gonogo does not run and that nobody has waived.
fn by_hand(run: &Run, id: &BoxId) -> Option<String> {
    let steps = run.runbook.find_box(id)?.steps.iter();
    let mut open = steps.filter(|s| s.by_hand.is_some() && run.step_status(s) == StepStatus::Pending);
    open.find(|s| run.does_not_apply(s).is_none()).map(|s| s.id.to_string())
}

/// Returns whose signature the box `id` waits for, if no answers file of `who` can give it.
fn others_box(run: &Run, who: &Who, id: &BoxId) -> Option<String> {
    let index = run.runbook.box_index(id)?;
    let item = run.runbook.boxes.get(index)?;
    let how = format!("gonogo sign {} {id}", run.id);
    if item.two_person {
        return Some(match run.boxes.get(index).and_then(|state| state.half()) {
            Some((first, _)) => {
                format!("box {id} waits for a second person beside {}: {how}", first.who.name)
            }
            None => format!("box {id} waits for two people: {how}"),
        });
    }
    let role = item.role.as_ref().filter(|role| !run.has_role(who, role))?;
    Some(format!("box {id} waits for {role} ({}): {how}", run.in_role(role).join(" or ")))
}

/// What an answer other than a signature comes to.
fn settle(id: &BoxId, answer: Option<&BoxAnswer>) -> Next {
    match answer {
        Some(BoxAnswer::Waive { reason }) => Next::Do(Action::Waive {
            id: id.clone(),
            reason: reason.clone(),
            risk_owner: None,
            out_of_order: false,
        }),
        _ => Next::End(Ended::Stopped(format!("box {id} is left to a person"))),
    }
}

fn gate_answer(run: &Run, answers: &Answers, who: &Who, gate: usize) -> Next {
    let title = run.phase_title(gate);
    let not_go = run.not_go(gate);
    let own = not_go.iter().find(|(role, _)| run.has_role(who, role)).map(|(role, _)| (*role).to_owned());
    // The votes of others are theirs: they come by `gonogo vote`.
    let others = own.is_none() && !run.voters(gate).is_empty();
    let open: Vec<String> = not_go.iter().map(|(role, why)| format!("{role} {why}")).collect();
    let words = format!("the gate before {title} waits for votes: {}", open.join(", "));
    let otherwise = match answers.gates.get(&gate) {
        Some(GateAnswer::Go) if others => Next::End(Ended::AnswerMissing(words.clone())),
        Some(GateAnswer::Go) => Next::Do(Action::Vote { gate, vote: Vote::Go, text: None, role: own }),
        Some(GateAnswer::Stop) => {
            Next::End(Ended::Stopped(format!("the gate before {title} is left to a person")))
        }
        None => Next::End(Ended::AnswerMissing(format!("nobody said go for the gate before {title}"))),
    };
    if others { Next::Others { what: words, otherwise: Box::new(otherwise) } } else { otherwise }
}

fn refused(refusal: &Refusal) -> Ended {
    match refusal {
        Refusal::LogStopped(why) => Ended::Log(why.clone()),
        other => Ended::AnswerMissing(other.to_string()),
    }
}

/// Returns how an attempt ended, and what else should be known of one that failed.
fn ended_words(attempt: &Attempt) -> String {
    let mut words = attempt.ended_words();
    if let Some((finished, _)) = attempt.finished.as_ref().filter(|_| attempt.status() == StepStatus::Failed)
    {
        finished.remarks.iter().for_each(|remark| words.push_str(&format!("; {remark}")));
    }
    words
}

/// Returns the line that a durable fact is told by.
fn line(run: &Run, fact: &Recorded) -> Option<String> {
    let time = fact.at.wall.format("%H:%M:%S");
    let attempt = |number: u32| run.attempts.get(&number);
    let text = match &fact.event {
        Event::BoxSigned(e) => format!("[x] {}", run.runbook.find_box(&e.id).map_or("", |b| &b.text)),
        Event::BoxWaived(e) => {
            format!("[-] {}: {}", run.runbook.find_box(&e.id).map_or("", |b| &b.text), e.reason)
        }
        Event::StepIntended(e) if e.round.is_some_and(|r| r.round > 1) => return None,
        Event::StepIntended(e) => {
            format!("  > {} on {}{}", e.step, e.host, if e.sudo { " as root" } else { "" })
        }
        Event::WatchSampled(e) => {
            let a = attempt(e.number).filter(|a| a.intent.round.is_some())?;
            let value = e.value.as_ref().map(|v| format!(", {v}")).unwrap_or_default();
            let word = if e.passed { "passed" } else { "failed" };
            format!("    {} on {}: round {} {word}{value}", a.intent.step, a.intent.host, e.round)
        }
        Event::WatchBreached(e) => format!("  ! round {}: {}", e.round, e.why),
        Event::StepFinished(e) => {
            let a = attempt(e.number).filter(|a| a.intent.round.is_none())?;
            let mut ended = a.clone();
            ended.finished = Some(((**e).clone(), fact.at));
            format!("    {} on {}: {}", a.intent.step, a.intent.host, ended_words(&ended))
        }
        Event::StepCaptured(e) => format!("    {} = {}", e.value.name, e.value.value),
        Event::StepUnknown(e) => format!("  ? attempt {}: {}", e.number, e.why),
        Event::StepWaived(e) => format!("  - step {}: {}", e.step, e.reason),
        Event::GateVoted(e) => {
            let role = e.role.as_ref().map(|role| format!(" for {role}")).unwrap_or_default();
            let words = e.text.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
            format!("    {} votes {}{role}{words}", e.who.name, e.vote.word())
        }
        Event::NoteAdded(e) => format!("    note by {}: {}", e.who.name, e.text),
        Event::GateOpened(e) => format!("--- go: {}", run.phase_title(e.gate)),
        Event::ChoiceMade(e) => format!("  > of {}: {}", e.heading, e.chosen),
        Event::HostChosen(e) => format!("  > step {} on {}", e.step, e.host),
        Event::StepTimedOut(e) => {
            format!("  ! attempt {} ran longer than {} s and is ended", e.number, e.limit)
        }
        Event::WaitStarted(e) => format!("    waiting {} s", e.seconds),
        Event::WaitEnded(e) => format!("    wait ended early: {}", e.reason),
        Event::ShellOpened(e) => format!("  > a shell on {}", e.host),
        Event::ShellClosed(e) => format!("    the shell on {} has ended: {}", e.host, e.how),
        Event::HostKeyRefused(e) => format!("  ! {}: {}", e.host, e.why),
        Event::HostKeyAccepted(e) => {
            format!("  ! {}: its new host key {} was accepted", e.host, e.fingerprint)
        }
        Event::HostRepinned(e) => format!("  > {} is accepted as {}", e.pin.name, e.pin.in_words()),
        Event::RunClosed(e) => format!("=== {}", e.outcome.words()),
        _ => return None,
    };
    Some(format!("{time} {}", crate::text::sanitize(&text)))
}
