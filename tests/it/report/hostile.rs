//! Hostile text in every field: nothing leaves its place in a document, nothing hidden stays hidden, and honest Arabic
//! comes through.

use gonogo::report::phrase::{code, fenced, inline};
use gonogo::report::{json, markdown, row, summary, table};
use gonogo::run::command::Action;
use gonogo::run::conclude::Report;
use gonogo::run::fact::{Outcome, RunOutcome};
use gonogo::runbook::ids::StepId;
use gonogo::text::sanitize::hazard;
use proptest::prelude::*;
use pulldown_cmark::{Event as Markdown, Options, Parser, Tag};

use super::samples::{Kept, connected, id, note_down, record, runs};
use crate::support::runbooks::runbook;
use crate::support::runs::{Table, host, opened, who};

/// Text that tries everything at once.
const EVIL: &str = "# h <script>alert(1)</script> | `x` ``` *b* [l](javascript:x) ![i](http://192.0.2.1/p) \u{202e}gnp.exe\u{2066} \u{1b}[2J\u{7} \n\n- [x] forged\n```\nend\n~~~\n<!-- c --> &amp; \u{200b}z";

/// Returns a run with `evil` in every field that a person, a file or a host fills.
fn run(evil: &str) -> (Table, Kept) {
    let mut book =
        (*runbook("phase Do\nbox b1 x value=V\n step s1 on=api capture=T\nbox b2 x\nbox b3 x due=1h"))
            .clone();
    evil.clone_into(&mut book.title);
    evil.clone_into(&mut book.phases[0].title);
    for item in &mut book.boxes {
        evil.clone_into(&mut item.text);
    }
    evil.clone_into(&mut book.boxes[0].steps[0].script);
    let mut fact = opened(&book, vec![host("api", "api-1")], Some("env"), &[]);
    fact.who = who(evil);
    for field in [&mut fact.title, &mut fact.runbook] {
        evil.clone_into(field);
    }
    fact.commit = Some(evil.to_owned());
    fact.beside = vec![evil.to_owned()];
    if let Some(env) = &mut fact.environment {
        evil.clone_into(&mut env.name);
    }
    evil.clone_into(&mut fact.hosts[0].user);
    evil.clone_into(&mut fact.hosts[0].address);
    fact.vars.insert("W".to_owned(), evil.to_owned());
    let mut table = Table::open(std::sync::Arc::new(book), fact);
    let said = || evil.to_owned();
    let act = |table: &mut Table, action| table.command(evil, action).expect("accepted");
    act(
        &mut table,
        Action::Start {
            step: StepId::from("s1"),
            retry: false,
            confirmed: Some(said()),
            out_of_order: false,
        },
    );
    let mut seen = connected("api-1");
    if let Report::Connected(seen) = &mut seen {
        for field in [&mut seen.trusted, &mut seen.about, &mut seen.fingerprint, &mut seen.key_type] {
            evil.clone_into(field);
        }
    }
    table.report(seen);
    table.report(Report::Lost { number: 1, why: said() });
    table.report(Report::Probed {
        number: 1,
        answer: gonogo::run::fact::Probe::Unreachable(said()),
        left: vec![said()],
        end: None,
    });
    act(
        &mut table,
        Action::Resolve {
            number: 1,
            verdict: gonogo::run::fact::Verdict::Failed,
            extent: None,
            evidence: said(),
        },
    );
    act(
        &mut table,
        Action::Start { step: StepId::from("s1"), retry: true, confirmed: None, out_of_order: false },
    );
    runs(&mut table, 2, Outcome::Exited(0), "v1");
    act(
        &mut table,
        Action::Sign { id: id("b1"), note: Some(said()), value: Some("v".to_owned()), out_of_order: false },
    );
    act(&mut table, Action::Unsign { id: id("b1"), reason: said() });
    act(
        &mut table,
        Action::Waive { id: id("b2"), reason: said(), risk_owner: Some(said()), out_of_order: true },
    );
    act(&mut table, Action::Note { id: Some(id("b1")), text: said() });
    note_down(
        &mut table,
        gonogo::run::event::Event::RunDriverChanged(gonogo::run::fact::RunDriverChanged {
            who: who(evil),
            before: said(),
            reason: said(),
        }),
    );
    act(&mut table, Action::Close { outcome: RunOutcome::Aborted, reason: Some(said()) });
    let mut kept = Kept::default();
    kept.keep("r-test", 2, evil, evil);
    (table, kept)
}

/// Returns the headings, and asserts that the document holds nothing but plain structure.
fn structure(page: &str) -> Vec<String> {
    let mut headings = Vec::new();
    let mut in_heading = false;
    for event in Parser::new_ext(page, Options::all()) {
        match event {
            Markdown::Html(html) | Markdown::InlineHtml(html) => panic!("HTML: {html}"),
            Markdown::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                panic!("a link to {dest_url}")
            }
            Markdown::Start(Tag::Table(_)) => panic!("a table"),
            Markdown::Start(Tag::Heading { .. }) => {
                in_heading = true;
                headings.push(String::new());
            }
            Markdown::End(pulldown_cmark::TagEnd::Heading(_)) => in_heading = false,
            Markdown::Text(text) | Markdown::Code(text) if in_heading => {
                headings.last_mut().expect("a heading").push_str(&text);
            }
            _ => {}
        }
    }
    headings
}

