//! What stands open is never sent: random runbooks with placeholders, values given in any order, steps started at any
//! time.

use std::sync::Arc;

use gonogo::run::command::Action;
use gonogo::run::driver::Effect;
use gonogo::run::event::Event;
use gonogo::run::fact::{NamedValue, Outcome};
use gonogo::run::refusal::Refusal;
use gonogo::run::state::Run;
use gonogo::runbook::model::Runbook;
use gonogo::runbook::parse;
use proptest::prelude::*;

use crate::support::runs::{News, Table, ended, host, opened, replay};

/// What stands in scripts: the text as it is written, and its name.
const FORMS: [(&str, &str); 12] = [
    ("<alpha>", "ALPHA"),
    ("{BETA}", "BETA"),
    ("{gamma}", "GAMMA"),
    ("[delta words]", "DELTA_WORDS"),
    ("YOUR_EPSILON", "YOUR_EPSILON"),
    ("{+ zeta +}", "ZETA"),
    ("<%= eta %>", "ETA"),
    ("{{ theta }}", "THETA"),
    ("X.Y.Z", "X_Y_Z"),
    ("YYYY-MM-DD", "YYYY_MM_DD"),
    ("$IOTA", "IOTA"),
    ("CHANGEME", "CHANGEME"),
];

fn book(steps: &[Vec<usize>]) -> Arc<Runbook> {
    let mut text = String::from("# Release\n\n");
    for (n, forms) in steps.iter().enumerate() {
        let words: Vec<&str> = forms.iter().map(|f| FORMS[f % FORMS.len()].0).collect();
        let first = words.first().copied().unwrap_or("nothing");
        text.push_str(&format!(
            "- [ ] Box {n} of {first} <!-- gonogo: id=b{n} -->\n\n  ```sh name=s{n} on=api\n  run {n} {}\n  ```\n\n",
            words.join(" ")
        ));
    }
    Arc::new(parse("x.md", text.as_bytes()).unwrap_or_else(|e| panic!("{text}{e:#?}")).0)
}

/// Holds what was sent: nothing of it stands open, and it is what was shown and what is recorded.
fn hold(table: &mut Table, shown: &Run) {
    for news in table.happened() {
        let News::Effect(Effect::Exec(order)) = news else { continue };
        let script = &order.intent.script;
        for (form, name) in FORMS {
            match form.strip_prefix('$') {
                None => assert!(!script.contains(form), "{form} was sent: {script}"),
                Some(_) if script.contains(form) => {
                    assert!(order.vars.iter().any(|(n, _)| n == name), "{form} was sent without a value");
                }
                Some(_) => {}
            }
        }
        let (_, step) = shown.runbook.find_step(&order.intent.step).expect("the step");
        assert_eq!(*script, step.script, "something else was shown");
        let recorded =
            table.log.iter().any(|r| matches!(&r.event, Event::StepIntended(e) if e.script == *script));
        assert!(recorded, "something else was recorded");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn nothing_that_stands_open_is_ever_sent(
        steps in prop::collection::vec(prop::collection::vec(0..24_usize, 0..4), 1..5),
        deeds in prop::collection::vec((any::<bool>(), 0..24_usize, "[a-z0-9;$ <-]{0,3}"), 0..40),
    ) {
        let book = book(&steps);
        let mut table = Table::open(Arc::clone(&book), opened(&book, vec![host("api", "api-1")], None, &[]));
        for (start, which, value) in deeds {
            let shown = table.run().clone();
            if start {
                let step = format!("s{}", which % steps.len());
                let action = Action::Start { step: step.as_str().into(), retry: true, confirmed: None, out_of_order: true };
                match table.command("layla", action) {
                    Ok(()) => {
                        let number = table.run().next_number() - 1;
                        let end = gonogo::run::conclude::Report::Ended { number, end: Box::new(ended(Outcome::Exited(1), "")) };
                        hold(&mut table, &shown);
                        table.report(end);
                    }
                    Err(Refusal::Missing(names)) => {
                        for name in names {
                            prop_assert!(!table.run().values.contains_key(&name), "{name} has a value");
                        }
                    }
                    Err(Refusal::Unfit { .. } | Refusal::StepOrder(_) | Refusal::OutOfOrder(_)) => {}
                    Err(other) => prop_assert!(false, "{other:?}"),
                }
            } else {
                let name = FORMS[which % FORMS.len()].1.to_owned();
                // A refused value changes nothing, which is all that is asked of it here.
                let given = table.command("layla", Action::SetValues { values: vec![NamedValue { name: name.clone(), value: value.clone() }] });
                prop_assert_eq!(given.is_ok() && !value.is_empty(), table.run().values != shown.values && !value.is_empty());
            }
            hold(&mut table, &shown);
        }
        prop_assert_eq!(replay("r-test", book, &table.log), table.run().clone());
    }
}
