//! Remote terminals: keys as a terminal sends them, what hostile bytes can do (nothing), and who has the keyboard.

use gonogo::run::event::Event;
use gonogo::run::fact::Outcome;
use gonogo::tui::effect::Effect;
use gonogo::tui::input::{Code, Input, Key, Mods};
use gonogo::tui::msg::{Asked, Msg, Want, Wanted};
use gonogo::tui::term::keys::{Modes, encode, paste};
use gonogo::tui::term::{Term, sized};
use gonogo::tui::theme::{Colours, Look};
use gonogo::tui::update::terminal::shell_number;
use ratatui::style::{Color, Modifier};

use crate::support::runbooks::runbook;
use crate::support::runs::{host, opened};
use crate::support::screen::{Screen, settings};

const BOOK: &str = "phase During\n box b \"Dump the database\"\n  step dump on=db interactive\n box c \"Follow the log\"\n  step logs on=db endless\n box d \"Look\"\n  step manual on=db by-hand=\"it enters another shell\"\n";

fn sized_screen(size: (u16, u16)) -> Screen {
    let book = runbook(BOOK);
    let mut hosts = vec![host("db", "db1"), host("web", "web1")];
    hosts.push(gonogo::run::fact::HostPin::local("layla"));
    Screen::with(settings(size), &book, opened(&book, hosts, Some("staging"), &[]))
}

/// A step in its terminal, which shows `bytes`.
fn open(size: (u16, u16), bytes: &[u8]) -> Screen {
    let mut s = sized_screen(size);
    s.keys("<enter>");
    s.started_in_terminal();
    s.shows_on(1, bytes);
    s
}

#[track_caller]
fn shows(s: &Screen, wanted: &[&str]) {
    let text = s.text();
    for words in wanted {
        assert!(text.contains(words), "{words:?} is not on the screen:\n{text}");
    }
}

fn key(code: Code, ctrl: bool, alt: bool, shift: bool) -> Key {
    Key { code, mods: Mods { ctrl, alt, shift }, repeat: false }
}

#[test]
fn keys_are_what_xterm_sends() {
    let plain = |code| key(code, false, false, false);
    let normal = Modes::default();
    let arrows = Modes { arrows: true, ..normal };
    for (pressed, modes, sent) in [
        (plain(Code::Char('a')), normal, "a"),
        (plain(Code::Char('ش')), normal, "ش"),
        (key(Code::Char('c'), true, false, false), normal, "\x03"),
        (key(Code::Char('C'), true, false, false), normal, "\x03"),
        (key(Code::Char(' '), true, false, false), normal, "\0"),
        (key(Code::Char('\\'), true, false, false), normal, "\x1c"),
        (key(Code::Char('_'), true, false, false), normal, "\x1f"),
        (key(Code::Char('b'), false, true, false), normal, "\x1bb"),
        (key(Code::Char('d'), true, true, false), normal, "\x1b\x04"),
        (plain(Code::Enter), normal, "\r"),
        (key(Code::Enter, false, true, false), normal, "\x1b\r"),
        (plain(Code::Esc), normal, "\x1b"),
        (plain(Code::Tab), normal, "\t"),
        (plain(Code::BackTab), normal, "\x1b[Z"),
        (plain(Code::Backspace), normal, "\x7f"),
        (plain(Code::Up), normal, "\x1b[A"),
        (plain(Code::Up), arrows, "\x1bOA"),
        (plain(Code::Left), normal, "\x1b[D"),
        (key(Code::Right, true, false, false), arrows, "\x1b[1;5C"),
        (key(Code::Down, false, false, true), normal, "\x1b[1;2B"),
        (key(Code::Up, true, true, true), normal, "\x1b[1;8A"),
        (plain(Code::Home), normal, "\x1b[H"),
        (plain(Code::End), arrows, "\x1bOF"),
        (plain(Code::Insert), normal, "\x1b[2~"),
        (plain(Code::Delete), normal, "\x1b[3~"),
        (key(Code::Delete, true, false, false), normal, "\x1b[3;5~"),
        (plain(Code::PageUp), normal, "\x1b[5~"),
        (plain(Code::PageDown), normal, "\x1b[6~"),
        (plain(Code::F(1)), normal, "\x1bOP"),
        (plain(Code::F(4)), normal, "\x1bOS"),
        (key(Code::F(2), false, false, true), normal, "\x1b[1;2Q"),
        (plain(Code::F(5)), normal, "\x1b[15~"),
        (plain(Code::F(6)), normal, "\x1b[17~"),
        (plain(Code::F(12)), normal, "\x1b[24~"),
        (key(Code::F(12), true, false, false), normal, "\x1b[24;5~"),
    ] {
        assert_eq!(encode(&pressed, modes).as_deref(), Some(sent), "{pressed:?}");
    }
    for silent in
        [plain(Code::Other), plain(Code::F(0)), plain(Code::F(60)), key(Code::Char('é'), true, false, false)]
    {
        assert_eq!(encode(&silent, normal), None, "{silent:?}");
    }
}

