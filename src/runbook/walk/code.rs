//! The walk through code blocks: which become steps, which are material, which are refused (points 5, 6 and 12).

use std::ops::Range;

use super::steps::Lines;
use super::{Scope, Walker, prose};
use crate::runbook::annotation::fence;
use crate::runbook::annotation::keys::FENCE;
use crate::runbook::markdown::{Block, Code, Kind};
use crate::runbook::shell::judge::Verdict;
use crate::runbook::shell::known;
use crate::runbook::shell::language::{Language, language};
use crate::runbook::shell::prompt::{self, Session, session};
use crate::runbook::shell::refuse::{self, Refusal, refusal};
use crate::runbook::shell::scan::{Scan, scan};
use crate::runbook::shell::split::{Piece, command_text, pieces, whole};
use crate::runbook::source::{describe, first_hazard};
use crate::text::sanitize::Hazard;

/// A block that may be a step.
pub struct Candidate {
    /// What would run.
    pub script: String,
    /// What was taken apart if the block shows a session.
    pub session: Option<Session>,
    /// The bytes of its annotation.
    pub annotation: Range<usize>,
    /// Whether anything is annotated.
    pub annotated: bool,
    /// Whether another program reads it: then it is no shell, and nothing of a shell can be said about it.
    interpreted: bool,
    /// Whether only its first line says that it is shell.
    guessed: bool,
    /// Why it is refused before anybody looks at its commands; it was said already.
    refused: Option<Refusal>,
    /// Whether its author says that it gets a terminal.
    interactive: bool,
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
            return self.shown(code, bytes, scope);
        };
        let scan = scan(&candidate.script);
        if scan.commands.is_empty() || (candidate.guessed && !known::is_script(&scan)) {
            if candidate.annotated {
                self.findings.error("empty-step", bytes, "this annotated block holds no command");
            }
            return self.shown(code, bytes, scope);
        }
        let refused = self.refused(&candidate, &scan, code, bytes);
        let lines: Vec<&str> = candidate.script.lines().collect();
        let mut steps = match &refused {
            None if !candidate.annotated => pieces(&scan, &lines),
            _ => vec![whole(&scan, &lines)],
        };
        if candidate.interpreted {
            steps.iter_mut().for_each(|piece| piece.verdict = Verdict::default());
        }
        if let [piece] = steps.as_mut_slice() {
            let first = scan.commands.first().map(|c| command_text(&lines, c)).unwrap_or_default();
            let titles = Titles {
                lead: lead(above).or(scope.lead.as_deref().filter(|_| above.is_none())).map(prose::label),
                comment: first_comment(&candidate.script).or(piece.label.as_deref()).map(prose::label),
                command: prose::label(&first),
            };
            let piece = Piece { lines: 0..lines.len(), ..piece.clone() };
            self.one_step(&candidate, &lines, (&piece, refused), titles, bytes, scope);
        } else {
            self.split(&candidate, &lines, &steps, (code, bytes), scope);
        }
    }

    /// A block that is one step, in the box around it or in one of its own.
    fn one_step(
        &mut self,
        candidate: &Candidate,
        lines: &[&str],
        (piece, refused): (&Piece, Option<String>),
        titles: Titles,
        bytes: &Range<usize>,
        scope: &Scope,
    ) {
        let inside = titles.lead.clone().or(titles.comment.clone()).unwrap_or(titles.command.clone());
        let owner = match scope.owner {
            Some(owner) => Some(owner),
            None => self.step_holder(titles, bytes, scope),
        };
        let Some(owner) = owner else { return };
        let title = match (scope.owner, self.draft.boxes.get(owner)) {
            (None, Some(holder)) => holder.text.clone(),
            _ => inside,
        };
        self.add_step(owner, candidate, lines, (piece, title, refused), bytes.clone());
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
        let (mut guessed, mut refused) = (false, None);
        match language(word) {
            Language::Shell => {}
            _ if interpreted => {}
            Language::Unnamed => {
                let first = code.text.lines().find(|line| !line.trim().is_empty() && !is_comment(line))?;
                guessed = prompt::command(first).is_none() && !prompt::is_root(first);
                if guessed && !known::is_command(first) {
                    return None;
                }
            }
            Language::Misspelt(meant) => {
                let why = format!("`{word}` is no language that runs");
                let message = format!("{why}; this block is shown and not run");
                self.findings.warning("misspelt-language", &at, message, format!("did you mean `{meant}`?"));
                self.ignored(word, rest, &annotation);
                let why = format!("{why}; did the author mean `{meant}`?");
                refused = Some(Refusal::whole("misspelt-language", why));
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
        let annotated = annotated && refused.is_none();
        let interactive = annotated && fence::says(rest, "interactive");
        let annotation = if annotated { annotation } else { at.end..at.end };
        let session = session(&code.text).filter(|_| !interpreted);
        guessed &= session.is_none();
        let script = session.as_ref().map_or_else(|| code.text.clone(), |s| s.script.clone());
        Some(Candidate { script, session, annotation, annotated, interpreted, guessed, refused, interactive })
    }

    /// Returns why the block is no step that gonogo runs, and says so to who checks the file.
    fn refused(
        &mut self,
        candidate: &Candidate,
        scan: &Scan,
        code: &Code,
        bytes: &Range<usize>,
    ) -> Option<String> {
        if let Some(refused) = &candidate.refused {
            return Some(refused.why.clone());
        }
        let refused = self.hazards(code, candidate.annotated, bytes);
        let shell = || {
            let root = candidate.script.lines().position(prompt::is_root);
            let root = root.filter(|_| candidate.session.is_none()).map(|line| Refusal {
                code: "root-prompt",
                why: "it shows the prompt of a root shell, and gonogo does not become root by itself"
                    .to_owned(),
                line: Some(line),
            });
            root.or_else(|| refuse::nested(&candidate.script, scan)).or_else(|| refusal(scan))
        };
        let shell = || if candidate.interpreted { None } else { shell() };
        let place = |refused: &Refusal| match refused.line {
            Some(line) => Lines::of(self.text, code, bytes).bytes(candidate, &(line..line + 1)),
            None => bytes.clone(),
        };
        let (refused, at) = refused.or_else(|| {
            let refused = shell()?;
            let at = place(&refused);
            Some((refused, at))
        })?;
        // In a terminal a person types what the other shell reads.
        if candidate.interactive && refused.code == "enters-shell" {
            return None;
        }
        let runs = self.allow(&refused, candidate.annotated, &at);
        (!runs).then_some(refused.why)
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

    /// Returns the refusal for characters that must not be in code; those that reorder or control are errors where
    /// somebody annotated the block.
    fn hazards(
        &mut self,
        code: &Code,
        annotated: bool,
        bytes: &Range<usize>,
    ) -> Option<(Refusal, Range<usize>)> {
        if !code.closed {
            let why = "the fence is never closed, so everything after it would be part of the script";
            return Some((Refusal::whole("unclosed-fence", why), bytes.clone()));
        }
        let raw = self.text.get(bytes.clone()).unwrap_or_default();
        let (at, c, hazard) = first_hazard(raw, false)?;
        let here = bytes.start + at..bytes.start + at + c.len_utf8();
        let what = describe(c, hazard);
        if hazard == Hazard::Invisible {
            let why = format!("it holds an {what}: what is shown would not be what runs");
            return Some((Refusal::whole("invisible-character", why), here));
        }
        if !annotated {
            let why = format!("it holds a {what}: what is shown would not be what runs");
            return Some((Refusal::whole("hidden-character", why), here));
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
                let help = "it is shown for you to run by hand; mend it to make it a step";
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
        // A second block below the same heading or in the same item is better told apart by its command.
        let under = (self.draft.phases.len(), self.open.last().copied());
        let heading = section.map(|s| s.title.clone()).or(phase).filter(|_| self.titled != Some(under));
        // Within an item the paragraph above tells its blocks apart, unless it is the item's own text.
        let item = scope.item.as_ref().map(|(at, text)| (*at, prose::label(text)));
        let within =
            lead.clone().filter(|l| item.as_ref().is_some_and(|(_, i)| i.trim_end_matches(':') != l));
        let text = match (within, item) {
            (Some(lead), _) => lead,
            (None, Some((at, item))) if self.titled_item.replace(at) != Some(at) => item,
            (None, Some(_)) => comment.unwrap_or(command),
            (None, None) => match (lead.or(comment), heading) {
                (Some(better), _) => better,
                (None, Some(heading)) => {
                    self.titled = Some(under);
                    heading
                }
                (None, None) => command,
            },
        };
        if self.pending.last().is_some_and(|line| line.trim_end_matches(':').trim_start_matches("- ") == text)
        {
            self.pending.pop();
        }
        let mut draft = self.new_box(text.trim_end_matches(':').to_owned(), bytes.clone(), scope);
        draft.derived = true;
        draft.for_step = true;
        self.push_box(draft)
    }

    /// A block that is no step. One that is never closed swallows what stands below it, headings and boxes too.
    fn shown(&mut self, code: &Code, bytes: &Range<usize>, scope: &Scope) {
        if !code.closed {
            let message = "the fence is never closed, so everything after it is part of the block";
            let help = "close it with a line of its own, with as many marks as it begins with";
            self.findings.warning("unclosed-fence", bytes, message, help);
        }
        self.material(&code.text, scope);
    }

    fn material(&mut self, text: &str, scope: &Scope) {
        for line in prose::code(text) {
            self.say(scope.owner, line);
        }
    }
}

/// Returns the text of the paragraph above if it announces what follows.
pub fn lead(above: Option<&Block>) -> Option<&str> {
    match above.map(|b| &b.kind) {
        Some(Kind::Paragraph(inline)) => {
            inline.text.strip_suffix(':').map(str::trim).filter(|t| !t.is_empty())
        }
        _ => None,
    }
}

/// Returns whether `line` is a comment, which no command begins with.
fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("# ")
}

/// Returns the first line of `script` if it is a comment that says something.
fn first_comment(script: &str) -> Option<&str> {
    let line = script.lines().find(|line| !line.trim().is_empty())?.trim();
    let comment = line.strip_prefix('#').filter(|c| !c.starts_with('!'))?;
    Some(comment.trim_matches(['#', ' ', '\t', '-', '='])).filter(|c| !c.is_empty())
}
