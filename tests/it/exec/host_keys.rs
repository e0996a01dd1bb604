//! Host keys of a real OpenSSH server: we say what `ssh -o StrictHostKeyChecking=yes` says, key for key and line for line.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use gonogo::exec::ssh::{
    ByteStream, Configured, Credentials, Dial, DialError, HostKeys, OpenSsh, Surroundings, Tcp, Written,
};
use gonogo::exec::target::Target;
use gonogo::exec::{BoxFuture, Class, Engine, Host, Settings, SshName, Trust, Way};
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

/// What is said to the key of a server when a list of revoked keys is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    Trusted,
    Revoked,
    /// The list is not understood: every key is refused.
    Unclear,
}

/// Writes a configuration that names the list `revoked`, and returns what ssh and we say when we go by it.
async fn both_say(server: &Sshd, revoked: &Path) -> (Listed, Listed) {
    let dir = server.dir();
    known(server, "@cert-authority h A\nh K");
    let config = format!(
        "Host web\n HostName 127.0.0.1\n Port {}\n User {}\n IdentityFile {d}/user_ed25519\n IdentitiesOnly yes\n \
         UserKnownHostsFile {d}/compared\n GlobalKnownHostsFile none\n StrictHostKeyChecking yes\n HostKeyAlias h\n \
         RevokedHostKeys {}\n",
        server.port(),
        crate::support::sshd::user(),
        revoked.display(),
        d = dir.display()
    );
    let file = dir.join("revoking_config");
    fs::write(&file, config).expect("written");
    let mut ssh = std::process::Command::new("ssh");
    ssh.arg("-F").arg(&file).args(["-o", "BatchMode=yes", "web", "true"]).env_remove("SSH_AUTH_SOCK");
    let output = ssh.stdin(std::process::Stdio::null()).output().expect("ssh runs");
    let said = String::from_utf8_lossy(&output.stderr);
    let theirs = if output.status.success() {
        Listed::Trusted
    } else if said.contains("revoked by file") {
        Listed::Revoked
    } else {
        assert!(said.contains("Error checking host key"), "ssh says something else: {said}");
        Listed::Unclear
    };
    let around = Surroundings {
        home: dir.to_owned(),
        user: "layla".to_owned(),
        uid: 0,
        machine: "desk".to_owned(),
        variable: Arc::new(|_| None),
    };
    let resolver = Arc::new(Configured::new(Arc::new(OpenSsh::default()), around, Written::default()));
    let ssh = SshName { name: "web".to_owned(), config: Some(file), port: None, through: Vec::new() };
    let way = Way { ssh: Some(ssh), ..Way::default() };
    let own = server.host(None);
    let host =
        Host { name: "web".to_owned(), known_hosts: None, address: "127.0.0.1".to_owned(), way, ..own };
    let keys = HostKeys::Files(Vec::new());
    let engine =
        Engine::new(Settings::default(), Arc::new(Tcp), keys, Credentials::default()).resolving(resolver);
    engine.set_clock(unix_time);
    let (sender, _events) = mpsc::channel(8);
    let ours = match engine.prepare(&host, &"0".repeat(32), &sender).await {
        Ok(_) => Listed::Trusted,
        Err(why) => {
            assert_eq!(why.class, Class::HostKey, "{why}");
            assert!(why.why.contains(&revoked.display().to_string()), "{why}");
            if why.why.contains("is revoked by") {
                Listed::Revoked
            } else {
                assert!(why.why.contains("cannot be checked"), "{why}");
                Listed::Unclear
            }
        }
    };
    engine.disconnect().await;
    (theirs, ours)
}

/// Writes a KRL of what `spec` names; numbers and names of certificates are of `authority`, if there is one.
fn krl(server: &Sshd, authority: Option<&str>, spec: &str) -> PathBuf {
    let (list, file) = (server.dir().join("krl"), server.dir().join("krl.spec"));
    fs::write(&file, spec).expect("written");
    let mut args = vec!["-q".to_owned(), "-k".to_owned(), "-f".to_owned(), list.display().to_string()];
    if let Some(authority) = authority {
        // `none` is whoever signed.
        let file = server.dir().join(authority).with_extension("pub").display().to_string();
        args.extend(["-s".to_owned(), if authority == "none" { authority.to_owned() } else { file }]);
    }
    keygen(&args.iter().map(String::as_str).collect::<Vec<_>>(), &file);
    list
}

