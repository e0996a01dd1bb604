//! Faults of a disk, for processes that a test starts: the N-th operation on a log's files fails.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use super::temp::TempDir;

/// What happens at the N-th operation.
pub const KINDS: [&str; 4] = ["fail", "short", "full", "gone"];

/// Returns the library that makes operations fail, built once with the C compiler.
fn library() -> &'static Path {
    static BUILT: OnceLock<(TempDir, std::path::PathBuf)> = OnceLock::new();
    let (_, library) = BUILT.get_or_init(|| {
        let dir = TempDir::new("faults");
        let library = dir.join("faults.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/faults.c");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).arg("-ldl");
        assert!(cc.status().expect("a C compiler").success(), "the library is built");
        (dir, library)
    });
    library
}

/// Lets operation `nth` of the process fail.
pub fn inject(command: &mut Command, kind: &str, nth: u32) {
    command.env("LD_PRELOAD", library());
    command.env("GONOGO_FAULT", nth.to_string()).env("GONOGO_FAULT_KIND", kind);
}

/// Leaves `bytes` on the disk of the process from the moment on at which it writes the record of this `kind` that has
/// `more` in it. What it removes is free again.
pub fn fill(command: &mut Command, bytes: u64, kind: &str, more: &str) {
    command.env("LD_PRELOAD", library());
    command.env("GONOGO_FAULT", bytes.to_string()).env("GONOGO_FAULT_KIND", "disk");
    command.env("GONOGO_FAULT_WORDS", format!("\"kind\":\"{kind}\"")).env("GONOGO_FAULT_MORE", more);
}

/// Kills the process before operation `nth` on files below `directory`, which is an absolute path.
pub fn kill_at(command: &mut Command, nth: u64, directory: &Path) {
    command.env("LD_PRELOAD", library());
    command.env("GONOGO_FAULT", nth.to_string()).env("GONOGO_FAULT_KIND", "kill");
    command.env("GONOGO_FAULT_BELOW", directory);
}
