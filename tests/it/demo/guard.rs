//! The guard: whatever the end of the program, no command is left, and nothing else is touched.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use gonogo::demo::{DemoHosts, DemoId};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::temp::TempDir;

use super::rig::{Client, EXE, ROLE, Rig, alone, dir, eventually, eventually_here, pids, runs, setup};

/// Leaves processes behind in every way there is, each of which writes its id into a file of its own: five.
const LITTER: &str = "
    sleep 1000 & echo $! >plain.pid
    setsid sh -c 'echo $$ >session.pid; exec sleep 1000' </dev/null >/dev/null 2>&1 &
    (setsid sh -c '(echo $(exec sh -c \"echo \\$PPID\") >double.pid; sleep 1000) &' </dev/null >/dev/null 2>&1 &)
    P=$PATH; D=$PWD
    env -i $P/setsid $P/sh -c \"echo \\$\\$ >$D/bare.pid; exec $P/sleep 1000\" </dev/null >/dev/null 2>&1 &
    env -i $P/setsid $P/sh -c \"cd /; echo \\$\\$ >$D/root.pid; exec $P/sleep 1000\" </dev/null >/dev/null 2>&1 &
    wait";
const LITTERED: usize = 5;

/// A process of the user's own that works inside the demo directory. Ended with the test.
struct Bystander(Child);

impl Bystander {
    fn in_dir(dir: &Path) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", "cat >/dev/null; :"]).current_dir(dir).stdin(Stdio::piped());
        Self(command.spawn().unwrap())
    }

    fn lives(&self) -> bool {
        runs(self.0.id())
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().try_into().unwrap()).unwrap()
}

fn all_gone(pids: &[u32]) -> bool {
    pids.iter().all(|pid| !runs(*pid))
}

/// Starts `script` as the demo does.
fn launch(root: &Path, id: &DemoId, script: &str) -> Child {
    let bin = root.join("bin");
    let mut command = Command::new(EXE);
    command.arg("__demo-launch").arg(std::process::id().to_string()).arg(bin.join("sh")).arg(script);
    command.env_clear().env("PATH", &bin).env("GONOGO_DEMO_ID", id.as_str()).current_dir(root);
    command.stdin(Stdio::null()).spawn().unwrap()
}

#[test]
fn the_guard_ends_all_that_was_left_when_the_holder_of_its_pipe_is_killed() {
    let scratch = TempDir::new("demo");
    let root = scratch.path();
    setup(root);
    let id = DemoId::random().unwrap();
    // The driver's standard output is the only other end of the guard's pipe.
    let mut driver = Command::new("sleep").arg("1000").stdout(Stdio::piped()).spawn().unwrap();
    let pipe = driver.stdout.take().unwrap();
    let mut guard = Command::new(EXE)
        .args(["__demo-guard", id.as_str()])
        .process_group(0)
        .stdin(pipe)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    BufReader::new(guard.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    assert_eq!(ready, "ready\n");
    let mut child = launch(root, &id, LITTER);
    let other = DemoId::random().unwrap();
    let mut stranger = launch(root, &other, "exec sleep 1000");
    let bystander = Bystander::in_dir(root);
    let left = pids(root, LITTERED);
    assert!(left.iter().all(|pid| runs(*pid)));

    kill_process(pid(&driver), Signal::KILL).unwrap();
    driver.wait().unwrap();
    assert!(guard.wait().unwrap().success());
    assert!(all_gone(&left), "{left:?}");
    assert!(!runs(child.id()));
    child.wait().unwrap();
    assert!(bystander.lives(), "a shell of the user's own inside the directory");
    assert!(runs(stranger.id()), "a command of another demo");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

/// The program dies of SIGKILL: this test binary, started again, plays it.
#[test]
fn nothing_is_left_after_the_program_was_killed() {
    if let Some(root) = std::env::var_os(ROLE) {
        return hold_a_demo(Path::new(&root), LITTER);
    }
    let scratch = TempDir::new("demo");
    let root = dir(&scratch, "demo");
    let name = "it::demo::guard::nothing_is_left_after_the_program_was_killed";
    let mut program = alone(name, root.to_str().unwrap());
    let home = root.join("hosts/api-1/home");
    eventually_here("the demo has started", || home.exists() && program.try_wait().unwrap().is_none());
    let left = pids(&home, LITTERED);
    let bystander = Bystander::in_dir(&home);
    let guards = guards_of(program.id());
    assert_eq!(guards.len(), 1);
    kill_process(pid(&program), Signal::KILL).unwrap();
    program.wait().unwrap();
    eventually_here("every command has ended", || all_gone(&left));
    eventually_here("the guard has ended, too", || all_gone(&guards));
    assert!(bystander.lives());
    assert!(root.join("bin/sh").exists(), "the directory is kept");
}

/// Whoever kills the guard and then the program is still left with no command that the program started itself.
#[test]
fn without_a_guard_commands_die_with_the_program() {
    if let Some(root) = std::env::var_os(ROLE) {
        return hold_a_demo(Path::new(&root), "echo $$ >own.pid; exec sleep 1000");
    }
    let scratch = TempDir::new("demo");
    let root = dir(&scratch, "demo");
    let name = "it::demo::guard::without_a_guard_commands_die_with_the_program";
    let mut program = alone(name, root.to_str().unwrap());
    let home = root.join("hosts/api-1/home");
    eventually_here("the demo has started", || home.exists() && program.try_wait().unwrap().is_none());
    let left = pids(&home, 1);
    for guard in guards_of(program.id()) {
        kill_process(Pid::from_raw(guard.try_into().unwrap()).unwrap(), Signal::KILL).unwrap();
    }
    kill_process(pid(&program), Signal::KILL).unwrap();
    program.wait().unwrap();
    eventually_here("the kernel has ended the command", || all_gone(&left));
}

fn hold_a_demo(root: &Path, script: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let hosts = DemoHosts::start(&setup(root)).unwrap();
        let client = Client::open(&hosts, "api-1", gonogo::demo::USER, hosts.client_key()).await.unwrap();
        let channel = client.start(script).await;
        std::future::pending::<()>().await;
        drop(channel);
    });
}

