//! From words to commands and constructs.

use super::frame::{Frame, Kind, Redirect, Stage};
use super::{DEPTH, Lexer};
use crate::runbook::shell::scan::{Simple, Span, Stdin, Word, small};

impl Lexer {
    pub(super) fn push_frame(&mut self, kind: Kind) {
        self.begin();
        if self.frames.len() >= DEPTH {
            self.found.deep = true;
        } else {
            self.frames.push(Frame::new(kind));
        }
    }

    /// Closes the innermost construct; what is being read in it ends there.
    pub(super) fn pop(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.quotes.clear();
        }
        self.end_word();
        self.end_simple();
        if self.frames.len() < 2 {
            return;
        }
        self.pending = false;
        let Some(inner) = self.frames.pop() else { return };
        if inner.kind == Kind::Loop && inner.endless == Some(true) {
            let at = small(self.found.words.len());
            let simple = Simple {
                words: Span { start: at, end: at },
                endless: true,
                inside: false,
                ..Simple::default()
            };
            self.found.simples.push(simple);
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.blank = false;
        }
    }

    /// Ends the word being read: a word of the command, the target of a redirection, or a keyword.
    pub(super) fn end_word(&mut self) {
        let Some(frame) = self.frames.last_mut() else { return };
        let Some(word) = frame.word.take() else { return };
        let plain = !word.quoted && !word.expands;
        if plain && self.keyword(&word.text) {
            return;
        }
        let Some(frame) = self.frames.last_mut() else { return };
        if frame.kind == Kind::Words {
            return;
        }
        let start = small(self.found.text.len());
        self.found.text.push_str(&word.text);
        let span = Span { start, end: small(self.found.text.len()) };
        match frame.redirect.take() {
            None => frame.words.push(Word { text: span, quoted: word.quoted, expands: word.expands }),
            Some(Redirect::In) => frame.simple.stdin = Stdin::File,
            Some(Redirect::Text) => frame.simple.stdin = Stdin::Text(span),
            Some(Redirect::Out) => frame.simple.out = span,
            Some(Redirect::Other) => {}
        }
    }

    /// Takes a word that is a keyword where it stands; returns whether it was one.
    fn keyword(&mut self, word: &str) -> bool {
        let Some(frame) = self.frames.last_mut() else { return false };
        if frame.test {
            frame.test = word != "]]";
            return false;
        }
        match (frame.kind, frame.stage) {
            (Kind::Case, Stage::Head) if word == "in" => {
                frame.words.clear();
                frame.stage = Stage::Pattern;
                return true;
            }
            (Kind::Case, Stage::Pattern) if word == "esac" && frame.words.is_empty() => {
                self.pop();
                return true;
            }
            _ => {}
        }
        let text = |w: &Word| self.found.text.get(w.text.range()).unwrap_or_default();
        if word == "{" && frame.words.len() == 2 && frame.words.first().is_some_and(|w| text(w) == "function")
        {
            frame.words.clear();
        }
        if !frame.at_command() || frame.kind == Kind::Words {
            return false;
        }
        let opened = match word {
            "if" => Kind::If,
            "while" | "until" | "for" | "select" => Kind::Loop,
            "case" => Kind::Case,
            "{" => Kind::Brace,
            "fi" | "done" | "esac" | "}" => {
                let closes = match frame.kind {
                    Kind::If => word == "fi",
                    Kind::Loop => word == "done",
                    Kind::Case => word == "esac",
                    Kind::Brace => word == "}",
                    _ => false,
                };
                if closes {
                    self.pop();
                }
                return closes;
            }
            "then" | "do" | "else" | "elif" | "!" | "time" | "coproc" => {
                frame.blank = true;
                return true;
            }
            "[[" => {
                frame.test = true;
                return false;
            }
            _ => return false,
        };
        self.push_frame(opened);
        if let Some(frame) = self.frames.last_mut().filter(|f| f.kind == opened) {
            frame.until = word == "until";
            if matches!(word, "for" | "select" | "case") {
                frame.stage = Stage::Head;
            }
        }
        true
    }

    /// Ends the command being read and returns its number; of a pipeline behind a construct, the construct's last.
    pub(super) fn end_simple(&mut self) -> Option<u32> {
        self.end_word();
        let inside = self.frames.len() > 1;
        let frame = self.frames.last_mut()?;
        frame.redirect = None;
        frame.test = false;
        let mut words = std::mem::take(&mut frame.words);
        let simple = std::mem::take(&mut frame.simple);
        let command = frame.stage == Stage::Commands && frame.kind != Kind::Words;
        // `function name` names what follows and runs nothing.
        let text = |word: &Word| self.found.text.get(word.text.range()).unwrap_or_default();
        if words.first().is_some_and(|w| !w.quoted && text(w) == "function") {
            words.clear();
        }
        let writes = simple.out.end > simple.out.start;
        if !command || (words.is_empty() && !writes) {
            // `done | less`: the construct's last command stands for it.
            return small(self.found.simples.len()).checked_sub(1).filter(|_| command);
        }
        self.follow_loop(&words);
        let start = small(self.found.words.len());
        self.found.words.append(&mut words);
        let number = small(self.found.simples.len());
        if let Some(before) = simple.from {
            let before = usize::try_from(before).unwrap_or(usize::MAX);
            if let Some(before) = self.found.simples.get_mut(before) {
                before.to = Some(number);
            }
        }
        let end = small(self.found.words.len());
        self.found.simples.push(Simple { words: Span { start, end }, inside, ..simple });
        Some(number)
    }

    /// The first command of a loop is its condition; a word that leaves it gives it an end.
    fn follow_loop(&mut self, words: &[Word]) {
        let text = |word: &Word| self.found.text.get(word.text.range()).unwrap_or_default();
        let Some(first) = words.first().map(text) else { return };
        let leaves = matches!(first, "break" | "exit" | "return" | "exec" | "kill");
        let forever = matches!(first, "true" | ":" | "1");
        let never = first == "false";
        let alone = words.len() == 1;
        if leaves {
            for frame in self.frames.iter_mut().filter(|f| f.kind == Kind::Loop) {
                frame.endless = Some(false);
            }
        } else if let Some(frame) = self.frames.last_mut().filter(|f| f.kind == Kind::Loop) {
            let holds = alone && if frame.until { never } else { forever };
            frame.endless.get_or_insert(holds);
        }
    }
}
