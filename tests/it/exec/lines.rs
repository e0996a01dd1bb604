//! Lines that are cut or stand still, and steps that are found again.

use std::time::Duration;

use gonogo::exec::{Class, End, Event, Keep, ProbeState, Recorder, Settings, StepRequest, Stream};

use super::common::{follow, poll, reference, run, run_dir, start, step, value};
use crate::support::memory_ssh::{Faults, MemoryHost, Shell};

fn kept(number: u32, script: &str) -> StepRequest {
    StepRequest { keep: Keep::File, ..step(number, script) }
}

#[tokio::test]
async fn a_printing_step_survives_a_cut_line_and_is_found_again() {
    for shell in Shell::here() {
        let host = MemoryHost::start(shell);
        let engine = host.engine();
        // Prints until the line was cut, and some more.
        let script = "i=0; e=0; while [ $e -lt 5 ]; do echo line $i; echo err $i >&2; i=$((i+1)); \
                      [ -e go ] && e=$((e+1)); sleep 0.05; done; exit 5";
        let mut background = start(&engine, &host.host, kept(1, script));
        background.printed(30).await;
        host.cut();
        let cut = background.end().await;
        assert!(
            cut.lost().started.is_some() && cut.lost().why.contains("cut while the step ran"),
            "{:?}",
            cut.end
        );
        let have = [cut.lost().stdout.head, cut.lost().stderr.head];
        assert_eq!(cut.sink.bytes(Stream::Stdout).len() as u64, have[0], "all that came is recorded");
        std::fs::write(host.home().join("go"), "").expect("written");
        let step = reference(&engine, &host.host, 1).await;
        let found = follow(&engine, &host.host, &step, have).await;
        assert_eq!(found.code(), 5, "{shell:?}");
        assert_eq!(found.ended().recorded_by, Recorder::Marker);
        let lines = (cut.out() + &found.out()).lines().count();
        let all: String = (0..lines).map(|n| format!("line {n}\n")).collect();
        assert!(found.out().lines().count() >= 4, "{shell:?}: {}", found.out());
        assert_eq!(cut.out() + &found.out(), all, "{shell:?}: the output is whole and nothing comes twice");
        assert_eq!((cut.err() + &found.err()).lines().count(), lines);
        assert_eq!(found.ended().stdout_text.as_deref(), Some(all.as_str()));
        let whole = run(&engine, &host.host, self::step(2, &format!("printf '{all}'"))).await;
        assert_eq!(
            found.ended().stdout.sha256,
            whole.ended().stdout.sha256,
            "the sum covers the whole stream"
        );
    }
}

#[tokio::test]
async fn a_crashed_program_finds_the_whole_output() {
    let host = MemoryHost::start(Shell::System);
    let mut background =
        start(&host.engine(), &host.host, kept(1, "echo a; sleep 0.5; export x=1; cd /; echo b"));
    background.printed(2).await;
    let step = reference(&host.engine(), &host.host, 1).await;
    host.cut();
    drop(background);
    let found = follow(&host.engine(), &host.host, &step, [0, 0]).await;
    assert_eq!((found.code(), found.out().as_str()), (0, "a\nb\n"));
    assert!(found.ended().carried && found.ended().carried_cwd.as_deref() == Some("/"));
    assert!(found.events.iter().any(|event| matches!(event, Event::Reached(_))));
    let mut next = self::step(2, "echo $x");
    next.load = Some(1);
    assert_eq!(run(&host.engine(), &host.host, next).await.out(), "1\n");
}

#[tokio::test]
async fn a_silent_step_survives_without_keep() {
    let host = MemoryHost::start(Shell::System);
    let engine = host.engine();
    let mut background =
        start(&engine, &host.host, step(1, "while [ ! -e go ]; do sleep 0.05; done; exit 6"));
    background.started().await;
    host.cut();
    assert!(matches!(background.end().await.end, End::Lost(_)));
    let step = reference(&engine, &host.host, 1).await;
    let probe = engine.probe(&host.host, &step).await.expect("it answers");
    assert!(probe.runs(), "{probe:?}");
    std::fs::write(host.home().join("go"), "").expect("written");
    assert_eq!(follow(&engine, &host.host, &step, [0, 0]).await.code(), 6);
}

#[tokio::test]
async fn without_keep_a_printing_step_dies_and_the_reason_is_told() {
    let host = MemoryHost::start(Shell::System);
    let engine = host.engine();
    let mut background = start(&engine, &host.host, step(1, "while :; do echo a; sleep 0.02; done"));
    background.printed(2).await;
    host.cut();
    assert!(matches!(background.end().await.end, End::Lost(_)));
    let step = reference(&engine, &host.host, 1).await;
    let found = follow(&engine, &host.host, &step, [0, 0]).await;
    assert_eq!(found.code(), 141);
    assert!(found.ended().notes[1].contains("ended by the cut line"), "{:?}", found.ended().notes);
}

