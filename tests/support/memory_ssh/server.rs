//! The server's side of one connection.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use gonogo::pty::Pty;
use russh::server::{
    Auth, ChannelOpenHandle, Handle, Handler, Msg, PublicKeyOffer, Response, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, ChannelOpenFailure, MethodKind, Sig};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};

use super::link::Link;
use super::pty;

/// Order of the last messages of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// As it comes.
    #[default]
    Natural,
    /// Exit status, then all output, end of file, close.
    StatusFirst,
    /// All output, end of file, exit status, close.
    EofFirst,
    /// Output, end of file and close; no exit status ever.
    NoStatus,
    /// Output and exit status; neither end of file nor close ever.
    NoClose,
}

/// What a host wants before it lets somebody in.
#[derive(Debug, Clone)]
pub enum Factor {
    /// The key of the host's user, or this one.
    Key(Option<russh::keys::PublicKey>),
    Password(&'static str),
    /// Rounds of questions, each with the answers that are right.
    Answers(Vec<Round>),
}

/// One round of questions; `true` where what is typed may be shown.
#[derive(Debug, Clone)]
pub struct Round {
    pub name: &'static str,
    pub instructions: &'static str,
    pub prompts: Vec<(&'static str, bool)>,
    pub answers: Vec<&'static str>,
}

/// What is wrong with a host.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    pub refuse_login: bool,
    /// What it wants, one after the other; nothing means the key.
    pub factors: Vec<Factor>,
    /// Sessions open at a time.
    pub max_sessions: Option<usize>,
    pub refuse_exec: bool,
    pub refuse_terminal: bool,
    pub order: Order,
    /// Runs this instead of what was asked for, as a forced command does.
    pub forced: Option<String>,
    /// Runs this before the command, as a start file of the login shell does.
    pub prelude: Option<String>,
    /// Cuts the line when this many bytes of input reached a command; counted for each command.
    pub cut_after_input: Option<usize>,
    /// Cuts the line when this many bytes of output (both streams) left a command.
    pub cut_after_output: Option<usize>,
    /// Commands before the faults of commands begin: 1 lets `open` through.
    pub spare: usize,
}

/// What the server runs commands with.
#[derive(Debug, Clone)]
pub struct Ground {
    pub home: PathBuf,
    pub path: String,
    pub shell: PathBuf,
    pub key: russh::keys::PublicKey,
}

/// What a host was asked for.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// Commands, each with the bytes of its input.
    pub commands: Vec<(String, Vec<u8>)>,
    /// Requests that are no commands: a terminal, its new size, a variable, a shell, a subsystem, X11.
    pub others: Vec<String>,
    /// What was tried to get in.
    pub logins: Vec<String>,
}

pub struct Server {
    pub ground: Arc<Ground>,
    pub faults: Faults,
    pub link: watch::Sender<Link>,
    pub execs: Arc<AtomicUsize>,
    /// Sessions that are open. A channel that the server closes itself is not told to the handler.
    sessions: Arc<Mutex<HashSet<ChannelId>>>,
    inputs: HashMap<ChannelId, mpsc::UnboundedSender<Vec<u8>>>,
    heard: Arc<Mutex<Heard>>,
    /// Places of commands in what was heard.
    places: HashMap<ChannelId, usize>,
    /// Factors that were passed.
    passed: usize,
    /// Rounds of questions that were answered.
    answered: usize,
    /// Terminals that were asked for, until a command takes them.
    sizes: HashMap<ChannelId, (u16, u16)>,
    terminals: HashMap<ChannelId, std::os::fd::OwnedFd>,
}

impl Server {
    pub fn new(
        ground: Arc<Ground>,
        faults: Faults,
        link: watch::Sender<Link>,
        execs: Arc<AtomicUsize>,
        heard: Arc<Mutex<Heard>>,
    ) -> Self {
        Self {
            ground,
            faults,
            link,
            execs,
            sessions: Arc::default(),
            inputs: HashMap::new(),
            heard,
            places: HashMap::new(),
            passed: 0,
            answered: 0,
            sizes: HashMap::new(),
            terminals: HashMap::new(),
        }
    }

    fn login(&self, what: impl Into<String>) {
        self.heard.lock().expect("heard").logins.push(what.into());
    }

    fn factor(&self) -> Factor {
        self.faults.factors.get(self.passed).cloned().unwrap_or(Factor::Key(None))
    }

