//! `gonogo check`.

use std::path::Path;

use crate::cli::args::Check as Args;
use crate::cli::exit::Exit;
use crate::cli::{house, print};
use crate::diag::Diagnostic;
use crate::runbook::load::LoadError;
use crate::runtime::Fail;
use crate::runtime::opening::Book;

/// Runs `gonogo check`.
pub fn check(args: &Args) -> Result<Exit, Fail> {
    let mut bad = false;
    let mut records = Vec::new();
    for path in &args.runbooks {
        let (name, text, findings) = findings(path, args)?;
        bad |= findings.iter().any(Diagnostic::is_error);
        if args.json {
            records.extend(findings.iter().map(|f| f.record(&name)));
        } else if findings.is_empty() {
            print(&format!("{}: nothing to say\n", crate::text::sanitize(&name)))?;
        } else {
            print(&format!("{}\n", house::listed(&name, &text, &findings)))?;
        }
    }
    if args.json {
        let text = serde_json::to_string_pretty(&records).map_err(|e| Fail::System(e.to_string()))?;
        print(&format!("{text}\n"))?;
    }
    Ok(if bad { Exit::Invalid } else { Exit::Done })
}

/// Returns the runbook's name, its text, and everything there is to say about it.
fn findings(path: &Path, args: &Args) -> Result<(String, String, Vec<Diagnostic>), Fail> {
    let book = match Book::read(path) {
        Ok(book) => book,
        Err(LoadError::Invalid { path, findings, text }) => {
            return Ok((path.to_string_lossy().into_owned(), text, findings));
        }
        Err(other) => return Err(house::invalid(&other)),
    };
    let mut all = book.loaded.findings.clone();
    let file = house::environments(&book, args.environments.as_deref());
    let targets = match (&args.env, file) {
        (Some(name), Ok(Some(file))) => {
            let known = file.environments.names().collect::<Vec<_>>().join(", ");
            let found = file.environments.find(name).ok_or_else(|| {
                Fail::Usage(format!("{} has no environment {name}; it has: {known}", file.path.display()))
            })?;
            Some(found.targets())
        }
        (Some(name), Ok(None)) => {
            return Err(Fail::Usage(format!(
                "the runbook names no environment file with an environment {name}"
            )));
        }
        (Some(_), Err(fail)) => return Err(fail),
        (None, _) => None,
    };
    all.extend(crate::runbook::check(&book.loaded.runbook, targets.as_ref()));
    crate::diag::sort(&mut all);
    Ok((book.file.clone(), String::from_utf8_lossy(&book.loaded.bytes).into_owned(), all))
}
