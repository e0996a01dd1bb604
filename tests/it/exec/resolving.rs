//! From a name to what is dialled: over answers as `ssh -G` prints them, without a network.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gonogo::exec::ssh::{Configuration, Configured, Question, Resolve, Surroundings, Written};
use gonogo::exec::target::{Route, Target};
use gonogo::exec::{BoxFuture, Class, Host, SshName, Way};
use tokio::sync::Semaphore;

/// Answers from a table, and counts who asks.
struct Table {
    answers: Mutex<HashMap<String, String>>,
    asked: Mutex<Vec<Question>>,
    at_once: AtomicUsize,
    most: AtomicUsize,
    gate: Semaphore,
}

impl Table {
    fn of(rows: &[(&str, &str)]) -> Arc<Self> {
        let whole = |(name, lines): &(&str, &str)| {
            let mut text = format!("host {name}\n{lines}\n");
            for (keyword, value) in [("user", "layla"), ("hostname", name), ("port", "22")] {
                if !text.lines().any(|line| line.starts_with(&format!("{keyword} "))) {
                    text.push_str(&format!("{keyword} {value}\n"));
                }
            }
            ((*name).to_owned(), text)
        };
        Arc::new(Self {
            answers: Mutex::new(rows.iter().map(whole).collect()),
            asked: Mutex::default(),
            at_once: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
        })
    }

    fn asked(&self) -> usize {
        self.asked.lock().expect("asked").len()
    }

    fn set(&self, name: &str, text: &str) {
        self.answers.lock().expect("answers").insert(name.to_owned(), text.to_owned());
    }
}

impl Configuration for Table {
    fn ask<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<String, String>> {
        Box::pin(async move {
            self.asked.lock().expect("asked").push(question.clone());
            let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            drop(self.gate.acquire().await);
            self.at_once.fetch_sub(1, Ordering::SeqCst);
            let answers = self.answers.lock().expect("answers");
            let text = answers.get(&question.name).cloned();
            let text = text.ok_or_else(|| format!("{}: no such name", question.name))?;
            Ok(match question.port {
                Some(port) => text.replace("port 22\n", &format!("port {port}\n")),
                None => text,
            })
        })
    }
}

fn resolver(table: &Arc<Table>) -> Configured {
    let around = Surroundings {
        home: PathBuf::from("/home/layla"),
        user: "layla".to_owned(),
        uid: 1000,
        machine: "desk".to_owned(),
        variable: Arc::new(|name| (name == "OTHER_AGENT").then(|| "/run/other".to_owned())),
    };
    let written = Written {
        agent: Some(PathBuf::from("/run/agent")),
        identity_files: vec![PathBuf::from("/home/layla/.ssh/id_ed25519")],
        user_known_hosts: vec![PathBuf::from("/home/layla/.ssh/known_hosts")],
        global_known_hosts: vec![PathBuf::from("/etc/ssh/ssh_known_hosts")],
    };
    Configured::new(table.clone(), around, written)
}

fn written(name: &str, user: &str, address: &str, port: u16) -> Host {
    Host {
        name: name.to_owned(),
        user: user.to_owned(),
        address: address.to_owned(),
        port,
        identity: None,
        known_hosts: None,
        way: Way::default(),
        sudo: false,
    }
}

/// A host that goes by the configuration, as it is before anything is known of it.
fn named(name: &str) -> Host {
    let ssh = SshName { name: name.to_owned(), config: None, port: None, through: Vec::new() };
    Host { way: Way { ssh: Some(ssh), ..Way::default() }, ..written(name, "", "", 0) }
}

/// The same host as a run remembers it.
fn pinned(host: Host, target: &Target) -> Host {
    let ssh = host.way.ssh.clone().map(|ssh| SshName { through: target.through(), ..ssh });
    let (user, address) = (target.user.clone(), target.hostname.clone());
    Host { user, address, port: target.port, way: Way { ssh, ..host.way }, ..host }
}

async fn target(table: &Arc<Table>, host: &Host) -> Target {
    resolver(table).look_up(host).await.expect("it resolves")
}

async fn refusal(table: &Arc<Table>, host: &Host) -> String {
    let no = resolver(table).look_up(host).await.expect_err("it does not resolve");
    assert_eq!(no.class, Class::Host);
    no.why
}

