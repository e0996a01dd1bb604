//! The launcher: the few steps between a new process and the command in it.
//!
//! A hidden sub-command of this program, because the steps belong after the fork and before the command, where Rust offers only `unsafe`.
//! It opens a session of its own (process id = group id = session id, as sshd does), dies with the program, can gain no privileges,
//! carries the mark of this start (see [`super::sweep`]), and then becomes `sh -c COMMAND`. The fence is not made here, see [`super::fence`].

use std::ffi::{OsStr, OsString};
use std::io::IsTerminal as _;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

use rustix::io::Errno;
use rustix::process::{
    Resource, Rlimit, Signal, getppid, set_parent_process_death_signal, setrlimit, setsid,
};
use rustix::thread::set_no_new_privs;

use super::DemoId;

/// The hidden sub-command's name.
pub(super) const ARGUMENT: &str = "__demo-launch";

/// Returns the command that starts `sh -c script` by way of the launcher, without an environment.
pub(super) fn command(exe: &Path, sh: &Path, script: &OsStr) -> Command {
    let mut command = Command::new(exe);
    command.env_clear().arg(ARGUMENT).arg(std::process::id().to_string()).arg(sh).arg(script);
    command
}

/// Becomes the command. Returns only if that failed: 2 when not called by the demo, 126 when the command could not be started.
///
/// `args`: the process id of the program, the shell, the script.
pub(super) fn main(args: &[OsString]) -> ExitCode {
    let id = std::env::var(DemoId::VARIABLE).ok().and_then(|id| DemoId::parse(&id));
    let ([parent, sh, script], Some(id)) = (args, id) else {
        return refuse("it is the demo's launcher; the demo starts it itself");
    };
    if let Err(error) = prepare(parent, &id) {
        return refuse(&error);
    }
    let error = Command::new(sh).arg0("sh").arg("-c").arg(script).exec();
    eprintln!("cannot start {}: {error}", sh.display());
    ExitCode::from(126)
}

fn refuse(why: &str) -> ExitCode {
    eprintln!("{ARGUMENT}: {why}");
    ExitCode::from(2)
}

fn prepare(parent: &OsStr, id: &DemoId) -> Result<(), String> {
    let step = |what: &'static str| move |error: rustix::io::Errno| format!("cannot {what}: {error}");
    setsid().map_err(step("open a session"))?;
    // A command that is given a terminal has it for its own.
    if std::io::stdin().is_terminal() {
        rustix::process::ioctl_tiocsctty(std::io::stdin()).map_err(step("take its terminal"))?;
    }
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(step("tie its life to the demo's"))?;
    // Asked after the line above: a program that died before it leaves the launcher with another parent.
    if getppid().map(|pid| pid.to_string()).as_deref() != parent.to_str() {
        return Err("the demo that started it is gone".to_owned());
    }
    set_no_new_privs(true).map_err(step("give up new privileges"))?;
    let mark = Rlimit { current: Some(id.mark()), maximum: Some(id.mark()) };
    match setrlimit(Resource::Locks, mark) {
        // A lower limit that the user has already stands in the way; then the environment is the only mark.
        Ok(()) | Err(Errno::PERM) => Ok(()),
        Err(error) => Err(step("mark itself")(error)),
    }
}
