//! What can be typed: the one list of commands and their options.

mod books;
mod log;
pub mod outside;

use std::path::PathBuf;
use std::time::Duration;

pub use books::{Completions, Hosts, Man, New, Outline, PaperFormat, Plan, Print, Starter};

pub use log::{Backup, Info, Init, Log, Move, Rotate};

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Runs a team's release checklists and runbooks over SSH, and remembers who said go.
#[derive(Debug, Parser)]
#[command(name = "gonogo", version, disable_help_subcommand = true, arg_required_else_help = true)]
pub struct Cli {
    /// The audit log; the demo has one of its own [default: $XDG_STATE_HOME/gonogo/log.db]
    #[arg(long, global = true, value_name = "FILE", env = "GONOGO_LOG", hide_env_values = true)]
    pub log: Option<PathBuf>,
    /// Write to this file what gonogo does and when, to find a fault in it: never output, what is typed, or secrets
    #[arg(long, global = true, value_name = "FILE")]
    pub debug: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Walk a release or a restore drill for real against embedded SSH hosts: nothing to configure
    Demo(Demo),
    /// Open a run of a runbook and walk it
    Run(Run),
    /// Take an open run up again
    Resume(Resume),
    /// Close an open run without walking it to the end
    Close(Close),
    /// Sign a box of an open run, beside whoever drives it
    Sign(outside::Sign),
    /// Say go or no-go at a gate
    Vote(outside::Vote),
    /// Waive a box, with a reason
    Waive(outside::Waive),
    /// Write a note into a run
    Note(outside::Note),
    /// Hand a run over: its captain offers it, the other takes it
    Handover(outside::Handover),
    /// Write an answers file for a runbook, every answer a stop
    Answers(Answers),
    /// List the runs of the log
    Runs(Runs),
    /// Show one run: its boxes, who, when, what failed
    Show(Show),
    /// List drills: due, overdue, never run, and what the last one measured
    Drills(Drills),
    /// Check a runbook: errors and warnings with their places
    Check(Check),
    /// Show what a run would do, in order, with its values; runs nothing
    Plan(Plan),
    /// Reach every host of an environment and show how, whose key it shows, and what a step would find there
    Hosts(Hosts),
    /// Show what gonogo sees in a file: phases, boxes, steps, values, each with its lines
    Outline(Outline),
    /// Write a runbook as a paper form, with lines for name and time
    Print(Print),
    /// Write the record of a run, for readers without gonogo
    Export(Export),
    /// Verify the log, or one run: its chain, its signatures, and whether anything is open
    Verify(Verify),
    /// Look after the log: what it is, a copy of it, a new one in its place
    #[command(subcommand)]
    Log(Log),
    /// Set up the SSH key that signs for your name, or show how it is set up
    Key(Key),
    /// Write a starter: a runbook to put your own boxes and commands into
    New(New),
    /// Write a completion script for a shell
    Completions(Completions),
    /// Write manual pages
    Man(Man),
    /// Show a manual page: format, log, exit-codes, checks, keys
    Help(Help),
}

/// What a demo walks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Walk {
    /// The release: pre, during and post, with the rollback at hand.
    Release,
    /// The restore drill: production's newest snapshot onto staging, measured.
    RestoreDrill,
}

/// `gonogo demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// What to walk
    #[arg(value_enum, default_value_t = Walk::Release)]
    pub walk: Walk,
    /// Without a terminal, from the shipped answers file
    #[arg(long)]
    pub headless: bool,
    /// Prepare data that makes this step fail
    #[arg(long, value_name = "STEP")]
    pub fail: Option<String>,
    /// End what is left of earlier demos and remove their directories and logs
    #[arg(long, conflicts_with_all = ["headless", "fail", "walk"])]
    pub clean: bool,
    /// Your name, as the record shows it
    #[arg(long = "as", value_name = "NAME")]
    pub name: Option<String>,
}

/// Live or drill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// It counts.
    Live,
    /// It is practice.
    Drill,
}

