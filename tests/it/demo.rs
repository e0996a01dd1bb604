//! The demo's hosts, their fence and their guard, run for real.

mod fence;
mod guard;
mod hosts;
mod rig;
mod tools;
