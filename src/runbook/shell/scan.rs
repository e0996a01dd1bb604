//! What a script holds, as far as a reader that runs nothing can tell; plain data, filled by [`Lexer`].
//!
//! Words stand in one text with spans into it: a file of a million tiny commands must stay small in memory.

use std::ops::Range;

use super::lex::Lexer;

/// A stretch of the scan's own text, or a range of indices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// The first.
    pub start: u32,
    /// The one after the last.
    pub end: u32,
}

impl Span {
    /// Returns the range as indices.
    pub fn range(self) -> Range<usize> {
        index(self.start)..index(self.end)
    }
}

/// Returns `n` as an index.
pub fn index(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// Returns `n` as the small number that spans are made of; runbooks are far smaller than its limit.
pub fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A word: its text without quotes, and whether the shell changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Word {
    /// Its text in [`Scan::text`].
    pub text: Span,
    /// Whether a part of it is quoted or escaped.
    pub quoted: bool,
    /// Whether it holds an expansion.
    pub expands: bool,
}

/// What a command reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stdin {
    /// What its caller reads.
    #[default]
    Inherited,
    /// A file.
    File,
    /// The here-document of this number.
    Heredoc(u32),
    /// A here-string.
    Text(Span),
}

/// A simple command: words and what feeds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Simple {
    /// Its words, in [`Scan::words`].
    pub words: Span,
    /// What it reads.
    pub stdin: Stdin,
    /// The file it writes last named, in [`Scan::text`].
    pub out: Span,
    /// The command before it in its pipeline.
    pub from: Option<u32>,
    /// The command after it in its pipeline.
    pub to: Option<u32>,
    /// Whether it ends in `&`.
    pub background: bool,
    /// Whether it stands in a construct: a loop, a condition, a function, a subshell, a substitution.
    pub inside: bool,
    /// Whether it stands for a loop that nothing ends.
    pub endless: bool,
}

/// A command line as the shell sees it: lines joined by continuations, quotes, constructs and here-documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Command {
    /// Its lines, counted from 0.
    pub lines: Span,
    /// Its simple commands, in [`Scan::simples`].
    pub simples: Span,
    /// The comment behind it, and the byte of its line at which that begins.
    pub comment: Option<(Span, u32)>,
}

/// A comment on a line of its own outside every construct.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Comment {
    /// Its line, counted from 0.
    pub line: u32,
    /// What it says, in [`Scan::text`].
    pub text: Span,
}

/// What was found in a script.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// The text of words, comments and here-documents.
    pub text: String,
    /// All words.
    pub words: Vec<Word>,
    /// All simple commands, inner ones before those around them.
    pub simples: Vec<Simple>,
    /// The text of every here-document.
    pub heredocs: Vec<Span>,
    /// The commands in order; blank and comment lines make none.
    pub commands: Vec<Command>,
    /// Comments on lines of their own, in order.
    pub comments: Vec<Comment>,
    /// Names that the shell expands (`$NAME`, `${NAME…}`), each once, in order, with the line it first stands on,
    /// counted from 0.
    pub expanded: Vec<(String, u32)>,
    /// Whether a quote, a construct, a continuation or a here-document is still open at the end.
    pub open: bool,
    /// Whether constructs stand inside each other deeper than anybody writes; what follows was not read.
    pub deep: bool,
    /// The first typographic quotation mark that stands where a shell quote would, and its line, counted from 0.
    pub typographic: Option<(char, u32)>,
}

