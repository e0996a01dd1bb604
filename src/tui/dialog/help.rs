//! All keys, made from the one table; what works now is bold.

use crate::tui::dialog::{Answer, Ask, Cx};
use crate::tui::field::Field;
use crate::tui::form::{Form, Slot};
use crate::tui::keymap::{self, Entry};
use crate::tui::next::Words;

/// The overlay.
#[derive(Debug, Clone)]
pub struct Help {
    /// What is looked for.
    form: Form,
    /// The entry under the cursor, among those that match.
    pub at: usize,
    /// Whether letters go into the search.
    pub finding: bool,
}

impl Default for Help {
    fn default() -> Self {
        Self::new()
    }
}

impl Help {
    /// Returns the overlay.
    #[must_use]
    pub fn new() -> Self {
        Self { form: Form::new(vec![Slot::new("find", "")]), at: 0, finding: false }
    }

    /// Returns what is looked for.
    #[must_use]
    pub fn sought(&self) -> &str {
        self.form.slots.first().map(|s| s.field.text()).unwrap_or_default()
    }

    /// Returns the entries that match, in the order of the table.
    #[must_use]
    pub fn entries(&self) -> Vec<&'static Entry> {
        let sought = self.sought().to_lowercase();
        keymap::TABLE.iter().filter(|e| e.listed() && e.matches(&sought)).collect()
    }

    /// Moves the cursor.
    pub fn step(&mut self, back: bool) {
        let last = self.entries().len().saturating_sub(1);
        self.at = if back { self.at.saturating_sub(1) } else { (self.at + 1).min(last) };
    }

    /// Clears or ends the search; returns whether there was one.
    pub fn unfind(&mut self) -> bool {
        let was = self.finding || !self.sought().is_empty();
        self.finding = false;
        if let Some(field) = self.form.field() {
            *field = Field::default();
        }
        was
    }
}

impl Ask for Help {
    fn title(&self, _cx: &Cx<'_>) -> (String, String) {
        (
            "Keys  what works now is bold".to_owned(),
            format!("questions: letters choose, Enter acts  {}", env!("CARGO_PKG_VERSION")),
        )
    }

    fn form(&self) -> Option<&Form> {
        self.finding.then_some(&self.form)
    }

    fn form_mut(&mut self) -> Option<&mut Form> {
        self.at = 0;
        self.finding.then_some(&mut self.form)
    }

    fn words(&self, _cx: &Cx<'_>) -> Words {
        let entry = self.entries().get(self.at).copied();
        entry.map_or_else(
            || Words::nothing("No key is called so.", ""),
            |e| match e.act {
                keymap::Act::Enter => Words::does("close this and do the obvious next thing", ""),
                _ => Words::does(e.help, format!("as {} does", e.show)),
            },
        )
    }

    fn enter(&self, _cx: &Cx<'_>) -> Answer {
        self.entries().get(self.at).map_or(Answer::Nothing, |e| Answer::Key(e.act))
    }

    fn letter(&mut self, _cx: &Cx<'_>, letter: char) -> Option<Answer> {
        match letter {
            '/' => self.finding = true,
            'j' => self.step(false),
            'k' => self.step(true),
            '?' => return Some(Answer::Back),
            _ => return None,
        }
        Some(Answer::Nothing)
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        vec![
            ("/", "find a key or a word".to_owned()),
            ("↑ ↓", "move".to_owned()),
            ("!", "in output: standard error".to_owned()),
        ]
    }

    fn out(&self) -> &'static str {
        "back"
    }
}
