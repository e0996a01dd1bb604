//! A host behind a command (`ProxyCommand`): SSH over the standard streams of a program of this machine.
//!
//! Invariant: the program never touches the terminal. What it says on standard error is kept, a little of it, for the
//! message when no connection comes about. It ends with the connection.

use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, Join, join};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::dial::{ByteStream, DialError, Held};

/// Bytes of what the command says that are kept.
const KEPT: usize = 4 * 1024;
/// Characters of it that are shown.
const SHOWN: usize = 300;
/// How long the rest of what it says is waited for when it has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What a command said on standard error.
pub(super) struct Said {
    text: Arc<Mutex<Vec<u8>>>,
    reading: JoinHandle<()>,
}

/// Starts `command` by `sh`, and returns its streams as one, and what it says.
pub(super) fn start(command: &str) -> Result<(Box<dyn ByteStream>, Said), DialError> {
    let failed = |source| DialError::Command { command: command.to_owned(), source };
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(format!("exec {command}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A ^C in the terminal is for the program above, which ends its connections itself.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    let (Some(stdin), Some(stdout), Some(stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(failed(std::io::Error::other("it has no streams")));
    };
    let streams: Held<Join<ChildStdout, ChildStdin>, Child> = Held::new(join(stdout, stdin), child);
    Ok((Box::new(streams), Said::listen(stderr)))
}

impl Said {
    fn listen(mut stderr: ChildStderr) -> Self {
        let text: Arc<Mutex<Vec<u8>>> = Arc::default();
        let kept = text.clone();
        let reading = tokio::spawn(async move {
            let mut piece = [0; 1024];
            while let Ok(count @ 1..) = stderr.read(&mut piece).await {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                let room = KEPT.saturating_sub(kept.len()).min(count);
                kept.extend_from_slice(piece.get(..room).unwrap_or_default());
            }
        });
        Self { text, reading }
    }

    /// Returns what was said as an addition to a message: nothing, or a text in brackets.
    pub(super) async fn words(self) -> String {
        // If it goes on, what is there is enough.
        drop(timeout(LAST_WORDS, self.reading).await);
        let text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&text);
        let plain: String =
            text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN).collect();
        if plain.is_empty() { String::new() } else { format!(" (the command said: {plain})") }
    }
}
