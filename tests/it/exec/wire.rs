//! What `plan --wire` lists is what a host really receives, to the last byte, and nothing else is.

use std::collections::BTreeSet;

use gonogo::exec::terminal::Size;
use gonogo::exec::wrapper::{Wire, wire};
use gonogo::exec::{CancelRequest, End, Exit, Keep, Press, StepRequest, Terminal, VecSink};
use tokio::sync::mpsc;

use super::common::{follow, reference, run, seed, start, step, value};
use crate::support::memory_ssh::{Faults, MemoryHost, Shell};
use crate::support::temp::TempDir;

/// Returns what of the list `input` is: its end is the listed text, and what stands before are assignments.
fn named(list: &[Wire], input: &str) -> &'static str {
    let fits = list.iter().filter(|w| !w.command.is_empty() && input.ends_with(&w.text));
    let found =
        fits.max_by_key(|w| w.text.len()).unwrap_or_else(|| panic!("it is not on the list:\n{input}"));
    let before = input.strip_suffix(&found.text).expect("its end");
    assert!(before.is_empty() || before.ends_with("'\n"), "something stands between:\n{before}");
    found.name
}

#[tokio::test]
async fn a_host_receives_what_the_list_says_and_nothing_else() {
    let list = wire();
    let mut seen = BTreeSet::new();
    let mut within = BTreeSet::new();
    for shell in Shell::here() {
        let host = MemoryHost::start(shell);
        let engine = host.engine();
        let request = StepRequest { values: vec![value("TAG", "it's v1")], ..step(1, "echo \"$TAG\"\n") };
        assert_eq!(run(&engine, &host.host, request).await.code(), 0);
        let earlier = reference(&engine, &host.host, 1).await;
        engine.probe(&host.host, &earlier).await.expect("an answer");
        let mut background =
            start(&engine, &host.host, StepRequest { keep: Keep::File, ..step(2, "echo a; sleep 60") });
        background.printed(2).await;
        let (sender, _events) = mpsc::channel(64);
        let running = reference(&engine, &host.host, 2).await;
        let cancel = CancelRequest { step: running.clone(), grace_tenths: 20, all: true };
        engine.cancel(&host.host, &cancel, &sender).await;
        background.end().await;
        // What is asked after a cut line.
        follow(&engine, &host.host, &running, [0, 0]).await.ended();
        // A step in a terminal: the program as one line, and what is typed.
        let (keys, presses) = mpsc::channel(8);
        let size = Size { columns: 80, rows: 24 };
        let request = StepRequest { seed: seed(&host.host), save: false, ..step(3, "read -r x; exit 4\n") };
        keys.send(Press::Bytes(b"typed\r".to_vec().into())).await.expect("room");
        let end = engine
            .step_in_terminal(
                &host.host,
                request,
                None,
                Box::new(VecSink::default()),
                &sender,
                Terminal { size, presses },
            )
            .await;
        assert!(matches!(end, End::Ended(ended) if ended.exit == Exit::Code(4)), "{shell:?}");
        engine.sudo(&host.host, &seed(&host.host), &sender).await.expect("an answer");
        // Whether a system log listens on this machine is not for this test to say.
        drop(engine.witness(&host.host, "gonogo-head v1 x 1 y z r").await);
        engine.close(&host.host, &running.dir, true).await.expect("closed");
        let heard = host.heard();
        assert_eq!(heard.others, ["terminal xterm-256color 80x24", "variable LANG"], "{shell:?}");
        for (command, input) in &heard.commands {
            let input = String::from_utf8(input.clone()).expect("text");
            let terminal = list.iter().find(|w| w.name == "terminal").expect("it is on the list");
            let (before, after) = terminal.command.split_once("NONCE").expect("a place for the nonce");
            if let Some(nonce) = command.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)) {
                assert!(nonce.len() == 32 && nonce.bytes().all(|b| b.is_ascii_hexdigit()), "{nonce}");
                let (line, typed) = input.split_once('\n').expect("one line");
                assert_eq!(typed, "typed\r");
                let line = line.replace("\\\\", "\0").replace("\\n", "\n").replace('\0', "\\");
                assert_eq!(named(&list, &line), "step", "{shell:?}");
                seen.insert("terminal");
                continue;
            }
            let name = named(&list, &input);
            assert!(list.iter().any(|w| w.name == name && w.command == command), "{command}");
            seen.insert(name);
            // Inside a step the text that runs it is quoted, so its own quotes are escaped.
            for inner in list.iter().filter(|w| w.command.is_empty()) {
                let text = inner.text.strip_suffix("{ __g_main; }").unwrap_or(&inner.text);
                if name == "step" && input.contains(&text.replace('\'', "'\\''")) {
                    within.insert(inner.name);
                }
            }
        }
    }
    let names = |inner: bool| -> BTreeSet<_> {
        list.iter().filter(|w| w.command.is_empty() == inner).map(|w| w.name).collect()
    };
    assert_eq!(seen, names(false), "every listed program was sent");
    assert!(within.is_subset(&names(true)) && !within.is_empty(), "{within:?}");
}

