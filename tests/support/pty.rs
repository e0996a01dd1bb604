//! A program in a terminal of its own: what it draws is read on a thread, keys and signals go in, every wait ends.
//!
//! Nothing here sleeps to hope for the best: a wait looks again when bytes arrive, and fails with the screen in its
//! message when it takes so long that the program must be stuck. Dropping ends the program by its process id.

pub mod desk;

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal};
use rustix::termios::LocalModes;

/// No wait takes this long unless the program is stuck.
pub const STUCK: Duration = Duration::from_secs(60);
/// The screen takes a second Enter that starts something only this long after the first; people are slower, too.
const PACE: Duration = Duration::from_millis(720);
/// A question takes keys only this long after it has been opened; people read it meanwhile.
const READ: Duration = Duration::from_millis(310);
/// How long a key may take to show something before it is pressed again.
const AGAIN: Duration = Duration::from_millis(800);

pub const ENTER: &str = "\r";
pub const ESC: &str = "\x1b";
pub const CTRL_C: &str = "\x03";
pub const CTRL_L: &str = "\x0c";
pub const CTRL_Z: &str = "\x1a";

/// What has arrived from the program.
pub struct Seen {
    parser: vt100::Parser,
    /// Everything, as it was written.
    pub bytes: Vec<u8>,
    /// The beginning of a frame whose end has not arrived: half a frame is nothing to look at.
    half: Vec<u8>,
}

/// The marks around a frame.
const FRAME: [&[u8; 8]; 2] = [b"\x1b[?2026h", b"\x1b[?2026l"];

impl Seen {
    fn take(&mut self, got: &[u8], over: bool) {
        self.bytes.extend_from_slice(got);
        self.half.extend_from_slice(got);
        let last = |mark: &[u8]| self.half.windows(mark.len()).rposition(|bytes| bytes == mark);
        let [begin, end] = FRAME.map(|mark| last(mark));
        let whole = match begin {
            _ if over => self.half.len(),
            Some(at) if begin > end => at,
            _ => {
                let tails = (1..8).rev().filter(|n| self.half.ends_with(&FRAME[0][..*n]));
                self.half.len() - tails.max().unwrap_or(0)
            }
        };
        let rest = self.half.split_off(whole);
        self.parser.process(&std::mem::replace(&mut self.half, rest));
    }

    pub fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// The rows as text, without blanks at their ends.
    pub fn rows(&self) -> Vec<String> {
        let columns = self.screen().size().1.get();
        self.screen().rows(0, columns).map(|row| row.trim_end().to_owned()).collect()
    }

    pub fn text(&self) -> String {
        self.rows().join("\n")
    }

    pub fn has(&self, text: &str) -> bool {
        self.rows().iter().any(|row| row.contains(text))
    }

    fn below(&self, n: usize) -> String {
        self.rows().iter().rev().nth(n).cloned().unwrap_or_default()
    }

    /// The row that says what is happening.
    pub fn now(&self) -> String {
        self.rows().get(2).cloned().unwrap_or_default()
    }

    /// The row that says what Enter does.
    pub fn enter(&self) -> String {
        self.below(1)
    }

    /// The row of keys, or of a sentence to be read once.
    pub fn last(&self) -> String {
        self.below(0)
    }

    /// Whether the program has the terminal for itself.
    pub fn taken(&self) -> bool {
        self.screen().alternate_screen()
    }

    /// Whether nothing of what the program has switched on is left.
    pub fn given_back(&self) -> bool {
        let screen = self.screen();
        let off = screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None;
        !screen.alternate_screen() && !screen.bracketed_paste() && !screen.hide_cursor() && off
    }
}

/// A program and its terminal.
pub struct Pty {
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    tty: PathBuf,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    enter: Option<Instant>,
    ended: Option<ExitStatus>,
}

