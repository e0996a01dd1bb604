//! By the ways of an SSH configuration to real OpenSSH servers: names, jump hosts, commands, IPv6, times.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use gonogo::exec::ssh::{Configured, Credentials, HostKeys, OpenSsh, Surroundings, Tcp, Written};
use gonogo::exec::{Class, Engine, Event, Host, Settings, SshName, Way};
use tokio::net::TcpListener;

use super::common::{Ran, poll, run, step};
use crate::support::sshd::Sshd;

/// A configuration file and the engine that goes by it.
struct Ways {
    config: PathBuf,
    resolver: Arc<Configured>,
    engine: Engine,
}

impl Ways {
    /// Writes `text` beside the keys of `server`; `DIR` in it is that directory.
    fn of(server: &Sshd, text: &str) -> Self {
        let config = server.dir().join("ssh_config");
        std::fs::write(&config, text.replace("DIR", &server.dir().display().to_string())).expect("written");
        let around = Surroundings {
            home: server.dir().to_owned(),
            user: user(),
            uid: 0,
            machine: "desk".to_owned(),
            variable: Arc::new(|_| None),
        };
        let resolver = Arc::new(Configured::new(Arc::new(OpenSsh::default()), around, Written::default()));
        let engine = Engine::new(
            Settings::default(),
            Arc::new(Tcp),
            HostKeys::Files(Vec::new()),
            Credentials::default(),
        )
        .resolving(resolver.clone());
        Self { config, resolver, engine }
    }

    fn unpinned(&self, name: &str) -> Host {
        let ssh = SshName {
            name: name.to_owned(),
            config: Some(self.config.clone()),
            port: None,
            through: Vec::new(),
        };
        Host {
            name: name.to_owned(),
            user: String::new(),
            address: String::new(),
            port: 0,
            identity: None,
            known_hosts: None,
            way: Way { ssh: Some(ssh), ..Way::default() },
            sudo: false,
        }
    }

    /// Returns the host as a run that is opened now remembers it.
    async fn host(&self, name: &str) -> Host {
        let host = self.unpinned(name);
        let target = self.resolver.look_up(&host).await.expect("it resolves");
        let ssh = host.way.ssh.clone().map(|ssh| SshName { through: target.through(), ..ssh });
        let way = Way { ssh, ..host.way.clone() };
        Host { user: target.user, address: target.hostname, port: target.port, way, ..host }
    }

    async fn run(&self, name: &str, script: &str) -> Ran {
        self.nth(1, name, script).await
    }

    /// Steps of one run on one host have numbers of their own.
    async fn nth(&self, number: u32, name: &str, script: &str) -> Ran {
        run(&self.engine, &self.host(name).await, step(number, script)).await
    }
}

/// Lines of a configuration for `name` that lead to `server`, whose own keys and records are used.
fn block(name: &str, server: &Sshd) -> String {
    server.known_hosts("host_ed25519");
    let dir = server.dir().display();
    format!(
        "Host {name}\n HostName 127.0.0.1\n Port {}\n User {}\n IdentityFile {dir}/user_ed25519\n \
         IdentitiesOnly yes\n UserKnownHostsFile {dir}/known_hosts_host_ed25519\n GlobalKnownHostsFile none\n",
        server.port(),
        user()
    )
}

