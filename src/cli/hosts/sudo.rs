//! What sudo(8) would want of an account, from what it says when it must not ask: a script that asks it, and the reading
//! of the answers. Pure.
//!
//! sudo says "a password is required" also to an account that it would refuse after that, so it is asked three things:
//! to run a shell; to renew a login (`-v`), where the usual settings refuse a stranger at once; to list (`-l`) whether it
//! lets a shell through. Each may be switched to want a password first (`verifypw`, `listpw` of sudoers(5)).

/// Says what sudo answers, a line each: `sudo-WHAT STATUS WORDS`. Nothing of it asks for a password, or runs more than
/// a shell that does nothing.
pub const SCRIPT: &str = "\
if command -v sudo >/dev/null 2>&1; then
  for w in sh v l; do
    case $w in sh) set -- sh -c :;; v) set -- -v;; l) set -- -l sh -c :;; esac
    t=$(LC_ALL=C LANGUAGE= sudo -n \"$@\" </dev/null 2>&1); s=$?
    echo \"sudo-$w $s $(printf '%s' \"$t\" | tr '\\n' ' ')\"
    if [ $s = 0 ] && [ $w = sh ]; then break; fi
  done
else echo 'sudo-none 0'; fi
";

/// What sudo would want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wants {
    /// There is no sudo.
    None,
    /// Nothing.
    Free,
    /// A password.
    Password,
    /// It does not let the account run a shell as root; its words.
    Refuses(String),
    /// It does not say whether it wants a password or refuses; its words.
    Unclear(String),
}

impl Wants {
    /// Reads what [`SCRIPT`] wrote; none if there is nothing of it.
    pub fn read(text: &str) -> Option<Self> {
        let answer = |what: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix("sudo-")?.strip_prefix(what))?;
            let (status, words) = line.strip_prefix(' ')?.split_once(' ').unwrap_or((line.trim(), ""));
            Some((status == "0", words.trim()))
        };
        if answer("none").is_some() {
            return Some(Self::None);
        }
        let (done, words) = answer("sh")?;
        if done {
            return Some(Self::Free);
        }
        let renews = answer("v");
        let lists = answer("l");
        let refused =
            [Some((done, words)), renews].into_iter().flatten().find(|(done, words)| !done && refuses(words));
        if let Some((_, words)) = refused {
            return Some(Self::Refuses(words.to_owned()));
        }
        Some(match (wants_password(words), renews, lists) {
            // It lists without a password, and a shell is not among what it lists: that is its answer, without words.
            (_, _, Some((false, ""))) => {
                Self::Refuses("it lets the account run some commands, and no shell".to_owned())
            }
            (true, ..) => Self::Password,
            (false, ..) => Self::Unclear(words.to_owned()),
        })
    }

    /// Returns the word for programs that read it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Free => "NOPASSWD",
            Self::Password => "password",
            Self::Refuses(_) => "refused",
            Self::Unclear(_) => "unclear",
        }
    }

    /// Returns the words for people.
    pub fn words(&self) -> String {
        match self {
            Self::None => "none: there is no sudo".to_owned(),
            Self::Free => "NOPASSWD: asks for no password".to_owned(),
            Self::Password => {
                "password: asks for one, and says only then what it lets the account run".to_owned()
            }
            Self::Refuses(words) => format!("refused: {words}"),
            Self::Unclear(words) => format!("password or not allowed (sudo does not tell): {words}"),
        }
    }
}

/// Returns whether sudo, or sudo-rs in the last pattern, refuses for good.
fn refuses(words: &str) -> bool {
    const REFUSES: [&str; 5] = [
        "may not run sudo",
        "is not in the sudoers file",
        "is not allowed to run sudo",
        "is not allowed to execute",
        "I'm afraid I can't do that",
    ];
    REFUSES.iter().any(|pattern| words.contains(pattern))
}

