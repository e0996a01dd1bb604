//! One step on two hundred hosts that nobody is connected to yet: gonogo, pssh, pdsh and a script with asyncssh. The hosts are
//! addresses of this machine, on which each connection gets a server of its own. They stand in the environment file, and once
//! more as names that `ssh -G` resolves.

use std::fs;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::ground::{Ground, user};
use super::{Done, ROUNDS, beside, figure, median, millis, timed};

const HOSTS: u8 = 200;

/// Prints a row for each tool.
pub fn rows(ground: &Ground) -> Done<()> {
    let fleet = Fleet::start(ground)?;
    let d = ground.dir.display();
    let (port, user) = (fleet.port, user()?);
    let public = fs::read_to_string(ground.dir.join("host.pub"))?;
    let addresses: Vec<String> = (1..=HOSTS).map(|n| format!("127.0.1.{n}")).collect();
    let known: String = addresses.iter().map(|address| format!("[{address}]:{port} {public}")).collect();
    fs::write(ground.dir.join("fleet_hosts"), known)?;
    let hosts: String = addresses
        .iter()
        .map(|address| {
            format!(
                "      - {{address: {address}, port: {port}, user: {user}, identity: {d}/user, known_hosts: {d}/fleet_hosts}}\n"
            )
        })
        .collect();
    fs::write(ground.dir.join("fleet.yaml"), format!("here:\n  hosts:\n    fleet:\n{hosts}"))?;
    fs::write(ground.dir.join("hosts"), addresses.join("\n") + "\n")?;
    let options = format!("-F none -p {port} -i {d}/user -o UserKnownHostsFile={d}/fleet_hosts");
    let pssh = || {
        let mut command = Command::new("parallel-ssh");
        command
            .args(["-t", "0", "-p", "32", "-x", &options, "-l", &user, "-h"])
            .arg(ground.dir.join("hosts"))
            .arg("true");
        command
    };
    let pdsh = || {
        let mut command = Command::new("pdsh");
        command
            .env("PDSH_SSH_ARGS", format!("{options} -l %u %h"))
            .args(["-R", "ssh", "-f", "32", "-l", &user, "-w"]);
        command.arg(format!("^{d}/hosts")).arg("true");
        command
    };
    let book = ground.book(1, 1, "on=fleet check", "true")?;
    let with = |environments: &str| {
        let place = ground.place(Path::new("/dev/shm"))?;
        let took = timed(&mut ground.headless(&book, &ground.dir.join(environments), &place)?);
        fs::remove_dir_all(&place)?;
        took
    };
    let ours = || with("fleet.yaml");
    beside("200 new hosts beside pssh", "parallel-ssh", ours, pssh, "0.50")?;
    beside("200 new hosts beside pdsh", "pdsh", ours, pdsh, "0.50")?;
    let python = std::env::var("ASYNCSSH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let python = if imports_asyncssh(&python) { python } else { String::new() };
    let script = ground.dir.join("fleet.py");
    fs::write(&script, asyncssh(&ground.dir, port, &user))?;
    let asyncssh = || {
        let mut command = Command::new(&python);
        command.arg(&script);
        command
    };
    beside("200 new hosts beside asyncssh", &python, ours, asyncssh, "told")?;
    let names: String = (1..=HOSTS)
        .map(|n| {
            format!(
                "Host n{n}\n  HostName 127.0.1.{n}\n  Port {port}\n  User {user}\n  IdentityFile {d}/user\n  \
                 UserKnownHostsFile {d}/fleet_hosts\n"
            )
        })
        .collect();
    fs::write(ground.dir.join("fleet_config"), names)?;
    let names: Vec<String> = (1..=HOSTS).map(|n| format!("n{n}")).collect();
    fs::write(
        ground.dir.join("names.yaml"),
        format!("here:\n  ssh_config: ./fleet_config\n  hosts:\n    fleet: [{}]\n", names.join(", ")),
    )?;
    let mut named = Vec::new();
    for _ in 0..ROUNDS {
        named.push(with("names.yaml")?);
    }
    figure("the same hosts by names (`ssh -G`)", &format!("{:.0} ms", millis(median(named))), "told");
    Ok(())
}

/// Returns whether this Python has asyncssh.
fn imports_asyncssh(python: &str) -> bool {
    let asked = Command::new(python).args(["-c", "import asyncssh"]).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// Returns a script that runs `true` on all hosts, as many at once as the other tools.
fn asyncssh(dir: &Path, port: u16, user: &str) -> String {
    let d = dir.display();
    format!(
        "import asyncio, asyncssh\n\
         async def one(gate, host):\n\
         \x20   async with gate, asyncssh.connect(host, port={port}, username='{user}', client_keys=['{d}/user'],\n\
         \x20           known_hosts='{d}/fleet_hosts', config=None, agent_path=None) as line:\n\
         \x20       await line.run('true', check=True)\n\
         async def all():\n\
         \x20   gate = asyncio.Semaphore(32)\n\
         \x20   await asyncio.gather(*(one(gate, host.strip()) for host in open('{d}/hosts')))\n\
         asyncio.run(all())\n"
    )
}

/// Addresses that somebody answers on.
struct Fleet {
    port: u16,
    over: Arc<AtomicBool>,
}

impl Fleet {
    fn start(ground: &Ground) -> Done<Self> {
        let first = TcpListener::bind("127.0.1.1:0")?;
        let port = first.local_addr()?.port();
        let others = (2..=HOSTS).map(|n| TcpListener::bind(("127.0.1.".to_owned() + &n.to_string(), port)));
        let listeners: Vec<TcpListener> =
            std::iter::once(Ok(first)).chain(others).collect::<Result<_, _>>()?;
        let over = Arc::new(AtomicBool::new(false));
        for listener in listeners {
            let (config, over) = (ground.dir.join("config"), over.clone());
            std::thread::spawn(move || serve(&listener, &config, &over));
        }
        Ok(Self { port, over })
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        for n in 1..=HOSTS {
            // Each thread waits for a connection once more, and then ends.
            drop(std::net::TcpStream::connect(("127.0.1.".to_owned() + &n.to_string(), self.port)));
        }
    }
}

/// Gives every connection a server, as inetd does.
fn serve(listener: &TcpListener, config: &Path, over: &AtomicBool) {
    for stream in listener.incoming() {
        if over.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let Ok(copy) = stream.try_clone() else { continue };
        let server = Command::new("/usr/sbin/sshd")
            .args(["-i", "-f"])
            .arg(config)
            .stdin(OwnedFd::from(stream))
            .stdout(OwnedFd::from(copy))
            .stderr(Stdio::null())
            .spawn();
        if let Ok(mut server) = server {
            std::thread::spawn(move || server.wait());
        }
    }
}