/// A step that the line is cut under is asked for again with what is on the list.
#[tokio::test]
async fn a_reconnect_sends_what_the_list_says() {
    let list = wire();
    let host = MemoryHost::start(Shell::System);
    let engine = host.engine();
    host.set_faults(Faults { cut_after_output: Some(400), spare: 1, ..Faults::default() });
    let ran = run(&engine, &host.host, StepRequest { keep: Keep::File, ..step(1, "seq 1 2000\n") }).await;
    drop(ran);
    assert!(!seed(&host.host).is_empty());
    for (_, input) in host.heard().commands {
        // What a cut line left behind is the beginning of something listed.
        let input = String::from_utf8(input).expect("text");
        if input.ends_with("{ __g_main; }") {
            named(&list, &input);
        }
    }
}

/// What a bash step saves after `script`, by these texts and nothing else.
fn saved(texts: &str, script: &str) -> String {
    let dir = TempDir::new("saved");
    let at = |name: &str| dir.join(name);
    std::fs::write(at("1.cmd"), script).expect("written");
    let given = format!(
        "__g_u=022 __g_d='{}' __g_n=1 __g_load= __g_cd= __g_given= __g_secret= __g_long= __g_strict=1 __g_save=1 \
         __g_int= __g_kg=\n",
        dir.path().display()
    );
    std::fs::write(at("1.rt"), given + texts).expect("written");
    let mut bash = std::process::Command::new("bash");
    bash.arg(at("1.rt")).current_dir("/").env_clear().env("PATH", "/usr/bin:/bin");
    let end = bash.status().expect("bash starts");
    assert!(end.success(), "{end}");
    std::fs::read_to_string(at("1.st")).expect("a state")
}

/// Before version 5 bash has no expansion that tells a variable's attributes; what is saved is the same.
#[test]
fn the_way_of_older_bash_saves_the_same() {
    let list = wire();
    let text = |name| list.iter().find(|w| w.name == name).map(|w| w.text.clone()).expect("it is listed");
    let now = text("saving") + &text("in bash");
    let older = now.replace("${BASH_VERSINFO[0]} -ge 5 ", "${BASH_VERSINFO[0]} -ge 99 ");
    assert_ne!(now, older);
    let script = "readonly r=1; declare -ra list=(a b); declare -A map=([k]='v w'); readonly map; declare -i n=3\n\
                  declare -rx shown=yes; plain=$'a\\nb'; f() { echo \"$1\"; }; cd /usr\n";
    let state = saved(&now, script);
    assert_eq!(saved(&older, script), state);
    for line in
        ["declare -- r=\"1\"\n", "declare -x shown=\"yes\"\n", "declare -i n=\"3\"\n", "__g_cwd=\"/usr\"\n"]
    {
        assert!(state.contains(line), "{line:?} is missing in:\n{state}");
    }
    assert!(
        state.contains("declare -a list=([0]=\"a\" [1]=\"b\")") && state.contains("declare -A map="),
        "{state}"
    );
}

/// Runs the program that leaves a line with a system log, on this machine; returns what it said and what `logger` got.
fn witness(line: &str, listens: bool, fails: bool) -> (String, Option<String>) {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = TempDir::new("witness");
    let socket = dir.join("log");
    let _listening = listens.then(|| std::os::unix::net::UnixDatagram::bind(&socket).expect("a socket"));
    let got = dir.join("got");
    let end = if fails { "exit 3" } else { "exit 0" };
    let logger = format!("#!/bin/sh\nprintf '<%s>' \"$@\" > {}\n{end}\n", got.display());
    std::fs::write(dir.join("logger"), logger).expect("written");
    std::fs::set_permissions(dir.join("logger"), std::fs::Permissions::from_mode(0o755)).expect("changed");
    let text = wire().into_iter().find(|w| w.name == "witness").expect("it is listed").text;
    let quoted = line.replace('\'', "'\\''");
    let program = format!("__g_N=abc\n__g_line='{quoted}'\n__g_logs='/no/such {}'\n{text}", socket.display());
    let path = format!("{}:/usr/bin:/bin", dir.path().display());
    let out = std::process::Command::new("sh").arg("-c").arg(program).env("PATH", path).output().expect("sh");
    (String::from_utf8_lossy(&out.stderr).into_owned(), std::fs::read_to_string(got).ok())
}

#[test]
fn a_head_reaches_the_system_log_or_it_is_said_why_not() {
    let line = "gonogo-head v1 log 7 hash time run; $(reboot) 'x'";
    let (said, got) = witness(line, true, false);
    assert_eq!(said, "::gonogo:abc:witnessed\n");
    assert_eq!(got, Some(format!("<-t><gonogo><--><{line}>")));
    assert_eq!(witness(line, true, true).0, "::gonogo:abc:fail logger ended with 3\n");
    assert_eq!(witness(line, false, false), ("::gonogo:abc:fail no system log listens\n".to_owned(), None));
}
