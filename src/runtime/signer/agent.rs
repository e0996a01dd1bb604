//! Talking to an ssh-agent. Invariant: no answer is waited for here longer than the caller does.

use std::path::Path;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use crate::sign::agent::{Identity, MOST, ask_identities, ask_signature, identities, signature};

/// Returns the keys that the agent at `socket` holds.
///
/// # Errors
/// As a sentence.
pub async fn list(socket: &Path) -> Result<Vec<Identity>, String> {
    let answer = exchange(socket, &ask_identities()).await?;
    identities(&answer).ok_or_else(|| format!("the agent at {} does not say what it holds", socket.display()))
}

/// Has the agent at `socket` sign `data` with the key `blob`.
///
/// # Errors
/// As a sentence.
pub(super) async fn sign(socket: &Path, blob: &[u8], data: &[u8]) -> Result<Vec<u8>, String> {
    let answer = exchange(socket, &ask_signature(blob, data)).await?;
    signature(&answer).ok_or_else(|| {
        "the agent did not sign: it does not hold the key any more, or somebody refused".to_owned()
    })
}

async fn exchange(socket: &Path, request: &[u8]) -> Result<Vec<u8>, String> {
    let talking = async {
        let mut stream = UnixStream::connect(socket).await?;
        stream.write_all(request).await?;
        let length = stream.read_u32().await?;
        if length > MOST {
            return Err(std::io::Error::other("its answer is longer than any"));
        }
        let mut answer = vec![0; usize::try_from(length).unwrap_or_default()];
        stream.read_exact(&mut answer).await?;
        Ok(answer)
    };
    talking.await.map_err(|error: std::io::Error| format!("the agent at {}: {error}", socket.display()))
}
