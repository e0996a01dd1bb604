//! Runs against a real OpenSSH server: keys and known hosts from the environment file.

use std::fs;
use std::path::Path;

use gonogo::run::event::Event;
use gonogo::run::fact::Outcome;

use crate::it::cli::books::{HERE, HOSTED, facts, is_open, signed, walk};
use crate::support::binary::{Sandbox, Shown, shown};
use crate::support::secrets::{clean, needles, printing, secrets};
use crate::support::sshd::Sshd;

/// [`HERE`], and the list of host keys that the environment names is trusted.
const TRUSTING: [&str; 5] = [HERE[0], HERE[1], HERE[2], HERE[3], "--trust"];

/// Writes an environment file with the server as its only host.
fn environment(sandbox: &Sandbox, sshd: &Sshd, identity: &str, known_hosts: &Path) {
    let host = sshd.host(Some(identity));
    let text = format!(
        "here:\n  hosts:\n    web: [{{host: web-1, address: 127.0.0.1, user: {}, port: {}, identity: {}, known_hosts: {}}}]\n",
        host.user,
        host.port,
        sshd.dir().join(identity).display(),
        known_hosts.display()
    );
    sandbox.write("env.yaml", text);
}

fn resume(sandbox: &Sandbox) -> Shown {
    sandbox.run(["resume", "--headless", "--answers", "answers.yaml", "--trust"])
}

/// Returns how many attempts were intended, started, and ended as never started.
fn attempts(sandbox: &Sandbox) -> [usize; 3] {
    let facts = facts(sandbox);
    let count = |what: &dyn Fn(&Event) -> bool| facts.iter().filter(|f| what(&f.event)).count();
    [
        count(&|e| matches!(e, Event::StepIntended(_))),
        count(&|e| matches!(e, Event::StepStarted(_))),
        count(&|e| matches!(e, Event::StepFinished(e) if matches!(e.outcome, Outcome::NotStarted(_)))),
    ]
}

fn key_refusals(sandbox: &Sandbox) -> usize {
    facts(sandbox).iter().filter(|f| matches!(f.event, Event::HostKeyRefused(_))).count()
}

#[test]
#[ignore = "needs sshd"]
fn a_run_goes_over_a_real_server() {
    let (sandbox, sshd) = (Sandbox::new("sshd"), Sshd::start());
    signed(&sandbox, "book.md", HOSTED);
    environment(&sandbox, &sshd, "user_ed25519", &sshd.known_hosts("host_ed25519"));
    let done = walk(&sandbox, "book.md", &TRUSTING);
    done.exits(0).tells("touch on web-1: exit 0").tells("=== completed");
    assert_eq!(attempts(&sandbox), [1, 1, 0]);
    let left = fs::read_dir(sshd.home().join(".gonogo")).map_or(0, |dir| dir.count());
    assert_eq!(left, 0, "the run's directory on the host is removed when the run is closed");
    sandbox.run(["verify"]).exits(0);
}

/// A host key that is not known, or is another one, and a user key that is not let in: nothing is started, each is on
/// the record, the run stays open, and once the cause is mended it is resumed to its end.
#[test]
#[ignore = "needs sshd"]
fn what_is_refused_is_recorded_and_can_be_mended() {
    let (sandbox, sshd) = (Sandbox::new("sshd-keys"), Sshd::start());
    signed(&sandbox, "book.md", HOSTED);
    let unknown = sandbox.write("unknown", "");
    environment(&sandbox, &sshd, "user_ed25519", &unknown);
    let shown = walk(&sandbox, "book.md", &TRUSTING);
    shown.exits(4).says("touch on web-1: not started: ").says("the run stays open");
    assert!(shown.err.contains("SHA256:"), "the key that was offered is named: {shown}");
    assert_eq!((attempts(&sandbox), key_refusals(&sandbox)), ([1, 0, 1], 1));
    assert!(is_open(&sandbox));

    // The hosts are those that the run was opened with: what the file said then is what is asked.
    let line = fs::read_to_string(sshd.known_hosts("stranger")).unwrap();
    fs::write(&unknown, line).unwrap();
    let shown = resume(&sandbox);
    shown.exits(4).says("touch on web-1: not started: ");
    assert_eq!((attempts(&sandbox), key_refusals(&sandbox)), ([2, 0, 2], 2));

    fs::copy(sshd.known_hosts("host_ed25519"), &unknown).unwrap();
    resume(&sandbox).exits(0).tells("touch on web-1: exit 0").tells("=== completed");
    assert_eq!((attempts(&sandbox), key_refusals(&sandbox)), ([3, 1, 2], 2));
    sandbox.run(["verify"]).exits(0);
}