#[test]
fn a_paste_is_marked_holds_no_control_and_starts_nothing_by_its_lines() {
    let marked = Modes { paste: true, ..Modes::default() };
    assert_eq!(paste("a\r\nb\nc", marked).as_deref(), Some("\x1b[200~a\rb\rc\x1b[201~"));
    assert_eq!(paste("x\x1b[201~rm -rf /\r", marked).as_deref(), Some("\x1b[200~x[201~rm -rf /\r\x1b[201~"));
    assert_eq!(paste("one line\t\x07", Modes::default()).as_deref(), Some("one line\t"));
    assert_eq!(paste("ls\nrm x\n", Modes::default()), None, "the program would run each line at once");
}

#[test]
fn only_what_programs_cannot_do_without_is_answered_and_only_with_numbers_of_ours() {
    let answered = |bytes: &[u8]| Term::new((80, 24)).feed(0, bytes).answers;
    assert_eq!(answered(b"\x1b[c"), "\x1b[?1;2c");
    assert_eq!(answered(b"\x1b[0c"), "\x1b[?1;2c");
    assert_eq!(answered(b"\x1b[5n"), "\x1b[0n");
    assert_eq!(answered(b"ab\r\nabc\x1b[6n"), "\x1b[2;4R");
    for silent in [
        // The clipboard, read and written.
        &b"\x1b]52;c;?\x07"[..],
        b"\x1b]52;c;cm0gLXJmIC8K\x07",
        // Titles, and what asks for them back.
        b"\x1b]0;rm -rf /\x07\x1b[21t",
        b"\x1b]2;evil\x1b\\\x1b[20t\x1b[18t\x1b[14t",
        // Settings and names that come back as text (DECRQSS, XTGETTCAP).
        b"\x1bP$q\"p\x1b\\",
        b"\x1bP+q544e\x1b\\",
        // Colours.
        b"\x1b]10;?\x07\x1b]11;?\x1b\\\x1b]4;1;?\x07",
        // Second and third device attributes, version, modes, keyboard.
        b"\x1b[>c\x1b[=c\x1b[>q\x1b[?1$p\x1b[?u\x1b[?6n\x1b[?25n",
        // The answerback.
        b"\x05",
        b"\x1bZ",
    ] {
        assert_eq!(answered(silent), "", "{:?}", String::from_utf8_lossy(silent));
    }
    let flood = answered(&b"\x1b[6n".repeat(10_000));
    assert!(flood.len() < 200, "a flood of questions has few answers: {} bytes", flood.len());
}

#[test]
fn an_answer_goes_to_the_program_that_asked_and_nothing_else_is_typed() {
    let mut s = open((80, 24), b"ready\x1b[6n");
    assert_eq!(s.typed(), "\x1b[1;6R");
    s.shows_on(1, b"\x1b]52;c;cm0=\x07\x1b]0;title\x07\x1bP$q q\x1b\\text");
    assert_eq!(s.typed(), "");
    let copied = s.effects.iter().any(|e| matches!(e, Effect::Copy(_)));
    assert!(!copied, "no host writes to the clipboard");
    shows(&s, &["readytext"]);
}

