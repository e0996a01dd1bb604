//! Blocks with `sudo` from the command line: planned, run, recorded, refused; with a stand-in on this machine and with the
//! real sudo on a real server.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use gonogo::run::event::Event;

use crate::it::cli::books::{facts, is_open, signed, walk};
use crate::support::binary::{Sandbox, Shown, shown};
use crate::support::sshd::Sshd;
use crate::support::unix_user::UnixUser;

const BOOK: &str = "\
---
gonogo: {environments: env.yaml}
---

# As root

- [ ] It is installed. <!-- gonogo: id=done -->

  ```sh name=before on=ON
  mkdir -p app; cd app; WHO=account
  ```

  ```sh name=install on=ON sudo
  echo \"as ${SUDO_USER-nobody} in ${PWD##*/}, ${WHO-no variable}, uid $(id -u)\"; WHO=root; cd /
  ```

  ```sh name=again on=ON sudo
  echo \"then in ${PWD##*/}, $WHO\"
  ```

  ```sh name=after on=ON
  echo \"last in ${PWD##*/}, $WHO, ${SUDO_USER-nobody}\"
  ```
";

/// A plain sudo inside a block.
const PLAIN: &str = "\
---
gonogo: {environments: env.yaml}
---

# Plain

- [ ] It is installed. <!-- gonogo: id=done -->

  ```sh name=plain on=ON
  sudo id -u
  ```
";

/// Runs `book` to its end with a `PATH` that begins with the sandbox's own programs.
fn here(sandbox: &Sandbox, args: &[&str]) -> Shown {
    let path = std::env::var("PATH").expect("PATH");
    let own = sandbox.path("bin").display().to_string();
    shown(sandbox.command(args).env("PATH", format!("{own}:{path}")))
}

/// Returns the record that the run left behind.
fn record(sandbox: &Sandbox) -> String {
    let state = fs::read_dir(sandbox.log().parent().expect("its directory")).expect("the state");
    let records = state.map(|entry| entry.expect("an entry").path());
    let records: Vec<_> = records.filter(|path| path.extension().is_some_and(|e| e == "md")).collect();
    assert_eq!(records.len(), 1, "{records:?}");
    fs::read_to_string(&records[0]).expect("read")
}

fn stand_in(sandbox: &Sandbox, text: &str) {
    let file = sandbox.write("bin/sudo", format!("#!/bin/sh\n{text}"));
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).expect("changed");
}

/// Skips the options that gonogo gives, and becomes nobody.
const LETS: &str = "while :; do case $1 in -S|-H) shift;; -p) shift 2;; *) break;; esac; done\nSUDO_USER=me exec env SUDO_USER=me \"$@\"\n";
const WANTS: &str =
    "printf %s \"$4\" | sed s/%p/me/ >&2; read -r line; echo 'sudo: no password was provided' >&2; exit 1\n";

#[test]
fn a_block_with_sudo_is_planned_run_and_recorded_as_root() {
    let sandbox = Sandbox::new("sudo");
    sandbox.write("env.yaml", "here:\n  hosts: {web: layla@127.0.0.1:1}\n");
    stand_in(&sandbox, LETS);
    signed(&sandbox, "book.md", &BOOK.replace("ON", "local"));
    let planned = here(&sandbox, &["plan", "book.md", "--env", "here", "--wire"]);
    planned
        .exits(0)
        .tells("step install on this machine")
        .tells("as root")
        .tells("exec sudo -S -H -p ::gonogo:NONCE:pw:%p: sh");
    here(&sandbox, &["outline", "book.md"]).exits(0).tells("as root");
    let args = ["run", "book.md", "--headless", "--answers", "answers.yaml", "--env", "here", "--trust"];
    let untrusted = here(&sandbox, &args[..args.len() - 1]);
    untrusted.exits(3).says("step install (line 13), as root:").says("step before (line 9):");
    let done = here(&sandbox, &args);
    done.exits(0).tells("> install on local as root");
    let uid = rustix::process::geteuid().as_raw();
    let record = record(&sandbox);
    for words in [
        format!("as me in app, no variable, uid {uid}\n"),
        "then in app, root\n".to_owned(),
        "last in app, account, nobody\n".to_owned(),
        "- as root, through sudo\n".to_owned(),
    ] {
        assert!(record.contains(&words), "{words}:\n{record}");
    }
    let sudo: Vec<bool> = facts(&sandbox)
        .iter()
        .filter_map(|f| if let Event::StepIntended(e) = &f.event { Some(e.sudo) } else { None })
        .collect();
    assert_eq!(sudo, [false, true, true, false]);
    let text = fs::read_dir(sandbox.path("../home/.gonogo")).map_or(0, |dir| dir.count());
    assert_eq!(text, 0, "both directories are removed");
    here(&sandbox, &["verify"]).exits(0);
}

