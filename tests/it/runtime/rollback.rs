//! A migration fails in mid-release, the rollback is walked as a child run, and the old version answers again.

use std::path::Path;
use std::process::{Command, Stdio};

use gonogo::demo::world::World;
use gonogo::run::command::Action;
use gonogo::run::driver::Effect;
use gonogo::run::event::Event;
use gonogo::run::fact::{Entry, RunOutcome};
use gonogo::run::offer::Offer;
use gonogo::runtime::demo::Demo;
use gonogo::runtime::opening;

use super::rig::{command, layla, play, settle};
use crate::support::binary::{EXE, Sandbox, shown};

/// Returns what the API of `host` answers on its health endpoint.
fn health(world: &World, host: &str) -> String {
    let output = Command::new(world.bin().join("curl"))
        .args(["-s", "http://localhost/api/health"])
        .env_clear()
        .env("HOME", world.home(host))
        .env("PATH", world.bin())
        .env("DEMO_ROOT", world.root())
        .env("DEMO_HOST", host)
        .envs(world.env(host))
        .stdin(Stdio::null())
        .output()
        .expect("curl");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_migration_is_rolled_back() {
    let sandbox = Sandbox::new("rollback");
    // The release up to its failure, by the program itself.
    let args = ["demo", "--headless", "--fail", "migrate"];
    shown(sandbox.command(args).env("DEMO_SPEED", "0")).exits(1).says("migrate on api-1.demo");
    let root = sandbox.demo();
    let path = std::env::var_os("PATH").expect("PATH");
    let demo = Demo::start(&root, Path::new(EXE), &path, None, Some("0")).expect("the demo");
    let session = gonogo::runtime::session::Session::open(&root.join("log.db")).await.expect("the log");
    let reader = gonogo::audit::query::Reader::open(session.log.path()).expect("the log");
    let parent = reader.runs().expect("runs").pop().expect("a run").run;
    let folded = gonogo::runtime::resuming::fold(&reader, &parent).expect("it folds");
    let mut parent = gonogo::run::driver::Driver::new(folded.run);
    let (worker, mut inbox) = gonogo::runtime::worker::Worker::new(demo.engine.clone(), session.log.clone());

    let offer = play(&mut parent, &worker, &mut inbox, "demo").await;
    assert!(matches!(&offer, Offer::Failed(step, _) if step.0 == "migrate"), "{offer:?}");
    let asked = command(Action::OpenChild { in_box: None, out_of_order: false });
    let effects = parent.submit(&asked).expect("the rollback can be opened");
    let Some(Effect::OpenChild { who, in_box, link, out_of_order }) = effects.into_iter().next() else {
        panic!("no child is opened");
    };
    let log = session.log.clone();
    let opened = opening::open_child(log, parent.run().clone(), who, in_box, link, out_of_order).await;
    let (fact, child) = opened.expect("it opens");
    let entry = Entry { event: Event::ChildOpened(fact), chunk: None };
    let effects = parent.note_down(vec![entry]).expect("it is taken");
    settle(&mut parent, &worker, &mut inbox, effects).await;

    let mut child = gonogo::run::driver::Driver::new(*child);
    assert_eq!(child.run().values.get("PREVIOUS").map(String::as_str), Some("v1.0.6"));
    assert_eq!(child.run().values.get("SNAPSHOT").map(String::as_str), Some("snap-1001"));
    assert_eq!(child.run().values.get("MIGRATED"), None, "the release never came to say that");
    let mut offer = play(&mut child, &worker, &mut inbox, "demo").await;
    // Whether migrations ran decides whether the database is restored: asked, never assumed.
    assert_eq!(offer, Offer::Decide("MIGRATED".to_owned()));
    let (name, value) = ("MIGRATED".to_owned(), "yes".to_owned());
    let told = Action::SetValue { name, value, reason: "the failed migration changed the schema".to_owned() };
    let effects = child.submit(&command(told)).expect("a value can be given");
    settle(&mut child, &worker, &mut inbox, effects).await;
    offer = play(&mut child, &worker, &mut inbox, "demo").await;
    assert_eq!(offer, Offer::Closed, "{:?}", child.run().attempts.values().last().map(|a| a.ended_words()));
    assert_eq!(child.run().closed.as_ref().map(|(e, _)| e.outcome), Some(RunOutcome::Completed));
    let facts = parent.run().child_ended(child.run());
    let effects = parent.note_down(facts).expect("the parent is told");
    settle(&mut parent, &worker, &mut inbox, effects).await;
    assert_eq!(parent.run().closed.as_ref().map(|(e, _)| e.outcome), Some(RunOutcome::RolledBack));
    assert_eq!(parent.run().closed.as_ref().map(|(e, _)| e.who.name.clone()), Some(layla().name));

    let world = World::create(&root, Path::new(EXE)).expect("the world");
    for host in ["api-1", "api-2"] {
        let body = health(&world, host);
        assert!(body.contains("\"version\":\"v1.0.6\""), "{host}: {body}");
    }
    session.close("the test ends").await.expect("the log closes");
    demo.close().await.expect("no command is left");

    // Both runs stand in one record that tells the truth, and the program says the same from outside.
    let log = root.join("log.db");
    let of_log = |args: &[&str]| sandbox.run([&["--log", log.to_str().expect("text")], args].concat());
    of_log(&["verify"]).exits(0);
    let record = of_log(&["export", &parent.run().id]);
    record.exits(0).tells("rolled back").tells(&child.run().id).tells("migrate").tells("v1.0.6");
    let again = sandbox.run(["--log", log.to_str().expect("text"), "resume", &parent.run().id]);
    again.exits(2).says("is closed; see it with");
}
