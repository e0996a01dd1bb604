//! The sources as the architecture tests read them: without comments, without the insides of strings, without tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A source file.
pub struct File {
    /// Its path from the crate's root, with forward slashes.
    pub path: String,
    /// The room it belongs to.
    pub room: String,
    /// Its text.
    pub text: String,
    /// Its code: comments, the insides of strings and `#[cfg(test)]` modules removed.
    pub code: String,
}

impl File {
    /// Returns the rooms that its code names by `crate::…`.
    pub fn crate_paths(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for after in self.code.split("crate::").skip(1) {
            match after.strip_prefix('{') {
                Some(list) => {
                    let end = list.find('}').unwrap_or(list.len());
                    let names = list[..end].split(',').map(|n| word(n.trim()));
                    found.extend(names.filter(|n| !n.is_empty()));
                }
                None => drop(found.insert(word(after))),
            }
        }
        // Names of the root itself, such as macros, are no rooms.
        found.retain(|name| name.starts_with(char::is_lowercase));
        found
    }

    /// Returns those of `dependencies` that its code names.
    pub fn outside(&self, dependencies: &BTreeSet<String>) -> BTreeSet<String> {
        let named = |name: &&String| {
            let path = format!("{name}::");
            self.code.match_indices(&path).any(|(at, _)| {
                let before = self.code[..at].chars().next_back();
                // `crate::text` and `super::regex` are names of ours, `::serde` is the crate's.
                let ours = self.code[..at].ends_with("crate::")
                    || self.code[..at].ends_with("super::")
                    || self.code[..at].ends_with("self::");
                !ours && !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
            }) || self.code.contains(&format!("use {name};"))
        };
        dependencies.iter().filter(named).cloned().collect()
    }
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Returns the names of the outside crates as code names them.
pub fn dependencies() -> BTreeSet<String> {
    let manifest =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).expect("Cargo.toml");
    let section = manifest.split("\n[dependencies]\n").nth(1).expect("dependencies");
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    lines.filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.trim().replace('-', "_")).collect()
}

/// Returns all sources of the library and the program.
pub fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(root, &root.join("src"), &mut found);
    assert!(found.len() > 50, "only {} sources found", found.len());
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(root, &path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path).expect("a source");
            let path = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
            let inner = path.trim_start_matches("src/");
            let room = inner.split('/').next().unwrap_or(inner).trim_end_matches(".rs").to_owned();
            let code = without_tests(&code(&text));
            found.push(File { path, room, text, code });
        }
    }
}

/// Returns `code` up to its test module; tests stand at the end of a file.
fn without_tests(code: &str) -> String {
    let module = code
        .match_indices("#[cfg(test)]")
        .find(|(at, _)| code[*at..].trim_start_matches("#[cfg(test)]").trim_start().starts_with("mod "));
    code[..module.map_or(code.len(), |(at, _)| at)].to_owned()
}

/// Returns `text` without comments and without what stands inside strings and character literals.
pub fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if c == '"' {
            out.push_str("\"\"");
            string(rest)
        } else if let Some(length) = raw_string(rest).filter(|_| !in_word(&out)) {
            out.push_str("\"\"");
            length
        } else if let Some(length) = character(rest) {
            out.push_str("' '");
            length
        } else {
            out.push(c);
            c.len_utf8()
        };
        rest = &rest[skip..];
    }
    out
}

fn in_word(out: &str) -> bool {
    out.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_')
}

/// Returns the length of the string literal that `text` begins with.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Returns the length of the raw string literal that `text` begins with, if it does.
fn raw_string(text: &str) -> Option<usize> {
    let after = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = after[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let end = body.find(&close).map_or(body.len(), |end| end + close.len());
    Some(text.len() - body.len() + end)
}

/// Returns the length of the character literal that `text` begins with; a lifetime is none.
fn character(text: &str) -> Option<usize> {
    let body = text.strip_prefix('\'')?;
    if let Some(escape) = body.strip_prefix('\\') {
        let end = escape.char_indices().skip(1).find(|(_, c)| *c == '\'')?.0;
        return Some(2 + end + 1);
    }
    let c = body.chars().next()?;
    body[c.len_utf8()..].starts_with('\'').then(|| 2 + c.len_utf8())
}

#[test]
fn comments_strings_and_characters_are_no_code() {
    let text = "a // b\n/* c */ d \"e \\\" f\" 'g' '\\'' r#\"h \" i\"# <'j> k b\"l\" '\\u{202e}' m";
    assert_eq!(code(text), "a \n d \"\" ' ' ' ' \"\" <'j> k b\"\" ' ' m");
    assert_eq!(without_tests("a\n#[cfg(test)]\nmod tests { b }"), "a\n");
    assert_eq!(without_tests("#[cfg(test)]\nfn a() {}"), "#[cfg(test)]\nfn a() {}");
}

#[test]
fn paths_are_found_wherever_they_stand() {
    let file = |code: &str| File {
        path: String::new(),
        room: String::new(),
        text: String::new(),
        code: code.to_owned(),
    };
    let found =
        file("use crate::run::state; crate::text::cut(); use crate::{audit, exec::Engine};").crate_paths();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["audit", "exec", "run", "text"]);
    let crates = BTreeSet::from(["regex".to_owned(), "tokio".to_owned(), "serde".to_owned()]);
    let found =
        file("use serde::Serialize; fn a() -> ::tokio::B; crate::regex::c(); my_tokio::d()").outside(&crates);
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["serde", "tokio"]);
}
