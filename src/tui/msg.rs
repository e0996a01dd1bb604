//! What reaches the app. Every message that needs the time carries it.

use crate::clock::Stamp;
use crate::report::changes::Disk;
use crate::run::conclude::Report;
use crate::run::fact::{ChildOpened, Recorded, Stream};
use crate::run::state::Run;
use crate::tui::input::Input;

/// A message to the app.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A person did something.
    Input(Input, Stamp),
    /// Time passed; once a second.
    Tick(Stamp),
    /// The log's answer to a `Record` effect of this run.
    Recorded {
        /// The run.
        run: String,
        /// The durable facts, or why they could not be written.
        answer: Result<Vec<Recorded>, String>,
        /// When the answer came.
        at: Stamp,
    },
    /// Facts of this run wait for a key to sign them.
    Signing {
        /// The run.
        run: String,
        /// Since when.
        at: Stamp,
    },
    /// Facts of this run were not signed and are not in the log, which is as well as before.
    NotSigned {
        /// The run.
        run: String,
        /// Why, as a sentence.
        why: String,
        /// What others recorded of the run meanwhile, which has to be looked at first.
        newer: Vec<Recorded>,
        /// When.
        at: Stamp,
    },
    /// Others recorded this of runs, in this order.
    Others {
        /// The facts, each with its run.
        facts: Vec<(String, Recorded)>,
        /// When they were read.
        at: Stamp,
    },
    /// News from a host about this run.
    Report {
        /// The run.
        run: String,
        /// What is reported.
        report: Report,
        /// When it was seen.
        at: Stamp,
    },
    /// Output of an attempt grew. May be dropped or merged: the newest is enough.
    Grew {
        /// The run.
        run: String,
        /// The attempt's number.
        number: u32,
        /// When the newest byte came.
        at: Stamp,
    },
    /// Output that a `ReadOutput` effect asked for.
    Output(Output),
    /// A child run was opened: its own `run.opened` is durable, the parent's fact is not yet.
    ChildReady {
        /// The parent.
        parent: String,
        /// The parent's fact, to be recorded.
        opened: ChildOpened,
        /// The child.
        run: Box<Run>,
        /// When.
        at: Stamp,
    },
    /// A child run could not be opened.
    ChildRefused {
        /// Why, as a sentence.
        why: String,
        /// When.
        at: Stamp,
    },
    /// The log answers again.
    LogBack(Stamp),
    /// The log was tried and still cannot be written.
    LogStill {
        /// Why.
        why: String,
        /// When it was tried.
        at: Stamp,
    },
    /// An answer of the log took or takes longer than 100 ms; zero when it is quick again.
    LogSlow {
        /// Milliseconds.
        ms: u64,
    },
    /// So many events of the log are not witnessed yet.
    Unwitnessed(u64),
    /// What the file of this run holds now; none when it is the text that the run keeps. Only news change anything.
    Disk {
        /// The run.
        run: String,
        /// What it holds.
        disk: Option<Disk>,
        /// When it was looked at.
        at: Stamp,
    },
    /// A connection asks something that only a person knows. One question at a time.
    Asked(Box<Asked>, Stamp),
    /// Nobody wants to know the reply to this question any more.
    Withdrawn(u64, Stamp),
    /// Something that the person should read once, such as where an export was written.
    Told {
        /// The sentence.
        text: String,
        /// When.
        at: Stamp,
    },
}

/// A question of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its number, for the reply.
    pub id: u64,
    /// The host's name.
    pub host: String,
    /// `user@address:port`.
    pub target: String,
    /// What is wanted.
    pub wants: Wanted,
    /// Questions that wait behind it.
    pub waiting: usize,
}

/// What a connection wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Whether a new key is the host's.
    HostKey(NewKey),
    /// A text.
    Text {
        /// What it is.
        want: Want,
        /// Whether what is typed may be shown.
        shown: bool,
        /// Which try this is, from 1.
        attempt: u32,
    },
}

/// What a text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// The passphrase of this key file.
    Passphrase {
        /// Its path.
        file: String,
    },
    /// The account's password.
    Password,
    /// A password that sudo asks for.
    Sudo {
        /// Whose it is; hostile text.
        whose: String,
    },
    /// What the host asks; hostile text.
    Answer {
        /// The title.
        name: String,
        /// What it says.
        instructions: String,
        /// The question.
        prompt: String,
    },
}

/// A host key that is not recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewKey {
    /// Its type.
    pub kind: String,
    /// Its fingerprint, as ssh prints it.
    pub fingerprint: String,
    /// The name that it would be recorded by.
    pub recorded_as: String,
    /// The file that it would be recorded in.
    pub file: Option<String>,
    /// Types that are recorded for the host's bare name.
    pub other_types: Vec<String>,
    /// Other names of this very key, and where they stand.
    pub other_names: Vec<(String, String)>,
    /// Why the certificate that came with it does not count.
    pub certificate: Option<String>,
    /// Hosts that were reached, whose keys were trusted.
    pub reached: Vec<String>,
}

/// Output of one attempt past a mark.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Output {
    /// The run.
    pub run: String,
    /// The attempt's number.
    pub number: u32,
    /// Bytes left out before the first piece because there were too many.
    pub skipped: u64,
    /// The pieces in the order in which they came.
    pub pieces: Vec<Piece>,
    /// The mark to read on from next time.
    pub upto: u64,
}

/// One piece of output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Which stream.
    pub stream: Stream,
    /// When it came.
    pub at: Stamp,
    /// The bytes.
    pub bytes: Vec<u8>,
}
