//! Steps on this machine: the tables of `scenarios` hold here, too; these are the other things that hold over SSH.

use std::time::Duration;

use gonogo::exec::{
    CancelRequest, CancelState, Class, Closed, Engine, Event, Exit, Host, Keep, ProbeState, Recorder,
    Settings, StepRequest, Trust,
};
use tokio::sync::mpsc;

use super::common::{LONG, collect, follow, poll, reference, run, run_dir, seed, start, step, value};
use crate::support::memory_ssh::{MemoryHost, Shell};

fn quick() -> Settings {
    Settings { poll: Duration::from_millis(50), ..Settings::default() }
}

fn machine(shell: Shell) -> (MemoryHost, Engine, Host) {
    let memory = MemoryHost::start(shell);
    let (engine, host) = memory.local(quick());
    (memory, engine, host)
}

#[tokio::test]
async fn a_step_runs_without_any_connection() {
    let (memory, engine, host) = machine(Shell::System);
    let ran = run(&engine, &host, step(1, "echo out; echo err >&2; exit 3")).await;
    assert_eq!((ran.code(), ran.out().as_str(), ran.err().as_str()), (3, "out\n", "err\n"));
    assert_eq!(ran.ended().recorded_by, Recorder::Channel);
    assert!(ran.ended().started.is_some(), "{:?}", ran.ended());
    assert_eq!(memory.dials(), 0);
    let connected = ran.events.iter().find_map(|event| match event {
        Event::Connected(connected) => Some(connected),
        _ => None,
    });
    let connected = connected.expect("it is told once what this machine is");
    assert_eq!(connected.trust, Trust::ThisMachine);
    assert!(connected.facts.dir.starts_with(&*memory.home().to_string_lossy()), "{:?}", connected.facts);
    assert!(ran.events.iter().any(|event| matches!(event, Event::Started(_))), "{:?}", ran.events);
}

#[tokio::test]
async fn an_engine_without_this_machine_refuses() {
    let memory = MemoryHost::start(Shell::System);
    let host = Host { port: 0, ..memory.host.clone() };
    let ran = run(&memory.engine(), &host, step(1, "echo out")).await;
    assert_eq!(ran.not_started().class, Class::Host);
    assert!(ran.not_started().why.contains("on=local"), "{}", ran.not_started().why);
    assert_eq!(memory.dials(), 0);
}

#[tokio::test]
async fn a_step_gets_the_environment_of_a_login_and_no_more() {
    let (memory, engine, host) = machine(Shell::DashOnly);
    let request = StepRequest { values: vec![value("GIVEN", "1")], ..step(1, "env | sed 's/=.*//' | sort") };
    let ran = run(&engine, &host, request).await;
    // The marker is the wrapper's, PWD and OLDPWD are the shell's own.
    let out = ran.out();
    let names = out.split_whitespace().filter(|name| !name.ends_with("PWD")).collect::<Vec<_>>();
    assert_eq!(names, ["GIVEN", "GONOGO_STEP", "HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER"]);
    let ran = run(&engine, &host, step(2, "echo $TERM $USER $LOGNAME; pwd; [ $HOME = \"$PWD\" ]")).await;
    assert_eq!(ran.out(), format!("dumb omar omar\n{}\n", memory.home().display()));
    assert_eq!(ran.code(), 0);
}

#[tokio::test]
async fn a_step_has_a_session_and_no_terminal() {
    let (_memory, engine, host) = machine(Shell::System);
    // proc_pid_stat(5): pid, command, state, parent, group, session, terminal.
    let script = "set -- $(cat /proc/$$/stat); [ $5 = $6 ] && echo leads; echo $7; : </dev/tty";
    let ran = run(&engine, &host, StepRequest { strict: false, ..step(1, script) }).await;
    assert_eq!(ran.out(), "leads\n0\n", "{}", ran.err());
    assert!(ran.code() != 0 && ran.err().contains("/dev/tty"), "{}", ran.err());
}

#[tokio::test]
async fn a_running_step_can_be_cancelled() {
    for shell in Shell::here() {
        for (script, grace, state, exit) in [
            ("echo a; sleep 60 & sleep 60", 50, CancelState::Terminated, Exit::Code(143)),
            (
                "trap '' TERM; echo a; while :; do sleep 1; done",
                3,
                CancelState::Killed,
                Exit::Signal("KILL".to_owned()),
            ),
            (
                "trap 'exit 9' TERM; echo a; while :; do sleep 0.1; done",
                100,
                CancelState::Terminated,
                Exit::Code(9),
            ),
        ] {
            let (_memory, engine, host) = machine(shell);
            let mut background = start(&engine, &host, step(1, script));
            background.printed(2).await;
            let step = reference(&engine, &host, 1).await;
            let request = CancelRequest { step, grace_tenths: grace, all: false };
            let (sender, events) = mpsc::channel(64);
            let report = engine.cancel(&host, &request, &sender).await;
            drop(sender);
            assert_eq!(report.state, state, "{shell:?} {script}");
            assert!(collect(events).await.contains(&Event::Cancel(CancelState::TermSent)), "{shell:?}");
            assert_eq!(background.end().await.ended().exit, exit, "{shell:?} {script}");
        }
    }
}

