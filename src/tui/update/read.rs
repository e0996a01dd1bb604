//! Output: asked for when it grew and when it is to be seen.

use crate::tui::about;
use crate::tui::app::App;
use crate::tui::effect::Effect;
use crate::tui::msg::Output;

impl App {
    /// Output of an attempt grew.
    pub(super) fn grew(&mut self, id: &str, number: u32) -> Vec<Effect> {
        let now = self.session.now;
        let Some(driven) = self.shared.runs.find_mut(id) else { return Vec::new() };
        let Some(window) = driven.outputs.get_mut(&number) else { return Vec::new() };
        if window.grew(now) { vec![wanted(id, number, window.upto())] } else { Vec::new() }
    }

    /// Output was read.
    pub(super) fn read(&mut self, output: &Output) -> Vec<Effect> {
        let mut effects = self.feed_terminal(output);
        let Some(driven) = self.shared.runs.find_mut(&output.run) else { return effects };
        let window = driven.outputs.entry(output.number).or_default();
        window.take(output);
        if window.ask() {
            effects.push(wanted(&output.run, output.number, window.upto()));
        }
        effects
    }

    /// Asks for the output that is shown and was never read, and for what is still wanted of the others.
    pub(super) fn read_shown(&mut self) -> Vec<Effect> {
        let place = &self.session.place;
        let shown = about::shown_attempt(self.run(), place.selected, place.host.as_deref());
        let shown = shown.map(|a| a.intent.number);
        let driven = self.shared.runs.last_mut();
        let id = driven.run().id.clone();
        if let Some(number) = shown {
            driven.outputs.entry(number).or_default().want();
        }
        let asked = driven
            .outputs
            .iter_mut()
            .filter_map(|(number, window)| window.ask().then(|| wanted(&id, *number, window.upto())));
        asked.collect()
    }
}

fn wanted(run: &str, number: u32, after: u64) -> Effect {
    Effect::ReadOutput { run: run.to_owned(), number, after }
}
