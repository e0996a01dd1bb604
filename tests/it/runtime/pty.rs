//! The program in a real terminal: keys in; screens, exit codes and the terminal's own state out.

mod bytes;
mod ends;
mod fill;
mod input;
mod killed;
mod part;
mod refuse;
mod second;
mod secrets;
mod signing;
mod size;
mod small;
mod ssh;
mod stop;
mod sudo;
mod terminals;
mod walk;
