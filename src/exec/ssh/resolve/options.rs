//! Reads what `ssh -G` prints: a keyword in lower case and its arguments a line, defaults filled in. Pure.
//!
//! Invariant: a value that is not understood is an error, never a default.

use std::str::FromStr;
use std::time::Duration;

use crate::exec::target::{AddressFamily, Methods, Strict};

/// The keywords that are followed. Values are as they were printed: tokens and `~` may still stand in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Options {
    pub user: String,
    pub hostname: String,
    pub port: u16,
    pub family: AddressFamily,
    pub identity_files: Vec<String>,
    pub identities_only: bool,
    pub certificate_files: Vec<String>,
    pub identity_agent: Option<String>,
    pub user_known_hosts: Vec<String>,
    pub global_known_hosts: Vec<String>,
    pub revoked_host_keys: Option<String>,
    pub host_key_alias: Option<String>,
    pub strict: Strict,
    pub hash_known_hosts: bool,
    pub methods: Methods,
    pub password_prompts: u32,
    pub keepalive: Option<Duration>,
    pub keepalive_max: Option<usize>,
    pub connect_timeout: Option<Duration>,
    pub proxy_jump: Option<String>,
    pub proxy_command: Option<String>,
    pub notes: Vec<String>,
}

/// Reads the output of `ssh -G`.
///
/// # Errors
/// A sentence about the line that is missing or not understood.
pub(super) fn read(text: &str) -> Result<Options, String> {
    let lines = Lines(text);
    let flag = |keyword| lines.flag(keyword);
    let interval: u64 = lines.number("serveraliveinterval")?.unwrap_or(0);
    let mut notes = Vec::new();
    if flag("proxyusefdpass")? == Some(true) {
        return Err("`ProxyUseFdpass yes` is not supported".to_owned());
    }
    if let Some(command) = lines.set("knownhostscommand") {
        notes.push(format!("`KnownHostsCommand {command}` is not run: the keys it would name are not known"));
    }
    for (keyword, shown) in [("bindaddress", "BindAddress"), ("bindinterface", "BindInterface")] {
        if let Some(value) = lines.set(keyword) {
            notes.push(format!("`{shown} {value}` is not followed"));
        }
    }
    let strict = match lines.get("stricthostkeychecking") {
        None | Some("ask") => Strict::Ask,
        Some("true" | "yes") => Strict::Yes,
        Some("accept-new") => Strict::AcceptNew,
        Some("false" | "no" | "off") => {
            notes.push(
                "`StrictHostKeyChecking no` is not followed: an unknown host key is asked about".to_owned(),
            );
            Strict::No
        }
        Some(other) => return Err(format!("`StrictHostKeyChecking {other}` is not understood")),
    };
    let family = match lines.get("addressfamily") {
        None | Some("any") => AddressFamily::Any,
        Some("inet") => AddressFamily::Inet,
        Some("inet6") => AddressFamily::Inet6,
        Some(other) => return Err(format!("`AddressFamily {other}` is not understood")),
    };
    let demanded = |keyword: &str| {
        lines.set(keyword).map(str::to_owned).ok_or_else(|| format!("it does not say `{keyword}`"))
    };
    let port: u16 = lines.number("port")?.unwrap_or(0);
    if port == 0 {
        return Err("it does not say `port`".to_owned());
    }
    let order = lines.set("preferredauthentications").unwrap_or_default();
    Ok(Options {
        user: demanded("user")?,
        hostname: demanded("hostname")?,
        port,
        family,
        identity_files: lines.all("identityfile"),
        identities_only: flag("identitiesonly")?.unwrap_or(false),
        certificate_files: lines.all("certificatefile"),
        identity_agent: lines.get("identityagent").map(str::to_owned),
        user_known_hosts: paths(lines.set("userknownhostsfile").unwrap_or_default()),
        global_known_hosts: paths(lines.set("globalknownhostsfile").unwrap_or_default()),
        revoked_host_keys: lines.set("revokedhostkeys").map(str::to_owned),
        host_key_alias: lines.set("hostkeyalias").map(str::to_owned),
        strict,
        hash_known_hosts: flag("hashknownhosts")?.unwrap_or(false),
        methods: Methods {
            // `unbound` and `host-bound` are ways of doing it.
            publickey: lines
                .get("pubkeyauthentication")
                .is_none_or(|value| !["no", "false"].contains(&value)),
            keyboard_interactive: flag("kbdinteractiveauthentication")?.unwrap_or(true),
            password: flag("passwordauthentication")?.unwrap_or(true),
            order: order.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        },
        password_prompts: lines.number("numberofpasswordprompts")?.unwrap_or(3),
        keepalive: (interval > 0).then(|| Duration::from_secs(interval)),
        keepalive_max: lines.number("serveralivecountmax")?.filter(|_| interval > 0),
        connect_timeout: lines.number("connecttimeout")?.filter(|n| *n > 0).map(Duration::from_secs),
        proxy_jump: lines.set("proxyjump").map(str::to_owned),
        proxy_command: lines.set("proxycommand").map(str::to_owned),
        notes,
    })
}

