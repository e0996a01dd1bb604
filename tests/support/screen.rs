//! The screen for tests: an app, a log that answers in memory, hosts that do what the test says, keys as text.
//!
//! Keys: `"jj<space><enter>"`. Names: enter, esc, tab, s-tab, up, down, left, right, pgup, pgdn, home, end, space, bs,
//! del, f1, c-x. The clock moves one second before each key, so that no key is taken for an echo; `fast` keys do not.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use gonogo::clock::{Stamp, Zone};
use gonogo::run::conclude::Report;
use gonogo::run::driver::{self, Order};
use gonogo::run::event::{Event, RunOpened};
use gonogo::run::fact::{Entry, Outcome, Recorded, Stream};
use gonogo::run::state::Run;
use gonogo::runbook::model::Runbook;
use gonogo::tui::app::{App, Settings};
use gonogo::tui::effect::Effect;
use gonogo::tui::input::{Code, Input, Key, Mods};
use gonogo::tui::msg::{Msg, Output, Piece};
use gonogo::tui::shared::Opened;
use gonogo::tui::theme::Look;
use gonogo::tui::view;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use secrecy::ExposeSecret as _;

use crate::support::runs::{BEGIN, ended, who};

/// An app at a table.
pub struct Screen {
    /// The app.
    pub app: App,
    /// All recorded facts of all runs.
    pub log: Vec<(String, Recorded)>,
    /// Effects that are not for the log, in order.
    pub effects: Vec<Effect>,
    /// Steps that were sent and have not ended.
    pub sent: VecDeque<(String, Order)>,
    /// Output by run and attempt.
    pub output: BTreeMap<(String, u32), Vec<Piece>>,
    /// Whether the log answers at once.
    pub answers: bool,
    /// What is on its way to the log.
    pub pending: VecDeque<(String, Vec<Entry>)>,
    /// The time.
    pub now: Stamp,
    recorded: BTreeSet<(String, u32)>,
}

/// Returns the settings of a terminal of this size.
pub fn settings(size: (u16, u16)) -> Settings {
    Settings {
        who: who("layla"),
        key: None,
        size,
        look: Look::default(),
        zone: Zone::default(),
        log: "/home/layla/.local/state/gonogo/log.db".to_owned(),
        banner: Vec::new(),
        last_values: BTreeMap::new(),
    }
}

impl Screen {
    /// Opens a run of `book` on a terminal of 80x24.
    pub fn open(book: &Arc<Runbook>, opened: RunOpened) -> Self {
        Self::with(settings((80, 24)), book, opened)
    }

    /// Opens a run of `book` with these settings.
    pub fn with(settings: Settings, book: &Arc<Runbook>, opened: RunOpened) -> Self {
        let now = Stamp::at_unix(BEGIN);
        let first = Recorded {
            seq: 1,
            at: now,
            hash: String::new(),
            event: Event::RunOpened(Box::new(opened.clone())),
        };
        let run = Run::new("r-7KQ2".to_owned(), Arc::clone(book), opened, 1, now);
        let opened = Opened { run, facts: vec![first.clone()] };
        let app = App::new(settings, vec![opened], now).expect("a run");
        let mut screen = Self {
            app,
            log: vec![("r-7KQ2".to_owned(), first)],
            effects: Vec::new(),
            sent: VecDeque::new(),
            output: BTreeMap::new(),
            answers: true,
            pending: VecDeque::new(),
            now,
            recorded: BTreeSet::new(),
        };
        let effects = screen.app.start("gonogo was killed");
        screen.take(effects);
        screen
    }

    /// Lets another process take the run up from the log.
    pub fn resume(&mut self, settings: Settings) {
        let run = self.app.run();
        let (id, book, opened) = (run.id.clone(), Arc::clone(&run.source), run.opened.clone());
        let facts: Vec<Recorded> =
            self.log.iter().filter(|(run, _)| *run == id).map(|(_, fact)| fact.clone()).collect();
        let mut run = Run::new(id, book, opened, 1, facts[0].at);
        facts[1..].iter().for_each(|f| run.evolve(f));
        self.pending.clear();
        self.sent.clear();
        self.app = App::new(settings, vec![Opened { run, facts }], self.now).expect("a run");
        let effects = self.app.start("gonogo was killed");
        self.take(effects);
    }

