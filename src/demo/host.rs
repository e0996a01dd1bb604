//! One demo host: its key, its directories, the environment of its commands, its line.

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use russh::keys::PublicKey;
use russh::server::{Config, run_stream};
use tokio::io::{DuplexStream, copy_bidirectional_with_sizes, duplex};
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::command::ExitOrder;
use super::session::Connection;
use super::spawn::Spawner;
use super::{DemoId, launcher};

/// The user that every demo host has, and the only one.
pub const USER: &str = "deploy";

/// Bytes in flight in each direction of a line.
const LINE: usize = 256 * 1024;
/// Bytes copied at a time.
const COPY: usize = 64 * 1024;
/// Time for the first words of a connection; russh has no limit of its own.
const GREETING: Duration = Duration::from_secs(10);

/// One host. Its fields are set at the start; only the line changes.
pub(super) struct Host {
    pub(super) name: String,
    pub(super) root: PathBuf,
    pub(super) home: PathBuf,
    pub(super) tmp: PathBuf,
    pub(super) bin: PathBuf,
    pub(super) exe: PathBuf,
    pub(super) env: Vec<(String, String)>,
    pub(super) id: DemoId,
    pub(super) config: Arc<Config>,
    pub(super) key: PublicKey,
    pub(super) client: PublicKey,
    pub(super) exit_order: ExitOrder,
    pub(super) spawner: Arc<Spawner>,
    pub(super) line: Mutex<Line>,
}

/// Whether connections to a host hold: the token is cancelled to cut those that are open.
#[derive(Default)]
pub(super) struct Line {
    dead: bool,
    cut: CancellationToken,
}

impl Host {
    /// Starts `script` as sshd would, with `sh -c`, in the host's home directory; `locale` is what the client asked for,
    /// and `terminal` the command's side of one.
    pub(super) async fn start(
        &self,
        script: &[u8],
        locale: &[(String, String)],
        terminal: Option<OwnedFd>,
    ) -> io::Result<Child> {
        let mut command = launcher::command(&self.exe, &self.bin.join("sh"), OsStr::from_bytes(script));
        command.current_dir(&self.home);
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.envs(locale.iter().map(|(name, value)| (name, value)));
        // Last, so that nothing above can replace them.
        command.envs(self.own_environment());
        match terminal {
            None => {
                command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            }
            Some(terminal) => {
                command.env("TERM", "xterm-256color");
                command.stdin(terminal.try_clone()?).stdout(terminal.try_clone()?).stderr(terminal);
            }
        }
        self.spawner.spawn(Command::from(command)).await
    }

    fn own_environment(&self) -> [(&'static str, &OsStr); 12] {
        [
            ("HOME", self.home.as_os_str()),
            ("TMPDIR", self.tmp.as_os_str()),
            ("PATH", self.bin.as_os_str()),
            ("SHELL", OsStr::new("sh")),
            ("USER", OsStr::new(USER)),
            ("LOGNAME", OsStr::new(USER)),
            ("DEMO_ROOT", self.root.as_os_str()),
            ("DEMO_HOST", OsStr::new(&self.name)),
            ("GIT_CONFIG_GLOBAL", OsStr::new("/dev/null")),
            ("GIT_CONFIG_NOSYSTEM", OsStr::new("1")),
            ("GIT_TERMINAL_PROMPT", OsStr::new("0")),
            (DemoId::VARIABLE, OsStr::new(self.id.as_str())),
        ]
    }

    /// The command that is the login shell: bash where the machine has it, with a prompt that names the host.
    pub(super) fn shell(&self) -> &'static [u8] {
        if self.bin.join("bash").exists() {
            b"unset HISTFILE; PS1='$USER@$DEMO_HOST:\\w\\$ ' exec bash --norc -i"
        } else {
            b"PS1='$USER@$DEMO_HOST$ ' exec sh -i"
        }
    }

    /// Opens a connection: returns its near end, while the host serves the far one on `runtime`.
    pub(super) fn dial(self: &Arc<Self>, runtime: &Handle) -> io::Result<DuplexStream> {
        let cut = {
            let line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
            if line.dead {
                let why = format!("no answer from {}", self.name);
                return Err(io::Error::new(io::ErrorKind::HostUnreachable, why));
            }
            line.cut.clone()
        };
        let (near, mut middle) = duplex(LINE);
        let (mut relay, far) = duplex(LINE);
        // A relay of our own can be cut from outside at any moment; a session of russh cannot.
        runtime.spawn(async move {
            let copied = copy_bidirectional_with_sizes(&mut middle, &mut relay, COPY, COPY);
            cut.run_until_cancelled(copied).await
        });
        let connection = Connection::new(Arc::clone(self));
        let config = Arc::clone(&self.config);
        runtime.spawn(tokio::time::timeout(GREETING, run_stream(config, far, connection)));
        Ok(near)
    }

    /// Cuts all connections; `dead` says whether new ones are refused from now on. Commands on the host go on.
    pub(super) fn cut(&self, dead: bool) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        line.cut.cancel();
        *line = Line { dead, cut: CancellationToken::new() };
    }
}

/// Returns where the directories of host `name` lie: the home directory and the one for temporary files.
pub(super) fn directories(root: &Path, name: &str) -> [PathBuf; 2] {
    let host = root.join("hosts").join(name);
    [host.join("home"), host.join("tmp")]
}
