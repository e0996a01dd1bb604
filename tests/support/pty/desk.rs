//! A home directory of its own, with `gonogo demo` in a terminal on it, and small runbooks for the demo to go on with.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gonogo::audit::query::Reader;
use gonogo::run::event::Event;
use gonogo::run::fact::{EnvironmentPin, HostPin, Proof, Recorded, RunKind, Via, WayPin, Who};
use gonogo::run::open::Opening;
use gonogo::runtime::opening::{self, Book};
use gonogo::runtime::resuming;
use gonogo::runtime::session::Session;
use portable_pty::CommandBuilder;

use super::{Pty, STUCK, Seen};
use crate::support::temp::TempDir;

/// The program under test.
pub const EXE: &str = env!("CARGO_BIN_EXE_gonogo");

/// The variable that makes a part of this test program do its work.
pub const ROLE: &str = "GONOGO_TEST_ROLE";

/// A home directory that goes with the test.
pub struct Desk {
    home: TempDir,
    /// Variables that programs have beside the usual ones, or with another value.
    pub env: Vec<(&'static str, &'static str)>,
}

impl Desk {
    pub fn new() -> Self {
        Self { home: TempDir::new("pty"), env: Vec::new() }
    }

    /// A desk where a run of the runbook `text` is open in the demo's place: `gonogo demo` goes on with it.
    pub fn with_runbook(text: &str) -> Self {
        Self::with_runbooks(text, &[])
    }

    /// The same with other runbooks beside it, by their file's names.
    pub fn with_runbooks(text: &str, beside: &[(&str, &str)]) -> Self {
        let desk = Self::new();
        let root = desk.demos().join("small");
        std::fs::create_dir_all(&root).unwrap();
        for (name, text) in beside {
            std::fs::write(desk.home.join(name), text).unwrap();
        }
        let file = desk.home.join("release.md");
        std::fs::write(&file, text).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(open(&root, &file));
        desk
    }

    fn demos(&self) -> PathBuf {
        self.home.join("state/gonogo/demo")
    }

    /// The directory of the only demo there is.
    pub fn root(&self) -> PathBuf {
        let mut roots: Vec<PathBuf> =
            std::fs::read_dir(self.demos()).unwrap().map(|e| e.unwrap().path()).collect();
        assert_eq!(roots.len(), 1, "{roots:?}");
        roots.pop().unwrap()
    }

    /// A file in the home directory of the demo's host `api-1`.
    pub fn on_host(&self, name: &str) -> PathBuf {
        self.root().join("hosts/api-1/home").join(name)
    }

    /// Waits until the steps have written `text` into the file `name` on the demo's host `api-1`.
    #[track_caller]
    pub fn wait_on_host(&self, name: &str, text: &str) {
        let until = Instant::now() + STUCK;
        let path = self.on_host(name);
        while std::fs::read_to_string(&path).unwrap_or_default() != text {
            assert!(Instant::now() < until, "{} never held {text:?}", path.display());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A part of this test program, to be run in a process of its own: see `it::runtime::pty::part`.
    pub fn part(&self, role: &str) -> Vec<OsString> {
        let exe = std::env::current_exe().unwrap();
        let name = "it::runtime::pty::part::in_a_process_of_its_own";
        let args = ["--exact", "--nocapture", "--test-threads=1"].map(OsString::from);
        let set = OsString::from(format!("{ROLE}={role}"));
        ["env".into(), set, exe.into_os_string(), name.into()].into_iter().chain(args).collect()
    }

    /// The variables that programs at this desk have, and no others.
    pub fn surroundings(&self) -> Vec<(&'static str, OsString)> {
        let mut all = vec![
            ("PATH", std::env::var_os("PATH").unwrap()),
            ("HOME", self.home.path().into()),
            ("XDG_STATE_HOME", self.home.join("state").into()),
            ("XDG_CONFIG_HOME", self.home.join("config").into()),
            ("TERM", "xterm-256color".into()),
            ("LANG", "C.UTF-8".into()),
            ("DEMO_SPEED", "0".into()),
        ];
        for (name, value) in &self.env {
            all.retain(|(known, _)| known != name);
            all.push((name, value.into()));
        }
        all
    }

    /// Starts `argv` in a terminal of 80 columns and 24 rows.
    pub fn start(&self, argv: Vec<OsString>) -> Pty {
        let mut command = CommandBuilder::from_argv(argv);
        command.env_clear();
        for (name, value) in self.surroundings() {
            command.env(name, value);
        }
        command.cwd(self.home.path());
        Pty::start(command, 80, 24)
    }

    /// Starts `gonogo demo` with `args` in a terminal and waits for its first screen.
    #[track_caller]
    pub fn demo(&self, args: &[&str]) -> Pty {
        let argv = [EXE, "demo", "--as", "layla"].iter().chain(args).map(OsString::from).collect();
        let pty = self.start(argv);
        let keys = |seen: &Seen| ["q leave", "keeps the words"].iter().any(|k| seen.last().contains(k));
        pty.wait("the first screen", |seen| seen.taken() && keys(seen));
        pty
    }

    /// The facts of the only run in the log, children left out.
    pub fn facts(&self) -> Vec<Recorded> {
        let reader = Reader::open(&self.root().join("log.db")).unwrap();
        let runs = reader.runs().unwrap();
        let top: Vec<_> = runs.iter().filter(|r| r.parent.is_none()).collect();
        assert_eq!(top.len(), 1, "{runs:?}");
        resuming::fold(&reader, &top[0].run).unwrap().facts
    }

    /// How many facts of the run there are that `fits`.
    pub fn count(&self, fits: impl Fn(&Event) -> bool) -> usize {
        self.facts().iter().filter(|f| fits(&f.event)).count()
    }

    /// How many attempts were intended.
    pub fn intended(&self) -> usize {
        self.count(|e| matches!(e, Event::StepIntended(_)))
    }

    /// Whether the run is open.
    pub fn open(&self) -> bool {
        let reader = Reader::open(&self.root().join("log.db")).unwrap();
        !resuming::open_runs(&reader).unwrap().is_empty()
    }
}

async fn open(root: &Path, file: &Path) {
    let session = Session::open(&root.join("log.db")).await.unwrap();
    let book = Book::read(file).unwrap_or_else(|e| panic!("{}", opening::words(&e)));
    let opening = Opening {
        runbook: &book.loaded.runbook,
        file: book.file.clone(),
        who: Who { name: "layla".to_owned(), proof: Proof::Typed, via: Via::Keyboard, seat: None },
        kind: RunKind::Live,
        environment: Some(EnvironmentPin {
            name: "demo".to_owned(),
            colour: Some("blue".to_owned()),
            file_sha: "0".repeat(64),
            timezone: None,
            window: None,
            witness: None,
        }),
        hosts: vec![host("api", "api-1.demo"), host("db", "db-1.demo")],
        environment_vars: BTreeMap::new(),
        set: BTreeMap::new(),
        seed: "5eed".repeat(8),
        parent: None,
        beside: Vec::new(),
        later: true,
        commit: None,
    };
    let (_, held) = opening::open(&session, &book, opening).await.unwrap();
    drop(held);
    session.close("left").await.unwrap();
}

fn host(role: &str, name: &str) -> HostPin {
    HostPin {
        role: role.to_owned(),
        name: name.to_owned(),
        user: "deploy".to_owned(),
        address: name.to_owned(),
        port: 22,
        identity: None,
        known_hosts: None,
        way: WayPin::default(),
    }
}