#[tokio::test]
#[ignore = "needs sshd"]
async fn ssh_says_the_same_of_every_list_of_revoked_keys() {
    use Listed::{Revoked, Trusted, Unclear};
    let server = certified(&by_ed25519(&["-h", "-n", "h", "-z", "7"]));
    let line = |name: &str| public(&server.dir().join(name));
    let (own, other, authority) = (line("host_ed25519"), line("stranger"), line("authority"));
    let list = server.dir().join("list");
    for (what, text, want) in [
        ("empty", String::new(), Trusted),
        ("words of people", "# nobody\n\n   # nor here\n".to_owned(), Trusted),
        ("another key", other.clone(), Trusted),
        ("the key", format!("# ours\n{other}{own}"), Revoked),
        ("the key behind blanks, with a carriage return", format!("  \t{}\r\n", own.trim_end()), Revoked),
        ("the key without a word behind it", own.split(' ').take(2).collect::<Vec<_>>().join(" "), Revoked),
        ("its authority", authority.clone(), Revoked),
        ("another type of its keys", line("host_ecdsa"), Trusted),
        ("no key", format!("{other}revoked\n"), Unclear),
        ("no key in front", format!("revoked\n{own}"), Unclear),
        ("no key behind", format!("{own}revoked\n"), Revoked),
        ("a key that is cut off", other.split_at(50).0.to_owned(), Unclear),
        ("options in front", format!("restrict {own}"), Unclear),
        ("no KRL", "SSHKRL\n".to_owned(), Unclear),
    ] {
        fs::write(&list, text).expect("written");
        assert_eq!(both_say(&server, &list).await, (want, want), "{what}");
    }
    let missing = server.dir().join("nowhere");
    assert_eq!(both_say(&server, &missing).await, (Unclear, Unclear), "missing");
    assert_eq!(both_say(&server, server.dir()).await, (Unclear, Unclear), "a directory");

    let fingerprint = server.host_key().fingerprint();
    let odd: String = (0..200).map(|n| format!("serial: {}\n", 2 * n + 1)).collect();
    let even: String = (1..200).map(|n| format!("serial: {}\n", 2 * n)).collect();
    let ca = Some("authority");
    for (what, by, spec, want) in [
        ("nothing", None, String::new(), Trusted),
        ("the key", None, format!("key: {own}"), Revoked),
        ("another key", None, format!("key: {other}"), Trusted),
        ("its authority's key", None, format!("key: {authority}"), Revoked),
        ("by SHA-1", None, format!("sha1: {own}"), Revoked),
        ("by SHA-256", None, format!("sha256: {own}"), Revoked),
        ("by fingerprint", None, format!("hash: {fingerprint}\n"), Revoked),
        ("the authority by SHA-256", None, format!("sha256: {authority}"), Revoked),
        ("its number", ca, "serial: 7\n".to_owned(), Revoked),
        ("another number", ca, "serial: 8\n".to_owned(), Trusted),
        ("its number of another authority", Some("authority_rsa"), "serial: 7\n".to_owned(), Trusted),
        ("a range", ca, "serial: 5-9\n".to_owned(), Revoked),
        ("a range beside it", ca, "serial: 8-900000000000\n".to_owned(), Trusted),
        ("every second number, with it", ca, odd, Revoked),
        ("every second number, without it", ca, even, Trusted),
        ("its name", ca, "id: host key\n".to_owned(), Revoked),
        ("another name", ca, "id: host\n".to_owned(), Trusted),
        ("its name of any authority", Some("none"), "id: host key\n".to_owned(), Revoked),
        (
            "all at once, but it",
            ca,
            format!("serial: 1\nserial: 9-12\nid: x\nkey: {other}sha1: {other}"),
            Trusted,
        ),
    ] {
        let list = krl(&server, by, &spec);
        assert_eq!(both_say(&server, &list).await, (want, want), "KRL: {what}");
    }
    // Cut off, and of a kind that nobody knows.
    let bytes = fs::read(krl(&server, ca, "serial: 1\n")).expect("a list");
    for (what, bytes) in [
        ("cut off", bytes[..bytes.len() - 1].to_vec()),
        ("of another format", [&bytes[..11], &[9], &bytes[12..]].concat()),
        ("with a section that is not known", [&bytes[..], &[77, 0, 0, 0, 0]].concat()),
    ] {
        fs::write(&list, bytes).expect("written");
        assert_eq!(both_say(&server, &list).await, (Unclear, Unclear), "KRL: {what}");
    }
    // A server without a certificate is judged by its key alone.
    let plain = Sshd::start();
    fs::copy(server.dir().join("authority.pub"), plain.dir().join("authority.pub")).expect("copied");
    fs::copy(server.dir().join("authority_rsa.pub"), plain.dir().join("authority_rsa.pub")).expect("copied");
    let stranger = public(&plain.dir().join("stranger"));
    let list = krl(&plain, ca, &format!("serial: 1-9\nkey: {stranger}"));
    assert_eq!(both_say(&plain, &list).await, (Trusted, Trusted));
}
