//! How a byte stream to a host comes about: TCP here, in-memory pipes where the demo and the tests supply a dialer. Jump
//! hosts and commands are above this: see [`super::pool`].

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, lookup_host};

use super::ack::prompt;
use crate::exec::output::BoxFuture;
use crate::exec::target::{AddressFamily, Target};

/// A stream that SSH can run over.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> ByteStream for T {}

/// Why no stream came about.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The name has no address.
    #[error("cannot find an address for {name}: {source}")]
    Resolve {
        /// The name.
        name: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// Nothing listens there.
    #[error("{address} refused the connection (does sshd run there, is the port right?)")]
    Refused {
        /// Address and port.
        address: String,
    },
    /// Something else went wrong.
    #[error("cannot reach {address}: {source}")]
    Unreachable {
        /// Address and port.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// A jump host makes no way to it.
    #[error("{jump} makes no connection to {address}: {why}")]
    NoWay {
        /// The jump host.
        jump: String,
        /// Address and port.
        address: String,
        /// What the jump host said.
        why: String,
    },
    /// The command that leads to it cannot be started.
    #[error("cannot start the command `{command}`: {source}")]
    Command {
        /// The command.
        command: String,
        /// What the system said.
        source: io::Error,
    },
}

/// Makes streams to hosts.
pub trait Dial: Send + Sync {
    /// Returns a stream to `target` whose route is direct. The caller sets the time limit.
    fn dial<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<Box<dyn ByteStream>, DialError>>;
}

/// Dials by TCP, without delay of small packets (russh's default costs 45 ms a command).
#[derive(Debug, Clone, Copy, Default)]
pub struct Tcp;

impl Dial for Tcp {
    fn dial<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<Box<dyn ByteStream>, DialError>> {
        Box::pin(async move {
            let name = target.hostname.clone();
            let addresses: Vec<_> = lookup_host((target.hostname.as_str(), target.port))
                .await
                .map_err(|source| DialError::Resolve { name: name.clone(), source })?
                .filter(|address| wanted(target.family, address))
                .collect();
            if addresses.is_empty() {
                let source = io::Error::new(
                    io::ErrorKind::NotFound,
                    match target.family {
                        AddressFamily::Any => "no address",
                        AddressFamily::Inet => "no IPv4 address, and AddressFamily is inet",
                        AddressFamily::Inet6 => "no IPv6 address, and AddressFamily is inet6",
                    },
                );
                return Err(DialError::Resolve { name, source });
            }
            let address = target.address();
            let stream = match TcpStream::connect(addresses.as_slice()).await {
                Ok(stream) => stream,
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    return Err(DialError::Refused { address });
                }
                Err(source) => return Err(DialError::Unreachable { address, source }),
            };
            stream.set_nodelay(true).map_err(|source| DialError::Unreachable { address, source })?;
            Ok(Box::new(prompt(stream)) as Box<dyn ByteStream>)
        })
    }
}

fn wanted(family: AddressFamily, address: &SocketAddr) -> bool {
    match family {
        AddressFamily::Any => true,
        AddressFamily::Inet => address.is_ipv4(),
        AddressFamily::Inet6 => address.is_ipv6(),
    }
}

/// A stream that keeps something alive as long as it is open: the connection it runs through, the process behind it.
pub(super) struct Held<S, K> {
    stream: S,
    _kept: K,
}

impl<S, K> Held<S, K> {
    pub(super) fn new(stream: S, kept: K) -> Self {
        Self { stream, _kept: kept }
    }
}

impl<S: AsyncRead + Unpin, K: Unpin> AsyncRead for Held<S, K> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin, K: Unpin> AsyncWrite for Held<S, K> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
