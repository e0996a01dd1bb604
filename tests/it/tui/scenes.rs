//! Ways to the states that tests look at, by keys alone.

use gonogo::run::fact::{Outcome, Stream};

use crate::support::runs::who;
use crate::support::screen::{Screen, settings};
use crate::support::screen_runs::{production, release};

/// A release on production, just opened.
pub fn start() -> Screen {
    let book = release();
    Screen::with(settings((80, 24)), &book, production(&book))
}

/// Six of seven boxes of the first phase are settled by different people.
pub fn pre() -> Screen {
    let mut s = start();
    for name in ["omar", "نورة الشهري", "王伟", "layla"] {
        s.app.session.who = who(name);
        s.keys("<enter><enter>");
        s.pass(60);
    }
    s.keys("<enter>do-snap-8841207<enter>");
    s.pass(30);
    s.keys("wno flags in v1.0.7<tab>layla<enter>");
    s.pass(60);
    s
}

/// The gate before the second phase is next.
pub fn gate() -> Screen {
    let mut s = pre();
    s.keys("<enter>yusuf<tab>يوسف<enter>");
    s
}

/// The box with steps is next.
pub fn deploy() -> Screen {
    let mut s = gate();
    s.keys("g<enter><enter>");
    s.pass(3);
    s.keys("<enter><enter>");
    s
}

/// The first step runs on the first host.
pub fn running() -> Screen {
    let mut s = deploy();
    s.keys("<enter>");
    s.started();
    s.prints(Stream::Stdout, "Environment ......................................\n");
    s.prints(Stream::Stderr, "PHP Deprecated: nullable parameter in Wallet.php:88\n");
    s.pass(12);
    s
}

/// The second step failed on the first host.
pub fn failed() -> Screen {
    let mut s = running();
    s.ends(Outcome::Exited(0), "");
    s.passes("");
    s.pass(2);
    s.keys("<enter>");
    s.started();
    let said =
        "Your lock file does not contain ext-intl 8.3\nProblem 1: \u{1b}[1mext-intl\u{1b}[0m is missing\n";
    s.prints(Stream::Stderr, said);
    s.pass(16);
    s.ends(Outcome::Exited(2), "");
    s.pass(31);
    s
}

/// The dangerous step asks for the name of the environment.
pub fn danger() -> Screen {
    let mut s = failed();
    s.keys("<enter>r<enter>");
    s.passes("HEAD is now at 4e1c9a2\n");
    s.passes("HEAD is now at 4e1c9a2\n");
    s.pass(3);
    s.keys("<enter>");
    s
}

/// The dangerous step runs and has said nothing for long.
pub fn quiet() -> Screen {
    let mut s = danger();
    s.keys("production<enter>");
    s.started();
    let said =
        "\u{1b}[32m  INFO \u{1b}[0m Running migrations.\n  2026_11_17_093000_add_locale ... 412ms DONE\n";
    s.prints(Stream::Stdout, said);
    s.pass(75);
    s
}

/// The process was killed while the dangerous step ran, and the run was taken up again.
pub fn unknown() -> Screen {
    let mut s = quiet();
    s.resume(settings((80, 24)));
    s.pass(843);
    s
}

/// All boxes of the run but those with a due are settled.
pub fn done() -> Screen {
    let mut s = unknown();
    s.keys("<enter>p<enter>the migrations table says 121<enter>");
    s.keys("<enter>");
    s.passes("");
    s.passes("");
    s.keys("<enter><enter>");
    s.passes("");
    s.passes("");
    s.keys("<enter><enter>");
    s.keys("<enter>");
    s.passes("");
    s.keys("<enter><enter><enter><enter><enter><enter>");
    s.keys("g<enter><enter>");
    s.keys("<enter><enter><enter><enter><enter><enter>");
    s.keys("<enter>");
    s.pass(600);
    s.keys("xerror rate flat<enter>");
    s.keys("<enter><enter><enter><enter><enter><enter><enter><enter>");
    s
}

/// The run is closed as completed.
pub fn closed() -> Screen {
    let mut s = done();
    s.keys("<enter>");
    s
}

/// The log stopped while a step runs.
pub fn stopped() -> Screen {
    let mut s = running();
    s.answers = false;
    s.keys("nwe wait<enter>");
    s.fail_log("no space left on device");
    s.pass(2);
    s
}
