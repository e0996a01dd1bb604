//! A host that is new and a key that is encrypted, at a real server, by the keys of a person: asked one after the other,
//! the host key recorded, the passphrase nowhere.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use gonogo::audit::query::Reader;
use gonogo::run::event::Event;

use crate::support::pty::desk::{Desk, EXE};
use crate::support::pty::{CTRL_C, ENTER, Pty, Seen};
use crate::support::sshd::{Sshd, keygen};

const BOOK: &str = "# Asked\n\n- [ ] It runs.\n\n  ```sh name=one on=web\n  a=correct-horse; echo \"ran on the host, $a-battery\"\n  ```\n";
const PASSPHRASE: &str = "correct-horse-battery";

#[test]
#[ignore = "needs sshd"]
fn a_new_host_and_an_encrypted_key_are_asked_about_one_after_the_other() {
    let (desk, sshd) = (Desk::new(), Sshd::start());
    let (key, known) = (sshd.dir().join("user_ed25519"), desk.home().join("known_hosts"));
    keygen(&["-q", "-p", "-N", PASSPHRASE, "-P", "", "-f"], &key);
    let host = sshd.host(None);
    let environment = format!(
        "here:\n  hosts:\n    web: [{{host: web-1, address: 127.0.0.1, user: {}, port: {}, identity: {}, known_hosts: {}}}]\n",
        host.user,
        host.port,
        key.display(),
        known.display()
    );
    fs::write(desk.home().join("env.yaml"), environment).expect("written");
    fs::write(desk.home().join("book.md"), BOOK).expect("written");
    let args = [EXE, "run", "book.md", "--as", "layla", "--env", "here", "--environments", "env.yaml"];
    let mut pty = desk.start(args.iter().map(OsString::from).collect());
    pty.wait("the first screen", |seen| seen.taken() && seen.last().contains("q leave"));
    pty.press_for(ENTER, "New host key: web-1");
    pty.wait_for(&sshd.host_key().fingerprint());
    assert!(!known.exists(), "nothing is recorded before the answer");
    pty.read();
    pty.send("a");
    pty.wait_for("accept the key and record it");
    pty.enter();
    pty.wait_for("Passphrase for web-1");
    pty.read();
    pty.send(PASSPHRASE);
    pty.wait_for("typed, not shown");
    pty.enter();
    // What the step prints of it is hidden, too.
    pty.wait_for("ran on the host, [secret that was typed]");
    let line = fs::read_to_string(&known).expect("recorded");
    assert!(line.starts_with(&format!("[127.0.0.1]:{} ssh-ed25519 ", host.port)), "{line}");
    assert_eq!(fs::metadata(&known).expect("there").permissions().mode() & 0o777, 0o600);
    // Right after the step's end a key may not be taken for meant.
    pty.press("q", "the end", Seen::given_back);
    assert_eq!(pty.code(), 0);
    pty.assert_given_back();
    let bytes = String::from_utf8_lossy(&pty.bytes()).into_owned();
    assert!(!bytes.contains(PASSPHRASE), "it was shown");
    let log = fs::read(desk.home().join("state/gonogo/log.db")).expect("the log");
    assert!(!log.windows(PASSPHRASE.len()).any(|window| window == PASSPHRASE.as_bytes()), "it is in the log");
}

/// Writes an environment with these servers, none of whose keys is known, and one file for the keys of all.
fn strangers(desk: &Desk, servers: &[&Sshd]) {
    let entry = |(n, server): (usize, &&Sshd)| {
        let (host, home) = (server.host(None), desk.home().display());
        format!(
            "{{host: web-{n}, address: 127.0.0.1, user: {}, port: {}, identity: {}, known_hosts: {home}/known_hosts}}",
            host.user,
            host.port,
            servers[0].dir().join("user_ed25519").display()
        )
    };
    let entries: Vec<String> = servers.iter().enumerate().map(entry).collect();
    let text = format!("here:\n  hosts:\n    web: [{}]\n", entries.join(", "));
    fs::write(desk.home().join("env.yaml"), text).expect("written");
}

