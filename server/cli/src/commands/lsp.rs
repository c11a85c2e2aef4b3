//! `pgpe lsp`: the language server.

use anyhow::Context;
use clap::Args;
use pgpe_lsp::LspOptions;

use crate::arguments::GlobalOptions;
use crate::exit::Status;
use crate::proving::prover_options;

/// Arguments of `lsp`; those that editors add by themselves are accepted.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Use standard input and output, as it always does
    #[arg(long, hide = true)]
    stdio: bool,
    /// The editor's process
    #[arg(long = "clientProcessId", value_name = "N", hide = true)]
    client_process_id: Option<String>,
}

/// Serves until the client is gone.
pub fn run(options: &GlobalOptions) -> anyhow::Result<Status> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the language server's threads can't be started")?;
    let code = runtime.block_on(pgpe_lsp::run(LspOptions { prover: prover_options(options)? }))?;
    // Not by returning: a client that does not read would keep the runtime from ending.
    std::process::exit(i32::from(code))
}