struct Lines<'a>(&'a str);

impl<'a> Lines<'a> {
    fn values(&self, keyword: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.lines().filter_map(move |line| {
            let (name, value) = line.split_once(' ')?;
            (name == keyword).then(|| value.trim())
        })
    }

    fn get(&self, keyword: &'a str) -> Option<&'a str> {
        self.values(keyword).next()
    }

    /// Returns the value unless it is `none`.
    fn set(&self, keyword: &'a str) -> Option<&'a str> {
        self.get(keyword).filter(|value| !value.is_empty() && !value.eq_ignore_ascii_case("none"))
    }

    /// Returns the values of a keyword that may stand several times; `none` is no value.
    fn all(&self, keyword: &'a str) -> Vec<String> {
        self.values(keyword).filter(|value| *value != "none").map(str::to_owned).collect()
    }

    fn flag(&self, keyword: &'a str) -> Result<Option<bool>, String> {
        match self.get(keyword) {
            None => Ok(None),
            Some("yes" | "true") => Ok(Some(true)),
            Some("no" | "false") => Ok(Some(false)),
            Some(other) => Err(format!("`{keyword} {other}` is neither yes nor no")),
        }
    }

    fn number<T: FromStr>(&self, keyword: &'a str) -> Result<Option<T>, String> {
        let Some(value) = self.set(keyword) else { return Ok(None) };
        value.parse().map(Some).map_err(|_| format!("`{keyword} {value}` is not a number"))
    }
}

/// Several paths stand in one line, unquoted: a word that begins no path belongs to the one before it.
fn paths(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match out.last_mut() {
            Some(last) if !word.starts_with(['/', '~', '.']) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => out.push(word.to_owned()),
        }
    }
    out.retain(|path| !path.is_empty());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From `ssh -G` of OpenSSH 9.2, without the algorithms.
    const PLAIN: &str = "\
host web
user deploy
hostname web.example.net
port 22
addressfamily any
batchmode no
hashknownhosts no
identitiesonly no
kbdinteractiveauthentication yes
passwordauthentication yes
proxyusefdpass no
pubkeyauthentication true
stricthostkeychecking ask
numberofpasswordprompts 3
serveralivecountmax 3
serveraliveinterval 0
identityfile ~/.ssh/id_rsa
identityfile ~/.ssh/id_ed25519
canonicaldomains none
globalknownhostsfile /etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2
userknownhostsfile /home/layla/.ssh/known_hosts /home/layla/.ssh/known_hosts2
connecttimeout none
";

    fn with(line: &str) -> Result<Options, String> {
        let keyword = line.split(' ').next().unwrap_or_default();
        let others = PLAIN.lines().filter(|other| other.split(' ').next() != Some(keyword));
        read(&others.chain([line]).collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn defaults_are_read() {
        let plain = read(PLAIN).expect("it is understood");
        assert_eq!(
            (plain.user.as_str(), plain.hostname.as_str(), plain.port),
            ("deploy", "web.example.net", 22)
        );
        assert_eq!(plain.identity_files, ["~/.ssh/id_rsa", "~/.ssh/id_ed25519"]);
        assert_eq!(plain.user_known_hosts.len(), 2);
        assert_eq!(plain.global_known_hosts, ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"]);
        assert_eq!(
            (plain.strict, plain.family, plain.password_prompts),
            (Strict::Ask, AddressFamily::Any, 3)
        );
        assert_eq!((plain.keepalive, plain.keepalive_max, plain.connect_timeout), (None, None, None));
        assert_eq!(plain.methods.to_try(), ["publickey", "keyboard-interactive", "password"]);
        assert!(plain.notes.is_empty() && plain.proxy_jump.is_none() && plain.proxy_command.is_none());
    }

    #[test]
    fn each_keyword_is_followed() {
        let strict = |value: &str| with(&format!("stricthostkeychecking {value}")).map(|o| o.strict);
        assert_eq!(strict("true"), Ok(Strict::Yes));
        assert_eq!(strict("yes"), Ok(Strict::Yes));
        assert_eq!(strict("accept-new"), Ok(Strict::AcceptNew));
        assert_eq!(strict("false"), Ok(Strict::No));
        assert_eq!(with("serveraliveinterval 15").map(|o| (o.keepalive, o.keepalive_max)), {
            Ok((Some(Duration::from_secs(15)), Some(3)))
        });
        assert_eq!(with("connecttimeout 7").map(|o| o.connect_timeout), Ok(Some(Duration::from_secs(7))));
        assert_eq!(with("addressfamily inet6").map(|o| o.family), Ok(AddressFamily::Inet6));
        assert_eq!(with("identitiesonly yes").map(|o| o.identities_only), Ok(true));
        assert_eq!(with("identityfile none").map(|o| o.identity_files), Ok(Vec::new()));
        assert_eq!(with("identityagent none").map(|o| o.identity_agent), Ok(Some("none".to_owned())));
        assert_eq!(with("hostkeyalias a").map(|o| o.host_key_alias), Ok(Some("a".to_owned())));
        assert_eq!(with("proxyjump a,b").map(|o| o.proxy_jump), Ok(Some("a,b".to_owned())));
        assert_eq!(with("proxycommand none").map(|o| o.proxy_command), Ok(None));
        assert_eq!(with("proxycommand nc %h 22").map(|o| o.proxy_command), Ok(Some("nc %h 22".to_owned())));
        assert_eq!(with("certificatefile ~/a b-cert.pub").map(|o| o.certificate_files.len()), Ok(1));
        assert_eq!(with("pubkeyauthentication unbound").map(|o| o.methods.publickey), Ok(true));
        let order = with("preferredauthentications password,publickey,gssapi-with-mic").expect("understood");
        assert_eq!(order.methods.to_try(), ["password", "publickey"]);
        let no = with("passwordauthentication no").expect("understood");
        assert_eq!(no.methods.to_try(), ["publickey", "keyboard-interactive"]);
        assert_eq!(with("userknownhostsfile none").map(|o| o.user_known_hosts), Ok(Vec::new()));
        assert_eq!(
            with("userknownhostsfile /a/b c /d").map(|o| o.user_known_hosts),
            Ok(vec!["/a/b c".to_owned(), "/d".to_owned()])
        );
    }

    #[test]
    fn what_is_not_followed_is_said_and_what_is_not_understood_refused() {
        for (line, said) in [
            ("stricthostkeychecking false", "is asked about"),
            ("knownhostscommand /bin/keys %H", "is not run"),
            ("bindaddress 192.0.2.1", "`BindAddress 192.0.2.1` is not followed"),
        ] {
            let notes = with(line).expect("it is understood").notes;
            assert!(notes.len() == 1 && notes[0].contains(said), "{line}: {notes:?}");
        }
        for (line, said) in [
            ("proxyusefdpass yes", "ProxyUseFdpass"),
            ("stricthostkeychecking maybe", "not understood"),
            ("addressfamily ipx", "not understood"),
            ("identitiesonly perhaps", "neither yes nor no"),
            ("port 70000", "`port 70000` is not a number"),
            ("serveraliveinterval soon", "is not a number"),
            ("hostname ", "does not say `hostname`"),
        ] {
            let why = with(line).expect_err("it is refused");
            assert!(why.contains(said), "{line}: {why}");
        }
        assert!(read("").is_err());
    }
}
