//! A hundred times `true` on one host: what a step costs. A plain step has what bare ssh has not: the wrapper that finds
//! it again, the carried state, the kept output and the log. What a run costs besides its steps is taken off by a run
//! with one step only.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::ground::Ground;
use super::{Done, figure, median, millis, row, run};

/// Steps of a run.
const STEPS: u32 = 100;
/// Turns; the median counts.
const ROUNDS: usize = 5;

/// Prints plain steps and checks with a log in memory, and plain steps with a log on disk.
pub fn rows(ground: &Ground) -> Done<()> {
    let memory = Path::new("/dev/shm");
    steps(ground, "plain steps, log in memory", "", memory, "1.8, goal 1.0")?;
    steps(ground, "check steps, log in memory", " check", memory, "1.2, goal 0.6")?;
    steps(ground, "plain steps, log on disk", "", &ground.dir, "1.8 and twice fdatasync a step")?;
    let sync = fdatasync(&ground.dir)?;
    figure("one fdatasync of 4 KiB there", &format!("{:.2} ms", millis(sync)), "");
    Ok(())
}

fn steps(ground: &Ground, name: &str, annotation: &str, log: &Path, asked: &str) -> Done<()> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let one = ground.gonogo(1, annotation, "true", log)?;
        let all = ground.gonogo(STEPS + 1, annotation, "true", log)?;
        ours.push(all.saturating_sub(one) / STEPS);
        let start = Instant::now();
        for _ in 0..STEPS {
            run(ground.ssh().args(["127.0.0.1", "true"]))?;
        }
        theirs.push(start.elapsed() / STEPS);
    }
    row(name, median(ours), median(theirs), asked);
    Ok(())
}

/// Returns the median time of appending 4 KiB and waiting for the disk.
fn fdatasync(dir: &Path) -> Done<Duration> {
    let path = dir.join("sync");
    let mut file = fs::File::create(&path)?;
    let mut times = Vec::new();
    for _ in 0..200 {
        let start = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        times.push(start.elapsed());
    }
    fs::remove_file(path)?;
    Ok(median(times))
}
