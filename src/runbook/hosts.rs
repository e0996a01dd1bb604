//! Hosts as people write them: `user@host[:port]`, `user@[2001:db8::1]:22`, or a name of the SSH configuration; pure,
//! imports nothing.

/// A host that was written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostSpec {
    /// The account; none means that `address` is a name of the SSH configuration, which says the rest.
    pub user: Option<String>,
    /// Name or address, an IPv6 address without brackets.
    pub address: String,
    /// The port, if it is written.
    pub port: Option<u16>,
}

/// The port of SSH (RFC 4253).
pub const SSH_PORT: u16 = 22;

/// Reads `user@host[:port]`, or `name[:port]` for a name of the SSH configuration.
///
/// # Errors
/// A sentence that says what is missing or wrong.
pub fn parse(text: &str) -> Result<HostSpec, String> {
    let (user, rest) = match text.rsplit_once('@') {
        Some((user, rest)) => (Some(user.to_owned()), rest),
        None => (None, text),
    };
    let (address, port) = split_port(rest)?;
    if let Some(user) = &user {
        check_user(user)?;
    }
    check_address(address)?;
    Ok(HostSpec { user, address: address.to_owned(), port })
}

fn split_port(text: &str) -> Result<(&str, Option<u16>), String> {
    let (address, port) = match text.strip_prefix('[') {
        Some(inner) => {
            let (address, after) = inner.split_once(']').ok_or_else(|| format!("`{text}` lacks its `]`"))?;
            match after.strip_prefix(':') {
                Some(port) => (address, Some(port)),
                None if after.is_empty() => (address, None),
                None => return Err(format!("`{after}` after `]` is not a port (`:22`)")),
            }
        }
        // More than one colon without brackets is an IPv6 address.
        None if text.matches(':').count() > 1 => (text, None),
        None => text.split_once(':').map_or((text, None), |(address, port)| (address, Some(port))),
    };
    Ok((address, port.map(check_port).transpose()?))
}

/// Reads a port.
///
/// # Errors
/// A sentence when it is not a number from 1 to 65535.
pub fn check_port(text: &str) -> Result<u16, String> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let port = if digits { text.parse().ok() } else { None };
    port.filter(|&p| p > 0).ok_or_else(|| format!("`{text}` is not a port, a number from 1 to 65535"))
}

/// Checks an account name: letters, digits, `.`, `_`, `-`, `\`, `@` and `$`, not beginning with `-`.
///
/// # Errors
/// A sentence when it is something else.
pub fn check_user(user: &str) -> Result<(), String> {
    let fine = |c: char| c.is_alphanumeric() || ".-_\\@$".contains(c);
    if user.is_empty() || user.starts_with('-') || !user.chars().all(fine) {
        return Err(format!("`{user}` is not a user name"));
    }
    Ok(())
}

/// Checks a host name or address: letters, digits, `.`, `-`, `_`, and `:` and `%` in an IPv6 address.
///
/// # Errors
/// A sentence when it is something else.
pub fn check_address(address: &str) -> Result<(), String> {
    let fine = |c: char| c.is_ascii_alphanumeric() || ".-_:%".contains(c);
    if address.is_empty() || address.len() > 253 || address.starts_with('-') || !address.chars().all(fine) {
        return Err(format!("`{address}` is not a host name or address"));
    }
    Ok(())
}

/// Checks the name of a role, host, environment, box or step: a letter or digit, then letters, digits, `.`, `_`, `-`.
///
/// # Errors
/// A sentence when it is something else or longer than 64 characters.
pub fn check_name(name: &str) -> Result<(), String> {
    let fine = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let starts = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if !starts || name.len() > 64 || !name.chars().all(fine) {
        return Err(format!(
            "`{name}` is not a name: a letter or digit, then letters, digits, `.`, `_`, `-`, at most 64"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_as_written() {
        let spec = |text| parse(text).map(|s| (s.user, s.address, s.port));
        let ok = |user: &str, address: &str, port| {
            Ok((Some(user).filter(|user| !user.is_empty()).map(str::to_owned), address.to_owned(), port))
        };
        assert_eq!(spec("deploy@web-1.example.net"), ok("deploy", "web-1.example.net", None));
        assert_eq!(spec("deploy@192.0.2.10:2222"), ok("deploy", "192.0.2.10", Some(2222)));
        assert_eq!(spec("deploy@[2001:db8::1]:2222"), ok("deploy", "2001:db8::1", Some(2222)));
        assert_eq!(spec("deploy@2001:db8::1"), ok("deploy", "2001:db8::1", None));
        assert_eq!(spec("a@b@host"), ok("a@b", "host", None));
        assert_eq!(spec("web1"), ok("", "web1", None));
        assert_eq!(spec("web1:2222"), ok("", "web1", Some(2222)));
    }

    #[test]
    fn what_is_no_host_is_refused_with_a_sentence() {
        for text in [
            "",
            "-oProxyCommand=x",
            "@web1",
            "u@",
            "u@h:",
            "u@h:0",
            "u@h:70000",
            "u@h:+2",
            "u@-oProxyCommand=x",
            "-l@h",
            "u@a b",
            "u@[::1",
            "u@[::1]x",
            "u@h\u{202e}",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
