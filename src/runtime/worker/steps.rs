//! Running one attempt on its host, and passing on how it goes.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::audit::chain::sha256_hex;
use crate::exec;
use crate::run::conclude::{Begun, Ended, Report};
use crate::run::driver::Order;
use crate::run::event::StepIntended;
use crate::run::fact::{HostKeyAccepted, HostKeyRefused, HostPin, Outcome, Stream};
use crate::runtime::clock;
use crate::runtime::reach::reach_for;
use crate::runtime::sink::LogSink;
use crate::runtime::worker::words::{
    cancel_words, connected, directory, ended, not_started, stream_of, sudo_wanted,
};
use crate::runtime::worker::{Answer, Worker};
use crate::tui::msg::Output;

/// How long a beginning waits for the end, to be recorded with it: most steps are over by then.
const TOGETHER: Duration = Duration::from_millis(100);

/// Returns whether an attempt may have failed for want of a password: one of root has none to want.
pub(super) const fn is_suspect(end: &Ended, root: bool) -> bool {
    !matches!(end.outcome, Outcome::Exited(0)) && !root
}

/// Returns what was said on standard error.
pub(super) fn complaints(output: &Output) -> String {
    let said = output.pieces.iter().filter(|piece| piece.stream == Stream::Stderr);
    let said: Vec<u8> = said.flat_map(|piece| piece.bytes.iter().copied()).collect();
    String::from_utf8_lossy(&said).into_owned()
}

impl Worker {
    pub(super) async fn exec(&self, run: String, order: Order, recall: exec::Recall) {
        let intent = &order.intent;
        let host = reach_for(&order.host, intent);
        let values = match self.values(&order) {
            Ok(values) => values,
            Err(why) => {
                let end = Box::new(not_started(why));
                self.report(&run, Report::Ended { number: intent.number, end }).await;
                return;
            }
        };
        let terminal = intent.interactive
            || order.asks_root
                && tokio::select! {
                    // The engine says then that it was taken back.
                    () = recall.recalled() => false,
                    asks = self.asks_password(&run, &order) => asks,
                };
        let request = exec::StepRequest {
            number: intent.number,
            seed: intent.dir.clone(),
            script: intent.script.clone(),
            strict: intent.strict,
            keep_going: intent.keep_going,
            interpreter: intent.interpreter.clone(),
            check: intent.check,
            keep: match (intent.keep && !terminal, intent.check && order.secrets.is_empty()) {
                (true, _) => exec::Keep::File,
                (false, true) => exec::Keep::Off,
                // In a terminal it is hung up with its line.
                (false, false) if terminal => exec::Keep::Off,
                // It survives a cut line all the same; what it prints after that is lost.
                (false, false) => exec::Keep::Drain,
            },
            load: intent.load,
            save: !intent.check && !intent.unsaved,
            cwd: intent.cwd.clone(),
            values,
            captures_stdout: true,
        };
        let filter = Some(self.log.vault().filter());
        let sink = LogSink::new(self.log.clone(), run.clone(), intent.number, [0, 0]);
        let (progress, passed_on) = self.listen(&run, intent, &order.host);
        let sink = Box::new(sink);
        let engine = self.engine.recalled_by(recall);
        let end = match terminal {
            false => engine.step(&host, request, filter, sink, &progress).await,
            true => {
                let terminal = self.terminal(&run, intent.number);
                engine.step_in_terminal(&host, request, filter, sink, &progress, terminal).await
            }
        };
        self.terminals.close(&run, intent.number);
        drop(progress);
        // What led to the end is told before it, or it would come too late to be recorded.
        let begun = passed_on.await.unwrap_or_default();
        self.ended(&run, intent.number, &host, end, begun).await;
    }

    /// Returns what the step is given, or why it cannot start.
    fn values(&self, order: &Order) -> Result<Vec<exec::Value>, String> {
        if sha256_hex(order.intent.script.as_bytes()) != order.intent.script_sha {
            return Err("its script would hold the value of a secret: use the variable in it".to_owned());
        }
        let secrets = self.log.vault().values(&order.secrets);
        let secrets = secrets.map_err(|name| format!("the secret {name} has no value in this process"))?;
        let plain = order.vars.iter().map(|(name, value)| exec::Value {
            name: name.clone(),
            value: value.clone().into(),
            secret: false,
        });
        Ok(plain.chain(secrets).collect())
    }

