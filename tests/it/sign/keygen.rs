//! Both ways with the system's `ssh-keygen` and `ssh-agent`: what it signs is taken here, what is signed here it takes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use gonogo::run::fact::{Proof, Who};
use gonogo::runtime::signer::find::{hand, public};
use gonogo::runtime::signer::{Signer, TOUCH};
use gonogo::sign::signers::AllowedSigners;
use gonogo::sign::sshsig::{NAMESPACE, message};
use gonogo::sign::verify::verify;

use crate::it::audit::tools::{at, attacker, close, open, run_closed, run_opened};
use crate::support::binary::until;
use crate::support::signers::allowed;
use crate::support::sshd::keygen;
use crate::support::temp::TempDir;

const WHO: &str = "layla@example.net";
const BODY: &str = r#"{"v":1,"kind":"box.signed","who":{"name":"layla@example.net"}}"#;
const AT: i64 = 1_800_000_000;

/// A key of one kind, and the line that allows it.
struct Kind {
    /// The public file: of the certificate, where there is one.
    shown: PathBuf,
    private: PathBuf,
    line: String,
}

fn kind(dir: &TempDir, name: &str) -> Kind {
    let private = dir.join(name);
    let kind = if name.starts_with("cert") { "ed25519" } else { name };
    let bits: &[&str] = if kind == "rsa" { &["-b", "2048"] } else { &[] };
    keygen(&[&["-q", "-t", kind, "-N", "", "-C", WHO], bits, &["-f"]].concat(), &private);
    let beside = |ending: &str| PathBuf::from(format!("{}{ending}", private.display()));
    let read = |path: &Path| public(path).unwrap().0.line();
    if name != "cert" {
        let line = format!("{WHO} namespaces=\"{NAMESPACE}\" {}\n", read(&beside(".pub")));
        return Kind { shown: beside(".pub"), private, line };
    }
    let authority = dir.join("authority");
    keygen(&["-q", "-t", "ed25519", "-N", "", "-f"], &authority);
    let authority = authority.display().to_string();
    let args = ["-q", "-s", &authority, "-I", "layla", "-n", WHO, "-V", "20260101:20371231"];
    keygen(&args, &beside(".pub"));
    let line = format!("*@example.net cert-authority {}\n", read(&dir.join("authority.pub")));
    Kind { shown: beside("-cert.pub"), private, line }
}

struct Agent {
    child: Child,
    socket: PathBuf,
}

impl Agent {
    fn with(dir: &TempDir, key: &Path) -> Self {
        let socket = dir.join("agent");
        let child = Command::new("ssh-agent")
            .args(["-D", "-a"])
            .arg(&socket)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("ssh-agent starts");
        until("the agent listens", || socket.exists());
        let added =
            Command::new("ssh-add").arg(key).env("SSH_AUTH_SOCK", &socket).stderr(Stdio::null()).status();
        assert!(added.expect("ssh-add runs").success());
        Self { child, socket }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.child.kill().unwrap_or_default();
        self.child.wait().map(drop).unwrap_or_default();
    }
}

/// What `ssh-keygen -Y verify` says of `sig` over `message`.
fn stock_verify(dir: &TempDir, line: &str, sig: &str, message: &[u8], who: &str) -> bool {
    stock_verify_but(dir, line, sig, message, who, &[])
}

fn stock_verify_but(
    dir: &TempDir,
    line: &str,
    sig: &str,
    message: &[u8],
    who: &str,
    options: &[&str],
) -> bool {
    fs::write(dir.join("allowed"), line).unwrap();
    fs::write(dir.join("sig"), sig).unwrap();
    fs::write(dir.join("message"), message).unwrap();
    let status = Command::new("ssh-keygen")
        .args(["-Y", "verify", "-n", NAMESPACE, "-I", who, "-O", "verify-time=20270115080000Z"])
        .args(options)
        .arg("-f")
        .arg(dir.join("allowed"))
        .arg("-s")
        .arg(dir.join("sig"))
        .stdin(fs::File::open(dir.join("message")).unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.expect("ssh-keygen runs").success()
}

/// What `ssh-keygen -Y sign` makes of `message`.
fn stock_sign(dir: &TempDir, key: &Path, agent: Option<&Path>, message: &[u8], options: &[&str]) -> String {
    let file = dir.join("to-sign");
    fs::write(&file, message).unwrap();
    let sig = dir.join("to-sign.sig");
    fs::remove_file(&sig).unwrap_or_default();
    let mut command = Command::new("ssh-keygen");
    command.args(["-Y", "sign"]).args(options).arg("-f").arg(key).arg(&file).env_remove("SSH_AUTH_SOCK");
    if let Some(socket) = agent {
        command.env("SSH_AUTH_SOCK", socket);
    }
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.expect("ssh-keygen runs").success());
    fs::read_to_string(sig).unwrap()
}

