//! The operator's own settings, `config.yaml`: so far the name; pure.

use super::environment::plain;
use super::file::{self, Parsed};

/// What the settings file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// The name the operator goes by, used when `--as` is not given.
    pub name: Option<String>,
}

/// Letters a name may have.
const NAME_LETTERS: usize = 80;

/// Parses a settings file; an empty one is fine.
///
/// # Errors
/// All findings, at least one of them an error.
pub fn parse(bytes: &[u8]) -> Parsed<Settings> {
    file::yaml(bytes, crate::runbook::MAX_BYTES, |root, reader| {
        let mut out = Settings::default();
        for (key, name, value) in reader.entries(root, "the settings file") {
            if name != "name" {
                reader.unknown_key(key, &name, &["name"], &[]);
            } else if let Some(name) = plain(value, "`name`", reader) {
                match check_name(&name) {
                    Ok(()) => out.name = Some(name.trim().to_owned()),
                    Err(why) => reader.error("bad-name", value, why),
                }
            }
        }
        out
    })
}

/// Checks the name of an operator: any script, not empty, one line, at most 80 letters.
///
/// # Errors
/// A sentence when it is something else.
pub fn check_name(name: &str) -> Result<(), String> {
    let hidden = crate::runbook::first_hidden(name, true).is_some() || name.contains(['\n', '\r', '\t']);
    if name.trim().is_empty() {
        Err("a name must not be empty".to_owned())
    } else if hidden {
        Err("a name must not hold line breaks or hidden characters".to_owned())
    } else if name.chars().count() > NAME_LETTERS {
        Err(format!("a name may have at most {NAME_LETTERS} letters"))
    } else {
        Ok(())
    }
}

/// Returns the text of a settings file that says `settings`.
#[must_use]
pub fn render(settings: &Settings) -> String {
    match &settings.name {
        Some(name) => format!("name: {}\n", super::answers::quote(name)),
        None => "# name: the name you go by in the log\n".to_owned(),
    }
}
