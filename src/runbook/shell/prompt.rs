//! Blocks that show a session: `$ command` lines and their output; pure, work linear.

use super::scan::Scanner;

/// A session taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The commands without their prompts.
    pub script: String,
    /// What stands between them: expected output, shown and not enforced.
    pub output: String,
}

/// Returns the commands and the output of `text`, `None` when no line has a prompt.
///
/// A prompt is `$ ` or `user@host:~$ ` at the beginning of a line. `# ` is a comment, not a prompt. Continuations
/// and here-documents belong to their command; a `> ` that a shell printed before them is removed.
#[must_use]
pub fn session(text: &str) -> Option<Session> {
    if !text.lines().any(|line| command(line).is_some()) {
        return None;
    }
    let mut session = Session { script: String::new(), output: String::new() };
    let mut scanner: Option<Scanner> = None;
    for line in text.lines() {
        let more = match (&mut scanner, command(line)) {
            (Some(open), _) if open.is_open() => {
                let line = line.strip_prefix("> ").unwrap_or(line);
                open.line(line);
                Some(line)
            }
            (_, Some(start)) => {
                let mut fresh = Scanner::default();
                fresh.line(start);
                scanner = Some(fresh);
                Some(start)
            }
            _ => None,
        };
        let to = if more.is_some() { &mut session.script } else { &mut session.output };
        to.push_str(more.unwrap_or(line));
        to.push('\n');
    }
    Some(session)
}

/// Returns the command after the prompt of `line`.
#[must_use]
pub fn command(line: &str) -> Option<&str> {
    let line = line.trim_start();
    if let Some(command) = line.strip_prefix("$ ") {
        return Some(command.trim_start());
    }
    let (prompt, command) = line.split_once("$ ")?;
    let (user, rest) = prompt.split_once('@')?;
    let host = rest.split(':').next().unwrap_or_default();
    let word = |w: &str| !w.is_empty() && w.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    let path = rest.strip_prefix(host).unwrap_or_default();
    let path_fits = path.is_empty() || (path.starts_with(':') && !path.contains(' '));
    (word(user) && word(host) && path_fits).then(|| command.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_follows_a_prompt_is_run() {
        let text = "$ git tag\nv1\n\ndeploy@web-1:~/app$ cat <<EOF \\\n> f\n> $ not a prompt\n> EOF\nout\n# comment\n$ ls\n";
        let session = session(text).expect("it has prompts");
        assert_eq!(session.script, "git tag\ncat <<EOF \\\nf\n$ not a prompt\nEOF\nls\n");
        assert_eq!(session.output, "v1\n\nout\n# comment\n");
    }

    #[test]
    fn ordinary_scripts_have_no_prompts() {
        for text in ["echo $ x", "a=$HOME", "echo user@host $ x y", "mail a@b.example \"cost: 5$ now\"", "$"]
        {
            assert_eq!(session(text), None, "{text}");
        }
    }
}
