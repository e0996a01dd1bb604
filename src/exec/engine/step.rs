//! Runs one step: program out, output and control lines in, and what they mean.
//!
//! Invariant: `NotStarted` is returned only if the step certainly did not start and cannot start any more; `Ended` only
//! if the host's record says so: the `end` line together with SSH's exit status, or the marker file.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::ask::{foreign, no_channel, state};
use super::open::ready;
use super::terminal::{Hands, greet};
use super::{Engine, nonce, tell};
use crate::exec::event::{
    Class, End, Ended, Event, Exit, HostFacts, Lost, NotStarted, ProbeState, Recorder, Started,
};
use crate::exec::line::{Line, NoChannel, Receiver, Sender};
use crate::exec::output::{Filter, OutputSink};
use crate::exec::pipeline::{Output, Pipeline};
use crate::exec::reader::{Begun, Seen, read};
use crate::exec::request::{Host, StepRef, StepRequest};
use crate::exec::terminal::{Press, Terminal};
use crate::exec::wrapper::{Program, StateAnswer, check_values, on_terminal, refusal, step as program};

/// How long the marker file may still be without a record after the recorder is gone: a canceller writes it.
const SETTLE: Duration = Duration::from_secs(2);
/// Pause between two looks at it.
const LOOK: Duration = Duration::from_millis(200);
/// Bytes of a program that go out in one piece at its end. Most programs are shorter.
const END: usize = 16 * 1024;

pub(super) async fn run(
    engine: &Engine,
    host: &Host,
    request: StepRequest,
    filter: Option<Box<dyn Filter>>,
    sink: Box<dyn OutputSink>,
    events: &mpsc::Sender<Event>,
    mut terminal: Option<Terminal>,
) -> End {
    if let Err(why) = check(&request) {
        return End::NotStarted(NotStarted { class: Class::Request, why });
    }
    let text = request.captures_stdout;
    let pipeline =
        Pipeline::new(engine.settings.chunks, [0, 0], text, filter, sink, events.clone()).waiting();
    let way = to_channel(engine, host, &request, events, terminal.as_ref());
    let opened = match &engine.recall {
        None => way.await,
        Some(recall) => tokio::select! {
            biased;
            () = recall.recalled() => Err(taken_back(host)),
            opened = way => opened,
        },
    };
    let (line, facts, (sender, receiver)) = match opened {
        Ok(opened) => opened,
        Err(why) => return End::NotStarted(why),
    };
    let nonce = match nonce() {
        Ok(nonce) => nonce,
        Err(why) => return End::NotStarted(why),
    };
    if engine.recall.as_ref().is_some_and(|recall| !recall.send()) {
        return End::NotStarted(taken_back(host));
    }
    let merged = terminal.is_some();
    let program = program(&nonce, &facts, engine.settings.keep_cap, &request);
    let (begun, begins) = oneshot::channel();
    // Both are tasks of their own: were this future dropped in the middle, half a program would be left behind,
    // or a channel that nobody reads.
    let drain = engine.settings.drain;
    let reading = tokio::spawn(read(receiver, nonce, pipeline, Some(begun), drain, merged));
    let sender = Arc::new(sender);
    let hands = terminal.take().map(|terminal| (sender.clone(), terminal.presses));
    let ending = Arc::new(AtomicBool::new(false));
    let sending = tokio::spawn(hand_over(sender.clone(), program, merged, ending.clone()));
    let step = StepRef {
        dir: facts.dir.clone(),
        born: facts.born.clone(),
        seed: request.seed.clone(),
        number: request.number,
    };
    let then = line.clone();
    let changes = !request.check;
    let running =
        Running { engine, host, line, step, reading, sender, sending, ending, merged, hands, changes };
    let end = running.watch(begins, events).await;
    match end {
        End::Ended(_) if changes => then.get_ready(),
        End::Ended(_) => then.stay_ready(),
        End::NotStarted(_) | End::Lost(_) => {}
    }
    end
}

