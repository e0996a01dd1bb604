//! From what a host reported to facts: whether an expectation was met, what was captured, what it all means.

use crate::clock::Stamp;
use crate::run::attempt::{Attempt, StepStatus};
use crate::run::event::{Event, StepFinished};
use crate::run::fact::{
    Entry, HostConnected, HostKeyAccepted, HostKeyRefused, HostLost, NamedValue, Outcome, Probe, Seen,
    ShellClosed, StepCancelRequested, StepCaptured, StepProbed, StepStarted, StepTimedOut, StepUnknown,
    StreamSummary, Who,
};
use crate::run::state::Run;
use crate::run::watch::{read_number, unmet_number};
use crate::runbook::model::{Capture, Step};

/// What the outside reports of an attempt or a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// A host was reached and its key trusted.
    Connected(HostConnected),
    /// A host's key was refused.
    KeyRefused(HostKeyRefused),
    /// A host key that was not known was accepted.
    KeyAccepted(HostKeyAccepted),
    /// The host announced the process.
    Started {
        /// The attempt's number.
        number: u32,
        /// The process.
        pid: u32,
        /// Its group.
        pgid: u32,
        /// Whether it runs in a terminal.
        terminal: bool,
    },
    /// A shell on a host ended, or was never opened.
    ShellEnded {
        /// Its number.
        shell: u32,
        /// How, in words.
        how: String,
        /// Nanoseconds that it was open, if it was and somebody saw it end.
        took_ns: Option<u64>,
    },
    /// The attempt ended, or never started.
    Ended {
        /// The attempt's number.
        number: u32,
        /// How.
        end: Box<Ended>,
    },
    /// Somebody asked for it to be stopped while nothing could be recorded.
    CancelAsked {
        /// The attempt's number.
        number: u32,
        /// Who asked.
        who: Who,
    },
    /// It runs longer than its limit.
    TimedOut {
        /// The attempt's number.
        number: u32,
        /// The limit in seconds.
        limit: u64,
    },
    /// Another process had sent it, and nobody has seen it end.
    Left {
        /// The attempt's number.
        number: u32,
        /// How that came to be.
        why: String,
    },
    /// The line was cut: nobody knows.
    Lost {
        /// The attempt's number.
        number: u32,
        /// What was seen.
        why: String,
    },
    /// The host was asked about an unknown attempt.
    Probed {
        /// The attempt's number.
        number: u32,
        /// Its answer.
        answer: Probe,
        /// Processes that are left.
        left: Vec<String>,
        /// The end, when the exit file tells it.
        end: Option<Box<Ended>>,
    },
}

/// The end of an attempt, as the outside saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// How it ended.
    pub outcome: Outcome,
    /// Whether its state is carried on.
    pub carried: bool,
    /// The directory it ended in, if its state is.
    pub cwd: Option<String>,
    /// What standard output came to.
    pub stdout: StreamSummary,
    /// What standard error came to.
    pub stderr: StreamSummary,
    /// Standard output as text, for `capture` and `expect`; at most its first MiB.
    pub text: String,
    /// How the end came to be known.
    pub seen: Seen,
    /// What else should be known.
    pub remarks: Vec<String>,
    /// Output that is not in the log yet; recorded together with the end.
    pub output: Vec<Entry>,
    /// How it began, where that was not reported before: a quick step is one record, not two.
    pub begun: Option<Begun>,
}

/// The beginning of an attempt, as the outside saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    /// The process on the host.
    pub pid: u32,
    /// Its process group.
    pub pgid: u32,
    /// When it was seen.
    pub at: Stamp,
}

