//! The walk through code blocks: which become steps, which are material, which are refused (points 5 and 12).

use std::ops::Range;

use super::{Scope, StepDraft, Walker, prose};
use crate::runbook::annotation::fence;
use crate::runbook::annotation::keys::FENCE;
use crate::runbook::markdown::{Block, Code, Kind};
use crate::runbook::shell::language::{Language, language};
use crate::runbook::shell::prompt::{self, session};
use crate::runbook::shell::refuse::{Refusal, alternatives, refusal};
use crate::runbook::shell::scan::scan;
use crate::runbook::source::{describe, first_hazard};
use crate::text::sanitize::Hazard;

/// A block that may be a step.
struct Candidate {
    script: String,
    output: String,
    annotation: Range<usize>,
    annotated: bool,
    /// Whether another program reads it: then it is no shell, and nothing of a shell can be said about it.
    interpreted: bool,
}

/// What a box that holds only a step may be called.
struct Titles {
    lead: Option<String>,
    comment: Option<String>,
    command: String,
}

impl Walker<'_, '_, '_> {
    /// Walks the code block at `bytes`; `above` is the block before it.
    pub fn code(&mut self, code: &Code, bytes: &Range<usize>, above: Option<&Block>, scope: &Scope) {
        let Some(candidate) = self.candidate(code, bytes) else {
            return self.material(&code.text, scope);
        };
        let scan = scan(&candidate.script);
        if scan.commands.is_empty() {
            if candidate.annotated {
                self.findings.error("empty-step", bytes, "this annotated block holds no command");
            }
            return self.material(&code.text, scope);
        }
        let single = scan.commands.len() == 1;
        let refused = self.hazards(code, bytes);
        let refused = refused.or_else(|| refusal(&scan).filter(|_| !candidate.interpreted));
        let refused = refused.or_else(|| alternatives(&scan).filter(|_| !candidate.annotated));
        let runs = refused.is_none_or(|refused| self.allow(&refused, candidate.annotated, bytes));
        let comment = first_comment(&candidate.script).map(prose::label);
        let lead = lead(above).map(prose::label);
        let first = scan.commands.first().map(|c| prose::label(&c.text)).unwrap_or_default();
        let owner = match scope.owner {
            Some(owner) => Some(owner),
            None => {
                let titles = Titles { lead: lead.clone(), comment: comment.clone(), command: first.clone() };
                self.step_holder(titles, bytes, scope)
            }
        };
        if !runs {
            return self.material(&code.text, &Scope { owner, ..scope.clone() });
        }
        let title = match scope.owner {
            Some(_) => lead.or(comment).unwrap_or(first),
            None => owner.and_then(|o| self.draft.boxes.get(o)).map(|b| b.text.clone()).unwrap_or(first),
        };
        let annotation = candidate.annotation;
        let step = StepDraft { title, script: candidate.script, single, annotation, bytes: bytes.clone() };
        if let Some(holder) = owner.and_then(|o| self.draft.boxes.get_mut(o)) {
            holder.steps.push(step);
            holder.prose.extend(prose::code(&candidate.output));
        }
    }

    /// Returns the block as something to run, `None` when it is material.
    fn candidate(&mut self, code: &Code, bytes: &Range<usize>) -> Option<Candidate> {
        let at = code.info.clone().unwrap_or(bytes.start..bytes.start);
        let info = self.text.get(at.clone()).unwrap_or_default();
        let word = info.split(|c: char| c.is_whitespace() || "{,".contains(c)).next().unwrap_or_default();
        let rest = info.get(word.len()..).unwrap_or_default();
        let annotation = at.start + word.len()..at.end;
        let foreign = rest.trim_start().starts_with(['{', ',']);
        let annotated = !foreign && fence::meant(rest);
        if annotated && fence::says(rest, "ignore") {
            self.draft.ignored.push(annotation);
            return None;
        }
        let interpreted = annotated && fence::says(rest, "interpreter");
        match language(word) {
            Language::Shell => {}
            _ if interpreted => {}
            Language::Unnamed => {
                let first = code.text.lines().find(|line| !line.trim().is_empty());
                first.and_then(prompt::command)?;
            }
            Language::Misspelt(meant) => {
                let message = format!("`{word}` is no language that runs; this block is shown and not run");
                self.findings.warning("misspelt-language", &at, message, format!("did you mean `{meant}`?"));
                self.ignored(word, rest, &annotation);
                return None;
            }
            Language::Other => {
                self.ignored(word, rest, &annotation);
                return None;
            }
        }
        if foreign {
            self.foreign(rest, &annotation);
        } else if !annotated && !rest.trim().is_empty() {
            self.draft.foreign.push(annotation.clone());
        }
        let annotation = if annotated { annotation } else { at.end..at.end };
        let (script, output) = match session(&code.text).filter(|_| !interpreted) {
            Some(session) => (session.script, session.output),
            None => (code.text.clone(), String::new()),
        };
        Some(Candidate { script, output, annotation, annotated, interpreted })
    }

    /// Annotations on a block that does not run would be words that nothing enforces.
    fn ignored(&mut self, word: &str, rest: &str, bytes: &Range<usize>) {
        let ours = |w: &str| {
            matches!(w.split('=').next(), Some("on" | "once" | "capture" | "expect" | "needs" | "confirm"))
        };
        if rest.split_whitespace().any(ours) {
            let message = format!("annotations on a `{word}` block have no effect: it does not run");
            self.findings.error_help(
                "ignored-annotation",
                bytes,
                message,
                "name the block `sh` or `bash` if it is a step",
            );
        }
    }

    /// `{…}` after the language belongs to other tools and is left alone, unless it was meant for us.
    fn foreign(&mut self, rest: &str, bytes: &Range<usize>) {
        let words = rest.split(|c: char| c.is_whitespace() || "{},".contains(c));
        if words.filter_map(|w| w.split('=').next()).any(|key| FENCE.holds(key)) {
            let help = "write them bare after the language: ```sh on=web";
            self.findings.error_help(
                "malformed-annotation",
                bytes,
                "annotations in braces are not read",
                help,
            );
        }
    }

    /// Notes characters that must not be in code; returns the refusal for those that only hide.
    fn hazards(&mut self, code: &Code, bytes: &Range<usize>) -> Option<Refusal> {
        if !code.closed {
            let why = "the fence is never closed, so everything after it would be part of the script";
            return Some(Refusal { code: "unclosed-fence", why: why.to_owned() });
        }
        let raw = self.text.get(bytes.clone()).unwrap_or_default();
        let (at, c, hazard) = first_hazard(raw, false)?;
        let here = bytes.start + at..bytes.start + at + c.len_utf8();
        let what = describe(c, hazard);
        if hazard == Hazard::Invisible {
            return Some(Refusal { code: "invisible-character", why: format!("it holds an {what}") });
        }
        let help = "delete it; what is shown would not be what runs";
        self.findings.error_help("hidden-character", &here, format!("{what} in code"), help);
        None
    }

    /// Says why a block is refused; returns whether it is a step all the same.
    fn allow(&mut self, refused: &Refusal, annotated: bool, bytes: &Range<usize>) -> bool {
        let certain = matches!(refused.code, "unclosed-fence" | "invisible-character");
        match (annotated, certain) {
            (true, true) => self.findings.error(refused.code, bytes, refused.why.clone()),
            (true, false) => {
                let help = "split it, or make sure that it is meant so";
                self.findings.warning(refused.code, bytes, refused.why.clone(), help);
            }
            (false, _) => {
                let help = match refused.code {
                    "several-labels" => {
                        "it is shown for you to run by hand; split it, or annotate it if it is one script"
                    }
                    _ => "it is shown for you to run by hand; mend it to make it a step",
                };
                self.findings.warning(refused.code, bytes, refused.why.clone(), help);
            }
        }
        annotated
    }

    /// Makes the box for a step that stands in none, titled by the list item, the paragraph above that ends in ":",
    /// the first comment, or the heading. The document's title is no such heading: it often carries a version.
    fn step_holder(&mut self, titles: Titles, bytes: &Range<usize>, scope: &Scope) -> Option<usize> {
        let Titles { lead, comment, command } = titles;
        let phase = self.ensure_phase();
        let phase = self.draft.phases.get(phase).filter(|p| !p.implicit).map(|p| prose::label(&p.title));
        let section = self.open.last().and_then(|&at| self.draft.sections.get(at));
        let heading = section.map(|s| s.title.clone()).or(phase);
        let item = scope.item.as_deref().map(prose::label);
        // Within an item the paragraph above tells its blocks apart, unless it is the item's own text.
        let within = lead.clone().filter(|l| item.as_deref().is_some_and(|i| i.trim_end_matches(':') != l));
        let text = within.or(item).or(lead).or(comment).or(heading).unwrap_or(command);
        if self.pending.last().is_some_and(|line| line.trim_end_matches(':').trim_start_matches("- ") == text)
        {
            self.pending.pop();
        }
        let mut draft = self.new_box(text.trim_end_matches(':').to_owned(), bytes.clone(), scope);
        draft.derived = true;
        draft.for_step = true;
        self.push_box(draft)
    }

    fn material(&mut self, text: &str, scope: &Scope) {
        for line in prose::code(text) {
            self.say(scope.owner, line);
        }
    }
}

/// Returns the text of the paragraph above if it announces what follows.
fn lead(above: Option<&Block>) -> Option<&str> {
    match above.map(|b| &b.kind) {
        Some(Kind::Paragraph(inline)) => {
            inline.text.strip_suffix(':').map(str::trim).filter(|t| !t.is_empty())
        }
        _ => None,
    }
}

/// Returns the first line of `script` if it is a comment that says something.
fn first_comment(script: &str) -> Option<&str> {
    let line = script.lines().find(|line| !line.trim().is_empty())?.trim();
    let comment = line.strip_prefix('#').filter(|c| !c.starts_with('!'))?;
    Some(comment.trim_matches(['#', ' ', '\t', '-', '='])).filter(|c| !c.is_empty())
}
