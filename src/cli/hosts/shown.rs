//! What was seen of hosts: the shape of the JSON, and the text. Pure.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Serialize, Serializer};

use super::sudo::Wants;
use crate::run::fact::HostPin;
use crate::text::sanitize;

/// Clocks that differ by more than this are said to differ, in seconds.
const NEWSWORTHY: f64 = 2.0;

fn word<S: Serializer>(wants: &Option<Wants>, to: S) -> Result<S::Ok, S::Error> {
    wants.as_ref().map(Wants::word).serialize(to)
}

/// All hosts of an environment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sheet {
    /// The environment.
    pub environment: String,
    /// Whether every host was reached, known and logged in to.
    pub ok: bool,
    /// The hosts.
    pub hosts: Vec<Seen>,
}

/// One host.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Seen {
    /// Its name.
    pub name: String,
    /// Its roles.
    pub roles: Vec<String>,
    /// The account; none if it was not resolved.
    pub user: Option<String>,
    /// The name or address that is dialled.
    pub address: String,
    /// The port.
    pub port: Option<u16>,
    /// What lies on the way to it, first what is passed first.
    pub through: Vec<String>,
    /// The name of the SSH configuration that it goes by.
    pub ssh_name: Option<String>,
    /// Its key; none if it showed none.
    pub host_key: Option<HostKey>,
    /// What the user was authenticated with.
    pub login: Option<String>,
    /// Its name for itself.
    pub node: Option<String>,
    /// Its system.
    pub system: Option<String>,
    /// The shell that runs steps.
    pub shell: Option<String>,
    /// What sudo would want: `none`, `NOPASSWD`, `password`, `refused` or `unclear`.
    #[serde(serialize_with = "word")]
    pub sudo: Option<Wants>,
    /// How many seconds its clock is ahead of this machine's.
    pub clock_offset_s: Option<f64>,
    /// Milliseconds until it answers.
    pub round_trip_ms: Option<f64>,
    /// Things to know.
    pub notes: Vec<String>,
    /// Why it cannot be used.
    pub failed: Option<Failed>,
}

/// The key of a host.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct HostKey {
    /// `trusted` or `refused`.
    pub verdict: &'static str,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Its fingerprint, as `SHA256:…`.
    pub fingerprint: Option<String>,
    /// Who says that it is trusted.
    pub by: Option<String>,
}

/// Why a host cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failed {
    /// What failed.
    pub class: &'static str,
    /// The sentence.
    pub why: String,
}

/// Notes with each host which other ones of a role of it are the same place.
fn note_twins(hosts: &mut [Seen]) {
    let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, host) in hosts.iter().enumerate().filter(|(_, host)| host.user.is_some()) {
        let place = format!("{:?}", (&host.user, &host.address, host.port, &host.through));
        places.entry(place).or_default().push(index);
    }
    for same in places.values().filter(|same| same.len() > 1) {
        let all: Vec<(String, Vec<String>)> =
            same.iter().filter_map(|at| hosts.get(*at)).map(|h| (h.name.clone(), h.roles.clone())).collect();
        for host in same {
            let Some(host) = hosts.get_mut(*host) else { continue };
            let others = all.iter().filter(|(name, roles)| {
                *name != host.name && roles.iter().any(|role| host.roles.contains(role))
            });
            let names: Vec<&str> = others.map(|(name, _)| name.as_str()).collect();
            if !names.is_empty() {
                host.notes.push(format!(
                    "it is the same place as {}: a step on their role runs there once for each name",
                    names.join(", ")
                ));
            }
        }
    }
}

impl Sheet {
    /// Returns the sheet of `environment`.
    pub fn new(environment: &str, mut hosts: Vec<Seen>) -> Self {
        note_twins(&mut hosts);
        let ok = hosts.iter().all(|host| host.failed.is_none());
        Self { environment: environment.to_owned(), ok, hosts }
    }

    /// Returns the text for a terminal or a pipe.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for host in &self.hosts {
            host.write(&mut text);
            text.push('\n');
        }
        let failed = self.hosts.iter().filter(|host| host.failed.is_some()).count();
        let count = self.hosts.len();
        let ends = match (failed, count) {
            (0, 1) => "the host can be used".to_owned(),
            (0, _) => format!("all {count} hosts can be used"),
            _ => format!("{failed} of {count} cannot be used"),
        };
        text + &format!("{}: {ends}\n", sanitize(&self.environment))
    }
}

impl Seen {
    /// Returns what is known of `pin` before it is looked at.
    pub fn new(pin: &HostPin, roles: Vec<String>) -> Self {
        Self {
            name: pin.name.clone(),
            roles,
            user: None,
            address: pin.address.clone(),
            port: None,
            through: Vec::new(),
            ssh_name: pin.way.ssh.as_ref().map(|ssh| ssh.name.clone()),
            host_key: None,
            login: None,
            node: None,
            system: None,
            shell: None,
            sudo: None,
            clock_offset_s: None,
            round_trip_ms: None,
            notes: Vec::new(),
            failed: None,
        }
    }

