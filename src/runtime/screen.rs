//! The event loop of the terminal frontend: messages in, effects out, frames in between.
//!
//! Keys and resizes are drawn at once; output at most thirty times a second. The loop itself never waits for a disk,
//! a host or an agent.

use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, sleep_until};

use crate::run::driver;
use crate::run::event::Event;
use crate::run::fact::{Entry, Proof, RunPaused};
use crate::runtime::input::Reader;
use crate::runtime::signer::Signer;
use crate::runtime::terminal::{self, Terminal};
use crate::runtime::watch::Watch;
use crate::runtime::worker::{Answer, Worker};
use crate::runtime::{Fail, clock, follow, opening, record};
use crate::tui::app::App;
use crate::tui::effect::{Effect, Quit};
use crate::tui::input::Input;
use crate::tui::msg::Msg;
use crate::tui::view::view;

/// How often frames are drawn for output.
const FRAME: Duration = Duration::from_millis(25);

/// An answer of the log that takes longer than this is shown.
const SLOW: Duration = Duration::from_millis(100);

/// How the screen was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// By the person.
    By(Quit),
    /// SIGTERM or SIGHUP asked for it, or the terminal is gone.
    Terminated,
    /// SIGINT asked for it.
    Interrupted,
}

/// Shows `app` until it is left.
///
/// # Errors
/// When the terminal cannot be had or written.
pub async fn show(
    mut app: App,
    worker: &Worker,
    answers: mpsc::Receiver<Answer>,
    why: &str,
) -> Result<Left, Fail> {
    let broken = |e: std::io::Error| Fail::System(format!("the terminal cannot be used: {e}"));
    // Writing fails first when a window is closed; that is no failure of the program.
    let written = |result: std::io::Result<()>| match result {
        Err(_) if terminal::gone() => Ok(false),
        other => other.map(|()| true).map_err(broken),
    };
    if let Some(why) = terminal::refusal() {
        return Err(Fail::Usage(why.to_owned()));
    }
    let mut terminal = Terminal::take().map_err(broken)?;
    worker.sit();
    let from = app.shared.runs.iter().map(|d| d.driver.knows_others()).min().unwrap_or_default();
    let following = follow::follow(worker, from);
    let (columns, rows) = terminal.size().map_err(broken)?;
    let (_reader, inputs) = Reader::start().map_err(broken)?;
    let mut screen = Screen {
        worker: worker.clone(),
        recording: None,
        grew: None,
        drawn: Instant::now(),
        watch: Watch::default(),
    };
    let mut ears = Ears::new(inputs, answers).map_err(broken)?;
    let mut effects = app.update(Msg::Input(Input::Resize(columns, rows), clock::now()));
    worker.terminals().resize(app.terminal_size());
    effects.extend(app.update(Msg::Unwitnessed(worker.log().unwitnessed())));
    effects.extend(app.start(why));
    let mut only_grew = false;
    let left = loop {
        if !written(screen.carry_out(&app, &mut terminal, effects))? {
            break Left::Terminated;
        }
        if let Some(quit) = app.quit() {
            break Left::By(quit);
        }
        if !only_grew {
            if !written(terminal.draw(|frame| view(&app, frame)))? {
                break Left::Terminated;
            }
            screen.drawn = Instant::now();
        }
        let heard = ears.hear(screen.wake()).await;
        only_grew = matches!(&heard, Heard::Answer(answer) if matches!(**answer, Answer::Grew { .. }));
        match heard {
            Heard::Input(Input::Gone) | Heard::Term => break Left::Terminated,
            Heard::Int => break Left::Interrupted,
            Heard::Input(input) => {
                if matches!(input, Input::Resize(..)) {
                    terminal.clear();
                }
                effects = app.update(Msg::Input(input, clock::now()));
                worker.terminals().resize(app.terminal_size());
            }
            // The library that reads keys does not tell that the terminal is gone.
            Heard::Tick if terminal::gone() => break Left::Terminated,
            Heard::Continued => {
                if !written(terminal.again())? {
                    break Left::Terminated;
                }
                effects = app.update(Msg::Tick(clock::now()));
            }
            Heard::Tick => {
                screen.watch.tick(&app, worker);
                effects = app.update(Msg::Unwitnessed(worker.log().unwitnessed()));
                effects.extend(app.update(Msg::Tick(clock::now())));
            }
            Heard::Answer(answer) => effects = screen.hear(&mut app, *answer),
            Heard::Wake => effects = screen.flush(&mut app),
            Heard::Nothing => break Left::Terminated,
        }
    };
    drop(terminal);
    following.end().await;
    pause(&app, worker, left).await;
    Ok(left)
}

