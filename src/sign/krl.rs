//! Key revocation lists, as ssh-keygen(1) writes them: OpenSSH's PROTOCOL.krl, version 1 of the format.
//!
//! Their signatures are not looked at, as OpenSSH since 9.4 does not: who may write the file may write a key into it.

use std::collections::HashSet;

use sha1::Sha1;
use sha2::{Digest, Sha256};

/// A key that may be in a list.
#[derive(Debug, Clone, Copy)]
pub struct Sought<'a> {
    /// The plain key, on the wire; of a certificate, that of its own.
    pub blob: &'a [u8],
    /// The certificate that was shown for it.
    pub certificate: Option<Certified<'a>>,
}

/// A certificate, as far as lists name one.
#[derive(Debug, Clone, Copy)]
pub struct Certified<'a> {
    /// The authority's key on the wire.
    pub authority: &'a [u8],
    /// What the authority calls it; hostile text.
    pub id: &'a str,
    /// The number that the authority gave it; 0 if it counts none.
    pub serial: u64,
}

/// `SSHKRL\n\0`.
const MAGIC: &[u8] = b"SSHKRL\n\0";
const FORMAT: u32 = 1;

/// A list that was read to its end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Krl {
    keys: HashSet<Vec<u8>>,
    sha1: HashSet<Vec<u8>>,
    sha256: HashSet<Vec<u8>>,
    certificates: Vec<Certificates>,
}

/// Revoked certificates of one authority.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Certificates {
    /// Its key; empty means that of any.
    authority: Vec<u8>,
    serials: Vec<Serials>,
    ids: HashSet<Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Serials {
    /// From the first to the last.
    Range(u64, u64),
    /// The first, and a bit for each from it on; the last byte has the lowest.
    Bits(u64, Vec<u8>),
}

impl Krl {
    /// Reads a list; none if `bytes` are something else. Of one that is not understood to its end, why.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Result<Self, String>> {
        let rest = bytes.strip_prefix(MAGIC)?;
        Some(Self::sections(Fields(rest)).unwrap_or_else(|| Err("is cut off".to_owned())))
    }

    /// `None` when it is cut off.
    fn sections(mut fields: Fields<'_>) -> Option<Result<Self, String>> {
        let format = fields.u32()?;
        if format != FORMAT {
            return Some(Err(format!("has version {format} of the format, which is not understood")));
        }
        // Version of the list, when it was made, flags; what is reserved, a comment.
        for _ in 0..3 {
            fields.u64()?;
        }
        for _ in 0..2 {
            fields.string()?;
        }
        let mut krl = Self::default();
        while !fields.0.is_empty() {
            let kind = fields.u8()?;
            let mut section = Fields(fields.string()?);
            match kind {
                1 => match Certificates::read(section)? {
                    Ok(certificates) => krl.certificates.push(certificates),
                    Err(why) => return Some(Err(why)),
                },
                2 => section.strings(&mut krl.keys)?,
                3 => section.strings(&mut krl.sha1)?,
                // A signature: the key, and then the signature itself.
                4 => drop(fields.string()?),
                5 => section.strings(&mut krl.sha256)?,
                255 => {
                    if let Some(why) = section.critical()? {
                        return Some(Err(why));
                    }
                }
                other => return Some(Err(format!("has a section of type {other}, which is not understood"))),
            }
        }
        Some(Ok(krl))
    }

    /// Returns what of `shown` is revoked, in words.
    #[must_use]
    pub fn find(&self, shown: Sought<'_>) -> Option<String> {
        if self.holds(shown.blob) {
            return Some("the key".to_owned());
        }
        let certificate = shown.certificate?;
        let of = |list: &&Certificates| list.authority.is_empty() || list.authority == certificate.authority;
        let found = self.certificates.iter().filter(of).find_map(|list| list.find(&certificate));
        found.or_else(|| self.holds(certificate.authority).then(|| "the key of its authority".to_owned()))
    }

    fn holds(&self, blob: &[u8]) -> bool {
        self.keys.contains(blob)
            || self.sha1.contains(Sha1::digest(blob).as_slice())
            || self.sha256.contains(Sha256::digest(blob).as_slice())
    }
}

impl Certificates {
    fn read(mut section: Fields<'_>) -> Option<Result<Self, String>> {
        let authority = section.string()?.to_vec();
        // Reserved.
        section.string()?;
        let mut out = Self { authority, ..Self::default() };
        while !section.0.is_empty() {
            let kind = section.u8()?;
            let mut part = Fields(section.string()?);
            match kind {
                0x20 => {
                    while !part.0.is_empty() {
                        let serial = part.u64()?;
                        out.serials.push(Serials::Range(serial, serial));
                    }
                }
                0x21 => out.serials.push(Serials::Range(part.u64()?, part.u64()?)),
                0x22 => out.serials.push(Serials::Bits(part.u64()?, part.string()?.to_vec())),
                0x23 => part.strings(&mut out.ids)?,
                0x39 => {
                    if let Some(why) = part.critical()? {
                        return Some(Err(why));
                    }
                }
                other => {
                    let why = format!("revokes certificates in the way {other:#x}, which is not understood");
                    return Some(Err(why));
                }
            }
        }
        Some(Ok(out))
    }

