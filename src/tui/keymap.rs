//! The one table of keys of the run screen: what a key does, where, and in which words. The help overlay, the key
//! line, the dispatch and a test are made from it. Letters inside questions belong to the questions.

use crate::tui::input::{Code, Key};
use crate::tui::session::Pane;

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// The obvious next thing.
    Enter,
    /// Opens the form to sign.
    Sign,
    /// One up.
    Up,
    /// One down.
    Down,
    /// One page up.
    PageUp,
    /// One page down.
    PageDown,
    /// To the first.
    Home,
    /// To the last; output follows again.
    End,
    /// To the previous phase.
    PhaseBack,
    /// To the next phase.
    PhaseOn,
    /// To the next thing that needs somebody.
    Attention,
    /// To the next pane.
    PaneOn,
    /// To the previous pane.
    PaneBack,
    /// To a host, by its number.
    Host,
    /// One level back.
    Back,
    /// Skips a box.
    Waive,
    /// Writes a note.
    Note,
    /// Fills in what stands open.
    Fill,
    /// Cancels a step, ends a wait.
    Cancel,
    /// Runs a command that is only offered.
    Commands,
    /// Opens a shell on a host.
    Shell,
    /// Retries a failed step.
    Retry,
    /// Gives a verdict.
    Verdict,
    /// Rolls back.
    Rollback,
    /// Offers the run to somebody, or takes one that is offered.
    HandOver,
    /// Goes to the gate.
    Gate,
    /// Says no-go.
    NoGo,
    /// Opens a gate anyway.
    OpenAnyway,
    /// Opens a settled box again.
    Unsign,
    /// Closes the run.
    Close,
    /// Searches.
    Find,
    /// Follows the output, or holds it.
    Follow,
    /// Wraps long lines, or not.
    Wrap,
    /// Gives a pane all the room.
    Zoom,
    /// Shows what happened.
    Feed,
    /// Shows script and values.
    Detail,
    /// Copies the NOW sentence.
    CopyNow,
    /// Copies command or output.
    CopyThis,
    /// Exports the record.
    Export,
    /// Shows all keys.
    Help,
    /// Leaves.
    Leave,
    /// Cancels if a step runs, else leaves.
    Interrupt,
    /// Suspends the program.
    Suspend,
    /// Draws anew.
    Redraw,
}

/// Where the help lists a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// It changes something.
    Do,
    /// It moves.
    Move,
    /// It shows.
    See,
    /// It carries something out of the program.
    Take,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// What it does.
    pub act: Act,
    /// The keys.
    pub keys: &'static [Key],
    /// How they are written.
    pub show: &'static str,
    /// Whether the row above names them too.
    pub above: bool,
    /// Where it works; empty is everywhere.
    pub panes: &'static [Pane],
    /// Where the help lists it.
    pub group: Group,
    /// One or two words for the key line.
    pub name: &'static str,
    /// What it does, for the help.
    pub help: &'static str,
}

impl Entry {
    /// Returns whether it works in `pane`.
    #[must_use]
    pub fn works_in(&self, pane: Pane) -> bool {
        self.panes.is_empty() || self.panes.contains(&pane)
    }

    /// Returns whether the help lists it in a row of its own.
    #[must_use]
    pub const fn listed(&self) -> bool {
        !self.above
    }

    /// Returns whether its words contain `sought`, in lower case.
    #[must_use]
    pub fn matches(&self, sought: &str) -> bool {
        [self.show, self.name, self.help].iter().any(|text| text.to_lowercase().contains(sought))
    }
}

const fn letter(c: char) -> Key {
    Key::plain(Code::Char(c))
}

const fn key(code: Code) -> Key {
    Key::plain(code)
}

const fn row(
    act: Act,
    keys: &'static [Key],
    show: &'static str,
    panes: &'static [Pane],
    group: Group,
    name: &'static str,
    help: &'static str,
) -> Entry {
    Entry { act, keys, show, above: false, panes, group, name, help }
}

/// The second row of a pair, which the row above names too.
const fn pair(
    act: Act,
    keys: &'static [Key],
    show: &'static str,
    panes: &'static [Pane],
    group: Group,
    name: &'static str,
    help: &'static str,
) -> Entry {
    Entry { act, keys, show, above: true, panes, group, name, help }
}

const ALL: &[Pane] = &[];

