//! A log that a group of accounts shares: made for it, of the right modes whatever the umask, and looked at each time.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use gonogo::audit::query::Reader;
use gonogo::audit::verify::{Verdict, verify};
use gonogo::run::event::Event;

use crate::it::cli::books::{THREE, signed, walk};
use crate::support::binary::{EXE, Sandbox, Shown, ended, until};
use crate::support::temp::TempDir;
use crate::support::unix_user::{UnixGroup, UnixUser};

/// Returns the group of this process.
fn own_group() -> String {
    rustix::process::getegid().as_raw().to_string()
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("changed");
}

/// Asserts that all below the directory are the group's, and returns how many files there are.
fn all_shared(directory: &Path, gid: u32) -> usize {
    let mut files = 0;
    let mut todo = vec![directory.to_owned()];
    while let Some(directory) = todo.pop() {
        let meta = fs::metadata(&directory).expect("there");
        assert_eq!((meta.mode() & 0o7777, meta.gid()), (0o2770, gid), "{}", directory.display());
        for entry in fs::read_dir(&directory).expect("read") {
            let path = entry.expect("an entry").path();
            let meta = fs::symlink_metadata(&path).expect("there");
            if meta.is_dir() {
                todo.push(path);
            } else if path.extension().is_none_or(|e| e != "md") {
                assert_eq!((meta.mode() & 0o7777, meta.gid()), (0o660, gid), "{}", path.display());
                files += 1;
            }
        }
    }
    files
}

#[test]
fn a_log_for_a_group_is_looked_at_each_time() {
    let sandbox = Sandbox::new("team");
    signed(&sandbox, "book.md", THREE);
    let (team, group) = (sandbox.path("team"), own_group());
    let log = team.join("log.db").display().to_string();
    let with = |args: &[&str]| sandbox.run([&["--log", &log], args].concat());
    let run = || with(&["run", "book.md", "--headless", "--answers", "answers.yaml"]);
    with(&["log", "init", "--group", "no-such-group"]).exits(2).only_says("there is no group no-such-group");
    assert!(!team.exists());
    with(&["log", "init", "--group", &group]).exits(0).tells("a log with the id ").says("GONOGO_LOG");
    with(&["log", "init", "--group", &group]).exits(2).only_says("is there already");
    run().exits(0);
    let gid = group.parse().expect("a number");
    // log, .lock, .reserve, .heads; locks are in a directory and go when they are given back.
    assert!(all_shared(&team, gid) >= 4);
    with(&["log", "info"]).exits(0).tells("mode 0660, shared by the group");
    with(&["verify"]).exits(0);
    // Everything that could let somebody else in, or another log in its place, is refused and changes nothing.
    let file = team.join("log.db");
    let heads = team.join("log.db.heads");
    for (spoilt, bits, back, says) in [
        (&file, 0o640, 0o660, "has not the mode 0660"),
        (&file, 0o666, 0o660, "has not the mode 0660"),
        (&heads, 0o600, 0o660, "has not the mode 0660"),
        (&team, 0o2775, 0o2770, "others may write to the log's directory"),
        (&team, 0o0770, 0o2770, "others may write to the log's directory"),
        (&team, 0o2700, 0o2770, "others may read or write it"),
    ] {
        mode(spoilt, bits);
        let before = sandbox.contents();
        let shown = run();
        shown.exits(5).only_says(says);
        sandbox.contents().unchanged_since(&before, &shown);
        mode(spoilt, back);
    }
    // A copy elsewhere is only read.
    with(&["log", "backup", "copy.db"]).exits(0);
    sandbox.run(["--log", "copy.db", "verify"]).exits(0);
    let shown =
        sandbox.run(["--log", "copy.db", "run", "book.md", "--headless", "--answers", "answers.yaml"]);
    shown.exits(5).only_says("it is the log of the group");
    // Rotation keeps it a group's.
    with(&["log", "rotate"]).exits(0);
    run().exits(0);
    assert_eq!(fs::metadata(team.join("log.db.1")).expect("kept").mode() & 0o777, 0o440);
    mode(&team.join("log.db.1"), 0o660);
    all_shared(&team, gid);
}

