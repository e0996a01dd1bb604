//! A server on loopback, a client's keys, a connection that ssh keeps, and runs of gonogo on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Done, run};

/// A server, a client's keys, and a connection that ssh keeps.
pub struct Ground {
    /// Where everything of the benchmark is.
    pub dir: PathBuf,
    /// Where the server listens.
    pub port: u16,
    server: Child,
}

impl Ground {
    /// Starts the server and ssh's connection.
    pub fn start() -> Done<Self> {
        let dir = std::env::temp_dir().join(format!("gonogo-bench-{}", std::process::id()));
        fs::create_dir_all(dir.join("home"))?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        for key in ["host", "user"] {
            let flags = ["-q", "-t", "ed25519", "-N", "", "-f"];
            run(Command::new("ssh-keygen").args(flags).arg(dir.join(key)))?;
        }
        fs::copy(dir.join("user.pub"), dir.join("authorized"))?;
        let public = fs::read_to_string(dir.join("host.pub"))?;
        fs::write(dir.join("known_hosts"), format!("[127.0.0.1]:{port} {public}"))?;
        let d = dir.display();
        // A bash that thinks it is an inner one reads no `.bashrc`: the account's own start files are nobody's speed.
        fs::write(
            dir.join("config"),
            format!(
                "Port {port}\nListenAddress 127.0.0.1\nHostKey {d}/host\nPidFile none\nStrictModes no\nUsePAM no\n\
                 AuthorizedKeysFile {d}/authorized\nPermitRootLogin yes\nMaxSessions 100\nSetEnv SHLVL=5\n\
                 ForceCommand HOME={d}/home; export HOME; cd; eval \"$SSH_ORIGINAL_COMMAND\"\n"
            ),
        )?;
        if rustix::process::geteuid().is_root() {
            fs::create_dir_all("/run/sshd")?;
        }
        let server = Command::new("/usr/sbin/sshd").args(["-D", "-f"]).arg(dir.join("config")).spawn()?;
        let ground = Self { dir, port, server };
        let until = Instant::now() + Duration::from_secs(10);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > until {
                return Err("sshd does not listen".into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        fs::write(
            ground.dir.join("env.yaml"),
            format!(
                "here:\n  hosts:\n    api: {{address: 127.0.0.1, port: {port}, user: {}, identity: {d}/user, known_hosts: {d}/known_hosts}}\n",
                user()?,
                d = ground.dir.display()
            ),
        )?;
        run(ground.ssh().args(["-o", "ControlPersist=yes", "127.0.0.1", "true"]))?;
        Ok(ground)
    }

    /// Returns `ssh` over the connection that is kept; host and command are still to be said.
    pub fn ssh(&self) -> Command {
        let mut ssh = Command::new("ssh");
        let d = self.dir.display();
        ssh.args(["-F", "none", "-o", "ControlMaster=auto", "-o"])
            .arg(format!("ControlPath={d}/control"))
            .arg("-o")
            .arg(format!("UserKnownHostsFile={d}/known_hosts"))
            .arg("-i")
            .arg(self.dir.join("user"))
            .args(["-p", &self.port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        ssh
    }

    /// Runs a box of `count` steps that are `script`, with its log below `log`, and returns how long that took.
    pub fn gonogo(&self, count: u32, annotation: &str, script: &str, log: &Path) -> Done<Duration> {
        self.boxes(1, count, annotation, script, log)
    }

    /// Runs `boxes` boxes, each of which is signed, of `count` steps each.
    pub fn boxes(
        &self,
        boxes: u32,
        count: u32,
        annotation: &str,
        script: &str,
        log: &Path,
    ) -> Done<Duration> {
        let place = self.place(log)?;
        let book = self.book(boxes, count, &format!("on=api{annotation}"), script)?;
        let start = Instant::now();
        let ran = run(&mut self.headless(&book, &self.dir.join("env.yaml"), &place)?);
        let took = start.elapsed();
        fs::remove_dir_all(&place)?;
        ran.map(|()| took)
    }

    /// Returns a new directory below `log` for the log of one run.
    pub fn place(&self, log: &Path) -> Done<PathBuf> {
        let place = log.join(format!("gonogo-bench-log-{}", std::process::id()));
        fs::create_dir_all(&place)?;
        Ok(place)
    }

    /// Writes a runbook of `boxes` boxes with `count` steps each, and returns where it is.
    pub fn book(&self, boxes: u32, count: u32, annotation: &str, script: &str) -> Done<PathBuf> {
        let step = format!("  ```sh {annotation}\n  {script}\n  ```\n\n");
        let steps = step.repeat(usize::try_from(count)?);
        let steps: String =
            (0..boxes).map(|n| format!("- [ ] Box {n} <!-- gonogo: id=b{n} -->\n\n{steps}")).collect();
        let book = self.dir.join("book.md");
        fs::write(&book, format!("# Bench\n\n{steps}"))?;
        let boxes: String = (0..boxes).map(|n| format!("  b{n}: {{sign: true}}\n")).collect();
        let sum = String::from_utf8(Command::new("sha256sum").arg(&book).output()?.stdout)?;
        let sum = sum.split_whitespace().next().unwrap_or_default();
        fs::write(self.dir.join("answers.yaml"), format!("runbook: sha256:{sum}\nboxes:\n{boxes}"))?;
        Ok(book)
    }

    /// Returns the command of a run, whose log is below `place`.
    pub fn run(&self, book: &Path, environments: &Path, place: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gonogo"));
        command
            .args(["run", "--env", "here", "--as", "bench", "--trust", "--environments"])
            .arg(environments)
            .arg(book)
            .env("GONOGO_LOG", place.join("log.db"))
            .env("XDG_STATE_HOME", place)
            .env("XDG_CONFIG_HOME", place);
        command
    }

    /// Returns the command of a run that the answers of [`Self::book`] drive.
    pub fn headless(&self, book: &Path, environments: &Path, place: &Path) -> Done<Command> {
        let mut command = self.run(book, environments, place);
        command.args(["--headless", "--answers"]).arg(self.dir.join("answers.yaml"));
        command.stdout(Stdio::null()).stderr(fs::File::create(self.dir.join("errors"))?);
        Ok(command)
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        run(self.ssh().args(["-O", "exit", "127.0.0.1"]).stderr(Stdio::null())).unwrap_or_default();
        self.server.kill().unwrap_or_default();
        self.server.wait().map(drop).unwrap_or_default();
        fs::remove_dir_all(&self.dir).unwrap_or_default();
    }
}

/// Returns the name of the account.
pub fn user() -> Done<String> {
    Ok(String::from_utf8(Command::new("id").arg("-un").output()?.stdout)?.trim().to_owned())
}
