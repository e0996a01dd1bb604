//! What is told when gonogo itself fails: where, and what its own text says of it; nothing that it held in its hands.
//!
//! There is no report file: a panic on any thread gives the terminal back and is told once on standard error, and in the
//! debug log if there is one. Its message is shown only where it is a part of the program's text. Any other may hold what
//! a host printed, what somebody typed or a piece of a secret, and no redactor finds a piece: that one is withheld.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{Write as _, stderr};
use std::panic::PanicHookInfo;
use std::sync::{Once, OnceLock};

use crate::runtime::debug::Debug;
use crate::runtime::terminal;

static HOOK: Once = Once::new();
static DEBUG: OnceLock<Debug> = OnceLock::new();

/// Tells every panic from now on as the module says.
pub fn tell() {
    HOOK.call_once(|| std::panic::set_hook(Box::new(hook)));
}

/// Tells them in the debug log, too. Only the first one counts: a process has one.
pub fn note_in(debug: &Debug) {
    DEBUG.set(debug.clone()).unwrap_or_default();
}

fn hook(info: &PanicHookInfo<'_>) {
    // What was on the screen is gone with it, and what is told stays to be read.
    terminal::give_back();
    let place = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let fault = format!("a fault of its own at {place}: {}", said(info.payload()));
    let version = env!("CARGO_PKG_VERSION");
    let mut text = format!(
        "gonogo: {fault}\ngonogo: this is version {version}; what is on the record stands, and `gonogo resume` goes on with an open run\n"
    );
    // Names of functions alone, and only where they are asked for (RUST_BACKTRACE).
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        text += &format!("{trace}\n");
    }
    // Nobody may be there to read it.
    stderr().lock().write_all(text.as_bytes()).unwrap_or_default();
    if let Some(debug) = DEBUG.get() {
        debug.crashed(&fault);
    }
}

/// Returns the message of a panic, if it is nothing but the program's own text.
fn said(payload: &(dyn Any + Send)) -> &'static str {
    // A message with anything put into it is a `String` (std::panic!).
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .unwrap_or("what it says is withheld, for it may hold a secret")
}
