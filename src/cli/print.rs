//! `gonogo print`: the paper form. Runs nothing.

use crate::cli::args::{PaperFormat, Print as Args};
use crate::cli::exit::Exit;
use crate::cli::{house, print, say};
use crate::report::paper;
use crate::runtime::{Fail, record};

/// Runs `gonogo print`.
pub fn on_paper(args: &Args) -> Result<Exit, Fail> {
    let book = house::book(&args.runbook)?;
    let form = paper::form(&args.runbook.to_string_lossy(), &book.loaded.runbook);
    let text = match args.format {
        PaperFormat::Md => paper::markdown(&form),
        PaperFormat::Html => paper::html(&form),
    };
    match &args.output {
        None => print(&text)?,
        Some(path) if std::fs::canonicalize(path).is_ok_and(|p| p.to_string_lossy() == book.file) => {
            let path = path.display();
            return Err(Fail::Usage(format!("{path} is the runbook itself: write the form to another file")));
        }
        Some(path) => {
            record::replace(path, &text)
                .map_err(|e| Fail::System(format!("{} cannot be written: {e}", path.display())))?;
            say::err(&format!("written to {}", path.display()));
        }
    }
    Ok(Exit::Done)
}
