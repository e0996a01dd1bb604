//! Durations and clocks as every screen and report writes them: one format each; pure, imports nothing.

use std::time::Duration;

/// Returns a stopwatch reading as `m:ss` (`0:47`, `74:05`): elapsed, quiet and usual times of steps and boxes.
///
/// Parts of a second are dropped.
#[must_use]
pub fn m_ss(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Returns a long time as `h:mm` (`1:01`, `26:40`): the time since a run began, shown after `T+`.
#[must_use]
pub fn h_mm(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

/// Returns an estimate: `~` and the time as [`m_ss`] writes it.
#[must_use]
pub fn estimate(time: Duration) -> String {
    format!("~{}", m_ss(time))
}

/// Returns a time in words as annotations write it (`48h`, `1h30m`, `45s`, `0s`), the inverse of [`parse`].
#[must_use]
pub fn words(time: Duration) -> String {
    let mut rest = time.as_secs();
    let mut out = String::new();
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        // Days only when nothing remains: 48h reads better than 2d, but 30d better than 720h.
        if unit == "d" && (!rest.is_multiple_of(length) || rest < 7 * length) {
            continue;
        }
        if rest >= length {
            out.push_str(&format!("{}{unit}", rest / length));
            rest %= length;
        }
    }
    if out.is_empty() { "0s".to_owned() } else { out }
}

/// Returns the time that `text` writes (`30m`, `48h`, `1h30m`, `90s`, `3d`), `None` when it is no time, is zero, or
/// is longer than 3,660 days.
#[must_use]
pub fn parse(text: &str) -> Option<Duration> {
    let mut total: u64 = 0;
    let mut number: Option<u64> = None;
    let mut last = u64::MAX;
    for c in text.chars() {
        if let Some(digit) = c.to_digit(10) {
            number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(u64::from(digit))?);
            continue;
        }
        let length = match c {
            'd' => 86_400,
            'h' => 3_600,
            'm' => 60,
            's' => 1,
            _ => return None,
        };
        // Units go from long to short, so `30m1h`, most likely a slip, is refused.
        if length >= last {
            return None;
        }
        last = length;
        total = total.checked_add(number.take()?.checked_mul(length)?)?;
    }
    (number.is_none() && total > 0 && total <= 3_660 * 86_400).then(|| Duration::from_secs(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn times_are_written_in_one_way() {
        assert_eq!(m_ss(Duration::from_millis(47_999)), "0:47");
        assert_eq!(m_ss(s(400)), "6:40");
        assert_eq!(m_ss(s(4445)), "74:05");
        assert_eq!(h_mm(s(3_660)), "1:01");
        assert_eq!(h_mm(s(96_000)), "26:40");
        assert_eq!(estimate(s(30)), "~0:30");
        assert_eq!(words(s(0)), "0s");
        assert_eq!(words(s(5_400)), "1h30m");
        assert_eq!(words(s(172_800)), "48h");
        assert_eq!(words(s(30 * 86_400)), "30d");
    }

    #[test]
    fn words_are_read_back_and_nonsense_is_not() {
        for seconds in [1, 59, 60, 3_599, 5_400, 86_400, 172_800, 30 * 86_400, 604_801] {
            assert_eq!(parse(&words(s(seconds))), Some(s(seconds)));
        }
        for text in
            ["", "0s", "30", "m", "1h1h", "30m1h", "-1m", "1.5h", "99999999999999999999s", "4000d", "1w"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
