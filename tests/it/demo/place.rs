//! A demo world of a test's own, and a shell on its hosts.

use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gonogo::demo::world::World;

use crate::support::temp::TempDir;

/// A world in a directory of its own.
pub struct Place {
    dir: TempDir,
    /// The world.
    pub world: World,
}

/// How a script ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Place {
    /// Makes a fresh world.
    pub fn new(label: &str) -> Self {
        let dir = TempDir::new(label);
        let world = World::create(&dir.join("demo"), exe()).expect("a world");
        Self { dir, world }
    }

    /// Returns the directory that holds the world and nothing else.
    pub fn outside(&self) -> &Path {
        self.dir.path()
    }

    /// Returns the path of `name` in the world.
    pub fn path(&self, name: &str) -> PathBuf {
        self.world.root().join(name)
    }

    /// Returns the text of `name` in the world.
    pub fn text(&self, name: &str) -> String {
        let path = self.path(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Runs `script` with `sh -e` on `host`, in its home directory.
    pub fn sh(&self, host: &str, script: &str) -> Ended {
        self.sh_in(host, &self.world.home(host), &[], script)
    }

    /// Runs `script` and returns its standard output; it must end with 0.
    pub fn ok(&self, host: &str, script: &str) -> String {
        let ended = self.sh(host, script);
        assert_eq!(ended.code, 0, "{host}: {script}\n{}\n{}", ended.out, ended.err);
        ended.out
    }

    /// Runs `script` with `sh -e` on `host` in `cwd` with `vars` given.
    pub fn sh_in(&self, host: &str, cwd: &Path, vars: &[(&str, &str)], script: &str) -> Ended {
        let output = Command::new("sh")
            .args(["-e", "-c", script])
            .current_dir(cwd)
            .env_clear()
            .envs(self.environment(host))
            .envs(vars.iter().copied())
            .stdin(Stdio::null())
            .output()
            .expect("sh");
        Ended {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs `script` on a terminal of `host`, types `answer` and Enter after `prompt`, and returns all that was shown.
    pub fn typed(&self, host: &str, script: &str, prompt: &str, answer: &str) -> String {
        let pair =
            portable_pty::native_pty_system().openpty(portable_pty::PtySize::default()).expect("a pty");
        let mut command = portable_pty::CommandBuilder::new("sh");
        command.args(["-c", script]);
        command.cwd(self.world.home(host));
        command.env_clear();
        for (name, value) in self.environment(host) {
            command.env(name, value);
        }
        let mut child = pair.slave.spawn_command(command).expect("sh");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let mut writer = pair.master.take_writer().expect("a writer");
        let (mut seen, mut block, mut asked) = (Vec::new(), [0; 256], false);
        // The end of the terminal is an error on Linux: nobody holds the other side any more.
        while let Ok(length) = reader.read(&mut block) {
            if length == 0 {
                break;
            }
            seen.extend(block.iter().take(length));
            if !asked && String::from_utf8_lossy(&seen).contains(prompt) {
                asked = true;
                writeln!(writer, "{answer}").expect("typing");
            }
        }
        child.wait().expect("an end");
        String::from_utf8_lossy(&seen).into_owned()
    }

    fn environment(&self, host: &str) -> Vec<(String, OsString)> {
        let mut path = self.world.bin().into_os_string();
        path.push(":/usr/local/bin:/usr/bin:/bin");
        let fixed = [
            ("PATH", path),
            ("HOME", self.world.home(host).into()),
            ("LC_ALL", "C.UTF-8".into()),
            ("DEMO_ROOT", self.world.root().into()),
            ("DEMO_HOST", host.into()),
            ("DEMO_SPEED", "0".into()),
            ("GIT_CONFIG_GLOBAL", "/dev/null".into()),
            ("GIT_CONFIG_NOSYSTEM", "1".into()),
        ];
        let own = self.world.env(host).into_iter().map(|(name, value)| (name, value.into()));
        fixed.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(own).collect()
    }

    /// Returns the status that the API of `host` answers on its health endpoint, and the body.
    pub fn health(&self, host: &str) -> (String, String) {
        let out = self.ok(host, "curl -s -w '\\n%{http_code}' http://localhost/api/health");
        let (body, status) = out.rsplit_once('\n').expect("a status after the body");
        (status.to_owned(), body.to_owned())
    }
}

/// The program under test.
pub fn exe() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_gonogo"))
}
