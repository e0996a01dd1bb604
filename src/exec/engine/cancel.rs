//! Ends a running step and looks whether it is gone. What could not be confirmed is said.

use std::time::Duration;

use tokio::sync::mpsc::Sender;

use super::ask::converse;
use super::{Engine, nonce, tell};
use crate::exec::event::{CancelReport, CancelState, Event, ProbeState};
use crate::exec::line::{Line, NoChannel};
use crate::exec::request::{CancelRequest, Host};
use crate::exec::wrapper::{StateAnswer, cancel as program};

/// How long a channel on the step's own connection is waited for: it may stand still because output is not taken.
const SECOND_CHANNEL: Duration = Duration::from_secs(3);
/// How long the host looks after KILL, and for processes with the marker, with some time to answer.
const LOOKING: Duration = Duration::from_secs(6);

pub(super) async fn cancel(
    engine: &Engine,
    host: &Host,
    request: &CancelRequest,
    events: &Sender<Event>,
) -> CancelReport {
    tell(Some(events), Event::Cancel(CancelState::Asked)).await;
    let report = match ask_twice(engine, host, request, events).await {
        Ok(answer) => report(host, request, answer),
        Err(why) => unconfirmed(host, request, &why),
    };
    tell(Some(events), Event::Cancel(report.state.clone())).await;
    report
}

/// Over the connection that is there; if that does not work, over one of its own.
async fn ask_twice(
    engine: &Engine,
    host: &Host,
    request: &CancelRequest,
    events: &Sender<Event>,
) -> Result<StateAnswer, String> {
    let grace = Duration::from_millis(100) * request.grace_tenths;
    let mut asked = false;
    if let Some(line) = engine.existing(host) {
        match ask(&line, request, grace * 2 + LOOKING, events).await {
            Ok(answer) => return Ok(answer),
            // Another connection leads to the same sudo, which was asked enough.
            Err(failed) if failed.sudo => return Err(failed.why),
            Err(failed) => asked = failed.sent,
        }
    }
    let line = engine.fresh(host).await.map_err(|why| why.to_string())?;
    let answer = ask(&line, request, grace * 2 + LOOKING + engine.settings.answer, events).await;
    line.disconnect().await;
    let mut answer = answer.map_err(|failed| failed.why)?;
    // The first question arrived and did its work, only its answer did not come back.
    if asked && answer.cancel == Some(CancelState::NotRunning) {
        match answer.state {
            Some(ProbeState::Ended { code: 143, .. }) => answer.cancel = Some(CancelState::Terminated),
            Some(ProbeState::Ended { code: 137, .. }) => answer.cancel = Some(CancelState::Killed),
            _ => {}
        }
    }
    Ok(answer)
}

async fn ask(
    line: &Line,
    request: &CancelRequest,
    limit: Duration,
    events: &Sender<Event>,
) -> Result<StateAnswer, Failed> {
    let unsent = |why: String| Failed { sent: false, sudo: false, why };
    let nonce = nonce().map_err(|why| unsent(why.to_string()))?;
    let channel = line.exec_soon(SECOND_CHANNEL).await.map_err(|error| {
        let sudo = matches!(error, NoChannel::Sudo(_));
        Failed { sudo, ..unsent(error.to_string()) }
    })?;
    let mut answer = StateAnswer::default();
    let heard = converse(channel, &program(&nonce, request), &nonce, limit, |text| {
        if let Some(progress) = answer.line(text) {
            // Only a hint on the way: the report is what counts.
            drop(events.try_send(Event::Cancel(progress)));
        }
    })
    .await;
    if answer.done {
        return Ok(answer);
    }
    let why = if heard.late {
        "the host did not answer in time".to_owned()
    } else if heard.ended {
        "the host ran something else than our command".to_owned()
    } else {
        format!("the line was cut: {}", line.why_gone())
    };
    Err(Failed { sent: true, sudo: false, why })
}

/// A question without an answer.
struct Failed {
    /// Whether it may have reached the host.
    sent: bool,
    /// Whether sudo did not let it through.
    sudo: bool,
    why: String,
}

fn report(host: &Host, request: &CancelRequest, answer: StateAnswer) -> CancelReport {
    match answer.cancel {
        Some(state) => CancelReport { state, after: answer.state, left: answer.left },
        None => unconfirmed(host, request, "the host did not say how it went"),
    }
}

fn unconfirmed(host: &Host, request: &CancelRequest, why: &str) -> CancelReport {
    let why = format!("{why}; step {} may still be running on {}", request.step.number, host.name);
    CancelReport { state: CancelState::CouldNotConfirm(why), after: None, left: Vec::new() }
}
