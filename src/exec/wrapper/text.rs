//! The shell texts, without their comments. They are constants: everything that varies is assigned in front of them.

/// Runs a step; needs `__g_rt`, one of [`BASH`] and [`PLAIN`], as an assignment.
pub(super) const STEP: &str = include_str!("step.sh");
/// What runs inside bash 4.2 or newer.
pub(super) const BASH: &str = include_str!("bash.sh");
/// How it saves its state, in front of [`BASH`]; not sent with a step that carries nothing on.
pub(super) const SAVE: &str = include_str!("save.sh");
/// What runs inside a plain sh.
pub(super) const PLAIN: &str = include_str!("plain.sh");
/// Prints a line; in front of all others.
pub(super) const PUT: &str = include_str!("put.sh");
/// Makes or finds the directory of a run.
pub(super) const OPEN: &str = include_str!("open.sh");
/// Functions shared by the four below.
pub(super) const PROBE: &str = include_str!("probe.sh");
/// Asks for a step's state.
pub(super) const ASK: &str = include_str!("ask.sh");
/// Asks, and sends kept output.
pub(super) const FETCH: &str = include_str!("fetch.sh");
/// Ends a step.
pub(super) const CANCEL: &str = include_str!("cancel.sh");
/// Asks what `sudo` wants.
pub(super) const SUDO: &str = include_str!("sudo.sh");
/// Leaves a line in the system log.
pub(super) const WITNESS: &str = include_str!("witness.sh");
/// Removes the directory of a run.
pub(super) const CLOSE: &str = include_str!("close.sh");

/// Returns `text` without the lines that are only a comment. Comments behind code are not looked for: telling `#` in
/// an expansion from a comment would need a shell parser, so the texts have none.
pub(super) fn stripped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        out.push_str(line);
        out.push('\n');
    }
    out
}
