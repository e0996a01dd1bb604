//! Links that lead nowhere; pure: the caller says what stands beside the file.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;

use super::Neighbour;
use crate::diag::suggest::nearest;
use crate::runbook::findings::Findings;
use crate::runbook::markdown::spots::{Spots, spots};
use crate::runbook::model::Runbook;
use crate::runbook::slug::slug;

/// Links that are followed; a file with more is hostile.
const MOST_LINKS: usize = 2_000;

static ANCHORS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i)<[a-z][^>]*?\s(?:id|name)\s*=\s*["']?([^"'\s>]+)"#).ok());

/// Notes links of the text whose file or anchor is not there.
pub fn check(text: &str, spots: &Spots, beside: &dyn Fn(&str) -> Neighbour, findings: &mut Findings<'_>) {
    let own = anchors(text, spots);
    let mut known: HashMap<String, Option<HashSet<String>>> = HashMap::new();
    for (link, bytes) in spots.links.iter().take(MOST_LINKS) {
        let Some((path, anchor)) = target(link) else { continue };
        let anchors = if path.is_empty() {
            Some(&own)
        } else {
            let neighbour = known.entry(path.clone());
            let missing = || {
                let message = format!("this link leads nowhere: there is no file `{path}` beside this one");
                (message, "mend the path; it counts from the directory of this file")
            };
            let entry = match neighbour {
                std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::hash_map::Entry::Vacant(entry) => match beside(&path) {
                    Neighbour::Missing => {
                        let (message, help) = missing();
                        findings.warning("broken-link", bytes, message, help);
                        continue;
                    }
                    Neighbour::Other => entry.insert(None),
                    Neighbour::Markdown(text) => {
                        let spots = spots_of(&text);
                        entry.insert(Some(self::anchors(&text, &spots)))
                    }
                },
            };
            entry.as_ref()
        };
        let Some(anchor) = anchor.filter(|a| !a.is_empty()) else { continue };
        if let Some(anchors) = anchors.filter(|known| !known.contains(&anchor.to_lowercase())) {
            let message = format!("this link leads nowhere: no heading is called `#{anchor}`");
            let near = findings.has_room().then(|| nearest(&anchor, anchors.iter().map(String::as_str)));
            let help =
                near.flatten().map_or("mend the anchor, or give the heading its name".to_owned(), |n| {
                    format!("did you mean `#{n}`?")
                });
            findings.warning("broken-link", bytes, message, help);
        }
    }
}

/// Notes files that the runbook needs and that are not there. `environments` says whether its own environment file
/// would be read.
pub fn needed(
    runbook: &Runbook,
    text: &str,
    environments: bool,
    beside: &dyn Fn(&str) -> Neighbour,
    findings: &mut Findings<'_>,
) {
    let front = &runbook.front;
    let rollback = front.rollback.as_deref().filter(|r| !r.starts_with('#'));
    for (key, path) in
        [("rollback", rollback), ("environments", front.environments.as_deref().filter(|_| environments))]
    {
        let Some(path) = path.filter(|p| matches!(beside(p), Neighbour::Missing)) else { continue };
        // The model keeps no place for it; it stands in the front matter, behind its key.
        let key_at = text.find(&format!("{key}:")).unwrap_or_default();
        let at = key_at + text.get(key_at..).and_then(|rest| rest.find(path)).unwrap_or_default();
        let message = format!("`{key}` names `{path}`, and there is no such file beside this one");
        findings.error_help(
            "missing-file",
            &(at..at + path.len()),
            message,
            "mend the path, or write the file",
        );
    }
    for item in &runbook.boxes {
        let Some(path) = item.runbook.as_deref() else { continue };
        let file = path.split('#').next().unwrap_or_default();
        if matches!(beside(file), Neighbour::Missing) {
            let message = format!("this box runs `{file}`, and there is no such file beside this one");
            let found = crate::diag::Diagnostic::error("missing-file", message);
            findings.add(found.help("mend the path, or write the runbook").at(item.place.clone()), None);
        }
    }
}

fn spots_of(text: &str) -> Spots {
    spots(text, crate::runbook::front::body(text))
}

/// Returns the anchors of a text, in lower case: its headings as GitHub names them, and the names in its HTML.
fn anchors(text: &str, spots: &Spots) -> HashSet<String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut out = HashSet::new();
    for heading in &spots.headings {
        let slug = slug(heading);
        let count = counts.entry(slug.clone()).or_default();
        out.insert(if *count == 0 { slug } else { format!("{slug}-{count}") });
        *count += 1;
    }
    for bytes in &spots.html {
        let html = text.get(bytes.clone()).unwrap_or_default();
        let names = ANCHORS.iter().flat_map(|found| found.captures_iter(html)).filter_map(|c| c.get(1));
        out.extend(names.map(|m| m.as_str().to_lowercase()));
    }
    out
}

/// Returns the path and the anchor of a link that leads to a file beside this one or within it.
fn target(link: &str) -> Option<(String, Option<String>)> {
    let scheme = link.split(['/', '?', '#']).next().is_some_and(|first| first.contains(':'));
    let template = link.contains(['{', '<', '$', '[']);
    if scheme || template || link.starts_with('/') || link.starts_with('\\') {
        return None;
    }
    let (path, anchor) = match link.split_once('#') {
        Some((path, anchor)) => (path, Some(decoded(anchor)?)),
        None => (link, None),
    };
    let path = decoded(path.split('?').next().unwrap_or_default())?;
    Some((path, anchor))
}

/// Returns `text` with `%20` and the like as what they stand for (RFC 3986, section 2.1).
fn decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| byte == b'%').and_then(|d| std::str::from_utf8(d).ok());
        let value = digits.and_then(|d| u8::from_str_radix(d, 16).ok());
        out.push(value.unwrap_or(byte));
        rest = if value.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8(out).ok()
}