/// Puts on the record that the run was left open.
async fn pause(app: &App, worker: &Worker, left: Left) {
    let why = match left {
        Left::By(quit) if quit.running => "left while a step runs",
        Left::By(_) => "left",
        Left::Terminated => "the process was asked to end",
        Left::Interrupted => "interrupted",
    };
    if !worker.driving() {
        // Somebody else drives it now: whether it pauses is theirs to say.
        return;
    }
    for driven in app.shared.runs.iter() {
        let run = driven.run();
        if run.closed.is_none() {
            let event = Event::RunPaused(RunPaused { who: app.session.who.clone(), why: why.to_owned() });
            // A log that does not take it keeps the run open all the same.
            drop(worker.log().append(Some(&run.id), vec![Entry { event, chunk: None }]).await);
        }
    }
}

enum Heard {
    Input(Input),
    Answer(Box<Answer>),
    Tick,
    Wake,
    Term,
    Int,
    Continued,
    Nothing,
}

/// Everything the loop listens to.
struct Ears {
    inputs: mpsc::Receiver<Input>,
    answers: mpsc::Receiver<Answer>,
    tick: tokio::time::Interval,
    term: Signal,
    hup: Signal,
    int: Signal,
    cont: Signal,
}

impl Ears {
    fn new(inputs: mpsc::Receiver<Input>, answers: mpsc::Receiver<Answer>) -> std::io::Result<Self> {
        let mut tick = interval(Duration::from_secs(1));
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Ok(Self {
            inputs,
            answers,
            tick,
            term: signal(SignalKind::terminate())?,
            hup: signal(SignalKind::hangup())?,
            int: signal(SignalKind::interrupt())?,
            cont: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
        })
    }

