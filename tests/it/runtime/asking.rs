//! A connection's question through the worker: the reply lets the step run, who accepted a key is on the record, and what
//! was typed is kept out of it.

use std::path::{Path, PathBuf};

use gonogo::exec::Stream;
use gonogo::exec::ssh::HostKeys;
use gonogo::run::command::Action;
use gonogo::run::event::Event;
use gonogo::run::fact::Outcome;
use gonogo::run::offer::Offer;
use gonogo::runtime::vault::Vault;
use gonogo::runtime::worker::Answer;

use super::rig::{Bench, command, facts, play};
use crate::support::binary::STUCK;
use crate::support::temp::TempDir;

/// A box with one step on the host.
const ASKED: &str = "# Asked\n\n- [ ] It runs.\n\n  ```sh name=one on=api\n  echo ran\n  ```\n";

/// Starts a bench in `root` that knows no host, and returns it with the file in which it would record one.
async fn knows_nobody(root: &Path) -> (Bench, PathBuf) {
    let mut bench = Bench::start(root).await;
    let known = root.join("known_hosts");
    bench.judge(HostKeys::Files(vec![known.clone()]));
    (bench, known)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accepted_host_key_is_recorded_before_the_connection_and_the_step_runs() {
    let scratch = TempDir::new("asking");
    let (bench, known) = knows_nobody(scratch.path()).await;
    let (mut driver, _held) = bench.open(ASKED, &[]).await;
    let (worker, mut inbox) = bench.worker();
    worker.sit();
    assert_eq!(play(&mut driver, &worker, &mut inbox, "").await, Offer::Closed);
    let events: Vec<Event> = facts(bench.session.log.path()).into_iter().map(|fact| fact.event).collect();
    let at = |wanted: &str| events.iter().position(|event| event.kind() == wanted).expect(wanted);
    assert!(at("step.intended") < at("host.key_accepted") && at("host.key_accepted") < at("host.connected"));
    let Event::HostKeyAccepted(accepted) = &events[at("host.key_accepted")] else { panic!("{events:?}") };
    assert_eq!(accepted.who.as_ref().map(|who| who.name.as_str()), Some("layla"));
    assert_eq!(accepted.recorded.as_deref(), Some(format!("{}:1", known.display()).as_str()));
    let Event::HostConnected(connected) = &events[at("host.connected")] else { panic!("{events:?}") };
    assert_eq!(connected.fingerprint, accepted.fingerprint);
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_person_a_new_host_key_is_refused() {
    let scratch = TempDir::new("asking-nobody");
    let (bench, known) = knows_nobody(scratch.path()).await;
    let (mut driver, _held) = bench.open(ASKED, &[]).await;
    let (worker, mut inbox) = bench.worker();
    assert_ne!(play(&mut driver, &worker, &mut inbox, "").await, Offer::Closed);
    let events: Vec<Event> = facts(bench.session.log.path()).into_iter().map(|fact| fact.event).collect();
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::HostKeyRefused(e) if e.why.contains("is not known")))
    );
    assert!(!events.iter().any(|event| matches!(event, Event::HostConnected(_))) && !known.exists());
    bench.end().await;
}

/// Cancelled while a person is asked, the step is not started: the question goes at once, and nobody has to answer it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancel_withdraws_the_question_of_its_step() {
    let scratch = TempDir::new("asking-cancel");
    let (bench, known) = knows_nobody(scratch.path()).await;
    let (mut driver, _held) = bench.open(ASKED, &[]).await;
    let (worker, mut inbox) = bench.worker();
    worker.sit();
    let (_, offer) = driver.run().attention(gonogo::runtime::clock::now().wall);
    let Offer::Start(step) = offer else { panic!("{offer:?}") };
    let start = Action::Start { step, retry: false, confirmed: None, out_of_order: false };
    let mut effects = driver.submit(&command(start)).expect("it starts");
    let (mut asked, mut withdrawn) = (None, None);
    loop {
        effects.drain(..).for_each(|effect| worker.perform(driver.run(), effect));
        if driver.idle() && withdrawn.is_some() {
            break;
        }
        let answer =
            tokio::time::timeout(STUCK, inbox.recv()).await.expect("stuck").expect("the tasks go on");
        match answer {
            Answer::Recorded { result, .. } => {
                effects = driver.recorded(Ok(result.expect("the log takes it")))
            }
            Answer::Report { report, at, .. } => effects = driver.report(report, at),
            Answer::Asked { asked: question, .. } => {
                asked = Some(question.id);
                effects = driver.submit(&command(Action::Cancel { numbers: vec![1] })).expect("it is taken");
            }
            Answer::Withdrawn(id) => withdrawn = Some(id),
            _ => {}
        }
    }
    assert!(asked.is_some() && asked == withdrawn, "{asked:?} {withdrawn:?}");
    let events: Vec<Event> = facts(bench.session.log.path()).into_iter().map(|fact| fact.event).collect();
    let ends = events.iter().filter_map(|event| match event {
        Event::StepFinished(end) => Some(&end.outcome),
        _ => None,
    });
    let ends: Vec<_> = ends.collect();
    assert!(
        matches!(ends.as_slice(), [Outcome::NotStarted(why)] if why.contains("cancelled before anything")),
        "{ends:?}"
    );
    assert!(!events.iter().any(|event| matches!(event, Event::HostConnected(_) | Event::HostKeyRefused(_))));
    assert!(!known.exists());
    bench.end().await;
}

#[test]
fn what_was_typed_is_kept_out_of_everything() {
    let vault = Vault::default();
    // A step is asked for before its host wants a passphrase.
    let (mut early, mut seen) = (vault.filter(), Vec::new());
    vault.hide("pass".to_owned().into());
    assert_eq!(vault.text("all pass"), "all pass", "too short to be told from other words");
    vault.hide("correct horse battery".to_owned().into());
    assert_eq!(vault.text("it is correct horse battery!"), "it is [secret that was typed]!");
    early.push(Stream::Stdout, b"a correct horse ", &mut seen);
    early.push(Stream::Stdout, b"battery, ", &mut seen);
    early.finish(Stream::Stdout, &mut seen);
    assert_eq!(String::from_utf8_lossy(&seen), "a [secret that was typed], ");
    assert!(!format!("{vault:?}").contains("horse"));
    vault.put("TOKEN", "t0ken-of-this-run".to_owned().into(), false).expect("long enough");
    assert_eq!(
        vault.text("correct horse battery t0ken-of-this-run"),
        "[secret that was typed] [secret TOKEN]"
    );
    assert!(vault.values(&["that was typed".to_owned()]).is_err(), "no step gets it");
}
