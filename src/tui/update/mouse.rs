//! The mouse: a click selects and focuses, the wheel scrolls what is under it. Nothing starts by mouse.

use crate::tui::app::App;
use crate::tui::input::{Mouse, MouseAct};
use crate::tui::session::Pane;
use crate::tui::view::layout::{Class, Layout};
use crate::tui::view::list;

impl App {
    /// Takes a mouse event.
    pub(super) fn mouse(&mut self, mouse: Mouse) {
        if self.session.dialog().is_some() {
            return;
        }
        let layout = Layout::of(self.session.size);
        let Some(pane) = layout.pane_at(mouse.column, mouse.row, self.session.place.zoom) else { return };
        match mouse.what {
            MouseAct::WheelUp => self.scroll_in(pane, true, 3),
            MouseAct::WheelDown => self.scroll_in(pane, false, 3),
            MouseAct::Press => {
                self.session.place.focus = pane;
                let wide = layout.class != Class::One;
                let index = list::box_at(self, layout.list, wide, mouse.row);
                if let Some(index) = index.filter(|_| pane == Pane::List) {
                    self.moved(index);
                }
            }
        }
    }
}
