//! `pgpe completions`: scripts that complete the command line in a shell.

use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;

use crate::arguments::CommandLine;
use crate::exit::Status;
use crate::terminal::Terminal;

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub fn run(arguments: &Arguments, terminal: &Terminal) -> anyhow::Result<Status> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut visible(CommandLine::command()), "pgpe", &mut script);
    terminal.print(&String::from_utf8_lossy(&script))?;
    Ok(Status::Fine)
}

/// The command without its hidden subcommands, which some shells would offer.
fn visible(command: Command) -> Command {
    let subcommands = command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set());
    Command::new("pgpe").args(command.get_arguments()).subcommands(subcommands)
}
