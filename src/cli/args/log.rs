//! Options of `gonogo log`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `gonogo log`.
#[derive(Debug, Subcommand)]
pub enum Log {
    /// Show whose the log is, how long it is, its head, and what is not witnessed yet
    Info(Info),
    /// Copy the log into a new file, all of it and of one moment, and verify the copy
    Backup(Backup),
    /// Keep the log under another name and begin a new one in its place, which names its head
    Rotate(Rotate),
}

/// `gonogo log info`.
#[derive(Debug, Args)]
#[command(after_help = "Example: gonogo log info --ticket\n\n\
    The lines for a ticket are a witness: whoever rewrites the log later cannot rewrite them. `gonogo verify --heads FILE`\n\
    takes any text that they stand in.")]
pub struct Info {
    /// Only three lines to paste into a ticket
    #[arg(long, conflicts_with = "json")]
    pub ticket: bool,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `gonogo log backup`.
#[derive(Debug, Args)]
#[command(after_help = "Example: gonogo log backup /mnt/backup/log.db\n\n\
    A copy of the file alone, made with cp, may lack the newest records.")]
pub struct Backup {
    /// The copy; a file that exists is never overwritten
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `gonogo log rotate`.
#[derive(Debug, Args)]
#[command(after_help = "Example: gonogo log rotate\n\n\
    The old log keeps its records under the name with the next number, log.db.1 and so on, and is only read from then on:\n\
    gonogo --log log.db.1 runs. It takes a log without open runs that nobody else has open.")]
pub struct Rotate {
    /// As JSON
    #[arg(long)]
    pub json: bool,
}
