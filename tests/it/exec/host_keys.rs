//! Host keys of a real OpenSSH server: we say what `ssh -o StrictHostKeyChecking=yes` says, key for key and line for line.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use gonogo::exec::ssh::{ByteStream, Credentials, Dial, DialError, HostKeys, Tcp};
use gonogo::exec::target::Target;
use gonogo::exec::{BoxFuture, Class, Engine, Host, Settings, Trust};
use tokio::sync::mpsc;

use super::known_hosts::{CASES, ECDSA, Is, KEY, OTHER, hashed, text};
use crate::support::sshd::{Said, Sshd, keygen, public};

/// Reaches the server by whatever name and port.
struct At(u16);

impl Dial for At {
    fn dial<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<Box<dyn ByteStream>, DialError>> {
        Box::pin(async move {
            let target = Target { hostname: "127.0.0.1".to_owned(), port: self.0, ..target.clone() };
            Tcp.dial(&target).await
        })
    }
}

/// Seconds since 1970.
pub fn unix_time() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_secs()
}

/// What we say to a file, with the line.
async fn we_say(server: &Sshd, known_hosts: &Path, host: &str, port: u16) -> Is {
    let own = server.host(Some("user_ed25519"));
    let host =
        Host { address: host.to_owned(), port, known_hosts: Some(known_hosts.to_owned()), ..own.clone() };
    let keys = HostKeys::Files(Vec::new());
    let engine = Engine::new(Settings::default(), Arc::new(At(own.port)), keys, Credentials::default());
    engine.set_clock(unix_time);
    let (sender, _events) = mpsc::channel(8);
    let line = |why: &str| {
        let at = why.split(&format!("{}:", known_hosts.display())).nth(1).expect("the line is told");
        at.chars().take_while(char::is_ascii_digit).collect::<String>().parse().expect("a number")
    };
    let said = engine.prepare(&host, &"0".repeat(32), &sender).await;
    engine.disconnect().await;
    match said {
        Ok(connected) => match connected.trust {
            Trust::KnownHosts { line, .. } => Is::Trusted(line),
            Trust::Authority { line, .. } => Is::Vouched(line),
            other => panic!("{other:?}"),
        },
        Err(why) => {
            assert_eq!(why.class, Class::HostKey, "{why}");
            let why = why.why;
            if why.contains("is revoked by") {
                Is::Revoked(line(&why))
            } else if why.contains("has changed") {
                Is::Changed(line(&why))
            } else {
                assert!(why.contains("is not known"), "{why}");
                Is::Unknown
            }
        }
    }
}

fn class(is: Is) -> Said {
    match is {
        Is::Trusted(_) | Is::Vouched(_) => Said::Trusted,
        Is::Unknown => Said::Unknown,
        Is::Changed(_) => Said::Changed,
        Is::Revoked(_) => Said::Revoked,
    }
}

/// Puts the keys of a server in the place of those that the table names.
fn own(server: &Sshd, text: &str) -> String {
    let blob = |name: &str| {
        let line = public(&server.dir().join(name));
        line.split(' ').nth(1).expect("a key").to_owned()
    };
    text.replace(KEY, &blob("host_ed25519"))
        .replace(OTHER, &blob("stranger"))
        .replace(ECDSA, &blob("host_ecdsa"))
}

/// Where we refuse what ssh trusts, by name, and why.
const STRICTER: [&str; 2] = [
    // A key that is revoked for a host is revoked on all its ports.
    "revoked without port, asked for with one",
    // ssh ends a line at a zero byte, and what is before it here is no line.
    "zero bytes",
];

