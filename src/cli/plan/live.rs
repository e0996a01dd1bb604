//! `--live`: the steps marked `check`, really run on their hosts, one after another. Everything else stays a plan.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::cli::exit::Exit;
use crate::cli::say;
use crate::exec::{self, CancelRequest, Class, End, Engine, Keep, StepRef, StepRequest, VecSink};
use crate::report::plan::{BoxKey, Decided, Linked, Links, Live, Plan, Said, StepPlan, judge};
use crate::run::fact::HostPin;
use crate::runbook::Runbook;
use crate::runbook::ids::StepId;
use crate::runbook::model::Step;
use crate::runtime::opening::Book;
use crate::runtime::reach::reach;
use crate::runtime::{Fail, clock};

/// How long a check without `timeout` may take.
const LONGEST: Duration = Duration::from_secs(300);

/// Runs the checks of `plan` and puts what they said into it.
pub async fn run(
    engine: Engine,
    book: &Book,
    links: &Links,
    hosts: &[HostPin],
    plan: &mut Plan,
) -> Result<Exit, Fail> {
    let books = books(book, links);
    let mut said = BTreeMap::new();
    let mut hands = Hands {
        engine,
        seed: clock::random_hex(32)?,
        number: 0,
        opened: BTreeMap::new(),
        lost: BTreeMap::new(),
    };
    let environment = plan.environment.clone().unwrap_or_default();
    let mut ordered: Vec<Check> = Vec::new();
    plan.each_step(&mut |key, step| {
        let found = books.get(&key.file).and_then(|b| b.find_step(&StepId(step.id.clone())));
        if let (true, Some((_, own))) = (step.check, found) {
            ordered.push(Check { key: key.clone(), own: own.clone(), step: step.clone() });
        }
    });
    let mut interrupted = false;
    for check in ordered {
        let at = (check.key.file.clone(), check.step.id.clone());
        if said.contains_key(&at) {
            continue;
        }
        tokio::select! {
            answers = hands.check(&check, hosts, &environment) => { said.insert(at, answers); }
            _ = tokio::signal::ctrl_c() => { interrupted = true; }
        }
        if interrupted {
            break;
        }
    }
    hands.close().await;
    if interrupted {
        say::err("interrupted; what ran on hosts were checks alone");
        return Ok(Exit::Interrupted);
    }
    let mut worst = Said::Ok;
    plan.each_step(&mut |key, step| {
        if let Some(answers) = said.get(&(key.file.clone(), step.id.clone())) {
            step.live.clone_from(answers);
            worst = answers.iter().map(|a| a.result).fold(worst, Ord::max);
        }
    });
    Ok(match worst {
        Said::Failed => Exit::NotCompleted,
        Said::NoHost => Exit::Host,
        Said::Ok | Said::NotRun | Said::Warning => Exit::Done,
    })
}

fn books<'a>(book: &'a Book, links: &'a Links) -> BTreeMap<String, &'a Runbook> {
    let linked = links.values().filter_map(|linked| match linked {
        Linked::Book(file, book) => Some((file.clone(), book.as_ref())),
        _ => None,
    });
    std::iter::once((book.file.clone(), &book.loaded.runbook)).chain(linked).collect()
}

/// A check to be run.
struct Check {
    key: BoxKey,
    own: Step,
    step: StepPlan,
}

impl Check {
    /// Returns why it is not run, if it is not.
    fn why_not(&self) -> Option<String> {
        let step = &self.step;
        let conditions = [Some(self.key.applies), step.condition.as_ref().map(|c| c.decided)];
        if conditions.contains(&Some(Decided::Not)) {
            return Some("it does not apply".to_owned());
        }
        if conditions.contains(&Some(Decided::Unknown)) {
            return Some("whether it applies is known only when it runs".to_owned());
        }
        if let Some(why) = &step.by_hand {
            return Some(format!("by hand: {why}"));
        }
        let unknown: Vec<&str> =
            step.values.iter().filter(|v| v.value.is_none()).map(|v| v.name.as_str()).collect();
        if !unknown.is_empty() {
            return Some(format!("it needs {}", unknown.join(", ")));
        }
        if step.hosts.is_empty() {
            return Some("it has no host".to_owned());
        }
        step.hosts.iter().any(|h| h.port == 0).then(|| "it runs on this machine".to_owned())
    }
}

