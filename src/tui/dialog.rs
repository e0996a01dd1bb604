//! Questions: one enum on a stack, one file each, all of one shape. The harmless choice is first; Enter acts, letters
//! only choose; nothing is decided here, an answer is a command to the run.

pub mod cancel;
pub mod choose;
pub mod close;
pub mod close_reason;
pub mod commands;
pub mod confirm;
pub mod end_wait;
pub mod evidence;
pub mod export;
pub mod failed;
pub mod fill;
pub mod gate;
pub mod help;
pub mod host;
pub mod host_key;
pub mod leave;
pub mod note;
pub mod offer;
pub mod open_gate;
pub mod order;
pub mod rollback;
pub mod shell_host;
pub mod sign;
pub mod take;
pub mod terminal;
pub mod unsign;
pub mod value;
pub mod verdict;
pub mod vote;
pub mod waive;
pub mod waive_step;
pub mod wanted;

use crate::clock::{Stamp, Zone};
use crate::run::command::Action;
use crate::run::fact::{Proof, Seat, Via, Who};
use crate::run::state::Run;
use crate::tui::effect::{Format, Reply};
use crate::tui::form::{Choices, Form};
use crate::tui::ink::{Ink, Row};
use crate::tui::next::Words;
use crate::tui::now::Chip;
use crate::tui::shared::Driven;

