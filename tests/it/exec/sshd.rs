//! The same over a real OpenSSH server.

use std::io::Read as _;

use gonogo::exec::{
    CancelRequest, CancelState, Class, End, Event, Host, Keep, ProbeState, StepRequest, Trust,
};
use tokio::sync::mpsc;

use super::common::{follow, poll, reference, run, secret, start, step, value};
use crate::support::sshd::Sshd;

#[tokio::test]
#[ignore = "needs sshd"]
async fn steps_run_and_carry_over() {
    let server = Sshd::start();
    let (engine, host) = (server.engine(), server.host(Some("user_ed25519")));
    let mut first = step(1, "mkdir -p d; cd d; X='a b'; f() { echo in f; }; echo hello; echo oops >&2");
    first.values = vec![value("V", "it's"), secret("TOKEN", "s3cr3t-v4lue")];
    let ran = run(&engine, &host, first).await;
    assert_eq!((ran.code(), ran.out().as_str(), ran.err().as_str()), (0, "hello\n", "oops\n"));
    let connected = ran.events.iter().find_map(|e| if let Event::Connected(c) = e { Some(c) } else { None });
    let connected = connected.expect("it connected");
    assert_eq!(connected.fingerprint, server.host_key().fingerprint());
    assert!(matches!(&connected.trust, Trust::KnownHosts { line: 1, .. }));
    let mut second = step(2, "pwd; echo \"$X $V ${TOKEN-none}\"; f; exit 7");
    second.load = Some(1);
    let ran = run(&engine, &host, second).await;
    assert_eq!(ran.code(), 7);
    assert!(ran.out().ends_with("/home/d\na b it's none\nin f\n"), "{}", ran.out());
    let much = run(&engine, &host, StepRequest { keep: Keep::File, ..step(3, "seq 1 500000; exit 3") }).await;
    assert_eq!(much.code(), 3);
    assert!(much.out().len() == 3_388_895 && much.out().ends_with("\n500000\n"));
    for n in 0..25 {
        let ran = run(&engine, &host, step(10 + n, &format!("echo a; exit {n}"))).await;
        assert_eq!((ran.code(), ran.out().as_str()), (i32::try_from(n).expect("small"), "a\n"));
    }
    engine.disconnect().await;
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn every_kind_of_key_logs_in_from_file_and_agent() {
    let mut server = Sshd::start();
    for key in ["user_ed25519", "user_ecdsa", "user_rsa"] {
        let ran = run(&server.engine(), &server.host(Some(key)), step(1, "true")).await;
        assert!(matches!(ran.end, End::Ended(_) | End::NotStarted(_)));
        assert!(
            ran.events.iter().any(|e| matches!(e, Event::Connected(c) if c.auth.contains(key))),
            "{key}: {:?}",
            ran.end
        );
    }
    server.start_agent(&["stranger", "user_rsa", "user_ecdsa"]);
    let ran = run(&server.engine(), &server.host(None), step(2, "true")).await;
    assert_eq!(ran.code(), 0);
    assert!(ran.events.iter().any(|e| matches!(e, Event::Connected(c) if c.auth.starts_with("ssh-rsa"))));
    // A key file with a passphrase is used through the agent that holds it.
    server.encrypt("user_ecdsa");
    let ran = run(&server.engine(), &server.host(Some("user_ecdsa")), step(3, "true")).await;
    assert!(
        ran.events.iter().any(
            |e| matches!(e, Event::Connected(c) if c.auth.contains("agent") && c.auth.starts_with("ecdsa"))
        ),
        "{:?}",
        ran.end
    );
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn a_wrong_key_is_refused_by_name() {
    let server = Sshd::start();
    server.encrypt("user_ecdsa");
    for (key, said) in [("stranger", "no key was accepted"), ("user_ecdsa", "needs a passphrase")] {
        let ran = run(&server.engine(), &server.host(Some(key)), step(1, "true")).await;
        assert_eq!(ran.not_started().class, Class::Auth);
        assert!(
            ran.not_started().why.contains(said) && ran.not_started().why.contains(key),
            "{}",
            ran.not_started()
        );
    }
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn unknown_and_changed_host_keys_are_refused_and_the_recorded_type_is_asked_for() {
    let server = Sshd::start();
    let with = |file| Host { known_hosts: Some(file), ..server.host(Some("user_ed25519")) };
    let unknown = run(&server.engine(), &with(server.dir().join("none")), step(1, "true")).await;
    assert_eq!(unknown.not_started().class, Class::HostKey);
    assert!(unknown.not_started().why.contains("is not known"), "{}", unknown.not_started());
    let changed = run(&server.engine(), &with(server.known_hosts("stranger")), step(1, "true")).await;
    assert!(changed.not_started().why.contains("has changed"), "{}", changed.not_started());
    // Only the ECDSA key is recorded: the server, which likes ed25519 better, is asked for that one.
    let ran = run(&server.engine(), &with(server.known_hosts("host_ecdsa")), step(1, "true")).await;
    assert_eq!(ran.code(), 0);
    assert!(
        ran.events.iter().any(|e| matches!(e, Event::Connected(c) if c.key_type == "ecdsa-sha2-nistp256"))
    );
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn a_cancel_is_verified() {
    let server = Sshd::start();
    let (engine, host) = (server.engine(), server.host(Some("user_ed25519")));
    for (number, script, state, code) in [
        (1, "echo a; sleep 70 & sleep 71", CancelState::Terminated, 143),
        (2, "trap '' TERM; echo a; while :; do sleep 1; done", CancelState::Killed, 137),
    ] {
        let mut background = start(&engine, &host, StepRequest { keep: Keep::File, ..step(number, script) });
        let started = background.started().await;
        background.printed(2).await;
        let (sender, _events) = mpsc::channel(64);
        let request =
            CancelRequest { step: reference(&engine, &host, number).await, grace_tenths: 5, all: false };
        let report = engine.cancel(&host, &request, &sender).await;
        assert_eq!(report.state, state);
        assert!(matches!(report.after, Some(ProbeState::Ended { code: is, .. }) if is == code), "{report:?}");
        // Fields after the name: state, parent, group.
        let of_group = |stat: String| {
            let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
            fields.get(2) == Some(&started.pgid.to_string().as_str()) && fields[0] != "Z"
        };
        let all = std::fs::read_dir("/proc").expect("proc").flatten();
        let all_gone = !all.filter_map(|p| std::fs::read_to_string(p.path().join("stat")).ok()).any(of_group);
        assert!(all_gone, "a process of the group is left");
        assert!(matches!(background.end().await.end, End::Ended(_)));
    }
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn a_printing_step_survives_a_cut_line() {
    let server = Sshd::start();
    let (engine, host) = (server.engine(), server.host(Some("user_ed25519")));
    // Prints until the line was cut, and some more.
    let script = "i=0; e=0; while [ $e -lt 5 ]; do echo line $i; i=$((i+1)); [ -e go ] && e=$((e+1)); sleep 0.05; done; exit 5";
    let mut background = start(&engine, &host, StepRequest { keep: Keep::File, ..step(1, script) });
    background.printed(30).await;
    server.cut();
    let cut = background.end().await;
    let have = [cut.lost().stdout.head, cut.lost().stderr.head];
    std::fs::write(server.home().join("go"), "").expect("written");
    let found = follow(&engine, &host, &reference(&engine, &host, 1).await, have).await;
    assert_eq!(found.code(), 5);
    let lines = (cut.out() + &found.out()).lines().count();
    assert!(found.out().lines().count() >= 4);
    assert_eq!(cut.out() + &found.out(), (0..lines).map(|n| format!("line {n}\n")).collect::<String>());
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn a_forced_command_and_few_sessions() {
    let forced = Sshd::start_with("ForceCommand echo only this");
    let ran = run(&forced.engine(), &forced.host(Some("user_ed25519")), step(1, "true")).await;
    assert_eq!(ran.not_started().class, Class::Foreign);
    assert!(ran.not_started().why.contains("only this"), "{}", ran.not_started());
    let few = Sshd::start_with("MaxSessions 1");
    let (engine, host) = (few.engine(), few.host(Some("user_ed25519")));
    let all = (1..=4).map(|n| start(&engine, &host, step(n, "echo a; sleep 0.1"))).collect::<Vec<_>>();
    for background in all {
        assert_eq!(background.end().await.out(), "a\n");
    }
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn a_server_that_takes_no_further_logins_is_named() {
    // One connection that never logs in is all that it takes.
    let busy = Sshd::start_with("MaxStartups 1");
    let mut held = None;
    poll("a connection is served", || {
        let mut line = std::net::TcpStream::connect(("127.0.0.1", busy.port())).expect("it listens");
        let mut greeting = [0; 8];
        let greeted = line.read_exact(&mut greeting).is_ok_and(|()| greeting == *b"SSH-2.0-");
        held = greeted.then_some(line);
        greeted
    })
    .await;
    let ran = run(&busy.engine(), &busy.host(Some("user_ed25519")), step(1, "true")).await;
    assert_eq!(ran.not_started().class, Class::Host);
    assert!(ran.not_started().why.contains("cannot speak SSH with api-1"), "{}", ran.not_started());
    assert!(ran.not_started().why.contains("MaxStartups"), "{}", ran.not_started());
}