    /// Moves the clock.
    pub fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.now = later(self.now, 1_000);
            self.send(Msg::Tick(self.now));
        }
    }

    /// Presses keys, one second apart.
    pub fn keys(&mut self, keys: &str) {
        self.keys_apart(keys, 1_000);
    }

    /// Presses keys `ms` apart.
    pub fn keys_apart(&mut self, keys: &str, ms: i64) {
        for key in parse(keys) {
            self.now = later(self.now, ms);
            self.send(Msg::Input(Input::Key(key), self.now));
        }
    }

    /// Gives some other input, one second later.
    pub fn input(&mut self, input: Input) {
        self.now = later(self.now, 1_000);
        self.send(Msg::Input(input, self.now));
    }

    /// Sends a message and carries out what it leads to.
    pub fn send(&mut self, msg: Msg) {
        let effects = self.app.update(msg);
        self.take(effects);
    }

    /// Carries effects out.
    pub fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Drive { effect: driver::Effect::Record { run, entries, .. }, .. } => {
                    self.pending.push_back((run, entries));
                }
                Effect::Drive { run, effect: driver::Effect::Exec(order) } => {
                    let known = self.recorded.contains(&(run.clone(), order.intent.number));
                    assert!(known, "a step was sent whose intent is not recorded");
                    self.sent.push_back((run, *order));
                }
                Effect::ReadOutput { run, number, after } => self.read(run, number, after),
                other => self.effects.push(other),
            }
        }
        if self.answers {
            self.acknowledge();
        }
    }

    /// Makes all that is on its way durable.
    pub fn acknowledge(&mut self) {
        while let Some((run, entries)) = self.pending.pop_front() {
            let mut facts = Vec::new();
            for entry in entries {
                let seq = self.log.last().map_or(1, |(_, r)| r.seq) + 1;
                if let Event::StepIntended(e) = &entry.event {
                    self.recorded.insert((run.clone(), e.number));
                }
                let fact = Recorded { seq, at: self.now, hash: String::new(), event: entry.event };
                self.log.push((run.clone(), fact.clone()));
                facts.push(fact);
            }
            let effects = self.app.update(Msg::Recorded { run, answer: Ok(facts), at: self.now });
            self.take(effects);
        }
    }

    /// Answers that nothing of what is on its way could be written.
    pub fn fail_log(&mut self, why: &str) {
        while let Some((run, _)) = self.pending.pop_front() {
            let answer = Err(why.to_owned());
            let effects = self.app.update(Msg::Recorded { run, answer, at: self.now });
            self.take(effects);
        }
    }

    fn read(&mut self, run: String, number: u32, after: u64) {
        let pieces = self.output.get(&(run.clone(), number)).cloned().unwrap_or_default();
        let upto = u64::try_from(pieces.len()).expect("a length");
        let pieces = pieces.into_iter().skip(usize::try_from(after).expect("a mark")).collect();
        self.send(Msg::Output(Output { run, number, skipped: 0, pieces, upto }));
    }

    /// Reports of the oldest step that was sent.
    pub fn report(&mut self, report: Report) {
        let run = self.app.run().id.clone();
        self.send(Msg::Report { run, report, at: self.now });
    }

    /// The oldest step that was sent has started.
    pub fn started(&mut self) {
        let (_, order) = self.sent.front().expect("a step was sent").clone();
        self.report(Report::Started {
            number: order.intent.number,
            pid: 21_877,
            pgid: 21_877,
            terminal: false,
        });
    }

    /// The oldest step that was sent has started, in a terminal.
    pub fn started_in_terminal(&mut self) {
        let (_, order) = self.sent.front().expect("a step was sent").clone();
        let number = order.intent.number;
        self.report(Report::Started { number, pid: 21_877, pgid: 21_877, terminal: true });
    }

    /// The terminal with this number, of a step or a shell, shows something.
    pub fn shows_on(&mut self, number: u32, bytes: &[u8]) {
        let run = self.app.run().id.clone();
        let piece = Piece { stream: Stream::Stdout, at: self.now, bytes: bytes.to_vec() };
        self.output.entry((run.clone(), number)).or_default().push(piece);
        self.send(Msg::Grew { run, number, at: self.now });
    }

    /// What was typed on remote terminals since this was asked last.
    pub fn typed(&mut self) -> String {
        let mut typed = String::new();
        self.effects.retain(|effect| match effect {
            Effect::Type { keys, .. } => {
                typed.push_str(keys.0.expose_secret());
                false
            }
            _ => true,
        });
        typed
    }

    /// The oldest step that was sent prints.
    pub fn prints(&mut self, stream: Stream, text: &str) {
        let (run, order) = self.sent.front().expect("a step was sent").clone();
        let number = order.intent.number;
        let piece = Piece { stream, at: self.now, bytes: text.as_bytes().to_vec() };
        self.output.entry((run.clone(), number)).or_default().push(piece);
        self.send(Msg::Grew { run, number, at: self.now });
    }

    /// The oldest step that was sent ends.
    pub fn ends(&mut self, outcome: Outcome, text: &str) {
        let (_, order) = self.sent.pop_front().expect("a step was sent");
        let end = Box::new(ended(outcome, text));
        self.report(Report::Ended { number: order.intent.number, end });
    }

    /// The oldest step starts and passes at once.
    pub fn passes(&mut self, text: &str) {
        self.started();
        self.pass(2);
        self.ends(Outcome::Exited(0), text);
    }

    /// Returns the screen as text, blanks at the ends of lines removed.
    pub fn text(&self) -> String {
        text(&self.draw())
    }

    /// Returns the screen with its styles: under the text, each run of cells of one style other than the plain one.
    pub fn styled(&self) -> String {
        styled(&self.draw())
    }

    /// Returns the line that contains `needle`.
    pub fn line(&self, needle: &str) -> String {
        let text = self.text();
        let found = text.lines().find(|l| l.contains(needle));
        found.unwrap_or_else(|| panic!("no line says {needle}:\n{text}")).to_owned()
    }

    /// Returns the cells.
    pub fn draw(&self) -> Buffer {
        let (columns, rows) = self.app.session.size;
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("a terminal");
        terminal.draw(|frame| view::view(&self.app, frame)).expect("a frame");
        terminal.backend().buffer().clone()
    }

    /// Returns the kinds of the facts recorded since `from`.
    pub fn kinds(&self, from: usize) -> Vec<&'static str> {
        self.log.iter().skip(from).map(|(_, f)| f.event.kind()).collect()
    }
}

