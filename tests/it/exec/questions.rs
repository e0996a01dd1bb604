//! What a person is asked before a host can be used: by whom, how often, how many at once, and what becomes of the answer.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gonogo::exec::question::{Asks, Reply};
use gonogo::exec::ssh::{Credentials, HostKey, HostKeys};
use gonogo::exec::{Class, End, Engine, Event, Exit, Host, NotStarted, Recall, Settings, Trust};
use tokio::sync::mpsc;

use super::common::{LONG, seed};
use crate::support::desk::{Open, Patient, Scripted, typed};
use crate::support::memory_ssh::{Factor, Faults, MemoryHost, Round, Shell};

/// A key that `ssh-keygen -t ed25519 -N secret` made for these tests alone.
const ENCRYPTED: &str = include_str!("../../fixtures/exec/encrypted_key");

/// Returns what the host was logged in to with, or why not, and the events.
async fn enter(engine: &Engine, host: &Host) -> (Result<(String, Trust), NotStarted>, Vec<Event>) {
    let (sender, mut receiver) = mpsc::channel(64);
    let said = tokio::time::timeout(LONG, engine.prepare(host, &seed(host), &sender)).await.expect("it ends");
    drop(sender);
    let mut events = Vec::new();
    while let Some(event) = receiver.recv().await {
        events.push(event);
    }
    (said.map(|connected| (connected.auth, connected.trust)), events)
}

async fn auth(engine: &Engine, host: &Host) -> Result<String, NotStarted> {
    enter(engine, host).await.0.map(|(auth, _)| auth)
}

fn wants(factors: impl IntoIterator<Item = Factor>) -> Faults {
    Faults { factors: factors.into_iter().collect(), ..Faults::default() }
}

/// Puts the encrypted key beside the host, readable for its owner alone, and returns its path and its public half.
fn locked(memory: &MemoryHost) -> (PathBuf, russh::keys::PublicKey) {
    let path = memory.dir.join("locked");
    fs::write(&path, ENCRYPTED).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("changed");
    let key = russh::keys::PrivateKey::from_openssh(ENCRYPTED).expect("a key");
    (path, key.public_key().clone())
}

/// Returns an engine that has no key of its own.
fn keyless(memory: &MemoryHost) -> Engine {
    let keys = std::collections::HashMap::from([(memory.host.name.clone(), memory.host_key())]);
    memory.engine_of(Settings::default(), HostKeys::Exact(Arc::new(keys)), Credentials::default())
}

async fn opened(open: &mut Open) -> (gonogo::exec::question::Question, tokio::sync::oneshot::Sender<Reply>) {
    tokio::time::timeout(LONG, open.recv()).await.expect("it is asked").expect("it is asked")
}

#[tokio::test]
async fn a_password_is_asked_for_up_to_three_times_and_kept_for_the_next_connection() {
    let memory = MemoryHost::start(Shell::System);
    memory.set_faults(wants([Factor::Password("right horse")]));
    let (engine, desk) = (keyless(&memory), Scripted::new([typed("wrong"), typed("right horse")]));
    engine.set_asker(desk.clone());
    assert_eq!(auth(&engine, &memory.host).await.expect("logged in"), "a password");
    let target = format!("api-1 omar@{}:22", memory.host.address);
    assert_eq!(desk.asked(), [format!("{target}: password (1)"), format!("{target}: password (2)")]);
    engine.disconnect().await;
    auth(&engine, &memory.host).await.expect("logged in again, unasked");
    assert_eq!(desk.asked().len(), 2);
    // It is changed meanwhile: the one that is held is tried once, then it is asked for anew.
    memory.set_faults(wants([Factor::Password("other")]));
    engine.disconnect().await;
    let why = auth(&engine, &memory.host).await.expect_err("nobody knows it");
    assert_eq!(why.class, Class::Auth);
    assert!(why.why.contains("api-1 as omar") && why.why.contains("a password: it was not given"), "{why}");
    assert!(!why.why.contains("horse"), "{why}");
    let logins = memory.heard().logins;
    assert_eq!(
        logins.iter().filter(|l| l.starts_with("password")).collect::<Vec<_>>(),
        ["password wrong", "password right horse", "password right horse", "password right horse"]
    );
    let three = Scripted::new([typed("a"), typed("b"), typed("c"), typed("d")]);
    let engine = keyless(&memory);
    engine.set_asker(three.clone());
    auth(&engine, &memory.host).await.expect_err("three are enough");
    assert_eq!(three.asked().len(), 3);
}

