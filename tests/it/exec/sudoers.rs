//! Steps as root with the real sudo, over a real OpenSSH server, from an account that each test makes and removes.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use gonogo::exec::{
    CancelRequest, CancelState, Class, Closed, Engine, Host, Keep, ProbeState, StepRef, StepRequest, Sudo,
};
use tokio::sync::mpsc;

use super::common::{LONG, Ran, follow, run, secret, start, step};
use crate::support::desk::{Scripted, typed};
use crate::support::sshd::Sshd;
use crate::support::unix_user::UnixUser;

const PASSWORD: &str = "correct horse 1'\"\\$x";
/// sudo with and without a terminal of its own between it and the step.
const MODES: [&str; 2] = ["Defaults:USER use_pty\n", "Defaults:USER !use_pty\n"];
const ALL: &str = "USER ALL=(ALL:ALL) ALL";
const FREE: &str = "USER ALL=(ALL:ALL) NOPASSWD: ALL";

struct Place {
    engine: Engine,
    /// The host as root.
    host: Host,
    seed: String,
    desk: Arc<Scripted>,
    // In this order: what runs ends before the account goes.
    server: Sshd,
    user: UnixUser,
}

impl Drop for Place {
    fn drop(&mut self) {
        fs::remove_dir_all(self.dir()).unwrap_or_default();
        // Gone if nobody else has a run there.
        fs::remove_dir("/root/.gonogo").unwrap_or_default();
    }
}

impl Place {
    fn new(sudoers: &str, replies: &[&str]) -> Self {
        let user = UnixUser::new(PASSWORD, sudoers);
        let server = Sshd::start_with("ForceCommand none");
        let own = server.host(Some("user_ed25519"));
        let host = Host { user: user.name.clone(), sudo: true, ..own };
        let engine = server.engine();
        let desk = Scripted::new(replies.iter().map(|reply| typed(reply)));
        engine.set_asker(desk.clone());
        let digits: String = user.name.bytes().rev().map(|byte| format!("{byte:02x}")).collect();
        let seed = format!("{digits:0<32}").chars().take(32).collect();
        Self { engine, host, seed, desk, server, user }
    }

    /// Returns the run's directory of root.
    fn dir(&self) -> PathBuf {
        PathBuf::from(format!("/root/.gonogo/gonogo-{}", self.seed))
    }

    fn account(&self) -> Host {
        Host { sudo: false, ..self.host.clone() }
    }

    fn request(&self, number: u32, script: &str) -> StepRequest {
        StepRequest { seed: self.seed.clone(), ..step(number, script) }
    }

    async fn step(&self, number: u32, script: &str) -> Ran {
        let running = run(&self.engine, &self.host, self.request(number, script));
        tokio::time::timeout(LONG, running).await.expect("it ends")
    }

    async fn reference(&self, number: u32) -> StepRef {
        let (sender, _events) = mpsc::channel(64);
        let facts = self.engine.prepare(&self.host, &self.seed, &sender).await.expect("it is ready").facts;
        StepRef { dir: facts.dir, born: facts.born, seed: self.seed.clone(), number }
    }

    fn asks(&self, attempt: u32) -> String {
        let name = &self.user.name;
        format!("api-1 {name}@127.0.0.1:{}: sudo {name} ({attempt})", self.server.port())
    }
}

#[tokio::test]
#[ignore = "needs root, sshd and sudo"]
async fn a_step_runs_as_root_with_the_password_that_is_asked_for_once() {
    for mode in MODES {
        let place = Place::new(&format!("{mode}{ALL}"), &["not it", PASSWORD]);
        let mut first =
            place.request(1, "id -u; echo $HOME $SUDO_USER; pwd; echo \"${#TOKEN}\"; echo oops >&2; X=kept");
        first.values = vec![secret("TOKEN", "s3cr3t-v4lue")];
        let ran = run(&place.engine, &place.host, first).await;
        let home = place.user.home().display().to_string();
        let expected = format!("0\n/root {}\n{home}\n12\n", place.user.name);
        assert_eq!((ran.code(), ran.out(), ran.err().as_str()), (0, expected, "oops\n"), "{mode}");
        let second = StepRequest { load: Some(1), ..place.request(2, "echo $X; exit 7") };
        let ran = run(&place.engine, &place.host, second).await;
        assert_eq!((ran.code(), ran.out().as_str()), (7, "kept\n"), "{mode}");
        // Much output, and bytes that a terminal in between would change.
        let much = StepRequest {
            keep: Keep::File,
            ..place.request(3, "seq 1 20000; printf '\\003\\004\\r\\n\\033[31m\\377'; echo e >&2; exit 3")
        };
        let ran = run(&place.engine, &place.host, much).await;
        assert_eq!(ran.code(), 3, "{mode}");
        let bytes = ran.sink.bytes(gonogo::exec::Stream::Stdout);
        assert!(
            bytes.ends_with(b"\n20000\n\x03\x04\r\n\x1b[31m\xff") && bytes.len() == 108_904,
            "{mode}: {}",
            bytes.len()
        );
        assert_eq!(ran.err(), "e\n", "{mode}");
        assert_eq!(place.desk.asked(), [place.asks(1), place.asks(2)], "{mode}");
        // The account's own steps are its own.
        let own = run(&place.engine, &place.account(), place.request(4, "id -un; echo ${X-none}")).await;
        assert_eq!(own.out(), format!("{}\nnone\n", place.user.name), "{mode}");
        let dir = place.reference(1).await.dir;
        assert_eq!(dir, place.dir().display().to_string());
        assert_eq!(place.engine.close(&place.host, &dir, false).await, Ok(Closed::Closed));
        assert!(!place.dir().exists(), "{mode}");
    }
}

