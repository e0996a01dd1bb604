//! The password of sudo, by the keys of a person: asked when sudo asks, once, shown and recorded nowhere, and hidden even
//! where the step prints it.

use std::ffi::OsString;
use std::fs;

use crate::support::pty::desk::{Desk, EXE};
use crate::support::pty::{ENTER, Seen};
use crate::support::sshd::Sshd;
use crate::support::unix_user::UnixUser;

const PASSWORD: &str = "correct-horse-battery";
const BOOK: &str = "# Asked\n\n- [ ] It runs.\n\n  ```sh name=one on=web sudo\n  a=correct-horse; echo \"uid $(id -u) on the host, $a-battery\"\n  ```\n\n  ```sh name=two on=web sudo\n  echo \"once more as $(id -un)\"\n  ```\n";

#[test]
#[ignore = "needs root, sshd and sudo"]
fn the_password_of_sudo_is_asked_for_by_name_and_kept_off_everything() {
    let (desk, sshd) = (Desk::new(), Sshd::start_with("ForceCommand none"));
    let user = UnixUser::new(PASSWORD, "USER ALL=(ALL:ALL) ALL");
    let environment = format!(
        "here:\n  hosts:\n    web: [{{host: web-1, address: 127.0.0.1, user: {}, port: {}, identity: {}, known_hosts: {}}}]\n",
        user.name,
        sshd.port(),
        sshd.dir().join("user_ed25519").display(),
        sshd.known_hosts("host_ed25519").display()
    );
    fs::write(desk.home().join("env.yaml"), environment).expect("written");
    fs::write(desk.home().join("book.md"), BOOK).expect("written");
    let args =
        [EXE, "run", "book.md", "--as", "layla", "--env", "here", "--environments", "env.yaml", "--trust"];
    let mut pty = desk.start(args.iter().map(OsString::from).collect());
    pty.wait("the first screen", |seen| seen.taken() && seen.last().contains("q leave"));
    pty.press_for(ENTER, "Password for sudo on web-1");
    pty.read();
    pty.send("wrong-horse");
    pty.wait_for("typed, not shown");
    pty.enter();
    pty.wait_for("try 2");
    pty.read();
    pty.send(PASSWORD);
    pty.wait_for("typed, not shown");
    pty.enter();
    // What the step prints of it is hidden, too.
    pty.wait_for("uid 0 on the host, [secret that was typed]");
    // The second block asks nobody.
    pty.press(ENTER, "the second runs", |seen| seen.has("RUNNING") || seen.has("once more as root"));
    pty.wait_for("once more as root");
    pty.press("q", "the end", Seen::given_back);
    assert_eq!(pty.code(), 0);
    pty.assert_given_back();
    let bytes = String::from_utf8_lossy(&pty.bytes()).into_owned();
    assert!(!bytes.contains(PASSWORD) && !bytes.contains("wrong-horse"), "it was shown");
    let log = fs::read(desk.home().join("state/gonogo/log.db")).expect("the log");
    for typed in [PASSWORD, "wrong-horse"] {
        assert!(!log.windows(typed.len()).any(|window| window == typed.as_bytes()), "it is in the log");
    }
}
