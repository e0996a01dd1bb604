//! Work and memory for hostile files: memory is bounded and work is linear, whatever the bytes.
//!
//! Work is counted in requests for memory, in bytes asked for and in events of the Markdown parser; never in time.

use gonogo::diag::Diagnostic;
use gonogo::runbook::{MAX_BYTES, parse};
use pulldown_cmark::{Options, Parser};

use super::tell::COMMANDS;
use crate::support::memory::{Used, measure};

/// Bytes that parsing any file may hold at once: with the program around it, it stays below 64 MiB.
const MOST: usize = 48 << 20;

/// A kind of hostile file: what it is called, and a text of about so many bytes.
type Kind = (&'static str, fn(usize) -> String);

fn repeated(piece: &str, bytes: usize) -> String {
    piece.repeat(bytes / piece.len())
}

/// Numbers each copy: `{}` in `piece` is its number.
fn counted(piece: &str, bytes: usize) -> String {
    let mut out = String::new();
    for n in 0.. {
        let next = piece.replace("{}", &n.to_string());
        if out.len() + next.len() > bytes {
            break;
        }
        out.push_str(&next);
    }
    out
}

/// How long a name is that stands once in a file of `bytes`: `most` in a large one, and so much less in a sample that it
/// is not a large part of it.
fn long(bytes: usize, most: usize) -> usize {
    if bytes > SAMPLES[1] { most } else { most / 4 }
}

macro_rules! repeat {
    ($($piece:literal)*) => { &[$(($piece, |bytes| repeated($piece, bytes)),)*] };
}

/// Marks that open, close or half-open something, over and over.
const MARKS: &[Kind] = repeat! {
    "[" "]" "![" "[a](b) " "[a][b] " "[]()" "*a _b " "**a" "_" "*" "~~a" "`" "`a``" "<a " "<" "<a>" "</a>"
    "<!-- " "<!-- x -->" "<!-- gonogo: x -->" "&amp;" "&" "\\" "\\[" "\"'" "'" "$" "$(" "${A" "| a " "|" ":" "{+a+}"
    "<x>" "{X}" "{{ x }}" "[a b]" "x" "é" "\u{202e}" "\u{200b}" "\u{1f600}" "\t" " " "\r" "\n" "a  \n" "\r\n"
};

/// Blocks.
const BLOCKS: &[Kind] = repeat! {
    "# x\n" "#\n" "x\n===\n" "## Step 1\n" "a\n\n" "1. a\n" "- a\n" "- \n" "* a\n\n" "- [ ] a\n" "1) [ ] a\n" "- [ ] \n"
    "---\n" "> a\n" "> " ">> a\n\n" "\t- " "- - - a\n" "    a\n\n" "```sh\nx\n```\n" "```\n" "~~~\n" "```sh\n"
    "```sh on=a needs=b if=C\nx\n```\n" "- [ ] x <!-- gonogo: id=a if=B -->\n" "- [ ] <!-- gonogo: value=A -->\n"
    "$ x\n" "```\n$ echo '\n" "```sh\n# a\nb\n# c\nd\n```\n" "```sh\n<x> $Y\n```\n" "a:\n- b\n" "**a**\n\n1. b\n\n"
    "<details>" "<details>\n\n" "</details>\n\n" "<details>\n\n- [ ] a\n\n</details>\n\n" "<summary>\n\n" "<div>\n" "<!--\n"
    "| a | b |\n|---|---|\n" "|-|\n" "[a]: b\n" "[^1]: a\n" "> [!CAUTION]\n\n" "wait 30 minutes (optional)\n\n"
    "- [ ] If x: wait 30 minutes (only)\n" "1. a\n\n```sh\nx\n```\n\n" "- a\n  ```sh\n  x\n  ```\n" "- [x](x.md)\n"
};

/// Texts and scripts that are more than one piece over and over.
const TEXTS: &[Kind] = &[
    ("a table that is long", |n| format!("| a |\n|---|\n{}", repeated("| b |\n", n - 20))),
    ("a table that is wide", |n| {
        format!("{}\n{}\n{}\n", repeated("|a", n / 4), repeated("|-", n / 4), repeated("|b", n / 4))
    }),
    ("a short row under a wide head", |n| {
        format!("{}\n{}\n{}", repeated("|a", n / 4), repeated("|-", n / 4), repeated("|\n", n / 4))
    }),
    ("links to one reference", |n| format!("[a]: {}\n\n{}", "b".repeat(n / 2), repeated("[a] ", n / 2 - 20))),
    ("links to many references", |n| {
        format!("{}\n{}", counted("[a{}]: b\n", n / 2), counted("[a{}] ", n / 2))
    }),
    ("boxes that link to one reference", |n| {
        format!("[a]: {}.md\n\n{}", "b".repeat(n / 2 - 20), repeated("- [ ] [a]\n", n / 2 - 20))
    }),
    ("headings that all differ", |n| counted("## h{}\n- [ ] b{}\n", n)),
    ("boxes under six headings with long names", |n| {
        let name = "é".repeat(long(n, 500));
        let heads: String = (2..=6).map(|d| format!("{} {name}\n", "#".repeat(d))).collect();
        format!("{heads}{}", repeated("- [ ] a\n", n - heads.len()))
    }),
    ("boxes under long labels", |n| {
        let name = "é".repeat(long(n, 130));
        let labels: String = (0..30).map(|d| format!("{}- {name}\n", "  ".repeat(d))).collect();
        format!("{labels}{}", repeated(&format!("{}- [ ] a\n", "  ".repeat(30)), n - labels.len()))
    }),
    ("boxes nested and unnested", |n| {
        let one: String = (0..31).map(|d| format!("{}- [ ] a\n", "  ".repeat(d))).collect();
        repeated(&one, n)
    }),
    ("lists nested too deep", |n| {
        (0..)
            .map(|d| format!("{}- a\n", "  ".repeat(d)))
            .scan(0, |sum, line| {
                *sum += line.len();
                (*sum < n).then_some(line)
            })
            .collect()
    }),
    ("one endless line of words", |n| repeated("word ", n)),
    ("one endless box", |n| format!("- [ ] {}", repeated("wait 30 minutes <x> (optional) ", n - 6))),
    ("one endless script", |n| format!("```sh\n{}\n```\n", repeated("a | b; ", n - 20))),
    ("a script of many lines", |n| format!("```sh\n{}```\n", repeated("a $B '<c>'\n", n - 20))),
    ("a script of comments", |n| format!("```sh\n{}```\n", repeated("# a\nb # c\n", n - 20))),
    ("a script of quotes", |n| format!("```sh\n{}\n```\n", repeated("'\"", n - 20))),
    ("a script of substitutions", |n| format!("```sh\n{}\n```\n", repeated("$(a `b ", n - 20))),
    ("a script of here-documents", |n| format!("```sh\n{}```\n", repeated("a <<X\n", n - 20))),
    ("a session", |n| format!("```\n{}```\n", repeated("$ a \\\n> b\nc\n", n - 20))),
    ("a script of open braces", |n| format!("```sh\n{}\n```\n", repeated("{ ( if ", n - 20))),
];

/// Annotations, names and front matter.
const ANNOTATIONS: &[Kind] = &[
    ("a script behind one annotation", |n| format!("```sh {}\nx\n```\n", "x".repeat(n - 20))),
    ("needs without end", |n| format!("```sh needs={}\nx\n```\n", repeated("a,", n - 20))),
    ("an annotation of many words", |n| format!("- [ ] a <!-- gonogo: {} -->\n", repeated("id=a ", n - 40))),
    ("steps that need each other", |n| counted("```sh name=s{} needs=s0\nx\n```\n", n)),
    ("boxes with names", |n| counted("- [ ] a <!-- gonogo: id=b{} value=V{} if=V0 -->\n", n)),
    ("placeholders that all differ", |n| counted("```sh\na <x{}> $Y{} {{Z{}}}\n```\n", n)),
    ("front matter that is never closed", |n| format!("---\n{}", repeated("a: b\n", n - 10))),
    ("front matter of one list", |n| format!("---\n{}\n---\n", repeated("a: [", n - 10))),
    ("front matter of many keys", |n| format!("---\n{}---\n- [ ] a\n", counted("k{}: v\n", n - 30))),
    ("front matter of aliases", |n| {
        format!("---\na: &a [x]\nb: [{}]\n---\n- [ ] a\n", repeated("*a,", n - 60))
    }),
    ("front matter of aliases of aliases", |_| {
        let lines: String =
            (1..12).map(|i| format!("a{i}: &a{i} [{}]\n", format!("*a{},", i - 1).repeat(9))).collect();
        format!("---\na0: &a0 [x,x,x,x,x,x,x,x,x]\n{lines}gonogo: {{vars: *a11}}\n---\n- [ ] a\n")
    }),
    ("front matter of one deep flow", |n| format!("---\na: {}\n---\n", "{a: ".repeat(n / 5))),
    ("front matter of one endless scalar", |n| {
        format!("---\ntitle: \"{}\"\n---\n- [ ] a\n", "x".repeat(n - 40))
    }),
    ("variables without end", |n| {
        format!("---\ngonogo: {{vars: {{{}}}}}\n---\n- [ ] a\n", counted("A{}: ,", n - 60))
    }),
    ("one variable over and over", |n| {
        format!("---\ngonogo: {{vars: {{{}}}}}\n---\n", repeated("A: ,", n - 60))
    }),
];

/// What was found in `text`, and what parsing and each command that tells of it took; a command holds the runbook, too.
fn outcome(text: &str) -> (Vec<Diagnostic>, Vec<(&'static str, Used)>) {
    let (parsed, used) = measure(|| parse("x.md", text.as_bytes()));
    let mut all = vec![("parse", used)];
    let found = match parsed {
        Ok((book, found)) => {
            for (name, tell) in COMMANDS {
                let (_, told) = measure(|| drop(tell(&book, text)));
                all.push((name, Used { peak: used.kept + told.peak, ..told }));
            }
            found
        }
        Err(found) => found,
    };
    (found, all)
}

/// Some files are too large in marks or blocks; smaller ones of their kind come near to the limits from below.
const SIZES: [usize; 3] = [MAX_BYTES, MAX_BYTES * 5 / 8, MAX_BYTES * 3 / 8];
/// Bytes of a file that shows what its kind costs, and of another that is twice as large.
const SAMPLES: [usize; 2] = [24 << 10, 48 << 10];

/// Events of the Markdown parser alone.
fn events(text: &str) -> usize {
    let options = Options::ENABLE_TASKLISTS
        | Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_GFM;
    Parser::new_ext(text, options).count()
}

/// Twice the input is at most two and a half times the work, and no file holds more than it may.
fn bounded(kinds: &[Kind]) {
    let (mut wrong, mut worst) = (Vec::new(), Vec::new());
    for (name, make) in kinds {
        let [(one, first), (two, second)] = SAMPLES.map(|size| (make(size), outcome(&make(size)).1));
        let mut work = vec![("the parser", "events", events(&one), events(&two))];
        for ((command, first), (_, second)) in first.iter().zip(&second) {
            work.push((command, "requests for memory", first.requests, second.requests));
            work.push((command, "bytes", first.bytes, second.bytes));
        }
        for (command, what, first, second) in work {
            // What every file costs is no part of the growth.
            if second * 2 > first * 5 + 20_000 {
                wrong.push(format!("{name:?}: {command} took {first} {what}, then {second}"));
            }
        }
        // A kind that would stay a third below the bound at full size is not made so large.
        if second.iter().all(|(_, used)| used.peak * (MAX_BYTES / SAMPLES[1]) < MOST / 3 * 2) {
            continue;
        }
        for size in SIZES {
            let text = make(size);
            assert!(text.len() <= MAX_BYTES, "{name}: {} bytes", text.len());
            let (found, used) = outcome(&text);
            assert!(found.len() <= 101, "{name}: {} findings", found.len());
            worst.extend(used.iter().map(|(command, used)| (used.peak, *command, *name, size)));
            // What is not refused as a whole needs less when it is smaller.
            if !found.iter().any(|f| f.code == "too-large") {
                break;
            }
        }
    }
    assert!(!worst.is_empty(), "no kind needs much");
    let over = worst.iter().filter(|(peak, ..)| *peak >= MOST);
    wrong.extend(over.map(|(peak, command, name, size)| {
        format!("{name:?}: {command} of {size} bytes held {} KiB", peak >> 10)
    }));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn marks_without_end_take_bounded_memory_and_linear_work() {
    bounded(MARKS);
}

#[test]
fn blocks_without_end_take_bounded_memory_and_linear_work() {
    bounded(BLOCKS);
}

#[test]
fn texts_and_scripts_without_end_take_bounded_memory_and_linear_work() {
    bounded(TEXTS);
}

#[test]
fn annotations_without_end_take_bounded_memory_and_linear_work() {
    bounded(ANNOTATIONS);
}
