//! The git origins, from fast-import streams with fixed dates, and the checkouts of the hosts.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use super::WorldError;
use crate::demo::standin;

/// The branch that is deployed.
const BRANCH: &str = "release/v1.0.x";

/// Makes the bare repository `origin` from the first part of its history.
pub fn found(origin: &Path, stream: &str) -> Result<(), WorldError> {
    let (parent, path) = (origin.parent().unwrap_or(origin), origin.to_string_lossy());
    git(parent, &["init", "--quiet", "--bare", "--template=", &path], "")?;
    git(origin, &["symbolic-ref", "HEAD", &format!("refs/heads/{BRANCH}")], "")?;
    import(origin, stream)
}

/// Adds a part of the history to `origin`.
pub fn import(origin: &Path, stream: &str) -> Result<(), WorldError> {
    git(origin, &["fast-import", "--quiet"], stream)
}

/// Clones `origin` into `checkout`, which commits and tags as the deploy user of `host`.
pub fn clone(origin: &Path, checkout: &Path, host: &str) -> Result<(), WorldError> {
    let email = format!("user.email=deploy@{host}.demo");
    let (from, to) = (origin.to_string_lossy(), checkout.to_string_lossy());
    let options = ["clone", "--quiet", "--template=", "-c", "user.name=deploy", "-c", &email];
    let rest = ["-c", "advice.detachedHead=false", "-b", BRANCH, "--", &from, &to];
    git(origin, &[options.as_slice(), rest.as_slice()].concat(), "")
}

/// Runs git in `dir` with `input`, untouched by the configuration of user and machine.
fn git(dir: &Path, args: &[&str], input: &str) -> Result<(), WorldError> {
    let what = format!("git {}", args.first().copied().unwrap_or_default());
    let fail = |why: String| WorldError::Git { what: what.clone(), why };
    let mut command = standin::git(dir);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| fail(error.to_string()))?;
    // A stream is a few kilobytes and git reads it before it says anything, so neither pipe can fill up.
    let sent = child.stdin.take().map_or(Ok(()), |mut pipe| pipe.write_all(input.as_bytes()));
    let output = child.wait_with_output().map_err(|error| fail(error.to_string()))?;
    if !output.status.success() {
        return Err(fail(String::from_utf8_lossy(&output.stderr).trim_end().to_owned()));
    }
    // What git does not want to read it may leave in the pipe: only a failure of git counts, or a stream that it did not get.
    if input.is_empty() { Ok(()) } else { sent.map_err(|error| fail(error.to_string())) }
}
