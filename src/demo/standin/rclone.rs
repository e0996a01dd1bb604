//! `rclone`: `lsf`, `copyto`, `deletefile` and `backend versioning` on the remote `spaces:`, object storage that keeps old versions.
//!
//! A bucket is a directory below `spaces/`; what was overwritten or deleted lies below `spaces/.versions/`, under the name that rclone gives
//! an old version (`name-v2026-11-16-040000-000.sql`). An object is as old as its file.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};

use super::call::{Call, Stop};
use super::state;

/// The remote's name, as it stands before a path.
const REMOTE: &str = "spaces:";

/// The options that are known, and what else was given.
#[derive(Debug, Default)]
struct Asked<'a> {
    max_age: Option<Duration>,
    versions: bool,
    words: Vec<&'a str>,
}

/// Runs `rclone`: exit code 1 for a call that it does not know, 3 a directory that is not there, 4 an object that is not there.
pub fn run(call: &Call) -> Result<u8, Stop> {
    let asked = parse(&call.args)?;
    match asked.words.as_slice() {
        ["lsf", path] => list(call, path, &asked),
        ["copyto", from, to] => copy(call, from, to, asked.versions),
        ["deletefile", path] => {
            let object = found(call, path, false)?;
            put_aside(call, &object)?;
            Ok(0)
        }
        ["backend", "versioning", path] => {
            let bucket = place(call, path, false)?;
            let set = fs::read_to_string(call.root.join("spaces/.versioning"))?;
            let name = bucket.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let enabled = bucket.is_dir() && set.lines().any(|line| line == name);
            call.say(if enabled { "Enabled" } else { "Unversioned" })?;
            Ok(0)
        }
        _ => Err(Stop::new(
            1,
            "the rclone of the demo knows lsf, copyto, deletefile and backend versioning, on spaces: only",
        )),
    }
}

fn parse(args: &[String]) -> Result<Asked<'_>, Stop> {
    let mut asked = Asked::default();
    let mut words = args.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let (name, value) = word.split_once('=').map_or((word, None), |(n, v)| (n, Some(v)));
        match name {
            "--max-age" => {
                let text = value.or_else(|| words.next()).unwrap_or_default();
                asked.max_age = Some(age(text).ok_or_else(|| {
                    Stop::new(1, format!("invalid argument \"{text}\" for \"--max-age\": write 36h or 7d"))
                })?);
            }
            "--s3-versions" => asked.versions = true,
            option if option.starts_with('-') => {
                return Err(Stop::new(1, format!("Error: unknown flag: {option}")));
            }
            _ => asked.words.push(word),
        }
    }
    Ok(asked)
}

fn age(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let hours = digits.parse::<u64>().ok()?.checked_mul(match unit {
        "h" => 1,
        "d" => 24,
        _ => return None,
    })?;
    hours.checked_mul(3600).map(Duration::from_secs)
}

/// Lists the names in a directory, sorted; one below it ends with a slash.
fn list(call: &Call, path: &str, asked: &Asked<'_>) -> Result<u8, Stop> {
    call.pause(150);
    let mut names = Vec::new();
    let mut there = false;
    let now = state::now(&call.root)?;
    for versions in [false, true].into_iter().filter(|versions| asked.versions || !versions) {
        let Ok(entries) = fs::read_dir(place(call, path, versions)?) else { continue };
        there = true;
        for entry in entries {
            let entry = entry?;
            let (name, meta) = (entry.file_name().to_string_lossy().into_owned(), entry.metadata()?);
            let old = now.duration_since(meta.modified()?).unwrap_or_default();
            match asked.max_age {
                Some(limit) if meta.is_file() && old > limit => {}
                _ if meta.is_dir() => names.push(format!("{name}/")),
                _ => names.push(name),
            }
        }
    }
    if !there {
        return Err(Stop::new(3, format!("ERROR : error listing: directory not found: {path}")));
    }
    names.sort();
    names.dedup();
    for name in names {
        call.say(&name)?;
    }
    Ok(0)
}

fn copy(call: &Call, from: &str, to: &str, versions: bool) -> Result<u8, Stop> {
    call.pause(400);
    let source = if from.starts_with(REMOTE) { found(call, from, versions)? } else { local(call, from)? };
    let bytes =
        fs::read_to_string(&source).map_err(|error| Stop::new(4, format!("ERROR : {from}: {error}")))?;
    let target = if to.starts_with(REMOTE) { place(call, to, false)? } else { local(call, to)? };
    if to.starts_with(REMOTE) && target.is_file() {
        put_aside(call, &target)?;
    }
    state::write(&call.root, &target, &bytes)?;
    Ok(0)
}

/// Makes the object an old version of itself.
fn put_aside(call: &Call, object: &Path) -> Result<(), Stop> {
    let spaces = call.root.join("spaces");
    let below = object.strip_prefix(&spaces).map_err(|_| Stop::new(1, "not in a bucket"))?;
    let when = DateTime::<Utc>::from(fs::metadata(object)?.modified()?).format("%Y-%m-%d-%H%M%S-%3f");
    let part =
        |text: Option<&std::ffi::OsStr>| text.map(|t| t.to_string_lossy().into_owned()).unwrap_or_default();
    let name = match below.extension() {
        Some(end) => format!("{}-v{when}.{}", part(below.file_stem()), end.to_string_lossy()),
        None => format!("{}-v{when}", part(below.file_name())),
    };
    let target = spaces.join(".versions").join(below).with_file_name(name);
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(fs::rename(object, target)?)
}

/// Returns the file of the object that `path` names, or of an old version of one.
fn found(call: &Call, path: &str, versions: bool) -> Result<PathBuf, Stop> {
    let mut places = vec![place(call, path, false)?];
    if versions {
        places.push(place(call, path, true)?);
    }
    places
        .into_iter()
        .find(|place| place.is_file())
        .ok_or_else(|| Stop::new(4, format!("ERROR : {path}: object not found")))
}

/// Returns where `spaces:BUCKET/PATH` lies.
fn place(call: &Call, path: &str, versions: bool) -> Result<PathBuf, Stop> {
    let below = path.strip_prefix(REMOTE).ok_or_else(|| {
        Stop::new(
            1,
            format!("Failed to create file system for \"{path}\": the demo has the remote spaces: only"),
        )
    })?;
    let fine = !below.is_empty() && Path::new(below).components().all(|part| {
        matches!(part, std::path::Component::Normal(name) if !name.to_string_lossy().starts_with('.'))
    });
    if !fine {
        return Err(Stop::new(1, format!("{path}: not the path of an object or a directory")));
    }
    let spaces = call.root.join("spaces");
    Ok(if versions { spaces.join(".versions").join(below) } else { spaces.join(below) })
}

/// Returns a path of the host, by its real directory.
fn local(call: &Call, path: &str) -> Result<PathBuf, Stop> {
    Ok(call.cwd.canonicalize()?.join(path))
}

/// Sets the age of the file at `path`, by its time of modification.
///
/// # Errors
/// The file system refuses.
pub fn date(path: &Path, when: SystemTime) -> Result<(), Stop> {
    Ok(fs::File::options().write(true).open(path)?.set_modified(when)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_hours_or_days() {
        assert_eq!(age("36h"), Some(Duration::from_secs(36 * 3600)));
        assert_eq!(age("7d"), Some(Duration::from_secs(7 * 86_400)));
        for bad in ["", "d", "7", "7w", "-1d", "٣d"] {
            assert_eq!(age(bad), None, "{bad}");
        }
    }
}
