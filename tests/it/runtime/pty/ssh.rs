//! A host that is new and a key that is encrypted, at a real server, by the keys of a person: asked one after the other,
//! the host key recorded, the passphrase nowhere.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::pty::desk::{Desk, EXE};
use crate::support::pty::{ENTER, Seen};
use crate::support::sshd::{Sshd, keygen};

const BOOK: &str = "# Asked\n\n- [ ] It runs.\n\n  ```sh name=one on=web\n  a=correct-horse; echo \"ran on the host, $a-battery\"\n  ```\n";
const PASSPHRASE: &str = "correct-horse-battery";

#[test]
#[ignore = "needs sshd"]
fn a_new_host_and_an_encrypted_key_are_asked_about_one_after_the_other() {
    let (desk, sshd) = (Desk::new(), Sshd::start());
    let (key, known) = (sshd.dir().join("user_ed25519"), desk.home().join("known_hosts"));
    keygen(&["-q", "-p", "-N", PASSPHRASE, "-P", "", "-f"], &key);
    let host = sshd.host(None);
    let environment = format!(
        "here:\n  hosts:\n    web: [{{host: web-1, address: 127.0.0.1, user: {}, port: {}, identity: {}, known_hosts: {}}}]\n",
        host.user,
        host.port,
        key.display(),
        known.display()
    );
    fs::write(desk.home().join("env.yaml"), environment).expect("written");
    fs::write(desk.home().join("book.md"), BOOK).expect("written");
    let args = [EXE, "run", "book.md", "--as", "layla", "--env", "here", "--environments", "env.yaml"];
    let mut pty = desk.start(args.iter().map(OsString::from).collect());
    pty.wait("the first screen", |seen| seen.taken() && seen.last().contains("q leave"));
    pty.press_for(ENTER, "New host key: web-1");
    pty.wait_for(&sshd.host_key().fingerprint());
    assert!(!known.exists(), "nothing is recorded before the answer");
    pty.read();
    pty.send("a");
    pty.wait_for("accept the key and record it");
    pty.enter();
    pty.wait_for("Passphrase for web-1");
    pty.read();
    pty.send(PASSPHRASE);
    pty.wait_for("typed, not shown");
    pty.enter();
    // What the step prints of it is hidden, too.
    pty.wait_for("ran on the host, [secret that was typed]");
    let line = fs::read_to_string(&known).expect("recorded");
    assert!(line.starts_with(&format!("[127.0.0.1]:{} ssh-ed25519 ", host.port)), "{line}");
    assert_eq!(fs::metadata(&known).expect("there").permissions().mode() & 0o777, 0o600);
    // Right after the step's end a key may not be taken for meant.
    pty.press("q", "the end", Seen::given_back);
    assert_eq!(pty.code(), 0);
    pty.assert_given_back();
    let bytes = String::from_utf8_lossy(&pty.bytes()).into_owned();
    assert!(!bytes.contains(PASSPHRASE), "it was shown");
    let log = fs::read(desk.home().join("state/gonogo/log.db")).expect("the log");
    assert!(!log.windows(PASSPHRASE.len()).any(|window| window == PASSPHRASE.as_bytes()), "it is in the log");
}