#[tokio::test]
#[ignore = "needs sshd"]
async fn ssh_says_the_same_of_every_file() {
    let server = Sshd::start();
    let hashes = [
        ("hashed, right", hashed("h", &[7; 20]), "K", 22, Is::Trusted(1)),
        ("hashed, another key", hashed("h", &[7; 20]), "O", 22, Is::Changed(1)),
        ("hashed with a port", hashed("[h]:2222", &[7; 20]), "K", 2222, Is::Trusted(1)),
        ("hashed without port, asked for with one", hashed("h", &[7; 20]), "K", 2222, Is::Trusted(1)),
        ("hashed with another port", hashed("[h]:2223", &[7; 20]), "K", 2222, Is::Unknown),
        ("hashed with a short salt", hashed("h", &[7; 19]), "K", 22, Is::Unknown),
    ];
    let hashes = hashes.map(|(name, hash, key, port, is)| {
        (name.to_owned(), text(&format!("{hash} ssh-ed25519 {key}")), "h", port, is)
    });
    let types = [
        // Only the ECDSA key is recorded: the server, which likes ed25519 better, is asked for that one.
        ("only the other type of the server is recorded", "h ecdsa-sha2-nistp256 E", 22, Is::Trusted(1)),
        ("the other type with a port", "[h]:2222 ecdsa-sha2-nistp256 E", 2222, Is::Trusted(1)),
        (
            "the other type, and a wrong one of the liked type",
            "h ssh-ed25519 O\nh ecdsa-sha2-nistp256 E",
            22,
            Is::Changed(1),
        ),
        ("a type that the server has not", "h ssh-rsa R", 22, Is::Changed(1)),
        (
            "both types, one revoked",
            "h ssh-ed25519 K\nh ecdsa-sha2-nistp256 E\n@revoked h ecdsa-sha2-nistp256 E",
            22,
            Is::Trusted(1),
        ),
    ];
    let types = types.map(|(name, file, port, is)| (name.to_owned(), text(file), "h", port, is));
    let cases =
        CASES.iter().map(|(name, file, host, port, is)| ((*name).to_owned(), text(file), *host, *port, *is));
    let mut compared = 0;
    for (name, file, host, port, is) in cases.chain(hashes).chain(types) {
        let path = server.dir().join("compared");
        fs::write(&path, own(&server, &file)).expect("written");
        let ours = we_say(&server, &path, host, port).await;
        let theirs = server.ssh_says(&path, host, port);
        assert_eq!(ours, is, "{name}:\n{file}");
        if STRICTER.contains(&name.as_str()) {
            assert!(theirs == class(ours) || theirs == Said::Trusted, "{name}: {theirs:?}");
        } else {
            assert_eq!(class(ours), theirs, "{name}:\n{file}");
        }
        compared += 1;
    }
    assert!(compared >= 60, "{compared}");
}

/// How the authority signs the server's key: arguments of `ssh-keygen -s`, and whether `authority_rsa` does.
struct Signed {
    args: &'static [&'static str],
    authority: &'static str,
}

const fn by_ed25519(args: &'static [&'static str]) -> Signed {
    Signed { args, authority: "authority" }
}

/// Starts a server whose ed25519 key has this certificate.
fn certified(signed: &Signed) -> Sshd {
    Sshd::start_in(|dir: &Path| {
        for (name, kind) in [("authority", "ed25519"), ("authority_rsa", "rsa")] {
            keygen(&["-q", "-t", kind, "-N", "", "-C", name, "-f"], &dir.join(name));
        }
        let authority = dir.join(signed.authority);
        let mut args = vec!["-q", "-s", authority.to_str().expect("UTF-8"), "-I", "host key"];
        args.extend(signed.args);
        keygen(&args, &dir.join("host_ed25519.pub"));
        format!("HostCertificate {}/host_ed25519-cert.pub", dir.display())
    })
}

