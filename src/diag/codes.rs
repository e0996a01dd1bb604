//! Every code that a finding can have, for the manual; pure. A test holds the sources against this table.

/// The file that a code is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// A runbook, and what stands beside it.
    Runbook,
    /// An environment, answers or settings file.
    Other,
}

/// How bad what a code names is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// The file cannot be used.
    Error,
    /// Somebody should look.
    Warning,
    /// An error in a block or value that runs, a warning elsewhere.
    Either,
}

/// A code and what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The stable name.
    pub code: &'static str,
    /// The file it is about.
    pub about: About,
    /// How bad it is.
    pub weight: Weight,
    /// What it says, in one line.
    pub meaning: &'static str,
}

const fn row(code: &'static str, about: About, weight: Weight, meaning: &'static str) -> Code {
    Code { code, about, weight, meaning }
}

use About::{Other, Runbook};
use Weight::{Either, Error, Warning};

/// All codes, by the alphabet.
pub const CODES: &[Code] = &[
    row("ambiguous-gate", Other, Error, "an answer names a gate, and several phases have that name"),
    row("ambiguous-host", Other, Error, "one name stands for two different hosts of an environment"),
    row(
        "asked-too-early",
        Runbook,
        Warning,
        "a condition asks for a variable that only a later box or step sets",
    ),
    row("bad-answer", Other, Error, "an answer is none of sign, waive and stop, or does not fit its box"),
    row("bad-cadence", Runbook, Error, "`cadence` does not say how often"),
    row(
        "bad-choice",
        Runbook,
        Error,
        "`choose` of a variable is empty, repeats a value, or holds one that `match` forbids",
    ),
    row("bad-colour", Other, Error, "a colour that the screen does not have"),
    row("bad-condition", Runbook, Error, "`if` is not `NAME` or `NAME=value`"),
    row("bad-confirm", Runbook, Error, "a kind of confirmation that there is not"),
    row("bad-default", Runbook, Error, "the default of a variable is not one of its own values"),
    row("bad-duration", Runbook, Error, "a time that is not written like `30m`, `48h` or `1h30m`"),
    row("bad-hash", Other, Error, "an answers file names its runbook by something that is no hash"),
    row(
        "bad-host",
        Runbook,
        Error,
        "a host that is not written as `user@host[:port]` or as a name of the SSH configuration",
    ),
    row("bad-jump", Other, Error, "a host is reached through itself, or through a role of several hosts"),
    row("bad-keepalive", Other, Error, "a keepalive that is not written like `10s` or `1m`"),
    row("bad-name", Runbook, Error, "a name with other characters than letters, digits, `.`, `_`, `-`"),
    row("bad-number", Runbook, Error, "a number that is none, or too large"),
    row("bad-path", Runbook, Error, "a path that is not relative to the runbook"),
    row("bad-pattern", Runbook, Error, "`match`, `expect` or `metric` is not a regular expression"),
    row("bad-port", Other, Error, "a port that is not a number from 1 to 65535"),
    row("bad-principal", Runbook, Error, "a person's principal that is not one word, or stands twice"),
    row("bad-repeat", Runbook, Error, "`for` is shorter than `every`"),
    row(
        "bad-runbook-link",
        Runbook,
        Error,
        "a box with `runbook` does not link to exactly one relative `.md` file",
    ),
    row(
        "bad-secret",
        Runbook,
        Error,
        "a secret with a default, with choices, from nowhere, or compared with a value",
    ),
    row("bad-threshold", Runbook, Error, "`threshold` is not a comparison with a number"),
    row("bad-timezone", Other, Error, "a time zone that there is not"),
    row("bad-value", Runbook, Error, "a value that its key does not take"),
    row("bad-variable", Runbook, Error, "a name that no shell variable can have, or that gonogo sets itself"),
    row("bad-window", Other, Error, "the end of a window that is no time of day"),
    row("bad-witness", Other, Error, "a witness that there is not"),
    row("binary", Runbook, Error, "the file holds a NUL byte"),
    row("broken-link", Runbook, Warning, "a link whose file or heading is not there"),
    row(
        "bullets-as-boxes",
        Runbook,
        Warning,
        "a file without boxes, numbers and steps, whose bullets are the boxes",
    ),
    row("circular-needs", Runbook, Error, "boxes and steps wait for each other"),
    row(
        "circular-runbooks",
        Other,
        Error,
        "runbooks that link each other in a circle, or more than 64 of them",
    ),
    row("circular-undo", Runbook, Error, "a step names itself as what takes it back"),
    row("contradiction", Runbook, Error, "two keys that exclude each other"),
    row("dangerous-command", Runbook, Warning, "a command that destroys, on a step without `confirm`"),
    row("duplicate-host", Runbook, Error, "a host that stands in a role twice"),
    row("duplicate-key", Runbook, Error, "a key that stands in one annotation twice"),
    row("duplicate-name", Runbook, Error, "two boxes, steps or headings with one name"),
    row("empty-step", Runbook, Error, "an annotated block without a command"),
    row(
        "enters-shell",
        Runbook,
        Warning,
        "a block that enters another shell or program before its last line",
    ),
    row(
        "environment-file",
        Runbook,
        Error,
        "the environment file that a runbook names is wrong or cannot be read",
    ),
    row(
        "foreign-words",
        Runbook,
        Warning,
        "words of another tool behind the language of a block; they are left alone",
    ),
    row("front-matter", Runbook, Either, "front matter that is not YAML; an error if `gonogo:` stands in it"),
    row("hidden-character", Runbook, Either, "a control, bidirectional or invisible character"),
    row("ignored-annotation", Runbook, Error, "annotations on a block that does not run"),
    row("incomplete", Runbook, Error, "a key that means something only together with another"),
    row(
        "invisible-character",
        Runbook,
        Either,
        "a block that holds a character nobody sees, and is not run for it",
    ),
    row(
        "looks-like-annotation",
        Runbook,
        Warning,
        "a comment like `<!-- id=x -->`, which lacks its `gonogo:`",
    ),
    row(
        "malformed-annotation",
        Runbook,
        Error,
        "an annotation that cannot be read: an open quote, braces, a missing colon",
    ),
    row("misplaced-annotation", Runbook, Error, "an annotation that is attached to nothing"),
    row("missing-file", Runbook, Error, "the rollback, the environment file or a child runbook is not there"),
    row("missing-value", Runbook, Error, "a key without the value it needs"),
    row("misspelt-language", Runbook, Warning, "a block in a language that is nearly the name of a shell"),
    row("more", Runbook, Warning, "there are more findings than are shown"),
    row(
        "nearly-a-box",
        Runbook,
        Warning,
        "a line like `- []` or `-[ ]`, which no Markdown shows as a check box",
    ),
    row(
        "needs-terminal",
        Runbook,
        Warning,
        "a step whose command wants a terminal: it gets one, or is left to be run by hand",
    ),
    row("nested-fence", Runbook, Warning, "a shell block that holds a fence, and so more than a script"),
    row("never-holds", Runbook, Warning, "a box, step, section or phase whose condition can never hold"),
    row("never-met", Runbook, Warning, "a step that needs a box nobody can sign when its turn comes"),
    row(
        "no-box-in-phase",
        Runbook,
        Warning,
        "a phase that lists work beside check boxes elsewhere, and has none",
    ),
    row("no-boxes", Runbook, Error, "a file without any box or step"),
    row(
        "no-choice",
        Runbook,
        Error,
        "`choose` on a heading with fewer than two headings with boxes below it",
    ),
    row("no-environments", Other, Error, "an environment file without environments"),
    row("no-hosts", Runbook, Error, "a role or an environment without hosts"),
    row(
        "no-rollback",
        Runbook,
        Warning,
        "a runbook that deploys, destroys or cannot be taken back, without a rollback",
    ),
    row("no-runbook", Other, Error, "an answers file that does not say for which text it is"),
    row("nobody", Runbook, Error, "a role of people that the front matter gives to nobody"),
    row("not-once", Runbook, Warning, "a migration or a dump that runs on every host of a role"),
    row("not-utf8", Runbook, Error, "the file is not UTF-8"),
    row("not-yaml", Other, Error, "a file that is not YAML"),
    row("not-yet", Other, Error, "a key that the format has and this version does not support"),
    row("other-text", Other, Warning, "an answers file for another text of the runbook"),
    row("prose-in-code", Runbook, Warning, "a shell block with a line that reads like a sentence"),
    row("reserved-host", Runbook, Warning, "hosts with names or addresses for samples, which a run refuses"),
    row("reserved-role", Runbook, Error, "a role called `local`"),
    row("rollback-is-walked", Runbook, Warning, "a phase called a rollback that is walked like any other"),
    row("root-prompt", Runbook, Warning, "a block that shows the prompt of a root shell"),
    row(
        "same-host",
        Runbook,
        Warning,
        "a role with one place under two names, where its steps would run twice",
    ),
    row(
        "secret-in-script",
        Runbook,
        Error,
        "a placeholder that would put a secret into a script, which is recorded",
    ),
    row("too-deep", Runbook, Error, "lists and quotes nested too deep"),
    row(
        "too-deep-script",
        Runbook,
        Warning,
        "a block whose constructs and quotes stand inside each other too deep to be read",
    ),
    row(
        "too-large",
        Runbook,
        Error,
        "a file over 1 MiB, or with more blocks, lines and marks than it may have",
    ),
    row("too-many-boxes", Runbook, Error, "more than 10,000 boxes"),
    row("too-many-steps", Runbook, Error, "more than 10,000 steps"),
    row("typed-secret", Runbook, Warning, "a password, token or key that stands in the file"),
    row(
        "typographic-quote",
        Runbook,
        Warning,
        "a block with typographic quotation marks, which quote nothing in a shell",
    ),
    row("unasked", Other, Error, "an answer to something that never asks"),
    row("unbalanced-quotes", Runbook, Warning, "a block that ends within a quote or a here-document"),
    row(
        "unclosed-fence",
        Runbook,
        Either,
        "a fence that is never closed, or is closed in the middle of a line",
    ),
    row("undeclared-variable", Runbook, Error, "a condition on a variable that nothing sets"),
    row("undefined-variable", Runbook, Warning, "a script uses a variable that nothing before it sets"),
    row("unexpected-value", Runbook, Error, "a flag with a value"),
    row("unknown-box", Runbook, Error, "`needs` or `undo` names no box and no step"),
    row("unknown-heading", Runbook, Error, "`rollback` names no heading of a phase"),
    row("unknown-key", Runbook, Error, "a key that there is not, or not there"),
    row("unknown-name", Other, Either, "an answers file names no box, step, variable or gate of the runbook"),
    row(
        "unknown-role",
        Runbook,
        Either,
        "a step runs on a role or host that nobody, or not every environment, has",
    ),
    row("unmeasured", Runbook, Warning, "a target that nothing measures, or a stopwatch on one box only"),
    row("unreadable", Runbook, Error, "the file is not there, may not be read, or is no regular file"),
    row("unstated-host", Runbook, Warning, "steps do not say where they run, and there are several hosts"),
    row("unused-variable", Runbook, Warning, "a declared variable that nothing uses"),
    row("variable-conflict", Runbook, Error, "a variable that is set in two places"),
    row("wildcard", Other, Error, "an answers file that answers for everything at once"),
    row("wrong-type", Runbook, Error, "a text where a list or a map belongs, or the other way round"),
];
