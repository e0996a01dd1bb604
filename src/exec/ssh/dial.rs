//! How a byte stream to a host comes about: TCP here, in-memory pipes where the demo and the tests supply a dialer.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};

use crate::exec::output::BoxFuture;
use crate::exec::target::Target;

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
}

/// Makes streams to hosts.
pub trait Dial: Send + Sync {
    /// Returns a stream to `target`, whatever its route. The caller sets the time limit.
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
                .collect();
            if addresses.is_empty() {
                let source = io::Error::new(io::ErrorKind::NotFound, "no address");
                return Err(DialError::Resolve { name, source });
            }
            let address = format!("{}:{}", target.hostname, target.port);
            let stream = match TcpStream::connect(addresses.as_slice()).await {
                Ok(stream) => stream,
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    return Err(DialError::Refused { address });
                }
                Err(source) => return Err(DialError::Unreachable { address, source }),
            };
            stream.set_nodelay(true).map_err(|source| DialError::Unreachable { address, source })?;
            Ok(Box::new(stream) as Box<dyn ByteStream>)
        })
    }
}
