//! `gonogo export`. Reads only: an export of a log that nobody may write works too.

use std::path::Path;

use crate::cli::args::{Export as Args, Format};
use crate::cli::exit::Exit;
use crate::cli::house::House;
use crate::cli::print;
use crate::cli::say;
use crate::report;
use crate::runtime::{Fail, bundle, record};

/// Runs `gonogo export`.
pub fn export(house: &House, args: &Args) -> Result<Exit, Fail> {
    if args.format == Format::Bundle {
        return bundled(house, args);
    }
    let text = record::verified(&house.log, &house.allowed()?, &args.run, |record| match args.format {
        Format::Md => report::markdown(record),
        Format::Json | Format::Bundle => report::json(record),
    })?;
    match &args.output {
        None => print(&text)?,
        Some(path) if of_the_log(path, &house.log) => {
            let path = path.display();
            return Err(Fail::Usage(format!("{path} is the audit log itself: export to another file")));
        }
        Some(path) => {
            record::replace(path, &text)
                .map_err(|e| Fail::System(format!("{} cannot be written: {e}", path.display())))?;
            say::err(&format!("exported to {}", path.display()));
        }
    }
    Ok(Exit::Done)
}

/// Writes a directory.
fn bundled(house: &House, args: &Args) -> Result<Exit, Fail> {
    let Some(target) = &args.output else {
        return Err(Fail::Usage("a bundle is a directory: name it with -o DIRECTORY".to_owned()));
    };
    let allowed = house.allowed()?;
    bundle::write(&house.log, &allowed, &house.allowed_text()?, &args.run, target)?;
    say::err(&format!("exported to {}; verify it with: sh verify.sh .", target.display()));
    Ok(Exit::Done)
}

/// Returns whether `path` is the log, or one of the files that SQLite keeps beside it (`-wal`, `-shm`).
fn of_the_log(path: &Path, log: &Path) -> bool {
    let (Ok(path), Ok(log)) = (path.canonicalize(), log.canonicalize()) else { return false };
    path.as_os_str().as_encoded_bytes().starts_with(log.as_os_str().as_encoded_bytes())
}