/// Whatever is fed in whatever pieces and sizes: no panic, and only harmless letters on the screen.
#[test]
fn hostile_bytes_are_letters_in_their_place_and_nothing_more() {
    let pieces: &[&[u8]] = &[
        b"\x1b[2J\x1b[H",
        b"\x1b[999;999H\x1b[6n",
        b"\x1b[?1049h\x1b[?1000h\x1b[?2004h\x1b[?25l",
        b"\x1b[5;3r\x1b[2L\x1b[3M\x1b[4@\x1b[5P\x1b[7X",
        b"\x1b#8\x1bc\x1b7\x1b8\x1bM\x1bD\x1bE\x1bH",
        "\u{202e}evil\u{202c} a\u{200b}b \u{2066}x\u{2069} \u{feff}".as_bytes(),
        "王伟 نورة 👩‍👩‍👧‍👦 é e\u{301}".as_bytes(),
        b"\xff\xfe\xc3\x28\xe2\x82\xf0\x9f",
        b"\x1b[38;5;300m\x1b[48;2;1;2m\x1b[38;2;256;-1;999m\x1b[99999999999m",
        b"\x1b]0;\x1b]52;c;\x1bP\x1b_\x1b^\x1bX",
        b"\x90\x9b31m\x9d\x9c\x85\x84\x8d",
        b"\t\t\t\x08\x08\x0b\x0c\x0e\x0f\x7f",
        b"\x1b[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1H",
        b"\x1b[65535S\x1b[65535T\x1b[65535A\x1b[65535d",
    ];
    // A generator of our own: the same numbers on every machine.
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % u64::try_from(below).unwrap()).unwrap()
    };
    for (columns, rows) in [(0, 0), (1, 1), (1, 40), (200, 1), (2, 2), (3, 5), (80, 24), (60_000, 60_000)] {
        let mut term = Term::new((columns, rows));
        for _ in 0..300 {
            match random(8) {
                0 => term.resize((u16::try_from(random(120)).unwrap(), u16::try_from(random(50)).unwrap())),
                1 => {
                    let bytes: Vec<u8> =
                        (0..random(64)).map(|_| u8::try_from(random(256)).unwrap()).collect();
                    term.feed(0, &bytes);
                }
                n => {
                    let piece = pieces[random(pieces.len())];
                    let cut = random(piece.len() + 1);
                    term.feed(0, &piece[..cut]);
                    if n % 2 == 0 {
                        term.feed(0, &piece[cut..]);
                    }
                }
            }
        }
        assert!(sized((columns, rows)).0.get() >= 2 && sized((columns, rows)).1.get() >= 2);
    }
    for size in [(80, 24), (40, 10), (20, 4), (8, 3), (200, 60), (1, 1)] {
        let mut s = open(size, b"");
        for piece in pieces {
            s.shows_on(1, piece);
            for cell in s.draw().content() {
                let hazards = cell.symbol().chars().filter(|c| gonogo::text::sanitize::hazard(*c).is_some());
                // Joiners of letters that need them are no hazard where they stand between such letters.
                let count = hazards.filter(|c| !matches!(c, '\u{200d}' | '\u{fe0f}')).count();
                assert_eq!(count, 0, "{:?} at {size:?}", cell.symbol());
            }
        }
    }
}

#[test]
fn colours_are_those_that_the_operators_terminal_has() {
    let bytes = b"\x1b[31mR\x1b[0;38;5;200mI\x1b[0;48;2;9;8;7mB\x1b[0;1;4;7mA\x1b[0;30;48;5;250mU";
    for (colours, looks) in [
        (Colours::Sixteen, [Color::Indexed(1), Color::Reset, Color::Reset, Color::Reset, Color::Reset]),
        (
            Colours::True,
            [Color::Indexed(1), Color::Indexed(200), Color::Reset, Color::Reset, Color::Indexed(0)],
        ),
        (Colours::None, [Color::Reset; 5]),
    ] {
        let mut s = sized_screen((80, 24));
        s.app.session.look = Look { colours, ascii: false };
        s.keys("<enter>");
        s.started_in_terminal();
        s.shows_on(1, bytes);
        let drawn = s.draw();
        let at = |n: u16| drawn[(1 + n, 7)].clone();
        assert_eq!((0..5).map(|n| at(n).symbol().to_owned()).collect::<String>(), "RIBAU");
        assert_eq!((0..5).map(|n| at(n).fg).collect::<Vec<_>>(), looks, "{colours:?}");
        assert!(at(3).modifier.contains(Modifier::BOLD | Modifier::UNDERLINED | Modifier::REVERSED));
        // A background that is not to be had is still told apart, and never hides what stands on it.
        let marked = colours != Colours::True;
        assert_eq!(at(4).modifier.contains(Modifier::REVERSED), marked, "{colours:?}");
    }
}