/// Writes a file in which `A` is the authority, `K` the server's key and `O` another one.
fn known(server: &Sshd, template: &str) -> PathBuf {
    let blob = |name: &str| {
        let line = public(&server.dir().join(name));
        line.split(' ').take(2).collect::<Vec<_>>().join(" ")
    };
    let lines = template.replace(" A", &format!(" {}", blob("authority")));
    let lines = lines.replace(" B", &format!(" {}", blob("authority_rsa")));
    let lines = lines.replace(" K", &format!(" {}", blob("host_ed25519")));
    let path = server.dir().join("compared");
    fs::write(&path, lines.replace(" O", &format!(" {}", blob("stranger")))).expect("written");
    path
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn ssh_says_the_same_of_every_certificate() {
    type Asked = (&'static str, u16, Is);
    let valid: &[Asked] = &[
        ("@cert-authority h A", 22, Is::Vouched(1)),
        ("@cert-authority * A", 2222, Is::Vouched(1)),
        ("@cert-authority [h]:2222 A", 2222, Is::Vouched(1)),
        ("@cert-authority h A", 2222, Is::Vouched(1)),
        ("@cert-authority [h]:2222 A", 22, Is::Unknown),
        ("@cert-authority !h,* A", 22, Is::Unknown),
        ("@cert-authority x A", 22, Is::Unknown),
        ("@cert-authority h O", 22, Is::Unknown),
        ("h A", 22, Is::Changed(1)),
        ("h K", 22, Is::Trusted(1)),
        ("@cert-authority h O\nh K", 22, Is::Trusted(2)),
        ("@cert-authority h A\nh O", 22, Is::Vouched(1)),
        ("@cert-authority h A\n@revoked * A", 22, Is::Revoked(2)),
        ("@cert-authority h A\n@revoked * K", 22, Is::Revoked(2)),
        ("@revoked * O\n@cert-authority h A", 22, Is::Vouched(2)),
    ];
    let refused: &[Asked] = &[
        ("@cert-authority h A", 22, Is::Unknown),
        ("@cert-authority h A\nh K", 22, Is::Trusted(2)),
        ("@cert-authority h A\nh O", 22, Is::Changed(2)),
    ];
    let rsa: &[Asked] =
        &[("@cert-authority h B", 22, Is::Vouched(1)), ("@cert-authority h A", 22, Is::Unknown)];
    let all: &[Asked] =
        &[("@cert-authority h A", 22, Is::Vouched(1)), ("@cert-authority h A", 2222, Is::Vouched(1))];
    for (what, signed, asked) in [
        ("valid", by_ed25519(&["-h", "-n", "x,h", "-V", "-1h:+1h"]), valid),
        ("no principals", by_ed25519(&["-h", "-V", "-1h:+1h"]), all),
        ("for ever", by_ed25519(&["-h", "-n", "h"]), all),
        (
            "signed with RSA",
            Signed { args: &["-h", "-n", "h", "-t", "rsa-sha2-512"], authority: "authority_rsa" },
            rsa,
        ),
        ("expired", by_ed25519(&["-h", "-n", "h", "-V", "-2h:-1h"]), refused),
        ("not valid yet", by_ed25519(&["-h", "-n", "h", "-V", "+1h:+2h"]), refused),
        ("for another host", by_ed25519(&["-h", "-n", "x,hh"]), refused),
        ("for a pattern", by_ed25519(&["-h", "-n", "*"]), refused),
        ("with a critical option", by_ed25519(&["-h", "-n", "h", "-O", "critical:new=1"]), refused),
        (
            "signed with SHA-1",
            Signed { args: &["-h", "-n", "h", "-t", "ssh-rsa"], authority: "authority_rsa" },
            &[("@cert-authority h B", 22, Is::Unknown), ("@cert-authority h B\nh K", 22, Is::Trusted(2))],
        ),
    ] {
        let server = certified(&signed);
        for (template, port, is) in asked {
            let path = known(&server, template);
            let ours = we_say(&server, &path, "h", *port).await;
            assert_eq!(ours, *is, "{what}: {template} {port}");
            assert_eq!(class(ours), server.ssh_says(&path, "h", *port), "{what}: {template} {port}");
        }
    }
}
