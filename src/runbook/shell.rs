//! Code blocks as shell scripts: which are, what of them runs, and why some are refused; pure.
//!
//! This is no shell: it knows words, quotes, comments, constructs, here-documents and what feeds what, well enough to
//! find prompts, variables, steps and the signs that a script destroys, waits for a person or never ends.
//!
//! Where the format leaves a choice:
//! - `rm -r` is dangerous unless every path is written out below `/tmp` or `/var/tmp`, or is `node_modules`; `rm -f` of
//!   single files is not. A restart or a reload of a service is not a stop; `git push` is publishing only with `--tags`.
//! - Danger always wants the word typed, also over `confirm=press`: an annotation may add care, not take it away.
//! - A block that enters another shell before its last line is one step by hand, not cut and not offered line by line:
//!   its later lines are meant for that shell, on that host, and would run on another.
//! - A comment behind a command labels that command alone; comment lines above it last until the next label.
//! - Package managers that ask (`apt install` without `-y`) count as needing a person: unattended they give up.

pub mod calls;
pub mod danger;
mod endless;
pub mod judge;
pub mod known;
pub mod language;
mod lex;
pub mod prompt;
pub mod refuse;
mod rows;
pub mod scan;
pub mod split;
mod terminal;
pub mod variables;
