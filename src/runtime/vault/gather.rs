//! Reading secrets from where a runbook says they come from: all of them before anything starts.
//!
//! Nothing here shows, logs or keeps a value; what goes wrong is said by name.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use crate::run::secrets::declared;
use crate::runbook::model::{Runbook, SecretSource, VarDecl};
use crate::runtime::vault::{Refused, Vault};
use crate::runtime::{Fail, dumps};
use crate::text::{sanitize, sanitize_block};

/// How long a command may take to print a secret; a person may have to unlock something meanwhile.
const LIMIT: Duration = Duration::from_secs(300);
/// Longest value in bytes; a variable on a host cannot hold more.
const LONGEST: usize = 100 * 1024;
/// How often a person is asked for one value.
const TRIES: usize = 3;

/// A secret that is wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The runbook's line.
    pub var: VarDecl,
    /// The directory of the runbook that declares it, in which its command runs.
    pub directory: Option<PathBuf>,
}

/// Returns the secrets of these runbooks, each name once: the first that declares it says where it comes from.
#[must_use]
pub fn wanted<'a>(books: impl IntoIterator<Item = (&'a str, &'a Runbook)>) -> Vec<Wanted> {
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for (file, runbook) in books {
        let directory = Path::new(file).parent().filter(|path| path.is_dir()).map(Path::to_owned);
        for (var, _) in declared(runbook) {
            if seen.insert(var.name.clone()) {
                all.push(Wanted { var: var.clone(), directory: directory.clone() });
            }
        }
    }
    all
}

/// Asks a person a question whose answer is not shown; none when they want to leave. See [`super::prompt::Quiet::ask`].
pub type Prompt<'a> = dyn Fn(&str) -> std::io::Result<Option<SecretString>> + 'a;

/// The ways to the values.
pub struct Ways<'a> {
    /// Reads a variable of this process's environment.
    pub environment: &'a dyn Fn(&str) -> Option<OsString>,
    /// Asks a person; none where nobody is.
    pub prompt: Option<&'a Prompt<'a>>,
    /// Tells a person what happens.
    pub say: &'a dyn Fn(&str),
}

impl Vault {
    /// Fills the vault with what is wanted and not there yet. The environment is read first, then commands run, then
    /// a person is asked, so that nobody types anything before it is clear that the rest is there.
    ///
    /// # Errors
    /// [`Fail::Usage`] names what has no value or a wrong one, [`Fail::Missing`] what only a person could give.
    pub async fn gather(&self, wanted: &[Wanted], ways: &Ways<'_>) -> Result<(), Fail> {
        if !wanted.is_empty() {
            dumps::none_of_children();
        }
        let open = || wanted.iter().filter(|w| !self.has(&w.var.name));
        let mut missing = Vec::new();
        let (mut commands, mut prompts) = (Vec::new(), Vec::new());
        for wanted in open() {
            let name = &wanted.var.name;
            match wanted.var.secret.as_ref().map(|secret| &secret.from) {
                None => {}
                Some(SecretSource::Command(command)) => commands.push((wanted, command)),
                Some(SecretSource::Prompt) => prompts.push(wanted),
                Some(SecretSource::Env) => match (ways.environment)(name).map(OsString::into_string) {
                    None => missing.push(name.as_str()),
                    Some(Err(_)) => {
                        return Err(Fail::Usage(format!(
                            "the secret {name} of the environment is not UTF-8"
                        )));
                    }
                    Some(Ok(value)) => self.take(wanted, value.into()).map_err(Fail::Usage)?,
                },
            }
        }
        if !missing.is_empty() {
            return Err(Fail::Usage(format!(
                "these secrets have no value: {}; set each in the environment of gonogo (the runbook says `from: env`)",
                missing.join(", ")
            )));
        }
        if let (None, [first, ..]) = (ways.prompt, prompts.as_slice()) {
            return Err(Fail::Missing(format!(
                "the secret {} comes from a person (`from: prompt`), and nobody is here to ask",
                first.var.name
            )));
        }
        for (wanted, command) in commands {
            let value = print(wanted, command, ways).await?;
            self.take(wanted, value).map_err(Fail::Usage)?;
        }
        for wanted in prompts {
            self.ask(wanted, ways)?;
        }
        for wanted in wanted.iter().filter(|w| self.is_short(&w.var.name)) {
            (ways.say)(&short(&wanted.var.name));
        }
        Ok(())
    }

