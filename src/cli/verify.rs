//! `gonogo verify`.

use std::path::Path;

use crate::audit::heads;
use crate::audit::verify::{Heads, Report, Scope, bundle, judged};
use crate::cli::args::Verify as Args;
use crate::cli::exit::Exit;
use crate::cli::house::House;
use crate::cli::{print, say};
use crate::runtime::Fail;

/// Runs `gonogo verify`.
pub fn verify(house: &House, args: &Args) -> Result<Exit, Fail> {
    let report = match &args.bundle {
        Some(path) => of_bundle(house, args, path)?,
        None => of_log(house, args)?,
    };
    let text = if args.json {
        let mut json = serde_json::to_value(&report).map_err(|e| Fail::System(e.to_string()))?;
        let verdicts: serde_json::Map<_, _> = report
            .verdicts()
            .iter()
            .map(|(name, v)| ((*name).to_owned(), v.words().to_lowercase().into()))
            .collect();
        json["verdicts"] = verdicts.into();
        serde_json::to_string_pretty(&json).map_err(|e| Fail::System(e.to_string()))?
    } else {
        crate::text::sanitize_block(&report.to_string()).to_string()
    };
    print(&format!("{}\n", text.trim_end()))?;
    Ok(if report.sound() { Exit::Done } else { Exit::Unverified })
}

fn of_log(house: &House, args: &Args) -> Result<Report, Fail> {
    let run = match &args.run {
        Some(prefix) => Some(house.reader()?.find_run(prefix)?),
        None => None,
    };
    let heads = match &args.heads {
        Some(file) => Some(heads_of(file)?),
        None => own_heads(&house.log)?,
    };
    let scope = Scope { allowed: house.allowed_by(args.allowed_signers.as_deref())?, run, heads };
    Ok(judged(&house.log, &scope)?)
}

/// Reads heads that were kept elsewhere. A file without any compares nothing, and must not look like one that agrees.
fn heads_of(file: &Path) -> Result<Heads, Fail> {
    let seen = heads::read(file)
        .map_err(|e| Fail::Usage(format!("the heads in {} cannot be read: {e}", file.display())))?;
    if seen.is_empty() {
        return Err(Fail::Usage(format!(
            "no head is in {}: nothing was compared; a head is a line with `gonogo-head v1 LOG SIZE HASH TIME RUN`",
            file.display()
        )));
    }
    Ok(Heads { file: file.to_owned(), own: false, seen })
}

/// Returns the heads that lie beside the log, if any do.
fn own_heads(log: &Path) -> Result<Option<Heads>, Fail> {
    let Some(file) = heads::beside(log) else { return Ok(None) };
    let seen = heads::read(&file)
        .map_err(|e| Fail::Log(format!("the heads file {} cannot be read: {e}", file.display())))?;
    Ok(Some(Heads { file, own: true, seen }))
}

/// Verifies a bundle. Who may sign is what this reader knows; who knows nobody takes the bundle's own word, and is told.
fn of_bundle(house: &House, args: &Args, path: &Path) -> Result<Report, Fail> {
    let mut allowed = house.allowed_by(args.allowed_signers.as_deref())?;
    let own = path.join("allowed_signers");
    if allowed.is_none() && own.is_file() {
        say::err("you have no file of allowed signers: who may sign is taken from the bundle itself");
        allowed = house.allowed_by(Some(&own))?;
    }
    let unreadable = |e: std::io::Error| Fail::Usage(format!("{} is no bundle: {e}", path.display()));
    let heads = args.heads.as_deref().map(heads_of).transpose()?;
    bundle(path, &Scope { allowed, run: None, heads }).map_err(unreadable)
}
