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
