//! Why a block must not be run as one script (point 12 of the format); pure.

use super::judge::enters;
use super::scan::Scan;

/// A reason, with the code and the sentence of its finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The code of the finding.
    pub code: &'static str,
    /// Why.
    pub why: String,
}

/// Returns the reason to refuse the script that `scan` describes, if there is one.
#[must_use]
pub fn refusal(scan: &Scan) -> Option<Refusal> {
    if let Some(quote) = scan.typographic {
        let why = format!("`{quote}` is a typographic quotation mark, which quotes nothing in a shell");
        return Some(Refusal { code: "typographic-quote", why });
    }
    // What another shell reads need not be balanced for this one.
    let (_, earlier) = scan.commands.split_last()?;
    if let Some(entering) = earlier.iter().find_map(|command| enters(scan, command.simples)) {
        let why =
            format!("`{entering}` enters another shell or program, and lines follow that it would not get");
        return Some(Refusal { code: "enters-shell", why });
    }
    if scan.deep {
        let why = "its constructs and quotes stand inside each other too deep to be read".to_owned();
        return Some(Refusal { code: "too-deep-script", why });
    }
    if scan.open {
        let why = "a quote, a here-document or a construct such as `if` is still open at the end".to_owned();
        return Some(Refusal { code: "unbalanced-quotes", why });
    }
    None
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
