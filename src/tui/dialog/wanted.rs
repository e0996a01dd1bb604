//! A passphrase, a password, or what a host wants to know: typed into a field that shows nothing, unless the host says
//! that it may be seen. The rule names the host and says who asks; what a host says is made harmless.

use crate::tui::dialog::{Answer, Ask, Cx};
use crate::tui::effect::{Reply, Secret};
use crate::tui::form::{Form, Slot};
use crate::tui::ink::Row;
use crate::tui::msg::{Asked, Want};
use crate::tui::next::Words;
use crate::tui::now::Chip;

/// The question.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The question's number.
    pub id: u64,
    host: String,
    target: String,
    want: Want,
    shown: bool,
    attempt: u32,
    waiting: usize,
    form: Form,
}

impl Wanted {
    /// Returns the question for what `asked` wants: `want`, which may be `shown`, for the `attempt`th time.
    #[must_use]
    pub fn new(asked: &Asked, want: &Want, shown: bool, attempt: u32) -> Self {
        let label = match want {
            Want::Passphrase { .. } => "passphrase",
            Want::Password | Want::Sudo { .. } => "password",
            Want::Answer { .. } => "answer",
        };
        let hint = if shown { "it may be seen" } else { "not shown" };
        let slot = Slot::new(label, hint);
        let slot = if shown { slot } else { slot.hidden() };
        let Asked { id, host, target, waiting, .. } = asked.clone();
        Self { id, host, target, want: want.clone(), shown, attempt, waiting, form: Form::new(vec![slot]) }
    }

    fn text(&self) -> &str {
        self.form.slots.first().map(|slot| slot.field.text()).unwrap_or_default()
    }
}

impl Ask for Wanted {
    fn title(&self, _cx: &Cx<'_>) -> (String, String) {
        let (what, by) = match &self.want {
            Want::Passphrase { .. } => ("Passphrase for", "asked by gonogo, not by the host"),
            Want::Password => ("Password for", "asked by gonogo, sent to the host"),
            Want::Sudo { .. } => ("Password for sudo on", "asked by sudo"),
            Want::Answer { .. } => ("A question of", "asked by the host"),
        };
        (format!("{what} {} ({})", self.host, self.target), by.to_owned())
    }

    fn chip(&self, _cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        let what = match &self.want {
            Want::Passphrase { .. } => "a passphrase is wanted for",
            Want::Password => "a password is wanted by",
            Want::Sudo { .. } => "a password is wanted by sudo on",
            Want::Answer { .. } => "a question of",
        };
        Some((Chip::Question, format!("{what} {}", self.host), "nothing goes on before it".to_owned()))
    }

    fn facts(&self, cx: &Cx<'_>, columns: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        match &self.want {
            Want::Passphrase { file } => {
                rows.extend(cx.wrapped("key file", file, columns, 2));
                rows.push(cx.labelled("it stays", "on this machine; the key serves until gonogo ends"));
            }
            Want::Password => rows.push(cx.labelled("it goes", "to this host alone, whose key is trusted")),
            Want::Sudo { whose } => {
                rows.extend(cx.wrapped("whose", whose, columns, 1));
                rows.push(cx.labelled("it goes", "to sudo on this host alone; it serves until gonogo ends"));
            }
            Want::Answer { name, instructions, prompt } => {
                for (label, text, most) in
                    [("it says", name, 1), ("", instructions, 3), ("it asks", prompt, 2)]
                {
                    if !text.trim().is_empty() {
                        rows.extend(cx.wrapped(label, text.trim(), columns, most));
                    }
                }
            }
        }
        if self.attempt > 1 {
            rows.push(cx.labelled("again", &format!("what came before was not right; try {}", self.attempt)));
        }
        if self.waiting > 0 {
            rows.push(cx.labelled("then", &format!("{} more to answer", self.waiting)));
        }
        rows
    }

    fn form(&self) -> Option<&Form> {
        Some(&self.form)
    }

    fn form_mut(&mut self) -> Option<&mut Form> {
        Some(&mut self.form)
    }

    fn check(&self, _cx: &Cx<'_>, _slot: usize) -> Option<(bool, String)> {
        (!self.shown && !self.text().is_empty()).then(|| (true, "typed, not shown".to_owned()))
    }

    fn words(&self, _cx: &Cx<'_>) -> Words {
        match &self.want {
            Want::Passphrase { .. } => Words::does("unlock the key", "it stays on this machine"),
            Want::Password | Want::Sudo { .. } => {
                Words::does(format!("send it to {}", self.host), "encrypted")
            }
            Want::Answer { .. } => Words::does(format!("answer {}", self.host), "encrypted"),
        }
    }

    fn enter(&self, _cx: &Cx<'_>) -> Answer {
        if self.text().is_empty() && !matches!(self.want, Want::Answer { .. }) {
            return Answer::Refuse("type it, or Esc to do without".to_owned());
        }
        let text = Secret(self.text().into());
        Answer::Reply(self.id, Reply::Text { text, shown: self.shown })
    }

    fn tall(&self, _cx: &Cx<'_>) -> bool {
        true
    }

    fn out(&self) -> &'static str {
        "do without"
    }
}
