//! Steps in a terminal and shells, on a host in memory: a real pseudo-terminal, the size, the keys, the end, a cut line.

use gonogo::exec::terminal::Size;
use gonogo::exec::{
    CancelRequest, CancelState, Class, Engine, Event, Exit, Host, Press, ProbeState, ShellEnd, Terminal,
};
use tokio::sync::{mpsc, oneshot};

use super::common::{Background, LONG, collect, over, reference, run, secret, seed, start, step, value};
use crate::support::memory_ssh::{Faults, MemoryHost, Shell};

/// A step that is typed to.
pub(super) struct Typed {
    pub step: Background,
    pub keys: mpsc::Sender<Press>,
}

pub(super) const SIZE: Size = Size { columns: 80, rows: 24 };

pub(super) fn keys(text: &str) -> Press {
    Press::Bytes(text.as_bytes().to_vec().into())
}

fn on_terminal(host: &MemoryHost, request: gonogo::exec::StepRequest) -> Typed {
    typed(host.engine(), &host.host, request)
}

/// Starts a step in a terminal; a step without a seed gets the host's.
pub(super) fn typed(engine: Engine, host: &Host, request: gonogo::exec::StepRequest) -> Typed {
    let (keys, presses) = mpsc::channel(64);
    let (sender, events) = mpsc::channel(64);
    let sink = gonogo::exec::VecSink::default();
    let own = if request.seed.is_empty() { seed(host) } else { request.seed.clone() };
    let request = gonogo::exec::StepRequest { seed: own, save: false, ..request };
    let (host, taken) = (host.clone(), sink.clone());
    let task = tokio::spawn(async move {
        let terminal = Terminal { size: SIZE, presses };
        engine.step_in_terminal(&host, request, None, Box::new(taken), &sender, terminal).await
    });
    Typed { step: Background { task, events, sink }, keys }
}

impl Typed {
    pub async fn press(&self, text: &str) {
        self.keys.send(keys(text)).await.expect("the step runs");
    }

    /// Waits until the output holds `text`.
    pub async fn said(&mut self, text: &str) {
        let mut all = Vec::new();
        self.step
            .until(|event| {
                if let Event::Output { offset, tail, .. } = event {
                    all.truncate(usize::try_from(*offset).unwrap());
                    all.extend_from_slice(tail);
                }
                String::from_utf8_lossy(&all).contains(text).then_some(())
            })
            .await;
    }
}

#[tokio::test]
async fn a_step_gets_a_terminal_with_size_echo_and_exit_status() {
    for shell in Shell::here() {
        let host = MemoryHost::start(shell);
        let script = "test -t 0 && test -t 1 && test -t 2 && stty size && echo \"$TERM $V\"
printf 'name? '; read -r n; stty -echo; printf 'secret? '; read -r s; stty echo; echo \"[$n] ${#s}\"; exit 7\n";
        let request =
            gonogo::exec::StepRequest { values: vec![value("V", "it's \\ a\nline")], ..step(1, script) };
        let mut typed = on_terminal(&host, request);
        typed.said("name? ").await;
        typed.press("layla\r").await;
        typed.said("secret? ").await;
        typed.press("hunter2!\r").await;
        let ran = typed.step.end().await;
        assert_eq!(ran.code(), 7, "{shell:?}: {}", ran.out());
        let out = ran.out();
        assert!(out.starts_with("24 80\r\nxterm-256color it's \\ a\r\nline\r\n"), "{shell:?}: {out:?}");
        assert!(out.contains("name? layla\r\n"), "the terminal echoes: {out:?}");
        assert!(out.ends_with("[layla] 8\r\n") && !out.contains("hunter2"), "{shell:?}: {out:?}");
        assert!(!out.contains("gonogo") && ran.err().is_empty(), "nothing of ours is in it: {out:?}");
        // What the host was asked for: one terminal, and nothing of the step in a command.
        assert_eq!(host.heard().others, ["terminal xterm-256color 80x24", "variable LANG"]);
        assert!(host.heard().commands.iter().all(|(command, _)| !command.contains("it's")), "{shell:?}");
    }
}

