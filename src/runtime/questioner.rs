//! The person at a terminal that shows lines, as connections see one: a question is written to standard error, the reply
//! is typed and never shown.
//!
//! Invariant: keys that come while no question is open are dropped, but for Ctrl-C: nothing that was typed ahead becomes
//! a reply. What was typed is kept out of everything that passes the vault before a host gets it.

use std::io::{self, Read as _, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{Notify, oneshot};

use crate::exec::BoxFuture;
use crate::exec::question::{Asker, Asks, NewHostKey, Question, Reply, Wanted, WantedKind};
use crate::runtime::vault::Vault;
use crate::runtime::vault::prompt::{Quiet, Typed, Typing};
use crate::text::sanitize;

/// See the module. Clones share the terminal.
#[derive(Clone)]
pub struct Questioner {
    vault: Vault,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    terminal: Mutex<Terminal>,
    interrupted: Notify,
}

#[derive(Default)]
struct Terminal {
    /// Taken with the first question.
    quiet: Option<Quiet>,
    /// Whether keys are read.
    heard: bool,
    /// Whether no question is put any more.
    closed: bool,
    open: Option<(Typing, oneshot::Sender<Typed>)>,
}

impl Questioner {
    /// Returns the person at this terminal; what is typed is hidden by `vault`.
    #[must_use]
    pub fn new(vault: Vault) -> Self {
        Self { vault, shared: Arc::default() }
    }

    /// Waits until the person presses Ctrl-C or the terminal is gone, after the first question.
    pub async fn interrupted(&self) {
        self.shared.interrupted.notified().await;
    }

    /// Gives the terminal back; what is asked from now on is refused.
    pub fn close(&self) {
        let mut terminal = self.shared.terminal();
        terminal.closed = true;
        terminal.open = None;
        terminal.quiet = None;
    }

    /// Writes `text` and waits for what is typed.
    async fn typed(&self, text: &str) -> Typed {
        let (sender, typed) = oneshot::channel();
        if self.put(text, sender).is_err() {
            return Typed::Nothing;
        }
        let typed = typed.await.unwrap_or(Typed::Interrupt);
        write("\n").unwrap_or_default();
        typed
    }

    fn put(&self, text: &str, reply: oneshot::Sender<Typed>) -> io::Result<()> {
        let mut terminal = self.shared.terminal();
        if terminal.closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if terminal.quiet.is_none() {
            terminal.quiet = Some(Quiet::begin()?);
        }
        if !terminal.heard {
            let shared = self.shared.clone();
            // Never ended: a read of a terminal cannot be, and the process ends with the last question.
            std::thread::Builder::new().name("keys".to_owned()).spawn(move || shared.listen())?;
            terminal.heard = true;
        }
        write(text)?;
        terminal.open = Some((Typing::default(), reply));
        Ok(())
    }

    async fn reply(&self, question: Question) -> Reply {
        let mut text = told(&question);
        loop {
            let typed = match self.typed(&text).await {
                Typed::Text(typed) => typed,
                Typed::Nothing => {
                    write("not given\n").unwrap_or_default();
                    return Reply::Refuse;
                }
                Typed::Interrupt => {
                    self.shared.interrupted.notify_one();
                    // It decides nothing: whoever waits for the interrupt gives the question up.
                    return std::future::pending().await;
                }
            };
            match read(&question.asks, &typed) {
                Ok(reply) => {
                    if let Reply::Text(secret) = &reply {
                        self.vault.hide(secret.clone());
                    }
                    write(done(&reply)).unwrap_or_default();
                    return reply;
                }
                Err(again) => text = format!("{again}: "),
            }
        }
    }
}

impl Shared {
    fn terminal(&self) -> MutexGuard<'_, Terminal> {
        self.terminal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads keys until the terminal is gone.
    fn listen(&self) {
        let mut keys = io::stdin().lock();
        let mut key = [0];
        while matches!(keys.read(&mut key), Ok(1)) {
            let [byte] = key;
            self.key(byte);
        }
        self.terminal().open = None;
        self.interrupted.notify_one();
    }

    fn key(&self, byte: u8) {
        let mut terminal = self.terminal();
        match &mut terminal.open {
            Some((typing, _)) => {
                let typed = typing.key(byte);
                if let Some((typed, (_, reply))) =
                    typed.and_then(|typed| Some((typed, terminal.open.take()?)))
                {
                    // Whoever asked may have gone meanwhile.
                    reply.send(typed).unwrap_or_default();
                }
            }
            None if byte == 0x03 => self.interrupted.notify_one(),
            None => {}
        }
    }
}

impl Asker for Questioner {
    fn ask(&self, question: Question) -> BoxFuture<'_, Reply> {
        Box::pin(self.reply(question))
    }
}

