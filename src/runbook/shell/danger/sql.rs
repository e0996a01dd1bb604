//! Which statements of a query language destroy; pure.

use crate::runbook::shell::rows::Match;

/// Returns the first statement of `text` that destroys. Strings and comments are not looked into.
pub fn sql(text: &str) -> Option<Match> {
    let mut statement: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_alphanumeric() || c == '_' {
            word.extend(c.to_uppercase());
            continue;
        }
        if !word.is_empty() {
            statement.push(std::mem::take(&mut word));
        }
        match c {
            '\'' | '"' | '`' => while chars.next().is_some_and(|inner| inner != c) {},
            '-' if chars.peek() == Some(&'-') => while chars.next().is_some_and(|inner| inner != '\n') {},
            '/' if chars.peek() == Some(&'*') => {
                let mut star = false;
                while let Some(inner) = chars.next().filter(|inner| !(star && *inner == '/')) {
                    star = inner == '*';
                }
            }
            ';' => {
                if let Some(why) = judge(&statement) {
                    return Some(why);
                }
                statement.clear();
            }
            _ => {}
        }
    }
    if !word.is_empty() {
        statement.push(word);
    }
    judge(&statement)
}

fn judge(statement: &[String]) -> Option<Match> {
    let first = statement.first()?.as_str();
    let has = |word: &str| statement.iter().any(|w| w == word);
    let (what, why) = match first {
        "DROP" => ("DROP", "deletes what it names, data included"),
        "TRUNCATE" => ("TRUNCATE", "deletes every row"),
        "ALTER" if has("DROP") => ("ALTER … DROP", "deletes a column, data included"),
        "UPDATE" if has("SET") && !has("WHERE") => ("UPDATE", "without WHERE changes every row"),
        "DELETE" | "WITH" | "EXPLAIN" if has("DELETE") && has("FROM") && !has("WHERE") => {
            ("DELETE", "without WHERE deletes every row")
        }
        _ => return None,
    };
    Some(Match { what: what.to_owned(), why })
}
