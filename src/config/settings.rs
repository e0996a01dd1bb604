//! The operator's own settings, `config.yaml`: the name, the key that signs for it, and who may sign; pure.

use super::environment::plain;
use super::file::{self, Parsed};

/// What the settings file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// The name the operator goes by, used when `--as` is not given.
    pub name: Option<String>,
    /// The file of the public key, or of the certificate, that signs for the name.
    pub key: Option<String>,
    /// The file of allowed signers, instead of `allowed_signers` beside the settings.
    pub allowed_signers: Option<String>,
    /// A file of public keys that count no longer.
    pub revoked_keys: Option<String>,
}

/// Every key of the file.
const KEYS: [&str; 4] = ["name", "key", "allowed_signers", "revoked_keys"];

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
            let field = match name.as_str() {
                "name" => {
                    if let Some(name) = plain(value, "`name`", reader) {
                        match check_name(&name) {
                            Ok(()) => out.name = Some(name.trim().to_owned()),
                            Err(why) => reader.error("bad-name", value, why),
                        }
                    }
                    continue;
                }
                "key" => &mut out.key,
                "allowed_signers" => &mut out.allowed_signers,
                "revoked_keys" => &mut out.revoked_keys,
                _ => {
                    reader.unknown_key(key, &name, &KEYS, &[]);
                    continue;
                }
            };
            *field = plain(value, &format!("`{name}`"), reader).filter(|path| !path.is_empty());
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
    let Settings { name, key, allowed_signers, revoked_keys } = settings;
    let mut out = match name {
        Some(name) => format!("name: {}\n", super::answers::quote(name)),
        None => "# name: the name you go by in the log\n".to_owned(),
    };
    let files = [("key", key), ("allowed_signers", allowed_signers), ("revoked_keys", revoked_keys)];
    for (key, value) in files {
        if let Some(value) = value {
            out += &format!("{key}: {}\n", super::answers::quote(value));
        }
    }
    out
}

/// Checks that a name can be proven by a key: it stands in the file of allowed signers, where some letters mean more.
///
/// # Errors
/// A sentence when it cannot.
pub fn check_signing_name(name: &str) -> Result<(), String> {
    check_name(name)?;
    if name.contains(['*', '?', '!', ',', '"']) || name.starts_with('#') {
        return Err("a name that a key proves must not hold * ? ! , \" or begin with #".to_owned());
    }
    Ok(())
}
