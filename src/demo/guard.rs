//! The guard: a process of its own that ends the demo's commands when the program ends, in whatever way.
//!
//! Its standard input is a pipe whose other end only the program holds; the kernel closes it with the program's last breath, and the
//! guard then sweeps (see [`super::sweep`]). A normal end takes the same path: close the pipe, wait for the guard.
//! It stands in a process group of its own, so keys and job control of the terminal do not reach it, and outside the fence.

use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};

use rustix::fs::{FileType, fstat};

use super::{DemoError, DemoId, sweep};

/// The hidden sub-command's name.
pub(super) const ARGUMENT: &str = "__demo-guard";
/// What the guard says once it watches.
const READY: &[u8] = b"ready\n";

/// A running guard, held by the program that it watches.
///
/// Dropping it ends the demo's commands, too; [`Guard::finish`] also says whether that worked.
#[derive(Debug)]
pub struct Guard {
    id: DemoId,
    child: Child,
    pipe: Option<ChildStdin>,
}

impl Guard {
    /// Starts a guard for the commands of `id` and returns when it watches; `exe` is this program's file.
    pub fn start(exe: &Path, id: &DemoId) -> Result<Self, DemoError> {
        let mut child = Command::new(exe)
            .args([ARGUMENT, id.as_str()])
            .env_clear()
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(DemoError::Guard)?;
        let pipe = child.stdin.take();
        let mut said = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            stdout.take(64).read_to_end(&mut said).map_err(DemoError::Guard)?;
        }
        let guard = Self { id: id.clone(), child, pipe };
        if said == READY {
            Ok(guard)
        } else {
            Err(DemoError::Guard(io::Error::other("it did not say that it watches")))
        }
    }

    /// Ends the demo's commands and returns when none is left (some milliseconds).
    ///
    /// If somebody ended the guard, its work is done here. An error says that commands are left, in a state where no signal reaches them.
    pub fn finish(mut self) -> Result<(), DemoError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), DemoError> {
        if self.pipe.take().is_none() {
            return Ok(());
        }
        let status = self.child.wait().map_err(DemoError::Guard)?;
        if status.success() || sweep::sweep(&self.id) {
            Ok(())
        } else {
            Err(DemoError::Guard(io::Error::other("some commands of the demo could not be ended")))
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // A drop has nobody to tell; who wants to know calls `finish`.
        drop(self.end());
    }
}

/// Runs the guard: says `ready`, waits for the end of standard input, ends the commands of the identity in `args`.
///
/// Refuses with code 2 unless called as [`Guard::start`] does: one identity, standard input a pipe.
pub(super) fn main(args: &[String]) -> ExitCode {
    let id = match args {
        [id] => DemoId::parse(id),
        _ => None,
    };
    let piped = fstat(io::stdin()).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Fifo);
    let (Some(id), true) = (id, piped) else {
        eprintln!("{ARGUMENT} is the demo's guard; the demo starts it itself");
        return ExitCode::from(2);
    };
    if say_ready().is_err() {
        return ExitCode::FAILURE;
    }
    wait_for_end();
    if sweep::sweep(&id) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Says that the guard watches, and leaves standard output as nothing: the one who reads it waits for its end.
fn say_ready() -> io::Result<()> {
    let mut stdout = io::stdout();
    stdout.write_all(READY)?;
    stdout.flush()?;
    let nothing = std::fs::OpenOptions::new().write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdout(&nothing)?;
    Ok(())
}

/// Returns at the end of standard input, or when it can no longer be read: then the program may be gone, too.
fn wait_for_end() {
    let mut sink = [0u8; 64];
    let mut stdin = io::stdin();
    loop {
        match stdin.read(&mut sink) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}