impl Run {
    /// Returns the facts that `report`, seen at `at`, amounts to. Reports on attempts that are not open amount to none.
    #[must_use]
    pub fn conclude(&self, report: &Report, at: Stamp) -> Vec<Entry> {
        match report {
            Report::Connected(e) => {
                let same = |seen: &HostConnected| {
                    seen.fingerprint == e.fingerprint && (e.through.is_empty() || seen.through == e.through)
                };
                let known = if e.sudo { &self.connected_as_root } else { &self.connected };
                if known.get(&e.host).is_some_and(same) {
                    return Vec::new();
                }
                vec![plain(Event::HostConnected(e.clone()))]
            }
            Report::KeyRefused(e) => vec![plain(Event::HostKeyRefused(e.clone()))],
            Report::KeyAccepted(e) => vec![plain(Event::HostKeyAccepted(e.clone()))],
            Report::ShellEnded { shell, how, took_ns } => {
                let open = self.shells.get(shell).filter(|s| s.closed.is_none());
                let closed = open.map(|open| ShellClosed {
                    shell: *shell,
                    host: open.opened.host.clone(),
                    how: how.clone(),
                    took_ns: *took_ns,
                });
                closed.into_iter().map(|closed| plain(Event::ShellClosed(closed))).collect()
            }
            Report::Started { number, pid, pgid, terminal } => match self.unended(*number) {
                Some(attempt) if attempt.process.is_none() => {
                    vec![plain(Event::StepStarted(StepStarted {
                        number: *number,
                        pid: *pid,
                        pgid: *pgid,
                        terminal: *terminal,
                    }))]
                }
                _ => Vec::new(),
            },
            Report::Ended { number, end } => self.concluded(*number, end, at),
            Report::CancelAsked { number, who } if self.attempts.contains_key(number) => {
                let request = StepCancelRequested { who: who.clone(), number: *number, enough: false };
                vec![plain(Event::StepCancelRequested(request))]
            }
            Report::CancelAsked { .. } => Vec::new(),
            Report::TimedOut { number, limit } => match self.unended(*number) {
                Some(attempt) if attempt.timed_out.is_none() && attempt.resolved.is_none() => {
                    let late = StepTimedOut { number: *number, limit: *limit };
                    vec![plain(Event::StepTimedOut(late))]
                }
                _ => Vec::new(),
            },
            Report::Left { number, why } => match self.unended(*number) {
                Some(attempt) if attempt.unknown.is_none() => vec![unknown(*number, why)],
                _ => Vec::new(),
            },
            Report::Lost { number, why } => match self.unended(*number) {
                Some(attempt) if attempt.unknown.is_none() => {
                    let host = attempt.intent.host.clone();
                    let lost = Event::HostLost(HostLost { host, why: why.clone() });
                    vec![plain(lost), unknown(*number, why)]
                }
                _ => Vec::new(),
            },
            Report::Probed { number, answer, left, end } => {
                self.answered(*number, answer, left, end.as_deref(), at)
            }
        }
    }

    /// Returns the attempt `number` if nobody has seen it end.
    fn unended(&self, number: u32) -> Option<&Attempt> {
        self.attempts.get(&number).filter(|a| a.finished.is_none())
    }

    /// Returns the facts that a host's answer amounts to. It is written down even after a person gave a verdict, but
    /// then it changes nothing any more.
    fn answered(
        &self,
        number: u32,
        answer: &Probe,
        left: &[String],
        end: Option<&Ended>,
        at: Stamp,
    ) -> Vec<Entry> {
        let Some(attempt) = self.unended(number) else { return Vec::new() };
        let probed = StepProbed { number, answer: answer.clone(), left: left.to_vec() };
        let mut facts = vec![plain(Event::StepProbed(probed))];
        let seen_to_start = attempt.process.is_some();
        match (answer, end) {
            (_, Some(end)) => facts.extend(self.concluded(number, end, at)),
            // A host that denies what it announced before has lost its memory, so its word proves nothing.
            (Probe::Never | Probe::NeverStarted, None) if !seen_to_start => {
                let why = "the host says that it never started";
                let end = Ended::bare(Outcome::NotStarted(why.to_owned()), Vec::new());
                facts.extend(self.concluded(number, &end, at));
            }
            (Probe::Ended(status), None) if *status != attempt.intent.exit || !self.reads_output(attempt) => {
                let remark = "its output could not be fetched from the host".to_owned();
                let end = Ended::bare(Outcome::Exited(*status), vec![remark]);
                facts.extend(self.concluded(number, &end, at));
            }
            _ => {}
        }
        facts
    }

    /// Returns whether the step of `attempt` cannot be judged without its output.
    fn reads_output(&self, attempt: &Attempt) -> bool {
        let step = self.runbook.find_step(&attempt.intent.step).map(|(_, step)| step);
        step.is_some_and(|s| s.capture.is_some() || s.expect.is_some() || s.metric.is_some())
    }

