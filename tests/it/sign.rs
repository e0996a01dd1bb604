//! Tests of signatures: what OpenSSH made is taken, what was changed is not, and who may sign.

mod golden;
mod keygen;
mod negatives;
mod signers;
