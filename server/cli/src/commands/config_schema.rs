//! `pgpe config-schema`: the JSON Schema by which editors complete and check `pgpe.yaml`.

use pgpe_config::Config;

use crate::exit::Status;
use crate::terminal::Terminal;

/// Prints it.
pub fn run(terminal: &Terminal) -> anyhow::Result<Status> {
    let schema = serde_json::to_string_pretty(&Config::json_schema())?;
    terminal.print(&format!("{schema}\n"))?;
    Ok(Status::Fine)
}
