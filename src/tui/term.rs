//! The screen of a remote program: bytes into cells, keys into bytes. Pure.
//!
//! Nothing that a host sends reaches the operator's terminal as it is: a parser turns it into cells, and the view draws
//! those. What a host asks of a terminal is answered only where programs cannot do without it, and only with numbers
//! of our own: the device's kind (DA, `CSI c`), its health and where the cursor stands (DSR, `CSI 5 n` and `CSI 6 n`).
//! Everything else is asked in vain: a title or a setting that comes back (XTWINOPS, DECRQSS, XTGETTCAP), the clipboard
//! (OSC 52), colours (OSC 10 and 11). What comes back would be typed, and a host must not choose what is typed.

pub mod keys;

use std::fmt;
use std::num::NonZeroU16;

use vt100::{Callbacks, Parser, Screen};

/// Answers that one piece of output may ask for; more is no program that wants to know.
const MOST_ANSWERS: usize = 16;
/// What we say that we are: a VT100 with advanced video, as most terminals say.
const DEVICE: &str = "\x1b[?1;2c";

/// A remote screen.
pub struct Term {
    parser: Parser<Asked>,
    skipped: u64,
}

/// What a program asked the terminal.
#[derive(Debug, Default)]
struct Asked {
    answers: Vec<String>,
    bells: usize,
}

impl Callbacks for Asked {
    fn audible_bell(&mut self, _: &mut Screen) {
        self.bells += 1;
    }

    fn unhandled_csi(
        &mut self,
        screen: &mut Screen,
        mark: Option<u8>,
        more: Option<u8>,
        params: &[&[u16]],
        c: char,
    ) {
        if self.answers.len() >= MOST_ANSWERS || mark.is_some() || more.is_some() {
            return;
        }
        let first = params.first().and_then(|p| p.first()).copied().unwrap_or(0);
        match (c, first) {
            ('c', 0) => self.answers.push(DEVICE.to_owned()),
            ('n', 5) => self.answers.push("\x1b[0n".to_owned()),
            ('n', 6) => {
                let (row, column) = screen.cursor_position();
                self.answers.push(format!("\x1b[{};{}R", u32::from(row) + 1, u32::from(column) + 1));
            }
            _ => {}
        }
    }
}

/// What came of a piece of output.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    /// What the terminal answers to the program.
    pub answers: String,
    /// Whether it rang the bell.
    pub bell: bool,
}

impl Term {
    /// Returns an empty screen of so many columns and rows, of which there are always some.
    #[must_use]
    pub fn new(size: (u16, u16)) -> Self {
        let (columns, rows) = sized(size);
        Self { parser: Parser::new_with_callbacks(rows, columns, 0, Asked::default()), skipped: 0 }
    }

    /// Takes output; `skipped` bytes before it were never seen.
    pub fn feed(&mut self, skipped: u64, bytes: &[u8]) -> Said {
        self.skipped = self.skipped.saturating_add(skipped);
        self.parser.process(bytes);
        let asked = self.parser.callbacks_mut();
        let bell = std::mem::take(&mut asked.bells) > 0;
        Said { answers: std::mem::take(&mut asked.answers).concat(), bell }
    }

    /// Gives the screen another size.
    pub fn resize(&mut self, size: (u16, u16)) {
        let (columns, rows) = sized(size);
        if self.parser.screen().size() != (rows, columns) {
            self.parser.set_size(rows, columns);
        }
    }

    /// Returns the cells.
    #[must_use]
    pub fn screen(&self) -> &Screen {
        self.parser.screen()
    }

    /// Returns how many bytes were left out because too many came at once.
    #[must_use]
    pub const fn skipped(&self) -> u64 {
        self.skipped
    }
}

impl fmt::Debug for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, columns) = self.screen().size();
        write!(f, "Term({columns}x{rows})")
    }
}

/// The smallest screen: one column or row has no room for a letter of two columns, and parsers have stumbled over it.
const LEAST: NonZeroU16 = NonZeroU16::MIN.saturating_add(1);
/// The largest: more is no window of anybody's, and memory.
const MOST: (u16, u16) = (1000, 500);

/// Returns the size that a remote terminal of `columns` and `rows` really gets.
#[must_use]
pub fn sized((columns, rows): (u16, u16)) -> (NonZeroU16, NonZeroU16) {
    let at_least = |n: u16, most: u16| NonZeroU16::new(n.min(most)).unwrap_or(LEAST).max(LEAST);
    (at_least(columns, MOST.0), at_least(rows, MOST.1))
}
