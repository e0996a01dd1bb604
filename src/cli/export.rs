//! `gonogo export`. Reads only: an export of a log that nobody may write works too.

use crate::cli::args::{Export as Args, Format};
use crate::cli::exit::Exit;
use crate::cli::house::House;
use crate::cli::print;
use crate::cli::say;
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
            record::replace(path, &text)
                .map_err(|e| Fail::System(format!("{} cannot be written: {e}", path.display())))?;
            say::err(&format!("exported to {}", path.display()));
        }
    }
    Ok(Exit::Done)
}
