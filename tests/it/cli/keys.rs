//! What annotations ask of a run, enforced without a terminal by the built program on this machine.

use gonogo::run::event::Event;
use gonogo::run::fact::Outcome;

use crate::it::cli::books::{facts, is_open, signed, walk};
use crate::support::binary::Sandbox;

fn ends(sandbox: &Sandbox) -> Vec<Outcome> {
    let ended = |e: &Event| if let Event::StepFinished(e) = e { Some(e.outcome.clone()) } else { None };
    facts(sandbox).iter().filter_map(|f| ended(&f.event)).collect()
}

#[test]
fn a_failed_step_is_tried_again_by_itself_as_often_as_is_written() {
    let sandbox = Sandbox::new("retries");
    let book = "# Flaky\n\n- [ ] It works.\n\n  ```sh name=flaky on=local retries=2\n  echo x >>tries\n  [ \"$(wc -l <tries)\" -ge 3 ]\n  ```\n";
    signed(&sandbox, "book.md", book);
    walk(&sandbox, "book.md", &["--trust"])
        .exits(0)
        .tells("flaky on local: exit 1")
        .tells("flaky on local: exit 0");
    assert_eq!(ends(&sandbox), [Outcome::Exited(1), Outcome::Exited(1), Outcome::Exited(0)]);
    let sandbox = Sandbox::new("retries-over");
    signed(&sandbox, "book.md", &book.replace("-ge 3", "-ge 4"));
    walk(&sandbox, "book.md", &["--trust"]).exits(1);
    assert_eq!(ends(&sandbox).len(), 3);
}

#[test]
fn a_step_that_takes_too_long_is_ended() {
    let sandbox = Sandbox::new("timeout");
    signed(
        &sandbox,
        "book.md",
        "# Slow\n\n- [ ] It ends.\n\n  ```sh name=slow on=local timeout=1s\n  trap 'exit 0' TERM; sleep 600 & wait\n  ```\n",
    );
    let walked = walk(&sandbox, "book.md", &["--trust"]);
    walked.exits(1).says("slow on local: timed out after 1s");
    assert_eq!(ends(&sandbox), [Outcome::TimedOut]);
    assert!(is_open(&sandbox));
}

#[test]
fn status_program_and_directory_are_those_that_are_written() {
    let sandbox = Sandbox::new("how");
    let book = "# How\n\n- [ ] As written.\n\n  ```sh name=three on=local exit=3 cwd=/tmp capture=WHERE\n  pwd; exit 3\n  ```\n\n  ```text name=loud on=local interpreter=nl\n  somebody was here\n  ```\n\n  ```sh name=all on=local keep-going\n  false\n  echo went on\n  ```\n";
    signed(&sandbox, "book.md", book);
    let walked = walk(&sandbox, "book.md", &["--trust"]);
    walked.exits(1).tells("WHERE = /tmp").tells("three on local: exit 3").tells("loud on local: exit 0");
    walked.says("all on local: exit 1");
    let run = crate::it::cli::books::only_run(&sandbox);
    sandbox
        .run(["export", &run])
        .exits(0)
        .tells("     1  somebody was here")
        .tells("went on")
        .tells("read by");
}

#[test]
fn a_step_is_repeated_until_it_passes() {
    let sandbox = Sandbox::new("until");
    let book = "# Until\n\n- [ ] It is up.\n\n  ```sh name=up on=local check every=1s until metric='([0-9]+) rounds'\n  echo x >>rounds\n  echo \"$(wc -l <rounds | tr -d ' ') rounds\"\n  [ \"$(wc -l <rounds)\" -ge 2 ]\n  ```\n";
    signed(&sandbox, "book.md", book);
    let walked = walk(&sandbox, "book.md", &["--trust"]);
    walked.exits(0).tells("up on local: round 1 failed, 1").tells("up on local: round 2 passed, 2");
    assert_eq!(ends(&sandbox).len(), 2);
}