fn user() -> String {
    let output = Command::new("id").arg("-un").output().expect("id runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn logins(server: &Sshd) -> usize {
    server.log().matches("Accepted publickey").count()
}

fn fingerprint(ran: &Ran) -> String {
    let seen = ran
        .events
        .iter()
        .find_map(|e| if let Event::Connected(c) = e { Some(c.fingerprint.clone()) } else { None });
    seen.expect("it connected")
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn a_name_of_the_configuration_is_reached_as_ssh_reaches_it() {
    let server = Sshd::start();
    let dir = server.dir().display().to_string();
    std::fs::write(server.dir().join("included"), "Host web\n HostKeyAlias web-key\n").expect("written");
    std::fs::rename(server.dir().join("user_ed25519"), server.dir().join("web_127.0.0.1_key"))
        .expect("renamed");
    let key = std::fs::read_to_string(server.dir().join("host_ed25519.pub")).expect("a key");
    std::fs::write(server.dir().join("kh"), format!("web-key {key}")).expect("written");
    let text = format!(
        "Include DIR/included\nMatch originalhost web exec \"test -d {dir}\"\n Port={}\nHost we? !wet\n\
         \tHostName\t127.0.0.1\n User {}\nMatch all\n IdentityFile \"~/%n_%h_key\"\n IdentitiesOnly yes\n \
         UserKnownHostsFile DIR/kh\n GlobalKnownHostsFile none\n StrictHostKeyChecking yes\n",
        server.port(),
        user()
    );
    let ways = Ways::of(&server, &text);
    let ran = ways.run("web", "echo here").await;
    assert_eq!((ran.code(), ran.out().as_str()), (0, "here\n"));
    assert_eq!(fingerprint(&ran), server.host_key().fingerprint());
    // The same file leads ssh to the same place; its home is the account's, so the key is named.
    let key = server.dir().join("web_127.0.0.1_key");
    let mut ssh = Command::new("ssh");
    ssh.arg("-F").arg(&ways.config).args(["-o", "BatchMode=yes", "-i"]).arg(key);
    let output = ssh.args(["web", "echo here"]).env_remove("SSH_AUTH_SOCK").output().expect("ssh runs");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "here\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    ways.engine.disconnect().await;
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn two_jump_hosts_are_each_logged_in_to_once() {
    let (outer, inner, server) = (Sshd::start(), Sshd::start(), Sshd::start());
    let text = [
        block("outer", &outer),
        block("inner", &inner),
        block("web", &server),
        " ProxyJump outer,inner\n".to_owned(),
        block("api", &server),
        " ProxyJump outer,inner\n".to_owned(),
    ];
    let ways = Ways::of(&server, &text.concat());
    let (web, api) =
        tokio::join!(ways.run("web", "echo from web; seq 1 200000"), ways.nth(2, "api", "echo from api"));
    assert_eq!((web.code(), api.code(), api.out().as_str()), (0, 0, "from api\n"));
    assert_eq!(web.out().lines().count(), 200_001);
    assert_eq!(fingerprint(&web), server.host_key().fingerprint());
    assert_eq!((logins(&outer), logins(&inner), logins(&server)), (1, 1, 2));
    // When the way is cut, it is made anew for the next step.
    outer.cut();
    poll("the way ends", || server.connections() == 0).await;
    let again = ways.nth(3, "web", "echo again").await;
    assert_eq!(again.out(), "again\n");
    assert_eq!((logins(&outer), logins(&inner)), (2, 2));
    ways.engine.disconnect().await;
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn what_fails_on_the_way_is_named_with_the_hop() {
    let (open, shut, server) = (Sshd::start(), Sshd::start_with("AllowTcpForwarding no"), Sshd::start());
    let closed =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    let text = [
        block("open", &open),
        block("shut", &shut),
        format!("Host gone\n HostName 127.0.0.1\n Port {closed}\n"),
        "Host stranger\n IdentityFile DIR/stranger\n".to_owned(),
        block("stranger", &open),
        "Host new\n UserKnownHostsFile DIR/nothing\n".to_owned(),
        block("new", &open),
        block("one", &server),
        " ProxyJump shut\n".to_owned(),
        block("two", &server),
        " ProxyJump gone\n".to_owned(),
        format!("Host three\n ProxyJump open\n HostName 127.0.0.1\n Port {closed}\n"),
        block("four", &server),
        " ProxyJump new\n".to_owned(),
    ];
    let ways = Ways::of(&server, &text.concat());
    for (name, class, said) in [
        ("one", Class::Host, "shut makes no connection to 127.0.0.1"),
        ("two", Class::Host, "two is reached through gone: "),
        ("three", Class::Host, "open makes no connection to 127.0.0.1"),
        ("four", Class::HostKey, "four is reached through new: the host key of new is not known"),
    ] {
        let ran = ways.run(name, "touch \"$HOME/ran\"").await;
        let why = ran.not_started();
        assert_eq!(why.class, class, "{name}: {why}");
        assert!(why.why.contains(said), "{name}: {why}");
    }
    assert!(!server.home().join("ran").exists());
    assert_eq!(logins(&server), 0);
    ways.engine.disconnect().await;
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn a_proxy_command_carries_the_line_and_its_complaint_is_shown() {
    let (jump, server) = (Sshd::start(), Sshd::start());
    let text = [
        block("jump", &jump),
        block("web", &server),
        " ProxyCommand ssh -F DIR/ssh_config -o BatchMode=yes -W [%h]:%p jump\n".to_owned(),
        block("broken", &server),
        " ProxyCommand sh -c 'echo no way to %h as %r >&2; exit 3'\n".to_owned(),
        block("behind", &server),
        " ProxyJump web\n".to_owned(),
    ];
    let ways = Ways::of(&server, &text.concat());
    let ran = ways.run("web", "echo here; seq 1 100000").await;
    assert_eq!((ran.code(), ran.out().lines().count()), (0, 100_001));
    assert_eq!((logins(&jump), logins(&server)), (1, 1));
    // A jump host may itself be behind a command.
    let ran = ways.nth(2, "behind", "echo behind").await;
    assert_eq!(ran.out(), "behind\n");
    let ran = ways.run("broken", "true").await;
    let why = ran.not_started();
    let said = format!("the command said: no way to 127.0.0.1 as {}", user());
    assert!(why.class == Class::Host && why.why.contains(&said), "{why}");
    ways.engine.disconnect().await;
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn ipv6_is_dialled_and_the_family_obeyed() {
    let server = Sshd::start_with("ListenAddress ::1");
    let v6 = |name: &str| block(name, &server).replace("HostName 127.0.0.1", "HostName ::1");
    let key = std::fs::read_to_string(server.dir().join("host_ed25519.pub")).expect("a key");
    let text = [v6("six"), v6("four"), " AddressFamily inet\n".to_owned()];
    let ways = Ways::of(&server, &text.concat());
    std::fs::write(server.dir().join("known_hosts_host_ed25519"), format!("[::1]:{} {key}", server.port()))
        .expect("written");
    let ran = ways.run("six", "echo six").await;
    assert_eq!(ran.out(), "six\n", "{:?}", ran.end);
    let ran = ways.run("four", "true").await;
    let why = &ran.not_started().why;
    assert!(why.contains("no IPv4 address") || why.contains("cannot find an address for ::1"), "{why}");
    ways.engine.disconnect().await;
}

#[tokio::test]
#[ignore = "needs ssh"]
async fn the_times_of_the_configuration_count() -> std::io::Result<()> {
    let mute = TcpListener::bind("127.0.0.1:0").await?;
    let dir = crate::support::temp::TempDir::new("times");
    let config = dir.path().join("ssh_config");
    let port = mute.local_addr()?.port();
    std::fs::write(&config, format!("Host mute\n HostName 127.0.0.1\n Port {port}\n ConnectTimeout 1\n"))?;
    let ways = ways_of(&config);
    let ran = ways.run("mute", "true").await;
    let why = &ran.not_started().why;
    assert!(why.contains("no SSH greeting or key within 1 s"), "{why}");
    Ok(())
}

#[tokio::test]
#[ignore = "needs ssh"]
async fn a_configuration_that_ssh_refuses_is_refused_in_its_words() -> std::io::Result<()> {
    let dir = crate::support::temp::TempDir::new("refused");
    let config = dir.path().join("ssh_config");
    std::fs::write(&config, "Bogus yes\n")?;
    let ways = ways_of(&config);
    let no = ways.resolver.look_up(&ways.unpinned("web")).await.expect_err("it is refused");
    assert!(no.why.contains("Bad configuration option: bogus"), "{no}");
    std::fs::remove_file(&config)?;
    let no = ways.resolver.look_up(&ways.unpinned("web")).await.expect_err("it is refused");
    assert!(no.why.contains("No such file"), "{no}");
    Ok(())
}

#[tokio::test]
async fn without_ssh_only_written_hosts_work() {
    let around = Surroundings {
        home: PathBuf::from("/"),
        user: "omar".to_owned(),
        uid: 1,
        machine: "desk".to_owned(),
        variable: Arc::new(|_| None),
    };
    let none = Arc::new(OpenSsh::new(PathBuf::from("/no/such/ssh")));
    let resolver = Configured::new(none, around, Written::default());
    let ways = ways_of(Path::new("/dev/null"));
    let no = resolver.look_up(&ways.unpinned("web")).await.expect_err("there is no ssh");
    assert!(no.why.contains("no program `/no/such/ssh`") && no.why.contains("user@address"), "{no}");
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn another_key_than_at_the_first_connection_is_refused() {
    let server = Sshd::start();
    let ways = Ways::of(&server, &block("web", &server));
    let mut host = ways.host("web").await;
    host.way.key = Some(server.host_key().fingerprint());
    assert_eq!(run(&ways.engine, &host, step(1, "echo same")).await.out(), "same\n");
    ways.engine.disconnect().await;
    host.way.key = Some("SHA256:another".to_owned());
    let ran = run(&ways.engine, &host, step(2, "touch \"$HOME/ran\"")).await;
    assert_eq!(ran.not_started().class, Class::Moved);
    assert!(ran.not_started().why.contains("showed SHA256:another when this run first connected"));
    assert_eq!(logins(&server), 1, "nobody logged in");
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn keepalives_come_as_often_as_the_configuration_says() {
    let server = Sshd::start();
    let text = block("web", &server) + " ServerAliveInterval 1\n ServerAliveCountMax 1\n";
    let ways = Ways::of(&server, &text);
    let host = ways.host("web").await;
    let mut background = super::common::start(&ways.engine, &host, step(1, "echo a; exec sleep 61"));
    background.printed(2).await;
    server.freeze();
    let ran = tokio::time::timeout(Duration::from_secs(20), background.end()).await.expect("it is noticed");
    assert!(ran.lost().why.contains("answers no more"), "{:?}", ran.end);
}

fn ways_of(config: &Path) -> Ways {
    let around = Surroundings {
        home: PathBuf::from("/"),
        user: user(),
        uid: 0,
        machine: "desk".to_owned(),
        variable: Arc::new(|_| None),
    };
    let resolver = Arc::new(Configured::new(Arc::new(OpenSsh::default()), around, Written::default()));
    let engine =
        Engine::new(Settings::default(), Arc::new(Tcp), HostKeys::Files(Vec::new()), Credentials::default())
            .resolving(resolver.clone());
    Ways { config: config.to_owned(), resolver, engine }
}
