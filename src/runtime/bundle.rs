//! Bundles: a run with all that somebody needs to verify it who has neither the log nor this program.
//!
//! A directory of plain files: the events and their links, signatures, output and runbooks, who may sign, a script that
//! verifies all of it with stock tools, a page that explains it, and the hashes of the files.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::audit::chain::sha256_hex;
use crate::report;
use crate::runtime::record;
use crate::runtime::resuming;
use crate::runtime::{Fail, session};
use crate::sign::signers::AllowedSigners;

/// The script that verifies a log or a bundle without this program.
pub const SCRIPT: &str = include_str!("../../assets/verify.sh");

const PAGE: &str = include_str!("../../assets/VERIFY.md");

/// Writes the bundle of the run whose id begins with `prefix`, with its children, into the new directory `target`.
/// `signers` is the text of the file that says who may sign.
///
/// # Errors
/// When the log cannot be read or does not hold, or `target` is there already or cannot be written. Nothing is left
/// behind then.
pub fn write(
    log: &Path,
    allowed: &Arc<AllowedSigners>,
    signers: &str,
    prefix: &str,
    target: &Path,
) -> Result<(), Fail> {
    if target.symlink_metadata().is_ok() {
        return Err(Fail::Usage(format!("{} is there already: name a new directory", target.display())));
    }
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = target.with_file_name(name);
    let written = gather(log, allowed, signers, prefix, &part)
        .and_then(|()| fs::rename(&part, target).map_err(|e| unwritten(target, &e)));
    written.inspect_err(|_| fs::remove_dir_all(&part).unwrap_or_default())
}

fn unwritten(path: &Path, error: &std::io::Error) -> Fail {
    Fail::System(format!("{} cannot be written: {error}", path.display()))
}

/// The files so far, each with its hash.
struct Files {
    root: PathBuf,
    sums: String,
}

impl Files {
    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), Fail> {
        let path = self.root.join(name);
        let write = || {
            let mut file = fs::File::create_new(&path)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(|e| unwritten(&path, &e))?;
        self.sums += &format!("{}  {name}\n", sha256_hex(bytes));
        Ok(())
    }
}

fn gather(
    log: &Path,
    allowed: &Arc<AllowedSigners>,
    signers: &str,
    prefix: &str,
    root: &Path,
) -> Result<(), Fail> {
    fs::create_dir(root).map_err(|e| unwritten(root, &e))?;
    for folder in ["events", "signatures", "output", "runbooks"] {
        let path = root.join(folder);
        fs::create_dir(&path).map_err(|e| unwritten(&path, &e))?;
    }
    let mut files = Files { root: root.to_owned(), sums: String::new() };
    let reader = session::reader(log)?.judging(Arc::clone(allowed));
    let tree = resuming::tree(&reader, prefix)?;
    let mut links = Vec::new();
    for folded in &tree {
        let run = &folded.run.id;
        let mut first = true;
        reader.raw::<Fail>(run, |raw| {
            let seq = raw.seq;
            files.put(&format!("events/{seq}.json"), format!("{}\n", raw.body).as_bytes())?;
            if let Some(sig) = &raw.sig {
                files.put(&format!("signatures/{seq}.sig"), sig.as_bytes())?;
            }
            if let Some(bytes) = &raw.chunk {
                files.put(&format!("output/{seq}"), bytes)?;
                if std::mem::take(&mut first) {
                    files.put(&format!("runbooks/{run}.md"), bytes)?;
                }
            }
            links.push((seq, raw.columns));
            Ok(())
        })?;
    }
    links.sort();
    let links: String = links.into_iter().map(|(_, line)| line + "\n").collect();
    files.put("links", links.as_bytes())?;
    files.put("record.md", record::verified(log, allowed, prefix, report::markdown)?.as_bytes())?;
    files.put("allowed_signers", signers.as_bytes())?;
    files.put("verify.sh", SCRIPT.as_bytes())?;
    files.put("VERIFY.md", PAGE.as_bytes())?;
    let sums = std::mem::take(&mut files.sums);
    files.put("SHA256SUMS", sums.as_bytes())
}
