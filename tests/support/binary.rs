//! The built program in a sandbox: a home, directories and a `PATH` of its own, no terminal, no agent, no input.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::temp::TempDir;

/// The program under test.
pub const EXE: &str = env!("CARGO_BIN_EXE_gonogo");

/// No wait of a test takes this long unless it is stuck.
pub const STUCK: Duration = Duration::from_secs(120);

/// A place where the program finds nothing of whoever runs the tests.
#[derive(Debug)]
pub struct Sandbox {
    dir: TempDir,
}

impl Sandbox {
    /// Makes an empty one; `label` is a part of its name, for people who look.
    pub fn new(label: &str) -> Self {
        let dir = TempDir::new(label);
        for name in ["home", "work"] {
            fs::create_dir(dir.join(name)).expect("a directory");
        }
        Self { dir }
    }

    /// Returns the path of `name` in the directory in which the program is started.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir.join("work").join(name)
    }

    /// Writes a file into that directory and returns its path.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(&path, content).expect("written");
        path
    }

    /// Returns the log that the program uses by itself.
    pub fn log(&self) -> PathBuf {
        self.dir.join("state/gonogo/log.db")
    }

    /// Returns the directory below which demos lie.
    pub fn demos(&self) -> PathBuf {
        self.dir.join("state/gonogo/demo")
    }

    /// Returns the directory of the only demo.
    pub fn demo(&self) -> PathBuf {
        let all: Vec<_> = fs::read_dir(self.demos()).expect("demos").map(|e| e.unwrap().path()).collect();
        assert_eq!(all.len(), 1, "one demo: {all:?}");
        all.into_iter().next().expect("one")
    }

    /// Returns the program with `args`, ready to be started or changed.
    pub fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        self.command_of(Path::new(EXE), args)
    }

    /// Returns another program in the same surroundings.
    pub fn command_of<S: AsRef<OsStr>>(&self, exe: &Path, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(exe);
        command
            .args(args)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").expect("PATH"))
            .env("HOME", self.dir.join("home"))
            .env("XDG_STATE_HOME", self.dir.join("state"))
            .env("XDG_CONFIG_HOME", self.dir.join("config"))
            .current_dir(self.dir.join("work"))
            .stdin(Stdio::null());
        command
    }

    /// Runs the program with `args` to its end.
    pub fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Shown {
        shown(&mut self.command(args))
    }

    /// Returns what lies in the sandbox, to see whether anything has changed.
    pub fn contents(&self) -> Contents {
        let mut found = BTreeMap::new();
        walk(self.dir.path(), &mut found);
        Contents(found)
    }
}

/// Runs `command` to its end and returns what it showed.
pub fn shown(command: &mut Command) -> Shown {
    let started = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    ended(command, started)
}

/// Waits for the end of `child` and returns what it showed.
pub fn ended(command: &Command, child: Child) -> Shown {
    let args = command.get_args().map(|a| a.to_string_lossy().into_owned()).collect();
    let output = child.wait_with_output().expect("the program ends");
    Shown {
        args,
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        status: output.status,
    }
}

/// What the program showed.
#[derive(Debug, Clone)]
pub struct Shown {
    pub args: Vec<String>,
    pub out: String,
    pub err: String,
    pub status: ExitStatus,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { args, out, err, status } = self;
        write!(f, "$ gonogo {}\n--- out\n{out}--- err\n{err}--- {status}", args.join(" "))
    }
}

impl Shown {
    /// Asserts the exit code and that nothing in what was shown is meant for programmers.
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.status.code(), Some(code), "{self}");
        self.is_plain();
        self
    }

    /// Asserts that `words` stand in standard error.
    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        assert!(self.err.contains(words), "{words:?} is missing:\n{self}");
        self
    }

    /// Asserts that `words` stand in standard output.
    #[track_caller]
    pub fn tells(&self, words: &str) -> &Self {
        assert!(self.out.contains(words), "{words:?} is missing:\n{self}");
        self
    }

    /// Asserts that there is one message, on standard error, and nothing on standard output.
    #[track_caller]
    pub fn only_says(&self, words: &str) -> &Self {
        assert_eq!(self.out, "", "{self}");
        let messages =
            self.err.lines().filter(|line| line.starts_with("gonogo: ") || line.starts_with("error: "));
        assert_eq!(messages.count(), 1, "one message:\n{self}");
        self.says(words)
    }

    /// No panic, no backtrace, no value in the notation of the source code.
    #[track_caller]
    fn is_plain(&self) {
        for sign in [
            "panicked",
            "RUST_BACKTRACE",
            "stack backtrace",
            "Some(",
            "Err(",
            "Ok(",
            "Os {",
            "kind:",
            "{ code",
        ] {
            assert!(!self.err.contains(sign) && !self.out.contains(sign), "{sign:?} was shown:\n{self}");
        }
    }
}

/// Everything below a directory: kind, mode, size and time of change, and the bytes of small files.
#[derive(Debug, PartialEq, Eq)]
pub struct Contents(BTreeMap<PathBuf, (u32, u64, i64, Vec<u8>)>);

impl Contents {
    /// Asserts that nothing came, went or changed since `before`.
    #[track_caller]
    pub fn unchanged_since(&self, before: &Self, what: &dyn fmt::Display) {
        let paths = self.0.keys().chain(before.0.keys());
        let changed: Vec<_> = paths.filter(|path| self.0.get(*path) != before.0.get(*path)).collect();
        assert!(changed.is_empty(), "changed: {changed:?}\n{what}");
    }
}

fn walk(dir: &Path, found: &mut BTreeMap<PathBuf, (u32, u64, i64, Vec<u8>)>) {
    for entry in fs::read_dir(dir).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        let meta = fs::symlink_metadata(&path).expect("metadata");
        // SQLite's index of a log's newest part is scratch memory of whoever reads; an empty newest part is none.
        let name = path.to_string_lossy();
        if name.ends_with("-shm") || (name.ends_with("-wal") && meta.len() == 0) {
            continue;
        }
        let small = meta.is_file() && meta.len() < 4 << 20;
        let bytes = if small { fs::read(&path).expect("read") } else { Vec::new() };
        // The time of a directory says nothing that its entries do not say.
        let (size, time) = if meta.is_dir() { (0, 0) } else { (meta.len(), meta.mtime_nsec()) };
        found.insert(path.clone(), (meta.mode(), size, time, bytes));
        if meta.is_dir() {
            walk(&path, found);
        }
    }
}

/// Waits until `condition` holds.
#[track_caller]
pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + STUCK;
    while !condition() {
        assert!(Instant::now() < end, "never came true: {what}");
        std::thread::sleep(Duration::from_millis(3));
    }
}
