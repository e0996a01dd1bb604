//! What a fence asks of its step; imports the model.

use std::ops::Range;
use std::time::Duration;

use super::grammar::{self, Arg};
use super::keys::FENCE;
use super::repeat::repeat;
use super::values;
use crate::runbook::findings::Findings;
use crate::runbook::model::{Batch, Capture, Condition, Confirm, Metric, On, Pattern, Repeat};

/// The annotations of a fence, understood.
#[derive(Debug, Clone, Default)]
pub struct Fence {
    /// Whether anything was written for us.
    pub annotated: bool,
    /// `name=`.
    pub name: Option<String>,
    /// `on=` and `once`.
    pub on: Option<On>,
    /// `capture=` with its `match=` and `per-host`.
    pub capture: Option<Capture>,
    /// `expect=`.
    pub expect: Option<Pattern>,
    /// `exit=`.
    pub exit: i32,
    /// `every=`, `for=`, `until`.
    pub repeat: Option<Repeat>,
    /// `metric=` with its `threshold=`.
    pub metric: Option<Metric>,
    /// `timeout=`.
    pub timeout: Option<Duration>,
    /// `retries=`.
    pub retries: u32,
    /// `confirm`.
    pub confirm: Confirm,
    /// `needs=`.
    pub needs: Vec<String>,
    /// `batch=`.
    pub batch: Option<Batch>,
    /// `undo=`.
    pub undo: Option<String>,
    /// `irreversible`.
    pub irreversible: bool,
    /// `idempotent`.
    pub idempotent: bool,
    /// `keep-going`.
    pub keep_going: bool,
    /// `carry=off`.
    pub carry_off: bool,
    /// `keep=off`.
    pub keep_off: bool,
    /// `cwd=`.
    pub cwd: Option<String>,
    /// `interpreter=`.
    pub interpreter: Option<String>,
    /// `sudo`.
    pub sudo: bool,
    /// `check`.
    pub check: bool,
    /// `interactive`.
    pub interactive: bool,
    /// `if=`.
    pub condition: Option<Condition>,
    args: Vec<Arg>,
}

/// Most retries by itself; who needs more wants `until`.
const MOST_RETRIES: u32 = 100;
/// The highest exit status a process can have (POSIX, `wait`).
const MOST_EXIT: u32 = 255;

/// Keys that contradict each other.
const CLASHES: [(&str, &str, &str); 22] = [
    ("check", "irreversible", "what only reads leaves nothing to take back"),
    ("check", "undo", "what only reads leaves nothing to take back"),
    ("check", "exit", "a check passes with 0, fails with 1 and warns with 2"),
    ("irreversible", "undo", "what can be undone is not irreversible"),
    ("irreversible", "retries", "what cannot be taken back is never tried again by itself"),
    ("irreversible", "every", "what cannot be taken back is never repeated by itself"),
    ("keep-going", "interpreter", "only a shell knows where one command ends"),
    ("once", "per-host", "on the first host only there is one value"),
    ("until", "retries", "`until` repeats already"),
    ("keep-going", "exit", "it passes only if every command does"),
    ("once", "batch", "on the first host only there is nothing to do at a time"),
    ("every", "batch", "a watch looks at one host after another"),
    ("sudo", "interactive", "at a terminal sudo asks by itself: write it in the command"),
    ("interactive", "check", "a check runs by itself, on all hosts at once; a terminal wants a person"),
    ("interactive", "capture", SHOWN),
    ("interactive", "expect", SHOWN),
    ("interactive", "metric", SHOWN),
    ("interactive", "every", ALONE),
    ("interactive", "until", ALONE),
    ("interactive", "retries", ALONE),
    ("interactive", "batch", "a person types into one terminal at a time"),
    (
        "interactive",
        "interpreter",
        "the program reads the script from its input, and nothing of what is typed",
    ),
];

/// Why nothing is read from a terminal.
const SHOWN: &str = "what a terminal shows is a picture, and no output to read a value from";
/// Why a terminal is not opened by itself.
const ALONE: &str = "a step that wants a person does not begin by itself";

