//! Finds a step again after a cut line or a crash: asks its marker file, fetches what the host kept, waits for its end.
//!
//! All kept output is read from the start, so that the summaries cover the whole; what is recorded already is not
//! delivered twice.

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::ask::no_channel;
use super::step::{ended, lost};
use super::{Engine, Follow, nonce, tell};
use crate::exec::event::{Class, End, Event, Exit, NotStarted, ProbeState, Recorder, Started};
use crate::exec::pipeline::Pipeline;
use crate::exec::reader::{Seen, read};
use crate::exec::request::{Host, StepRef};
use crate::exec::wrapper::{fetch, refusal};

/// How often a follow itself may lose its line.
const CUTS: u32 = 5;
/// How long "starting" and "died" may last before they are an answer.
const UNCLEAR: std::time::Duration = std::time::Duration::from_secs(5);

/// What a round of asking means.
enum Round {
    /// It goes on; ask again.
    Again,
    Ended {
        code: i32,
        more: bool,
    },
    Never(NotStarted),
    Unknown(String),
}

pub(super) async fn follow(
    engine: &Engine,
    host: &Host,
    step: &StepRef,
    how: Follow,
    events: &mpsc::Sender<Event>,
) -> End {
    let Follow { have, captures_stdout, filter, sink } = how;
    let mut pipeline =
        Pipeline::new(engine.settings.chunks, have, captures_stdout, filter, sink, events.clone());
    let mut raw = [0_u64; 2];
    let mut attempt = 0;
    let mut pids: Option<Started> = None;
    let mut unclear_since: Option<Instant> = None;
    loop {
        let asked = async {
            let line = engine.line(host, Some(events)).await?;
            let nonce = nonce()?;
            let channel = line.exec_unqueued().await.map_err(|error| no_channel(host, &error))?;
            Ok::<_, NotStarted>((line, nonce, channel))
        };
        let (line, nonce, (sender, receiver)) = match asked.await {
            Ok(asked) => asked,
            Err(why) if why.class == Class::Host && attempt < CUTS => {
                attempt += 1;
                tell(Some(events), Event::Reconnecting { attempt }).await;
                sleep(engine.settings.poll * attempt).await;
                continue;
            }
            Err(why) => return lost(why.to_string(), pids, Some(pipeline.finish(false).await)),
        };
        let program = fetch(&nonce, step, raw);
        let reading = tokio::spawn(read(receiver, nonce, pipeline, None, engine.settings.drain, false));
        let sending = tokio::spawn(async move { sender.send(&program).await });
        let seen = match reading.await {
            Ok((seen, rest)) => {
                pipeline = rest;
                seen
            }
            Err(error) => return lost(format!("the reader failed: {error}"), pids, None),
        };
        sending.abort();
        let [out, err] = seen.raw;
        let grew = out + err > 0;
        let [raw_out, raw_err] = &mut raw;
        *raw_out += out;
        *raw_err += err;
        if !seen.is_over() && !seen.closed {
            if attempt == CUTS {
                let why = format!("the line to {} was cut again: {}", host.name, line.why_gone());
                return lost(why, pids, Some(pipeline.finish(false).await));
            }
            attempt += 1;
            tell(Some(events), Event::Reconnecting { attempt }).await;
            engine.discard(host, &line).await;
            sleep(engine.settings.poll * attempt).await;
            continue;
        }
        if let Some(ProbeState::Running(started)) = &seen.answer.state
            && pids.replace(*started).is_none()
        {
            tell(Some(events), Event::Started(*started)).await;
        }
        let round = judge(host, &seen, grew);
        if matches!(round, Round::Unknown(_)) && is_unclear(&seen) {
            let since = *unclear_since.get_or_insert_with(Instant::now);
            if since.elapsed() < UNCLEAR {
                sleep(engine.settings.poll).await;
                continue;
            }
        }
        match round {
            Round::Again => {
                unclear_since = None;
                sleep(engine.settings.poll).await;
            }
            // What the pump still held when the record was written comes with the next round.
            Round::Ended { more: true, .. } => {
                sleep(engine.settings.poll.min(std::time::Duration::from_millis(100))).await
            }
            Round::Ended { code, .. } => {
                let output = pipeline.finish(true).await;
                return end(engine, code, pids, raw, seen, output);
            }
            Round::Never(why) => return End::NotStarted(why),
            Round::Unknown(why) => return lost(why, pids, Some(pipeline.finish(false).await)),
        }
    }
}

/// States that a moment may change: a record that is being made.
fn is_unclear(seen: &Seen) -> bool {
    matches!(seen.answer.state, Some(ProbeState::Died | ProbeState::Starting))
}

fn judge(host: &Host, seen: &Seen, grew: bool) -> Round {
    let name = &host.name;
    let answer = &seen.answer;
    if !answer.done {
        return Round::Unknown(format!("{name} did not answer the question about the step"));
    }
    match &answer.state {
        Some(ProbeState::Running(_)) => Round::Again,
        Some(ProbeState::Ended { code, .. }) => Round::Ended { code: *code, more: grew },
        Some(ProbeState::Died) if !answer.left.is_empty() => Round::Again,
        Some(ProbeState::NeverStarted) => {
            let why = match &answer.fail {
                Some(why) => format!("{name} did not start the step: {}", refusal(why)),
                None => format!("{name} never began the step, and cannot begin it any more"),
            };
            Round::Never(NotStarted { class: Class::Refused, why })
        }
        Some(ProbeState::Died) => Round::Unknown(format!(
            "{name}: what recorded the step is gone without a record (killed, or out of memory); how far the step got is unknown"
        )),
        Some(ProbeState::Starting) => {
            Round::Unknown(format!("{name} was about to start the step and never got further"))
        }
        Some(ProbeState::OtherBoot(node)) => {
            Round::Unknown(format!("{name} was rebooted since, or the name leads to another host ({node})"))
        }
        Some(ProbeState::Gone | ProbeState::Never) | None => Round::Unknown(format!(
            "the run's directory on {name} is gone, and with it what became of the step"
        )),
    }
}

fn end(
    engine: &Engine,
    code: i32,
    started: Option<Started>,
    raw: [u64; 2],
    seen: Seen,
    output: crate::exec::pipeline::Output,
) -> End {
    let no_file = seen.answer.no_file;
    let carried = seen.answer.carried;
    let capped = raw.iter().any(|bytes| *bytes >= engine.settings.keep_cap / 512 * 512);
    let mut end = ended(Exit::Code(code), Recorder::Marker, carried, Seen { started, ..seen }, output);
    if let End::Ended(ended) = &mut end {
        // Descendants of the fetching program are not the step's.
        ended.notes.clear();
        if no_file {
            ended.notes.push(
                "the host keeps no output of this step; what it printed after the cut is lost".to_owned(),
            );
            if code == 141 {
                ended.notes.push(
                    "it was ended by the cut line when it next printed, not by a failure of its own"
                        .to_owned(),
                );
            }
        }
        if capped {
            ended.notes.push(format!(
                "the host keeps at most {} bytes of each stream; what came after is lost",
                engine.settings.keep_cap
            ));
        }
    }
    end
}