/// `gonogo hosts` in a terminal; its standard output goes to a file.
fn hosts(desk: &Desk, more: &str) -> Pty {
    let line = format!("exec \"$0\" hosts --environments env.yaml --env here {more} >out");
    desk.start(["sh", "-c", &line, EXE].iter().map(OsString::from).collect())
}

/// Answers the next question: about a host key, or for the passphrase.
fn answer(pty: &mut Pty, key: &str, passphrase: &str) {
    let last = |seen: &Seen| seen.text().trim_end().lines().last().unwrap_or_default().to_owned();
    pty.wait("a question", |seen| last(seen).ends_with("(not shown):") || last(seen).ends_with("without):"));
    let asked = last(&pty.seen());
    pty.send(if asked.ends_with("without):") { passphrase } else { key });
    pty.wait("it is taken", |seen| last(seen) != asked);
}

#[test]
#[ignore = "needs sshd"]
fn a_look_at_hosts_asks_what_a_run_would_ask_and_keeps_its_output_clean() {
    let desk = Desk::new();
    let (one, two) = (Sshd::start(), Sshd::start());
    let known = desk.home().join("known_hosts");
    // Both take the same key.
    fs::copy(one.dir().join("authorized"), two.dir().join("authorized")).expect("copied");
    keygen(&["-q", "-p", "-N", PASSPHRASE, "-P", "", "-f"], &one.dir().join("user_ed25519"));
    strangers(&desk, &[&one, &two]);
    let mut pty = hosts(&desk, "--trust --json");
    pty.wait_for("New host key: web-");
    let first = usize::from(pty.seen().has("New host key: web-1"));
    let server = [&one, &two][first];
    pty.wait_for(&server.host_key().fingerprint());
    pty.wait_for("1 only this time, r refuse");
    assert!(!known.exists(), "nothing is recorded before the answer");
    pty.send("yes\r");
    pty.wait_for("a, 1 or r, then Enter");
    pty.send("a\r");
    pty.wait_for("accepted");
    // One question at a time, in whatever order; the passphrase serves both.
    for _ in 0..2 {
        answer(&mut pty, "1\r", &format!("{PASSPHRASE}\r"));
    }
    assert_eq!(pty.code(), 0, "{}", pty.seen().text());
    assert!(pty.cooked());
    let sheet = fs::read_to_string(desk.home().join("out")).expect("the output");
    let sheet: serde_json::Value = serde_json::from_str(&sheet).expect("nothing but JSON");
    assert_eq!(sheet["ok"], true, "{sheet}");
    let of = |n: usize| &sheet["hosts"][n];
    let note = |n: usize| of(n)["notes"].to_string();
    assert!(of(first)["host_key"]["by"].as_str().expect("a line").ends_with("known_hosts:1"), "{sheet}");
    assert_eq!(of(1 - first)["host_key"]["by"], "accepted for this run");
    assert!((note(0) + &note(1)).contains("was accepted, recorded as"), "{sheet}");
    let lines = fs::read_to_string(&known).expect("recorded");
    assert!(
        lines.lines().count() == 1 && lines.starts_with(&format!("[127.0.0.1]:{} ", server.port())),
        "{lines}"
    );
    assert!(!String::from_utf8_lossy(&pty.bytes()).contains(PASSPHRASE), "it was shown");

    // What was for that time only is asked again, and refused.
    let mut pty = hosts(&desk, "--trust");
    for _ in 0..2 {
        answer(&mut pty, "r\r", "\x1b");
    }
    assert!(pty.seen().has(&format!("New host key: web-{}", 1 - first)));
    assert_eq!(pty.code(), 4, "{}", pty.seen().text());
    let shown = fs::read_to_string(desk.home().join("out")).expect("the output");
    assert!(
        shown.contains("was not accepted; nothing was sent") && shown.contains("passphrase was not given"),
        "{shown}"
    );
    assert_eq!(fs::read_to_string(&known).expect("there"), lines);
}

