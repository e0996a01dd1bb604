//! Secrets, through the built program: read before anything starts, given to steps, found nowhere afterwards.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gonogo::audit::query::Reader;
use gonogo::run::event::Event;

use crate::it::audit::tools::{at, close, open, run_closed, run_opened};
use crate::it::cli::books::{facts, only_run, signed, walk};
use crate::support::binary::{EXE, Sandbox, Shown, ended, shown, until};
use crate::support::secrets::{clean, needles, printing, secrets};

/// Runs the book headless with these variables in the environment.
fn walk_with(sandbox: &Sandbox, env: &[(&str, &str)], more: &[&str]) -> Shown {
    let args = [&["run", "book.md", "--headless", "--answers", "answers.yaml"], more].concat();
    shown(sandbox.command(args).envs(env.iter().copied()))
}

/// Returns a runbook with these secrets and one step on this machine.
fn book(secrets: &str, script: &str) -> String {
    let script = script.replace('\n', "\n  ");
    format!(
        "---\ngonogo:\n  vars:\n{secrets}---\n\n# Secrets\n\n- [ ] It runs. <!-- gonogo: id=run -->\n\n  ```sh name=go on=local\n  {script}\n  ```\n"
    )
}

const ENV: &str = "    TOKEN: {secret: true, from: env}\n";

#[test]
fn what_is_missing_is_said_before_anything_starts() {
    let sandbox = Sandbox::new("secret-missing");
    let secrets =
        format!("{ENV}    KEY: {{secret: true, from: env}}\n    PIN: {{secret: true, from: env}}\n");
    signed(&sandbox, "book.md", &book(&secrets, "echo $TOKEN $KEY $PIN"));
    let refused = walk_with(&sandbox, &[("KEY", "k3y-of-this-run")], &["--trust"]);
    refused.exits(2).only_says("these secrets have no value: TOKEN, PIN;");
    assert!(!refused.err.contains("k3y-of"), "{refused}");
    assert!(!sandbox.log().exists());
}

#[test]
fn a_short_secret_is_refused_unless_the_runbook_allows_it() {
    let sandbox = Sandbox::new("secret-short");
    signed(&sandbox, "book.md", &book(ENV, "echo \"$TOKEN\""));
    let refused = walk_with(&sandbox, &[("TOKEN", "7-bytes")], &["--trust"]);
    refused.exits(2).only_says("the value of TOKEN has fewer than 8 characters");
    assert!(!refused.err.contains("7-bytes") && !sandbox.log().exists(), "{refused}");

    let allowed = "    TOKEN: {secret: true, from: env, allow-short: true}\n";
    let script = "echo \"$TOKEN\"; url=\"x:$TOKEN@h\"";
    signed(&sandbox, "book.md", &book(allowed, script));
    let done = walk_with(&sandbox, &[("TOKEN", "7-bytes")], &["--trust"]);
    done.exits(0).says("the secret TOKEN is shorter than 8 characters: it is neither redacted nor carried");
    assert!(recorded(&sandbox).contains("7-bytes"), "it is in the record, as was said");
    let Some(Event::RunOpened(opened)) = facts(&sandbox).into_iter().map(|fact| fact.event).next() else {
        panic!("the run was opened");
    };
    assert!(opened.secrets.iter().all(|pin| pin.name == "TOKEN" && pin.from == "env" && pin.short));
    assert_eq!(opened.secrets.len(), 1);
}

#[test]
fn only_a_person_gives_what_is_prompted_for() {
    let sandbox = Sandbox::new("secret-prompt");
    let secrets = "    TOKEN: {secret: true, from: prompt}\n    KEY: {secret: true, from: command, command: touch ran}\n";
    signed(&sandbox, "book.md", &book(secrets, "echo $TOKEN $KEY"));
    walk(&sandbox, "book.md", &["--trust"]).exits(7).only_says("the secret TOKEN comes from a person");
    assert!(!sandbox.log().exists() && !sandbox.path("ran").exists());
}

