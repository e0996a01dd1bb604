//! The form of what stands open, in a real terminal.

use gonogo::run::event::Event;

use crate::support::pty::desk::Desk;
use crate::support::pty::{ENTER, ESC};

/// A step with a placeholder, a variable that nothing sets, and one to choose from.
const OPEN: &str = "\
---
gonogo:
  vars:
    COLOUR: {choose: [red, blue]}
---
# Greets <name>

## Work

- [ ] Greets <name>.

  ```sh name=greet on=api
  printf '%s/%s/%s\\n' <name> \"$GREETING\" \"$COLOUR\"
  ```
";

#[test]
fn what_stands_open_is_filled_in_and_runs_as_it_was_shown() {
    let desk = Desk::with_runbook(OPEN);
    let mut pty = desk.demo(&[]);
    pty.wait_for("Fill in, 3 values wanted");
    pty.read();
    pty.send("\x1b[C\x1b[C");
    pty.wait_for("blue");
    pty.press(ENTER, "the next field", |seen| seen.enter().contains("go on") || !seen.has("one of"));
    pty.send("two words");
    pty.wait_for("does not fit");
    pty.send("\x15");
    pty.fill("layla");
    pty.press(ENTER, "the last field", |seen| seen.has("$GREETING"));
    pty.paste("good\nmorning; $HOME");
    pty.wait_for("good morning; $HOME");
    pty.press(ENTER, "the run", |seen| !seen.has("Fill in"));
    pty.wait_for("Greets layla.");
    pty.press_for(ENTER, "layla/good morning; $HOME/blue");
    let values = desk.facts().into_iter().filter(|r| matches!(r.event, Event::ValueSet(_))).count();
    assert_eq!(values, 3);
    assert_eq!(desk.intended(), 1);
}

#[test]
fn a_form_that_was_left_comes_back_before_anything_is_sent() {
    let desk = Desk::with_runbook(OPEN);
    let mut pty = desk.demo(&[]);
    pty.wait_for("Fill in, 3 values wanted");
    pty.read();
    pty.press(ESC, "the run", |seen| !seen.has("Fill in"));
    pty.wait_for("⟨<name>⟩");
    pty.press_for(ENTER, "Fill in, 3 values wanted");
    assert_eq!(desk.intended(), 0);
}