#[tokio::test]
#[ignore = "needs root, sshd and sudo"]
async fn without_a_password_nobody_is_asked() {
    for mode in MODES {
        let place = Place::new(&format!("{mode}{FREE}"), &[]);
        let ran = place.step(1, "id -u; cat; exit 4").await;
        assert_eq!((ran.code(), ran.out().as_str()), (4, "0\n"), "{mode}");
        assert_eq!(place.desk.asked(), [""; 0]);
    }
}

#[tokio::test]
#[ignore = "needs root, sshd and sudo"]
async fn two_wrong_passwords_are_all_that_is_sent() {
    let place = Place::new(ALL, &["wrong", "worse", PASSWORD]);
    let ran = place.step(1, "touch /root/gonogo-never").await;
    let no = ran.not_started();
    assert_eq!(no.class, Class::Sudo);
    assert!(no.why.contains("did not take the password of") && no.why.contains("2 times"), "{no}");
    assert_eq!(place.desk.asked(), [place.asks(1), place.asks(2)]);
    assert!(!PathBuf::from("/root/gonogo-never").exists());
    assert!(!place.dir().exists(), "root was never reached");
    // A sudo that takes one try.
    place.user.sudoers(&format!("Defaults:USER passwd_tries=1\n{ALL}"));
    let desk = Scripted::new(["wrong", PASSWORD].map(typed));
    let engine = place.server.engine();
    engine.set_asker(desk.clone());
    let ran = run(&engine, &place.host, place.request(2, "id -u")).await;
    assert_eq!((ran.code(), ran.out().as_str()), (0, "0\n"));
    assert_eq!(desk.asked(), [place.asks(1), place.asks(2)]);
}

#[tokio::test]
#[ignore = "needs root, sshd and sudo"]
async fn who_may_not_is_told_why() {
    let place = Place::new("", &[PASSWORD]);
    let ran = place.step(1, "id -u").await;
    assert!(ran.not_started().why.contains("may not use sudo on api-1"), "{}", ran.not_started());
    for (sudoers, replies, said) in [
        ("USER ALL=(ALL) NOPASSWD: /usr/bin/true", vec![PASSWORD], "write `sudo COMMAND`"),
        ("USER ALL=(ALL) /usr/bin/true", vec![PASSWORD], "write `sudo COMMAND`"),
        ("Defaults:USER requiretty\nUSER ALL=(ALL) NOPASSWD: ALL", vec![], "requiretty"),
    ] {
        place.user.sudoers(sudoers);
        let engine = place.server.engine();
        engine.set_asker(Scripted::new(replies.into_iter().map(typed)));
        let ran = run(&engine, &place.host, place.request(1, "id -u")).await;
        let no = ran.not_started();
        assert_eq!(no.class, Class::Sudo, "{sudoers}: {no}");
        assert!(no.why.contains(said), "{sudoers}: {no}");
    }
    place.user.sudoers(ALL);
    let ran = run(&place.server.engine(), &place.host, place.request(1, "id -u")).await;
    assert!(ran.not_started().why.contains("nobody to type it"), "{}", ran.not_started());
    // `rootpw` wants another one's password, and it is said whose.
    place.user.sudoers(&format!("Defaults:USER rootpw\n{ALL}"));
    let (engine, desk) = (place.server.engine(), Scripted::new([]));
    engine.set_asker(desk.clone());
    run(&engine, &place.host, place.request(1, "id -u")).await.not_started();
    assert!(desk.asked().concat().ends_with(": sudo root (1)"), "{:?}", desk.asked());
}

/// Returns the processes of a group that are no zombies.
fn group(pgid: u32) -> Vec<String> {
    let all = fs::read_dir("/proc").expect("proc").flatten();
    let stats = all.filter_map(|process| fs::read_to_string(process.path().join("stat")).ok());
    // Fields after the name: state, parent, group.
    let of_group = |stat: &String| {
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        fields.get(2) == Some(&pgid.to_string().as_str()) && fields[0] != "Z"
    };
    stats.filter(of_group).collect()
}

