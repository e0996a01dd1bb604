//! The demo's hosts, their fence and their guard, its world and its stand-ins, run for real.

mod fence;
mod guard;
mod hosts;
mod place;
mod rig;
mod runbooks;
mod standins;
mod tools;
mod walk;
mod world;
