//! Terminals over a real OpenSSH server.

use gonogo::exec::terminal::Size;
use gonogo::exec::{CancelRequest, CancelState, Event, Press, ProbeState, ShellEnd, Terminal};
use tokio::sync::{mpsc, oneshot};

use super::common::{LONG, collect, over, reference, step};
use super::terminals::{INTERRUPTIBLE, SIZE, keys, typed};
use crate::support::sshd::Sshd;

/// A server with a home directory of its own, that runs what is asked for, and a shell if nothing is.
fn server(more: &str) -> Sshd {
    Sshd::start_in(|dir| {
        let home = dir.join("home");
        format!(
            "{more}\nForceCommand HOME={}; export HOME; cd; if [ \"$SSH_ORIGINAL_COMMAND\" ]; then eval \
             \"$SSH_ORIGINAL_COMMAND\"; else exec sh -i; fi",
            home.display()
        )
    })
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn a_step_gets_a_terminal_size_keys_and_exit_status() {
    let server = server("AcceptEnv LANG");
    let (engine, host) = (server.engine(), server.host(Some("user_ed25519")));
    let script = "test -t 0 && test -t 1 && stty size && echo \"$TERM $LANG\"; trap 'stty size' WINCH
printf 'name? '; read -r n; stty -echo; printf 'secret? '; read -r s; stty echo; echo; echo \"[$n] ${#s}\"; exit 7\n";
    let mut step = typed(engine.clone(), &host, step(1, script));
    step.said("name? ").await;
    step.keys.send(Press::Resize(Size { columns: 132, rows: 50 })).await.expect("it runs");
    step.press("ليلى\r").await;
    step.said("secret? ").await;
    step.press("hunter2!\r").await;
    let ran = step.step.end().await;
    let out = ran.out();
    assert_eq!(ran.code(), 7, "{out}");
    assert!(out.starts_with("24 80\r\nxterm-256color C.UTF-8\r\n") && out.contains("50 132"), "{out:?}");
    assert!(out.ends_with("[ليلى] 8\r\n") && !out.contains("hunter2") && !out.contains("gonogo"), "{out:?}");
    engine.disconnect().await;
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn ctrl_c_and_cancel_end_it_and_a_cut_line_hangs_it_up() {
    let server = server("");
    let (engine, host) = (server.engine(), server.host(Some("user_ed25519")));
    let mut first = typed(engine.clone(), &host, step(1, INTERRUPTIBLE));
    first.said("up").await;
    first.press("\u{3}").await;
    assert_eq!(first.step.end().await.code(), 130);
    let mut second =
        typed(engine.clone(), &host, step(2, "trap '' TERM; echo up; while :; do sleep 600; done"));
    second.said("up").await;
    let asked = CancelRequest { step: reference(&engine, &host, 2).await, grace_tenths: 5, all: false };
    let (sender, events) = mpsc::channel(64);
    let collected = tokio::spawn(collect(events));
    assert_eq!(engine.cancel(&host, &asked, &sender).await.state, CancelState::Killed);
    drop((second.step.end().await, sender));
    drop(collected.await);
    let mut third = typed(engine.clone(), &host, step(3, "sleep 600 & echo up; wait"));
    third.said("up").await;
    server.cut();
    let ran = third.step.end().await;
    assert!(ran.lost().why.contains("hung up with its line"), "{}", ran.lost().why);
    let earlier = reference(&engine, &host, 3).await;
    assert_eq!(over(&engine, &host, &earlier).await, ProbeState::Died);
    engine.disconnect().await;
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn an_account_without_terminals_is_told_and_nothing_starts() {
    let server = server("PermitTTY no");
    let (engine, host) = (server.engine(), server.host(Some("user_ed25519")));
    let mark = server.home().join("ran-in-terminal");
    let script = format!("touch '{}'", mark.display());
    let ran = typed(engine.clone(), &host, step(1, &script)).step.end().await;
    assert!(ran.not_started().why.contains("gives no terminal"), "{}", ran.not_started().why);
    assert!(!mark.exists());
    engine.disconnect().await;
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn a_shell_opens_reads_and_is_hung_up() {
    let server = server("");
    for (leave, wanted) in [("exit 3\r", ShellEnd::Exited(3)), ("", ShellEnd::Signalled("HUP".to_owned()))] {
        let (engine, host) = (server.engine(), server.host(Some("user_ed25519")));
        let (presses, typed) = mpsc::channel(64);
        let (sender, mut events) = mpsc::channel(64);
        let (opened, is_open) = oneshot::channel();
        let theirs = engine.clone();
        let shell = tokio::spawn(async move {
            theirs.shell(&host, None, &sender, Terminal { size: SIZE, presses: typed }, opened).await
        });
        is_open.await.expect("it opens");
        presses.send(keys("echo $((6*7))x; stty size\r")).await.expect("it is open");
        let mut said = String::new();
        while !said.contains("42x") || !said.contains("24 80") {
            match events.recv().await {
                Some(Event::Output { tail, .. }) => said.push_str(&String::from_utf8_lossy(&tail)),
                Some(_) => {}
                None => panic!("it ended with {said:?}"),
            }
        }
        match leave {
            "" => presses.send(Press::HangUp).await.expect("it is open"),
            leave => presses.send(keys(leave)).await.expect("it is open"),
        }
        let (end, _) = tokio::join!(tokio::time::timeout(LONG, shell), collect(events));
        assert_eq!(end.expect("it ends").expect("no panic"), wanted);
        engine.disconnect().await;
    }
}
