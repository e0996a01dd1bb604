//! What the kernel forbids, tried for real; where it cannot, the verdict has to say so.

use std::fs;
use std::net::TcpListener;

use gonogo::demo::Fence;

use super::rig::Rig;

/// Tells whether the verdict promises that writing outside is stopped; if not, checks that it says so.
fn writes_are_fenced(rig: &Rig) -> bool {
    match rig.hosts.fence() {
        Fence::Yes | Fence::Partly(_) => true,
        no @ Fence::No(_) => {
            assert!(no.sentence().contains("nothing but their PATH"), "{}", no.sentence());
            false
        }
    }
}

#[tokio::test]
async fn writing_outside_the_demo_directory_is_refused() {
    let rig = Rig::new();
    let precious = rig.outside.join("precious");
    fs::write(&precious, "kept").unwrap();
    let outside = rig.outside.display();
    let new = rig.outside.join("new");
    if !writes_are_fenced(&rig) {
        return;
    }
    for script in [
        format!("echo x >{outside}/new"),
        format!("mkdir {outside}/new"),
        format!("ln -s /etc {outside}/new"),
        format!("cp /dev/null {outside}/precious"),
        format!("rm -rf {outside}/precious"),
        format!("mv {outside}/precious ."),
        format!("setsid env -i {}/bin/sh -c 'echo x >{outside}/new'", rig.root.display()),
    ] {
        let told = rig.run(&script).await;
        assert_ne!(told.status, Some(0), "{script}: {}", told.err());
        assert!(!new.exists(), "{script}");
        assert_eq!(fs::read_to_string(&precious).unwrap(), "kept", "{script}");
    }
    // The program itself stays free.
    fs::write(&new, "ours").unwrap();
    // Reading is allowed, and said to be.
    assert_eq!(rig.run(&format!("cat {outside}/precious")).await.out(), "kept");
}

#[tokio::test]
async fn inside_the_demo_directory_ordinary_work_goes_on() {
    let rig = Rig::new();
    let told = rig
        .run(
            "set -e; echo x >/dev/null; git init -q r; cd r; echo a >a; git add a
             git -c user.name=layla -c user.email=layla@example.net commit -qm one
             git clone -q . ../copy; cat ../copy/a; mkfifo p; (echo b >p & cat p)
             t=$(mktemp); echo c >\"$t\"; mv \"$t\" ../moved; cat ../moved; mkdir -p $DEMO_ROOT/d; rm -r $DEMO_ROOT/d",
        )
        .await;
    assert_eq!((told.out(), told.err(), told.status), ("a\nb\nc\n", "", Some(0)));
}

#[tokio::test]
async fn tcp_is_refused() {
    let rig = Rig::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let fenced = match rig.hosts.fence() {
        Fence::Yes => true,
        Fence::Partly(open) => !open.contains("TCP"),
        Fence::No(_) => return,
    };
    // Without the fence git would wait for an answer; `timeout` ends that.
    let told = rig.run(&format!("timeout 5 git ls-remote git://127.0.0.1:{port}/x")).await;
    assert_ne!(told.status, Some(0));
    assert_eq!(listener.accept().is_err(), fenced, "{}", told.err());
    assert_eq!(told.err().contains("Permission denied"), fenced, "{}", told.err());
}

#[tokio::test]
async fn processes_of_others_cannot_be_signalled() {
    let rig = Rig::new();
    let told = rig.run(&format!("kill -0 {}", std::process::id())).await;
    if *rig.hosts.fence() == Fence::Yes {
        assert_ne!(told.status, Some(0), "the program itself");
    }
}

#[tokio::test]
async fn no_privileges_can_be_gained() {
    let rig = Rig::new();
    let told = rig.run("grep NoNewPrivs /proc/self/status").await;
    assert_eq!(told.out(), "NoNewPrivs:\t1\n");
}
