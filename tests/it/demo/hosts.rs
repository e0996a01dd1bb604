//! Commands over SSH on demo hosts: output, ends, input, signals, who may come in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::sync::Arc;

use gonogo::demo::{DemoError, DemoHosts, ExitOrder, HostPlan, Setup, USER};
use russh::ChannelMsg;
use russh::Sig;
use russh::keys::key::safe_rng;
use russh::keys::{Algorithm, PrivateKey};

use crate::support::temp::TempDir;

use super::rig::{Client, ROLE, Rig, alone, answered, eventually, line, runs, setup, told, within};

#[tokio::test]
async fn a_command_says_its_output_its_errors_and_its_exit_code() {
    let rig = Rig::new();
    let told = rig.run("echo out; echo err >&2; exit 7").await;
    assert_eq!((told.out(), told.err(), told.status), ("out\n", "err\n", Some(7)));
    assert_eq!(told.order.last(), Some(&"close"));
    assert_eq!(rig.run("true").await.status, Some(0));
}

#[tokio::test]
async fn a_command_that_dies_of_a_signal_says_which() {
    let rig = Rig::new();
    let told = rig.run("kill -KILL $$").await;
    assert_eq!((told.status, told.signal.as_deref()), (None, Some("KILL")));
    assert_eq!(rig.run("kill -TERM $$").await.signal.as_deref(), Some("TERM"));
}

#[tokio::test]
async fn hosts_stay_up_for_many_commands_on_one_connection() {
    let rig = Rig::new();
    let client = rig.connect().await;
    for number in 0..30 {
        assert_eq!(client.run(&format!("exit {number}")).await.status, Some(number));
    }
}

