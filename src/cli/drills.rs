//! `gonogo drills`: which drills are due.
//!
//! Without a path it looks at the Markdown files of the working directory and at every runbook that the log has runs of,
//! wherever it lies, the shipped ones too: whoever asks sees what is here and what was ever drilled. A runbook whose file
//! is gone is judged by the text that its last run kept, so that no drill goes quiet because a file was moved. With paths
//! it looks at those files, and below those directories, and nowhere else. The same runbook in two places is one drill.

mod find;

use std::path::{Path, PathBuf};

use crate::cli::args::Drills as Args;
use crate::cli::exit::Exit;
use crate::cli::house::{self, House};
use crate::cli::{print, say};
use crate::report::drills::{self as fold, Plan};
use crate::run::fact::RunKind;
use crate::run::state::Run;
use crate::runbook::load::LoadError;
use crate::runbook::model::Runbook;
use crate::runtime::opening::Book;
use crate::runtime::session::reader;
use crate::runtime::{Fail, clock, resuming};

/// Columns of the listing: it is read in terminals of every width, and in mails of cron.
const WIDTH: usize = 80;

/// Runs `gonogo drills`.
pub fn drills(house: &House, args: &Args) -> Result<Exit, Fail> {
    let past = Past::read(house)?;
    let mut plans = Plans::default();
    for path in &args.paths {
        plans.given(path)?;
    }
    if args.paths.is_empty() {
        plans.below(Path::new("."), false)?;
        plans.known(&past);
    }
    let found = fold::drills(&plans.found, &past.drills, clock::now().wall);
    if args.json {
        print(&fold::json(&found).map_err(|e| Fail::System(e.to_string()))?)?;
    } else if found.is_empty() {
        let place = if args.paths.is_empty() { "neither here nor in the log" } else { "not there" };
        print(&format!(
            "no drills: a runbook with `cadence:` in its front matter is one, and {place} is any\n"
        ))?;
    } else {
        print(&fold::listing(&found, WIDTH))?;
    }
    if args.check && found.iter().any(|drill| drill.standing.wanting()) {
        return Ok(Exit::Drill);
    }
    // A runbook that cannot be read may be the one that is overdue.
    Ok(if plans.unreadable { Exit::Invalid } else { Exit::Done })
}

/// What the log knows.
#[derive(Default)]
struct Past {
    /// The drills that were run, in order.
    drills: Vec<Run>,
    /// Every runbook that has runs, by its file, with the newest run of it and the log that has it.
    files: Vec<(String, String, PathBuf)>,
}

impl Past {
    fn read(house: &House) -> Result<Self, Fail> {
        let mut past = Self::default();
        if !house.log.exists() {
            return Ok(past);
        }
        for (log, reader) in house.segments()? {
            for summary in reader.runs()? {
                past.files.retain(|(file, ..)| *file != summary.runbook);
                past.files.push((summary.runbook, summary.run.clone(), log.clone()));
                if summary.kind != RunKind::Drill {
                    continue;
                }
                match resuming::fold(&reader, &summary.run) {
                    Ok(folded) => past.drills.push(resuming::as_it_stands(&log, folded).run),
                    Err(fail) => say::err(&format!("run {}: {fail}", summary.run)),
                }
            }
        }
        Ok(past)
    }
}

/// Returns the text that a run kept, parsed.
fn kept(log: &Path, run: &str) -> Option<Run> {
    resuming::fold(&reader(log).ok()?, run).ok().map(|folded| folded.run)
}

/// The runbooks with a cadence that were found.
#[derive(Default)]
struct Plans {
    found: Vec<Plan>,
    unreadable: bool,
}

impl Plans {
    /// Takes the file or directory that was named.
    fn given(&mut self, path: &Path) -> Result<(), Fail> {
        if path.is_dir() {
            return self.below(path, true);
        }
        let book = Book::read(path).map_err(|e| house::invalid(&e))?;
        if book.loaded.runbook.front.cadence.is_none() {
            return Err(Fail::Invalid(format!(
                "{} is no drill: write how often it is to be run into its front matter, for example `cadence: quarterly` below `gonogo:`",
                path.display()
            )));
        }
        self.take(&book.file, &book.loaded.runbook, false);
        Ok(())
    }

    /// Takes the runbooks of a directory, or of all below it.
    fn below(&mut self, directory: &Path, deep: bool) -> Result<(), Fail> {
        let files = find::markdown(directory, deep)
            .map_err(|e| Fail::Usage(format!("the directory {} cannot be read: {e}", directory.display())))?;
        for file in files {
            self.read(&file, None);
        }
        Ok(())
    }

    /// Takes the runbooks that the log knows.
    fn known(&mut self, past: &Past) {
        for (file, run, log) in &past.files {
            self.read(Path::new(file), Some((log, run)));
        }
    }

    /// Takes the runbook at `path`; when its file is gone, what its newest run kept.
    fn read(&mut self, path: &Path, run: Option<(&Path, &str)>) {
        match Book::read(path) {
            Ok(book) => self.take(&book.file, &book.loaded.runbook, false),
            Err(LoadError::Read { source, .. })
                if source.kind() == std::io::ErrorKind::NotFound && run.is_some() =>
            {
                if let Some(run) = run.and_then(|(log, run)| kept(log, run)) {
                    self.take(&run.opened.runbook, &run.runbook, true);
                }
            }
            // What is found and cannot be opened by anybody is no runbook: a long change log, a pipe.
            Err(LoadError::TooLarge { .. } | LoadError::NotAFile { .. }) => {}
            Err(error) => {
                self.unreadable = true;
                say::err(&crate::text::sanitize_block(&house::invalid(&error).to_string()));
            }
        }
    }

    fn take(&mut self, file: &str, runbook: &Runbook, gone: bool) {
        let Some(cadence) = runbook.front.cadence else { return };
        if self.found.iter().any(|plan| fold::same(plan, file, &runbook.title)) {
            return;
        }
        self.found.push(Plan {
            file: file.to_owned(),
            title: runbook.title.clone(),
            sha256: runbook.sha256.clone(),
            cadence,
            targets: runbook.front.targets.clone(),
            gone,
        });
    }
}