    /// Says yes or no to what was tried, and what else is wanted.
    fn verdict(&mut self, right: bool) -> Auth {
        if right {
            self.passed += 1;
            if self.passed >= self.faults.factors.len().max(1) {
                return Auth::Accept;
            }
        }
        let next = match self.factor() {
            Factor::Key(_) => MethodKind::PublicKey,
            Factor::Password(_) => MethodKind::Password,
            Factor::Answers(_) => MethodKind::KeyboardInteractive,
        };
        Auth::Reject { proceed_with_methods: Some([next].as_slice().into()), partial_success: right }
    }

    fn knows(&self, user: &str, key: &russh::keys::PublicKey) -> bool {
        let Factor::Key(own) = self.factor() else { return false };
        let own = own.unwrap_or_else(|| self.ground.key.clone());
        key.key_data() == own.key_data() && user == "omar" && !self.faults.refuse_login
    }

    fn other(&self, what: impl Into<String>) {
        self.heard.lock().expect("heard").others.push(what.into());
    }

    fn spawn(&self, command: &str, faults: &Faults) -> std::io::Result<Child> {
        let mut run = match (&faults.forced, &faults.prelude) {
            (Some(forced), _) => forced.clone(),
            (None, Some(prelude)) => format!("{prelude}\n{command}"),
            (None, None) => command.to_owned(),
        };
        run.push('\n');
        let mut command = Command::new(&self.ground.shell);
        command.arg("-c").arg(run.trim_end());
        self.surround(&mut command);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).spawn()
    }

    fn surround(&self, command: &mut Command) {
        command
            .env_clear()
            .env("HOME", &self.ground.home)
            .env("PATH", &self.ground.path)
            .env("USER", "omar")
            .env("SHELL", &self.ground.shell)
            .env("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")
            .current_dir(&self.ground.home);
    }

    /// Starts the shell with `args` in the terminal that was asked for, and serves it.
    fn on_terminal(&mut self, channel: ChannelId, args: &[&str], session: &Session) -> std::io::Result<()> {
        let size = self.sizes.remove(&channel).expect("a terminal was asked for");
        let (terminal, command_side) = gonogo::pty::open(size)?;
        let child = pty::spawn(command_side, &self.ground.shell, args, |command| {
            self.surround(command);
            command.env("TERM", "xterm-256color");
        })?;
        let Pty { said, typed, size } = terminal;
        self.terminals.insert(channel, size);
        let (input, inputs) = mpsc::unbounded_channel();
        self.inputs.insert(channel, input);
        let serving =
            serve_terminal(session.handle(), channel, child, (said, typed), inputs, self.link.clone());
        let sessions = self.sessions.clone();
        tokio::spawn(async move {
            serving.await;
            sessions.lock().expect("sessions").remove(&channel);
        });
        Ok(())
    }
}

impl Handler for Server {
    type Error = russh::Error;

