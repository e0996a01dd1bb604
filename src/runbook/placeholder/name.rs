//! The normalised name of a placeholder; pure.

use sha2::{Digest, Sha256};

use super::unset::USUAL;
use crate::runbook::shell::variables::check_variable;

/// The longest variable name.
const LONGEST: usize = 64;

/// Returns the variable that stands for what is written between the marks of a placeholder: upper case, everything but
/// letters and digits `_`; none if no letter or digit is left.
#[must_use]
pub fn name(inner: &str) -> Option<String> {
    let inner = inner.trim_matches(|c: char| !c.is_alphanumeric() && c != '_');
    if !inner.chars().any(char::is_alphanumeric) {
        return None;
    }
    if inner.chars().any(|c| c.is_alphanumeric() && !c.is_ascii_alphanumeric()) {
        return Some(format!("BLANK_{}", digits(&inner.to_uppercase())));
    }
    let mapped = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let mut name: String = inner.chars().map(mapped).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, 'V');
    }
    if check_variable(&name).is_err() && name.len() <= LONGEST || USUAL.contains(&name.as_str()) {
        name.insert_str(0, "YOUR_");
    }
    if name.len() > LONGEST {
        let hash = digits(&name);
        name.truncate(LONGEST - hash.len() - 1);
        name = format!("{name}_{hash}");
    }
    Some(name)
}

/// Eight digits of the hash of `text`, in capitals.
fn digits(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(4).map(|b| format!("{b:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_for_all_spellings() {
        let cases = [
            ("version", "VERSION"),
            ("VERSION", "VERSION"),
            ("new version", "NEW_VERSION"),
            ("app-name", "APP_NAME"),
            (" +service name+ ", "SERVICE_NAME"),
            ("PR#", "PR"),
            ("X.Y.Z", "X_Y_Z"),
            ("1.0.x", "V1_0_X"),
            ("MY__VAR", "MY__VAR"),
            ("path", "YOUR_PATH"),
            ("host", "YOUR_HOST"),
            ("gonogo_x", "YOUR_GONOGO_X"),
        ];
        for (inner, wanted) in cases {
            assert_eq!(name(inner).as_deref(), Some(wanted), "{inner}");
        }
        assert_eq!(name(" - "), None);
    }

    #[test]
    fn every_name_can_be_a_variable() {
        for inner in ["версия", "إصدار", "1st", &"long name ".repeat(20), "__g_x", "_", "Éric"] {
            if let Some(name) = name(inner) {
                assert!(check_variable(&name).is_ok(), "{inner} {name}");
            }
        }
        assert_eq!(name("версия"), name("Версия"));
        assert_ne!(name("версия"), name("хост"));
    }
}
