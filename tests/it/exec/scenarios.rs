//! Scenarios: what steps do on hosts with all kinds of shells. A new edge case is a new entry in a table.

mod carry;
mod shell;
mod values;

use std::time::Duration;

use gonogo::exec::{Class, End, Exit, Keep, Settings, StepRequest};

use super::common::{Ran, run, step};
use crate::support::memory_ssh::{MemoryHost, Shell};

/// On which hosts a scenario holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// On all.
    All,
    /// Where steps run in bash.
    Bash,
    /// Where they run in a plain sh.
    Plain,
}

/// What is expected of one step.
pub struct Expect {
    request: StepRequest,
    code: i32,
    out: Option<String>,
    err: Vec<&'static str>,
    err_not: Vec<&'static str>,
    refused: Option<&'static str>,
    carried: Option<bool>,
    names: Option<Vec<&'static str>>,
    cwd: Option<&'static str>,
}

/// Steps that run one after another on one host.
pub struct Scenario {
    pub name: &'static str,
    pub on: On,
    pub steps: Vec<Expect>,
}

/// Returns a step that is expected to end with 0.
pub fn ok(number: u32, script: &str) -> Expect {
    Expect {
        request: step(number, script),
        code: 0,
        out: None,
        err: Vec::new(),
        err_not: vec!["::gonogo", "__g_"],
        refused: None,
        carried: None,
        names: None,
        cwd: None,
    }
}

impl Expect {
    pub fn code(mut self, code: i32) -> Self {
        self.code = code;
        self
    }

    pub fn out(mut self, out: &str) -> Self {
        self.out = Some(out.to_owned());
        self
    }

    pub fn err(mut self, part: &'static str) -> Self {
        self.err.push(part);
        self
    }

    pub fn silent(mut self) -> Self {
        self.err_not.push("");
        self
    }

    pub fn refused(mut self, part: &'static str) -> Self {
        self.refused = Some(part);
        self
    }

    pub fn carried(mut self, carried: bool) -> Self {
        self.carried = Some(carried);
        self
    }

    pub fn names(mut self, names: &[&'static str]) -> Self {
        self.names = Some(names.to_vec());
        self
    }

    pub fn ends_in(mut self, cwd: &'static str) -> Self {
        self.cwd = Some(cwd);
        self
    }

    pub fn load(self, number: u32) -> Self {
        self.with(|request| request.load = Some(number))
    }

    pub fn keep(self) -> Self {
        self.with(|request| request.keep = Keep::File)
    }

    pub fn with(mut self, change: impl FnOnce(&mut StepRequest)) -> Self {
        change(&mut self.request);
        self
    }

    fn check(&self, ran: &Ran) -> Result<(), String> {
        let told = format!("\n  out: {:?}\n  err: {:?}\n  end: {:?}", ran.out(), ran.err(), ran.end);
        let fail = |what: &str| Err(format!("step {}: {what}{told}", self.request.number));
        if let Some(part) = self.refused {
            return match &ran.end {
                End::NotStarted(why) if why.class == Class::Refused && why.why.contains(part) => Ok(()),
                _ => fail(&format!("not refused with {part:?}")),
            };
        }
        let End::Ended(ended) = &ran.end else { return fail("did not end") };
        if ended.exit != Exit::Code(self.code) {
            return fail(&format!("not ended with {}", self.code));
        }
        if let Some(out) = &self.out
            && *out != ran.out()
        {
            return fail(&format!("output is not {out:?}"));
        }
        let err = ran.err();
        if let Some(part) = self.err.iter().find(|part| !err.contains(**part)) {
            return fail(&format!("{part:?} is not in the error output"));
        }
        let bad = |part: &&&str| if part.is_empty() { !err.is_empty() } else { err.contains(**part) };
        if let Some(part) = self.err_not.iter().find(bad) {
            return fail(&format!("{part:?} is in the error output"));
        }
        if self.carried.is_some_and(|carried| carried != ended.carried) {
            return fail("carried is wrong");
        }
        if let Some(names) = &self.names
            && *names != ended.carried_names
        {
            return fail(&format!("carried names are not {names:?}"));
        }
        if let Some(cwd) = self.cwd
            && !ended.carried_cwd.as_deref().is_some_and(|is| is.ends_with(cwd))
        {
            return fail(&format!("it did not end in {cwd:?}"));
        }
        Ok(())
    }
}

/// Runs every scenario on every shell of this machine, over SSH and by pipes, and tells all failures together.
pub async fn check(scenarios: impl Fn() -> Vec<Scenario>) {
    let mut failures = Vec::new();
    let mut count = 0;
    for shell in Shell::here() {
        let holds = |on: On| match on {
            On::All => true,
            On::Bash => shell.carries_all(),
            On::Plain => !shell.carries_all(),
        };
        for scenario in scenarios().into_iter().filter(|scenario| holds(scenario.on)) {
            for local in [false, true] {
                let memory = MemoryHost::start(shell);
                let settings = Settings { drain: Duration::from_millis(1500), ..Settings::default() };
                let (engine, host) = memory.local(settings);
                let host = if local { host } else { memory.host.clone() };
                for expect in &scenario.steps {
                    count += 1;
                    let ran = run(&engine, &host, expect.request.clone()).await;
                    if let Err(error) = expect.check(&ran) {
                        let way = if local { "on this machine" } else { "over SSH" };
                        failures.push(format!("{shell:?} {way}: {}: {error}", scenario.name));
                        break;
                    }
                }
            }
        }
    }
    assert!(count > 0, "no shell here");
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}
