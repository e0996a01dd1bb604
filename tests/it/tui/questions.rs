//! Each refusal of the core leads to the right question, and each answer to the right fact.

use gonogo::run::attempt::StepStatus;
use gonogo::run::conclude::Report;
use gonogo::run::event::Event;
use gonogo::run::fact::{HostKeyRefused, Outcome, Probe};

use crate::it::tui::scenes;
use crate::support::runbooks::runbook;
use crate::support::runs::{host, opened};
use crate::support::screen::Screen;

fn small(text: &str) -> Screen {
    let book = runbook(text);
    let hosts = vec![host("api", "api1"), host("api", "api2")];
    Screen::open(&book, opened(&book, hosts, Some("production"), &[]))
}

#[test]
fn out_of_order_names_the_boxes_and_asks_once() {
    let mut s = small("phase Pre\n box a \"A\"\n box b \"B\"\n box c \"C\"\n  step s on=api\n");
    s.keys("jj<enter>");
    assert!(s.text().contains("run the step before boxes 1, 2?"), "{}", s.text());
    s.keys("<enter>");
    assert!(s.sent.is_empty(), "back is first");
    s.keys("<enter>o<enter>");
    assert_eq!(s.sent.len(), 1);
    s.passes("");
    s.passes("");
    s.keys("<enter><enter>");
    assert!(s.app.run().boxes[2].signed.is_some(), "not asked a second time");
}

#[test]
fn a_step_that_names_no_host_asks_for_one_and_runs_only_there() {
    let mut s = small("phase Pre\n box a \"A\"\n  step look\n  step again\n");
    assert!(s.text().contains("choose where look runs"), "{}", s.text());
    s.keys("<enter>");
    assert!(s.text().contains("Where does look run?") && s.text().contains("deploy@api2"), "{}", s.text());
    s.keys("<enter>");
    assert!(s.app.session.dialog().is_none() && s.sent.is_empty(), "back is first");
    s.keys("<enter>2<enter>");
    assert!(s.sent.is_empty(), "choosing starts nothing:\n{}", s.text());
    assert!(s.text().contains("run look on api2"), "{}", s.text());
    s.keys("<enter>");
    assert_eq!(s.app.run().attempts.values().map(|a| a.intent.host.as_str()).collect::<Vec<_>>(), ["api2"]);
    s.ends(Outcome::Exited(1), "");
    s.keys("<enter>h<enter>");
    assert!(s.text().contains("Where does look run?"), "{}", s.text());
    s.keys("1<enter><enter>");
    s.passes("");
    let hosts: Vec<_> = s.app.run().attempts.values().map(|a| a.intent.host.as_str()).collect();
    assert_eq!(hosts, ["api2", "api1"]);
    assert!(s.text().contains("choose where again runs"), "the next step asks anew:\n{}", s.text());
}

#[test]
fn a_step_without_any_host_is_done_by_hand() {
    let book = runbook("phase Pre\n box a \"A\"\n  step look\n");
    let mut s = Screen::open(&book, opened(&book, Vec::new(), None, &[]));
    assert!(s.text().contains("by hand") && s.text().contains("this run has no host"), "{}", s.text());
    assert!(!s.text().contains("give it an environment"), "it is said once:\n{}", s.text());
    s.keys("<enter><enter>");
    assert!(s.app.run().boxes[0].signed.is_some(), "{}", s.text());
}

#[test]
fn long_names_stand_apart_from_what_is_said_of_them() {
    let text = "- [ ] a\n\n  ```sh\n  tar xf <a-name-that-is-very-long>\n  ```\n";
    let book = std::sync::Arc::new(gonogo::runbook::parse("x.md", text.as_bytes()).expect("a runbook").0);
    let mut s = Screen::open(&book, opened(&book, vec![host("api", "api1")], None, &[]));
    s.keys("<esc>");
    assert!(s.text().contains("A_NAME_THAT_IS_VERY_LONG no value yet"), "{}", s.text());
}

#[test]
fn a_condition_that_nobody_can_decide_asks() {
    let mut s = small(
        "declare MIGRATED\n phase Pre\n box m \"M\"\n  step m on=api capture=MIGRATED\n box r \"R\" if=MIGRATED=yes\n",
    );
    s.keys("wno time<enter>");
    assert!(s.text().contains("say what MIGRATED is"), "{}", s.text());
    s.keys("<enter>");
    assert!(s.text().contains("What is MIGRATED?"), "{}", s.text());
    s.keys("no<tab>looked<enter>");
    assert_eq!(s.app.run().values.get("MIGRATED").map(String::as_str), Some("no"));
    assert!(s.app.run().boxes[1].waived.is_some(), "decided now, it does not apply");
}

