//! Sixty kills around the start of steps: a command on a host has a durable intent before it, always, and a step that
//! was in flight is asked about and not run again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;

use gonogo::audit::verify::verify;
use gonogo::run::event::Event;
use gonogo::run::fact::Recorded;
use gonogo::run::offer::Offer;

use super::rig::{Bench, facts, play};
use crate::support::binary::until;
use crate::support::temp::TempDir;

/// Tells the child which directory is its own.
const ROOT: &str = "GONOGO_TEST_KILLS";

/// Steps of several kinds: over at once, with output, with a pause, with children.
const SCRIPTS: [&str; 4] = [
    "echo one >> \"${DEMO_ROOT:-.}/marks\"",
    "echo two >> \"${DEMO_ROOT:-.}/marks\"\n  n=0; while [ $n -lt 200 ]; do echo \"line $n\"; n=$((n + 1)); done",
    "sleep 0.02\n  echo three >> \"${DEMO_ROOT:-.}/marks\"\n  sleep 0.02",
    "(echo four >> \"${DEMO_ROOT:-.}/marks\") &\n  wait\n  exit 0",
];
const STEPS: [&str; 4] = ["one", "two", "three", "four"];

fn book() -> String {
    let mut text = "# Marks\n".to_owned();
    for (name, script) in STEPS.iter().zip(SCRIPTS) {
        text += &format!("\n- [ ] Box {name}.\n\n  ```sh name={name} on=api\n  {script}\n  ```\n");
    }
    text
}

/// What the child does: opens the run, or takes it up, and walks it to its end.
#[test]
fn child() {
    let Some(root) = std::env::var_os(ROOT).map(PathBuf::from) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let open = facts(&root.join("log.db")).is_empty();
        let bench = Bench::start(&root).await;
        let (worker, mut inbox) = bench.worker();
        let mut driver = if open { bench.open(&book(), &[]).await.0 } else { bench.resume() };
        let offer = play(&mut driver, &worker, &mut inbox, "").await;
        if let Offer::Unknown(_) | Offer::Failed(..) = offer {
            fs::write(root.join("stopped"), format!("{offer:?}")).expect("written");
        } else {
            assert_eq!(offer, Offer::Closed);
        }
        bench.end().await;
    });
}

fn start(root: &Path) -> Child {
    Command::new(std::env::current_exe().expect("this binary"))
        .args(["--exact", "it::runtime::kills::child", "--test-threads=1"])
        .env(ROOT, root)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts")
}

fn marks(root: &Path) -> Vec<String> {
    let text = fs::read_to_string(root.join("marks")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Returns how often each step was intended.
fn intents(facts: &[Recorded]) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for fact in facts {
        if let Event::StepIntended(e) = &fact.event {
            *count.entry(e.step.0.clone()).or_default() += 1;
        }
    }
    count
}

/// A mark without an intent would be a command that nobody recorded.
fn assert_intended(root: &Path, when: &str) {
    // The marks first: an intent must be older than they are.
    let marks = marks(root);
    let intents = intents(&facts(&root.join("log.db")));
    for mark in marks {
        assert!(intents.contains_key(&mark), "{when}: {mark} ran, intended were {intents:?}");
    }
}

/// The moments at which the child is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    Intended,
    Connected,
    Marked,
    Started,
    Finished,
}

const MOMENTS: [Moment; 5] =
    [Moment::Intended, Moment::Connected, Moment::Marked, Moment::Started, Moment::Finished];

/// Returns whether the `nth` step has come that far.
fn reached(root: &Path, moment: Moment, nth: usize) -> bool {
    let count =
        |what: fn(&Event) -> bool| facts(&root.join("log.db")).iter().filter(|f| what(&f.event)).count();
    match moment {
        Moment::Intended => count(|e| matches!(e, Event::StepIntended(_))) > nth,
        // There is one connection; behind it, the first step.
        Moment::Connected => count(|e| matches!(e, Event::HostConnected(_))) > 0 && marks(root).len() >= nth,
        Moment::Marked => marks(root).len() > nth,
        Moment::Started => count(|e| matches!(e, Event::StepStarted(_))) > nth,
        Moment::Finished => count(|e| matches!(e, Event::StepFinished(_))) > nth,
    }
}

/// Kills once, resumes, and returns whether a step was in flight at the kill.
fn one_kill(moment: Moment, nth: usize) -> bool {
    let scratch = TempDir::new("kills");
    let root = scratch.path();
    let mut child = start(root);
    let what = format!("{moment:?} {nth}");
    until(&what, || reached(root, moment, nth) || child.try_wait().expect("it is ours").is_some());
    // Still alive: the intent must be there before its mark, not only after the end.
    assert_intended(root, &what);
    child.kill().expect("killed");
    child.wait().expect("ended");
    let log = root.join("log.db");
    let told = verify(&log).expect("it can be verified");
    assert!(told.flaws.is_empty(), "{what}: {told}");
    let status = start(root).wait().expect("the second ends");
    assert!(status.success(), "{what}: {status}");
    assert_intended(root, &what);
    let facts = facts(&log);
    let marks = marks(root);
    for step in STEPS {
        assert!(marks.iter().filter(|m| *m == step).count() <= 1, "{what}: {step} ran twice: {marks:?}");
    }
    // Whatever was in flight is on the record as unknown, and the host was asked; no verdict was invented.
    for fact in &facts {
        let Event::StepUnknown(unknown) = &fact.event else { continue };
        let asked = |f: &Recorded| matches!(&f.event, Event::StepProbed(e) if e.number == unknown.number);
        assert!(facts.iter().any(asked), "{what}: attempt {} was not asked about", unknown.number);
    }
    let stopped = root.join("stopped").exists();
    assert!(stopped || marks.len() == STEPS.len(), "{what}: {marks:?}");
    for (step, times) in intents(&facts) {
        assert_eq!(times, 1, "{what}: {step}");
    }
    facts.iter().any(|f| matches!(f.event, Event::StepUnknown(_)))
}

#[test]
fn no_command_without_a_durable_intent() {
    let mut plan = Vec::new();
    for _ in 0..3 {
        for moment in MOMENTS {
            plan.extend((0..STEPS.len()).map(|nth| (moment, nth)));
        }
    }
    assert_eq!(plan.len(), 60);
    // A kill is mostly waiting for processes to start: a few at a time.
    let plan = std::sync::Mutex::new(plan);
    let in_flight = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let next = plan.lock().expect("nobody panicked").pop();
                    let Some((moment, nth)) = next else { return };
                    in_flight.fetch_add(usize::from(one_kill(moment, nth)), Ordering::Relaxed);
                }
            });
        }
    });
    let hit = in_flight.into_inner();
    assert!(hit >= 10, "only {hit} of 60 kills met a step in flight");
}
