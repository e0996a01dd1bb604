//! Opens a run's directory on a host, once for each connection. Only then may values be sent over it.

use tokio::sync::mpsc::Sender;

use super::ask::{converse, foreign, no_channel, unheard};
use super::{Engine, nonce, tell};
use crate::exec::event::{Class, Event, HostFacts, NotStarted};
use crate::exec::line::{Line, NoChannel};
use crate::exec::request::Host;
use crate::exec::wrapper::{OpenAnswer, open};

/// Returns a line to `host` on which `open` has answered for the run `seed`.
pub(super) async fn ready(
    engine: &Engine,
    host: &Host,
    seed: &str,
    events: &Sender<Event>,
) -> Result<(Line, HostFacts), NotStarted> {
    if seed.len() != 32 || !seed.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        return Err(NotStarted { class: Class::Request, why: format!("{seed:?} is not 32 hex digits") });
    }
    let mut again = true;
    loop {
        let (line, made) = engine.pooled(host, Some(events)).await?;
        let asking = line.opened().asking.lock().await;
        if let Some(facts) = line.opened().facts(seed) {
            drop(asking);
            return Ok((line, facts));
        }
        let asked = ask_open(engine, host, &line, seed).await;
        if let Ok(facts) = &asked {
            line.opened().set_facts(seed, facts.clone());
        }
        drop(asking);
        match asked {
            Ok(facts) => {
                // Also over a line that others made: each run has to know its own directory.
                tell(Some(events), Event::Connected(line.connected(facts.clone()))).await;
                return Ok((line, facts));
            }
            // A pooled line may turn out to be gone only when it is used. Nothing was started: once more.
            Err(Unopened::Gone(_)) if again && !made => {
                again = false;
                engine.discard(host, &line).await;
            }
            Err(Unopened::Gone(why) | Unopened::No(why)) => return Err(why),
        }
    }
}

enum Unopened {
    /// The line is gone.
    Gone(NotStarted),
    No(NotStarted),
}

async fn ask_open(engine: &Engine, host: &Host, line: &Line, seed: &str) -> Result<HostFacts, Unopened> {
    let nonce = nonce().map_err(Unopened::No)?;
    let channel = line.exec().await.map_err(|error| match error {
        NoChannel::Gone(_) => Unopened::Gone(no_channel(host, &error)),
        _ => Unopened::No(no_channel(host, &error)),
    })?;
    // What asks for the directory sends something there next.
    line.get_ready();
    let mut answer = OpenAnswer::default();
    let heard =
        converse(channel, &open(&nonce, seed), &nonce, engine.settings.answer, |text| answer.line(text))
            .await;
    if answer.failed.is_some() {
        let why = format!(
            "{} has no place for a run: neither the home directory nor /var/tmp, /tmp or /dev/shm can be written (full disk?)",
            host.name
        );
        return Err(Unopened::No(NotStarted { class: Class::Refused, why }));
    }
    if let Some(facts) = answer.facts() {
        return Ok(facts);
    }
    if heard.ended {
        return Err(Unopened::No(foreign(host, &heard.noise, heard.status)));
    }
    let why = unheard(host, &heard, line);
    Err(if heard.late { Unopened::No(why) } else { Unopened::Gone(why) })
}
