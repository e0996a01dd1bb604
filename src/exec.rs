//! How a step travels to a host, runs, survives a cut line and ends.
//!
//! This room knows no runs, boxes or log: it takes plain requests ([`StepRequest`]), tells progress by [`Event`]s,
//! hands the output to an [`OutputSink`] and returns how it ended ([`End`]). Three rules hold everywhere:
//! nothing of a step (script, value, secret) is ever in an argument list, an outcome that was not seen is
//! [`End::Lost`] and never guessed, and no reader waits for a screen.
//!
//! May import: `text`, `clock`, `pty`. tokio, secrecy, sha2, getrandom, memchr; `russh` below `exec::ssh` only.

mod chunk;
mod event;
mod line;
mod output;
mod pipeline;
mod reader;
mod recall;
mod request;
mod root;

pub mod engine;
pub mod known_hosts;
pub mod local;
pub mod question;
pub mod ssh;
pub mod target;
pub mod terminal;
pub mod wrapper;

pub use engine::{Closed, Engine, Follow, Settings};
pub use event::{
    CancelReport, CancelState, Class, Connected, End, Ended, Event, Exit, Hop, HostFacts, KeyAccepted, Left,
    Lost, NotStarted, Probe, ProbeState, Reached, Recorder, Started, StreamSummary, Sudo, Trust,
};
pub use output::{BoxFuture, Chunk, ChunkRules, Filter, OutputSink, SinkFailed, Stream, VecSink};
pub use recall::Recall;
pub use request::{CancelRequest, Host, Keep, SshName, StepRef, StepRequest, Value, Way};
pub use terminal::{Press, ShellEnd, Terminal};