/// Sends `program`. Before its end goes out `ending` is set: from then on the host may have all of it, whatever becomes of
/// the line and of this task. What lacks its end does nothing.
async fn hand_over(sender: Arc<Sender>, program: Program, merged: bool, ending: Arc<AtomicBool>) {
    let line;
    let bytes = if merged {
        line = program.line();
        line.as_slice()
    } else {
        program.bytes()
    };
    let (first, end) = bytes.split_at(bytes.len().saturating_sub(END));
    if !first.is_empty() && !sender.write(first).await {
        return;
    }
    ending.store(true, Ordering::SeqCst);
    if sender.write(end).await && !merged {
        sender.eof().await;
    }
}

/// Returns the refusal for a step that was taken back.
fn taken_back(host: &Host) -> NotStarted {
    let why = format!("it was cancelled before anything of it was sent to {}", host.name);
    NotStarted { class: Class::Request, why }
}

/// Returns a channel that takes the program of `request`, on a line on which `open` has answered.
async fn to_channel(
    engine: &Engine,
    host: &Host,
    request: &StepRequest,
    events: &mpsc::Sender<Event>,
    terminal: Option<&Terminal>,
) -> Result<(Line, HostFacts, (Sender, Receiver)), NotStarted> {
    let mut again = true;
    loop {
        let (line, facts) = ready(engine, host, &request.seed, events).await?;
        if request.keep_going && !facts.full_carry {
            // In dash, busybox and the like nothing tells that a command failed that was not the last one.
            let why = format!(
                "{} has no bash 4.2, and only bash tells which command of keep-going failed",
                host.name
            );
            return Err(NotStarted { class: Class::Refused, why });
        }
        let hello = nonce()?;
        let channel = match terminal {
            None => line.exec().await,
            Some(terminal) => line.on_terminal(Some(&on_terminal(&hello)), terminal.size).await,
        };
        let (sender, mut receiver) = match channel {
            Ok(channel) => channel,
            Err(NoChannel::Gone(_)) if again => {
                again = false;
                engine.discard(host, &line).await;
                continue;
            }
            Err(error) => return Err(no_channel(host, &error)),
        };
        if terminal.is_some() {
            greet(engine, host, &line, &sender, &mut receiver, &hello).await?;
        }
        return Ok((line, facts, (sender, receiver)));
    }
}

fn check(request: &StepRequest) -> Result<(), String> {
    check_values(&request.values).map_err(|error| error.to_string())?;
    if request.script.contains('\0') {
        return Err("the script contains a NUL byte".to_owned());
    }
    if request.cwd.as_deref().is_some_and(|cwd| cwd.contains('\0')) {
        return Err("the directory contains a NUL byte".to_owned());
    }
    if request.interpreter.as_deref().is_some_and(|i| i.trim().is_empty() || i.chars().any(char::is_control))
    {
        return Err("the interpreter is empty or contains a control character".to_owned());
    }
    Ok(())
}

/// A step whose program is on its way.
struct Running<'a> {
    engine: &'a Engine,
    host: &'a Host,
    line: Line,
    step: StepRef,
    reading: JoinHandle<(Seen, Pipeline)>,
    sender: Arc<Sender>,
    sending: JoinHandle<()>,
    /// Whether the end of the program went out: what is not whole cannot start.
    ending: Arc<AtomicBool>,
    /// Whether it has a terminal.
    merged: bool,
    /// What is typed, until the step has begun: before that the terminal does not take keys as people mean them.
    hands: Option<(Arc<Sender>, mpsc::Receiver<Press>)>,
    /// Whether it may change what a later step finds, which a check does not.
    changes: bool,
}

impl Begun {
    /// Sends the event unless the reader could, and returns the process ids.
    async fn tell(self, events: &mpsc::Sender<Event>) -> Option<Started> {
        if let Some(started) = self.started
            && !self.told
        {
            tell(Some(events), Event::Started(started)).await;
        }
        self.started
    }
}

