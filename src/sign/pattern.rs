//! Lists of patterns as OpenSSH matches them (ssh_config(5), "PATTERNS"): `*`, `?`, and `!` before what is not meant.

/// Returns whether `text` matches the list: some pattern fits, and none with `!` does.
#[must_use]
pub fn matches_list(text: &str, list: &str) -> bool {
    let mut found = false;
    for pattern in list.split(',') {
        match pattern.strip_prefix('!') {
            Some(not) if matches(text, not) => return false,
            Some(_) => {}
            None => found |= matches(text, pattern),
        }
    }
    found
}

/// Returns whether the whole of `text` fits `pattern`.
fn matches(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let (mut t, mut p) = (0, 0);
    // Where the newest star stands, and how much of the text it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || text.get(t) == Some(c) => {
                t += 1;
                p += 1;
            }
            _ => {
                let Some((at, taken)) = star else { return false };
                star = Some((at, taken + 1));
                t = taken + 1;
                p = at + 1;
            }
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
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
            ("نورة", "?و*", true),
        ] {
            assert_eq!(matches_list(text, list), fits, "{text} {list}");
        }
    }
}
