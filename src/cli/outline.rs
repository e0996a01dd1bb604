//! `gonogo outline`: also of files that a run would refuse, as far as anything can be made of them. Runs nothing.

use serde::Serialize;

use crate::cli::args::Outline as Args;
use crate::cli::exit::Exit;
use crate::cli::{house, print};
use crate::diag::{Diagnostic, DiagnosticRecord};
use crate::report::json::ascii;
use crate::report::outline::{self, Outline};
use crate::runbook::{Runbook, survey};
use crate::runtime::Fail;
use crate::runtime::opening::Book;

/// An outline with what a run would say about the file.
#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    outline: Outline,
    findings: Vec<DiagnosticRecord>,
}

/// Runs `gonogo outline`.
pub fn outline(args: &Args) -> Result<Exit, Fail> {
    let (file, bytes) = Book::source(&args.runbook).map_err(|e| house::invalid(&e))?;
    let given = args.runbook.to_string_lossy();
    let name = std::path::Path::new(&file).file_name().map(|n| n.to_string_lossy()).unwrap_or_default();
    let (book, findings) = seen(&name, &bytes);
    let text = String::from_utf8_lossy(&bytes);
    let Some(book) = book else {
        return Err(Fail::Invalid(house::listed(&given, &text, &findings)));
    };
    let outline = outline::outline(&given, &text, &book);
    if args.json {
        let findings = findings.iter().map(|f| f.record(&given)).collect();
        print(&ascii(&Document { outline, findings }))?;
        return Ok(Exit::Done);
    }
    print(&outline::text(&outline))?;
    print(&after(&given, &text, findings))?;
    Ok(Exit::Done)
}

/// Returns what can be made of `bytes`: of a text in another encoding, what it is with its letters replaced.
fn seen(name: &str, bytes: &[u8]) -> (Option<Runbook>, Vec<Diagnostic>) {
    match survey(name, bytes) {
        (None, findings) if findings.iter().any(|f| f.code == "not-utf8") => {
            let (book, more) = survey(name, String::from_utf8_lossy(bytes).as_bytes());
            (book, findings.into_iter().chain(more).collect())
        }
        seen => seen,
    }
}

/// Returns the errors and what to do next.
fn after(file: &str, text: &str, findings: Vec<Diagnostic>) -> String {
    let warnings = findings.iter().filter(|f| !f.is_error()).count();
    let errors: Vec<_> = findings.into_iter().filter(Diagnostic::is_error).collect();
    let shown = crate::text::sanitize(file);
    let mut out = String::from("\n");
    if warnings > 0 {
        let noun = if warnings == 1 { "warning" } else { "warnings" };
        out.push_str(&format!("{warnings} {noun}; see them with: gonogo check {shown}\n"));
    }
    if errors.is_empty() {
        out.push_str(&format!("next: gonogo run {shown}\n"));
    } else {
        out.push_str(&format!("{}\n", house::listed(file, text, &errors)));
        out.push_str("\na run refuses the file until the errors are mended\n");
        out.push_str(&format!("next: gonogo check {shown}\n"));
    }
    out
}
