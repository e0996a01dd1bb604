//! Programs for a host's standard input: assignments, the constant text, and a last line without which nothing runs.

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::quote::quote_into;
use super::text::{
    ASK, BASH, CANCEL, CLOSE, FETCH, OPEN, PLAIN, PROBE, PUT, SAVE, STEP, SUDO, WITNESS, stripped,
};
use crate::exec::event::HostFacts;
use crate::exec::request::{CancelRequest, Keep, StepRef, StepRequest, Value};
use crate::text::redact::SHORTEST;

/// The command of every SSH exec request. All shells that people log in with read it alike, and it tells nothing.
pub const EXEC: &str = "exec sh -c 'eval \"$(cat)\"'";

/// Returns the command with which a step gets a terminal. It says `ready` with `nonce`, which is good for nothing else,
/// once nothing is echoed any more; then it reads the program as one line ([`Program::line`]), makes the terminal as
/// people have it, and the rest of what is typed is the step's. Where `printf` is no builtin (mksh, pdksh) the program
/// would be in the process list for a moment, and `print` is there.
#[must_use]
pub fn on_terminal(nonce: &str) -> String {
    TERMINAL.replace("NONCE", nonce)
}

/// See [`on_terminal`].
pub(super) const TERMINAL: &str = "exec sh -c 'stty raw -echo || exit; echo ::gonogo:NONCE:ready; IFS= read -r l || exit; stty sane; \
stty iutf8 2>/dev/null; case $(command -v printf) in /*) eval \"$(print -- \"$l\")\";; *) eval \"$(printf %b \"$l\")\";; esac'";

/// The last line: without it a program is definitions only.
const MAIN: &str = "{ __g_main; }";

/// Where `open` looks for a place for the run's directory, in this order.
const BASES: &str = "HOME /var/tmp /tmp /dev/shm";

/// A program, kept like a secret because a step's program holds values.
#[derive(Clone)]
pub struct Program(SecretString);

impl Program {
    /// Returns the bytes to send.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }

    /// Returns it as one line for `printf %b`: no byte of it but the last ends the line.
    #[must_use]
    pub fn line(&self) -> Zeroizing<Vec<u8>> {
        let bytes = self.bytes();
        let more = bytes.iter().filter(|byte| matches!(byte, b'\\' | b'\n')).count();
        let mut line = Zeroizing::new(Vec::with_capacity(bytes.len() + more + 1));
        for byte in bytes {
            match byte {
                b'\\' => line.extend_from_slice(b"\\\\"),
                b'\n' => line.extend_from_slice(b"\\n"),
                other => line.push(*other),
            }
        }
        line.push(b'\n');
        line
    }

    /// Ends with `}` so that every proper prefix is a syntax error or has definitions only.
    fn new(assignments: &[(&str, &str)], texts: &[&str]) -> Self {
        let texts: Vec<String> = [PUT].iter().chain(texts).map(|text| stripped(text)).collect();
        // Long enough from the start, or growing would leave copies of values in memory.
        let length = assignments.iter().map(|(name, value)| name.len() + room(value) + 2).sum::<usize>()
            + texts.iter().map(String::len).sum::<usize>()
            + MAIN.len();
        let mut program = String::with_capacity(length);
        for (name, value) in assignments {
            assign(&mut program, name, value);
        }
        for text in texts {
            program.push_str(&text);
        }
        program.push_str(MAIN);
        Self(SecretString::from(program))
    }
}

/// Returns how many bytes `text` takes when it is quoted.
fn room(text: &str) -> usize {
    text.len() + 2 + 3 * text.matches('\'').count()
}

fn assign(program: &mut String, name: &str, value: &str) {
    program.push_str(name);
    program.push('=');
    quote_into(program, value);
    program.push('\n');
}

/// Returns the marker that the processes of a step carry in their environment (`GONOGO_STEP`).
#[must_use]
pub fn marker(seed: &str, number: u32) -> String {
    format!("{seed}.{number}.")
}

/// Makes or finds the directory of the run `seed`.
#[must_use]
pub fn open(nonce: &str, seed: &str) -> Program {
    Program::new(&[("__g_N", nonce), ("__g_R", seed), ("__g_bases", BASES)], &[OPEN])
}

