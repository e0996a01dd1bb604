//! gonogo runs a team's release checklists and runbooks, and remembers who said go.
//!
//! # One idea
//!
//! **A run is a list of facts.** [`run::state::Run::decide`] turns a command into facts or a refusal and changes
//! nothing; the audit log makes the facts durable; [`run::state::Run::evolve`] folds them in and cannot fail. Live use,
//! resume after a crash, exports, replay and `verify` are folds over the same events.
//!
//! ```text
//!         keys, resize, paste ┐                        ┌ Record(facts)  -> audit writer (the answer comes back)
//! output, exit, host answers  ┼-> message -> update ---┼ Exec / Cancel / Probe -> exec tasks
//!                       clock ┘         |              └ Export / Copy / Quit
//!                                       v
//!               driver.submit(command) -> facts or refusal
//!               recorded(facts)        -> evolve, and only now what they set off
//!                                       v
//!                      view(&App, &mut Frame)
//! ```
//!
//! - **No record, no run.** Only a recorded `step.intended` starts a step. At most one batch of facts is on its way to
//!   the log; meanwhile keys that act are refused with "recording…" and what is seen outside waits in a queue.
//! - **Time comes in messages.** Only `runtime` reads clocks; the core and the screen have none.
//! - **Output never waits for the screen.** Reader, chunk buffer, audit writer; the screen gets notes that may be lost.
//! - Several frontends hang on the same core: the terminal, `--headless`, later a second terminal. What is shared (the
//!   run) is apart from what belongs to one session (who, size, focus, drafts).
//!
//! # The rooms, and who may import whom
//!
//! | room | what it is | may use | outside crates |
//! |---|---|---|---|
//! | `clock`, `text`, `diag` | stamps; hostile text made harmless; findings with their place | `diag` uses `text` | chrono-tz; vte, unicode-*; annotate-snippets |
//! | `runbook` | from Markdown to the model | text, diag, clock | pulldown-cmark, serde-saphyr, sha2 |
//! | `sign` | signatures, and who may sign; pure | clock, text | russh (`russh::keys`), base64, sha1, sha2 |
//! | `run` | events, decide, evolve, driver; pure | runbook, clock, text | sha2 |
//! | `report` | records for readers; pure | run, runbook, text, clock | serde_json |
//! | `audit` | the log | run (events), sign, clock | rusqlite, serde_json, sha2, flate2, rustix, getrandom |
//! | `pty` | terminals of this machine | | tokio, rustix |
//! | `exec` | steps on hosts | text, clock, pty, sign | tokio, russh (below `exec::ssh`), secrecy, sha2, hmac, sha1, base64, getrandom, memchr, rustix |
//! | `config` | environment, settings and answers files, paths | text, diag, clock, runbook | serde-saphyr, etcetera, sha2 |
//! | `tui` | the screen; pure | run, runbook, report, text, diag, clock | ratatui, vt100, unicode-segmentation, secrecy |
//! | `demo` | embedded hosts and honest stand-ins | text, clock, pty | tokio, russh, rustix, landlock, rusqlite, getrandom |
//! | `runtime` | the edge | all of the above | tokio, crossterm, ratatui, rustix, getrandom, base64, secrecy |
//! | `cli` | the command line | all | clap, clap_complete, clap_mangen, tokio, serde_json |
//!
//! Common to all: serde, thiserror, regex, chrono.
//!
//! A test holds the code against this table. Errors are one enum a room, lower-case fragments that name what failed,
//! where, why and what to do; a refusal is an answer of the domain and no error.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod audit;
pub mod clock;
pub mod config;
pub mod demo;
pub mod diag;
pub mod exec;
pub mod pty;
pub mod report;
pub mod run;
pub mod runbook;
pub mod runtime;
pub mod sign;
pub mod text;
pub mod tui;

pub mod cli;
