//! A step, and what its annotations say; pure data.

use std::fmt;
use std::time::Duration;

use super::{Blank, Condition, Pattern, Place};
use crate::runbook::ids::{BoxId, StepId};

/// One step: one shell block, or one command of a split block.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its identity.
    pub id: StepId,
    /// What the list shows: its name, else its title by the rules of the format.
    pub title: String,
    /// The script, exactly as it will be sent.
    pub script: String,
    /// Whether it is one annotated script or a single command (`-e` and `pipefail`), and not an unsplit block.
    pub strict: bool,
    /// Where it runs.
    pub on: On,
    /// `check`: only reads.
    pub check: bool,
    /// Boxes that must be signed first.
    pub needs: Vec<BoxId>,
    /// What it captures.
    pub capture: Option<Capture>,
    /// What its standard output must contain to pass.
    pub expect: Option<Pattern>,
    /// The exit status with which it passes.
    pub exit: i32,
    /// How often it runs, if not once.
    pub repeat: Option<Repeat>,
    /// The number it reads.
    pub metric: Option<Metric>,
    /// The time after which an attempt is ended.
    pub timeout: Option<Duration>,
    /// How often a failed attempt is tried again by itself.
    pub retries: u32,
    /// On how many hosts at a time it runs, when the author said so.
    pub batch: Option<Batch>,
    /// The confirmation it wants.
    pub confirm: Confirm,
    /// Why it is dangerous, when nobody wrote so: then `confirm` is [`Confirm::Type`].
    pub danger: Option<String>,
    /// The box that takes it back.
    pub undo: Option<BoxId>,
    /// Cannot be taken back.
    pub irreversible: bool,
    /// May be started again without a verdict when it is unknown.
    pub idempotent: bool,
    /// Every command runs, and it fails at the end.
    pub keep_going: bool,
    /// Whether it reads and writes carried state.
    pub carry: bool,
    /// Whether the host keeps a copy of its output.
    pub keep: bool,
    /// The directory it runs in.
    pub cwd: Option<String>,
    /// The whole of it runs as root, through sudo(8).
    pub sudo: bool,
    /// The program that reads the script, when it is not the host's bash or sh.
    pub interpreter: Option<String>,
    /// Why gonogo does not run it, in words; it is shown, and a person runs it by hand.
    pub by_hand: Option<String>,
    /// The terminal that it gets, if it gets one.
    pub terminal: Option<OnTerminal>,
    /// Whether it calls `sudo`: where that wants a password, it gets a terminal.
    pub asks_root: bool,
    /// Only offered: the box can be signed without it (alternatives of one block, inline commands).
    pub offered: bool,
    /// The condition under which it applies.
    pub condition: Option<Condition>,
    /// The variables its script uses that the runbook, the environment, a box or a placeholder declares.
    pub uses: Vec<String>,
    /// What has to be filled into its script, in order.
    pub blanks: Vec<Blank>,
    /// Where it stands.
    pub place: Place,
}

impl Step {
    /// Returns whether the box waits for it: it is neither only offered nor left to a person's hands.
    #[must_use]
    pub const fn holds_box(&self) -> bool {
        !self.offered && self.by_hand.is_none()
    }
}

impl Default for Step {
    /// Returns a step that runs nothing and asks for nothing.
    fn default() -> Self {
        Self {
            id: StepId::from(""),
            title: String::new(),
            script: String::new(),
            strict: false,
            on: On::Unstated,
            check: false,
            needs: Vec::new(),
            capture: None,
            expect: None,
            exit: 0,
            repeat: None,
            metric: None,
            timeout: None,
            retries: 0,
            batch: None,
            confirm: Confirm::No,
            danger: None,
            undo: None,
            irreversible: false,
            idempotent: false,
            condition: None,
            keep_going: false,
            carry: true,
            keep: true,
            cwd: None,
            sudo: false,
            interpreter: None,
            by_hand: None,
            terminal: None,
            asks_root: false,
            offered: false,
            uses: Vec::new(),
            blanks: Vec::new(),
            place: Place::default(),
        }
    }
}

/// The terminal of a step that a person types to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OnTerminal {
    /// Why it gets one, when nobody wrote `interactive`.
    pub why: Option<String>,
    /// Whether it does not end by itself: it has done its work when whoever runs it says so.
    pub endless: bool,
}

impl OnTerminal {
    /// Returns why the step gets it, in words.
    #[must_use]
    pub fn words(&self) -> &str {
        self.why.as_deref().unwrap_or("the runbook says so")
    }
}

/// Where a step runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum On {
    /// Every host of a role, one after another; also a host by its name.
    Role(String),
    /// The first host of a role only (`once`).
    First(String),
    /// The machine that gonogo runs on.
    Local,
    /// Nothing is written: the only host there is, if there is only one.
    #[default]
    Unstated,
}

/// What must be confirmed before a step starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Confirm {
    /// Nothing.
    #[default]
    No,
    /// One Enter of its own.
    Press,
    /// The environment's name, typed.
    Type,
}

/// How often a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// `every=30s for=30m`: passes when it held the whole time; the first breach ends it.
    Hold {
        /// From the start of one round to the start of the next.
        every: Duration,
        /// How long it has to hold.
        lasting: Duration,
    },
    /// `until`: repeated until it passes.
    Until {
        /// From the start of one round to the start of the next.
        every: Duration,
        /// When to give up.
        limit: Option<Duration>,
    },
}

/// `metric=re threshold='< 1.5'`: a number read from standard output.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Group 1 of its first match (the whole match without a group) is the number.
    pub pattern: Pattern,
    /// What the number must be; none only draws it.
    pub threshold: Option<Threshold>,
}

/// A comparison with a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// How it is compared.
    pub is: Comparison,
    /// With what.
    pub number: f64,
}

impl Threshold {
    /// Returns whether `number` is as it must be.
    #[must_use]
    pub fn holds(&self, number: f64) -> bool {
        match self.is {
            Comparison::Less => number < self.number,
            Comparison::AtMost => number <= self.number,
            Comparison::Greater => number > self.number,
            Comparison::AtLeast => number >= self.number,
            // The number that was written is the number that is meant, not one near it.
            #[expect(clippy::float_cmp, reason = "both were written as decimal text and read the same way")]
            Comparison::Equal => number == self.number,
        }
    }
}

impl fmt::Display for Threshold {
    /// As it is written, for example `< 1.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.is {
            Comparison::Less => "<",
            Comparison::AtMost => "<=",
            Comparison::Greater => ">",
            Comparison::AtLeast => ">=",
            Comparison::Equal => "=",
        };
        write!(f, "{sign} {}", self.number)
    }
}

/// How a number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `=`
    Equal,
}

/// `batch=2`, `batch=25%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batch {
    /// So many hosts at a time, at least one.
    Hosts(u32),
    /// So many percent of the hosts, 1 to 100.
    Percent(u32),
}

impl Batch {
    /// Returns how many of `hosts` hosts it means: at least one, a part of a host left out.
    #[must_use]
    pub fn of(self, hosts: usize) -> usize {
        let whole = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        match self {
            Self::Hosts(most) => whole(most).max(1),
            Self::Percent(percent) => (hosts.saturating_mul(whole(percent)) / 100).max(1),
        }
    }
}

/// `capture=NAME match=re`.
#[derive(Debug, Clone, PartialEq)]
pub struct Capture {
    /// The variable that receives the value.
    pub name: String,
    /// Group 1 of the first match in standard output (the whole match without a group); else all of it, trimmed.
    pub pattern: Option<Pattern>,
    /// Whether each host gets its own value; otherwise several hosts must agree.
    pub per_host: bool,
}
