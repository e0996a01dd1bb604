//! What is told when a host cannot be reached, trusted or logged in to.

use std::collections::HashMap;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gonogo::exec::ssh::{Credentials, HostKey, HostKeys, Tcp};
use gonogo::exec::{Class, Engine, Event, Host, NotStarted, Settings, Trust, Way};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::common::{run, step};
use crate::support::memory_ssh::{Faults, MemoryHost, Shell};

fn host(address: &str, port: u16) -> Host {
    Host {
        name: "web-1".to_owned(),
        user: "omar".to_owned(),
        address: address.to_owned(),
        port,
        identity: None,
        known_hosts: None,
        way: Way::default(),
        sudo: false,
    }
}

async fn refusal(host: &Host, settings: Settings) -> NotStarted {
    let engine = Engine::new(settings, Arc::new(Tcp), HostKeys::Files(Vec::new()), Credentials::default());
    let (sender, _events) = mpsc::channel(8);
    engine.prepare(host, &"0".repeat(32), &sender).await.expect_err("nobody is there")
}

#[tokio::test]
async fn each_reason_why_a_host_cannot_be_reached_is_told_apart() -> io::Result<()> {
    let short = Settings { connect: Duration::from_millis(300), ..Settings::default() };
    let unknown = refusal(&host("no-such-host.invalid", 22), Settings::default()).await;
    assert!(unknown.why.contains("cannot find an address for no-such-host.invalid"), "{unknown}");
    let port = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
    let refused = refusal(&host("127.0.0.1", port), Settings::default()).await;
    assert!(refused.why.contains("refused the connection"), "{refused}");
    let mute = TcpListener::bind("127.0.0.1:0").await?;
    let silent = refusal(&host("127.0.0.1", mute.local_addr()?.port()), short).await;
    assert!(silent.why.contains("no SSH greeting or key within 0.3 s"), "{silent}");
    for (words, said) in
        [("", "closed the connection at once"), ("HTTP/1.0 400 no\r\n\r\n", "cannot speak SSH")]
    {
        let other = TcpListener::bind("127.0.0.1:0").await?;
        let port = other.local_addr()?.port();
        let serving = tokio::spawn(async move {
            let (mut stream, _) = other.accept().await?;
            stream.write_all(words.as_bytes()).await?;
            stream.shutdown().await
        });
        let why = refusal(&host("127.0.0.1", port), Settings::default()).await;
        assert!(why.why.contains(said) || why.why.contains("is this the SSH port"), "{words:?}: {why}");
        assert_eq!(why.class, Class::Host);
        serving.await.expect("no panic")?;
    }
    assert!([unknown, refused, silent].iter().all(|why| why.class == Class::Host));
    Ok(())
}

#[tokio::test]
async fn a_login_that_is_refused_names_the_keys() {
    let memory = MemoryHost::start(Shell::System);
    memory.set_faults(Faults { refuse_login: true, ..Faults::default() });
    let ran = run(&memory.engine(), &memory.host, step(1, "true")).await;
    let why = ran.not_started();
    assert_eq!(why.class, Class::Auth);
    assert!(why.why.contains("api-1 as omar") && why.why.contains("ssh-ed25519 SHA256:"), "{why}");
}

#[tokio::test]
async fn keys_that_cannot_be_used_are_named() {
    let memory = MemoryHost::start(Shell::System);
    let encrypted = memory.dir.join("encrypted");
    std::fs::write(&encrypted, ENCRYPTED).expect("written");
    std::fs::set_permissions(&encrypted, std::fs::Permissions::from_mode(0o600)).expect("changed");
    let open = memory.dir.join("open");
    std::fs::copy(&encrypted, &open).expect("copied");
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o640)).expect("changed");
    let missing = memory.dir.join("missing");
    let garbage = memory.dir.join("garbage");
    std::fs::write(&garbage, "no key").expect("written");
    for (identity, said) in [
        // The host does not know it, so nobody is asked its passphrase.
        (Some(encrypted.clone()), "encrypted)"),
        (Some(open), "open: its permissions 0640 let others at it, so it is not used (`chmod 600"),
        (Some(missing.clone()), "missing: no such file"),
        (Some(garbage), "garbage:"),
        (None, "there is no key to try"),
    ] {
        let keys = HashMap::from([(memory.host.name.clone(), memory.host_key())]);
        let credentials = Credentials { files: vec![missing.clone()], ..Credentials::default() };
        let engine = memory.engine_of(Settings::default(), HostKeys::Exact(Arc::new(keys)), credentials);
        let host = Host { identity, ..memory.host.clone() };
        let ran = run(&engine, &host, step(1, "true")).await;
        assert_eq!(ran.not_started().class, Class::Auth);
        assert!(ran.not_started().why.contains(said), "{}", ran.not_started());
    }
}