#[test]
fn a_command_gives_its_output_without_the_last_line_end() {
    let sandbox = Sandbox::new("secret-command");
    let secret =
        |command: &str| format!("    TOKEN: {{secret: true, from: command, command: '{command}'}}\n");
    let script = "printf %s \"$TOKEN\" | od -An -tx1 | tr -d \" \\n\"";
    signed(
        &sandbox,
        "book.md",
        &book(&secret("printf \"%s-line\\n\\n\" t0ken; pwd >&2; pwd >where"), script),
    );
    let done = walk(&sandbox, "book.md", &["--trust"]);
    done.exits(0).says("secret TOKEN: running on this machine: printf");
    let hex: String = "t0ken-line\n".bytes().map(|byte| format!("{byte:02x}")).collect();
    assert!(recorded(&sandbox).contains(&hex), "{}", recorded(&sandbox));
    let place = fs::read_to_string(sandbox.path("where")).expect("it ran beside the runbook");
    assert_eq!(Path::new(place.trim()), fs::canonicalize(sandbox.path("")).expect("a path"));

    for (command, why) in [
        ("echo n0t-to-be-$((40 + 2)); exit 3", "exit status: 3"),
        ("echo n0t-to-be-$((40 + 2)); kill -9 $$", "signal: 9"),
        ("printf \"n0t-to-be-%s\\377\" 42", "not UTF-8"),
        ("yes n0t-to-be-$((40 + 2))", "more than 100 KiB"),
        ("printf %s 42", "fewer than 8 characters"),
    ] {
        let sandbox = Sandbox::new("secret-command-fails");
        signed(&sandbox, "book.md", &book(&secret(command), script));
        let refused = walk(&sandbox, "book.md", &["--trust"]);
        refused.exits(2).says(why);
        assert!(!refused.err.contains("n0t-to-be-42") && !sandbox.log().exists(), "{refused}");
    }
}

#[test]
fn a_secret_is_given_nowhere_else() {
    let sandbox = Sandbox::new("secret-given");
    let secrets = format!("{ENV}    URL: {{default: none}}\n");
    signed(&sandbox, "book.md", &book(&secrets, "echo $TOKEN $URL"));
    let env = [("TOKEN", "t0ken-of-this-run")];
    walk_with(&sandbox, &env, &["--trust", "--set", "TOKEN=x"]).exits(2).only_says("TOKEN is a secret");
    let refused = walk_with(&sandbox, &env, &["--trust", "--set", "URL=https://x:t0ken-of-this-run@h"]);
    refused.exits(2).only_says("the value of URL holds the value of a secret");
    assert!(!refused.err.contains("t0ken-of"), "{refused}");
    signed(&sandbox, "book.md", &book(&secrets, "echo $TOKEN\n: t0ken-of-this-run"));
    let refused = walk_with(&sandbox, &env, &["--trust"]);
    refused.exits(3).only_says("the value of a secret stands in the runbook itself").says("book.md:14:");
    assert!(!sandbox.log().exists());
}

#[test]
fn a_step_gets_the_secrets_that_it_names_and_hides_all() {
    let sandbox = Sandbox::new("secret-uses");
    let secrets = format!("{ENV}    KEY: {{secret: true, from: env}}\n");
    // The value of the one that it does not get comes from a file, as from a host's own configuration.
    let script = "echo \"has ${#TOKEN}\"; ulimit -c; env | grep -c '^KEY=' || echo none; cat \"$HOME/conf\"";
    signed(&sandbox, "book.md", &book(&secrets, script));
    fs::write(sandbox.path("../home/conf"), "key=k3y-of-this-run").expect("a file");
    let env = [("TOKEN", "t0ken-of-this-run"), ("KEY", "k3y-of-this-run"), ("OTHER", "0ther-of-gonogo")];
    walk_with(&sandbox, &env, &["--trust"]).exits(0);
    let all = recorded(&sandbox);
    assert!(all.contains("has 17\n0\n0\nnone\nkey=[secret KEY]"), "{all}");
    let intent = facts(&sandbox).into_iter().find_map(|fact| match fact.event {
        Event::StepIntended(intent) => Some(intent),
        _ => None,
    });
    let intent = intent.expect("it was started");
    assert!(intent.vars.contains(&"TOKEN".to_owned()) && !intent.vars.contains(&"KEY".to_owned()));
    assert!(!intent.keep, "the host keeps no output of a step that gets a secret");
}

