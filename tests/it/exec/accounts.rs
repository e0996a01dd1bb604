//! Accounts as they are found on hosts: other login shells, start files that print, homes that are full, take no files or
//! start no programs; over a real OpenSSH server, as an account that each test makes and removes.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Command;

use gonogo::exec::{
    CancelRequest, CancelState, Class, End, Engine, Exit, Host, Keep, ProbeState, StepRef, StepRequest,
};
use tokio::sync::mpsc;

use super::common::{Background, LONG, Ran, run, start, step};
use crate::support::desk::{Scripted, typed};
use crate::support::sshd::Sshd;
use crate::support::unix_user::UnixUser;

struct Place {
    engine: Engine,
    host: Host,
    seed: String,
    // In this order: what runs ends before the account goes.
    _server: Sshd,
    mounted: Option<Mounted>,
    user: UnixUser,
}

/// A small file system over a home; gone with its value.
struct Mounted(std::path::PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let gone = Command::new("umount").arg("--lazy").arg(&self.0).status();
        assert!(std::thread::panicking() || gone.is_ok_and(|status| status.success()), "unmounted");
    }
}

impl Place {
    /// An account with this login shell and, as `(name, text)`, files in its home.
    fn new(shell: &str, files: &[(&str, &str)]) -> Self {
        let user = UnixUser::with_shell(shell);
        let server = Sshd::start_with("ForceCommand none");
        let host = Host { user: user.name.clone(), ..server.host(Some("user_ed25519")) };
        let engine = server.engine();
        let digits: String = user.name.bytes().rev().map(|byte| format!("{byte:02x}")).collect();
        let seed = format!("{digits:0<32}").chars().take(32).collect();
        let place = Self { engine, host, seed, _server: server, mounted: None, user };
        for (name, text) in files {
            place.write(name, text);
        }
        place
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.user.home().join(name);
        fs::create_dir_all(file.parent().expect("a directory")).expect("made");
        fs::write(&file, text).expect("written");
        self.own(&file);
    }

    fn own(&self, path: &Path) {
        let about = fs::metadata(self.user.home()).expect("a home");
        chown(path, Some(about.uid()), Some(about.gid())).expect("owned");
    }

    /// Puts a small file system over its home; `false` where that is not allowed.
    fn mount(&mut self, options: &str) -> bool {
        let home = self.user.home();
        let about = fs::metadata(&home).expect("a home");
        let options = format!("{options},uid={},gid={},mode=700", about.uid(), about.gid());
        let made = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&home).output();
        let made = made.expect("mount runs").status.success();
        self.mounted = made.then(|| Mounted(home));
        made
    }

    fn request(&self, number: u32, script: &str) -> StepRequest {
        StepRequest { seed: self.seed.clone(), ..step(number, script) }
    }

    async fn step(&self, number: u32, script: &str) -> Ran {
        let running = run(&self.engine, &self.host, self.request(number, script));
        tokio::time::timeout(LONG, running).await.expect("it ends")
    }

    async fn cancel(&self, number: u32) -> (CancelState, Option<ProbeState>) {
        let (sender, _events) = mpsc::channel(64);
        let facts = self.engine.prepare(&self.host, &self.seed, &sender).await.expect("it is ready").facts;
        let step = StepRef { dir: facts.dir, born: facts.born, seed: self.seed.clone(), number };
        let request = CancelRequest { step, grace_tenths: 5, all: false };
        let report = self.engine.cancel(&self.host, &request, &sender).await;
        assert!(report.left.is_empty(), "{report:?}");
        (report.state, report.after)
    }
}

/// Login shells, each with rules of its own.
const SHELLS: [&str; 5] = ["/bin/bash", "/bin/dash", "/usr/bin/fish", "/bin/bsd-csh", "/bin/tcsh"];

/// Prints on standard output and standard error, and asks for a line of input.
const NOISE: &str = "echo Welcome to this machine; echo take care >&2; read -r x\n";
const NOISY: [(&str, &str); 5] = [
    (".bashrc", NOISE),
    (".profile", NOISE),
    (".bash_profile", NOISE),
    (".cshrc", "echo Welcome to this machine\n"),
    (".config/fish/config.fish", "echo Welcome to this machine; echo take care >&2\n"),
];

#[tokio::test]
#[ignore = "needs root, sshd, fish, csh and tcsh"]
async fn steps_run_whatever_the_login_shell_is_and_its_noise_is_no_output() {
    for shell in SHELLS {
        for files in [&NOISY[..0], &NOISY] {
            // A start file of bash that reads input eats the program that comes there: that is told, below.
            let quiet: Vec<(&str, String)> =
                files.iter().map(|(name, text)| (*name, text.replace("; read -r x", ""))).collect();
            let files: Vec<(&str, &str)> = quiet.iter().map(|(name, text)| (*name, text.as_str())).collect();
            let place = Place::new(shell, &files);
            let ran = place.step(1, "cd /usr; X='a b'; printf '%s\\n' \"it's $X\"; echo oops >&2").await;
            let said = (ran.code(), ran.out(), ran.err());
            assert_eq!(said, (0, "it's a b\n".to_owned(), "oops\n".to_owned()), "{shell} {files:?}");
            let next = StepRequest { load: Some(1), ..place.request(2, "pwd; echo $X; exit 7") };
            let ran = run(&place.engine, &place.host, next).await;
            assert_eq!((ran.code(), ran.out().as_str()), (7, "/usr\na b\n"), "{shell}");
        }
    }
}

