//! From what the terminal library reads to the screen's own input. The only place that knows both.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind, poll, read,
};
use tokio::sync::mpsc;

use crate::tui::input::{Code, Input, Key, Mods, Mouse, MouseAct};

/// How many inputs may wait.
const WAITING: usize = 256;

/// How often the reading thread looks whether it should end.
const LOOK: Duration = Duration::from_millis(100);

/// Reads the terminal on a thread of its own until it is dropped.
#[derive(Debug)]
pub struct Reader {
    end: Arc<AtomicBool>,
}

impl Reader {
    /// Starts reading.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start() -> std::io::Result<(Self, mpsc::Receiver<Input>)> {
        let (sender, receiver) = mpsc::channel(WAITING);
        let end = Arc::new(AtomicBool::new(false));
        let theirs = Arc::clone(&end);
        std::thread::Builder::new().name("terminal".to_owned()).spawn(move || {
            while !theirs.load(Ordering::Relaxed) {
                let input = match poll(LOOK) {
                    Ok(false) => continue,
                    Ok(true) => read().map(|event| convert(&event)),
                    Err(error) => Err(error),
                };
                let input = input.unwrap_or(Some(Input::Gone));
                let gone = input == Some(Input::Gone);
                if input.is_some_and(|input| sender.blocking_send(input).is_err()) || gone {
                    return;
                }
            }
        })?;
        Ok((Self { end }, receiver))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
    }
}

/// Returns what the event means to the screen, if anything.
#[must_use]
pub fn convert(event: &Event) -> Option<Input> {
    match event {
        Event::Key(key) => self::key(*key).map(Input::Key),
        Event::Paste(text) => Some(Input::Paste(text.clone())),
        Event::Mouse(event) => mouse(*event).map(Input::Mouse),
        Event::Resize(columns, rows) => Some(Input::Resize(*columns, *rows)),
        Event::FocusGained => Some(Input::Focus(true)),
        Event::FocusLost => Some(Input::Focus(false)),
    }
}

fn key(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let code = match event.code {
        KeyCode::Char(c) => Code::Char(c),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Insert => Code::Insert,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::F(n) => Code::F(n),
        _ => Code::Other,
    };
    let mods = Mods {
        ctrl: event.modifiers.contains(KeyModifiers::CONTROL),
        alt: event.modifiers.contains(KeyModifiers::ALT),
        shift: event.modifiers.contains(KeyModifiers::SHIFT) && !matches!(code, Code::Char(_)),
    };
    // The library names the bytes 0x1c to 0x1f after the digits that also make them; people press these.
    let code = match code {
        Code::Char('4') if mods.ctrl => Code::Char('\\'),
        Code::Char('5') if mods.ctrl => Code::Char(']'),
        Code::Char('6') if mods.ctrl => Code::Char('^'),
        Code::Char('7') if mods.ctrl => Code::Char('_'),
        other => other,
    };
    Some(Key { code, mods, repeat: event.kind == KeyEventKind::Repeat })
}

fn mouse(event: MouseEvent) -> Option<Mouse> {
    let what = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => MouseAct::Press,
        MouseEventKind::ScrollUp => MouseAct::WheelUp,
        MouseEventKind::ScrollDown => MouseAct::WheelDown,
        _ => return None,
    };
    Some(Mouse { what, column: event.column, row: event.row })
}