impl Pty {
    /// Starts `command` in a terminal of `columns` and `rows`.
    pub fn start(command: CommandBuilder, columns: u16, rows: u16) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let parser = vt100::Parser::new(one(rows), one(columns), 0);
        let seen =
            Arc::new((Mutex::new(Seen { parser, bytes: Vec::new(), half: Vec::new() }), Condvar::new()));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let theirs = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let got = reader.read(&mut buffer).unwrap_or(0);
                let mut seen = theirs.0.lock().unwrap();
                seen.take(&buffer[..got], got == 0);
                theirs.1.notify_all();
                if got == 0 {
                    return;
                }
            }
        });
        Self {
            tty: pair.master.tty_name().unwrap(),
            writer: Some(pair.master.take_writer().unwrap()),
            master: Some(pair.master),
            child,
            seen,
            enter: None,
            ended: None,
        }
    }

    /// What has arrived.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.0.lock().unwrap()
    }

    /// Fails the test with the screen as it is.
    #[track_caller]
    pub fn fail(&self, why: &str) -> ! {
        let screen = self.seen().text();
        panic!("{why}. The screen:\n{screen}");
    }

    /// Everything that has arrived, as it was written.
    pub fn bytes(&self) -> Vec<u8> {
        self.seen().bytes.clone()
    }

    /// Waits until `holds`, for `limit`; says whether it does.
    pub fn holds_within(&self, limit: Duration, mut holds: impl FnMut(&Seen) -> bool) -> bool {
        let until = Instant::now() + limit;
        let mut seen = self.seen();
        loop {
            if holds(&seen) {
                return true;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
    }

    /// Waits until the screen `holds` what `what` says.
    #[track_caller]
    pub fn wait(&self, what: &str, holds: impl FnMut(&Seen) -> bool) {
        if !self.holds_within(STUCK, holds) {
            self.fail(&format!("never came: {what}"));
        }
    }

    /// Waits until `text` stands somewhere on the screen.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        self.wait(text, |seen| seen.has(text));
    }

    /// Types `keys`.
    pub fn send(&mut self, keys: &str) {
        let writer = self.writer.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
        self.enter = None;
    }

    /// Pastes `text` as a terminal does.
    pub fn paste(&mut self, text: &str) {
        self.send(&format!("\x1b[200~{text}\x1b[201~"));
    }

    /// Presses Enter, not sooner after the Enter before it than the screen takes it for meant.
    pub fn enter(&mut self) {
        self.read();
        if let Some(since) = self.enter.map(|at| at.elapsed()) {
            std::thread::sleep(PACE.saturating_sub(since));
        }
        self.send(ENTER);
        self.enter = Some(Instant::now());
    }

    /// Reads a question that has just been opened: keys that come sooner are not taken for meant.
    pub fn read(&self) {
        std::thread::sleep(READ);
    }

    /// Types `text` into the field of a question that has just been opened, and waits until it stands there.
    #[track_caller]
    pub fn fill(&mut self, text: &str) {
        self.read();
        self.send(text);
        self.wait_for(text);
    }

    /// Presses `key`, again and again, until the screen `holds` what `what` says: a question that has just been opened
    /// takes no key yet.
    #[track_caller]
    pub fn press(&mut self, key: &str, what: &str, mut holds: impl FnMut(&Seen) -> bool) {
        let until = Instant::now() + STUCK;
        while Instant::now() < until {
            if key == ENTER {
                self.enter()
            } else {
                self.send(key)
            }
            if self.holds_within(AGAIN, &mut holds) {
                return;
            }
        }
        self.fail(&format!("{key:?} never led to: {what}"));
    }

    /// Presses `key` until `text` stands on the screen.
    #[track_caller]
    pub fn press_for(&mut self, key: &str, text: &str) {
        self.press(key, text, |seen| seen.has(text));
    }

    /// Gives the terminal another size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.seen().parser.screen_mut().set_size(one(rows), one(columns));
        self.master.as_ref().unwrap().resize(size(columns, rows)).unwrap();
    }

    /// Whether the terminal is as a shell wants it: lines are edited and echoed.
    pub fn cooked(&self) -> bool {
        let tty = rustix::fs::open(&self.tty, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty());
        let modes = rustix::termios::tcgetattr(tty.unwrap()).unwrap().local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG)
    }

    /// Asserts that the terminal is as it was before the program.
    #[track_caller]
    pub fn assert_given_back(&self) {
        self.wait("the terminal given back", Seen::given_back);
        assert!(self.cooked(), "the terminal is still raw");
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.child.process_id().unwrap().try_into().unwrap()).unwrap()
    }

    pub fn signal(&self, signal: Signal) {
        rustix::process::kill_process(self.pid(), signal).unwrap();
    }

    /// Takes the terminal away, as a closed window does.
    pub fn close_window(&mut self) {
        self.writer = None;
        self.master = None;
    }

    /// Waits for the end of the program and of its output.
    #[track_caller]
    pub fn end(&mut self) -> ExitStatus {
        let until = Instant::now() + STUCK;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait().unwrap() {
                self.ended = Some(status.clone());
                return status;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.fail("the program never ended");
    }

    /// Waits for the end and returns the exit code.
    #[track_caller]
    pub fn code(&mut self) -> u32 {
        let status = self.end();
        if status.signal().is_some() {
            self.fail(&format!("{status}"));
        }
        status.exit_code()
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        if self.ended.is_none() {
            // The program leads a session and a group of its own, which its terminal's end reaches as well.
            self.child.kill().ok();
            rustix::process::kill_process(self.pid(), Signal::KILL).ok();
            self.child.wait().ok();
        }
        self.close_window();
    }
}

fn one(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap()
}

const fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}
