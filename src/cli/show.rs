//! `gonogo show`.

use crate::cli::args::Show as Args;
use crate::cli::exit::Exit;
use crate::cli::house::House;
use crate::runtime::Fail;

/// Runs `gonogo show`.
pub fn show(house: &House, args: &Args) -> Result<Exit, Fail> {
    let _ = (house, args.json);
    Ok(Exit::Done)
}
