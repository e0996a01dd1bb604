//! Go or no-go before a phase: what it opens, what is not settled, who said what.

use crate::clock::Stamp;
use crate::run::fact::{GateVoted, Vote};
use crate::run::state::Run;
use crate::tui::about;
use crate::tui::dialog::{Answer, Ask, Cx, Dialog, open_gate, vote};
use crate::tui::ink::Row;
use crate::tui::next::Words;
use crate::tui::now::Chip;
use crate::tui::theme::Role;

/// The question.
#[derive(Debug, Clone)]
pub struct Gate {
    gate: usize,
}

impl Gate {
    /// Returns the question for the gate before the phase at `gate`.
    #[must_use]
    pub const fn new(gate: usize) -> Self {
        Self { gate }
    }
}

/// Returns the row of one voice.
fn voice(cx: &Cx<'_>, role: Option<&str>, (vote, at): &(GateVoted, Stamp)) -> Row {
    let ink = cx.ink;
    let mut row = role.map(|role| ink.text(format!("  {role:<9}"))).into_iter().collect::<Row>();
    row.push(ink.text(format!("  {}  {}  ", vote.who.name, vote.who.proof.word())));
    row.extend(match vote.vote {
        Vote::Go => ink.calm(Role::Well, "GO"),
        Vote::NoGo => vec![ink.put(Role::Alarm, " ✗ NO-GO ")],
    });
    let words = vote.text.as_deref().unwrap_or_default();
    row.push(ink.text(format!("  {}  {words}", cx.zone.hm(at.wall))));
    row
}

/// Returns what is to be known before a vote.
#[must_use]
pub fn facts(cx: &Cx<'_>, gate: usize, columns: usize) -> Vec<Row> {
    let (run, ink) = (cx.run, cx.ink);
    let label = |text: &str| ink.skip(format!("  {text:<17}"));
    let mut rows = Vec::new();
    if run.voters(gate).is_empty() {
        let said = run.gates.get(&gate).map(|g| g.votes.as_slice()).unwrap_or_default();
        rows.extend(said.iter().rev().take(3).rev().map(|said| voice(cx, None, said)));
    }
    for (role, said) in run.poll(gate) {
        rows.push(match said {
            Some(said) => voice(cx, Some(role), said),
            None => {
                let people = run.in_role(role).join(" or ");
                vec![
                    ink.text(format!("  {role:<9} ")),
                    ink.strong("absent"),
                    ink.skip(format!("  no-go until {people} votes: gonogo vote {}", run.id)),
                ]
            }
        });
    }
    let phase = about::phases(run).into_iter().find(|p| p.index == gate);
    let boxes = phase.map_or(0, |p| p.total);
    let place = run.opened.environment.as_ref().map(|e| format!(" on {}", e.name)).unwrap_or_default();
    let hosts: Vec<&str> = run.opened.hosts.iter().map(|h| h.name.as_str()).collect();
    let hosts = if hosts.is_empty() { String::new() } else { format!(", hosts {}", hosts.join(" ")) };
    let opens = crate::text::sanitize(&format!("{boxes} boxes{place}{hosts}")).into_owned();
    for (n, line) in crate::text::wrap::wrap(&opens, columns.saturating_sub(20)).iter().take(3).enumerate() {
        rows.push(vec![label(if n == 0 { "What this opens" } else { "" }), ink.text(line)]);
    }
    let open = run.open_before_gate(gate);
    let counts = run.counts();
    let settled = format!("{} signed, {} waived", counts.signed, counts.waived);
    rows.push(match open.as_slice() {
        [] => vec![label("Not settled"), ink.text(format!("nothing: {settled}"))],
        open => vec![
            label("Not settled"),
            ink.strong(about::box_names(run, open)),
            ink.text(format!("   ({settled})")),
        ],
    });
    rows
}

impl Ask for Gate {
    fn title(&self, cx: &Cx<'_>) -> (String, String) {
        let phase = cx.run.phase_title(self.gate);
        let how = match cx.run.voters(self.gate) {
            [] => "one go opens it, if all before it is settled".to_owned(),
            roles => format!("{} vote; absent is no-go", roles.join(", ")),
        };
        (format!("Go or no-go: {phase}"), how)
    }

    fn chip(&self, cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        Some((Chip::Gate, format!("go or no-go for {}", cx.run.phase_title(self.gate)), String::new()))
    }

    fn facts(&self, cx: &Cx<'_>, columns: usize) -> Vec<Row> {
        let ink = cx.ink;
        let mut rows = facts(cx, self.gate, columns);
        rows.push(Vec::new());
        let row = |key: &str, word: &str, what: &str| {
            vec![ink.text("    "), ink.put(Role::Key, key), ink.text(format!("  {word:<7}{what}"))]
        };
        rows.push(row("g", "go", "open it, in your words if you like"));
        rows.push(row("N", "no-go", "it stays shut; a reason is wanted"));
        rows.push(row("A", "anyway", "open it against open boxes or a no-go; a reason is wanted"));
        rows
    }

    fn words(&self, cx: &Cx<'_>) -> Words {
        let open = cx.run.open_before_gate(self.gate);
        match open.as_slice() {
            [] => Words::does("say go", "(asks for your words first)"),
            open => Words::nothing(format!("The gate is shut: {} open.", about::box_names(cx.run, open)), ""),
        }
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        if cx.run.open_before_gate(self.gate).is_empty() {
            return Answer::Ask(Box::new(Dialog::Vote(vote::Cast::new(self.gate, Vote::Go))));
        }
        Answer::Nothing
    }

    fn letter(&mut self, _cx: &Cx<'_>, letter: char) -> Option<Answer> {
        let dialog = match letter {
            'g' => Dialog::Vote(vote::Cast::new(self.gate, Vote::Go)),
            'N' => Dialog::Vote(vote::Cast::new(self.gate, Vote::NoGo)),
            'A' => Dialog::OpenGate(open_gate::OpenGate::new(self.gate)),
            _ => return None,
        };
        Some(Answer::Ask(Box::new(dialog)))
    }

    fn stale(&self, run: &Run) -> Option<String> {
        let opened = run.gates.get(&self.gate).is_some_and(|g| g.opened.is_some());
        opened.then(|| "the gate is open".to_owned())
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        vec![
            ("g", "go".to_owned()),
            ("N", "no-go".to_owned()),
            ("A", "open anyway".to_owned()),
            ("?", "all".to_owned()),
        ]
    }

    fn out(&self) -> &'static str {
        "back"
    }
}