fn hidden(text: &str) -> Option<char> {
    text.chars().find(|c| hazard(*c).is_some() && !matches!(c, '\n' | '\u{2068}' | '\u{2069}'))
}

#[test]
fn hostile_text_stays_in_its_place() {
    let (table, kept) = run(EVIL);
    let record = record(&table, &kept);
    let page = markdown(&record);
    let (evil, mild) = (structure(&page), run("mild"));
    let mild = structure(&markdown(&super::samples::record(&mild.0, &mild.1)));
    assert_eq!(evil.len(), mild.len(), "hostile text made or ate headings: {evil:#?}");
    assert_eq!(hidden(&page), None, "a hidden character came through");
    insta::assert_snapshot!(page);
}

#[test]
fn a_forged_box_is_no_box() {
    let (table, kept) = run(EVIL);
    let page = markdown(&record(&table, &kept));
    let boxes =
        Parser::new_ext(&page, Options::all()).filter(|e| matches!(e, Markdown::TaskListMarker(_))).count();
    assert_eq!(boxes, 3, "one mark for each box of the runbook");
}

#[test]
fn summary_and_listing_are_one_line_each() {
    let (run, kept) = run(EVIL);
    let record = record(&run, &kept);
    let text = summary(&record);
    assert_eq!(text.lines().count(), 7, "{text}");
    assert_eq!(hidden(&text), None);
    let text = table(&[row(record.run)]);
    assert_eq!(text.lines().count(), 2, "{text}");
    assert_eq!(hidden(&text), None);
    assert!(json(&record).bytes().all(|b| matches!(b, b' '..=b'~' | b'\n')), "JSON is printable ASCII");
}

#[test]
fn isolates_stand_in_pairs_around_foreign_names() {
    let (run, kept) = run("نورة");
    let page = markdown(&record(&run, &kept));
    assert!(page.contains("\u{2068}نورة\u{2069} (typed)"), "an Arabic name in an isolate, then its proof");
    for line in page.lines() {
        let mut depth = 0_i32;
        for c in line.chars() {
            depth += i32::from(c == '\u{2068}') - i32::from(c == '\u{2069}');
            assert!((0..=1).contains(&depth), "{line}");
        }
        assert_eq!(depth, 0, "an isolate is left open: {line}");
    }
}

#[test]
fn arabic_persian_and_emoji_come_through_intact() {
    for text in ["نورة الشهري", "می\u{200c}خواهم", "王伟", "ok ✔\u{fe0f}"] {
        assert_eq!(inline(text), format!("\u{2068}{text}\u{2069}"));
        assert!(fenced(text, "text").contains(text));
    }
    assert_eq!(inline("layla"), "layla");
}

#[test]
fn colours_go_and_other_sequences_show() {
    assert_eq!(
        fenced("\u{1b}[1;31mred\u{1b}[0m\n\u{1b}[2Jx\r\ny\rz", "text"),
        "```text\nred\n␛[2Jx\ny␍z\n```\n"
    );
}

#[test]
fn a_fence_is_longer_than_any_in_the_text() {
    assert_eq!(fenced("a\n````\nb", "sh"), "`````sh\na\n````\nb\n`````\n");
    assert_eq!(code("a``b"), "```a``b```");
    assert_eq!(code("`"), "`` ` ``");
    assert_eq!(code(""), "“”");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_structure(evil in r"[ -~\n\u{1b}\u{202e}ا`#*|<>\[\]()!&~_\\-]{1,60}") {
        prop_assume!(!evil.trim().is_empty());
        let (table, kept) = run(&evil);
        let page = markdown(&record(&table, &kept));
        prop_assert_eq!(hidden(&page), None);
        let headings = structure(&page);
        prop_assert_eq!(headings.len(), 11, "{:#?}", headings);
        let boxes = Parser::new_ext(&page, Options::all()).filter(|e| matches!(e, Markdown::TaskListMarker(_)));
        prop_assert_eq!(boxes.count(), 3);
    }

    #[test]
    fn inline_text_reads_as_it_was_written(text in r"[ -~]{1,40}") {
        prop_assume!(!text.trim().is_empty());
        let mut read = String::new();
        // Between two words, as a sentence has it: at the end of a line Markdown drops spaces.
        let page = format!("a{}z", inline(&text));
        for event in Parser::new(&page) {
            match event {
                Markdown::Text(piece) => read.push_str(&piece),
                Markdown::Start(Tag::Paragraph) | Markdown::End(_) => {}
                other => prop_assert!(false, "{other:?} in {page}"),
            }
        }
        prop_assert_eq!(read, format!("a{text}z"));
    }
}
