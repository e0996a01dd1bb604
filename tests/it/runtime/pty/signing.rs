//! Signing where a person sits: the passphrase before the screen, the proof on it, and what is said once.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;

use gonogo::audit::verify::{Scope, Verdict, judged};

use crate::support::pty::desk::{Desk, EXE};
use crate::support::pty::{ENTER, Pty};
use crate::support::signers::{Key, allowed};

use super::walk::walk;

const BOOK: &str = "# Boxes\n\n- [ ] It is so. <!-- gonogo: id=one -->\n";
const WORD: &str = "c0rrect-horse-battery";

fn start(desk: &Desk, args: &[&str]) -> Pty {
    std::fs::write(desk.home().join("book.md"), BOOK).expect("a runbook");
    desk.start([EXE].iter().chain(args).map(OsString::from).collect())
}

fn first_screen(pty: &Pty) {
    pty.wait("the first screen", |seen| seen.taken() && seen.last().contains("q leave"));
}

#[test]
fn that_names_are_not_proven_is_said_once() {
    let desk = Desk::new();
    for first in [true, false] {
        let mut pty = start(&desk, &["run", "book.md", "--as", "layla"]);
        first_screen(&pty);
        let told = pty.seen().has("`gonogo key` sets up");
        assert_eq!(told, first, "{}", pty.seen().text());
        walk(&mut pty, " DONE ");
        assert!(pty.seen().has("typed"), "{}", pty.seen().text());
        pty.send("q");
        assert_eq!(pty.code(), 0);
    }
}

#[test]
fn a_locked_key_is_opened_before_the_screen_and_proves_the_name_on_it() {
    let (desk, key) = (Desk::new(), Key::new());
    let file = desk.home().join("id_a");
    std::fs::write(&file, key.file(Some(WORD))).expect("a key");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("its mode");
    std::fs::write(desk.home().join("id_a.pub"), key.public.line()).expect("its public half");
    let mut pty = start(&desk, &["key", "--use", "id_a.pub", "--as", "layla"]);
    pty.wait_for("(not shown):");
    pty.send("wr0ng-one\r");
    pty.wait_for("That is not its passphrase.");
    pty.send(WORD);
    pty.send(ENTER);
    pty.wait_for("signs and verifies");
    assert_eq!(pty.code(), 0);
    let mut pty = start(&desk, &["run", "book.md"]);
    pty.wait_for("(not shown):");
    pty.send(WORD);
    pty.send(ENTER);
    first_screen(&pty);
    walk(&mut pty, " DONE ");
    assert!(pty.seen().has("1 key"), "{}", pty.seen().text());
    pty.send("q");
    assert_eq!(pty.code(), 0);
    pty.assert_given_back();
    assert!(!String::from_utf8_lossy(&pty.bytes()).contains(WORD), "the passphrase was shown");
    let log = desk.surroundings().into_iter().find(|(name, _)| *name == "XDG_STATE_HOME");
    let log = std::path::PathBuf::from(log.expect("a state directory").1).join("gonogo/log.db");
    let signers = std::sync::Arc::new(allowed(&format!("layla {}\n", key.public.line())));
    let report = judged(&log, &Scope { allowed: Some(signers), ..Scope::default() }).expect("a log");
    assert_eq!((report.signatures(), report.proven, report.typed), (Verdict::Holds, 3, 0), "{report}");
}
