//! The demo put together: its directory, its hosts, an engine that reaches them over pipes.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::audit::locks::{Locks, Subject};
use crate::audit::query::Reader;
use crate::demo::world::{HOSTS, World, WorldError, fault};
use crate::demo::{DemoHosts, ExitOrder, Fence, HostPlan, Setup, check_tools, link_tools};
use crate::exec::ssh::{ByteStream, Credentials, Dial, DialError, HostKey, HostKeys};
use crate::exec::target::Target;
use crate::exec::{BoxFuture, Engine, Settings};
use crate::runbook::shipped;
use crate::runtime::{Fail, clock, resuming};

/// A demo that runs.
pub struct Demo {
    /// Its directory.
    pub root: PathBuf,
    /// What reaches its hosts.
    pub engine: Engine,
    /// How far its commands are fenced in.
    pub fence: Fence,
    hosts: Arc<DemoHosts>,
}

/// Where a demo is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Site {
    /// In a directory of its own, made anew.
    New(PathBuf),
    /// In this one, where a run is open.
    Open {
        /// The directory.
        root: PathBuf,
        /// The run.
        run: String,
    },
}

impl Site {
    /// Returns the directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        match self {
            Self::New(root) | Self::Open { root, .. } => root,
        }
    }
}

/// Returns the log of the demo in `root`.
#[must_use]
pub fn log_of(root: &Path) -> PathBuf {
    root.join("log.db")
}

/// Returns the newest demo below `home` that has an open run, driven by nobody, of the shipped runbook whose file is called `name`;
/// else, or when a `fresh` one is wanted, a new directory.
///
/// # Errors
/// When the system has no random source.
pub fn site(home: &Path, fresh: bool, name: &str) -> Result<Site, Fail> {
    let mut roots: Vec<PathBuf> = roots(home);
    roots.sort_by_key(|root| std::fs::metadata(root.join("log.db")).and_then(|m| m.modified()).ok());
    if !fresh {
        for root in roots.into_iter().rev() {
            if let Some(run) = open_run(&root, name) {
                return Ok(Site::Open { root, run });
            }
        }
    }
    Ok(Site::New(home.join(clock::random_hex(8)?)))
}

fn roots(home: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(home).into_iter().flatten().flatten();
    entries.map(|e| e.path()).filter(|p| p.join("log.db").is_file() || p.join("bin").is_dir()).collect()
}

/// Returns the open run of `name`, or of what was opened from it, of the demo in `root`, unless a process drives it.
fn open_run(root: &Path, name: &str) -> Option<String> {
    let log = log_of(root);
    let reader = Reader::open(&log).ok()?;
    let run = resuming::open_runs(&reader).ok()?.pop()?.run;
    let family = resuming::family(&reader, &run).ok()?;
    let own = Path::new(&family.first()?.run.opened.runbook).file_name()?;
    if own != name {
        return None;
    }
    match Locks::look(&log).held(&Subject::Run(run.clone())) {
        Ok(None) => Some(run),
        _ => None,
    }
}

/// Removes every demo below `home` that no process drives; returns those removed and those that are in use.
///
/// # Errors
/// When a directory cannot be removed.
pub fn clean(home: &Path) -> io::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let (mut gone, mut used) = (Vec::new(), Vec::new());
    for root in roots(home) {
        if in_use(&root) {
            used.push(root);
        } else {
            std::fs::remove_dir_all(&root)?;
            gone.push(root);
        }
    }
    Ok((gone, used))
}

fn in_use(root: &Path) -> bool {
    let log = log_of(root);
    let runs = Reader::open(&log).ok().and_then(|r| resuming::open_runs(&r).ok()).unwrap_or_default();
    let locks = Locks::look(&log);
    runs.into_iter().any(|r| !matches!(locks.held(&Subject::Run(r.run)), Ok(None)))
}

