//! A host, its directory, its shells, and an engine that reaches it.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gonogo::exec::local::Here;
use gonogo::exec::ssh::{ByteStream, Credentials, Dial, DialError, HostKey, HostKeys};
use gonogo::exec::target::Target;
use gonogo::exec::{BoxFuture, Engine, Host, Settings, Way};
use russh::MethodKind;
use russh::keys::{Algorithm, PrivateKey};
use russh::server::Config;
use tokio::sync::watch;

use super::link::{Link, link};
use super::server::{Faults, Ground, Heard, Server};

/// Which shells a host has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shell {
    /// The system's: `sh` as it is, with bash if there is one.
    System,
    /// dash as `sh`, and bash.
    Dash,
    /// bash as `sh`, and bash.
    Bash,
    /// dash as `sh`, no bash.
    DashOnly,
    /// busybox for everything, no bash.
    Busybox,
    /// mksh as `sh`, no bash.
    Mksh,
}

/// Programs that the wrapper and the scripts of the tests use.
const TOOLS: &str = "awk cat chmod cut date dd env grep head id kill ls mkdir mkfifo mv od printf ps rm rmdir sed seq setsid \
sha256sum sleep sort stat stty tail tee test touch tr true tty false uname wc yes";

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// See the module.
pub struct MemoryHost {
    pub dir: PathBuf,
    pub host: Host,
    inner: Arc<Inner>,
}

struct Inner {
    ground: Arc<Ground>,
    config: Arc<Config>,
    key: Arc<PrivateKey>,
    host_key: HostKey,
    faults: Mutex<Faults>,
    links: Mutex<Vec<watch::Sender<Link>>>,
    execs: Arc<AtomicUsize>,
    heard: Arc<Mutex<Heard>>,
    dials: AtomicUsize,
}

impl Shell {
    fn binary(self) -> Option<PathBuf> {
        match self {
            Self::System => find("sh"),
            Self::Dash | Self::DashOnly => find("dash"),
            Self::Bash => find("bash"),
            Self::Busybox => find("busybox"),
            Self::Mksh => find("mksh"),
        }
    }

    /// Returns the shells that this machine has.
    pub fn here() -> Vec<Shell> {
        [Self::Dash, Self::Bash, Self::DashOnly, Self::Busybox, Self::Mksh]
            .into_iter()
            .filter(|shell| shell.binary().is_some() && (!shell.carries_all() || find("bash").is_some()))
            .collect()
    }

    /// Returns whether steps run in bash.
    pub fn carries_all(self) -> bool {
        matches!(self, Self::Dash | Self::Bash) || (self == Self::System && find("bash").is_some())
    }
}

fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default();
    path.split(':').map(|dir| Path::new(dir).join(name)).find(|file| file.is_file())
}

impl MemoryHost {
    /// Starts a host. Needs a tokio runtime.
    pub fn start(shell: Shell) -> Self {
        let id = format!("gonogo-host-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        let dir = std::env::temp_dir().join(id);
        let (home, bin) = (dir.join("home"), dir.join("bin"));
        fs::create_dir_all(&home).expect("home");
        fs::create_dir_all(&bin).expect("bin");
        let sh = bin.join("sh");
        symlink(shell.binary().expect("this shell is installed"), &sh).expect("link");
        for tool in TOOLS.split_whitespace() {
            let target = if shell == Shell::Busybox { find("busybox") } else { find(tool) };
            if let Some(target) = target {
                symlink(target, bin.join(tool)).expect("link");
            }
        }
        if shell.carries_all()
            && let Some(bash) = find("bash")
        {
            symlink(bash, bin.join("bash")).expect("link");
        }
        let new_key =
            || PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519).expect("a key");
        let (key, server_key) = (new_key(), new_key());
        let host_key = HostKey::from_public(server_key.public_key()).expect("a public key");
        let ground = Ground {
            home: home.clone(),
            path: bin.display().to_string(),
            shell: sh,
            key: key.public_key().clone(),
        };
        let config = Config {
            methods: [MethodKind::PublicKey, MethodKind::KeyboardInteractive, MethodKind::Password]
                .as_slice()
                .into(),
            auth_rejection_time: Duration::ZERO,
            auth_rejection_time_initial: Some(Duration::ZERO),
            keys: vec![server_key],
            inactivity_timeout: None,
            nodelay: true,
            ..Config::default()
        };
        let inner = Inner {
            ground: Arc::new(ground),
            config: Arc::new(config),
            key: Arc::new(key),
            host_key,
            faults: Mutex::default(),
            links: Mutex::default(),
            execs: Arc::default(),
            heard: Arc::default(),
            dials: AtomicUsize::new(0),
        };
        let host = Host {
            name: "api-1".to_owned(),
            user: "omar".to_owned(),
            // Unique, so that each host's steps are, too.
            address: format!("{}.demo", dir.file_name().unwrap_or_default().to_string_lossy()),
            port: 22,
            identity: None,
            known_hosts: None,
            way: Way::default(),
            sudo: false,
        };
        Self { dir, host, inner: Arc::new(inner) }
    }

