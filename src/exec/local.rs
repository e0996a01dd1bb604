//! Steps on this machine: the same wrapper in a shell of this machine, over pipes.
//!
//! Nothing is different from a step on a host but the way there: its own session, without a terminal unless it gets one
//! of its own, its own process group, the marker file in `~/.gonogo`, and so the same cancel, probe and follow when the program comes back after a
//! crash. It gets an environment of its own ([`Here::new`]), never that of gonogo.
//!
//! Invariant: the only argument list of ours is the constant `sh -c 'eval "$(cat)"'`, that of [`super::wrapper::sudo`], or
//! that of a terminal, both of which hold a nonce and tell nothing; everything else is standard input.

use std::ffi::{OsStr, OsString};
use std::io::IsTerminal as _;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, ExitStatus, Stdio};

use rustix::process::Signal;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

use super::event::{Reached, Trust};
use super::line::{self, NoChannel, Opened, Wire};
use super::terminal::{LANG, Size, TERM};
use crate::pty;

/// The hidden sub-command that opens a session and becomes the shell.
const ARGUMENT: &str = "__local";
/// What the shell is told; see [`super::wrapper::EXEC`].
pub(super) const COMMAND: &str = "eval \"$(cat)\"";
/// Messages that may wait for the reader; past that the pipe fills, and the step waits.
const WAITING: usize = 8;
/// Bytes of a stream that are read at once.
const PIECE: usize = 32 * 1024;

