//! The record as one Markdown file for a reader who does not have gonogo: what came of it, what was not straight, what
//! happened, every box and step, child runs in the same document, what is still owed, and how to verify it.
//!
//! No tables and no HTML: it reads the same as plain text. What others wrote is escaped, fenced and isolated by
//! [`Phrase`].

mod boxes;
mod head;
mod steps;

use crate::clock::rfc3339;
use crate::report::findings::{Finding, Kind, findings, sign};
use crate::report::owed::owed;
use crate::report::phrase::{Phrase, code, inline};
use crate::report::record::RunRecord;
use crate::report::span;
use crate::report::timeline::timeline;

/// Returns the record as Markdown.
#[must_use]
pub fn markdown(record: &RunRecord<'_>) -> String {
    let mut page = Page::default();
    page.heading(1, &format!("{}: {}", inline(record.run.title()), head::outcome(record.run)));
    head::write(&mut page, record);
    not_straight(&mut page, record);
    story(&mut page, record);
    body(&mut page, record, 2);
    still_owed(&mut page, record);
    how_to_verify(&mut page, record);
    page.text
}

/// Writes boxes and steps of `record` and of its child runs, with headings from `level` on.
fn body(page: &mut Page, record: &RunRecord<'_>, level: usize) {
    boxes::write(page, record, level);
    steps::write(page, record, level);
    for child in &record.children {
        let rollback = child.run.opened.parent.as_ref().is_some_and(|p| p.rollback);
        let word = if rollback { "Rollback" } else { "Child run" };
        let title = inline(child.run.title());
        page.heading(
            level,
            &format!("{word} {}: {title}: {}", code(&child.run.id), head::outcome(child.run)),
        );
        head::write(page, child);
        body(page, child, level + 1);
    }
}

fn not_straight(page: &mut Page, record: &RunRecord<'_>) {
    page.heading(2, "Not straight");
    let found = findings(record);
    if found.iter().all(|f| f.kind.harmless()) {
        page.paragraph("Nothing failed, nothing was unknown, nothing was waived, overruled or out of order.");
    }
    let mut last: Option<Kind> = None;
    for finding in &found {
        if last != Some(finding.kind) {
            page.bullet(0, &format!("**{}**", finding.kind.title()));
        }
        last = Some(finding.kind);
        page.bullet(1, &finding_line(finding, &record.run.id));
    }
}

fn finding_line(finding: &Finding, root: &str) -> String {
    let event = finding.seq.map(|seq| format!(" (event {seq})")).unwrap_or_default();
    format!("{}{}{event}", finding.what.markdown(), elsewhere(&finding.run, root))
}

/// Names the run of something that is not of the run that the record is about.
fn elsewhere(run: &str, root: &str) -> String {
    if run == root { String::new() } else { format!(", in run {}", code(run)) }
}

fn story(page: &mut Page, record: &RunRecord<'_>) {
    page.heading(2, "What happened");
    page.paragraph(
        "In the order of the log. ✓ came out well, ✗ did not, ? nobody knew, ~ was bent on purpose.",
    );
    let mut day = String::new();
    for moment in timeline(record) {
        let today = moment.at.wall.format("%Y-%m-%d").to_string();
        if today != day {
            page.bullet(0, &format!("**{today}**, UTC"));
            day = today;
        }
        let who =
            moment.who.as_ref().map(|w| Phrase::default().who(w).say(" ").markdown()).unwrap_or_default();
        let run = elsewhere(&moment.run, &record.run.id);
        let time = moment.at.wall.format("%H:%M:%S");
        let what = moment.what.markdown();
        page.bullet(1, &format!("{time} {} {who}{what}{run} (event {})", sign(moment.mark), moment.seq));
    }
}

fn still_owed(page: &mut Page, record: &RunRecord<'_>) {
    let open = owed(record);
    page.heading(2, "Owed");
    if open.is_empty() {
        page.paragraph("Nothing.");
    }
    for box_ in open {
        let until = match box_.due {
            Some(due) => format!("by {}", span::utc(due)),
            None => format!("within {} after the end of the run", span::clock(box_.within)),
        };
        page.bullet(
            0,
            &format!("{}, {until} (box {} of {})", inline(&box_.text), code(&box_.id.0), code(&box_.run)),
        );
    }
}

fn how_to_verify(page: &mut Page, record: &RunRecord<'_>) {
    page.heading(2, "How to verify this");
    let seal = &record.seal;
    page.bullet(
        0,
        &format!("The log is {}. Its newest event was {} when this was written.", code(&seal.log), seal.size),
    );
    page.bullet(0, &format!("The hash of that event is {}.", code(&seal.head)));
    let at = rfc3339(record.run.last_at.wall);
    let line = format!("gonogo-head v1 {} {} {} {at} -", seal.log, seal.size, seal.head);
    page.bullet(
        0,
        &format!(
            "Kept where nobody rewrites it, this witnesses the log, see {}: {}",
            code("gonogo verify --heads FILE"),
            code(&line)
        ),
    );
    if let Some(last) = record.events.last() {
        let what =
            format!("The newest event of this run is {} with the hash {}.", last.seq, code(&last.hash));
        page.bullet(0, &what);
    }
    let verified = if seal.verified.is_empty() {
        "The log was not verified for this export.".to_owned()
    } else {
        format!("Verification said: {}", inline(&seal.verified))
    };
    page.bullet(0, &verified);
    page.paragraph(
        "This file is a reading of the log, not the log. With gonogo, `gonogo verify --log FILE` checks the log. Without it, in bash:",
    );
    page.block(VERIFY);
}

/// Checks bodies and chain with stock tools: every body against its hash, every link against its own.
const VERIFY: &str = r#"```sh
sum() { while IFS= read -r line; do printf '%s\n' "$line" | sha256sum | cut -d ' ' -f 1; done; }
sqlite3 log.db 'SELECT body FROM event ORDER BY seq' | sum | diff - <(sqlite3 log.db 'SELECT body_sha FROM event ORDER BY seq') &&
sqlite3 log.db 'SELECT line FROM link ORDER BY seq' | sum | diff - <(sqlite3 log.db 'SELECT hash FROM link ORDER BY seq') &&
sqlite3 log.db 'SELECT count(*) FROM event a JOIN event b ON b.seq = a.seq + 1 WHERE b.prev <> a.hash'   # 0: the chain holds
```
"#;

/// A Markdown text that grows.
#[derive(Debug, Default)]
struct Page {
    text: String,
    in_list: bool,
}

impl Page {
    fn gap(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.in_list = false;
    }

    /// Adds a heading; deeper than the sixth level there is none.
    fn heading(&mut self, level: usize, words: &str) {
        self.gap();
        self.text.push_str(&format!("{} {words}\n", "#".repeat(level.clamp(1, 6))));
    }

    fn paragraph(&mut self, words: &str) {
        self.gap();
        self.text.push_str(&format!("{words}\n"));
    }

    /// Adds a list item, `depth` levels in.
    fn bullet(&mut self, depth: usize, words: &str) {
        if !self.in_list {
            self.gap();
        }
        self.in_list = true;
        self.text.push_str(&format!("{}- {words}\n", "  ".repeat(depth)));
    }

    /// Adds a block that ends with a line feed.
    fn block(&mut self, block: &str) {
        self.gap();
        self.text.push_str(block);
    }
}