/// Returns `stamp` and `ms` milliseconds.
pub fn later(stamp: Stamp, ms: i64) -> Stamp {
    let ns = u64::try_from(ms).expect("forward") * 1_000_000;
    Stamp { wall: stamp.wall + chrono::Duration::milliseconds(ms), mono_ns: stamp.mono_ns + ns }
}

/// Returns the keys that `text` names.
pub fn parse(text: &str) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|r| r.split_once('>'));
        if let Some((name, after)) = named {
            keys.push(named_key(name));
            rest = after;
        } else {
            keys.push(Key::plain(Code::Char(c)));
            rest = &rest[c.len_utf8()..];
        }
    }
    keys
}

fn named_key(name: &str) -> Key {
    Key::plain(match name {
        "enter" => Code::Enter,
        "esc" => Code::Esc,
        "tab" => Code::Tab,
        "s-tab" => Code::BackTab,
        "up" => Code::Up,
        "down" => Code::Down,
        "left" => Code::Left,
        "right" => Code::Right,
        "pgup" => Code::PageUp,
        "pgdn" => Code::PageDown,
        "home" => Code::Home,
        "end" => Code::End,
        "space" => Code::Char(' '),
        "bs" => Code::Backspace,
        "del" => Code::Delete,
        "f1" => Code::F(1),
        other => match other.strip_prefix("c-").and_then(|c| c.chars().next()) {
            Some(c) => {
                return Key {
                    code: Code::Char(c),
                    mods: Mods { ctrl: true, alt: false, shift: false },
                    repeat: false,
                };
            }
            None => panic!("no key is called {other}"),
        },
    })
}

/// Returns the text of a buffer.
pub fn text(buffer: &Buffer) -> String {
    let area = buffer.area;
    let line = |y: u16| -> String {
        let mut line = String::new();
        let mut x = 0;
        while x < area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += u16::try_from(gonogo::text::cut::width(symbol).max(1)).expect("a width");
        }
        line.trim_end().to_owned()
    };
    (0..area.height).map(line).collect::<Vec<_>>().join("\n")
}

/// Returns the text of a buffer, and after it one line for each run of cells of one style.
pub fn styled(buffer: &Buffer) -> String {
    let mut out = text(buffer);
    out.push_str("\n---\n");
    for y in 0..buffer.area.height {
        let mut runs: Vec<(u16, u16, String)> = Vec::new();
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            let name = style_name(cell.fg, cell.bg, cell.modifier);
            match runs.last_mut().filter(|(_, _, last)| *last == name) {
                Some((_, end, _)) => *end = x,
                None => runs.push((x, x, name)),
            }
        }
        let named: Vec<String> = runs
            .into_iter()
            .filter(|(_, _, name)| !name.is_empty())
            .map(|(from, to, name)| format!("{from}-{to} {name}"))
            .collect();
        if !named.is_empty() {
            out.push_str(&format!("{y}: {}\n", named.join(", ")));
        }
    }
    out
}

fn style_name(fg: Color, bg: Color, modifier: Modifier) -> String {
    let mut parts = Vec::new();
    if fg != Color::Reset {
        parts.push(format!("{fg}").to_lowercase());
    }
    if bg != Color::Reset {
        parts.push(format!("on {bg}").to_lowercase());
    }
    let names = [
        (Modifier::BOLD, "bold"),
        (Modifier::DIM, "dim"),
        (Modifier::UNDERLINED, "underlined"),
        (Modifier::REVERSED, "reversed"),
    ];
    parts.extend(names.iter().filter(|(m, _)| modifier.contains(*m)).map(|(_, n)| (*n).to_owned()));
    parts.join(" ")
}