macro_rules! dialogs {
    ($($(#[$doc:meta])* $name:ident($type:ty),)*) => {
        /// A question.
        #[derive(Debug, Clone)]
        pub enum Dialog {
            $($(#[$doc])* $name($type),)*
        }

        impl Dialog {
            /// Returns the question by its common shape.
            #[must_use]
            pub fn ask(&self) -> &dyn Ask {
                match self { $(Self::$name(d) => d,)* }
            }

            /// Returns the question by its common shape, to be changed.
            pub fn ask_mut(&mut self) -> &mut dyn Ask {
                match self { $(Self::$name(d) => d,)* }
            }
        }
    };
}

dialogs! {
    /// Sign a box.
    Sign(sign::Sign),
    /// Take a signature or waiver back.
    Unsign(unsign::Unsign),
    /// Skip a box.
    Waive(waive::Waive),
    /// Skip a step.
    WaiveStep(waive_step::WaiveStep),
    /// Give a variable its value.
    Value(value::Value),
    /// Choose which of several sections applies.
    Choose(choose::Choose),
    /// Choose where a step runs that does not say so.
    Host(host::Host),
    /// Fill in what stands open.
    Fill(fill::Fill),
    /// Run a command that is only offered.
    Commands(commands::Commands),
    /// Write a note.
    Note(note::Note),
    /// Confirm a step, by a press or by typing.
    Confirm(confirm::Confirm),
    /// Go on although earlier boxes are open.
    Order(order::Order),
    /// What to do about a failed step.
    Failed(failed::Failed),
    /// What became of a step that is unknown.
    Verdict(verdict::Verdict),
    /// How a verdict is known.
    Evidence(evidence::Evidence),
    /// Go or no-go.
    Gate(gate::Gate),
    /// Words for a vote.
    Vote(vote::Cast),
    /// Open a gate anyway.
    OpenGate(open_gate::OpenGate),
    /// End a running step.
    Cancel(cancel::Cancel),
    /// End a wait early.
    EndWait(end_wait::EndWait),
    /// Roll back.
    Rollback(rollback::Rollback),
    /// Close the run.
    Close(close::Close),
    /// Why the run is closed.
    CloseReason(close_reason::CloseReason),
    /// Offer the run to somebody.
    Offer(offer::Offer),
    /// Take a run that is offered.
    Take(take::Take),
    /// Leave while a step runs.
    Leave(leave::Leave),
    /// Export the record.
    Export(export::Export),
    /// Whether a new host key is the host's.
    HostKey(host_key::HostKey),
    /// A passphrase, a password or an answer that a connection wants.
    Wanted(wanted::Wanted),
    /// The keyboard taken back from a remote terminal.
    Terminal(terminal::Terminal),
    /// Open a shell on a host.
    ShellHost(shell_host::ShellHost),
    /// All keys.
    Help(help::Help),
}

/// What a question looks at.
#[derive(Debug, Clone, Copy)]
pub struct Cx<'a> {
    /// The driven run with its output.
    pub driven: &'a Driven,
    /// The run.
    pub run: &'a Run,
    /// Who is asked.
    pub who: &'a Who,
    /// The key that signs for them, in a few words.
    pub key: Option<&'a str>,
    /// The zone of shown times.
    pub zone: Zone,
    /// The time.
    pub now: Stamp,
    /// For drawing.
    pub ink: Ink,
    /// The rows that the facts, or what stands below, may take.
    pub rows: usize,
}

/// What comes of an Enter or a letter.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Nothing.
    Nothing,
    /// The question stays; this sentence says why.
    Refuse(String),
    /// One level back.
    Back,
    /// A command, by this person.
    Do(Action, Who),
    /// Another question.
    Ask(Box<Dialog>),
    /// The cursor goes to the field of this number.
    Slot(usize),
    /// Show the output.
    Look,
    /// A reply to the connection's question of this number.
    Reply(u64, Reply),
    /// Text for the person's clipboard.
    Copy(String),
    /// Leave the keyboard with gonogo; what runs in the terminal goes on.
    LookAround,
    /// End the shell of this number.
    HangUp(u32),
    /// Type this line into the terminal, without its end.
    TypeLine(String),
    /// Leave the screen to take the run that is offered.
    Take,
    /// Leave with the step running.
    LeaveRunning,
    /// Cancel what runs, then leave.
    CancelAndLeave,
    /// Write the record into a file.
    Export(Format),
    /// Do what this key does on the run screen.
    Key(crate::tui::keymap::Act),
}

impl Answer {
    /// Returns whether something is started or recorded by it.
    #[must_use]
    pub const fn acts(&self) -> bool {
        matches!(
            self,
            Self::Do(..)
                | Self::HangUp(_)
                | Self::TypeLine(_)
                | Self::Take
                | Self::LeaveRunning
                | Self::CancelAndLeave
                | Self::Export(_)
                | Self::Reply(..)
        )
    }
}

/// How a question's rule and frame look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// A plain pane.
    Calm,
    /// Something failed.
    Alarm,
    /// Something is unknown.
    Unknown,
    /// On production and without a way back: the double frame.
    Danger,
}

/// The common shape of questions.
pub trait Ask {
    /// Returns what stands at the left and the right of its rule.
    fn title(&self, cx: &Cx<'_>) -> (String, String);

    /// Returns what Enter does now.
    fn words(&self, cx: &Cx<'_>) -> Words;

    /// Returns what comes of Enter.
    fn enter(&self, cx: &Cx<'_>) -> Answer;

    /// Returns how it looks.
    fn tone(&self, _cx: &Cx<'_>) -> Tone {
        Tone::Calm
    }

    /// Returns the chip, the sentence and the right end of the NOW line, if the question changes it.
    fn chip(&self, _cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        None
    }

    /// Returns what is to be known before answering.
    fn facts(&self, _cx: &Cx<'_>, _columns: usize) -> Vec<Row> {
        Vec::new()
    }

    /// Returns what stands under the fields or choices.
    fn below(&self, _cx: &Cx<'_>, _columns: usize) -> Vec<Row> {
        Vec::new()
    }

    /// Returns its fields.
    fn form(&self) -> Option<&Form> {
        None
    }

    /// Returns its fields, to be changed.
    fn form_mut(&mut self) -> Option<&mut Form> {
        None
    }

    /// Returns its choices.
    fn choices(&self) -> Option<&Choices> {
        None
    }

    /// Returns its choices, to be changed.
    fn choices_mut(&mut self) -> Option<&mut Choices> {
        None
    }

    /// Returns whether the field numbered `slot` is right, and a word on it, as it is typed.
    fn check(&self, _cx: &Cx<'_>, _slot: usize) -> Option<(bool, String)> {
        None
    }

    /// Takes a letter that is no choice.
    fn letter(&mut self, _cx: &Cx<'_>, _letter: char) -> Option<Answer> {
        None
    }

    /// Returns whether the details of the box stay in sight beside it, where there is room.
    fn beside(&self) -> bool {
        false
    }

    /// Returns whether it needs more room than the dock has in a low window; the list gives way to it.
    fn tall(&self, _cx: &Cx<'_>) -> bool {
        false
    }

    /// Returns how many rows of the facts stay in sight however many fields there are.
    fn keeps(&self) -> usize {
        0
    }

    /// Returns whether pasted text is taken.
    fn pastes(&self) -> bool {
        true
    }

    /// Returns the name under which its text is kept as a draft.
    fn draft(&self) -> Option<String> {
        None
    }

    /// Returns why it need not be answered any more, if that is so.
    fn stale(&self, _run: &Run) -> Option<String> {
        None
    }

    /// Returns the keys of the key line, without the way out.
    fn keys(&self) -> Vec<(&'static str, String)> {
        match (self.form(), self.choices()) {
            (_, Some(_)) => vec![("↑ ↓", "choose, or the letter".to_owned()), ("?", "all".to_owned())],
            (Some(form), None) if form.slots.len() > 1 => vec![("Tab", "next field".to_owned())],
            _ => Vec::new(),
        }
    }

    /// Returns the words for Esc.
    fn out(&self) -> &'static str {
        "back, keeps the words"
    }
}

impl Cx<'_> {
    /// Returns a command of the session's own person.
    #[must_use]
    pub fn own(&self, action: Action) -> Answer {
        Answer::Do(action, self.who.clone())
    }

    /// Returns the person that a typed name stands for: the session's own with its proof, or a typed name.
    #[must_use]
    pub fn person(&self, name: &str) -> Who {
        if name == self.who.name {
            return self.who.clone();
        }
        // Whoever types it sits here.
        let account = self.who.account().map(str::to_owned);
        let seat = account.map(|account| Box::new(Seat { account: Some(account), key: None }));
        Who { name: name.to_owned(), proof: Proof::Typed, via: Via::Keyboard, seat }
    }

    /// Returns `text` as untrusted prose beside a label, in at most `most` rows of `columns` columns; what does not fit
    /// is said to be missing.
    #[must_use]
    pub fn wrapped(&self, label: &str, text: &str, columns: usize, most: usize) -> Vec<Row> {
        let clean = crate::text::sanitize_block(text);
        let mut lines = crate::text::wrap::wrap(&clean, columns.saturating_sub(16));
        let hidden = lines.len() > most;
        lines.truncate(most);
        if let Some(last) = lines.last_mut().filter(|_| hidden) {
            *last = format!("{} …", crate::text::cut::cut_end(last, columns.saturating_sub(18)));
        }
        let head = |n: usize| if n == 0 { label } else { "" };
        lines.iter().enumerate().map(|(n, line)| self.labelled(head(n), line)).collect()
    }

    /// Returns a row of a label in the skip-able style and text, which begins at column 15.
    #[must_use]
    pub fn labelled(&self, label: &str, text: &str) -> Row {
        vec![self.ink.skip(format!("  {label:<13}")), self.ink.text(text)]
    }
}
