//! Random hands: no key, size or event makes the screen fall over, and nothing is sent without a record.

use gonogo::run::fact::{Outcome, Stream};
use gonogo::tui::input::{Code, Input, Key, Mods, Mouse, MouseAct};
use proptest::prelude::*;

use crate::it::tui::scenes;
use crate::support::screen::Screen;

#[derive(Debug, Clone)]
enum Hand {
    Key(Key, i64),
    Paste(String),
    Resize(u16, u16),
    Mouse(Mouse),
    Pass(u64),
    Started,
    Prints(String),
    Ends(i32),
    FailLog,
    LogBack,
    Resume,
}

fn key() -> impl Strategy<Value = Key> {
    let letters = " abcefgijklmnopqrstuvwxyzRWNAQ/?[]123".chars().collect::<Vec<_>>();
    let code = prop_oneof![
        12 => prop::sample::select(letters).prop_map(Code::Char),
        8 => Just(Code::Enter),
        2 => Just(Code::Esc),
        2 => Just(Code::Tab),
        1 => prop::sample::select(vec![
            Code::Up, Code::Down, Code::Left, Code::Right, Code::Home, Code::End, Code::PageUp, Code::PageDown,
            Code::Backspace, Code::Delete, Code::BackTab, Code::F(1), Code::Other, Code::Char('ي'), Code::Char('本'),
        ]),
    ];
    (code, prop::bool::weighted(0.05), prop::bool::weighted(0.05)).prop_map(|(code, ctrl, repeat)| Key {
        code,
        mods: Mods { ctrl, alt: false, shift: false },
        repeat,
    })
}

fn hand() -> impl Strategy<Value = Hand> {
    prop_oneof![
        40 => (key(), prop::sample::select(vec![5_i64, 200, 1_000, 5_000])).prop_map(|(k, ms)| Hand::Key(k, ms)),
        2 => "[ -~\u{202e}\n\r\u{1b}本ي]{0,12}".prop_map(Hand::Paste),
        4 => (0_u16..170, 0_u16..50).prop_map(|(w, h)| Hand::Resize(w, h)),
        2 => (0_u16..210, 0_u16..64, 0_u8..3).prop_map(|(column, row, what)| Hand::Mouse(Mouse {
            what: [MouseAct::Press, MouseAct::WheelUp, MouseAct::WheelDown][usize::from(what)],
            column,
            row,
        })),
        2 => (1_u64..40).prop_map(Hand::Pass),
        4 => Just(Hand::Started),
        4 => "[ -~\u{1b}\n\t\r本ي\u{7}]{0,60}".prop_map(Hand::Prints),
        6 => (0_i32..3).prop_map(Hand::Ends),
        1 => Just(Hand::FailLog),
        2 => Just(Hand::LogBack),
        1 => Just(Hand::Resume),
    ]
}

fn play(s: &mut Screen, hand: &Hand) {
    match hand {
        Hand::Key(key, ms) => {
            s.now = crate::support::screen::later(s.now, *ms);
            s.send(gonogo::tui::msg::Msg::Input(Input::Key(*key), s.now));
        }
        Hand::Paste(text) => s.input(Input::Paste(text.clone())),
        Hand::Resize(w, h) => s.input(Input::Resize(*w, *h)),
        Hand::Mouse(mouse) => s.input(Input::Mouse(*mouse)),
        Hand::Pass(seconds) => s.pass(*seconds),
        Hand::Started if !s.sent.is_empty() => s.started(),
        Hand::Prints(text) if !s.sent.is_empty() => s.prints(Stream::Stderr, text),
        Hand::Ends(code) if !s.sent.is_empty() => s.ends(Outcome::Exited(*code), "out\n"),
        Hand::FailLog => {
            s.answers = false;
            s.keys("nx<enter>");
            s.fail_log("disk full");
        }
        Hand::LogBack => {
            s.answers = true;
            s.acknowledge();
            s.send(gonogo::tui::msg::Msg::LogBack(s.now));
        }
        Hand::Resume if s.answers => {
            let settings = crate::support::screen::settings(s.app.session.size);
            s.resume(settings);
        }
        _ => {}
    }
    s.draw();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn nothing_falls_over(begin in 0_usize..4, hands in prop::collection::vec(hand(), 1..60)) {
        let mut s = [scenes::start, scenes::deploy, scenes::failed, scenes::unknown][begin]();
        for hand in &hands {
            if s.app.quit().is_some() {
                break;
            }
            play(&mut s, hand);
        }
        // `Screen::take` has held each step that was sent against the recorded intents.
        let sent = s.log.iter().filter(|(_, f)| f.event.kind() == "step.intended").count();
        prop_assert!(s.sent.len() <= sent);
    }

    #[test]
    fn every_cell_is_harmless(w in 0_u16..130, h in 0_u16..45, text in "\\PC{0,40}", hostile in "[\u{0}-\u{1f}\u{7f}-\u{9f}\u{200b}-\u{200f}\u{202a}-\u{202e}]{0,20}") {
        let mut s = scenes::running();
        s.prints(Stream::Stdout, &format!("{text}{hostile}\n"));
        s.keys("n");
        s.input(Input::Paste(format!("{hostile}{text}")));
        s.keys("<enter>");
        s.app.session.size = (w, h);
        for cell in &s.draw().content {
            for c in cell.symbol().chars() {
                prop_assert!(!c.is_control() && !('\u{202a}'..='\u{202e}').contains(&c), "{:?}", cell.symbol());
            }
        }
    }
}