#[tokio::test]
async fn a_host_key_must_be_recorded() {
    let memory = MemoryHost::start(Shell::System);
    let file = memory.dir.join("known_hosts");
    let host = Host { known_hosts: Some(file.clone()), port: 2222, ..memory.host.clone() };
    let line =
        |key: &HostKey| format!("[{}]:2222 {} {}\n", host.address, key.kind, STANDARD.encode(&key.blob));
    let other = MemoryHost::start(Shell::System).host_key();
    let own = memory.host_key();
    for (text, said) in [
        (None, "is not known"),
        (Some(String::new()), "is not known"),
        (Some(format!("# comment\n{}", line(&other))), "has changed"),
        (Some(format!("{}@revoked {}", line(&own), line(&own))), "is revoked"),
    ] {
        if let Some(text) = &text {
            std::fs::write(&file, text).expect("written");
        }
        let engine = memory.engine_trusting(Settings::default(), HostKeys::Files(Vec::new()));
        let ran = run(&engine, &host, step(1, "touch \"$HOME/ran\"")).await;
        let why = ran.not_started();
        assert_eq!(why.class, Class::HostKey);
        assert!(why.why.contains(said) && why.why.contains(&own.fingerprint()), "{why}");
        assert!(said != "has changed" || why.why.contains("known_hosts:2"), "{why}");
    }
    std::fs::write(&file, format!("\n{}", line(&own))).expect("written");
    let engine = memory.engine_trusting(Settings::default(), HostKeys::Files(Vec::new()));
    let ran = run(&engine, &host, step(1, "true")).await;
    assert_eq!(ran.code(), 0);
    let trust = Trust::KnownHosts { file: file.display().to_string(), line: 2 };
    assert!(ran.events.iter().any(|event| matches!(event, Event::Connected(c) if c.trust == trust)));
    assert!(!memory.home().join("ran").exists());
}

#[tokio::test]
async fn a_pinned_key_must_be_the_same() {
    let memory = MemoryHost::start(Shell::System);
    let other = MemoryHost::start(Shell::System).host_key();
    for (keys, said) in [
        (HashMap::from([(memory.host.name.clone(), other)]), "not the expected"),
        (HashMap::new(), "no host key is pinned"),
    ] {
        let engine = memory.engine_trusting(Settings::default(), HostKeys::Exact(Arc::new(keys)));
        let ran = run(&engine, &memory.host, step(1, "true")).await;
        assert_eq!(ran.not_started().class, Class::HostKey);
        assert!(ran.not_started().why.contains(said), "{}", ran.not_started());
    }
}

#[tokio::test]
async fn a_known_hosts_file_that_cannot_be_read_is_no_empty_one() {
    let memory = MemoryHost::start(Shell::System);
    let host = Host { known_hosts: Some(memory.dir.clone()), ..memory.host.clone() };
    let engine = memory.engine_trusting(Settings::default(), HostKeys::Files(Vec::new()));
    let ran = run(&engine, &host, step(1, "true")).await;
    assert_eq!(ran.not_started().class, Class::HostKey);
    assert!(ran.not_started().why.contains("cannot be checked"), "{}", ran.not_started());
}

/// A key that `ssh-keygen -t ed25519 -N secret` made for this test alone.
const ENCRYPTED: &str = include_str!("../../fixtures/exec/encrypted_key");
