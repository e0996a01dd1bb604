//! How long parsing takes: `cargo bench --bench parse` prints a table.
//!
//! Files are made of the fixtures of the tests. The floor is the Markdown parser alone over the same bytes, measured in
//! the same run, so that a slow machine is not taken for slow code. Times are the median and the best of some runs.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use gonogo::runbook::{MAX_BYTES, parse};
use pulldown_cmark::{Options, Parser};

/// Most milliseconds that a runbook of 1 MiB should take.
const GOAL: f64 = 200.0;
const RUNS: usize = 15;

fn main() {
    let files = fixtures();
    let large = large(&files);
    let small: Vec<String> = (0..500).map(|n| format!("{}\nRun {n}.\n", files[n % files.len()])).collect();
    println!("{:<28} {:>9} {:>11} {:>11} {:>11} {:>7}", "", "bytes", "median", "best", "floor", "times");
    let took = row("one file of 1 MiB", std::slice::from_ref(&large));
    row("500 files of people's size", &small);
    row("one endless list of boxes", &["- [ ] a box with `a command` and words\n".repeat(9_999)]);
    row("one endless paragraph", &["words and *marks* and [links](a.md) ".repeat(MAX_BYTES / 36)]);
    row("one endless script", &[format!("```sh\n{}```\n", "echo \"$A\" | sort\n".repeat(MAX_BYTES / 18))]);
    let verdict = if took < GOAL { "reached" } else { "missed" };
    println!("\nGoal for the file of 1 MiB: under {GOAL} ms in the median: {verdict}.");
}

/// Prints a row and returns the median in milliseconds.
fn row(name: &str, files: &[String]) -> f64 {
    let bytes: usize = files.iter().map(String::len).sum();
    let (median, best) = measure(|| {
        for text in files {
            black_box(parse("bench.md", black_box(text.as_bytes())).is_ok());
        }
    });
    let (floor, _) = measure(|| {
        for text in files {
            black_box(events(black_box(text)));
        }
    });
    println!(
        "{name:<28} {bytes:>9} {median:>8.2} ms {best:>8.2} ms {floor:>8.2} ms {:>6.1}x",
        median / floor.max(0.001)
    );
    median
}

/// Returns the median and the best of some runs in milliseconds.
fn measure(mut work: impl FnMut()) -> (f64, f64) {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    (ms(times[RUNS / 2]), ms(times[0]))
}

fn events(text: &str) -> usize {
    let options = Options::ENABLE_TASKLISTS
        | Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_GFM;
    Parser::new_ext(text, options).count()
}

/// Returns the fixtures that are runbooks, in the order of their names.
fn fixtures() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/runbooks");
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .expect("the fixtures")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .collect();
    paths.sort();
    let read = |path: &Path| std::fs::read_to_string(path).expect("a fixture");
    let files: Vec<String> = paths.iter().map(|path| read(path)).collect();
    files.into_iter().filter(|text| parse("fixture.md", text.as_bytes()).is_ok()).collect()
}

/// Returns one runbook of nearly 1 MiB: the fixtures without their front matter, one after another, as often as fits
/// into the limits of boxes and bytes, and prose for the rest.
fn large(files: &[String]) -> String {
    let bodies: Vec<&str> =
        files.iter().filter(|f| !f.starts_with(['-', '\u{feff}'])).map(String::as_str).collect();
    let boxes = |text: &str| parse("part.md", text.as_bytes()).map_or(0, |(book, _)| book.boxes.len());
    let mut out = String::new();
    let mut left = gonogo::runbook::MAX_BOXES;
    for (n, body) in bodies.iter().cycle().enumerate() {
        let part = format!("\n## Part {n}\n\n{}\n", body.replace("\n# ", "\n### "));
        let count = boxes(&part);
        if count > left || out.len() + part.len() > MAX_BYTES {
            break;
        }
        left -= count;
        out.push_str(&part);
    }
    let prose = "\nSome *prose* that nobody has to tick, with `code` and [a link](other.md).\n";
    while out.len() + prose.len() <= MAX_BYTES {
        out.push_str(prose);
    }
    out
}
