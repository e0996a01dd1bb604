//! `ProxyJump` as it is written: hops separated by commas, the first one dialled first. Pure.

use super::Question;
use std::path::Path;

/// Reads the value of `ProxyJump`: `[user@]host[:port]` or `ssh://[user@]host[:port]`, an IPv6 address in brackets.
///
/// # Errors
/// A sentence about the hop that cannot be read.
pub(super) fn hops(text: &str, config: Option<&Path>) -> Result<Vec<Question>, String> {
    text.split(',').map(|hop| read(hop.trim(), config)).collect()
}

fn read(text: &str, config: Option<&Path>) -> Result<Question, String> {
    let wrong = || format!("`{text}` in ProxyJump is not `[user@]host[:port]`");
    let rest = text.strip_prefix("ssh://").map_or(text, |rest| rest.trim_end_matches('/'));
    let (user, rest) = match rest.rsplit_once('@') {
        Some((user, rest)) => (Some(user), rest),
        None => (None, rest),
    };
    let (name, port) = match rest.strip_prefix('[') {
        Some(inner) => {
            let (name, after) = inner.split_once(']').ok_or_else(wrong)?;
            match after.strip_prefix(':') {
                Some(port) => (name, Some(port)),
                None if after.is_empty() => (name, None),
                None => return Err(wrong()),
            }
        }
        None if rest.matches(':').count() > 1 => (rest, None),
        None => rest.split_once(':').map_or((rest, None), |(name, port)| (name, Some(port))),
    };
    let port = match port {
        Some(port) => Some(port.parse().ok().filter(|port| *port > 0).ok_or_else(wrong)?),
        None => None,
    };
    let bad = |word: &str| word.is_empty() || word.starts_with('-');
    if bad(name) || user.is_some_and(bad) {
        return Err(wrong());
    }
    let config = config.map(Path::to_owned);
    Ok(Question { config, user: user.map(str::to_owned), port, name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Hop = (Option<String>, String, Option<u16>);

    fn read_all(text: &str) -> Result<Vec<Hop>, String> {
        Ok(hops(text, None)?.into_iter().map(|hop| (hop.user, hop.name, hop.port)).collect())
    }

    #[test]
    fn hops_are_read_as_ssh_prints_them() {
        let hop = |user: Option<&str>, name: &str, port| (user.map(str::to_owned), name.to_owned(), port);
        assert_eq!(
            read_all("layla@bastion:2222,inner,x@[2001:db8::1]:99,[192.0.2.7],ssh://omar@far:7/"),
            Ok(vec![
                hop(Some("layla"), "bastion", Some(2222)),
                hop(None, "inner", None),
                hop(Some("x"), "2001:db8::1", Some(99)),
                hop(None, "192.0.2.7", None),
                hop(Some("omar"), "far", Some(7)),
            ])
        );
        assert_eq!(read_all("a@b@host"), Ok(vec![hop(Some("a@b"), "host", None)]));
        assert_eq!(read_all("2001:db8::1"), Ok(vec![hop(None, "2001:db8::1", None)]));
    }

    #[test]
    fn what_is_no_hop_is_refused() {
        for text in
            ["", "a,,b", "@host", "u@", "host:0", "host:x", "[::1", "[::1]x", "-oProxyCommand=x", "-l@h"]
        {
            assert!(read_all(text).is_err_and(|why| why.contains("ProxyJump")), "{text}");
        }
    }
}
