//! What a script does that a person must know before it runs: the one judgement that lint and run share; pure.

use super::calls::{Call, calls};
use super::scan::{Scan, Span, scan, small};
use super::{danger, endless, terminal};

/// What was found in commands; the first of each kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// Why they are dangerous.
    pub danger: Option<String>,
    /// Why they need a terminal, or a person who answers.
    pub terminal: Option<String>,
    /// Why they do not end by themselves.
    pub endless: Option<String>,
    /// Whether one of them is started by `sudo`, which may ask for a password.
    pub root: bool,
}

impl Verdict {
    /// Returns why they get a terminal without being told: a person has to answer them, or to end them.
    #[must_use]
    pub fn wants_terminal(&self) -> Option<&String> {
        self.terminal.as_ref().or(self.endless.as_ref())
    }
}

/// Judges the simple commands at `simples` of `scan`.
#[must_use]
pub fn judge(scan: &Scan, simples: Span) -> Verdict {
    let mut verdict = Verdict::default();
    calls(scan, simples, &mut |call| {
        verdict.root |= call.root;
        if verdict.danger.is_none() {
            verdict.danger = danger::danger(call).map(|m| m.sentence());
        }
        if verdict.terminal.is_none() {
            verdict.terminal = terminal::terminal(call).map(|m| m.sentence());
        }
        if verdict.endless.is_none() {
            verdict.endless = endless::endless(call).map(|m| m.sentence());
        }
    });
    verdict
}

/// Returns the command at `simples` of `scan` that starts a shell or client which reads commands until it is left.
#[must_use]
pub fn enters(scan: &Scan, simples: Span) -> Option<String> {
    let mut found = None;
    calls(scan, simples, &mut |call| {
        if found.is_none() && !call.inside && terminal::enters(call) {
            found = Some(terminal::what(call));
        }
    });
    found
}

/// Judges a whole script.
#[must_use]
pub fn judge_script(script: &str) -> Verdict {
    let found = scan(script);
    judge(&found, Span { start: 0, end: small(found.simples.len()) })
}

/// Returns what `judge` says of the first call in `script` of which it says anything.
#[must_use]
pub fn first_call<T>(script: &str, judge: impl Fn(&Call<'_>) -> Option<T>) -> Option<T> {
    let found = scan(script);
    let mut said = None;
    calls(&found, Span { start: 0, end: small(found.simples.len()) }, &mut |call| {
        if said.is_none() {
            said = judge(call);
        }
    });
    said
}

/// Judges a script that `interpreter` reads: shells and database clients are known, of others nothing is said.
#[must_use]
pub fn interpreted(interpreter: &str, script: &str) -> Verdict {
    let mut programs = interpreter.split_whitespace().map(|w| w.rsplit('/').next().unwrap_or(w));
    if programs.clone().any(|p| matches!(p, "bash" | "sh" | "zsh" | "dash" | "ksh" | "ash")) {
        return judge_script(script);
    }
    let statements = programs.any(danger::is_client).then(|| danger::statements(script)).flatten();
    Verdict { danger: statements.map(|found| found.sentence()), ..Verdict::default() }
}
