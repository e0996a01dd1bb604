//! Names and addresses that are reserved for samples and reach nobody; pure, imports nothing.
//!
//! RFC 2606 and 6761 (`example`, `test`, `invalid`, example.com, .net, .org), RFC 5737 (192.0.2.0/24,
//! 198.51.100.0/24, 203.0.113.0/24), RFC 3849 and 9637 (2001:db8::/32, 3fff::/20). `localhost` and loopback addresses
//! are reserved too, but they reach a real machine: this one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Returns whether `host`, a name or address without user and port, is reserved for samples.
#[must_use]
pub fn is_reserved(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let address = host.split('%').next().unwrap_or_default();
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => is_sample_v4(v4),
        Ok(IpAddr::V6(v6)) => v6.to_ipv4_mapped().is_some_and(is_sample_v4) || is_sample_v6(v6),
        Err(_) => is_sample_name(host),
    }
}

fn is_sample_v4(address: Ipv4Addr) -> bool {
    matches!(address.octets(), [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _])
}

fn is_sample_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && second < 0x1000)
}

fn is_sample_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let mut labels = name.rsplit('.');
    match labels.next().unwrap_or_default() {
        "example" | "test" | "invalid" => true,
        "com" | "net" | "org" => labels.next() == Some("example"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_reserved() {
        for host in [
            "example.net",
            "api-1.example.org",
            "EXAMPLE.COM.",
            "web.test",
            "x.invalid",
            "example",
            "192.0.2.10",
            "198.51.100.1",
            "203.0.113.255",
            "2001:db8::1",
            "[2001:db8::1]",
            "3fff:fff::1",
            "::ffff:192.0.2.1",
            "2001:db8::1%eth0",
        ] {
            assert!(is_reserved(host), "{host}");
        }
    }

    #[test]
    fn real_and_local_hosts_are_not() {
        for host in [
            "localhost",
            "127.0.0.1",
            "::1",
            "a.localhost",
            "notexample.net",
            "example.net.mine.io",
            "192.0.3.1",
            "10.0.0.1",
            "2001:db9::1",
            "3fff:1000::1",
            "testing",
            "web1",
            "",
            "example.co",
        ] {
            assert!(!is_reserved(host), "{host}");
        }
    }
}
