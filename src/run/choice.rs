//! Choices: a heading of which exactly one section applies. Until the captain has chosen, the boxes of all its
//! sections wait; then those of the others are waived by that choice. It can be changed as long as nothing in the
//! chosen section was touched.

use crate::run::condition::Holds;
use crate::run::decide::Decision;
use crate::run::event::Event;
use crate::run::fact::{BoxUnsigned, BoxWaived, ChoiceMade, Who};
use crate::run::refusal::Refusal;
use crate::run::state::Run;
use crate::runbook::model::{Choice, Section};

impl Run {
    /// Returns the sections that the box at `index` stands in, the outermost first.
    #[must_use]
    pub fn sections_around(&self, index: usize) -> Vec<usize> {
        let first = self.runbook.boxes.get(index).and_then(|b| b.section);
        let parent = |i: &usize| self.runbook.sections.get(*i).and_then(|s| s.parent);
        // A section stands behind those that hold it, so this ends.
        let mut around: Vec<usize> = std::iter::successors(first, |i| parent(i).filter(|p| p < i)).collect();
        around.reverse();
        around
    }

    /// Returns the choice that `section` is one of the possibilities of, by its index.
    #[must_use]
    pub fn choice_of(&self, section: usize) -> Option<usize> {
        self.runbook.choices.iter().position(|c| c.options.contains(&section))
    }

    /// Returns the choice that the box at `index` waits for: the outermost around it that was not made.
    #[must_use]
    pub fn waits_for_choice(&self, index: usize) -> Option<usize> {
        let around = self.sections_around(index);
        let mut choices = around.into_iter().filter_map(|section| self.choice_of(section));
        choices.find(|choice| !self.choices.contains_key(choice))
    }

    /// Checks that every choice that the box at `index` stands below was made.
    pub(crate) fn check_choice(&self, index: usize) -> Result<(), Refusal> {
        self.waits_for_choice(index).map_or(Ok(()), |choice| Err(self.choose_first(choice)))
    }

    /// Returns the title of the section that was chosen instead of one that the box at `index` stands in.
    #[must_use]
    pub fn chosen_instead(&self, index: usize) -> Option<&str> {
        let other = |section: usize| {
            let (made, _) = self.choices.get(&self.choice_of(section)?)?;
            (made.section != section).then_some(made.chosen.as_str())
        };
        self.sections_around(index).into_iter().find_map(other)
    }

    /// Returns the boxes below `section`, in order.
    fn below(&self, section: usize) -> Vec<usize> {
        let range = self.runbook.sections.get(section).map(|s| s.boxes.clone()).unwrap_or_default();
        range.filter(|i| self.runbook.boxes.get(*i).is_some_and(|b| self.walks(b.phase))).collect()
    }

    fn choose_first(&self, choice: usize) -> Refusal {
        let title = self.runbook.choices.get(choice).map(|c| c.title.clone()).unwrap_or_default();
        Refusal::ChoiceOpen { choice, title }
    }

    pub(crate) fn decide_choose(&self, who: &Who, choice: usize, section: usize) -> Decision {
        let none = || Refusal::NoChoice;
        let Choice { title, phase, section: heading, options, .. } =
            self.runbook.choices.get(choice).filter(|c| self.walks(c.phase)).ok_or_else(none)?;
        let option: &Section = options
            .contains(&section)
            .then(|| self.runbook.sections.get(section))
            .flatten()
            .ok_or_else(none)?;
        self.check_gate(*phase)?;
        let before = self.choices.get(&choice).map(|(e, _)| e.section);
        if before == Some(section) {
            return Err(Refusal::Settled);
        }
        // The heading itself may stand in a section that waits for a choice, or that was not chosen.
        let first = heading.and_then(|heading| self.below(heading).first().copied());
        let around = first.map(|index| self.sections_around(index)).unwrap_or_default();
        let above = around.iter().take_while(|s| Some(**s) != *heading).chain(heading);
        for one in above {
            let Some(outer) = self.choice_of(*one) else { continue };
            let Some((made, _)) = self.choices.get(&outer) else { return Err(self.choose_first(outer)) };
            if made.section != *one {
                return Err(Refusal::NotChosen(made.chosen.clone()));
            }
        }
        let mut below = self.below(section).into_iter();
        match below.next().filter(|_| before.is_none()).and_then(|index| self.bar(index)).map(|bar| bar.holds)
        {
            Some(Holds::No(why)) => return Err(Refusal::NotApplicable(why)),
            Some(Holds::Unknown(name)) => return Err(Refusal::Undecided(name)),
            Some(Holds::Yes) | None => {}
        }
        let mut events = vec![Event::ChoiceMade(ChoiceMade {
            who: who.clone(),
            choice,
            section,
            heading: title.clone(),
            chosen: option.title.clone(),
        })];
        if let Some(old) = before {
            self.untouched(old)?;
            for index in self.below(section).into_iter().filter(|i| self.waived_by(*i) == Some(choice)) {
                let reason = format!("“{}” was chosen after all", option.title);
                events.push(Event::BoxUnsigned(BoxUnsigned {
                    who: who.clone(),
                    id: self.box_id(index),
                    reason,
                    seen: self.seen_by(who),
                }));
            }
        }
        let others = options.iter().filter(|o| **o != section && (before.is_none() || before == Some(**o)));
        for index in others.flat_map(|o| self.below(*o).into_iter().rev()) {
            if self.boxes.get(index).is_some_and(|b| !b.settled()) {
                let said = format!("of “{title}”, “{}” was chosen", option.title);
                events.push(Event::BoxWaived(BoxWaived {
                    who: who.clone(),
                    id: self.box_id(index),
                    reason: said.clone(),
                    risk_owner: None,
                    condition: Some(said),
                    out_of_order: Vec::new(),
                    by_choice: Some(choice),
                    seen: None,
                }));
            }
        }
        Ok(events)
    }

    /// Returns the choice by which the box at `index` is waived.
    fn waived_by(&self, index: usize) -> Option<usize> {
        self.boxes.get(index).and_then(|b| b.waived.as_ref()).and_then(|(e, _)| e.by_choice)
    }

    /// Checks that nothing below `section` was done by anybody, and that nothing says that it was settled.
    fn untouched(&self, section: usize) -> Result<(), Refusal> {
        let done = |index: &usize| {
            let Some(state) = self.boxes.get(*index) else { return false };
            let waived = state.waived.as_ref().is_some_and(|(e, _)| e.condition.is_none());
            state.signed.is_some() || waived || state.touched_at.is_some() || state.reopened > 0
        };
        match self.below(section).iter().find(|i| done(i)) {
            Some(index) => Err(Refusal::ChoiceTouched(self.box_id(*index))),
            None => Ok(()),
        }
    }
}
