//! What is to be filled in: every variable and placeholder without a value in one form, checked as it is typed.
//!
//! What steps wait for comes first, then what is offered, then what has a value already and may be changed. What is
//! not given can be left and is asked for again by the step that needs it.

use std::collections::BTreeMap;

use crate::run::command::Action;
use crate::run::fact::NamedValue;
use crate::run::state::Run;
use crate::runbook::placeholder::asked::Unfit;
use crate::runbook::placeholder::value::sounds_secret;
use crate::tui::dialog::{Answer, Ask, Cx};
use crate::tui::form::{Form, Slot};
use crate::tui::ink::Row;
use crate::tui::next::Words;
use crate::tui::now::Chip;

/// The question.
#[derive(Debug, Clone)]
pub struct Fill {
    items: Vec<Item>,
    form: Form,
}

/// What one field is for.
#[derive(Debug, Clone)]
struct Item {
    name: String,
    shown: String,
    demanded: bool,
    /// What stands in the field from the beginning: the last run's value.
    last: Option<String>,
}

impl Fill {
    /// Returns the question; the values of the `last` run of the same runbook stand in the fields, the cursor in the
    /// first that is `wanted`, else the first that is empty.
    #[must_use]
    pub fn new(run: &Run, last: &BTreeMap<String, String>, wanted: &[String]) -> Self {
        let asked = run.runbook.asked();
        let has = |name: &str| run.values.contains_key(name);
        let order = |name: &str, demanded: bool| match (has(name), demanded) {
            (false, true) => 0,
            (false, false) => 1,
            (true, _) => 2,
        };
        let mut items: Vec<Item> = asked
            .iter()
            .map(|a| Item {
                name: a.name.to_owned(),
                shown: a.shown.to_owned(),
                demanded: a.demanded || wanted.iter().any(|w| w == a.name),
                last: last
                    .get(a.name)
                    .filter(|v| {
                        !has(a.name) && !sounds_secret(a.name) && run.runbook.check_value(a.name, v).is_ok()
                    })
                    .cloned(),
            })
            .collect();
        // What comes to be on the way may be given too when a step lacks it.
        let known = |name: &&String| asked.iter().any(|a| a.name == name.as_str());
        items.extend(wanted.iter().filter(|name| !known(name)).map(|name| Item {
            name: name.clone(),
            shown: name.clone(),
            demanded: true,
            last: None,
        }));
        items.sort_by_key(|i| order(&i.name, i.demanded));
        let slots: Vec<Slot> = items
            .iter()
            .map(|item| {
                let declared = run.runbook.front.vars.iter().find(|v| v.name == item.name);
                let choices = declared.map(|v| v.choose.clone()).unwrap_or_default();
                let given = run.values.get(&item.name).or(item.last.as_ref());
                let slot = Slot::new(&item.name, if item.demanded { "wanted" } else { "may stay open" });
                slot.holding(given.map(String::as_str).unwrap_or_default()).choosing(choices)
            })
            .collect();
        let empty = |n: &usize| slots.get(*n).is_some_and(|s| s.field.filled().is_none());
        let at = items.iter().position(|i| wanted.contains(&i.name));
        let at = at.or_else(|| (0..slots.len()).find(empty)).unwrap_or(0);
        Self { form: Form { slots, at }, items }
    }

    /// Returns whether there is anything to fill in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// What is wrong with the field numbered `n`, if anything is typed in it.
    fn wrong(&self, run: &Run, n: usize) -> Option<Unfit> {
        let (item, text) = (self.items.get(n)?, self.form.filled(n)?);
        run.runbook.check_value(&item.name, &text).err()
    }

    /// The fields that hold something new.
    fn given(&self, run: &Run) -> Vec<NamedValue> {
        let each = self.items.iter().enumerate().filter_map(|(n, item)| {
            let value = self.form.filled(n)?;
            (run.values.get(&item.name) != Some(&value))
                .then(|| NamedValue { name: item.name.clone(), value })
        });
        each.collect()
    }

    /// The fields that steps wait for and in which nothing stands.
    fn open(&self) -> Vec<usize> {
        let wanted = self.items.iter().enumerate().filter(|(_, i)| i.demanded);
        wanted.map(|(n, _)| n).filter(|n| self.form.filled(*n).is_none()).collect()
    }

    /// What Enter does: to a field that needs a look, or everything that was given goes into the record.
    fn next(&self, run: &Run) -> Go {
        let here = self.form.at;
        if let Some(unfit) = self.wrong(run, here) {
            return Go::Mend(unfit);
        }
        if let Some(n) = (0..self.items.len()).find(|n| self.wrong(run, *n).is_some()) {
            return Go::To(n);
        }
        let open = self.open();
        let next = open.iter().find(|n| **n > here).or(open.first()).copied();
        // Enter on an empty field means: no more of this.
        if let Some(n) = next.filter(|_| self.form.filled(here).is_some()) {
            return Go::To(n);
        }
        match (self.given(run), next) {
            (given, None) if given.is_empty() => Go::Back,
            (given, Some(_)) if given.is_empty() => Go::Nothing,
            (given, _) => Go::Set(given),
        }
    }

    fn name(&self, n: usize) -> String {
        self.items.get(n).map(|i| i.name.clone()).unwrap_or_default()
    }
}

enum Go {
    Mend(Unfit),
    To(usize),
    Set(Vec<NamedValue>),
    Back,
    Nothing,
}

fn values(n: usize) -> String {
    if n == 1 { "1 value".to_owned() } else { format!("{n} values") }
}

