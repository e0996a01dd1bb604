//! The screen: what a person sees of a run and what keys make of it. Pure; knows no terminal, clock, file or task.
//!
//! The seam to `runtime` is four things:
//!
//! 1. [`app::App::new`] takes [`app::Settings`] and the stack of open runs, parent first ([`shared::Opened`]), the
//!    last of which is driven; then [`app::App::start`] gives the first effects (a run that is taken up says why).
//! 2. [`app::App::update`] takes one [`msg::Msg`] and returns the [`effect::Effect`]s it leads to. Messages carry the
//!    time; nothing here reads a clock. A [`msg::Msg::Tick`] once a second moves the clocks and retries a stopped log.
//! 3. [`view::view`] draws the app into a frame of whatever size; it never panics and never changes the app.
//! 4. [`app::App::quit`] tells after an [`effect::Effect::Quit`] how the session ended.
//!
//! What the runtime does with effects:
//! - `Drive { run, effect }`: `Record` is appended and answered by `Msg::Recorded` (success or failure, always one answer); `Exec`,
//!   `Cancel`, `Probe` go to exec, whose news come back as `Msg::Report` with the same run; `OpenChild` reads the
//!   linked runbook, records the child's own `run.opened` and answers with `Msg::ChildReady`, or `Msg::ChildRefused`.
//! - `ReadOutput { run, number, after }`: read recorded or buffered output past the mark and answer with
//!   `Msg::Output`. While a step runs the runtime says `Msg::Grew` at most every 25 ms; the app reads when it wants.
//! - `RetryLog`: try to write; answer with `Msg::LogBack` or `Msg::LogStill`.
//! - `Type`, `HangUp`: what a person does to the terminal of a step or a shell, by its number; what it says comes as
//!   output does. Its size is [`app::App::terminal_size`], to be looked at after each `Input::Resize`.
//! - `Copy`, `Bell`, `Suspend`, `Redraw`, `Export`, `Quit` are addressed to the one session there is.
//!
//! Inside: `update` changes state, `view` draws it, `dialog` holds one file per question, `keymap` is the one table
//! of keys. State that several people would share (`shared`) is apart from what belongs to one of them (`session`).
//! May import `run`, `runbook`, `report`, `text`, `diag`, `clock`; outside: ratatui, vt100. No crossterm, no tokio.

pub mod about;
pub mod app;
pub mod dialog;
pub mod effect;
pub mod feed;
pub mod field;
pub mod form;
pub mod guard;
pub mod ink;
pub mod input;
pub mod keymap;
pub mod msg;
pub mod next;
pub mod now;
pub mod output;
pub mod session;
pub mod shared;
pub mod summary;
pub mod term;
pub mod theme;
pub mod update;
pub mod view;
pub mod watching;