#[tokio::test]
async fn a_host_may_ask_several_rounds_and_each_question_names_it() {
    let memory = MemoryHost::start(Shell::System);
    let rounds = vec![
        Round {
            name: "Two steps",
            instructions: "Look at your phone",
            prompts: vec![("Code: ", true), ("PIN: ", false)],
            answers: vec!["123456", "0000"],
        },
        Round { name: "", instructions: "", prompts: vec![("Once more: ", false)], answers: vec!["yes"] },
        Round { name: "", instructions: "Welcome", prompts: vec![], answers: vec![] },
    ];
    memory.set_faults(wants([Factor::Answers(rounds)]));
    let desk = Scripted::new(["bad", "", "123456", "0000", "yes"].map(typed));
    let engine = keyless(&memory);
    engine.set_asker(desk.clone());
    let auth = auth(&engine, &memory.host).await.expect("logged in");
    assert_eq!(auth, "answers to the host's questions");
    let target = format!("api-1 omar@{}:22", memory.host.address);
    assert_eq!(
        desk.asked(),
        [
            "Two steps|Look at your phone|Code:  (1, shown)",
            "Two steps|Look at your phone|PIN:  (1)",
            "Two steps|Look at your phone|Code:  (2, shown)",
            "Two steps|Look at your phone|PIN:  (2)",
            "||Once more:  (2)",
        ]
        .map(|words| format!("{target}: {words}"))
    );
}

#[tokio::test]
async fn a_host_that_asks_without_end_is_left() {
    let memory = MemoryHost::start(Shell::System);
    let round = Round { name: "", instructions: "", prompts: vec![], answers: vec![] };
    memory.set_faults(wants([Factor::Answers(vec![round; 100])]));
    let engine = keyless(&memory);
    engine.set_asker(Scripted::new([]));
    let why = auth(&engine, &memory.host).await.expect_err("left");
    assert!(why.class == Class::Auth && why.why.contains("asks without end"), "{why}");
}

#[tokio::test]
async fn a_host_may_want_several_factors() {
    let memory = MemoryHost::start(Shell::System);
    let round = Round { name: "", instructions: "", prompts: vec![("Code: ", false)], answers: vec!["42"] };
    memory.set_faults(wants([Factor::Key(None), Factor::Password("horse"), Factor::Answers(vec![round])]));
    let engine = memory.engine();
    let desk = Scripted::new([typed("horse"), typed("42")]);
    engine.set_asker(desk.clone());
    let auth = auth(&engine, &memory.host).await.expect("logged in");
    assert!(auth.starts_with("ssh-ed25519 SHA256:"), "{auth}");
    assert!(auth.ends_with("(in memory), then a password, then answers to the host's questions"), "{auth}");
    // Nobody is there: what was accepted and what is wanted on top is told.
    let why = super::questions::auth(&memory.engine(), &memory.host).await.expect_err("nobody types it");
    assert!(why.why.contains("wants another factor on top (password)"), "{why}");
    assert!(why.why.contains("a password, which nobody is here to type"), "{why}");
}

#[tokio::test]
async fn a_passphrase_is_asked_for_once_and_only_if_the_host_knows_the_key() {
    let memory = MemoryHost::start(Shell::System);
    let (path, public) = locked(&memory);
    let host = Host { identity: Some(path.clone()), ..memory.host.clone() };
    let (engine, desk) = (keyless(&memory), Scripted::new([typed("wrong"), typed("secret")]));
    engine.set_asker(desk.clone());
    auth(&engine, &host).await.expect_err("the host does not know it");
    assert!(desk.asked().is_empty(), "{:?}", desk.asked());
    memory.set_faults(wants([Factor::Key(Some(public))]));
    let auth = auth(&engine, &host).await.expect("logged in");
    assert!(auth.contains("locked"), "{auth}");
    let target = format!("api-1 omar@{}:22", memory.host.address);
    assert_eq!(desk.asked(), [1, 2].map(|n| format!("{target}: passphrase locked ({n})")));
    engine.disconnect().await;
    super::questions::auth(&engine, &host).await.expect("logged in again, unasked");
    assert_eq!(desk.asked().len(), 2);
    let nobody = super::questions::auth(&keyless(&memory), &host).await.expect_err("nobody types it");
    assert!(
        nobody.why.contains("needs a passphrase, which nobody is here to type: add it to ssh-agent"),
        "{nobody}"
    );
}

