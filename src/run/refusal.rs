//! The answers "no" of a run: each names what stands in the way, so that a screen can ask the right question next.

use crate::run::persons::NotTwo;
use crate::run::state::Run;
use crate::runbook::ids::{BoxId, StepId};

/// Why a command was not accepted. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A fact is on its way to the log.
    #[error("recording…: press again when the log has answered")]
    Recording,
    /// The log cannot be written.
    #[error("the log cannot be written ({0}): nothing new starts until it can")]
    LogStopped(String),
    /// Another process drives the run now.
    #[error("{0} drives this run now: here it can only be looked at")]
    DrivenElsewhere(String),
    /// The run is closed.
    #[error("the run is closed")]
    Closed,
    /// A child run is open.
    #[error("the child run {0} is open: it comes first")]
    ChildOpen(String),
    /// The runbook has no such box.
    #[error("this runbook has no box {0}")]
    NoBox(BoxId),
    /// The runbook has no such step.
    #[error("this runbook has no step {0}")]
    NoStep(StepId),
    /// The run has no such attempt, or it is in another state.
    #[error("attempt {number} is {state}")]
    NoAttempt {
        /// Its number.
        number: u32,
        /// What it is instead.
        state: String,
    },
    /// The gate before the phase is shut.
    #[error("the gate before {phase} is shut: say go or no-go first")]
    GateShut {
        /// The phase's index.
        gate: usize,
        /// The phase's title.
        phase: String,
    },
    /// There is no such gate, or it is open.
    #[error("no gate stands shut before that phase")]
    NoGate,
    /// Boxes before the gate are open, or the vote was no-go.
    #[error("the gate stays shut: {why}; to open it anyway, give a reason")]
    GateNotReady {
        /// The phase's index.
        gate: usize,
        /// What is not ready.
        why: String,
        /// The open boxes.
        open: Vec<BoxId>,
    },
    /// Earlier boxes are open and nobody has accepted that.
    #[error("earlier boxes are still open: {}", names(.0))]
    OutOfOrder(Vec<BoxId>),
    /// Boxes inside this one are open.
    #[error("boxes inside it are still open: {}", names(.0))]
    ChildrenOpen(Vec<BoxId>),
    /// Steps of the box have not passed.
    #[error("its step {0} has not passed: run it, or waive the step with a reason")]
    StepOpen(StepId),
    /// The linked runbook has not completed.
    #[error("the linked runbook has to complete first")]
    LinkOpen,
    /// The box is signed or waived already.
    #[error("it is settled already")]
    Settled,
    /// The box is not signed or waived.
    #[error("it is neither signed nor waived")]
    NotSettled,
    /// The box cannot be waived.
    #[error("it is marked as required and cannot be waived")]
    Required,
    /// The wait of the box has not passed.
    #[error("its wait has {0} s to go: wait, or end it early with a reason")]
    Waiting(u64),
    /// The box has no wait, or it runs or has passed.
    #[error("no wait can be started or ended here")]
    NoWait,
    /// The box wants a value.
    #[error("it wants a value for {0}")]
    ValueMissing(String),
    /// The value does not match what the runbook asks for.
    #[error("{name} does not match {pattern}")]
    ValueRefused {
        /// The variable.
        name: String,
        /// The pattern.
        pattern: String,
    },
    /// No runbook line declares the variable.
    #[error("no variable {0} is declared")]
    Undeclared(String),
    /// The variable is a secret, whose value no record may hold.
    #[error("{0} is a secret: its value is never typed into a run")]
    Secret(String),
    /// A variable that the step uses has no value.
    #[error("{name} has no value{}", .waived.as_ref().map(|b| format!(": box {b}, which asks for it, was waived")).unwrap_or_default())]
    Unset {
        /// The variable.
        name: String,
        /// The box whose waiver left it so.
        waived: Option<BoxId>,
    },
    /// Placeholders and variables that people are asked for have no value.
    #[error("{} no value yet: {}", if .0.len() == 1 { "this has" } else { "these have" }, .0.join(", "))]
    Missing(Vec<String>),
    /// A value is none of those to choose from, or cannot be put into a script as it is.
    #[error("{name}: {why}")]
    Unfit {
        /// The variable.
        name: String,
        /// Why.
        why: String,
    },
    /// A condition cannot be decided, because its variable never came to be.
    #[error("whether this applies depends on {0}, which has no value that counts: say what it is")]
    Undecided(String),
    /// The condition does not hold.
    #[error("it does not apply: {0}")]
    NotApplicable(String),
    /// A box that must be signed is not.
    #[error("box {0} has to be signed first (waived does not count)")]
    Needs(BoxId),
    /// No host stands for it.
    #[error("it cannot run: {0}")]
    NoHost(String),
    /// The step does not say on which of several hosts it runs, and nobody has chosen.
    #[error("step {0} does not say on which host it runs: choose one first")]
    HostOpen(StepId),
    /// Another attempt runs.
    #[error("step {0} is running")]
    Running(StepId),
    /// Nobody knows what an attempt on this host did.
    #[error("step {step} on {host} is unknown: say what became of it first")]
    UnknownOpen {
        /// The step.
        step: StepId,
        /// The host.
        host: String,
        /// The attempt's number.
        number: u32,
    },
    /// A variable of which each host has a value of its own has none on this host.
    #[error("{name} has no value on {host}: what reads it there has not passed")]
    UnsetOnHost {
        /// The variable.
        name: String,
        /// The host.
        host: String,
    },
    /// Every host has passed it.
    #[error("it has passed on every host: it does not run twice")]
    Passed,
    /// It failed and the command did not say retry.
    #[error("it failed on {0}: look, then retry, give a verdict, waive or roll back")]
    Failed(String),
    /// It wants to be confirmed.
    #[error("it wants to be confirmed by typing {word}{}", .why.as_ref().map(|w| format!(": {w}")).unwrap_or_default())]
    ConfirmType {
        /// What is to be typed.
        word: String,
        /// Why it is dangerous, when gonogo found that and not the runbook says so.
        why: Option<String>,
    },
    /// It is not chosen yet which of several sections applies.
    #[error("choose first which applies of “{title}”")]
    ChoiceOpen {
        /// The choice, by its index in the runbook.
        choice: usize,
        /// The heading above the sections.
        title: String,
    },
    /// There is no such choice, or no such section in it.
    #[error("there is nothing to choose there")]
    NoChoice,
    /// It stands in a section that was not chosen.
    #[error("it does not apply: “{0}” was chosen")]
    NotChosen(String),
    /// The choice was worked by already.
    #[error("the choice stands: box {0} of what was chosen was worked on already")]
    ChoiceTouched(BoxId),
    /// gonogo does not run it.
    #[error("gonogo does not run it, a person does it by hand: {0}")]
    ByHand(String),
    /// One shell at a time.
    #[error("a shell on {0} is open: end it first (o goes there)")]
    ShellOpen(String),
    /// A shell of this machine is not gonogo's to open.
    #[error("that is this machine: open a terminal of your own")]
    ShellHere,
    /// It wants one Enter of its own.
    #[error("it wants to be confirmed")]
    ConfirmPress,
    /// An earlier step of the box has not passed.
    #[error("step {0} of the same box comes first")]
    StepOrder(StepId),
    /// A text is missing.
    #[error("{0} is missing")]
    TextMissing(&'static str),
    /// There is no rollback, or no link.
    #[error("no runbook is linked for that")]
    NoLink,
    /// The run cannot be closed so.
    #[error("it cannot be closed as completed: {}", names(.0))]
    NotComplete(Vec<BoxId>),
    /// No rollback has completed.
    #[error("no rollback has completed: it cannot be closed as rolled back")]
    NotRolledBack,
    /// A rollback has completed, so the release has not.
    #[error("its rollback has completed: close it as rolled back")]
    RolledBack,
    /// Something was done that cannot be taken back.
    #[error("“{0}” was done and cannot be taken back: go on, or roll back")]
    PastReturn(String),
    /// The box wants a second person, and this is none.
    #[error("{first} has signed it, and it wants a second person: {why}")]
    SecondPerson {
        /// Who signed it first.
        first: String,
        /// Why this is no second person.
        why: NotTwo,
    },
    /// The box wants two people, and this comes from an answers file.
    #[error("it wants two people, who sign it themselves: an answers file stands for nobody")]
    Beforehand,
    /// The box wants two people, and nothing would tell this one from another.
    #[error("it wants two people, and this run is signed: sign with your own key (see `gonogo key`)")]
    KeyWanted,
    /// The second signature brings another value than the first.
    #[error("{first} signed it with {name}={value}: sign with the same, or have that signature taken back")]
    OtherValue {
        /// The variable.
        name: String,
        /// The value of the first signature.
        value: String,
        /// Who signed it first.
        first: String,
    },
    /// Somebody else has the role.
    #[error("only {} may speak for {role}", if .people.is_empty() { "nobody".to_owned() } else { .people.join(" or ") })]
    NotInRole {
        /// The role.
        role: String,
        /// Who has it.
        people: Vec<String>,
    },
    /// Somebody spoke from the same place under another name.
    #[error(
        "{0} spoke from here already, and two names at one account are one person: speak from an account of your own, or with your own key"
    )]
    OneSeat(String),
    /// The name is the captain's, who has shown more.
    #[error("{0} drives this run and has proven the name otherwise: nobody else can use it")]
    NotYourName(String),
    /// Roles vote at the gate, and the name has none of them, or several.
    #[error("at this gate vote {}: say by `--role` for which you speak", .0.join(", "))]
    WhichRole(Vec<String>),
    /// Nobody votes for a role at this gate.
    #[error("nobody votes for a role at this gate: one go opens it")]
    NoPoll,
    /// The role has no vote at this gate.
    #[error("{role} has no vote at this gate; at this gate vote {}", .roles.join(", "))]
    NoVote {
        /// The role.
        role: String,
        /// Those that have one.
        roles: Vec<String>,
    },
    /// Only the captain can do that.
    #[error("only {0}, who drives the run, can do that")]
    NotCaptain(String),
    /// It is the captain's already.
    #[error("{0} drives the run already")]
    CaptainAlready(String),
    /// The run is not offered to this person.
    #[error("{}", .0.as_ref().map_or("nobody offers this run: its captain does that with `gonogo handover`".to_owned(), |to| format!("the run is offered to {to}")))]
    NotOffered(Option<String>),
    /// A step runs or is unknown.
    #[error("step {0} is running or unknown: end that first")]
    StepInFlight(StepId),
}

impl Run {
    /// Returns `text`, such as a refusal's, with the texts of boxes in place of ids that nobody has written.
    #[must_use]
    pub fn in_words(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for item in self.runbook.boxes.iter().filter(|b| b.id.as_str().starts_with("b-")) {
            if text.contains(item.id.as_str()) {
                text = text.replace(item.id.as_str(), &format!("“{}”", item.text));
            }
        }
        text
    }
}

fn names(boxes: &[BoxId]) -> String {
    let shown: Vec<&str> = boxes.iter().take(3).map(BoxId::as_str).collect();
    let more = boxes.len().saturating_sub(shown.len());
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}
