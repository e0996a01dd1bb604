//! Driving a run that is open, on the screen or without one, and what to say when it is left.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::audit::codec::NO_RUN;
use crate::audit::heads::Seen;
use crate::audit::locks::Held;
use crate::audit::query::Reader;
use crate::cli::args::{Resume, Unsigned};
use crate::cli::ask;
use crate::cli::exit::Exit;
use crate::cli::house::{House, invalid, listed};
use crate::cli::log::info;
use crate::cli::resume::{self, settle_children};
use crate::cli::say;
use crate::clock::Zone;
use crate::config::answers::{self, Answers};
use crate::config::file;
use crate::config::settings::check_name;
use crate::exec::Engine;
use crate::report;
use crate::run::driver::Driver;
use crate::run::fact::{Proof, RunOutcome, Via, Who};
use crate::run::state::Run;
use crate::runbook::model::Runbook;
use crate::runtime::headless::{self, Ended, Limits};
use crate::runtime::screen::{self, Left};
use crate::runtime::session::Session;
use crate::runtime::signer::Signer;
use crate::runtime::worker::{Directory, Worker};
use crate::runtime::{Fail, clock, record, resuming};
use crate::sign::signers::AllowedSigners;
use crate::tui::app::{App, Settings};
use crate::tui::shared::Opened;
use crate::tui::theme::{Colours, Look};

/// A run that is about to be driven.
pub struct Stage<'a> {
    /// The open log.
    pub session: Session,
    /// What reaches the hosts.
    pub engine: Engine,
    /// The runs, parent first.
    pub runs: Vec<Opened>,
    /// The locks.
    pub held: Vec<Held>,
    /// Who drives.
    pub who: Who,
    /// What became of the driver before.
    pub why: &'a str,
    /// Lines for the first screen.
    pub banner: Vec<String>,
    /// How to come back, as a command.
    pub back: String,
    /// The SSH configuration that was named for bare host names.
    pub ssh_config: Option<PathBuf>,
}

