//! Asking a host about an attempt that was sent earlier: what became of it, its output, its end.

use tokio::sync::mpsc;

use crate::exec;
use crate::run::attempt::Attempt;
use crate::run::conclude::{Ended, Report};
use crate::run::fact::{HostPin, Probe};
use crate::runtime::sink::LogSink;
use crate::runtime::worker::words::{answer_of, cancel_words, directory, ended, reach};
use crate::runtime::worker::{Directory, Worker};

impl Worker {
    pub(super) async fn cancel(&self, run: String, attempt: Attempt, pin: HostPin) {
        let number = attempt.intent.number;
        let Some(step) = self.step_ref(&attempt, &pin).await else {
            self.say(&run, number, format!("could not reach {} to stop it", pin.name)).await;
            return;
        };
        let request = exec::CancelRequest { step, grace_tenths: 50, all: false };
        let progress = self.listen(&run, number, &pin, &attempt.intent.dir);
        let report = self.engine.cancel(&reach(&pin), &request, &progress).await;
        drop(progress);
        let mut words = cancel_words(&report.state);
        for left in &report.left {
            words.push_str(&format!("; process {} goes on: {}", left.pid, left.command));
        }
        self.say(&run, number, words).await;
        if attempt.unknown.is_some() {
            self.probe(run, attempt, pin).await;
        }
    }

    pub(super) async fn probe(&self, run: String, attempt: Attempt, pin: HostPin) {
        let number = attempt.intent.number;
        let host = reach(&pin);
        let unreachable = |why: String| Report::Probed {
            number,
            answer: Probe::Unreachable(why),
            left: Vec::new(),
            end: None,
        };
        let Some(step) = self.step_ref(&attempt, &pin).await else {
            let why = format!("{} cannot be reached, or the run's directory is not there", pin.name);
            self.report(&run, unreachable(why)).await;
            return;
        };
        let report = match self.engine.probe(&host, &step).await {
            Err(no) => unreachable(no.why),
            Ok(found) => {
                let left = found.left.iter().map(|l| format!("{} {}", l.pid, l.command)).collect();
                let answer = answer_of(&found);
                let end = match &answer {
                    Probe::Ended(_) => self.fetch(&run, &attempt, &host, &step).await,
                    _ => None,
                };
                Report::Probed { number, answer, left, end: end.map(Box::new) }
            }
        };
        self.report(&run, report).await;
    }

    /// Fetches what the host kept of an attempt that has ended.
    async fn fetch(
        &self,
        run: &str,
        attempt: &Attempt,
        host: &exec::Host,
        step: &exec::StepRef,
    ) -> Option<Ended> {
        let number = attempt.intent.number;
        let have = self.log.stored(run, number).await;
        let sink = LogSink::new(self.log.clone(), run.to_owned(), number, have);
        let (progress, _ignored) = mpsc::channel(16);
        let follow = exec::Follow { have, captures_stdout: true, filter: None, sink: Box::new(sink) };
        match self.engine.follow(host, step, follow, &progress).await {
            exec::End::Ended(end) => Some(ended(*end)),
            exec::End::NotStarted(_) | exec::End::Lost(_) => None,
        }
    }

    /// Returns how the host knows the attempt. Without a directory that it has named before, it is asked for one; a
    /// directory that it had to make anew proves nothing and is not used.
    async fn step_ref(&self, attempt: &Attempt, pin: &HostPin) -> Option<exec::StepRef> {
        let seed = attempt.intent.dir.clone();
        let number = attempt.intent.number;
        let known = self.known().get(&seed).cloned();
        if let Some(Directory { dir, born }) = known {
            return Some(exec::StepRef { dir, born, seed, number });
        }
        let (progress, _ignored) = mpsc::channel(16);
        let seen = self.engine.prepare(&reach(pin), &seed, &progress).await.ok()?;
        if !seen.facts.had {
            return None;
        }
        let Directory { dir, born } = directory(&seen);
        Some(exec::StepRef { dir, born, seed, number })
    }
}
