//! What is drawn in the main states, with styles.
//!
//! `cargo test --test it it::tui::frames::show -- --ignored --nocapture` prints all frames; `SIZE=120x40` only those.

use gonogo::tui::theme::{Colours, Look};

use crate::it::tui::{connections, scenes};
use crate::support::screen::Screen;
use crate::support::screen::settings;
use crate::support::screen_runs::{release, staging};

type Scene = (&'static str, fn() -> Screen, &'static str);

/// The states, how they are reached, and the keys pressed there.
const SCENES: &[Scene] = &[
    ("start", scenes::start, ""),
    ("pre", scenes::pre, ""),
    ("sign", scenes::pre, "<enter>yusuf"),
    ("waive", scenes::pre, "w"),
    ("unsign", scenes::pre, "kkkku"),
    ("note", scenes::pre, "nasked qa"),
    ("gate", scenes::gate, "<enter>"),
    ("no-go", scenes::gate, "NiOS build in review<enter>"),
    ("gate-shut", scenes::pre, "g"),
    ("deploy", scenes::deploy, ""),
    ("script", scenes::failed, "i"),
    ("running", scenes::running, ""),
    ("cancel", scenes::running, "x"),
    ("leave", scenes::running, "q"),
    ("help", scenes::running, "?"),
    ("feed", scenes::running, "t"),
    ("failed", scenes::failed, ""),
    ("choice", scenes::failed, "<enter>"),
    ("rollback", scenes::failed, "R"),
    ("evidence", scenes::failed, "<enter>v<enter>it was there already"),
    ("confirm", scenes::danger, "produc"),
    ("quiet", scenes::quiet, ""),
    ("unknown", scenes::unknown, ""),
    ("verdict", scenes::unknown, "<enter>"),
    ("order", scenes::deploy, "j<enter>"),
    ("close", scenes::deploy, "Q"),
    ("done", scenes::done, ""),
    ("closed", scenes::closed, ""),
    ("stopped", scenes::stopped, ""),
    ("host-key", connections::new_key, ""),
    ("passphrase", connections::passphrase, ""),
];

fn scene(name: &str, size: (u16, u16)) -> Screen {
    let (_, reach, keys) = SCENES.iter().find(|(n, ..)| *n == name).expect("a scene");
    let mut s = reach();
    s.app.session.size = size;
    s.keys(keys);
    s
}

fn check(name: &str, size: (u16, u16)) {
    let s = scene(name, size);
    insta::assert_snapshot!(format!("{name}-{}x{}", size.0, size.1), s.styled());
}

#[test]
fn at_the_design_size() {
    for name in [
        "pre", "sign", "gate", "no-go", "deploy", "running", "choice", "confirm", "quiet", "verdict",
        "order", "help", "closed", "stopped",
    ] {
        check(name, (80, 24));
    }
}

#[test]
fn at_larger_sizes() {
    for name in ["pre", "running", "choice"] {
        check(name, (120, 40));
    }
    check("running", (200, 60));
}

#[test]
fn at_tiny_sizes() {
    for (name, size) in [
        ("running", (40, 10)),
        ("sign", (40, 10)),
        ("confirm", (40, 10)),
        ("choice", (40, 10)),
        ("running", (60, 16)),
        ("running", (24, 5)),
        ("running", (30, 2)),
        ("running", (1, 1)),
        ("unknown", (1, 1)),
    ] {
        check(name, size);
    }
}

#[test]
fn with_other_looks() {
    for (name, look) in [
        ("ascii", Look { colours: Colours::None, ascii: true }),
        ("true-colour", Look { colours: Colours::True, ascii: false }),
    ] {
        let mut s = scene("choice", (80, 24));
        s.app.session.look = look;
        insta::assert_snapshot!(format!("choice-{name}"), s.styled());
    }
}

#[test]
fn staging_is_not_production() {
    let book = release();
    let s = Screen::with(settings((80, 24)), &book, staging(&book));
    insta::assert_snapshot!("staging", s.styled());
}

#[test]
fn nothing_is_left_out_of_ascii() {
    for (name, ..) in SCENES {
        let mut s = scene(name, (120, 40));
        s.app.session.look.ascii = true;
        let odd: String = s.text().chars().filter(|c| !c.is_ascii() && !c.is_alphanumeric()).collect();
        assert_eq!(odd, "", "in {name}");
    }
}

#[test]
fn no_colour_is_no_colour() {
    for (name, ..) in SCENES {
        let mut s = scene(name, (120, 40));
        s.app.session.look.colours = Colours::None;
        let coloured =
            s.draw().content.iter().any(|cell| {
                cell.fg != ratatui::style::Color::Reset || cell.bg != ratatui::style::Color::Reset
            });
        assert!(!coloured, "in {name}");
    }
}

#[test]
fn every_state_is_drawn_at_every_size() {
    for (name, ..) in SCENES {
        let mut s = scene(name, (80, 24));
        for size in
            [(0, 0), (0, 9), (9, 0), (1, 1), (2, 2), (3, 40), (19, 3), (20, 4), (40, 10), (59, 16), (60, 15)]
        {
            s.app.session.size = size;
            s.draw();
        }
        for size in
            [(60, 16), (61, 17), (109, 40), (110, 16), (159, 16), (160, 16), (160, 17), (300, 100), (1, 300)]
        {
            s.app.session.size = size;
            s.draw();
        }
    }
}

#[test]
#[ignore = "prints frames to look at"]
fn show() {
    for (name, ..) in SCENES {
        for size in [(80, 24), (120, 40), (200, 60), (40, 10)] {
            let title = format!("{}x{}", size.0, size.1);
            if std::env::var("SIZE").is_ok_and(|s| s != title) {
                continue;
            }
            let s = scene(name, size);
            println!("=== {name} {title}");
            for line in s.text().lines() {
                let pad = usize::from(size.0).saturating_sub(gonogo::text::cut::width(line));
                println!("{line}{}|", " ".repeat(pad));
            }
        }
    }
}
