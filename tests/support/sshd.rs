//! A real OpenSSH server on loopback, with a configuration, host keys and user keys of its own. Works as root and as a
//! plain user, without PAM; ends with its value. Tests that use it are `#[ignore = "needs sshd"]`.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use gonogo::exec::ssh::{Credentials, HostKey, HostKeys, Tcp};
use gonogo::exec::{Engine, Host, Settings, Way};

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// See the module.
pub struct Sshd {
    dir: PathBuf,
    port: u16,
    server: Child,
    agent: Option<Child>,
}

impl Sshd {
    /// Starts a server; the user's key is `user_ed25519`.
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// Starts a server with more lines of configuration, which come first and so win.
    pub fn start_with(config: &str) -> Self {
        Self::start_in(|_| config.to_owned())
    }

    /// Starts a server; `config` makes files beside the keys, in the directory that it is given, and returns more lines
    /// of configuration, which come first and so win.
    pub fn start_in(config: impl FnOnce(&Path) -> String) -> Self {
        let name = format!("gonogo-sshd-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        let dir = std::env::temp_dir().join(name);
        fs::create_dir_all(dir.join("home")).expect("a directory");
        for (name, kind) in [
            ("host_ed25519", "ed25519"),
            ("host_ecdsa", "ecdsa"),
            ("user_ed25519", "ed25519"),
            ("user_ecdsa", "ecdsa"),
            ("user_rsa", "rsa"),
            ("stranger", "ed25519"),
        ] {
            let file = dir.join(name);
            keygen(&["-q", "-t", kind, "-N", "", "-C", name, "-f"], &file);
            // One ECDSA key in 256 cannot be read: its number begins with a zero byte.
            while russh::keys::load_secret_key(&file, None).is_err() {
                fs::remove_file(&file).expect("removed");
                keygen(&["-q", "-t", kind, "-N", "", "-C", name, "-f"], &file);
            }
        }
        let keys = ["user_ed25519", "user_ecdsa", "user_rsa"].map(|name| public(&dir.join(name))).concat();
        fs::write(dir.join("authorized"), keys).expect("written");
        if rustix::process::geteuid().is_root() {
            // Debian's sshd, started by hand, wants its privilege separation directory.
            fs::create_dir_all("/run/sshd").expect("/run/sshd");
        }
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let config = config(&dir);
        let d = dir.display();
        // Of this one the last counts.
        let startups = if config.contains("MaxStartups") { "" } else { "MaxStartups 100" };
        let text = format!(
            "{config}\nPort {port}\nListenAddress 127.0.0.1\nHostKey {d}/host_ed25519\nHostKey {d}/host_ecdsa\n\
             PidFile {d}/pid\nAuthorizedKeysFile {d}/authorized\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n\
             KbdInteractiveAuthentication no\nPermitRootLogin yes\nPrintMotd no\n{startups}\nUseDNS no\n\
             ForceCommand HOME={d}/home; export HOME; cd; eval \"$SSH_ORIGINAL_COMMAND\"\n"
        );
        fs::write(dir.join("config"), text).expect("written");
        let binary = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"]
            .into_iter()
            .find(|path| Path::new(path).exists())
            .expect("sshd is installed (Debian: openssh-server)");
        let log = fs::File::create(dir.join("log")).expect("a log");
        let server = Command::new(binary)
            .args(["-D", "-e", "-f"])
            .arg(dir.join("config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("sshd starts");
        let sshd = Self { dir, port, server, agent: None };
        sshd.wait("it listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        sshd
    }

    fn wait(&self, what: &str, mut done: impl FnMut() -> bool) {
        let until = Instant::now() + Duration::from_secs(20);
        while !done() {
            let log = || fs::read_to_string(self.dir.join("log")).unwrap_or_default();
            assert!(Instant::now() < until, "{what}: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Returns the directory with keys and configuration.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns what the server has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the home directory that steps see.
    pub fn home(&self) -> PathBuf {
        self.dir.join("home")
    }

    /// Returns the server's ed25519 key.
    pub fn host_key(&self) -> HostKey {
        let key = russh::keys::load_public_key(self.dir.join("host_ed25519.pub")).expect("a public key");
        HostKey::from_public(&key).expect("a key")
    }

    /// Writes a `known_hosts` file that names the server's key from this file, and returns its path.
    pub fn known_hosts(&self, key: &str) -> PathBuf {
        let file = self.dir.join(format!("known_hosts_{key}"));
        fs::write(&file, format!("[127.0.0.1]:{} {}", self.port, public(&self.dir.join(key))))
            .expect("written");
        file
    }

    /// Returns the host as this user reaches it, with a key file of that name.
    pub fn host(&self, identity: Option<&str>) -> Host {
        Host {
            name: "api-1".to_owned(),
            user: user(),
            address: "127.0.0.1".to_owned(),
            port: self.port,
            identity: identity.map(|name| self.dir.join(name)),
            known_hosts: Some(self.known_hosts("host_ed25519")),
            way: Way::default(),
            sudo: false,
        }
    }

    /// Returns an engine over TCP; with the agent, if one was started.
    pub fn engine(&self) -> Engine {
        let agent = self.agent.as_ref().map(|_| self.dir.join("agent"));
        let credentials = Credentials { agent, ..Credentials::default() };
        let settings = Settings { poll: Duration::from_millis(100), ..Settings::default() };
        Engine::new(settings, Arc::new(Tcp), HostKeys::Files(Vec::new()), credentials)
    }

    /// Starts an ssh-agent that holds these keys.
    pub fn start_agent(&mut self, keys: &[&str]) {
        let socket = self.dir.join("agent");
        let agent = Command::new("ssh-agent")
            .arg("-D")
            .arg("-a")
            .arg(&socket)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("ssh-agent starts");
        self.agent = Some(agent);
        self.wait("the agent listens", || socket.exists());
        for key in keys {
            self.add(key);
        }
    }

    /// Gives the agent a key, with the certificate beside it if there is one.
    pub fn add(&self, key: &str) {
        let added = Command::new("ssh-add")
            .arg(self.dir.join(key))
            .env("SSH_AUTH_SOCK", self.dir.join("agent"))
            .stderr(Stdio::null())
            .status()
            .expect("ssh-add runs");
        assert!(added.success(), "{key} is added");
    }

    /// Puts a passphrase on a key file.
    pub fn encrypt(&self, key: &str) {
        keygen(&["-q", "-p", "-N", "secret", "-P", "", "-f"], &self.dir.join(key));
    }

    /// Ends the processes that serve connections, not the server: all lines are cut.
    pub fn cut(&self) {
        self.signal_lines(rustix::process::Signal::KILL);
    }

    /// Stops the processes that serve connections: the lines stay and nobody answers.
    pub fn freeze(&self) {
        self.signal_lines(rustix::process::Signal::STOP);
    }

    fn signal_lines(&self, signal: rustix::process::Signal) {
        let serving = self.serving();
        // For an account that is not root's, sshd has a second process below the first.
        let below =
            children(&serving.iter().map(|pid| pid.as_raw_nonzero().get()).collect::<Vec<_>>(), "(sshd");
        for pid in serving.into_iter().chain(below) {
            rustix::process::kill_process(pid, signal).unwrap_or_default();
        }
    }

    /// Returns how many connections are served.
    pub fn connections(&self) -> usize {
        self.serving().len()
    }

    /// Returns the processes that serve connections.
    fn serving(&self) -> Vec<rustix::process::Pid> {
        i32::try_from(self.server.id()).map(|server| children(&[server], "")).unwrap_or_default()
    }

    /// Returns what `ssh -o StrictHostKeyChecking=yes` says to this file when it reaches the server as `host` and `port`.
    pub fn ssh_says(&self, known_hosts: &Path, host: &str, port: u16) -> Said {
        let through = format!(
            "bash -c 'exec 3<>/dev/tcp/127.0.0.1/{}; cat <&3 2>/dev/null & cat >&3; kill $!'",
            self.port
        );
        let output = Command::new("ssh")
            .args(["-F", "none", "-o", "StrictHostKeyChecking=yes", "-o", "GlobalKnownHostsFile=none"])
            .args(["-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "LogLevel=verbose"])
            .arg("-o")
            .arg(format!("ProxyCommand={through}"))
            .arg("-o")
            .arg(format!("UserKnownHostsFile={}", known_hosts.display()))
            .arg("-i")
            .arg(self.dir.join("user_ed25519"))
            .args(["-p", &port.to_string(), &format!("{}@{host}", user()), "true"])
            .env_remove("SSH_AUTH_SOCK")
            .stdin(Stdio::null())
            .output()
            .expect("ssh runs");
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            Said::Trusted
        } else if said.contains("REVOKED HOST KEY") {
            Said::Revoked
        } else if said.contains("HOST IDENTIFICATION HAS CHANGED") {
            Said::Changed
        } else if said.contains("host key is known for") {
            Said::Unknown
        } else {
            panic!("ssh says something else: {said}")
        }
    }
}

/// Returns the processes with one of these parents and `name` in what proc_pid_stat(5) says of them.
fn children(parents: &[i32], name: &str) -> Vec<rustix::process::Pid> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let own = all.filter_map(|process| {
        let stat = fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        let parent = stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse().ok()?;
        let pid = process.file_name().to_str()?.parse().ok()?;
        rustix::process::Pid::from_raw(pid).filter(|_| parents.contains(&parent) && stat.contains(name))
    });
    own.collect()
}

/// What ssh says to a host key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    Trusted,
    Unknown,
    Changed,
    Revoked,
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.cut();
        for child in [Some(&mut self.server), self.agent.as_mut()].into_iter().flatten() {
            child.kill().unwrap_or_default();
            child.wait().map(drop).unwrap_or_default();
        }
        super::memory_ssh::end_processes(&self.home());
        fs::remove_dir_all(&self.dir).unwrap_or_default();
    }
}

/// Runs `ssh-keygen` with these arguments and this file behind them.
pub fn keygen(args: &[&str], file: &Path) {
    let made = Command::new("ssh-keygen").args(args).arg(file).stdout(Stdio::null()).status();
    assert!(made.expect("ssh-keygen runs").success(), "{}", file.display());
}

/// Returns the line of a public key.
pub fn public(key: &Path) -> String {
    fs::read_to_string(key.with_extension("pub")).expect("a public key")
}

/// Returns the name of the user who runs the tests.
pub fn user() -> String {
    let output = Command::new("id").arg("-un").output().expect("id runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