/// Options for walking without a terminal.
#[derive(Debug, Default, Args)]
pub struct Headless {
    /// Without a terminal, from an answers file
    #[arg(long, requires = "answers")]
    pub headless: bool,
    /// The answers file
    #[arg(long, value_name = "FILE", requires = "headless")]
    pub answers: Option<PathBuf>,
    /// Trust what the runbook runs on this machine, without being asked
    #[arg(long)]
    pub trust: bool,
    /// How long a walk without a terminal may take, for example 90m
    #[arg(long, value_name = "TIME", default_value = "6h", requires = "headless", value_parser = span)]
    pub max: Duration,
    /// How long a walk without a terminal waits where another person's word is due (a vote, a box of two people or of a
    /// role), for example 30m; without it the walk ends there
    #[arg(long, value_name = "TIME", requires = "headless", value_parser = span)]
    pub wait: Option<Duration>,
}

impl Headless {
    /// Returns how long the walk may take.
    pub fn limits(&self) -> crate::runtime::headless::Limits {
        crate::runtime::headless::Limits { max: self.max, wait: self.wait }
    }
}

/// Parses a time such as `90m`, `6h` or `45s`.
fn span(text: &str) -> Result<Duration, String> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds = match text.get(number.len()..) {
        Some("s") => 1,
        Some("m") => 60,
        Some("h") => 3600,
        Some("d") => 86_400,
        _ => 0,
    };
    let digits = number.bytes().all(|b| b.is_ascii_digit());
    let parsed = number.parse::<u32>().ok().filter(|n| digits && *n > 0 && seconds > 0);
    let span = parsed.map(|n| Duration::from_secs(u64::from(n) * seconds));
    span.ok_or_else(|| "write a time such as 90m, 6h or 45s".to_owned())
}

/// Whether to go on without the key.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Unsigned {
    /// Do not sign with your key: names are marked as not proven
    #[arg(long)]
    pub unsigned: bool,
}

/// `gonogo run`.
#[derive(Debug, Args)]
pub struct Run {
    /// The runbook: a Markdown file, or a shipped one by its name, such as ispeaker/release
    pub runbook: PathBuf,
    /// The environment, by its name in the environment file
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// The environment file, instead of the one that the runbook names
    #[arg(long, value_name = "FILE")]
    pub environments: Option<PathBuf>,
    /// The SSH configuration for bare host names, instead of your own and the machine's
    #[arg(long, value_name = "FILE")]
    pub ssh_config: Option<PathBuf>,
    /// Live or drill
    #[arg(long, value_enum, default_value_t = Kind::Live)]
    pub kind: Kind,
    /// The value of a variable that the runbook declares
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Your name, as the record shows it
    #[arg(long = "as", value_name = "NAME")]
    pub name: Option<String>,
    /// Without the key.
    #[command(flatten)]
    pub unsigned: Unsigned,
    /// Without a terminal.
    #[command(flatten)]
    pub headless: Headless,
}

/// `gonogo resume`.
#[derive(Debug, Default, Args)]
pub struct Resume {
    /// The run, by its id or the beginning of it; without it the only open one
    pub run: Option<String>,
    /// Take the run over from whoever drives it, for this reason
    #[arg(long, value_name = "REASON")]
    pub take_over: Option<String>,
    /// Accept, on the record, that this host is another one than the run knows: where its name leads now, and the key
    /// that it shows next
    #[arg(long = "accept-host", value_name = "NAME")]
    pub accept: Vec<String>,
    /// The SSH configuration for bare host names, instead of your own and the machine's
    #[arg(long, value_name = "FILE")]
    pub ssh_config: Option<PathBuf>,
    /// Your name, as the record shows it
    #[arg(long = "as", value_name = "NAME")]
    pub name: Option<String>,
    /// Without the key.
    #[command(flatten)]
    pub unsigned: Unsigned,
    /// Without a terminal.
    #[command(flatten)]
    pub headless: Headless,
}

