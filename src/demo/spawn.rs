//! The one thread that starts commands, and behind the fence.
//!
//! One thread for two reasons. Landlock fences a thread and what it starts: the program itself stays free. And the parent-death signal
//! follows the *thread* that forked: a command started from a pool thread would be killed when that thread has idled for some seconds.
//! The thread lives until the last [`Spawner`] is dropped; then the kernel kills the commands that are left.
//! After [`Spawner::stop`] nothing is started any more, so that a sweep that follows finds all there will ever be.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::{Fence, fence};

/// Commands that may wait to be started before asking for one more has to wait, too.
const QUEUE: usize = 64;

struct Job {
    command: Command,
    reply: oneshot::Sender<io::Result<Child>>,
}

/// The way to the thread that starts commands.
#[derive(Debug)]
pub(super) struct Spawner {
    jobs: mpsc::Sender<Job>,
    fence: Fence,
    /// Whether commands may start. Held while one does.
    gate: Arc<Mutex<bool>>,
}

impl Spawner {
    /// Starts the thread and fences it in below `root`. The commands' pipes are served by `runtime`.
    pub(super) fn start(root: PathBuf, runtime: Handle) -> io::Result<Self> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let (verdict, fence) = std::sync::mpsc::sync_channel(1);
        let gate = Arc::new(Mutex::new(true));
        let open = Arc::clone(&gate);
        std::thread::Builder::new().name("demo-spawner".to_owned()).spawn(move || {
            if verdict.send(fence::restrict_this_thread(&root)).is_ok() {
                serve(queue, &open, &runtime);
            }
        })?;
        let fence = fence.recv().map_err(io::Error::other)?;
        Ok(Self { jobs, fence, gate })
    }

    /// Returns how far the commands are fenced in.
    pub(super) fn fence(&self) -> &Fence {
        &self.fence
    }

    /// Lets no command start from now on; returns when the one that is just starting has.
    pub(super) fn stop(&self) {
        *self.gate.lock().unwrap_or_else(PoisonError::into_inner) = false;
    }

    /// Starts `command` on the fenced thread.
    pub(super) async fn spawn(&self, command: Command) -> io::Result<Child> {
        let gone = || io::Error::other("the thread that starts commands has ended");
        let (reply, started) = oneshot::channel();
        self.jobs.send(Job { command, reply }).await.map_err(|_| gone())?;
        started.await.map_err(|_| gone())?
    }
}

fn serve(mut queue: mpsc::Receiver<Job>, gate: &Mutex<bool>, runtime: &Handle) {
    let _inside = runtime.enter();
    while let Some(Job { mut command, reply }) = queue.blocking_recv() {
        let open = gate.lock().unwrap_or_else(PoisonError::into_inner);
        let started = if *open { command.spawn() } else { Err(io::Error::other("the demo is ending")) };
        drop(open);
        // Nobody waits for it any more: the connection ended meanwhile. The command must not outlive the one who could name it.
        if let Err(Ok(mut child)) = reply.send(started)
            && child.start_kill().is_err()
        {
            // It ended by itself.
        }
    }
}
