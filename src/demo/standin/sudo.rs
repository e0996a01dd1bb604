//! `sudo`: runs the rest of its arguments, with a mark in the environment that the other stand-ins read; it never asks.

use std::os::unix::process::CommandExt;
use std::process::Command;

use super::call::{Call, Stop};

/// Becomes the command that follows sudo's own options.
pub fn run(call: &Call) -> Result<u8, Stop> {
    let mut words = call.args.iter();
    let mut program = None;
    while let Some(word) = words.next() {
        match word.as_str() {
            "-u" | "-g" | "-p" | "-h" => drop(words.next()),
            "--" => {
                program = words.next();
                break;
            }
            option if option.starts_with('-') => {}
            _ => {
                program = Some(word);
                break;
            }
        }
    }
    let program = program.ok_or_else(|| Stop::new(1, "usage: sudo command [arg ...]"))?;
    let error = Command::new(program).args(words).env("DEMO_SUDO", "1").exec();
    match error.kind() {
        std::io::ErrorKind::NotFound => Err(Stop::new(1, format!("sudo: {program}: command not found"))),
        _ => Err(Stop::new(1, format!("sudo: {program}: {error}"))),
    }
}