    /// Returns the home directory of the host's user.
    pub fn home(&self) -> PathBuf {
        self.inner.ground.home.clone()
    }

    /// Sets the faults of commands and connections from now on; counting of commands starts again.
    pub fn set_faults(&self, faults: Faults) {
        self.inner.execs.store(0, Ordering::SeqCst);
        *self.inner.faults.lock().expect("faults") = faults;
    }

    /// Returns everything that the host was asked for so far.
    pub fn heard(&self) -> Heard {
        self.inner.heard.lock().expect("heard").clone()
    }

    /// Returns how often the host was dialled.
    pub fn dials(&self) -> usize {
        self.inner.dials.load(Ordering::SeqCst)
    }

    /// Cuts all lines.
    pub fn cut(&self) {
        self.switch(Link::Cut);
    }

    /// Lets nothing pass on all lines, without closing them.
    pub fn stall(&self) {
        self.switch(Link::Stalls);
    }

    fn switch(&self, link: Link) {
        for switch in self.inner.links.lock().expect("links").iter() {
            switch.send_replace(link);
        }
    }

    /// Returns an engine for this host.
    pub fn engine(&self) -> Engine {
        self.engine_with(Settings { poll: Duration::from_millis(50), ..Settings::default() })
    }

    /// Returns an engine with these settings.
    pub fn engine_with(&self, settings: Settings) -> Engine {
        let keys = HashMap::from([(self.host.name.clone(), self.inner.host_key.clone())]);
        self.engine_trusting(settings, HostKeys::Exact(Arc::new(keys)))
    }

    /// Returns an engine with another policy for host keys.
    pub fn engine_trusting(&self, settings: Settings, host_keys: HostKeys) -> Engine {
        let credentials = Credentials { memory: Some(self.inner.key.clone()), ..Credentials::default() };
        self.engine_of(settings, host_keys, credentials)
    }

    /// Returns an engine that logs in with these keys.
    pub fn engine_of(&self, settings: Settings, host_keys: HostKeys, credentials: Credentials) -> Engine {
        Engine::new(settings, Arc::new(Pipe(self.inner.clone())), host_keys, credentials)
    }

    /// Returns an engine that runs steps on this machine, with the host's home directory and shells, and what to call
    /// this machine: by the host's unique address, so that steps of tests are not taken for each other's.
    pub fn local(&self, settings: Settings) -> (Engine, Host) {
        let ground = &self.inner.ground;
        let program = Path::new(env!("CARGO_BIN_EXE_gonogo"));
        let here = Here::new(program, &ground.shell, &ground.home, "omar", |name| match name {
            "PATH" => Some(ground.path.clone().into()),
            "SHELL" => Some(ground.shell.clone().into()),
            _ => None,
        });
        (self.engine_with(settings).with_local(here), Host { port: 0, ..self.host.clone() })
    }

    /// Returns the host's key.
    pub fn host_key(&self) -> HostKey {
        self.inner.host_key.clone()
    }
}

impl Drop for MemoryHost {
    fn drop(&mut self) {
        self.cut();
        end_processes(&self.inner.ground.home);
        drop(fs::remove_dir_all(&self.dir));
    }
}

/// Kills what was started with this home: steps that survived their line.
pub fn end_processes(home: &Path) {
    let marker = format!("HOME={}", home.display());
    let Ok(processes) = fs::read_dir("/proc") else { return };
    for process in processes.flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        if environment.split(|byte| *byte == 0).any(|entry| entry == marker.as_bytes())
            && let Some(pid) = rustix::process::Pid::from_raw(pid)
        {
            // It may have ended meanwhile.
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap_or_default();
        }
    }
}

/// The dialer: a pipe to a server of its own.
struct Pipe(Arc<Inner>);

impl Dial for Pipe {
    fn dial<'a>(&'a self, _: &'a Target) -> BoxFuture<'a, Result<Box<dyn ByteStream>, DialError>> {
        Box::pin(async move {
            self.0.dials.fetch_add(1, Ordering::SeqCst);
            let (client, server, switch) = link();
            self.0.links.lock().expect("links").push(switch.clone());
            let faults = self.0.faults.lock().expect("faults").clone();
            let (execs, heard) = (self.0.execs.clone(), self.0.heard.clone());
            let handler = Server::new(self.0.ground.clone(), faults, switch, execs, heard);
            let config = self.0.config.clone();
            tokio::spawn(async move {
                if let Ok(session) = russh::server::run_stream(config, server, handler).await {
                    // Its end is the end of the line, whatever the reason.
                    drop(session.await);
                }
            });
            Ok(Box::new(client) as Box<dyn ByteStream>)
        })
    }
}
