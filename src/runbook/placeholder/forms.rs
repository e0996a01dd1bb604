//! The forms that placeholders have, wherever they stand; what surrounds them is judged in `script` and `prose`. Pure,
//! work linear: no form is longer than [`LONGEST`] bytes.

use std::ops::Range;

/// Bytes that a placeholder may have between its marks.
const LONGEST: usize = 64;
/// Bytes that the expression of a template tag may have.
const EXPRESSION: usize = 200;

/// A form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `<x>`
    Angle,
    /// `{x}`
    Brace,
    /// `[lower words]`
    Square,
    /// `{+…+}`
    Plus,
    /// `YOUR_…`, `CHANGEME`
    Word,
    /// `YYYY-MM-DD`
    Date,
    /// `NAME=...`
    Dots,
    /// `X.Y.Z`
    Version,
    /// `<%= x %>`, `{{ x }}`, `{{< x >}}`
    Template,
}

/// What looks like a placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate<'t> {
    /// Its form.
    pub form: Form,
    /// Its bytes.
    pub bytes: Range<usize>,
    /// What stands between its marks, which names it.
    pub inner: &'t str,
}

/// Returns everything in `text` that has one of the forms, in order, none inside another.
pub fn candidates(text: &str) -> Vec<Candidate<'_>> {
    let mut out = Vec::new();
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if at < from {
            continue;
        }
        let found = match byte {
            b'<' => angle(text, at),
            b'{' => brace(text, at),
            b'[' => square(text, at),
            b'Y' => date(text, at).or_else(|| word(text, at)),
            b'C' | b'R' => word(text, at),
            b'=' | b'.' => dots(text, at),
            b'X' | b'x' | b'0'..=b'9' => version(text, at),
            _ => None,
        };
        if let Some(found) = found {
            from = found.bytes.end;
            out.push(found);
        }
    }
    out
}

/// Returns the character before byte `at`.
pub fn before(text: &str, at: usize) -> Option<char> {
    text.get(..at)?.chars().next_back()
}

/// Returns the character at byte `at`.
pub fn after(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}

const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Returns what stands from `from` up to `end` on the same line, at most `most` bytes of it.
fn until<'t>(text: &'t str, from: usize, end: &str, most: usize) -> Option<&'t str> {
    let rest = text.get(from..)?;
    let mut near = rest.len().min(most + end.len());
    while !rest.is_char_boundary(near) {
        near -= 1;
    }
    let near = rest.get(..near)?;
    let at = near.find(end)?;
    near.get(..at).filter(|inner| !inner.contains('\n'))
}

fn angle(text: &str, at: usize) -> Option<Candidate<'_>> {
    if matches!(before(text, at), Some('<' | '\\' | '$')) {
        return None;
    }
    if let Some(rest) = text.get(at..).filter(|r| r.starts_with("<%")) {
        // Only `<%=` puts something in; the other tags decide.
        let begin = at + if rest.starts_with("<%=") { 3 } else { return None };
        let inner = until(text, begin, "%>", EXPRESSION)?;
        let bytes = at..begin + inner.len() + 2;
        return Some(Candidate { form: Form::Template, bytes, inner: inner.trim_matches(['-', ' ']) });
    }
    let inner = until(text, at + 1, ">", LONGEST)?;
    let first = inner.chars().next()?;
    let last = inner.chars().next_back()?;
    let allowed = |c: char| c.is_alphanumeric() || " _-./:#|,+'()".contains(c);
    let fits = (first.is_alphanumeric() || first == '_')
        && (last.is_alphanumeric() || matches!(last, '.' | ')' | '_' | '#' | '\''))
        && inner.chars().all(allowed)
        && inner.chars().any(char::is_alphabetic);
    if !fits || inner.contains("://") || [".h", ".hpp"].iter().any(|end| inner.ends_with(end)) {
        return None;
    }
    Some(Candidate { form: Form::Angle, bytes: at..at + inner.len() + 2, inner })
}

fn brace(text: &str, at: usize) -> Option<Candidate<'_>> {
    let prev = before(text, at);
    let rest = text.get(at..)?;
    if rest.starts_with("{{") {
        return if prev == Some('{') { None } else { template(text, at) };
    }
    if rest.starts_with("{+") {
        let inner = until(text, at + 2, "+}", EXPRESSION)?;
        let bytes = at..at + inner.len() + 4;
        return Some(Candidate { form: Form::Plus, bytes, inner: inner.trim() })
            .filter(|c| !c.inner.is_empty());
    }
    if matches!(prev, Some('$' | '{' | '\\' | '%' | '@' | '#' | '^')) {
        return None;
    }
    let inner = until(text, at + 1, "}", LONGEST)?;
    let end = at + inner.len() + 2;
    let ends = inner.starts_with(char::is_alphabetic) && inner.ends_with(char::is_alphanumeric);
    let allowed = |c: char| c.is_alphanumeric() || " _-./#".contains(c);
    // `{fd}>file` gives a file descriptor a name.
    if !ends
        || !inner.chars().all(allowed)
        || inner.contains("..")
        || matches!(after(text, end), Some('}' | '>'))
    {
        return None;
    }
    Some(Candidate { form: Form::Brace, bytes: at..end, inner })
}

