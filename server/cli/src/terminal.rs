//! Standard output and standard error: colours, how much to say, and readers that have gone away.

use std::io::{self, IsTerminal, Write};

use anyhow::Context;
use pgpe_report::human::Colour;

use crate::arguments::{ColorChoice, GlobalOptions};

/// Where a command's output goes, and how it is to look.
#[derive(Debug, Clone)]
pub struct Terminal {
    color: ColorChoice,
    quiet: bool,
    verbose: bool,
}

impl Terminal {
    /// As the options say.
    pub fn new(options: &GlobalOptions) -> Terminal {
        Terminal { color: options.color, quiet: options.quiet, verbose: options.verbose }
    }

    /// Whether only what is wrong is to be said.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether to colour what goes to standard output.
    pub fn colour(&self) -> Colour {
        self.colour_of(io::stdout().is_terminal())
    }

    /// Whether to colour what goes to standard error.
    pub fn error_colour(&self) -> Colour {
        self.colour_of(io::stderr().is_terminal())
    }

    fn colour_of(&self, is_terminal: bool) -> Colour {
        let coloured = match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => is_terminal && !is_set("NO_COLOR") && !is_dumb(),
        };
        if coloured { Colour::Always } else { Colour::Never }
    }

    /// Whether someone watches standard error who may be shown progress.
    pub fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal() && !is_dumb()
    }

    /// Writes to standard output. A reader that has seen enough (`| head`) is no error.
    pub fn print(&self, text: &str) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(error).context("can't write to standard output")
            }
            _ => Ok(()),
        }
    }

    /// Writes to standard error. There is nowhere to report a failure to.
    pub fn print_error(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Asks a question that is answered by yes or no; `None` if there is nobody to ask.
    pub fn asks(&self, question: &str) -> anyhow::Result<Option<bool>> {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Ok(None);
        }
        self.print_error(&format!("{} [y/N] ", printable(question)));
        let mut answer = String::new();
        if io::stdin().read_line(&mut answer).context("can't read the answer")? == 0 {
            // Nobody has ended the line.
            self.print_error("\n");
        }
        Ok(Some(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")))
    }

    /// Says why the command can't do its work.
    pub fn error(&self, message: &str) {
        self.labelled("error", "31", message);
    }

    /// Says something that is neither output nor an error, unless only errors are wanted.
    pub fn note(&self, message: &str) {
        if !self.quiet {
            self.labelled("note", "36", message);
        }
    }

    /// Says what is being done, if that is wanted.
    pub fn detail(&self, message: impl FnOnce() -> String) {
        if self.verbose {
            self.print_error(&format!("{}\n", message()));
        }
    }

    fn labelled(&self, label: &str, colour: &str, message: &str) {
        let message = printable(message);
        self.print_error(&match self.error_colour() {
            Colour::Never => format!("{label}: {message}\n"),
            Colour::Always => format!("\u{1b}[1;{colour}m{label}:\u{1b}[0m {message}\n"),
        });
    }
}

/// The text without what could steer the terminal: file names and other input end up in messages.
pub fn printable(message: &str) -> String {
    let spelled = |c: char| match c {
        '\n' => c.to_string(),
        _ if c.is_control() => c.escape_default().to_string(),
        _ => c.to_string(),
    };
    message.chars().map(spelled).collect()
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}