#[test]
fn a_groups_log_needs_a_directory_of_its_own_and_no_run_makes_one() {
    let sandbox = Sandbox::new("teamdir");
    signed(&sandbox, "book.md", THREE);
    let team = sandbox.path("team");
    fs::create_dir(&team).expect("made");
    fs::write(team.join("mine"), "x").expect("written");
    let init = ["--log", "team/log.db", "log", "init", "--group", &own_group()];
    sandbox.run(init).exits(5).only_says("it is not a new directory of yours");
    fs::remove_file(team.join("mine")).expect("removed");
    mode(&team, 0o2770);
    let shown = walk(&sandbox, "book.md", &["--log", "team/log.db"]);
    shown.exits(5).only_says("there is no log in this group's directory");
    assert!(!team.join("log.db").exists());
    // A private log that is moved there does not become a group's.
    walk(&sandbox, "book.md", &["--log", "own/log.db"]).exits(0);
    fs::copy(sandbox.path("own/log.db"), team.join("log.db")).expect("copied");
    mode(&team.join("log.db"), 0o660);
    let shown = walk(&sandbox, "book.md", &["--log", "team/log.db"]);
    shown.exits(5).only_says("was not made for a group");
    // Without a group it is a private one in a place of its own.
    sandbox.run(["--log", "alone/log.db", "log", "init"]).exits(0).tells("yours alone");
    assert_eq!(fs::metadata(sandbox.path("alone/log.db")).expect("made").mode() & 0o7777, 0o600);
}

/// A place that other accounts can enter, with the program and a runbook.
struct Shared {
    dir: TempDir,
    log: PathBuf,
}

impl Shared {
    fn new() -> Self {
        let dir = TempDir::new("accounts");
        mode(dir.path(), 0o755);
        fs::copy(EXE, dir.join("gonogo")).expect("copied");
        let sandbox = Sandbox::new("accounts-book");
        signed(&sandbox, "book.md", THREE);
        let wait = "# Wait\n\n- [ ] Wait. <!-- gonogo: id=wait wait=1h -->\n";
        for (name, text) in [
            ("book.md", THREE.to_owned()),
            ("answers.yaml", fs::read_to_string(sandbox.path("answers.yaml")).expect("read")),
            ("wait.md", wait.to_owned()),
        ] {
            fs::write(dir.join(name), text).expect("written");
        }
        signed(&sandbox, "wait.md", wait);
        fs::copy(sandbox.path("answers.yaml"), dir.join("wait.yaml")).expect("copied");
        for name in ["book.md", "answers.yaml", "wait.md", "wait.yaml"] {
            mode(&dir.join(name), 0o644);
        }
        let log = dir.join("team/log.db");
        Self { dir, log }
    }

