//! What this room sends to a host beside the scripts of steps, for people who want to know before they let it.

use super::program::{EXEC, TERMINAL};
use super::sudo::sudo;
use super::text::{
    ASK, BASH, CANCEL, CLOSE, FETCH, OPEN, PLAIN, PROBE, PUT, SAVE, STEP, SUDO, WITNESS, stripped,
};

/// One of the programs that are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wire {
    /// Its name.
    pub name: &'static str,
    /// When it is sent.
    pub when: &'static str,
    /// The command of the request. What follows goes over its standard input.
    pub command: &'static str,
    /// What is assigned in front of the text, in words.
    pub given: &'static str,
    /// The text, to the last byte; it is the same for every host and run.
    pub text: String,
}

/// Returns everything that is sent, in the order of a run. A test holds it against what a host receives.
#[must_use]
pub fn wire() -> Vec<Wire> {
    let one = |name, when, given, texts: &[&str]| Wire {
        name,
        when,
        command: EXEC,
        given,
        text: texts.iter().map(|text| stripped(text)).collect(),
    };
    let naming = "a nonce; the run's directory and its token; the step's number and marker";
    let mut all = vec![
        one(
            "open",
            "once for each host of a run",
            "a nonce; the run's seed; where a directory may be made",
            &[PUT, OPEN],
        ),
        one(
            "step",
            "for each step",
            "a nonce; the run's directory; the step's number and marker; the shell; the values; the script; one of the texts below, which runs it",
            &[PUT, STEP],
        ),
        one(
            "sudo",
            "before a step that calls sudo, to know whether it needs a terminal for the password",
            "a nonce",
            &[PUT, SUDO],
        ),
        Wire {
            command: TERMINAL,
            text: String::new(),
            ..one(
                "terminal",
                "for each step that gets a terminal",
                "a nonce for NONCE; when the terminal echoes nothing, the program `step` as one line; then what is typed",
                &[],
            )
        },
        one("probe", "to ask what became of a step", naming, &[PUT, PROBE, ASK]),
        one(
            "fetch",
            "after a cut line, to read how a step ended and what it wrote",
            naming,
            &[PUT, PROBE, FETCH],
        ),
        one("cancel", "when somebody cancels a step", naming, &[PUT, PROBE, CANCEL]),
        one(
            "witness",
            "with `witness: syslog` in the environment: when a host was first reached, and when the run is left or has ended",
            "a nonce; the line, `gonogo-head v1` with the log's id, size and last hash, the time and the run; where a system log listens",
            &[PUT, WITNESS],
        ),
        one(
            "close",
            "when a run has ended, to remove its directory",
            "a nonce; the run's directory",
            &[PUT, PROBE, CLOSE],
        ),
    ];
    for program in all.iter_mut().filter(|program| !program.text.is_empty()) {
        program.text.push_str("{ __g_main; }");
    }
    let within = |name, when, texts: &[&str]| Wire { command: "", ..one(name, when, "", texts) };
    all.push(within("in bash", "inside each step, where the host has bash 4.2 or newer", &[BASH]));
    all.push(within("saving", "in front of it, unless the step carries nothing on", &[SAVE]));
    all.push(within("in sh", "inside each step, where it has not", &[PUT, PLAIN]));
    all
}

/// Returns the command that leads to root, for steps with `sudo`, and what goes over its standard input, in words.
#[must_use]
pub fn as_root() -> (String, &'static str) {
    (
        sudo("NONCE"),
        "the password, as one line, each time that sudo asks for it with this prompt; the program only after the line \
         that ends in ready",
    )
}

/// Returns what SSH itself does on the line, in sentences.
#[must_use]
pub const fn ssh() -> [&'static str; 5] {
    [
        "one connection for each account on a host; its key is compared with known_hosts before anything is sent",
        "a login as the user of the host by what SSH offers: keys, a password, answers; no agent or port forwarding, no environment",
        "a terminal, and for it LANG=C.UTF-8, only for a step that needs one and for a shell that somebody opens",
        "after each step (while it runs, if it is a check) and while the run's directory is opened, the command of the next program, with nothing on its input: the shell ends after a second unless a program comes",
        "keepalive requests while the line is idle",
    ]
}