impl Scan {
    /// Returns the text at `span`.
    #[must_use]
    pub fn at(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// Returns the texts of the words of `simple`.
    #[must_use]
    pub fn texts(&self, simple: &Simple) -> Vec<&str> {
        self.words_of(simple).iter().map(|word| self.at(word.text)).collect()
    }

    /// Returns the words of `simple`.
    #[must_use]
    pub fn words_of(&self, simple: &Simple) -> &[Word] {
        self.words.get(simple.words.range()).unwrap_or_default()
    }
}

/// Returns what `script` holds.
#[must_use]
pub fn scan(script: &str) -> Scan {
    let mut lexer = Lexer::default();
    for line in script.lines() {
        lexer.line(line);
    }
    lexer.finish()
}

/// Returns the name that is expanded at the beginning of `text`, if one is.
pub fn expansion_at(text: &str) -> Option<&str> {
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

    /// Every simple command, its words joined by `|`.
    fn simples(script: &str) -> Vec<String> {
        let scan = scan(script);
        scan.simples.iter().map(|s| scan.texts(s).join("|")).collect()
    }

    /// The lines of every command line.
    fn lines(script: &str) -> Vec<(u32, u32)> {
        scan(script).commands.iter().map(|c| (c.lines.start, c.lines.end)).collect()
    }

    #[test]
    fn words_are_what_the_shell_makes_of_them() {
        assert_eq!(simples("a 'b c' \"d e\"f \\g $'h\\'i' # j"), ["a|b c|d ef|g|h'i"]);
        assert_eq!(simples("a; b && c || d | e & f"), ["a", "b", "c", "d", "e", "f"]);
        assert_eq!(simples("a >x 2>&1 <y b &>z"), ["a|b"]);
        assert_eq!(simples("echo $((1<<2)) ${x#y} a#b"), ["echo|…|${x#y}|a#b"]);
        assert_eq!(simples("echo \"x $(rm -r \"y z\") `ls`\" w"), ["rm|-r|y z", "ls", "echo|x … …|w"]);
        assert_eq!(simples("cat <(a b) >(c)"), ["a|b", "c", "cat|…|…"]);
        assert_eq!(simples("a=(1 2 # x\n 3)\nb"), ["a=…", "b"]);
        assert_eq!(simples("[[ $a < b && (c) ]] && d"), ["[[|$a|<|b|&&|(c)|]]", "d"]);
    }

    #[test]
    fn constructs_hold_their_commands() {
        assert_eq!(simples("if a; then b; elif c; then d; else e; fi; f"), ["a", "b", "c", "d", "e", "f"]);
        assert_eq!(simples("while a; do b; done < c; for x in y z; do w; done | v"), ["a", "b", "w", "v"]);
        assert_eq!(simples("case $x in a|b) c;; (d) e ;& *) f; esac; g"), ["c", "e", "f", "g"]);
        assert_eq!(simples("f() { a; }; function g { b; }; (c; d); { e; }"), ["a", "b", "c", "d", "e"]);
        assert_eq!(simples("for ((i=0;i<3;i++)); do a; done; ((i++)); ! b; time c"), ["a", "b", "c"]);
        assert_eq!(simples("echo if then fi done }"), ["echo|if|then|fi|done|}"]);
    }

    #[test]
    fn command_lines_are_joined_as_the_shell_joins_them() {
        assert_eq!(lines("a\n\n# note\nb # tail\n"), [(0, 1), (3, 4)]);
        assert_eq!(lines("a \\\n  b\nc"), [(0, 2), (2, 3)]);
        assert_eq!(lines("echo 'x\ny'\nz"), [(0, 2), (2, 3)]);
        assert_eq!(lines("cat <<EOF >f\nrm -rf /\nEOF\nb"), [(0, 3), (3, 4)]);
        assert_eq!(lines("cat <<-'X'\n\tq $A\n\tX\nb $B"), [(0, 3), (3, 4)]);
        assert_eq!(lines("cat <<<word\nb"), [(0, 1), (1, 2)]);
        assert_eq!(lines("a |\n\n# x\n b\nc"), [(0, 4), (4, 5)]);
        assert_eq!(lines("if a\nthen\n# no label\nb\nfi # end\nc"), [(0, 5), (5, 6)]);
        assert_eq!(
            lines("f() {\na\n}\n(\nb\n)\ncase x in\ny) z\n;;\nesac\nd"),
            [(0, 3), (3, 6), (6, 10), (10, 11)]
        );
        assert_eq!(lines("x=$(cat <<E\nf\nE\n)\nb"), [(0, 4), (4, 5)]);
    }

    #[test]
    fn comments_are_those_outside_constructs() {
        let found = scan(
            "# one\n# two\na # three\ncat <<E # four\n# none\nE\necho '\n# none'\nif a # none\n# none\nthen b; fi # five\n",
        );
        let own: Vec<&str> = found.comments.iter().map(|c| found.at(c.text)).collect();
        assert_eq!(own, ["one", "two"]);
        let behind: Vec<&str> =
            found.commands.iter().filter_map(|c| c.comment).map(|(text, _)| found.at(text)).collect();
        assert_eq!(behind, ["three", "four", "five"]);
    }

    #[test]
    fn what_feeds_a_command_is_known() {
        let found = scan("a <<X <f\nbody\nX\nb <<<'t u'\nc < f\nd | e &");
        let stdin: Vec<Stdin> = found.simples.iter().map(|s| s.stdin).collect();
        assert!(matches!(stdin[0], Stdin::File));
        assert!(matches!(stdin[1], Stdin::Text(text) if found.at(text) == "t u"));
        assert!(matches!(stdin[2], Stdin::File));
        assert_eq!(found.at(found.heredocs[0]), "body\n");
        assert_eq!((found.simples[3].to, found.simples[4].from), (Some(4), Some(3)));
        assert!(found.simples[3].background && found.simples[4].background);
    }

    #[test]
    fn what_is_open_is_said() {
        for open in [
            "echo 'x",
            "echo \"x",
            "a \\",
            "cat <<EOF\nx",
            "echo $'a\\'",
            "if a; then b",
            "(a",
            "a |",
            "a &&",
            "$(a",
            "`a",
            "${a",
            "f() {",
            "while a; do",
        ] {
            assert!(scan(open).open, "{open}");
        }
        for closed in
            ["echo 'x'", "# don't", "echo \"it's\"", "echo \\\"", "echo $'a\\''", "cat <<E\nE", "a | b"]
        {
            assert!(!scan(closed).open, "{closed}");
        }
        assert_eq!(scan("a\necho “x”").typographic, Some(('“', 1)));
        assert_eq!(scan("echo 'it’s' # “x”").typographic, None);
        assert!(scan(&"$(".repeat(1_000)).deep);
    }

    #[test]
    fn expansions_are_those_the_shell_would_make() {
        let names =
            scan("echo $A ${B:-x} '$C' \"${#D}\" \\$E # $F\ncat <<X\n$G\nX\ncat <<'Y'\n$H\nY\n$1 $? $$ $A")
                .expanded;
        let names: Vec<(&str, u32)> = names.iter().map(|(name, line)| (name.as_str(), *line)).collect();
        assert_eq!(names, [("A", 0), ("B", 0), ("D", 0), ("G", 2)]);
    }

    #[test]
    fn loops_that_nothing_ends_are_known() {
        let endless = |script: &str| scan(script).simples.iter().any(|s| s.endless);
        assert!(endless("while true; do curl x; sleep 1; done") && endless("while :\ndo a\ndone"));
        assert!(!endless("while true; do a && break; done") && !endless("while read x; do a; done"));
        assert!(!endless("until true; do a; done") && endless("until false; do a; done"));
    }
}
