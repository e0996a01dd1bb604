//! Lock files and what is installed from them: names with exact versions, for composer and npm alike.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use regex::Regex;

use super::call::Stop;

/// Packages by name, each with its exact version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packages(BTreeMap<String, String>);

impl Packages {
    /// Reads a `composer.lock`.
    pub fn composer(text: &str) -> Self {
        Self::find(text, r#""name":\s*"([^"]+)",\s*"version":\s*"([^"]+)""#)
    }

    /// Reads a `package-lock.json` of version 3.
    pub fn npm(text: &str) -> Self {
        Self::find(text, r#""node_modules/([^"]+)":\s*\{\s*"version":\s*"([^"]+)""#)
    }

    /// Reads the `dependencies` of a `package.json`.
    pub fn wanted(text: &str) -> Self {
        let block = Regex::new(r#""dependencies":\s*\{([^}]*)\}"#).ok();
        let block =
            block.and_then(|re| re.captures(text)).and_then(|found| found.get(1)).map_or("", |m| m.as_str());
        Self::find(block, r#""([^"]+)":\s*"([^"]+)""#)
    }

    fn find(text: &str, pattern: &str) -> Self {
        let Ok(re) = Regex::new(pattern) else { return Self::default() };
        Self(
            re.captures_iter(text)
                .map(|c| c.extract())
                .map(|(_, [n, v])| (n.to_owned(), v.to_owned()))
                .collect(),
        )
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns every package as name and version, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, version)| (name.as_str(), version.as_str()))
    }

    /// Returns the packages that `have` lacks or holds in another version.
    pub fn not_in<'a>(&'a self, have: &'a Self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.iter().filter(|(name, version)| have.0.get(*name).map(String::as_str) != Some(*version))
    }
}

/// Returns whether the demo's package registry offers `name` in `version`.
///
/// # Errors
/// The registry's list cannot be read.
pub fn offered(root: &Path, name: &str, version: &str) -> Result<bool, Stop> {
    let list = fs::read_to_string(root.join("registry/packages.txt"))?;
    let wanted = format!("{name} {version}");
    Ok(list.lines().any(|line| line == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_are_read_and_compared() {
        let old = Packages::composer(r#"{"packages": [{"name": "a/b", "version": "v1"}]}"#);
        let new = Packages::composer(
            r#"{"packages": [{"name": "a/b", "version": "v1"}, {"name": "c/d", "version": "v2"}]}"#,
        );
        assert_eq!(old.len(), 1);
        assert_eq!(new.not_in(&old).collect::<Vec<_>>(), [("c/d", "v2")]);
        assert_eq!(old.not_in(&new).count(), 0);
        let npm = Packages::npm(r#"{"packages": {"node_modules/next": {"version": "16.0.1"}}}"#);
        assert_eq!(npm.iter().collect::<Vec<_>>(), [("next", "16.0.1")]);
        assert_eq!(Packages::wanted(r#"{"dependencies": {"next": "16.0.1"}}"#), npm);
    }
}