#[test]
fn the_frame_names_the_host_and_the_cursor_stands_inside() {
    let s = open((80, 24), b"$ mysqldump -p\r\nEnter password: ");
    insta::assert_snapshot!(s.text());
    let size = s.app.terminal_size();
    assert_eq!(size, (78, 14));
}

#[test]
fn at_larger_and_smaller_sizes_the_terminal_has_the_room() {
    for (size, inside) in
        [((120, 40), (118, 26)), ((200, 60), (105, 53)), ((40, 10), (38, 2)), ((8, 3), (2, 2))]
    {
        let s = open(size, b"one\r\ntwo\r\nthree");
        assert_eq!(s.app.terminal_size(), inside, "{size:?}\n{}", s.text());
    }
    insta::assert_snapshot!(open((120, 40), b"one\r\ntwo").text());
    insta::assert_snapshot!(open((200, 60), b"one\r\ntwo").text());
    insta::assert_snapshot!(open((40, 10), b"one\r\ntwo").text());
}

#[test]
fn every_key_but_one_goes_to_the_host() {
    let mut s = open((80, 24), b"> ");
    s.keys("qx?<esc><c-c><enter>");
    assert_eq!(s.typed(), "qx?\x1b\x03\r");
    assert!(s.app.session.dialog().is_none() && s.app.quit().is_none());
    s.shows_on(1, b"\x1b[?1h");
    s.keys("<up>");
    assert_eq!(s.typed(), "\x1bOA", "the program asked for it");
    s.input(Input::Paste("two\nlines".to_owned()));
    assert_eq!(s.typed(), "");
    shows(&s, &["the paste was dropped"]);
    s.shows_on(1, b"\x1b[?2004h");
    s.input(Input::Paste("two\nlines".to_owned()));
    assert_eq!(s.typed(), "\x1b[200~two\rlines\x1b[201~");
    s.keys("<c-]>");
    shows(
        &s,
        &["The keyboard is gonogo's; dump on db1 goes on", "back to it", "look around here", "cancel it"],
    );
    assert!(!s.text().contains("end it"), "it ends by itself");
    s.keys("<c-]>");
    assert_eq!(s.typed(), "\x1d", "pressed twice it is sent");
    s.keys("a");
    assert_eq!(s.typed(), "a");
}

#[test]
fn what_is_typed_is_in_no_fact() {
    let mut s = open((80, 24), b"Password: ");
    s.keys("hunter2<enter>");
    s.ends(Outcome::Exited(0), "");
    let log = format!("{:?}", s.log);
    assert!(!log.contains("hunter2"), "{log}");
    assert!(!format!("{:?}", s.effects).contains("hunter2"), "nor does it show itself");
    let intended = s.log.iter().find_map(|(_, f)| match &f.event {
        Event::StepIntended(e) => Some((e.interactive, e.keep)),
        _ => None,
    });
    assert_eq!(intended, Some((true, false)), "the record says that it was interactive");
}

#[test]
fn the_keyboard_can_be_taken_back_while_the_step_goes_on() {
    let mut s = open((80, 24), b"working");
    s.keys("<c-]>l<enter>");
    shows(
        &s,
        &["TERMINAL", "dump, on db1: it has a terminal", "Enter  go back to the terminal of dump on db1"],
    );
    s.keys("j");
    assert_eq!(s.typed(), "", "the keys are gonogo's");
    s.keys("k<enter>");
    shows(&s, &["your keys go to dump on db1", "working"]);
    s.keys("z");
    assert_eq!(s.typed(), "z");
}