#[test]
#[ignore = "needs sshd"]
fn a_look_at_hosts_is_left_in_the_middle_of_a_question() {
    let (desk, sshd) = (Desk::new(), Sshd::start());
    strangers(&desk, &[&sshd]);
    for signal in [None, Some(rustix::process::Signal::TERM)] {
        let mut pty = hosts(&desk, "--trust");
        pty.wait_for("r refuse");
        assert!(!pty.cooked(), "what is typed is not shown");
        match signal {
            None => pty.send(CTRL_C),
            Some(signal) => pty.signal(signal),
        }
        assert_eq!(pty.code(), if signal.is_none() { 130 } else { 143 }, "{}", pty.seen().text());
        assert!(pty.cooked(), "the terminal is as before");
        assert!(!desk.home().join("known_hosts").exists());
        assert!(!sshd.log().contains("Accepted"), "nobody logged in");
    }
}

/// A name that leads elsewhere than when the run was opened: asked before the screen, accepted on the record or left.
#[test]
#[ignore = "needs sshd"]
fn a_host_that_moved_is_asked_about_before_the_screen() {
    let (desk, sshd) = (Desk::new(), Sshd::start());
    let (host, dir, home) = (sshd.host(None), sshd.dir().display().to_string(), desk.home());
    let config = |port: u16| {
        format!(
            "Host web-1\n HostName 127.0.0.1\n User {}\n Port {port}\n IdentityFile {dir}/user_ed25519\n \
             IdentitiesOnly yes\n UserKnownHostsFile {dir}/known_hosts_host_ed25519\n GlobalKnownHostsFile none\n",
            host.user
        )
    };
    fs::write(home.join("env.yaml"), "here:\n  ssh_config: ./ssh_config\n  hosts: {web: web-1}\n")
        .expect("written");
    fs::write(home.join("ssh_config"), config(1)).expect("written");
    fs::write(home.join("book.md"), BOOK).expect("written");
    let gonogo = |args: &str| {
        let args = args.split(' ').map(OsString::from);
        desk.start([EXE.into()].into_iter().chain(args).collect())
    };
    let screen = |seen: &Seen| seen.taken() && seen.last().contains("q leave");
    let repinned = || {
        let reader = Reader::open(&home.join("state/gonogo/log.db")).expect("a log");
        let run = reader.runs().expect("runs").remove(0).run;
        let events = reader.load(&run).expect("its facts").events;
        let all = events.into_iter().filter_map(|fact| match fact.event {
            Event::HostRepinned(e) => Some((e.who.name, e.before, e.pin.in_words())),
            _ => None,
        });
        all.collect::<Vec<_>>()
    };
    let mut pty = gonogo("run book.md --as layla --env here --environments env.yaml --trust");
    pty.wait("the first screen", screen);
    pty.press("q", "the end", Seen::given_back);
    assert_eq!(pty.code(), 0);
    fs::write(home.join("ssh_config"), config(host.port)).expect("written");
    let (was, is) = (format!("{}@127.0.0.1:1", host.user), format!("{}@127.0.0.1:{}", host.user, host.port));
    for accepts in [false, true] {
        let mut pty = gonogo("resume --as layla --trust");
        pty.wait_for("web-1 leads elsewhere than when run");
        pty.wait_for(&format!("  was  {was}"));
        pty.wait_for(&format!("  is   {is}"));
        pty.wait_for("send nothing to it:");
        assert_eq!(repinned(), [], "nothing is recorded before the answer");
        pty.send(if accepts { "y\r" } else { "\r" });
        pty.wait("the screen", screen);
        if accepts {
            pty.press_for(ENTER, "ran on the host");
        }
        pty.press("q", "the end", Seen::given_back);
        assert_eq!(pty.code(), 0);
        let want = accepts.then(|| ("layla".to_owned(), was.clone(), is.clone()));
        assert_eq!(repinned(), want.into_iter().collect::<Vec<_>>());
    }
    // It is what the run knows now.
    let mut pty = gonogo("resume --as layla --trust");
    pty.wait("the screen", screen);
    assert!(!String::from_utf8_lossy(&pty.bytes()).contains("leads elsewhere"));
    pty.press("q", "the end", Seen::given_back);
}
