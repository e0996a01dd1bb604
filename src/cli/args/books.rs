//! Options of the commands that are about a runbook and not about a run.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `gonogo outline`.
#[derive(Debug, Args)]
#[command(after_help = "Example: gonogo outline RELEASE.md\n\n\
    With --json: one tree. It has title, sha256, counts, vars, placeholders and phases; every phase and every box holds\n\
    its boxes under `boxes`, a box its steps under `steps` and its inline commands under `inline`. Every node has\n\
    `kind`, `line` and `end_line`; boxes and steps have an `id`. What a run would refuse stands under `findings`.")]
pub struct Outline {
    /// The runbook: any Markdown file, or a shipped one by its name
    pub runbook: PathBuf,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// Forms of a runbook on paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PaperFormat {
    /// Markdown.
    Md,
    /// One HTML page that needs nothing else, for A4 and Letter.
    Html,
}

/// `gonogo print`.
#[derive(Debug, Args)]
#[command(after_help = "Example: gonogo print RELEASE.md --format html -o release.html")]
pub struct Print {
    /// The runbook
    pub runbook: PathBuf,
    /// The format
    #[arg(long, value_enum, default_value_t = PaperFormat::Md)]
    pub format: PaperFormat,
    /// Where to write it; standard output without it
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Starters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Starter {
    /// A release: pre, deploy, post, rollback.
    Release,
    /// Going back to the version before.
    Rollback,
    /// Restoring a backup into an empty place, measured.
    RestoreDrill,
    /// One change to running systems.
    Change,
    /// Nothing but the phases.
    Blank,
}

/// `gonogo new`.
#[derive(Debug, Args)]
#[command(after_help = "Example: gonogo new release -o RELEASE.md")]
pub struct New {
    /// What it is for
    #[arg(value_enum)]
    pub starter: Starter,
    /// Where to write it; standard output without it. A file that exists is never overwritten
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `gonogo completions`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: gonogo completions bash > ~/.local/share/bash-completion/completions/gonogo"
)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `gonogo man`.
#[derive(Debug, Args)]
#[command(after_help = "Example: gonogo man --dir ~/.local/share/man/man1")]
pub struct Man {
    /// Write a page for gonogo and one for each command into this directory, instead of the first to standard output
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}
