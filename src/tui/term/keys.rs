//! Keys as a terminal sends them (xterm's ctlseqs, "PC-Style Function Keys"; DECCKM for the arrows). Pure.

use crate::tui::input::{Code, Key, Mods};

/// What the program has asked of the keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Modes {
    /// Arrows are sent for applications (DECCKM).
    pub arrows: bool,
    /// Pasted text is marked (bracketed paste).
    pub paste: bool,
}

/// Returns what `key` sends; none if it sends nothing.
#[must_use]
pub fn encode(key: &Key, modes: Modes) -> Option<String> {
    let Mods { ctrl, alt, shift } = key.mods;
    if let Code::Char(c) = key.code {
        let sent = if ctrl { control(c)?.to_string() } else { c.to_string() };
        return Some(if alt { format!("\x1b{sent}") } else { sent });
    }
    // xterm's number for what is held: 1, and 1 for Shift, 2 for Alt, 4 for Ctrl.
    let held = 1 + u8::from(shift) + 2 * u8::from(alt) + 4 * u8::from(ctrl);
    let escaped = |bare: &str| Some(if alt { format!("\x1b{bare}") } else { bare.to_owned() });
    let cursor = |letter: char| {
        Some(match (held, modes.arrows) {
            (1, true) => format!("\x1bO{letter}"),
            (1, false) => format!("\x1b[{letter}"),
            _ => format!("\x1b[1;{held}{letter}"),
        })
    };
    let tilde = |number: u8| {
        Some(if held == 1 { format!("\x1b[{number}~") } else { format!("\x1b[{number};{held}~") })
    };
    match key.code {
        Code::Char(_) | Code::Other => None,
        Code::Enter => escaped("\r"),
        Code::Esc => escaped("\x1b"),
        Code::Tab if shift => Some("\x1b[Z".to_owned()),
        Code::Tab => escaped("\t"),
        Code::BackTab => Some("\x1b[Z".to_owned()),
        Code::Backspace if ctrl => escaped("\x08"),
        Code::Backspace => escaped("\x7f"),
        Code::Up => cursor('A'),
        Code::Down => cursor('B'),
        Code::Right => cursor('C'),
        Code::Left => cursor('D'),
        Code::Home => cursor('H'),
        Code::End => cursor('F'),
        Code::Insert => tilde(2),
        Code::Delete => tilde(3),
        Code::PageUp => tilde(5),
        Code::PageDown => tilde(6),
        Code::F(n @ 1..=4) => {
            let letter = char::from(b'P' + (n - 1));
            Some(if held == 1 { format!("\x1bO{letter}") } else { format!("\x1b[1;{held}{letter}") })
        }
        Code::F(n) => {
            const NUMBERS: [u8; 16] = [15, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 31, 32, 33, 34];
            NUMBERS.get(usize::from(n.checked_sub(5)?)).copied().and_then(tilde)
        }
    }
}

/// Returns the control character of a key that is pressed with Ctrl.
fn control(c: char) -> Option<char> {
    let upper = c.to_ascii_uppercase();
    match upper {
        ' ' | '2' => Some('\0'),
        '@'..='_' => char::from_u32(u32::from(upper) & 0x1f),
        '3' => Some('\x1b'),
        '4' => Some('\x1c'),
        '5' => Some('\x1d'),
        '6' => Some('\x1e'),
        '7' | '/' => Some('\x1f'),
        '8' | '?' => Some('\x7f'),
        _ => None,
    }
}

/// Returns what pasting `text` sends, none if the program would take its lines for commands, one by one.
///
/// Control characters are left out: an end mark of the paste within the paste would make the rest typed.
#[must_use]
pub fn paste(text: &str, modes: Modes) -> Option<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept: String = text.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control()).collect();
    let typed = kept.replace('\n', "\r");
    match modes.paste {
        true => Some(format!("\x1b[200~{typed}\x1b[201~")),
        false if kept.contains('\n') => None,
        false => Some(typed),
    }
}
