//! Asking a host about an attempt that was sent earlier: what became of it, its output, its end.

use tokio::sync::mpsc;

use crate::exec;
use crate::run::attempt::Attempt;
use crate::run::conclude::{Ended, Report};
use crate::run::fact::{HostPin, Outcome, Probe};
use crate::runtime::reach::reach_for;
use crate::runtime::sink::LogSink;
use crate::runtime::worker::steps::{complaints, is_suspect};
use crate::runtime::worker::words::{answer_of, cancel_words, connected, directory, ended, sudo_wanted};
use crate::runtime::worker::{Directory, Worker};

impl Worker {
    pub(super) async fn cancel(&self, run: String, attempt: Attempt, pin: HostPin) {
        let number = attempt.intent.number;
        let recall = self.recalls().get(&(run.clone(), number)).cloned();
        if recall.is_some_and(|recall| recall.recall()) {
            // Whoever waits for its host reports that it is not started.
            return;
        }
        let Some(step) = self.step_ref(&run, &attempt, &pin).await else {
            self.say(&run, number, format!("could not reach {} to stop it", pin.name)).await;
            return;
        };
        let request = exec::CancelRequest { step, grace_tenths: 50, all: false };
        let (progress, passed_on) = self.listen(&run, &attempt.intent, &pin);
        let report = self.engine.cancel(&reach_for(&pin, &attempt.intent), &request, &progress).await;
        drop(progress);
        passed_on.await.unwrap_or_default();
        let mut words = cancel_words(&report.state);
        for left in &report.left {
            words.push_str(&format!("; process {} goes on: {}", left.pid, left.command));
        }
        self.say(&run, number, words).await;
        if attempt.unknown.is_some() {
            self.probe(run, attempt, pin).await;
        }
    }

    /// Asks what became of an attempt. One that still runs is followed: a second answer comes when it has ended or cannot
    /// be followed any more, so the last answer is never that it runs.
    pub(super) async fn probe(&self, run: String, attempt: Attempt, pin: HostPin) {
        let number = attempt.intent.number;
        let host = reach_for(&pin, &attempt.intent);
        let unreachable = |why: String| Report::Probed {
            number,
            answer: Probe::Unreachable(why),
            left: Vec::new(),
            end: None,
        };
        let Some(step) = self.step_ref(&run, &attempt, &pin).await else {
            let why = format!("{} cannot be reached, or the run's directory is not there", pin.name);
            self.report(&run, unreachable(why)).await;
            return;
        };
        let report = match self.engine.probe(&host, &step).await {
            Err(no) => unreachable(no.why),
            Ok(found) => {
                let left = found.left.iter().map(|l| format!("{} {}", l.pid, l.command)).collect();
                let answer = answer_of(&found);
                match answer {
                    Probe::Ended(_) => {
                        let end = self.follow(&run, &attempt, &pin, &step).await.ok();
                        Report::Probed { number, answer, left, end: end.map(Box::new) }
                    }
                    // It may still be on its way: to follow it uses its number up, so that it is certain.
                    Probe::Never => self.follow_to_the_end(&run, &attempt, &pin, &step).await,
                    _ => Report::Probed { number, answer, left, end: None },
                }
            }
        };
        let runs = matches!(&report, Report::Probed { answer: Probe::Running(..), .. });
        self.report(&run, report).await;
        if !runs || !self.followed().insert((run.clone(), number)) {
            return;
        }
        let last = self.follow_to_the_end(&run, &attempt, &pin, &step).await;
        self.followed().remove(&(run.clone(), number));
        self.report(&run, last).await;
    }

    /// Follows an attempt and returns the last that can be said of it: never that it runs, nor that it might begin.
    async fn follow_to_the_end(
        &self,
        run: &str,
        attempt: &Attempt,
        pin: &HostPin,
        step: &exec::StepRef,
    ) -> Report {
        let number = attempt.intent.number;
        let (answer, end) = match self.follow(run, attempt, pin, step).await {
            Ok(end) => match end.outcome {
                Outcome::Exited(code) => (Probe::Ended(code), Some(Box::new(end))),
                _ => (Probe::Unreachable("its exit file could not be read".to_owned()), None),
            },
            Err(why) => match self
                .engine
                .probe(&reach_for(pin, &attempt.intent), step)
                .await
                .map(|found| answer_of(&found))
            {
                Ok(Probe::Running(..) | Probe::Never) | Err(_) => (Probe::Unreachable(why), None),
                Ok(answer) => (answer, None),
            },
        };
        Report::Probed { number, answer, left: Vec::new(), end }
    }

    /// Fetches what the host keeps of an attempt, waits for its end, and returns it, or why it could not be followed.
    async fn follow(
        &self,
        run: &str,
        attempt: &Attempt,
        pin: &HostPin,
        step: &exec::StepRef,
    ) -> Result<Ended, String> {
        let number = attempt.intent.number;
        let have = self.log.stored(run, number).await;
        let sink = LogSink::new(self.log.clone(), run.to_owned(), number, have);
        let (progress, passed_on) = self.listen(run, &attempt.intent, pin);
        let follow = exec::Follow {
            have,
            captures_stdout: true,
            filter: Some(self.log.vault().filter()),
            sink: Box::new(sink),
        };
        let end = self.engine.follow(&reach_for(pin, &attempt.intent), step, follow, &progress).await;
        drop(progress);
        let begun = passed_on.await.unwrap_or_default();
        match end {
            exec::End::Ended(end) => {
                let mut end = Ended { begun, ..ended(*end) };
                if is_suspect(&end, attempt.intent.sudo) {
                    // What came before the cut may be in the log alone.
                    let recent = sudo_wanted(&complaints(&self.tails.read(run, number, 0)));
                    let hint = match recent {
                        Some(hint) => Some(hint),
                        None => {
                            let kept = self.log.output(run, number, 0).await;
                            kept.ok().and_then(|output| sudo_wanted(&complaints(&output)))
                        }
                    };
                    end.remarks.extend(hint);
                }
                Ok(end)
            }
            exec::End::NotStarted(no) => Err(no.why),
            exec::End::Lost(lost) => {
                self.began(run, number, begun).await;
                Err(lost.why)
            }
        }
    }

    /// Returns how the host knows the attempt. Without a directory that it has named before, it is asked for one; a
    /// directory that it had to make anew proves nothing and is removed again.
    async fn step_ref(&self, run: &str, attempt: &Attempt, pin: &HostPin) -> Option<exec::StepRef> {
        let seed = attempt.intent.dir.clone();
        let number = attempt.intent.number;
        let known = self.known().get(&seed).cloned();
        if let Some(Directory { dir, born }) = known {
            return Some(exec::StepRef { dir, born, seed, number });
        }
        let (progress, _ignored) = mpsc::channel(16);
        let host = reach_for(pin, &attempt.intent);
        let seen = self.engine.prepare(&host, &seed, &progress).await.ok()?;
        let found = directory(&seen);
        if !seen.facts.had {
            // Left there, it would be taken for the attempt's own the next time, and prove that nothing ever ran.
            drop(self.engine.close(&host, &found.dir, false).await);
            return None;
        }
        self.remember(&seed, found.clone());
        self.report(run, Report::Connected(connected(pin, &attempt.intent, &seen))).await;
        let Directory { dir, born } = found;
        Some(exec::StepRef { dir, born, seed, number })
    }
}
