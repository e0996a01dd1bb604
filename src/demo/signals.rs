//! Signal names on the wire (RFC 4254, section 6.10) and signals of the system. Names as OpenSSH has them.

use russh::Sig;
use rustix::process::Signal;

const KNOWN: &[(&str, Signal)] = &[
    ("ABRT", Signal::ABORT),
    ("ALRM", Signal::ALARM),
    ("FPE", Signal::FPE),
    ("HUP", Signal::HUP),
    ("ILL", Signal::ILL),
    ("INT", Signal::INT),
    ("KILL", Signal::KILL),
    ("PIPE", Signal::PIPE),
    ("QUIT", Signal::QUIT),
    ("SEGV", Signal::SEGV),
    ("TERM", Signal::TERM),
    ("USR1", Signal::USR1),
    ("USR2", Signal::USR2),
];

/// Returns the signal that a client asked for, or `None` for a name that is not on the list.
pub(super) fn requested(sig: &Sig) -> Option<Signal> {
    let name = match sig {
        Sig::ABRT => "ABRT",
        Sig::ALRM => "ALRM",
        Sig::FPE => "FPE",
        Sig::HUP => "HUP",
        Sig::ILL => "ILL",
        Sig::INT => "INT",
        Sig::KILL => "KILL",
        Sig::PIPE => "PIPE",
        Sig::QUIT => "QUIT",
        Sig::SEGV => "SEGV",
        Sig::TERM => "TERM",
        Sig::USR1 => "USR1",
        Sig::Custom(name) => name,
    };
    KNOWN.iter().find(|(known, _)| *known == name).map(|(_, signal)| *signal)
}

/// Returns the name under which the end by signal number `raw` is reported; OpenSSH says `SIG@openssh.com` for the rest.
pub(super) fn reported(raw: i32) -> Sig {
    let known = KNOWN.iter().find(|(_, signal)| signal.as_raw() == raw);
    let name = known.map_or("SIG@openssh.com", |(name, _)| name);
    match name {
        "ABRT" => Sig::ABRT,
        "ALRM" => Sig::ALRM,
        "FPE" => Sig::FPE,
        "HUP" => Sig::HUP,
        "ILL" => Sig::ILL,
        "INT" => Sig::INT,
        "KILL" => Sig::KILL,
        "PIPE" => Sig::PIPE,
        "QUIT" => Sig::QUIT,
        "SEGV" => Sig::SEGV,
        "TERM" => Sig::TERM,
        "USR1" => Sig::USR1,
        other => Sig::Custom(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_signal_comes_back_under_the_name_it_was_asked_by() {
        for (_, signal) in KNOWN {
            assert_eq!(requested(&reported(signal.as_raw())), Some(*signal));
        }
        assert_eq!(requested(&Sig::Custom("STOP".to_owned())), None);
        assert!(matches!(reported(Signal::SYS.as_raw()), Sig::Custom(name) if name == "SIG@openssh.com"));
    }
}
