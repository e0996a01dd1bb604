//! The manual's page on the format: every key stands in it, and each of its examples parses.

use gonogo::config::{answers, environment};
use gonogo::runbook::{Neighbour, Surroundings, keys, lint, parse};

const PAGE: &str = include_str!("../../../assets/manual/format.md");

/// Returns the insides of the page's fences that begin with `open`.
fn blocks(open: &str) -> Vec<String> {
    let marks = open.chars().take_while(|c| *c == '`').collect::<String>();
    let mut out = Vec::new();
    let mut lines = PAGE.lines();
    while let Some(line) = lines.next() {
        if line == open {
            let inside: Vec<&str> = lines.by_ref().take_while(|line| *line != marks).collect();
            out.push(inside.join("\n") + "\n");
        }
    }
    out
}

/// Returns the part of the page below the heading `title`, up to the next heading.
fn section(title: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(&format!("\n{title}\n")).unwrap_or_else(|| panic!("no section {title}"));
    let mut fenced = false;
    let mut end = 0;
    for line in rest.split_inclusive('\n') {
        if line.starts_with("```") {
            fenced = !fenced;
        }
        // The examples hold headings of their own, between four marks.
        if !fenced && line.starts_with('#') && PAGE.contains(&format!("\n{line}\n")) {
            break;
        }
        end += line.len();
    }
    &rest[..end]
}

#[test]
fn every_key_of_the_code_stands_in_the_page() {
    let titles = [
        ("the front matter", "### Front matter"),
        ("a variable", "### Front matter"),
        ("a code block", "### Blocks"),
        ("a box", "### Boxes"),
        ("a heading", "### Headings"),
    ];
    let all = keys();
    assert_eq!(all.len(), titles.len());
    for (place, keys) in all {
        let (_, title) = titles.iter().find(|(p, _)| *p == place).unwrap_or_else(|| panic!("{place}"));
        let text = section(title);
        assert!(!keys.is_empty());
        for key in keys {
            assert!(text.contains(&format!("`{key}`")), "`{key}` of {place} is missing below {title}");
        }
    }
    for key in environment::keys() {
        assert!(section("## The environment file").contains(&format!("`{key}`")), "{key}");
    }
    for key in answers::KEYS {
        assert!(section("## The answers file").contains(&format!("`{key}`")), "{key}");
    }
}

#[test]
fn every_key_that_works_stands_in_an_example() {
    let examples = blocks("````markdown").concat();
    for (place, keys) in keys() {
        for key in keys {
            let word =
                regex::Regex::new(&format!(r"(?m)(?:^|[\s{{]){}(?:[:=\s]|$)", regex::escape(key))).unwrap();
            assert!(word.is_match(&examples), "no example of `{key}` of {place}");
        }
    }
}

#[test]
fn every_example_parses() {
    let examples = blocks("````markdown");
    assert!(examples.len() > 7);
    for text in &examples {
        let (runbook, found) = parse("example.md", text.as_bytes()).unwrap_or_else(|found| {
            panic!("{text}\n{}", gonogo::diag::render("example.md", text, &found, gonogo::diag::Look::Plain))
        });
        assert_eq!(found, [], "{text}");
        let around = Surroundings {
            targets: &[],
            environments: &["staging".to_owned(), "production".to_owned()],
            own_environments: true,
            beside: &|_| Neighbour::Other,
        };
        let errors: Vec<_> = lint(&runbook, text, &around).into_iter().filter(|f| f.is_error()).collect();
        let known = |f: &gonogo::diag::Diagnostic| f.code == "unknown-role" || f.code == "unstated-host";
        assert!(errors.iter().all(known), "{errors:?} in {text}");
    }
    let environments = blocks("```yaml environments");
    assert_eq!(environments.len(), 1);
    for text in environments {
        environment::parse(text.as_bytes()).unwrap_or_else(|found| panic!("{found:?}"));
    }
    let files = blocks("```yaml answers");
    assert_eq!(files.len(), 1);
    for text in files {
        answers::parse(text.as_bytes()).unwrap_or_else(|found| panic!("{found:?}"));
    }
    for text in blocks("```json") {
        serde_json::from_str::<serde_json::Value>(&text).unwrap();
    }
}
