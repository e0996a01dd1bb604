//! How fast steps are over SSH, beside bare `ssh` with a connection that is kept (`ControlMaster`):
//! `cargo bench --bench ssh` prints a table. Needs Debian's openssh-server and openssh-client; everything runs on
//! loopback, and whole programs are timed, in turns, so that a slow moment strikes both.
//!
//! A plain step has what bare ssh has not: the wrapper that finds it again, the carried state, the kept output and the
//! log. What a run costs besides its steps is taken off by a run with one step only.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Steps of a run.
const STEPS: u32 = 100;
/// Turns; the median counts.
const ROUNDS: usize = 5;
/// MiB that a step prints.
const MIB: u32 = 500;

type Done<T> = Result<T, Box<dyn Error>>;

fn main() -> Done<()> {
    let ground = Ground::start()?;
    println!("{:<34} {:>12} {:>12} {:>7}  most", "", "gonogo", "ssh", "times");
    let memory = Path::new("/dev/shm");
    ground.steps("plain steps, log in memory", "", memory, "1.8, goal 1.0")?;
    ground.steps("check steps, log in memory", " check", memory, "1.2, goal 0.6")?;
    ground.steps("plain steps, log on disk", "", &ground.dir, "that, and 200 times fdatasync")?;
    let sync = fdatasync(&ground.dir)?;
    println!("{:<34} {:>9.2} ms", "one fdatasync of 4 KiB there", millis(sync));
    ground.output()
}

/// A server, a client's keys, and a connection that ssh keeps.
struct Ground {
    dir: PathBuf,
    port: u16,
    server: Child,
}

impl Ground {
    fn start() -> Done<Self> {
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

    fn ssh(&self) -> Command {
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

    /// Runs a runbook of `count` blocks that hold `script`, with its log below `log`, and returns how long that took.
    fn gonogo(&self, count: u32, annotation: &str, script: &str, log: &Path) -> Done<Duration> {
        let place = log.join(format!("gonogo-bench-log-{}", std::process::id()));
        fs::create_dir_all(&place)?;
        let steps: String = (0..count)
            .map(|n| format!("- [ ] Box {n} <!-- gonogo: id=b{n} -->\n\n  ```sh on=api{annotation}\n  {script}\n  ```\n\n"))
            .collect();
        let book = self.dir.join("book.md");
        fs::write(&book, format!("---\ngonogo: {{environments: env.yaml}}\n---\n# Bench\n\n{steps}"))?;
        let boxes: String = (0..count).map(|n| format!("  b{n}: {{sign: true}}\n")).collect();
        let answers = self.dir.join("answers.yaml");
        let sum = String::from_utf8(Command::new("sha256sum").arg(&book).output()?.stdout)?;
        let sum = sum.split_whitespace().next().unwrap_or_default().to_owned();
        fs::write(&answers, format!("runbook: sha256:{sum}\nboxes:\n{boxes}"))?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_gonogo"));
        command
            .args(["run", "--env", "here", "--headless", "--as", "bench", "--trust", "--answers"])
            .arg(&answers)
            .arg(&book)
            .env("GONOGO_LOG", place.join("log.db"))
            .env("XDG_STATE_HOME", &place)
            .env("XDG_CONFIG_HOME", &place)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let start = Instant::now();
        let ran = run(&mut command);
        let took = start.elapsed();
        fs::remove_dir_all(&place)?;
        ran.map(|()| took)
    }

    fn steps(&self, name: &str, annotation: &str, log: &Path, most: &str) -> Done<()> {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let one = self.gonogo(1, annotation, "true", log)?;
            let all = self.gonogo(STEPS + 1, annotation, "true", log)?;
            ours.push(all.saturating_sub(one) / STEPS);
            let start = Instant::now();
            for _ in 0..STEPS {
                run(self.ssh().args(["127.0.0.1", "true"]))?;
            }
            theirs.push(start.elapsed() / STEPS);
        }
        row(name, median(ours), median(theirs), most);
        Ok(())
    }

    fn output(&self) -> Done<()> {
        let lines: String = (0..12_000)
            .map(|n| {
                format!("2026-01-02 03:04:05 deploy: unpacking file {n} of the release, nothing to report\n")
            })
            .collect();
        let mut file = fs::File::create(self.dir.join("home/big"))?;
        let copies = (usize::try_from(MIB)? << 20).checked_div(lines.len()).unwrap_or_default();
        for _ in 0..copies {
            std::io::Write::write_all(&mut file, lines.as_bytes())?;
        }
        let script = "cat big";
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            let one = self.gonogo(1, "", "true", Path::new("/dev/shm"))?;
            ours.push(self.gonogo(1, "", script, Path::new("/dev/shm"))?.saturating_sub(one));
            let start = Instant::now();
            run(self.ssh().args(["127.0.0.1", script]))?;
            theirs.push(start.elapsed());
        }
        row(&format!("{MIB} MiB of output, ends stored"), median(ours), median(theirs), "1.25");
        Ok(())
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

fn run(command: &mut Command) -> Done<()> {
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}

fn user() -> Done<String> {
    Ok(String::from_utf8(Command::new("id").arg("-un").output()?.stdout)?.trim().to_owned())
}

/// Returns the median time of appending 4 KiB and waiting for the disk.
fn fdatasync(dir: &Path) -> Done<Duration> {
    use std::io::Write as _;
    let path = dir.join("sync");
    let mut file = fs::File::create(&path)?;
    let mut times = Vec::new();
    for _ in 0..200 {
        let start = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        times.push(start.elapsed());
    }
    fs::remove_file(path)?;
    Ok(median(times))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn row(name: &str, ours: Duration, theirs: Duration, most: &str) {
    let times = ours.as_secs_f64() / theirs.as_secs_f64().max(f64::EPSILON);
    println!("{name:<34} {:>9.2} ms {:>9.2} ms {times:>6.2}x  {most}", millis(ours), millis(theirs));
}
