//! `--wire`: what gonogo itself sends to a host, to the last byte.

use serde::Serialize;

use crate::exec::wrapper::{as_root, ssh, wire};

/// Everything that is sent beside the steps.
#[derive(Debug, Serialize)]
pub struct Sent {
    ssh: Vec<&'static str>,
    sudo: Sudo,
    programs: Vec<Program>,
}

/// What leads to root.
#[derive(Debug, Serialize)]
struct Sudo {
    command: String,
    given: &'static str,
}

#[derive(Debug, Serialize)]
struct Program {
    name: &'static str,
    when: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    command: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    given: &'static str,
    text: String,
}

/// Returns it.
pub fn sent() -> Sent {
    let programs = wire().into_iter().map(|w| Program {
        name: w.name,
        when: w.when,
        command: w.command,
        given: w.given,
        text: w.text,
    });
    let (command, given) = as_root();
    Sent { ssh: ssh().to_vec(), sudo: Sudo { command, given }, programs: programs.collect() }
}

impl Sent {
    /// Returns it for people.
    pub fn text(&self) -> String {
        let mut out = String::from("\nWhat gonogo itself sends to a host, beside the scripts of steps\n\n");
        for words in &self.ssh {
            out.push_str(&format!("- {words}\n"));
        }
        out.push_str("\nas root: instead of the command of each program, for the steps that say `sudo`\n");
        out.push_str(&format!("  command: {}\n", self.sudo.command));
        out.push_str(&format!("  on its standard input: {}\n", self.sudo.given));
        for program in &self.programs {
            out.push_str(&format!("\n{}: {}\n", program.name, program.when));
            if !program.command.is_empty() {
                out.push_str(&format!("  command: {}\n", program.command));
                out.push_str(&format!("  on its standard input: {}; then:\n", program.given));
            }
            for line in program.text.lines() {
                out.push_str(&format!("  | {line}\n"));
            }
        }
        out
    }
}
