//! Where everything stands. Depends on the size only, never on state.

use ratatui::layout::Rect;

use crate::tui::session::Pane;

/// The way the screen is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// No cell at all.
    Nothing,
    /// One symbol.
    Symbol,
    /// One line.
    Word,
    /// The focused pane only.
    Small,
    /// The list over the dock.
    One,
    /// The same, the dock split into detail and output.
    Split,
    /// List and feed at the left, the dock at the right.
    Two,
}

/// The parts of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// The way.
    pub class: Class,
    /// All of it.
    pub area: Rect,
    /// Where.
    pub bar: Rect,
    /// How far.
    pub strip: Rect,
    /// What is happening.
    pub now: Rect,
    /// The boxes, with their rule.
    pub list: Rect,
    /// Detail and output, or the question, with its rule.
    pub dock: Rect,
    /// The selected box, if it has a place of its own.
    pub detail: Option<Rect>,
    /// The output, if it has a place of its own.
    pub output: Option<Rect>,
    /// Hosts and values.
    pub side: Option<Rect>,
    /// What happened.
    pub feed: Option<Rect>,
    /// A remote terminal that has the keyboard, with its frame.
    pub terminal: Rect,
    /// What Enter does.
    pub enter: Rect,
    /// The keys.
    pub keys: Rect,
}

const NONE: Rect = Rect { x: 0, y: 0, width: 0, height: 0 };

impl Layout {
    /// Returns the layout for so many columns and rows.
    #[must_use]
    pub fn of((width, height): (u16, u16)) -> Self {
        let area = Rect { x: 0, y: 0, width, height };
        let line = |y: u16| Rect { x: 0, y, width, height: u16::from(y < height) };
        let class = match (width, height) {
            (0, _) | (_, 0) => Class::Nothing,
            (1..4, _) => Class::Symbol,
            (4..20, _) | (_, 1..4) => Class::Word,
            (20..60, _) | (_, 4..16) => Class::Small,
            (60..110, _) => Class::One,
            (110..160, _) => Class::Split,
            _ => Class::Two,
        };
        let mut layout = Self {
            class,
            area,
            bar: line(0),
            strip: line(1),
            now: line(2),
            list: NONE,
            dock: NONE,
            detail: None,
            output: None,
            side: None,
            feed: None,
            terminal: NONE,
            enter: line(height.saturating_sub(2)),
            keys: line(height.saturating_sub(1)),
        };
        match class {
            Class::One | Class::Split => layout.stacked(),
            Class::Two => layout.columns(),
            Class::Small => layout.small(),
            Class::Nothing | Class::Symbol | Class::Word => {}
        }
        layout.terminal = match class {
            // Its rows are someone's screen: of the list a few stay.
            Class::One | Class::Split => {
                let middle = layout.middle();
                let list = (middle.height / 5).clamp(3, 8);
                Rect { y: middle.y + list, height: middle.height.saturating_sub(list), ..middle }
            }
            _ => layout.dock,
        };
        layout
    }

    /// Returns columns and rows inside the frame of a remote terminal.
    #[must_use]
    pub fn screen_size(&self) -> (u16, u16) {
        let inside = super::terminal::inside(self.terminal);
        (inside.width, inside.height)
    }

    /// Returns what of the list stays in sight beside a remote terminal.
    #[must_use]
    pub const fn beside_terminal(&self) -> Rect {
        match self.class {
            Class::One | Class::Split => {
                Rect { height: self.terminal.y.saturating_sub(self.list.y), ..self.list }
            }
            _ => self.list,
        }
    }

    /// Returns the rows between the NOW line and the Enter line.
    #[must_use]
    pub const fn middle(&self) -> Rect {
        Rect { x: 0, y: 3, width: self.area.width, height: self.area.height.saturating_sub(5) }
    }

