//! Keeping this process's memory off the disk: it holds secrets, passphrases and passwords.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Keeps this process from leaving its memory on disk when it crashes, whoever collects crashes here. What it starts is
/// not touched by that.
///
/// A limit alone would not do: a collector behind a pipe gets the memory all the same (core(5)).
pub fn none_of_this_process() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // A kernel that refuses leaves it as it was; there is nothing else to try.
        set_dumpable_behavior(DumpableBehavior::NotDumpable).unwrap_or_default();
    }
    #[cfg(not(target_os = "linux"))]
    none_of_children();
}

/// Keeps what this process starts from leaving its memory on disk, for steps that are given secrets.
pub fn none_of_children() {
    let maximum = getrlimit(Resource::Core).maximum;
    // A limit may always be lowered (getrlimit(2)); a system that refuses leaves it as it was.
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum }).unwrap_or_default();
}
