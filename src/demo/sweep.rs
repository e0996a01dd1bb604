//! Ends every process of one start of the demo, and nothing else.
//!
//! A process is known by either of two marks, which every command gets from the launcher and hands down to its children:
//! - `GONOGO_DEMO_ID=<id>` in `/proc/PID/environ`;
//! - a limit of file locks (`RLIMIT_LOCKS`, which Linux has not enforced since 2.4.25) equal to [`DemoId::mark`], in `/proc/PID/limits`.
//!   It outlives `env -i`, `setsid`, a second fork and `cd /`; a shell of the user's own that stands in the demo directory does not have it.
//!
//! The second mark replaces a rule "works below the demo directory and has `no_new_privs`", which would also hit a user's own shell inside
//! a container that sets `no_new_privs` for all. Left open: a process that changes both on purpose (root may raise a limit).
//!
//! A process is held by a pidfd from before it is looked at, so a reused process id is never hit.

use std::fs;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, getpid, kill_process, pidfd_open, pidfd_send_signal};

use super::DemoId;

/// Scans that must find nothing before the work is done: a process may be born behind the scan's back.
const CLEAN_SCANS: u32 = 2;
/// Scans after which the rest is given up: what is left then waits in the kernel and dies as soon as it leaves it.
const MOST_SCANS: u32 = 2_000;
/// Pause between two scans, in which killed processes disappear.
const PAUSE: Duration = Duration::from_millis(3);

/// Kills the processes of `id` until none is left; returns whether none is.
pub(super) fn sweep(id: &DemoId) -> bool {
    let mut clean = 0;
    for _ in 0..MOST_SCANS {
        clean = if kill_all(id) == 0 { clean + 1 } else { 0 };
        if clean == CLEAN_SCANS {
            return true;
        }
        std::thread::sleep(PAUSE);
    }
    false
}

/// Kills every process of `id` that is found now, and returns how many there were.
fn kill_all(id: &DemoId) -> usize {
    let Ok(entries) = fs::read_dir("/proc") else { return 0 };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(Pid::from_raw).filter(|pid| *pid != getpid() && kill_if_ours(*pid, id)).count()
}

fn kill_if_ours(pid: Pid, id: &DemoId) -> bool {
    let held = pidfd_open(pid, PidfdFlags::empty());
    if !is_ours(pid, id) {
        return false;
    }
    let sent = match held {
        Ok(held) => pidfd_send_signal(held, Signal::KILL),
        // Kernels before 5.3 have no pidfd.
        Err(Errno::NOSYS) => kill_process(pid, Signal::KILL),
        Err(gone) => Err(gone),
    };
    // Even one that could not be reached was there: only a scan that finds nothing is a proof.
    matches!(sent, Ok(()) | Err(_))
}

fn is_ours(pid: Pid, id: &DemoId) -> bool {
    let read = |file: &str| fs::read(format!("/proc/{}/{file}", pid.as_raw_nonzero())).unwrap_or_default();
    let marked = limit_is(&read("limits"), id.mark()) || names(&read("environ"), id.assignment().as_bytes());
    marked && !is_dead(&read("stat"))
}

/// Tells whether the text of `/proc/PID/limits` has `mark` as soft or hard limit of file locks.
fn limit_is(limits: &[u8], mark: u64) -> bool {
    String::from_utf8_lossy(limits)
        .lines()
        .filter_map(|line| line.strip_prefix("Max file locks"))
        .any(|rest| rest.split_whitespace().take(2).any(|limit| limit.parse() == Ok(mark)))
}

/// Tells whether the NUL-separated `environ` has exactly this assignment.
fn names(environ: &[u8], assignment: &[u8]) -> bool {
    environ.split(|byte| *byte == 0).any(|entry| entry == assignment)
}

/// Tells whether the text of `/proc/PID/stat` is that of a zombie: its parent has to collect it, no signal helps.
fn is_dead(stat: &[u8]) -> bool {
    // The state follows the command's name, which may itself hold parentheses.
    let after = stat.iter().rposition(|byte| *byte == b')').and_then(|at| stat.get(at + 2));
    matches!(after, None | Some(b'Z' | b'X'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_looked_for_in_its_own_line_only() {
        let limits = b"Max open files  77  77  files\nMax file locks   42      43      locks\n";
        assert!(limit_is(limits, 42));
        assert!(limit_is(limits, 43));
        assert!(!limit_is(limits, 77));
        assert!(!limit_is(b"Max file locks  unlimited  unlimited  locks\n", 42));
    }

    #[test]
    fn an_assignment_must_be_whole() {
        assert!(names(b"A=1\0GONOGO_DEMO_ID=ab\0B=2\0", b"GONOGO_DEMO_ID=ab"));
        assert!(!names(b"X=GONOGO_DEMO_ID=ab\0", b"GONOGO_DEMO_ID=ab"));
        assert!(!names(b"GONOGO_DEMO_ID=abc\0", b"GONOGO_DEMO_ID=ab"));
    }

    #[test]
    fn zombies_are_dead_whatever_their_name() {
        assert!(is_dead(b"12 (sh) Z 1 2"));
        assert!(!is_dead(b"12 (a) Z b) S 1 2"));
        assert!(is_dead(b""));
    }
}