    fn stacked(&mut self) {
        let Rect { width, height, .. } = self.area;
        let free = height.saturating_sub(6);
        let list = (free.saturating_mul(2).saturating_add(4)) / 5;
        self.list = Rect { x: 0, y: 3, width, height: list + 1 };
        let top = 4 + list;
        self.dock = Rect { x: 0, y: top, width, height: height.saturating_sub(top + 2) };
        if self.class == Class::Split {
            let left = 46;
            self.detail = Some(Rect { width: left, ..self.dock });
            self.output = Some(Rect { x: left + 1, width: width - left - 1, ..self.dock });
        }
    }

    fn columns(&mut self) {
        let middle = self.middle();
        let left = if middle.width >= 190 { 92 } else { middle.width * 46 / 100 };
        let list = middle.height / 2;
        self.list = Rect { width: left, height: list, ..middle };
        self.feed = Some(Rect { y: middle.y + list, width: left, height: middle.height - list, ..middle });
        let x = left + 1;
        self.dock = Rect { x, width: middle.width - x, ..middle };
        let top = (self.dock.height * 36 / 100).max(8);
        let side = if self.dock.width >= 90 { self.dock.width * 44 / 100 } else { 0 };
        self.detail =
            Some(Rect { width: self.dock.width - side - u16::from(side > 0), height: top, ..self.dock });
        if side > 0 {
            self.side = Some(Rect { x: self.area.width - side, width: side, height: top, ..self.dock });
        }
        self.output = Some(Rect { y: self.dock.y + top, height: self.dock.height - top, ..self.dock });
    }

    /// Returns the layout with a dock of `wanted` rows, as far as three boxes of the list stay in sight.
    #[must_use]
    pub fn grown(&self, wanted: u16) -> Self {
        let mut layout = *self;
        let more = wanted.saturating_sub(self.dock.height).min(self.list.height.saturating_sub(4));
        if matches!(self.class, Class::One | Class::Split) {
            layout.list.height -= more;
            layout.dock = raised(self.dock, more);
            layout.detail = self.detail.map(|rect| raised(rect, more));
            layout.output = self.output.map(|rect| raised(rect, more));
        }
        layout
    }

    fn small(&mut self) {
        let Rect { width, height, .. } = self.area;
        let head = match height {
            0..6 => 1,
            6..9 => 3,
            _ => 4,
        };
        self.dock = Rect { x: 0, y: head, width, height: height.saturating_sub(head + 2) };
    }

    /// Returns the lines that `pane` shows under its rule.
    #[must_use]
    pub fn height(&self, pane: Pane, zoom: Option<Pane>) -> u16 {
        let rule = u16::from(self.class != Class::Small);
        let rect = match (zoom == Some(pane), pane) {
            (true, _) => self.middle(),
            (_, Pane::List) => self.list,
            (_, Pane::Detail) => self.detail.unwrap_or(self.dock),
            // Over the output in the plain dock stand two rows of detail.
            (_, Pane::Output) if self.class == Class::One => {
                Rect { height: self.dock.height.saturating_sub(2), ..self.dock }
            }
            (_, Pane::Output) => self.output.unwrap_or(self.dock),
            (_, Pane::Feed) => self.feed.unwrap_or(self.dock),
        };
        rect.height.saturating_sub(rule)
    }

    /// Returns the pane at a cell.
    #[must_use]
    pub fn pane_at(&self, x: u16, y: u16, zoom: Option<Pane>) -> Option<Pane> {
        let at = |rect: Rect| rect.contains((x, y).into());
        if let Some(pane) = zoom {
            return at(self.middle()).then_some(pane);
        }
        if at(self.list) {
            return Some(Pane::List);
        }
        if self.feed.is_some_and(at) {
            return Some(Pane::Feed);
        }
        if self.detail.is_some_and(at) {
            return Some(Pane::Detail);
        }
        (self.output.is_some_and(at) || at(self.dock)).then_some(Pane::Output)
    }
}

/// Returns `rect` with its top `more` rows higher.
const fn raised(rect: Rect, more: u16) -> Rect {
    Rect { y: rect.y.saturating_sub(more), height: rect.height + more, ..rect }
}