async fn matrix(name: &str) {
    let dir = TempDir::new("keygen");
    let key = kind(&dir, name);
    let signers = Arc::new(allowed(&key.line));
    let (shown, _) = public(&key.shown).unwrap();
    let agent = Agent::with(&dir, &key.private);
    for socket in [None, Some(agent.socket.as_path())] {
        let by = if socket.is_some() { "agent" } else { "file" };
        // Signed here.
        let hand = hand(&shown, Some(&key.shown), socket, &|_| None).await.unwrap();
        let signer = Signer::new(WHO, shown.clone(), hand, Arc::clone(&signers), TOUCH);
        assert_eq!(signer.asks_agent(), socket.is_some());
        let sig = signer.sign(BODY, AT).await.unwrap_or_else(|why| panic!("{name} by {by}: {why}"));
        assert!(stock_verify(&dir, &key.line, &sig, &message(BODY), WHO), "{name} by {by}");
        assert!(!stock_verify(&dir, &key.line, &sig, BODY.as_bytes(), WHO), "{name}: the line feed counts");
        assert!(!stock_verify(&dir, &key.line, &sig, &message(BODY), "omar@example.org"), "{name} by {by}");
        // Signed there.
        let with = if socket.is_some() { &key.shown } else { &key.private };
        let with = if name == "cert" { &key.shown } else { with };
        let theirs = stock_sign(&dir, with, socket, &message(BODY), &["-n", NAMESPACE]);
        let proven = verify(&theirs, &message(BODY), WHO, AT, &signers);
        assert_eq!(
            proven.unwrap_or_else(|why| panic!("{name} by {by}: {why}")).fingerprint,
            shown.fingerprint()
        );
        let other = stock_sign(&dir, with, socket, &message(BODY), &["-n", "git"]);
        assert!(verify(&other, &message(BODY), WHO, AT, &signers).is_err());
        let sha256 =
            stock_sign(&dir, with, socket, &message(BODY), &["-n", NAMESPACE, "-O", "hashalg=sha256"]);
        assert!(verify(&sha256, &message(BODY), WHO, AT, &signers).is_err());
    }
}

#[tokio::test]
#[ignore = "needs ssh-keygen"]
async fn ed25519_both_ways() {
    matrix("ed25519").await;
}

#[tokio::test]
#[ignore = "needs ssh-keygen"]
async fn ecdsa_both_ways() {
    matrix("ecdsa").await;
}

#[tokio::test]
#[ignore = "needs ssh-keygen"]
async fn rsa_both_ways() {
    matrix("rsa").await;
}

#[tokio::test]
#[ignore = "needs ssh-keygen"]
async fn a_certificate_both_ways() {
    matrix("cert").await;
}

#[tokio::test]
#[ignore = "needs ssh-keygen"]
async fn allowed_signers_mean_the_same_to_both() {
    let dir = TempDir::new("keygen-lines");
    let (key, other) = (kind(&dir, "ed25519"), kind(&dir, "ecdsa"));
    let (own, strange) = (public(&key.shown).unwrap().0.line(), public(&other.shown).unwrap().0.line());
    let sig = stock_sign(&dir, &key.private, None, &message(BODY), &["-n", NAMESPACE]);
    for (line, who) in [
        (format!("{WHO} {own}"), WHO),
        (format!("*@example.net {own}"), WHO),
        (format!("*@example.net,!layla@* {own}"), WHO),
        (format!("omar@example.net,layla@* {own}"), WHO),
        (format!("\"نورة الشهري\" {own}"), "نورة الشهري"),
        (format!("{WHO} namespaces=\"git,signoff@*\" {own}"), WHO),
        (format!("{WHO} namespaces=\"git\" {own}"), WHO),
        (format!("{WHO} valid-after=\"20270115080000Z\" {own}"), WHO),
        (format!("{WHO} valid-after=\"20270115080001Z\" {own}"), WHO),
        (format!("{WHO} valid-before=\"20270115080000Z\" {own}"), WHO),
        (format!("{WHO} valid-before=\"20270115075959Z\" {own}"), WHO),
        (format!("{WHO} valid-after=\"20260101Z\",valid-before=\"20280101Z\" {own}"), WHO),
        (format!("{WHO} valid-after=\"20280101Z\",valid-before=\"20260101Z\" {own}"), WHO),
        (format!("{WHO} cert-authority {own}"), WHO),
        (format!("{WHO} nonsense {own}"), WHO),
        (format!("{WHO} {strange}"), WHO),
        (format!("{WHO} {strange}\n# a remark\n\n{WHO} {own} and a comment"), WHO),
        (WHO.to_owned(), WHO),
        (format!("layla@example.ne? {own}"), WHO),
        (format!("LAYLA@example.net {own}"), WHO),
    ] {
        let line = format!("{line}\n");
        let (signers, _) = AllowedSigners::parse(&line, gonogo::clock::Zone::default());
        let here = verify(&sig, &message(BODY), who, AT, &signers);
        let there = stock_verify(&dir, &line, &sig, &message(BODY), who);
        assert_eq!(here.is_ok(), there, "{line}: {here:?}");
    }
}

