//! Shell variables: what a script mentions and sets, which names a runbook may declare; pure.

use super::scan::expansions;

/// Names that gonogo sets, that its wrapper uses, or that a shell does not let anybody set.
const RESERVED: [&str; 12] = [
    "ENV",
    "RUN",
    "HOST",
    "ROLE",
    "GONOGO_STEP",
    "_",
    "BASHOPTS",
    "BASH_VERSINFO",
    "EUID",
    "PPID",
    "SHELLOPTS",
    "UID",
];

/// Checks a name that a runbook wants to declare, capture or take as a value.
///
/// # Errors
/// A sentence: it is no shell name, or it is reserved.
pub fn check_variable(name: &str) -> Result<(), String> {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !starts || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') || name.len() > 64 {
        return Err(format!(
            "`{name}` is not a variable name: a letter or `_`, then letters, digits, `_`, at most 64"
        ));
    }
    if RESERVED.contains(&name) || name.starts_with("__g_") || name.starts_with("GONOGO_") {
        return Err(format!("`{name}` is set by gonogo or the shell and cannot be declared"));
    }
    Ok(())
}

/// Returns the names that `script` mentions as `$NAME` or `${NAME…}`, each once, in order of their first mention.
///
/// Quotes and comments are not looked at: a name in `sh -c '…$NAME…'` is used as well.
#[must_use]
pub fn mentions(script: &str) -> Vec<String> {
    let mut all = Vec::new();
    for line in script.lines() {
        expansions(line, &mut all);
    }
    let mut seen = std::collections::HashSet::new();
    all.retain(|name| seen.insert(name.clone()));
    all
}

/// Returns the names that `script` sets itself: assignments, `for`, `read` and the like.
#[must_use]
pub fn assigned(script: &str) -> Vec<String> {
    let is_name = |w: &str| check_variable(w).is_ok();
    let mut out = Vec::new();
    for line in script.lines().flat_map(|line| line.split([';', '&', '|'])) {
        let mut words =
            line.split(|c: char| c.is_whitespace() || "(){}`\"'".contains(c)).filter(|w| !w.is_empty());
        while let Some(word) = words.next() {
            match word {
                "for" | "select" => out.extend(words.next().filter(|w| is_name(w)).map(str::to_owned)),
                "read" | "mapfile" | "readarray" | "getopts" | "export" | "declare" | "local" | "unset" => {
                    let names = words.by_ref().map(|w| w.split('=').next().unwrap_or(w));
                    out.extend(names.filter(|w| is_name(w)).map(str::to_owned));
                }
                _ => {
                    let name = word.split_once('=').map(|(name, _)| name.trim_end_matches('+'));
                    out.extend(name.filter(|n| is_name(n)).map(str::to_owned));
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_and_assignments() {
        assert_eq!(mentions("echo $A ${B:?x} '$C' \\$D $A $1 ${#E}"), ["A", "B", "C", "E"]);
        assert_eq!(
            assigned("A=1 B+=2; export C=3 D\nfor E in x; do read -r F G; done\n[ x = y ]"),
            ["A", "B", "C", "D", "E", "F", "G"]
        );
    }

    #[test]
    fn reserved_and_impossible_names_are_refused() {
        for name in ["ENV", "RUN", "HOST", "ROLE", "__g_x", "GONOGO_X", "1A", "A-B", "", "UID", "É"] {
            assert!(check_variable(name).is_err(), "{name}");
        }
        assert!(check_variable("VERSION").is_ok() && check_variable("_x1").is_ok());
    }
}
