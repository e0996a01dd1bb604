//! The facts of a log, by what they are about. This file has what all of them share: who did it, and the facts on
//! their way to the log and back. The kinds, in order, stand in [`crate::run::event`].

use serde::{Deserialize, Serialize};

pub use self::boxes::*;
pub use self::course::*;
pub use self::hosts::*;
pub use self::log::*;
pub use self::pins::*;
pub use self::shells::*;
pub use self::steps::*;
pub use crate::run::vocabulary::*;

macro_rules! fact {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name { $($(#[$fdoc])* pub $field: $type,)* }
    };
}

mod boxes;
mod course;
mod hosts;
mod log;
mod pins;
mod shells;
mod steps;

fact! {
    /// A person, as a record names them.
    Who {
        /// The name as it is shown.
        name: String,
        /// How it was proven.
        proof: Proof,
        /// By which way the command came.
        via: Via,
        /// Where they sat, in what they answer for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seat: Option<Box<Seat>>,
    }
}

fact! {
    /// Where somebody sat: what tells two people apart whose names were only typed, and whose names a key proves.
    Seat {
        /// The account of the operating system.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<String>,
        /// The fingerprint of the key that signs, as `SHA256:…`.
        #[serde(default, rename = "fingerprint", skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    }
}

/// A fact on its way to the log, with the bytes that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The fact.
    pub event: super::event::Event,
    /// Its chunk: output, or a runbook's text.
    pub chunk: Option<Vec<u8>>,
}

/// A fact that is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its place in the log.
    pub seq: u64,
    /// When it was written down.
    pub at: crate::clock::Stamp,
    /// Lower-case hex hash that chains it.
    pub hash: String,
    /// The fact.
    pub event: super::event::Event,
}
