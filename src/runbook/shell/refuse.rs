//! Why a block must not be run as one script (point 12 of the format); pure.

use super::judge::enters;
use super::scan::{Command, Scan, index};

/// A reason, with the code and the sentence of its finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The code of the finding.
    pub code: &'static str,
    /// Why.
    pub why: String,
    /// The line of the script that is the reason, counted from 0; none when the script as a whole is.
    pub line: Option<usize>,
}

impl Refusal {
    /// Returns the refusal of a script as a whole.
    #[must_use]
    pub fn whole(code: &'static str, why: impl Into<String>) -> Self {
        Self { code, why: why.into(), line: None }
    }
}

/// Returns the reason to refuse the script that `scan` describes, if there is one.
#[must_use]
pub fn refusal(scan: &Scan) -> Option<Refusal> {
    let first = |command: &Command| Some(index(command.lines.start));
    if let Some((quote, line)) = scan.typographic {
        let why = format!("`{quote}` is a typographic quotation mark, which quotes nothing in a shell");
        return Some(Refusal { code: "typographic-quote", why, line: Some(index(line)) });
    }
    // What another shell reads need not be balanced for this one.
    let (last, earlier) = scan.commands.split_last()?;
    let entering = |command: &Command| enters(scan, command.simples).map(|what| (what, first(command)));
    if let Some((entering, line)) = earlier.iter().find_map(entering) {
        let why =
            format!("`{entering}` enters another shell or program, and lines follow that it would not get");
        return Some(Refusal { code: "enters-shell", why, line });
    }
    let prose = |command: &Command| sentence(scan, command).map(|text| (text, first(command)));
    if let Some((sentence, line)) = scan.commands.iter().find_map(prose) {
        let why = format!("`{}` reads like a sentence, not like a command", beginning(&sentence));
        return Some(Refusal { code: "prose-in-code", why, line });
    }
    if scan.deep {
        let why = "its constructs and quotes stand inside each other too deep to be read";
        return Some(Refusal::whole("too-deep-script", why));
    }
    if scan.open {
        let why = "a quote, a here-document or a construct such as `if` is still open at the end".to_owned();
        return Some(Refusal { code: "unbalanced-quotes", why, line: first(last) });
    }
    None
}

/// Returns the reason to refuse a script that holds a fence: another block stands inside it, or prose does.
///
/// What a here-document writes may hold fences.
#[must_use]
pub fn nested(script: &str, scan: &Scan) -> Option<Refusal> {
    let fences = |text: &str| text.lines().filter(|line| is_fence(line)).count();
    let written: usize = scan.heredocs.iter().map(|span| fences(scan.at(*span))).sum();
    (fences(script) > written).then(|| {
        Refusal::whole("nested-fence", "a fence stands inside it, so that it holds more than a script")
    })
}

fn is_fence(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("```") || line.starts_with("~~~")
}

/// Returns the words of `command` if it reads like a sentence.
fn sentence(scan: &Scan, command: &Command) -> Option<String> {
    let words = scan.texts(scan.simples.get(command.simples.range())?.first()?);
    let (first, last) = (words.first()?, words.last()?);
    let mut letters = first.chars();
    let begins = letters.next()?.is_uppercase() && letters.all(char::is_lowercase);
    let plain = words.iter().all(|w| w.chars().all(|c| c.is_alphanumeric() || ".,:;!?'()".contains(c)));
    let ends = last.strip_suffix(['.', ':', '!', '?']).is_some_and(|word| !word.is_empty());
    (words.len() >= 4 && begins && plain && ends).then(|| words.join(" "))
}

/// Returns the first words of `sentence`, `…` for the others.
fn beginning(sentence: &str) -> String {
    let mut words = sentence.split(' ');
    let short = words.by_ref().take(8).collect::<Vec<_>>().join(" ");
    let rest = words.next().map_or("", |_| " …");
    short.chars().take(80).chain(rest.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::scan::scan;
    use super::*;

    fn code(script: &str) -> Option<&'static str> {
        refusal(&scan(script)).map(|r| r.code)
    }

    #[test]
    fn blocks_that_enter_another_shell_are_refused() {
        for script in [
            "ssh deploy@web1\nuptime",
            "ssh -p 22 -i key web1\nuptime",
            "sudo su - postgres\npsql -c x",
            "sudo -i\nls",
            "su - app\nls",
            "kubectl exec -it pod -- bash\nls",
            "docker exec -it db psql\nselect 1;",
            "psql -U app db\nselect 1;",
            "bash\nls",
            "sudo -u postgres psql\nselect 1;",
        ] {
            assert_eq!(code(script), Some("enters-shell"), "{script}");
        }
        for script in [
            "ssh web1 uptime\nls",
            "uptime\nssh web1",
            "psql -c 'select 1'\nls",
            "psql <dump.sql\nls",
            "ssh web1 <<X\nls\nX\nls",
            "bash deploy.sh\nls",
            "sudo systemctl reload nginx\nls",
            "sudo -u postgres psql -c x\nls",
            "docker run -it app make\nls",
            "su -c ls app\nls",
            "kubectl exec pod -- ls\nls",
        ] {
            assert_eq!(code(script), None, "{script}");
        }
        assert_eq!(code("This says in prose what follows.\nls"), Some("prose-in-code"));
        assert_eq!(code("Rscript check all .\nls -l a b c.\nMake a b"), None);
        let fenced = |script| nested(script, &scan(script)).map(|r| r.code);
        assert_eq!(fenced("a\n```\nb"), Some("nested-fence"));
        assert_eq!(fenced("cat >x.md <<E\n```sh\nls\n```\nE\n"), None);
        assert_eq!(code("echo “x”"), Some("typographic-quote"));
        assert_eq!(code("echo 'x"), Some("unbalanced-quotes"));
        let line = |script: &str| refusal(&scan(script)).and_then(|r| r.line);
        assert_eq!(line("ls\nssh web1\nuptime"), Some(1));
        assert_eq!(line("ls\n\nThis says in prose what follows."), Some(2));
        assert_eq!(line("ls\necho “x”"), Some(1));
        assert_eq!(line("ls\necho 'x\nls"), Some(1));
    }
}