/// What reaches hosts.
struct Hands {
    engine: Engine,
    seed: String,
    number: u32,
    /// The directory and its token on each host, the account's and root's.
    opened: BTreeMap<(String, bool), (exec::Host, String, String)>,
    /// Hosts that are not tried again, and why; where sudo does not let root in, that is no matter for other checks.
    lost: BTreeMap<(String, bool), String>,
}

impl Hands {
    async fn check(&mut self, check: &Check, hosts: &[HostPin], environment: &str) -> Vec<Live> {
        if let Some(words) = check.why_not() {
            return vec![Live { host: String::new(), result: Said::NotRun, words }];
        }
        let mut all = Vec::new();
        for target in &check.step.hosts {
            let Some(pin) = hosts.iter().find(|h| h.name == target.name) else { continue };
            let (result, words) = self.on(check, pin, environment).await;
            all.push(Live { host: target.name.clone(), result, words });
        }
        all
    }

    async fn on(&mut self, check: &Check, pin: &HostPin, environment: &str) -> (Said, String) {
        let lost = [false, check.own.sudo].map(|sudo| self.lost.get(&(pin.name.clone(), sudo)));
        if let [Some(why), _] | [_, Some(why)] = lost {
            return (Said::NoHost, why.clone());
        }
        let host = exec::Host { sudo: check.own.sudo, ..reach(pin) };
        let (events, unheard) = mpsc::channel(1);
        drop(unheard);
        let opened = match self.engine.prepare(&host, &self.seed, &events).await {
            Ok(opened) => opened,
            Err(no) => {
                self.lost.insert((pin.name.clone(), no.class == Class::Sudo), no.why.clone());
                return (Said::NoHost, no.why);
            }
        };
        let place = (host.clone(), opened.facts.dir.clone(), opened.facts.born.clone());
        self.opened.insert((pin.name.clone(), host.sudo), place);
        self.number += 1;
        let request = self.request(check, pin, environment);
        let limit = check.own.timeout.unwrap_or(LONGEST);
        let sink = Box::new(VecSink::default());
        let end = tokio::time::timeout(limit, self.engine.step(&host, request, None, sink, &events)).await;
        let Ok(end) = end else {
            let step = StepRef {
                dir: opened.facts.dir,
                born: opened.facts.born,
                seed: self.seed.clone(),
                number: self.number,
            };
            let request = CancelRequest { step, grace_tenths: 20, all: true };
            self.engine.cancel(&host, &request, &events).await;
            return (
                Said::Failed,
                format!("not done after {}, and ended", crate::text::clocks::words(limit)),
            );
        };
        match end {
            End::Ended(end) => match end.exit {
                exec::Exit::Code(code) => {
                    let text = end.stdout_text.unwrap_or_default();
                    let (said, words) = judge(&check.own, code, &text);
                    (said, if words.is_empty() { last_line(&text) } else { words })
                }
                exec::Exit::Signal(name) => (Said::Failed, format!("ended by signal {name}")),
            },
            End::Lost(lost) => (Said::Failed, lost.why),
            End::NotStarted(no) if matches!(no.class, Class::Refused | Class::Request) => {
                (Said::Failed, no.why)
            }
            End::NotStarted(no) => (Said::NoHost, no.why),
        }
    }

    fn request(&self, check: &Check, pin: &HostPin, environment: &str) -> StepRequest {
        let own = [("ENV", environment), ("RUN", "plan"), ("HOST", &pin.name), ("ROLE", &pin.role)];
        let known = check.key.known.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let values = known.chain(own).map(|(name, value)| exec::Value {
            name: name.to_owned(),
            value: value.to_owned().into(),
            secret: false,
        });
        StepRequest {
            number: self.number,
            seed: self.seed.clone(),
            script: check.step.script.clone(),
            strict: check.own.strict,
            keep_going: check.own.keep_going,
            interpreter: check.own.interpreter.clone(),
            check: true,
            keep: Keep::Off,
            load: None,
            save: false,
            cwd: check.own.cwd.clone(),
            values: values.collect(),
            captures_stdout: true,
        }
    }

    /// Leaves nothing on the hosts.
    async fn close(&self) {
        for (host, dir, _) in self.opened.values() {
            // What cannot be removed lies in a directory that only the account itself can read.
            drop(self.engine.close(host, dir, true).await);
        }
        self.engine.disconnect().await;
    }
}

/// Returns the last line that says something.
fn last_line(text: &str) -> String {
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
}