#[test]
fn cancelling_from_the_terminal_is_a_cancel() {
    let mut s = open((80, 24), b"working");
    s.keys("<c-]>x<enter>");
    shows(&s, &["your keys go to dump on db1"]);
    s.ends(Outcome::Exited(143), "");
    shows(&s, &["CANCELLED"]);
}

#[test]
fn what_does_not_end_by_itself_is_ended_and_that_is_success() {
    let mut s = open((80, 24), b"");
    s.ends(Outcome::Exited(0), "");
    s.pass(3);
    s.keys("<enter>");
    s.pass(1);
    s.keys("<enter>");
    s.pass(2);
    s.keys("<enter>");
    s.started_in_terminal();
    s.shows_on(2, b"GET /\r\n");
    s.keys("<c-]>");
    shows(&s, &["end it            it has done its work: that is success"]);
    s.keys("e<enter>");
    s.ends(Outcome::Exited(143), "");
    shows(&s, &["ended by layla, as it should"]);
    let passed = s.app.run().attempts[&2].status();
    assert_eq!(passed, gonogo::run::attempt::StepStatus::Passed);
}

#[test]
fn keys_that_were_meant_for_a_terminal_that_is_gone_do_nothing() {
    let mut s = open((80, 24), b"press Enter");
    s.ends(Outcome::Exited(0), "");
    s.keys_apart("<enter>q<enter>", 100);
    assert!(s.app.session.dialog().is_none() && s.app.quit().is_none());
    shows(&s, &["that key was meant for it and did nothing"]);
    s.pass(3);
    s.keys("<enter>");
    shows(&s, &["Sign box 1"]);
}

#[test]
fn what_is_typed_ahead_is_the_programs_and_what_stands_in_its_way_is_asked_first() {
    let mut s = sized_screen((80, 24));
    s.keys("<enter>xq");
    assert_eq!(s.typed(), "xq", "nothing of a password becomes a key of gonogo's own");
    shows(&s, &["your keys go to dump on db1"]);
    let wants = Wanted::Text { want: Want::Password, shown: false, attempt: 1 };
    let asked =
        Asked { id: 1, host: "db1".to_owned(), target: "deploy@db1:22".to_owned(), wants, waiting: 0 };
    let now = s.now;
    s.send(Msg::Asked(Box::new(asked), now));
    shows(&s, &["Password"]);
    s.keys("pw");
    assert_eq!(s.typed(), "");
    s.keys("<enter>");
    s.started_in_terminal();
    s.pass(1);
    s.keys("y");
    assert_eq!(s.typed(), "y");
}

#[test]
fn keys_come_too_early_when_the_terminal_has_just_opened() {
    let mut s = sized_screen((80, 24));
    s.keys("<enter>");
    s.started_in_terminal();
    s.keys_apart("<enter>", 100);
    assert_eq!(s.typed(), "", "a second press of Enter was meant for gonogo");
    s.keys_apart("a", 300);
    assert_eq!(s.typed(), "a");
}

#[test]
fn a_question_does_not_take_the_keyboard_away() {
    let mut s = open((80, 24), b"$ ");
    let wants = Wanted::Text { want: Want::Password, shown: false, attempt: 1 };
    let asked =
        Asked { id: 1, host: "web1".to_owned(), target: "deploy@web1:22".to_owned(), wants, waiting: 0 };
    let now = s.now;
    s.send(Msg::Asked(Box::new(asked), now));
    shows(&s, &["web1 waits for an answer: Ctrl-] takes the keyboard back"]);
    s.keys("a");
    assert_eq!(s.typed(), "a");
    s.keys("<c-]>l<enter>");
    shows(&s, &["Password"]);
}

#[test]
fn a_step_in_a_terminal_cannot_be_left_running() {
    let mut s = open((80, 24), b"");
    s.keys("<c-]>l<enter>q");
    shows(&s, &["A step is running: leave?", "cancel, then leave"]);
    assert!(!s.text().contains("leave it running"));
}

