//! A line that is cut under a step loses neither its output nor its end.

use gonogo::run::attempt::StepStatus;
use gonogo::run::event::Event;
use gonogo::run::fact::{Outcome, Seen};
use gonogo::run::offer::Offer;

use super::rig::{Bench, HOST, appears, facts, only_attempt, output, play};
use crate::support::temp::TempDir;

/// Prints a line every 50 ms and says on the host how far it is.
const CHATTY: &str = "\
# Chatty

- [ ] It talks.

  ```sh name=talk on=api
  n=1
  while [ $n -le 40 ]; do
    echo \"line $n of forty\"
    echo $n > \"$HOME/at-$n\"
    sleep 0.05
    n=$((n + 1))
  done
  echo done >&2
  ```
";

/// Skips the options that gonogo gives it, and becomes nobody.
const SUDO: &str =
    "#!/bin/sh\nwhile :; do case $1 in -S|-H) shift;; -p) shift 2;; *) break;; esac; done\nexec \"$@\"\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_survives_cut_lines() {
    survives("cut", CHATTY).await;
}

/// The same with `sudo`: it is asked after, and its output fetched, by the way that it was started on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_of_root_survives_cut_lines() {
    survives("cut-sudo", &CHATTY.replace("on=api", "on=api sudo")).await;
}

async fn survives(label: &str, book: &str) {
    let scratch = TempDir::new(label);
    let bench = Bench::start(scratch.path()).await;
    let sudo = bench.root.join("bin/sudo");
    // Where the machine has one, this is a link to it.
    std::fs::remove_file(&sudo).unwrap_or_default();
    std::fs::write(&sudo, SUDO).expect("written");
    std::fs::set_permissions(&sudo, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("changed");
    let (mut driver, _held) = bench.open(book, &[]).await;
    let (worker, mut inbox) = bench.worker();
    let home = bench.root.join("hosts").join(HOST).join("home");
    let hosts = bench.hosts.clone();
    let cuts = async {
        for at in ["at-8", "at-20", "at-30"] {
            appears(&home.join(at)).await;
            hosts.cut(HOST).expect("a line");
        }
    };
    let (offer, ()) = tokio::join!(play(&mut driver, &worker, &mut inbox, ""), cuts);
    assert_eq!(offer, Offer::Closed);
    let log = bench.session.log.path().to_owned();
    let facts = facts(&log);
    let number = only_attempt(&facts, "talk");
    let wanted: String = (1..=40).map(|n| format!("line {n} of forty\n")).collect();
    assert_eq!(String::from_utf8_lossy(&output(&log, number)), wanted);
    let finished = facts.iter().find_map(|f| match &f.event {
        Event::StepFinished(e) if e.number == number => Some(e),
        _ => None,
    });
    let finished = finished.expect("its end");
    assert_eq!((&finished.outcome, finished.seen), (&Outcome::Exited(0), Seen::Marker));
    assert_eq!(finished.stdout.bytes, wanted.len() as u64);
    assert_eq!(finished.stderr.bytes, 5);
    assert_eq!(driver.run().attempts[&number].status(), StepStatus::PassedByMarker);
    let root: Vec<bool> = facts
        .iter()
        .filter_map(|f| if let Event::HostConnected(e) = &f.event { Some(e.sudo) } else { None })
        .collect();
    assert_eq!(root, [book.contains("sudo")], "who was reached is on the record, once");
    bench.end().await;
}

/// The host is gone while the step runs and for good: nobody knows, and nobody pretends to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_dies_leaves_its_step_unknown() {
    let scratch = TempDir::new("dead");
    let bench = Bench::start(scratch.path()).await;
    let (mut driver, _held) = bench.open(CHATTY, &[]).await;
    let (worker, mut inbox) = bench.worker();
    let home = bench.root.join("hosts").join(HOST).join("home");
    let hosts = bench.hosts.clone();
    let death = async {
        appears(&home.join("at-8")).await;
        hosts.kill(HOST).expect("a host");
    };
    let (offer, ()) = tokio::join!(play(&mut driver, &worker, &mut inbox, ""), death);
    let facts = facts(bench.session.log.path());
    let number = only_attempt(&facts, "talk");
    assert_eq!(offer, Offer::Unknown(number));
    assert!(facts.iter().any(|f| matches!(f.event, Event::HostLost(_))));
    // It comes back, its commands went on meanwhile: asked again, it tells the end.
    hosts.cut(HOST).expect("a host");
    appears(&home.join("at-40")).await;
    let asked = || super::rig::command(gonogo::run::command::Action::Probe { number });
    while driver.run().unknown().next().is_some() {
        let effects = driver.submit(&asked()).expect("it can be asked");
        super::rig::settle(&mut driver, &worker, &mut inbox, effects).await;
    }
    assert_eq!(play(&mut driver, &worker, &mut inbox, "").await, Offer::Closed);
    let wanted: String = (1..=40).map(|n| format!("line {n} of forty\n")).collect();
    assert_eq!(String::from_utf8_lossy(&output(bench.session.log.path(), number)), wanted);
    assert_eq!(driver.run().attempts[&number].status(), StepStatus::PassedByMarker);
    bench.end().await;
}

/// The words of a sudo that wants a password, before and after the line was cut, are known for what they are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_sudo_is_told_from_what_was_said_before_the_cut_or_after_it() {
    for (n, (before, after)) in [("WORDS", ":"), (":", "WORDS")].into_iter().enumerate() {
        let script = format!(
            "# Sudo\n\n- [ ] It runs.\n\n  ```sh name=plain on=api\n  {before}\n  touch ~/waits\n  \
             until [ -e ~/go ]; do sleep 0.02; done\n  {after}\n  exit 1\n  ```\n"
        );
        let book = script.replace("WORDS", "echo 'sudo: a password is required' >&2");
        let scratch = TempDir::new(&format!("cut-plain-{n}"));
        let bench = Bench::start(scratch.path()).await;
        let (mut driver, _held) = bench.open(&book, &[]).await;
        let (worker, mut inbox) = bench.worker();
        let home = bench.root.join("hosts").join(HOST).join("home");
        let hosts = bench.hosts.clone();
        let cut = async {
            appears(&home.join("waits")).await;
            hosts.cut(HOST).expect("a line");
            std::fs::write(home.join("go"), "").expect("written");
        };
        tokio::join!(play(&mut driver, &worker, &mut inbox, ""), cut);
        let facts = facts(bench.session.log.path());
        let finished = facts.iter().find_map(|f| match &f.event {
            Event::StepFinished(e) => Some(e),
            _ => None,
        });
        let finished = finished.expect("its end");
        assert_eq!((&finished.outcome, finished.seen), (&Outcome::Exited(1), Seen::Marker));
        assert!(finished.remarks.iter().any(|words| words.contains("```sh sudo")), "{:?}", finished.remarks);
        bench.end().await;
    }
}
