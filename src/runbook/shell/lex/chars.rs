//! From characters to words and operators.

use super::frame::{Kind, Quote, Redirect, Stage};
use super::{Heredoc, Lexer};
use crate::runbook::shell::scan::{Span, Stdin, Word, expansion_at, small};
use crate::text::sanitize::is_typographic_quote;

impl Lexer {
    /// Reads a line that is no line of a here-document.
    pub(super) fn code(&mut self, line: &str) {
        self.continued = false;
        let mut at = 0;
        while let Some(c) = line.get(at..).and_then(|rest| rest.chars().next()) {
            let rest = line.get(at..).unwrap_or_default();
            let quote = self.frames.last().and_then(|f| f.quotes.last().copied());
            let step = match quote {
                Some(Quote::Single) => self.single(c),
                Some(Quote::Ansi) => self.ansi(rest, c),
                Some(Quote::Double) => self.double(rest, c),
                Some(Quote::Parameter) => self.parameter(rest, c),
                Some(Quote::Arithmetic(open)) => self.arithmetic(rest, c, open),
                None if c == '#' && self.frames.last().is_some_and(|f| f.blank && !f.test) => {
                    self.note(rest, at, line.get(..at).unwrap_or_default());
                    break;
                }
                None => self.plain(rest, c),
            };
            if self.found.deep || step == 0 {
                break;
            }
            at += step;
        }
        self.end_line();
    }

    fn end_line(&mut self) {
        let Some(frame) = self.frames.last_mut() else { return };
        if self.continued {
            return;
        }
        if frame.quotes.is_empty() {
            self.end_word();
            self.end_simple();
            let Some(frame) = self.frames.last_mut() else { return };
            frame.blank = true;
            if frame.kind == Kind::Loop {
                frame.stage = Stage::Commands;
            }
            if !self.pending {
                frame.simple.from = None;
            }
        } else if let Some(word) = &mut frame.word {
            word.text.push('\n');
        }
    }

    fn push(&mut self, c: char) {
        self.begin();
        if let Some(frame) = self.frames.last_mut() {
            frame.word().text.push(c);
        }
    }

    fn mark_quoted(&mut self) {
        self.begin();
        if let Some(frame) = self.frames.last_mut() {
            frame.word().quoted = true;
        }
    }

    fn open_quote(&mut self, quote: Quote) {
        self.begin();
        let deep = self.frames.len() + self.frames.last().map_or(0, |f| f.quotes.len());
        self.found.deep |= deep >= super::DEPTH;
        if let Some(frame) = self.frames.last_mut() {
            frame.quotes.push(quote);
        }
    }

