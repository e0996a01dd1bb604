//! Moving: through boxes, lines, panes and what needs attention.

use crate::run::status::BoxStatus;
use crate::tui::about;
use crate::tui::app::App;
use crate::tui::session::Pane;
use crate::tui::view::layout::{Class, Layout};

impl App {
    /// Returns the lines that the focused pane shows at once.
    pub(super) fn page(&self) -> usize {
        let layout = Layout::of(self.session.size);
        usize::from(layout.height(self.session.place.focus, self.session.place.zoom).max(1))
    }

    /// Moves by `n` in the focused pane.
    pub(super) fn scroll(&mut self, up: bool, n: usize) {
        self.scroll_in(self.session.place.focus, up, n);
    }

    /// Moves by `n` in `pane`.
    pub(super) fn scroll_in(&mut self, pane: Pane, up: bool, n: usize) {
        let by = |at: usize| if up { at.saturating_sub(n) } else { at.saturating_add(n) };
        match pane {
            Pane::List => {
                let walked: Vec<usize> = self.run().walked().collect();
                let at = walked.iter().position(|i| *i == self.session.place.selected).unwrap_or(0);
                if let Some(index) = walked.get(by(at).min(walked.len().saturating_sub(1))) {
                    self.moved(*index);
                }
            }
            Pane::Detail => {
                let last = crate::tui::view::detail::lines(self, 60, true).len().saturating_sub(1);
                self.session.place.detail_top = by(self.session.place.detail_top).min(last);
            }
            Pane::Feed => {
                let last = self.driven().feed.len().saturating_sub(1);
                self.session.place.feed_top = by(self.session.place.feed_top).min(last);
            }
            Pane::Output => self.scroll_output(up, n),
        }
    }

    fn scroll_output(&mut self, up: bool, n: usize) {
        let height = u64::from(Layout::of(self.session.size).height(Pane::Output, self.session.place.zoom));
        let Some((total, gone)) = self.shown_window() else { return };
        let n = u64::try_from(n).unwrap_or(u64::MAX);
        let follows = total.saturating_sub(height);
        let top = self.session.place.held.unwrap_or(follows);
        let top = if up { top.saturating_sub(n).max(gone) } else { top.saturating_add(n) };
        self.session.place.held = (top < follows).then_some(top);
    }

    /// Returns the lines that came and those that are gone of the shown output.
    fn shown_window(&self) -> Option<(u64, u64)> {
        let place = &self.session.place;
        let attempt = about::shown_attempt(self.run(), place.selected, place.host.as_deref())?;
        let window = self.driven().outputs.get(&attempt.intent.number)?;
        Some((window.total(), window.gone()))
    }

    /// Moves to the first or last of the focused pane.
    pub(super) fn scroll_end(&mut self, first: bool) {
        match (self.session.place.focus, first) {
            (Pane::Output, true) => self.session.place.held = self.shown_window().map(|(_, gone)| gone),
            (Pane::Output, false) => self.session.place.held = None,
            (pane, first) => self.scroll_in(pane, first, usize::MAX),
        }
    }

    /// Holds the output where it is, or follows again.
    pub(super) fn follow(&mut self) {
        let height = u64::from(Layout::of(self.session.size).height(Pane::Output, self.session.place.zoom));
        let top = self.shown_window().map(|(total, _)| total.saturating_sub(height));
        let place = &mut self.session.place;
        place.held = if place.held.is_some() { None } else { top };
    }

    /// A person moved the selection.
    pub(super) fn moved(&mut self, index: usize) {
        self.session.select(index);
        self.session.place.following = false;
        self.session.place.moved_at = Some(self.session.now);
    }

    /// Selects the first box of the next or previous phase.
    pub(super) fn phase(&mut self, back: bool) {
        let run = self.run();
        let phases = about::phases(run);
        let here = run.runbook.boxes.get(self.session.place.selected).map_or(0, |b| b.phase);
        let at = phases.iter().position(|p| p.index == here).unwrap_or(0);
        let at = if back { at.saturating_sub(1) } else { at + 1 };
        let first = phases.get(at).and_then(|p| run.runbook.phases.get(p.index)).map(|p| p.boxes.start);
        if let Some(index) = first {
            self.moved(index);
        }
    }

    /// Selects what needs somebody: the most urgent first, then the others in turn.
    pub(super) fn next_attention(&mut self) {
        let run = self.run();
        let needs = |i: &usize| {
            matches!(run.box_status(*i), BoxStatus::Unknown | BoxStatus::Failed | BoxStatus::Running)
        };
        let mut all: Vec<usize> = vec![self.attention()];
        all.extend(about::tried(run).into_iter().filter(needs));
        all.extend(run.next_open());
        let mut seen = Vec::new();
        all.retain(|i| {
            let new = !seen.contains(i);
            seen.push(*i);
            new
        });
        let at = all.iter().position(|i| *i == self.session.place.selected);
        let next = at.map_or(0, |at| (at + 1) % all.len().max(1));
        if let Some(index) = all.get(next).copied() {
            self.session.select(index);
        }
        let place = &mut self.session.place;
        place.following = next == 0;
        place.moved_at = None;
        place.zoom = None;
        place.focus = Pane::List;
    }

    /// Goes to the next pane.
    pub(super) fn pane(&mut self, back: bool) {
        let two = Layout::of(self.session.size).class == Class::Two;
        let mut panes = vec![Pane::List, Pane::Detail, Pane::Output];
        if two {
            panes.push(Pane::Feed);
        }
        let at = panes.iter().position(|p| *p == self.session.place.focus).unwrap_or(0);
        let n = panes.len();
        let next = panes.get((at + if back { n - 1 } else { 1 }) % n).copied();
        self.session.place.focus = next.unwrap_or(Pane::List);
        if self.session.place.zoom.is_some() {
            self.session.place.zoom = Some(self.session.place.focus).filter(|p| *p != Pane::List);
        }
    }
}