impl Demo {
    /// Makes the directory `root`, or opens it, and starts its hosts. `exe` is this program; `path` the value of `PATH` to
    /// find harmless tools on; `fail` a step to make fail; `speed` the value of `DEMO_SPEED`.
    ///
    /// # Errors
    /// When `sh` or `git` is missing, no fault has that name, or the directory cannot be made.
    pub fn start(
        root: &Path,
        exe: &Path,
        path: &OsStr,
        fail: Option<&str>,
        speed: Option<&str>,
    ) -> Result<Self, Fail> {
        let failed = |e: WorldError| match e {
            WorldError::UnknownFault { .. } => Fail::Usage(e.to_string()),
            other => Fail::System(format!("failed to {other}")),
        };
        let system = |e: crate::demo::DemoError| Fail::System(e.to_string());
        // Asked before anything is made, so that what is refused leaves no directory behind.
        if let Some(step) = fail {
            fault(step).map_err(failed)?;
        }
        check_tools(path).map_err(system)?;
        let bin = root.join("bin");
        std::fs::create_dir_all(&bin).map_err(|e| {
            Fail::System(format!("the demo's directory {} cannot be made: {e}", root.display()))
        })?;
        link_tools(&bin, path).map_err(system)?;
        let world = World::create(root, exe).map_err(failed)?;
        if let Some(step) = fail {
            world.fail(step).map_err(failed)?;
        }
        world
            .install(
                &shipped::all()
                    .map(|(name, text)| (format!("runbooks/{name}"), text))
                    .collect::<Vec<_>>()
                    .iter()
                    .map(|(n, t)| (n.as_str(), *t))
                    .collect::<Vec<_>>(),
            )
            .map_err(failed)?;
        let plan = |name: &&str| {
            let mut env = world.env(name);
            env.extend(speed.map(|s| ("DEMO_SPEED".to_owned(), s.to_owned())));
            HostPlan { name: (*name).to_owned(), env }
        };
        let setup = Setup {
            root: world.root().to_owned(),
            bin: world.bin(),
            exe: exe.to_owned(),
            hosts: HOSTS.iter().map(plan).collect(),
            exit_order: ExitOrder::default(),
        };
        let hosts = Arc::new(DemoHosts::start(&setup).map_err(system)?);
        let mut keys = HashMap::new();
        for name in HOSTS {
            let key = hosts.host_key(name).and_then(|k| HostKey::from_public(k).ok());
            keys.extend(key.map(|k| (format!("{name}.demo"), k)));
        }
        let credentials = Credentials { memory: Some(hosts.client_key()), ..Credentials::default() };
        let dial = Arc::new(Pipes(Arc::clone(&hosts)));
        let engine = Engine::new(Settings::default(), dial, HostKeys::Exact(Arc::new(keys)), credentials);
        Ok(Self { root: world.root().to_owned(), engine, fence: hosts.fence().clone(), hosts })
    }

    /// Returns the lines that stand on the first screen.
    #[must_use]
    pub fn banner(&self) -> Vec<String> {
        vec![
            format!("fenced: {}. {}", self.fence.word(), self.fence.sentence()),
            "Real SSH, git, SQL and exit codes; PHP, npm and systemd are stand-ins.".to_owned(),
        ]
    }

    /// Ends every command and waits for that.
    ///
    /// # Errors
    /// When commands are left that no signal reaches.
    pub async fn close(self) -> Result<(), Fail> {
        self.engine.disconnect().await;
        let hosts = self.hosts;
        let closed = tokio::task::spawn_blocking(move || hosts.close()).await;
        closed.map_err(|e| Fail::System(e.to_string()))?.map_err(|e| Fail::System(e.to_string()))
    }
}

/// Reaches the demo's hosts over pipes inside the process.
struct Pipes(Arc<DemoHosts>);

impl Dial for Pipes {
    fn dial<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<Box<dyn ByteStream>, DialError>> {
        Box::pin(async move {
            let name = target.hostname.strip_suffix(".demo").unwrap_or(&target.hostname);
            match self.0.dial(name) {
                Ok(stream) => Ok(Box::new(stream) as Box<dyn ByteStream>),
                Err(source) => Err(DialError::Unreachable { address: target.hostname.clone(), source }),
            }
        })
    }
}
