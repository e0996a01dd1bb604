//! The form of what stands open: at opening, on its key, and when a step lacks something.

use std::collections::BTreeMap;
use std::sync::Arc;

use gonogo::run::event::Event;
use gonogo::runbook::{Runbook, parse};
use gonogo::tui::input::Input;
use gonogo::tui::theme::{Colours, Look};

use crate::support::runs::{host, opened};
use crate::support::screen::{Screen, settings};

const BOOK: &str = "---
gonogo:
  vars:
    REGION: {choose: [fra1, ams3]}
    NOTE:
    TICKET: {match: '^OPS-\\d+$'}
---
# Release <version>

## Pre

- [ ] Tag <version> for {tenant}

  ```sh on=api name=tag
  git tag v<version> -m \"$NOTE\"
  curl -I https://{tenant}.example.net/health?region=$REGION
  ```

- [ ] Tell [channel name] that <version> is out

  ```sh on=api name=branch
  git checkout release/v1.0.x
  login --token \"$DEPLOY_TOKEN\"
  ```
";

fn book(text: &str) -> Arc<Runbook> {
    Arc::new(parse("x.md", text.as_bytes()).unwrap_or_else(|e| panic!("{e:#?}")).0)
}

fn at(size: (u16, u16), text: &str, last: &[(&str, &str)]) -> Screen {
    let mut settings = settings(size);
    settings.last_values = last.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let book = book(text);
    Screen::with(settings, &book, opened(&book, vec![host("api", "api1")], Some("staging"), &[]))
}

fn open() -> Screen {
    at((80, 24), BOOK, &[])
}

fn given(s: &Screen) -> BTreeMap<&str, &str> {
    let sets = s.log.iter().filter_map(|(_, r)| match &r.event {
        Event::ValueSet(e) => Some((e.value.name.as_str(), e.value.value.as_str())),
        _ => None,
    });
    sets.collect()
}

#[test]
fn the_form_stands_there_at_opening_and_gives_all_at_once() {
    let mut s = open();
    assert!(s.text().contains("Fill in, 6 values wanted"), "{}", s.text());
    s.keys("<right>");
    assert!(s.text().contains("fra1"), "{}", s.text());
    s.keys("<right><enter>any words; at all<enter>OPS<enter>");
    assert!(s.text().contains("TICKET: does not match ^OPS-\\d+$"), "{}", s.text());
    s.keys("-7<enter>1.4.2<enter>acme<enter>");
    assert!(given(&s).is_empty(), "{}", s.text());
    s.keys("t0ken<enter>");
    let all = [
        ("DEPLOY_TOKEN", "t0ken"),
        ("NOTE", "any words; at all"),
        ("REGION", "ams3"),
        ("TENANT", "acme"),
        ("TICKET", "OPS-7"),
        ("VERSION", "1.4.2"),
    ];
    assert_eq!(given(&s), all.into());
    assert!(s.app.session.dialog().is_none());
    assert!(s.text().contains("Tag 1.4.2 for acme") && s.text().contains("git tag v1.4.2"), "{}", s.text());
    s.keys("<enter>");
    let (_, order) = s.sent.front().expect("it runs now");
    assert!(order.intent.script.contains("https://acme.example.net"), "{}", order.intent.script);
}

#[test]
fn it_can_be_left_with_the_words_kept_and_comes_back_on_its_key() {
    let mut s = open();
    s.keys("<down>half a note<esc>");
    assert!(s.app.session.dialog().is_none() && given(&s).is_empty());
    assert!(s.text().contains("⟨<version>⟩"), "{}", s.text());
    assert!(s.text().lines().last().unwrap_or_default().contains("= values"), "{}", s.text());
    s.keys("=");
    assert!(s.text().contains("half a note"), "{}", s.text());
    // Enter on an empty field gives what there is.
    s.keys("<up><enter>");
    assert_eq!(given(&s), [("NOTE", "half a note")].into());
}

#[test]
fn a_step_that_lacks_something_opens_it_where_the_cursor_belongs() {
    let mut s = open();
    s.keys("<esc>");
    s.keys("<enter>");
    assert!(s.sent.is_empty());
    assert!(s.text().contains("Fill in"), "{}", s.text());
    s.keys("x y");
    assert!(s.text().contains("does not fit") && s.text().contains("is none of: fra1, ams3"), "{}", s.text());
}

