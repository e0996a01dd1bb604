//! Whole walks without a terminal, through the built program.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use gonogo::audit::query::Reader;
use gonogo::audit::verify::verify;
use gonogo::run::event::Event;
use gonogo::run::fact::{Outcome, Recorded};

use crate::it::cli::books::{CLOSED_PORT, HERE, HOSTED, THREE, facts, is_open, only_run, signed, walk};
use crate::support::binary::{Sandbox, Shown, ended, shown, until};

#[test]
fn three_boxes_are_signed_and_shown() {
    let sandbox = Sandbox::new("three");
    signed(&sandbox, "book.md", THREE);
    let walked = walk(&sandbox, "book.md", &["--as", "omar"]);
    walked.exits(0).tells("[x] One.").tells("[x] Two.").tells("[x] Three.").tells("=== completed");
    assert_eq!(walked.err, "", "{walked}");
    let run = only_run(&sandbox);
    let names: Vec<_> = facts(&sandbox)
        .iter()
        .filter_map(|f| match &f.event {
            Event::RunOpened(e) => Some(e.who.name.clone()),
            Event::BoxSigned(e) => Some(e.who.name.clone()),
            Event::RunClosed(e) => Some(e.who.name.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(names, ["omar"; 5], "--as wins over the answers file everywhere");
    sandbox.run(["verify"]).exits(0);
    let before = sandbox.contents();
    let runs = sandbox.run(["runs"]);
    runs.exits(0).tells(&run).tells("Three boxes");
    let json: serde_json::Value =
        serde_json::from_str(&sandbox.run(["runs", "--json"]).exits(0).out).unwrap();
    assert_eq!(json.as_array().map(Vec::len), Some(1), "{json}");
    let open = sandbox.run(["runs", "--json", "--open"]);
    assert_eq!(open.exits(0).out.trim(), "[]");
    sandbox.run(["show", &run]).exits(0).tells("[x] One.: omar");
    let shown = sandbox.run(["show", &run, "--json"]);
    let json: serde_json::Value = serde_json::from_str(&shown.exits(0).out).unwrap();
    assert!(json.to_string().contains(&run), "{json}");
    let record = sandbox.run(["export", &run]);
    record.exits(0).tells("Three boxes").tells("omar");
    sandbox.contents().unchanged_since(&before, &record);
    sandbox.run(["export", &run, "-o", "record.md"]).exits(0);
    assert_eq!(std::fs::read_to_string(sandbox.path("record.md")).unwrap(), record.out);
    let failed = sandbox.run(["export", &run, "-o", "no/such/record.md"]);
    failed.exits(1).only_says("no/such/record.md cannot be written");
    std::fs::create_dir(sandbox.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink(sandbox.log(), sandbox.path("elsewhere/record.md")).unwrap();
    for log in [sandbox.log(), sandbox.path("elsewhere/record.md")] {
        let log = log.to_str().unwrap();
        sandbox.run(["export", &run, "-o", log]).exits(2).says("is the audit log itself");
    }
    sandbox.run(["verify"]).exits(0);
}

/// What `gonogo answers` writes stops at the first box, however far one gets with it.
#[test]
fn answers_as_they_are_written_stop() {
    let sandbox = Sandbox::new("stop");
    signed(&sandbox, "book.md", THREE);
    sandbox.write("stop.yaml", sandbox.run(["answers", "book.md"]).exits(0).out.as_str());
    let args = ["--headless", "--answers", "stop.yaml", "--as", "layla"];
    let stopped = sandbox.run([&["run", "book.md"][..], &args].concat());
    stopped.exits(9).says("stopped: box one is left to a person; the run stays open");
    let resumed = sandbox.run([&["resume"][..], &args].concat());
    resumed.exits(9).says("stopped: box one is left to a person");
    assert!(is_open(&sandbox));
    let done = sandbox.run(["resume", "--headless", "--answers", "answers.yaml"]);
    done.exits(0).tells("=== completed");
    sandbox.run(["verify"]).exits(0);
    sandbox.run(["resume"]).exits(2).only_says("no run is open");
}

/// Answers that were given for another text hold where the boxes are the same, and stop at the others.
#[test]
fn answers_for_another_text_stop_where_it_changed() {
    let sandbox = Sandbox::new("other-text");
    let text = "# Three\n\n- [ ] One.\n- [ ] Two.\n- [ ] Three.\n";
    signed(&sandbox, "book.md", text);
    sandbox.write("book.md", text.replace("Two.", "Two, and look twice."));
    let stopped = walk(&sandbox, "book.md", &[]);
    stopped.exits(9).says("not the text these answers were given for").tells("[x] One.");
    stopped.says("is left to a person; the run stays open");
    assert!(!stopped.out.contains("[x] T"), "{stopped}");
    assert!(is_open(&sandbox));
}

#[test]
fn a_gate_that_nobody_answered_wants_an_answer() {
    let sandbox = Sandbox::new("gate");
    let text = "# Two phases\n\n## Pre\n\n- [ ] One.\n\n## Deploy\n\n- [ ] Two.\n";
    signed(&sandbox, "book.md", text);
    let answers = std::fs::read_to_string(sandbox.path("answers.yaml")).unwrap();
    let gates = answers.find("gates:").expect("a gate");
    sandbox.write("none.yaml", &answers[..gates]);
    let args = |file| ["--headless", "--answers", file];
    let missing = sandbox.run([&["run", "book.md"][..], &args("none.yaml")].concat());
    missing.exits(7).says("nobody said go for the gate before Deploy; the run stays open");
    sandbox.write("no.yaml", answers.replace("deploy: {sign: true}", "deploy: stop"));
    let stopped = sandbox.run([&["resume"][..], &args("no.yaml")].concat());
    stopped.exits(9).says("the gate before Deploy is left to a person");
    sandbox.write("go.yaml", answers.replace("deploy: {sign: true}", "deploy: go"));
    sandbox.run([&["resume"][..], &args("go.yaml")].concat()).exits(0).tells("--- go: Deploy");
}

/// A value that a box asks for and that does not fit, or is missing, is found before the run is opened.
#[test]
fn a_step_that_wants_its_word_and_has_none_stops() {
    let sandbox = Sandbox::new("confirm");
    let text = HOSTED.replace("name=touch on=web", "name=touch on=web confirm=type");
    signed(&sandbox, "book.md", &text);
    sandbox.write("env.yaml", CLOSED_PORT);
    walk(&sandbox, "book.md", &HERE).exits(7).says("the run stays open");
    assert!(!facts(&sandbox).iter().any(|f| matches!(f.event, Event::StepIntended(_))));
}

/// Nothing listens on the host's port: the step is recorded as not started, the run stays open, and a resume tries
/// again, because what never began can begin.
#[test]
fn a_host_that_does_not_answer() {
    let sandbox = Sandbox::new("closed-port");
    signed(&sandbox, "book.md", HOSTED);
    sandbox.write("env.yaml", CLOSED_PORT);
    walk(&sandbox, "book.md", &HERE)
        .exits(4)
        .says("touch on 127.0.0.1: not started: ")
        .says("the run stays open");
    let attempts = |sandbox: &Sandbox| {
        let all = facts(sandbox);
        let intents = all.iter().filter(|f| matches!(f.event, Event::StepIntended(_))).count();
        let unstarted = |f: &&Recorded| matches!(&f.event, Event::StepFinished(e) if matches!(e.outcome, Outcome::NotStarted(_)));
        (intents, all.iter().filter(unstarted).count())
    };
    assert_eq!(attempts(&sandbox), (1, 1));
    assert!(is_open(&sandbox));
    let resumed = sandbox.run(["resume", "--headless", "--answers", "answers.yaml"]);
    resumed.exits(4).says("touch on 127.0.0.1: not started: ");
    assert_eq!(attempts(&sandbox), (2, 2));
    sandbox.run(["verify"]).exits(0);
}

/// Somebody pipes a walk into `head`: the walk goes on to its end.
#[test]
fn a_reader_that_goes_away_does_not_end_a_run() {
    let sandbox = Sandbox::new("pipe");
    signed(&sandbox, "book.md", THREE);
    let mut command = sandbox.command(["run", "book.md", "--headless", "--answers", "answers.yaml"]);
    let (reader, writer) = std::io::pipe().unwrap();
    let (reader2, writer2) = std::io::pipe().unwrap();
    drop((reader, reader2));
    let status = command.stdout(writer).stderr(writer2).status().unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(!is_open(&sandbox));
}

fn demo(sandbox: &Sandbox, more: &[&str]) -> Shown {
    shown(sandbox.command([&["demo", "--headless"], more].concat()).env("DEMO_SPEED", "0"))
}

#[test]
fn the_demo_runs_to_its_end() {
    let sandbox = Sandbox::new("demo");
    let done = demo(&sandbox, &[]);
    done.exits(0).tells("fenced: ").tells("=== completed").tells("20 signed, 3 waived, 0 open");
    let log = sandbox.demo().join("log.db");
    let verified = sandbox.run(["--log".as_ref(), log.as_os_str(), "verify".as_ref()]);
    verified.exits(0);
    assert!(!sandbox.log().exists(), "the demo keeps to its own log");
    sandbox.run(["demo", "--clean"]).exits(0).tells("removed 1 demo");
    assert!(!log.exists());
}

#[test]
fn a_demo_that_fails_stays_open() {
    let sandbox = Sandbox::new("demo-fail");
    let failed = demo(&sandbox, &["--fail", "migrate"]);
    failed.exits(1).says("a step failed: migrate on api-1.demo: exit ").says("the run stays open");
    let again = demo(&sandbox, &[]);
    again.exits(1).says("a step failed: migrate on api-1.demo: exit ");
    let log = sandbox.demo().join("log.db");
    let reader = Reader::open(&log).unwrap();
    let runs = reader.runs().unwrap();
    assert_eq!((runs.len(), runs[0].closed.is_none()), (1, true));
    let migrations = reader.load(&runs[0].run).unwrap().events;
    let migrations =
        migrations.iter().filter(|f| matches!(&f.event, Event::StepIntended(e) if e.step.0 == "migrate"));
    assert_eq!(migrations.count(), 1, "a failed step is not repeated by a resume");
}

/// Starts a demo without a terminal and returns once `step` runs on its host.
pub fn demo_in(sandbox: &Sandbox, step: &str) -> (std::process::Command, Child) {
    let mut command = sandbox.command(["demo", "--headless"]);
    let child =
        command.env("DEMO_SPEED", "10").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until(&format!("{step} runs"), || {
        let Some(root) = std::fs::read_dir(sandbox.demos()).into_iter().flatten().flatten().next() else {
            return false;
        };
        in_flight(&root.path().join("log.db")).is_some_and(|running| running == step)
    });
    (command, child)
}

/// Returns the step that has started and not ended.
fn in_flight(log: &Path) -> Option<String> {
    let reader = Reader::open(log).ok()?;
    let run = reader.runs().ok()?.pop()?.run;
    let facts = reader.load(&run).ok()?.events;
    let ended =
        |number| facts.iter().any(|f| matches!(&f.event, Event::StepFinished(e) if e.number == number));
    let started =
        |number| facts.iter().any(|f| matches!(&f.event, Event::StepStarted(e) if e.number == number));
    facts.iter().find_map(|f| match &f.event {
        Event::StepIntended(e) if started(e.number) && !ended(e.number) => Some(e.step.0.clone()),
        _ => None,
    })
}

/// A signal during a step leaves the run open with that step unknown; who resumes is told so and nothing runs twice.
#[test]
fn signals_leave_the_run_open() {
    use rustix::process::{Pid, Signal, kill_process};
    for (signal, code, says) in [(Signal::TERM, 143, "terminated"), (Signal::INT, 130, "interrupted")] {
        let sandbox = Sandbox::new("signal");
        let (command, child) = demo_in(&sandbox, "api-packages");
        kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), signal).unwrap();
        let left = ended(&command, child);
        left.exits(code).says(&format!("{says}; the run stays open"));
        let log = sandbox.demo().join("log.db");
        let told = verify(&log).unwrap();
        assert!(told.flaws.is_empty(), "{told}");
        let resumed = demo(&sandbox, &[]);
        resumed.tells("? attempt ");
        let reader = Reader::open(&log).unwrap();
        let run = reader.runs().unwrap().pop().unwrap().run;
        let facts = reader.load(&run).unwrap().events;
        let builds =
            facts.iter().filter(|f| matches!(&f.event, Event::StepIntended(e) if e.step.0 == "api-packages"));
        assert_eq!(builds.count(), 1, "{resumed}");
        assert!(facts.iter().any(|f| matches!(f.event, Event::StepProbed(_))), "{resumed}");
        assert_eq!(resumed.status.code(), Some(7), "{resumed}");
    }
}

/// The first lines come at once, not at the end.
#[test]
fn what_happens_is_told_while_it_happens() {
    let sandbox = Sandbox::new("told");
    let book = "- [ ] One. <!-- gonogo: id=one -->\n- [ ] Wait. <!-- gonogo: id=wait wait=1h -->\n";
    signed(&sandbox, "book.md", book);
    let mut command = sandbox.command(["run", "book.md", "--headless", "--answers", "answers.yaml"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().ends_with("[x] One."));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(is_open(&sandbox));
}
