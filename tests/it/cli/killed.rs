//! The demo is killed at ten moments of its release and resumed: nothing is lost, nothing runs twice.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use gonogo::audit::query::Reader;
use gonogo::audit::verify::verify;
use gonogo::run::event::Event;
use gonogo::run::fact::{Outcome, Recorded};

use crate::support::binary::{Sandbox, Shown, shown, until};

fn facts(log: &Path) -> Vec<Recorded> {
    let read = || {
        let reader = Reader::open(log).ok()?;
        let run = reader.runs().ok()?.pop()?.run;
        Some(reader.load(&run).ok()?.events)
    };
    read().unwrap_or_default()
}

fn log(sandbox: &Sandbox) -> Option<std::path::PathBuf> {
    let demo = fs::read_dir(sandbox.demos()).ok()?.flatten().next()?;
    Some(demo.path().join("log.db"))
}

/// Starts the demo, kills it once its log has `count` facts of the run, and returns those that are there then.
fn killed(sandbox: &Sandbox, count: usize) -> Vec<Recorded> {
    let mut command = sandbox.command(["demo", "--headless"]);
    let command = command.env("DEMO_SPEED", "0").stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("it starts");
    until(&format!("{count} facts"), || {
        let far = log(sandbox).is_some_and(|log| facts(&log).len() >= count);
        far || child.try_wait().expect("it is ours").is_some()
    });
    child.kill().expect("killed");
    child.wait().expect("ended");
    let log = log(sandbox).expect("a log");
    let told = verify(&log).expect("it can be verified");
    assert!(told.flaws.is_empty(), "{told}");
    facts(&log)
}

/// Returns every attempt at a step on a host: whether it was ever seen or said to have begun.
fn attempts(facts: &[Recorded]) -> BTreeMap<(String, String), Vec<u32>> {
    let mut found: BTreeMap<_, Vec<u32>> = BTreeMap::new();
    for fact in facts {
        if let Event::StepIntended(e) = &fact.event {
            found.entry((e.step.0.clone(), e.host.clone())).or_default().push(e.number);
        }
    }
    found
}

fn never_began(facts: &[Recorded], number: u32) -> bool {
    let is = |e: &Event| matches!(e, Event::StepFinished(e) if e.number == number && matches!(e.outcome, Outcome::NotStarted(_)));
    facts.iter().any(|f| is(&f.event))
}

fn ended(facts: &[Recorded], number: u32) -> bool {
    facts.iter().any(|f| matches!(&f.event, Event::StepFinished(e) if e.number == number))
}

fn resume(sandbox: &Sandbox) -> Shown {
    shown(sandbox.command(["demo", "--headless"]).env("DEMO_SPEED", "0"))
}

/// Kills at `count` facts, resumes until it is over or wants a person, and returns the last exit code.
fn kill_at(count: usize) -> i32 {
    let sandbox = Sandbox::new("killed");
    let before = killed(&sandbox, count);
    let mut resumed = resume(&sandbox);
    let log = log(&sandbox).expect("a log");
    if resumed.status.code() == Some(4) {
        // What was in flight never began, says its host; whoever resumes once more wants it begun.
        resumed.says("never started");
        resumed = resume(&sandbox);
    }
    let code = resumed.status.code().expect("no signal");
    assert!([0, 7].contains(&code), "{count}: {resumed}");
    let after = facts(&log);
    assert!(
        after.len() > before.len() && after[..before.len()] == before[..],
        "{count}: nothing is rewritten"
    );
    for ((step, host), numbers) in attempts(&after) {
        let real: Vec<_> = numbers.iter().filter(|n| !never_began(&after, **n)).collect();
        assert!(real.len() <= 1, "{count}: {step} on {host} ran as attempts {real:?}\n{resumed}");
    }
    // What was in flight at the kill is unknown, and its host was asked.
    for number in attempts(&before).into_values().flatten().filter(|n| !ended(&before, *n)) {
        let about = |f: &&Recorded| match &f.event {
            Event::StepUnknown(e) => e.number == number,
            Event::StepProbed(e) => e.number == number,
            _ => false,
        };
        assert!(after.iter().filter(about).count() >= 2, "{count}: attempt {number}\n{resumed}");
    }
    // An effect that can be counted on the host: a second snapshot would be snap-1002.
    let snapshots = fs::read_dir(log.with_file_name("db").join("snapshots")).expect("a directory");
    let snapshots = snapshots.flatten().map(|e| e.file_name().to_string_lossy().into_owned());
    // Those up to snap-1000 are older than the demo.
    let snapshots = snapshots.filter(|name| name.starts_with("snap-1") && name != "snap-1000").count();
    let taken = attempts(&after).contains_key(&("take-snapshot".to_owned(), "db-1.demo".to_owned()));
    assert!(snapshots <= usize::from(taken), "{count}: {snapshots} snapshots");
    let told = verify(&log).expect("it can be verified");
    assert!(told.flaws.is_empty(), "{count}: {told}");
    if code == 7 {
        let again = resume(&sandbox);
        again.exits(7).says("a person has to give a verdict");
        assert_eq!(
            attempts(&facts(&log)),
            attempts(&after),
            "{count}: an unknown step is never run by itself"
        );
    }
    code
}

#[test]
fn a_killed_demo_resumes_where_it_was() {
    let counts = std::sync::Mutex::new(vec![1, 6, 9, 14, 25, 40, 70, 100, 140, 190]);
    let codes = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let next = counts.lock().expect("nobody panicked").pop();
                    let Some(count) = next else { return };
                    let code = kill_at(count);
                    codes.lock().expect("nobody panicked").push((count, code));
                }
            });
        }
    });
    let codes = codes.into_inner().expect("nobody panicked");
    assert_eq!(codes.len(), 10, "{codes:?}");
}
