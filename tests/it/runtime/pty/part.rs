//! Parts of the tests that need a process of their own, which this program starts from itself.

use std::ffi::OsString;
use std::io::Read as _;

use gonogo::runtime::terminal::Terminal;
use portable_pty::CommandBuilder;

use crate::support::pty::Pty;
use crate::support::pty::desk::{EXE, ROLE};

/// Runs the program so that its end is told to a file by a shell that outlives the window.
const HELD: &str = r#"trap '' HUP
sh -c 'echo $$ > "$HOME/pid"; exec "$0" demo --as layla' "$0"
echo $? > "$HOME/code""#;

#[test]
fn in_a_process_of_its_own() {
    match std::env::var(ROLE).as_deref() {
        Ok("panic") => {
            let mut terminal = Terminal::take().unwrap();
            terminal.draw(|_| panic!("on purpose")).unwrap();
        }
        Ok("panic-elsewhere") => {
            let mut terminal = Terminal::take().unwrap();
            terminal.draw(|_| ()).unwrap();
            std::thread::spawn(|| panic!("on purpose")).join().unwrap_err();
            terminal.draw(|_| ()).unwrap_err();
            println!("the drawing was refused");
        }
        Ok("hold") => {
            let mut command = CommandBuilder::from_argv(["sh", "-c", HELD, EXE].map(OsString::from).to_vec());
            command.env_remove(ROLE);
            let pty = Pty::start(command, 80, 24);
            pty.wait("the first screen", |seen| seen.taken() && seen.last().contains("q leave"));
            println!("\nready");
            std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        }
        // As a test among the others it has nothing to do.
        _ => {}
    }
}
