//! `gonogo runs`.

use crate::cli::args::Runs as Args;
use crate::cli::exit::Exit;
use crate::cli::house::House;
use crate::cli::print;
use crate::runtime::Fail;

/// Runs `gonogo runs`.
pub fn runs(house: &House, args: &Args) -> Result<Exit, Fail> {
    let _ = (house, args.json, args.open);
    print("")?;
    Ok(Exit::Done)
}