impl Ask for Fill {
    fn title(&self, cx: &Cx<'_>) -> (String, String) {
        let open = self.open().len();
        let missing = |i: &&Item| !cx.run.values.contains_key(&i.name) && !i.demanded;
        let offered = self.items.iter().filter(missing).count();
        let left = if open == 0 { "Fill in".to_owned() } else { format!("Fill in, {} wanted", values(open)) };
        let right = if offered == 0 { String::new() } else { format!("{offered} may stay open") };
        (left, right)
    }

    fn chip(&self, _cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        let open = self.open().len();
        let what = match open {
            0 => "what stands open in the runbook".to_owned(),
            1 => "1 value is missing".to_owned(),
            n => format!("{n} values are missing"),
        };
        Some((Chip::Question, what, "nothing has started".to_owned()))
    }

    fn facts(&self, cx: &Cx<'_>, columns: usize) -> Vec<Row> {
        let n = self.form.at;
        let Some(item) = self.items.get(n) else { return Vec::new() };
        let mut rows = Vec::new();
        let book = &cx.run.runbook;
        let declared = book.front.vars.iter().find(|v| v.name == item.name);
        let placeholder = book.placeholders.iter().find(|p| p.name == item.name);
        if let Some(unfit) = self.wrong(cx.run, n) {
            rows.extend(cx.wrapped("not so", &unfit.to_string(), columns, 2));
        } else if let Some(choices) = declared.map(|v| &v.choose).filter(|c| !c.is_empty()) {
            rows.extend(cx.wrapped("one of", &format!("{}   (← → choose)", choices.join("  ")), columns, 2));
        } else if let Some(pattern) = declared.and_then(|v| v.pattern.as_ref()) {
            rows.extend(cx.wrapped("must fit", pattern.regex.as_str(), columns, 2));
        } else if placeholder.is_some_and(|p| p.text) {
            rows.extend(cx.wrapped("takes", "letters, digits and . _ / : @ + = , -", columns, 1));
        }
        if let Some(found) = placeholder {
            let mut lines: Vec<usize> = found.places.iter().map(|p| p.line).filter(|l| *l > 0).collect();
            lines.dedup();
            let shown: Vec<String> = lines.iter().take(4).map(usize::to_string).collect();
            let more = if lines.len() > 4 { format!(" and {} more", lines.len() - 4) } else { String::new() };
            let word = if lines.len() == 1 { "line" } else { "lines" };
            let said = format!("{} on {word} {}{more}", item.shown, shown.join(", "));
            rows.extend(cx.wrapped("in the file", &said, columns, 1));
        }
        if sounds_secret(&item.name) {
            let said = "what is typed here goes into the record; a secret had better be declared as one";
            rows.extend(cx.wrapped("careful", said, columns, 2));
        }
        rows
    }

    fn keeps(&self) -> usize {
        3
    }

    fn form(&self) -> Option<&Form> {
        Some(&self.form)
    }

    fn form_mut(&mut self) -> Option<&mut Form> {
        Some(&mut self.form)
    }

    fn tall(&self, _cx: &Cx<'_>) -> bool {
        true
    }

    fn check(&self, cx: &Cx<'_>, slot: usize) -> Option<(bool, String)> {
        let item = self.items.get(slot)?;
        let text = self.form.filled(slot)?;
        if self.wrong(cx.run, slot).is_some() {
            return Some((false, "does not fit".to_owned()));
        }
        let word = match (cx.run.values.get(&item.name), &item.last) {
            (Some(set), _) if *set == text => "set",
            (Some(_), _) => "changed",
            (None, Some(last)) if *last == text => "from the last run",
            _ => "fits",
        };
        Some((true, word.to_owned()))
    }

    fn words(&self, cx: &Cx<'_>) -> Words {
        match self.next(cx.run) {
            Go::Mend(_) => Words::nothing("It does not fit.", "Esc leaves it for later"),
            Go::To(n) => Words::does(format!("go on to {}", self.name(n)), ""),
            Go::Set(given) => {
                let open = self.open().len();
                let rest = match open {
                    0 => String::new(),
                    1 => "1 stays open for now".to_owned(),
                    n => format!("{n} stay open for now"),
                };
                Words::does(format!("give {}", values(given.len())), rest)
            }
            Go::Back => Words::does("go back", "everything has its value"),
            Go::Nothing => Words::nothing("Nothing is given yet.", "Esc leaves it for later, = comes back"),
        }
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        match self.next(cx.run) {
            Go::Mend(unfit) => Answer::Refuse(format!("{}: {unfit}", self.name(self.form.at))),
            Go::To(n) => Answer::Slot(n),
            Go::Set(values) => cx.own(Action::SetValues { values }),
            Go::Back => Answer::Back,
            Go::Nothing => {
                Answer::Refuse(format!("{} is wanted; Esc leaves it for later", self.name(self.form.at)))
            }
        }
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        let chooses = self.form.slots.get(self.form.at).is_some_and(|s| !s.choices.is_empty());
        let mut keys = vec![("↑ ↓", "field".to_owned())];
        if chooses {
            keys.push(("← →", "choose".to_owned()));
        }
        keys
    }

    fn out(&self) -> &'static str {
        "later, keeps the words"
    }

    fn draft(&self) -> Option<String> {
        let names: Vec<&str> = self.items.iter().map(|i| i.name.as_str()).collect();
        Some(format!("fill {}", names.join(" ")))
    }

    fn stale(&self, run: &Run) -> Option<String> {
        run.closed.as_ref().map(|_| "the run is closed".to_owned())
    }
}