#[test]
fn without_a_person_a_sudo_that_wants_a_password_starts_nothing() {
    let sandbox = Sandbox::new("sudo-headless");
    sandbox.write("env.yaml", "here:\n  hosts: {web: layla@127.0.0.1:1}\n");
    stand_in(&sandbox, WANTS);
    signed(&sandbox, "book.md", &BOOK.replace("ON", "local"));
    let args = ["run", "book.md", "--headless", "--answers", "answers.yaml", "--env", "here", "--trust"];
    let refused = here(&sandbox, &args);
    refused
        .exits(4)
        .says("install on local: not started: sudo on local wants the password of me, and there is nobody");
    assert!(is_open(&sandbox));
    // Allowed without one, it goes on where it stopped.
    stand_in(&sandbox, LETS);
    here(&sandbox, &["resume", "--headless", "--answers", "answers.yaml", "--trust"]).exits(0);
    assert!(record(&sandbox).contains("as me in app, no variable"), "{}", record(&sandbox));
}

#[test]
fn a_plain_sudo_that_wants_a_password_says_what_to_write() {
    let sandbox = Sandbox::new("sudo-plain");
    sandbox.write("env.yaml", "here:\n  hosts: {web: layla@127.0.0.1:1}\n");
    stand_in(&sandbox, "echo 'sudo: a terminal is required to read the password' >&2; exit 1\n");
    signed(&sandbox, "book.md", &PLAIN.replace("ON", "local"));
    let args = ["run", "book.md", "--headless", "--answers", "answers.yaml", "--env", "here", "--trust"];
    let failed = here(&sandbox, &args);
    failed.exits(1).says("write `sudo` behind the language of the code block (```sh sudo)");
    let remarks: Vec<String> = facts(&sandbox)
        .iter()
        .filter_map(|f| if let Event::StepFinished(e) = &f.event { Some(e.remarks.concat()) } else { None })
        .collect();
    assert!(remarks.iter().any(|words| words.contains("NOPASSWD")), "{remarks:?}");
}

/// Writes an environment with the server as its only host, reached as `user`.
fn environment(sandbox: &Sandbox, sshd: &Sshd, user: &UnixUser) {
    let known_hosts = sshd.known_hosts("host_ed25519");
    let text = format!(
        "here:\n  hosts:\n    web: [{{host: web-1, address: 127.0.0.1, user: {}, port: {}, identity: {}, known_hosts: {}}}]\n",
        user.name,
        sshd.port(),
        sshd.dir().join("user_ed25519").display(),
        known_hosts.display()
    );
    sandbox.write("env.yaml", text);
}

/// Returns the directories of root that the run had on hosts.
fn of_root(sandbox: &Sandbox) -> Vec<String> {
    let all = facts(sandbox);
    let seen = all.iter().filter_map(|f| if let Event::HostConnected(e) = &f.event { Some(e) } else { None });
    seen.filter(|e| e.sudo).map(|e| e.dir.clone()).collect()
}

#[test]
#[ignore = "needs root, sshd and sudo"]
fn a_run_becomes_root_on_a_real_server() {
    let (sandbox, sshd) = (Sandbox::new("sudo-real"), Sshd::start_with("ForceCommand none"));
    let user = UnixUser::new("battery staple", "USER ALL=(ALL:ALL) NOPASSWD: ALL");
    signed(&sandbox, "book.md", &BOOK.replace("ON", "web"));
    environment(&sandbox, &sshd, &user);
    let hosts = |word: &str| {
        let seen = sandbox.run(["hosts", "--env", "here", "--environments", "env.yaml", "--trust", "--json"]);
        seen.exits(0).tells(&format!("\"sudo\": \"{word}\""));
    };
    hosts("NOPASSWD");
    let done = walk(&sandbox, "book.md", &["--env", "here", "--trust"]);
    done.exits(0);
    let record = record(&sandbox);
    let first = format!("as {} in app, no variable, uid 0\n", user.name);
    for words in [first.as_str(), "then in app, root\n", "last in app, account, nobody\n"] {
        assert!(record.contains(words), "{words}:\n{record}");
    }
    let dirs = of_root(&sandbox);
    assert!(dirs.len() == 1 && dirs[0].starts_with("/root/.gonogo/"), "{dirs:?}");
    assert!(!fs::exists(&dirs[0]).expect("root looks"), "it is removed when the run is closed");
    sandbox.run(["verify"]).exits(0);

    user.sudoers("USER ALL=(ALL:ALL) ALL");
    hosts("password");
    let refused = walk(&sandbox, "book.md", &["--env", "here", "--trust"]);
    refused.exits(4).says("install on web-1: not started: sudo on web-1 wants the password of");
    // A plain sudo in a block.
    let sandbox = Sandbox::new("sudo-real-plain");
    signed(&sandbox, "book.md", &PLAIN.replace("ON", "web"));
    environment(&sandbox, &sshd, &user);
    walk(&sandbox, "book.md", &["--env", "here", "--trust"]).exits(1).says("(```sh sudo)");
}