#[tokio::test]
async fn what_the_configuration_says_is_expanded() {
    let table = Table::of(&[(
        "web",
        "user deploy\nhostname web.example.net\nport 2200\nidentityfile ~/.ssh/%r_%h\nidentityfile ~/.ssh/id_rsa\n\
         certificatefile /certs/%n-cert.pub\nuserknownhostsfile ~/kh /kh2\nglobalknownhostsfile /etc/kh\n\
         identityagent $OTHER_AGENT\nidentitiesonly yes\nhostkeyalias web-key\nserveraliveinterval 15\n\
         serveralivecountmax 2\nconnecttimeout 7\nstricthostkeychecking accept-new\nhashknownhosts yes",
    )]);
    let target = target(&table, &named("web")).await;
    assert_eq!(target.identity_key(), "deploy@web.example.net:2200");
    let files: Vec<_> =
        target.identity_files.iter().map(|f| (f.path.to_str().expect("UTF-8"), f.named)).collect();
    assert_eq!(
        files,
        [("/home/layla/.ssh/deploy_web.example.net", true), ("/home/layla/.ssh/id_rsa", false)]
    );
    assert_eq!(target.certificate_files, [PathBuf::from("/certs/web-cert.pub")]);
    assert_eq!(target.user_known_hosts, [PathBuf::from("/home/layla/kh"), PathBuf::from("/kh2")]);
    assert_eq!(target.global_known_hosts, [PathBuf::from("/etc/kh")]);
    assert_eq!(target.agent, Some(PathBuf::from("/run/other")));
    assert!(target.identities_only && target.hash_known_hosts);
    assert_eq!(target.key_name(), ("web-key", 22));
    assert_eq!((target.keepalive, target.keepalive_max), (Some(Duration::from_secs(15)), Some(2)));
    assert_eq!((target.connect_timeout, &target.route), (Some(Duration::from_secs(7)), &Route::Direct));
}

#[tokio::test]
async fn what_is_written_wins_and_what_is_not_stays_the_configurations() {
    let table = Table::of(&[("web", "user deploy\nidentityfile /a\nuserknownhostsfile /kh\nproxyjump old")]);
    let host = named("web");
    let ssh = SshName { port: Some(2222), ..host.way.ssh.clone().expect("it has") };
    let bastion = written("bastion", "omar", "192.0.2.7", 22);
    let way = Way {
        ssh: Some(ssh),
        jump: Some(Box::new(bastion)),
        keepalive: Some(Duration::from_secs(9)),
        key: None,
        hop_keys: Vec::new(),
    };
    let host = Host {
        identity: Some(PathBuf::from("/own")),
        known_hosts: Some(PathBuf::from("/mine")),
        way,
        ..host
    };
    let target = target(&table, &host).await;
    assert_eq!(target.identity_key(), "deploy@web:2222");
    assert_eq!(target.through(), ["omar@192.0.2.7:22"]);
    assert_eq!(target.user_known_hosts, [PathBuf::from("/mine")]);
    assert_eq!(
        target.identity_files.iter().map(|f| f.path.as_path()).collect::<Vec<_>>(),
        [PathBuf::from("/own")]
    );
    assert!(target.identities_only);
    assert_eq!(target.keepalive, Some(Duration::from_secs(9)));
    // The jump host that was overruled is not even asked about.
    assert_eq!(table.asked(), 1);
}

#[tokio::test]
async fn a_written_host_needs_no_configuration() {
    let table = Table::of(&[]);
    let target = target(&table, &written("api", "deploy", "2001:db8::1", 22)).await;
    assert_eq!(target.identity_key(), "deploy@[2001:db8::1]:22");
    assert_eq!(target.agent, Some(PathBuf::from("/run/agent")));
    assert_eq!((target.identity_files.len(), target.identity_files[0].named, table.asked()), (1, false, 0));
    // But what it is reached through may go by one.
    let table =
        Table::of(&[("bastion", "hostname bastion.example.net\nproxyjump outer:2200"), ("outer", "")]);
    let way = Way { jump: Some(Box::new(named("bastion"))), ..Way::default() };
    let target = resolver(&table).look_up(&Host { way, ..written("api", "deploy", "10.0.0.1", 22) }).await;
    assert_eq!(target.expect("it resolves").through(), ["layla@outer:2200", "layla@bastion.example.net:22"]);
}

#[tokio::test]
async fn several_hops_are_those_that_ssh_would_take() {
    // The first hop's own way counts, the second is reached through the first whatever its own says.
    let table = Table::of(&[
        ("web", "proxyjump omar@one:2201,two"),
        ("one", "proxyjump zero"),
        ("zero", "proxycommand nc -X 5 %h %p"),
        ("two", "proxyjump elsewhere"),
    ]);
    let target = target(&table, &named("web")).await;
    assert_eq!(
        target.through(),
        ["the command `nc -X 5 zero 22`", "layla@zero:22", "layla@one:2201", "layla@two:22"]
    );
    assert!(target.hops()[1..].iter().all(|hop| hop.route == Route::Direct));
    let asked: Vec<_> =
        table.asked.lock().expect("asked").iter().map(|q| (q.name.clone(), q.user.clone())).collect();
    assert!(asked.contains(&("one".to_owned(), Some("omar".to_owned()))), "{asked:?}");
    assert!(!asked.iter().any(|(name, _)| name == "elsewhere"), "{asked:?}");
}