    fn find(&self, certificate: &Certified<'_>) -> Option<String> {
        if self.ids.contains(certificate.id.as_bytes()) {
            return Some(format!("the certificate {:?}", certificate.id));
        }
        let serial = certificate.serial;
        // An authority that counts nothing gives all of them 0.
        let revoked = serial != 0 && self.serials.iter().any(|serials| serials.hold(serial));
        revoked.then(|| format!("the certificate with the serial number {serial}"))
    }
}

impl Serials {
    fn hold(&self, serial: u64) -> bool {
        match self {
            Self::Range(first, last) => (*first..=*last).contains(&serial),
            Self::Bits(first, bits) => {
                let Some(nth) = serial.checked_sub(*first).and_then(|n| usize::try_from(n).ok()) else {
                    return false;
                };
                let byte = bits.len().checked_sub(nth / 8 + 1).and_then(|at| bits.get(at));
                byte.is_some_and(|byte| byte & (1 << (nth % 8)) != 0)
            }
        }
    }
}

/// Bytes that are read field by field (RFC 4251, 5); `None` when they are cut off.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.u32()?).ok()?;
        let (first, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(first)
    }

    /// Reads strings to the end.
    fn strings(&mut self, into: &mut HashSet<Vec<u8>>) -> Option<()> {
        while !self.0.is_empty() {
            into.insert(self.string()?.to_vec());
        }
        Some(())
    }

    /// Reads an extension, none of which is known, and says why the list cannot be used if it is critical.
    fn critical(&mut self) -> Option<Option<String>> {
        let name = String::from_utf8_lossy(self.string()?).into_owned();
        let critical = self.u8()? != 0;
        Some(critical.then(|| format!("has the critical extension {name:?}, which is not understood")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn string(bytes: &[u8]) -> Vec<u8> {
        let length = u32::try_from(bytes.len()).expect("short");
        [&length.to_be_bytes(), bytes].concat()
    }

    fn section(kind: u8, bytes: &[u8]) -> Vec<u8> {
        [vec![kind], string(bytes)].concat()
    }

    fn list(sections: &[Vec<u8>]) -> Vec<u8> {
        [MAGIC, &[0, 0, 0, 1], &[0; 24], &string(b""), &string(b"for tests"), &sections.concat()].concat()
    }

    fn read(bytes: &[u8]) -> Result<Krl, String> {
        Krl::read(bytes).expect("it has the magic")
    }

    const fn certificate(serial: u64) -> Certified<'static> {
        Certified { authority: b"authority", id: "web", serial }
    }

    fn whole() -> Vec<u8> {
        let ten = 10_u64.to_be_bytes();
        let parts = [
            section(0x20, &[5_u64.to_be_bytes(), 7_u64.to_be_bytes()].concat()),
            section(0x21, &[100_u64.to_be_bytes(), u64::MAX.to_be_bytes()].concat()),
            // 10, 13 and 19.
            section(0x22, &[ten.as_slice(), &string(&[0b10, 0b1001])].concat()),
            section(0x39, &[string(b"later"), vec![0], string(b"")].concat()),
        ];
        let certificates = [string(b"authority"), string(b""), parts.concat()].concat();
        let signature = [section(4, b"key"), string(b"signature")].concat();
        list(&[
            section(1, &certificates),
            section(2, &string(b"stolen")),
            section(255, &[string(b"x"), vec![0]].concat()),
            signature,
        ])
    }

    #[test]
    fn numbers_are_held_in_lists_ranges_and_bits() {
        let krl = read(&whole()).expect("it is understood");
        let revoked = |serial| {
            let certificate = certificate(serial);
            krl.find(Sought { blob: b"own", certificate: Some(certificate) }).is_some()
        };
        let held: Vec<u64> =
            (0..30).chain([99, 100, 101, u64::MAX]).filter(|serial| revoked(*serial)).collect();
        assert_eq!(held, [5, 7, 10, 13, 19, 100, 101, u64::MAX]);
        let other = Certified { authority: b"other", ..certificate(5) };
        assert_eq!(krl.find(Sought { blob: b"own", certificate: Some(other) }), None);
        assert!(krl.find(Sought { blob: b"stolen", certificate: None }).is_some());
        assert_eq!(krl.find(Sought { blob: b"own", certificate: None }), None);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let bytes = whole();
        assert!(read(&bytes).is_ok() && Krl::read(b"ssh-ed25519 AAAA").is_none());
        // Only where a section could begin, nothing is cut: before the first, and behind the first three of four.
        let whole = (MAGIC.len()..bytes.len()).filter(|at| read(&bytes[..*at]).is_ok()).count();
        assert_eq!(whole, 4);
        for (section, said) in [
            (section(9, b""), "section of type 9"),
            (section(1, &[string(b""), string(b""), section(0x40, b"")].concat()), "in the way 0x40"),
            (section(255, &[string(b"new"), vec![1]].concat()), "critical extension \"new\""),
            (section(1, b""), "cut off"),
        ] {
            let why = read(&list(&[section])).expect_err("it is refused");
            assert!(why.contains(said), "{said}: {why}");
        }
        let mut other = bytes;
        other[11] = 2;
        assert!(read(&other).expect_err("it is refused").contains("version 2"));
    }

    proptest! {
        #[test]
        fn nothing_in_a_list_is_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..120) {
            let mut all = whole();
            all.splice(at.min(all.len()).max(MAGIC.len())..all.len(), bytes);
            if let Some(Ok(krl)) = Krl::read(&all) {
                let certificate = certificate(7);
                drop(krl.find(Sought { blob: b"own", certificate: Some(certificate) }));
            }
        }
    }
}
