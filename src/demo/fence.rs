//! The fence: what the kernel forbids the hosts' commands.
//!
//! Landlock (landlock(7)) restricts the calling thread and everything it starts, without root and for good. The rules name writing only:
//! reading and starting programs are not handled, so they need no rule for `/` and cannot fail for one.
//! Commands of one demo must be able to signal each other (cancelling a step is a command of its own), and a Landlock scope stops at
//! the border of its domain; so all of them share one domain, made once on the spawner's thread, not one each in the launcher.
//!
//! Not stopped: reading files, UDP, unix sockets that have a path. [`super::tools`] keeps the programs that would use them off `PATH`.

use std::fmt;
use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, LandlockStatus, RestrictionStatus, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};

/// The newest Landlock that the rules ask for: writing, TCP, device controls, signals and abstract sockets (Linux 6.12).
const WANTED: ABI = ABI::V6;

/// Devices that hold nothing and terminals: commands may write to them.
const DEVICES: &[&str] = &[
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
    "/dev/ptmx",
    "/dev/pts",
];

/// How far the kernel keeps the hosts' commands inside the demo directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fence {
    /// All rules hold.
    Yes,
    /// Some rules hold; the text names what is left open, as a list ("TCP connections and signals to other processes").
    Partly(String),
    /// No rule holds; the text says why.
    No(String),
}

impl Fence {
    /// Returns the word for the header: `yes`, `partly` or `no`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Partly(_) => "partly",
            Self::No(_) => "no",
        }
    }

    /// Returns one sentence that says what commands can do, and that they run as the user.
    pub fn sentence(&self) -> String {
        match self {
            Self::Yes => "Commands run as you; the kernel lets them write only inside the demo directory, \
                          open no TCP connection and signal only each other."
                .to_owned(),
            Self::Partly(open) => format!(
                "Commands run as you; the kernel lets them write only inside the demo directory, \
                 but this kernel is too old to stop {open}."
            ),
            Self::No(why) => format!(
                "Commands run as you and nothing but their PATH keeps them inside the demo directory: {why}."
            ),
        }
    }
}

impl fmt::Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fenced: {}", self.word())
    }
}

/// Fences the calling thread and whatever it starts from now on; returns how far that went.
///
/// Below `root` everything stays allowed. Sets `no_new_privs`, so set-user-id programs gain nothing.
pub(super) fn restrict_this_thread(root: &Path) -> Fence {
    match restrict(root) {
        Ok(status) => verdict(&status.ruleset, &status.landlock),
        Err(error) => Fence::No(format!("the rules were refused ({error})")),
    }
}

fn restrict(root: &Path) -> Result<RestrictionStatus, RulesetError> {
    let write = AccessFs::from_write(WANTED);
    Ruleset::default()
        .handle_access(write)?
        .handle_access(AccessNet::from_all(WANTED))?
        .scope(Scope::from_all(WANTED))?
        .create()?
        .add_rules(path_beneath_rules(DEVICES, write))?
        .add_rules(path_beneath_rules([root], write))?
        .restrict_self()
}

fn verdict(ruleset: &RulesetStatus, landlock: &LandlockStatus) -> Fence {
    match (ruleset, landlock) {
        (RulesetStatus::FullyEnforced, _) => Fence::Yes,
        (RulesetStatus::PartiallyEnforced, LandlockStatus::Available { effective_abi, .. }) => {
            Fence::Partly(left_open(*effective_abi))
        }
        (RulesetStatus::PartiallyEnforced, _) => Fence::Partly("everything".to_owned()),
        (RulesetStatus::NotEnforced, LandlockStatus::NotEnabled) => {
            Fence::No("Landlock is switched off on this machine".to_owned())
        }
        (RulesetStatus::NotEnforced, _) => Fence::No("this kernel has no Landlock".to_owned()),
    }
}

/// Names what a Landlock of version `abi` leaves open, newest right last (landlock(7), "Landlock features").
fn left_open(abi: ABI) -> String {
    let rights = [
        (ABI::V3, "the emptying of files elsewhere"),
        (ABI::V4, "TCP connections"),
        (ABI::V5, "device controls"),
        (ABI::V6, "signals to other processes"),
    ];
    let open: Vec<&str> = rights.iter().filter(|(since, _)| abi < *since).map(|(_, right)| *right).collect();
    match open.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => "everything".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn available(effective_abi: ABI) -> LandlockStatus {
        LandlockStatus::Available { effective_abi, kernel_abi: None }
    }

    #[test]
    fn the_verdict_follows_the_kernel() {
        assert_eq!(verdict(&RulesetStatus::FullyEnforced, &available(ABI::V6)), Fence::Yes);
        let old = verdict(&RulesetStatus::PartiallyEnforced, &available(ABI::V4));
        assert_eq!(old, Fence::Partly("device controls and signals to other processes".to_owned()));
        assert_eq!(old.to_string(), "fenced: partly");
        assert!(old.sentence().ends_with("too old to stop device controls and signals to other processes."));
        let none = verdict(&RulesetStatus::NotEnforced, &LandlockStatus::NotImplemented);
        assert_eq!(none.word(), "no");
        assert!(none.sentence().contains("no Landlock"));
        let off = verdict(&RulesetStatus::NotEnforced, &LandlockStatus::NotEnabled);
        assert!(off.sentence().contains("switched off"));
    }

    #[test]
    fn what_is_left_open_shrinks_with_newer_kernels() {
        assert_eq!(left_open(ABI::V5), "signals to other processes");
        assert_eq!(
            left_open(ABI::V1),
            "the emptying of files elsewhere, TCP connections, device controls and signals to other processes"
        );
    }
}