/// Why the reader was given up, or what it saw.
enum Watched {
    Read(Box<(Seen, Pipeline)>),
    /// Neither a begin nor an end came in time.
    Late,
    /// The reader itself failed.
    Broken(String),
}

impl Running<'_> {
    async fn watch(mut self, mut begins: oneshot::Receiver<Begun>, events: &mpsc::Sender<Event>) -> End {
        let answer = self.engine.settings.answer;
        // A program may be large and the line slow, so handing it over has a longer limit of its own.
        let mut late_at = Instant::now() + answer * 4;
        let mut sends = true;
        let mut ids = None;
        let mut waits = true;
        let watched = loop {
            tokio::select! {
                read = &mut self.reading => break match read {
                    Ok(read) => Watched::Read(Box::new(read)),
                    Err(error) => Watched::Broken(error.to_string()),
                },
                begun = &mut begins, if waits => {
                    waits = false;
                    if let Ok(begun) = begun {
                        if !self.changes {
                            self.line.stay_ready();
                        }
                        ids = begun.tell(events).await;
                        if let Some((sender, presses)) = self.hands.take() {
                            // A step is ended by a cancel, which the host records.
                            drop(Hands::start(sender, presses));
                        }
                    }
                }
                _ = &mut self.sending, if sends => {
                    sends = false;
                    late_at = Instant::now() + answer;
                }
                () = tokio::time::sleep_until(late_at), if waits => break Watched::Late,
            }
        };
        // The two ends come in any order: it may be over before the begin was told.
        if waits && let Ok(begun) = begins.try_recv() {
            ids = begun.tell(events).await;
        }
        self.sending.abort();
        if sends {
            // Aborted is not ended: it could still hand over the end while it is asked whether it did.
            drop((&mut self.sending).await);
        }
        let all = self.ending.load(Ordering::SeqCst);
        match watched {
            Watched::Read(read) => {
                let (seen, pipeline) = *read;
                if seen.held {
                    self.sender.close().await;
                }
                let complete = seen.is_over() && seen.end.is_some();
                let output = pipeline.finish(complete).await;
                self.judge(seen, output, all).await
            }
            Watched::Late => self.late(all).await,
            Watched::Broken(error) => lost(format!("the reader failed: {error}"), ids, None),
        }
    }

    /// What it means that nothing was heard: the channel is closed, so a program that is not whole cannot become it.
    async fn late(mut self, all: bool) -> End {
        self.sender.close().await;
        let read = timeout(self.engine.settings.drain, &mut self.reading).await;
        self.reading.abort();
        if !all {
            let why =
                format!("{} did not take the step: it reads no input. It did not start", self.host.name);
            return End::NotStarted(NotStarted { class: Class::Foreign, why });
        }
        let why = format!("{} did not say in time that the step began", self.host.name);
        match read {
            Ok(Ok((seen, pipeline))) => {
                let output = pipeline.finish(false).await;
                self.settle(seen, output, why).await
            }
            _ => {
                let answer = self.marker().await;
                match answer.as_ref().and_then(|answer| answer.state.clone()) {
                    Some(ProbeState::NeverStarted) => self.never(answer.unwrap_or_default()),
                    _ => lost(why, None, None),
                }
            }
        }
    }

    async fn judge(&self, seen: Seen, output: Output, all: bool) -> End {
        let name = &self.host.name;
        if !seen.begun {
            if let Some(why) = &seen.answer.fail {
                return End::NotStarted(self.refused(why));
            }
            if seen.refused {
                let why =
                    format!("{name} refuses to run commands for {}. The step did not start", self.host.user);
                return End::NotStarted(NotStarted { class: Class::Foreign, why });
            }
            if seen.is_over() || seen.closed {
                return End::NotStarted(foreign(self.host, &seen.noise, seen.status));
            }
            let why = self.line.why_gone();
            if !all {
                let why = format!(
                    "the line to {name} was cut before the whole step was sent ({why}). It did not start"
                );
                return End::NotStarted(NotStarted { class: Class::Host, why });
            }
            return lost(
                format!("the line to {name} was cut before the step said that it began: {why}"),
                None,
                Some(output),
            );
        }
        match (seen.end, seen.status) {
            (Some((125, _)), _) if let Some(why) = &seen.answer.fail => End::NotStarted(self.refused(why)),
            (Some((code, carried)), Some(status)) if code == status => {
                ended(Exit::Code(code), Recorder::Channel, carried, seen, output)
            }
            _ if seen.is_over() || seen.closed => {
                let why = format!("{name} ended the step's channel without saying how the step ended");
                self.settle(seen, output, why).await
            }
            _ => {
                let mut why =
                    format!("the line to {name} was cut while the step ran: {}", self.line.why_gone());
                if self.merged {
                    why.push_str(
                        ". A step in a terminal is hung up with its line: how far it got is unknown",
                    );
                }
                lost(why, seen.started, Some(output))
            }
        }
    }

    /// Asks the marker file about a step whose line stands but whose recorder was not heard.
    async fn settle(&self, seen: Seen, output: Output, why: String) -> End {
        let until = Instant::now() + SETTLE;
        loop {
            let answer = self.marker().await;
            let state = answer.as_ref().and_then(|answer| answer.state.clone());
            match (state, answer) {
                (Some(ProbeState::Ended { code, .. }), Some(answer)) => {
                    let exit = seen.signal.clone().map_or(Exit::Code(code), Exit::Signal);
                    let carried = answer.carried;
                    return ended(exit, Recorder::Marker, carried, Seen { answer, ..seen }, output);
                }
                (Some(ProbeState::NeverStarted), Some(answer)) => return self.never(answer),
                (Some(ProbeState::Died), Some(answer))
                    if answer.left.is_empty() && Instant::now() < until =>
                {
                    sleep(LOOK).await;
                }
                _ => return lost(why, seen.started, Some(output)),
            }
        }
    }

    async fn marker(&self) -> Option<StateAnswer> {
        state(self.engine, self.host, &self.line, &self.step, true).await.ok()
    }

    fn never(&self, answer: StateAnswer) -> End {
        End::NotStarted(match answer.fail {
            Some(why) => self.refused(&why),
            None => NotStarted {
                class: Class::Foreign,
                why: format!("{} never began the step, and cannot begin it any more", self.host.name),
            },
        })
    }

    fn refused(&self, why: &str) -> NotStarted {
        let why = format!("{} did not start the step: {}", self.host.name, refusal(why));
        NotStarted { class: Class::Refused, why }
    }
}

/// Returns the end of a step that ran.
pub(super) fn ended(exit: Exit, recorded_by: Recorder, carried: bool, seen: Seen, output: Output) -> End {
    let mut notes = Vec::new();
    if seen.held {
        notes.push(
            "descendants of the step still hold its output; what they print later is not recorded".to_owned(),
        );
    }
    if seen.record_failed {
        notes.push("the host could not write down how the step ended (is its disk full?)".to_owned());
    }
    let kept = seen.answer.kept;
    End::Ended(Box::new(Ended {
        exit,
        recorded_by,
        started: seen.started,
        carried,
        carried_names: if carried { kept.names } else { Vec::new() },
        carried_cwd: if carried { kept.cwd } else { None },
        stdout: output.stdout,
        stderr: output.stderr,
        stdout_text: output.text,
        notes,
        sink_failed: output.sink_failed,
    }))
}

/// Returns the end of a step whose outcome is unknown.
pub(super) fn lost(why: String, started: Option<Started>, output: Option<Output>) -> End {
    let (stdout, stderr, sink_failed) = match output {
        Some(output) => (output.stdout, output.stderr, output.sink_failed),
        None => Default::default(),
    };
    End::Lost(Box::new(Lost { why, started, stdout, stderr, sink_failed }))
}