/// How a run can be closed from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Outcome {
    /// Every box is settled.
    Completed,
    /// Stopped on purpose.
    Aborted,
    /// Nobody will finish it.
    Abandoned,
}

/// `gonogo close`.
#[derive(Debug, Args)]
pub struct Close {
    /// The run, by its id or the beginning of it
    pub run: String,
    /// How it ends
    #[arg(long, value_enum)]
    pub outcome: Outcome,
    /// Why; obligatory unless it completed
    #[arg(long)]
    pub reason: Option<String>,
    /// Your name, as the record shows it
    #[arg(long = "as", value_name = "NAME")]
    pub name: Option<String>,
    /// Without the key.
    #[command(flatten)]
    pub unsigned: Unsigned,
}

/// `gonogo answers`.
#[derive(Debug, Args)]
pub struct Answers {
    /// The runbook
    pub runbook: PathBuf,
}

/// `gonogo runs`.
#[derive(Debug, Args)]
pub struct Runs {
    /// As JSON
    #[arg(long)]
    pub json: bool,
    /// Only those that are open
    #[arg(long)]
    pub open: bool,
}

/// `gonogo show`.
#[derive(Debug, Args)]
pub struct Show {
    /// The run, by its id or the beginning of it
    pub run: String,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `gonogo drills`.
#[derive(Debug, Args)]
pub struct Drills {
    /// Runbooks, or directories to search for them; without any, the working directory and what the log knows
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// End with code 8 when one is overdue, never passed or was never run, for cron
    #[arg(long)]
    pub check: bool,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `gonogo check`.
#[derive(Debug, Args)]
pub struct Check {
    /// The runbooks
    #[arg(required = true)]
    pub runbooks: Vec<PathBuf>,
    /// Check against this environment too
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// The environment file, instead of the one that the runbook names
    #[arg(long, value_name = "FILE")]
    pub environments: Option<PathBuf>,
    /// Fail on warnings too
    #[arg(long)]
    pub strict: bool,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// Formats of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Markdown, for people.
    Md,
    /// JSON, for programs.
    Json,
    /// A directory with everything that verifying it takes, for those who trust nobody.
    Bundle,
}

/// `gonogo export`.
#[derive(Debug, Args)]
pub struct Export {
    /// The run, by its id or the beginning of it
    pub run: String,
    /// The format
    #[arg(long, value_enum, default_value_t = Format::Md)]
    pub format: Format,
    /// Where to write it; standard output without it
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `gonogo verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// One run alone, by its id or the beginning of it, along its own chain
    pub run: Option<String>,
    /// A bundle that was exported, instead of the log
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "run")]
    pub bundle: Option<PathBuf>,
    /// Who may sign, in the format of git and ssh-keygen, instead of your own file
    #[arg(long, value_name = "FILE")]
    pub allowed_signers: Option<PathBuf>,
    /// Heads that were kept where nobody rewrites them: any text with lines of a heads file, a ticket or a system log.
    /// Without it, those beside the log
    #[arg(long, value_name = "FILE")]
    pub heads: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `gonogo key`.
#[derive(Debug, Args)]
pub struct Key {
    /// The key that signs: the file of its public half or of a certificate, or its fingerprint, SHA256 and all
    #[arg(long = "use", value_name = "KEY")]
    pub choose: Option<String>,
    /// The name that it proves
    #[arg(long = "as", value_name = "NAME")]
    pub name: Option<String>,
    /// Sign no more: names are then typed
    #[arg(long, conflicts_with_all = ["choose", "name"])]
    pub off: bool,
    /// Change nothing: show how it is set up, and the keys that could sign
    #[arg(long, conflicts_with_all = ["choose", "name", "off"])]
    pub show: bool,
    /// As JSON; asks nothing
    #[arg(long)]
    pub json: bool,
}

/// `gonogo help`.
#[derive(Debug, Args)]
pub struct Help {
    /// The page
    pub topic: Option<String>,
}
