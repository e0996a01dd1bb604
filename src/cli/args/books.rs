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

/// `gonogo plan`.
#[derive(Debug, Args)]
#[command(after_help = "Example: gonogo plan RELEASE.md --env staging --set VERSION=v1.2.3\n\n\
    It runs nothing, asks nothing, writes nothing and needs no log, except that --live runs the steps marked `check` on\n\
    their hosts and exits 1 when one fails, 4 when a host cannot be reached or its key is not known.")]
pub struct Plan {
    /// The runbook: a Markdown file, or a shipped one by its name
    pub runbook: PathBuf,
    /// The environment, by its name in the environment file
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// The environment file, instead of the one that the runbook names
    #[arg(long, value_name = "FILE")]
    pub environments: Option<PathBuf>,
    /// The SSH configuration for bare host names, instead of your own and the machine's
    #[arg(long, requires = "live", value_name = "FILE")]
    pub ssh_config: Option<PathBuf>,
    /// The value of a variable that the runbook declares or wants filled in
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Run the steps marked `check` now, really, and show what they say
    #[arg(long)]
    pub live: bool,
    /// With --live: trust the SSH configuration and host keys beside the environment file, without being asked
    #[arg(long, requires = "live")]
    pub trust: bool,
    /// List what gonogo itself sends to a host beside the steps
    #[arg(long)]
    pub wire: bool,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `gonogo hosts`.
#[derive(Debug, Args)]
#[command(after_help = "Example: gonogo hosts --env production --environments environments.yaml\n\n\
    It logs in to every host of the environment, one connection each, runs no step and writes nothing but, in the home\n\
    directory there, what a run writes too, and removes it. At a terminal it asks what the login of a run would ask: about\n\
    a new host key, which is recorded if it is accepted, for a passphrase, for a password. It exits 4 when a host cannot\n\
    be reached, its key is not trusted or the login fails.")]
pub struct Hosts {
    /// A runbook, for the environment file that it names
    pub runbook: Option<PathBuf>,
    /// The environment, by its name in the environment file
    #[arg(long, value_name = "NAME")]
    pub env: String,
    /// The environment file, instead of the one that the runbook names
    #[arg(long, value_name = "FILE", required_unless_present = "runbook")]
    pub environments: Option<PathBuf>,
    /// The SSH configuration for bare host names, instead of your own and the machine's
    #[arg(long, value_name = "FILE")]
    pub ssh_config: Option<PathBuf>,
    /// Trust the SSH configuration and host keys beside the environment file, without being asked
    #[arg(long)]
    pub trust: bool,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}