#[tokio::test]
async fn carried_state_is_read_and_secrets_and_large_programs_pass() {
    let host = MemoryHost::start(Shell::System);
    assert_eq!(run(&host.engine(), &host.host, step(1, "mkdir -p d; cd d; TAG=v7")).await.code(), 0);
    // Longer than a line of a terminal may be while lines are edited (4096 bytes).
    let filler = "# \\n \\\\ % ' \" $ ` \t \u{1}\n".repeat(800);
    let script = format!("{filler}echo \"$TAG ${{PWD##*/}} $(( ${{#TOKEN}} + 0 ))\"\n");
    let request = gonogo::exec::StepRequest {
        load: Some(1),
        values: vec![secret("TOKEN", "s3cr\\et\n%b")],
        ..step(2, &script)
    };
    let typed = on_terminal(&host, request);
    let ran = typed.step.end().await;
    assert_eq!((ran.code(), ran.out().as_str()), (0, "v7 d 10\r\n"));
}

#[tokio::test]
async fn a_new_size_reaches_the_step() {
    let host = MemoryHost::start(Shell::System);
    let mut typed = on_terminal(
        &host,
        step(1, "trap 'stty size' WINCH; echo up; until [ -e done ]; do sleep 0.02; done"),
    );
    typed.said("up").await;
    typed.keys.send(Press::Resize(Size { columns: 132, rows: 50 })).await.expect("the step runs");
    typed.said("50 132").await;
    std::fs::write(host.home().join("done"), "").expect("written");
    assert_eq!(typed.step.end().await.code(), 0);
    assert!(host.heard().others.contains(&"size 132x50".to_owned()));
}

/// Says that it is up when it can be interrupted: a bash that has forked and not yet started its program loses the signal.
pub const INTERRUPTIBLE: &str = "sh -c 'echo up; exec sleep 600'";

#[tokio::test]
async fn ctrl_c_ends_the_program_and_the_host_records_it() {
    let host = MemoryHost::start(Shell::System);
    let mut typed = on_terminal(&host, step(1, INTERRUPTIBLE));
    typed.said("up").await;
    typed.press("\u{3}").await;
    assert_eq!(typed.step.end().await.code(), 130);
}

#[tokio::test]
async fn a_cancel_ends_a_step_in_a_terminal() {
    let host = MemoryHost::start(Shell::System);
    let engine = host.engine();
    for (number, script, state) in [
        (1, "echo up; sleep 600", CancelState::Terminated),
        (2, "trap '' TERM; echo up; while :; do sleep 600; done", CancelState::Killed),
    ] {
        let mut typed = on_terminal(&host, step(number, script));
        typed.said("up").await;
        let asked =
            CancelRequest { step: reference(&engine, &host.host, number).await, grace_tenths: 5, all: false };
        let (sender, events) = mpsc::channel(64);
        let (report, _) = tokio::join!(
            async {
                let report = engine.cancel(&host.host, &asked, &sender).await;
                drop(sender);
                report
            },
            collect(events)
        );
        assert_eq!(report.state, state);
        let ran = typed.step.end().await;
        let code = if number == 1 { 143 } else { 137 };
        assert!(matches!(ran.ended().exit, Exit::Code(c) if c == code) || number == 2, "{:?}", ran.end);
    }
}

#[tokio::test]
async fn a_cut_line_hangs_the_step_up_and_that_is_said() {
    let host = MemoryHost::start(Shell::System);
    let mut typed = on_terminal(&host, step(1, "sleep 600 & echo up; wait"));
    typed.said("up").await;
    host.cut();
    let ran = typed.step.end().await;
    let why = &ran.lost().why;
    assert!(why.contains("was cut while the step ran") && why.contains("hung up with its line"), "{why}");
    let engine = host.engine();
    let earlier = reference(&engine, &host.host, 1).await;
    assert_eq!(over(&engine, &host.host, &earlier).await, ProbeState::Died);
}

