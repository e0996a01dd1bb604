//! Parsing as a whole: bytes in, a runbook or findings out; pure, never panics, work linear in the input.

use sha2::{Digest, Sha256};

use super::findings::Findings;
use super::front::FrontMatter;
use super::markdown::{Block, Refused};
use super::model::{BoxesFrom, Runbook};
use super::source::{describe, hazards};
use super::walk::Draft;
use super::{
    MAX_BLOCKS, MAX_BYTES, MAX_MARKS, MAX_NESTING, assemble, front, markdown, placeholder, source, walk,
};
use crate::diag::{Diagnostic, LineIndex};
use crate::text::sanitize::Hazard;

/// Parses the runbook `bytes` of the file called `name` and returns it with its warnings.
///
/// # Errors
/// All findings, at least one of them an error, in the order of the file.
pub fn parse(name: &str, bytes: &[u8]) -> Result<(Runbook, Vec<Diagnostic>), Vec<Diagnostic>> {
    match survey(name, bytes) {
        (Some(runbook), findings) if !findings.iter().any(Diagnostic::is_error) => Ok((runbook, findings)),
        (_, findings) => Err(findings),
    }
}

/// Returns as much of a runbook as can be made of `bytes`, for showing what stands in a file that no run would open,
/// and all findings in the order of the file. Only without an error among them is it one to walk.
#[must_use]
pub fn survey(name: &str, bytes: &[u8]) -> (Option<Runbook>, Vec<Diagnostic>) {
    let text = match source::text(bytes, MAX_BYTES) {
        Ok(text) => text,
        Err(finding) => return (None, vec![finding]),
    };
    let index = LineIndex::new(text);
    let mut findings = Findings::new(&index);
    let front = front::read(&index, &mut findings);
    let blocks = match markdown::build(text, front.body) {
        Ok(blocks) => blocks,
        Err(refused) => {
            too_much(&refused, &mut findings);
            return (None, findings.done());
        }
    };
    let draft = draft(text, &blocks, name, &front, &mut findings);
    drop(blocks);
    let mut runbook = assemble::assemble(text, draft, front, &mut findings);
    placeholder::collect(text, &mut runbook, &mut findings);
    hidden(text, &mut findings);
    let sha256 = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
    (Some(Runbook { sha256, ..runbook }), findings.done())
}

/// Walks `blocks`. Where that finds no box and nobody said what is one, the bullets are: a file that has only these is
/// a list of what to do all the same.
fn draft<'i>(
    text: &str,
    blocks: &[Block],
    name: &str,
    front: &FrontMatter,
    findings: &mut Findings<'i>,
) -> Draft {
    let walk = |from, findings: &mut Findings<'i>| {
        walk::walk(text, blocks, front.title.as_deref(), name, from, findings)
    };
    let mut first = findings.clone();
    let draft = walk(front.front.boxes, &mut first);
    if !draft.boxes.is_empty() || front.front.boxes != BoxesFrom::Unsaid || !walk::has_items(blocks) {
        *findings = first;
        return draft;
    }
    drop(draft);
    let draft = walk(BoxesFrom::All, findings);
    if let Some(first) = draft.boxes.first() {
        let message = "no check box, no number and no step stands in this file, so its bullets are the boxes";
        let help = "make `- [ ]` of those that somebody confirms, or write `boxes: all` in the front matter";
        findings.warning("bullets-as-boxes", &first.bytes, message, help);
    }
    draft
}

/// Says which limit a file is beyond, and from where on.
fn too_much(refused: &Refused, findings: &mut Findings<'_>) {
    let (code, bytes, message) = match refused {
        Refused::Nesting(bytes) => {
            ("too-deep", bytes, format!("lists and quotes are nested deeper than {MAX_NESTING} here"))
        }
        Refused::Blocks(bytes) => {
            let most = "paragraphs, headings, items, rows and blocks of code a runbook may have";
            ("too-large", bytes, format!("here end the {MAX_BLOCKS} {most}"))
        }
        Refused::Marks(bytes) => {
            let most = "marks of Markdown (such as `*`, `[`, `|`; a line counts as two) a runbook may have";
            ("too-large", bytes, format!("here end the {MAX_MARKS} {most}"))
        }
    };
    findings.error_help(code, &(bytes.start..bytes.start), message, "split it into several runbooks");
}

/// Prose may hold characters that hide or reorder, but somebody should look: the first of each kind is named.
fn hidden(text: &str, findings: &mut Findings<'_>) {
    let skipped = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let body = text.get(skipped..).unwrap_or_default();
    let mut firsts: Vec<(usize, char, Hazard, usize)> = Vec::new();
    for (at, c, kind) in hazards(body, true) {
        match firsts.iter_mut().find(|(_, _, known, _)| *known == kind) {
            Some((.., count)) => *count += 1,
            None => firsts.push((skipped + at, c, kind, 1)),
        }
    }
    for (at, c, kind, count) in firsts {
        let more = if count > 1 { format!(", and {} more of its kind", count - 1) } else { String::new() };
        let help = "it is shown visibly, as `⟨U+…⟩`; delete it if nobody needs it";
        let message = format!("{}{more}", describe(c, kind));
        findings.warning("hidden-character", &(at..at + c.len_utf8()), message, help);
    }
}