    /// Returns the program as an account runs it, with a umask.
    fn command(&self, user: &UnixUser, umask: &str, args: &[&str]) -> Command {
        let mut command = Command::new("runuser");
        let script = format!("umask {umask}; exec \"$@\"");
        command
            .args(["-u", &user.name, "--", "sh", "-c", &script, "sh"])
            .arg(self.dir.join("gonogo"))
            .args(["--log".as_ref(), self.log.as_os_str()])
            .args(args)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").expect("PATH"))
            .env("HOME", user.home())
            .current_dir(self.dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, user: &UnixUser, umask: &str, args: &[&str]) -> Shown {
        let mut command = self.command(user, umask, args);
        let child = command.spawn().expect("it starts");
        ended(&command, child)
    }
}

#[test]
#[ignore = "needs root"]
fn two_accounts_append_to_one_log_and_a_third_cannot() {
    let (layla, omar, yusuf) =
        (UnixUser::with_shell("/bin/sh"), UnixUser::with_shell("/bin/sh"), UnixUser::with_shell("/bin/sh"));
    let group = UnixGroup::new(&[&layla, &omar]);
    let shared = Shared::new();
    let team = shared.dir.join("team");
    // Somebody who may, root here, makes the directory; the rest is for members.
    fs::create_dir(&team).expect("made");
    let uid = fs::metadata(layla.home()).expect("a home").uid();
    chown(&team, Some(uid), None).expect("given");
    shared.run(&layla, "077", &["log", "init", "--group", &group.name]).exits(0);
    let walk = ["run", "book.md", "--headless", "--answers", "answers.yaml", "--as"];
    // Both at once, with the narrowest and the widest umask.
    for _ in 0..3 {
        let start = |user: &UnixUser, umask, name| {
            let mut command = shared.command(user, umask, &[&walk[..], &[name]].concat());
            let child: Child = command.spawn().expect("it starts");
            (command, child)
        };
        let both = [start(&layla, "077", "layla"), start(&omar, "000", "omar")];
        for (command, child) in both {
            ended(&command, child).exits(0);
        }
    }
    // While omar has it open, what SQLite and the program keep beside it is the group's, too.
    let wait = ["run", "wait.md", "--headless", "--answers", "wait.yaml", "--as", "omar"];
    let mut command = shared.command(&omar, "077", &wait);
    let waiting = command.spawn().expect("it starts");
    until("it waits", || {
        let reader = Reader::open(&shared.log);
        reader.and_then(|r| r.about()).is_ok_and(|about| about.open == 1)
    });
    assert!(shared.dir.join("team/log.db-wal").exists());
    // log, -wal, -shm, .lock, .reserve, .heads, a session and a run.
    assert!(all_shared(&team, group.gid) >= 8);
    shared.run(&layla, "077", &[&walk[..], &["layla"]].concat()).exits(0);
    let inner = i32::try_from(waiting.id()).expect("a number");
    let pid = rustix::process::Pid::from_raw(inner).expect("a process");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("ended");
    let shown = ended(&command, waiting);
    assert!(!shown.status.success(), "{shown}");
    // Everybody's records are in it, it holds, and each session says whose it was.
    let report = verify(&shared.log).expect("readable");
    assert_eq!(report.chain(), Verdict::Holds, "{report}");
    let reader = Reader::open(&shared.log).expect("readable");
    let mut accounts = std::collections::BTreeSet::new();
    for found in reader.events(1, u32::MAX).expect("events") {
        if let gonogo::audit::codec::Fact::Known(Event::SessionOpened(session)) = found.fact {
            accounts.insert(session.os_user);
        }
    }
    assert_eq!(accounts, [layla.name.clone(), omar.name.clone()].into());
    assert_eq!(reader.runs().expect("runs").len(), 8);
    shared.run(&omar, "022", &["verify"]).exits(0);
    shared.run(&omar, "022", &["runs"]).exits(0).tells("Three boxes");
    // Not a member: nothing, and it says so.
    shared.run(&yusuf, "022", &[&walk[..], &["yusuf"]].concat()).exits(5);
    shared.run(&yusuf, "022", &["runs"]);
    // Another log in its place, by a member who may write the directory.
    let kept = team.join("kept.db");
    fs::rename(&shared.log, &kept).expect("moved");
    fs::copy(&kept, &shared.log).expect("copied");
    let uid = fs::metadata(omar.home()).expect("a home").uid();
    chown(&shared.log, Some(uid), Some(group.gid)).expect("given");
    mode(&shared.log, 0o660);
    let shown = shared.run(&layla, "022", &[&walk[..], &["layla"]].concat());
    shown.exits(5).only_says("was another log put in its place?");
    fs::rename(&kept, &shared.log).expect("moved back");
    chown(&shared.log, None, Some(0)).expect("given");
    shared
        .run(&layla, "022", &[&walk[..], &["layla"]].concat())
        .exits(5)
        .only_says("it belongs to the group 0");
    chown(&shared.log, None, Some(group.gid)).expect("given");
    // Only its owner rotates it.
    shared.run(&omar, "022", &["close", "r-", "--outcome", "abandoned", "--reason", "x", "--as", "omar"]);
    let open = reader.runs().expect("runs").into_iter().find(|run| run.closed.is_none());
    if let Some(run) = open {
        let close = ["close", &run.run, "--outcome", "abandoned", "--reason", "a test", "--as", "omar"];
        shared.run(&omar, "077", &close).exits(1);
    }
    drop(reader);
    shared.run(&omar, "077", &["log", "rotate"]).exits(5).only_says("it belongs to another user");
    shared.run(&layla, "077", &["log", "rotate"]).exits(0);
    shared.run(&omar, "077", &[&walk[..], &["omar"]].concat()).exits(0);
}

const TWO: &str = "\
---
gonogo:
  roles: {qa: omar, captain: layla}
---
# Two

## Pre

- [ ] Compared. <!-- gonogo: id=compared two-person -->

## During <!-- gonogo: go=qa,captain -->

- [ ] Deployed. <!-- gonogo: id=deployed -->
";

/// Without keys two people are two accounts; two names at one account are one person.
#[test]
#[ignore = "needs root"]
fn two_accounts_are_two_people_and_two_names_at_one_are_not() {
    let (layla, omar) = (UnixUser::with_shell("/bin/sh"), UnixUser::with_shell("/bin/sh"));
    let group = UnixGroup::new(&[&layla, &omar]);
    let shared = Shared::new();
    let sandbox = Sandbox::new("accounts-two");
    sandbox.write("two.md", TWO);
    for (name, text) in
        [("two.md", TWO.to_owned()), ("stop.yaml", sandbox.run(["answers", "two.md"]).exits(0).out.clone())]
    {
        fs::write(shared.dir.join(name), text).expect("written");
        mode(&shared.dir.join(name), 0o644);
    }
    let team = shared.dir.join("team");
    fs::create_dir(&team).expect("made");
    let uid = fs::metadata(layla.home()).expect("a home").uid();
    chown(&team, Some(uid), None).expect("given");
    shared.run(&layla, "077", &["log", "init", "--group", &group.name]).exits(0);
    let drive = |words: &[&str]| {
        shared.run(
            &layla,
            "077",
            &[words, &["--headless", "--answers", "stop.yaml", "--as", "layla"]].concat(),
        )
    };
    drive(&["run", "two.md"]).exits(9);
    let run = Reader::open(&shared.log).expect("a log").runs().expect("runs").pop().expect("a run").run;
    let says = |user: &UnixUser, words: &[&str], name: &str| {
        shared.run(user, "077", &[words, &["--as", name, "--yes"]].concat())
    };
    let sign = ["sign", &run, "compared"];
    says(&layla, &sign, "layla").exits(0).tells("signed by layla (typed)").tells("it wants a second person");
    says(&layla, &sign, "layla").exits(2).only_says("somebody else has to sign");
    let alone = says(&layla, &sign, "omar");
    alone.exits(2).only_says("two names at one account are one person");
    says(&omar, &sign, "layla").exits(2).only_says("has proven the name otherwise");
    let second = says(&omar, &sign, "omar");
    second.exits(0).tells("signed     layla (typed) at").tells("signed by omar (typed)");
    let vote = ["vote", &run, "during", "go"];
    says(&layla, &vote, "omar").exits(2).only_says("two names at one account are one person");
    says(&layla, &vote, "layla").exits(0).tells("the gate stays shut: qa absent");
    says(&omar, &vote, "omar").exits(0).tells("the gate is open: During");
    says(&layla, &["handover", &run, "--to", "omar"], "layla").exits(0);
    says(&omar, &["handover", &run, "--accept"], "omar").exits(0).tells("omar (typed) drives it now");
    says(&omar, &["sign", &run, "deployed"], "omar").exits(0);
    let close = ["close", &run, "--outcome", "completed", "--as", "omar"];
    shared.run(&omar, "077", &close).exits(0);
    let shown = shared.run(&layla, "077", &["show", &run]);
    shown.exits(0).tells("Compared.: layla (typed), then omar (typed)");
    assert_eq!(verify(&shared.log).expect("readable").chain(), Verdict::Holds);
}
