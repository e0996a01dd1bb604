//! The terminals of steps and shells: their size, and what is typed on them on its way to the host.
//!
//! Invariant: what is typed goes to the line and nowhere else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::ExposeSecret as _;
use secrecy::zeroize::Zeroizing;
use tokio::sync::{mpsc, oneshot};

use crate::exec;
use crate::exec::terminal::Size;
use crate::run::conclude::Report;
use crate::run::driver::Order;
use crate::run::fact::HostPin;
use crate::runtime::clock;
use crate::runtime::reach::reach;
use crate::runtime::worker::Worker;
use crate::runtime::worker::words::stream_of;
use crate::tui::effect::Secret;
use crate::tui::update::terminal::shell_number;

/// Presses that may wait for a slow line; past that keys are lost, and that is said.
const WAITING: usize = 1024;

/// See the module. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Terminals(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    size: Size,
    open: HashMap<(String, u32), mpsc::Sender<exec::Press>>,
}

impl Default for Terminals {
    fn default() -> Self {
        let size = Size { columns: 80, rows: 24 };
        Self(Arc::new(Mutex::new(Inner { size, open: HashMap::new() })))
    }
}

impl Terminals {
    /// Opens a terminal for the attempt or shell `number` of `run`.
    fn open(&self, run: &str, number: u32) -> exec::Terminal {
        let (sender, presses) = mpsc::channel(WAITING);
        let mut inner = self.lock();
        inner.open.insert((run.to_owned(), number), sender);
        exec::Terminal { size: inner.size, presses }
    }

    /// Forgets a terminal.
    pub(super) fn close(&self, run: &str, number: u32) {
        self.lock().open.remove(&(run.to_owned(), number));
    }

    /// Returns whether the attempt or shell has a terminal.
    pub(super) fn knows(&self, run: &str, number: u32) -> bool {
        self.lock().open.contains_key(&(run.to_owned(), number))
    }

    /// Takes the size of all terminals from now on.
    pub fn resize(&self, (columns, rows): (u16, u16)) {
        let size = Size { columns, rows };
        let mut inner = self.lock();
        if inner.size == size {
            return;
        }
        inner.size = size;
        for terminal in inner.open.values() {
            // One that takes nothing any more has no use for its size.
            drop(terminal.try_send(exec::Press::Resize(size)));
        }
    }

    /// Passes keys on; `false` if the terminal takes none.
    #[must_use]
    pub fn type_on(&self, run: &str, number: u32, keys: &Secret) -> bool {
        let bytes = Zeroizing::new(keys.0.expose_secret().as_bytes().to_vec());
        self.press(run, number, exec::Press::Bytes(bytes))
    }

    /// Hangs a shell up; `false` if it is not open.
    #[must_use]
    pub fn hang_up(&self, run: &str, number: u32) -> bool {
        self.press(run, number, exec::Press::HangUp)
    }

    fn press(&self, run: &str, number: u32, press: exec::Press) -> bool {
        let inner = self.lock();
        inner.open.get(&(run.to_owned(), number)).is_some_and(|terminal| terminal.try_send(press).is_ok())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Worker {
    /// Returns the terminals of steps and shells.
    #[must_use]
    pub const fn terminals(&self) -> &Terminals {
        &self.terminals
    }

    /// Opens a terminal for an attempt, before it is sent.
    pub(super) fn terminal(&self, run: &str, number: u32) -> exec::Terminal {
        self.terminals.open(run, number)
    }

    /// Returns whether `sudo` wants a password of the account, and somebody sits here who could type it. Whatever cannot
    /// be known is no: then `sudo` itself says what it wants.
    pub(super) async fn asks_password(&self, run: &str, order: &Order) -> bool {
        if !self.asking.sits() {
            return false;
        }
        let (progress, passed_on) = self.listen(run, &order.intent, &order.host);
        let asked = self.engine.sudo(&reach(&order.host), &order.intent.dir, &progress).await;
        drop(progress);
        passed_on.await.unwrap_or_default();
        matches!(asked, Ok(exec::Sudo::Password))
    }

    /// Opens a shell, and reports when it has ended.
    pub(super) async fn shell(&self, run: String, shell: u32, pin: HostPin) {
        let number = shell_number(shell);
        let terminal = self.terminal(&run, number);
        let (progress, mut events) = mpsc::channel(256);
        let (worker, of) = (self.clone(), run.clone());
        let passed_on = tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                match event {
                    exec::Event::KeyAccepted(key) => worker.key_accepted(&of, key).await,
                    exec::Event::Output { stream, offset, tail, .. } => {
                        worker.printed(&of, number, stream_of(stream), offset, tail);
                    }
                    _ => {}
                }
            }
        });
        let (opened, is_open) = oneshot::channel();
        let filter = Some(self.log.vault().filter());
        let begun = tokio::spawn(async move { is_open.await.is_ok().then(clock::now) });
        let end = self.engine.shell(&reach(&pin), filter, &progress, terminal, opened).await;
        drop(progress);
        passed_on.await.unwrap_or_default();
        self.terminals.close(&run, number);
        let how = match end {
            exec::ShellEnd::NotOpened(why) => format!("not opened: {why}"),
            exec::ShellEnd::Exited(code) => format!("exit {code}"),
            exec::ShellEnd::Signalled(name) => format!("ended by signal {name}"),
            exec::ShellEnd::Lost(why) => why,
        };
        let begun = begun.await.ok().flatten();
        let took_ns = begun.map(|at| clock::now().since_ns(&at));
        self.report(&run, Report::ShellEnded { shell, how, took_ns }).await;
    }
}
