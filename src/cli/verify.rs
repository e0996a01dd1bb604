//! `gonogo verify`.

use crate::audit::verify::{Scope, judged};
use crate::cli::args::Verify as Args;
use crate::cli::exit::Exit;
use crate::cli::house::House;
use crate::cli::print;
use crate::runtime::Fail;

/// Runs `gonogo verify`.
pub fn verify(house: &House, args: &Args) -> Result<Exit, Fail> {
    let run = match &args.run {
        Some(prefix) => Some(house.reader()?.find_run(prefix)?),
        None => None,
    };
    let scope = Scope { allowed: house.allowed_by(args.allowed_signers.as_deref())?, run };
    let report = judged(&house.log, &scope)?;
    let text = if args.json {
        let mut json = serde_json::to_value(&report).map_err(|e| Fail::System(e.to_string()))?;
        let verdicts: serde_json::Map<_, _> = report
            .verdicts()
            .iter()
            .map(|(name, v)| ((*name).to_owned(), v.words().to_lowercase().into()))
            .collect();
        json["verdicts"] = verdicts.into();
        serde_json::to_string_pretty(&json).map_err(|e| Fail::System(e.to_string()))?
    } else {
        crate::text::sanitize_block(&report.to_string()).to_string()
    };
    print(&format!("{}\n", text.trim_end()))?;
    Ok(if report.sound() { Exit::Done } else { Exit::Unverified })
}
