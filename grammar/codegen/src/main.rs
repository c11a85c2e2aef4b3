//! `cargo codegen` writes the files that follow from the grammar; `--check` only
//! says which of them are stale.

use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, String> {
    let mut check = false;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--check" => check = true,
            other => return Err(format!("unknown argument `{other}`; the only one is --check")),
        }
    }
    let root = pgpe_codegen::workspace_root();
    let stale = pgpe_codegen::stale(&root)?;
    for file in &stale {
        if check {
            eprintln!("{} is stale: run `cargo codegen`", file.path);
        } else {
            let path = root.join(file.path);
            std::fs::write(&path, &file.text).map_err(|error| format!("{}: {error}", path.display()))?;
            println!("wrote {}", file.path);
        }
    }
    Ok(if check && !stale.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
