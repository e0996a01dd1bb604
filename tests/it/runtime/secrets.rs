//! Secrets over SSH: what a host prints is redacted while it comes and when it is fetched again, and what it says, too.

use gonogo::run::event::Event;
use gonogo::run::fact::{Entry, NoteAdded};
use gonogo::run::offer::Offer;
use gonogo::runtime::vault::Vault;

use super::rig::{Bench, appears, facts, layla, only_attempt, output, play};
use crate::support::temp::TempDir;

const SECRETS: [(&str, &str); 2] = [("TOKEN", "t0ken-of-this-run"), ("KEY", "k3y \"of\"\nthis run")];

fn vault() -> Vault {
    let vault = Vault::default();
    for (name, value) in SECRETS {
        vault.put(name, value.to_owned().into(), false).expect("long enough");
    }
    vault
}

async fn bench(root: &std::path::Path) -> Bench {
    let mut bench = Bench::start(root).await;
    bench.session.log = bench.session.log.clone().guarded(vault());
    bench
}

const HEAD: &str = "---\ngonogo:\n  vars:\n    TOKEN: {secret: true, from: env}\n    KEY: {secret: true, from: env}\n---\n\n# Secrets\n\n";

/// A step that gets no secret, so that its host keeps its output, and that prints one all the same.
fn book() -> String {
    let script = [
        "a=t0ken-of",
        "printf \"one $a-\"",
        "touch \"$HOME/begun\"; until [ -e \"$HOME/go\" ]; do sleep 0.02; done",
        "printf 'this-run two\\n'; printf %s \"$a-this-run\" >&2",
    ];
    format!("{HEAD}- [ ] It runs.\n\n  ```sh name=leak on=api\n  {}\n  ```\n", script.join("\n  "))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn output_is_redacted_when_it_is_fetched_after_a_cut() {
    let scratch = TempDir::new("secrets-cut");
    let bench = bench(scratch.path()).await;
    let (mut driver, _held) = bench.open(&book(), &[]).await;
    let home = bench.root.join("hosts").join(super::rig::HOST).join("home");
    let (worker, mut inbox) = bench.worker();
    let (hosts, go) = (bench.hosts.clone(), home.join("go"));
    let begun = home.join("begun");
    let cut = async {
        appears(&begun).await;
        // In the middle of a value: its first half is held back and fetched again.
        hosts.cut(super::rig::HOST).expect("a line");
        std::fs::write(go, "").expect("a file");
    };
    let (offer, ()) = tokio::join!(play(&mut driver, &worker, &mut inbox, ""), cut);
    assert_eq!(offer, Offer::Closed);
    let log = bench.session.log.path();
    let number = only_attempt(&facts(log), "leak");
    assert_eq!(String::from_utf8_lossy(&output(log, number)), "one [secret TOKEN] two\n");
    let told: Vec<Event> = facts(log).into_iter().map(|fact| fact.event).collect();
    assert!(told.iter().any(|event| matches!(event, Event::StepUnknown(_))), "the line was cut: {told:?}");
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_gets_its_secrets_and_what_it_captures_holds_none() {
    let scratch = TempDir::new("secrets-given");
    let bench = bench(scratch.path()).await;
    let text = format!(
        "{HEAD}- [ ] It runs.\n\n  ```sh name=take on=api capture=SEEN\n  echo \"at $TOKEN with ${{#KEY}}\"\n  ```\n\n- [ ] It runs on.\n\n  ```sh name=after on=api\n  echo \"seen $SEEN\"; env | grep -c '^TOKEN=' || echo none; ls \"$HOME\"/.gonogo/*\n  ```\n"
    );
    let (mut driver, _held) = bench.open(&text, &[]).await;
    let (worker, mut inbox) = bench.worker();
    assert_eq!(play(&mut driver, &worker, &mut inbox, "").await, Offer::Closed);
    let log = bench.session.log.path();
    let facts = facts(log);
    let said = |step: &str| String::from_utf8_lossy(&output(log, only_attempt(&facts, step))).into_owned();
    assert_eq!(said("take"), "at [secret TOKEN] with 17\n");
    let after = said("after");
    assert!(after.starts_with("seen at [secret TOKEN] with 17\n0\nnone\n"), "{after}");
    let kept = format!("{}.out", only_attempt(&facts, "take"));
    assert!(!after.lines().any(|line| line.ends_with(&kept)), "the host kept the output: {after}");
    assert_eq!(driver.run().values.get("SEEN").map(String::as_str), Some("at [secret TOKEN] with 17"));
    assert!(!driver.run().values.contains_key("TOKEN"));
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_value_a_step_is_not_sent() {
    let scratch = TempDir::new("secrets-none");
    let bench = Bench::start(scratch.path()).await;
    let text = format!(
        "{HEAD}- [ ] It runs.\n\n  ```sh name=take on=api\n  touch \"$HOME/ran\"; echo $TOKEN\n  ```\n"
    );
    let (mut driver, _held) = bench.open(&text, &[]).await;
    let (worker, mut inbox) = bench.worker();
    let offer = play(&mut driver, &worker, &mut inbox, "").await;
    assert!(matches!(&offer, Offer::Failed(step, _) if step.0 == "take"), "{offer:?}");
    let attempt = driver.run().attempts.values().next().expect("an attempt");
    assert!(attempt.ended_words().contains("the secret TOKEN has no value"), "{}", attempt.ended_words());
    assert!(!bench.root.join("hosts").join(super::rig::HOST).join("home/ran").exists());
    bench.end().await;
}

/// `gonogo run` refuses such a runbook; here the values came later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_that_holds_a_value_is_neither_recorded_nor_sent() {
    let scratch = TempDir::new("secrets-script");
    let bench = bench(scratch.path()).await;
    let text = format!(
        "{HEAD}- [ ] It runs.\n\n  ```sh name=take on=api\n  touch \"$HOME/ran\"; : t0ken-of-this-run\n  ```\n"
    );
    let (mut driver, _held) = bench.open(&text, &[]).await;
    let (worker, mut inbox) = bench.worker();
    let offer = play(&mut driver, &worker, &mut inbox, "").await;
    assert!(matches!(&offer, Offer::Failed(step, _) if step.0 == "take"), "{offer:?}");
    let attempt = driver.run().attempts.values().next().expect("an attempt");
    assert!(attempt.ended_words().contains("would hold the value of a secret"), "{}", attempt.ended_words());
    assert!(
        attempt.intent.script.ends_with(": [secret TOKEN]\n")
            || attempt.intent.script.ends_with(": [secret TOKEN]")
    );
    assert!(!bench.root.join("hosts").join(super::rig::HOST).join("home/ran").exists());
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_word_of_a_fact_reaches_the_log_with_a_secret() {
    let scratch = TempDir::new("secrets-words");
    let bench = bench(scratch.path()).await;
    let (driver, _held) = bench.open(&format!("{HEAD}- [ ] Go.\n"), &[]).await;
    let text = "pasted dDBrZW4tb2YtdGhpcy1ydW4= and k3y \\\"of\\\"\\nthis run".to_owned();
    let note = Event::NoteAdded(NoteAdded { who: layla(), id: None, text, seen: None });
    let run = driver.run().id.clone();
    bench.session.log.append(Some(&run), vec![Entry { event: note, chunk: None }]).await.expect("durable");
    let facts = facts(bench.session.log.path());
    let note = facts.iter().find_map(|fact| match &fact.event {
        Event::NoteAdded(note) => Some(note.text.clone()),
        _ => None,
    });
    assert_eq!(note.as_deref(), Some("pasted [secret TOKEN]= and [secret KEY]"));
    drop(driver);
    bench.end().await;
}

#[test]
fn a_vault_shows_no_value() {
    let vault = vault();
    assert_eq!(format!("{vault:?}"), "{\"KEY\", \"TOKEN\"}");
    let short = vault.put("PIN", "s3cr3t".to_owned().into(), false).expect_err("too short");
    assert!(!format!("{short:?} {short}").contains("s3cr3t"));
    let nul = vault.put("PIN", "s3cr3t-with\0".to_owned().into(), false).expect_err("no variable holds it");
    assert!(!format!("{nul:?} {nul}").contains("s3cr3t"));
    let name = vault.put("UID", "s3cr3t-value".to_owned().into(), false).expect_err("the shell's own");
    assert!(!format!("{name:?} {name}").contains("s3cr3t"));
    assert!(!vault.has("PIN") && !vault.has("UID"));
}
