//! What was begun and has no end on record: attempts of steps, runs, sessions.

use std::collections::BTreeMap;

use super::report::Report;
use crate::audit::codec::Header;
use crate::audit::store::connect::plain;
use crate::run::event::Event;
use crate::run::fact::Outcome;

/// What is open so far, each with the event that opened it.
#[derive(Debug, Default)]
pub(super) struct Ends {
    attempts: BTreeMap<(String, u32), (u64, String)>,
    runs: BTreeMap<String, (u64, String)>,
    sessions: BTreeMap<String, u64>,
}

impl Ends {
    pub(super) fn fold(&mut self, seq: u64, header: &Header, event: &Event) {
        let attempt = |number: u32| (header.run.clone(), number);
        match event {
            Event::SessionOpened(_) => {
                self.sessions.insert(header.session.clone(), seq);
            }
            Event::SessionClosed(_) => {
                self.sessions.remove(&header.session);
            }
            Event::LogRecovered(recovered) => {
                self.sessions.retain(|session, _| !recovered.sessions.contains(session));
            }
            Event::RunOpened(opened) => {
                self.runs.insert(header.run.clone(), (seq, opened.title.clone()));
            }
            Event::RunClosed(_) => {
                self.runs.remove(&header.run);
            }
            Event::StepIntended(intended) => {
                let what = format!("step {} on {}: no end on record", intended.step, intended.host);
                self.attempts.insert(attempt(intended.number), (seq, what));
            }
            Event::StepFinished(finished) => match &finished.outcome {
                Outcome::Unknown(why) => self.unknown(attempt(finished.number), seq, why),
                _ => {
                    self.attempts.remove(&attempt(finished.number));
                }
            },
            Event::StepUnknown(unknown) => self.unknown(attempt(unknown.number), seq, &unknown.why),
            Event::StepResolved(resolved) => {
                self.attempts.remove(&attempt(resolved.number));
            }
            _ => {}
        }
    }

    fn unknown(&mut self, attempt: (String, u32), seq: u64, why: &str) {
        let what = format!("attempt {}: unknown ({why}), and nobody has said what became of it", attempt.1);
        self.attempts.insert(attempt, (seq, what));
    }

    pub(super) fn tell(self, report: &mut Report) {
        for ((run, _), (seq, what)) in self.attempts {
            report.left_open(seq, format!("run {}, {}", plain(&run), plain(&what)));
        }
        for (run, (seq, title)) in self.runs {
            report.left_open(seq, format!("run {} ({}) is open", plain(&run), plain(&title)));
        }
        for (_, seq) in self.sessions {
            report.left_open(
                seq,
                "this session has not closed the log: it is at work, or ended otherwise".to_owned(),
            );
        }
    }
}