#[tokio::test]
#[ignore = "needs root, sshd and sudo"]
async fn a_cancel_ends_a_step_of_root() {
    for mode in MODES {
        let place = Place::new(&format!("{mode}{ALL}"), &[PASSWORD]);
        for (number, script, keep, state, code) in [
            (1, "echo a; sleep 70 & sleep 71", Keep::File, CancelState::Terminated, 143),
            (2, "trap '' TERM; echo a; while :; do sleep 1; done", Keep::File, CancelState::Killed, 137),
            (3, "echo a; sleep 72", Keep::Off, CancelState::Terminated, 143),
        ] {
            let request = StepRequest { keep, ..place.request(number, script) };
            let mut background = start(&place.engine, &place.host, request);
            let started = background.started().await;
            background.printed(2).await;
            let (sender, _events) = mpsc::channel(64);
            let request = CancelRequest { step: place.reference(number).await, grace_tenths: 5, all: false };
            // The account itself neither sees it nor can end it.
            let own = place.engine.cancel(&place.account(), &request, &sender).await;
            assert!(!matches!(own.state, CancelState::Terminated | CancelState::Killed), "{mode}: {own:?}");
            assert!(!group(started.pgid).is_empty(), "{mode}");
            let report = place.engine.cancel(&place.host, &request, &sender).await;
            assert_eq!(report.state, state, "{mode} {script}: {report:?}");
            assert!(
                matches!(report.after, Some(ProbeState::Ended { code: is, .. }) if is == code),
                "{mode} {script}: {report:?}"
            );
            assert_eq!(group(started.pgid), [""; 0], "{mode} {script}");
            let ended = background.end().await;
            assert!(matches!(ended.end, gonogo::exec::End::Ended(_)), "{mode} {script}: {:?}", ended.end);
        }
        assert_eq!(place.desk.asked().len(), 1, "{mode}");
    }
}

#[tokio::test]
#[ignore = "needs root, sshd and sudo"]
async fn a_step_of_root_survives_a_cut_line_and_is_found_again_through_sudo() {
    for mode in MODES {
        let place = Place::new(&format!("{mode}{ALL}"), &[PASSWORD]);
        let go = place.user.home().join("go");
        // Prints until the line was cut, and some more.
        let script = format!(
            "i=0; e=0; while [ $e -lt 5 ]; do echo line $i; i=$((i+1)); [ -e {} ] && e=$((e+1)); sleep 0.05; done; exit 5",
            go.display()
        );
        let request = StepRequest { keep: Keep::File, ..place.request(1, &script) };
        let mut background = start(&place.engine, &place.host, request);
        background.printed(30).await;
        let step = place.reference(1).await;
        place.server.cut();
        let cut = background.end().await;
        let have = [cut.lost().stdout.head, cut.lost().stderr.head];
        let probe = place.engine.probe(&place.host, &step).await.expect("an answer");
        assert!(matches!(probe.state, ProbeState::Running(_)), "{mode}: {probe:?}");
        let own = place.engine.probe(&place.account(), &step).await.expect("an answer");
        assert_eq!(own.state, ProbeState::Gone, "{mode}: the account sees nothing of it");
        fs::write(&go, "").expect("written");
        let found = follow(&place.engine, &place.host, &step, have).await;
        assert_eq!(found.code(), 5, "{mode}");
        let lines = (cut.out() + &found.out()).lines().count();
        assert_eq!(cut.out() + &found.out(), (0..lines).map(|n| format!("line {n}\n")).collect::<String>());
        assert_eq!(place.desk.asked().len(), 1, "{mode}: what is known is not asked again");
        // Another process knows no password, and says so instead of guessing.
        let other = place.server.engine();
        let no = other.probe(&place.host, &step).await.expect_err("nobody knows it");
        assert_eq!(no.class, Class::Sudo, "{no}");
    }
}

/// A plain `sudo` in a step asks at the step's own terminal, and gonogo knows before whether it will.
#[tokio::test]
#[ignore = "needs sshd, sudo and root"]
async fn a_plain_sudo_asks_at_the_terminal_of_its_step() {
    for (sudoers, wants) in [(ALL, Sudo::Password), (FREE, Sudo::Free)] {
        let place = Place::new(sudoers, &[]);
        let own = Host { sudo: false, ..place.host.clone() };
        let (sender, _events) = mpsc::channel(64);
        let asked = place.engine.sudo(&own, &place.seed, &sender).await.expect("an answer");
        assert_eq!(asked, wants, "{sudoers}");
        let request = StepRequest { seed: place.seed.clone(), ..step(1, "sudo id -u\n") };
        let mut typed = super::terminals::typed(place.engine.clone(), &own, request);
        if wants == Sudo::Password {
            typed.said("assword").await;
            typed.press(&format!("{PASSWORD}\r")).await;
        }
        let ran = typed.step.end().await;
        assert_eq!(ran.code(), 0, "{}", ran.out());
        assert!(ran.out().ends_with("0\r\n") && !ran.out().contains(PASSWORD), "{}", ran.out());
        place.engine.disconnect().await;
    }
}
