//! A stretch of network on loopback that breaks where a test says so: after a number of bytes, or on demand.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How the network breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// Both ends see an orderly end.
    Drop,
    /// Both ends see a reset.
    Reset,
    /// The host sees the end; this end sees nothing.
    HalfOpen,
    /// Neither sees anything; no byte gets through any more.
    Stall,
}

/// A break of the next connection.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    pub how: Break,
    /// After so many bytes on their way to the host.
    pub up: usize,
    /// After so many bytes on their way back.
    pub down: usize,
}

/// See the module. Ends with its value, and closes every connection then.
pub struct Proxy {
    port: u16,
    fault: Arc<Mutex<Option<Fault>>>,
    now: watch::Sender<Option<Break>>,
    carried: [Arc<AtomicUsize>; 2],
    _serving: JoinSet<()>,
}

impl Proxy {
    /// Starts a network in front of the server at `to` on loopback. Needs a tokio runtime.
    pub async fn start(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let fault = Arc::new(Mutex::new(None));
        let (now, demanded) = watch::channel(None);
        let carried = [Arc::default(), Arc::default()];
        let (faults, counts) = (fault.clone(), carried.clone());
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            // Ends with the listener, and the connections with it.
            let mut lines = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let fault = faults.lock().expect("no panic").take();
                let host = TcpStream::connect(("127.0.0.1", to)).await.expect("the server listens");
                lines.spawn(carry(client, host, fault, demanded.clone(), counts.clone()));
            }
        });
        Self { port, fault, now, carried, _serving: serving }
    }

    /// Returns its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Breaks the next connection so.
    pub fn breaks(&self, fault: Fault) {
        *self.fault.lock().expect("no panic") = Some(fault);
        self.now.send_replace(None);
    }

    /// Breaks all connections now.
    pub fn break_now(&self, how: Break) {
        self.now.send_replace(Some(how));
    }

    /// Lets everything through again, on new connections.
    pub fn heal(&self) {
        *self.fault.lock().expect("no panic") = None;
        self.now.send_replace(None);
    }

    /// Returns how many bytes went to the host and back, since it started.
    pub fn carried(&self) -> [usize; 2] {
        self.carried.each_ref().map(|n| n.load(Ordering::SeqCst))
    }
}

async fn carry(
    mut client: TcpStream,
    mut host: TcpStream,
    fault: Option<Fault>,
    mut demanded: watch::Receiver<Option<Break>>,
    carried: [Arc<AtomicUsize>; 2],
) {
    client.set_nodelay(true).and_then(|()| host.set_nodelay(true)).expect("sockets");
    let mut left = fault.map_or([usize::MAX; 2], |f| [f.up, f.down]);
    let (mut up, mut down) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
    let how = loop {
        let (way, read) = tokio::select! {
            Ok(now) = demanded.wait_for(Option::is_some) => break now.unwrap_or(Break::Drop),
            read = client.read(&mut up) => (0, read),
            read = host.read(&mut down) => (1, read),
        };
        let Ok(read @ 1..) = read else { return };
        let bytes = if way == 0 { &up } else { &down };
        let through = read.min(left[way]);
        left[way] -= through;
        carried[way].fetch_add(through, Ordering::SeqCst);
        let other = if way == 0 { &mut host } else { &mut client };
        if other.write_all(&bytes[..through]).await.is_err() {
            return;
        }
        if left[way] == 0 {
            break fault.map_or(Break::Drop, |f| f.how);
        }
    };
    match how {
        Break::Drop => {}
        Break::Reset => {
            for socket in [&client, &host] {
                socket.set_zero_linger().expect("a socket");
            }
        }
        Break::HalfOpen => {
            drop(host);
            swallow(client).await;
        }
        Break::Stall => {
            swallow(client).await;
            // The host's end stays as long as the network does.
            std::future::pending::<()>().await;
            drop(host);
        }
    }
}

/// Takes what comes, until this end gives up.
async fn swallow(mut socket: TcpStream) {
    let mut bytes = vec![0; 16 * 1024];
    while matches!(socket.read(&mut bytes).await, Ok(1..)) {}
}