#[tokio::test]
async fn a_host_without_terminals_starts_nothing() {
    let host = MemoryHost::start(Shell::System);
    host.set_faults(Faults { refuse_terminal: true, ..Faults::default() });
    let ran = on_terminal(&host, step(1, "touch ran")).step.end().await;
    assert_eq!(ran.not_started().class, Class::Foreign);
    assert!(ran.not_started().why.contains("gives no terminal"), "{}", ran.not_started().why);
    assert!(!host.home().join("ran").exists());
}

#[tokio::test]
async fn a_foreign_command_in_the_terminal_gets_no_value() {
    let host = MemoryHost::start(Shell::System);
    // `open` is answered; the next command is another one.
    assert_eq!(run(&host.engine(), &host.host, step(1, "true")).await.code(), 0);
    let before = host.heard().commands.len();
    std::fs::remove_file(host.dir.join("bin/stty")).expect("the terminal cannot be made silent");
    let request =
        gonogo::exec::StepRequest { values: vec![secret("TOKEN", "topsecretvalue")], ..step(2, "touch ran") };
    let ran = on_terminal(&host, request).step.end().await;
    assert!(ran.not_started().why.contains("stty"), "{}", ran.not_started().why);
    for (_, input) in &host.heard().commands[before..] {
        assert!(!String::from_utf8_lossy(input).contains("topsecretvalue"));
    }
}

#[tokio::test]
async fn a_shell_is_the_accounts_own_and_says_how_it_ended() {
    let host = MemoryHost::start(Shell::System);
    let engine = host.engine();
    let (presses, typed) = mpsc::channel(64);
    let (sender, mut events) = mpsc::channel(64);
    let (opened, is_open) = oneshot::channel();
    let reached = host.host.clone();
    let shell = tokio::spawn(async move {
        let terminal = Terminal { size: SIZE, presses: typed };
        engine.shell(&reached, None, &sender, terminal, opened).await
    });
    is_open.await.expect("it opens");
    presses.send(keys("echo $((6*7)); stty size\r")).await.expect("it is open");
    let mut said = String::new();
    while !said.contains("24 80") {
        match events.recv().await {
            Some(Event::Output { tail, .. }) => said.push_str(&String::from_utf8_lossy(&tail)),
            Some(_) => {}
            None => panic!("it ended with {said:?}"),
        }
    }
    assert!(said.contains("42"), "{said}");
    presses.send(keys("exit 3\r")).await.expect("it is open");
    let (end, _) = tokio::join!(tokio::time::timeout(LONG, shell), collect(events));
    assert_eq!(end.expect("it ends").expect("no panic"), ShellEnd::Exited(3));
    assert!(host.heard().commands.is_empty(), "nothing of ours runs: {:?}", host.heard().commands);
}

#[tokio::test]
async fn a_cut_line_ends_a_shell_and_a_host_without_shells_says_so() {
    let host = MemoryHost::start(Shell::System);
    for refused in [false, true] {
        host.set_faults(Faults { refuse_exec: refused, ..Faults::default() });
        let engine = host.engine();
        let (_presses, typed) = mpsc::channel(64);
        let (sender, events) = mpsc::channel(64);
        let (opened, is_open) = oneshot::channel();
        let reached = host.host.clone();
        let shell = tokio::spawn(async move {
            engine.shell(&reached, None, &sender, Terminal { size: SIZE, presses: typed }, opened).await
        });
        let collected = tokio::spawn(collect(events));
        if is_open.await.is_ok() {
            host.cut();
        }
        let end = tokio::time::timeout(LONG, shell).await.expect("it ends").expect("no panic");
        match (refused, &end) {
            (false, ShellEnd::Lost(why)) => assert!(why.contains("was cut"), "{why}"),
            (true, ShellEnd::NotOpened(why)) => assert!(why.contains("no shell"), "{why}"),
            _ => panic!("{end:?}"),
        }
        drop(collected.await);
    }
}

/// Used by the tests above only through a plain step: nothing of a terminal is asked for without one.
#[tokio::test]
async fn plain_steps_ask_for_no_terminal() {
    let host = MemoryHost::start(Shell::System);
    let ran = start(&host.engine(), &host.host, step(1, "test -t 0 || echo none")).end().await;
    assert_eq!((ran.code(), ran.out().as_str()), (0, "none\n"));
    assert!(host.heard().others.is_empty());
}