#[test]
fn a_value_is_checked_as_it_is_typed() {
    let mut s = scenes::start();
    for _ in 0..4 {
        s.keys("<enter><enter>");
    }
    s.keys("<enter>do-snap");
    assert!(s.text().contains("does not fit"), "{}", s.text());
    s.keys("<enter>");
    assert!(s.app.session.dialog().is_some());
    assert!(s.text().contains("does not match"), "{}", s.text());
    s.keys("-12");
    assert!(s.text().contains("✓ fits ^do-snap-[0-9]+$"), "{}", s.text());
}

#[test]
fn words_are_kept_when_a_question_is_left() {
    let mut s = scenes::pre();
    s.keys("<enter>yus<tab>half a note<esc>");
    s.keys("<enter>");
    assert!(s.text().contains("half a note") && s.text().contains("yus"), "{}", s.text());
    s.keys("uf<enter>");
    s.keys("kuoops<enter>");
    assert!(s.app.run().boxes[6].signed.is_none());
    s.keys("<space>");
    assert!(!s.text().contains("half a note"), "a draft that was sent is gone:\n{}", s.text());
}

#[test]
fn a_gate_is_shut_by_a_no_go_and_opened_by_a_go() {
    let mut s = scenes::gate();
    let from = s.log.len();
    s.keys("N<enter>");
    assert!(s.text().contains("the reason for no-go is missing"), "{}", s.text());
    s.keys("build in review<enter>");
    assert!(s.text().contains("✗ NO-GO"), "{}", s.text());
    s.keys("<enter>g<enter>");
    assert_eq!(s.kinds(from), ["gate.voted", "gate.voted", "gate.opened"]);
}

#[test]
fn a_gate_can_be_opened_anyway_with_a_reason() {
    let mut s = scenes::pre();
    s.keys("g<enter>");
    assert!(s.text().contains("The gate is shut: box 7 open."), "{}", s.text());
    s.keys("A<enter>");
    assert!(s.text().contains("a reason is missing"), "{}", s.text());
    s.keys("cto said so<enter>");
    let gate = &s.app.run().gates[&1];
    assert_eq!(gate.opened.as_ref().expect("open").0.over.as_deref(), Some("cto said so"));
}

#[test]
fn space_on_a_box_behind_a_gate_leads_to_the_gate() {
    let mut s = scenes::gate();
    s.keys("<space>");
    assert!(s.text().contains("Go or no-go: During"), "{}", s.text());
}

#[test]
fn an_unknown_step_wants_a_verdict_with_evidence() {
    let mut s = scenes::unknown();
    let from = s.log.len();
    s.keys("<enter>p<enter><enter>");
    assert!(s.text().contains("evidence is missing"), "{}", s.text());
    s.keys("migrations table says 121<enter>");
    assert_eq!(s.kinds(from), ["step.resolved"]);
}

#[test]
fn each_word_on_an_unknown_step_stands_on_the_record_as_it_was_said() {
    for (letter, asks, said, after) in [
        ('p', "it did its work, although nothing here shows", "passed", StepStatus::PassedByMarker),
        ('n', "it never ran and did nothing", "did not run", StepStatus::Failed),
        ('f', "it ran, in part or in vain", "failed in whole or part", StepStatus::Failed),
        ('s', "you stopped it on the host", "stopped", StepStatus::Cancelled),
    ] {
        let mut s = scenes::unknown();
        let number = s.app.run().unknown().next().unwrap().intent.number;
        s.keys(&format!("<enter>{letter}<enter>"));
        assert!(
            s.text().contains(asks) && s.line("Enter").contains(&format!("record {said} as")),
            "{}",
            s.text()
        );
        s.keys("<enter>");
        assert!(s.text().contains("evidence is missing"), "{}", s.text());
        s.keys("looked there<enter>");
        assert_eq!(s.app.run().attempts[&number].status(), after, "{said}");
        s.keys("t");
        assert!(s.line("judged").contains(said), "{}", s.text());
    }
}