#[tokio::test]
async fn five_megabytes_go_in_and_come_back_unchanged() {
    let rig = Rig::new();
    let mut word: u32 = 1;
    let data: Vec<u8> = std::iter::repeat_with(|| {
        word = word.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        word.to_be_bytes()[0]
    })
    .take(5 << 20)
    .collect();
    let (mut read, write) = rig.connect().await.start("cat; cat </dev/null; exit 4").await.split();
    let sent = data.clone();
    let sender = tokio::spawn(async move {
        write.data(&sent[..]).await.unwrap();
        write.eof().await.unwrap();
        write
    });
    let (mut back, mut status) = (Vec::new(), None);
    while let Some(message) = within(read.wait()).await {
        match message {
            ChannelMsg::Data { data } => back.extend_from_slice(&data),
            ChannelMsg::ExitStatus { exit_status } => status = Some(exit_status),
            _ => {}
        }
    }
    drop(sender.await.unwrap());
    assert!(back == data, "{} bytes came back", back.len());
    assert_eq!(status, Some(4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_outputs_can_be_long_at_once() {
    let rig = Rig::new();
    let told = rig.run("head -c 2000000 /dev/zero & head -c 3000000 /dev/zero >&2; wait").await;
    assert_eq!((told.out.len(), told.err.len(), told.status), (2_000_000, 3_000_000, Some(0)));
}

#[tokio::test]
async fn more_input_than_may_wait_closes_the_channel_and_not_the_connection() {
    let rig = Rig::new();
    let client = rig.connect().await;
    let channel = client.start("sleep 1000").await;
    let (mut read, write) = channel.split();
    let sender = tokio::spawn(async move {
        let megabyte = vec![0; 1 << 20];
        while write.data(&megabyte[..]).await.is_ok() {}
    });
    let mut err = Vec::new();
    while let Some(message) = within(read.wait()).await {
        if let ChannelMsg::ExtendedData { data, .. } = message {
            err.extend_from_slice(&data);
        }
    }
    sender.abort();
    assert!(String::from_utf8_lossy(&err).contains("too much input"), "{err:?}");
    assert_eq!(client.run("echo still here").await.out(), "still here\n");
}

#[tokio::test]
async fn a_signal_request_reaches_the_whole_group() {
    let rig = Rig::new();
    let mut channel = rig.connect().await.start("sleep 1000 & echo $!; wait").await;
    let sleeper = line(&mut channel).await.parse().unwrap();
    assert!(runs(sleeper));
    channel.signal(Sig::TERM).await.unwrap();
    let told = told(channel).await;
    assert_eq!(told.signal.as_deref(), Some("TERM"));
    eventually("the background command ends, too", || !runs(sleeper)).await;
}

#[tokio::test]
async fn a_second_command_can_end_the_group_of_the_first() {
    let rig = Rig::new();
    let client = rig.connect().await;
    let mut channel = client.start("echo $$; sleep 1000 | cat").await;
    let group = line(&mut channel).await;
    // The form that dash, bash and busybox all understand.
    assert_eq!(client.run(&format!("kill -TERM -{group}")).await.status, Some(0));
    let told = told(channel).await;
    assert_eq!(told.signal.as_deref(), Some("TERM"));
}

#[tokio::test]
async fn a_command_leads_a_session_of_its_own_in_its_home() {
    let rig = Rig::new();
    let told = rig.run("echo $$; cat /proc/$$/stat; pwd").await;
    let mut lines = told.out().lines();
    let pid = lines.next().unwrap();
    let stat = lines.next().unwrap().rsplit_once(") ").unwrap().1;
    let fields: Vec<&str> = stat.split(' ').collect();
    assert_eq!((fields[2], fields[3]), (pid, pid), "group and session: {stat}");
    assert_eq!(lines.next(), rig.home().to_str());
}

#[tokio::test]
async fn a_command_inherits_three_descriptors() {
    let rig = Rig::new();
    let told = rig.run("for fd in /proc/$$/fd/*; do readlink $fd; done").await;
    let mut left: Vec<&str> = told.out().lines().collect();
    // What this process was started with and could not close is handed on, as every program does.
    for handed_on in inheritable() {
        left.retain(|target| *target != handed_on);
    }
    assert_eq!(left.len(), 3, "{left:?}");
    assert!(left.iter().all(|target| target.starts_with("pipe:")), "{left:?}");
}

/// The targets of this process's own descriptors above 2 that stay open in programs that it starts.
fn inheritable() -> Vec<String> {
    let fds = fs::read_dir("/proc/self/fd").unwrap().filter_map(|fd| fd.ok()?.file_name().into_string().ok());
    let stays = |fd: &String| {
        let info = fs::read_to_string(format!("/proc/self/fdinfo/{fd}")).unwrap_or_default();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
        let flags = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok()).unwrap_or(0o2_000_000);
        fd.parse::<u32>().unwrap() > 2 && flags & 0o2_000_000 == 0
    };
    let links = fds.filter(stays).filter_map(|fd| fs::read_link(format!("/proc/self/fd/{fd}")).ok());
    links.map(|link| link.to_string_lossy().into_owned()).collect()
}

#[tokio::test]
async fn the_environment_is_the_demos_and_nothing_else() {
    let rig = Rig::new();
    let told = rig.run("env").await;
    let pairs: BTreeMap<&str, &str> = told.out().lines().filter_map(|line| line.split_once('=')).collect();
    let text = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    let expected = [
        ("API_DIR", "/srv/api".to_owned()),
        ("DEMO_HOST", "api-1".to_owned()),
        ("DEMO_ROOT", text(&rig.root)),
        ("GIT_CONFIG_GLOBAL", "/dev/null".to_owned()),
        ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
        ("GIT_TERMINAL_PROMPT", "0".to_owned()),
        ("GONOGO_DEMO_ID", rig.hosts.id().as_str().to_owned()),
        ("HOME", text(&rig.home())),
        ("LOGNAME", USER.to_owned()),
        ("PATH", text(&rig.root.join("bin"))),
        ("SHELL", "sh".to_owned()),
        ("TMPDIR", text(&rig.root.join("hosts/api-1/tmp"))),
        ("USER", USER.to_owned()),
    ];
    for (name, value) in &expected {
        assert_eq!(pairs.get(name), Some(&value.as_str()), "{name}");
    }
    // What shells add on their own.
    let shell = ["PWD", "OLDPWD", "SHLVL", "_"];
    let names: BTreeSet<&str> = pairs.keys().copied().filter(|name| !shell.contains(name)).collect();
    assert_eq!(names, expected.iter().map(|(name, _)| *name).collect());
}

#[tokio::test]
async fn a_client_may_set_the_locale_only() {
    let rig = Rig::new();
    let mut channel = rig.connect().await.channel().await;
    channel.set_env(true, "LC_TIME", "ar_EG.UTF-8").await.unwrap();
    assert!(answered(&mut channel).await);
    channel.set_env(true, "PATH", "/usr/bin").await.unwrap();
    assert!(!answered(&mut channel).await);
    channel.exec(true, "echo $LC_TIME $PATH").await.unwrap();
    assert!(answered(&mut channel).await);
    let bin = rig.root.join("bin");
    assert_eq!(told(channel).await.out(), format!("ar_EG.UTF-8 {}\n", bin.display()));
}

#[tokio::test]
async fn an_unknown_command_is_not_found_and_never_the_machines_own() {
    let rig = Rig::new();
    for name in ["systemctl", "docker", "ssh", "no-such-thing"] {
        let told = rig.run(&format!("{name} stop everything")).await;
        assert_eq!(told.status, Some(127), "{name}");
        assert!(told.err().contains("not found"), "{name}: {}", told.err());
    }
}

#[tokio::test]
async fn shells_without_a_terminal_and_subsystems_are_refused() {
    let rig = Rig::new();
    let client = rig.connect().await;
    let mut channel = client.channel().await;
    channel.request_shell(true).await.unwrap();
    assert!(!answered(&mut channel).await);
    channel.request_subsystem(true, "sftp").await.unwrap();
    assert!(!answered(&mut channel).await);
    channel.exec(true, "cat").await.unwrap();
    assert!(answered(&mut channel).await, "the channel is still good");
    channel.exec(true, "true").await.unwrap();
    assert!(!answered(&mut channel).await, "one command a channel");
}

/// What was heard on a channel so far.
#[derive(Default)]
struct Said {
    text: String,
    status: Option<u32>,
}

impl Said {
    /// Reads on until what was said holds `text`; without one to the end.
    async fn until(&mut self, channel: &mut russh::Channel<russh::client::Msg>, text: Option<&str>) {
        while text.is_none_or(|text| !self.text.contains(text)) {
            match channel.wait().await {
                Some(ChannelMsg::Data { data }) => self.text.push_str(&String::from_utf8_lossy(&data)),
                // It may come before the last words.
                Some(ChannelMsg::ExitStatus { exit_status }) => self.status = Some(exit_status),
                Some(_) => {}
                None => {
                    assert!(text.is_none(), "it ended with {:?}", self.text);
                    return;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_command_gets_a_terminal_that_can_be_resized_and_hangs_up() {
    let rig = Rig::new();
    let client = rig.connect().await;
    let mut channel = client.channel().await;
    channel.request_pty(true, "xterm-256color", 80, 24, 0, 0, &[]).await.unwrap();
    assert!(answered(&mut channel).await);
    let script = "stty size; trap 'stty size; exit 3' WINCH; tty; while :; do sleep 0.02; done";
    channel.exec(true, script).await.unwrap();
    let mut said = Said::default();
    said.until(&mut channel, Some("/dev/pts/")).await;
    assert!(said.text.starts_with("24 80\r\n"), "{:?}", said.text);
    channel.window_change(132, 50, 0, 0).await.unwrap();
    said.until(&mut channel, Some("50 132")).await;
    said.until(&mut channel, None).await;
    assert_eq!(said.status, Some(3));
}

#[tokio::test]
async fn a_shell_in_a_terminal_names_its_host_and_reads_what_is_typed() {
    let rig = Rig::new();
    let client = rig.connect().await;
    let mut channel = client.channel().await;
    channel.request_pty(true, "xterm-256color", 80, 24, 0, 0, &[]).await.unwrap();
    assert!(answered(&mut channel).await);
    channel.request_shell(true).await.unwrap();
    let mut said = Said::default();
    said.until(&mut channel, Some("deploy@api-1")).await;
    channel.data(&b"echo $((6*7)); exit 4\r"[..]).await.unwrap();
    said.until(&mut channel, Some("42")).await;
    said.until(&mut channel, None).await;
    assert_eq!(said.status, Some(4));
}

#[tokio::test]
async fn only_the_key_of_this_start_and_the_one_user_are_let_in() {
    let rig = Rig::new();
    let stranger = PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519).unwrap();
    assert!(Client::open(&rig.hosts, "api-1", USER, Arc::new(stranger)).await.is_none());
    assert!(Client::open(&rig.hosts, "api-1", "root", rig.hosts.client_key()).await.is_none());
    assert!(Client::open(&rig.hosts, "web-1", USER, rig.hosts.client_key()).await.is_some());
    assert_ne!(rig.hosts.host_key("api-1"), rig.hosts.host_key("web-1"));
}

#[tokio::test]
async fn a_connection_carries_ten_channels() {
    let rig = Rig::new();
    let client = rig.connect().await;
    let mut open = Vec::new();
    for _ in 0..10 {
        open.push(client.start("cat").await);
    }
    assert!(within(client.0.channel_open_session()).await.is_err());
    let channel = open.pop().unwrap();
    channel.eof().await.unwrap();
    assert_eq!(told(channel).await.status, Some(0));
    assert_eq!(client.run("exit 3").await.status, Some(3), "a finished command makes room");
}

#[tokio::test]
async fn the_order_of_the_last_words_can_be_forced() {
    for (order, expected) in [
        (ExitOrder::StatusFirst, ["data", "status", "eof", "close"]),
        (ExitOrder::EofFirst, ["data", "eof", "status", "close"]),
    ] {
        let rig = Rig::with(order);
        let client = rig.connect().await;
        for _ in 0..5 {
            let told = client.run("echo a; exit 2").await;
            // Data and status race on their own; a status cannot overtake all that follows it.
            let words: Vec<_> = told.order.iter().filter(|word| **word != "data").collect();
            assert_eq!(words, expected.iter().skip(1).collect::<Vec<_>>(), "{order:?}");
            assert_eq!(told.out(), "a\n");
        }
    }
}

#[tokio::test]
async fn output_of_a_child_that_is_left_behind_arrives_before_the_close() {
    let rig = Rig::new();
    let client = rig.connect().await;
    let channel = client.start("(read -r _; echo late) <&0 & exit 3").await;
    channel.data(&b"go\n"[..]).await.unwrap();
    let told = told(channel).await;
    assert_eq!((told.out(), told.status), ("late\n", Some(3)));
}

#[tokio::test]
async fn a_cut_line_leaves_a_silent_command_running() {
    let rig = Rig::new();
    let client = rig.connect().await;
    let mut channel = client.start("echo ready; until [ -e go ]; do sleep 0.01; done; echo done >done").await;
    assert_eq!(line(&mut channel).await, "ready");
    rig.hosts.cut("api-1").unwrap();
    let told = told(channel).await;
    assert_eq!((told.status, told.signal), (None, None), "no word about the end");
    fs::write(rig.home().join("go"), "").unwrap();
    let done = rig.home().join("done");
    eventually("the command has gone on", || done.exists()).await;
    assert_eq!(rig.run("cat done").await.out(), "done\n");
}

#[tokio::test]
async fn a_killed_host_answers_nobody_until_it_is_back() {
    let rig = Rig::new();
    let client = rig.connect().await;
    let channel = client.start("cat").await;
    rig.hosts.kill("api-1").unwrap();
    assert_eq!(told(channel).await.status, None);
    eventually("the client notices", || client.0.is_closed()).await;
    assert_eq!(rig.hosts.dial("api-1").unwrap_err().kind(), ErrorKind::HostUnreachable);
    assert!(rig.hosts.dial("web-1").is_ok());
    rig.hosts.cut("api-1").unwrap();
    assert_eq!(rig.run("echo back").await.out(), "back\n");
    assert_eq!(rig.hosts.dial("db-9").unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn bad_names_and_places_are_refused_before_anything_starts() {
    let scratch = TempDir::new("demo");
    let good = setup(scratch.path());
    for name in ["", "a/b", "..", "Api", "a b"] {
        let hosts = vec![HostPlan { name: name.to_owned(), env: Vec::new() }];
        let error = DemoHosts::start(&Setup { hosts, ..good.clone() }).unwrap_err();
        assert!(matches!(error, DemoError::HostName(_)), "{name}: {error}");
    }
    let twice = vec![good.hosts[0].clone(), good.hosts[0].clone()];
    let error = DemoHosts::start(&Setup { hosts: twice, ..good.clone() }).unwrap_err();
    assert!(error.to_string().contains("each needs its own"), "{error}");
    let root = scratch.path().join("missing");
    let error = DemoHosts::start(&Setup { root, ..good.clone() }).unwrap_err();
    assert!(matches!(error, DemoError::Directory { .. }), "{error}");
    let error = DemoHosts::start(&Setup { exe: "/bin/false".into(), ..good }).unwrap_err();
    assert!(matches!(error, DemoError::Guard(_)), "{error}");
}

#[test]
fn outside_a_runtime_the_hosts_say_so() {
    let scratch = TempDir::new("demo");
    let error = DemoHosts::start(&setup(scratch.path())).unwrap_err();
    assert!(matches!(error, DemoError::NoRuntime), "{error}");
}

/// Runs alone in a process of its own, because other tests of this binary may listen.
#[test]
fn nothing_listens_while_hosts_work() {
    if std::env::var_os(ROLE).is_none() {
        let ran =
            alone("it::demo::hosts::nothing_listens_while_hosts_work", "alone").wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let rig = Rig::new();
        let client = rig.connect().await;
        let mut channel = client.start("echo up; cat").await;
        assert_eq!(line(&mut channel).await, "up");
        let ours = own_sockets();
        for table in ["tcp", "tcp6", "udp", "udp6", "raw", "raw6"] {
            let text = fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default();
            let inodes: BTreeSet<&str> =
                text.lines().skip(1).filter_map(|l| l.split_whitespace().nth(9)).collect();
            assert!(ours.iter().all(|inode| !inodes.contains(inode.as_str())), "{table}: {ours:?}");
        }
        let unix = fs::read_to_string("/proc/net/unix").unwrap();
        for fields in unix.lines().skip(1).map(|l| l.split_whitespace().collect::<Vec<_>>()) {
            let (flags, inode) = (fields[3], fields[6]);
            // __SO_ACCEPTCON: the socket listens.
            assert!(flags != "00010000" || !ours.contains(inode), "{fields:?}");
        }
    });
}

/// The inodes of the sockets that this process has open.
fn own_sockets() -> BTreeSet<String> {
    let links = fs::read_dir("/proc/self/fd").unwrap().filter_map(|fd| fs::read_link(fd.ok()?.path()).ok());
    let names = links.map(|link| link.to_string_lossy().into_owned());
    names.filter_map(|name| Some(name.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())).collect()
}
