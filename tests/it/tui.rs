//! The screen: scripted keys, what is drawn, and what may never happen.

mod children;
mod connections;
mod edits;
mod fill;
mod frames;
mod guards;
mod keys;
mod log;
mod output;
mod questions;
mod random;
mod readme;
mod scenes;
mod second;
mod signing;
mod terminal;
mod walk;
mod watches;
