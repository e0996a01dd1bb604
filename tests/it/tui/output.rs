//! Output: following, holding, hostile text, bounded memory.

use gonogo::run::fact::Stream;
use gonogo::tui::effect::Effect;
use gonogo::tui::input::{Input, Mouse, MouseAct};
use gonogo::tui::msg::{Msg, Output, Piece};
use gonogo::tui::output::{LINES, Window};
use ratatui::style::{Color, Modifier};

use crate::it::tui::scenes;
use crate::support::runbooks::runbook;
use crate::support::runs::{host, opened};
use crate::support::screen::Screen;

fn lines(s: &mut Screen, from: usize, to: usize) {
    let text: String = (from..to).map(|n| format!("line {n}\n")).collect();
    s.prints(Stream::Stdout, &text);
}

#[test]
fn it_follows_until_it_is_held_and_again_after_end() {
    let mut s = scenes::running();
    lines(&mut s, 0, 50);
    assert!(s.text().contains("line 49") && s.text().contains("following  52 lines"), "{}", s.text());
    s.keys("<tab><tab><up><up>");
    assert!(s.text().contains("line 47") && !s.text().contains("line 48"), "{}", s.text());
    let before = s.line("line 47");
    lines(&mut s, 50, 88);
    assert!(s.text().contains("held, 40 below"), "{}", s.text());
    assert_eq!(s.line("line 47"), before, "what is read does not move");
    s.keys("<end>");
    assert!(s.text().contains("line 87") && s.text().contains("following"), "{}", s.text());
    s.keys("f");
    assert!(s.text().contains("held, 0 below"), "{}", s.text());
    s.keys("<home>");
    assert!(s.text().contains("Environment"), "{}", s.text());
    s.keys("f");
    assert!(s.text().contains("line 87"), "{}", s.text());
}

#[test]
fn hostile_text_becomes_no_command_and_no_lie() {
    let mut s = scenes::running();
    s.prints(Stream::Stdout, "\u{1b}]0;title\u{7}\u{1b}[2J\u{1b}[31mred\u{1b}[0m \u{202e}evil\u{9b}2J\n");
    let line = s.line("red");
    assert!(line.contains("⟨U+202E⟩"), "{line}");
    assert!(!line.chars().any(char::is_control));
    let buffer = s.draw();
    let red = buffer.content.iter().filter(|c| c.fg == Color::Indexed(1)).count();
    assert_eq!(red, 3, "colours of the host are kept");
}

#[test]
fn standard_error_is_marked_and_keeps_its_colour() {
    let s = scenes::running();
    let line = s.line("PHP Deprecated");
    assert!(line.starts_with(" 01:06:42 ! PHP"), "{line}");
}

#[test]
fn long_lines_wrap_or_are_cut() {
    let mut s = scenes::running();
    s.prints(Stream::Stdout, &format!("{}END\n", "x".repeat(100)));
    assert!(s.text().contains("xEND"), "{}", s.text());
    s.keys("<tab><tab>W");
    assert!(!s.text().contains("xEND") && s.text().contains("xx…"), "{}", s.text());
}

#[test]
fn output_is_found_by_words() {
    let mut s = scenes::running();
    lines(&mut s, 0, 90);
    s.keys("<tab><tab>/LINE 33");
    assert!(s.text().contains("line 33"), "{}", s.text());
    s.keys("<esc>");
    assert!(s.text().contains("line 33"));
}

#[test]
fn the_wheel_scrolls_what_is_under_it_and_a_click_selects() {
    let mut s = scenes::running();
    lines(&mut s, 0, 50);
    s.input(Input::Mouse(Mouse { what: MouseAct::WheelUp, column: 5, row: 18 }));
    assert!(s.text().contains("held"), "{}", s.text());
    s.input(Input::Mouse(Mouse { what: MouseAct::Press, column: 10, row: 7 }));
    assert_eq!(s.app.session.place.selected, 10);
    assert!(s.line("Mobile binaries").starts_with('▌'));
    assert!(s.sent.len() == 2 && s.app.session.dialog().is_none());
}

#[test]
fn a_selected_row_is_reversed_when_focused_and_only_bold_otherwise() {
    let mut s = scenes::running();
    let style = |s: &Screen| s.draw()[(10, 5)].modifier;
    assert!(style(&s).contains(Modifier::REVERSED));
    s.keys("<tab>");
    assert!(!style(&s).contains(Modifier::REVERSED) && style(&s).contains(Modifier::BOLD));
}

#[test]
fn a_window_keeps_a_bounded_tail() {
    let mut window = Window::default();
    let now = gonogo::clock::Stamp::at_unix(0);
    for n in 0..50_u64 {
        let bytes = "a line of output\n".repeat(500).into_bytes();
        let pieces = vec![Piece { stream: Stream::Stdout, at: now, bytes }];
        window.take(&Output { run: String::new(), number: 1, skipped: 0, pieces, upto: n + 1 });
    }
    assert_eq!(window.total(), 25_000);
    assert_eq!(window.rows(0).count(), LINES);
    assert_eq!(window.gone(), 25_000 - 2_000);
}

#[test]
fn one_read_is_under_way_at_a_time() {
    let mut window = Window::default();
    let now = gonogo::clock::Stamp::at_unix(0);
    assert!(window.grew(now));
    assert!(!window.grew(now));
    window.take(&Output { upto: 7, ..Output::default() });
    assert!(window.ask(), "what grew meanwhile is read next");
    assert!(!window.ask());
}

#[test]
fn an_old_answer_changes_nothing() {
    let mut s = scenes::running();
    let before = s.text();
    let run = s.app.run().id.clone();
    s.send(Msg::Output(Output { run, number: 1, skipped: 0, pieces: Vec::new(), upto: 0 }));
    assert_eq!(s.text(), before);
}

#[test]
fn a_command_stands_over_its_own_output_and_the_next_one_under_it() {
    let mut book = (*runbook("phase Pre\n box b \"B\"\n  step one on=api\n  step two on=api\n")).clone();
    book.boxes[0].steps[0].script = "echo first\n".to_owned();
    book.boxes[0].steps[1].script = "echo second\n".to_owned();
    let book = std::sync::Arc::new(book);
    let mut s = Screen::open(&book, opened(&book, vec![host("api", "api1")], None, &[]));
    s.pass(1);
    s.keys("<enter>");
    s.passes("said by the first\n");
    let text = s.text();
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("no {what}:\n{text}"));
    assert!(at("$ echo first") < at("exit 0"), "{text}");
    assert!(at("exit 0") < at("next  $ echo second"), "{text}");
}

#[test]
fn long_output_breaks_at_spaces() {
    let mut s = scenes::running();
    let words = "alphabetical ".repeat(12);
    s.prints(Stream::Stdout, &format!("{words}\n"));
    let text = s.text();
    assert_eq!(text.matches("alphabetical").count(), 12, "{text}");
}

#[test]
fn once_exported_enter_does_not_export_again() {
    let mut s = scenes::closed();
    s.keys("<enter>");
    let exports = |s: &Screen| s.effects.iter().filter(|e| matches!(e, Effect::Export { .. })).count();
    assert_eq!(exports(&s), 1);
    s.send(Msg::Told { text: "exported to r-7KQ2.md".to_owned(), at: s.now });
    s.pass(10);
    s.keys("<enter>");
    assert_eq!(exports(&s), 1);
    assert!(s.text().contains("exported to r-7KQ2.md e exports again"), "{}", s.text());
}