#[test]
fn without_a_choice_a_walk_ends_and_with_one_it_goes_on() {
    let sandbox = Sandbox::new("choose");
    let book = "# Two ways\n\n## Deploy <!-- gonogo: choose -->\n\n### Blue\n\n- [ ] Blue is up.\n\n### Green\n\n- [ ] Green is up.\n";
    signed(&sandbox, "book.md", book);
    let stopped = walk(&sandbox, "book.md", &[]);
    stopped.exits(7).says("nobody chose which applies of “Deploy”");
    assert!(is_open(&sandbox));
    let answers = std::fs::read_to_string(sandbox.path("answers.yaml")).unwrap();
    sandbox.write("answers.yaml", answers.replace("  # deploy: blue | green", "  deploy: green"));
    let done = sandbox.run(["resume", "--headless", "--answers", "answers.yaml"]);
    done.exits(0).tells("of Deploy: Green").tells("[-] Blue is up.: of “Deploy”, “Green” was chosen");
    done.tells("[x] Green is up.");
}

#[test]
fn a_step_that_names_no_host_needs_one_from_the_answers() {
    let sandbox = Sandbox::new("hosts");
    let book = "---\ngonogo:\n  hosts: {api: [deploy@127.0.0.1:1, deploy@localhost:1]}\n---\n# Anywhere\n\n- [ ] It is up.\n\n  ```sh\n  uptime\n  ```\n";
    signed(&sandbox, "book.md", book);
    let stopped = walk(&sandbox, "book.md", &[]);
    stopped.exits(7).says("does not say on which host it runs: name one under `hosts` in the answers file");
    let answers = std::fs::read_to_string(sandbox.path("answers.yaml")).unwrap();
    let line = answers.lines().find(|l| l.ends_with(": HOST")).expect("a line to fill in").to_owned();
    let fill = |host: &str| answers.replace(&line, &line.replace("# ", "").replace("HOST", host));
    sandbox.write("answers.yaml", fill("api-9"));
    let gone = sandbox.run(["resume", "--headless", "--answers", "answers.yaml"]);
    gone.says("no host is called api-9");
    assert!(ends(&sandbox).is_empty(), "nothing was started");
    sandbox.write("answers.yaml", fill("localhost"));
    let tried = sandbox.run(["resume", "--headless", "--answers", "answers.yaml"]);
    tried.exits(4).tells("on localhost");
}

#[test]
fn an_interactive_step_is_not_started_without_a_terminal() {
    for (name, words, command, why) in [
        ("interactive", " interactive", "cat", "the runbook says so"),
        ("unasked", "", "tail -f /dev/null", "`tail -f` runs until somebody stops it"),
    ] {
        let sandbox = Sandbox::new(name);
        let book =
            format!("# Types\n\n- [ ] Typed.\n\n  ```sh name=typed on=local{words}\n  {command}\n  ```\n");
        signed(&sandbox, "book.md", &book);
        let stopped = walk(&sandbox, "book.md", &["--trust"]);
        stopped
            .exits(7)
            .says(&format!("step typed of box “Typed.” is interactive ({why})"))
            .says("gonogo resume");
        assert!(is_open(&sandbox) && ends(&sandbox).is_empty());
        // What looks at the file says it, too.
        sandbox.run(["plan", "book.md"]).tells(&format!("gets a terminal, a person types: {why}"));
        sandbox.run(["outline", "book.md"]).tells(&format!("in a terminal: {why}"));
    }
}

#[test]
fn what_people_do_by_hand_is_left_to_a_person() {
    let sandbox = Sandbox::new("by-hand");
    let book =
        "# By hand\n\n- [ ] The host is patched.\n\n  ```sh\n  ssh db.example.net\n  apt-get update\n  ```\n";
    signed(&sandbox, "book.md", book);
    let stopped = walk(&sandbox, "book.md", &[]);
    stopped.exits(7).says("is done by hand");
    assert!(is_open(&sandbox) && ends(&sandbox).is_empty());
}
