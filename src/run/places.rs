//! Where steps run that do not say so: on the only host there is, or on the one that somebody chose for this step.
//!
//! Nothing is ever sent to a host that neither the runbook nor a person named while there are several. A run without
//! hosts is walked all the same: its steps are done by hand.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::run::attempt::StepStatus;
use crate::run::decide::Decision;
use crate::run::event::Event;
use crate::run::fact::{HostChosen, HostPin, Who};
use crate::run::refusal::Refusal;
use crate::run::state::Run;
use crate::runbook::Runbook;
use crate::runbook::ids::StepId;
use crate::runbook::model::{On, Step};

/// Why a step is done by hand in a run without hosts.
const NO_HOST: &str = "this run has no host (--env names some, on=local is this machine)";

/// Returns `runbook` as a run with `hosts` walks it: where there is no host, what names none is done by hand.
pub(super) fn without_hosts(runbook: Arc<Runbook>, hosts: &[HostPin]) -> Arc<Runbook> {
    let homeless = |s: &Step| s.on == On::Unstated && s.by_hand.is_none();
    if !distinct(hosts).is_empty() || !runbook.boxes.iter().flat_map(|b| b.commands()).any(homeless) {
        return runbook;
    }
    let mut own = Runbook::clone(&runbook);
    let steps = own.boxes.iter_mut().flat_map(|b| b.steps.iter_mut().chain(&mut b.inline));
    steps.filter(|s| homeless(s)).for_each(|s| s.by_hand = Some(NO_HOST.to_owned()));
    Arc::new(own)
}

/// Returns the hosts among `hosts`, each once whatever its roles, without the machine that gonogo runs on.
fn distinct(hosts: &[HostPin]) -> Vec<&HostPin> {
    let mut seen = BTreeSet::new();
    hosts.iter().filter(|h| !h.is_local() && seen.insert(h.name.as_str())).collect()
}

impl Run {
    /// Returns the hosts among which somebody chooses for `step`, which does not say where it runs; none when it says
    /// so or there is nothing to choose from.
    #[must_use]
    pub fn places(&self, step: &Step) -> Vec<&HostPin> {
        let asks = step.on == On::Unstated && step.by_hand.is_none();
        Some(distinct(&self.opened.hosts)).filter(|hosts| asks && hosts.len() > 1).unwrap_or_default()
    }

    /// Returns whether somebody has to choose first where `step` runs.
    #[must_use]
    pub fn host_open(&self, step: &Step) -> bool {
        !self.chosen_hosts.contains_key(&step.id) && !self.places(step).is_empty()
    }

    /// Returns the host of `step`, which does not say where it runs.
    pub(super) fn unstated(&self, step: &Step) -> Result<Vec<&HostPin>, String> {
        let hosts = distinct(&self.opened.hosts);
        match (hosts.as_slice(), self.chosen_hosts.get(&step.id)) {
            ([], _) => Err("this run has no hosts: give it an environment".to_owned()),
            ([only], _) => Ok(vec![only]),
            (several, Some((chosen, _))) => {
                let found = several.iter().find(|h| h.name == chosen.host);
                found.map(|h| vec![*h]).ok_or_else(|| no_host(&chosen.host))
            }
            (several, None) => {
                let names: Vec<&str> = several.iter().map(|h| h.name.as_str()).collect();
                Err(format!("it does not say on which host it runs: choose one of {}", names.join(", ")))
            }
        }
    }

    pub(super) fn decide_choose_host(&self, who: &Who, step: &StepId, host: &str) -> Decision {
        let (item, step) = self.runbook.find_step(step).ok_or_else(|| Refusal::NoStep(step.clone()))?;
        self.open_box(&item.id)?;
        let places = self.places(step);
        if places.is_empty() {
            return Err(Refusal::NoHost("where this step runs is not for anybody to choose".to_owned()));
        }
        if !places.iter().any(|h| h.name == host) {
            return Err(Refusal::NoHost(no_host(host)));
        }
        if self.chosen_hosts.get(&step.id).is_some_and(|(chosen, _)| chosen.host == host) {
            return Err(Refusal::Settled);
        }
        // What began on one host is seen through there, unless it failed.
        for attempt in self.attempts.values().filter(|a| a.intent.step == step.id && self.is_latest(a)) {
            match attempt.status() {
                StepStatus::Running => return Err(Refusal::Running(step.id.clone())),
                StepStatus::Unknown => {
                    let (host, number) = (attempt.intent.host.clone(), attempt.intent.number);
                    return Err(Refusal::UnknownOpen { step: step.id.clone(), host, number });
                }
                status if status.settled() => return Err(Refusal::Passed),
                _ => {}
            }
        }
        let (who, step, host) = (who.clone(), step.id.clone(), host.to_owned());
        Ok(vec![Event::HostChosen(HostChosen { who, step, host })])
    }
}

fn no_host(name: &str) -> String {
    format!("no host is called {name}")
}
