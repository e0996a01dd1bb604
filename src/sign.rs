//! Signatures: SSHSIG as OpenSSH writes it, who may sign under which name, and the words that an agent understands. Pure.
//!
//! A signature is over `body LF` in the namespace [`sshsig::NAMESPACE`] with SHA-512, so that `ssh-keygen -Y verify`
//! says the same as [`verify::verify`] does. Keys and files are read at the edge, times come in as arguments. May import
//! `clock` and `text`; the types of `russh::keys` stay in `key` and `secret`.

pub mod agent;
pub mod key;
pub mod krl;
pub mod pattern;
pub mod secret;
pub mod signers;
pub mod sshsig;
pub mod verify;
pub mod wire;