/// `{{ x }}` of Liquid and its kin, `{{< x >}}` of Hugo; `{{.X}}` and its functions are Go's and are no placeholders.
fn template(text: &str, at: usize) -> Option<Candidate<'_>> {
    let inner = until(text, at + 2, "}}", EXPRESSION)?;
    let bytes = at..at + inner.len() + 4;
    // `{{% note %}}` and `{{< ref "a.md" >}}` make boxes and links.
    if inner.starts_with(['%', '<']) && (inner.starts_with('%') || inner.contains('"')) {
        return None;
    }
    let bare = inner.trim_matches(|c: char| c.is_whitespace() || "<>%-".contains(c));
    let go = [
        "range", "end", "if", "else", "with", "json", "index", "printf", "println", "len", "join", "define",
        "template", "block", "eq", "ne", "and", "or", "not", "upper", "lower", "title", "split", "table",
        "pad",
    ];
    let head = bare.split_whitespace().next().unwrap_or_default();
    let is_go = bare.starts_with(['.', '$', '"', '/', '(']) || bare.contains(" .") || go.contains(&head);
    if is_go || !bare.contains(char::is_alphanumeric) {
        return None;
    }
    // A filter behind a bar says how it is shown, not what it is.
    let bare = bare.split('|').next().unwrap_or(bare).trim();
    // `${{ x }}` is one tag.
    let bytes = if before(text, at) == Some('$') { bytes.start - 1..bytes.end } else { bytes };
    Some(Candidate { form: Form::Template, bytes, inner: bare })
}

fn square(text: &str, at: usize) -> Option<Candidate<'_>> {
    let inner = until(text, at + 1, "]", LONGEST)?;
    let end = at + inner.len() + 2;
    let prev = before(text, at);
    let next = after(text, end);
    let joined = |c: char| c.is_alphanumeric() || "_]})$\\![*?^".contains(c);
    if prev.is_some_and(joined) || next.is_some_and(|c| c.is_alphanumeric() || "([:]*?_+{".contains(c)) {
        return None;
    }
    let words: Vec<&str> = inner.split([' ', '-', '_']).collect();
    let lower = |w: &&str| {
        w.len() > 1
            && w.starts_with(|c: char| c.is_ascii_lowercase())
            && w.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    let not_meant = [
        "skip ci",
        "ci skip",
        "no ci",
        "skip-ci",
        "skip actions",
        "actions skip",
        "true",
        "false",
        "null",
        "none",
        "yes",
        "error",
        "info",
        "warn",
        "warning",
        "debug",
        "done",
        "fail",
        "failed",
        "pass",
        "passed",
        "success",
    ];
    if inner.len() < 3 || !words.iter().all(lower) || not_meant.contains(&inner) {
        return None;
    }
    Some(Candidate { form: Form::Square, bytes: at..end, inner })
}

/// The bytes of the word of capitals, digits, `_` and `-` that begins at `at`.
fn capitals(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or_default();
    let end = rest.find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_' || c == '-'));
    rest.get(..end.unwrap_or(rest.len())).unwrap_or_default().trim_end_matches(['-', '_'])
}

fn word(text: &str, at: usize) -> Option<Candidate<'_>> {
    if before(text, at).is_some_and(|c| is_word(c) || c == '$') {
        return None;
    }
    // `${CHANGEME}` is a variable.
    if text.get(..at)?.ends_with("${") {
        return None;
    }
    let word = capitals(text, at);
    let end = at + word.len();
    let known = ["CHANGEME", "CHANGE_ME", "CHANGE-ME", "REPLACEME", "REPLACE_ME", "REPLACE-ME"];
    let yours = word.strip_prefix("YOUR").is_some_and(|r| r.len() > 1 && r.starts_with(['_', '-']));
    // `YOUR_TOKEN=abc` gives it a value.
    let fits = (known.contains(&word) || yours) && !after(text, end).is_some_and(|c| is_word(c) || c == '=');
    fits.then_some(Candidate { form: Form::Word, bytes: at..end, inner: word })
}

