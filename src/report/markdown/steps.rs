//! Steps: the script as it was sent, each attempt on each host, and the beginning and end of what it printed.

use super::Page;
use crate::report::phrase::{Phrase, code, fenced, inline};
use crate::report::record::{Output, RunRecord};
use crate::report::span;
use crate::report::timeline::probe;
use crate::run::attempt::Attempt;
use crate::run::fact::{Seen, Stream, StreamSummary};
use crate::run::state::Run;
use crate::runbook::model::{BoxItem, Step};

/// Bytes shown from the start of a stream.
const HEAD: usize = 2048;
/// Bytes shown from its end, where errors stand.
const TAIL: usize = 4096;

pub(super) fn write(page: &mut Page, record: &RunRecord<'_>, level: usize) {
    let run = record.run;
    let walked = run.walked().filter_map(|i| run.runbook.boxes.get(i));
    let all: Vec<(&BoxItem, &Step)> = walked.flat_map(|b| b.commands().map(move |s| (b, s))).collect();
    let attempts = |step: &Step| -> Vec<&Attempt> {
        run.attempts.values().filter(|a| a.intent.step == step.id).collect()
    };
    if all.iter().all(|(_, step)| attempts(step).is_empty()) {
        return;
    }
    page.heading(level, "Steps");
    for (item, step) in all {
        let attempts = attempts(step);
        let Some(first) = attempts.first() else { continue };
        let status = run.step_words(step);
        page.heading(level + 1, &format!("Step {}: {status}", code(step.id.as_str())));
        page.paragraph(&format!(
            "Of the box “{}”. Sent to each host as it stands here, SHA-256 {}:",
            inline(&item.text),
            code(&first.intent.script_sha)
        ));
        page.block(&fenced(&first.intent.script, "sh"));
        rounds(page, &attempts);
        // A watch is told by its first round and those that something happened in.
        let told = |a: &&&Attempt| !a.later_round() || !a.went_on() || a.unknown.is_some();
        for attempt in attempts.iter().filter(told) {
            one(page, run, attempt, record.output, level + 2);
        }
    }
}

/// Writes what each round of watches came to, host by host.
fn rounds(page: &mut Page, attempts: &[&Attempt]) {
    let mut hosts: Vec<&str> = Vec::new();
    for attempt in attempts.iter().filter(|a| a.intent.round.is_some()) {
        if !hosts.contains(&attempt.intent.host.as_str()) {
            hosts.push(&attempt.intent.host);
        }
    }
    for host in hosts {
        let mine = attempts.iter().filter(|a| a.intent.host == host && a.intent.round.is_some());
        let samples: Vec<String> = mine
            .filter_map(|a| a.sample.as_ref())
            .map(|s| s.value.clone().unwrap_or_else(|| if s.passed { "ok" } else { "failed" }.to_owned()))
            .collect();
        let words = Phrase::of(format!("{} rounds on ", samples.len())).code(host).say(": ");
        page.bullet(0, &words.list(&samples).markdown());
    }
}

fn one(page: &mut Page, run: &Run, attempt: &Attempt, output: &dyn Output, level: usize) {
    let intent = &attempt.intent;
    let words = Phrase::of("On ").code(&intent.host).say(format!(", attempt {}: ", intent.attempt));
    page.heading(level, &words.say(attempt.status_words()).markdown());
    let mut line = |words: Phrase| page.bullet(0, &words.markdown());
    let begun = Phrase::of(format!("number {}, started by ", intent.number)).who(&intent.who);
    line(
        begun
            .say(format!(" at {}", span::utc(attempt.at.wall)))
            .reason(", confirmed with ", intent.confirmed.as_deref()),
    );
    if !attempt.ended_words().is_empty() {
        let finished = attempt.finished.as_ref();
        let took = finished.and_then(|(f, _)| f.took_ns).map(|ns| format!(", took {}", span::took(ns)));
        let at = finished.map(|(_, at)| format!(", seen at {}", span::utc(at.wall))).unwrap_or_default();
        line(Phrase::of("came to: ").quote(attempt.ended_words()).say(took.unwrap_or_default()).say(at));
    }
    facts(attempt, &mut line);
    if let Some((finished, _)) = &attempt.finished {
        for (stream, name, summary) in
            [(Stream::Stdout, "stdout", &finished.stdout), (Stream::Stderr, "stderr", &finished.stderr)]
        {
            printed(page, &run.id, intent.number, output, (stream, name, summary));
        }
    } else {
        for (stream, name) in [(Stream::Stdout, "stdout"), (Stream::Stderr, "stderr")] {
            excerpt(page, &run.id, intent.number, output, stream, &format!("{name}, as far as it was seen:"));
        }
    }
}

