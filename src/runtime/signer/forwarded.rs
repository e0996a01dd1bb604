//! Whether an agent's socket seems to lead to another machine.
//!
//! Nothing says so for certain: the protocol has no word for it. What is known is how sshd names the sockets that it
//! makes for forwarded agents: `/tmp/ssh-XXXXXXXXXX/agent.PID` with its own process id, since OpenSSH 10.1
//! `~/.ssh/agent/s.….sshd.…`. An agent of this machine names its own the same way, with the id of a process that has
//! ended, or `….agent.…`.

use std::path::Path;

/// What is known of the surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Around {
    /// Whether the session came here by ssh (`SSH_CONNECTION`).
    pub by_ssh: bool,
    /// Whether an agent was started in it (`SSH_AGENT_PID`).
    pub own_agent: bool,
}

/// Returns whether the agent at `socket` seems to be forwarded; `name_of` tells the name of a process.
#[must_use]
pub fn seems_forwarded(socket: &Path, around: Around, name_of: impl Fn(u32) -> Option<String>) -> bool {
    let name = |path: &Path| path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let (file, directory) = (name(socket), socket.parent().map(name).unwrap_or_default());
    if directory == "agent" && file.starts_with("s.") {
        return file.split('.').any(|part| part == "sshd");
    }
    let pid = file.strip_prefix("agent.").and_then(|pid| pid.parse::<u32>().ok());
    match pid.filter(|_| directory.starts_with("ssh-")) {
        None => false,
        Some(pid) => match name_of(pid) {
            Some(process) => process.starts_with("sshd"),
            // Processes of others may be hidden.
            None => around.by_ssh && !around.own_agent,
        },
    }
}

/// Returns whether the agent at `socket` seems to be forwarded to this process.
#[must_use]
pub fn seems_so_here(socket: &Path) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let around = Around { by_ssh: set("SSH_CONNECTION"), own_agent: set("SSH_AGENT_PID") };
    let name_of = |pid: u32| {
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
        Some(name.trim().to_owned())
    };
    // An agent may be reached through a link that stays the same.
    let real = std::fs::canonicalize(socket).unwrap_or_else(|_| socket.to_owned());
    seems_forwarded(&real, around, name_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_of_sshd_are_told_from_those_of_agents() {
        let by_ssh = Around { by_ssh: true, own_agent: false };
        let processes = |pid| match pid {
            7 => Some("sshd-session".to_owned()),
            8 => Some("sshd".to_owned()),
            9 => Some("bash".to_owned()),
            _ => None,
        };
        for (socket, around, seems) in [
            ("/tmp/ssh-Xy12345678/agent.7", Around::default(), true),
            ("/tmp/ssh-Xy12345678/agent.8", by_ssh, true),
            ("/tmp/ssh-Xy12345678/agent.9", by_ssh, false),
            // A process that is not there is an agent's parent, or is hidden.
            ("/tmp/ssh-Xy12345678/agent.10", Around::default(), false),
            ("/tmp/ssh-Xy12345678/agent.10", by_ssh, true),
            ("/tmp/ssh-Xy12345678/agent.10", Around { own_agent: true, ..by_ssh }, false),
            ("/home/layla/.ssh/agent/s.Ab1.sshd.Cd2", Around::default(), true),
            ("/home/layla/.ssh/agent/s.Ab1.agent.Cd2", by_ssh, false),
            ("/run/user/1000/keyring/ssh", by_ssh, false),
            ("/tmp/other/agent.7", by_ssh, false),
            ("/tmp/ssh-Xy12345678/agent.x", by_ssh, false),
        ] {
            assert_eq!(seems_forwarded(Path::new(socket), around, processes), seems, "{socket} {around:?}");
        }
    }
}