fn date(text: &str, at: usize) -> Option<Candidate<'_>> {
    if before(text, at).is_some_and(|c| c.is_ascii_alphabetic() || c == '%') {
        return None;
    }
    let rest = text.get(at..)?;
    let forms = ["YYYY-MM-DD", "YYYY.MM.DD", "YYYY/MM/DD", "YYYY_MM_DD", "YYYYMMDD", "YYYY-MM"];
    let form = forms.into_iter().find(|f| rest.starts_with(f))?;
    let end = at + form.len();
    if after(text, end).is_some_and(|c| c.is_ascii_alphabetic()) {
        return None;
    }
    Some(Candidate { form: Form::Date, bytes: at..end, inner: text.get(at..end)? })
}

/// `NAME=...`, `--flag ...`: a value that is only dots, also in quotes.
fn dots(text: &str, at: usize) -> Option<Candidate<'_>> {
    let rest = text.get(at..)?;
    let head = text.get(..at)?;
    let (name, begin) = if rest.starts_with('=') {
        (last_word(head), at + 1)
    } else if rest.starts_with("...") && head.ends_with(' ') {
        (last_word(head.trim_end()).strip_prefix("--").map(|n| n.trim_end_matches('='))?, at)
    } else {
        return None;
    };
    let value = text.get(begin..)?;
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let inner = begin + usize::from(quote.is_some());
    let bare = text.get(inner..)?;
    let len = ["...", "…"].into_iter().find(|d| bare.starts_with(d))?.len();
    let mut tail = bare.get(len..)?.chars();
    let closed = quote.is_none() || tail.next() == quote;
    let ends = tail.next().is_none_or(|c| c.is_whitespace() || ";&|)".contains(c));
    let named = name.trim_start_matches('-');
    let named = !named.is_empty() && named.chars().all(|c| is_word(c) || c == '-');
    let inner_name = name.trim_start_matches('-');
    (closed && ends && named).then(|| Candidate {
        form: Form::Dots,
        bytes: inner..inner + len,
        inner: inner_name,
    })
}

fn last_word(head: &str) -> &str {
    // A name is short: no further back is looked.
    let mut from = head.len().saturating_sub(LONGEST);
    while !head.is_char_boundary(from) {
        from += 1;
    }
    let near = head.get(from..).unwrap_or_default();
    near.rsplit(|c: char| c.is_whitespace() || "\"';&|(=".contains(c)).next().unwrap_or_default()
}

/// `X.Y.Z`, `x.y.z`, `1.0.x`; with `(-rcN)` or `-rcN` behind it that is part of it.
fn version(text: &str, at: usize) -> Option<Candidate<'_>> {
    let prev = before(text, at);
    if prev.is_some_and(|c| c == '.' || c == '_' || c == '$' || c.is_ascii_digit()) {
        return None;
    }
    // `v1.0.x` is one letter and a version; `max.y.z` is none.
    if prev.is_some_and(char::is_alphabetic) && before(text, at - 1).is_some_and(is_word) {
        return None;
    }
    let rest = text.get(at..)?;
    let part = |c: &u8| c.is_ascii_alphanumeric() || *c == b'.';
    let end = rest.bytes().take(24).take_while(part).count();
    let body = rest.get(..end)?.trim_end_matches('.');
    let parts: Vec<&str> = body.split('.').collect();
    let digits = |p: &&str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit());
    let letter = |p: &&str| matches!(*p, "X" | "x" | "Y" | "y" | "Z" | "z" | "N" | "n");
    let numbered = parts.first().is_some_and(digits);
    let fits = parts.iter().all(|p| digits(p) || letter(p))
        && match (numbered, parts.first()) {
            (true, _) => parts.len() > 1 && parts.last().is_some_and(|p| matches!(*p, "x" | "X")),
            (false, Some(&"X")) => parts.len() > 1,
            (false, Some(&"x")) => parts.len() > 2,
            _ => false,
        };
    if !fits || (prev.is_some_and(char::is_alphabetic) && numbered && !matches!(prev, Some('v' | 'V'))) {
        return None;
    }
    let mut len = body.len();
    for tail in ["(-rcN)", "(-rc.N)", "-rcN", "-rc.N", "(-rcX)", "-rcX"] {
        if rest.get(len..).is_some_and(|r| r.starts_with(tail)) {
            len += tail.len();
            break;
        }
    }
    // `(-rcN)` may be left out, so that with and without it one version is meant.
    let whole = rest.get(..len)?;
    let inner = whole.split('(').next().unwrap_or(whole);
    Some(Candidate { form: Form::Version, bytes: at..at + len, inner })
}