#[tokio::test]
async fn circles_and_nonsense_are_refused_by_name() {
    let table = Table::of(&[
        ("a", "proxyjump b"),
        ("b", "proxyjump a"),
        ("c", "proxyjump user@"),
        ("d", "identityfile /x/%Z"),
        ("e", "revokedhostkeys /etc/%Z"),
        ("f", "identityagent $NOPE"),
        ("g", "proxycommand nc %u"),
        ("h", "port many"),
    ]);
    for (name, said) in [
        ("a", "circle"),
        ("c", "`user@` in ProxyJump"),
        ("d", "unknown token %Z"),
        ("e", "unknown token %Z"),
        ("f", "`IdentityAgent $NOPE`"),
        ("g", "unknown token %u"),
        ("h", "`port many` is not a number"),
        ("nowhere", "nowhere: no such name"),
    ] {
        let why = refusal(&table, &named(name)).await;
        assert!(
            why.contains(said) && why.starts_with(&format!("{name} cannot be resolved")),
            "{name}: {why}"
        );
    }
    let mut host = written("deep", "deploy", "10.0.0.1", 22);
    for n in 0..9 {
        let way = Way { jump: Some(Box::new(host)), ..Way::default() };
        host = Host { way, ..written(&format!("deep-{n}"), "deploy", "10.0.0.1", 22) };
    }
    assert!(refusal(&table, &host).await.contains("9 jump hosts"));
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_than_at_the_opening_is_refused() {
    let table = Table::of(&[("web", "user deploy\nproxyjump bastion"), ("bastion", "")]);
    let host = pinned(named("web"), &target(&table, &named("web")).await);
    assert!(resolver(&table).resolve(&host).await.is_ok());
    for (name, text, said) in [
        ("web", "user deploy\nhostname web\nport 22\n", "deploy@web:22 now"),
        (
            "web",
            "user root\nhostname web\nport 22\nproxyjump bastion\n",
            "root@web:22 through layla@bastion:22 now",
        ),
        ("bastion", "user layla\nhostname other\nport 22\n", "through layla@other:22 now"),
        (
            "bastion",
            "user layla\nhostname bastion\nport 22\nproxycommand nc %h 22\n",
            "the command `nc bastion 22`",
        ),
    ] {
        let table = Table::of(&[("web", "user deploy\nproxyjump bastion"), ("bastion", "")]);
        table.set(name, text);
        let no = resolver(&table).resolve(&host).await.expect_err("it moved");
        assert_eq!(no.class, Class::Moved);
        assert!(
            no.why.contains(said) && no.why.contains("opened with deploy@web:22 through layla@bastion:22"),
            "{no}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_asked_for_once_a_minute_and_an_error_is_not_kept() {
    let table = Table::of(&[("web", "")]);
    let resolver = resolver(&table);
    let both = tokio::join!(async { resolver.look_up(&named("web")).await }, async {
        resolver.look_up(&named("web")).await
    });
    assert!(both.0.is_ok() && both.1.is_ok());
    assert_eq!(table.asked(), 1);
    tokio::time::advance(Duration::from_secs(61)).await;
    assert!(resolver.look_up(&named("web")).await.is_ok());
    assert_eq!(table.asked(), 2);
    assert!(resolver.look_up(&named("new")).await.is_err());
    table.set("new", "user omar\nhostname new\nport 22\n");
    assert!(resolver.look_up(&named("new")).await.is_ok());
    assert_eq!(table.asked(), 4);
}

#[tokio::test]
async fn many_names_are_asked_for_at_once_but_not_all() {
    let names: Vec<String> = (0..40).map(|n| format!("web-{n}")).collect();
    let rows: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    let table = Table::of(&rows);
    table.gate.forget_permits(Semaphore::MAX_PERMITS);
    let resolver = Arc::new(resolver(&table));
    let asking: Vec<_> = names
        .iter()
        .map(|name| {
            let (resolver, host) = (resolver.clone(), named(name));
            tokio::spawn(async move { resolver.look_up(&host).await })
        })
        .collect();
    while table.at_once.load(Ordering::SeqCst) < 8 {
        tokio::task::yield_now().await;
    }
    table.gate.add_permits(1000);
    for one in asking {
        assert!(one.await.expect("no panic").is_ok());
    }
    assert_eq!((table.asked(), table.most.load(Ordering::SeqCst)), (40, 8));
}
