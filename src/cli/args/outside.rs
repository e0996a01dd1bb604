//! Options of the commands by which people answer from outside the screen.

use clap::{Args, ValueEnum};

use super::Unsigned;

/// Who answers, and whether they are asked first.
#[derive(Debug, Clone, Args)]
pub struct Person {
    /// Your name, as the record shows it
    #[arg(long = "as", value_name = "NAME")]
    pub name: Option<String>,
    /// Answer without being asked
    #[arg(long)]
    pub yes: bool,
    /// Without the key.
    #[command(flatten)]
    pub unsigned: Unsigned,
}

/// `gonogo sign`.
#[derive(Debug, Args)]
pub struct Sign {
    /// The run, by its id or the beginning of it
    pub run: String,
    /// The box, by its number on the screen, its id, the beginning of it, or a part of its text
    #[arg(value_name = "BOX")]
    pub in_box: String,
    /// The value that the box asks for
    #[arg(long)]
    pub value: Option<String>,
    /// Your words
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Sign although earlier boxes are open; the record says so
    #[arg(long)]
    pub out_of_order: bool,
    /// Who.
    #[command(flatten)]
    pub person: Person,
}

/// A voice at a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Voice {
    /// Go.
    Go,
    /// Not now; a text is wanted.
    NoGo,
}

/// `gonogo vote`.
#[derive(Debug, Args)]
pub struct Vote {
    /// The run, by its id or the beginning of it
    pub run: String,
    /// The gate, by the phase behind it: its name or title
    pub gate: String,
    /// Go or no-go
    #[arg(value_enum)]
    pub vote: Voice,
    /// The role that you speak for, where you have several
    #[arg(long)]
    pub role: Option<String>,
    /// Your words; wanted for no-go
    #[arg(long)]
    pub text: Option<String>,
    /// Who.
    #[command(flatten)]
    pub person: Person,
}

/// `gonogo waive`.
#[derive(Debug, Args)]
pub struct Waive {
    /// The run, by its id or the beginning of it
    pub run: String,
    /// The box, by its number on the screen, its id, the beginning of it, or a part of its text
    #[arg(value_name = "BOX")]
    pub in_box: String,
    /// Why
    #[arg(long)]
    pub reason: String,
    /// Who carries the risk
    #[arg(long, value_name = "NAME")]
    pub risk_owner: Option<String>,
    /// Waive although earlier boxes are open; the record says so
    #[arg(long)]
    pub out_of_order: bool,
    /// Who.
    #[command(flatten)]
    pub person: Person,
}

/// `gonogo note`.
#[derive(Debug, Args)]
pub struct Note {
    /// The run, by its id or the beginning of it
    pub run: String,
    /// Your words
    pub text: String,
    /// The box that they are about, by its number on the screen, its id, the beginning of it, or a part of its text
    #[arg(long = "box", value_name = "BOX")]
    pub in_box: Option<String>,
    /// Who.
    #[command(flatten)]
    pub person: Person,
}

/// `gonogo handover`.
#[derive(Debug, Args)]
pub struct Handover {
    /// The run, by its id or the beginning of it
    pub run: String,
    /// Offer it to this person, as its captain
    #[arg(long, value_name = "NAME", required_unless_present = "accept")]
    pub to: Option<String>,
    /// Take it, as the person that it was offered to
    #[arg(long, conflicts_with_all = ["to", "text"])]
    pub accept: bool,
    /// Your words
    #[arg(long)]
    pub text: Option<String>,
    /// Who.
    #[command(flatten)]
    pub person: Person,
}
