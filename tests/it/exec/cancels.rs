//! Cancels: verified, and what could not be confirmed is said.

use std::path::Path;
use std::time::Duration;

use gonogo::exec::{
    BoxFuture, CancelReport, CancelRequest, CancelState, Chunk, Closed, Event, Exit, Keep, OutputSink,
    ProbeState, SinkFailed, StepRequest,
};
use tokio::sync::mpsc;

use super::common::{LONG, collect, poll, reference, run, run_dir, seed, start, step};
use crate::support::memory_ssh::{Faults, MemoryHost, Shell};

async fn cancel(
    host: &MemoryHost,
    engine: &gonogo::exec::Engine,
    grace: u32,
    all: bool,
) -> (CancelReport, Vec<Event>) {
    let step = reference(engine, &host.host, 1).await;
    let (sender, events) = mpsc::channel(64);
    let request = CancelRequest { step, grace_tenths: grace, all };
    let report = engine.cancel(&host.host, &request, &sender).await;
    drop(sender);
    (report, collect(events).await)
}

fn alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with('Z'))
}

#[tokio::test]
async fn a_willing_step_ends_by_term() {
    for shell in Shell::here() {
        for keep in [Keep::Off, Keep::Drain, Keep::File] {
            let host = MemoryHost::start(shell);
            let engine = host.engine();
            let mut background = start(
                &engine,
                &host.host,
                // `exec`: dash blocks signals around a vfork, and a child that begins in that moment is not reached.
                StepRequest { keep, ..step(1, "sleep 60 & echo a; exec sleep 60") },
            );
            background.printed(2).await;
            let (report, events) = cancel(&host, &engine, 50, false).await;
            assert_eq!(report.state, CancelState::Terminated, "{shell:?} {keep:?}");
            assert!(
                matches!(report.after, Some(ProbeState::Ended { code: 143, .. })),
                "{shell:?}: {:?}",
                report.after
            );
            assert!(report.left.is_empty(), "{:?}", report.left);
            assert_eq!(events.first(), Some(&Event::Cancel(CancelState::Asked)));
            assert!(events.contains(&Event::Cancel(CancelState::TermSent)));
            let ran = background.end().await;
            assert_eq!((ran.code(), ran.out().as_str()), (143, "a\n"), "{shell:?} {keep:?}");
        }
    }
}

#[tokio::test]
async fn an_unwilling_step_ends_by_kill() {
    for shell in Shell::here() {
        let host = MemoryHost::start(shell);
        let engine = host.engine();
        let script = "trap '' TERM; echo a; while :; do sleep 1; done";
        let mut background = start(&engine, &host.host, step(1, script));
        background.printed(2).await;
        let (report, events) = cancel(&host, &engine, 3, false).await;
        assert_eq!(report.state, CancelState::Killed, "{shell:?}");
        assert!(matches!(report.after, Some(ProbeState::Ended { code: 137, .. })), "{:?}", report.after);
        assert!(events.contains(&Event::Cancel(CancelState::KillSent)), "{events:?}");
        let ran = background.end().await;
        assert_eq!(ran.ended().exit, Exit::Signal("KILL".to_owned()), "{shell:?}");
    }
}

#[tokio::test]
async fn a_step_may_clean_up_within_the_grace() {
    let host = MemoryHost::start(Shell::System);
    let engine = host.engine();
    let script = "trap 'echo cleaned; exit 9' TERM; echo a; while :; do sleep 0.1; done";
    let mut background = start(&engine, &host.host, step(1, script));
    background.printed(2).await;
    let (report, _) = cancel(&host, &engine, 100, false).await;
    assert_eq!(report.state, CancelState::Terminated);
    let ran = background.end().await;
    assert_eq!((ran.code(), ran.out().as_str()), (9, "a\ncleaned\n"));
}

/// Prints only when its child has a session of its own.
const LEAVER: &str = "setsid sh -c 'touch up; exec sleep 71' >/dev/null 2>&1 &
while [ ! -e up ]; do sleep 0.05; done; echo a; sleep 60";

#[tokio::test]
async fn a_process_that_left_the_group_is_named_and_killed_only_when_asked() {
    let host = MemoryHost::start(Shell::System);
    let engine = host.engine();
    let mut background = start(&engine, &host.host, step(1, LEAVER));
    background.printed(2).await;
    let (report, _) = cancel(&host, &engine, 50, false).await;
    assert_eq!(report.state, CancelState::Terminated);
    assert_eq!(report.left.len(), 1, "{report:?}");
    assert!(report.left[0].command.contains("sleep 71"));
    assert!(alive(report.left[0].pid));
    let (again, _) = cancel(&host, &engine, 50, true).await;
    assert_eq!(again.state, CancelState::NotRunning);
    assert!(again.left.is_empty());
    assert!(!alive(report.left[0].pid));
}

#[tokio::test]
async fn a_step_whose_recorder_was_killed_is_ended_all_the_same() {
    let host = MemoryHost::start(Shell::System);
    let engine = host.engine();
    let mut background = start(&engine, &host.host, step(1, "echo a; sleep 72"));
    let started = background.started().await;
    background.printed(2).await;
    let wrapper = rustix::process::Pid::from_raw(started.pid as i32).expect("a pid");
    rustix::process::kill_process(wrapper, rustix::process::Signal::KILL).expect("killed");
    poll("the recorder is gone", || !Path::new(&format!("/proc/{}", started.pid)).exists()).await;
    let (report, _) = cancel(&host, &engine, 20, false).await;
    assert_eq!(report.state, CancelState::Terminated, "{report:?}");
    assert!(report.left.is_empty(), "{report:?}");
    assert_eq!(report.after, Some(ProbeState::Died));
}

