//! Logins at a real OpenSSH server: certificates, encrypted keys, agents that hold, refuse or hang, limits.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use gonogo::exec::ssh::{Credentials, HostKeys, Tcp};
use gonogo::exec::{Class, Engine, Host, NotStarted, Settings};
use tokio::sync::mpsc;

use super::common::{LONG, seed};
use super::host_keys::unix_time;
use crate::support::desk::{Scripted, typed};
use crate::support::sshd::{Sshd, keygen, user};

fn engine(agent: Option<PathBuf>, files: &[PathBuf]) -> Engine {
    let settings = Settings { agent: Duration::from_millis(500), ..Settings::default() };
    let credentials = Credentials { agent, files: files.to_vec(), ..Credentials::default() };
    let engine = Engine::new(settings, Arc::new(Tcp), HostKeys::Files(Vec::new()), credentials);
    engine.set_clock(unix_time);
    engine
}

async fn auth(engine: &Engine, host: &Host) -> Result<String, NotStarted> {
    let (sender, _events) = mpsc::channel(64);
    let said = tokio::time::timeout(LONG, engine.prepare(host, &seed(host), &sender)).await.expect("it ends");
    engine.disconnect().await;
    said.map(|connected| connected.auth)
}

async fn refusal(engine: &Engine, host: &Host) -> String {
    let why = auth(engine, host).await.expect_err("nobody is let in");
    assert_eq!(why.class, Class::Auth, "{why}");
    why.why
}

