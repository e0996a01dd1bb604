//! Whatever a step prints, only the renderer's own sequences reach the terminal.

use std::collections::BTreeSet;

use crate::support::pty::desk::Desk;
use crate::support::pty::{ENTER, ESC, Pty};

use super::walk::walk;

/// A step that tries everything on the terminal that looks at it, on both streams: clipboard, title, device control,
/// questions that the terminal answers, colours that do not end, C1 controls in both forms, bidi overrides.
const HOSTILE: &str = r"# Hostile

## Work

- [ ] Prints bad things. <!-- gonogo: id=printed -->

  ```sh name=bad on=api
  for stream in 1 2; do
    printf '\033]52;c;ZXZpbA==\007clip\n' >&$stream
    printf '\033]0;ow%s\007\033]2;ow%s\033\\title\n' ned ned >&$stream
    printf '\033P$q\042p\033\\\033_apc\033\\\033^pm\033\\strings\n' >&$stream
    printf '\033[c\033[6n\033[5n\033[>c\033[21tasks\n' >&$stream
    printf '\033[2J\033[H\033[?1049l\033[?1000l\033[?25h\033[3J\033c\033[!pmodes\n' >&$stream
    printf '\033[5;31;7mblinks\n' >&$stream
    printf '\302\2332J\302\235\060;mine\302\234c1\n' >&$stream
    printf '\2332J\2350;mine\234raw\n' >&$stream
    printf 'a\342\200\256b\342\201\246c\342\200\217bidi\n' >&$stream
    printf '\007\010\010\033[999Cfar\n' >&$stream
    printf 'half \033]52;c;' >&$stream
  done
  exit 1
  ```
";

/// What arrives at a terminal, apart.
#[derive(Default)]
struct Arrived {
    text: String,
    csi: BTreeSet<String>,
    other: BTreeSet<String>,
}

impl vte::Perform for Arrived {
    fn print(&mut self, c: char) {
        self.text.push(c);
    }

    fn execute(&mut self, byte: u8) {
        self.other.insert(format!("control {byte:#x}"));
    }

    fn hook(&mut self, _: &vte::Params, _: &[u8], _: bool, action: char) {
        self.other.insert(format!("DCS {action}"));
    }

    fn osc_dispatch(&mut self, params: &[&[u8]], _: bool) {
        self.other.insert(format!(
            "OSC {:?}",
            params.iter().map(|p| String::from_utf8_lossy(p)).collect::<Vec<_>>()
        ));
    }

    fn csi_dispatch(&mut self, params: &vte::Params, intermediates: &[u8], _: bool, action: char) {
        let before = String::from_utf8_lossy(intermediates);
        let first = params.iter().next().and_then(|p| p.first()).copied().unwrap_or_default();
        let mode = if matches!(action, 'h' | 'l') { first.to_string() } else { String::new() };
        self.csi.insert(format!("{before}{mode}{action}"));
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], _: bool, byte: u8) {
        self.other.insert(format!("ESC {}{}", String::from_utf8_lossy(intermediates), byte as char));
    }
}

fn arrived(pty: &Pty) -> Arrived {
    let mut arrived = Arrived::default();
    vte::Parser::new().advance(&mut arrived, &pty.bytes());
    arrived
}

/// What the renderer itself sends: cursor, erasing, attributes; and what is switched on: the other screen, hiding the
/// cursor, mouse, focus, bracketed paste; the marks around a frame.
const OWN: [&str; 16] = [
    "H", "J", "m", "?1049h", "?25l", "?25h", "?1000h", "?1002h", "?1003h", "?1006h", "?1015h", "?1004h",
    "?2004h", "K", "?2026h", "?2026l",
];

#[test]
fn nothing_that_a_step_prints_is_obeyed() {
    let desk = Desk::with_runbook(HOSTILE);
    let mut pty = desk.demo(&[]);
    walk(&mut pty, "FAILED");
    // Every view of it: the dock, all the room, the question about it, what happened, and wrapped lines.
    pty.send("z");
    pty.wait_for("far");
    pty.send("W");
    pty.press_for("\x1b[5~", "clip");
    pty.press_for(ESC, "q leave");
    pty.press_for(ENTER, "what now");
    pty.press_for(ESC, "q leave");
    pty.send("t");
    pty.wait_for("opened");
    let arrived = arrived(&pty);
    let strange: Vec<&String> = arrived.csi.iter().filter(|csi| !OWN.contains(&csi.as_str())).collect();
    assert!(strange.is_empty(), "{strange:?}");
    let beyond: Vec<&String> = arrived.other.iter().filter(|other| *other != "control 0x7").collect();
    assert!(beyond.is_empty(), "{beyond:?}");
    for word in ["clip", "title", "strings", "asks", "modes", "blinks", "c1", "raw", "bidi", "far"] {
        assert!(arrived.text.contains(word), "{word} was never shown");
    }
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!arrived.text.contains(hidden), "a hidden character was sent");
    assert!(!arrived.text.contains("owned"), "the end of a title was shown as text");
    assert!(pty.seen().taken(), "the screen is still ours");
}
