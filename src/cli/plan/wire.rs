//! `--wire`: what gonogo itself sends to a host, to the last byte.

use serde::Serialize;

use crate::exec::wrapper::{ssh, wire};

/// Everything that is sent beside the steps.
#[derive(Debug, Serialize)]
pub struct Sent {
    ssh: Vec<&'static str>,
    programs: Vec<Program>,
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
    Sent { ssh: ssh().to_vec(), programs: programs.collect() }
}

impl Sent {
    /// Returns it for people.
    pub fn text(&self) -> String {
        let mut out = String::from("\nWhat gonogo itself sends to a host, beside the scripts of steps\n\n");
        for words in &self.ssh {
            out.push_str(&format!("- {words}\n"));
        }
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
