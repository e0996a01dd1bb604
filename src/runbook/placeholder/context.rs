//! What the shell makes of each byte of a script: code, quoted text, comment, here-document; and which command it
//! belongs to. Pure, one pass; no shell parser, but it knows where a `<` cannot be a redirection.

use std::collections::VecDeque;
use std::ops::Range;

/// What a byte is to the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It is read as code.
    Code,
    /// In single quotes.
    Single,
    /// In double quotes.
    Double,
    /// A comment.
    Comment,
    /// The body of a here-document in which names are expanded.
    Here,
    /// The body of a here-document that is taken as it is.
    Literal,
}

/// What the command does with its words, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Head {
    /// Nothing special.
    #[default]
    Plain,
    /// It takes code or patterns: awk, sed, grep, python.
    Code,
    /// It shows text: echo, printf, read.
    Say,
    /// It takes the format of a date.
    Date,
    /// It takes messages: git.
    Message,
}

/// The bytes of one script.
#[derive(Debug)]
pub struct Context {
    kinds: Vec<Kind>,
    /// From which byte on which command's words stand, in order.
    heads: Vec<(usize, Head)>,
}

impl Context {
    /// Reads `script`.
    pub fn of(script: &str) -> Self {
        let mut reader = Reader::default();
        for line in script.split_inclusive('\n') {
            reader.line(line);
        }
        Self { kinds: reader.kinds, heads: reader.heads }
    }

    /// Returns what the byte at `at` is.
    pub fn kind(&self, at: usize) -> Kind {
        self.kinds.get(at).copied().unwrap_or(Kind::Code)
    }

    /// Returns what the command does that the byte at `at` belongs to.
    pub fn head(&self, at: usize) -> Head {
        let after = self.heads.partition_point(|(from, _)| *from <= at);
        after.checked_sub(1).and_then(|n| self.heads.get(n)).map(|(_, head)| *head).unwrap_or_default()
    }

    /// Returns the bytes around `at` that are of its kind, at most `most` to the left.
    pub fn start(&self, at: usize, most: usize) -> usize {
        let kind = self.kind(at);
        let least = at.saturating_sub(most);
        (least..at).rev().take_while(|n| self.kind(*n) == kind).last().unwrap_or(at)
    }
}

#[derive(Debug)]
struct Heredoc {
    delimiter: String,
    dash: bool,
    literal: bool,
    head: Head,
}

#[derive(Debug, Default)]
struct Reader {
    kinds: Vec<Kind>,
    heads: Vec<(usize, Head)>,
    quote: Option<char>,
    /// `$'…'`
    ansi: bool,
    continued: bool,
    waiting: VecDeque<Heredoc>,
    head: Head,
    /// Whether the command's own word is still to come.
    awaiting: bool,
    /// Whether the next word belongs to an option before it.
    valued: bool,
    word: Range<usize>,
    outer: Vec<Head>,
}

/// Words before the one that says what is done.
const BEFORE: [&str; 21] = [
    "sudo", "doas", "env", "time", "nohup", "exec", "command", "builtin", "if", "while", "until", "then",
    "do", "else", "elif", "!", "{", "xargs", "nice", "watch", "timeout",
];

fn head_of(word: &str) -> Option<Head> {
    let name = word.rsplit('/').next().unwrap_or(word);
    let number = name.bytes().all(|b| b.is_ascii_digit() || b == b's' || b == b'm');
    if BEFORE.contains(&name) || word.starts_with('-') || word.contains('=') || number {
        return None;
    }
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    Some(match bare {
        "sed" | "gsed" | "awk" | "gawk" | "mawk" | "perl" | "python" | "ruby" | "node" | "grep" | "egrep"
        | "fgrep" | "zgrep" | "rg" | "ack" | "ag" | "jq" | "yq" | "tr" | "expr" | "xmllint"
        | "xmlstarlet" | "osascript" | "expect" | "Rscript" | "lua" | "bc" | "find" | "rename" | "cut"
        | "case" | "ls" => Head::Code,
        "echo" | "printf" | "logger" | "read" | "say" | "notify-send" | "print" | "whiptail" | "dialog" => {
            Head::Say
        }
        "date" | "gdate" => Head::Date,
        "git" | "hg" | "svn" | "gh" => Head::Message,
        _ => Head::Plain,
    })
}

impl Reader {
    fn put(&mut self, c: char, kind: Kind) {
        self.kinds.extend(std::iter::repeat_n(kind, c.len_utf8()));
    }

    fn line(&mut self, line: &str) {
        let bare = line.trim_end_matches(['\n', '\r']);
        if self.quote.is_none() && !self.continued {
            if let Some(here) = self.waiting.front() {
                let body = if here.dash { bare.trim_start_matches('\t') } else { bare };
                let kind = if here.literal { Kind::Literal } else { Kind::Here };
                self.begin(here.head);
                if body == self.waiting.front().map(|h| h.delimiter.as_str()).unwrap_or_default() {
                    self.waiting.pop_front();
                }
                line.chars().for_each(|c| self.put(c, kind));
                return;
            }
            self.awaiting = true;
            self.valued = false;
            self.outer.clear();
            self.begin(Head::Plain);
        }
        self.continued = false;
        self.code(line);
    }

    fn begin(&mut self, head: Head) {
        self.head = head;
        let at = self.kinds.len();
        if self.heads.last().is_none_or(|(_, last)| *last != head) {
            self.heads.push((at, head));
        }
    }

