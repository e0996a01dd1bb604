//! The bin directory: one short script for each stand-in, so that whoever looks finds out what it is.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{WorldError, at};
use crate::demo::standin;

/// Writes the scripts, each by rename, so that a script in use is never half there.
pub fn write(bin: &Path, exe: &Path) -> Result<(), WorldError> {
    fs::create_dir_all(bin).map_err(at(bin))?;
    for name in standin::names() {
        let temporary = bin.join(format!(".{name}.{}", std::process::id()));
        fs::write(&temporary, script(name, exe)).map_err(at(&temporary))?;
        fs::set_permissions(&temporary, fs::Permissions::from_mode(0o755)).map_err(at(&temporary))?;
        fs::rename(&temporary, bin.join(name)).map_err(at(&temporary))?;
    }
    Ok(())
}

/// Returns the script that stands where `name` would be.
fn script(name: &str, exe: &Path) -> String {
    let exe = exe.to_string_lossy().replace('\'', r"'\''");
    format!(
        "#!/bin/sh\n# A stand-in of the gonogo demo, not the real {name}; the state it works on is real.\n\
         exec '{exe}' __stand-in {name} \"$@\"\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_quotes_stays_one_word() {
        let text = script("php", Path::new("/tmp/it's here/gonogo"));
        assert_eq!(text.lines().count(), 3);
        assert!(text.ends_with("exec '/tmp/it'\\''s here/gonogo' __stand-in php \"$@\"\n"), "{text}");
    }
}
