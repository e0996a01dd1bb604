//! Lists of patterns as OpenSSH matches them (ssh_config(5), "PATTERNS"): `*`, `?`, and `!` before what is not meant.

use crate::text::wildcard;

/// Returns whether `text` matches the list: some pattern fits, and none with `!` does.
#[must_use]
pub fn matches_list(text: &str, list: &str) -> bool {
    let mut found = false;
    for pattern in list.split(',') {
        match pattern.strip_prefix('!') {
            Some(not) if wildcard::fits(not, text) => return false,
            Some(_) => {}
            None => found |= wildcard::fits(pattern, text),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::matches_list;

    #[test]
    fn lists_match_as_openssh_matches_them() {
        for (text, list, fits) in [
            ("layla@example.net", "layla@example.net", true),
            ("layla@example.net", "*@example.net", true),
            ("layla@example.net", "omar@example.net,layla@*", true),
            ("layla@example.net", "*@example.net,!layla@*", false),
            ("layla@example.net", "!omar@*", false),
            ("layla", "l?yl?", true),
            ("layla", "l?yl", false),
            ("layla", "Layla", false),
            ("layla", "", false),
            ("aaab", "*ab", true),
            ("aaa", "*ab*", false),
            // Byte by byte: a letter may be several.
            ("نورة", "??و*", true),
            ("نورة", "?و*", false),
        ] {
            assert_eq!(matches_list(text, list), fits, "{text} {list}");
        }
    }
}
