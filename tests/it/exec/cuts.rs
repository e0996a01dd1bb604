//! A hundred breaks of the network between gonogo and a real OpenSSH server, at bytes all over a connection's life and
//! while a step runs, and thirty ends of the server's own processes. Whatever is said of a step is true, and no step runs
//! twice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use gonogo::exec::ssh::{Credentials, HostKeys, Tcp};
use gonogo::exec::{End, Engine, Host, Keep, ProbeState, Settings, StepRef, StepRequest, Stream};

use super::common::{Background, follow, poll, start, step};
use crate::support::proxy::{Break, Fault, Proxy};
use crate::support::sshd::Sshd;

/// Breaks at a byte, for each way that the bytes go.
const AT_BYTES: usize = 10;
/// Breaks while the step runs.
const WHILE_RUNNING: usize = 5;

/// A server behind a network.
struct Ground {
    server: Sshd,
    proxy: Proxy,
    seed: String,
    /// What is known of each step: whether it ran.
    ran: BTreeMap<u32, bool>,
}

fn engine() -> Engine {
    let settings = Settings {
        connect: Duration::from_secs(3),
        auth: Duration::from_secs(3),
        keepalive: Duration::from_millis(200),
        poll: Duration::from_millis(50),
        ..Settings::default()
    };
    Engine::new(settings, Arc::new(Tcp), HostKeys::Files(Vec::new()), Credentials::default())
}

impl Ground {
    async fn start(kind: u8) -> Self {
        let server = Sshd::start();
        let proxy = Proxy::start(server.port()).await;
        // Steps of tests that run at the same time must not look like each other's.
        let seed = format!("{:08x}{kind:02x}{:022x}", std::process::id(), server.port());
        Self { server, proxy, seed, ran: BTreeMap::new() }
    }

    /// Returns the host as it is reached through the network, or past it.
    fn host(&self, through: bool) -> Host {
        let direct = self.server.host(Some("user_ed25519"));
        if !through {
            return direct;
        }
        let known = direct.known_hosts.as_ref().expect("a file").with_extension("proxy");
        let line = std::fs::read_to_string(direct.known_hosts.as_ref().expect("a file")).expect("read");
        let line = line.replacen(&self.server.port().to_string(), &self.proxy.port().to_string(), 1);
        std::fs::write(&known, line).expect("written");
        Host { port: self.proxy.port(), known_hosts: Some(known), ..direct }
    }

    /// Starts step `number`, which leaves a line where it ran and waits for a file called after it.
    fn step(&self, engine: &Engine, number: u32) -> Background {
        let script = format!(
            "echo {number} >>witness; echo one; while [ ! -e go{number} ]; do sleep 0.02; done; echo two; exit 5"
        );
        let request = StepRequest { seed: self.seed.clone(), keep: Keep::File, ..step(number, &script) };
        start(engine, &self.host(true), request)
    }

    fn let_go(&self, number: u32) {
        std::fs::write(self.server.home().join(format!("go{number}")), "").expect("written");
    }

    /// Returns how often step `number` ran.
    fn witnessed(&self, number: u32) -> usize {
        let all = std::fs::read_to_string(self.server.home().join("witness")).unwrap_or_default();
        all.lines().filter(|line| **line == number.to_string()).count()
    }

    /// Holds what was said of step `number` against what the host knows, past the network.
    async fn judge(&mut self, number: u32, background: Background, what: &str) {
        let ran = background.end().await;
        let out = ran.sink.bytes(Stream::Stdout);
        let truth = match &ran.end {
            End::NotStarted(_) => {
                assert!(out.is_empty(), "{what}: output of a step that did not start");
                false
            }
            End::Ended(_) => {
                assert_eq!((ran.code(), ran.out().as_str()), (5, "one\ntwo\n"), "{what}");
                true
            }
            End::Lost(lost) => {
                assert_eq!(lost.stdout.head, out.len() as u64, "{what}: what came is counted");
                let (engine, host) = (engine(), self.host(false));
                let (sender, _events) = tokio::sync::mpsc::channel(64);
                let facts =
                    engine.prepare(&host, &self.seed, &sender).await.expect("the host is ready").facts;
                let step = StepRef { dir: facts.dir, born: facts.born, seed: self.seed.clone(), number };
                let said = engine.probe(&host, &step).await.expect("the host answers").state;
                // To follow uses a number up that was never used: until then a text on its way may still start.
                let found = match said {
                    ProbeState::Gone | ProbeState::Died | ProbeState::OtherBoot(_) => {
                        panic!("{what}: the host says {said:?}")
                    }
                    _ => {
                        self.let_go(number);
                        follow(&engine, &host, &step, [lost.stdout.head, lost.stderr.head]).await
                    }
                };
                match &found.end {
                    End::NotStarted(_) => {
                        assert!(lost.started.is_none() && out.is_empty(), "{what}: {said:?}, {lost:?}");
                        false
                    }
                    End::Ended(_) => {
                        assert_eq!(found.code(), 5, "{what}");
                        assert_eq!(
                            ran.out() + &found.out(),
                            "one\ntwo\n",
                            "{what}: whole, and nothing twice"
                        );
                        true
                    }
                    End::Lost(why) => panic!("{what}: {said:?}, then {why:?}"),
                }
            }
        };
        self.ran.insert(number, truth);
    }