#[tokio::test]
async fn many_hosts_ask_one_question_at_a_time_and_one_passphrase_serves_all() {
    let hosts: Vec<MemoryHost> = (0..4).map(|_| MemoryHost::start(Shell::System)).collect();
    let (path, public) = locked(&hosts[0]);
    let desk = Scripted::new([typed("secret")]);
    // One engine reaches one host in memory; the desk that they share is what is tried here.
    let engine = keyless(&hosts[0]);
    engine.set_asker(desk.clone());
    hosts[0].set_faults(wants([Factor::Key(Some(public))]));
    let own = |n: u16| Host { identity: Some(path.clone()), port: 22 + n, ..hosts[0].host.clone() };
    let all = (0..4).map(|n| {
        let (engine, host) = (engine.clone(), own(n));
        tokio::spawn(async move { auth(&engine, &host).await })
    });
    for done in all.collect::<Vec<_>>() {
        done.await.expect("no panic").expect("logged in");
    }
    assert_eq!((desk.asked().len(), desk.most()), (1, 1), "{:?}", desk.asked());
    // Passwords are each host's own: each is asked for, one after the other.
    hosts[0].set_faults(wants([Factor::Password("horse")]));
    let (engine, desk) = (keyless(&hosts[0]), Scripted::new([(); 4].map(|()| typed("horse"))));
    engine.set_asker(desk.clone());
    let all = (0..4).map(|n| {
        let (engine, host) = (engine.clone(), Host { identity: None, ..own(n) });
        tokio::spawn(async move { auth(&engine, &host).await })
    });
    for done in all.collect::<Vec<_>>() {
        done.await.expect("no panic").expect("logged in");
    }
    assert_eq!((desk.asked().len(), desk.most()), (4, 1), "{:?}", desk.asked());
    let waiting: Vec<usize> = desk.questions().iter().map(|question| question.waiting).collect();
    assert!(waiting[0] <= 3 && waiting[3] == 0, "{waiting:?}");
}

#[tokio::test(start_paused = true)]
async fn a_question_may_stay_open_overnight() {
    let memory = MemoryHost::start(Shell::System);
    let (path, public) = locked(&memory);
    memory.set_faults(wants([Factor::Key(Some(public))]));
    let host = Host { identity: Some(path), ..memory.host.clone() };
    let (desk, mut open) = Patient::new();
    let engine = keyless(&memory);
    engine.set_asker(desk);
    let entering = {
        let (engine, host) = (engine.clone(), host.clone());
        tokio::spawn(async move {
            let (sender, _events) = mpsc::channel(64);
            engine.prepare(&host, &seed(&host), &sender).await.map(|connected| connected.auth)
        })
    };
    let (question, reply) = open.recv().await.expect("it is asked");
    assert!(matches!(question.asks, Asks::Secret(_)));
    tokio::time::sleep(Duration::from_secs(12 * 3600)).await;
    assert!(!entering.is_finished(), "nothing was decided");
    // sshd did not wait so long (LoginGraceTime).
    memory.cut();
    let before = memory.dials();
    tokio::time::resume();
    reply.send(typed("secret")).expect("it is still asked");
    let auth = entering.await.expect("no panic").expect("logged in over another line");
    assert!(auth.contains("locked"), "{auth}");
    assert_eq!(memory.dials(), before + 1);
    assert!(open.try_recv().is_err(), "it was asked once");
}

#[tokio::test]
async fn an_answer_that_comes_too_late_for_the_host_is_told() {
    let memory = MemoryHost::start(Shell::System);
    let round = Round { name: "", instructions: "", prompts: vec![("Code: ", false)], answers: vec!["42"] };
    memory.set_faults(wants([Factor::Answers(vec![round])]));
    let (desk, mut open) = Patient::new();
    let engine = keyless(&memory);
    engine.set_asker(desk);
    let entering = {
        let (engine, host) = (engine.clone(), memory.host.clone());
        tokio::spawn(async move { auth(&engine, &host).await })
    };
    // A code is good for one line: each new line asks anew, but not without end.
    for _ in 0..5 {
        let (_, reply) = opened(&mut open).await;
        memory.cut();
        reply.send(typed("42")).expect("it is still asked");
    }
    let why = entering.await.expect("no panic").expect_err("no line stayed");
    assert!(why.why.contains("closed the connection while a question was open"), "{why}");
}

#[tokio::test]
async fn a_refused_question_ends_the_login_and_nothing_else() {
    let memory = MemoryHost::start(Shell::System);
    memory.set_faults(wants([Factor::Password("horse")]));
    let (engine, desk) = (keyless(&memory), Scripted::new([Reply::Refuse, typed("horse")]));
    engine.set_asker(desk.clone());
    let why = auth(&engine, &memory.host).await.expect_err("not given");
    assert!(why.why.contains("a password: it was not given"), "{why}");
    assert_eq!(memory.heard().logins, ["nothing"]);
    auth(&engine, &memory.host).await.expect("asked again when it is tried again");
}

