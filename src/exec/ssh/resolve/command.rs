//! Starts `ssh -G`: the one place that asks OpenSSH about its configuration.
//!
//! It opens no connection; commands of `Match exec` lines run, as they do for every use of ssh. OpenSSH finds the user's
//! own configuration by the account, not by HOME.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use super::{Configuration, Question};
use crate::exec::output::BoxFuture;

/// Longest that an answer may take: a `Match exec` may run anything.
const LIMIT: Duration = Duration::from_secs(20);
/// Characters of a complaint that are passed on.
const SHOWN: usize = 300;

/// OpenSSH's own program.
#[derive(Debug, Clone)]
pub struct OpenSsh {
    program: PathBuf,
}

impl OpenSsh {
    /// Returns the program at `program`, usually just `ssh`.
    #[must_use]
    pub fn new(program: PathBuf) -> Self {
        Self { program }
    }
}

impl Default for OpenSsh {
    fn default() -> Self {
        Self::new(PathBuf::from("ssh"))
    }
}

impl Configuration for OpenSsh {
    fn ask<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<String, String>> {
        Box::pin(async move {
            let mut command = Command::new(&self.program);
            command.args(["-G", "-T"]).stdin(Stdio::null()).kill_on_drop(true);
            if let Some(config) = &question.config {
                command.arg("-F").arg(config);
            }
            if let Some(user) = &question.user {
                command.arg("-l").arg(user);
            }
            if let Some(port) = question.port {
                command.arg("-p").arg(port.to_string());
            }
            command.arg("--").arg(&question.name);
            let output = match timeout(LIMIT, command.output()).await {
                Ok(Ok(output)) => output,
                Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(format!(
                        "there is no program `{}` to ask: install OpenSSH's client, or write the host as `user@address` \
                         into the environment file",
                        self.program.display()
                    ));
                }
                Ok(Err(error)) => return Err(format!("ssh -G could not be started: {error}")),
                Err(_) => {
                    return Err(format!(
                        "ssh -G did not answer within {} s (a command of a `Match exec` line?)",
                        LIMIT.as_secs()
                    ));
                }
            };
            if output.status.success() {
                return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
            }
            let said = String::from_utf8_lossy(&output.stderr);
            let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            let said: String = lines.join("; ").chars().filter(|c| !c.is_control()).take(SHOWN).collect();
            Err(if said.is_empty() { format!("ssh -G ended with {}", output.status) } else { said })
        })
    }
}
