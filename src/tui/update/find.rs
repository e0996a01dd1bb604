//! Searching in the list and in output: as it is typed, Enter for the next, Up for the previous, Esc stays there.

use crate::tui::about;
use crate::tui::app::App;
use crate::tui::input::{Code, Key};
use crate::tui::session::Pane;

impl App {
    /// Takes a key while a search is open.
    pub(super) fn find_key(&mut self, key: &Key) {
        match key.code {
            Code::Esc => {
                self.session.place.find = None;
            }
            Code::Enter | Code::Down => self.find(1, false),
            Code::Up => self.find(1, true),
            _ => {
                let Some(find) = &mut self.session.place.find else { return };
                if find.field.key(key) {
                    self.find(0, false);
                }
            }
        }
    }

    /// Goes to the match that is `skip` after (or, `back`, before) the present place.
    fn find(&mut self, skip: usize, back: bool) {
        let Some(find) = &self.session.place.find else { return };
        let sought = find.field.text().to_lowercase();
        if sought.is_empty() {
            return;
        }
        match find.pane {
            Pane::Output => self.find_output(&sought, skip, back),
            _ => self.find_box(&sought, skip, back),
        }
    }

    fn find_box(&mut self, sought: &str, skip: usize, back: bool) {
        let run = self.run();
        let walked: Vec<usize> = run.walked().collect();
        let at = walked.iter().position(|i| *i == self.session.place.selected).unwrap_or(0);
        let hit =
            |i: &usize| run.runbook.boxes.get(*i).is_some_and(|b| b.text.to_lowercase().contains(sought));
        match turn(walked.len(), at, skip, back).filter_map(|n| walked.get(n)).copied().find(hit) {
            Some(index) => self.moved(index),
            None => self.session.refuse(format!("no box says {sought}")),
        }
    }

    fn find_output(&mut self, sought: &str, skip: usize, back: bool) {
        let place = &self.session.place;
        let attempt = about::shown_attempt(self.run(), place.selected, place.host.as_deref());
        let Some(window) = attempt.and_then(|a| self.driven().outputs.get(&a.intent.number)) else { return };
        let lines: Vec<String> = window.rows(0).map(|r| r.line.plain().to_lowercase()).collect();
        let gone = window.gone();
        let at = place.held.and_then(|top| usize::try_from(top.saturating_sub(gone)).ok()).unwrap_or(0);
        let found =
            turn(lines.len(), at, skip, back).find(|n| lines.get(*n).is_some_and(|l| l.contains(sought)));
        match found {
            Some(line) => self.session.place.held = Some(gone + u64::try_from(line).unwrap_or(0)),
            None => self.session.refuse(format!("no line says {sought}")),
        }
    }
}

/// Returns all places once, from `at` on and around, the first `skip` of them last.
fn turn(len: usize, at: usize, skip: usize, back: bool) -> impl Iterator<Item = usize> {
    (0..len).map(move |n| {
        let by = (n + skip) % len.max(1);
        if back { (at + len - by) % len } else { (at + by) % len }
    })
}
