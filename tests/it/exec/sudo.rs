//! Steps as root, against a stand-in for sudo that writes down what it is asked and what it reads: what is sent when, who
//! is asked how often, and what is said when there is no way to root. Nobody becomes root here; `sudoers` has that.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gonogo::exec::question::Reply;
use gonogo::exec::ssh::HostKeys;
use gonogo::exec::{
    CancelRequest, CancelState, Class, Closed, Engine, Event, Host, Keep, ProbeState, Settings, StepRequest,
};
use tokio::sync::mpsc;

use super::common::{LONG, Ran, follow, poll, reference, run, seed, start, step, value};
use crate::support::desk::{Patient, Scripted, typed};
use crate::support::memory_ssh::{Faults, MemoryHost, Shell, end_processes};

/// Options of sudo(8) that gonogo uses, its question, and what it may refuse. `DIR` is the host's directory.
const STAND_IN: &str = r#"#!DIR/bin/sh
PASSWORD= TRIES=3 BEFORE= AFTER= STATUS=1 HANGS= BABBLES=
. DIR/sudoers
echo call >>DIR/sudo.log
while [ $# -gt 0 ]; do
  case $1 in
    -S|-H) shift;;
    -p) prompt=$2; shift 2;;
    *) break;;
  esac
done
[ "$BEFORE" ] && { echo "$BEFORE" >&2; exit $STATUS; }
[ "$BABBLES" ] && exec yes 'more and more' >&2
[ "$HANGS" ] && { printf %s "$HANGS" >&2; read -r line; exit 1; }
if [ "$PASSWORD" ]; then
  n=0
  while :; do
    printf %s "$prompt" | sed s/%p/omar/ >&2
    [ -e DIR/ends ] && { rm -f DIR/ends; echo 'sudo: timed out reading password' >&2; exit 1; }
    IFS= read -r line || { echo 'sudo: no password was provided' >&2; exit 1; }
    echo "got $line" >>DIR/sudo.log
    [ "$line" = "$PASSWORD" ] && break
    n=$((n + 1))
    [ $n -ge $TRIES ] && { echo "sudo: $n incorrect password attempt" >&2; exit 1; }
    echo 'Sorry, try again.' >&2
  done
fi
[ "$AFTER" ] && { echo "$AFTER" >&2; exit 1; }
HOME=DIR/root SUDO_USER=omar
export HOME SUDO_USER
exec "$@"
"#;

/// A host with the stand-in.
struct Rooted {
    memory: MemoryHost,
    /// The host as root.
    host: Host,
}

impl Drop for Rooted {
    fn drop(&mut self) {
        end_processes(&self.root());
    }
}

impl Rooted {
    fn new(shell: Shell, sudoers: &str) -> Self {
        let memory = MemoryHost::start(shell);
        let host = Host { sudo: true, ..memory.host.clone() };
        let rooted = Self { memory, host };
        fs::create_dir(rooted.root()).expect("root's home");
        let dir = rooted.memory.dir.display().to_string();
        let file = rooted.memory.dir.join("bin/sudo");
        fs::write(&file, STAND_IN.replace("DIR", &dir)).expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("changed");
        rooted.sudoers(sudoers);
        rooted
    }

    fn sudoers(&self, text: &str) {
        fs::write(self.memory.dir.join("sudoers"), text).expect("written");
    }

    fn root(&self) -> PathBuf {
        self.memory.dir.join("root")
    }

