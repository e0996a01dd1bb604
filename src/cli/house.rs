//! What this process finds around it: the environment is read here and nowhere else below the command line.

use crate::audit::query::Reader;
use crate::cli::say;
use crate::clock::Zone;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::{Environment, Environments, Paths, Settings, environment, file, settings};
use crate::diag::{Diagnostic, Look, render};
use crate::exec::local::Here;
use crate::exec::ssh::{Configured, Credentials, HostKeys, OpenSsh, Surroundings, Tcp, Written};
use crate::exec::{self, Engine};
use crate::run::fact::{EnvironmentPin, Who};
use crate::runbook::load::LoadError;
use crate::runbook::shipped;
use crate::runbook::{Concealed, MAX_BYTES};
use crate::runtime::Fail;
use crate::runtime::debug::Debug;
use crate::runtime::opening::{Book, SHIPPED, beside};
use crate::runtime::session::{self, Place, Session};
use crate::sign::signers::AllowedSigners;

/// The surroundings of a command.
#[derive(Debug, Clone)]
pub struct House {
    /// The operator's directories.
    pub paths: Paths,
    /// The audit log.
    pub log: PathBuf,
    /// Where debug lines go.
    pub debug: Debug,
}

/// Most logs that are read as one.
const SEGMENTS: usize = 1000;

impl House {
    /// Returns the surroundings of this process; `log` is what `--log` said.
    /// `debug` is what `--debug` said.
    pub fn of_this_process(log: Option<&Path>, debug: Option<&Path>) -> Result<Self, Fail> {
        let paths = Paths::of_this_process().map_err(|e| Fail::System(format!("failed to {e}")))?;
        let log = paths.log_file(log);
        let debug = debug.map(Debug::to).transpose()?.unwrap_or_default();
        Ok(Self { paths, log, debug })
    }

    /// Opens the log at `path` to write; on the record `who` sits here, if that is said.
    pub async fn session(&self, path: &Path, who: Option<&Who>) -> Result<Session, Fail> {
        let mut session = Session::open_as(path, who).await?;
        session.log = session.log.debugging(self.debug.clone());
        self.debug.note("log", || format!("open: {}, head {}", path.display(), session.log.head()));
        Ok(session)
    }

    /// Returns the command line that `words` mean for this log, for hints: `gonogo resume r-1`, with `--log` where the
    /// log is not the one that is found by itself.
    pub fn hint(&self, words: &str) -> String {
        if self.log == self.paths.log_file(None) {
            format!("gonogo {words}")
        } else {
            format!("gonogo --log {} {words}", self.log.display())
        }
    }

    /// Returns the operator's settings; none when there is no file.
    pub fn settings(&self) -> Result<Settings, Fail> {
        let path = self.paths.settings();
        if !path.exists() {
            return Ok(Settings::default());
        }
        let (settings, _, _) = file::load(&path, MAX_BYTES, settings::parse).map_err(|e| invalid(&e))?;
        Ok(settings)
    }

    /// Remembers the operator's name.
    pub fn remember(&self, name: &str) -> Result<(), Fail> {
        let settings = Settings { name: Some(name.to_owned()), ..self.settings()? };
        self.write_settings(&settings)
    }

    /// Writes the settings file anew.
    pub fn write_settings(&self, settings: &Settings) -> Result<(), Fail> {
        let path = self.paths.settings();
        let written = std::fs::create_dir_all(&self.paths.config)
            .and_then(|()| std::fs::write(&path, settings::render(settings)));
        written.map_err(|e| Fail::System(format!("{} cannot be written: {e}", path.display())))
    }

    /// Opens the log to read; whose signatures count is known to the reader.
    pub fn reader(&self) -> Result<Reader, Fail> {
        Ok(session::reader(&self.log)?.judging(self.allowed()?))
    }

    /// Opens the log to read, and before it those that it goes on from, the oldest first, each with its file. One that
    /// is not where it was kept ends the list, and is said.
    pub fn segments(&self) -> Result<Vec<(PathBuf, Reader)>, Fail> {
        let mut found = vec![(self.log.clone(), self.reader()?)];
        while let Some((path, reader)) = found.last()
            && let Some(before) = reader.after()?
        {
            let path = path.with_file_name(&before.file);
            match session::reader(&path) {
                Ok(reader)
                    if reader.log_id().is_ok_and(|log| log == before.log) && found.len() < SEGMENTS =>
                {
                    found.push((path, reader.judging(self.allowed()?)));
                }
                _ => {
                    say::err(&format!("the log before this one is not at {}", path.display()));
                    break;
                }
            }
        }
        found.reverse();
        Ok(found)
    }

    /// Returns whose signatures count. Without a file nobody's do.
    pub fn allowed(&self) -> Result<Arc<AllowedSigners>, Fail> {
        self.allowed_by(None).map(Option::unwrap_or_default)
    }

