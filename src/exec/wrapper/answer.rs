//! Reads what the texts answer: control lines into facts and states. What it does not understand it ignores: the lines
//! come from another machine.

use crate::exec::event::{CancelState, HostFacts, Left, Probe, ProbeState, Started};

/// The answer of `open`, line by line.
#[derive(Debug, Clone, Default)]
pub struct OpenAnswer {
    node: String,
    os: String,
    uid: Option<u32>,
    boot: String,
    time: Option<i64>,
    bash: Option<(String, String)>,
    sh: Option<(bool, String)>,
    had: bool,
    born: String,
    dir: Option<String>,
    /// Why the host has no place for the run, if it said so.
    pub failed: Option<String>,
}

impl OpenAnswer {
    /// Takes one control line.
    pub fn line(&mut self, line: &str) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "node" => self.node = rest.to_owned(),
            "os" => self.os = rest.to_owned(),
            "uid" => self.uid = rest.parse().ok(),
            "boot" => self.boot = rest.to_owned(),
            "time" => self.time = rest.parse().ok(),
            "bash" => {
                let (version, path) = rest.split_once(' ').unwrap_or((rest, ""));
                self.bash = (version != "none").then(|| (version.to_owned(), path.to_owned()));
            }
            "sh" => self.sh = rest.split_once(' ').map(|(pipefail, path)| (pipefail == "1", path.to_owned())),
            "had" => self.had = true,
            "born" => self.born = rest.to_owned(),
            "open" => self.dir = Some(rest.to_owned()),
            "fail" => self.failed = Some(rest.to_owned()),
            _ => {}
        }
    }

    /// Returns the facts if the answer was complete.
    #[must_use]
    pub fn facts(self) -> Option<HostFacts> {
        let (sh_pipefail, sh) = self.sh?;
        let modern =
            self.bash.as_ref().is_some_and(|(version, path)| carries(version) && path.starts_with('/'));
        let shell = match &self.bash {
            Some((_, path)) if modern => path.clone(),
            // `command -v` may print a bare name; `exec` finds it by PATH.
            _ if sh.is_empty() => "sh".to_owned(),
            _ => sh,
        };
        Some(HostFacts {
            node: self.node,
            os: self.os,
            uid: self.uid?,
            boot: self.boot,
            bash: self.bash.map(|(version, _)| version),
            full_carry: modern,
            shell,
            pipefail: modern || sh_pipefail,
            dir: self.dir.filter(|dir| dir.starts_with('/'))?,
            had: self.had,
            born: self.born,
            unix_time: self.time,
        })
    }
}

/// Returns whether this bash can save and load arrays and functions as the text does (4.2 or newer).
fn carries(version: &str) -> bool {
    let Some((major, minor)) = version.split_once('.') else { return false };
    match (major.parse::<u32>(), minor.parse::<u32>()) {
        (Ok(major), Ok(minor)) => (major, minor) >= (4, 2),
        _ => false,
    }
}

/// The answer of a probe, a fetch or a cancel, line by line.
#[derive(Debug, Clone, Default)]
pub struct StateAnswer {
    /// State of the step, once it was said.
    pub state: Option<ProbeState>,
    /// Why the script did not begin, if that was said.
    pub fail: Option<String>,
    /// Processes that carry the marker.
    pub left: Vec<Left>,
    /// Last word of a cancel.
    pub cancel: Option<CancelState>,
    /// Whether the host kept no output.
    pub no_file: bool,
    /// Whether there is a state to load.
    pub carried: bool,
    /// What of the state was said.
    pub kept: KeptNames,
    /// Whether the answer came to its end.
    pub done: bool,
}

impl StateAnswer {
    /// Takes one control line; returns progress of a cancel, if it is that.
    pub fn line(&mut self, line: &str) -> Option<CancelState> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "state" => self.state = state(rest),
            "fail" => self.fail = Some(rest.to_owned()),
            "left" => self.left.extend(left(rest)),
            "cancel" => self.cancel = cancel(rest),
            "nofile" => self.no_file = true,
            "carried" => self.carried = true,
            "done" => self.done = true,
            "sent" if rest == "TERM" => return Some(CancelState::TermSent),
            "sent" if rest == "KILL" => return Some(CancelState::KillSent),
            _ => self.kept.line(line),
        }
        None
    }

    /// Returns the probe if the state was said.
    #[must_use]
    pub fn probe(&self) -> Option<Probe> {
        Some(Probe { state: self.state.clone()?, left: self.left.clone() })
    }
}

/// What a step left for later ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptNames {
    /// Names that it made or changed; functions end in `()`.
    pub names: Vec<String>,
    /// Directory it ended in, control characters replaced by `?`.
    pub cwd: Option<String>,
}

impl KeptNames {
    /// Takes one control line.
    pub fn line(&mut self, line: &str) {
        match line.split_once(' ') {
            Some(("names", names)) => {
                self.names = names.split(' ').filter(|n| !n.is_empty()).map(str::to_owned).collect()
            }
            Some(("cwd", cwd)) => self.cwd = Some(cwd.to_owned()),
            _ => {}
        }
    }
}

/// Reads `PID PGID`.
#[must_use]
pub fn started(text: &str) -> Option<Started> {
    let (pid, pgid) = text.split_once(' ')?;
    Some(Started { pid: pid.parse().ok()?, pgid: pgid.trim().parse().ok()? })
}

/// Reads `RC CARRIED` of an `end` line.
#[must_use]
pub fn end(text: &str) -> Option<(i32, bool)> {
    let (code, carried) = text.split_once(' ')?;
    Some((code.parse().ok()?, carried == "1"))
}

fn state(text: &str) -> Option<ProbeState> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    Some(match word {
        "gone" => ProbeState::Gone,
        "never" => ProbeState::Never,
        "never-started" => ProbeState::NeverStarted,
        "starting" => ProbeState::Starting,
        "running" => ProbeState::Running(started(rest)?),
        "ended" => {
            let (code, at) = rest.split_once(" at ").unwrap_or((rest, ""));
            ProbeState::Ended { code: code.trim().parse().ok()?, at: at.to_owned() }
        }
        "died" => ProbeState::Died,
        "otherboot" => ProbeState::OtherBoot(rest.to_owned()),
        _ => return None,
    })
}

fn left(text: &str) -> Option<Left> {
    let (pid, command) = text.split_once(' ')?;
    Some(Left { pid: pid.parse().ok()?, command: command.trim_end().to_owned() })
}

fn cancel(text: &str) -> Option<CancelState> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    Some(match word {
        "term" => CancelState::Terminated,
        "kill" => CancelState::Killed,
        "not-running" => CancelState::NotRunning,
        "stuck" => CancelState::Stuck(rest.split(' ').filter_map(|pid| pid.parse().ok()).collect()),
        _ => return None,
    })
}

/// Returns the sentence for a `fail WHY` of a step that did not start.
#[must_use]
pub fn refusal(why: &str) -> String {
    let (word, rest) = why.split_once(' ').unwrap_or((why, ""));
    match word {
        "dup" => "its number was used before: the host runs a step at most once".to_owned(),
        "dir" => format!("the run's directory {rest} is gone or belongs to somebody else"),
        "space" => format!("the host cannot write into {rest} (is the disk full?)"),
        "state" => "the state carried from an earlier step is missing or damaged there".to_owned(),
        "cwd" => format!("the directory {rest} cannot be entered; choose another one"),
        _ => format!("the host refused it: {why}"),
    }
}