#[tokio::test]
async fn a_step_that_has_ended_is_not_touched() {
    let host = MemoryHost::start(Shell::System);
    let engine = host.engine();
    assert_eq!(run(&engine, &host.host, step(1, "exit 3")).await.code(), 3);
    let (report, _) = cancel(&host, &engine, 20, false).await;
    assert_eq!(report.state, CancelState::NotRunning);
    assert!(matches!(report.after, Some(ProbeState::Ended { code: 3, .. })));
}

#[tokio::test]
async fn a_host_that_cannot_be_asked_leaves_it_open() {
    let host = MemoryHost::start(Shell::System);
    let engine = host.engine();
    let mut background = start(&engine, &host.host, step(1, "sleep 60"));
    background.started().await;
    let step = reference(&engine, &host.host, 1).await;
    host.cut();
    host.set_faults(Faults { refuse_login: true, ..Faults::default() });
    let (sender, _events) = mpsc::channel(64);
    let request = CancelRequest { step, grace_tenths: 10, all: false };
    let report = engine.cancel(&host.host, &request, &sender).await;
    let CancelState::CouldNotConfirm(why) = &report.state else { panic!("{report:?}") };
    assert!(why.contains("may still be running on api-1"), "{why}");
}

/// A sink that takes nothing.
struct Stuck;

impl OutputSink for Stuck {
    fn write(&mut self, _: Chunk) -> BoxFuture<'_, Result<(), SinkFailed>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_cancel_gets_through_when_output_stands_still_or_sessions_are_few() {
    for max_sessions in [None, Some(1)] {
        let host = MemoryHost::start(Shell::System);
        host.set_faults(Faults { max_sessions, ..Faults::default() });
        let engine = host.engine();
        let (sender, mut events) = mpsc::channel(64);
        let (task_engine, task_host) = (engine.clone(), host.host.clone());
        let task = tokio::spawn(async move {
            let request = StepRequest { seed: seed(&task_host), ..step(1, "yes") };
            task_engine.step(&task_host, request, None, Box::new(Stuck), &sender).await
        });
        loop {
            match events.recv().await {
                Some(Event::Started(_)) => break,
                Some(_) => {}
                None => panic!("{max_sessions:?}: {:?}", task.await),
            }
        }
        let dir = run_dir(&host);
        let born = std::fs::read_to_string(dir.join("born")).expect("born").trim().to_owned();
        let step =
            gonogo::exec::StepRef { dir: dir.display().to_string(), born, seed: seed(&host.host), number: 1 };
        let (sender, _events) = mpsc::channel(64);
        let request = CancelRequest { step, grace_tenths: 20, all: false };
        let cancelling = engine.cancel(&host.host, &request, &sender);
        let report = tokio::time::timeout(LONG, cancelling).await.expect("it gets through");
        assert!(matches!(report.state, CancelState::Terminated | CancelState::Killed), "{report:?}");
        // With output that stands still the first connection may or may not have stopped already.
        assert!(max_sessions.is_none() || host.dials() == 2, "a connection of its own");
        task.abort();
    }
}

#[tokio::test]
async fn a_directory_is_closed_when_nothing_runs_in_it() {
    for shell in Shell::here() {
        let host = MemoryHost::start(shell);
        let engine = host.engine();
        let mut background = start(&engine, &host.host, step(1, "echo a; sleep 60"));
        background.printed(2).await;
        let dir = reference(&engine, &host.host, 1).await.dir;
        let close = |force| {
            let (engine, host, dir) = (engine.clone(), host.host.clone(), dir.clone());
            async move { engine.close(&host, &dir, force).await.expect("it answers") }
        };
        let Closed::Busy(what) = close(false).await else { panic!("{shell:?}: closed under a step") };
        assert!(what.starts_with("1 running"), "{what}");
        cancel(&host, &engine, 50, false).await;
        background.end().await;
        assert_eq!(close(false).await, Closed::Closed, "{shell:?}");
        assert!(!host.home().join(".gonogo").exists());
        assert_eq!(close(false).await, Closed::Already);
        let strange = host.home().display().to_string();
        let closed = engine.close(&host.host, &strange, true).await.expect("it answers");
        assert!(matches!(closed, Closed::Failed(_)) && host.home().exists(), "{closed:?}");
    }
}

#[tokio::test]
async fn a_future_that_is_dropped_leaves_the_step_running_and_the_line_alive() {
    let host = MemoryHost::start(Shell::System);
    let engine = host.engine();
    let mut background = start(&engine, &host.host, step(1, "seq 1 200000; touch \"$HOME/done\""));
    background.started().await;
    background.task.abort();
    let done = host.home().join("done");
    poll("the step comes to its end", || done.exists()).await;
    assert_eq!(run(&engine, &host.host, step(2, "echo a")).await.out(), "a\n");
    assert_eq!(host.dials(), 1);
    tokio::time::timeout(Duration::from_secs(10), engine.disconnect()).await.expect("it says goodbye");
}