#[test]
#[ignore = "needs sshd"]
fn a_key_that_is_not_let_in() {
    let (sandbox, sshd) = (Sandbox::new("sshd-user"), Sshd::start());
    signed(&sandbox, "book.md", HOSTED);
    let key = sandbox.path("key");
    fs::copy(sshd.dir().join("stranger"), &key).unwrap();
    environment(&sandbox, &sshd, key.to_str().unwrap(), &sshd.known_hosts("host_ed25519"));
    let shown = walk(&sandbox, "book.md", &TRUSTING);
    shown.exits(4).says("touch on web-1: not started: ").says("the run stays open");
    assert_eq!((attempts(&sandbox), key_refusals(&sandbox)), ([1, 0, 1], 0));
    fs::copy(sshd.dir().join("user_ed25519"), &key).unwrap();
    resume(&sandbox).exits(0).tells("touch on web-1: exit 0");
    assert_eq!(attempts(&sandbox), [2, 1, 1]);
}

/// The server is gone when a resume wants it.
#[test]
#[ignore = "needs sshd"]
fn a_server_that_is_gone() {
    let (sandbox, sshd) = (Sandbox::new("sshd-gone"), Sshd::start());
    signed(&sandbox, "book.md", HOSTED);
    environment(&sandbox, &sshd, "user_ed25519", &sshd.known_hosts("host_ed25519"));
    drop(sshd);
    let shown = walk(&sandbox, "book.md", &TRUSTING);
    shown.exits(4).says("touch on web-1: not started: ");
    assert_eq!(attempts(&sandbox), [1, 0, 1]);
    assert!(is_open(&sandbox));
}

/// The environment asks for it: the head is left in the system log of the host, when it is reached and at the end, and
/// what stands there verifies the log.
#[test]
#[ignore = "needs sshd and root"]
fn a_host_witnesses_the_log_in_its_system_log() {
    let (sandbox, sshd) = (Sandbox::new("sshd-witness"), Sshd::start());
    signed(&sandbox, "book.md", HOSTED);
    environment(&sandbox, &sshd, "user_ed25519", &sshd.known_hosts("host_ed25519"));
    let file = fs::read_to_string(sandbox.path("env.yaml")).unwrap();
    sandbox.write("env.yaml", format!("{file}  witness: syslog\n"));
    sandbox
        .run(["plan", "book.md", "--wire", "--env", "here"])
        .exits(0)
        .tells("witness: with `witness: syslog`");
    // Without anybody who listens it is on the record that nothing was left.
    let _one = SYSLOG.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !Path::new(Syslog::PLACE).exists() {
        walk(&sandbox, "book.md", &TRUSTING).exits(0);
        assert!(left(&sandbox).iter().all(|(_, failed)| failed.as_deref() == Some("no system log listens")));
        fs::remove_file(sandbox.log()).unwrap();
    }
    let listening = Syslog::listen();
    let done = walk(&sandbox, "book.md", &TRUSTING);
    let heard = listening.map(|syslog| syslog.heard());
    done.exits(0).tells("=== completed");
    let left = left(&sandbox);
    assert_eq!(left.len(), 2, "when it was reached, and at the end: {left:?}");
    assert!(left.iter().all(|(at, failed)| at == "syslog web-1" && failed.is_none()), "{left:?}");
    // Where this test listened, what the host got is enough to verify the log.
    if let Some(lines) = heard {
        assert!(lines.iter().filter(|l| l.contains("gonogo: gonogo-head v1 ")).count() == 2, "{lines:?}");
        sandbox.write("syslog", lines.join("\n"));
        sandbox.run(["verify", "--heads", "syslog"]).exits(0).tells("witnesses    holds (2 heads agree");
    }
}

/// One test at a time listens there.
static SYSLOG: std::sync::Mutex<()> = std::sync::Mutex::new(());