    /// Notes what `pin` is resolved to.
    pub fn resolved(&mut self, pin: &HostPin) {
        self.user = Some(pin.user.clone());
        self.address.clone_from(&pin.address);
        self.port = Some(pin.port);
        self.through.clone_from(&pin.way.through);
    }

    /// Changes what hosts may have said, to keep a secret out of it.
    pub fn rewrite(&mut self, change: impl Fn(&str) -> String) {
        let why = self.failed.as_mut().map(|failed| &mut failed.why);
        let said = [&mut self.node, &mut self.system, &mut self.shell].into_iter().flatten();
        for text in why.into_iter().chain(said).chain(&mut self.notes) {
            *text = change(text);
        }
    }

    fn write(&self, text: &mut String) {
        let mark = if self.failed.is_some() { "FAILED" } else { "ok" };
        text.push_str(&sanitize(&format!("{} ({}): {mark}", self.name, self.roles.join(", "))));
        text.push('\n');
        let mut row = |what: &str, value: &str| {
            // Writing into a text does not fail.
            writeln!(text, "  {what:<10} {}", sanitize(value)).unwrap_or_default();
        };
        if let (Some(user), Some(port)) = (&self.user, self.port) {
            let address =
                if self.address.contains(':') { format!("[{}]", self.address) } else { self.address.clone() };
            let by = self.ssh_name.as_ref().map(|name| format!(", {name} of the SSH configuration"));
            row("address", &format!("{user}@{address}:{port}{}", by.unwrap_or_default()));
        }
        if !self.through.is_empty() {
            row("through", &self.through.join(", then "));
        }
        if let Some(key) = &self.host_key {
            let parts = [key.kind.as_deref(), key.fingerprint.as_deref()];
            let shown = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
            let by = key.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
            row("host key", format!("{}{by} {shown}", key.verdict).trim_end());
        }
        if let Some(login) = &self.login {
            row("login", &format!("by {login}"));
        }
        if let (Some(node), Some(system), Some(shell)) = (&self.node, &self.system, &self.shell) {
            row("host", &format!("{node}, {system}, {shell}"));
        }
        if let Some(sudo) = &self.sudo {
            row("sudo", &sudo.words());
        }
        if let Some(offset) = self.clock_offset_s {
            let words = if offset.abs() < NEWSWORTHY {
                "as here".to_owned()
            } else {
                let side = if offset > 0.0 { "ahead" } else { "behind" };
                format!("{:.1} s {side}", offset.abs())
            };
            row("clock", &words);
        }
        if let Some(ms) = self.round_trip_ms {
            row("round trip", &format!("{ms:.1} ms"));
        }
        for note in &self.notes {
            row("note", note);
        }
        if let Some(failed) = &self.failed {
            row(failed.class, &failed.why);
        }
    }
}

/// Returns how many seconds a clock that read `text` (seconds, perhaps with a fraction) is ahead, when it was read between
/// `before` and `after` in microseconds of the Unix time; 0 if it may have been right.
pub fn offset(text: &str, before: i64, after: i64) -> Option<f64> {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let seconds: i64 = whole.parse().ok()?;
    let digits = fraction.len() >= 6 && fraction.bytes().all(|b| b.is_ascii_digit());
    let exact = fraction.get(..6).filter(|_| digits).and_then(|text| text.parse::<i64>().ok());
    let earliest = seconds.checked_mul(1_000_000)?.checked_add(exact.unwrap_or(0))?;
    // A date that knows no fractions cuts them off.
    let latest = if exact.is_some() { earliest } else { earliest.checked_add(999_999)? };
    let ahead = if earliest > after {
        earliest.checked_sub(after)?
    } else if latest < before {
        latest.checked_sub(before)?
    } else {
        0
    };
    #[expect(clippy::cast_precision_loss, reason = "clocks do not differ by 2^53 microseconds")]
    Some((ahead as f64 / 100_000.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_what_the_time_of_asking_does_not_explain() {
        let (before, after) = (1_000_000_000, 1_000_300_000);
        for (text, want) in [
            ("1000.100000000", Some(0.0)),
            ("1000.000000", Some(0.0)),
            ("1005.800000123", Some(5.5)),
            ("990.000000000", Some(-10.0)),
            // Without a fraction, any of that second.
            ("999.N", Some(0.0)),
            ("999", Some(0.0)),
            ("1001", Some(0.7)),
            ("998.N", Some(-1.0)),
            ("990", Some(-9.0)),
            ("", None),
            ("soon", None),
            ("9223372036854775807", None),
        ] {
            let got = offset(text, before, after);
            // Half a tenth of a second is as exact as this gets.
            let same = match (got, want) {
                (Some(got), Some(want)) => (got - want).abs() < 0.051,
                (got, want) => got == want,
            };
            assert!(same, "{text}: {got:?}");
        }
    }
}
