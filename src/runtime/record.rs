//! Records for readers: the log's facts of a run and its children, with output, as the report room wants them.

use crate::run::fact::Who;
use crate::runtime::log::Log;
use crate::tui::effect::Format;

/// Writes the record of a run beside the person, and returns the sentence that says where.
pub async fn export_here(_log: &Log, _run: &str, _format: Format, _who: Who) -> String {
    "not yet".to_owned()
}