/// The system log of this machine, where it has none: whatever is sent to it is kept for the test.
struct Syslog(std::os::unix::net::UnixDatagram);

impl Syslog {
    const PLACE: &str = "/dev/log";

    /// Listens there, unless somebody else does.
    fn listen() -> Option<Self> {
        if Path::new(Self::PLACE).exists() {
            return None;
        }
        let socket = std::os::unix::net::UnixDatagram::bind(Self::PLACE).expect("a socket");
        fs::set_permissions(Self::PLACE, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
        socket.set_nonblocking(true).unwrap();
        Some(Self(socket))
    }

    /// Returns what was sent until now.
    fn heard(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(length) = self.0.recv(&mut buffer) {
            lines.push(String::from_utf8_lossy(&buffer[..length]).into_owned());
        }
        lines
    }
}

impl Drop for Syslog {
    fn drop(&mut self) {
        fs::remove_file(Self::PLACE).unwrap_or_default();
    }
}

/// Whatever a step prints there, and whatever people say: a host's system log gets heads, and none of 64 secrets. No more
/// does its file system.
#[test]
#[ignore = "needs sshd and root"]
fn sixty_four_secrets_are_not_in_the_system_log_of_a_host() {
    let (sandbox, sshd) = (Sandbox::new("sshd-secrets"), Sshd::start());
    let secrets = secrets();
    let declared: String =
        secrets.iter().map(|(name, _)| format!("    {name}: {{secret: true, from: env}}\n")).collect();
    let script = printing().replace('\n', "\n  ");
    signed(
        &sandbox,
        "book.md",
        &format!(
            "---\ngonogo:\n  vars:\n{declared}  environments: env.yaml\n---\n\n# Secrets\n\n- [ ] It runs. <!-- gonogo: id=run -->\n\n  ```sh name=go on=web\n  {script}\n  ```\n"
        ),
    );
    let answers = fs::read_to_string(sandbox.path("answers.yaml")).unwrap();
    let note = serde_json::to_string(&format!("it is {}", secrets[0].1)).unwrap();
    let answers = answers.replace("run: {sign: true}", &format!("run: {{sign: true, note: {note}}}"));
    assert!(answers.contains(&secrets[0].1), "{answers}");
    sandbox.write("answers.yaml", answers);
    environment(&sandbox, &sshd, "user_ed25519", &sshd.known_hosts("host_ed25519"));
    let file = fs::read_to_string(sandbox.path("env.yaml")).unwrap();
    sandbox.write("env.yaml", format!("{file}  witness: syslog\n"));
    let _one = SYSLOG.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let syslog = Syslog::listen();
    let args = ["run", "book.md", "--headless", "--answers", "answers.yaml", "--env", "here", "--trust"];
    let done = shown(sandbox.command(args).envs(secrets));
    done.exits(0).tells("=== completed");
    let needles = needles();
    clean("what was shown", format!("{}{}", done.out, done.err).as_bytes(), &needles);
    let left = left(&sandbox);
    assert!(
        left.len() == 2 && (syslog.is_none() || left.iter().all(|(_, failed)| failed.is_none())),
        "{left:?}"
    );
    clean("the server's log", sshd.log().as_bytes(), &needles);
    // Where the machine has a system log of its own, what it got cannot be read here.
    let Some(syslog) = syslog else { return };
    let heard = syslog.heard();
    assert!(heard.iter().filter(|l| l.contains("gonogo: gonogo-head v1 ")).count() == 2, "{heard:?}");
    clean("the system log", heard.join("\n").as_bytes(), &needles);
}

/// Returns where heads were left with hosts, and why not, in order.
fn left(sandbox: &Sandbox) -> Vec<(String, Option<String>)> {
    let reader = gonogo::audit::query::Reader::open(&sandbox.log()).expect("a log");
    let checkpoint = |found: gonogo::audit::query::Found| match found.fact {
        gonogo::audit::codec::Fact::Known(Event::LogCheckpoint(c)) if c.at != "heads" => {
            Some((c.at, c.failed))
        }
        _ => None,
    };
    reader.events(1, u32::MAX).expect("events").into_iter().filter_map(checkpoint).collect()
}
