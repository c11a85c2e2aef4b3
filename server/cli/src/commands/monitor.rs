//! `pgpe monitor`: where a target is not what the project says, once or again and again.

use std::time::Duration;

use clap::Args;
use pgpe_database::DriftReport;
use pgpe_target::drift_text;

use crate::applying::Format;
use crate::arguments::GlobalOptions;
use crate::exit::Status;
use crate::target::{block_on, observe, parse_duration};
use crate::terminal::{Terminal, printable};

/// Arguments of `monitor`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The target, by its name in pgpe.yaml
    #[arg(long, value_name = "TARGET")]
    target: String,
    /// Look again and again, this far apart, and report each change
    #[arg(long, value_name = "TIME", num_args = 0..=1, default_missing_value = "60s", value_parser = parse_duration)]
    watch: Option<Duration>,
    /// The form of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Looks for drift.
pub fn run(arguments: &Arguments, options: &GlobalOptions, terminal: &Terminal) -> anyhow::Result<Status> {
    block_on(async {
        let Some(pause) = arguments.watch else {
            return match look(arguments, options, terminal).await? {
                Ok(found) => {
                    print(&found, arguments, terminal)?;
                    Ok(Status::of_findings(!found.drift.is_empty()))
                }
                Err(status) => Ok(status),
            };
        };
        let mut last: Option<Result<DriftReport, String>> = None;
        loop {
            let found = match look(arguments, options, terminal).await {
                Ok(Ok(found)) => Ok(found),
                // What is wrong with the project was shown.
                Ok(Err(_)) => Err("the project has an error".to_owned()),
                Err(error) => Err(format!("{error:#}")),
            };
            if last.as_ref() != Some(&found) {
                match &found {
                    Ok(found) => print(found, arguments, terminal)?,
                    Err(error) => terminal.error(error),
                }
                last = Some(found);
            }
            tokio::time::sleep(pause).await;
        }
    })
}

async fn look(
    arguments: &Arguments,
    options: &GlobalOptions,
    terminal: &Terminal,
) -> anyhow::Result<Result<DriftReport, Status>> {
    let observed = observe(&arguments.target, options, terminal).await?;
    Ok(observed.map(|observed| observed.drift()))
}

fn print(found: &DriftReport, arguments: &Arguments, terminal: &Terminal) -> anyhow::Result<()> {
    terminal.print(&match arguments.format {
        Format::Human => printable(&drift_text::report(found)),
        Format::Json => found.to_json(),
    })
}