#[test]
fn a_step_that_still_runs_stays_unknown_and_the_word_on_it_is_noted() {
    let mut s = scenes::unknown();
    let number = s.app.run().unknown().next().unwrap().intent.number;
    s.keys("<enter>l<enter><enter>");
    assert!(s.text().contains("It stays unknown: no other step runs on"), "{}", s.text());
    assert!(s.text().contains("evidence is missing"), "{}", s.text());
    s.keys("ps shows it<enter>");
    let Event::NoteAdded(note) = &s.log.last().unwrap().1.event else { panic!("{:?}", s.log.last()) };
    assert!(note.id.is_some() && note.text.ends_with(" still runs: ps shows it"), "{note:?}");
    assert_eq!(s.app.run().attempts[&number].status(), StepStatus::Unknown);
    assert!(s.text().contains("UNKNOWN") && s.app.session.dialog().is_none(), "{}", s.text());
    // The host's own answer stands beside any other word.
    let answer = Probe::Running(21_877, 21_877);
    s.report(Report::Probed { number, answer, left: Vec::new(), end: None });
    s.keys("vp<enter>");
    assert!(s.text().contains("is that it still runs."), "{}", s.text());
}

#[test]
fn a_check_shows_what_the_host_said() {
    let mut s = scenes::unknown();
    s.keys("<enter><enter>");
    assert!(s.text().contains("asking api1"), "{}", s.text());
    let number = s.app.run().unknown().next().expect("unknown").intent.number;
    let left = vec!["21877 php artisan migrate".to_owned()];
    s.report(Report::Probed { number, answer: Probe::Running(21_877, 21_877), left, end: None });
    assert!(s.text().contains("api1 was asked: it runs, process 21877"), "{}", s.text());
    let end = Some(Box::new(crate::support::runs::ended(Outcome::Exited(0), "")));
    s.report(Report::Probed { number, answer: Probe::Ended(0), left: Vec::new(), end });
    assert!(s.app.session.dialog().is_none(), "answered by the host");
    assert!(s.text().contains("migrate on api1: exit 0"), "{}", s.text());
}

#[test]
fn a_refused_host_key_is_a_refusal_with_its_line() {
    let mut s = scenes::deploy();
    s.keys("<enter>");
    let why = "the key of api1 has changed: /home/layla/.ssh/known_hosts:12 says another one".to_owned();
    let fingerprint = Some("SHA256:uN8rZk3Pqf0T7mYc1dLaX9vBeW2sJ5hGoQ6itC4nRz0".to_owned());
    s.report(Report::KeyRefused(HostKeyRefused { host: "api1".to_owned(), why, fingerprint }));
    s.ends(Outcome::NotStarted("the host key was refused".to_owned()), "");
    s.keys("<enter>");
    let text = s.text();
    assert!(text.contains("HOST KEY REFUSED  api1") && text.contains("known_hosts:12"), "{text}");
    assert!(!text.contains("verdict"), "nothing ran, so nothing is judged:\n{text}");
}

#[test]
fn cancel_asks_and_letting_it_run_is_first() {
    let mut s = scenes::running();
    let from = s.log.len();
    s.keys("x<enter>");
    assert!(s.kinds(from).is_empty());
    s.keys("<c-c>x<enter>");
    assert_eq!(s.kinds(from), ["step.cancel_requested"]);
    assert!(s.text().contains("asked to stop"), "{}", s.text());
    s.ends(Outcome::Signalled("TERM".to_owned()), "");
    assert!(s.text().contains("CANCELLED"), "{}", s.text());
}

#[test]
fn a_question_goes_away_when_events_have_answered_it() {
    let mut s = scenes::running();
    s.keys("x");
    s.ends(Outcome::Exited(0), "");
    assert!(s.app.session.dialog().is_none());
    assert!(s.text().contains("has ended by itself"), "{}", s.text());
}

#[test]
fn a_step_is_waived_with_a_reason() {
    let mut s = scenes::failed();
    let from = s.log.len();
    s.keys("<enter>w<enter>");
    s.keys("not needed<tab>layla<enter>");
    assert_eq!(s.kinds(from), ["step.waived"]);
    assert!(s.text().contains("~ code"), "{}", s.text());
}

#[test]
fn a_failed_host_alone_is_retried() {
    let mut s = scenes::failed();
    s.keys("r<enter>");
    assert_eq!(s.sent[0].1.intent.host, "api1");
    assert_eq!(s.sent[0].1.intent.attempt, 2);
}

#[test]
fn a_run_is_aborted_with_a_reason() {
    let mut s = scenes::deploy();
    s.keys("Q<enter>");
    assert!(s.app.run().closed.is_none());
    s.keys("Qa<enter><enter>");
    assert!(s.text().contains("a reason is missing"), "{}", s.text());
    s.keys("window closed<enter>");
    assert!(s.text().contains("ABORTED") && s.text().contains("window closed"), "{}", s.text());
}