#[tokio::test]
#[ignore = "needs root, sshd, fish, csh and tcsh"]
async fn a_cancel_ends_the_steps_of_an_ordinary_account_whatever_its_shell_is() {
    for shell in SHELLS {
        let place = Place::new(shell, &[]);
        for (number, script, state, code) in [
            (1, "echo a; sleep 70 & sleep 71", CancelState::Terminated, 143),
            (2, "trap '' TERM; echo a; while :; do sleep 1; done", CancelState::Killed, 137),
        ] {
            let request = StepRequest { keep: Keep::File, ..place.request(number, script) };
            let mut background: Background = start(&place.engine, &place.host, request);
            background.printed(2).await;
            let (told, after) = place.cancel(number).await;
            assert_eq!(told, state, "{shell}");
            assert!(
                matches!(after, Some(ProbeState::Ended { code: is, .. }) if is == code),
                "{shell}: {after:?}"
            );
            let ended = background.end().await;
            let End::Ended(ended) = &ended.end else { panic!("{shell}: {:?}", ended.end) };
            let by = if code == 137 { Exit::Signal("KILL".to_owned()) } else { Exit::Code(143) };
            assert_eq!(ended.exit, by, "{shell}");
        }
    }
}

#[tokio::test]
#[ignore = "needs root and sshd"]
async fn accounts_that_run_nothing_are_named() {
    for (shell, said) in [
        ("/usr/sbin/nologin", "This account is currently not available"),
        ("/bin/false", "a login shell that runs nothing"),
        ("/bin/true", "a login shell that runs nothing"),
    ] {
        let ran = Place::new(shell, &[]).step(1, "echo never").await;
        let why = ran.not_started();
        assert_eq!(why.class, Class::Foreign, "{shell}: {why}");
        assert!(why.why.contains(said) && why.why.contains("api-1"), "{shell}: {why}");
    }
    // A start file that reads what is meant for the step.
    let ran =
        Place::new("/bin/bash", &[(".bashrc", "read -r x; cat >/dev/null\n")]).step(1, "echo never").await;
    assert_eq!(ran.not_started().class, Class::Foreign, "{}", ran.not_started());
}

#[tokio::test]
#[ignore = "needs root and sshd"]
async fn homes_that_are_full_or_start_no_programs() {
    let mut noexec = Place::new("/bin/bash", &[]);
    if !noexec.mount("size=1m,noexec") {
        eprintln!("this machine mounts nothing: not tried");
        return;
    }
    let ran = noexec.step(1, "echo fine").await;
    assert_eq!((ran.code(), ran.out().as_str()), (0, "fine\n"), "nothing of ours is started from there");
    let mut full = Place::new("/bin/bash", &[]);
    assert!(full.mount("size=16k"));
    let filled = fs::write(full.user.home().join("all"), vec![b'x'; 64 << 10]);
    assert!(filled.is_err(), "it is full");
    // Somewhere else will do; if nothing does, the reason is told. What runs, runs whole.
    let ran = full.step(1, "echo fine").await;
    match &ran.end {
        End::Ended(_) => assert_eq!((ran.code(), ran.out().as_str()), (0, "fine\n")),
        End::NotStarted(why) => {
            assert_eq!(why.class, Class::Refused, "{why}");
            assert!(why.why.contains("space"), "{why}");
        }
        End::Lost(_) => panic!("{:?}", ran.end),
    }
}

#[tokio::test]
#[ignore = "needs root and sshd"]
async fn passwords_go_through_pam_as_a_password_and_as_answers() {
    const PASSWORD: &str = "correct horse 1'\"\\$x";
    const BASE: &str = "ForceCommand none\nUsePAM yes\n";
    let user = UnixUser::new(PASSWORD, "");
    for (number, methods, wants, key) in [
        (1, "PasswordAuthentication yes\nPubkeyAuthentication no", "password (", None),
        (2, "KbdInteractiveAuthentication yes\nPubkeyAuthentication no", "|Password: ", None),
        (
            3,
            "KbdInteractiveAuthentication yes\nAuthenticationMethods publickey,keyboard-interactive",
            "|Password: ",
            Some("user_ed25519"),
        ),
    ] {
        let server = Sshd::start_with(&format!("{BASE}{methods}"));
        let engine = server.engine();
        let desk = Scripted::new([typed("not it"), typed(PASSWORD)]);
        engine.set_asker(desk.clone());
        let host = Host { user: user.name.clone(), ..server.host(key) };
        let running = run(&engine, &host, step(number, "id -un"));
        let ran = tokio::time::timeout(LONG, running).await.expect("it ends");
        assert_eq!((ran.code(), ran.out()), (0, format!("{}\n", user.name)), "{methods}");
        let asked = desk.asked();
        assert_eq!(asked.len(), 2, "{methods}: {asked:?}");
        assert!(asked.iter().all(|question| question.contains(wants)), "{methods}: {asked:?}");
        // Nobody is here to be asked, and that is said.
        let ran = run(&server.engine(), &host, step(9, "true")).await;
        assert_eq!(ran.not_started().class, Class::Auth, "{methods}");
        assert!(ran.not_started().why.contains("nobody is here to"), "{methods}: {}", ran.not_started());
    }
}