    /// Returns whose signatures count: by the file `given` (from `--allowed-signers`), else as the environment
    /// (`GONOGO_ALLOWED_SIGNERS`) or the settings name one, else the one beside the settings. None if there is none.
    pub fn allowed_by(&self, given: Option<&Path>) -> Result<Option<Arc<AllowedSigners>>, Fail> {
        let settings = self.settings()?;
        let path = self.allowed_file(given, &settings);
        let demanded = path != self.own_allowed_file();
        let unreadable = |path: &Path, e: std::io::Error| {
            Fail::Invalid(format!("{}: the file of allowed signers cannot be read: {e}", path.display()))
        };
        let text = match read_text(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && !demanded => return Ok(None),
            Err(e) => return Err(unreadable(&path, e)),
        };
        let (allowed, bad) = AllowedSigners::parse(&text, zone());
        for line in bad {
            say::err(&format!("{}: {line}; it allows nobody", path.display()));
        }
        let Some(revoked) = &settings.revoked_keys else { return Ok(Some(Arc::new(allowed))) };
        let path = environment::resolve(revoked, &self.paths.config, &self.paths.home);
        let bytes = read_bytes(&path).map_err(|e| {
            Fail::Invalid(format!("{}: the revoked keys cannot be read: {e}", path.display()))
        })?;
        let allowed =
            allowed.revoking(&bytes).map_err(|why| Fail::Invalid(format!("{}: {why}", path.display())))?;
        Ok(Some(Arc::new(allowed)))
    }

    /// Returns the text of the file that says whose signatures count; nothing if there is none.
    pub fn allowed_text(&self) -> Result<String, Fail> {
        let path = self.allowed_file(None, &self.settings()?);
        match read_text(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            text => text.map_err(|e| Fail::Invalid(format!("{}: {e}", path.display()))),
        }
    }

    /// Returns the file that says whose signatures count.
    pub fn allowed_file(&self, given: Option<&Path>, settings: &Settings) -> PathBuf {
        if let Some(path) = given {
            return path.to_owned();
        }
        if let Some(path) = std::env::var_os("GONOGO_ALLOWED_SIGNERS").filter(|path| !path.is_empty()) {
            return PathBuf::from(path);
        }
        match &settings.allowed_signers {
            Some(path) => environment::resolve(path, &self.paths.config, &self.paths.home),
            None => self.own_allowed_file(),
        }
    }

    fn own_allowed_file(&self) -> PathBuf {
        self.paths.config.join("allowed_signers")
    }

    /// Returns the socket of the agent, if there is one.
    pub fn agent(&self) -> Option<PathBuf> {
        std::env::var_os("SSH_AUTH_SOCK").filter(|socket| !socket.is_empty()).map(PathBuf::from)
    }

    /// Returns the engine that reaches real hosts: known_hosts files, the agent, the usual key files, and what
    /// [`House::resolver`] says.
    pub fn engine(&self, ssh_config: Option<&Path>) -> Engine {
        let written = self.written();
        let known = [written.user_known_hosts.as_slice(), &written.global_known_hosts].concat();
        let credentials = Credentials { agent: written.agent, files: written.identity_files, memory: None };
        Engine::new(exec::Settings::default(), Arc::new(Tcp), HostKeys::Files(known), credentials)
            .resolving(Arc::new(self.resolver(ssh_config)))
            .with_local(self.here())
    }

    /// Returns what says how hosts are reached; `ssh_config` is what `--ssh-config` said.
    pub fn resolver(&self, ssh_config: Option<&Path>) -> Configured {
        let place = Place::here();
        let around = Surroundings {
            home: self.paths.home.clone(),
            user: place.os_user,
            uid: place.uid,
            machine: place.hostname,
            variable: Arc::new(|name| std::env::var(name).ok()),
        };
        Configured::new(Arc::new(OpenSsh::default()), around, self.written())
            .instead(ssh_config.map(Path::to_owned))
    }

    /// Returns what hosts are given that are written out.
    fn written(&self) -> Written {
        let ssh = self.paths.home.join(".ssh");
        Written {
            agent: self.agent(),
            identity_files: ["id_ed25519", "id_ecdsa", "id_rsa"].map(|name| ssh.join(name)).to_vec(),
            user_known_hosts: ["known_hosts", "known_hosts2"].map(|name| ssh.join(name)).to_vec(),
            global_known_hosts: ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"]
                .map(PathBuf::from)
                .to_vec(),
        }
    }

    /// Returns this machine, for steps with `on=local`.
    fn here(&self) -> Here {
        // The running program, even if its file has been replaced meanwhile (proc_pid_exe(5)).
        let program = Path::new("/proc/self/exe");
        let own = || std::env::current_exe().unwrap_or_else(|_| PathBuf::from("gonogo"));
        let program = if program.exists() { program.to_owned() } else { own() };
        let user = Place::here().os_user;
        Here::new(&program, Path::new("/bin/sh"), &self.paths.home, &user, |name| std::env::var_os(name))
    }
}