#[test]
fn a_lost_line_says_what_became_of_a_terminal() {
    let mut s = open((80, 24), b"half");
    let why = "the line was cut. A step in a terminal is hung up with its line: how far it got is unknown";
    s.report(gonogo::run::conclude::Report::Lost { number: 1, why: why.to_owned() });
    assert!(s.app.keyboard().is_none());
    shows(&s, &["UNKNOWN"]);
}

#[test]
fn output_that_was_never_seen_is_said_on_the_frame() {
    let mut s = open((80, 24), b"a");
    let output = gonogo::tui::msg::Output {
        run: s.app.run().id.clone(),
        number: 1,
        skipped: 512,
        pieces: Vec::new(),
        upto: 99,
    };
    s.send(Msg::Output(output));
    shows(&s, &["512 bytes were left out"]);
}

#[test]
fn a_shell_is_asked_for_recorded_and_its_output_is_not() {
    let mut s = sized_screen((80, 24));
    s.keys("o");
    insta::assert_snapshot!(s.text());
    s.keys("1<enter>");
    let opened = s.log.last().expect("a fact").1.event.clone();
    assert!(
        matches!(&opened, Event::ShellOpened(e) if e.host == "db1" && e.who.name == "layla"),
        "{opened:?}"
    );
    let number = shell_number(1);
    s.shows_on(number, b"deploy@db1:~$ ");
    s.keys("ls<enter>");
    assert_eq!(s.typed(), "ls\r");
    shows(&s, &["SHELL", "your keys go to the shell on db1", "neither keys nor output are recorded"]);
    // The keyboard back; the shell stays, the run is not left over it, o goes back.
    s.keys("<c-]>l<enter>");
    shows(&s, &["a shell on db1 is open, by layla", "o goes there"]);
    s.keys("q");
    shows(&s, &["a shell on db1 is open: o goes there, end it first"]);
    s.keys("o");
    s.keys("x");
    assert_eq!(s.typed(), "x");
    s.keys("<c-]>x<enter>");
    assert!(s.effects.iter().any(|e| matches!(e, Effect::HangUp { number: n, .. } if *n == number)));
    let how = "ended by signal HUP".to_owned();
    s.report(gonogo::run::conclude::Report::ShellEnded { shell: 1, how, took_ns: Some(65_000_000_000) });
    assert!(s.app.keyboard().is_none());
    let closed = s.log.last().expect("a fact").1.event.clone();
    assert!(matches!(&closed, Event::ShellClosed(e) if e.took_ns == Some(65_000_000_000)), "{closed:?}");
    let log = format!("{:?}", s.log);
    assert!(!log.contains("deploy@db1:~$") && !log.contains("ls\\r"), "{log}");
    s.pass(2);
    s.keys("t");
    shows(&s, &["opened a shell on db1", "the shell on db1 ended"]);
}

#[test]
fn lines_of_a_block_that_is_no_script_are_typed_one_by_one_without_enter() {
    let book =
        runbook("phase During\n box d \"Look\"\n  step manual on=db by-hand=\"it enters another shell\"\n");
    let mut book = gonogo::runbook::model::Runbook::clone(&book);
    book.boxes[0].steps[0].script = "sudo su - postgres\n\npsql \u{202e}app\nselect 1;\n".to_owned();
    let book = std::sync::Arc::new(book);
    let hosts = vec![host("db", "db1")];
    let mut s = Screen::open(&book, opened(&book, hosts, Some("staging"), &[]));
    s.keys("o");
    shows(&s, &["3 to be typed one by one with Ctrl-] t: sudo su - postgres"]);
    s.keys("1<enter>");
    s.shows_on(shell_number(1), b"$ ");
    s.pass(1);
    s.keys("<c-]>");
    shows(&s, &["type the next line  sudo su - postgres"]);
    s.keys("t<enter>");
    assert_eq!(s.typed(), "sudo su - postgres", "Enter stays the person's");
    // What is shown must be what is typed.
    s.keys("<c-]>t");
    shows(&s, &["not typed, it holds hidden characters"]);
    s.keys("<enter>");
    assert_eq!(s.typed(), "");
}