#[test]
fn what_people_write_is_redacted_too() {
    let sandbox = Sandbox::new("secret-words");
    let text = format!(
        "{}\n- [ ] Told. <!-- gonogo: id=told value=WHERE -->\n- [ ] Left out. <!-- gonogo: id=out -->\n",
        book(ENV, "echo $TOKEN; exit 0")
    );
    signed(&sandbox, "book.md", &text);
    let answers = fs::read_to_string(sandbox.path("answers.yaml")).expect("answers");
    let answers = answers
        .replace(
            "told: {sign: true}",
            "told: {sign: true, value: at-t0ken-of-this-run, note: it is t0ken-of-this-run}",
        )
        .replace("out: {sign: true}", "out: {waive: the token t0ken-of-this-run is old}");
    assert_eq!(answers.matches("t0ken-of").count(), 3, "{answers}");
    sandbox.write("answers.yaml", answers);
    let done = walk_with(&sandbox, &[("TOKEN", "t0ken-of-this-run")], &["--trust"]);
    done.exits(0).tells("[-] Left out.: the token [secret TOKEN] is old");
    let all = recorded(&sandbox);
    assert!(all.contains("it is [secret TOKEN]") && all.contains("at-[secret TOKEN]"), "{all}");
    assert!(!all.contains("t0ken-of"), "{all}");
    let run = only_run(&sandbox);
    let record = sandbox.run(["export", &run]);
    record.exits(0).tells("the token \\[secret TOKEN\\] is old");
    assert!(!record.out.contains("t0ken-of"), "{record}");
}

/// Returns all that the log holds of the only run: facts and chunks, as text.
fn recorded(sandbox: &Sandbox) -> String {
    let reader = Reader::open(&sandbox.log()).expect("a log");
    let mut all = String::new();
    for run in reader.runs().expect("runs") {
        for fact in reader.load(&run.run).expect("facts").events {
            all.push_str(&format!("{:?}\n", fact.event));
            if matches!(fact.event, Event::RunOpened(_) | Event::StepOutput(_)) {
                all.push_str(&String::from_utf8_lossy(&reader.chunk(fact.seq).expect("a chunk")));
            }
        }
    }
    all
}

/// Prints each secret, then keeps a picture of the log's directory as it is while somebody writes into it.
fn prints(state: &Path) -> String {
    format!(
        "{}\nfor n in 1 2 3 4 5 6; do sleep 0.1234567; done\ncp -r '{}' seen-log",
        printing(),
        state.display()
    )
}

/// Returns all files below `dir`.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if path.is_file() {
            // Not the FIFOs of a step that runs.
            all.push(path);
        }
    }
    all
}

/// Reads the arguments of all processes until told to end.
fn sample(end: &AtomicBool) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    while !end.load(Ordering::Relaxed) {
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            seen.insert(String::from_utf8_lossy(&line).replace('\0', " "));
        }
    }
    seen
}