#[test]
fn a_confirm_by_press_has_an_enter_of_its_own() {
    let mut s = small("phase Pre\n box b \"B\"\n  step s once=api confirm=press\n");
    s.keys("<enter>");
    assert!(s.sent.is_empty() && s.text().contains("Run s?"), "{}", s.text());
    s.keys_apart("<enter>", 400);
    assert!(s.sent.is_empty(), "too soon after the Enter that asked");
    s.keys("<enter>");
    assert_eq!(s.sent.len(), 1);
    assert_eq!(s.sent[0].1.intent.confirmed.as_deref(), Some("Enter"));
}

#[test]
fn a_note_is_written_on_the_box() {
    let mut s = scenes::running();
    s.keys("nwatching وقت<enter>");
    assert_eq!(s.app.run().notes.last().expect("a note").0.text, "watching وقت");
}

#[test]
fn the_sign_form_shows_the_worst_evidence_first_and_counts_the_rest() {
    let mut text = "phase Pre\n box a \"A\"\n  step snap on=api capture=SNAPSHOT\n".to_owned();
    for n in 1..=12 {
        text.push_str(&format!("  step s{n} on=api\n"));
    }
    let book = runbook(&text);
    let mut s = Screen::open(&book, opened(&book, vec![host("api", "api1")], None, &[]));
    s.pass(1);
    s.keys("<enter>");
    s.passes("snap-1001\n");
    for _ in 1..=11 {
        s.keys("<enter>");
        s.passes("");
    }
    s.keys("<enter>");
    s.started();
    s.ends(Outcome::Exited(1), "");
    s.pass(1);
    s.keys("<enter>v<enter>");
    s.keys("seen with my own eyes<enter>");
    s.pass(1);
    s.keys("<enter>");
    let seen = s.text();
    assert!(seen.contains("evidence   step s12: api1 passed by verdict"), "{seen}");
    assert!(seen.contains("step snap: api1 passed; SNAPSHOT = snap-1001"), "{seen}");
    assert!(seen.contains("… and 10 more passed"), "{seen}");
    assert!(seen.contains("proof  ") && seen.contains("covers  "), "{seen}");
}

#[test]
fn an_empty_value_is_told_what_is_wanted() {
    let mut s = small(
        "declare MIGRATED ^(yes|no)$\n phase Pre\n box m \"M\"\n  step m on=api capture=MIGRATED\n box r \"R\" if=MIGRATED=yes\n  step back on=api if=MIGRATED\n",
    );
    s.keys("wno time<enter><enter>");
    assert!(s.text().contains("must fit     yes|no"), "{}", s.text());
    assert!(s.text().contains("whether step back of box 2 runs"), "{}", s.text());
    s.keys("<enter>");
    assert!(s.text().contains("MIGRATED is wanted: yes|no"), "{}", s.text());
}

#[test]
fn a_confirmation_shows_the_whole_script_and_what_the_box_says() {
    let mut book = (*runbook("phase Pre\n box a \"A\"\n  step load on=api confirm=press\n")).clone();
    let lost = "Everything that users wrote since the snapshot is lost.";
    book.boxes[0].prose = lost.to_owned();
    book.boxes[0].steps[0].script = (1..=30).map(|n| format!("echo line{n}\n")).collect();
    let book = std::sync::Arc::new(book);
    let mut s = Screen::open(&book, opened(&book, vec![host("api", "api1")], None, &[]));
    s.pass(1);
    s.keys("<enter>");
    assert!(s.text().contains(lost), "{}", s.text());
    assert!(s.text().contains("echo line6") && s.text().contains("lines more"), "{}", s.text());
}

#[test]
fn a_host_that_refused_tells_the_whole_reason_in_the_question_and_in_the_output() {
    let why = "the key of this host is another one than in /home/layla/.ssh/known_hosts:7. Nothing was sent to it. Ask \
               who runs the host whether its key was changed, and only then remove the old line with ssh-keygen";
    let mut s = small("phase Pre\n box a \"A\"\n  step s on=api\n");
    s.keys("<enter>");
    s.ends(Outcome::NotStarted(why.to_owned()), "");
    s.pass(1);
    s.keys("<enter>");
    assert!(
        s.text().contains("ssh-keygen") && s.text().contains("read why it did not start"),
        "{}",
        s.text()
    );
    s.keys("<enter>");
    assert!(s.text().contains("ssh-keygen"), "{}", s.text());
}

#[test]
fn what_is_only_owed_is_not_called_settled() {
    let mut s = small("phase Pre\n box a \"A\"\n box d \"Later\" due=48h\n");
    s.keys("<enter><enter>");
    s.pass(1);
    let seen = s.text();
    assert!(seen.contains("nothing holds the run open") && seen.contains("box 2"), "{seen}");
    assert!(!seen.contains("every box is settled"), "{seen}");
}
