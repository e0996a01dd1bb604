//! `gonogo answers`.

use crate::cli::args::Answers as Args;
use crate::cli::exit::Exit;
use crate::cli::{house, print};
use crate::config::answers;
use crate::runtime::Fail;

/// Runs `gonogo answers`.
pub fn answers(args: &Args) -> Result<Exit, Fail> {
    let book = house::book(&args.runbook)?;
    print(&answers::template(&book.loaded.runbook))?;
    Ok(Exit::Done)
}
