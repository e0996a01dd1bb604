//! The demo's hosts: started together, reached by [`DemoHosts::dial`], ended together.
//!
//! Keys are made at the start, live in memory and nowhere else; a line is a pipe inside the process and no socket.

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{fmt, fs, io};

use russh::keys::key::safe_rng;
use russh::keys::{Algorithm, PrivateKey, PublicKey};
use russh::server::Config;
use russh::{MethodKind, MethodSet};
use tokio::io::DuplexStream;
use tokio::runtime::Handle;

use super::command::ExitOrder;
use super::host::{Host, Line, directories};
use super::spawn::Spawner;
use super::{DemoError, DemoId, Fence, Guard};

/// One host to start.
#[derive(Clone, Debug, Default)]
pub struct HostPlan {
    /// The host's name: small letters, digits and `-`.
    pub name: String,
    /// Variables that its commands have beside the demo's own, `API_DIR` for example. They cannot replace the demo's own.
    pub env: Vec<(String, String)>,
}

/// What the hosts need to start.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The demo directory, which exists. Each host gets `hosts/NAME/home` and `hosts/NAME/tmp` in it.
    pub root: PathBuf,
    /// The directory of tools and stand-ins, the whole `PATH` of the commands; see [`super::link_tools`].
    pub bin: PathBuf,
    /// This program's file, which is started again as launcher and guard.
    pub exe: PathBuf,
    /// The hosts.
    pub hosts: Vec<HostPlan>,
    /// The order of a command's last words, for tests.
    pub exit_order: ExitOrder,
}

/// The running hosts. Dropping them ends every command and takes some milliseconds; [`DemoHosts::close`] also says whether that worked.
pub struct DemoHosts {
    id: DemoId,
    hosts: BTreeMap<String, Arc<Host>>,
    client: Arc<PrivateKey>,
    runtime: Handle,
    spawner: Arc<Spawner>,
    guard: Mutex<Option<Guard>>,
}

impl DemoHosts {
    /// Starts the guard and the hosts. Must be called inside a tokio runtime, which serves them.
    pub fn start(setup: &Setup) -> Result<Self, DemoError> {
        let runtime = Handle::try_current().map_err(|_| DemoError::NoRuntime)?;
        let (root, bin) = (canonical(&setup.root)?, canonical(&setup.bin)?);
        let id = DemoId::random()?;
        let client = Arc::new(key()?);
        let guard = Guard::start(&setup.exe, &id)?;
        let spawner = Arc::new(Spawner::start(root.clone(), runtime.clone()).map_err(DemoError::Spawner)?);
        let mut hosts = BTreeMap::new();
        for plan in &setup.hosts {
            let [home, tmp] = make_directories(&root, &plan.name)?;
            let key = key()?;
            let host = Host {
                name: plan.name.clone(),
                root: root.clone(),
                home,
                tmp,
                bin: bin.clone(),
                exe: setup.exe.clone(),
                env: plan.env.clone(),
                id: id.clone(),
                key: key.public_key().clone(),
                config: Arc::new(config(key)),
                client: client.public_key().clone(),
                exit_order: setup.exit_order,
                spawner: Arc::clone(&spawner),
                line: Line::default().into(),
            };
            if hosts.insert(plan.name.clone(), Arc::new(host)).is_some() {
                return Err(DemoError::HostName(plan.name.clone()));
            }
        }
        Ok(Self { id, hosts, client, runtime, spawner, guard: Mutex::new(Some(guard)) })
    }

    /// Opens a new connection to `host` and returns its near end, ready for a client of SSH.
    ///
    /// Fails with `NotFound` for a name that is none of the hosts, and with `HostUnreachable` for a host that was killed.
    pub fn dial(&self, host: &str) -> io::Result<DuplexStream> {
        self.host(host)?.dial(&self.runtime)
    }

    /// Returns the public key that `host` proves to have, or `None` for a name that is none of the hosts.
    pub fn host_key(&self, host: &str) -> Option<&PublicKey> {
        self.hosts.get(host).map(|host| &host.key)
    }

    /// Returns the key by which the hosts let user [`super::USER`] in.
    pub fn client_key(&self) -> Arc<PrivateKey> {
        Arc::clone(&self.client)
    }

    /// Returns the hosts' names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.hosts.keys().map(String::as_str)
    }

    /// Returns the identity that marks the commands of this start.
    pub fn id(&self) -> &DemoId {
        &self.id
    }

    /// Returns how far the commands are fenced in.
    pub fn fence(&self) -> &Fence {
        self.spawner.fence()
    }

    /// Makes `host` dead: its lines are cut and new ones refused. Its commands go on, as on a machine that lost its network.
    pub fn kill(&self, host: &str) -> io::Result<()> {
        self.host(host)?.cut(true);
        Ok(())
    }

    /// Cuts the lines to `host`; new ones are answered, also after [`DemoHosts::kill`].
    pub fn cut(&self, host: &str) -> io::Result<()> {
        self.host(host)?.cut(false);
        Ok(())
    }

    /// Cuts all lines, for good, and ends every command. Blocks for some milliseconds; a second call does nothing.
    ///
    /// An error says that commands are left which no signal reaches.
    pub fn close(&self) -> Result<(), DemoError> {
        self.hosts.values().for_each(|host| host.cut(true));
        self.spawner.stop();
        let guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner).take();
        guard.map_or(Ok(()), Guard::finish)
    }

    fn host(&self, name: &str) -> io::Result<&Arc<Host>> {
        let unknown = || io::Error::new(io::ErrorKind::NotFound, format!("there is no demo host {name}"));
        self.hosts.get(name).ok_or_else(unknown)
    }
}

impl Drop for DemoHosts {
    fn drop(&mut self) {
        // A drop has nobody to tell; who wants to know calls `close`.
        drop(self.close());
    }
}

impl fmt::Debug for DemoHosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DemoHosts")
            .field("hosts", &self.hosts.keys())
            .field("fence", self.fence())
            .finish_non_exhaustive()
    }
}

fn key() -> Result<PrivateKey, DemoError> {
    PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519).map_err(|error| DemoError::Key(error.to_string()))
}

/// Returns the settings of a host: one key, public keys only, no delays and no end for being idle.
fn config(key: PrivateKey) -> Config {
    Config {
        methods: MethodSet::from(&[MethodKind::PublicKey][..]),
        // Refusals are not slowed down: nobody but this process can knock.
        auth_rejection_time: Duration::ZERO,
        auth_rejection_time_initial: Some(Duration::ZERO),
        keys: vec![key],
        inactivity_timeout: None,
        nodelay: true,
        channel_buffer_size: 16,
        ..Config::default()
    }
}

fn canonical(path: &Path) -> Result<PathBuf, DemoError> {
    fs::canonicalize(path).map_err(|source| DemoError::Directory { path: path.to_owned(), source })
}

/// Makes the directories of a host, readable by their owner only; those of an earlier start stay.
fn make_directories(root: &Path, name: &str) -> Result<[PathBuf; 2], DemoError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || name.len() > 63 || !name.bytes().all(plain) {
        return Err(DemoError::HostName(name.to_owned()));
    }
    let made = directories(root, name);
    for path in &made {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|source| DemoError::Directory { path: path.clone(), source })?;
    }
    Ok(made)
}