fn wants_password(words: &str) -> bool {
    words.contains("a password is required") || words.contains("interactive authentication is required")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sudo_says_is_told_apart() {
        let password = "sudo: a password is required";
        let stranger = "Sorry, user omar may not run sudo on web-1.";
        for (said, want) in [
            ("sudo-none 0\n".to_owned(), "none"),
            ("sudo-sh 0 \n".to_owned(), "NOPASSWD"),
            // sudo 1.9.13, as it answers an account that may run all, none, or one command, with and without a password.
            (format!("sudo-sh 1 {password}\nsudo-v 1 {password}\nsudo-l 1 {password}\n"), "password"),
            (format!("sudo-sh 1 {password}\nsudo-v 1 {stranger}\nsudo-l 1 {password}\n"), "refused"),
            (format!("sudo-sh 1 {password}\nsudo-v 0 \nsudo-l 1 \n"), "refused"),
            (format!("sudo-sh 1 {password}\nsudo-v 1 {password}\nsudo-l 0 /usr/bin/sh -c :\n"), "password"),
            ("sudo-sh 1 Sorry, user omar is not allowed to execute '/usr/bin/sh -c :' as root on web-1.\n".to_owned(), "refused"),
            ("sudo-sh 1 omar is not in the sudoers file.  This incident will be reported.\n".to_owned(), "refused"),
            // sudo-rs.
            ("sudo-sh 1 sudo: I'm sorry omar. I'm afraid I can't do that\n".to_owned(), "refused"),
            ("sudo-sh 1 sudo: interactive authentication is required\nsudo-v 1 sudo: interactive authentication is required\n".to_owned(), "password"),
            ("sudo-sh 1 sudo: sorry, you must have a tty to run sudo\nsudo-v 1 sudo: sorry, you must have a tty to run sudo\n".to_owned(), "unclear"),
            ("sudo-sh 127 sh: sudo: Permission denied\n".to_owned(), "unclear"),
        ] {
            assert_eq!(Wants::read(&said).map(|wants| wants.word()), Some(want), "{said}");
        }
        assert_eq!(Wants::read("clock 1\n"), None);
        let unclear = Wants::Unclear("sudo: sorry, you must have a tty to run sudo".to_owned()).words();
        assert!(
            unclear.starts_with("password or not allowed (sudo does not tell): sudo: sorry"),
            "{unclear}"
        );
    }

    /// The script with stand-ins for sudo, which tell by their arguments what they were asked.
    #[test]
    fn the_script_asks_what_is_read() {
        let scratch = std::env::temp_dir().join(format!("gonogo-sudo-words-{}", std::process::id()));
        std::fs::create_dir_all(&scratch).expect("a directory");
        let sudo = scratch.join("sudo");
        // No sudo of this machine is in the way.
        for tool in ["sh", "tr"] {
            let found = ["/usr/bin", "/bin"].iter().map(|dir| format!("{dir}/{tool}"));
            let found =
                found.into_iter().find(|path| std::path::Path::new(path).exists()).expect("it is there");
            std::os::unix::fs::symlink(found, scratch.join(tool)).expect("linked");
        }
        let run = |stand_in: Option<&str>| {
            drop(std::fs::remove_file(&sudo));
            if let Some(text) = stand_in {
                use std::os::unix::fs::PermissionsExt as _;
                std::fs::write(
                    &sudo,
                    format!("#!/bin/sh\n[ \"$LC_ALL\" = C ] && [ \"$1\" = -n ] || exit 9\nshift\n{text}"),
                )
                .expect("written");
                std::fs::set_permissions(&sudo, std::fs::Permissions::from_mode(0o755)).expect("changed");
            }
            let program = format!("PATH={}; {SCRIPT}", scratch.display());
            let output =
                std::process::Command::new("/bin/sh").arg("-c").arg(program).output().expect("sh runs");
            Wants::read(&String::from_utf8_lossy(&output.stdout))
        };
        let all = [
            (None, "none"),
            (Some("[ \"$*\" = 'sh -c :' ] && exit 0; touch \"$0.more\"; exit 1\n"), "NOPASSWD"),
            (Some("echo 'sudo: a password is required' >&2; exit 1\n"), "password"),
            (
                Some(
                    "[ \"$1\" = -v ] && echo 'Sorry, user omar may not run sudo on web-1.' >&2 || echo 'sudo: a password is required' >&2; exit 1\n",
                ),
                "refused",
            ),
            (
                Some("[ \"$1\" = sh ] && echo 'sudo: a password is required' >&2; [ \"$1\" = -v ]\n"),
                "refused",
            ),
            (Some("printf 'odd\\nwords\\n' >&2; exit 3\n"), "unclear"),
        ];
        let seen: Vec<_> = all.iter().map(|(text, _)| run(*text)).collect();
        assert!(!scratch.join("sudo.more").exists(), "nothing more is asked");
        std::fs::remove_dir_all(&scratch).expect("removed");
        for ((text, want), wants) in all.iter().zip(&seen) {
            assert_eq!(wants.as_ref().map(Wants::word), Some(*want), "{text:?} {wants:?}");
        }
        assert_eq!(seen.last(), Some(&Some(Wants::Unclear("odd words".to_owned()))));
    }
}