    fn take(&self, wanted: &Wanted, value: SecretString) -> Result<(), String> {
        use secrecy::ExposeSecret as _;
        let var = &wanted.var;
        let (name, text) = (&var.name, value.expose_secret());
        if let Some(pattern) = var.pattern.as_ref().filter(|pattern| !pattern.matches_whole(text)) {
            return Err(format!("the value of {name} does not match {}", pattern.regex.as_str()));
        }
        if !var.choose.is_empty() && !var.choose.iter().any(|choice| choice == text) {
            return Err(format!("the value of {name} is none of those that the runbook allows"));
        }
        let allow_short = var.secret.as_ref().is_some_and(|secret| secret.allow_short);
        self.put(name, value, allow_short).map_err(|refused: Refused| refused.to_string())
    }

    fn ask(&self, wanted: &Wanted, ways: &Ways<'_>) -> Result<(), Fail> {
        let name = &wanted.var.name;
        let nobody = || Fail::Missing(format!("nobody gave the secret {name}: nothing was started"));
        let prompt = ways.prompt.ok_or_else(nobody)?;
        // What was wrong is a part of the next question: who answers it at once types when nothing is shown any more.
        let mut wrong = String::new();
        for _ in 0..TRIES {
            let typed = prompt(&format!("{wrong}Secret {name} (not shown):"))
                .map_err(|e| Fail::System(format!("the terminal cannot be used: {e}")))?;
            match self.take(wanted, typed.ok_or_else(nobody)?) {
                Ok(()) => return Ok(()),
                Err(why) => wrong = format!("gonogo: {why}\r\n"),
            }
        }
        Err(nobody())
    }
}

/// Returns the sentence about a secret that cannot be hidden.
#[must_use]
pub fn short(name: &str) -> String {
    format!("the secret {name} is shorter than 8 characters: it is neither redacted nor carried")
}

/// Runs the command of a secret and returns what it prints, without its last line end.
async fn print(wanted: &Wanted, command: &str, ways: &Ways<'_>) -> Result<SecretString, Fail> {
    let name = &wanted.var.name;
    (ways.say)(&format!("secret {name}: running on this machine: {}", sanitize_block(command)));
    let failed = |why: String| {
        Fail::Usage(format!(
            "the command for the secret {name} {why} (its output is not shown): {}",
            sanitize(command)
        ))
    };
    // A person may be asked for something by the command, so it keeps the terminal where there is one.
    let here = || if ways.prompt.is_some() { Stdio::inherit() } else { Stdio::null() };
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(command).stdin(here()).stdout(Stdio::piped()).stderr(here()).kill_on_drop(true);
    if let Some(directory) = &wanted.directory {
        shell.current_dir(directory);
    }
    let mut child = shell.spawn().map_err(|e| failed(format!("cannot be started: {e}")))?;
    // Never grows, so that no copy is left behind.
    let mut printed = Zeroizing::new(Vec::with_capacity(LONGEST + 2));
    let reading = async {
        if let Some(stdout) = child.stdout.take() {
            stdout.take(LONGEST as u64 + 2).read_to_end(&mut printed).await?;
        }
        child.wait().await
    };
    let status = match timeout(LIMIT, reading).await {
        Err(_) => return Err(failed(format!("did not end within {} s", LIMIT.as_secs()))),
        Ok(Err(error)) => return Err(failed(format!("cannot be read: {error}"))),
        Ok(Ok(status)) => status,
    };
    if printed.len() > LONGEST {
        return Err(failed("printed more than 100 KiB".to_owned()));
    }
    if !status.success() {
        return Err(failed(format!("failed with {status}")));
    }
    let text = std::str::from_utf8(&printed).map_err(|_| failed("printed what is not UTF-8".to_owned()))?;
    Ok(SecretString::from(text.strip_suffix('\n').unwrap_or(text)))
}
