//! A host certificate (OpenSSH's PROTOCOL.certkeys), as far as it decides trust.

/// What a certificate says. Who made this value has checked that the authority's signature fits it, or says in `fault`
/// why it does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The authority's key in wire form.
    pub authority: Vec<u8>,
    /// What the authority calls it; hostile text.
    pub id: String,
    /// The number that the authority gave it; 0 if it counts none.
    pub serial: u64,
    /// Whether it is one for hosts, not for users.
    pub for_hosts: bool,
    /// Names that it is good for; none means all.
    pub principals: Vec<String>,
    /// First second since 1970 that it is valid in.
    pub valid_after: u64,
    /// First second since 1970 that it is valid in no more.
    pub valid_before: u64,
    /// Names of its critical options; hosts have none that we know.
    pub critical: Vec<String>,
    /// Why the signature does not count.
    pub fault: Option<String>,
}

impl Certificate {
    /// Checks that it is good for the host `name` at `now`, in seconds since 1970.
    ///
    /// # Errors
    /// Says why it is not, as a fragment.
    pub fn check(&self, name: &str, now: u64) -> Result<(), String> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        if !self.for_hosts {
            return Err("it is a certificate for users, not for hosts".to_owned());
        }
        if now < self.valid_after {
            return Err("it is not valid yet".to_owned());
        }
        if now >= self.valid_before {
            return Err("it has expired".to_owned());
        }
        if !self.principals.is_empty() && !self.principals.iter().any(|p| p.eq_ignore_ascii_case(name)) {
            return Err(format!("it is made for {}, not for {name}", self.principals.join(", ")));
        }
        match self.critical.first() {
            Some(option) => Err(format!("it has the critical option {option}, which is not understood")),
            None => Ok(()),
        }
    }
}
