//! Reads shell text line by line: quotes, comments, continuations, here-documents; pure, work linear.

use std::collections::VecDeque;

use crate::text::sanitize::is_typographic_quote;

/// A command line as the shell sees it: physical lines joined by continuations, quotes and here-documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Its text without here-documents; comments and continuations removed.
    pub text: String,
    /// Whether a here-document feeds it.
    pub fed: bool,
}

/// What was found in a script.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// The commands in order; blank and comment lines make none.
    pub commands: Vec<Command>,
    /// Names that the shell expands (`$NAME`, `${NAME…}`), in order, with repetitions.
    pub expanded: Vec<String>,
    /// Comments that label: one for every run of comment lines, one for every comment behind a command.
    pub labels: usize,
    /// Whether a quote, a continuation or a here-document is still open at the end.
    pub open: bool,
    /// The first typographic quotation mark that stands where a shell quote would.
    pub typographic: Option<char>,
}

/// Returns what `script` holds.
#[must_use]
pub fn scan(script: &str) -> Scan {
    let mut scanner = Scanner::default();
    for line in script.lines() {
        scanner.line(line);
    }
    scanner.finish()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Quote {
    #[default]
    None,
    Single,
    /// `$'…'`, in which a backslash escapes.
    Ansi,
    Double,
}

#[derive(Debug)]
struct Heredoc {
    delimiter: String,
    /// `<<-`: leading tabs do not count.
    dash: bool,
    /// A quoted delimiter: nothing is expanded inside.
    literal: bool,
}

/// The state between two lines.
#[derive(Debug, Default)]
pub struct Scanner {
    found: Scan,
    quote: Quote,
    waiting: VecDeque<Heredoc>,
    fed: bool,
    continued: bool,
    current: String,
    /// Whether the line before was a comment.
    commented: bool,
}

impl Scanner {
    /// Reads one line without its line feed.
    pub fn line(&mut self, line: &str) {
        if !self.in_quote_or_continued() {
            if let Some(heredoc) = self.waiting.front() {
                let body = if heredoc.dash { line.trim_start_matches('\t') } else { line };
                if body == heredoc.delimiter {
                    self.waiting.pop_front();
                } else if !heredoc.literal {
                    expansions(line, &mut self.found.expanded);
                }
                return;
            }
            self.end_command();
        }
        self.continued = false;
        let comments = line.trim_start().starts_with('#') && !self.in_quote_or_continued();
        if comments && !self.commented {
            self.found.labels += 1;
        }
        self.commented = comments;
        self.code(line);
    }

    /// Returns whether the next line belongs to the command read last.
    pub fn is_open(&self) -> bool {
        self.in_quote_or_continued() || !self.waiting.is_empty()
    }

    /// Returns what was found.
    pub fn finish(mut self) -> Scan {
        self.found.open = self.is_open();
        self.end_command();
        self.found
    }

    fn in_quote_or_continued(&self) -> bool {
        self.quote != Quote::None || self.continued
    }

    fn end_command(&mut self) {
        let text = std::mem::take(&mut self.current);
        let fed = std::mem::take(&mut self.fed);
        if !text.trim().is_empty() {
            self.found.commands.push(Command { text: text.trim().to_owned(), fed });
        }
    }

    fn code(&mut self, line: &str) {
        if !self.current.is_empty() {
            self.current.push(' ');
        }
        let mut chars = line.char_indices().peekable();
        let mut before = ' ';
        while let Some((at, c)) = chars.next() {
            let rest = line.get(at..).unwrap_or_default();
            match self.quote {
                Quote::Single if c == '\'' => self.quote = Quote::None,
                Quote::Single => {}
                Quote::Ansi | Quote::Double | Quote::None if c == '\\' => {
                    if chars.next().is_none() {
                        self.continued = true;
                        return;
                    }
                    self.current.push(c);
                    before = 'x';
                    continue;
                }
                Quote::Ansi if c == '\'' => self.quote = Quote::None,
                Quote::Ansi => {}
                Quote::Double if c == '"' => self.quote = Quote::None,
                Quote::Double => self.expansion(rest),
                Quote::None => match c {
                    '\'' => self.quote = if before == '$' { Quote::Ansi } else { Quote::Single },
                    '"' => self.quote = Quote::Double,
                    '#' if before.is_whitespace() || ";&|(".contains(before) => {
                        self.found.labels += usize::from(!self.current.trim().is_empty());
                        return;
                    }
                    '<' if before != '<' && rest.starts_with("<<") && !rest.starts_with("<<<") => {
                        self.heredoc(rest)
                    }
                    c if is_typographic_quote(c) => {
                        self.found.typographic.get_or_insert(c);
                    }
                    _ => self.expansion(rest),
                },
            }
            self.current.push(c);
            before = c;
        }
    }

    fn expansion(&mut self, rest: &str) {
        if let Some(name) = expansion_at(rest) {
            self.found.expanded.push(name.to_owned());
        }
    }

    fn heredoc(&mut self, rest: &str) {
        let after = rest.get(2..).unwrap_or_default();
        let dash = after.starts_with('-');
        let word = after.trim_start_matches('-').trim_start_matches([' ', '\t']);
        let quote = word.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let delimiter = match quote {
            Some(q) => word.get(1..).and_then(|w| w.split(q).next()).unwrap_or_default(),
            None => {
                word.split(|c: char| c.is_whitespace() || ";&|<>()".contains(c)).next().unwrap_or_default()
            }
        };
        // `$((1 << 2))` is arithmetic; delimiters are words.
        if delimiter.starts_with(|c: char| c.is_alphabetic() || "_\\!".contains(c)) {
            let literal = quote.is_some() || delimiter.starts_with('\\');
            let delimiter = delimiter.trim_start_matches('\\').to_owned();
            self.waiting.push_back(Heredoc { delimiter, dash, literal });
            self.fed = true;
        }
    }
}

/// Returns the name that is expanded at the beginning of `text`, if one is.
fn expansion_at(text: &str) -> Option<&str> {
    let after = text.strip_prefix('$')?;
    let after = after.strip_prefix('{').map_or(after, |inner| inner.trim_start_matches(['#', '!']));
    let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
    let name = after.get(..end)?;
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_').then_some(name)
}

/// Appends every name that `line` mentions after a `$` which no backslash escapes.
pub fn expansions(line: &str, out: &mut Vec<String>) {
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        if c == '$' && !escaped {
            out.extend(expansion_at(line.get(at..).unwrap_or_default()).map(str::to_owned));
        }
        escaped = c == '\\' && !escaped;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(script: &str) -> Vec<String> {
        scan(script).commands.into_iter().map(|c| c.text).collect()
    }

    #[test]
    fn commands_are_joined_as_the_shell_joins_them() {
        assert_eq!(commands("a\n\n# note\nb # tail\n"), ["a", "b"]);
        assert_eq!(commands("a \\\n  b\nc"), ["a    b", "c"]);
        assert_eq!(commands("echo 'x\ny'\nz"), ["echo 'x y'", "z"]);
        assert_eq!(commands("cat <<EOF >f\nrm -rf /\nEOF\nb"), ["cat <<EOF >f", "b"]);
        assert_eq!(commands("cat <<-'X'\n\tq $A\n\tX\nb $B"), ["cat <<-'X'", "b $B"]);
        assert_eq!(commands("echo $((1<<2)) ${x#y} a#b"), ["echo $((1<<2)) ${x#y} a#b"]);
        assert_eq!(commands("cat <<<word\nb"), ["cat <<<word", "b"]);
    }

    #[test]
    fn labels_are_comments_before_and_behind_commands() {
        assert_eq!(
            scan("# one\n# still one\na\n\n# two\nb # three\ncat <<E\n# none\nE\necho '\n# none'").labels,
            3
        );
        assert_eq!(scan("a\nb").labels, 0);
    }

    #[test]
    fn what_is_open_is_said() {
        for open in ["echo 'x", "echo \"x", "a \\", "cat <<EOF\nx", "echo $'a\\'"] {
            assert!(scan(open).open, "{open}");
        }
        for closed in ["echo 'x'", "# don't", "echo \"it's\"", "echo \\\"", "echo $'a\\''", "cat <<E\nE"] {
            assert!(!scan(closed).open, "{closed}");
        }
        assert_eq!(scan("echo “x”").typographic, Some('“'));
        assert_eq!(scan("echo 'it’s' # “x”").typographic, None);
    }

    #[test]
    fn expansions_are_those_the_shell_would_make() {
        let names =
            scan("echo $A ${B:-x} '$C' \"${#D}\" \\$E # $F\ncat <<X\n$G\nX\ncat <<'Y'\n$H\nY\n$1 $? $$")
                .expanded;
        assert_eq!(names, ["A", "B", "D", "G"]);
    }
}
