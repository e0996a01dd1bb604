//! Drawing the app. Reads only; any size, also none at all.

use ratatui::Frame;

use crate::tui::app::App;

/// Draws `app`.
pub fn view(_app: &App, frame: &mut Frame<'_>) {
    let _area = frame.area();
}
