//! One driver a run: the second one learns who, where and since when.

use std::io::BufRead;
use std::process::{Command, Stdio};

use gonogo::audit::locks::{Holder, LockError, Locks, Subject};

use super::tools::at;
use crate::support::temp::TempDir;

const LOG: &str = "GONOGO_TEST_LOCK";

fn holder(who: &str) -> Holder {
    Holder {
        who: who.to_owned(),
        host: "desk.example.net".to_owned(),
        tty: Some("/dev/pts/3".to_owned()),
        pid: 4711,
        since: at(0).wall,
        what: "r-1 Release".to_owned(),
    }
}

fn run() -> Subject {
    Subject::Run("r-1".to_owned())
}

#[test]
fn the_second_driver_is_told_of_the_first() {
    let dir = TempDir::new("driver");
    let locks = Locks::of(&dir.join("log.db")).unwrap();
    assert_eq!(locks.held(&run()).unwrap(), None);
    let held = locks.take(&run(), &holder("layla")).unwrap();
    assert_eq!(locks.held(&run()).unwrap(), Some(Some(holder("layla"))));
    let error = locks.take(&run(), &holder("omar")).expect_err("layla drives");
    assert_eq!(
        error.to_string(),
        "run r-1 is held by layla at desk.example.net on /dev/pts/3 (process 4711) since \
         2027-01-15T08:00:00.000Z: r-1 Release"
    );
    assert_eq!(locks.held(&run()).unwrap(), Some(Some(holder("layla"))), "who asked has changed nothing");
    let other = locks.take(&Subject::Run("r-2".to_owned()), &holder("omar")).unwrap();
    let staging =
        locks.take(&Subject::Environment("staging/\u{625} ..".to_owned()), &holder("omar")).unwrap();
    drop((other, staging));
    drop(held);
    assert_eq!(locks.held(&run()).unwrap(), None);
    let again = locks.take(&run(), &holder("omar")).unwrap();
    assert!(again.is_ours());
    again.retire().unwrap();
    assert_eq!(locks.held(&run()).unwrap(), None);
    locks.take(&run(), &holder("yusuf")).unwrap();
}

#[test]
fn a_lock_that_was_taken_over_is_its_holders_no_more() {
    let dir = TempDir::new("takeover");
    let locks = Locks::of(&dir.join("log.db")).unwrap();
    let old = locks.take(&run(), &holder("layla")).unwrap();
    let new = locks.take_over(&run(), &holder("omar")).unwrap();
    assert!(!old.is_ours());
    assert!(new.is_ours());
    let Err(LockError::Busy { holder: Some(by), .. }) = locks.take(&run(), &holder("yusuf")) else {
        panic!()
    };
    assert_eq!(by.who, "omar");
    old.retire().unwrap();
    assert!(new.is_ours(), "the old holder cannot give away what is not theirs");
    drop(new);
    locks.take(&run(), &holder("yusuf")).unwrap();
}

#[test]
fn who_looks_makes_nothing() {
    let dir = TempDir::new("look");
    assert_eq!(Locks::look(&dir.join("log.db")).held(&run()).unwrap(), None);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

/// Not a test of its own: the process whose lock the other one takes over from the kernel.
#[test]
#[ignore = "a part of the test beside it"]
fn child_holds_a_lock() {
    let Ok(path) = std::env::var(LOG) else { return };
    let _held = Locks::of(path.as_ref()).unwrap().take(&run(), &holder("layla")).unwrap();
    println!("\nHELD");
    // Until it is killed, or whoever started it is gone.
    std::io::stdin().lines().for_each(drop);
}

#[test]
fn the_kernel_frees_the_lock_of_the_dead() {
    let dir = TempDir::new("dead");
    let path = dir.join("log.db");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "it::audit::locks::child_holds_a_lock", "--ignored", "--nocapture"])
        .env(LOG, &path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "HELD"));
    let locks = Locks::of(&path).unwrap();
    assert!(matches!(locks.take(&run(), &holder("omar")), Err(LockError::Busy { .. })));
    child.kill().unwrap();
    child.wait().unwrap();
    locks.take(&run(), &holder("omar")).unwrap();
}