    fn close_quote(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.quotes.pop();
        }
    }

    fn single(&mut self, c: char) -> usize {
        if c == '\'' {
            self.close_quote()
        } else {
            self.push(c)
        }
        c.len_utf8()
    }

    fn ansi(&mut self, rest: &str, c: char) -> usize {
        match c {
            '\\' => return self.escape(rest),
            '\'' => self.close_quote(),
            c => self.push(c),
        }
        c.len_utf8()
    }

    /// A backslash and what it escapes. At the end of a line it joins the next one.
    fn escape(&mut self, rest: &str) -> usize {
        match rest.chars().nth(1) {
            Some(c) => {
                self.mark_quoted();
                self.push(c);
                1 + c.len_utf8()
            }
            None => {
                self.continued = true;
                0
            }
        }
    }

    fn double(&mut self, rest: &str, c: char) -> usize {
        match c {
            '"' => self.close_quote(),
            '\\' => return self.escape(rest),
            '$' | '`' => return self.expansion(rest, c),
            c => self.push(c),
        }
        c.len_utf8()
    }

    fn parameter(&mut self, rest: &str, c: char) -> usize {
        let within = self.frames.last().is_some_and(|f| f.quotes.contains(&Quote::Double));
        match c {
            '}' => {
                self.close_quote();
                self.push(c);
            }
            '\\' => return self.escape(rest),
            '"' => self.open_quote(Quote::Double),
            '\'' if !within => self.open_quote(Quote::Single),
            '$' | '`' => return self.expansion(rest, c),
            c => self.push(c),
        }
        c.len_utf8()
    }

    fn arithmetic(&mut self, rest: &str, c: char, open: u32) -> usize {
        let open = match c {
            '(' => open + 1,
            ')' => open.saturating_sub(1),
            '$' | '`' => return self.expansion(rest, c),
            '"' => {
                self.open_quote(Quote::Double);
                return 1;
            }
            '\\' => return self.escape(rest),
            _ => open,
        };
        if let Some(frame) = self.frames.last_mut() {
            frame.quotes.pop();
            if open > 0 {
                frame.quotes.push(Quote::Arithmetic(open));
            }
        }
        c.len_utf8()
    }

    /// `$…` or a backtick, in double quotes or outside.
    fn expansion(&mut self, rest: &str, c: char) -> usize {
        self.begin();
        if c == '`' {
            if self.frames.last().is_some_and(|f| f.kind == Kind::Backtick && f.quotes.is_empty()) {
                self.pop();
            } else {
                self.placeholder();
                self.push_frame(Kind::Backtick);
            }
            return 1;
        }
        if rest.starts_with("$((") {
            self.placeholder();
            self.open_quote(Quote::Arithmetic(2));
            return 3;
        }
        if rest.starts_with("$(") {
            self.placeholder();
            self.push_frame(Kind::Substitution);
            return 2;
        }
        let name = expansion_at(rest).map(str::to_owned);
        if let Some(frame) = self.frames.last_mut() {
            frame.word().expands |=
                rest.chars().nth(1).is_some_and(|c| c.is_alphanumeric() || "_{@*#?!$-".contains(c));
        }
        name.into_iter().for_each(|name| self.expand(name));
        self.push('$');
        if rest.starts_with("${") {
            self.push('{');
            self.open_quote(Quote::Parameter);
            return 2;
        }
        1
    }

    /// What a substitution puts into its word is not known.
    fn placeholder(&mut self) {
        self.push('…');
        if let Some(frame) = self.frames.last_mut() {
            frame.word().expands = true;
        }
    }

    /// A character outside quotes.
    fn plain(&mut self, rest: &str, c: char) -> usize {
        let test = self.frames.last().is_some_and(|f| f.test);
        match c {
            ' ' | '\t' | '\r' => {
                self.end_word();
                if let Some(frame) = self.frames.last_mut() {
                    frame.blank = true;
                }
            }
            '\'' => {
                self.mark_quoted();
                self.open_quote(Quote::Single);
            }
            '"' => {
                self.mark_quoted();
                self.open_quote(Quote::Double);
            }
            '\\' => return self.escape(rest),
            '$' if rest.starts_with("$'") => {
                self.mark_quoted();
                self.open_quote(Quote::Ansi);
                return 2;
            }
            '$' if rest.starts_with("$\"") => return 1,
            '$' | '`' => {
                if c == '`' {
                    self.end_backtick();
                }
                return self.expansion(rest, c);
            }
            '|' | '&' | ';' | '<' | '>' | '(' | ')' if !test => return self.operator(rest, c),
            c => {
                if is_typographic_quote(c) {
                    self.found.typographic.get_or_insert((c, self.line));
                }
                self.push(c);
            }
        }
        c.len_utf8()
    }

    /// A backtick that closes ends the word before it.
    fn end_backtick(&mut self) {
        if self.frames.last().is_some_and(|f| f.kind == Kind::Backtick) {
            self.end_word();
        }
    }

    fn operator(&mut self, rest: &str, c: char) -> usize {
        let has = |text: &str| rest.starts_with(text);
        match c {
            '&' if has("&>") => {
                self.end_word();
                self.redirect(Redirect::Out);
                if has("&>>") { 3 } else { 2 }
            }
            '(' | ')' => self.parenthesis(rest, c),
            '<' | '>' => self.redirection(rest),
            _ => {
                self.end_word();
                self.begin_if_blank();
                let pattern = self.frames.last().is_some_and(|f| f.stage == Stage::Pattern);
                if pattern {
                    return 1;
                }
                let length =
                    if has("&&") || has("||") || has("|&") || has(";;") || has(";&") { 2 } else { 1 };
                let before = self.end_simple();
                let piped = c == '|' && !has("||");
                let joined = piped || has("&&") || has("||");
                if c == '&' && !has("&&") {
                    self.background(before);
                }
                self.pending = joined;
                if let Some(frame) = self.frames.last_mut() {
                    frame.blank = true;
                    frame.simple.from = before.filter(|_| piped);
                    if frame.kind == Kind::Case && (has(";;") || has(";&")) {
                        frame.stage = Stage::Pattern;
                    }
                    if frame.kind == Kind::Loop {
                        frame.stage = Stage::Commands;
                    }
                }
                length
            }
        }
    }

    /// A line such as `; a` is no shell, but it is no blank line either.
    fn begin_if_blank(&mut self) {
        if self.begun.is_none() {
            self.begin();
        }
    }

    fn background(&mut self, mut of: Option<u32>) {
        while let Some(simple) =
            of.and_then(|at| self.found.simples.get_mut(usize::try_from(at).unwrap_or(usize::MAX)))
        {
            if simple.background {
                break;
            }
            simple.background = true;
            of = simple.from;
        }
    }

    fn redirect(&mut self, redirect: Redirect) {
        self.begin();
        if let Some(frame) = self.frames.last_mut() {
            frame.redirect = Some(redirect);
            frame.blank = true;
        }
    }

    fn redirection(&mut self, rest: &str) -> usize {
        if rest.starts_with("<(") || rest.starts_with(">(") {
            self.placeholder();
            self.push_frame(Kind::Substitution);
            return 2;
        }
        // `2>` names an open file, not a word.
        let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        if let Some(frame) = self.frames.last_mut()
            && frame.word.as_ref().is_some_and(|word| !word.quoted && digits(&word.text))
        {
            frame.word = None;
        }
        self.end_word();
        if rest.starts_with("<<<") {
            self.redirect(Redirect::Text);
            return 3;
        }
        if rest.starts_with("<<") {
            return self.heredoc(rest);
        }
        for (text, redirect) in [
            ("<&", Redirect::Other),
            ("<>", Redirect::Other),
            ("<", Redirect::In),
            (">&", Redirect::Other),
            (">>", Redirect::Out),
            (">|", Redirect::Out),
        ] {
            if rest.starts_with(text) {
                self.redirect(redirect);
                return text.len();
            }
        }
        self.redirect(Redirect::Out);
        1
    }

    fn heredoc(&mut self, rest: &str) -> usize {
        let after = rest.get(2..).unwrap_or_default();
        let dash = after.starts_with('-');
        let word = after.get(usize::from(dash)..).unwrap_or_default();
        let blanks = word.len() - word.trim_start_matches([' ', '\t']).len();
        let word = word.get(blanks..).unwrap_or_default();
        let head = 2 + usize::from(dash) + blanks;
        let quote = word.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let (delimiter, length) = match quote {
            Some(q) => {
                let inner = word.get(1..).and_then(|w| w.split(q).next()).unwrap_or_default();
                (inner, (inner.len() + 2).min(word.len()))
            }
            None => {
                let inner = word.split(|c: char| c.is_whitespace() || ";&|<>()#".contains(c)).next();
                (inner.unwrap_or_default(), inner.unwrap_or_default().len())
            }
        };
        // `1 << 2` is arithmetic; delimiters are words.
        if quote.is_none() && !delimiter.starts_with(|c: char| c.is_alphabetic() || "_\\!".contains(c)) {
            self.redirect(Redirect::Other);
            return 2;
        }
        self.begin();
        let number = small(self.found.heredocs.len());
        let literal = quote.is_some() || delimiter.starts_with('\\');
        let delimiter = delimiter.trim_start_matches('\\').to_owned();
        self.found.heredocs.push(Span::default());
        self.waiting.push_back(Heredoc { number, delimiter, dash, literal });
        if let Some(frame) = self.frames.last_mut() {
            frame.simple.stdin = Stdin::Heredoc(number);
            frame.blank = true;
        }
        head + length
    }

    fn parenthesis(&mut self, rest: &str, c: char) -> usize {
        let Some(frame) = self.frames.last_mut() else { return 1 };
        if frame.stage == Stage::Pattern {
            self.end_word();
            if let (')', Some(frame)) = (c, self.frames.last_mut()) {
                frame.words.clear();
                frame.stage = Stage::Commands;
                frame.blank = true;
            }
            return 1;
        }
        if c == ')' {
            let closes = matches!(frame.kind, Kind::Subshell | Kind::Substitution | Kind::Words);
            self.end_word();
            if closes {
                self.pop();
            }
            return 1;
        }
        // `name()` and `name ()` begin a function.
        let empty = rest.get(1..).is_some_and(|r| r.trim_start().starts_with(')'));
        let text = |w: &Word| self.found.text.get(w.text.range()).unwrap_or_default();
        let keyword = frame.words.first().is_some_and(|w| text(w) == "function");
        let names = frame.words.len() + usize::from(frame.word.is_some()) - usize::from(keyword);
        if empty && names == 1 {
            frame.words.clear();
            frame.word = None;
            frame.blank = true;
            return rest.find(')').map_or(1, |end| end + 1);
        }
        let fresh = frame.word.is_none() && (frame.at_command() || frame.stage == Stage::Head);
        if fresh && rest.starts_with("((") {
            self.open_quote(Quote::Arithmetic(2));
            return 2;
        }
        if fresh && frame.stage == Stage::Commands {
            self.begin();
            self.push_frame(Kind::Subshell);
        } else {
            self.placeholder();
            self.push_frame(Kind::Words);
        }
        1
    }
}