    /// Waits until no connection is left that could still start anything, and counts.
    async fn settle(self) -> (usize, usize) {
        let Self { server, proxy, seed, ran } = self;
        drop(proxy);
        poll("every connection ends", || server.connections() == 0).await;
        let ground = Self { proxy: Proxy::start(server.port()).await, server, seed, ran };
        for (number, ran) in &ground.ran {
            assert_eq!(
                ground.witnessed(*number),
                usize::from(*ran),
                "step {number} ran, and once, or it did not"
            );
        }
        (ground.ran.values().filter(|ran| **ran).count(), ground.ran.len())
    }
}

async fn twenty_five_breaks(how: Break) {
    let mut ground = Ground::start(how as u8).await;
    // A whole step, to know how many bytes one takes.
    ground.let_go(1);
    let background = ground.step(&engine(), 1);
    ground.judge(1, background, "a whole network").await;
    assert!(ground.ran[&1]);
    let [up, down] = ground.proxy.carried();
    let mut number = 1;
    for at in 1..=AT_BYTES {
        for way in [0, 1] {
            number += 1;
            ground.let_go(number);
            // The last one is a byte before the end: that step has run, however fast the network breaks.
            let bytes = [up, down][way] * at / AT_BYTES - 1;
            let fault = Fault {
                how,
                up: if way == 0 { bytes } else { usize::MAX },
                down: if way == 1 { bytes } else { usize::MAX },
            };
            ground.proxy.breaks(fault);
            let background = ground.step(&engine(), number);
            ground.judge(number, background, &format!("{fault:?}")).await;
        }
    }
    for _ in 0..WHILE_RUNNING {
        number += 1;
        ground.proxy.heal();
        let mut background = ground.step(&engine(), number);
        background.printed(4).await;
        ground.proxy.break_now(how);
        ground.judge(number, background, &format!("{how:?} while step {number} ran")).await;
        assert!(ground.ran[&number]);
    }
    let (ran, all) = ground.settle().await;
    assert_eq!(all, 1 + 2 * AT_BYTES + WHILE_RUNNING);
    assert!(ran > 1 + WHILE_RUNNING && ran < all, "{ran} of {all} steps ran: the breaks were everywhere");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs sshd"]
async fn lines_that_end_tell_the_truth() {
    twenty_five_breaks(Break::Drop).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs sshd"]
async fn lines_that_are_reset_tell_the_truth() {
    twenty_five_breaks(Break::Reset).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs sshd"]
async fn lines_that_are_half_open_tell_the_truth() {
    twenty_five_breaks(Break::HalfOpen).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs sshd"]
async fn lines_that_stand_still_tell_the_truth() {
    twenty_five_breaks(Break::Stall).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs sshd"]
async fn thirty_sessions_that_the_host_kills_tell_the_truth() {
    let mut ground = Ground::start(9).await;
    for number in 1..=30 {
        let mut background = ground.step(&engine(), number);
        let when = match number % 3 {
            0 => {
                poll("a connection is served", || ground.server.connections() > 0).await;
                "when it connected"
            }
            1 => {
                background.started().await;
                "when it began"
            }
            _ => {
                background.printed(4).await;
                "when it had printed"
            }
        };
        ground.server.cut();
        // A connection that was only being accepted outlives that, and its step goes on.
        ground.let_go(number);
        ground.judge(number, background, when).await;
    }
    let (ran, all) = ground.settle().await;
    assert!(ran >= 20 && all == 30, "{ran} of {all} steps ran");
}