#[test]
fn the_last_run_s_values_stand_in_it_and_say_so() {
    let last = [
        ("VERSION", "1.4.1"),
        ("REGION", "nyc1"),
        ("TENANT", "acme"),
        ("DEPLOY_TOKEN", "s3cret"),
        ("TICKET", "OPS-1"),
    ];
    let mut s = at((80, 24), BOOK, &last);
    let text = s.text();
    assert!(
        text.contains("1.4.1") && text.contains("acme") && text.contains("✓ from the last run"),
        "{text}"
    );
    assert!(!text.contains("nyc1"), "what is no choice any more is not offered: {text}");
    assert!(!text.contains("s3cret"), "what sounds like a secret is typed anew: {text}");
    s.keys("<right><enter>note<enter>tok<enter>");
    assert_eq!(given(&s).get("VERSION"), Some(&"1.4.1"));
    assert_eq!(given(&s).len(), 6);
}

#[test]
fn what_is_set_can_be_changed_and_the_record_says_what_it_was() {
    let mut s =
        at((80, 24), "# X\n\n- [ ] Tag <version>\n\n  ```sh on=api\n  git tag <version>\n  ```\n", &[]);
    s.keys("1.0<enter>");
    s.keys("=");
    assert!(s.text().contains("✓ set"), "{}", s.text());
    s.keys("<c-u>1.1<enter>");
    let reasons: Vec<Option<String>> = s
        .log
        .iter()
        .filter_map(|(_, r)| match &r.event {
            Event::ValueSet(e) => Some(e.reason.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(reasons, [None, Some("it was 1.0".to_owned())]);
    assert!(s.text().contains("git tag 1.1"), "{}", s.text());
}

#[test]
fn pasted_wide_and_right_to_left_text_is_taken_by_variables_and_shown_whole() {
    let mut s = open();
    s.keys("<down>");
    s.input(Input::Paste("ملاحظة 検査\nline two ".to_owned() + &"long ".repeat(40)));
    assert!(s.text().contains("fits"), "{}", s.text());
    s.keys("<home>");
    assert!(s.text().contains("ملاحظة"), "{}", s.text());
    s.keys("<esc>");
    let mut s = open();
    s.keys("<down><down><down>");
    s.input(Input::Paste("1.0\nrm -rf /".to_owned()));
    assert!(s.text().contains("does not fit"), "{}", s.text());
    s.keys("<enter>");
    assert!(given(&s).is_empty());
}

#[test]
fn a_run_with_nothing_open_has_no_form() {
    let mut s = at((80, 24), "# X\n\n- [ ] A\n\n  ```sh on=api\n  ls\n  ```\n", &[]);
    assert!(s.app.session.dialog().is_none());
    s.keys("=");
    assert!(s.text().contains("nothing is to be filled in here"), "{}", s.text());
}

#[test]
fn a_run_with_only_offers_does_not_ask_by_itself() {
    let mut s = at((80, 24), "# X\n\n- [ ] A\n\n  ```sh on=api\n  git checkout release/v1.0.x\n  ```\n", &[]);
    assert!(s.app.session.dialog().is_none());
    s.keys("=");
    assert!(s.text().contains("may stay open"), "{}", s.text());
}

#[test]
fn what_it_looks_like() {
    for (size, keys) in
        [((80, 24), "<right><enter>what changes"), ((40, 10), "<down><down>OPS"), ((120, 40), "")]
    {
        let mut s = at(size, BOOK, &[("VERSION", "1.4.1")]);
        s.keys(keys);
        insta::assert_snapshot!(format!("form-{}x{}", size.0, size.1), s.styled());
    }
    let mut s = open();
    s.keys("<esc>");
    insta::assert_snapshot!("left-80x24", s.styled());
    let mut s = open();
    s.app.session.look = Look { colours: Colours::None, ascii: true };
    s.keys("<esc>i");
    insta::assert_snapshot!("script-ascii-80x24", s.styled());
}

#[test]
fn it_scrolls_to_the_field_with_the_cursor_in_a_small_window() {
    let mut s = at((40, 10), BOOK, &[]);
    for name in ["REGION", "NOTE", "TICKET", "VERSION", "TENANT", "DEPLOY_TOKEN", "V1_0_X"] {
        let text = s.text();
        assert!(text.lines().any(|l| l.contains("▸") && l.contains(name)), "{name}:\n{text}");
        s.keys("<down>");
    }
}
