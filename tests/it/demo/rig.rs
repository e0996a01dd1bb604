//! A demo directory that goes with the test, its hosts, and a client of SSH.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use gonogo::demo::{DemoHosts, ExitOrder, HostPlan, Setup, USER, link_tools};
use russh::client::{self, AuthResult};
use russh::keys::{PrivateKey, PrivateKeyWithHashAlg, PublicKey, PublicKeyOrCertificate};
use russh::{Channel, ChannelMsg};

use crate::support::temp::TempDir;

/// The program under test.
pub const EXE: &str = env!("CARGO_BIN_EXE_gonogo");
/// No wait of a test takes this long unless it is stuck.
const STUCK: Duration = Duration::from_secs(60);

/// Makes the directory `name` in `scratch`.
pub fn dir(scratch: &TempDir, name: &str) -> PathBuf {
    let path = scratch.join(name);
    std::fs::create_dir(&path).unwrap();
    path
}

/// Two demo hosts, `api-1` and `web-1`.
pub struct Rig {
    pub hosts: DemoHosts,
    pub root: PathBuf,
    /// A directory beside the demo's.
    pub outside: PathBuf,
    _scratch: TempDir,
}

impl Rig {
    pub fn new() -> Self {
        Self::with(ExitOrder::AsItComes)
    }

    pub fn with(exit_order: ExitOrder) -> Self {
        let scratch = TempDir::new("demo");
        let (root, outside) = (dir(&scratch, "demo"), dir(&scratch, "outside"));
        let setup = Setup { exit_order, ..setup(&root) };
        Self { hosts: DemoHosts::start(&setup).unwrap(), root, outside, _scratch: scratch }
    }

    /// The home directory of `api-1`.
    pub fn home(&self) -> PathBuf {
        self.root.join("hosts/api-1/home")
    }

    /// Connects to `api-1` as its user, with its key.
    pub async fn connect(&self) -> Client {
        let key = self.hosts.client_key();
        let client = Client::open(&self.hosts, "api-1", USER, key).await;
        client.expect("the key is let in")
    }

    /// Runs `script` on `api-1` over a connection of its own.
    pub async fn run(&self, script: &str) -> Told {
        self.connect().await.run(script).await
    }
}

/// Two hosts in `root`, with the machine's tools.
pub fn setup(root: &Path) -> Setup {
    let bin = root.join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    link_tools(&bin, &std::env::var_os("PATH").unwrap()).unwrap();
    let env = vec![("API_DIR".to_owned(), "/srv/api".to_owned()), ("HOME".to_owned(), "/nowhere".to_owned())];
    let api = HostPlan { name: "api-1".to_owned(), env };
    let web = HostPlan { name: "web-1".to_owned(), env: Vec::new() };
    Setup {
        root: root.to_owned(),
        bin,
        exe: EXE.into(),
        hosts: vec![api, web],
        exit_order: ExitOrder::AsItComes,
    }
}

/// Accepts one host key.
pub struct Pinned(PublicKey);

impl client::Handler for Pinned {
    type Error = russh::Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(matches!(key, PublicKeyOrCertificate::PublicKey { key, .. } if *key == self.0))
    }
}

/// An authenticated connection.
pub struct Client(pub client::Handle<Pinned>);

impl Client {
    /// Connects; `None` when the key is refused.
    pub async fn open(hosts: &DemoHosts, host: &str, user: &str, key: Arc<PrivateKey>) -> Option<Self> {
        let pinned = Pinned(hosts.host_key(host).unwrap().clone());
        let config = Arc::new(client::Config { nodelay: true, ..client::Config::default() });
        let line = hosts.dial(host).unwrap();
        let mut handle = within(client::connect_stream(config, line, pinned)).await.unwrap();
        let key = PrivateKeyWithHashAlg::new(key, None);
        match within(handle.authenticate_publickey(user, key)).await.unwrap() {
            AuthResult::Success => Some(Self(handle)),
            AuthResult::Failure { .. } => None,
        }
    }

    pub async fn channel(&self) -> Channel<client::Msg> {
        within(self.0.channel_open_session()).await.unwrap()
    }