/// Writes to standard error, where lines have to end with `\r\n` meanwhile.
fn write(text: &str) -> io::Result<()> {
    let mut err = io::stderr().lock();
    err.write_all(text.replace('\n', "\r\n").as_bytes())?;
    err.flush()
}

/// Returns what `typed` means, or how to ask again.
fn read(asks: &Asks, typed: &SecretString) -> Result<Reply, &'static str> {
    let text = typed.expose_secret();
    match asks {
        Asks::NewHostKey(_) => match text.trim() {
            "a" => Ok(Reply::Accept),
            "1" => Ok(Reply::OnlyThisRun),
            "r" => Ok(Reply::Refuse),
            _ => Err("a, 1 or r, then Enter"),
        },
        Asks::Secret(Wanted { kind: WantedKind::Answer { .. }, .. }) => Ok(Reply::Text(typed.clone())),
        Asks::Secret(_) if text.is_empty() => Err("type it, or Esc to do without"),
        Asks::Secret(_) => Ok(Reply::Text(typed.clone())),
    }
}

const fn done(reply: &Reply) -> &'static str {
    match reply {
        Reply::Accept => "accepted\n",
        Reply::OnlyThisRun => "accepted for this time only\n",
        Reply::Refuse => "refused\n",
        Reply::Text(_) => "typed, not shown\n",
    }
}

/// Returns the question as lines, the last one without an end. What a host says is made harmless.
fn told(question: &Question) -> String {
    let who = sanitize(&format!("{} ({})", question.host, question.target)).into_owned();
    let mut rows: Vec<(&str, String)> = Vec::new();
    let (title, wants) = match &question.asks {
        Asks::NewHostKey(key) => {
            facts(key, &mut rows);
            let wants = "a accept and record it, 1 only this time, r refuse; then Enter (not shown)";
            (format!("New host key: {who}; nothing was sent to it"), wants.to_owned())
        }
        Asks::Secret(Wanted { kind, attempt, .. }) => {
            let (title, wants) = wanted(kind, &who, &mut rows);
            if *attempt > 1 {
                rows.push(("again", format!("what came before was not right; try {attempt}")));
            }
            (title, format!("{wants} (not shown; Esc does without)"))
        }
    };
    if question.waiting > 0 {
        rows.push(("then", format!("{} more to answer", question.waiting)));
    }
    let rows: String =
        rows.iter().map(|(label, text)| format!("  {label:<12} {}\n", sanitize(text))).collect();
    format!("{title}\n{rows}{}: ", sanitize(&wants))
}

fn facts(key: &NewHostKey, rows: &mut Vec<(&str, String)>) {
    rows.push(("type", key.kind.clone()));
    rows.push(("fingerprint", key.fingerprint.clone()));
    rows.push(("recorded in", key.file.clone().unwrap_or_else(|| "no file: none can be written".to_owned())));
    rows.push(("compare with", "the host's console, or somebody who knows it".to_owned()));
    rows.push((
        "other hosts",
        match key.reached.as_slice() {
            [] => "none was reached yet".to_owned(),
            hosts => format!("{} reached, their keys are known", hosts.join(", ")),
        },
    ));
    let other = |(name, at): &(String, _)| ("same key", format!("is recorded for {name} in {at}"));
    rows.extend(key.other_names.iter().map(other));
    if !key.other_types.is_empty() {
        rows.push(("recorded", format!("{} without the port; not this key", key.other_types.join(", "))));
    }
    if let Some(why) = &key.certificate {
        rows.push(("certificate", format!("does not count: {why}")));
    }
}

