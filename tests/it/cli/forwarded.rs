//! A key that signs through an agent of another machine: whoever uses it is told what that means, once.

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use gonogo::audit::query::Reader as Log;
use gonogo::sign::wire::{Reader, put_string};

use crate::it::cli::books::{THREE, signed};
use crate::support::binary::{EXE, Sandbox, Shown, shown};
use crate::support::signers::Key;
use crate::support::sshd::{Sshd, user};

/// What is said, without the program's name.
const SAID: &str = "the agent that signs for layla seems to be forwarded from where you logged in: as long as you are \
                    here, whoever is root on this machine can have it sign, too. `ssh-add -c` there asks you each \
                    time. This is said once.";

/// Answers one connection to an agent that holds `key` and signs whatever it is given.
fn answer(mut stream: UnixStream, key: &Key) -> std::io::Result<()> {
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let mut request = vec![0; usize::try_from(u32::from_be_bytes(length)).expect("a length")];
        stream.read_exact(&mut request)?;
        let mut answer = Vec::new();
        if request[0] == 11 {
            answer.extend([12, 0, 0, 0, 1]);
            put_string(&mut answer, key.public.blob());
            put_string(&mut answer, b"layla");
        } else {
            let mut asked = Reader(&request[1..]);
            asked.string().expect("a key");
            answer.push(14);
            put_string(&mut answer, &key.secret.sign(asked.string().expect("data")).expect("it signs"));
        }
        stream.write_all(&u32::try_from(answer.len()).expect("a length").to_be_bytes())?;
        stream.write_all(&answer)?;
    }
}

/// An agent whose socket has the name that sshd, or an agent of this machine, gives to one.
fn agent(sandbox: &Sandbox, name: &str) -> PathBuf {
    let key = Key::new();
    sandbox.write("../home/.ssh/id_f.pub", format!("{} layla\n", key.public.line()));
    let socket = sandbox.write(&format!("../home/.ssh/agent/{name}"), "");
    std::fs::remove_file(&socket).expect("removed");
    let listener = UnixListener::bind(&socket).expect("a socket");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Whoever asked has gone.
            answer(stream, &key).unwrap_or_default();
        }
    });
    socket
}

fn said(shown: &Shown) -> usize {
    shown.err.matches(SAID).count() + shown.out.matches(SAID).count()
}

#[test]
fn a_forwarded_agent_is_told_of_once_and_one_of_this_machine_never() {
    for (name, times) in [("s.Ab1.sshd.Cd2", 1), ("s.Ab1.agent.Cd2", 0)] {
        let sandbox = Sandbox::new("forwarded");
        let socket = agent(&sandbox, name);
        let with = |args: &[&str]| shown(sandbox.command(args).env("SSH_AUTH_SOCK", &socket));
        with(&["key", "--use", "~/.ssh/id_f.pub", "--as", "layla"]).exits(0).tells("it signs and verifies");
        signed(&sandbox, "book.md", THREE);
        let walk = ["run", "book.md", "--headless", "--answers", "answers.yaml"];
        let first = with(&walk);
        first.exits(0).tells("driven by layla (key, from answers)");
        assert_eq!(said(&first), times, "{first}");
        // Neither a second run nor a voice from outside says it again.
        assert_eq!(said(with(&walk).exits(0)), 0);
        let stop = sandbox.run(["answers", "book.md"]).exits(0).out.clone();
        sandbox.write("stop.yaml", stop);
        with(&["run", "book.md", "--headless", "--answers", "stop.yaml", "--as", "layla"]).exits(9);
        let reader = Log::open(&sandbox.log()).expect("a log");
        let open = reader.runs().expect("runs").into_iter().find(|run| run.closed.is_none()).expect("a run");
        let voice = with(&["sign", &open.run, "one", "--as", "layla", "--yes"]);
        assert_eq!(said(voice.exits(0).tells("signed by layla (key")), 0);
        sandbox.run(["verify"]).exits(0).tells("signatures   holds");
    }
}

/// Runs the program behind a real sshd, with the agent of this side.
fn behind(sshd: &Sshd, sandbox: &Sandbox, args: &str) -> Shown {
    let directory = |name: &str| sandbox.path("..").join(name).display().to_string();
    let far = format!(
        "cd {} && HOME={} XDG_STATE_HOME={} XDG_CONFIG_HOME={} {EXE} {args}",
        directory("work"),
        directory("home"),
        directory("state"),
        directory("config")
    );
    let mut command = Command::new("ssh");
    command
        .args(["-A", "-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o"])
        .arg(format!("UserKnownHostsFile={}", sshd.known_hosts("host_ed25519").display()))
        .args(["-p", &sshd.port().to_string(), &format!("{}@127.0.0.1", user()), &far])
        .env("SSH_AUTH_SOCK", sshd.dir().join("agent"))
        .stdin(std::process::Stdio::null());
    shown(&mut command)
}

#[test]
#[ignore = "needs sshd"]
fn an_agent_that_a_real_server_forwards_signs_and_is_told_of() {
    let (sandbox, mut sshd) = (Sandbox::new("forwarded-sshd"), Sshd::start());
    sshd.start_agent(&["user_ed25519"]);
    let public = std::fs::read_to_string(sshd.dir().join("user_ed25519.pub")).expect("a key");
    sandbox.write("../home/.ssh/id_f.pub", public);
    signed(&sandbox, "book.md", THREE);
    let set = behind(&sshd, &sandbox, "key --use '~/.ssh/id_f.pub' --as layla");
    set.exits(0).tells("it signs and verifies");
    let walk = "run book.md --headless --answers answers.yaml";
    let first = behind(&sshd, &sandbox, walk);
    first.exits(0).tells("driven by layla (key, from answers)").says(SAID);
    assert_eq!(said(&first), 1, "{first}");
    assert_eq!(said(behind(&sshd, &sandbox, walk).exits(0)), 0, "it is said once");
    assert!(!Path::new(&sandbox.path("../home/.ssh/id_f")).exists(), "the key itself was never there");
    sandbox.run(["verify"]).exits(0).tells("signatures   holds (10 of 10 names proven by key)");
}
