//! One call of a stand-in: its arguments, the demo it belongs to, the host it runs on, and where it writes.
//!
//! The environment is read here and nowhere else in the stand-ins.

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// Why a stand-in stopped before its end: the exit code, and what the program it stands for would say on standard error.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct Stop {
    code: u8,
    text: String,
}

impl Stop {
    /// Returns a stop with exit code `code` that says `text`; an empty text says nothing.
    pub fn new(code: u8, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    /// Returns the exit code.
    pub fn code(&self) -> u8 {
        self.code
    }

    /// Returns what is said on standard error.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl From<io::Error> for Stop {
    /// A closed pipe ends a stand-in silently with 141, as SIGPIPE ends the real program.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::new(141, ""),
            _ => Self::new(1, error.to_string()),
        }
    }
}

/// One call of a stand-in.
#[derive(Debug, Clone)]
pub struct Call {
    /// The program that is meant, without a path.
    pub name: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// The demo's directory, in canonical form.
    pub root: PathBuf,
    /// The host it runs on, without the domain: `api-1`.
    pub host: String,
    /// Where it was started.
    pub cwd: PathBuf,
    /// The home directory.
    pub home: PathBuf,
    /// Whether `sudo` started it.
    pub sudo: bool,
    /// The factor on every pause: 0 in tests.
    pace: f64,
    /// Whether its output goes nowhere: the world is being built.
    quiet: bool,
}

impl Call {
    /// Reads the call of this process; `args` begins with the program's name.
    ///
    /// # Errors
    /// `DEMO_ROOT` or `DEMO_HOST` is missing, the directory does not exist, or no program is named.
    pub fn from_environment(args: &[String]) -> Result<Self, Stop> {
        let (name, args) = args.split_first().ok_or_else(|| Stop::new(127, "no stand-in is named"))?;
        let refused =
            "stand-ins run in a demo only, and DEMO_ROOT or DEMO_HOST is not set: start `gonogo demo`";
        let root = env::var_os("DEMO_ROOT").ok_or_else(|| Stop::new(127, refused))?;
        let host = env::var("DEMO_HOST").map_err(|_| Stop::new(127, refused))?;
        let root = PathBuf::from(root).canonicalize()?;
        let mut call = Self::quiet(&root, &host, &env::current_dir()?, name, args.iter().map(String::as_str));
        call.quiet = false;
        call.sudo = env::var_os("DEMO_SUDO").is_some();
        call.pace = env::var("DEMO_SPEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1.0);
        if let Some(home) = env::var_os("HOME") {
            call.home = PathBuf::from(home);
        }
        Ok(call)
    }

    /// Returns a call that says nothing and never pauses, as root: how the world is built with the very same programs.
    pub fn quiet<'a>(
        root: &Path,
        host: &str,
        cwd: &Path,
        name: &str,
        args: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let host = host.strip_suffix(".demo").unwrap_or(host).to_owned();
        Self {
            name: name.to_owned(),
            args: args.into_iter().map(str::to_owned).collect(),
            root: root.to_owned(),
            home: root.join("hosts").join(&host).join("home"),
            host,
            cwd: cwd.to_owned(),
            sudo: true,
            pace: 0.0,
            quiet: true,
        }
    }

    /// Returns the arguments as string slices, to be matched on.
    pub fn words(&self) -> Vec<&str> {
        self.args.iter().map(String::as_str).collect()
    }

    /// Returns whether one of the arguments is `flag`, alone or with `=value`.
    pub fn has(&self, flag: &str) -> bool {
        self.args
            .iter()
            .any(|arg| arg == flag || arg.strip_prefix(flag).is_some_and(|rest| rest.starts_with('=')))
    }

    /// Returns the state file `name` of this host.
    pub fn state(&self, name: &str) -> PathBuf {
        self.root.join("hosts").join(&self.host).join("run").join(name)
    }

    /// Writes one line to standard output.
    ///
    /// # Errors
    /// Standard output is closed.
    pub fn say(&self, line: &str) -> Result<(), Stop> {
        self.put(&format!("{line}\n"))
    }

    /// Writes `text` to standard output as it is.
    ///
    /// # Errors
    /// Standard output is closed.
    pub fn put(&self, text: &str) -> Result<(), Stop> {
        if !self.quiet {
            let mut out = io::stdout().lock();
            out.write_all(text.as_bytes())?;
            out.flush()?;
        }
        Ok(())
    }

    /// Writes one line to standard error.
    ///
    /// # Errors
    /// Standard error is closed.
    pub fn note(&self, line: &str) -> Result<(), Stop> {
        if !self.quiet {
            writeln!(io::stderr().lock(), "{line}")?;
        }
        Ok(())
    }

    /// Writes the last line of a call that failed; the exit code tells the rest if even that cannot be written.
    pub fn complain(&self, line: &str) {
        drop(self.note(line));
    }

    /// Pauses so that output comes at a pace people can follow; it changes nothing else.
    pub fn pause(&self, milliseconds: u32) {
        let seconds = f64::from(milliseconds) * self.pace.clamp(0.0, 10.0) / 1000.0;
        if let Ok(time) = Duration::try_from_secs_f64(seconds)
            && !time.is_zero()
        {
            thread::sleep(time);
        }
    }
}
