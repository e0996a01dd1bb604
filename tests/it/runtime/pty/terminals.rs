//! Remote terminals with the built program: keys reach a host and no file, a host reaches the frame and no further.

use rustix::process::Signal;

use crate::support::pty::desk::Desk;
use crate::support::pty::{ENTER, Pty};

/// Ctrl-], which is gonogo's own.
const LEAVE: &str = "\x1d";
const SECRET: &str = "hunter2-correct-horse";

/// The first step asks for a password and then tries all that a host can try; the second one never ends.
const BOOK: &str = "# Terminals

- [ ] The dump is written.

  ```sh name=dump on=api interactive
  stty -echo; printf 'Enter password: '; read -r p; stty echo; echo
  printf '\\033]52;c;cm0gLXJm\\007\\033]0;owned\\007\\033P$q q\\033\\\\\\033[31mlength %s\\033[0m\\n' \"${#p}\"
  trap 'stty size' WINCH
  stty size; until [ -e ~/seen ]; do sleep 0.02; done
  ```

- [ ] The log is watched.

  ```sh name=logs on=api
  echo one >log; tail -f log
  ```
";

#[track_caller]
fn log_lacks(desk: &Desk, secret: &str) {
    let log = std::fs::read(desk.root().join("log.db")).expect("the log");
    assert!(!log.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret} is in the log");
}

#[track_caller]
fn sign(pty: &mut Pty, n: u32) {
    pty.wait("the box to be signed", |seen| seen.enter().contains(&format!("sign box {n}")));
    pty.press_for(" ", "I say");
    pty.press(ENTER, "the box is signed", |seen| !seen.has("I say"));
}

#[test]
fn a_step_is_typed_to_resized_and_ended_and_nothing_of_the_keys_is_kept() {
    let desk = Desk::with_runbook(BOOK);
    let mut pty = desk.demo(&[]);
    pty.wait("the first screen", |seen| seen.taken() && seen.enter().contains("run dump"));
    pty.press_for(ENTER, "┃Enter password:");
    pty.wait_for("your keys go to dump on api-1");
    // An Enter that comes sooner is a second press of the one that started it.
    pty.read();
    pty.send(SECRET);
    pty.send(ENTER);
    pty.wait_for(&format!("length {}", SECRET.len()));
    pty.wait_for("14 78");
    assert!(!pty.seen().has(SECRET), "{}", pty.seen().text());
    pty.resize(120, 40);
    pty.wait_for("26 118");
    std::fs::write(desk.on_host("seen"), "").expect("written");
    sign(&mut pty, 1);
    pty.wait("the log", |seen| seen.enter().contains("run logs"));
    pty.press(ENTER, "the terminal", |seen| seen.has("your keys go to logs on api-1"));
    pty.wait_for("one");
    pty.press_for(LEAVE, "it has done its work");
    pty.read();
    pty.send("e");
    pty.wait_for("end it now");
    pty.enter();
    pty.wait_for("as it should");
    sign(&mut pty, 2);
    pty.send("q");
    assert_eq!(pty.code(), 0);
    pty.assert_given_back();
    let bytes = String::from_utf8_lossy(&pty.bytes()).into_owned();
    for raw in ["\x1b]52;c;cm0gLXJm", "\x1b]0;owned", "\x1bP$q"] {
        assert!(!bytes.contains(raw), "{raw:?} reached the operator's terminal");
    }
    assert!(!bytes.contains(SECRET));
    log_lacks(&desk, SECRET);
}

#[test]
fn a_shell_on_the_host_is_opened_typed_to_and_left() {
    let desk = Desk::with_runbook(BOOK);
    let mut pty = desk.demo(&[]);
    pty.wait("the first screen", |seen| seen.taken() && seen.enter().contains("run dump"));
    pty.press_for("o", "Open a shell on a host");
    pty.read();
    pty.send("1");
    pty.wait_for("open a shell on api-1");
    pty.enter();
    pty.wait_for("deploy@api-1");
    pty.wait_for("your keys go to the shell on api-1");
    pty.read();
    pty.send("echo $((6*7))-answer; stty size\r");
    pty.wait_for("42-answer");
    pty.wait_for("14 78");
    pty.send("exit 3\r");
    pty.wait_for("has ended: exit 3");
    log_lacks(&desk, "-answer");
    // Keys that came a moment too late do nothing; then the screen is gonogo's again.
    pty.press("q", "the program is left", |seen| !seen.taken());
    assert_eq!(pty.code(), 0);
    pty.assert_given_back();
}

#[test]
fn vim_draws_and_leaves_when_it_is_there() {
    let has_vim = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join("vim").is_file()));
    if !has_vim {
        return;
    }
    let book = "# Edit\n\n- [ ] Edited.\n\n  ```sh name=edit on=api\n  vim -u NONE note.txt\n  ```\n";
    let desk = Desk::with_runbook(book);
    let mut pty = desk.demo(&[]);
    pty.wait("the first screen", |seen| seen.taken() && seen.enter().contains("run edit"));
    pty.press_for(ENTER, "your keys go to edit on api-1");
    pty.wait_for("┃~");
    pty.read();
    pty.send("ihello from afar\x1b");
    pty.wait_for("hello from afar");
    pty.send(":wq\r");
    pty.wait("it has passed", |seen| seen.enter().contains("sign box 1"));
    let text = std::fs::read_to_string(desk.on_host("note.txt")).expect("it was written");
    assert_eq!(text, "hello from afar\n");
    pty.press("q", "the program is left", |seen| !seen.taken());
    assert_eq!(pty.code(), 0);
}

#[test]
fn killed_with_a_terminal_open_it_comes_back_and_does_not_run_the_step_again() {
    let book = "# Hung up\n\n- [ ] Looked.\n\n  ```sh name=look on=api interactive\n  \
                echo started >>count; while :; do sleep 0.05; done\n  ```\n";
    let desk = Desk::with_runbook(book);
    let mut pty = desk.demo(&[]);
    pty.wait("the first screen", |seen| seen.taken() && seen.enter().contains("run look"));
    pty.press_for(ENTER, "your keys go to look on api-1");
    desk.wait_on_host("count", "started\n");
    pty.signal(Signal::KILL);
    assert_eq!(pty.end().signal().map(str::to_lowercase), Some("killed".to_owned()));
    let mut pty = desk.demo(&[]);
    pty.wait_for("UNKNOWN");
    assert_eq!(desk.intended(), 1);
    desk.wait_on_host("count", "started\n");
    pty.press("q", "the program is left", |seen| !seen.taken());
    assert_eq!(pty.code(), 0);
    pty.assert_given_back();
}