    fn code(&mut self, line: &str) {
        let mut chars = line.char_indices().peekable();
        let mut prev = ' ';
        self.word = 0..0;
        while let Some((at, c)) = chars.next() {
            match self.quote {
                Some('\'') => {
                    self.put(c, Kind::Single);
                    if self.ansi && c == '\\' {
                        if let Some((_, next)) = chars.next() {
                            self.put(next, Kind::Single);
                        }
                    } else if c == '\'' {
                        self.quote = None;
                    }
                }
                Some(_) => {
                    self.put(c, Kind::Double);
                    if c == '\\' {
                        if let Some((_, next)) = chars.next() {
                            self.put(next, Kind::Double);
                        }
                    } else if c == '"' {
                        self.quote = None;
                    }
                }
                None if c == '\\' => {
                    self.put(c, Kind::Code);
                    match chars.next() {
                        Some((_, '\n')) | None => {
                            self.put('\n', Kind::Code);
                            self.continued = true;
                            return;
                        }
                        Some((_, next)) => self.put(next, Kind::Code),
                    }
                    prev = 'x';
                    continue;
                }
                None => {
                    if c == '#' && (prev.is_whitespace() || ";&|(".contains(prev)) {
                        line.get(at..).unwrap_or_default().chars().for_each(|c| self.put(c, Kind::Comment));
                        return;
                    }
                    if c == '<' && prev != '<' {
                        self.heredoc(line.get(at..).unwrap_or_default());
                    }
                    self.step(line, at, c);
                    match c {
                        '\'' => {
                            self.quote = Some(c);
                            self.ansi = prev == '$';
                            self.put(c, Kind::Single);
                        }
                        '"' => {
                            self.quote = Some(c);
                            self.put(c, Kind::Double);
                        }
                        _ => self.put(c, Kind::Code),
                    }
                }
            }
            prev = c;
        }
        self.end_word(line, line.len());
    }

    /// Follows the words of the command to the one that says what is done.
    fn step(&mut self, line: &str, at: usize, c: char) {
        match c {
            ';' | '|' | '&' | '\n' => {
                self.end_word(line, at);
                self.awaiting = true;
                self.begin(Head::Plain);
            }
            '(' | '`' => {
                self.outer.push(self.head);
                self.word = at + 1..at + 1;
                self.awaiting = true;
                self.begin(Head::Plain);
            }
            ')' => {
                self.end_word(line, at);
                let outer = self.outer.pop().unwrap_or_default();
                self.awaiting = false;
                self.begin(outer);
            }
            c if c.is_whitespace() => self.end_word(line, at),
            _ if self.word.is_empty() => self.word = at..at + c.len_utf8(),
            _ => self.word.end = at + c.len_utf8(),
        }
    }

    fn end_word(&mut self, line: &str, at: usize) {
        let word = line.get(self.word.clone()).unwrap_or_default();
        if self.awaiting && !word.is_empty() {
            // `sudo -u app grep`: the word behind such an option is no command.
            let taken =
                std::mem::replace(&mut self.valued, matches!(word, "-u" | "-g" | "--user" | "--group"));
            if let Some(head) = head_of(word).filter(|_| !taken) {
                self.awaiting = false;
                self.begin(head);
            }
        }
        self.word = at..at;
    }

    fn heredoc(&mut self, rest: &str) {
        let Some(after) = rest.strip_prefix("<<").filter(|a| !a.starts_with('<')) else { return };
        let dash = after.starts_with('-');
        let word = after.trim_start_matches('-').trim_start_matches([' ', '\t']);
        let quote = word.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let delimiter = match quote {
            Some(q) => word.get(1..).and_then(|w| w.split(q).next()).unwrap_or_default(),
            None => {
                word.split(|c: char| c.is_whitespace() || ";&|<>()".contains(c)).next().unwrap_or_default()
            }
        };
        if delimiter.starts_with(|c: char| c.is_alphabetic() || "_\\!".contains(c)) {
            let literal = quote.is_some() || delimiter.starts_with('\\');
            let delimiter = delimiter.trim_start_matches('\\').to_owned();
            self.waiting.push_back(Heredoc { delimiter, dash, literal, head: self.head });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(script: &str, at: &str) -> (Kind, Head) {
        let context = Context::of(script);
        assert_eq!(context.kinds.len(), script.len(), "{script}");
        let at = script.find(at).unwrap();
        (context.kind(at), context.head(at))
    }

    #[test]
    fn every_byte_has_its_kind_and_its_command() {
        assert_eq!(kind("echo @", "@"), (Kind::Code, Head::Say));
        assert_eq!(kind("sudo -u x grep 'a@'", "@"), (Kind::Single, Head::Code));
        assert_eq!(kind("A=1 git commit -m \"x@\"", "@"), (Kind::Double, Head::Message));
        assert_eq!(kind("a | awk '@'", "@"), (Kind::Single, Head::Code));
        assert_eq!(kind("ssh h $(grep x) '@'", "@"), (Kind::Single, Head::Plain));
        assert_eq!(kind("a # @", "@"), (Kind::Comment, Head::Plain));
        assert_eq!(kind("cat <<EOF\n@\nEOF\n", "@"), (Kind::Here, Head::Plain));
        assert_eq!(kind("python3 - <<'EOF'\n@\nEOF\n", "@"), (Kind::Literal, Head::Code));
        assert_eq!(kind("cat <<EOF\nx\nEOF\nb @", "@"), (Kind::Code, Head::Plain));
        assert_eq!(kind("echo 'a\nb@'", "@"), (Kind::Single, Head::Say));
        assert_eq!(kind("a \\\n  '@'", "@"), (Kind::Single, Head::Plain));
    }
}
