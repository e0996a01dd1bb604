//! What may be put into a text placeholder; pure.

/// Returns nothing if `value` may be put into a script as it is.
///
/// Only `[A-Za-z0-9._/:@+=,-]` is taken, at least one of them, no `-` first (an option), no `..` between slashes (another
/// directory), so that the shell reads it as the one word it is.
///
/// # Errors
/// A sentence that says what is wrong and what to do instead.
pub fn check(name: &str, value: &str) -> Result<(), String> {
    let instead = format!("use a variable in the script for it (\"${name}\")");
    if value.is_empty() {
        return Err("it is empty".to_owned());
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._/:@+=,-".contains(c);
    if let Some(c) = value.chars().find(|c| !allowed(*c)) {
        let shown = if c == ' ' {
            "a space".to_owned()
        } else {
            format!("“{}”", crate::diag::visible(&c.to_string()))
        };
        return Err(format!(
            "{shown} cannot be put into a script, only letters, digits and . _ / : @ + = , - can; {instead}"
        ));
    }
    if value.starts_with('-') {
        return Err(format!("a `-` at the beginning would make it an option; {instead}"));
    }
    if value.split('/').any(|segment| segment == "..") {
        return Err(format!("`..` would lead to another directory; {instead}"));
    }
    Ok(())
}

/// Returns whether `name` sounds like a secret, whose value had better be in no record.
#[must_use]
pub fn sounds_secret(name: &str) -> bool {
    let parts: Vec<&str> = name.split('_').collect();
    let secret =
        ["PASSWORD", "PASSWD", "PASS", "PASSPHRASE", "SECRET", "TOKEN", "CREDENTIAL", "CREDENTIALS", "PWD"];
    parts.iter().any(|p| secret.contains(p)) || name.ends_with("API_KEY") || name.ends_with("PRIVATE_KEY")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_harmless_word_is_taken() {
        for good in
            ["v1.2.3", "a", "release/1.0", "a@b", "x:y", "2026-11-22", "1+1", "k=v,w", "..a", "a..b", "_"]
        {
            assert_eq!(check("X", good), Ok(()), "{good}");
        }
        let bad = [
            "",
            " ",
            "a b",
            "-rf",
            "--x",
            "..",
            "../x",
            "x/..",
            "a/../b",
            "a;b",
            "a|b",
            "$(x)",
            "`x`",
            "a\nb",
            "a*",
            "a?b",
            "'x'",
            "\"x\"",
            "~",
            "a&b",
            "<x>",
            "{a}",
            "[a]",
            "é",
            "مرحبا",
            "a\\b",
            "#x",
            "!x",
            "a%b",
            "\u{202e}",
            "a\0b",
        ];
        for bad in bad {
            let why = check("X", bad).unwrap_err();
            assert!(bad.is_empty() || why.contains("use a variable"), "{bad}: {why}");
        }
    }

    #[test]
    fn secrets_are_known_by_their_names() {
        for name in ["DB_PASSWORD", "TOKEN", "API_KEY", "GITHUB_TOKEN", "YOUR_API_KEY"] {
            assert!(sounds_secret(name), "{name}");
        }
        for name in ["VERSION", "KEY", "PASSED", "COMPASS", "SECRETARY"] {
            assert!(!sounds_secret(name), "{name}");
        }
    }
}