/// A host whose key is in no file, the file that it would be recorded in, and an engine.
fn stranger(port: u16) -> (MemoryHost, Host, PathBuf, Engine) {
    let memory = MemoryHost::start(Shell::System);
    let file = memory.dir.join("ssh/known_hosts");
    let host = Host { known_hosts: Some(file.clone()), port, ..memory.host.clone() };
    let engine = memory.engine_trusting(Settings::default(), HostKeys::Files(Vec::new()));
    (memory, host, file, engine)
}

#[tokio::test]
async fn a_new_host_key_that_is_accepted_is_recorded_once() {
    let (memory, host, file, engine) = stranger(2222);
    let desk = Scripted::new([Reply::Accept]);
    engine.set_asker(desk.clone());
    let (entered, events) = enter(&engine, &host).await;
    let own: HostKey = memory.host_key();
    let trust = Trust::KnownHosts { file: file.display().to_string(), line: 1 };
    assert_eq!(entered.expect("logged in").1, trust);
    let text = fs::read_to_string(&file).expect("recorded");
    assert!(
        text.starts_with(&format!("[{}]:2222 ssh-ed25519 AAAA", host.address)) && text.ends_with('\n'),
        "{text}"
    );
    let mode = |path: &std::path::Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(file.parent().expect("a directory"))), (0o600, 0o700));
    let told = events.iter().find_map(|e| if let Event::KeyAccepted(k) = e { Some(k) } else { None });
    let told = told.expect("it is told");
    assert_eq!((told.host.as_str(), &told.fingerprint, told.asked), ("api-1", &own.fingerprint(), true));
    assert_eq!(told.recorded.as_ref().map(|at| at.line), Some(1));
    let questions = desk.questions();
    let Asks::NewHostKey(asked) = &questions[0].asks else { panic!("{questions:?}") };
    assert_eq!((asked.kind.as_str(), &asked.fingerprint), ("ssh-ed25519", &own.fingerprint()));
    assert_eq!(asked.recorded_as, format!("[{}]:2222", host.address));
    // The host got nothing before the answer: the first line was closed without a login.
    assert_eq!((memory.dials(), memory.heard().logins.len()), (2, 2), "{:?}", memory.heard().logins);
    engine.disconnect().await;
    let (entered, events) = enter(&engine, &host).await;
    entered.expect("known now");
    assert!(!events.iter().any(|e| matches!(e, Event::KeyAccepted(_))));
    assert_eq!((desk.asked().len(), fs::read_to_string(&file).expect("there")), (1, text));
}

#[tokio::test]
async fn a_new_host_key_for_this_run_alone_is_written_nowhere() {
    let (_memory, host, file, engine) = stranger(22);
    let desk = Scripted::new([Reply::OnlyThisRun]);
    engine.set_asker(desk.clone());
    let (entered, events) = enter(&engine, &host).await;
    assert_eq!(entered.expect("logged in").1, Trust::Accepted);
    assert!(events.iter().any(|e| matches!(e, Event::KeyAccepted(k) if k.asked && k.recorded.is_none())));
    engine.disconnect().await;
    enter(&engine, &host).await.0.expect("still accepted");
    assert!(desk.asked().len() == 1 && !file.exists());
}

#[tokio::test]
async fn a_new_host_key_is_refused_by_a_person_and_without_one() {
    let (memory, host, file, engine) = stranger(22);
    let why = enter(&engine, &host).await.0.expect_err("nobody is there");
    assert!(why.class == Class::HostKey && why.why.contains("is not known"), "{why}");
    engine.set_asker(Scripted::new([]));
    let why = enter(&engine, &host).await.0.expect_err("refused");
    assert!(why.class == Class::HostKey && why.why.contains("was not accepted; nothing was sent"), "{why}");
    assert!(!file.exists() && memory.heard().logins.is_empty());
}

#[tokio::test]
async fn changed_and_revoked_keys_are_never_asked_about() {
    let (memory, host, file, engine) = stranger(22);
    let desk = Scripted::new([Reply::Accept, Reply::Accept]);
    engine.set_asker(desk.clone());
    fs::create_dir_all(file.parent().expect("a directory")).expect("made");
    let line = |key: &HostKey| {
        use base64::Engine as _;
        let blob = base64::engine::general_purpose::STANDARD.encode(&key.blob);
        format!("{} {} {blob}\n", host.address, key.kind)
    };
    let (own, other) = (memory.host_key(), MemoryHost::start(Shell::System).host_key());
    for (text, said) in [
        (
            format!("# one\n{}", line(&other)),
            format!(
                "has changed: it shows {} {}, but {}:2 names",
                own.kind,
                own.fingerprint(),
                file.display()
            ),
        ),
        (format!("@revoked {}", line(&own)), format!("is revoked by {}:1", file.display())),
    ] {
        fs::write(&file, &text).expect("written");
        let why = enter(&engine, &host).await.0.expect_err("refused");
        assert!(why.class == Class::HostKey && why.why.contains(&said), "{why}");
        assert_eq!(fs::read_to_string(&file).expect("there"), text);
    }
    assert!(desk.asked().is_empty());
}