impl Stage<'_> {
    fn worker(&mut self) -> (Worker, tokio::sync::mpsc::Receiver<crate::runtime::worker::Answer>) {
        let (worker, answers) = Worker::new(self.engine.clone(), self.session.log.clone());
        worker.hold(std::mem::take(&mut self.held));
        for opened in &self.runs {
            for attempt in opened.run.attempts.values() {
                let intent = &attempt.intent;
                let known = if intent.sudo { &opened.run.connected_as_root } else { &opened.run.connected };
                if let Some(host) = known.get(&intent.host) {
                    let directory = Directory { dir: host.dir.clone(), born: host.born.clone() };
                    worker.remember(&intent.dir, directory);
                }
            }
        }
        (worker, answers)
    }

    /// The values of the last run of the same runbook; a log that cannot say offers none.
    async fn last_values(&self) -> BTreeMap<String, String> {
        let Some(run) = self.runs.last().map(|o| o.run.clone()) else { return BTreeMap::new() };
        let path = self.session.log.path().to_owned();
        let found = self.session.log.read(move |reader| Ok(resuming::last_values(reader, &path, &run))).await;
        found.ok().and_then(Result::ok).unwrap_or_default()
    }

    /// Drives on the screen. Who leaves it to take the run anew that is offered to them comes back at once, where
    /// `house` says by which log.
    pub async fn on_screen(mut self, house: Option<&House>) -> Result<Exit, Fail> {
        let (worker, answers) = self.worker();
        let top = self.runs.first().map(|o| o.run.id.clone()).unwrap_or_default();
        let zone = zone(self.runs.first().map(|o| &o.run));
        let last_values = self.last_values().await;
        let settings = Settings {
            who: self.who.clone(),
            key: self.session.log.signer().map(key_words),
            size: (80, 24),
            look: look(),
            zone,
            log: self.session.log.path().display().to_string(),
            banner: std::mem::take(&mut self.banner),
            last_values,
        };
        let runs = std::mem::take(&mut self.runs);
        let mut app = App::new(settings, runs, clock::now())
            .ok_or_else(|| Fail::System("there is no run to show".to_owned()))?;
        // Said before the screen as well, where it stays.
        if let Some(found) = &self.session.recovered {
            app.session.tell(found.clone());
        }
        let left = screen::show(app, &worker, answers, self.why).await?;
        let (exit, takes) = match left {
            Left::By(quit) => (None, quit.take),
            Left::Terminated => (Some(Exit::Terminated), false),
            Left::Interrupted => (Some(Exit::Interrupted), false),
        };
        let again = Resume {
            run: Some(top.clone()),
            name: Some(self.who.name.clone()),
            unsigned: Unsigned { unsigned: self.session.log.signer().is_none() },
            ssh_config: self.ssh_config.take(),
            ..Resume::default()
        };
        let exit = self.leave(&worker, &top, exit, false).await?;
        match house.filter(|_| takes) {
            Some(house) => Box::pin(resume::resume(house, again)).await,
            None => Ok(exit),
        }
    }

    /// Drives without a terminal.
    pub async fn headless(mut self, answers: &Answers, limits: Limits) -> Result<Exit, Fail> {
        let (worker, inbox) = self.worker();
        let last = self.runs.pop().ok_or_else(|| Fail::System("there is no run to drive".to_owned()))?;
        let top = self.runs.first().map_or_else(|| last.run.id.clone(), |o| o.run.id.clone());
        let mut driver = Driver::new(last.run);
        let ended = headless::walk(&mut driver, &worker, inbox, answers, &self.who, limits, say::out).await;
        let ended = ended.map_err(|e| Fail::System(format!("signals cannot be heard: {e}")))?;
        let (mut exit, mut why) = told(&ended);
        if let (Ended::Log(_), Some(why)) = (&ended, &mut why) {
            let log = self.session.log.path().display();
            why.push_str(&format!(
                "; nothing new was started. Make space, or go on with the log elsewhere: gonogo --log {log} log move NEW"
            ));
        }
        if let Some(why) = why {
            say::err(&crate::text::sanitize_block(&driver.run().in_words(&why)));
        }
        if driver.run().closed.is_some() && !self.runs.is_empty() {
            self.runs.push(Opened { run: driver.run().clone(), facts: Vec::new() });
            settle_children(&self.session, &mut self.runs).await?;
            match self.runs.last().map(|o| &o.run) {
                Some(run) if run.closed.is_none() => {
                    say::err(&format!("run {}, which opened it, is open and waits for a person", run.id));
                    exit = Exit::Stopped;
                }
                // Its own outcome counts: a rollback that completed leaves a run that did not.
                above => exit = closed_as(above.and_then(|run| run.closed.as_ref()).map(|(c, _)| c.outcome)),
            }
        }
        self.leave(&worker, &top, Some(exit), true).await
    }

    async fn leave(self, worker: &Worker, top: &str, exit: Option<Exit>, alone: bool) -> Result<Exit, Fail> {
        let id = top.to_owned();
        let folded = self.session.log.read(move |reader| Ok(resuming::fold(reader, &id))).await;
        let run = folded.ok().and_then(Result::ok).map(|f| f.run);
        let closed = run.as_ref().and_then(|r| r.closed.as_ref().map(|(c, _)| c.outcome));
        if let (Some(run), Some(_)) = (&run, closed) {
            worker.tidy(run).await;
        }
        if let Some(run) = run.as_ref().filter(|_| worker.driving()) {
            worker.witness_last(run).await;
        }
        worker.let_go(closed.is_some());
        worker.disconnect().await;
        let path = self.session.log.path().to_owned();
        let allowed = Arc::clone(self.session.log.allowed());
        // Whatever the end of the session says, every fact of the run is safe already.
        if let Err(error) = self.session.close("left").await {
            say::err(&error.to_string());
        }
        // Said last, so that the head in it is the one that stays.
        if let Some(run) = &run {
            say_goodbye(&path, &allowed, run, &self.back, alone);
        }
        Ok(exit.unwrap_or_else(|| closed_as(closed)))
    }
}

/// Says how the run stands, in a few lines, where its log and its record are, and how to come back to it. The record
/// is written beside the log when the run was walked `alone`, without anybody who could export it.
fn say_goodbye(path: &Path, allowed: &Arc<AllowedSigners>, run: &Run, back: &str, alone: bool) {
    let id = &run.id;
    let (summary, text) = if alone {
        let both = record::verified(path, allowed, id, |r| (report::summary(r), report::markdown(r)));
        both.map_or_else(|e| (Err(e), None), |(summary, text)| (Ok(summary), Some(text)))
    } else {
        (record::of(path, allowed, id, report::summary), None)
    };
    say::out(summary.unwrap_or_else(|e| format!("run {id}: {e}")).trim_end());
    say::out(&format!("log: {}", path.display()));
    match text.map(|text| record::beside(path, id, &text)) {
        Some(Ok(file)) => say::out(&format!("record: {}", file.display())),
        Some(Err(fail)) => say::err(&format!("the record could not be written: {fail}")),
        None => say::out(&format!("record: gonogo --log {} export {id} -o {id}.md", path.display())),
    }
    if let Some(ticket) = ticket(path, run) {
        say::out(&format!("for a ticket:\n{}", ticket.trim_end()));
    }
    if run.closed.is_none() {
        say::out(&format!("open; go on with: {back}"));
    }
}