/// Reads the runbook at `path`; its warnings go to standard error.
pub fn book(path: &Path) -> Result<Book, Fail> {
    let book = Book::read(path).map_err(|e| invalid(&e))?;
    if !book.loaded.findings.is_empty() {
        let text = String::from_utf8_lossy(&book.loaded.bytes);
        say::plain_err(&format!("{}\n", listed(&book.file, &text, &book.loaded.findings)));
    }
    Ok(book)
}

/// Returns the failure with every finding and its source line.
pub fn invalid(error: &LoadError) -> Fail {
    match error {
        LoadError::Invalid { path, findings, text } => {
            Fail::Invalid(listed(&path.to_string_lossy(), text, findings))
        }
        other => Fail::Invalid(format!("failed to {other}")),
    }
}

/// Returns findings as text for a terminal or a pipe; a secret that somebody typed into the file is not in it.
pub fn listed(name: &str, text: &str, findings: &[Diagnostic]) -> String {
    let concealed = Concealed::of(text);
    render(name, &concealed.text, &concealed.findings(findings), look()).trim_end().to_owned()
}

fn look() -> Look {
    Look::Plain
}

/// An environment file as it was read.
#[derive(Debug, Clone)]
pub struct EnvironmentFile {
    /// Its path, for messages and for the paths in it.
    pub path: PathBuf,
    /// Its environments.
    pub environments: Environments,
    /// Lower-case hex SHA-256 of its bytes.
    pub sha256: String,
}

/// Reads the environment file that was given or that the runbook names; none when there is neither.
pub fn environments(book: &Book, given: Option<&Path>) -> Result<Option<EnvironmentFile>, Fail> {
    let path = match (given, &book.loaded.runbook.front.environments) {
        (Some(path), _) => path.to_owned(),
        (None, Some(link)) => beside(&book.file, link),
        (None, None) => return Ok(None),
    };
    environment_file(&path).map(Some)
}

/// Reads the environment file at `path`, which may be a shipped one.
pub fn environment_file(path: &Path) -> Result<EnvironmentFile, Fail> {
    let inside = path.to_str().and_then(|p| p.strip_prefix(SHIPPED)).and_then(shipped::get);
    let (environments, findings, bytes) = match inside {
        Some(text) => {
            let read = environment::parse(text.as_bytes())
                .map_err(|findings| Fail::Invalid(listed(&path.to_string_lossy(), text, &findings)))?;
            (read.0, read.1, text.as_bytes().to_vec())
        }
        None => file::load(path, MAX_BYTES, environment::parse).map_err(|e| invalid(&e))?,
    };
    if !findings.is_empty() {
        let text = String::from_utf8_lossy(&bytes);
        say::plain_err(&format!("{}\n", listed(&path.to_string_lossy(), &text, &findings)));
    }
    let sha256 = crate::audit::chain::sha256_hex(&bytes);
    Ok(EnvironmentFile { path: path.to_owned(), environments, sha256 })
}

/// Returns what the record keeps of the environment.
pub fn pin(file: &EnvironmentFile, environment: &Environment) -> EnvironmentPin {
    EnvironmentPin {
        name: environment.name.clone(),
        colour: environment.colour.map(|c| format!("{c:?}").to_lowercase()),
        file_sha: file.sha256.clone(),
        timezone: environment.timezone.clone(),
        window: environment.window.map(|w| format!("{:02}:{:02}", w.hour, w.minute)),
        witness: environment.witness.map(|witness| witness.word().to_owned()),
    }
}

/// Largest file of names and keys, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Reads a file of at most 16 MiB. A larger one is an error: half a list of revoked keys is none.
fn read_bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(std::io::Error::other("it is larger than 16 MiB"));
    }
    Ok(bytes)
}

/// Reads such a file that is text.
fn read_text(path: &Path) -> std::io::Result<String> {
    String::from_utf8(read_bytes(path)?).map_err(|_| std::io::Error::other("it is not UTF-8"))
}

/// Returns the zone of this machine, in which `ssh-keygen` takes times without a zone: `TZ`, else where
/// `/etc/localtime` leads; UTC where neither says.
fn zone() -> Zone {
    let named = |name: &str| Zone::named(name.trim_start_matches(':'));
    if let Some(zone) = std::env::var("TZ").ok().filter(|name| !name.is_empty()) {
        return named(&zone).unwrap_or_default();
    }
    let file = std::fs::read_link("/etc/localtime").unwrap_or_default();
    let name = file.to_string_lossy().split_once("zoneinfo/").map(|(_, name)| name.to_owned());
    name.as_deref().and_then(named).unwrap_or_default()
}
