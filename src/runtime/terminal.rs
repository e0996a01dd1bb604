//! The terminal: taken and given back, whatever happens in between.

use std::io::{self, IsTerminal, Stdout, Write, stdout};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    EnableMouseCapture,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::Frame;
use ratatui::backend::CrosstermBackend;

use crate::runtime::crash;

static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal while gonogo has it. Dropping it gives it back.
pub struct Terminal {
    /// Never dropped: its own end shows the cursor, complains on standard error when that fails, and panics when nobody
    /// is there to read the complaint, as in a window that was closed. [`give_back`] shows the cursor already.
    inner: ManuallyDrop<ratatui::Terminal<CrosstermBackend<Stdout>>>,
    /// Whether the next frame is drawn whole.
    anew: bool,
}

impl Terminal {
    /// Takes the terminal: raw mode, the other screen, bracketed paste, mouse, and a panic hook that gives all of it
    /// back before the panic's message is printed.
    ///
    /// # Errors
    /// When [`refusal`] names a reason, or it cannot be set up.
    pub fn take() -> io::Result<Self> {
        if let Some(why) = refusal() {
            return Err(io::Error::other(why));
        }
        crash::tell();
        // Made first, so that a failure from here on drops it and gives back what was taken.
        let inner = ratatui::Terminal::new(CrosstermBackend::new(stdout()))?;
        let mut terminal = Self { inner: ManuallyDrop::new(inner), anew: true };
        terminal.again()?;
        Ok(terminal)
    }

    /// Draws one frame.
    ///
    /// # Errors
    /// When the terminal cannot be written, or a panic on any thread has given it back: its message must stay readable,
    /// and nobody knows what else of the program is broken.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        if !TAKEN.load(Ordering::SeqCst) {
            return Err(io::Error::other("a part of gonogo has failed, see above"));
        }
        // A terminal that knows these marks shows the whole frame at once, others ignore them.
        queue!(stdout(), BeginSynchronizedUpdate)?;
        if std::mem::take(&mut self.anew) {
            // The renderer's own `clear` asks where the cursor stands and fails when the terminal does not answer.
            let size = self.inner.size()?;
            self.inner.resize(size.into())?;
        }
        self.inner.draw(view)?;
        execute!(stdout(), EndSynchronizedUpdate)
    }

    /// Returns columns and rows.
    ///
    /// # Errors
    /// When the terminal does not say.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        self.inner.size().map(|s| (s.width, s.height))
    }

    /// Makes the next frame draw everything anew. Needed whenever the window may not show what was drawn last: a window
    /// that was made small and large again has the same size and has lost its text.
    pub const fn clear(&mut self) {
        self.anew = true;
    }

    /// Gives the terminal back, stops the process until it is continued, and takes the terminal again.
    ///
    /// # Errors
    /// When the terminal cannot be set up again.
    pub fn suspend(&mut self) -> io::Result<()> {
        give_back();
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TSTP)?;
        self.again()
    }

    /// Takes the terminal once more and draws everything anew at the next frame: whoever had it meanwhile may have
    /// changed its modes.
    ///
    /// # Errors
    /// When the terminal cannot be set up again.
    pub fn again(&mut self) -> io::Result<()> {
        // Off and on: the library believes that it is raw since it made it so.
        disable_raw_mode()?;
        self.clear();
        enter()
    }

    /// Puts `text` on the clipboard by OSC 52 and rings no bell. Terminals that do not know it do nothing.
    ///
    /// # Errors
    /// When the terminal cannot be written.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        use base64::Engine as _;
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        let mut out = stdout();
        write!(out, "\x1b]52;c;{encoded}\x07")?;
        out.flush()
    }

    /// Rings the bell.
    ///
    /// # Errors
    /// When the terminal cannot be written.
    pub fn bell(&mut self) -> io::Result<()> {
        let mut out = stdout();
        out.write_all(b"\x07")?;
        out.flush()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

/// Returns why there can be no screen here, if that is so: standard input and output and `TERM` are looked at.
#[must_use]
pub fn refusal() -> Option<&'static str> {
    if !io::stdin().is_terminal() || !stdout().is_terminal() {
        return Some("this needs a terminal");
    }
    // The name by which the shells inside editors say that they can do nothing but lines (terminfo(5)).
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    dumb.then_some("this needs a terminal with a cursor, and TERM=dumb has none")
}

/// Returns whether the terminal has gone away: a hung-up one has no modes (tty_ioctl(4), EIO).
#[must_use]
pub fn gone() -> bool {
    rustix::termios::tcgetattr(io::stdin()).is_err()
}

fn enter() -> io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange, EnableMouseCapture)
}

/// Gives the terminal back; harmless when it is not taken. Errors cannot be shown to anybody here.
pub fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    execute!(
        stdout(),
        EndSynchronizedUpdate,
        DisableMouseCapture,
        DisableFocusChange,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    )
    .unwrap_or_default();
    disable_raw_mode().unwrap_or_default();
}
