//! Findings as text for a terminal: `file:line:column`, the source line and a mark under it; the only user of
//! `annotate-snippets`.
//!
//! The source line is cut to a window around the finding and made harmless before the renderer sees it, so neither
//! an endless line nor a hostile one reaches the terminal.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, LineIndex, Place, Severity};
use crate::text::sanitize;

/// How findings are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Text alone.
    Plain,
    /// With terminal colours.
    Coloured,
}

/// Characters of the source line shown before and after the start of a finding.
const BEFORE: usize = 60;
const AFTER: usize = 100;

/// Returns the findings about `source`, which is called `name`, each followed by an empty line.
///
/// `source` may be the lossy text of a file that is not UTF-8: only line numbers and columns are used then.
#[must_use]
pub fn render(name: &str, source: &str, findings: &[Diagnostic], look: Look) -> String {
    let index = LineIndex::new(source);
    let renderer = match look {
        Look::Plain => Renderer::plain(),
        Look::Coloured => Renderer::styled(),
    };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(BEFORE + AFTER + 20);
    let name = sanitize(name);
    findings.iter().map(|finding| one(&name, &index, finding, &renderer)).collect()
}

fn one(name: &str, index: &LineIndex<'_>, finding: &Diagnostic, renderer: &Renderer) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(sanitize(&finding.message).into_owned()).id(finding.code);
    let mut group: Group<'_> = Group::with_title(title);
    let mut origin = name.to_owned();
    let mut gutter = 1;
    if let Some(place) = &finding.place {
        origin = format!("{name}:{}:{}", place.line, place.column);
        gutter = place.line.to_string().len();
        let window = Window::new(index, place);
        let mark = AnnotationKind::Primary.span(window.mark);
        group = group.element(Snippet::source(window.text).line_start(place.line).annotation(mark));
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(sanitize(help).into_owned()));
    }
    // The snippet holds a window of a line made harmless, so only we know the true column: the origin is ours.
    let body = renderer.render(&[group]);
    let (head, rest) =
        body.split_once('\n').map_or((body.as_str(), String::new()), |(h, r)| (h, format!("\n{r}")));
    format!("{head}\n{:gutter$}--> {origin}{rest}\n\n", "")
}

/// The part of a source line that is shown, harmless, and the bytes in it to mark.
struct Window {
    text: String,
    mark: Range<usize>,
}

impl Window {
    fn new(index: &LineIndex<'_>, place: &Place) -> Self {
        let line = index.text().get(index.line_range(place.line)).unwrap_or_default();
        let column = place.column.saturating_sub(1);
        let short = line.chars().nth(BEFORE + AFTER).is_none();
        let skipped = if short { 0 } else { column.saturating_sub(BEFORE) };
        let marked = index.text().get(place.bytes.clone()).unwrap_or_default();
        let marked = marked.split(['\n', '\r']).next().unwrap_or_default().chars().count();
        let part = |skip: usize, take: usize| line.chars().skip(skip).take(take).collect::<String>();
        let before = part(skipped, column - skipped);
        let most = if short { BEFORE + AFTER } else { AFTER };
        let within = part(column, marked.min(most));
        let end = column + within.chars().count();
        let after = part(end, most.saturating_sub(within.chars().count()));
        let more = line.chars().nth(end + after.chars().count()).is_some();
        let (before, within, after) = (visible(&before), visible(&within), visible(&after));
        let lead = if skipped > 0 { "…" } else { "" };
        let start = lead.len() + before.len();
        let tail = if more { "…" } else { "" };
        let text = format!("{lead}{before}{within}{after}{tail}");
        Self { mark: start..start + within.len(), text }
    }
}

/// Tabs are drawn as one space so that the mark stands under what it marks.
fn visible(text: &str) -> String {
    sanitize(&text.replace('\t', " ")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(source: &str, part: &str) -> Diagnostic {
        let at = source.find(part).expect("the part stands in the source");
        Diagnostic::error("unknown-key", format!("`{part}` is not known"))
            .at(LineIndex::new(source).place(at..at + part.len()))
            .help("did you mean `on`?")
    }

    #[test]
    fn a_finding_shows_where_it_stands() {
        let source = "# Title\n\n```sh onn=web\nuptime\n```\n";
        insta::assert_snapshot!(render("run.md", source, &[finding(source, "onn")], Look::Plain), @r##"
        error[unknown-key]: `onn` is not known
         --> run.md:3:7
          |
        3 | ```sh onn=web
          |       ^^^
          |
          = help: did you mean `on`?
        "##);
        assert!(render("run.md", source, &[finding(source, "onn")], Look::Coloured).contains("\u{1b}["));
    }

    #[test]
    fn hostile_and_endless_lines_are_tamed() {
        let source = format!("{}\u{202e}\u{1b}[31m\tbad{}\n", "x".repeat(5_000), "y".repeat(5_000));
        let shown = render("a\u{1b}b.md", &source, &[finding(&source, "bad")], Look::Plain);
        insta::assert_snapshot!(shown, @r##"
        error[unknown-key]: `bad` is not known
         --> a␛b.md:1:5008
          |
        1 | …xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx⟨U+202E⟩␛[31m badyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…
          |                                                                     ^^^
          |
          = help: did you mean `on`?
        "##);
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n'));
    }

    #[test]
    fn findings_about_the_whole_file_and_beyond_its_end_are_rendered() {
        let whole = Diagnostic::warning("no-boxes", "nothing to walk");
        let beyond = Diagnostic::error("x", "y").at(Place { bytes: 90..99, line: 7, column: 3 });
        insta::assert_snapshot!(render("e.md", "one\n", &[whole, beyond], Look::Plain), @r##"
        warning[no-boxes]: nothing to walk
         --> e.md

        error[x]: y
         --> e.md:7:3
          |
        7 |
          | ^
        "##);
    }

    #[test]
    fn columns_count_characters_and_lines_end_in_three_ways() {
        let source = "\u{feff}é本x\r\nab\rcd\n";
        let place = |part: &str| {
            let at = source.find(part).expect("the part stands in the source");
            let place = LineIndex::new(source).place(at..at + 1);
            (place.line, place.column)
        };
        assert_eq!([place("é"), place("x"), place("b"), place("d")], [(1, 1), (1, 3), (2, 2), (3, 2)]);
    }
}