/// Every place that gonogo writes to: none of 64 secrets is there, however a step prints it.
#[test]
fn sixty_four_secrets_in_five_encodings_are_nowhere() {
    let sandbox = Sandbox::new("secret-nowhere");
    let secrets = secrets();
    let declared: String = secrets
        .iter()
        .map(|(name, _)| match name.as_str() {
            "S3" => format!(
                "    {name}: {{secret: true, from: command, command: 'printf \"%s\\\\n\" \"$THIRD\"'}}\n"
            ),
            _ => format!("    {name}: {{secret: true, from: env}}\n"),
        })
        .collect();
    // A second step starts from what the first one left, and fails, so that the run stays open.
    let state = sandbox.path("../state/gonogo");
    let text = book(&declared, &prints(&state))
        + "\n- [ ] It fails. <!-- gonogo: id=fails -->\n\n  ```sh name=break on=local\n  echo \"derived: ${derived-nothing}\"; echo \"$S5\" | sed -n 1,3p; ls -a \"$HOME/.gonogo\"/*; cp -r \"$HOME/.gonogo\" seen; exit 5\n  ```\n";
    signed(&sandbox, "book.md", &text);
    let stop = Arc::new(AtomicBool::new(false));
    let theirs = stop.clone();
    let sampler = std::thread::spawn(move || sample(&theirs));
    let args =
        ["run", "book.md", "--headless", "--answers", "answers.yaml", "--trust", "--debug", "debug.log"];
    let mut command = sandbox.command(args);
    command.envs(secrets.iter().filter(|(name, _)| name != "S3").cloned()).env("THIRD", &secrets[2].1);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let walked = ended(&command, child);
    stop.store(true, Ordering::Relaxed);
    let arguments = sampler.join().expect("a sample");
    walked.exits(1).tells("go on local: exit 0").tells("break on local: exit 5");

    let all = recorded(&sandbox);
    for (name, _) in &secrets {
        // Five encodings on two streams.
        assert!(all.matches(&format!("[secret {name}]")).count() >= 10, "{name}: {all}");
    }
    assert!(all.contains("derived: nothing"), "{all}");
    let needles = needles();
    assert!(needles.len() > 64 * 5);
    clean("the record", all.as_bytes(), &needles);
    clean("what was shown", format!("{}{}", walked.out, walked.err).as_bytes(), &needles);
    // Closed, handed on in every form, listed, and looked after.
    let run = only_run(&sandbox);
    let close = ["close", &run, "--outcome", "abandoned", "--reason", "a test", "--as", "omar"];
    sandbox.run(close).exits(1);
    enough_for_a_cache(&sandbox.log());
    let moved = sandbox.path("moved/log.db");
    fs::create_dir(sandbox.path("moved")).expect("a directory");
    for args in [
        vec!["export", &run],
        vec!["export", &run, "--format", "json"],
        vec!["export", &run, "--format", "bundle", "-o", "bundle"],
        vec!["show", &run],
        vec!["show", &run, "--json"],
        vec!["runs"],
        vec!["runs", "--json"],
        vec!["drills", "--json"],
        vec!["verify"],
        vec!["verify", "--json"],
        vec!["log", "info", "--json"],
        vec!["log", "info", "--ticket"],
        vec!["log", "backup", "backup.db"],
        vec!["log", "rotate"],
        vec!["log", "move", moved.to_str().expect("a path")],
    ] {
        let shown = sandbox.run(&args);
        shown.exits(0);
        clean(&args.join(" "), format!("{}{}", shown.out, shown.err).as_bytes(), &needles);
    }
    // The log and its newest part as they were while it was written, heads, locks, the record beside them, a bundle,
    // copies, the cache, the debug log, and the directories on the host, also as they were while the step ran.
    let found = files(&sandbox.path(".."));
    for place in [
        "seen-log/log.db-wal",
        "seen-log/log.db.heads",
        "gonogo/log.db.1",
        "moved/log.db",
        "backup.db",
        "bundle/record.md",
        "work/debug.log",
        "1.cmd",
    ] {
        assert!(found.iter().any(|path| path.ends_with(place)), "{place} is missing: {found:?}");
    }
    let cache = |path: &PathBuf| path.to_string_lossy().contains("/.cache/gonogo/runs-");
    assert!(found.iter().any(cache), "{found:?}");
    for path in found.iter().filter(|path| !path.ends_with("book.md") && !path.ends_with("answers.yaml")) {
        let bytes = fs::read(path).unwrap_or_default();
        // A reserve is megabytes of nothing.
        if bytes.iter().any(|byte| *byte != 0) {
            clean(&path.display().to_string(), &bytes, &needles);
        }
    }
    assert!(arguments.iter().any(|line| line.contains("sleep 0.1234567")), "{arguments:?}");
    clean("arguments", arguments.into_iter().collect::<Vec<_>>().join("\n").as_bytes(), &needles);
    sandbox.run(["--log", moved.to_str().expect("a path"), "verify"]).exits(0);
}