#[tokio::test]
async fn a_drained_step_survives_and_leaves_no_output_on_the_host() {
    for shell in Shell::here() {
        let host = MemoryHost::start(shell);
        let engine = host.engine();
        let script =
            "i=0; while [ $i -lt 30 ]; do echo line $i; echo $i >&2; i=$((i+1)); sleep 0.02; done; exit 5";
        let mut background = start(&engine, &host.host, StepRequest { keep: Keep::Drain, ..step(1, script) });
        background.printed(20).await;
        host.cut();
        assert!(matches!(background.end().await.end, End::Lost(_)));
        let step = reference(&engine, &host.host, 1).await;
        let found = follow(&engine, &host.host, &step, [0, 0]).await;
        assert_eq!((found.code(), found.out().as_str()), (5, ""), "{shell:?}");
        assert!(found.ended().notes[0].contains("keeps no output"), "{:?}", found.ended().notes);
        let dir = run_dir(&host);
        for entry in std::fs::read_dir(dir).expect("the directory") {
            let path = entry.expect("an entry").path();
            if path.is_file() && !path.to_string_lossy().ends_with(".cmd") {
                assert!(
                    !std::fs::read_to_string(&path).expect("text").contains("line 1"),
                    "{}",
                    path.display()
                );
            }
        }
    }
}

#[tokio::test]
async fn what_the_host_keeps_has_a_cap_and_the_step_does_not_notice() {
    for shell in Shell::here() {
        let host = MemoryHost::start(shell);
        let engine = host.engine_with(Settings {
            keep_cap: 64 * 1024,
            poll: Duration::from_millis(50),
            ..Settings::default()
        });
        let ran = run(&engine, &host.host, kept(1, "seq 1 100000; echo end >&2; exit 3")).await;
        assert_eq!((ran.code(), ran.err().as_str()), (3, "end\n"), "{shell:?}");
        assert!(ran.out().ends_with("\n100000\n"), "{shell:?}: the line got all of it");
        let file = run_dir(&host).join("1.out");
        let size = file.metadata().expect("it is kept").len();
        assert_eq!(size, 64 * 1024, "{shell:?}");
        let step = reference(&engine, &host.host, 1).await;
        let found = follow(&engine, &host.host, &step, [0, 0]).await;
        assert_eq!(found.code(), 3);
        assert!(found.ended().notes[0].contains("at most 65536 bytes"), "{:?}", found.ended().notes);
        assert_eq!(found.out().len(), 64 * 1024);
    }
}

#[tokio::test]
async fn a_program_that_was_cut_off_anywhere_runs_nothing() {
    let host = MemoryHost::start(Shell::System);
    let script = "touch \"$HOME/ran\"; echo ran";
    let whole = {
        // How long the program is: it is cut off after ever more bytes until it runs.
        let with = |cut| Faults { cut_after_input: Some(cut), spare: 1, ..Faults::default() };
        let (mut low, mut high) = (0, 64 * 1024);
        while low + 1 < high {
            let middle = (low + high) / 2;
            let seed = format!("{middle:032x}");
            host.set_faults(with(middle));
            let request = StepRequest { seed, values: vec![value("A", "b")], ..step(1, script) };
            run(&host.engine(), &host.host, request).await;
            let sent = middle;
            // The command ends when its input does, so the marker is there at once or never.
            let ran = settled(&host, &format!("{middle:032x}")).await;
            if ran { high = sent } else { low = sent }
        }
        high
    };
    assert!(whole > 4000, "{whole}");
    std::fs::remove_file(host.home().join("ran")).unwrap_or_default();
    for n in 0..40 {
        let cut = (n * whole / 40).max(1);
        let seed = format!("{:032x}", 0x10_0000 + cut);
        host.set_faults(Faults { cut_after_input: Some(cut), spare: 1, ..Faults::default() });
        let request = StepRequest { seed: seed.clone(), values: vec![value("A", "b")], ..step(1, script) };
        let ran = run(&host.engine(), &host.host, request).await;
        assert!(!matches!(ran.end, End::Ended(_)), "cut at {cut}: {:?}", ran.end);
        assert!(!settled(&host, &seed).await, "cut at {cut} of {whole}: the step began");
        assert!(!host.home().join("ran").exists(), "cut at {cut} of {whole}: the script ran");
    }
}

#[tokio::test]
async fn the_next_shell_starts_while_a_check_runs_and_after_any_other_step() {
    for check in [false, true] {
        let host = MemoryHost::start(Shell::System);
        let engine = host.engine();
        // How many commands came after the step's own, and wait for a program.
        let waiting = || host.heard().commands.iter().rev().take_while(|(_, input)| input.is_empty()).count();
        let script = "echo a; until [ -e \"$HOME/go\" ]; do sleep 0.05; done";
        let mut background = start(&engine, &host.host, StepRequest { check, ..step(1, script) });
        background.printed(2).await;
        if check {
            poll("a shell waits", || waiting() == 1).await;
        } else {
            assert_eq!(waiting(), 0);
        }
        std::fs::write(host.home().join("go"), "").expect("told to end");
        assert_eq!(background.end().await.code(), 0);
        poll("a shell waits", || waiting() > 0).await;
    }
}

