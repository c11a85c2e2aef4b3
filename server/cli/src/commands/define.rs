//! `pgpe define`: validates new policies as part of the project, and stores them if nothing is wrong.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use pgpe_config::Severity;
use pgpe_ide::{Checked, FileRole};
use pgpe_project::{Layout, Location, read_text, relative_path};
use pgpe_report::{Finding, Report, human};

use crate::arguments::GlobalOptions;
use crate::commands::fmt::{STDIN, is_stdin, read_stdin};
use crate::exit::Status;
use crate::loading::{Loaded, Policies, absolute, load};
use crate::proving::Proving;
use crate::reporting::undecided_isolation;
use crate::scope::policy_names;
use crate::terminal::{Terminal, printable};

/// Arguments of `define`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Files with new policies, or - for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// New policies on their way into the project.
struct Input {
    /// What it is called in messages.
    name: String,
    text: String,
    policies: Vec<String>,
    /// Where it is to be stored.
    target: PathBuf,
    /// The same, relative to the project's root.
    relative: String,
}

/// Validates and stores.
pub fn run(arguments: &Arguments, options: &GlobalOptions, terminal: &Terminal) -> anyhow::Result<Status> {
    let mut loaded = load(options, Policies::Optional, terminal)?;
    if loaded.refuses_configuration(terminal) {
        return Ok(Status::Failure);
    }
    let inputs = read_inputs(arguments, options, &loaded)?;
    let duplicates = duplicates(&inputs, &loaded);
    if !duplicates.is_empty() {
        for duplicate in duplicates {
            terminal.error(&duplicate);
        }
        return Ok(Status::Findings);
    }

    let mut proving = Proving::new(loaded.project.config.solver_timeout_ms, options, terminal)?;
    let before = proving.check(&loaded.analysis())?;
    for input in &inputs {
        loaded.host.set_file(&input.relative, FileRole::Policies, &input.text);
    }
    let after = proving.check(&loaded.analysis())?;
    let has_schema = loaded.analysis().catalog()?.is_some();
    let governed = governed_tables(&inputs, &after, has_schema);
    if let Some(objections) = objections(before, after, &inputs, &mut loaded) {
        terminal.print_error(&human::findings(&objections.findings, &loaded.texts, terminal.error_colour()));
        terminal.error(&format!("nothing was stored: {}", objections.reason));
        return Ok(Status::Findings);
    }

    let stored: Vec<(PathBuf, String)> = inputs
        .iter()
        .map(|input| (input.target.clone(), pgpe_syntax::format(&pgpe_syntax::parse(&input.text))))
        .collect();
    pgpe_storing::create_all(&stored)?;
    if !terminal.is_quiet() {
        let mut told = String::new();
        for input in &inputs {
            told.push_str(&format!("stored {}\n", input.relative));
            for policy in &input.policies {
                told.push_str(&governed.line(policy));
            }
        }
        terminal.print(&printable(&told))?;
    }
    Ok(Status::Fine)
}

fn read_inputs(
    arguments: &Arguments,
    options: &GlobalOptions,
    loaded: &Loaded,
) -> anyhow::Result<Vec<Input>> {
    let place = Storage::of(loaded, options)?;
    if is_stdin(&arguments.files)? {
        let text = read_stdin()?;
        let policies = policy_names(&text);
        let [policy] = policies.as_slice() else {
            bail!(
                "standard input must hold one policy, whose name the file gets, but it holds {}: put them into a file",
                policies.len()
            );
        };
        let stem = plain_name(policy);
        return Ok(vec![place.input(STDIN.to_owned(), &stem, text, policies)?]);
    }
    let mut inputs: Vec<Input> = Vec::new();
    for path in &arguments.files {
        let text = read_text(path)?;
        let name = path.display().to_string();
        let policies = policy_names(&text);
        if policies.is_empty() && pgpe_syntax::parse(&text).tree().grants().next().is_none() {
            bail!("{name} holds no policy: write one that begins with POLICY");
        }
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let input = place.input(name, &stem, text, policies)?;
        if let Some(other) = inputs.iter().find(|other| other.target == input.target) {
            bail!("{} and {} would both be stored as {}: rename one", other.name, input.name, input.relative);
        }
        inputs.push(input);
    }
    Ok(inputs)
}

/// A policy's name as a file's.
fn plain_name(policy: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' };
    policy.chars().map(plain).collect()
}

/// Where new policies are stored.
struct Storage {
    root: PathBuf,
    folder: PathBuf,
    layout: Layout,
}

impl Storage {
    fn of(loaded: &Loaded, options: &GlobalOptions) -> anyhow::Result<Storage> {
        let project = &loaded.project;
        let config = project.files.iter().find(|file| file.role == FileRole::Config);
        let location =
            Location { root: project.root.clone(), config: config.map(|file| file.absolute.clone()) };
        let layout =
            Layout::new(&location, config.map(|file| file.text.as_str()), options.schema.as_deref())?;
        let pattern = project.config.policies.first().map_or("", String::as_str);
        let folder = absolute(&project.root.join(fixed_folder(&project.root, pattern)))?;
        Ok(Storage { root: project.root.clone(), folder, layout })
    }

