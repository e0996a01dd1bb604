//! Nothing of a step is in a process list.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gonogo::exec::{Keep, StepRequest};

use super::common::{follow, reference, run, secret, start, step, value};
use crate::support::memory_ssh::{MemoryHost, Shell};

/// Reads every command line on this machine, again and again, until told to stop. After each round the file `seen` in
/// `home` is written anew: a step that waits for it twice was looked at while it ran.
fn sample(stop: Arc<AtomicBool>, home: PathBuf) -> std::thread::JoinHandle<HashSet<Vec<u8>>> {
    std::thread::spawn(move || {
        let mut seen = HashSet::new();
        while !stop.load(Ordering::SeqCst) {
            for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
                if let Ok(line) = std::fs::read(process.path().join("cmdline")) {
                    seen.insert(line);
                }
            }
            std::fs::write(home.join("seen"), "").unwrap_or_default();
        }
        seen
    })
}

/// Waits until the sampler has begun and ended a whole round.
const LOOKED: &str =
    "rm -f seen; until [ -e seen ]; do sleep 0.02; done; rm seen; until [ -e seen ]; do sleep 0.02; done";

#[tokio::test]
async fn no_command_line_shows_a_variable_a_secret_or_a_script() {
    if !std::path::Path::new("/proc/self/cmdline").exists() {
        return;
    }
    for shell in Shell::here() {
        let host = MemoryHost::start(shell);
        let engine = host.engine();
        let stop = Arc::new(AtomicBool::new(false));
        let sampler = sample(stop.clone(), host.home());
        for (number, keep) in [(1, Keep::Off), (2, Keep::Drain), (3, Keep::File)] {
            let request = StepRequest {
                keep,
                load: (number > 1).then(|| number - 1),
                values: vec![value("PLAIN", "v4lue-in-plain"), secret("TOKEN", "s3cr3t-v4lue")],
                ..step(number, &format!("export derived=der1ved; : scr1pt-text; {LOOKED}"))
            };
            assert_eq!(run(&engine, &host.host, request).await.code(), 0, "{shell:?}");
        }
        let mut background = start(
            &engine,
            &host.host,
            StepRequest { keep: Keep::File, ..step(4, &format!(": scr1pt-text; {LOOKED}")) },
        );
        background.started().await;
        host.cut();
        background.end().await;
        let found = reference(&engine, &host.host, 4).await;
        assert_eq!(follow(&engine, &host.host, &found, [0, 0]).await.code(), 0);
        stop.store(true, Ordering::SeqCst);
        let seen = sampler.join().expect("the sampler");
        let own = host.home().display().to_string();
        let ours = seen
            .iter()
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .filter(|line| line.contains(&own));
        assert!(ours.count() > 0, "{shell:?}: the sampler saw nothing");
        for line in &seen {
            let line = String::from_utf8_lossy(line);
            for word in ["v4lue-in-plain", "s3cr3t-v4lue", "der1ved", "scr1pt-text"] {
                assert!(!line.contains(word), "{shell:?}: {word} is shown by {line:?}");
            }
        }
    }
}