    async fn ended(&self, run: &str, number: u32, host: &exec::Host, end: exec::End, begun: Option<Begun>) {
        let report = match end {
            exec::End::Ended(end) => {
                let mut end = Box::new(Ended { begun, ..ended(*end) });
                if is_suspect(&end, host.sudo) {
                    end.remarks.extend(sudo_wanted(&complaints(&self.tails.read(run, number, 0))));
                }
                Report::Ended { number, end }
            }
            exec::End::Lost(lost) => {
                self.began(run, number, begun).await;
                Report::Lost { number, why: lost.why }
            }
            exec::End::NotStarted(mut no) => {
                if no.class == exec::Class::Moved {
                    no.why.push_str(&format!(
                        ". If that is right, leave and accept it with: gonogo resume --accept-host {}",
                        host.name
                    ));
                }
                if matches!(no.class, exec::Class::HostKey | exec::Class::Moved) {
                    let refused =
                        HostKeyRefused { host: host.name.clone(), why: no.why.clone(), fingerprint: None };
                    self.report(run, Report::KeyRefused(refused)).await;
                }
                Report::Ended { number, end: Box::new(not_started(no.why)) }
            }
        };
        self.report(run, report).await;
    }

    /// Reports a beginning that has not been.
    pub(super) async fn began(&self, run: &str, number: u32, begun: Option<Begun>) {
        if let Some(Begun { pid, pgid, at }) = begun {
            self.report_at(run, Report::Started { number, pid, pgid, terminal: false }, at).await;
        }
    }

    /// Returns the channel for an attempt's progress, and the task that passes it on until the channel is dropped. It
    /// returns a beginning that the end came too soon after to be reported alone.
    pub(super) fn listen(
        &self,
        run: &str,
        intent: &StepIntended,
        host: &HostPin,
    ) -> (mpsc::Sender<exec::Event>, JoinHandle<Option<Begun>>) {
        let (sender, mut events) = mpsc::channel(256);
        let (worker, run, host) = (self.clone(), run.to_owned(), host.clone());
        let intent = intent.clone();
        let passed_on = tokio::spawn(async move {
            let mut begun = None;
            let mut until = Instant::now();
            loop {
                // Much output must not keep it back.
                if begun.is_some() && Instant::now() >= until {
                    worker.began(&run, intent.number, begun.take()).await;
                }
                let next = match begun {
                    None => Ok(events.recv().await),
                    Some(_) => timeout_at(until, events.recv()).await,
                };
                match next {
                    Err(_) => {}
                    Ok(None) => return begun,
                    Ok(Some(exec::Event::Started(s))) if !worker.terminals.knows(&run, intent.number) => {
                        begun = Some(Begun { pid: s.pid, pgid: s.pgid, at: clock::now() });
                        until = Instant::now() + TOGETHER;
                    }
                    Ok(Some(event)) => worker.progress(&run, &intent, &host, event).await,
                }
            }
        });
        (sender, passed_on)
    }

    async fn progress(&self, run: &str, intent: &StepIntended, host: &HostPin, event: exec::Event) {
        let number = intent.number;
        match event {
            exec::Event::Connected(seen) => {
                self.remember(&intent.dir, directory(&seen));
                self.report(run, Report::Connected(connected(host, intent, &seen))).await;
            }
            exec::Event::KeyAccepted(key) => self.key_accepted(run, key).await,
            exec::Event::Reached(_) => {}
            exec::Event::Started(s) => {
                self.report(run, Report::Started { number, pid: s.pid, pgid: s.pgid, terminal: true }).await;
            }
            exec::Event::Output { stream, offset, tail, .. } => {
                self.printed(run, number, stream_of(stream), offset, tail);
            }
            exec::Event::Connecting => {}
            exec::Event::Reconnecting { attempt } => {
                self.say(run, number, format!("the line was cut; asking {} again ({attempt})", host.name))
                    .await;
            }
            exec::Event::Cancel(state) => self.say(run, number, cancel_words(&state)).await,
        }
    }

    pub(super) async fn key_accepted(&self, run: &str, key: exec::KeyAccepted) {
        let accepted = HostKeyAccepted {
            who: self.asking.who().filter(|_| key.asked),
            host: key.host,
            key_type: key.key_type,
            fingerprint: key.fingerprint,
            recorded: key.recorded.map(|at| at.to_string()),
            not_recorded: key.not_recorded,
        };
        self.report(run, Report::KeyAccepted(accepted)).await;
    }

    /// Keeps the newest output, and notes for the screen that there is more.
    pub(super) fn printed(&self, run: &str, number: u32, stream: Stream, offset: u64, tail: Vec<u8>) {
        let at = clock::now();
        self.tails.push(run, number, stream, offset, tail, at);
        let note = Answer::Grew { run: run.to_owned(), number, at };
        // A note for the screen may be dropped; the bytes are in the log and in the tail.
        self.answers.try_send(note).unwrap_or_default();
    }

    pub(super) async fn say(&self, run: &str, number: u32, text: String) {
        self.answer(Answer::Progress { run: run.to_owned(), number, text }).await;
    }
}