    /// Starts `script` and leaves its input open.
    pub async fn start(&self, script: &str) -> Channel<client::Msg> {
        let mut channel = self.channel().await;
        channel.exec(true, script).await.unwrap();
        assert!(answered(&mut channel).await, "{script}");
        channel
    }

    /// Runs `script` without input.
    pub async fn run(&self, script: &str) -> Told {
        let channel = self.start(script).await;
        channel.eof().await.unwrap();
        told(channel).await
    }
}

/// Tells whether the server agrees to the request that was just made.
pub async fn answered(channel: &mut Channel<client::Msg>) -> bool {
    match within(channel.wait()).await {
        Some(ChannelMsg::Success) => true,
        Some(ChannelMsg::Failure) => false,
        other => panic!("not an answer: {other:?}"),
    }
}

/// What a channel said.
#[derive(Debug, Default)]
pub struct Told {
    pub out: Vec<u8>,
    pub err: Vec<u8>,
    pub status: Option<u32>,
    pub signal: Option<String>,
    /// Data, eof, status or signal, close: in the order in which they came, data once in a row.
    pub order: Vec<&'static str>,
}

impl Told {
    pub fn out(&self) -> &str {
        std::str::from_utf8(&self.out).unwrap()
    }

    pub fn err(&self) -> &str {
        std::str::from_utf8(&self.err).unwrap()
    }
}

/// Reads `channel` to its end.
pub async fn told(mut channel: Channel<client::Msg>) -> Told {
    let mut told = Told::default();
    while let Some(message) = within(channel.wait()).await {
        let word = match message {
            ChannelMsg::Data { data } => {
                told.out.extend_from_slice(&data);
                "data"
            }
            ChannelMsg::ExtendedData { data, ext: 1 } => {
                told.err.extend_from_slice(&data);
                "data"
            }
            ChannelMsg::ExitStatus { exit_status } => {
                told.status = Some(exit_status);
                "status"
            }
            ChannelMsg::ExitSignal { signal_name, .. } => {
                told.signal = Some(format!("{signal_name:?}"));
                "signal"
            }
            ChannelMsg::Eof => "eof",
            ChannelMsg::Close => "close",
            _ => continue,
        };
        if told.order.last() != Some(&word) || word != "data" {
            told.order.push(word);
        }
    }
    told
}

/// Reads one line of output from a command that goes on.
pub async fn line(channel: &mut Channel<client::Msg>) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"\n") {
        match within(channel.wait()).await {
            Some(ChannelMsg::Data { data }) => text.extend_from_slice(&data),
            Some(ChannelMsg::WindowAdjusted { .. }) => {}
            other => panic!("no whole line: {other:?} after {:?}", String::from_utf8_lossy(&text)),
        }
    }
    String::from_utf8(text).unwrap().trim_end().to_owned()
}

/// Awaits `future`, unless it is stuck.
pub async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(STUCK, future).await.expect("stuck")
}

/// Waits until `condition` holds, without stopping the runtime.
pub async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + STUCK;
    while !condition() {
        assert!(Instant::now() < end, "never came true: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until `condition` holds.
pub fn eventually_here(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + STUCK;
    while !condition() {
        assert!(Instant::now() < end, "never came true: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Tells whether process `pid` runs; one that ended and was not collected does not.
pub fn runs(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

/// Reads the process ids that commands left in `dir` as files called `NAME.pid`, once there are `count` of them.
pub fn pids(dir: &Path, count: usize) -> Vec<u32> {
    let mut found = Vec::new();
    eventually_here("all processes have written their ids", || {
        let files = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        let texts = files
            .filter(|file| file.extension().is_some_and(|it| it == "pid"))
            .map(|file| std::fs::read_to_string(file).unwrap());
        found = texts.filter_map(|text| text.strip_suffix('\n')?.parse().ok()).collect();
        found.len() == count
    });
    found
}

/// Starts this test binary again to run one test alone, with `role` in its environment.
pub fn alone(test: &str, role: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(ROLE, role)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The environment variable that tells a test that it was started by [`alone`].
pub const ROLE: &str = "GONOGO_TEST_ROLE";
