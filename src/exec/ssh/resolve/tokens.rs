//! Tokens, `~` and `${VARIABLE}` in the values of an SSH configuration (ssh_config(5), TOKENS and ENVIRONMENT
//! VARIABLES). Pure: what is around the process is handed in.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Looks a variable of the environment up.
pub type Variable = dyn Fn(&str) -> Option<String> + Send + Sync;

/// What values of a configuration may refer to outside it.
#[derive(Clone)]
pub struct Surroundings {
    /// The operator's home directory.
    pub home: PathBuf,
    /// The operator's account on this machine.
    pub user: String,
    /// Its number.
    pub uid: u32,
    /// The name of this machine, as uname(2) has it.
    pub machine: String,
    /// Returns a variable of the environment.
    pub variable: Arc<Variable>,
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings")
            .field("home", &self.home)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// What tokens stand for.
#[derive(Debug, Clone)]
pub(super) struct Tokens<'a> {
    pub around: &'a Surroundings,
    /// `%h`, the name that is dialled.
    pub hostname: &'a str,
    /// `%n`, the name that was asked for.
    pub original: &'a str,
    /// `%k`, where there is no alias the name that was asked for.
    pub key_alias: Option<&'a str>,
    /// `%j`, what `ProxyJump` says.
    pub jump: &'a str,
    /// `%p`.
    pub port: u16,
    /// `%r`, the account on the host.
    pub user: &'a str,
}

impl Tokens<'_> {
    /// Returns the path that a value means: `~/` first, then tokens, then variables.
    ///
    /// # Errors
    /// A sentence about what cannot be expanded.
    pub(super) fn path(&self, text: &str) -> Result<PathBuf, String> {
        let text = self.around.at_home(text);
        Ok(PathBuf::from(self.variables(&self.tokens(&text, "CLdhijklnpru")?)?))
    }

    /// Returns the command or list of hops that a value means; only `%%`, `%h`, `%n`, `%p` and `%r` stand in it.
    ///
    /// # Errors
    /// A sentence about what cannot be expanded.
    pub(super) fn proxy(&self, text: &str) -> Result<String, String> {
        self.tokens(text, "hnpr")
    }

    fn tokens(&self, text: &str, known: &str) -> Result<String, String> {
        let mut out = String::new();
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            let around = self.around;
            match rest.next() {
                Some('%') => out.push('%'),
                Some(token) if known.contains(token) => match token {
                    'L' => out.push_str(around.machine.split('.').next().unwrap_or_default()),
                    'd' => out.push_str(&around.home.to_string_lossy()),
                    'h' => out.push_str(self.hostname),
                    'i' => out.push_str(&around.uid.to_string()),
                    'j' => out.push_str(self.jump),
                    'k' => out.push_str(self.key_alias.unwrap_or(self.original)),
                    'l' => out.push_str(&around.machine),
                    'n' => out.push_str(self.original),
                    'p' => out.push_str(&self.port.to_string()),
                    'r' => out.push_str(self.user),
                    'u' => out.push_str(&around.user),
                    // What it is a hash of differs between versions of ssh.
                    _ => return Err(format!("the token %{token} in `{text}` is not supported")),
                },
                Some(token) => return Err(format!("`{text}` has the unknown token %{token}")),
                None => return Err(format!("`{text}` ends with a lone %")),
            }
        }
        Ok(out)
    }

    fn variables(&self, text: &str) -> Result<String, String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').ok_or_else(|| format!("`{text}` lacks its `}}`"))?;
            let value = (self.around.variable)(name);
            let value = value.ok_or_else(|| format!("`{text}` names ${{{name}}}, which is not set"))?;
            out.push_str(before);
            out.push_str(&value);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }
}

impl Surroundings {
    /// Returns `text` with the home directory in place of a leading `~/`.
    pub(super) fn at_home(&self, text: &str) -> String {
        match text.strip_prefix("~/") {
            Some(rest) => self.home.join(rest).to_string_lossy().into_owned(),
            None if text == "~" => self.home.to_string_lossy().into_owned(),
            None => text.to_owned(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Returns surroundings that are the same everywhere.
    pub(in crate::exec::ssh::resolve) fn around() -> Surroundings {
        Surroundings {
            home: PathBuf::from("/home/layla"),
            user: "layla".to_owned(),
            uid: 1000,
            machine: "desk.example.net".to_owned(),
            variable: Arc::new(|name| match name {
                "KEYS" => Some("/keys".to_owned()),
                "SOCKET" => Some("/run/agent".to_owned()),
                _ => None,
            }),
        }
    }

    fn tokens(around: &Surroundings) -> Tokens<'_> {
        Tokens {
            around,
            hostname: "web.example.net",
            original: "web",
            key_alias: None,
            jump: "bastion",
            port: 2200,
            user: "deploy",
        }
    }

    #[test]
    fn every_token_stands_for_what_the_manual_says() {
        let around = around();
        let path = |text: &str| tokens(&around).path(text).map(|path| path.to_string_lossy().into_owned());
        for (text, means) in [
            ("~/.ssh/%r_%h_key", "/home/layla/.ssh/deploy_web.example.net_key"),
            ("%d/%n:%p %%", "/home/layla/web:2200 %"),
            ("/%u/%i/%j", "/layla/1000/bastion"),
            ("/%k", "/web"),
            ("/%l/%L", "/desk.example.net/desk"),
            ("${KEYS}/%r", "/keys/deploy"),
            ("/a/${KEYS}${KEYS}", "/a//keys/keys"),
            ("relative", "relative"),
        ] {
            assert_eq!(path(text).as_deref(), Ok(means), "{text}");
        }
        let alias = Tokens { key_alias: Some("web-alias"), ..tokens(&around) };
        assert_eq!(alias.path("/%k"), Ok(PathBuf::from("/web-alias")));
        assert_eq!(
            tokens(&around).proxy("nc -x %n %h %p '%r' 100%%").as_deref(),
            Ok("nc -x web web.example.net 2200 'deploy' 100%")
        );
    }

    #[test]
    fn what_cannot_be_expanded_is_named() {
        let around = around();
        for (text, said) in [
            ("/%x", "unknown token %x"),
            ("/%C", "%C in `/%C` is not supported"),
            ("/a%", "lone %"),
            ("${NOPE}/a", "${NOPE}, which is not set"),
            ("${KEYS", "lacks its `}`"),
        ] {
            let why = tokens(&around).path(text).expect_err("it cannot be expanded");
            assert!(why.contains(said), "{text}: {why}");
        }
        // A proxy command knows fewer of them, and the shell expands its variables.
        assert!(tokens(&around).proxy("%u").is_err());
        assert_eq!(tokens(&around).proxy("nc $HOST ${X}").as_deref(), Ok("nc $HOST ${X}"));
    }
}