    fn input(&self, name: String, stem: &str, text: String, policies: Vec<String>) -> anyhow::Result<Input> {
        let target = self.folder.join(format!("{stem}.policy"));
        let relative = relative_path(&self.root, &target);
        if target.exists() {
            bail!("{relative} exists already: rename {name}, or change that file instead");
        }
        let hidden = stem.is_empty() || stem.starts_with('.');
        if hidden || self.layout.role(&target) != Some(FileRole::Policies) {
            let patterns = self.layout.config().policies.join(", ");
            bail!(
                "{relative} would not be part of the project: no pattern under `policies` ({patterns}) finds it"
            );
        }
        Ok(Input { name, text, policies, target, relative })
    }
}

/// The folder that a pattern begins with.
fn fixed_folder(root: &Path, pattern: &str) -> PathBuf {
    let parts: Vec<&str> = pattern.split('/').collect();
    let named = parts.iter().take_while(|part| !part.contains(['*', '?', '[', '{', '\\'])).count();
    // A pattern that is a plain path names a folder or a file.
    let is_file = named == parts.len() && !root.join(pattern).is_dir();
    let folder = parts.get(..if is_file { named.saturating_sub(1) } else { named }).unwrap_or_default();
    match folder {
        [""] => PathBuf::from("/"),
        folder => PathBuf::from(folder.join("/")),
    }
}

/// Policies whose names are taken, in the project or among the new ones, as messages.
fn duplicates(inputs: &[Input], loaded: &Loaded) -> Vec<String> {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for file in loaded.project.files.iter().filter(|file| file.role == FileRole::Policies) {
        for policy in policy_names(&file.text) {
            known.entry(policy).or_insert_with(|| file.path.clone());
        }
    }
    let mut messages = Vec::new();
    for input in inputs {
        for policy in &input.policies {
            match known.get(policy) {
                Some(file) => messages.push(format!(
                    "nothing was stored: the policy {policy} of {} exists already in {file}; choose another name",
                    input.name
                )),
                None => {
                    known.insert(policy.clone(), input.name.clone());
                }
            }
        }
    }
    messages
}

/// What speaks against storing.
struct Objections {
    findings: Vec<Finding>,
    reason: String,
}

/// Errors and undecided isolation that were not there before, with the places of new policies in the inputs.
fn objections(before: Checked, after: Checked, inputs: &[Input], loaded: &mut Loaded) -> Option<Objections> {
    let old = Report::new(before.findings, before.tables);
    let new = Report::new(after.findings, after.tables);
    let undecided_before = undecided_isolation(&old);
    let mut undecided = undecided_isolation(&new);
    undecided.retain(|spot| !undecided_before.contains(spot));

    let mut errors: Vec<Finding> =
        new.findings.iter().filter(|finding| finding.severity == Severity::Error).cloned().collect();
    for known in &old.findings {
        if let Some(at) = errors.iter().position(|error| error == known) {
            errors.swap_remove(at);
        }
    }
    if errors.is_empty() && undecided.is_empty() {
        return None;
    }
    let reason = match (errors.len(), undecided.as_slice()) {
        (0, undecided) => format!("isolation can't be decided on {}", undecided.join(", ")),
        (1, _) => "correct the error first".to_owned(),
        (count, _) => format!("correct the {count} errors first"),
    };
    let in_inputs = |finding: &Finding| {
        let place = finding.place.as_ref();
        place.is_some_and(|place| inputs.iter().any(|input| input.relative == place.file))
    };
    let mut findings = errors;
    // Why it is undecided is told by findings of any severity.
    if findings.is_empty() {
        findings.extend(new.findings.into_iter().filter(in_inputs));
    }
    for input in inputs {
        loaded.texts.0.insert(input.name.clone(), input.text.clone());
        for finding in &mut findings {
            let related = finding.related.iter_mut().map(|related| &mut related.place);
            for place in finding.place.iter_mut().chain(related) {
                if place.file == input.relative {
                    place.file.clone_from(&input.name);
                }
            }
        }
    }
    Some(Objections { findings: Report::new(findings, Vec::new()).findings, reason })
}

/// The tables that each new policy governs; `None` if no schema says so.
struct GovernedTables(Option<BTreeMap<String, Vec<String>>>);

fn governed_tables(inputs: &[Input], checked: &Checked, has_schema: bool) -> GovernedTables {
    let mut governed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for policy in inputs.iter().flat_map(|input| &input.policies) {
        for table in checked.tables.iter().filter(|table| table.policies.contains(policy)) {
            let tables = governed.entry(policy.clone()).or_default();
            tables.push(format!("{}.{}", table.schema, table.table));
        }
    }
    GovernedTables(has_schema.then_some(governed))
}

impl GovernedTables {
    fn line(&self, policy: &str) -> String {
        match &self.0 {
            None => format!("  {policy}: no schema is known, so its tables are not\n"),
            Some(governed) => match governed.get(policy) {
                None => format!("  {policy} governs no table\n"),
                Some(tables) => format!("  {policy} governs {}\n", tables.join(", ")),
            },
        }
    }
}
