//! Blocks that show a session: `$ command` lines and their output; pure, work linear.

use std::ops::Range;

use super::lex::Lexer;

/// A session taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Session {
    /// The commands without their prompts, and the comments before them.
    pub script: String,
    /// For every line of the script, its line of the block, counted from 0.
    pub lines: Vec<usize>,
    /// What stands between commands, line by line: expected output, shown and not enforced. The number is how many lines
    /// of the script stand before it.
    pub output: Vec<(usize, String)>,
}

/// Returns the commands and the output of `text`, `None` when no line has a prompt.
///
/// A prompt is `$ `, `user@host:~$ ` or `[user@host dir]$ ` at the beginning of a line. `# ` is a comment, not a prompt;
/// it stands for the command below it, elsewhere it is output. Continuations, constructs and here-documents belong to
/// their command; a `> ` that a shell printed before them is removed.
#[must_use]
pub fn session(text: &str) -> Option<Session> {
    if !text.lines().any(|line| command(line).is_some()) {
        return None;
    }
    let mut session = Session::default();
    let mut lexer: Option<Lexer> = None;
    let mut comments: Vec<(usize, &str)> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        match (&mut lexer, command(line)) {
            (Some(open), _) if open.is_open() => {
                let line = line
                    .strip_prefix("> ")
                    .or_else(|| line.strip_prefix(">").filter(|l| l.is_empty()))
                    .unwrap_or(line);
                open.line(line);
                session.push(at, line);
            }
            (_, Some(start)) => {
                for (at, comment) in comments.drain(..) {
                    session.push(at, comment);
                }
                let mut fresh = Lexer::default();
                fresh.line(start);
                lexer = Some(fresh);
                session.push(at, start);
            }
            _ if line.trim_start().starts_with("# ") || (line.trim().is_empty() && !comments.is_empty()) => {
                comments.push((at, line));
            }
            _ => {
                session.print(&mut comments);
                session.output.push((session.lines.len(), line.to_owned()));
            }
        }
    }
    session.print(&mut comments);
    Some(session)
}

impl Session {
    fn push(&mut self, at: usize, line: &str) {
        self.script.push_str(line);
        self.script.push('\n');
        self.lines.push(at);
    }

    /// Returns what was printed by the commands on the lines `lines` of the script; what stands before the first command
    /// belongs to it.
    #[must_use]
    pub fn printed(&self, lines: &Range<usize>) -> String {
        let first = self.output.partition_point(|(at, _)| (*at).max(1) <= lines.start);
        let end = self.output.partition_point(|(at, _)| (*at).max(1) <= lines.end);
        let own = self.output.get(first..end).unwrap_or_default();
        own.iter().flat_map(|(_, line)| [line.as_str(), "\n"]).collect()
    }

    /// Comments that no command follows are output.
    fn print(&mut self, comments: &mut Vec<(usize, &str)>) {
        let before = self.lines.len();
        self.output.extend(comments.drain(..).map(|(_, line)| (before, line.to_owned())));
    }
}

/// Returns the command after the prompt of `line`.
#[must_use]
pub fn command(line: &str) -> Option<&str> {
    let line = line.trim_start();
    if let Some(command) = line.strip_prefix("$ ") {
        return Some(command.trim_start());
    }
    at_host(line, "$ ").map(str::trim_start)
}

/// Returns whether `line` begins with the prompt of a root shell: `root@host:~# `.
#[must_use]
pub fn is_root(line: &str) -> bool {
    at_host(line.trim_start(), "# ").is_some()
}

/// Returns what stands after a prompt that names a user and a host and ends in `end`.
fn at_host<'l>(line: &'l str, end: &str) -> Option<&'l str> {
    let (prompt, command) = line.split_once(end)?;
    let bracketed = prompt.strip_prefix('[').and_then(|p| p.strip_suffix(']'));
    let (user, rest) = bracketed.unwrap_or(prompt).split_once('@')?;
    let host = rest.split([':', ' ']).next().unwrap_or_default();
    let word = |w: &str| !w.is_empty() && w.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    let path = rest.strip_prefix(host).unwrap_or_default();
    let fits = match bracketed {
        Some(_) => path.is_empty() || path.split_whitespace().count() == 1,
        None => path.is_empty() || (path.starts_with(':') && !path.contains(' ')),
    };
    (word(user) && word(host) && fits).then_some(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(session: &Session) -> Vec<&str> {
        session.output.iter().map(|(_, line)| line.as_str()).collect()
    }

    #[test]
    fn only_what_follows_a_prompt_is_run() {
        let text = "$ git tag\nv1\n\ndeploy@web-1:~/app$ cat <<EOF \\\n> f\n> $ not a prompt\n> EOF\nout\n# comment\n$ ls\n# end\n";
        let session = session(text).expect("it has prompts");
        assert_eq!(session.script, "git tag\ncat <<EOF \\\nf\n$ not a prompt\nEOF\n# comment\nls\n");
        assert_eq!(session.lines, [0, 3, 4, 5, 6, 8, 9]);
        assert_eq!(printed(&session), ["v1", "", "out", "# end"]);
    }

    #[test]
    fn constructs_go_on_without_a_prompt() {
        let text = "[app@web-1 srv]$ for i in 1 2; do\n>   echo $i\n> done\n1\n2\n";
        let session = session(text).expect("it has prompts");
        assert_eq!(session.script, "for i in 1 2; do\n  echo $i\ndone\n");
        assert_eq!(printed(&session), ["1", "2"]);
    }

    #[test]
    fn ordinary_scripts_have_no_prompts() {
        for text in [
            "echo $ x",
            "a=$HOME",
            "echo user@host $ x y",
            "mail a@b.example \"cost: 5$ now\"",
            "$",
            "[ a@b ] $ c",
        ] {
            assert_eq!(session(text), None, "{text}");
        }
        assert!(is_root("root@web-1:/etc# ls") && !is_root("# ls") && !is_root("a # b"));
    }
}