    /// Returns what sudo was given, call by call.
    fn log(&self) -> Vec<String> {
        let log = fs::read_to_string(self.memory.dir.join("sudo.log")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }

    fn passwords(&self) -> Vec<String> {
        self.log().iter().filter_map(|line| line.strip_prefix("got ").map(str::to_owned)).collect()
    }

    fn asks(&self, attempt: u32) -> String {
        format!("api-1 omar@{}:22: sudo omar ({attempt})", self.memory.host.address)
    }

    fn asked_by(&self, replies: &[&str]) -> (Engine, Arc<Scripted>) {
        let (engine, desk) = (self.memory.engine(), Scripted::new(replies.iter().map(|r| typed(r))));
        engine.set_asker(desk.clone());
        (engine, desk)
    }

    async fn step(&self, engine: &Engine, number: u32, script: &str) -> Ran {
        let running = run(engine, &self.host, step(number, script));
        tokio::time::timeout(LONG, running).await.expect("it ends")
    }
}

#[tokio::test]
async fn without_a_password_nobody_is_asked() {
    for shell in Shell::here() {
        let rooted = Rooted::new(shell, "");
        let engine = rooted.memory.engine();
        let request =
            StepRequest { values: vec![value("TAG", "it's")], ..step(1, "X=root; echo $SUDO_USER $TAG") };
        let ran = run(&engine, &rooted.host, request).await;
        assert_eq!((ran.code(), ran.out().as_str(), ran.err().as_str()), (0, "omar it's\n", ""), "{shell:?}");
        assert!(ran.events.iter().any(|e| matches!(e, Event::Started(_))), "{:?}", ran.events);
        // Root's directory is root's, and the account's own is another one, over the same connection.
        assert!(rooted.root().join(format!(".gonogo/gonogo-{}/1.run", seed(&rooted.host))).exists());
        let own = run(&engine, &rooted.memory.host, step(2, "echo ${X-none} ${SUDO_USER-nobody}")).await;
        assert_eq!(own.out(), "none nobody\n");
        let again =
            run(&engine, &rooted.host, StepRequest { load: Some(1), ..step(3, "export X; echo $X") }).await;
        let carried = if shell.carries_all() { "root\n" } else { "\n" };
        assert_eq!(again.out(), carried, "{shell:?}");
        assert_eq!(rooted.memory.dials(), 1);
    }
}

#[tokio::test]
async fn the_password_is_asked_for_once_and_goes_only_to_the_question() {
    let rooted = Rooted::new(Shell::System, "PASSWORD='open sesame'");
    let (engine, desk) = rooted.asked_by(&["open sesame"]);
    for n in 1..=3 {
        assert_eq!(rooted.step(&engine, n, "echo $SUDO_USER").await.out(), "omar\n");
    }
    let earlier = reference(&engine, &rooted.host, 2).await;
    let probe = engine.probe(&rooted.host, &earlier).await.expect("an answer");
    assert!(matches!(probe.state, ProbeState::Ended { code: 0, .. }), "{probe:?}");
    assert_eq!(engine.close(&rooted.host, &earlier.dir, false).await, Ok(Closed::Closed));
    assert_eq!(desk.asked(), [rooted.asks(1)]);
    // open, three steps, probe, close: each answered its own question.
    assert_eq!(rooted.passwords(), ["open sesame"; 6]);
    for (command, input) in rooted.memory.heard().commands {
        assert!(!command.contains("sesame"), "{command}");
        let input = String::from_utf8(input).expect("text");
        let (first, program) = input.split_once('\n').expect("a line");
        assert_eq!(first, "open sesame");
        assert!(!program.contains("sesame") && program.ends_with("{ __g_main; }"));
    }
    assert!(!format!("{:?}", desk.questions()).contains("sesame"));
    engine.disconnect().await;
    let ran = rooted.step(&engine, 9, "echo never").await;
    assert_eq!(ran.not_started().class, Class::Sudo);
    assert_eq!(desk.asked().len(), 2, "it was forgotten with the connection");
}

#[tokio::test]
async fn a_wrong_password_is_asked_for_again_and_then_given_up() {
    let rooted = Rooted::new(Shell::System, "PASSWORD=right");
    let (engine, desk) = rooted.asked_by(&["wrong", "right"]);
    assert_eq!(rooted.step(&engine, 1, "echo in").await.out(), "in\n");
    assert_eq!(desk.asked(), [rooted.asks(1), rooted.asks(2)]);
    assert_eq!(rooted.passwords(), ["wrong", "right", "right"]);

    let rooted = Rooted::new(Shell::System, "PASSWORD=right");
    let (engine, desk) = rooted.asked_by(&["wrong", "worse", "right"]);
    let ran = rooted.step(&engine, 1, "echo in >ran").await;
    let no = ran.not_started();
    assert_eq!(no.class, Class::Sudo);
    assert!(no.why.contains("sudo on api-1 did not take the password of omar, 2 times"), "{no}");
    assert!(!no.why.contains("worse"), "{no}");
    assert_eq!(desk.asked().len(), 2, "three could lock the account");
    assert_eq!(rooted.passwords(), ["wrong", "worse"]);
    let heard = rooted.memory.heard();
    assert_eq!(heard.commands.len(), 1, "it was not tried on another channel");
    assert_eq!(heard.commands[0].1, b"wrong\nworse\n", "no program was sent");
    // Who tries again is asked again.
    let (engine, desk) = rooted.asked_by(&["right"]);
    assert_eq!(rooted.step(&engine, 2, "echo in").await.out(), "in\n");
    assert_eq!(desk.asked(), [rooted.asks(1)]);
}

#[tokio::test]
async fn a_sudo_that_takes_one_try_is_asked_once_more() {
    let rooted = Rooted::new(Shell::System, "PASSWORD=right TRIES=1");
    let (engine, desk) = rooted.asked_by(&["wrong", "right"]);
    assert_eq!(rooted.step(&engine, 1, "echo in").await.out(), "in\n");
    assert_eq!(desk.asked(), [rooted.asks(1), rooted.asks(2)]);

    let rooted = Rooted::new(Shell::System, "PASSWORD=right TRIES=1");
    let (engine, desk) = rooted.asked_by(&["wrong", "worse", "right"]);
    let ran = rooted.step(&engine, 1, "echo in").await;
    assert!(ran.not_started().why.contains("did not take the password"), "{}", ran.not_started());
    assert_eq!((desk.asked().len(), rooted.passwords().len()), (2, 2));
}

#[tokio::test]
async fn a_password_that_is_changed_meanwhile_is_sent_once_and_asked_for_anew() {
    let rooted = Rooted::new(Shell::System, "PASSWORD=old");
    let (engine, desk) = rooted.asked_by(&["old", "new"]);
    assert_eq!(rooted.step(&engine, 1, "true").await.code(), 0);
    rooted.sudoers("PASSWORD=new");
    assert_eq!(rooted.step(&engine, 2, "true").await.code(), 0);
    assert_eq!(rooted.passwords(), ["old", "old", "old", "new"]);
    assert_eq!(desk.asked(), [rooted.asks(1), rooted.asks(2)]);
    // Then nobody knows it.
    rooted.sudoers("PASSWORD=newer");
    let ran = rooted.step(&engine, 3, "true").await;
    assert!(ran.not_started().why.contains("it was not given"), "{}", ran.not_started());
    assert_eq!(rooted.passwords()[4..], ["new"]);
}

#[tokio::test]
async fn without_anybody_to_ask_it_is_refused_with_what_to_do() {
    let rooted = Rooted::new(Shell::System, "PASSWORD=right");
    let ran = rooted.step(&rooted.memory.engine(), 1, "echo in >ran").await;
    assert_eq!(
        ran.not_started().why,
        "sudo on api-1 wants the password of omar, and there is nobody to type it: run it with a terminal, or allow \
         it there without one (NOPASSWD). Nothing ran"
    );
    assert_eq!((rooted.passwords().len(), rooted.memory.heard().commands.len()), (0, 1));
}

#[tokio::test]
async fn each_reason_is_said() {
    let lecture = "We trust you have received the usual lecture.";
    for (sudoers, said) in [
        (
            "PASSWORD=right AFTER='omar is not in the sudoers file.'",
            "omar may not use sudo on api-1 (it said: ",
        ),
        (
            "BEFORE='Sorry, user omar is not allowed to execute /usr/bin/sh as root on api-1.'",
            "lets omar run only some commands, and no shell: take `sudo` off the code block and write `sudo COMMAND`",
        ),
        ("BEFORE='sudo: sorry, you must have a tty to run sudo'", "requiretty"),
        ("BEFORE='sudo: account validation failure, is your account locked?'", "is your account locked?"),
        ("STATUS=127 BEFORE='sh: sudo: not found'", "there is no sudo on api-1"),
        ("STATUS=0 BEFORE='nothing to see'", "api-1 ran something else than sudo: a forced command"),
    ] {
        let rooted = Rooted::new(Shell::System, sudoers);
        let (engine, _) = rooted.asked_by(&["right"]);
        rooted.memory.set_faults(Faults { prelude: Some(format!("echo '{lecture}'")), ..Faults::default() });
        let ran = rooted.step(&engine, 1, "echo in >ran").await;
        let no = ran.not_started();
        assert_eq!(no.class, Class::Sudo, "{sudoers}: {no}");
        assert!(no.why.contains(said) && no.why.ends_with("Nothing ran"), "{sudoers}: {no}");
        assert!(!rooted.memory.home().join("ran").exists() && !rooted.root().join("ran").exists());
    }
    let rooted = Rooted::new(Shell::System, "");
    fs::remove_file(rooted.memory.dir.join("bin/sudo")).expect("removed");
    let ran = rooted.step(&rooted.memory.engine(), 1, "true").await;
    assert!(ran.not_started().why.contains("there is no sudo on api-1"), "{}", ran.not_started());
}

#[tokio::test]
async fn a_question_that_is_not_ours_gets_no_password() {
    let rooted = Rooted::new(Shell::System, "PASSWORD=right HANGS='Verification code: '");
    let babbles = Rooted::new(Shell::System, "BABBLES=1");
    let desk = Scripted::new([typed("right")]);
    let settings = Settings { sudo: Duration::from_millis(200), ..Settings::default() };
    let engine = rooted.memory.engine_with(settings);
    engine.set_asker(desk.clone());
    let ran = rooted.step(&engine, 1, "true").await;
    let no = ran.not_started();
    assert!(no.why.contains("neither asked") && no.why.contains("Verification code:"), "{no}");
    assert_eq!((desk.asked().len(), rooted.passwords().len()), (0, 0));
    // Words without end are no answer either.
    let engine =
        babbles.memory.engine_with(Settings { sudo: Duration::from_millis(200), ..Settings::default() });
    let ran = babbles.step(&engine, 1, "true").await;
    assert!(ran.not_started().why.contains("neither asked"), "{}", ran.not_started());
}

#[tokio::test]
async fn sudo_may_give_up_while_a_person_thinks() {
    let rooted = Rooted::new(Shell::System, "PASSWORD=right");
    fs::write(rooted.memory.dir.join("ends"), "").expect("written");
    let (desk, mut open) = Patient::new();
    let engine = rooted.memory.engine();
    engine.set_asker(desk);
    let background = start(&engine, &rooted.host, step(1, "echo in"));
    let (_, reply) = open.recv().await.expect("it is asked");
    poll("sudo gives up", || !rooted.memory.dir.join("ends").exists()).await;
    reply.send(typed("right")).expect("it is waited for");
    assert_eq!(background.end().await.out(), "in\n");
    assert!(open.try_recv().is_err(), "it was asked once");
    assert_eq!(rooted.passwords(), ["right", "right"]);
    // The line may be gone meanwhile, too: what was typed serves on the next one.
    let rooted = Rooted::new(Shell::System, "PASSWORD=right");
    let (desk, mut open) = Patient::new();
    let engine = rooted.memory.engine();
    engine.set_asker(desk);
    let background = start(&engine, &rooted.host, step(1, "echo in"));
    let (_, reply) = open.recv().await.expect("it is asked");
    rooted.memory.cut();
    tokio::time::timeout(LONG, async {
        while engine.round_trip(&rooted.host).await.is_some() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the cut is noticed");
    reply.send(typed("right")).expect("it is waited for");
    let ran = background.end().await;
    assert_eq!(ran.not_started().class, Class::Host, "{}", ran.not_started());
    assert_eq!(rooted.step(&engine, 2, "echo in").await.out(), "in\n");
    assert!(open.try_recv().is_err(), "it was asked once");
}

#[tokio::test]
async fn what_is_not_given_is_said() {
    let rooted = Rooted::new(Shell::System, "PASSWORD=right");
    for (reply, said) in
        [(Reply::Refuse, "it was not given"), (typed("right\nrm -rf /"), "cannot have a line end in it")]
    {
        let engine = rooted.memory.engine();
        engine.set_asker(Scripted::new([reply]));
        let ran = rooted.step(&engine, 1, "true").await;
        assert!(ran.not_started().why.contains(said), "{}", ran.not_started());
    }
    assert_eq!(rooted.passwords(), [""; 0]);
}

#[tokio::test]
async fn each_host_has_its_own_question_and_there_is_one_at_a_time() {
    let rooted = Rooted::new(Shell::System, "PASSWORD=right");
    let keys = ["api-1", "api-2"].map(|name| (name.to_owned(), rooted.memory.host_key()));
    let engine =
        rooted.memory.engine_trusting(Settings::default(), HostKeys::Exact(Arc::new(HashMap::from(keys))));
    let desk = Scripted::new(["right", "right"].map(typed));
    engine.set_asker(desk.clone());
    let other = Host { name: "api-2".to_owned(), address: "two.demo".to_owned(), ..rooted.host.clone() };
    let all = [(&rooted.host, 1), (&other, 2), (&rooted.host, 3), (&other, 4)];
    let running = all.map(|(host, n)| start(&engine, host, step(n, "echo in")));
    for background in running {
        assert_eq!(background.end().await.out(), "in\n");
    }
    let mut asked = desk.asked();
    asked.sort();
    assert_eq!(asked, [rooted.asks(1), "api-2 omar@two.demo:22: sudo omar (1)".to_owned()]);
    assert_eq!(desk.most(), 1);
}

#[tokio::test]
async fn steps_that_start_together_do_not_try_a_wrong_password_twice() {
    let rooted = Rooted::new(Shell::System, "PASSWORD=right");
    let (engine, desk) = rooted.asked_by(&["wrong", "right"]);
    let running: Vec<_> = (1..=4).map(|n| start(&engine, &rooted.host, step(n, "echo in"))).collect();
    for background in running {
        assert_eq!(background.end().await.out(), "in\n");
    }
    assert_eq!(rooted.passwords().iter().filter(|p| *p == "wrong").count(), 1);
    assert_eq!(desk.asked().len(), 2);
}

#[tokio::test]
async fn a_step_of_root_is_cancelled_and_found_again_through_sudo() {
    for shell in Shell::here() {
        let rooted = Rooted::new(shell, "PASSWORD=right");
        let (engine, desk) = rooted.asked_by(&["right", "right"]);
        let mut background =
            start(&engine, &rooted.host, StepRequest { keep: Keep::File, ..step(1, "echo a; sleep 60") });
        background.printed(2).await;
        let running = reference(&engine, &rooted.host, 1).await;
        // The account itself has no such step.
        let own = engine.probe(&rooted.memory.host, &running).await;
        assert_eq!(desk.asked().len(), 1, "{own:?}");
        rooted.memory.cut();
        background.end().await.lost();
        let (sender, _events) = mpsc::channel(64);
        let probe = engine.probe(&rooted.host, &running).await.expect("an answer");
        assert!(matches!(probe.state, ProbeState::Running(_)), "{shell:?}: {probe:?}");
        let cancel = CancelRequest { step: running.clone(), grace_tenths: 20, all: true };
        let report = engine.cancel(&rooted.host, &cancel, &sender).await;
        assert_eq!(report.state, CancelState::Terminated, "{shell:?}: {report:?}");
        let found = follow(&engine, &rooted.host, &running, [0, 0]).await;
        assert_eq!((found.code(), found.out().as_str()), (143, "a\n"), "{shell:?}");
        assert_eq!(desk.asked().len(), 1, "what is known is not asked again");
    }
}

#[tokio::test]
async fn a_cancel_that_sudo_does_not_let_through_is_not_confirmed() {
    let rooted = Rooted::new(Shell::System, "");
    let engine = rooted.memory.engine();
    let mut background = start(&engine, &rooted.host, step(1, "echo a; sleep 60"));
    background.printed(2).await;
    let running = reference(&engine, &rooted.host, 1).await;
    rooted.sudoers("PASSWORD=right");
    let (sender, _events) = mpsc::channel(64);
    let cancel = CancelRequest { step: running, grace_tenths: 20, all: true };
    let report = engine.cancel(&rooted.host, &cancel, &sender).await;
    let CancelState::CouldNotConfirm(why) = &report.state else { panic!("{report:?}") };
    assert!(why.contains("nobody to type it") && why.contains("may still be running on api-1"), "{why}");
    rooted.sudoers("");
    let report = engine.cancel(&rooted.host, &cancel, &sender).await;
    assert_eq!(report.state, CancelState::Terminated);
    background.end().await;
}

#[tokio::test]
async fn this_machine_has_a_root_too() {
    let rooted = Rooted::new(Shell::System, "PASSWORD=right");
    let (engine, here) = rooted.memory.local(Settings::default());
    let desk = Scripted::new([typed("right")]);
    engine.set_asker(desk.clone());
    let here = Host { name: "local".to_owned(), sudo: true, ..here };
    let ran = run(&engine, &here, step(1, "echo $SUDO_USER")).await;
    assert_eq!((ran.code(), ran.out().as_str()), (0, "omar\n"));
    assert_eq!(desk.asked(), ["local omar@local: sudo omar (1)"]);
    assert_eq!(rooted.memory.dials(), 0);
    assert!(
        run(&engine, &Host { sudo: false, ..here }, step(2, "echo ${SUDO_USER-no}")).await.out() == "no\n"
    );
}
