//! The runbook's file changes under a run: a banner, one record for each new text, and the run goes on as it was.

use gonogo::report::changes::Disk;
use gonogo::run::event::Event;
use gonogo::tui::msg::Msg;

use crate::it::tui::scenes;
use crate::support::screen::Screen;

fn disk(s: &mut Screen, now: Option<&str>, changes: &[&str]) {
    let disk = now.map(|now| Disk {
        now: now.to_owned(),
        changes: changes.iter().map(|line| (*line).to_owned()).collect(),
    });
    let run = s.app.run().id.clone();
    s.send(Msg::Disk { run, disk, at: s.now });
}

fn recorded(s: &Screen) -> Vec<String> {
    let facts = s.log.iter().filter_map(|f| match &f.1.event {
        Event::RunbookChanged(e) => Some(e.now.clone()),
        _ => None,
    });
    facts.collect()
}

#[test]
fn a_change_shows_a_banner_and_is_recorded_once_for_each_text() {
    let mut s = scenes::failed();
    let before = s.app.run().clone();
    disk(&mut s, Some("aa"), &["removed: Two", "moved: Three, line 4"]);
    assert!(s.text().contains("the runbook's file changed"), "{}", s.text());
    disk(&mut s, Some("aa"), &["removed: Two", "moved: Three, line 4"]);
    assert_eq!(recorded(&s), ["aa"]);
    disk(&mut s, Some("bb"), &["added: \u{202e}Four"]);
    disk(&mut s, Some("aa"), &["removed: Two", "moved: Three, line 4"]);
    assert_eq!(recorded(&s), ["aa", "bb"]);
    assert_eq!(s.app.run().runbook, before.runbook, "the run keeps its text");
    disk(&mut s, None, &[]);
    assert!(!s.text().contains("file changed"), "{}", s.text());
}

#[test]
fn the_details_say_what_differs_and_how_to_take_it() {
    let mut s = scenes::failed();
    disk(&mut s, Some("aa"), &["removed: Two", "added: \u{202e}Four"]);
    // The pane of the selected box.
    s.keys("<tab>");
    let text = s.text();
    for words in
        ["The runbook's file has changed.", "removed: Two", "⟨U+202E⟩Four", "close this run and open a new"]
    {
        let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(joined.contains(words), "{words}:\n{text}");
    }
}
