//! What others recorded of the runs on the screen.

use std::collections::BTreeMap;

use crate::run::fact::Recorded;
use crate::run::proof;
use crate::tui::app::{App, addressed};
use crate::tui::effect::Effect;
use crate::tui::feed;

impl App {
    /// Takes facts that other processes recorded, each with its run. They show at once; what the person types stays.
    pub(super) fn others(&mut self, facts: Vec<(String, Recorded)>) -> Vec<Effect> {
        let mut by_run: BTreeMap<String, Vec<Recorded>> = BTreeMap::new();
        for (run, fact) in facts {
            by_run.entry(run).or_default().push(fact);
        }
        let mut effects = Vec::new();
        for (run, facts) in by_run {
            let Some(driven) = self.shared.runs.find_mut(&run) else { continue };
            let after = driven.driver.knows_others();
            let facts: Vec<Recorded> = facts.into_iter().filter(|fact| fact.seq > after).collect();
            effects.extend(addressed(&run, driven.driver.others(&facts)));
            for fact in &facts {
                driven.saw(fact);
            }
            if let Some(said) = facts.iter().rev().find(|f| proof::who(&f.event).is_some()) {
                let said = feed::happened(driven.run(), said).map(|line| {
                    let words =
                        if line.words.is_empty() { String::new() } else { format!(": {}", line.words) };
                    format!("{} {}{words}", line.who, line.what)
                });
                let elsewhere = driven.driver.elsewhere().map(str::to_owned);
                if let Some(said) = said {
                    self.session.tell(said);
                }
                if let Some(name) = elsewhere {
                    self.session
                        .tell(format!("{name} drives this run now: here it can only be looked at; q leaves"));
                }
                effects.push(Effect::Bell);
            }
        }
        self.go_where_needed();
        effects
    }
}
