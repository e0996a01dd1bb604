//! Secrets over SSH: what a host prints is redacted while it comes and when it is fetched again, and what it says, too.

use gonogo::audit::query::Reader;
use gonogo::run::event::Event;
use gonogo::run::fact::{Entry, NoteAdded};
use gonogo::run::offer::Offer;
use gonogo::runtime::vault::Vault;
use gonogo::runtime::{clock, resuming};
use gonogo::tui::app::App;
use gonogo::tui::effect::Effect;
use gonogo::tui::input::Input;
use gonogo::tui::msg::{Msg, Output};
use gonogo::tui::shared::Opened;
use gonogo::tui::view;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::rig::{Bench, appears, facts, layla, only_attempt, output, play};
use crate::support::screen::{later, parse, settings, text};
use crate::support::secrets as sixty_four;
use crate::support::secrets::clean;
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

/// Returns everything that a screen of this size shows of the run, page by page; output comes from where `read` finds it.
fn frames(size: (u16, u16), opened: Opened, read: &dyn Fn(u32) -> Output) -> Vec<String> {
    let mut now = clock::now();
    let mut app = App::new(settings(size), vec![opened], now).expect("a run");
    let mut effects = app.start("");
    let mut frames = Vec::new();
    let pages = "<pgdn>".repeat(2 * 64 * 10 / usize::from(size.1.min(40)));
    for key in
        [None].into_iter().chain(parse(&format!("<up><up><tab><tab><home>{pages}")).into_iter().map(Some))
    {
        if let Some(key) = key {
            now = later(now, 1_000);
            effects.extend(app.update(Msg::Input(Input::Key(key), now)));
        }
        while let Some(effect) = effects.pop() {
            if let Effect::ReadOutput { number, .. } = effect {
                effects.extend(app.update(Msg::Output(read(number))));
            }
        }
        let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).expect("a terminal");
        terminal.draw(|frame| view::view(&app, frame)).expect("a frame");
        frames.push(text(terminal.backend().buffer()));
    }
    frames
}

/// What the screen draws of a step that prints 64 secrets in five encodings, while it has the output of this session and
/// after a resume, when it comes from the log: none of them, and a mark for each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_secrets_in_five_encodings_are_on_no_frame() {
    let scratch = TempDir::new("secrets-frames");
    let mut bench = Bench::start(scratch.path()).await;
    std::os::unix::fs::symlink("/usr/bin/base64", scratch.path().join("bin/base64")).expect("a link");
    let vault = Vault::default();
    for (name, value) in sixty_four::secrets() {
        vault.put(&name, value.into(), false).expect("long enough");
    }
    bench.session.log = bench.session.log.clone().guarded(vault);
    let declared: String = sixty_four::secrets()
        .iter()
        .map(|(name, _)| format!("    {name}: {{secret: true, from: env}}\n"))
        .collect();
    let script = sixty_four::printing().replace('\n', "\n  ");
    let book = format!(
        "---\ngonogo:\n  vars:\n{declared}---\n\n# Secrets\n\n- [ ] It runs.\n\n  ```sh name=print on=api\n  {script}\n  ```\n\n- [ ] Wait. <!-- gonogo: wait=1h -->\n"
    );
    let (mut driver, _held) = bench.open(&book, &[]).await;
    let (worker, mut inbox) = bench.worker();
    play(&mut driver, &worker, &mut inbox, "").await;
    let reader = Reader::open(bench.session.log.path()).expect("a log");
    let run = driver.run().id.clone();
    let opened = || {
        let folded = resuming::fold(&reader, &run).expect("it folds");
        Opened { run: folded.run, facts: folded.facts }
    };
    let number = only_attempt(&opened().facts, "print");
    assert!(worker.tails().knows(&run, number));
    let stored = bench.session.log.output(&run, number, 0).await.expect("output");
    let needles = sixty_four::needles();
    for (from, read) in [
        ("this session", &(|number| worker.tails().read(&run, number, 0)) as &dyn Fn(u32) -> Output),
        ("the log", &|_| stored.clone()),
    ] {
        for size in [(80, 24), (250, 60)] {
            let frames = frames(size, opened(), read);
            for frame in &frames {
                clean(&format!("a frame of {size:?} from {from}"), frame.as_bytes(), &needles);
                // What is longer than a line goes on in the next.
                let lines: String = frame.lines().map(str::trim).collect();
                clean(&format!("the lines of a frame of {size:?} from {from}"), lines.as_bytes(), &needles);
            }
            let all = frames.join("\n");
            for (name, _) in sixty_four::secrets() {
                assert!(
                    all.contains(&format!("[secret {name}]")),
                    "{name} was not drawn from {from} at {size:?}:\n{all}"
                );
            }
        }
    }
    drop(driver);
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
