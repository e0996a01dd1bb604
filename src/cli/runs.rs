//! `gonogo runs`.

use crate::audit::query::Reader;
use crate::audit::relocate::moved;
use crate::cli::args::Runs as Args;
use crate::cli::exit::Exit;
use crate::cli::house::House;
use crate::cli::print;
use crate::cli::say;
use crate::report::table;
use crate::runtime::{Fail, listing};

/// Runs `gonogo runs`.
pub fn runs(house: &House, args: &Args) -> Result<Exit, Fail> {
    let mut rows = Vec::new();
    if house.log.exists() {
        let reader = house.reader()?;
        segments(house, &reader)?;
        let (found, failed) = listing::rows(&reader, &house.log, &house.paths.cache, args.open)?;
        failed.iter().for_each(|why| say::err(why));
        rows = found;
    }
    if args.json {
        let text = serde_json::to_string_pretty(&rows).map_err(|e| Fail::System(e.to_string()))?;
        print(&format!("{text}\n"))?;
    } else if rows.is_empty() {
        print(&format!("no runs in {}\n", house.log.display()))?;
    } else {
        print(&format!("{}\n", table(&rows).trim_end()))?;
    }
    Ok(Exit::Done)
}

/// Says where the records are that come before and after those of this log.
fn segments(house: &House, reader: &Reader) -> Result<(), Fail> {
    if let Some(before) = reader.after()? {
        let file = house.log.with_file_name(&before.file);
        say::err(&format!("earlier runs are in {0}: gonogo --log {0} runs", file.display()));
    }
    if let Some(to) = moved(&house.log) {
        say::err(&format!("this log was moved and goes on elsewhere: gonogo --log {to} runs"));
    }
    if let Some(file) = reader.ended()? {
        say::err(&format!("this log was rotated, and is kept as {file}: nothing is added to it any more"));
    }
    Ok(())
}
