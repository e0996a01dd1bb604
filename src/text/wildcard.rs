//! Patterns as OpenSSH matches them (ssh_config(5), "PATTERNS"): `*` for any bytes, `?` for one.

/// Returns whether the whole of `text` fits `pattern`, byte by byte as `ssh` compares them. Takes time linear in the product
/// of the lengths, whatever stands in them.
#[must_use]
pub fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where the newest star stands, and how much of the text it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == b'?' || text.get(t) == Some(c) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, taken)) = star else { return false };
                star = Some((at, taken + 1));
                p = at + 1;
                t = taken + 1;
            }
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| *c == b'*'))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_take_any_bytes_and_question_marks_one() {
        for (pattern, text, wanted) in [
            ("", "", true),
            ("*", "", true),
            ("?", "", false),
            ("a*c", "abbc", true),
            ("a*c", "abcb", false),
            ("*.example.net", "a.example.net", true),
            ("a?c", "abc", true),
            ("l*y*a", "layla", true),
            // One byte, as in ssh: the letter has two.
            ("?", "é", false),
            ("??", "é", true),
        ] {
            assert_eq!(fits(pattern, text), wanted, "{pattern} {text}");
        }
    }
}
