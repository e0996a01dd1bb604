//! What is said of an attempt that nobody saw begin: "never started" wants proof, and a directory that was made by
//! asking is none.

use gonogo::run::command::Action;
use gonogo::run::driver::{Driver, Effect};
use gonogo::run::event::Event;
use gonogo::run::fact::Probe;
use gonogo::run::offer::Offer;
use gonogo::runbook::ids::StepId;
use tokio::sync::mpsc;

use super::rig::{Bench, HOST, command, facts, play};
use crate::support::temp::TempDir;

const BOOK: &str =
    "# One\n\n- [ ] It runs.\n\n  ```sh name=one on=api\n  echo one >> \"${DEMO_ROOT:-.}/marks\"\n  ```\n";

/// Opens a run and records the intent of its step, which is then not sent: the process died in between.
async fn intended(bench: &Bench) -> Driver {
    let (mut driver, held) = bench.open(BOOK, &[]).await;
    let step = StepId("one".to_owned());
    let start = Action::Start { step, retry: false, confirmed: None, out_of_order: false };
    let effects = driver.submit(&command(start)).expect("it can start");
    let Some(Effect::Record { run, entries, .. }) = effects.into_iter().next() else { panic!("no record") };
    let recorded = bench.session.log.append(Some(&run), entries).await.expect("durable");
    let effects = driver.recorded(Ok(recorded));
    assert!(matches!(effects.as_slice(), [Effect::Exec(_)]), "{effects:?}");
    drop(held);
    bench.resume()
}

fn answers(bench: &Bench) -> Vec<Probe> {
    let facts = facts(bench.session.log.path());
    facts
        .iter()
        .filter_map(|f| match &f.event {
            Event::StepProbed(e) => Some(e.answer.clone()),
            _ => None,
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_made_by_asking_proves_nothing() {
    let scratch = TempDir::new("never");
    let bench = Bench::start(scratch.path()).await;
    intended(&bench).await;
    for asked in 1..=3 {
        let (worker, mut inbox) = bench.worker();
        let mut driver = bench.resume();
        let number = driver.run().attempts.keys().next().copied().expect("the attempt");
        assert_eq!(
            play(&mut driver, &worker, &mut inbox, "").await,
            Offer::Unknown(number),
            "asked {asked} times"
        );
        let answers = answers(&bench);
        assert_eq!(answers.len(), asked);
        assert!(answers.iter().all(|a| matches!(a, Probe::Unreachable(_))), "{answers:?}");
    }
    assert!(!bench.root.join("marks").exists());
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_that_was_there_proves_it() {
    let scratch = TempDir::new("never");
    let bench = Bench::start(scratch.path()).await;
    let mut driver = intended(&bench).await;
    // The process came as far as the host's directory.
    let attempt = driver.run().attempts.values().next().expect("the attempt").clone();
    let host = gonogo::exec::Host {
        name: HOST.to_owned(),
        user: gonogo::demo::USER.to_owned(),
        address: HOST.to_owned(),
        port: 22,
        identity: None,
        known_hosts: None,
        way: gonogo::exec::Way::default(),
        sudo: false,
    };
    let (events, _seen) = mpsc::channel(16);
    bench.engine.prepare(&host, &attempt.intent.dir, &events).await.expect("it is opened");
    bench.engine.disconnect().await;
    let (worker, mut inbox) = bench.worker();
    let offer = play(&mut driver, &worker, &mut inbox, "").await;
    assert!(matches!(&offer, Offer::Failed(step, _) if step.0 == "one"), "{offer:?}");
    assert!(driver.run().attempts.values().all(|a| a.never_started()));
    assert_eq!(answers(&bench), [Probe::NeverStarted], "and its number is used up");
    assert!(!bench.root.join("marks").exists());
    bench.end().await;
}
