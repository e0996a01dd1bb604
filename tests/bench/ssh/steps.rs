//! A hundred times `true` on one host: what a step costs. A plain step has what bare ssh has not: the wrapper that finds
//! it again, the carried state, the kept output and the log. What a run costs besides its steps is taken off by a run
//! with one step only. The steps stand in one box; what it costs to sign one after each is told beside it.

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

/// Prints plain steps and checks with a log in memory, and plain steps with a log on disk. All are measured in turns with
/// `ssh`, so that a slow moment strikes all of them.
pub fn rows(ground: &Ground) -> Done<()> {
    let memory = Path::new("/dev/shm");
    let disk = ground.dir.as_path();
    let kinds = [("", memory), (" check", memory), ("", disk)];
    let (mut ours, mut theirs, mut syncs) = ([const { Vec::new() }; 3], Vec::new(), Vec::new());
    let mut signed = Vec::new();
    for _ in 0..ROUNDS {
        for ((annotation, log), ours) in kinds.iter().zip(&mut ours) {
            let one = ground.gonogo(1, annotation, "true", log)?;
            let all = ground.gonogo(STEPS + 1, annotation, "true", log)?;
            ours.push(all.saturating_sub(one) / STEPS);
        }
        let one = ground.boxes(1, 1, "", "true", disk)?;
        let all = ground.boxes(STEPS + 1, 1, "", "true", disk)?;
        signed.push(all.saturating_sub(one) / STEPS);
        let start = Instant::now();
        for _ in 0..STEPS {
            run(ground.ssh().args(["127.0.0.1", "true"]))?;
        }
        theirs.push(start.elapsed() / STEPS);
        syncs.push(fdatasync(&ground.dir)?);
    }
    let theirs = median(theirs);
    let [plain, check, disk] = ours.map(median);
    row("plain steps, log in memory", plain, theirs, "1.8, goal 1.0");
    row("check steps, log in memory", check, theirs, "1.2, goal 0.6");
    row("plain steps, log on disk", disk, theirs, "1.8 and twice fdatasync a step");
    row("the same, a box signed after each", median(signed), theirs, "");
    figure("one fdatasync of 4 KiB there", &format!("{:.2} ms", millis(median(syncs))), "");
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