    async fn hear(&mut self, wake: Option<Instant>) -> Heard {
        let waking = async {
            match wake {
                Some(at) => sleep_until(at.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            _ = self.term.recv() => Heard::Term,
            _ = self.hup.recv() => Heard::Term,
            _ = self.int.recv() => Heard::Int,
            _ = self.cont.recv() => Heard::Continued,
            input = self.inputs.recv() => input.map_or(Heard::Nothing, Heard::Input),
            () = waking => Heard::Wake,
            answer = self.answers.recv() => answer.map_or(Heard::Nothing, |a| Heard::Answer(Box::new(a))),
            _ = self.tick.tick() => Heard::Tick,
        }
    }
}

struct Screen {
    worker: Worker,
    /// Since when the log has owed an answer, and whether that was said.
    recording: Option<(Instant, bool)>,
    /// Output that grew since the last frame.
    grew: Option<Msg>,
    drawn: Instant,
    watch: Watch,
}

impl Screen {
    /// Returns when the loop has to wake up by itself.
    fn wake(&self) -> Option<Instant> {
        let frame = self.grew.as_ref().map(|_| self.drawn + FRAME);
        let slow = self.recording.filter(|(_, said)| !said).map(|(since, _)| since + SLOW);
        [frame, slow].into_iter().flatten().min()
    }

    /// What is due when the loop wakes by itself: output to draw, or a slow log to tell.
    fn flush(&mut self, app: &mut App) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some((since, said)) = &mut self.recording
            && !*said
            && since.elapsed() >= SLOW
        {
            *said = true;
            let ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
            effects.extend(app.update(Msg::LogSlow { ms }));
        }
        if self.drawn.elapsed() >= FRAME
            && let Some(grew) = self.grew.take()
        {
            effects.extend(app.update(grew));
        }
        effects
    }

    fn hear(&mut self, app: &mut App, answer: Answer) -> Vec<Effect> {
        let at = clock::now();
        let msg = match answer {
            Answer::Grew { run, number, at } => {
                self.grew = Some(Msg::Grew { run, number, at });
                return Vec::new();
            }
            Answer::Recorded { run, result } => {
                let mut effects = Vec::new();
                if let Some((since, _)) = self.recording.take() {
                    let ms = since.elapsed();
                    let ms = if ms < SLOW { 0 } else { u64::try_from(ms.as_millis()).unwrap_or(u64::MAX) };
                    effects.extend(app.update(Msg::LogSlow { ms }));
                }
                effects.extend(app.update(Msg::Unwitnessed(self.worker.log().unwitnessed())));
                effects.extend(app.update(Msg::Recorded { run, answer: result, at }));
                return effects;
            }
            Answer::Signing { run, at } => {
                // A person is slow, not the log.
                self.recording = None;
                Msg::Signing { run, at }
            }
            Answer::NotSigned { run, why, newer } => {
                self.recording = None;
                Msg::NotSigned { run, why, newer, at }
            }
            Answer::Others(facts) => Msg::Others { facts, at },
            Answer::Report { run, report, at } => Msg::Report { run, report, at },
            Answer::Progress { text, .. } | Answer::Told(text) => Msg::Told { text, at },
            Answer::Disk { run, disk } => Msg::Disk { run, disk, at },
            Answer::Asked { asked, at } => Msg::Asked(asked, at),
            Answer::Withdrawn(id) => Msg::Withdrawn(id, at),
            Answer::Retried(Ok(())) => Msg::LogBack(at),
            Answer::Retried(Err(why)) => Msg::LogStill { why, at },
            Answer::Output(output) => Msg::Output(output),
            Answer::Child { parent, result: Ok((opened, run)) } => {
                Msg::ChildReady { parent, opened, run, at }
            }
            Answer::Child { result: Err(why), .. } => Msg::ChildRefused { why, at },
            Answer::ChildWanted { run, who, in_box, link, out_of_order } => {
                let parent = app.shared.runs.iter().find(|d| d.run().id == run).map(|d| d.run().clone());
                if let Some(parent) = parent {
                    let asks = self.worker.log().signer().is_some_and(Signer::asks_agent);
                    if asks && who.proof == Proof::SshKey {
                        drop(app.update(Msg::Signing { run: run.clone(), at }));
                    }
                    let log = self.worker.log().clone();
                    self.worker.spawn(async move {
                        let result = opening::open_child(log, parent, who, in_box, link, out_of_order).await;
                        Answer::Child { parent: run, result }
                    });
                }
                return Vec::new();
            }
        };
        app.update(msg)
    }

    fn carry_out(&mut self, app: &App, terminal: &mut Terminal, effects: Vec<Effect>) -> std::io::Result<()> {
        for effect in effects {
            match effect {
                Effect::Drive { run, effect } => self.drive(app, &run, effect),
                Effect::ReadOutput { run, number, after } => self.read_output(run, number, after),
                Effect::RetryLog => {
                    let worker = self.worker.clone();
                    self.worker.spawn(async move { Answer::Retried(worker.retry().await) });
                }
                Effect::Export { run, format } => {
                    let log = self.worker.log().clone();
                    let who = app.session.who.clone();
                    self.worker.spawn(async move {
                        Answer::Told(record::export_here(&log, &run, format, who).await)
                    });
                }
                Effect::Copy(text) => terminal.copy(&text)?,
                Effect::Reply { id, reply } => self.worker.asking().reply(id, reply, &app.session.who),
                Effect::Type { run, number, keys } => {
                    if !self.worker.terminals().type_on(&run, number, &keys) {
                        self.worker.tell("the host takes no keys now: what was typed is lost");
                    }
                }
                Effect::HangUp { run, number } => {
                    if !self.worker.terminals().hang_up(&run, number) {
                        self.worker.tell("the shell is not open any more");
                    }
                }
                Effect::GiveUpSigning => {
                    if let Some(signer) = self.worker.log().signer() {
                        signer.give_up();
                    }
                }
                Effect::Bell => terminal.bell()?,
                Effect::Suspend => terminal.suspend()?,
                Effect::Redraw => terminal.clear(),
                Effect::Quit(_) => {}
            }
        }
        Ok(())
    }

    fn drive(&mut self, app: &App, run: &str, effect: driver::Effect) {
        if matches!(effect, driver::Effect::Record { .. }) {
            self.recording.get_or_insert((Instant::now(), false));
        }
        if let Some(driven) = app.shared.runs.iter().find(|d| d.run().id == run) {
            self.worker.perform(driven.run(), effect);
        }
    }

    /// Output of this session is in memory; older output is read from the log.
    fn read_output(&self, run: String, number: u32, after: u64) {
        let (log, tails) = (self.worker.log().clone(), self.worker.tails().clone());
        self.worker.spawn(async move {
            if tails.knows(&run, number) {
                return Answer::Output(tails.read(&run, number, after));
            }
            match log.output(&run, number, after).await {
                Ok(output) => Answer::Output(output),
                Err(why) => Answer::Told(format!("its output cannot be read from the log: {why}")),
            }
        });
    }
}
