//! Why a block must not be run as one script (point 12 of the format); pure.

use super::scan::{Command, Scan};

/// A reason, with the code and the sentence of its finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The code of the finding.
    pub code: &'static str,
    /// Why.
    pub why: String,
}

/// Returns the reason to refuse the unannotated script that `scan` describes because it holds alternatives.
///
/// Such blocks deploy with and without a flag, back up and restore: run as one they could destroy. One comment is a
/// title; several are labels.
#[must_use]
pub fn alternatives(scan: &Scan) -> Option<Refusal> {
    let several = scan.labels > 1 && scan.commands.len() > 1;
    several.then(|| Refusal {
        code: "several-labels",
        why: "its comments label several things, which are not to be run as one script".to_owned(),
    })
}

/// Returns the reason to refuse the script that `scan` describes, if there is one.
#[must_use]
pub fn refusal(scan: &Scan) -> Option<Refusal> {
    if let Some(quote) = scan.typographic {
        let why = format!("`{quote}` is a typographic quotation mark, which quotes nothing in a shell");
        return Some(Refusal { code: "typographic-quote", why });
    }
    if scan.open {
        let why = "a quote or here-document is still open at the end".to_owned();
        return Some(Refusal { code: "unbalanced-quotes", why });
    }
    let (_, earlier) = scan.commands.split_last()?;
    let entering = earlier.iter().find(|command| enters_shell(command))?;
    let why = format!(
        "`{}` enters another shell or program, and lines follow that it would not get",
        entering.text
    );
    Some(Refusal { code: "enters-shell", why })
}

/// Returns whether `command` starts a shell or client that reads commands until it is left.
fn enters_shell(command: &Command) -> bool {
    if command.fed || command.text.contains(['<', '|', ';', '&']) {
        return false;
    }
    let mut words = command.text.split_whitespace().peekable();
    let mut sudo = false;
    if words.peek() == Some(&"sudo") {
        words.next();
        sudo = true;
        while let Some(option) = words.next_if(|w| w.starts_with('-')) {
            match option {
                "-i" | "-s" | "--login" | "--shell" => return words.next().is_none(),
                "-u" | "--user" | "-g" => {
                    words.next();
                }
                _ => {}
            }
        }
    }
    let Some(program) = words.next() else { return sudo && command.text.contains(" -i") };
    let rest: Vec<&str> = words.collect();
    let has = |options: &[&str]| rest.iter().any(|w| options.iter().any(|o| w.starts_with(o)));
    match program {
        "su" => !has(&["-c", "--command"]),
        "bash" | "sh" | "zsh" | "fish" | "tmux" | "screen" => rest.is_empty() || rest == ["-l"],
        "ssh" => ssh_without_command(&rest),
        "kubectl" => {
            rest.first() == Some(&"exec") && has(&["-it", "-ti", "-i", "--stdin"]) && ends_in_shell(&rest)
        }
        "docker" | "podman" => has(&["exec", "run"]) && has(&["-it", "-ti", "-i"]) && ends_in_shell(&rest),
        "psql" => !has(&["-c", "-f", "--command", "--file", "-l", "--list", "-V", "--version"]),
        "mysql" | "mariadb" => !has(&["-e", "--execute", "-V", "--version"]),
        "redis-cli" => rest.is_empty(),
        "mongosh" => !has(&["--eval", "--file", "--version"]),
        _ => false,
    }
}

fn ends_in_shell(words: &[&str]) -> bool {
    words.last().is_some_and(|w| {
        matches!(w.rsplit('/').next(), Some("sh" | "bash" | "zsh" | "ash" | "psql" | "mysql"))
    })
}

/// `ssh host`: options (some take a word), a host, and nothing more.
fn ssh_without_command(words: &[&str]) -> bool {
    let mut words = words.iter().copied();
    let mut host = false;
    while let Some(word) = words.next() {
        if word == "-N" || word == "-V" || word == "-Q" {
            return false;
        }
        if !host && word.starts_with('-') {
            let takes = word.len() == 2 && "BbcDEeFIiJLlmOopQRSWw".contains(word.trim_start_matches('-'));
            if takes {
                words.next();
            }
        } else if host {
            return false;
        } else {
            host = true;
        }
    }
    host
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
        assert_eq!(code("echo “x”"), Some("typographic-quote"));
        assert_eq!(code("echo 'x"), Some("unbalanced-quotes"));
    }
}
