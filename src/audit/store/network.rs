//! Which file systems lie on another machine, by the magic numbers of `statfs(2)` and the kernel's `magic.h`.

use std::path::Path;

/// Returns the name of the network file system with this `f_type`, if it is one.
#[must_use]
pub(in crate::audit) const fn name(f_type: u64) -> Option<&'static str> {
    // Some kernels hand the 32-bit number on with its sign.
    match f_type & 0xffff_ffff {
        0x6969 => Some("NFS"),
        0x517b => Some("SMB"),
        0xff53_4d42 | 0xfe53_4d42 => Some("CIFS"),
        0x5346_414f | 0x6b41_4653 => Some("AFS"),
        0x0102_1997 => Some("9p"),
        0x00c3_6400 => Some("Ceph"),
        0x0bd0_0bd0 => Some("Lustre"),
        0x7375_7245 => Some("Coda"),
        0x4750_4653 => Some("GPFS"),
        _ => None,
    }
}

/// Returns the name of the network file system that `directory` lies on, if the system tells.
#[cfg(target_os = "linux")]
pub(in crate::audit) fn of(directory: &Path) -> Option<&'static str> {
    let stat = rustix::fs::statfs(directory).ok()?;
    #[expect(clippy::cast_sign_loss, reason = "the magic number's bits are compared, not its value")]
    let magic = stat.f_type as u64;
    name(magic)
}

/// Returns none: only Linux's magic numbers are known here.
#[cfg(not(target_os = "linux"))]
pub(in crate::audit) fn of(_directory: &Path) -> Option<&'static str> {
    None
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn network_file_systems_are_told_from_local_ones() {
        assert_eq!(name(0x6969), Some("NFS"));
        assert_eq!(name(0xffff_ffff_ff53_4d42), Some("CIFS"), "with its sign extended");
        for local in [0xef53, 0x0102_1994, 0x5846_5342, 0x9123_683e, 0x6573_5546, 0] {
            assert_eq!(name(local), None, "{local:x}");
        }
    }
}