impl Fence {
    /// Reads the annotation `text`, which begins at byte `base`. Words that are not meant for us are left alone.
    pub fn read(text: &str, base: usize, findings: &mut Findings<'_>) -> Self {
        if !FENCE.meant(text) {
            return Self::default();
        }
        let mut args = Vec::new();
        FENCE.read(text, base, &mut args, findings);
        for (key, other) in
            [("match", "capture"), ("per-host", "capture"), ("once", "on"), ("threshold", "metric")]
        {
            values::requires(&args, key, other, findings);
        }
        values::clashes(&args, &CLASHES, findings);
        let exit = values::number(&args, "exit", MOST_EXIT, findings).and_then(|n| i32::try_from(n).ok());
        let fence = Self {
            annotated: true,
            name: values::name(&args, "name", findings),
            on: on(&args, findings),
            capture: capture(&args, findings),
            expect: values::pattern(&args, "expect", findings),
            exit: exit.unwrap_or_default(),
            repeat: repeat(&args, findings),
            metric: metric(&args, findings),
            timeout: values::duration(&args, "timeout", findings),
            retries: values::number(&args, "retries", MOST_RETRIES, findings).unwrap_or_default(),
            batch: batch(&args, findings),
            confirm: confirm(&args, findings),
            needs: needs(&args, findings),
            undo: values::name(&args, "undo", findings),
            irreversible: values::flag(&args, "irreversible"),
            idempotent: values::flag(&args, "idempotent"),
            keep_going: values::flag(&args, "keep-going"),
            carry_off: !values::on_unless_off(&args, "carry", findings),
            keep_off: !values::on_unless_off(&args, "keep", findings),
            cwd: values::directory(&args, findings),
            interpreter: values::program(&args, findings),
            sudo: values::flag(&args, "sudo"),
            check: values::flag(&args, "check"),
            interactive: values::flag(&args, "interactive"),
            condition: values::condition(&args, findings),
            args: Vec::new(),
        };
        Self { args, ..fence }
    }

    /// Returns the bytes of the word with `key`, for findings that come later.
    pub fn bytes(&self, key: &str) -> Range<usize> {
        self.args.iter().find(|a| a.key == key).map(|a| a.bytes.clone()).unwrap_or_default()
    }
}

/// Returns whether the words `text` of a fence are meant for us; else they are another tool's.
pub fn meant(text: &str) -> bool {
    FENCE.meant(text)
}

/// Returns whether the annotation `text` holds `key`; what is wrong with it is noted when it is read.
pub fn says(text: &str, key: &str) -> bool {
    grammar::read(text, 0).is_ok_and(|args| args.iter().any(|a| a.key == key))
}

fn batch(args: &[Arg], findings: &mut Findings<'_>) -> Option<Batch> {
    let (text, arg) = values::find(args, "batch")?;
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    let read = match text.strip_suffix('%') {
        Some(percent) => number(percent).filter(|n| (1..=100).contains(n)).map(Batch::Percent),
        None => number(text).filter(|n| *n >= 1).map(Batch::Hosts),
    };
    if read.is_none() {
        let message = format!("`batch` says how many hosts at a time, not `{text}`");
        let help = "write it like `batch=2` or `batch=25%`";
        findings.error_help("bad-number", &arg.bytes, message, help);
    }
    read
}

fn on(args: &[Arg], findings: &mut Findings<'_>) -> Option<On> {
    let (text, _) = values::find(args, "on")?;
    let once = args.iter().find(|a| a.key == "once");
    if text == "local" {
        if let Some(arg) = once {
            let message = "`once` means nothing with `on=local`: this machine is only one";
            findings.error("contradiction", &arg.bytes, message);
        }
        return Some(On::Local);
    }
    let role = values::name(args, "on", findings)?;
    Some(if once.is_some() { On::First(role) } else { On::Role(role) })
}

fn capture(args: &[Arg], findings: &mut Findings<'_>) -> Option<Capture> {
    let pattern = values::pattern(args, "match", findings);
    let name = values::variable(args, "capture", findings)?;
    Some(Capture { name, pattern, per_host: values::flag(args, "per-host") })
}

fn metric(args: &[Arg], findings: &mut Findings<'_>) -> Option<Metric> {
    let threshold = values::threshold(args, findings);
    Some(Metric { pattern: values::pattern(args, "metric", findings)?, threshold })
}

fn confirm(args: &[Arg], findings: &mut Findings<'_>) -> Confirm {
    match args.iter().find(|a| a.key == "confirm").map(|a| (a.value.as_deref(), a)) {
        None => Confirm::No,
        Some((None | Some("press"), _)) => Confirm::Press,
        Some((Some("type"), _)) => Confirm::Type,
        Some((Some(other), arg)) => {
            let help = "write `confirm` (one press) or `confirm=type` (the environment's name)";
            findings.error_help(
                "bad-confirm",
                &arg.bytes,
                format!("`{other}` is no kind of confirmation"),
                help,
            );
            Confirm::Type
        }
    }
}

fn needs(args: &[Arg], findings: &mut Findings<'_>) -> Vec<String> {
    let Some((text, arg)) = values::find(args, "needs") else { return Vec::new() };
    let mut out: Vec<String> = Vec::new();
    for name in text.split(',').map(str::trim) {
        if let Err(why) = crate::runbook::hosts::check_name(name) {
            findings.error("bad-name", &arg.bytes, why);
        } else if !out.iter().any(|n| n == name) {
            out.push(name.to_owned());
        }
    }
    out
}
