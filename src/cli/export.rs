//! `gonogo export`.

use crate::cli::args::Export as Args;
use crate::cli::exit::Exit;
use crate::cli::house::House;
use crate::runtime::Fail;

/// Runs `gonogo export`.
pub async fn export(house: &House, args: Args) -> Result<Exit, Fail> {
    let _ = (house, args.run);
    Ok(Exit::Done)
}
