//! A second person, through the built program: two processes, two keys, one log.

use std::fs;
use std::process::{Command, Stdio};

use gonogo::audit::query::Reader;
use gonogo::run::event::Event;
use gonogo::run::fact::{Proof, Recorded, Vote};

use crate::it::cli::books::{facts, is_open, only_run};
use crate::it::cli::signing::with_key;
use crate::support::binary::{Sandbox, Shown, ended, shown, until};
use crate::support::signers::Key;

const BOOK: &str = "\
---
gonogo:
  roles: {qa: omar}
---
# Release

## Pre

- [ ] Copy compared. <!-- gonogo: id=copy two-person -->

  ```sh on=local
  for n in $(seq 3000); do [ -e go-on ] && break; sleep 0.02; done
  echo compared 12 tables
  ```
- [ ] Tested. <!-- gonogo: id=tested role=qa -->

## During <!-- gonogo: go=qa,captain -->

- [ ] Deployed. <!-- gonogo: id=deployed -->
";

/// The one who drives, and the one beside.
struct Two {
    layla: Sandbox,
    omar: Sandbox,
}

/// Layla and omar, each with a key, which the other knows.
pub fn two_with_keys(label: &str) -> (Sandbox, Sandbox) {
    let (layla, one) = with_key(label);
    let (omar, two) = (Sandbox::new(&format!("{label}-omar")), Key::new());
    let private = omar.write("../home/.ssh/id_b", two.file(None));
    fs::set_permissions(&private, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    omar.write("../home/.ssh/id_b.pub", two.public.line());
    omar.run(["key", "--use", "~/.ssh/id_b.pub", "--as", "omar"]).exits(0);
    let both = format!("layla {}\nomar {}\n", one.public.line(), two.public.line());
    for sandbox in [&layla, &omar] {
        sandbox.write("../config/gonogo/allowed_signers", &both);
    }
    (layla, omar)
}

impl Two {
    fn with_keys(label: &str) -> Self {
        let (layla, omar) = two_with_keys(label);
        let two = Self { layla, omar };
        two.layla.write("book.md", BOOK);
        two.layla.write("stop.yaml", two.layla.run(["answers", "book.md"]).exits(0).out.as_str());
        two
    }

    /// A run that stopped at its first box.
    fn opened(label: &str) -> (Self, String) {
        let two = Self::with_keys(label);
        two.layla.write("../home/go-on", "");
        two.drive(&["run", "book.md"]).exits(9);
        let run = only_run(&two.layla);
        (two, run)
    }

    fn drive(&self, command: &[&str]) -> Shown {
        let options = ["--headless", "--answers", "stop.yaml", "--as", "layla", "--trust"];
        self.layla.run([command, &options].concat())
    }

    fn beside(&self, args: &[&str]) -> Command {
        let mut command = self.omar.command(args);
        command.env("GONOGO_LOG", self.layla.log());
        command
    }

    fn omar(&self, args: &[&str]) -> Shown {
        shown(&mut self.beside(&[args, &["--yes"]].concat()))
    }

    fn layla(&self, args: &[&str]) -> Shown {
        self.layla.run([args, &["--yes"]].concat())
    }

    fn facts(&self) -> Vec<Recorded> {
        let reader = Reader::open(&self.layla.log()).unwrap();
        let allowed = fs::read_to_string(self.layla.path("../config/gonogo/allowed_signers")).unwrap();
        let reader = reader.judging(std::sync::Arc::new(crate::support::signers::allowed(&allowed)));
        reader.load(&only_run(&self.layla)).unwrap().events
    }
}

#[test]
fn two_people_sign_with_two_keys_and_one_of_them_cannot_be_both() {
    let (two, run) = Two::opened("two");
    // Decided as at the captain's screen: the step has not run.
    let early = two.omar(&["sign", &run, "copy"]);
    early.exits(2).only_says("its step copy/1 has not passed").only_says("nothing was recorded");
    let before = facts(&two.layla).len();
    two.layla(&["waive", &run, "copy", "--reason", "no copy today", "--unsigned"]).exits(0);
    assert_eq!(facts(&two.layla).len(), before + 1);
    let tested = two.layla(&["sign", &run, "tested"]);
    tested.exits(2).only_says("only omar may speak for qa");
    two.layla(&["sign", &run, "tested", "--as", "omar"])
        .exits(2)
        .only_says("two names at one account are one person");
    let shown = two.omar(&["sign", &run, "Tested", "--note", "all cases"]);
    shown
        .exits(0)
        .tells("statement  Tested.")
        .tells("text       sha256:")
        .tells("covers     everything up to event");
    shown.tells("signed by omar (key SHA256:");
    let signed = two.facts().into_iter().rev().find_map(|f| match f.event {
        Event::BoxSigned(e) => Some(e),
        _ => None,
    });
    let signed = signed.unwrap();
    assert_eq!(
        (signed.who.name.as_str(), signed.who.proof, signed.note.as_deref()),
        ("omar", Proof::SshKey, Some("all cases"))
    );
    two.layla.run(["verify"]).exits(0);
}

/// A drive goes on with what a person beside it says meanwhile.
#[test]
fn a_walk_follows_what_is_said_beside_it() {
    let two = Two::with_keys("beside");
    let answers = fs::read_to_string(two.layla.path("stop.yaml")).unwrap();
    two.layla.write("stop.yaml", answers.replace("deployed: stop", "deployed: {sign: true}"));
    let book = BOOK.replace(" two-person", "").replace(" role=qa", "");
    two.layla.write("book.md", &book);
    let answers = two.layla.run(["answers", "book.md"]).exits(0).out.clone();
    let answers = answers.replace("copy: stop", "copy: {sign: true}").replace("during: stop", "during: go");
    two.layla.write("stop.yaml", answers.replace("# operator: {name: …}", "operator: {name: layla}"));
    let mut command = two.layla.command([
        "run",
        "book.md",
        "--headless",
        "--answers",
        "stop.yaml",
        "--as",
        "layla",
        "--trust",
    ]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let started = || {
        two.layla.log().exists()
            && Reader::open(&two.layla.log()).is_ok_and(|r| r.runs().is_ok_and(|r| !r.is_empty()))
            && facts(&two.layla).iter().any(|f| matches!(f.event, Event::StepStarted(_)))
    };
    until("the step runs", started);
    let run = only_run(&two.layla);
    two.omar(&["sign", &run, "copy"]).exits(2).only_says("its step copy/1 has not passed");
    two.omar(&["sign", &run, "tested"])
        .exits(2)
        .only_says("earlier boxes are still open: copy")
        .only_says("--out-of-order");
    two.omar(&["sign", &run, "tested", "--out-of-order"]).exits(0);
    let noted = two.omar(&["note", &run, "I am watching", "--box", "copy"]);
    noted
        .exits(0)
        .tells("statement  Copy compared.")
        .tells("text       sha256:")
        .tells("noted by omar (key SHA256:");
    noted.tells("ran        step copy/1: local").tells("note       I am watching");
    let note = two.facts().into_iter().find_map(|f| match f.event {
        Event::NoteAdded(e) => Some(e),
        _ => None,
    });
    let note = note.unwrap();
    assert_eq!((note.who.proof, note.seen.is_some()), (Proof::SshKey, true), "{note:?}");
    two.layla.write("../home/go-on", "");
    // `tested` was left to a person, and a person has signed it. The gate wants omar's go, which no answers file gives.
    let walked = ended(&command, child);
    walked
        .exits(7)
        .tells("[x] Tested.")
        .tells("note by omar: I am watching")
        .tells("layla votes go for captain");
    walked.says("waits for votes: qa absent");
    let no = two.omar(&["vote", &run, "during", "no-go", "--text", "two failures"]);
    no.exits(0).tells("no-go for qa by omar").tells("the gate stays shut: qa no-go");
    two.drive(&["resume", &run]).exits(7).says("qa no-go");
    two.layla.run(["show", &run]).exits(0).tells("gate: qa: no-go by omar").tells("two failures");
    let go = two.omar(&["vote", &run, "during", "go"]);
    go.exits(0).tells("vote       qa: no-go by omar (key SHA256:").tells("the gate is open: During");
    assert!(
        !two.facts()
            .iter()
            .any(|f| matches!(f.event, Event::BoxSigned(ref e) if e.id.as_str() == "deployed"))
    );
    two.drive(&["resume", &run]).exits(9);
    two.omar(&["sign", &run, "deployed"]).exits(0);
    two.drive(&["resume", &run]).exits(0);
    assert!(!is_open(&two.layla));
    two.layla.run(["verify"]).exits(0);
}

/// Eight voices at once: each is decided on what stands in the log, and all of them are in it.
#[test]
fn voices_at_the_same_time_are_all_heard() {
    let sandbox = Sandbox::new("voices");
    let roles: Vec<String> = (1..=8).map(|n| format!("r{n}")).collect();
    let people: Vec<String> = roles.iter().map(|role| format!("{role}: layla")).collect();
    let book = format!(
        "---\ngonogo:\n  roles: {{{}}}\n---\n# R\n\n## Pre\n\n- [ ] A. <!-- gonogo: id=a -->\n\n## During <!-- gonogo: go={} -->\n\n- [ ] B. <!-- gonogo: id=b -->\n",
        people.join(", "),
        roles.join(",")
    );
    sandbox.write("book.md", book);
    sandbox.write("stop.yaml", sandbox.run(["answers", "book.md"]).exits(0).out.as_str());
    sandbox.run(["run", "book.md", "--headless", "--answers", "stop.yaml", "--as", "layla"]).exits(9);
    let run = only_run(&sandbox);
    sandbox.run(["sign", &run, "a", "--as", "layla", "--yes"]).exits(0);
    let voices: Vec<_> = roles
        .iter()
        .map(|role| {
            let mut command =
                sandbox.command(["vote", &run, "during", "go", "--role", role, "--as", "layla", "--yes"]);
            let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            (command, child)
        })
        .collect();
    for (command, child) in voices {
        ended(&command, child).exits(0);
    }
    let facts = facts(&sandbox);
    let votes =
        facts.iter().filter(|f| matches!(&f.event, Event::GateVoted(e) if e.vote == Vote::Go)).count();
    let opened = facts.iter().filter(|f| matches!(f.event, Event::GateOpened(_))).count();
    assert_eq!((votes, opened), (8, 1), "{facts:?}");
    sandbox.run(["verify"]).exits(0);
}

#[test]
fn a_run_is_handed_over_by_offer_and_answer() {
    let (two, run) = Two::opened("over");
    two.omar(&["handover", &run, "--accept"]).exits(2).only_says("nobody offers this run");
    two.omar(&["handover", &run, "--to", "omar"])
        .exits(2)
        .only_says("only layla, who drives the run, can do that");
    two.layla(&["handover", &run, "--to", "omar", "--text", "my shift ends"])
        .exits(0)
        .tells("offered to omar by layla (key");
    let taken = two.omar(&["handover", &run, "--accept"]);
    taken.exits(0).tells("my shift ends").tells("omar (key SHA256:").tells("drives it now, layla before");
    let last = two.facts().pop().unwrap();
    let Event::RunHandedOver(over) = last.event else { panic!("{last:?}") };
    assert_eq!((over.who.proof, over.before.as_str()), (Proof::SshKey, "layla"));
    two.layla.run(["runs"]).exits(0).tells("omar");
    two.layla.run(["export", &run]).exits(0).tells("took the run that").tells("offered the run to");
    // What was taken once is not taken again, and who has it hands it on by resuming, too.
    two.omar(&["handover", &run, "--accept"]).exits(2).only_says("nobody offers this run");
    two.omar(&["handover", &run, "--to", "layla"]).exits(0);
    two.drive(&["resume", &run]).exits(9);
    let handed = two.facts().iter().filter(|f| matches!(f.event, Event::RunHandedOver(_))).count();
    assert_eq!(handed, 2);
    two.layla.run(["verify"]).exits(0);
}

#[test]
fn what_is_missing_or_wrong_is_said_and_nothing_recorded() {
    let (two, run) = Two::opened("wrong");
    let before = facts(&two.layla).len();
    for (args, code, says) in [
        (vec!["sign", "r-none", "copy", "--yes"], 2, "no run in this log begins with"),
        (vec!["sign", &run, "nothing", "--yes"], 2, "has no box `nothing`"),
        (vec!["sign", &run, "ed.", "--yes"], 2, "several boxes are meant by `ed.`"),
        (vec!["sign", &run, "copy"], 2, "has not passed"),
        (vec!["sign", &run, "tested", "--out-of-order"], 7, "give --yes"),
        (vec!["vote", &run, "after", "go", "--yes"], 2, "has no gate `after`; it has: during"),
        (vec!["vote", &run, "during", "go", "--yes"], 2, "2 boxes before it are open"),
        (vec!["vote", &run, "during", "no-go", "--yes"], 2, "the reason for no-go is missing"),
        (vec!["waive", &run, "tested", "--reason", " ", "--out-of-order", "--yes"], 2, "a reason is missing"),
        (vec!["note", &run, " "], 2, "a text is missing"),
        (vec!["note", &run, "here"], 7, "give --yes"),
        (vec!["sign", &run, "box 7", "--yes"], 2, "there is no box 7: the boxes of this run are 1 to 3"),
        (vec!["handover", &run], 2, "--to"),
    ] {
        shown(&mut two.beside(&args)).exits(code).says(says);
    }
    assert_eq!(facts(&two.layla).len(), before, "nothing was recorded");
}

#[test]
fn boxes_are_named_by_the_number_that_the_screen_shows() {
    let sandbox = Sandbox::new("numbers");
    let book = "# R\n\n- [ ] A. <!-- gonogo: id=a -->\n- [ ] B. <!-- gonogo: id=1 -->\n- [ ] C 1. <!-- gonogo: id=c -->\n";
    sandbox.write("book.md", book);
    sandbox.write("stop.yaml", sandbox.run(["answers", "book.md"]).exits(0).out.as_str());
    sandbox.run(["run", "book.md", "--headless", "--answers", "stop.yaml", "--as", "layla"]).exits(9);
    let run = only_run(&sandbox);
    let say = |args: &[&str]| sandbox.run([args, &["--as", "layla", "--yes"]].concat());
    say(&["sign", &run, "1"]).exits(2).only_says(
        "`1` is the number of one box and the id of another: say `box 1` for “A.”, or `box 2` for “B.”",
    );
    say(&["sign", &run, "box 1"]).exits(0).tells("box        1 (a), in").tells("signed by layla (typed): A.");
    say(&["waive", &run, "2", "--reason", "no"]).exits(0).tells("box        2 (1), in");
    say(&["note", &run, "n", "--box", "3"]).exits(0).tells("statement  C 1.");
    say(&["sign", &run, "4"]).exits(2).only_says("there is no box 4: the boxes of this run are 1 to 3");
    let shown = sandbox.run(["show", &run]);
    shown.exits(0).tells("   1 [x] A.").tells("   2 [-] B.").tells("   3 [*] C 1.");
}

/// A walk without a terminal waits for others where that was asked for, and ends where nobody comes.
#[test]
fn a_walk_waits_for_the_word_of_others() {
    let two = Two::with_keys("waits");
    let (head, tail) = BOOK.split_once("\n  ```sh").unwrap();
    let book = format!("{head}{}", tail.split_once("  ```\n").unwrap().1);
    two.layla.write("book.md", &book);
    let answers = two.layla.run(["answers", "book.md"]).exits(0).out.clone();
    let answers =
        answers.replace("deployed: stop", "deployed: {sign: true}").replace("during: stop", "during: go");
    two.layla.write("stop.yaml", answers.replace("# operator: {name: …}", "operator: {name: layla}"));
    two.drive(&["run", "book.md"]).exits(9);
    let late = two.drive(&["resume", &only_run(&two.layla), "--wait", "1s"]);
    late.exits(9).tells("waiting, at most 1s: box copy waits for two people: gonogo sign r-");
    let run = only_run(&two.layla);
    let args = ["resume", &run, "--headless", "--answers", "stop.yaml", "--as", "layla", "--wait", "10m"];
    let mut command = two.layla.command(args);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let counted = |wanted: fn(&Event) -> bool| facts(&two.layla).iter().filter(|f| wanted(&f.event)).count();
    until("the walk goes on", || counted(|e| matches!(e, Event::RunResumed(_))) == 2);
    two.layla(&["sign", &run, "copy"]).exits(0).tells("it wants a second person");
    two.omar(&["sign", &run, "copy"]).exits(0);
    two.omar(&["sign", &run, "tested"]).exits(0);
    until("the walk has voted", || counted(|e| matches!(e, Event::GateVoted(_))) == 1);
    two.omar(&["vote", &run, "during", "go"]).exits(0).tells("the gate is open: During");
    let walked = ended(&command, child);
    walked.exits(0).tells("waits for votes: qa absent").tells("[x] Deployed.").tells("=== completed");
    two.layla.run(["verify"]).exits(0);
}

/// One person with two names and one key, or with two keys at two accounts under one name, is one person.
#[test]
fn one_key_under_two_names_and_one_name_with_two_keys_are_one_person() {
    for (name, own, says) in [
        ("omar", false, "this is the same key under another name"),
        ("layla", true, "somebody else has to sign"),
    ] {
        let (layla, key) = with_key("one-person");
        let (other, second) = (Sandbox::new("one-person-other"), Key::new());
        let used = if own { &second } else { &key };
        let private = other.write("../home/.ssh/id_b", used.file(None));
        fs::set_permissions(&private, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        other.write("../home/.ssh/id_b.pub", used.public.line());
        other.run(["key", "--use", "~/.ssh/id_b.pub", "--as", name]).exits(0);
        let allowed = format!("layla {}\n{name} {}\n", key.public.line(), used.public.line());
        for sandbox in [&layla, &other] {
            sandbox.write("../config/gonogo/allowed_signers", &allowed);
        }
        layla.write("book.md", "# R\n\n- [ ] Compared. <!-- gonogo: id=copy two-person -->\n");
        layla.write("stop.yaml", layla.run(["answers", "book.md"]).exits(0).out.as_str());
        layla.run(["run", "book.md", "--headless", "--answers", "stop.yaml", "--as", "layla"]).exits(9);
        let run = only_run(&layla);
        let sign = ["sign", &run, "copy", "--yes"];
        layla.run(sign).exits(0).tells("it wants a second person");
        let before = facts(&layla).len();
        let refused = shown(other.command(sign).env("GONOGO_LOG", layla.log()));
        refused.exits(2).only_says(says).only_says("nothing was recorded");
        assert_eq!(facts(&layla).len(), before);
        layla.run(["verify"]).exits(0);
    }
}
