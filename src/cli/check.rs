//! `gonogo check`: the one place that asks the file system what stands beside a runbook.

use std::path::Path;

use serde::Serialize;

use crate::cli::args::Check as Args;
use crate::cli::exit::Exit;
use crate::cli::house::EnvironmentFile;
use crate::cli::plan::links;
use crate::cli::{house, print, say};
use crate::diag::{Diagnostic, DiagnosticRecord};
use crate::runbook::load::{LoadError, read_limited};
use crate::runbook::{Concealed, MAX_BYTES, Neighbour, Surroundings, Targets, lint, lint_text, shipped};
use crate::runtime::Fail;
use crate::runtime::opening::{Book, SHIPPED, beside};

/// What `--json` writes. The shape stands in `gonogo help format`.
#[derive(Debug, Serialize)]
struct Report {
    /// Whether all files can be used; with `--strict` also whether nothing is to be looked at.
    ok: bool,
    errors: usize,
    warnings: usize,
    /// The files, as they are called in the findings.
    files: Vec<String>,
    findings: Vec<DiagnosticRecord>,
}

/// What was found in one file.
struct Checked {
    name: String,
    text: String,
    findings: Vec<Diagnostic>,
}

/// Runs `gonogo check`.
pub fn check(args: &Args) -> Result<Exit, Fail> {
    let files: Vec<Checked> =
        args.runbooks.iter().map(|path| checked(path, args)).collect::<Result<_, _>>()?;
    let all = || files.iter().flat_map(|f| &f.findings);
    let errors = all().filter(|f| f.is_error()).count();
    let warnings = all().count() - errors;
    let ok = errors == 0 && !(args.strict && warnings > 0);
    if args.json {
        let records = files.iter().flat_map(|file| {
            let findings = Concealed::of(&file.text).findings(&file.findings);
            findings.iter().map(|f| f.record(&file.name)).collect::<Vec<_>>()
        });
        let findings = records.collect();
        let report =
            Report { ok, errors, warnings, files: files.iter().map(|f| f.name.clone()).collect(), findings };
        let text = serde_json::to_string_pretty(&report).map_err(|e| Fail::System(e.to_string()))?;
        print(&format!("{text}\n"))?;
    } else {
        for Checked { name, text, findings } in &files {
            let shown = if findings.is_empty() {
                format!("{}: nothing to say\n", crate::text::sanitize(name))
            } else {
                format!("{}\n", house::listed(name, text, findings))
            };
            print(&shown)?;
        }
    }
    Ok(if ok { Exit::Done } else { Exit::Invalid })
}

/// Returns everything there is to say about the file at `path`.
fn checked(path: &Path, args: &Args) -> Result<Checked, Fail> {
    let book = match Book::read(path) {
        Ok(book) => book,
        Err(LoadError::Invalid { path, mut findings, text }) => {
            let name = path.to_string_lossy().into_owned();
            findings.extend(lint_text(&text, &|link| neighbour(&name, link)));
            crate::diag::sort(&mut findings);
            return Ok(Checked { name, text, findings });
        }
        Err(other) => return Ok(unread(path, &other)),
    };
    let text = String::from_utf8_lossy(&book.loaded.bytes).into_owned();
    let file = match house::environments(&book, args.environments.as_deref()) {
        Ok(file) => file,
        // A file that is not there is a finding; one that is wrong stops the check, as it would stop the run.
        Err(_) if args.env.is_none() && args.environments.is_none() && absent(&book) => None,
        Err(fail) => return Ok(unmet(book, text, &fail)),
    };
    let environments: Vec<String> =
        file.iter().flat_map(|f| f.environments.names()).map(str::to_owned).collect();
    let targets = targets(args.env.as_deref(), file.as_ref())?;
    let around = Surroundings {
        targets: &targets,
        environments: &environments,
        own_environments: args.environments.is_none(),
        beside: &|link| neighbour(&book.file, link),
    };
    let mut findings = book.loaded.findings.clone();
    findings.extend(lint(&book.loaded.runbook, &text, &around));
    if let Err(Fail::Invalid(why)) = links::gather(&book) {
        let help = "a child run must end for its parent to go on: take a link out, or its `runbook`";
        findings.push(Diagnostic::error("circular-runbooks", why).help(help));
    }
    crate::diag::sort(&mut findings);
    Ok(Checked { name: book.file.clone(), text, findings })
}

/// Returns whether the environment file that the runbook names is not there.
fn absent(book: &Book) -> bool {
    let named = book.loaded.runbook.front.environments.as_deref();
    named.is_some_and(|link| neighbour(&book.file, link) == Neighbour::Missing)
}

/// Returns what there is to say about a file that cannot be read.
fn unread(path: &Path, error: &LoadError) -> Checked {
    let why = match error {
        LoadError::TooLarge { limit, .. } => Diagnostic::error(
            "too-large",
            format!("the file is larger than {limit} bytes, the most a runbook may have"),
        ),
        LoadError::Read { source, .. } => {
            Diagnostic::error("unreadable", format!("the file cannot be read: {source}"))
        }
        _ => Diagnostic::error("unreadable", "it is no regular file, but a directory, a device or a pipe"),
    };
    Checked { name: path.to_string_lossy().into_owned(), text: String::new(), findings: vec![why] }
}

/// Returns what there is to say about a runbook whose environment file cannot be used, because of `fail`.
fn unmet(book: Book, text: String, fail: &Fail) -> Checked {
    say::err(&fail.to_string());
    let message = "its environment file cannot be used, so that nothing is said about its roles and hosts";
    let mut findings = book.loaded.findings;
    findings.push(
        Diagnostic::error("environment-file", message).help("what is wrong with that file stands above"),
    );
    crate::diag::sort(&mut findings);
    Checked { name: book.file, text, findings }
}

/// Returns what the environment called `name` offers; without a name, what each one of `file` does.
fn targets(name: Option<&str>, file: Option<&EnvironmentFile>) -> Result<Vec<Targets>, Fail> {
    let Some(name) = name else {
        let all = |file: &EnvironmentFile| {
            let names = file.environments.names();
            names.filter_map(|name| file.environments.find(name)).map(|e| e.targets()).collect()
        };
        return Ok(file.map(all).unwrap_or_default());
    };
    let Some(file) = file else {
        return Err(Fail::Usage(format!("the runbook names no environment file with an environment {name}")));
    };
    let known = file.environments.names().collect::<Vec<_>>().join(", ");
    let found = file.environments.find(name).ok_or_else(|| {
        Fail::Usage(format!("{} has no environment {name}; it has: {known}", file.path.display()))
    })?;
    Ok(vec![found.targets()])
}

/// Returns what stands at `link` beside the runbook `file`.
fn neighbour(file: &str, link: &str) -> Neighbour {
    let path = beside(file, link);
    if let Some(inside) = path.to_str().and_then(|p| p.strip_prefix(SHIPPED)) {
        return shipped::get(inside).map_or(Neighbour::Missing, |text| Neighbour::Markdown(text.to_owned()));
    }
    let Ok(about) = std::fs::metadata(&path) else { return Neighbour::Missing };
    let markdown =
        path.extension().is_some_and(|e| e.eq_ignore_ascii_case("md") || e.eq_ignore_ascii_case("markdown"));
    if !about.is_file() || !markdown {
        return Neighbour::Other;
    }
    let text = read_limited(&path, MAX_BYTES).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.map_or(Neighbour::Other, Neighbour::Markdown)
}
