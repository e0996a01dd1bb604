//! Paper: what is on it, and that no text of the file has an effect in it.

use gonogo::report::paper::{form, html, markdown};
use gonogo::runbook::model::Runbook;
use gonogo::runbook::parse;
use gonogo::text::sanitize::hazard;
use pulldown_cmark::{Event, Options, Parser};
use regex::Regex;

const BOOK: &str = include_str!("../../fixtures/runbooks/release.md");
const ARABIC: &str = include_str!("../../fixtures/runbooks/arabic.md");

/// Text that tries everything at once.
const EVIL: &str = "</p></pre></style></title><script>alert(1)</script><img src=x onerror=alert(1)> \" onload=\"x ' | `x` ``` *b* [l](javascript:x) \u{202e}gnp.exe \u{1b}[2J &amp;<!-- c --> \n\n- [x] forged\n```\nend\n</article>";

fn book(text: &str) -> Runbook {
    parse("test.md", text.as_bytes()).expect("it parses").0
}

/// Returns [`BOOK`] with `text` in every field that a file fills.
fn filled(text: &str) -> Runbook {
    let mut book = book(BOOK);
    let set = |field: &mut String| text.clone_into(field);
    set(&mut book.title);
    book.front.rollback = Some(text.to_owned());
    book.front.roles = vec![(text.to_owned(), Vec::new())];
    for phase in &mut book.phases {
        set(&mut phase.title);
        phase.prose = text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    for item in &mut book.boxes {
        set(&mut item.text);
        set(&mut item.id.0);
        item.prose = text.split_whitespace().collect::<Vec<_>>().join(" ");
        item.path = vec![text.to_owned()];
        item.runbook = Some(text.to_owned());
        item.mark = Some(text.to_owned());
        item.hints.value = Some(text.to_owned());
        if let Some(condition) = &mut item.condition {
            set(&mut condition.name);
        }
        for step in &mut item.steps {
            set(&mut step.title);
            set(&mut step.script);
            step.on = gonogo::runbook::model::On::Role(text.to_owned());
            step.danger = Some(text.to_owned());
            step.by_hand = Some(text.to_owned());
        }
        item.inline = item.steps.clone();
    }
    book
}

/// Returns every tag of `page`, in order, with its attributes.
fn tags(page: &str) -> Vec<String> {
    let tag = Regex::new("<[^>]*>").expect("a pattern");
    tag.find_iter(page).map(|m| m.as_str().to_owned()).collect()
}

#[test]
fn no_tag_or_attribute_of_the_file_survives_as_html() {
    let honest = html(&form("book.md", &filled("words")));
    let hostile = html(&form(EVIL, &filled(EVIL)));
    assert_eq!(tags(&hostile), tags(&honest));
    assert!(!hostile.chars().any(|c| c != '\n' && hazard(c).is_some()), "hidden characters");
    // What is left is text, so a browser sees neither elements nor references of the file's.
    let text = Regex::new("<[^>]*>").expect("a pattern").replace_all(&hostile, "").into_owned();
    assert!(text.contains("&lt;script&gt;alert(1)") && !text.contains('<') && !text.contains('\''));
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    let page = html(&form("book.md", &filled(EVIL)));
    for tag in tags(&page) {
        let name = tag.trim_start_matches(['<', '/', '!']);
        let name: String = name.chars().take_while(char::is_ascii_alphanumeric).collect();
        let known = [
            "DOCTYPE", "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "div",
            "span", "small", "section", "article", "code", "pre", "b", "bdi",
        ];
        assert!(known.contains(&name.as_str()), "{tag}");
        assert!(!tag.contains("src=") && !tag.contains("href=") && !tag.contains(" on"), "{tag}");
    }
    assert!(!page.contains("url(") && !page.contains("@import"));
    assert!(page.contains("default-src 'none'"));
}

/// Returns what a Markdown reader makes of `text`: its structure, without the words.
fn structure(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for event in Parser::new_ext(text, Options::ENABLE_TASKLISTS | Options::ENABLE_TABLES) {
        let word = match event {
            Event::Text(_) | Event::SoftBreak | Event::Code(_) => "text".to_owned(),
            Event::Start(tag) => format!("{tag:?}").split(' ').next().unwrap_or_default().to_owned(),
            other => format!("{other:?}").split('(').next().unwrap_or_default().to_owned(),
        };
        if out.last() != Some(&word) || word != "text" {
            out.push(word);
        }
    }
    out
}

#[test]
fn no_mark_of_the_file_survives_as_markdown() {
    let honest = markdown(&form("book.md", &filled("words")));
    let hostile = markdown(&form(EVIL, &filled(EVIL)));
    assert_eq!(structure(&hostile), structure(&honest), "{hostile}");
}

#[test]
fn the_markdown_form_has_the_same_boxes_and_nothing_to_run() {
    let source = book(BOOK);
    let (again, _) = parse("form.md", markdown(&form("book.md", &source)).as_bytes()).expect("it parses");
    let texts = |book: &Runbook| book.boxes.iter().map(|b| (b.text.clone(), b.depth)).collect::<Vec<_>>();
    assert_eq!(texts(&again), texts(&source));
    assert_eq!(again.boxes.iter().map(|b| b.steps.len()).sum::<usize>(), 0);
}

#[test]
fn a_release_on_paper() {
    insta::assert_snapshot!(markdown(&form("release.md", &book(BOOK))));
}

#[test]
fn right_to_left_text_has_its_own_direction_and_code_has_not() {
    let page = html(&form("arabic.md", &book(ARABIC)));
    let (_, body) = page.split_once("</style>").expect("a style");
    insta::assert_snapshot!(body);
}

#[test]
fn the_page_fits_whatever_paper_it_is_printed_on() {
    let page = html(&form("book.md", &filled(EVIL)));
    let (style, _) = page.split_once("</style>").expect("a style");
    // The printer says whether it is A4 or Letter: nothing here does, and no block is as wide as either (188 mm are left).
    assert!(!style.contains("size:") || !style.contains("@page { size"), "{style}");
    let widths = regex::Regex::new(r"(?:^|[;{ ])(?:min-)?width: ([0-9.]+)mm").unwrap();
    let widest = widths.captures_iter(style).map(|c| c[1].parse::<f64>().unwrap()).fold(0.0, f64::max);
    assert!(widest > 0.0 && widest < 40.0, "{widest} mm");
    for rule in [
        "h1, h2, h3, p, code, small { overflow-wrap: anywhere; }",
        "white-space: pre-wrap; overflow-wrap: anywhere;",
        "@media print { body { max-width: none; padding: 0; } }",
        "break-inside: avoid;",
    ] {
        assert!(style.contains(rule), "{rule} is missing from {style}");
    }
}
