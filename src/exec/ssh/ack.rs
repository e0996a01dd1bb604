//! A TCP stream that acknowledges at once while somebody logs in.
//!
//! Until its first command sshd sends with Nagle's algorithm (RFC 896): a small packet waits until the one before it is
//! acknowledged, which a system that has nothing to send puts off, 40 ms on Linux (RFC 1122, 4.2.3.2). Linux leaves it be
//! where it is told to after each packet (tcp(7), `TCP_QUICKACK`); elsewhere this stream is as any other.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, Join, ReadBuf, join};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// How often something is read until the first command runs, by a good margin.
const LOGIN: u8 = 100;

/// Returns the stream as one at whose beginning nothing is acknowledged late.
pub(super) fn prompt(stream: TcpStream) -> Join<Prompt, OwnedWriteHalf> {
    let (stream, write) = stream.into_split();
    join(Prompt { stream, left: LOGIN }, write)
}

/// What is read from it.
#[derive(Debug)]
pub(super) struct Prompt {
    stream: OwnedReadHalf,
    left: u8,
}

impl Prompt {
    /// Has what was read acknowledged. It may be refused: then it only takes longer.
    fn acknowledge(&mut self) {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        drop(self.stream.as_ref().set_quickack(true));
    }
}

impl AsyncRead for Prompt {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if self.left > 0 && read.is_ready() {
            self.left -= 1;
            self.acknowledge();
        }
        read
    }
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Asks and is answered `times` times, as in a dialogue; returns whether the kernel then acknowledges at once.
    async fn dialogue(times: u32) -> io::Result<bool> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut near = prompt(TcpStream::connect(listener.local_addr()?).await?);
        let (mut far, _) = listener.accept().await?;
        let mut byte = [0];
        for _ in 0..times {
            near.write_all(b"?").await?;
            far.read_exact(&mut byte).await?;
            far.write_all(b"!").await?;
            near.read_exact(&mut byte).await?;
        }
        near.reader().stream.as_ref().quickack()
    }

    #[tokio::test]
    async fn what_is_read_at_the_beginning_is_acknowledged_at_once() -> io::Result<()> {
        assert!(dialogue(20).await?);
        Ok(())
    }
}
