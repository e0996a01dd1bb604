//! Which values a step may be given. The limits are Linux's: 128 KiB for one environment string.

use super::super::request::Value;
use secrecy::ExposeSecret;

/// Largest value in bytes.
pub const VALUE_MAX: usize = 100 * 1024;
/// Largest sum of all names and values in bytes.
pub const VALUES_MAX: usize = 1024 * 1024;

/// Names that a shell keeps for itself or that the wrapper uses.
const RESERVED: [&str; 9] =
    ["UID", "EUID", "PPID", "BASHOPTS", "SHELLOPTS", "BASH_VERSINFO", "_", "GONOGO_STEP", "BASH_ENV"];

/// Why a value cannot be given to a step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueRefused {
    /// Not a shell name, or one that the shell or the wrapper keeps for itself.
    #[error("{0:?} cannot be the name of a variable on a host")]
    Name(String),
    /// Contains a NUL byte, which no environment can hold.
    #[error("the value of {0} contains a NUL byte")]
    Nul(String),
    /// Longer than [`VALUE_MAX`].
    #[error("the value of {0} is longer than 100 KiB")]
    TooLong(String),
    /// All together longer than [`VALUES_MAX`].
    #[error("the values together are longer than 1 MiB")]
    TooMuch,
}

/// Checks one value.
///
/// # Errors
/// Says what is wrong with it; never shows the value itself.
pub fn check_value(value: &Value) -> Result<(), ValueRefused> {
    let name = &value.name;
    let shaped = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !shaped || name.starts_with("__g_") || RESERVED.contains(&name.as_str()) || name.len() > 255 {
        return Err(ValueRefused::Name(name.clone()));
    }
    let text = value.value.expose_secret();
    if text.contains('\0') {
        return Err(ValueRefused::Nul(name.clone()));
    }
    if text.len() > VALUE_MAX {
        return Err(ValueRefused::TooLong(name.clone()));
    }
    Ok(())
}

/// Checks all values of a step, also their sum.
///
/// # Errors
/// Says what is wrong with the first bad one.
pub fn check_values(values: &[Value]) -> Result<(), ValueRefused> {
    values.iter().try_for_each(check_value)?;
    let sum: usize = values.iter().map(|v| v.name.len() + v.value.expose_secret().len() + 2).sum();
    if sum > VALUES_MAX { Err(ValueRefused::TooMuch) } else { Ok(()) }
}