/// Opens and closes so many runs that a listing is worth a cache.
fn enough_for_a_cache(log: &Path) {
    let (writer, _, ended) = open(log);
    for n in 0..32 {
        let run = format!("more-{n}");
        writer.append(Some(&run), vec![run_opened("More"), run_closed()], at(n)).wait().expect("recorded");
    }
    close(writer, ended);
}

/// What gonogo does is told, and when; what hosts print, scripts and texts are not.
#[test]
fn a_debug_log_tells_what_was_done_and_no_traffic() {
    let sandbox = Sandbox::new("debug");
    signed(&sandbox, "book.md", &book(ENV, "echo printed-by-the-step $TOKEN; : in-the-script"));
    let env = [("TOKEN", "t0ken-of-this-run")];
    let options = ["--trust", "--debug", "debug.log"];
    walk_with(&sandbox, &env, &options).exits(0);
    let told = fs::read_to_string(sandbox.path("debug.log")).expect("a debug log");
    for words in [
        " gonogo: version ",
        " log: open: ",
        "core: run r-",
        ": record step.intended",
        ": start attempt 1, step go on local",
        "attempt 1 ended: Exited(0), seen by ",
        " durable as event ",
        " gonogo: done: Done",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    for words in ["printed-by-the-step", "in-the-script", "It runs", "t0ken-of"] {
        assert!(!told.contains(words), "{words}: {told}");
    }
    assert_eq!(fs::metadata(sandbox.path("debug.log")).expect("a file").permissions().mode() & 0o7777, 0o600);
    // What went wrong is there too, and the file goes on at its end.
    sandbox.run(["show", "r-none", "--debug", "debug.log"]).exits(2);
    let more = fs::read_to_string(sandbox.path("debug.log")).expect("a debug log");
    assert!(more.starts_with(&told) && more[told.len()..].contains("failed: no run in this log"), "{more}");
    for (name, why) in [("work", "cannot be written"), ("none/x", "cannot be written"), ("link", "cannot be")]
    {
        std::os::unix::fs::symlink(sandbox.path("debug.log"), sandbox.path("link")).unwrap_or_default();
        let path = if name == "work" { sandbox.path(".") } else { sandbox.path(name) };
        let shown = sandbox.run(["runs", "--debug", path.to_str().expect("a path")]);
        shown.exits(2).only_says("the debug log ").says(why);
    }
}

/// A crash leaves nothing of the memory on disk. The control shows whether this machine would.
#[test]
#[cfg(target_os = "linux")]
fn a_crash_leaves_no_core() {
    use std::os::unix::process::ExitStatusExt as _;
    let sandbox = Sandbox::new("core");
    signed(&sandbox, "book.md", "- [ ] Wait. <!-- gonogo: id=wait wait=1h -->\n");
    let crash = |program: &str, runs: &dyn Fn() -> bool| {
        let script = format!("ulimit -c unlimited; exec {program}");
        let mut command = sandbox.command_of(Path::new("sh"), ["-c", &script]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        until("it runs", || {
            let name = fs::read_to_string(format!("/proc/{}/comm", child.id())).unwrap_or_default();
            name.trim() != "sh" && runs()
        });
        let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).expect("a pid")).expect("a pid");
        rustix::process::kill_process(pid, rustix::process::Signal::ABORT).expect("it is there");
        child.wait().expect("it ends").core_dumped()
    };
    if !crash("sleep 1000", &|| true) {
        return;
    }
    let run = format!("{EXE} run book.md --headless --answers answers.yaml");
    let waits = || {
        sandbox.log().exists()
            && Reader::open(&sandbox.log()).and_then(|r| r.runs()).is_ok_and(|runs| !runs.is_empty())
            && facts(&sandbox).iter().any(|f| matches!(f.event, Event::WaitStarted(_)))
    };
    assert!(!crash(&run, &waits), "it left its memory on disk");
}
