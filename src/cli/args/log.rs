//! Options of `gonogo log`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `gonogo log`.
#[derive(Debug, Subcommand)]
pub enum Log {
    /// Make a log, for a group of accounts that share it or in a place of its own
    Init(Init),
    /// Show whose the log is, how long it is, its head, and what is not witnessed yet
    Info(Info),
    /// Copy the log into a new file, all of it and of one moment, and verify the copy
    Backup(Backup),
    /// Move the log to another disk, when the one that it lies on takes nothing any more
    Move(Move),
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

/// `gonogo log init`.
#[derive(Debug, Args)]
#[command(after_help = "Example: gonogo --log /srv/release/log.db log init --group release\n\n\
    The directory is made for the log (mode 2770), or is an empty one of yours. Everybody in the group can then run, sign\n\
    and read with --log, or GONOGO_LOG. It has to lie on a local disk of one machine; people come to it by ssh. A run makes\n\
    a log for one person by itself: that needs no init.")]
pub struct Init {
    /// The group of accounts that share the log
    #[arg(long, value_name = "NAME")]
    pub group: Option<String>,
    /// A log that the new one goes on from and names, because nothing can be added to it: one that does not verify, or
    /// cannot be read whole. Its runs stay in it
    #[arg(long, value_name = "LOG")]
    pub after: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `gonogo log move`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: gonogo log move /mnt/other/log.db, then: gonogo --log /mnt/other/log.db resume\n\n\
    The new log is the old one, with the same id and all its runs; it says on its record where it was, and its head. The\n\
    old file stays where it is and is only read from then on."
)]
pub struct Move {
    /// Where the log goes on: a new file, on another disk
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}