/// Runs `request` in a process of its own, so to speak: a runtime that is gone in the middle, with all its pipes.
fn left_behind(memory: &MemoryHost, request: StepRequest) {
    let dies = tokio::runtime::Runtime::new().expect("a runtime");
    dies.block_on(async {
        let (engine, host) = memory.local(quick());
        let mut background = start(&engine, &host, request);
        background.printed(2).await;
    });
    dies.shutdown_background();
}

#[test]
fn a_step_outlives_the_program_and_is_found_again() {
    for shell in Shell::here() {
        let lives = tokio::runtime::Runtime::new().expect("a runtime");
        let memory = lives.block_on(async { MemoryHost::start(shell) });
        let script = "echo a; until [ -e go ]; do sleep 0.05; done; echo b; echo c >&2; exit 5";
        left_behind(&memory, StepRequest { keep: Keep::File, ..step(1, script) });
        lives.block_on(async {
            let (engine, host) = memory.local(quick());
            let step = reference(&engine, &host, 1).await;
            let probe = engine.probe(&host, &step).await.expect("this machine answers");
            assert!(matches!(probe.state, ProbeState::Running(_)), "{shell:?} {probe:?}");
            std::fs::write(memory.home().join("go"), "").expect("a file");
            let ran = follow(&engine, &host, &step, [2, 0]).await;
            assert_eq!((ran.code(), ran.out().as_str(), ran.err().as_str()), (5, "b\n", "c\n"), "{shell:?}");
            assert_eq!(ran.ended().recorded_by, Recorder::Marker);
            assert_eq!(ran.ended().stdout.bytes, 4, "{shell:?}");
        });
    }
}

#[test]
fn a_step_with_a_secret_outlives_the_program_and_leaves_no_output_behind() {
    let lives = tokio::runtime::Runtime::new().expect("a runtime");
    let memory = lives.block_on(async { MemoryHost::start(Shell::System) });
    let script = "echo a; until [ -e go ]; do sleep 0.05; done; echo b; touch done";
    left_behind(&memory, StepRequest { keep: Keep::Drain, ..step(1, script) });
    std::fs::write(memory.home().join("go"), "").expect("a file");
    lives.block_on(async {
        let (engine, host) = memory.local(quick());
        let step = reference(&engine, &host, 1).await;
        let ran = follow(&engine, &host, &step, [2, 0]).await;
        assert_eq!((ran.code(), ran.out().as_str()), (0, ""));
        assert!(
            ran.ended().notes.iter().any(|note| note.contains("keeps no output")),
            "{:?}",
            ran.ended().notes
        );
        assert!(memory.home().join("done").exists());
    });
}

#[tokio::test]
async fn the_directory_of_a_run_is_removed_in_the_end() {
    let (memory, engine, host) = machine(Shell::System);
    run(&engine, &host, step(1, "echo a")).await;
    let dir = memory.home().join(format!(".gonogo/gonogo-{}", seed(&host)));
    assert_eq!(dir, run_dir(&memory));
    assert!(dir.is_dir());
    let closed = engine.close(&host, &dir.to_string_lossy(), false).await;
    assert_eq!(closed, Ok(Closed::Closed));
    assert!(!dir.exists());
    let ran = run(&engine, &host, step(1, "echo again")).await;
    assert_eq!(ran.out(), "again\n");
}

#[tokio::test]
async fn descendants_that_hold_the_output_do_not_hold_the_end() {
    let (memory, engine, host) = machine(Shell::System);
    let ran = run(&engine, &host, step(1, "(until [ -e go ]; do sleep 0.05; done) & echo a")).await;
    assert_eq!((ran.code(), ran.out().as_str()), (0, "a\n"));
    assert!(ran.ended().notes.iter().any(|note| note.contains("descendants")), "{:?}", ran.ended().notes);
    std::fs::write(memory.home().join("go"), "").expect("a file");
}

#[tokio::test]
async fn many_steps_and_much_output_run_at_once() {
    let (_memory, engine, host) = machine(Shell::System);
    let steps = (1..=6).map(|number| {
        let (engine, host) = (engine.clone(), host.clone());
        tokio::spawn(async move {
            run(&engine, &host, step(number, "i=0; while [ $i -lt 20000 ]; do echo line; i=$((i + 1)); done"))
                .await
        })
    });
    for task in steps.collect::<Vec<_>>() {
        let ran = tokio::time::timeout(LONG, task).await.expect("it ends").expect("no panic");
        assert_eq!((ran.code(), ran.ended().stdout.bytes), (0, 100_000));
    }
}

#[tokio::test]
async fn a_shell_that_is_not_there_starts_nothing() {
    let memory = MemoryHost::start(Shell::System);
    let home = memory.home();
    for (program, shell) in [("/nonexistent", "/bin/sh"), (env!("CARGO_BIN_EXE_gonogo"), "/nonexistent")] {
        let here = gonogo::exec::local::Here::new(program.as_ref(), shell.as_ref(), &home, "omar", |_| None);
        let engine = memory.engine().with_local(here);
        let host = Host { port: 0, ..memory.host.clone() };
        let ran = run(&engine, &host, step(1, "touch ran")).await;
        assert!(ran.not_started().why.contains("start"), "{}", ran.not_started().why);
    }
    poll("nothing ran", || !home.join("ran").exists()).await;
}
