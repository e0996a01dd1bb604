//! Any bytes are parsed, checked, outlined, planned and printed without a panic, and every check box is one box.
//!
//! Needs a nightly compiler and cargo-fuzz; with the fixtures as seeds:
//! `cargo +nightly fuzz run --fuzz-dir tests/fuzz parse tests/fuzz/corpus/parse tests/fixtures/runbooks`.
#![no_main]

use std::hint::black_box;

use gonogo::diag::{Look, render};
use gonogo::runbook::parse;
use libfuzzer_sys::fuzz_target;
use pulldown_cmark::{Event, Options, Parser};

#[path = "../../it/runbook/tell.rs"]
mod tell;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    match parse("fuzz.md", bytes) {
        Ok((runbook, _)) => {
            for (_, tell) in tell::COMMANDS {
                black_box(tell(&runbook, &text));
            }
            // Front matter is no Markdown, and a byte order mark is no text.
            if !text.trim_start_matches('\u{feff}').starts_with("---") {
                let options = Options::ENABLE_TASKLISTS
                    | Options::ENABLE_TABLES
                    | Options::ENABLE_STRIKETHROUGH
                    | Options::ENABLE_GFM;
                let body = text.trim_start_matches('\u{feff}');
                let marks =
                    Parser::new_ext(body, options).filter(|e| matches!(e, Event::TaskListMarker(_))).count();
                let boxes = runbook.boxes.iter().filter(|b| !b.derived).count();
                assert_eq!(boxes, marks);
            }
        }
        Err(found) => {
            assert!(found.iter().any(|f| f.is_error()));
            black_box(render("fuzz.md", &text, &found, Look::Plain));
        }
    }
});