/// Returns the lines that witness the log where the run stands; none if it cannot be read, which was said.
fn ticket(path: &Path, run: &Run) -> Option<String> {
    let reader = Reader::open(path).ok()?;
    let (log, head) = (reader.log_id().ok()?, reader.head().ok()?);
    // A head of the whole log: what came after the run is in it.
    let seen = Seen { log, head, at: clock::now().wall, run: NO_RUN.to_owned() };
    let how = run.closed.as_ref().map_or("open", |(closed, _)| closed.outcome.words());
    Some(info::ticket(&seen, &crate::text::sanitize(&format!("{}, run {}, {how}", run.title(), run.id))))
}

const fn closed_as(outcome: Option<RunOutcome>) -> Exit {
    match outcome {
        None | Some(RunOutcome::Completed) => Exit::Done,
        Some(_) => Exit::NotCompleted,
    }
}

fn told(ended: &Ended) -> (Exit, Option<String>) {
    match ended {
        Ended::Closed(RunOutcome::Completed) => (Exit::Done, None),
        Ended::Closed(_) => (Exit::NotCompleted, None),
        Ended::Failed(why) => (
            Exit::NotCompleted,
            Some(format!(
                "a step failed: {why}; the run stays open: take it up in a terminal to retry, waive or roll back"
            )),
        ),
        Ended::Host(why) => (Exit::Host, Some(format!("{why}; the run stays open"))),
        Ended::AnswerMissing(why) => (Exit::AnswerMissing, Some(format!("{why}; the run stays open"))),
        Ended::Stopped(why) => (Exit::Stopped, Some(format!("stopped: {why}; the run stays open"))),
        Ended::Log(why) => (Exit::Log, Some(format!("the log cannot be written: {why}"))),
        Ended::TakenOver => {
            (Exit::Busy, Some("somebody else has taken this run over and drives it now".to_owned()))
        }
        Ended::TimeUp => (Exit::NotCompleted, Some("the time of --max is up; the run stays open".to_owned())),
        Ended::Signalled { interrupt: true } => {
            (Exit::Interrupted, Some("interrupted; the run stays open".to_owned()))
        }
        Ended::Signalled { interrupt: false } => {
            (Exit::Terminated, Some("terminated; the run stays open".to_owned()))
        }
    }
}

/// Reads the answers file at `path` and holds it against the runbook; answers given for another text stop.
pub fn read_answers(path: &Path, runbook: &Runbook) -> Result<Answers, Fail> {
    let checked = |bytes: &[u8]| {
        let (file, mut findings) = answers::parse(bytes)?;
        let (answers, more) = answers::check(&file, runbook)?;
        findings.extend(more);
        Ok((answers, findings))
    };
    let (answers, findings, bytes) =
        file::load(path, answers::MAX_BYTES, checked).map_err(|e| invalid(&e))?;
    if !findings.is_empty() {
        let text = String::from_utf8_lossy(&bytes);
        say::plain_err(&format!("{}\n", listed(&path.to_string_lossy(), &text, &findings)));
    }
    Ok(answers)
}

/// Returns who answers from a file: `--as`, else the operator that the file names.
pub fn answering(answers: &Answers, given: Option<&str>) -> Result<Who, Fail> {
    let name = given.or(answers.operator.name.as_deref());
    let name = name.ok_or_else(|| {
        Fail::Usage(
            "the answers file names no operator: add `operator: {name: …}`, or give --as NAME".to_owned(),
        )
    })?;
    check_name(name).map_err(Fail::Usage)?;
    let (via, seat) = (Via::Answers(answers.sha256.clone()), Some(Box::new(ask::seat())));
    Ok(Who { name: name.to_owned(), proof: Proof::Typed, via, seat })
}

/// Returns a signer's key in a few words: the ends of its fingerprint, and who holds it.
fn key_words(signer: &Signer) -> String {
    let fingerprint = signer.shown().fingerprint();
    let ends = fingerprint.get(..11).zip(fingerprint.get(fingerprint.len().saturating_sub(4)..));
    let short = ends.map_or_else(|| fingerprint.clone(), |(start, end)| format!("{start}…{end}"));
    format!("{short} {}", if signer.asks_agent() { "agent" } else { "file" })
}

/// Returns the time zone of the run's environment, else UTC.
pub fn zone(run: Option<&Run>) -> Zone {
    let name = run.and_then(|r| r.opened.environment.as_ref()).and_then(|e| e.timezone.as_deref());
    name.and_then(Zone::named).unwrap_or_default()
}

fn look() -> Look {
    let set = |name: &str| std::env::var(name).unwrap_or_default();
    let colours = if set("NO_COLOR").is_empty() { Colours::Sixteen } else { Colours::None };
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].map(set).into_iter().find(|v| !v.is_empty()).unwrap_or_default();
    let utf8 = locale.to_ascii_lowercase().replace('-', "").contains("utf8");
    Look { colours, ascii: !utf8 || set("TERM") == "linux" }
}
