//! `gonogo export`. Reads only: an export of a log that nobody may write works too.

use std::io::Write as _;
use std::path::Path;

use crate::cli::args::{Export as Args, Format};
use crate::cli::exit::Exit;
use crate::cli::house::House;
use crate::cli::print;
use crate::report;
use crate::runtime::{Fail, record};

/// Runs `gonogo export`.
pub fn export(house: &House, args: &Args) -> Result<Exit, Fail> {
    let text = record::of(&house.log, &args.run, |record| match args.format {
        Format::Md => report::markdown(record),
        Format::Json => report::json(record),
    })?;
    match &args.output {
        None => print(&text)?,
        Some(path) => {
            replace(path, &text)
                .map_err(|e| Fail::System(format!("{} cannot be written: {e}", path.display())))?;
            eprintln!("gonogo: exported to {}", path.display());
        }
    }
    Ok(Exit::Done)
}

/// Writes the file whole or not at all: beside it first, then in its place.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let beside = path.with_file_name(name);
    let written = std::fs::File::create_new(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.and_then(|()| std::fs::rename(&beside, path)).inspect_err(|_| {
        std::fs::remove_file(&beside).unwrap_or_default();
    })
}