#[tokio::test]
async fn what_is_recorded_keeps_the_form_of_the_file() {
    let (_memory, host, file, engine) = stranger(22);
    engine.set_asker(Scripted::new([Reply::Accept]));
    fs::create_dir_all(file.parent().expect("a directory")).expect("made");
    // All names are hashed, and the last line has no end.
    let hashed = super::known_hosts::hashed("x.example.net", &[7; 20]);
    let before = format!("{hashed} ssh-ed25519 {}", super::known_hosts::KEY);
    fs::write(&file, &before).expect("written");
    let trust = enter(&engine, &host).await.0.expect("logged in").1;
    assert_eq!(trust, Trust::KnownHosts { file: file.display().to_string(), line: 2 });
    let text = fs::read_to_string(&file).expect("there");
    let added = text.strip_prefix(&format!("{before}\n")).expect("a line of its own");
    assert!(added.starts_with("|1|") && !text.contains(&host.address) && text.ends_with('\n'), "{text}");
}

#[tokio::test]
async fn a_file_that_cannot_be_written_leaves_the_key_accepted_and_says_so() {
    let (memory, host, _, engine) = stranger(22);
    engine.set_asker(Scripted::new([Reply::Accept]));
    let inside = memory.dir.join("a file");
    fs::write(&inside, "").expect("written");
    // A directory that cannot be made, also for root: a file stands in its place.
    let host = Host { known_hosts: Some(memory.dir.join("gone/known_hosts")), ..host };
    fs::write(memory.dir.join("gone"), "").expect("written");
    let (entered, events) = enter(&engine, &host).await;
    match entered {
        // Reading fails the same way, and what cannot be read may hold a revocation.
        Err(why) => assert!(why.why.contains("cannot be checked"), "{why}"),
        Ok((_, trust)) => {
            assert_eq!(trust, Trust::Accepted);
            assert!(events.iter().any(|e| matches!(e, Event::KeyAccepted(k) if k.not_recorded.is_some())));
        }
    }
}

/// A step that is taken back closes its own question; others stay, and what waits behind it is asked.
#[tokio::test]
async fn a_step_that_is_taken_back_withdraws_its_question_and_no_other() {
    let (memory, host, _, engine) = stranger(22);
    let (desk, mut open) = Patient::new();
    engine.set_asker(desk);
    let recalls = [(); 3].map(|()| Recall::default());
    let start = |n: u16| {
        let engine = engine.recalled_by(recalls[usize::from(n)].clone());
        let host = Host { port: 22 + n, ..host.clone() };
        super::common::start(&engine, &host, super::common::step(u32::from(n) + 1, "echo ran"))
    };
    let first = start(0);
    let (asked, reply) = opened(&mut open).await;
    assert!(asked.target.ends_with(":22"), "{asked:?}");
    let (waiting, last) = (start(1), start(2));
    // One that waits for its turn goes without a word; the question that is open stays.
    assert!(recalls[1].recall());
    let gone = |end: End| match end {
        End::NotStarted(no) => no.why.contains("it was cancelled before anything of it was sent to api-1"),
        _ => false,
    };
    assert!(gone(waiting.task.await.expect("no panic")));
    assert!(!reply.is_closed() && !first.task.is_finished());
    assert!(recalls[0].recall());
    assert!(gone(first.task.await.expect("no panic")));
    assert!(reply.is_closed(), "nobody waits for the answer any more");
    let (asked, reply) = opened(&mut open).await;
    assert!(asked.target.ends_with(":24"), "{asked:?}");
    reply.send(Reply::OnlyThisRun).expect("it is asked");
    let end = tokio::time::timeout(LONG, last.task).await.expect("it ends").expect("no panic");
    assert!(matches!(&end, End::Ended(end) if end.exit == Exit::Code(0)), "{end:?}");
    assert!(!recalls[2].recall(), "it was sent");
    assert_eq!(memory.heard().logins.len(), 2, "{:?}", memory.heard().logins);
}
