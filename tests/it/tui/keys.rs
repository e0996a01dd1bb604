//! The one table of keys.

use gonogo::tui::input::{Code, Key};
use gonogo::tui::keymap::{self, Act, TABLE};
use gonogo::tui::session::Pane;

use crate::it::tui::scenes;

const PANES: [Pane; 4] = [Pane::List, Pane::Detail, Pane::Output, Pane::Feed];

#[test]
fn no_key_means_two_things_in_one_place() {
    for pane in PANES {
        let mut seen: Vec<Key> = Vec::new();
        for entry in TABLE.iter().filter(|e| e.works_in(pane)) {
            for key in entry.keys {
                assert!(!seen.contains(key), "{key:?} twice in {pane:?}");
                seen.push(*key);
            }
        }
    }
}

#[test]
fn every_action_has_words_and_a_row_in_the_help() {
    let mut listed = "";
    for entry in TABLE {
        assert!(
            !entry.help.is_empty() && !entry.name.is_empty() && !entry.keys.is_empty(),
            "{:?}",
            entry.act
        );
        if entry.listed() {
            listed = entry.show;
        } else {
            let named = entry.keys.iter().any(|k| match k.code {
                Code::Char(c) => listed.contains(c),
                Code::Up => listed.contains('↑'),
                Code::PageUp => listed.contains("PgUp"),
                Code::End => listed.contains("End"),
                Code::BackTab => listed.contains("Tab"),
                _ => false,
            });
            assert!(named, "{:?} is not named in {listed}", entry.act);
        }
        assert_eq!(TABLE.iter().filter(|e| e.act == entry.act).count(), 1, "{:?} stands twice", entry.act);
    }
}

#[test]
fn the_help_shows_every_row_at_the_design_size() {
    let mut s = scenes::running();
    s.keys("?");
    let text = s.text();
    for entry in TABLE.iter().filter(|e| e.listed()) {
        assert!(text.contains(entry.help), "{} is missing:\n{text}", entry.help);
    }
}

#[test]
fn the_help_finds_words_and_does_what_it_found() {
    let mut s = scenes::running();
    s.keys("?/undo");
    assert!(s.text().contains("un-sign: undo a sign-off"));
    assert!(!s.text().contains("roll back; hand run over"));
    s.keys("<esc>/status<enter>");
    assert!(matches!(s.effects.last(), Some(gonogo::tui::effect::Effect::Copy(_))));
    assert!(s.app.session.dialog().is_none());
}

#[test]
fn keys_of_the_table_reach_their_action() {
    assert_eq!(keymap::find(Pane::List, &Key::plain(Code::Char(' '))), Some(Act::Sign));
    assert_eq!(keymap::find(Pane::Output, &Key::plain(Code::Char(' '))), None);
    assert_eq!(keymap::find(Pane::List, &Key::ctrl('c')), Some(Act::Interrupt));
}

#[test]
fn the_key_line_ends_with_help_and_the_way_out() {
    for (reach, keys) in
        [(scenes::start as fn() -> _, ""), (scenes::running, ""), (scenes::running, "<tab><tab>")]
    {
        let mut s = reach();
        s.keys(keys);
        for width in [60, 80, 120] {
            s.app.session.size = (width, 24);
            let text = s.text();
            let last = text.lines().last().unwrap_or_default();
            let out = if keys.is_empty() { "q leave" } else { "Esc back" };
            assert!(last.trim_end().ends_with(out) && last.contains("? all"), "{width}: {last}");
        }
    }
}
