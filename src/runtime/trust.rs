//! Trust: what a runbook would run on this machine is shown to a person once, and remembered until its text changes.
//!
//! A runbook comes from somewhere: opening it must not be enough to run a program here. What it does so with (steps with
//! `on=local`, secrets with `from: command`) is a [`Part`] with the SHA-256 of the text that says so. The store is a file
//! of lines as sha256sum(1) writes them, in the state directory. Invariant: a store that others could have written counts
//! for nothing.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::audit::chain::sha256_hex;
use crate::run::secrets::declared;
use crate::runbook::model::{On, Runbook, SecretSource};
use crate::runtime::Fail;
use crate::runtime::opening::SHIPPED;
use crate::runtime::record::replace;
use crate::text::{sanitize, sanitize_block};

/// A file of which something would run on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its path.
    pub file: String,
    /// Lower-case hex SHA-256 of the text that would run.
    pub sha256: String,
    /// What it would do, for people.
    pub does: &'static str,
    /// What would run, each with a title.
    pub runs: Vec<(String, String)>,
}

/// What the files of a runbook do.
const RUNS: &str = "would run on this machine, as you";
/// What an SSH configuration does.
const LEADS: &str =
    "would say how hosts are reached, and run on this machine, as you, the commands that it names";
/// What a list of host keys does.
const VOUCHES: &str = "would say which host keys are trusted";

impl Part {
    /// Returns what `runbook`, read from `file`, would run on this machine; none if it is nothing, or if the runbook
    /// came with the program.
    #[must_use]
    pub fn of(file: &str, runbook: &Runbook) -> Option<Self> {
        if file.starts_with(SHIPPED) {
            return None;
        }
        let mut runs = Vec::new();
        for (var, secret) in declared(runbook) {
            if let SecretSource::Command(command) = &secret.from {
                let title = format!("for the secret {}, whenever a run starts", var.name);
                runs.push((title, command.clone()));
            }
        }
        for item in &runbook.boxes {
            for step in item.steps.iter().chain(&item.inline).filter(|step| step.on == On::Local) {
                let root = if step.sudo { ", as root" } else { "" };
                let title = format!("step {} (line {}){root}", step.id, step.place.line);
                runs.push((title, step.script.clone()));
            }
        }
        let part = Self { file: file.to_owned(), sha256: runbook.sha256.clone(), does: RUNS, runs };
        (!part.runs.is_empty()).then_some(part)
    }

    /// Returns the SSH configuration or, if it does not configure, the list of host keys in `file` as a part.
    #[must_use]
    pub fn ssh(file: &str, bytes: &[u8], configures: bool) -> Self {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let does = if configures { LEADS } else { VOUCHES };
        Self {
            file: file.to_owned(),
            sha256: sha256_hex(bytes),
            does,
            runs: vec![("all of it".to_owned(), text)],
        }
    }

    /// Returns what a person is shown: every command whole, with nothing in it that a terminal would obey.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut text = format!("{} {}:\n", sanitize(&self.file), self.does);
        for (title, script) in &self.runs {
            text.push_str(&format!("  {}:\n", sanitize(title)));
            for line in sanitize_block(script).lines() {
                text.push_str(&format!("    | {line}\n"));
            }
        }
        text.push_str(&format!("sha256 of the file: {}\n", self.sha256));
        text
    }

    fn line(&self) -> String {
        // As sha256sum(1): a name with a line end or a backslash is escaped, and the line begins with a backslash.
        let name = self.file.replace('\\', "\\\\").replace('\n', "\\n");
        let mark = if name == self.file { "" } else { "\\" };
        format!("{mark}{}  {name}", self.sha256)
    }
}

/// The store of what is trusted.
#[derive(Debug, Clone)]
pub struct Trust {
    file: PathBuf,
}

impl Trust {
    /// Returns the store in the state directory.
    #[must_use]
    pub fn new(state: &Path) -> Self {
        Self { file: state.join("trusted") }
    }

    /// Returns those of `parts` that are not trusted as they are now.
    ///
    /// # Errors
    /// When the store is there and cannot be read, or others could have written it.
    pub fn open<'a>(&self, parts: &'a [Part]) -> Result<Vec<&'a Part>, Fail> {
        let known = self.lines()?;
        Ok(parts.iter().filter(|part| !known.contains(&part.line())).collect())
    }

    /// Remembers that `parts` are trusted; what was trusted of these files before is forgotten.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn remember(&self, parts: &[&Part]) -> Result<(), Fail> {
        let mut lines = self.lines()?;
        let name = |line: &str| line.split_once("  ").map(|(_, name)| name.to_owned());
        let new: Vec<String> = parts.iter().map(|part| part.line()).collect();
        lines.retain(|line| !new.iter().any(|new| name(new) == name(line)));
        lines.extend(new);
        lines.push(String::new());
        let directory = self.file.parent().unwrap_or(Path::new("."));
        let written = fs::create_dir_all(directory)
            .and_then(|()| replace(&self.file, &lines.join("\n")))
            .and_then(|()| fs::set_permissions(&self.file, fs::Permissions::from_mode(0o600)));
        written.map_err(|error| self.failed("written", &error))
    }

    fn lines(&self) -> Result<Vec<String>, Fail> {
        let about = match fs::symlink_metadata(&self.file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(|error| self.failed("read", &error))?,
        };
        let mine = about.uid() == rustix::process::geteuid().as_raw();
        if !about.is_file() || !mine || about.mode() & 0o022 != 0 {
            let why = format!(
                "{} is not a file that only you can write: look who changed it, then remove it",
                self.file.display()
            );
            return Err(Fail::Invalid(why));
        }
        let text = fs::read_to_string(&self.file).map_err(|error| self.failed("read", &error))?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    fn failed(&self, what: &str, error: &io::Error) -> Fail {
        Fail::System(format!("{} cannot be {what}: {error}", self.file.display()))
    }
}
