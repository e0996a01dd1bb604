//! Somebody who is asked: a script of replies, and a record of what was asked and of how many questions were open at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use gonogo::exec::BoxFuture;
use gonogo::exec::question::{Asker, Asks, Question, Reply, WantedKind};
use tokio::sync::mpsc;

/// See the module.
#[derive(Default)]
pub struct Scripted {
    replies: Mutex<Vec<Reply>>,
    asked: Mutex<Vec<Question>>,
    open: AtomicUsize,
    most: AtomicUsize,
}

impl Scripted {
    /// Returns somebody who gives these replies in this order, and refuses what comes after them.
    pub fn new(replies: impl IntoIterator<Item = Reply>) -> Arc<Self> {
        let mut replies: Vec<Reply> = replies.into_iter().collect();
        replies.reverse();
        Arc::new(Self { replies: Mutex::new(replies), ..Self::default() })
    }

    /// Returns what was asked, in words.
    pub fn asked(&self) -> Vec<String> {
        self.questions().iter().map(words).collect()
    }

    /// Returns what was asked.
    pub fn questions(&self) -> Vec<Question> {
        self.asked.lock().expect("asked").clone()
    }

    /// Returns how many questions were open at the same time at most.
    pub fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

/// Returns a text that somebody types.
pub fn typed(text: &str) -> Reply {
    Reply::Text(text.to_owned().into())
}

/// Returns a question in words: the host, and what is wanted.
pub fn words(question: &Question) -> String {
    let Question { host, target, asks, .. } = question;
    match asks {
        Asks::NewHostKey(key) => format!("{host} {target}: new key {} {}", key.kind, key.fingerprint),
        Asks::Secret(wanted) => {
            let what = match &wanted.kind {
                WantedKind::Passphrase { file } => {
                    format!("passphrase {}", file.rsplit('/').next().unwrap_or_default())
                }
                WantedKind::Password => "password".to_owned(),
                WantedKind::Sudo { whose } => format!("sudo {whose}"),
                WantedKind::Answer { name, instructions, prompt } => {
                    format!("{name}|{instructions}|{prompt}")
                }
            };
            let echo = if wanted.echo { ", shown" } else { "" };
            format!("{host} {target}: {what} ({}{echo})", wanted.attempt)
        }
    }
}

impl Asker for Scripted {
    fn ask(&self, question: Question) -> BoxFuture<'_, Reply> {
        Box::pin(async move {
            let open = self.open.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(open, Ordering::SeqCst);
            self.asked.lock().expect("asked").push(question);
            // Others get a chance to ask, too.
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            let reply = self.replies.lock().expect("replies").pop().unwrap_or(Reply::Refuse);
            self.open.fetch_sub(1, Ordering::SeqCst);
            reply
        })
    }
}

/// Somebody whose replies come when the test says so.
pub struct Patient {
    sender: mpsc::Sender<(Question, tokio::sync::oneshot::Sender<Reply>)>,
}

/// The open questions.
pub type Open = mpsc::Receiver<(Question, tokio::sync::oneshot::Sender<Reply>)>;

impl Patient {
    /// Returns somebody who is asked, and where the questions come out.
    pub fn new() -> (Arc<Self>, Open) {
        let (sender, open) = mpsc::channel(8);
        (Arc::new(Self { sender }), open)
    }
}

impl Asker for Patient {
    fn ask(&self, question: Question) -> BoxFuture<'_, Reply> {
        Box::pin(async move {
            let (reply, replied) = tokio::sync::oneshot::channel();
            self.sender.send((question, reply)).await.expect("the test listens");
            match replied.await {
                Ok(reply) => reply,
                // The test forgot about it: nobody will ever answer.
                Err(_) => std::future::pending().await,
            }
        })
    }
}