/// Runs a step on a host that said `facts`.
#[must_use]
pub fn step(nonce: &str, facts: &HostFacts, keep_cap: u64, request: &StepRequest) -> Program {
    let number = request.number.to_string();
    let load = request.load.map(|n| n.to_string()).unwrap_or_default();
    let secrets = names(request, |v| v.secret);
    // What holds a short one by chance is carried: nearly everything would.
    let long = names(request, |v| v.secret && v.value.expose_secret().chars().count() >= SHORTEST);
    let given: Vec<&str> = request.values.iter().map(|v| v.name.as_str()).collect();
    let saves = request.save && request.interpreter.is_none();
    let mut rt = String::new();
    for (name, value) in [
        ("__g_d", facts.dir.as_str()),
        ("__g_n", &number),
        ("__g_load", &load),
        ("__g_cd", request.cwd.as_deref().unwrap_or_default()),
        ("__g_given", &given.join(" ")),
        ("__g_secret", &secrets.join(" ")),
        ("__g_long", &long.join(" ")),
        ("__g_strict", flag(request.strict)),
        ("__g_save", flag(saves)),
        ("__g_int", request.interpreter.as_deref().unwrap_or_default()),
        ("__g_kg", flag(request.keep_going)),
    ] {
        assign(&mut rt, name, value);
    }
    if facts.full_carry {
        if saves {
            rt.push_str(&stripped(SAVE));
        }
        rt.push_str(&stripped(BASH));
    } else {
        let mut indices = Vec::new();
        for (index, name) in long.iter().enumerate() {
            rt.push_str(&format!("__g_s{index}=${{{name}-}}\n"));
            indices.push(index.to_string());
        }
        assign(&mut rt, "__g_si", &indices.join(" "));
        rt.push_str(&stripped(PUT));
        rt.push_str(&stripped(PLAIN));
    }
    let length = request.values.iter().map(|v| v.name.len() + room(v.value.expose_secret()) + 9).sum();
    let mut values = Zeroizing::new(String::with_capacity(length));
    for value in &request.values {
        values.push_str("export ");
        assign(&mut values, &value.name, value.value.expose_secret());
    }
    let keep = match request.keep {
        Keep::Off => "",
        Keep::Drain => "drain",
        Keep::File => "file",
    };
    Program::new(
        &[
            ("__g_N", nonce),
            ("__g_d", &facts.dir),
            ("__g_n", &number),
            ("__g_id", &marker(&request.seed, request.number)),
            ("__g_kind", if facts.full_carry { "bash" } else { "sh" }),
            ("__g_sh", &facts.shell),
            ("__g_load", &load),
            ("__g_keep", keep),
            ("__g_cap", &(keep_cap / 512).to_string()),
            ("__g_vars", &values),
            ("__g_rt", &rt),
            ("__g_cmd", &request.script),
        ],
        &[STEP],
    )
}

/// Returns the names of the values that `which` holds for.
fn names(request: &StepRequest, which: impl Fn(&Value) -> bool) -> Vec<&str> {
    request.values.iter().filter(|value| which(value)).map(|value| value.name.as_str()).collect()
}

/// The assignments that name an earlier step.
fn naming<'a>(nonce: &'a str, step: &'a StepRef, number: &'a str, id: &'a str) -> Vec<(&'a str, &'a str)> {
    let born = step.born.as_str();
    vec![("__g_N", nonce), ("__g_d", &step.dir), ("__g_n", number), ("__g_id", id), ("__g_born", born)]
}

fn flag(on: bool) -> &'static str {
    if on { "1" } else { "" }
}

/// Asks what `sudo` wants of the account.
#[must_use]
pub fn ask_sudo(nonce: &str) -> Program {
    Program::new(&[("__g_N", nonce)], &[SUDO])
}

/// Where a host's system log listens: Linux, the BSDs, macOS.
const LOGS: &str = "/dev/log /var/run/log /var/run/syslog";

/// Leaves `line` in the system log.
#[must_use]
pub fn witness(nonce: &str, line: &str) -> Program {
    Program::new(&[("__g_N", nonce), ("__g_line", line), ("__g_logs", LOGS)], &[WITNESS])
}

/// Asks for the state of a step; with `claim` a number that was never used is used up.
#[must_use]
pub fn probe(nonce: &str, step: &StepRef, claim: bool) -> Program {
    let (number, id) = (step.number.to_string(), marker(&step.seed, step.number));
    let mut assignments = naming(nonce, step, &number, &id);
    assignments.push(("__g_claim", flag(claim)));
    Program::new(&assignments, &[PROBE, ASK])
}

/// Asks for the state of a step, claims its number if it was never used, and asks for its kept output from these byte
/// offsets (counted from 0).
#[must_use]
pub fn fetch(nonce: &str, step: &StepRef, from: [u64; 2]) -> Program {
    let (number, id) = (step.number.to_string(), marker(&step.seed, step.number));
    let [out, err] = from.map(|offset| offset.saturating_add(1).to_string());
    let mut assignments = naming(nonce, step, &number, &id);
    assignments.extend([("__g_claim", "1"), ("__g_o", &out), ("__g_r", &err)]);
    Program::new(&assignments, &[PROBE, FETCH])
}

/// Ends a step.
#[must_use]
pub fn cancel(nonce: &str, request: &CancelRequest) -> Program {
    let step = &request.step;
    let (number, id) = (step.number.to_string(), marker(&step.seed, step.number));
    let grace = request.grace_tenths.to_string();
    let mut assignments = naming(nonce, step, &number, &id);
    assignments.extend([("__g_grace", grace.as_str()), ("__g_all", flag(request.all))]);
    Program::new(&assignments, &[PROBE, CANCEL])
}

/// Removes the directory of a run.
#[must_use]
pub fn close(nonce: &str, dir: &str, force: bool) -> Program {
    Program::new(&[("__g_N", nonce), ("__g_d", dir), ("__g_force", flag(force))], &[PROBE, CLOSE])
}
