//! Links to other runbooks: relative paths of Markdown files; pure.

/// Returns the relative Markdown files that `links` lead to, each once.
pub fn runbooks(links: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for path in links.iter().filter_map(|link| runbook(link)) {
        if !out.contains(&path) {
            out.push(path);
        }
        // Looking for equal ones is for people's files, not for hostile ones.
        if out.len() == 100 {
            break;
        }
    }
    out
}

/// Returns the file that `link` leads to if that is a relative Markdown file: anchor and query are cut off, and
/// `%20` and the like (RFC 3986, section 2.1) are the characters they stand for.
pub fn runbook(link: &str) -> Option<String> {
    let path = link.split(['#', '?']).next().unwrap_or_default();
    let lower = path.to_ascii_lowercase();
    let markdown = lower.ends_with(".md") || lower.ends_with(".markdown");
    if !markdown || path.contains(':') || path.starts_with(['/', '\\']) {
        return None;
    }
    let decoded = decode(path)?;
    (!decoded.chars().any(char::is_control)).then_some(decoded)
}

fn decode(path: &str) -> Option<String> {
    let mut out = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|d| byte == b'%' && d.iter().all(u8::is_ascii_hexdigit));
        match digits.and_then(|d| std::str::from_utf8(d).ok()).and_then(|d| u8::from_str_radix(d, 16).ok()) {
            Some(decoded) => {
                out.push(decoded);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_relative_markdown_files_are_runbooks() {
        for (link, want) in [
            ("mobile.md", Some("mobile.md")),
            ("../ops/Roll%20back.MD#now", Some("../ops/Roll back.MD")),
            ("a.markdown?x=1", Some("a.markdown")),
            ("50%.md", Some("50%.md")),
            ("https://example.net/a.md", None),
            ("/etc/a.md", None),
            ("mailto:a.md", None),
            ("a.txt", None),
            ("#a.md", None),
            ("a%00.md", None),
            ("a%ff.md", None),
        ] {
            assert_eq!(runbook(link).as_deref(), want, "{link}");
        }
        let links = ["a.md", "b.txt", "a.md#x", "c.md"].map(str::to_owned);
        assert_eq!(runbooks(&links), ["a.md", "c.md"]);
    }
}