#[tokio::test]
#[ignore = "needs ssh-keygen"]
async fn an_event_of_the_log_is_verified_with_stock_tools() {
    let dir = TempDir::new("keygen-log");
    let key = kind(&dir, "ed25519");
    let (shown, _) = public(&key.shown).unwrap();
    let hand = hand(&shown, Some(&key.shown), None, &|_| None).await.unwrap();
    let signer = Signer::new(WHO, shown, hand, Arc::new(allowed(&key.line)), TOUCH);
    let path = dir.join("log.db");
    let (writer, _, ended) = open(&path);
    for entry in [run_opened("Release"), run_closed()] {
        let mut entry = entry;
        let who = gonogo::run::proof::who_mut(&mut entry.event).unwrap();
        *who = Who { name: WHO.to_owned(), proof: Proof::SshKey, via: who.via.clone(), seat: None };
        let mut drafts = writer.draft(Some("one"), vec![entry], at(1)).unwrap();
        let sig = signer.sign(drafts[0].body(), at(1).wall.timestamp()).await.unwrap();
        drafts[0].signed(sig);
        writer.append_drafts(drafts, None, at(1)).wait().unwrap();
    }
    close(writer, ended);
    let conn = attacker(&path);
    let mut statement = conn
        .prepare("SELECT body, sig, json_extract(body, '$.who.name') FROM event WHERE sig IS NOT NULL")
        .unwrap();
    let rows: Vec<(String, String, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(rows.len(), 2);
    for (body, sig, name) in rows {
        assert!(stock_verify(&dir, &key.line, &sig, &message(&body), &name));
        assert!(!stock_verify(&dir, &key.line, &sig, &message(&body.replace("one", "two")), &name));
    }
}

/// A list that `ssh-keygen -k` makes of `lines`.
fn krl(dir: &TempDir, lines: &str) -> PathBuf {
    let (spec, list) = (dir.join("spec"), dir.join("list"));
    fs::write(&spec, format!("{lines}\n")).unwrap();
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-k", "-f"]).arg(&list).arg("-s").arg(dir.join("authority.pub")).arg(&spec);
    assert!(command.stdout(Stdio::null()).status().expect("ssh-keygen runs").success(), "{lines}");
    list
}

#[tokio::test]
#[ignore = "needs ssh-keygen"]
async fn revocation_lists_mean_the_same_to_both() {
    let dir = TempDir::new("keygen-krl");
    let (plain, other) = (kind(&dir, "ed25519"), kind(&dir, "ecdsa"));
    let mut certified = kind(&dir, "cert");
    let (authority, bare) =
        (dir.join("authority"), PathBuf::from(format!("{}.pub", certified.private.display())));
    let args = [
        "-q",
        "-s",
        authority.to_str().unwrap(),
        "-I",
        "layla's",
        "-z",
        "7",
        "-n",
        WHO,
        "-V",
        "20260101:20371231",
    ];
    keygen(&args, &bare);
    certified.shown = dir.join("cert-cert.pub");
    let read = |path: &Path| public(path).unwrap().0;
    let (own, above, below) = (read(&plain.shown), read(&dir.join("authority.pub")), read(&bare));
    let lists = [
        format!("key: {}", own.line()),
        format!("sha1: {}", own.line()),
        format!("sha256: {}", own.line()),
        format!("hash: {}", own.fingerprint()),
        format!("key: {}", below.line()),
        format!("sha256: {}", below.line()),
        format!("key: {}", above.line()),
        format!("sha1: {}", above.line()),
        "serial: 7".to_owned(),
        "serial: 1-6".to_owned(),
        "serial: 5-900".to_owned(),
        "serial: 1\nserial: 3\nserial: 7\nserial: 9".to_owned(),
        "serial: 1\nserial: 3\nserial: 9".to_owned(),
        "id: layla's".to_owned(),
        "id: layla".to_owned(),
        format!("id: nobody\nserial: 40-70\nkey: {}\nsha256: {}", own.line(), above.line()),
    ];
    let mut revoked = 0;
    for lines in &lists {
        let list = krl(&dir, lines);
        for key in [&plain, &other, &certified] {
            let sig = stock_sign(
                &dir,
                if key.private.ends_with("cert") { &key.shown } else { &key.private },
                None,
                &message(BODY),
                &["-n", NAMESPACE],
            );
            let signers = allowed(&key.line).revoking(&fs::read(&list).unwrap()).unwrap();
            let here = verify(&sig, &message(BODY), WHO, AT, &signers);
            let there =
                stock_verify_but(&dir, &key.line, &sig, &message(BODY), WHO, &["-r", list.to_str().unwrap()]);
            assert_eq!(here.is_ok(), there, "{lines} of {}: {here:?}", key.shown.display());
            assert!(here.is_ok() || here.unwrap_err().to_string().contains("revoked"));
            revoked += u32::from(!there);
        }
    }
    assert_eq!(revoked, 5 + 2 + 2 + 3 + 1 + 1, "each list revokes what it was made for");
}
