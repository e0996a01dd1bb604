//! An account of this machine with a password and a rule in sudoers, made for one test and removed with its value. Only
//! root can; tests that use it are `#[ignore = "needs root and sudo"]`.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

static COUNT: AtomicUsize = AtomicUsize::new(0);
/// The account files are locked by whoever changes them, and who comes second gives up.
static ACCOUNTS: Mutex<()> = Mutex::new(());

/// See the module.
pub struct UnixUser {
    pub name: String,
    sudoers: PathBuf,
}

impl UnixUser {
    /// Makes an account with this password; `sudoers` are lines in which `USER` is its name.
    pub fn new(password: &str, sudoers: &str) -> Self {
        let user = Self::with_shell("/bin/bash");
        let mut giving = Command::new("chpasswd").stdin(Stdio::piped()).spawn().expect("chpasswd starts");
        let line = format!("{}:{password}\n", user.name);
        giving.stdin.take().expect("its input").write_all(line.as_bytes()).expect("written");
        assert!(giving.wait().expect("it ends").success(), "the password is set");
        user.sudoers(sudoers);
        user
    }

    /// Makes an account that logs in to this shell, by key only.
    pub fn with_shell(shell: &str) -> Self {
        assert!(rustix::process::geteuid().is_root(), "only root makes accounts");
        let name = format!("gonogo-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        // sudo reads no file there that has a dot in its name.
        let user = Self { sudoers: PathBuf::from(format!("/etc/sudoers.d/{name}")), name };
        // No password fits; "!" would lock the account, and keys with it.
        change(&["useradd", "--create-home", "--password", "*", "--shell", shell, &user.name]);
        user
    }

    /// Writes other lines into sudoers, in one go: other tests use sudo meanwhile.
    pub fn sudoers(&self, lines: &str) {
        let draft = self.sudoers.with_extension("draft");
        fs::write(&draft, format!("{}\n", lines.replace("USER", &self.name))).expect("written");
        fs::set_permissions(&draft, fs::Permissions::from_mode(0o440)).expect("changed");
        fs::rename(&draft, &self.sudoers).expect("renamed");
    }

    /// Returns its home directory.
    pub fn home(&self) -> PathBuf {
        PathBuf::from(format!("/home/{}", self.name))
    }
}

impl Drop for UnixUser {
    fn drop(&mut self) {
        for file in [self.sudoers.clone(), self.sudoers.with_extension("draft")] {
            fs::remove_file(file).unwrap_or_default();
        }
        let uid = fs::metadata(self.home()).map(|home| home.uid()).unwrap_or_default();
        for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let owner = process.metadata().map(|about| about.uid()).unwrap_or_default();
            let pid = process.file_name().to_str().and_then(|name| name.parse().ok());
            if owner == uid
                && uid != 0
                && let Some(pid) = pid.and_then(rustix::process::Pid::from_raw)
            {
                rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap_or_default();
            }
        }
        change(&["userdel", "--remove", "--force", &self.name]);
    }
}

/// Runs a program that changes the account files, again while another one holds their lock.
fn change(command: &[&str]) {
    let _one = ACCOUNTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let output = Command::new(command[0]).args(&command[1..]).output().expect("it starts");
        if output.status.success() {
            return;
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let locked = said.contains("cannot lock") && Instant::now() < until;
        if !locked {
            // In a drop, a panic would hide why the test failed.
            assert!(
                std::thread::panicking() || matches!(command[0], "userdel" | "groupdel"),
                "{command:?}: {said}"
            );
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A group of accounts of this machine, made for one test and removed with its value. Only root can.
pub struct UnixGroup {
    pub name: String,
    pub gid: u32,
}

impl UnixGroup {
    /// Makes a group with these members.
    pub fn new(members: &[&UnixUser]) -> Self {
        let name = format!("gonogo-g{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        change(&["groupadd", &name]);
        members.iter().for_each(|user| change(&["usermod", "--append", "--groups", &name, &user.name]));
        let told = Command::new("getent").args(["group", &name]).output().expect("getent");
        let told = String::from_utf8_lossy(&told.stdout).into_owned();
        let gid = told.split(':').nth(2).and_then(|gid| gid.parse().ok()).expect("a number");
        Self { name, gid }
    }
}

impl Drop for UnixGroup {
    fn drop(&mut self) {
        change(&["groupdel", &self.name]);
    }
}
