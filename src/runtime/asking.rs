//! The person at the terminal, as connections see one: a question goes to the frontend as an answer of the worker, the
//! reply comes back as an effect.
//!
//! Invariant: only a reply ends a question, or that nobody wants to know any more; what was typed is kept out of the log
//! before a host gets it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};

use crate::exec::BoxFuture;
use crate::exec::question::{Asker, Asks, Question, Reply, WantedKind};
use crate::run::fact::Who;
use crate::runtime::clock;
use crate::runtime::vault::Vault;
use crate::runtime::worker::Answer;
use crate::tui::effect;
use crate::tui::msg::{Asked, NewKey, Want, Wanted};

/// See the module. Clones share the questions.
#[derive(Clone)]
pub struct Asking {
    answers: mpsc::Sender<Answer>,
    vault: Vault,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    next: u64,
    open: HashMap<u64, oneshot::Sender<Reply>>,
    /// Who replied last.
    who: Option<Who>,
    /// Whether a person sits here.
    sits: bool,
}

/// Takes a question back that nobody wants to know any more.
struct Withdraws<'a>(&'a Asking, u64);

impl Drop for Withdraws<'_> {
    fn drop(&mut self) {
        if self.0.inner().open.remove(&self.1).is_some() {
            // A full channel leaves it on the screen: what is replied to it then goes nowhere.
            self.0.answers.try_send(Answer::Withdrawn(self.1)).unwrap_or_default();
        }
    }
}

impl Asking {
    /// Returns the person whose frontend reads `answers`; what is typed goes past `vault`.
    #[must_use]
    pub fn new(answers: mpsc::Sender<Answer>, vault: Vault) -> Self {
        Self { answers, vault, inner: Arc::default() }
    }

    /// Takes the reply of `who` to a question. One that is not open any more is not told.
    pub fn reply(&self, id: u64, reply: effect::Reply, who: &Who) {
        let reply = match reply {
            effect::Reply::Accept => Reply::Accept,
            effect::Reply::OnlyThisRun => Reply::OnlyThisRun,
            effect::Reply::Refuse => Reply::Refuse,
            effect::Reply::Text { text, shown } => {
                if !shown {
                    self.vault.hide(text.0.clone());
                }
                Reply::Text(text.0)
            }
        };
        let mut inner = self.inner();
        if let Some(open) = inner.open.remove(&id) {
            inner.who = Some(who.clone());
            // Whoever asked may have gone meanwhile.
            open.send(reply).unwrap_or_default();
        }
    }

    /// A person sits down.
    pub fn sit(&self) {
        self.inner().sits = true;
    }

    /// Returns whether a person sits here.
    #[must_use]
    pub fn sits(&self) -> bool {
        self.inner().sits
    }

    /// Returns who replied last.
    #[must_use]
    pub fn who(&self) -> Option<Who> {
        self.inner().who.clone()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Asker for Asking {
    fn ask(&self, question: Question) -> BoxFuture<'_, Reply> {
        Box::pin(async move {
            let (reply, replied) = oneshot::channel();
            let id = {
                let mut inner = self.inner();
                inner.next += 1;
                let id = inner.next;
                inner.open.insert(id, reply);
                id
            };
            let _withdraws = Withdraws(self, id);
            let asked = Answer::Asked { asked: Box::new(shown(id, question)), at: clock::now() };
            if self.answers.send(asked).await.is_err() {
                return Reply::Refuse;
            }
            // A frontend that ended without a reply decided nothing; the process ends with it.
            replied.await.unwrap_or(Reply::Refuse)
        })
    }
}

/// Returns a question as the screen takes it.
fn shown(id: u64, question: Question) -> Asked {
    let Question { host, target, asks, waiting } = question;
    let wants = match asks {
        Asks::NewHostKey(key) => Wanted::HostKey(NewKey {
            kind: key.kind,
            fingerprint: key.fingerprint,
            recorded_as: key.recorded_as,
            file: key.file,
            other_types: key.other_types,
            other_names: key.other_names.into_iter().map(|(name, at)| (name, at.to_string())).collect(),
            certificate: key.certificate,
            reached: key.reached,
        }),
        Asks::Secret(wanted) => Wanted::Text {
            want: match wanted.kind {
                WantedKind::Passphrase { file } => Want::Passphrase { file },
                WantedKind::Password => Want::Password,
                WantedKind::Sudo { whose } => Want::Sudo { whose },
                WantedKind::Answer { name, instructions, prompt } => {
                    Want::Answer { name, instructions, prompt }
                }
            },
            shown: wanted.echo,
            attempt: wanted.attempt,
        },
    };
    Asked { id, host, target, wants, waiting }
}
