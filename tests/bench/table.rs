//! Medians, and the rows that a table of the benchmarks has.

use std::time::Duration;

/// Returns the time in the middle; the later one of two.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Returns milliseconds.
pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Prints a row of two times.
pub fn row(name: &str, ours: Duration, theirs: Duration, asked: &str) {
    let times = ours.as_secs_f64() / theirs.as_secs_f64().max(f64::EPSILON);
    println!("{name:<40} {:>10.2} ms {:>10.2} ms {times:>6.2}x  {asked}", millis(ours), millis(theirs));
}

/// Prints a row of one figure.
pub fn figure(name: &str, value: &str, asked: &str) {
    println!("{name:<40} {value:>13} {:>13} {:>7}  {asked}", "", "");
}
