//! What a terminal sends, in terms of our own: the runtime converts, so that no terminal library is known here.

/// One piece of input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed, or repeats because it is held.
    Key(Key),
    /// Text was pasted; it only ever goes into text fields.
    Paste(String),
    /// The mouse did something.
    Mouse(Mouse),
    /// The terminal has now this many columns and rows.
    Resize(u16, u16),
    /// The terminal window gained or lost the focus.
    Focus(bool),
    /// The terminal is gone, or the process was asked to end.
    Gone,
}

/// A key with what was held beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// Which.
    pub code: Code,
    /// What was held. Shift is not reported for letters: they come as capitals.
    pub mods: Mods,
    /// Whether the terminal said that the key is held and repeats.
    pub repeat: bool,
}

impl Key {
    /// Returns the bare key.
    #[must_use]
    pub const fn plain(code: Code) -> Self {
        Self { code, mods: Mods::NONE, repeat: false }
    }

    /// Returns the letter with Ctrl held.
    #[must_use]
    pub const fn ctrl(letter: char) -> Self {
        Self { code: Code::Char(letter), mods: Mods { ctrl: true, ..Mods::NONE }, repeat: false }
    }

    /// Returns the key as if Shift had not been held; of gonogo's own keys none wants it.
    #[must_use]
    pub const fn unshifted(&self) -> Self {
        Self { mods: Mods { shift: false, ..self.mods }, ..*self }
    }

    /// Returns the letter that the key types, if it types one.
    #[must_use]
    pub const fn letter(&self) -> Option<char> {
        match (self.code, self.mods) {
            (Code::Char(c), Mods::NONE) => Some(c),
            _ => None,
        }
    }
}

/// What was held beside a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Mods {
    /// Ctrl.
    pub ctrl: bool,
    /// Alt.
    pub alt: bool,
    /// Shift, beside a key that types no character.
    pub shift: bool,
}

impl Mods {
    /// Nothing was held.
    pub const NONE: Self = Self { ctrl: false, alt: false, shift: false };
}

/// Which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// One that types this character.
    Char(char),
    /// Enter or Return.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Tab with Shift.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key by its number.
    F(u8),
    /// Anything else.
    Other,
}

/// A mouse event; columns and rows count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    /// What it did.
    pub what: MouseAct,
    /// The column.
    pub column: u16,
    /// The row.
    pub row: u16,
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseAct {
    /// The first button was pressed.
    Press,
    /// The wheel turned up.
    WheelUp,
    /// The wheel turned down.
    WheelDown,
}
