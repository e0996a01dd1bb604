//! Kills of the program around the start of steps on a real OpenSSH server: a mark on the host has a durable intent
//! before it, always, and no step runs twice by itself. Two dozen in the gate, a hundred and twenty with
//! `GONOGO_FAULTS=5`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Mutex;

use gonogo::audit::query::Reader;
use gonogo::audit::verify::verify;
use gonogo::run::event::Event;
use gonogo::run::fact::Recorded;

use crate::it::cli::books::signed;
use crate::support::binary::{Sandbox, until};
use crate::support::sshd::Sshd;
use crate::support::times::times;

const STEPS: [&str; 3] = ["one", "two", "three"];

/// The moments at which the program is killed: when so many facts of a kind are durable, or marks there.
const MOMENTS: [&str; 4] = ["step.intended", "mark", "step.started", "step.finished"];

fn book(mark: &Path) -> String {
    let mut text = "---\ngonogo: {environments: env.yaml}\n---\n\n# Marks\n".to_owned();
    for name in STEPS {
        text += &format!(
            "\n- [ ] Box {name}. <!-- gonogo: id=box-{name} -->\n\n  ```sh name={name} on=web\n  echo {name} >> {}\n  ```\n",
            mark.display()
        );
    }
    text
}

fn facts(log: &Path) -> Vec<Recorded> {
    let read = || {
        let reader = Reader::open(log)?;
        let runs = reader.runs()?;
        runs.first().map(|run| reader.load(&run.run)).transpose()
    };
    read().ok().flatten().map(|run| run.events).unwrap_or_default()
}

fn marks(mark: &Path) -> Vec<String> {
    fs::read_to_string(mark).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Asserts what must hold at every moment: no mark without an intent, no mark and no intent twice.
fn hold(log: &Path, mark: &Path, when: &str) {
    // The marks first: an intent must be older than they are.
    let marks = marks(mark);
    let mut intents = BTreeMap::<String, usize>::new();
    for fact in facts(log) {
        if let Event::StepIntended(intent) = &fact.event {
            *intents.entry(intent.step.0.clone()).or_default() += 1;
        }
    }
    for step in &marks {
        assert!(intents.contains_key(step), "{when}: {step} ran, intended were {intents:?}");
        assert_eq!(marks.iter().filter(|mark| *mark == step).count(), 1, "{when}: {step} ran twice");
    }
    assert!(intents.values().all(|times| *times == 1), "{when}: {intents:?}");
}

fn kill(sshd: &Sshd, moment: &str, nth: usize, n: u64) -> bool {
    let sandbox = Sandbox::new("killed-sshd");
    let when = format!("{moment} {nth} ({n})");
    let mark = sshd.home().join(format!("marks-{moment}-{nth}-{n}"));
    let host = sshd.host(Some("user_ed25519"));
    let (key, known) = (sshd.dir().join("user_ed25519"), sshd.known_hosts("host_ed25519"));
    sandbox.write(
        "env.yaml",
        format!(
            "here:\n  hosts:\n    web: [{{host: web-1, address: 127.0.0.1, user: {}, port: {}, identity: {}, known_hosts: {}}}]\n",
            host.user, host.port, key.display(), known.display()
        ),
    );
    signed(&sandbox, "book.md", &book(&mark));
    let log = sandbox.log();
    let args = ["run", "book.md", "--headless", "--answers", "answers.yaml", "--env", "here", "--trust"];
    let mut command = sandbox.command(args);
    let mut child: Child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let reached = || match moment {
        "mark" => marks(&mark).len() > nth,
        kind => facts(&log).iter().filter(|fact| fact.event.kind() == kind).count() > nth,
    };
    until(&when, || reached() || child.try_wait().expect("it is ours").is_some());
    hold(&log, &mark, &when);
    child.kill().expect("killed");
    child.wait().expect("ended");
    let told = verify(&log).expect("it can be verified");
    assert!(told.flaws.is_empty(), "{when}: {told}");
    hold(&log, &mark, &when);
    let before = facts(&log);
    if before.iter().any(|fact| matches!(fact.event, Event::RunClosed(_))) {
        return false;
    }
    let ends =
        |number| before.iter().any(|f| matches!(&f.event, Event::StepFinished(end) if end.number == number));
    let in_flight = before.iter().any(|f| matches!(&f.event, Event::StepIntended(i) if !ends(i.number)));
    let resumed = sandbox.run(["resume", "--headless", "--answers", "answers.yaml", "--trust"]);
    // It went on to the end, or waits for a person: for a verdict on what is unknown, or because the host says that what
    // was in flight never started, which is not tried again by itself.
    let stopped = matches!(resumed.status.code(), Some(1 | 4)) && resumed.out.contains("never started");
    assert!(stopped || matches!(resumed.status.code(), Some(0 | 7)), "{when}: {resumed}");
    hold(&log, &mark, &when);
    let after = facts(&log);
    if in_flight {
        let unknown = after.iter().any(|f| matches!(f.event, Event::StepUnknown(_)));
        assert!(unknown, "{when}: what was in flight is on the record as unknown\n{resumed}");
    }
    if resumed.status.success() {
        assert_eq!(marks(&mark), STEPS, "{when}");
    }
    assert!(verify(&log).expect("it can be verified").flaws.is_empty(), "{when}");
    in_flight
}

#[test]
#[ignore = "needs sshd"]
fn kills_around_exec_leave_no_command_without_an_intent() {
    let mut plan = Vec::new();
    for n in 0..times(2) {
        for moment in MOMENTS {
            plan.extend((0..STEPS.len()).map(|nth| (moment, nth, n)));
        }
    }
    let all = plan.len();
    let (plan, hit) = (Mutex::new(plan), Mutex::new(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let sshd = Sshd::start();
                loop {
                    let next = plan.lock().expect("nobody panicked").pop();
                    let Some((moment, nth, n)) = next else { return };
                    let met = kill(&sshd, moment, nth, n);
                    *hit.lock().expect("nobody panicked") += u32::from(met);
                }
            });
        }
    });
    let hit = hit.into_inner().expect("nobody panicked");
    eprintln!("{hit} of {all} kills met a step in flight");
    assert!(hit as usize * 6 >= all, "only {hit} of {all} kills met a step in flight");
}