/// This machine, as steps find it.
pub struct Here {
    program: PathBuf,
    shell: PathBuf,
    environment: Vec<(&'static str, OsString)>,
    home: PathBuf,
    /// What `open` answered the account, and what it answered root.
    pub(super) opened: [Opened; 2],
}

impl Here {
    /// Returns this machine for the account whose home directory this is.
    ///
    /// Steps get `PATH`, `HOME`, `USER`, `LOGNAME`, `SHELL`, `LANG` if it is set, and `TERM=dumb`: what login(1) and sshd
    /// give to everybody. Nothing else of gonogo's own environment reaches them, above all no secret and no agent.
    /// `program` is gonogo itself, which starts itself to open a session for the step; `shell` is a POSIX sh.
    #[must_use]
    pub fn new(
        program: &Path,
        shell: &Path,
        home: &Path,
        user: &str,
        mut variable: impl FnMut(&str) -> Option<OsString>,
    ) -> Self {
        let path = variable("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
        let login = variable("SHELL").unwrap_or_else(|| shell.into());
        let mut environment = vec![
            ("PATH", path),
            ("HOME", home.into()),
            ("USER", user.into()),
            ("LOGNAME", user.into()),
            ("SHELL", login),
            ("TERM", "dumb".into()),
        ];
        environment.extend(variable("LANG").map(|lang| ("LANG", lang)));
        Self {
            program: program.to_owned(),
            shell: shell.to_owned(),
            environment,
            home: home.to_owned(),
            opened: Default::default(),
        }
    }

    fn command(&self, command: &str) -> Command {
        let mut program = Command::new(&self.program);
        program
            .arg0("gonogo")
            .arg(ARGUMENT)
            .arg(&self.shell)
            .arg(command)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(if self.home.is_dir() { self.home.as_path() } else { Path::new("/") });
        program
    }

    /// Starts `command` in a terminal of its own.
    pub(super) fn on_terminal(
        &self,
        command: &str,
        size: Size,
    ) -> Result<(line::Sender, line::Receiver), NoChannel> {
        let no_shell = |error: std::io::Error| NoChannel::NoShell(error.to_string());
        let (pty, step) = pty::open((size.columns, size.rows)).map_err(no_shell)?;
        let mut command = self.command(command);
        command.env("TERM", TERM);
        if !self.environment.iter().any(|(name, _)| *name == "LANG") {
            command.env("LANG", LANG);
        }
        command.stdin(step.try_clone().map_err(no_shell)?);
        command.stdout(step.try_clone().map_err(no_shell)?).stderr(step);
        let child = command.spawn().map_err(no_shell)?;
        // Until it is dropped it holds the step's side, whose end tells that all was said.
        drop(command);
        let (messages, receiver) = mpsc::channel(WAITING);
        let ending = tokio::spawn(tell_end(child, messages.clone()));
        let reading = tokio::spawn(async move {
            // As a host answers: the terminal is there, the command was started.
            for _ in 0..2 {
                messages.send(Wire::Accepted).await.unwrap_or_default();
            }
            pump(pty.said, messages.clone(), Wire::Stdout).await;
            ending.await.unwrap_or_default();
            messages.send(Wire::Close).await.unwrap_or_default();
        });
        let input = Mutex::new(Some(Input::Terminal(pty.typed)));
        let sender = line::Sender::Local(Sender { input, terminal: Some(pty.size) });
        Ok((sender, line::Receiver::Local(Receiver { messages: receiver, reading })))
    }

    /// Starts `command`, which tells nothing: everybody may read it in the process list.
    pub(super) fn exec(&self, command: &str) -> Result<(line::Sender, line::Receiver), NoChannel> {
        let no_shell = |error: std::io::Error| NoChannel::NoShell(error.to_string());
        let mut starting = self.command(command);
        starting.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = starting.spawn().map_err(no_shell)?;
        let missing = || NoChannel::NoShell("it has no pipes".to_owned());
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let stderr = child.stderr.take().ok_or_else(missing)?;
        let (messages, receiver) = mpsc::channel(WAITING);
        let ending = tokio::spawn(tell_end(child, messages.clone()));
        let reading = tokio::spawn(async move {
            let out = pump(stdout, messages.clone(), Wire::Stdout);
            let err = pump(stderr, messages.clone(), Wire::Stderr);
            tokio::join!(out, err);
            // Nobody writes any more: when the shell has ended, too, that is all.
            ending.await.unwrap_or_default();
            messages.send(Wire::Close).await.unwrap_or_default();
        });
        let input = Mutex::new(Some(Input::Pipe(stdin)));
        let sender = line::Sender::Local(Sender { input, terminal: None });
        Ok((sender, line::Receiver::Local(Receiver { messages: receiver, reading })))
    }
}

/// Waits for the end of `child` whether anybody listens or not, so that no dead process is left behind.
async fn tell_end(mut child: Child, messages: mpsc::Sender<Wire>) {
    if let Ok(ended) = child.wait().await {
        messages.send(end(ended)).await.unwrap_or_default();
    }
}

/// Returns the way here for the record: there is no key, and nobody logs in.
pub(super) fn reached() -> Reached {
    Reached {
        fingerprint: "-".to_owned(),
        key_type: "-".to_owned(),
        trust: Trust::ThisMachine,
        auth: "this process's own account".to_owned(),
        hops: Vec::new(),
    }
}

/// The reading half. Dropping it closes the pipes, as the end of a connection does.
pub(crate) struct Receiver {
    messages: mpsc::Receiver<Wire>,
    reading: JoinHandle<()>,
}

impl Receiver {
    /// Returns the next message; `None` when everything has ended.
    pub(super) async fn next(&mut self) -> Option<Wire> {
        self.messages.recv().await
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// The writing half.
pub(crate) struct Sender {
    input: Mutex<Option<Input>>,
    /// The terminal, for its size.
    terminal: Option<OwnedFd>,
}

enum Input {
    Pipe(ChildStdin),
    Terminal(pipe::Sender),
}

impl Sender {
    /// Sends `bytes` and leaves the input open; `false` if nobody takes them.
    pub(super) async fn write(&self, bytes: &[u8]) -> bool {
        match self.input.lock().await.as_mut() {
            Some(Input::Terminal(typed)) => typed.write_all(bytes).await.is_ok(),
            Some(Input::Pipe(stdin)) => stdin.write_all(bytes).await.is_ok() && stdin.flush().await.is_ok(),
            None => false,
        }
    }

    /// Gives the terminal another size; `false` if there is none.
    pub(super) fn resize(&self, size: Size) -> bool {
        self.terminal
            .as_ref()
            .is_some_and(|terminal| pty::resize(terminal, (size.columns, size.rows)).is_ok())
    }

    /// Ends the input.
    pub(super) async fn close(&self) {
        drop(self.input.lock().await.take());
    }
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    messages: mpsc::Sender<Wire>,
    wrap: impl Fn(Vec<u8>) -> Wire,
) {
    let mut buffer = vec![0; PIECE];
    // A pipe that cannot be read is at its end.
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let piece = buffer.get(..count).unwrap_or_default().to_vec();
        if messages.send(wrap(piece)).await.is_err() {
            return;
        }
    }
}

fn end(status: ExitStatus) -> Wire {
    match (status.code(), status.signal()) {
        (Some(code), _) => Wire::Status(code),
        (None, Some(signal)) if signal == Signal::KILL.as_raw() => Wire::Signal("KILL".to_owned()),
        (None, Some(signal)) if signal == Signal::TERM.as_raw() => Wire::Signal("TERM".to_owned()),
        (None, signal) => Wire::Signal(signal.map_or_else(|| "?".to_owned(), |number| number.to_string())),
    }
}

/// Runs the hidden sub-command if `args`, without the program's name, name it: opens a session of its own, so that the
/// step has neither a terminal nor anything to do with the one of gonogo, and becomes the shell.
///
/// To be called before anything else starts a thread. Returns an exit code only if that failed.
#[must_use]
pub fn hidden(args: &[OsString]) -> Option<ExitCode> {
    let [name, shell, command] = args else { return None };
    if name != OsStr::new(ARGUMENT) {
        return None;
    }
    if let Err(error) = rustix::process::setsid() {
        eprintln!("{ARGUMENT}: cannot open a session: {error}; gonogo starts this itself");
        return Some(ExitCode::from(2));
    }
    // A step that is given a terminal has it for its own.
    if std::io::stdin().is_terminal()
        && let Err(error) = rustix::process::ioctl_tiocsctty(std::io::stdin())
    {
        eprintln!("{ARGUMENT}: cannot take the terminal: {error}; gonogo starts this itself");
        return Some(ExitCode::from(2));
    }
    let error = std::process::Command::new(shell).arg0("sh").arg("-c").arg(command).exec();
    eprintln!("cannot start {}: {error}", Path::new(shell).display());
    Some(ExitCode::from(126))
}
