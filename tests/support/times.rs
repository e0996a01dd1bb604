//! How often the tests of faults try their luck. `GONOGO_FAULTS=5 GONOGO_MINUTES=10 cargo test -- --include-ignored` is the
//! one command for all of it: five times the counts below, and ten minutes of eight processes.
//!
//! | fault | count | where |
//! |---|---|---|
//! | SIGKILL at random points of an append mix, one writer, two writers | 200, 200 | `audit/kill` |
//! | kills at operations on files while a log is rotated, moved, copied, made, exported: every third; every one | 110; 325 | `cli/killed_keeping` |
//! | kills around exec: in memory; a real sshd with marks on the host | 60; 24 | `runtime/kills`; `cli/killed_sshd` |
//! | a disk that fails, writes half, fills up or is gone at the N-th operation | 4 × 200 | `audit/faults` |
//! | a full disk under a run, at every third operation; on a small file system | 67; 4 | `cli/faults`, `cli/bad_log`; `audit/kill` |
//! | a disk that is full before an intent, after it, mid-output, at the end of a step, at a sign-off | 5 × 10 | `cli/full` |
//! | files that are no log, bytes and modes compared before and after | 25 | `audit/store`, `cli/bad_log` |
//! | truncations of a log of more than 100 KB, at every 512 bytes | 200 | `audit/store` |
//! | flipped bits | 2,000 | `audit/flips` |
//! | tamper attacks, each with its verdicts | 88 | `audit/attacks` |
//! | SSHSIG with stock ssh-keygen: 4 kinds of keys × file and agent × both ways; lines of allowed signers; negatives | 16; 20; 12 | `sign/keygen`, `sign/negatives` |
//! | breaks of the network; sessions that the host kills | 100; 30 | `exec/cuts` |
//! | redaction at every split of every form of secrets, and of 64 secrets in five encodings | all; 14,336 | `text/redact` |
//! | 64 secrets in every file; on the screen; in a crash; in a host's system log | 64 × 5 | `cli/secrets`; `runtime/secrets`; `runtime/crash`; `cli/sshd` |
//! | golden vectors; golden logs | all | `audit/codec`, `sign/golden`; `cli/golden` |
//! | eight processes and a driver | 2 s | `audit/soak` |

/// Returns `count`, or so many times as much of it as `GONOGO_FAULTS` says.
pub fn times(count: u64) -> u64 {
    let more = std::env::var("GONOGO_FAULTS").ok().and_then(|text| text.parse().ok());
    count * more.unwrap_or(1).max(1)
}