/// Starts a server that lets in whom its authority vouches for, and nobody else. The authority signs `cert_ed25519` with
/// these arguments.
fn certified(args: &[&str]) -> Sshd {
    Sshd::start_in(|dir: &Path| {
        for name in ["authority", "cert_ed25519"] {
            keygen(&["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"], &dir.join(name));
        }
        let authority = dir.join("authority").display().to_string();
        let mut all = vec!["-q", "-s", authority.as_str(), "-I", "layla at desk"];
        all.extend(args);
        keygen(&all, &dir.join("cert_ed25519.pub"));
        format!("TrustedUserCAKeys {authority}.pub")
    })
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn a_certificate_beside_the_key_logs_in() {
    let mut server = certified(&["-n", &user(), "-V", "-1h:+1h"]);
    let host = server.host(Some("cert_ed25519"));
    let auth_by = auth(&engine(None, &[]), &host).await.expect("logged in");
    assert!(auth_by.starts_with("certificate \"layla at desk\" of ssh-ed25519 SHA256:"), "{auth_by}");
    assert!(auth_by.ends_with("cert_ed25519-cert.pub)"), "{auth_by}");
    // The agent has the key; its certificate lies in a file.
    let (key, cert) = (server.dir().join("cert_ed25519"), server.dir().join("cert_ed25519-cert.pub"));
    let aside = server.dir().join("aside");
    fs::rename(&cert, &aside).expect("moved");
    server.start_agent(&["cert_ed25519"]);
    fs::rename(&aside, &cert).expect("moved");
    let hidden = server.dir().join("hidden");
    fs::rename(&key, &hidden).expect("moved");
    let agent = Some(server.dir().join("agent"));
    let auth_by = auth(&engine(agent.clone(), &[]), &host).await.expect("logged in");
    assert!(auth_by.starts_with("certificate"), "{auth_by}");
    // The agent has both, and there is no file at all.
    fs::rename(&hidden, &key).expect("moved");
    server.add("cert_ed25519");
    fs::remove_file(&key).expect("removed");
    fs::remove_file(&cert).expect("removed");
    let auth_by = auth(&engine(agent, &[]), &server.host(None)).await.expect("logged in");
    assert!(auth_by.starts_with("certificate") && auth_by.ends_with("(agent)"), "{auth_by}");
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn a_certificate_that_is_not_accepted_is_named_with_its_reason() {
    let user = user();
    for (args, said) in [
        (["-n", "nobody-at-all", "-V", "-1h:+1h"], "certificate \"layla at desk\" of"),
        (["-n", user.as_str(), "-V", "-2h:-1h"], "certificate \"layla at desk\", expired of"),
        (["-n", user.as_str(), "-V", "+1h:+2h"], "certificate \"layla at desk\", not valid yet of"),
    ] {
        let server = certified(&args);
        let why = refusal(&engine(None, &[]), &server.host(Some("cert_ed25519"))).await;
        assert!(why.contains(said), "{why}");
    }
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn encrypted_keys_of_every_form_are_unlocked_by_their_passphrase() {
    let server = Sshd::start();
    let dir = server.dir();
    for (name, more) in [("user_ed25519", [].as_slice()), ("user_ecdsa", &[]), ("user_rsa", &["-m", "PEM"])] {
        let mut args = vec!["-q", "-p", "-N", "open sesame", "-P", ""];
        args.extend(more);
        args.push("-f");
        keygen(&args, &dir.join(name));
        // What only the passphrase tells: which key it is.
        fs::remove_file(dir.join(name).with_extension("pub")).expect("removed");
        let engine = engine(None, &[]);
        let desk = Scripted::new([typed("close sesame"), typed("open sesame")]);
        engine.set_asker(desk.clone());
        let auth_by = auth(&engine, &server.host(Some(name))).await.expect("logged in");
        assert!(auth_by.contains(name), "{auth_by}");
        let asked = desk.asked();
        assert!(asked.len() == 2 && asked[1].contains(&format!("passphrase {name} (2)")), "{asked:?}");
    }
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn an_agent_that_hangs_or_is_not_there_keeps_nobody_out() {
    let server = Sshd::start();
    let mute = server.dir().join("mute");
    let _listener = UnixListener::bind(&mute).expect("a socket");
    let missing = server.dir().join("no agent");
    let key = [server.dir().join("user_ed25519")];
    for (socket, said) in [(mute, "it does not answer within 0.5 s"), (missing, "No such file")] {
        auth(&engine(Some(socket.clone()), &key), &server.host(None)).await.expect("the file logs in");
        let why = refusal(&engine(Some(socket.clone()), &[]), &server.host(None)).await;
        assert!(why.contains(&format!("the agent at {}: {said}", socket.display())), "{why}");
    }
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn an_agent_that_refuses_to_sign_is_named_and_the_next_key_is_tried() {
    let mut server = Sshd::start();
    server.start_agent(&[]);
    let socket = server.dir().join("agent");
    // A key that wants a person's word for each use, whom the agent cannot ask here.
    let added = Command::new("ssh-add")
        .args(["-q", "-c"])
        .arg(server.dir().join("user_ecdsa"))
        .env("SSH_AUTH_SOCK", &socket)
        .stderr(Stdio::null())
        .status();
    assert!(added.expect("ssh-add runs").success());
    let key = [server.dir().join("user_ed25519")];
    let auth_by = auth(&engine(Some(socket.clone()), &key), &server.host(None)).await.expect("logged in");
    assert!(auth_by.contains("user_ed25519"), "{auth_by}");
    let why = refusal(&engine(Some(socket), &[]), &server.host(None)).await;
    assert!(why.contains("ecdsa-sha2-nistp256") && why.contains("the agent did not sign"), "{why}");
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn too_many_keys_are_told_and_naming_one_helps() {
    let mut server = Sshd::start_with("MaxAuthTries 3");
    let strangers: Vec<String> = (0..4).map(|n| format!("stranger{n}")).collect();
    for name in &strangers {
        keygen(&["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"], &server.dir().join(name));
    }
    let mut all: Vec<&str> = strangers.iter().map(String::as_str).collect();
    all.push("user_rsa");
    server.start_agent(&all);
    let agent = Some(server.dir().join("agent"));
    let why = refusal(&engine(agent.clone(), &[]), &server.host(None)).await;
    assert!(
        why.contains("perhaps after too many keys") && why.contains("name one as the host's identity"),
        "{why}"
    );
    assert!(why.contains("Too many authentication failures"), "{why}");
    auth(&engine(agent, &[]), &server.host(Some("user_rsa"))).await.expect("that one is tried first");
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn a_key_that_others_can_read_is_not_used() {
    let server = Sshd::start();
    let key = server.dir().join("user_ed25519");
    for mode in [0o644, 0o640, 0o604] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).expect("changed");
        let why = refusal(&engine(None, &[]), &server.host(Some("user_ed25519"))).await;
        let said = format!("user_ed25519: its permissions {mode:04o} let others at it, so it is not used");
        assert!(why.contains(&said) && why.contains("chmod 600"), "{why}");
    }
    fs::set_permissions(&key, fs::Permissions::from_mode(0o400)).expect("changed");
    auth(&engine(None, &[]), &server.host(Some("user_ed25519"))).await.expect("logged in");
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn two_keys_may_be_wanted() {
    let mut server = Sshd::start_with("AuthenticationMethods publickey,publickey");
    server.start_agent(&["user_rsa", "user_ecdsa"]);
    let agent = Some(server.dir().join("agent"));
    let auth_by = auth(&engine(agent, &[]), &server.host(None)).await.expect("logged in");
    assert!(auth_by.contains("ssh-rsa") && auth_by.contains(", then ecdsa-sha2-nistp256"), "{auth_by}");
    let why = refusal(&engine(None, &[]), &server.host(Some("user_rsa"))).await;
    assert!(why.contains("wants another factor on top (publickey)"), "{why}");
}
