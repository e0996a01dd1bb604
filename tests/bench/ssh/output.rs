//! Much output: of which the ends are stored, and all of which is stored; and the memory that it takes.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::ground::Ground;
use super::{Done, figure, median, row, run};

const ROUNDS: usize = 3;
/// MiB of which the head and the tail are stored.
const MUCH: usize = 500;
/// MiB that are all stored.
const ALL: usize = 60;

/// Prints the rates beside `ssh` and `ssh | gzip -1`, and the most memory.
pub fn rows(ground: &Ground) -> Done<()> {
    let memory = Path::new("/dev/shm");
    let much = deploy(ground, "much", MUCH)?;
    let (mut ours, mut theirs, mut most) = (Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        let one = ground.gonogo(1, "", "true", memory)?;
        let (took, peak) = watched(ground, &much)?;
        ours.push(took.saturating_sub(one));
        most = most.max(peak);
        let start = Instant::now();
        run(ground.ssh().args(["127.0.0.1", &much]))?;
        theirs.push(start.elapsed());
    }
    row(&format!("{MUCH} MiB of output, ends stored"), median(ours), median(theirs), "1.25");
    figure("most memory meanwhile", &format!("{} MiB", most >> 10), "64 MiB");
    let all = deploy(ground, "all", ALL)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let one = ground.gonogo(1, "", "true", memory)?;
        ours.push(ground.gonogo(1, "", &all, memory)?.saturating_sub(one));
        theirs.push(packed(ground, &all)?);
    }
    row(&format!("{ALL} MiB of output, all stored"), median(ours), median(theirs), "1.00");
    Ok(())
}

/// Writes so many MiB of lines as deploys print them on the host, and returns the command that prints them.
pub fn deploy(ground: &Ground, name: &str, mib: usize) -> Done<String> {
    let lines: String = (0..12_000)
        .map(|n| {
            format!("2026-01-02 03:04:05 deploy: unpacking file {n} of the release, nothing to report\n")
        })
        .collect();
    let mut file = fs::File::create(ground.dir.join("home").join(name))?;
    for _ in 0..(mib << 20) / lines.len() {
        file.write_all(lines.as_bytes())?;
    }
    Ok(format!("cat {name}"))
}

/// Runs `script` and returns how long that took, and the most KiB that were resident.
fn watched(ground: &Ground, script: &str) -> Done<(Duration, u64)> {
    let place = ground.place(Path::new("/dev/shm"))?;
    let book: PathBuf = ground.book(1, 1, "on=api", script)?;
    let mut command = ground.headless(&book, &ground.dir.join("env.yaml"), &place)?;
    let start = Instant::now();
    let mut child = command.spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    let end = loop {
        if let Some(end) = child.try_wait()? {
            break end;
        }
        let text = fs::read_to_string(&status).unwrap_or_default();
        let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = peak.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0);
        most = most.max(kib);
        std::thread::sleep(Duration::from_millis(5));
    };
    let took = start.elapsed();
    fs::remove_dir_all(place)?;
    if end.success() { Ok((took, most)) } else { Err(format!("{command:?}: {end}").into()) }
}

/// Returns how long `ssh` and `gzip -1` into a file take.
fn packed(ground: &Ground, script: &str) -> Done<Duration> {
    let file = fs::File::create("/dev/shm/gonogo-bench.gz")?;
    let start = Instant::now();
    let mut ssh = ground.ssh().args(["127.0.0.1", script]).stdout(std::process::Stdio::piped()).spawn()?;
    let output = ssh.stdout.take().ok_or("ssh says nothing")?;
    run(Command::new("gzip").arg("-1").stdin(output).stdout(file))?;
    ssh.wait()?;
    let took = start.elapsed();
    fs::remove_file("/dev/shm/gonogo-bench.gz")?;
    Ok(took)
}
