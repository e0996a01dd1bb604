//! Neither a value nor a script of a step ever stands in the arguments of a process, where every user can read it.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gonogo::run::offer::Offer;

use super::rig::{Bench, facts, only_attempt, output, play};
use crate::support::temp::TempDir;

const BOOK: &str = "\
---
gonogo:
  vars:
    QUIET: {match: '.+'}
---

# Quiet

- [ ] It runs.

  ```sh name=run on=api
  : canary-of-the-script-5309
  for n in 1 2 3 4 5 6; do sleep 0.1234567; done
  echo \"$QUIET\" | wc -c
  ```

- [ ] It runs on.

  ```sh name=on on=api
  : canary-of-the-script-5309
  sleep 0.1234567
  ```
";

/// Reads the arguments and the environment's names of all processes until `end`; returns the arguments seen.
fn sample(end: &AtomicBool) -> (BTreeSet<String>, u32) {
    let (mut seen, mut rounds) = (BTreeSet::new(), 0);
    while !end.load(Ordering::Relaxed) {
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            if !line.is_empty() {
                seen.insert(String::from_utf8_lossy(&line).replace('\0', " "));
            }
        }
        rounds += 1;
    }
    (seen, rounds)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn arguments_hold_no_value_and_no_script() {
    let scratch = TempDir::new("cmdline");
    let bench = Bench::start(scratch.path()).await;
    let value = "canary-of-the-value-8675";
    let (mut driver, _held) = bench.open(BOOK, &[("QUIET", value)]).await;
    let (worker, mut inbox) = bench.worker();
    let end = Arc::new(AtomicBool::new(false));
    let theirs = end.clone();
    let sampler = std::thread::spawn(move || sample(&theirs));
    let offer = play(&mut driver, &worker, &mut inbox, "").await;
    end.store(true, Ordering::Relaxed);
    let (seen, rounds) = sampler.join().expect("a sample");
    assert_eq!(offer, Offer::Closed);
    let facts = facts(bench.session.log.path());
    let said = output(bench.session.log.path(), only_attempt(&facts, "run"));
    assert_eq!(String::from_utf8_lossy(&said).trim(), (value.len() + 1).to_string(), "the value was there");
    // What the script itself starts is seen, so a leak would have been.
    assert!(seen.iter().any(|line| line.contains("sleep 0.1234567")), "{rounds} rounds: {seen:?}");
    let leaks: Vec<_> = seen.iter().filter(|line| line.contains("canary-of-the")).collect();
    assert!(leaks.is_empty(), "{leaks:?}");
    bench.end().await;
}
