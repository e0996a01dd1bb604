//! One step on a host in memory: events, statuses, the order in which a channel ends, what foreign commands do.

use std::time::Duration;

use gonogo::exec::{Class, Event, Exit, Keep, Recorder, Settings, Stream};

use super::common::{Ran, poll, reference, run, run_dir, secret, seed, start, step, value};
use crate::support::memory_ssh::{Faults, MemoryHost, Order, Shell};

#[tokio::test]
async fn a_step_tells_its_progress_and_its_end() {
    let host = MemoryHost::start(Shell::System);
    let mut request = step(1, "echo hello; echo oops >&2; exit 7");
    request.captures_stdout = true;
    let ran = run(&host.engine(), &host.host, request).await;
    assert_eq!(ran.code(), 7);
    assert_eq!((ran.out().as_str(), ran.err().as_str()), ("hello\n", "oops\n"));
    let ended = ran.ended();
    assert_eq!(ended.recorded_by, Recorder::Channel);
    assert_eq!(ended.stdout_text.as_deref(), Some("hello\n"));
    assert_eq!((ended.stdout.bytes, ended.stdout.head, ended.stdout.dropped), (6, 6, 0));
    assert_eq!(ended.stdout.sha256, "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
    assert!(ended.notes.is_empty() && ended.sink_failed.is_none());
    let kinds: Vec<&str> = ran
        .events
        .iter()
        .map(|event| match event {
            Event::Connecting => "connecting",
            Event::Connected(_) => "connected",
            Event::Started(_) => "started",
            Event::Output { .. } => "output",
            _ => "other",
        })
        .collect();
    assert_eq!(&kinds[..2], ["connecting", "connected"]);
    assert!(kinds.contains(&"started") && kinds.contains(&"output") && !kinds.contains(&"other"));
}

#[tokio::test]
async fn the_host_describes_itself() {
    let host = MemoryHost::start(Shell::System);
    let ran = run(&host.engine(), &host.host, step(1, "true")).await;
    let connected = ran.events.iter().find_map(|e| if let Event::Connected(c) = e { Some(c) } else { None });
    let connected = connected.expect("it connected");
    assert_eq!(connected.fingerprint, host.host_key().fingerprint());
    assert_eq!(connected.key_type, "ssh-ed25519");
    assert!(connected.auth.contains("SHA256:") && connected.auth.contains("in memory"), "{}", connected.auth);
    let facts = &connected.facts;
    assert!(facts.dir.ends_with(&format!("/.gonogo/gonogo-{}", seed(&host.host))), "{}", facts.dir);
    assert!(
        !facts.had && !facts.node.is_empty() && facts.unix_time.is_some() && facts.shell.starts_with('/')
    );
}

#[tokio::test]
async fn the_last_messages_may_come_in_any_order() {
    for order in [Order::Natural, Order::StatusFirst, Order::EofFirst] {
        for (script, code) in [("seq 1 3000; exit 3", 3), ("seq 1 3000", 0)] {
            let host = MemoryHost::start(Shell::System);
            host.set_faults(Faults { order, spare: 1, ..Faults::default() });
            let ran = run(&host.engine(), &host.host, step(1, script)).await;
            assert_eq!(ran.code(), code, "{order:?}");
            assert!(ran.out().ends_with("\n3000\n"), "{order:?}: the output is not whole");
            assert_eq!(ran.ended().recorded_by, Recorder::Channel);
        }
    }
}

#[tokio::test]
async fn without_an_exit_status_the_marker_is_asked() {
    let host = MemoryHost::start(Shell::System);
    host.set_faults(Faults { order: Order::NoStatus, spare: 1, ..Faults::default() });
    let ran = run(&host.engine(), &host.host, step(1, "echo a; exit 4")).await;
    assert_eq!((ran.code(), ran.out().as_str()), (4, "a\n"));
    assert_eq!(ran.ended().recorded_by, Recorder::Marker);
}

#[tokio::test]
async fn a_channel_that_is_never_closed_ends_after_the_drain_time() {
    let host = MemoryHost::start(Shell::System);
    host.set_faults(Faults { order: Order::NoClose, spare: 1, ..Faults::default() });
    let engine = host.engine_with(Settings { drain: Duration::from_millis(300), ..Settings::default() });
    let ran = run(&engine, &host.host, step(1, "echo a; exit 4")).await;
    assert_eq!((ran.code(), ran.out().as_str()), (4, "a\n"));
    assert!(ran.ended().notes[0].contains("still hold its output"), "{:?}", ran.ended().notes);
}

#[tokio::test]
async fn a_descendant_that_goes_on_printing_does_not_hold_the_end_for_ever() {
    let host = MemoryHost::start(Shell::System);
    let engine = host.engine_with(Settings { drain: Duration::from_millis(200), ..Settings::default() });
    let script = "( while :; do echo x; sleep 0.05; done ) & echo a";
    let ran = run(&engine, &host.host, step(1, script)).await;
    assert_eq!(ran.code(), 0);
    assert!(ran.ended().notes[0].contains("still hold its output"), "{:?}", ran.ended().notes);
}

#[tokio::test]
async fn the_words_of_a_login_shell_are_no_output() {
    for prelude in ["echo welcome; echo motd >&2", "printf welcome; printf motd >&2"] {
        let host = MemoryHost::start(Shell::System);
        host.set_faults(Faults { prelude: Some(prelude.to_owned()), ..Faults::default() });
        let mut request = step(1, "echo a; echo b >&2");
        request.captures_stdout = true;
        let ran = run(&host.engine(), &host.host, request).await;
        assert_eq!((ran.out().as_str(), ran.err().as_str()), ("a\n", "b\n"));
        assert_eq!(ran.ended().stdout_text.as_deref(), Some("a\n"));
    }
}

/// A step with a secret on a host that records what it is sent.
async fn on_foreign(forced: Option<&str>, prelude: Option<&str>, spare: usize) -> (Ran, MemoryHost) {
    let host = MemoryHost::start(Shell::System);
    host.set_faults(Faults {
        forced: forced.map(str::to_owned),
        prelude: prelude.map(str::to_owned),
        spare,
        ..Faults::default()
    });
    let mut request = step(1, "touch \"$HOME/ran\"");
    request.values = vec![secret("TOKEN", "s3cr3t-v4lue")];
    let ran = run(&host.engine(), &host.host, request).await;
    assert!(!host.home().join("ran").exists());
    (ran, host)
}

#[tokio::test]
async fn a_host_that_runs_something_else_is_named_and_gets_no_secret() {
    let menu = "cat >seen; echo 'Menu: 1) status'";
    for (forced, prelude, said) in [
        (Some("echo 'This account is currently not available.'; exit 1"), None, "not available"),
        (Some(menu), None, "Menu: 1) status"),
        (None, Some("cat >seen"), ""),
        (None, Some("exec cat >seen"), ""),
    ] {
        let (ran, host) = on_foreign(forced, prelude, 0).await;
        let why = ran.not_started();
        assert_eq!(why.class, Class::Foreign);
        assert!(why.why.contains("api-1 ran something else") && why.why.contains(said), "{why}");
        let seen = std::fs::read_to_string(host.home().join("seen")).unwrap_or_default();
        assert!(!seen.contains("s3cr3t-v4lue"), "the secret was sent before the host had answered");
    }
}

#[tokio::test]
async fn a_host_that_changes_its_mind_after_open_did_not_start_the_step() {
    for forced in ["exit 0", "cat >/dev/null", "cat >/dev/null; exit 3", "kill -9 $$"] {
        let (ran, _) = on_foreign(Some(forced), None, 1).await;
        assert_eq!(ran.not_started().class, Class::Foreign, "{forced}");
    }
}

#[tokio::test]
async fn a_host_that_refuses_commands_is_named() {
    let host = MemoryHost::start(Shell::System);
    host.set_faults(Faults { refuse_exec: true, ..Faults::default() });
    let ran = run(&host.engine(), &host.host, step(1, "true")).await;
    assert_eq!(ran.not_started().class, Class::Foreign);
}

#[tokio::test]
async fn a_host_that_takes_no_input_is_given_up() {
    let host = MemoryHost::start(Shell::System);
    host.set_faults(Faults { forced: Some("sleep 60".to_owned()), spare: 1, ..Faults::default() });
    let engine = host.engine_with(Settings {
        answer: Duration::from_millis(2500),
        drain: Duration::from_millis(100),
        ..Settings::default()
    });
    // The whole program fits into the window, so that it counts as sent: the number is used up on the host.
    let ran = run(&engine, &host.host, step(1, "touch \"$HOME/ran\"")).await;
    assert!(ran.lost().why.contains("did not say in time"), "{:?}", ran.end);
    assert!(!host.home().join("ran").exists());
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_before_it_is_sent() {
    let host = MemoryHost::start(Shell::System);
    let engine = host.engine();
    let with = |values| {
        let mut request = step(1, "true");
        request.values = values;
        request
    };
    for (request, said) in [
        (with(vec![value("1x", "")]), "cannot be the name"),
        (with(vec![value("a b", "")]), "cannot be the name"),
        (with(vec![value("a=b", "")]), "cannot be the name"),
        (with(vec![value("__g_d", "")]), "cannot be the name"),
        (with(vec![value("UID", "")]), "cannot be the name"),
        (with(vec![value("_", "")]), "cannot be the name"),
        (with(vec![value("A", "a\0b")]), "NUL"),
        (with(vec![value("A", &"x".repeat(100 * 1024 + 1))]), "longer than 100 KiB"),
        (
            with((0..12).map(|n| value(&format!("A{n}"), &"x".repeat(100 * 1024))).collect()),
            "longer than 1 MiB",
        ),
        (step(1, "a\0b"), "NUL"),
    ] {
        let ran = run(&engine, &host.host, request).await;
        assert_eq!(ran.not_started().class, Class::Request);
        assert!(ran.not_started().why.contains(said), "{}", ran.not_started());
    }
    assert_eq!(host.dials(), 0, "a bad request reached the host");
}

#[tokio::test]
async fn two_steps_at_once_and_two_seeds() {
    let host = MemoryHost::start(Shell::System);
    let engine = host.engine();
    let mut other = step(1, "echo other");
    other.seed = "f".repeat(32);
    let (a, b, c) = tokio::join!(
        run(&engine, &host.host, step(1, "echo a")),
        run(&engine, &host.host, step(2, "echo b")),
        run(&engine, &host.host, other),
    );
    assert_eq!((a.out(), b.out(), c.out()), ("a\n".into(), "b\n".into(), "other\n".into()));
    assert_eq!(host.dials(), 1, "one connection serves all");
}

#[tokio::test]
async fn programs_that_open_a_run_at_the_same_time_find_one_directory() {
    for shell in Shell::here() {
        let host = MemoryHost::start(shell);
        let opening = (0..8).map(|_| {
            // An engine each: a connection of its own, as another program has.
            let (engine, host) = (host.engine(), host.host.clone());
            tokio::spawn(async move { reference(&engine, &host, 1).await })
        });
        let mut found = Vec::new();
        for opening in opening.collect::<Vec<_>>() {
            found.push(opening.await.expect("no panic"));
        }
        assert!(found[0].dir.starts_with(host.home().to_str().expect("utf-8")), "{shell:?}: {found:?}");
        assert!(found.iter().all(|step| *step == found[0]), "{shell:?}: {found:?}");
    }
}

#[tokio::test]
async fn a_host_with_few_sessions_makes_steps_wait() {
    let host = MemoryHost::start(Shell::System);
    host.set_faults(Faults { max_sessions: Some(2), ..Faults::default() });
    let engine = host.engine();
    let all = (1..=5).map(|n| start(&engine, &host.host, step(n, "sleep 0.1; echo a"))).collect::<Vec<_>>();
    for background in all {
        assert_eq!(background.end().await.out(), "a\n");
    }
    assert_eq!(host.dials(), 1, "they wait for the one connection");
}

#[tokio::test]
async fn a_host_without_sessions_is_named() {
    let host = MemoryHost::start(Shell::System);
    host.set_faults(Faults { max_sessions: Some(0), ..Faults::default() });
    let ran = run(&host.engine(), &host.host, step(1, "true")).await;
    assert!(ran.not_started().why.contains("MaxSessions"), "{}", ran.not_started());
}

#[tokio::test]
async fn a_line_that_was_cut_between_steps_is_made_again() {
    let host = MemoryHost::start(Shell::System);
    let engine = host.engine();
    assert_eq!(run(&engine, &host.host, step(1, "export x=1")).await.code(), 0);
    host.cut();
    // What was cut is heard of before the next step, which may find a channel that is open already.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let mut second = step(2, "echo $x");
    second.load = Some(1);
    let ran = run(&engine, &host.host, second).await;
    assert_eq!(ran.out(), "1\n");
    assert_eq!(host.dials(), 2);
}

#[tokio::test]
async fn only_output_notes_are_dropped_when_nobody_reads_events() {
    let host = MemoryHost::start(Shell::System);
    let mut background = start(&host.engine(), &host.host, step(1, "seq 1 300000"));
    let events = &mut background.events;
    poll("the queue fills", || events.len() > 20).await;
    let ran = background.end().await;
    assert!(ran.events.iter().any(|event| matches!(event, Event::Started(_))));
    assert!(ran.out().ends_with("\n300000\n"));
    assert_eq!(ran.sink.bytes(Stream::Stdout).len() as u64, ran.ended().stdout.bytes);
}

#[tokio::test]
async fn files_on_the_host_are_private_and_the_umask_is_the_logins() {
    use std::os::unix::fs::PermissionsExt;
    for shell in Shell::here() {
        let host = MemoryHost::start(shell);
        host.set_faults(Faults { prelude: Some("umask 027".to_owned()), ..Faults::default() });
        let mut request = step(1, "umask; touch new");
        request.keep = Keep::File;
        let ran = run(&host.engine(), &host.host, request).await;
        assert_eq!(ran.out().trim_start_matches('0'), "27\n", "{shell:?}");
        let mode =
            |path: std::path::PathBuf| path.metadata().expect("it is there").permissions().mode() & 0o777;
        assert_eq!(mode(host.home().join("new")), 0o640);
        let dir = run_dir(&host);
        assert_eq!(mode(dir.clone()), 0o700);
        for file in std::fs::read_dir(&dir).expect("the directory") {
            let path = file.expect("an entry").path();
            // It holds the umask and nothing else, and is made before there is another one.
            if path.extension().is_some_and(|it| it == "um") {
                continue;
            }
            assert_eq!(mode(path.clone()), 0o600, "{shell:?}: {}", path.display());
        }
    }
}

#[tokio::test]
async fn a_directory_that_vanished_or_was_replaced_refuses_the_step() {
    let host = MemoryHost::start(Shell::System);
    let engine = host.engine();
    assert_eq!(run(&engine, &host.host, step(1, "true")).await.code(), 0);
    let dir = run_dir(&host);
    std::fs::remove_dir_all(&dir).expect("removed");
    let ran = run(&engine, &host.host, step(2, "echo ran")).await;
    assert_eq!(ran.not_started().class, Class::Refused);
    std::os::unix::fs::symlink(host.home(), &dir).expect("a link");
    let ran = run(&engine, &host.host, step(3, "echo ran")).await;
    assert_eq!(ran.not_started().class, Class::Refused);
}

#[tokio::test]
async fn a_state_that_was_cut_refuses_the_step() {
    for shell in Shell::here() {
        let host = MemoryHost::start(shell);
        let engine = host.engine();
        assert_eq!(run(&engine, &host.host, step(1, "export x=1 y=2")).await.code(), 0);
        let state = run_dir(&host).join("1.st");
        let text = std::fs::read(&state).expect("the state");
        std::fs::write(&state, &text[..text.len() / 2]).expect("written");
        let mut second = step(2, "echo ran");
        second.load = Some(1);
        let ran = run(&engine, &host.host, second).await;
        assert!(ran.not_started().why.contains("missing or damaged"), "{shell:?}: {}", ran.not_started());
        assert_eq!(ran.out(), "", "{shell:?}: the state file spoke");
    }
}

#[tokio::test]
async fn without_a_home_to_write_another_place_is_found() {
    let host = MemoryHost::start(Shell::System);
    std::fs::write(host.home().join(".gonogo"), "in the way").expect("written");
    let engine = host.engine();
    // A seed of its own: the other places are shared with everybody.
    let mut request = step(1, "echo a");
    request.seed = format!("{:032x}", std::process::id());
    let ran = run(&engine, &host.host, request).await;
    let dir = ran
        .events
        .iter()
        .find_map(|e| if let Event::Connected(c) = e { Some(c.facts.dir.clone()) } else { None });
    let dir = dir.expect("it connected");
    assert_eq!(ran.out(), "a\n");
    assert!(!dir.starts_with(host.home().to_str().expect("utf-8")), "{dir}");
    let closed = engine.close(&host.host, &dir, false).await.expect("closed");
    assert_eq!(closed, gonogo::exec::Closed::Closed);
    assert!(!std::path::Path::new(&dir).exists());
}

#[tokio::test]
async fn a_signal_that_ends_the_recorder_too_is_told_by_name() {
    let host = MemoryHost::start(Shell::System);
    let mut background = start(&host.engine(), &host.host, step(1, "sleep 60"));
    let started = background.started().await;
    let group = rustix::process::Pid::from_raw(started.pgid as i32).expect("a group");
    // What a canceller writes down, before the group is killed by somebody.
    let record = run_dir(&host).join("1.run");
    rustix::process::kill_process_group(group, rustix::process::Signal::KILL).expect("killed");
    let text = std::fs::read_to_string(&record).expect("the record");
    std::fs::write(&record, format!("{text}end 137 \n")).expect("written");
    let ran = background.end().await;
    assert_eq!(ran.ended().exit, Exit::Signal("KILL".to_owned()));
    assert_eq!(ran.ended().recorded_by, Recorder::Marker);
}
