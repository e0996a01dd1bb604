//! Is this new key the host's? Asked by gonogo, not by the host, before anything was sent to it. Refusing comes first;
//! nothing but an answer closes it. A key that changed is never asked about.

use crate::tui::dialog::{Answer, Ask, Cx, Tone};
use crate::tui::effect::Reply;
use crate::tui::form::{Choice, Choices};
use crate::tui::ink::Row;
use crate::tui::msg::{Asked, NewKey};
use crate::tui::next::Words;
use crate::tui::now::Chip;

/// The question.
#[derive(Debug, Clone)]
pub struct HostKey {
    /// The question's number.
    pub id: u64,
    host: String,
    target: String,
    key: NewKey,
    waiting: usize,
    choices: Choices,
}

impl HostKey {
    /// Returns the question about `key`.
    #[must_use]
    pub fn new(asked: &Asked, key: &NewKey) -> Self {
        let Asked { id, host, target, waiting, .. } = asked.clone();
        let file = key.file.clone().unwrap_or_else(|| "no file".to_owned());
        let items = vec![
            Choice::new('r', "refuse", format!("nothing is sent to {host}")),
            Choice::new('a', "accept", format!("recorded in {file}")),
            Choice::new('1', "only this run", "as long as gonogo runs; asked again next time"),
        ];
        Self { id, host, target, key: key.clone(), waiting, choices: Choices::new(items) }
    }
}

impl Ask for HostKey {
    fn title(&self, _cx: &Cx<'_>) -> (String, String) {
        (
            format!("New host key: {} ({})", self.host, self.target),
            "asked by gonogo, not by the host".to_owned(),
        )
    }

    fn tone(&self, _cx: &Cx<'_>) -> Tone {
        Tone::Unknown
    }

    fn chip(&self, _cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        let said = format!("is this really {}?  its host key is new", self.host);
        Some((Chip::Question, said, "nothing was sent to it".to_owned()))
    }

    fn facts(&self, cx: &Cx<'_>, columns: usize) -> Vec<Row> {
        let key = &self.key;
        // The fingerprint stands unbroken, as ssh prints it, so that it can be compared by eye.
        let kind = key.kind.trim_start_matches("ssh-").to_uppercase();
        let mut rows = vec![cx.labelled(&kind, &key.fingerprint)];
        rows.push(cx.labelled("compare with", "the host's console, or somebody who knows it"));
        let reached = match key.reached.as_slice() {
            [] => "none was reached yet".to_owned(),
            hosts => format!("{} reached, their keys are known", hosts.join(", ")),
        };
        rows.extend(cx.wrapped("other hosts", &reached, columns, 2));
        for (name, at) in &key.other_names {
            rows.extend(cx.wrapped("same key", &format!("is recorded for {name} in {at}"), columns, 1));
        }
        if !key.other_types.is_empty() {
            let said = format!("{} without the port; not this key", key.other_types.join(", "));
            rows.extend(cx.wrapped("recorded", &said, columns, 1));
        }
        if let Some(why) = &key.certificate {
            rows.extend(cx.wrapped("certificate", &format!("does not count: {why}"), columns, 2));
        }
        if self.waiting > 0 {
            rows.push(cx.labelled("then", &format!("{} more to answer", self.waiting)));
        }
        rows
    }

    fn choices(&self) -> Option<&Choices> {
        Some(&self.choices)
    }

    fn choices_mut(&mut self) -> Option<&mut Choices> {
        Some(&mut self.choices)
    }

    fn letter(&mut self, _cx: &Cx<'_>, letter: char) -> Option<Answer> {
        (letter == 'c').then(|| Answer::Copy(self.key.fingerprint.clone()))
    }

    fn words(&self, _cx: &Cx<'_>) -> Words {
        match self.choices.at {
            1 => Words::does("accept the key and record it", "with your name"),
            2 => Words::does("accept the key for this run", "with your name"),
            _ => Words::does("refuse the key", "the step does not start"),
        }
    }

    fn enter(&self, _cx: &Cx<'_>) -> Answer {
        let reply = match self.choices.at {
            1 => Reply::Accept,
            2 => Reply::OnlyThisRun,
            _ => Reply::Refuse,
        };
        Answer::Reply(self.id, reply)
    }

    fn tall(&self, _cx: &Cx<'_>) -> bool {
        true
    }

    fn keeps(&self) -> usize {
        1
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        vec![("↑ ↓", "choose, or the letter".to_owned()), ("c", "copy the fingerprint".to_owned())]
    }

    fn out(&self) -> &'static str {
        "refuse"
    }
}