    fn concluded(&self, number: u32, end: &Ended, at: Stamp) -> Vec<Entry> {
        let open = self.unended(number).filter(|a| a.resolved.is_none());
        let Some(attempt) = open else { return Vec::new() };
        let mut outcome = end.outcome.clone();
        if let Outcome::Unknown(why) = &outcome {
            // Not an end: the host can still be asked, and a person has the last word.
            let mut facts = end.output.clone();
            facts.extend(attempt.unknown.is_none().then(|| unknown(number, why)));
            return facts;
        }
        let mut remarks = end.remarks.clone();
        let passing = Outcome::Exited(attempt.intent.exit);
        let never = matches!(outcome, Outcome::NotStarted(_));
        if attempt.timed_out.is_some() && !never {
            // Whatever it says when it is told to stop: it did not do its work in time.
            remarks.push(format!("ended after its time was up ({})", words(&outcome)));
            outcome = Outcome::TimedOut;
        } else if attempt.cancel_asked && !never && outcome != passing {
            remarks.push(format!("ended after it was asked to stop ({})", words(&outcome)));
            outcome = Outcome::Cancelled;
        }
        let begun = end.begun.filter(|_| attempt.process.is_none());
        let started = begun.map(|Begun { pid, pgid, .. }| StepStarted { number, pid, pgid, terminal: false });
        let mut facts: Vec<Entry> = started.into_iter().map(|e| plain(Event::StepStarted(e))).collect();
        facts.extend(end.output.iter().cloned());
        let mut unmet = None;
        let step = self.runbook.find_step(&attempt.intent.step).map(|(_, step)| step);
        let passed = outcome == passing;
        let read = step.and_then(|step| read_number(step, &end.text));
        if let (Some(step), true) = (step, passed) {
            unmet = expected(step, &end.text).or_else(|| unmet_number(step, read.as_deref()));
            // What became of an attempt that was started anew since is known too late to give a value.
            if let (None, Some(capture), true) = (&unmet, &step.capture, self.is_latest(attempt)) {
                match self.captured(step, capture, &end.text, &attempt.intent.host) {
                    Ok(value) => {
                        let value = NamedValue { name: capture.name.clone(), value };
                        let host = capture.per_host.then(|| attempt.intent.host.clone());
                        facts.push(plain(Event::StepCaptured(StepCaptured { number, value, host })));
                    }
                    Err(why) => unmet = Some(why),
                }
            }
        }
        let carried =
            end.carried && !attempt.intent.check && !attempt.intent.unsaved && passed && unmet.is_none();
        let finished = StepFinished {
            number,
            carried,
            cwd: end.cwd.clone().filter(|_| carried),
            outcome,
            stdout: end.stdout.clone(),
            stderr: end.stderr.clone(),
            unmet,
            seen: end.seen,
            took_ns: attempt
                .started_at
                .or(begun.map(|begun| begun.at))
                .filter(|_| end.seen == Seen::Line)
                .map(|start| at.since_ns(&start)),
            remarks,
        };
        let mut ended = attempt.clone();
        ended.finished = Some((finished.clone(), at));
        facts.push(plain(Event::StepFinished(Box::new(finished))));
        let status = ended.status();
        if let Some(step) = step.filter(|_| status != StepStatus::Cancelled) {
            let samples = self.sampled(step, &ended, status.settled(), read, &ended.ended_words(), at);
            facts.extend(samples.into_iter().map(plain));
        }
        facts
    }

    /// Returns what `capture` reads from `text`; several hosts must agree, unless each has its own.
    fn captured(&self, step: &Step, capture: &Capture, text: &str, host: &str) -> Result<String, String> {
        let name = &capture.name;
        let value = match &capture.pattern {
            None => text.trim().to_owned(),
            Some(pattern) => {
                let found = pattern.regex.captures(text).and_then(|c| c.get(1).or_else(|| c.get(0)));
                let none = || format!("nothing in its output matches {} for {name}", pattern.regex.as_str());
                found.ok_or_else(none)?.as_str().to_owned()
            }
        };
        if value.is_empty() {
            return Err(format!("its output has no value for {name}"));
        }
        if value.contains(['\n', '\0']) {
            return Err(format!("its output has more than one line for {name}: add match= to the fence"));
        }
        self.check_value(&NamedValue { name: name.clone(), value: value.clone() })
            .map_err(|e| e.to_string())?;
        if capture.per_host {
            return Ok(value);
        }
        for (other, status) in self.host_statuses(step) {
            let theirs = self.latest(&step.id, &other.name).and_then(|a| a.captured.as_ref());
            if let Some(theirs) = theirs.filter(|t| other.name != host && status.settled() && **t != value) {
                return Err(format!("{host} says {name} is {value}, {} said {theirs}", other.name));
            }
        }
        Ok(value)
    }
}

/// Returns why the step's expectation is not met, if it is not.
fn expected(step: &Step, text: &str) -> Option<String> {
    let pattern = step.expect.as_ref()?;
    if pattern.regex.is_match(text) {
        return None;
    }
    Some(format!("exit {}, but its output does not match {}", step.exit, pattern.regex.as_str()))
}

fn words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Exited(code) => format!("exit {code}"),
        Outcome::Signalled(name) => format!("signal {name}"),
        Outcome::TimedOut => "timed out".to_owned(),
        Outcome::Cancelled => "cancelled".to_owned(),
        Outcome::NotStarted(why) | Outcome::Unknown(why) => why.clone(),
    }
}

impl Ended {
    /// Returns an end that only the host's memory tells, without output.
    fn bare(outcome: Outcome, remarks: Vec<String>) -> Self {
        Self {
            outcome,
            carried: false,
            cwd: None,
            stdout: StreamSummary::default(),
            stderr: StreamSummary::default(),
            text: String::new(),
            seen: Seen::Marker,
            remarks,
            output: Vec::new(),
            begun: None,
        }
    }
}

fn unknown(number: u32, why: &str) -> Entry {
    plain(Event::StepUnknown(StepUnknown { number, why: why.to_owned() }))
}

const fn plain(event: Event) -> Entry {
    Entry { event, chunk: None }
}
