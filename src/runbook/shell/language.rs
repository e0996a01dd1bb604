//! Which code blocks are shell, by the first word of their info string; pure.

use crate::diag::suggest::nearest;

/// Names of fences whose code is steps.
pub const SHELL: [&str; 8] =
    ["sh", "bash", "shell", "zsh", "console", "shell-session", "shellsession", "terminal"];

/// Words near the shell names that name something else.
const OTHERS: [&str; 14] =
    ["ssh", "csh", "ksh", "fish", "cs", "js", "h", "hs", "sass", "dash", "hash", "shader", "shen", "session"];

/// What a code block is by its language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Shell.
    Shell,
    /// Nothing is said.
    Unnamed,
    /// Near enough to the shell name it holds to be a slip.
    Misspelt(&'static str),
    /// Something else.
    Other,
}

/// Returns what the language word `word` of a fence means.
#[must_use]
pub fn language(word: &str) -> Language {
    let lower = word.to_ascii_lowercase();
    if lower.is_empty() {
        Language::Unnamed
    } else if SHELL.contains(&lower.as_str()) {
        Language::Shell
    } else if OTHERS.contains(&lower.as_str()) || lower.len() < 3 {
        Language::Other
    } else {
        nearest(&lower, SHELL).map_or(Language::Other, Language::Misspelt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_slips_and_others() {
        assert_eq!(language("bash"), Language::Shell);
        assert_eq!(language("Console"), Language::Shell);
        assert_eq!(language(""), Language::Unnamed);
        assert_eq!(language("shel"), Language::Misspelt("shell"));
        assert_eq!(language("bahs"), Language::Misspelt("bash"));
        for other in
            ["sql", "yaml", "json", "text", "ssh", "py", "diff", "ini", "fish", "css", "cs", "js", "mermaid"]
        {
            assert_eq!(language(other), Language::Other, "{other}");
        }
    }
}
