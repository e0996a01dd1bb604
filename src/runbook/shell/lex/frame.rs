//! What is open while shell text is read: constructs, the quotes in them, the command and the word being read.

use crate::runbook::shell::scan::{Simple, Word};

/// A construct.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The script itself.
    Top,
    /// `( … )`
    Subshell,
    /// `$( … )`, `<( … )`, `>( … )`
    Substitution,
    /// `` ` … ` ``
    Backtick,
    /// An array or a pattern in parentheses: its words are no command.
    Words,
    /// `{ … }`
    Brace,
    /// `if … fi`
    If,
    /// `while`, `until`, `for`, `select` … `done`
    Loop,
    /// `case … esac`
    Case,
}

/// A quote inside a construct.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quote {
    /// `'…'`
    Single,
    /// `$'…'`
    Ansi,
    /// `"…"`
    Double,
    /// `${…}`
    Parameter,
    /// `$((…))` or `((…))` with this many parentheses open.
    Arithmetic(u32),
}

/// Where the reader of a `case` or of a loop's head is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// Commands.
    #[default]
    Commands,
    /// The words behind `for`, or the word behind `case`: no command.
    Head,
    /// A pattern of a `case`.
    Pattern,
}

/// What the next word is, if no part of the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redirect {
    /// The file to read.
    In,
    /// The text to read.
    Text,
    /// The file to write.
    Out,
    /// A number of an open file, or a name that is no word of the command.
    Other,
}

/// The word being read.
#[derive(Debug, Default)]
pub struct Building {
    /// Its text.
    pub text: String,
    /// See [`Word::quoted`].
    pub quoted: bool,
    /// See [`Word::expands`].
    pub expands: bool,
}

/// A construct that is open.
#[derive(Debug)]
pub struct Frame {
    /// What it is.
    pub kind: Kind,
    /// Quotes that are open in it.
    pub quotes: Vec<Quote>,
    /// The words of the command so far.
    pub words: Vec<Word>,
    /// The word being read.
    pub word: Option<Building>,
    /// What the next word is.
    pub redirect: Option<Redirect>,
    /// The command being read, without its words.
    pub simple: Simple,
    /// Whether inside `[[ … ]]`.
    pub test: bool,
    /// Where in the construct.
    pub stage: Stage,
    /// For a loop: whether its condition always holds and nothing in it breaks; `None` before that is known.
    pub endless: Option<bool>,
    /// Whether a loop runs until, not while.
    pub until: bool,
    /// Whether the character before is the end of a word or of nothing.
    pub blank: bool,
}

impl Frame {
    /// Returns a construct in which nothing was read.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            quotes: Vec::new(),
            words: Vec::new(),
            word: None,
            redirect: None,
            simple: Simple::default(),
            test: false,
            stage: Stage::Commands,
            endless: None,
            until: false,
            blank: true,
        }
    }

    /// Returns the word being read, begun if it was not.
    pub fn word(&mut self) -> &mut Building {
        self.blank = false;
        self.word.get_or_insert_with(Building::default)
    }

    /// Returns whether the next word would be the name of a command.
    pub fn at_command(&self) -> bool {
        self.words.is_empty() && self.redirect.is_none() && self.stage == Stage::Commands && !self.test
    }
}