/// The children of process `parent` that are guards.
fn guards_of(parent: u32) -> Vec<u32> {
    let all =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    all.filter(|pid: &u32| {
        let read = |file| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
        let parent = format!("\nPPid:\t{parent}\n");
        read("status").contains(&parent) && read("cmdline").contains("__demo-guard")
    })
    .collect()
}

#[tokio::test]
async fn an_ordinary_end_leaves_nothing() {
    let rig = Rig::new();
    let home = rig.home();
    let client = rig.connect().await;
    let _channel = client.start(LITTER).await;
    let left = tokio::task::spawn_blocking(move || pids(&home, LITTERED)).await.unwrap();
    rig.hosts.close().unwrap();
    assert!(all_gone(&left), "close returns when nothing is left: {left:?}");
    assert_eq!(rig.hosts.dial("api-1").unwrap_err().kind(), ErrorKind::HostUnreachable);
    rig.hosts.close().unwrap();
}

#[tokio::test]
async fn dropping_the_hosts_ends_their_commands_too() {
    let rig = Rig::new();
    let home = rig.home();
    let client = rig.connect().await;
    let _channel = client.start(LITTER).await;
    let left = tokio::task::spawn_blocking(move || pids(&home, LITTERED)).await.unwrap();
    drop(rig);
    assert!(all_gone(&left), "{left:?}");
}

#[tokio::test]
async fn a_killed_guard_does_not_matter_to_an_ordinary_end() {
    let scratch = TempDir::new("demo");
    let root = dir(&scratch, "demo");
    let name = "sleep 1000 & echo $! >one.pid; wait";
    let hosts = DemoHosts::start(&setup(&root)).unwrap();
    let client = Client::open(&hosts, "api-1", gonogo::demo::USER, hosts.client_key()).await.unwrap();
    let _channel = client.start(name).await;
    let file = root.join("hosts/api-1/home/one.pid");
    eventually("the command runs", || fs::read_to_string(&file).is_ok_and(|text| text.ends_with('\n'))).await;
    let left: u32 = fs::read_to_string(&file).unwrap().trim().parse().unwrap();
    let guard = guard_named(hosts.id());
    kill_process(Pid::from_raw(guard.try_into().unwrap()).unwrap(), Signal::KILL).unwrap();
    hosts.close().unwrap();
    assert!(!runs(left));
}

/// The guard of one start, found by its arguments.
fn guard_named(id: &DemoId) -> u32 {
    let found: Vec<u32> = guards_of(std::process::id())
        .into_iter()
        .filter(|pid| {
            fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|text| text.contains(id.as_str()))
        })
        .collect();
    assert_eq!(found.len(), 1);
    found[0]
}

#[test]
fn the_hidden_sub_commands_refuse_people() {
    let id = DemoId::random().unwrap();
    let run = |args: &[&str], id: Option<&str>| -> Output {
        let mut command = Command::new(EXE);
        command.args(args).env_remove("GONOGO_DEMO_ID").stdin(Stdio::null());
        command.envs(id.map(|id| ("GONOGO_DEMO_ID", id))).output().unwrap()
    };
    let me = std::process::id().to_string();
    for (args, id) in [
        (vec!["__demo-guard"], None),
        (vec!["__demo-guard", "abc"], None),
        // Standard input is no pipe.
        (vec!["__demo-guard", id.as_str()], None),
        (vec!["__demo-launch"], None),
        (vec!["__demo-launch", &me, "/bin/sh", "exit 0"], None),
        (vec!["__demo-launch", &me, "/bin/sh", "exit 0"], Some("abc")),
        (vec!["__demo-launch", &me, "/bin/sh"], Some(id.as_str())),
        // Not the parent.
        (vec!["__demo-launch", "1", "/bin/sh", "exit 0"], Some(id.as_str())),
    ] {
        let output = run(&args, id);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains("demo") && said.lines().count() == 1, "{args:?}: {said}");
    }
    assert_eq!(run(&["__demo-launch", &me, "/no/shell", "x"], Some(id.as_str())).status.code(), Some(126));
    assert_eq!(run(&["__demo-launch", &me, "/bin/sh", "exit 9"], Some(id.as_str())).status.code(), Some(9));
}