/// Returns whether the step of `seed` began, once that is settled: the host is asked, which uses the number up.
async fn settled(host: &MemoryHost, seed: &str) -> bool {
    host.set_faults(Faults::default());
    let engine = host.engine();
    let (sender, _events) = tokio::sync::mpsc::channel(64);
    let facts = engine.prepare(&host.host, seed, &sender).await.expect("ready").facts;
    let step = gonogo::exec::StepRef { dir: facts.dir, born: facts.born, seed: seed.to_owned(), number: 1 };
    let found = follow(&engine, &host.host, &step, [0, 0]).await;
    engine.disconnect().await;
    match found.end {
        End::Ended(_) => true,
        End::NotStarted(_) => false,
        End::Lost(lost) => panic!("{}", lost.why),
    }
}

#[tokio::test]
async fn a_step_that_never_arrived_is_settled_for_good() {
    let host = MemoryHost::start(Shell::System);
    let engine = host.engine();
    let step = reference(&engine, &host.host, 1).await;
    let probe = engine.probe(&host.host, &step).await.expect("it answers");
    assert_eq!(probe.state, ProbeState::Never);
    let found = follow(&engine, &host.host, &step, [0, 0]).await;
    assert!(found.not_started().why.contains("cannot begin it any more"), "{}", found.not_started());
    let late = run(&engine, &host.host, self::step(1, "echo ran")).await;
    assert_eq!(
        late.not_started().class,
        Class::Refused,
        "a text that was still on its way runs all the same"
    );
}

#[tokio::test]
async fn a_directory_that_was_made_anew_proves_nothing() {
    let host = MemoryHost::start(Shell::System);
    let engine = host.engine();
    let step = reference(&engine, &host.host, 1).await;
    std::fs::remove_dir_all(&step.dir).expect("removed");
    engine.disconnect().await;
    reference(&engine, &host.host, 1).await;
    assert!(std::path::Path::new(&step.dir).exists());
    let probe = engine.probe(&host.host, &step).await.expect("it answers");
    assert_eq!(probe.state, ProbeState::Gone);
    assert!(matches!(follow(&engine, &host.host, &step, [0, 0]).await.end, End::Lost(_)));
}

#[tokio::test]
async fn a_line_that_stands_still_is_noticed() {
    let host = MemoryHost::start(Shell::System);
    let engine = host.engine_with(Settings {
        keepalive: Duration::from_millis(500),
        keepalive_max: 3,
        ..Settings::default()
    });
    let mut background = start(&engine, &host.host, kept(1, "echo a; sleep 60"));
    background.printed(2).await;
    host.stall();
    let ran = background.end().await;
    assert!(ran.lost().why.contains("answers no more"), "{}", ran.lost().why);
}

#[tokio::test]
async fn the_marker_knows_a_dead_recorder_another_process_and_another_boot() {
    for shell in Shell::here() {
        let host = MemoryHost::start(shell);
        let engine = host.engine();
        let mut background = start(&engine, &host.host, kept(1, "sleep 60"));
        let started = background.started().await;
        let step = reference(&engine, &host.host, 1).await;
        let state = || async { engine.probe(&host.host, &step).await.expect("it answers") };
        assert_eq!(state().await.state, ProbeState::Running(started), "{shell:?}");
        let record = run_dir(&host).join("1.run");
        let text = std::fs::read_to_string(&record).expect("the record");
        let words: Vec<&str> = text.split_whitespace().collect();
        let [run, pid, pgid, time, boot] = words[..] else { panic!("{text}") };
        std::fs::write(&record, format!("{run} {pid} {pgid} 1 {boot}\n")).expect("written");
        assert_eq!(state().await.state, ProbeState::Died, "{shell:?}: the pid is used again");
        std::fs::write(&record, format!("{run} {pid} {pgid} {time} 0-0\n")).expect("written");
        assert!(matches!(state().await.state, ProbeState::OtherBoot(_)), "{shell:?}");
        std::fs::write(&record, "").expect("written");
        assert_eq!(state().await.state, ProbeState::Starting, "{shell:?}");
        std::fs::write(&record, &text).expect("written");
        let wrapper = rustix::process::Pid::from_raw(started.pid as i32).expect("a pid");
        rustix::process::kill_process(wrapper, rustix::process::Signal::KILL).expect("killed");
        poll("the recorder is gone", || !std::path::Path::new(&format!("/proc/{}", started.pid)).exists())
            .await;
        let probe = state().await;
        assert_eq!(probe.state, ProbeState::Died, "{shell:?}");
        assert!(
            probe.runs() && probe.left.iter().any(|left| left.command.contains("sleep 60")),
            "{shell:?}: {probe:?}"
        );
    }
}