fn facts(attempt: &Attempt, line: &mut impl FnMut(Phrase)) {
    let intent = &attempt.intent;
    if intent.sudo {
        line(Phrase::of("as root, through sudo"));
    }
    if let Some(load) = intent.load {
        line(Phrase::of(format!("in the directory and with the variables that attempt number {load} left")));
    }
    if intent.interactive || attempt.terminal {
        let what =
            "in a terminal: what somebody typed there is recorded nowhere, what the host showed is below";
        line(Phrase::of(what));
    }
    if let Some(cwd) = &intent.cwd {
        line(Phrase::of("in the directory ").code(cwd));
    }
    if let Some(program) = &intent.interpreter {
        line(Phrase::of("read by ").code(program));
    }
    if intent.keep_going {
        line(Phrase::of("every command was run, whatever the ones before it came to"));
    }
    if let Some(failed) = intent.retry_of {
        line(Phrase::of(format!("tried again by itself after attempt number {failed}, as the runbook says")));
    }
    if !intent.vars.is_empty() {
        line(Phrase::of("given variables: ").list(&intent.vars));
    }
    if let Some((pid, pgid)) = attempt.process {
        line(Phrase::of(format!("process {pid} in group {pgid} on the host")));
    }
    if let Some((why, at)) = &attempt.unknown {
        line(Phrase::of(format!("unknown from {}", span::utc(at.wall))).reason(": ", Some(why)));
    }
    if let Some((answer, left, at)) = &attempt.probed {
        let words =
            Phrase::of(format!("asked at {}, the host said: ", span::utc(at.wall))).quote(probe(answer));
        line(if left.is_empty() { words } else { words.say("; processes still there: ").list(left) });
    }
    if let Some(resolved) = &attempt.resolved {
        line(Phrase::of("verdict by ").who(&resolved.who).reason(", evidence: ", Some(&resolved.evidence)));
    }
    if let Some(limit) = attempt.timed_out {
        line(Phrase::of(format!("it ran longer than {limit} s, and the host was asked to end it")));
    }
    if let Some(value) = attempt.sample.as_ref().and_then(|s| s.value.as_ref()) {
        line(Phrase::of("number read: ").code(value));
    }
    if let Some((finished, _)) = &attempt.finished {
        if finished.seen == Seen::Marker {
            line(Phrase::of("the line was cut; the end was read from the exit file on the host"));
        }
        for remark in &finished.remarks {
            line(Phrase::of("remark: ").quote(remark));
        }
    }
    if let Some(value) = &attempt.captured {
        line(Phrase::of("captured: ").code(value));
    }
}

fn printed(
    page: &mut Page,
    run: &str,
    number: u32,
    output: &dyn Output,
    (stream, name, summary): (Stream, &str, &StreamSummary),
) {
    if summary.bytes == 0 {
        return;
    }
    let dropped = match summary.dropped {
        0 => String::new(),
        dropped => format!(", of which {dropped} in the middle were counted but not kept"),
    };
    let words = format!("{name}: {} bytes{dropped}, SHA-256 {}", summary.bytes, code(&summary.sha256));
    excerpt(page, run, number, output, stream, &words);
}

fn excerpt(page: &mut Page, run: &str, number: u32, output: &dyn Output, stream: Stream, words: &str) {
    match output.excerpt(run, number, stream, HEAD, TAIL) {
        Err(why) => page.paragraph(&format!("{words}; it cannot be shown here: {}", inline(&why))),
        Ok(found) if found.head.is_empty() && found.tail.is_empty() => {}
        Ok(found) => {
            page.paragraph(words);
            let cut = found.left_out > 0;
            page.block(&fenced(&first_lines(&found.head, cut), "text"));
            if cut {
                page.paragraph(&format!("… {} bytes are left out here …", found.left_out));
                page.block(&fenced(&last_lines(&found.tail), "text"));
            }
        }
    }
}

/// Returns `bytes` as text without the broken letter at its end, if its end is a cut.
fn first_lines(bytes: &[u8], cut: bool) -> String {
    let end = if cut { bytes.len() - incomplete(bytes) } else { bytes.len() };
    String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned()
}

/// Returns `bytes` as text without the broken letter at its start.
fn last_lines(bytes: &[u8]) -> String {
    let start = bytes.iter().take(3).take_while(|b| **b & 0xc0 == 0x80).count();
    String::from_utf8_lossy(bytes.get(start..).unwrap_or_default()).into_owned()
}

/// Returns how many bytes at the end begin a letter that is cut off (UTF-8, RFC 3629).
fn incomplete(bytes: &[u8]) -> usize {
    for back in 1..=bytes.len().min(3) {
        let Some(byte) = bytes.len().checked_sub(back).and_then(|i| bytes.get(i)) else { break };
        let wanted = match byte {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            0x80..=0xbf => continue,
            _ => return 0,
        };
        return if back < wanted { back } else { 0 };
    }
    0
}
