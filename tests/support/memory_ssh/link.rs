//! The pipe between client and server, which can be cut or stopped.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::watch;

/// What the pipe does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    Flows,
    /// Nothing passes, nothing is closed: a dead peer.
    Stalls,
    /// Both ends see an end of file.
    Cut,
}

/// Returns the client's end, the server's end and the switch.
pub fn link() -> (DuplexStream, DuplexStream, watch::Sender<Link>) {
    let (client, far) = duplex(64 * 1024);
    let (server, near) = duplex(64 * 1024);
    let (switch, watch) = watch::channel(Link::Flows);
    tokio::spawn(async move {
        let (from_client, to_client) = tokio::io::split(far);
        let (from_server, to_server) = tokio::io::split(near);
        let mut cut = watch.clone();
        tokio::select! {
            _ = cut.wait_for(|link| *link == Link::Cut) => {}
            _ = copy(from_client, to_server, watch.clone()) => {}
            _ = copy(from_server, to_client, watch) => {}
        }
    });
    (client, server, switch)
}

async fn copy(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut switch: watch::Receiver<Link>,
) -> io::Result<()> {
    let mut buffer = vec![0; 32 * 1024];
    loop {
        let n = from.read(&mut buffer).await?;
        if switch.wait_for(|link| *link == Link::Flows).await.is_err() && *switch.borrow() != Link::Flows {
            return Ok(());
        }
        if n == 0 {
            return Ok(());
        }
        to.write_all(&buffer[..n]).await?;
    }
}