/// The table.
pub const TABLE: &[Entry] = &[
    row(Act::Enter, &[key(Code::Enter)], "Enter", ALL, Group::Do, "next", "the obvious next thing"),
    row(Act::Sign, &[letter(' ')], "Space", &[Pane::List], Group::Do, "sign", "sign the box"),
    row(Act::Waive, &[letter('w')], "w", ALL, Group::Do, "waive", "skip with a reason"),
    row(Act::Note, &[letter('n')], "n =", ALL, Group::Do, "note", "note; fill in values"),
    pair(Act::Fill, &[letter('=')], "=", ALL, Group::Do, "values", "fill in values"),
    row(Act::Cancel, &[letter('x')], "x", ALL, Group::Do, "cancel", "cancel the step, end a wait"),
    row(Act::Commands, &[letter('m')], "m o", ALL, Group::Do, "commands", "offered command; a shell"),
    pair(Act::Shell, &[letter('o')], "o", ALL, Group::Do, "shell", "open a shell on the host"),
    row(Act::Retry, &[letter('r')], "r", ALL, Group::Do, "retry", "retry failed hosts"),
    row(Act::Verdict, &[letter('v')], "v", ALL, Group::Do, "verdict", "say what a step did"),
    row(Act::Rollback, &[letter('R')], "R H", ALL, Group::Do, "roll back", "roll back; hand run over"),
    pair(Act::HandOver, &[letter('H')], "H", ALL, Group::Do, "hand over", "hand the run over, take it"),
    row(Act::Gate, &[letter('g')], "g N A", ALL, Group::Do, "gate", "gate: go, no-go, anyway"),
    pair(Act::NoGo, &[letter('N')], "N", ALL, Group::Do, "no-go", "gate: say no-go"),
    pair(Act::OpenAnyway, &[letter('A')], "A", ALL, Group::Do, "open anyway", "gate: open it anyway"),
    row(Act::Unsign, &[letter('u')], "u", ALL, Group::Do, "un-sign", "un-sign: undo a sign-off"),
    row(Act::Close, &[letter('Q')], "Q", ALL, Group::Do, "close", "close the run"),
    row(
        Act::Down,
        &[letter('j'), key(Code::Down)],
        "j k ↓ ↑",
        ALL,
        Group::Move,
        "move",
        "box or line down, up",
    ),
    pair(Act::Up, &[letter('k'), key(Code::Up)], "k ↑", ALL, Group::Move, "up", "box or line up"),
    row(Act::PageDown, &[key(Code::PageDown)], "PgDn PgUp", ALL, Group::Move, "page", "one page down, up"),
    pair(Act::PageUp, &[key(Code::PageUp)], "PgUp", ALL, Group::Move, "page up", "one page up"),
    row(Act::Home, &[key(Code::Home)], "Home End", ALL, Group::Move, "ends", "first, last (follows)"),
    pair(Act::End, &[key(Code::End)], "End", ALL, Group::Move, "last", "to the last; follow again"),
    row(Act::PhaseBack, &[letter('[')], "[ ]", &[Pane::List], Group::Move, "phase", "previous, next phase"),
    pair(Act::PhaseOn, &[letter(']')], "]", &[Pane::List], Group::Move, "phase", "next phase"),
    row(Act::Attention, &[letter('a')], "a", ALL, Group::Move, "what needs you", "next that needs you"),
    row(Act::PaneOn, &[key(Code::Tab)], "Tab", ALL, Group::Move, "pane", "list, details, output"),
    pair(
        Act::PaneBack,
        &[key(Code::BackTab)],
        "Shift-Tab",
        ALL,
        Group::Move,
        "pane",
        "output, details, list",
    ),
    row(
        Act::Host,
        &[
            letter('1'),
            letter('2'),
            letter('3'),
            letter('4'),
            letter('5'),
            letter('6'),
            letter('7'),
            letter('8'),
            letter('9'),
        ],
        "1-9",
        ALL,
        Group::Move,
        "host",
        "output of that host",
    ),
    row(Act::Find, &[letter('/')], "/", ALL, Group::Move, "find", "find; Enter finds the next"),
    row(Act::Back, &[key(Code::Esc)], "Esc", ALL, Group::Move, "back", "one level back"),
    row(Act::Zoom, &[letter('z')], "z", ALL, Group::See, "zoom output", "zoom the pane"),
    row(Act::Follow, &[letter('f')], "f W", ALL, Group::See, "follow", "follow output, wrap lines"),
    pair(Act::Wrap, &[letter('W')], "W", ALL, Group::See, "wrap", "wrap long lines or not"),
    row(Act::Feed, &[letter('t')], "t", ALL, Group::See, "what happened", "what happened, and back"),
    row(Act::Detail, &[letter('i')], "i", ALL, Group::See, "script", "step script and values"),
    row(Act::Help, &[letter('?'), key(Code::F(1))], "?", ALL, Group::See, "all", "this help"),
    row(Act::Redraw, &[Key::ctrl('l')], "Ctrl-L", ALL, Group::See, "redraw", "draw the screen anew"),
    row(Act::CopyNow, &[letter('y')], "y c", ALL, Group::Take, "copy status", "copy status; what is shown"),
    pair(Act::CopyThis, &[letter('c')], "c", ALL, Group::Take, "copy", "copy command or output"),
    row(Act::Export, &[letter('e')], "e", ALL, Group::Take, "export", "export the record"),
    row(Act::Suspend, &[Key::ctrl('z')], "Ctrl-Z", ALL, Group::Take, "suspend", "suspend gonogo"),
    row(Act::Interrupt, &[Key::ctrl('c')], "Ctrl-C", ALL, Group::Take, "cancel", "like x, else like q"),
    row(Act::Leave, &[letter('q')], "q", ALL, Group::Take, "leave", "leave; the run stays open"),
];

/// Returns what `key` does in `pane`.
#[must_use]
pub fn find(pane: Pane, key: &Key) -> Option<Act> {
    let bare = Key { repeat: false, ..*key };
    TABLE.iter().find(|e| e.works_in(pane) && e.keys.contains(&bare)).map(|e| e.act)
}

/// Returns the row of `act`.
#[must_use]
pub fn entry(act: Act) -> Option<&'static Entry> {
    TABLE.iter().find(|e| e.act == act)
}

/// Returns whether a held key may go on doing `act`.
#[must_use]
pub const fn repeats(act: Act) -> bool {
    matches!(act, Act::Up | Act::Down | Act::PageUp | Act::PageDown)
}

/// Returns the number that a host key stands for, from 1.
#[must_use]
pub fn digit(key: &Key) -> Option<usize> {
    key.letter().and_then(|c| c.to_digit(10)).and_then(|d| usize::try_from(d).ok())
}