/// Returns the title and what is to be typed.
fn wanted(kind: &WantedKind, who: &str, rows: &mut Vec<(&str, String)>) -> (String, &'static str) {
    match kind {
        WantedKind::Passphrase { file } => {
            rows.push(("key file", file.clone()));
            rows.push(("it stays", "on this machine".to_owned()));
            (format!("Passphrase for {who}; asked by gonogo, not by the host"), "passphrase")
        }
        WantedKind::Password => {
            rows.push(("it goes", "to this host alone, whose key is trusted".to_owned()));
            (format!("Password for {who}; asked by gonogo, sent to the host"), "password")
        }
        WantedKind::Sudo { whose } => {
            rows.push(("whose", whose.clone()));
            (format!("Password for sudo on {who}; asked by sudo"), "password")
        }
        WantedKind::Answer { name, instructions, prompt } => {
            let said = [("it says", name), ("", instructions), ("it asks", prompt)];
            let said = said.iter().filter(|(_, text)| !text.trim().is_empty());
            rows.extend(said.map(|(label, text)| (*label, text.trim().to_owned())));
            (format!("A question of {who}; asked by the host"), "answer")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::known_hosts::Spot;

    fn question(asks: Asks, waiting: usize) -> Question {
        Question { host: "web-1".to_owned(), target: "layla@192.0.2.1:22".to_owned(), asks, waiting }
    }

    fn key() -> NewHostKey {
        NewHostKey {
            kind: "ssh-ed25519".to_owned(),
            fingerprint: "SHA256:abc".to_owned(),
            recorded_as: "192.0.2.1".to_owned(),
            file: Some("/home/layla/.ssh/known_hosts".to_owned()),
            other_types: Vec::new(),
            other_names: vec![("old".to_owned(), Spot { file: "known".to_owned(), line: 3 })],
            certificate: None,
            reached: vec!["db-1".to_owned()],
        }
    }

    #[test]
    fn a_new_key_is_told_with_all_that_helps_to_decide() {
        let told = told(&question(Asks::NewHostKey(key()), 2));
        for part in [
            "New host key: web-1 (layla@192.0.2.1:22)",
            "type         ssh-ed25519\n",
            "fingerprint  SHA256:abc\n",
            "db-1 reached, their keys are known",
            "is recorded for old in known:3",
            "2 more to answer",
            "recorded in  /home/layla/.ssh/known_hosts\n",
            "a accept and record it, 1 only this time, r refuse",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }

    #[test]
    fn what_a_host_asks_is_harmless() {
        let kind = WantedKind::Answer {
            name: String::new(),
            instructions: "\u{1b}[2Jgonogo: New host key\r\nfor db-1".to_owned(),
            prompt: "Code: ".to_owned(),
        };
        let told = told(&question(Asks::Secret(Wanted { kind, echo: true, attempt: 2 }), 0));
        assert!(!told.contains(['\u{1b}', '\r']) && told.lines().count() == 5, "{told:?}");
        assert!(told.starts_with("A question of web-1") && told.contains("try 2"), "{told}");
    }

    #[test]
    fn only_what_is_offered_is_a_reply() {
        let asks = Asks::NewHostKey(key());
        let said = |text: &str| read(&asks, &text.to_owned().into());
        assert!(matches!(said("a"), Ok(Reply::Accept)) && matches!(said(" 1 "), Ok(Reply::OnlyThisRun)));
        assert!(matches!(said("r"), Ok(Reply::Refuse)));
        for other in ["", "y", "yes", "A", "aa", "accept"] {
            assert!(said(other).is_err(), "{other}");
        }
        let wants = |kind| Asks::Secret(Wanted { kind, echo: false, attempt: 1 });
        assert!(read(&wants(WantedKind::Password), &String::new().into()).is_err());
        let (name, instructions, prompt) = Default::default();
        let answer = wants(WantedKind::Answer { name, instructions, prompt });
        assert!(
            matches!(read(&answer, &String::new().into()), Ok(Reply::Text(_))),
            "the host may want no words"
        );
    }

    #[test]
    fn keys_before_a_question_are_no_reply() {
        let shared = Shared::default();
        b"a\r".iter().for_each(|byte| shared.key(*byte));
        let (sender, mut reply) = oneshot::channel();
        shared.terminal().open = Some((Typing::default(), sender));
        assert!(reply.try_recv().is_err());
        b"r\rrest".iter().for_each(|byte| shared.key(*byte));
        assert!(matches!(reply.try_recv(), Ok(Typed::Text(text)) if text.expose_secret() == "r"));
    }
}
