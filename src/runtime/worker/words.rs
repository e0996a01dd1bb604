//! From what `exec` says to what the core and people read.

use crate::exec;
use crate::run::conclude::Ended;
use crate::run::event::StepIntended;
use crate::run::fact::{HopSeen, HostConnected, HostPin, Outcome, Probe, Seen, Stream, StreamSummary};
use crate::runtime::reach::trusted_by;
use crate::runtime::worker::Directory;

pub(super) fn directory(seen: &exec::Connected) -> Directory {
    Directory { dir: seen.facts.dir.clone(), born: seen.facts.born.clone() }
}

pub(super) const fn stream_of(stream: exec::Stream) -> Stream {
    match stream {
        exec::Stream::Stdout => Stream::Stdout,
        exec::Stream::Stderr => Stream::Stderr,
    }
}

pub(super) fn summary(of: exec::StreamSummary) -> StreamSummary {
    StreamSummary { bytes: of.bytes, sha256: of.sha256, head: of.head, tail: of.tail, dropped: of.dropped }
}

pub(super) fn ended(end: exec::Ended) -> Ended {
    let mut remarks = end.notes;
    if let Some(why) = end.sink_failed {
        remarks.push(format!("not all of its output is in the log: {why}"));
    }
    Ended {
        outcome: match end.exit {
            exec::Exit::Code(code) => Outcome::Exited(code),
            exec::Exit::Signal(name) => Outcome::Signalled(name),
        },
        carried: end.carried,
        cwd: end.carried_cwd,
        stdout: summary(end.stdout),
        stderr: summary(end.stderr),
        text: end.stdout_text.unwrap_or_default(),
        seen: match end.recorded_by {
            exec::Recorder::Channel => Seen::Line,
            exec::Recorder::Marker => Seen::Marker,
        },
        remarks,
        output: Vec::new(),
        begun: None,
    }
}

/// Returns what to write when a sudo inside a step wanted a password, from what the step said on standard error: there is
/// no terminal to type one at, and the step's input is empty.
pub(super) fn sudo_wanted(said: &str) -> Option<String> {
    const WANTS: [&str; 5] = [
        "a password is required",
        "a terminal is required",
        "no tty present",
        "must have a tty",
        "interactive authentication is required",
    ];
    let asks = |line: &str| {
        let line = line.to_lowercase();
        line.starts_with("sudo: ") && WANTS.iter().any(|words| line.contains(words))
    };
    said.lines().any(asks).then(|| {
        "sudo wanted a password, and inside a step there is nobody to type it: write `sudo` behind the language of the \
         code block (```sh sudo), which runs all of it as root and asks you once for each host; or allow the command \
         there without a password (NOPASSWD)"
            .to_owned()
    })
}

pub(super) fn not_started(why: String) -> Ended {
    Ended {
        outcome: Outcome::NotStarted(why),
        carried: false,
        cwd: None,
        stdout: StreamSummary::default(),
        stderr: StreamSummary::default(),
        text: String::new(),
        seen: Seen::Line,
        remarks: Vec::new(),
        output: Vec::new(),
        begun: None,
    }
}

pub(super) fn connected(host: &HostPin, intent: &StepIntended, seen: &exec::Connected) -> HostConnected {
    let facts = &seen.facts;
    let shell = facts.bash.as_ref().map_or_else(|| "sh".to_owned(), |v| format!("bash {v}"));
    let pipefail =
        if facts.pipefail { "" } else { ", no pipefail: a failing command inside a pipe is not noticed" };
    HostConnected {
        host: host.name.clone(),
        user: host.user.clone(),
        address: host.address.clone(),
        port: host.port,
        key_type: seen.key_type.clone(),
        fingerprint: seen.fingerprint.clone(),
        trusted: trusted_by(&seen.trust),
        about: format!("{} {}, {shell}{pipefail}, login by {}", facts.node, facts.os, seen.auth),
        dir: facts.dir.clone(),
        born: facts.born.clone(),
        sudo: intent.sudo,
        through: seen.hops.iter().map(hop).collect(),
    }
}

fn hop(hop: &exec::Hop) -> HopSeen {
    HopSeen { at: hop.at.clone(), key_type: hop.key_type.clone(), fingerprint: hop.fingerprint.clone() }
}

pub(super) fn answer_of(found: &exec::Probe) -> Probe {
    match &found.state {
        exec::ProbeState::Gone => Probe::Gone,
        exec::ProbeState::Never => Probe::Never,
        exec::ProbeState::NeverStarted => Probe::NeverStarted,
        exec::ProbeState::Starting => Probe::Starting,
        exec::ProbeState::Running(s) => Probe::Running(s.pid, s.pgid),
        exec::ProbeState::Ended { code, .. } => Probe::Ended(*code),
        exec::ProbeState::Died if found.runs() => Probe::Running(found.left.first().map_or(0, |l| l.pid), 0),
        exec::ProbeState::Died => Probe::Died,
        exec::ProbeState::OtherBoot(_) => Probe::OtherBoot,
    }
}

pub(super) fn cancel_words(state: &exec::CancelState) -> String {
    match state {
        exec::CancelState::Asked => "asking the host to stop it".to_owned(),
        exec::CancelState::TermSent => "TERM sent".to_owned(),
        exec::CancelState::KillSent => "it did not end; KILL sent".to_owned(),
        exec::CancelState::Terminated => "ended by TERM, its process group is gone".to_owned(),
        exec::CancelState::Killed => "ended by KILL, its process group is gone".to_owned(),
        exec::CancelState::NotRunning => "it was not running any more".to_owned(),
        exec::CancelState::Stuck(pids) => format!("could not be ended, waiting in the kernel: {pids:?}"),
        exec::CancelState::CouldNotConfirm(why) => format!("could not confirm that it ended: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::sudo_wanted;

    #[test]
    fn a_sudo_without_a_terminal_is_told_from_other_words() {
        for said in [
            "sudo: a terminal is required to read the password; either use the -S option\nsudo: a password is required\n",
            "warning: x\nsudo: no tty present and no askpass program specified\n",
            "sudo: sorry, you must have a tty to run sudo\n",
            "sudo: A terminal is required to authenticate\n",
        ] {
            assert!(sudo_wanted(said).is_some_and(|w| w.contains("```sh sudo")), "{said}");
        }
        for said in [
            "",
            "mysql: a password is required\n",
            "sudo: nosuch: command not found\n",
            "run sudo: a password",
        ] {
            assert_eq!(sudo_wanted(said), None, "{said}");
        }
    }
}