    async fn auth_none(&mut self, _: &str) -> Result<Auth, russh::Error> {
        self.login("nothing");
        Ok(self.verdict(false))
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, russh::Error> {
        self.login("key offered");
        Ok(if self.knows(user, offer.public_key) { Auth::Accept } else { self.verdict(false) })
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, russh::Error> {
        self.login("key");
        let right = self.knows(user, key.public_key);
        Ok(self.verdict(right))
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        self.login(format!("password {password}"));
        let right = matches!(self.factor(), Factor::Password(own) if own == password) && user == "omar";
        Ok(self.verdict(right))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, russh::Error> {
        let Factor::Answers(rounds) = self.factor() else { return Ok(self.verdict(false)) };
        match response {
            None => self.answered = 0,
            Some(response) => {
                let answers: Vec<String> =
                    response.map(|answer| String::from_utf8_lossy(&answer).into_owned()).collect();
                self.login(format!("answers {answers:?}"));
                if rounds.get(self.answered).is_none_or(|round| round.answers != answers) {
                    return Ok(self.verdict(false));
                }
                self.answered += 1;
            }
        }
        let Some(round) = rounds.get(self.answered) else { return Ok(self.verdict(true)) };
        let prompts: Vec<_> =
            round.prompts.iter().map(|(prompt, echo)| (Cow::from(*prompt), *echo)).collect();
        let (name, instructions) = (round.name.into(), round.instructions.into());
        Ok(Auth::Partial { name, instructions, prompts: prompts.into() })
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), russh::Error> {
        let full = {
            let mut sessions = self.sessions.lock().expect("sessions");
            let full = self.faults.max_sessions.is_some_and(|max| sessions.len() >= max);
            if !full {
                sessions.insert(channel.id());
            }
            full
        };
        if full {
            reply.reject(ChannelOpenFailure::ConnectFailed).await;
            return Ok(());
        }
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        command: &[u8],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        let index = self.execs.fetch_add(1, Ordering::SeqCst);
        {
            let mut heard = self.heard.lock().expect("heard");
            self.places.insert(channel, heard.commands.len());
            heard.commands.push((String::from_utf8_lossy(command).into_owned(), Vec::new()));
        }
        let faults = if index < self.faults.spare { Faults::default() } else { self.faults.clone() };
        if faults.refuse_exec {
            session.channel_failure(channel)?;
            return Ok(());
        }
        if self.sizes.contains_key(&channel) {
            session.channel_success(channel)?;
            self.on_terminal(channel, &["-c", &String::from_utf8_lossy(command)], session)?;
            return Ok(());
        }
        let child = self.spawn(&String::from_utf8_lossy(command), &faults)?;
        session.channel_success(channel)?;
        let (input, inputs) = mpsc::unbounded_channel();
        self.inputs.insert(channel, input);
        let serving = serve(session.handle(), channel, child, inputs, faults, self.link.clone());
        let sessions = self.sessions.clone();
        tokio::spawn(async move {
            serving.await;
            sessions.lock().expect("sessions").remove(&channel);
        });
        Ok(())
    }

    async fn data(&mut self, channel: ChannelId, data: &[u8], _: &mut Session) -> Result<(), russh::Error> {
        if let Some(place) = self.places.get(&channel) {
            self.heard.lock().expect("heard").commands[*place].1.extend_from_slice(data);
        }
        if let Some(input) = self.inputs.get(&channel) {
            // The command may have ended; sshd drops its input then, too.
            input.send(data.to_vec()).unwrap_or_default();
        }
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        term: &str,
        columns: u32,
        rows: u32,
        _: u32,
        _: u32,
        _: &[(russh::Pty, u32)],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        self.other(format!("terminal {term} {columns}x{rows}"));
        if self.faults.refuse_terminal {
            return session.channel_failure(channel);
        }
        self.sizes.insert(channel, (columns as u16, rows as u16));
        session.channel_success(channel)
    }

    async fn window_change_request(
        &mut self,
        channel: ChannelId,
        columns: u32,
        rows: u32,
        _: u32,
        _: u32,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        self.other(format!("size {columns}x{rows}"));
        if let Some(terminal) = self.terminals.get(&channel) {
            gonogo::pty::resize(terminal, (columns as u16, rows as u16)).expect("resized");
        }
        Ok(())
    }

    async fn env_request(
        &mut self,
        _: ChannelId,
        name: &str,
        _: &str,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        self.other(format!("variable {name}"));
        Ok(())
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), russh::Error> {
        self.other("shell");
        if !self.sizes.contains_key(&channel) || self.faults.refuse_exec {
            return session.channel_failure(channel);
        }
        session.channel_success(channel)?;
        self.on_terminal(channel, &["-i"], session)?;
        Ok(())
    }

    async fn subsystem_request(
        &mut self,
        _: ChannelId,
        name: &str,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        self.other(format!("subsystem {name}"));
        Ok(())
    }

    async fn x11_request(
        &mut self,
        _: ChannelId,
        _: bool,
        _: &str,
        _: &str,
        _: u32,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        self.other("X11");
        Ok(())
    }

    async fn channel_eof(&mut self, channel: ChannelId, _: &mut Session) -> Result<(), russh::Error> {
        self.inputs.remove(&channel);
        Ok(())
    }

    async fn channel_close(&mut self, channel: ChannelId, _: &mut Session) -> Result<(), russh::Error> {
        self.inputs.remove(&channel);
        self.terminals.remove(&channel);
        self.sessions.lock().expect("sessions").remove(&channel);
        Ok(())
    }
}

async fn serve(
    handle: Handle,
    channel: ChannelId,
    mut child: Child,
    mut inputs: mpsc::UnboundedReceiver<Vec<u8>>,
    faults: Faults,
    link: watch::Sender<Link>,
) {
    let mut stdin = child.stdin.take().expect("piped");
    let (stdout, stderr) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
    let cut = link.clone();
    tokio::spawn(async move {
        let mut left = faults.cut_after_input;
        while let Some(bytes) = inputs.recv().await {
            let most = left.unwrap_or(usize::MAX).min(bytes.len());
            // A command that reads no input closes the pipe; sshd goes on, too.
            let _closed = stdin.write_all(&bytes[..most]).await;
            if let Some(rest) = &mut left {
                *rest -= most;
                if *rest == 0 {
                    cut.send_replace(Link::Cut);
                    return;
                }
            }
        }
    });
    let sent = Arc::new(AtomicUsize::new(0));
    let limit = faults.cut_after_output.unwrap_or(usize::MAX);
    let held = faults.order == Order::StatusFirst;
    let out =
        Pump { handle: handle.clone(), channel, error: false, sent: sent.clone(), limit, link: link.clone() };
    let err = Pump { error: true, ..out.clone() };
    let status = async {
        let status = child.wait().await.expect("a child that is waited for once");
        if matches!(faults.order, Order::Natural | Order::StatusFirst | Order::NoClose) {
            say(&handle, channel, status).await;
        }
        status
    };
    if held {
        let (a, b, _) = tokio::join!(out.collect(stdout), err.collect(stderr), status);
        out.send(&a).await;
        err.send(&b).await;
    } else {
        let ((), (), status) = tokio::join!(out.run(stdout), err.run(stderr), status);
        if faults.order == Order::EofFirst {
            handle.eof(channel).await.unwrap_or_default();
            say(&handle, channel, status).await;
        }
    }
    if faults.order != Order::NoClose {
        handle.eof(channel).await.unwrap_or_default();
        handle.close(channel).await.unwrap_or_default();
    }
}

/// A terminal hangs up with its line; so does what runs in it, when the kernel tells it.
async fn serve_terminal(
    handle: Handle,
    channel: ChannelId,
    mut child: Child,
    (mut said, mut keys): (Receiver, Sender),
    mut inputs: mpsc::UnboundedReceiver<Vec<u8>>,
    link: watch::Sender<Link>,
) {
    let typing = tokio::spawn(async move {
        while let Some(bytes) = inputs.recv().await {
            if keys.write_all(&bytes).await.is_err() {
                return;
            }
        }
    });
    let mut cut = link.subscribe();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let n = tokio::select! {
            n = said.read(&mut buffer) => n.unwrap_or(0),
            _ = cut.wait_for(|link| *link == Link::Cut) => 0,
        };
        if n == 0 || handle.data(channel, buffer[..n].to_vec()).await.is_err() {
            break;
        }
    }
    typing.abort();
    if *link.borrow() == Link::Cut {
        // The last hold on the terminal but the handler's, which ends with the connection.
        drop(said);
        drop(tokio::time::timeout(std::time::Duration::from_secs(5), child.wait()).await);
        return;
    }
    let status = child.wait().await.expect("a child that is waited for once");
    handle.eof(channel).await.unwrap_or_default();
    say(&handle, channel, status).await;
    handle.close(channel).await.unwrap_or_default();
}

async fn say(handle: &Handle, channel: ChannelId, status: std::process::ExitStatus) {
    match (status.code(), status.signal()) {
        (Some(code), _) => handle.exit_status_request(channel, code as u32).await.unwrap_or_default(),
        (None, signal) => {
            let signal = match signal {
                Some(9) => Sig::KILL,
                Some(15) => Sig::TERM,
                _ => Sig::Custom("OTHER".to_owned()),
            };
            handle
                .exit_signal_request(channel, signal, false, String::new(), String::new())
                .await
                .unwrap_or_default();
        }
    }
}

/// Sends one stream of a command; stops (and so closes the command's pipe) when the line is gone.
#[derive(Clone)]
struct Pump {
    handle: Handle,
    channel: ChannelId,
    error: bool,
    sent: Arc<AtomicUsize>,
    limit: usize,
    link: watch::Sender<Link>,
}

impl Pump {
    async fn run(&self, mut from: impl AsyncRead + Unpin) {
        let mut cut = self.link.subscribe();
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let n = tokio::select! {
                n = from.read(&mut buffer) => n.unwrap_or(0),
                _ = cut.wait_for(|link| *link == Link::Cut) => return,
            };
            if n == 0 || !self.send(&buffer[..n]).await {
                return;
            }
        }
    }

    async fn collect(&self, mut from: impl AsyncRead + Unpin) -> Vec<u8> {
        let mut all = Vec::new();
        from.read_to_end(&mut all).await.unwrap_or_default();
        all
    }

    async fn send(&self, bytes: &[u8]) -> bool {
        let before = self.sent.fetch_add(bytes.len(), Ordering::SeqCst);
        let most = self.limit.saturating_sub(before).min(bytes.len());
        let part = bytes[..most].to_vec();
        let sent = if self.error {
            self.handle.extended_data(self.channel, 1, part).await.is_ok()
        } else {
            self.handle.data(self.channel, part).await.is_ok()
        };
        if most < bytes.len() {
            // What was handed over may still be on its way; a cut line loses it, as lines do.
            self.link.send_replace(Link::Cut);
            return false;
        }
        sent
    }
}
