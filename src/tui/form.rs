//! The two shapes that questions have: a form of text fields, and a list of choices.

use crate::tui::field::Field;

/// A form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Form {
    /// Its fields, top to bottom.
    pub slots: Vec<Slot>,
    /// The one with the cursor.
    pub at: usize,
}

/// A field with its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The label.
    pub label: String,
    /// The text.
    pub field: Field,
    /// What stands behind it in the skip-able style, such as `wanted`.
    pub hint: &'static str,
    /// The values to choose from with the arrow keys; empty for free text.
    pub choices: Vec<String>,
}

impl Slot {
    /// Returns an empty field.
    #[must_use]
    pub fn new(label: &str, hint: &'static str) -> Self {
        Self { label: label.to_owned(), field: Field::default(), hint, choices: Vec::new() }
    }

    /// Returns the field showing nothing of what is typed.
    #[must_use]
    pub fn hidden(mut self) -> Self {
        self.field = Field::hidden();
        self
    }

    /// Returns the field with `text` in it.
    #[must_use]
    pub fn holding(mut self, text: &str) -> Self {
        self.field = Field::with(text);
        self
    }

    /// Returns the field with values to choose from.
    #[must_use]
    pub fn choosing(mut self, choices: Vec<String>) -> Self {
        self.choices = choices;
        self
    }

    /// Puts the next or, `back`, the previous value in, round and round.
    pub fn choose(&mut self, back: bool) {
        let n = self.choices.len();
        let at = self.choices.iter().position(|c| c == self.field.text().trim());
        let to = match (at, back) {
            (Some(at), false) => (at + 1) % n.max(1),
            (Some(at), true) => (at + n.saturating_sub(1)) % n.max(1),
            (None, false) => 0,
            (None, true) => n.saturating_sub(1),
        };
        if let Some(choice) = self.choices.get(to) {
            self.field = Field::with(choice);
        }
    }
}

impl Form {
    /// Returns a form of these fields with the cursor in the first.
    #[must_use]
    pub const fn new(slots: Vec<Slot>) -> Self {
        Self { slots, at: 0 }
    }

    /// Returns the field with the cursor.
    pub fn field(&mut self) -> Option<&mut Field> {
        self.slots.get_mut(self.at).map(|s| &mut s.field)
    }

    /// Returns what stands in the field numbered `index`, without blanks around it; empty if there is none.
    #[must_use]
    pub fn text(&self, index: usize) -> String {
        self.filled(index).unwrap_or_default()
    }

    /// Returns what stands in the field numbered `index`, none if it is blank.
    #[must_use]
    pub fn filled(&self, index: usize) -> Option<String> {
        self.slots.get(index).and_then(|s| s.field.filled())
    }

    /// Returns the field with the cursor if it has values to choose from.
    pub fn chooser(&mut self) -> Option<&mut Slot> {
        self.slots.get_mut(self.at).filter(|s| !s.choices.is_empty())
    }

    /// Moves the cursor to the next or, `back`, the previous field.
    pub fn step(&mut self, back: bool) {
        let n = self.slots.len().max(1);
        self.at = (self.at + if back { n - 1 } else { 1 }) % n;
    }

    /// Returns the texts of all fields, to be kept as a draft.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.slots.iter().map(|s| s.field.text().to_owned()).collect()
    }

    /// Puts a draft back in.
    pub fn restore(&mut self, texts: &[String]) {
        for (slot, text) in self.slots.iter_mut().zip(texts) {
            slot.field = Field::with(text);
        }
    }
}

/// A list of choices; the first is harmless and selected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choices {
    /// The choices, top to bottom.
    pub items: Vec<Choice>,
    /// The selected one.
    pub at: usize,
}

/// A choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The letter that selects it.
    pub letter: char,
    /// The word.
    pub word: String,
    /// What it means.
    pub text: String,
}

impl Choice {
    /// Returns a choice.
    #[must_use]
    pub fn new(letter: char, word: &str, text: impl Into<String>) -> Self {
        Self { letter, word: word.to_owned(), text: text.into() }
    }
}

impl Choices {
    /// Returns these choices with the first selected.
    #[must_use]
    pub const fn new(items: Vec<Choice>) -> Self {
        Self { items, at: 0 }
    }

    /// Selects the choice with this letter; returns whether there is one.
    pub fn select(&mut self, letter: char) -> bool {
        let found = self.items.iter().position(|c| c.letter == letter);
        if let Some(at) = found {
            self.at = at;
        }
        found.is_some()
    }

    /// Moves the selection by one.
    pub fn step(&mut self, back: bool) {
        let last = self.items.len().saturating_sub(1);
        self.at = if back { self.at.saturating_sub(1) } else { (self.at + 1).min(last) };
    }

    /// Returns the selected letter.
    #[must_use]
    pub fn letter(&self) -> Option<char> {
        self.items.get(self.at).map(|c| c.letter)
    }
}
