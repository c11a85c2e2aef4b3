//! Text for people: findings with the source they are about, verdicts as a grid.

use std::collections::HashMap;
use std::ops::Range;

use ariadne::{Cache, CharSet, Color, Config, Fmt, IndexType, Label, ReportKind, Source};
use pgpe_config::{Rule, Severity};

use crate::lines::clamped;
use crate::plain::{counted, visible, visible_source};
use crate::{
    Finding, Lines, Place, Report, Sources, Summary, TableVerdicts, assumptions, counterexample_lines, matrix,
};

/// Longer lines are not shown: generated files may be one line of megabytes.
const LONGEST_LINE: usize = 1_000;

/// Whether to colour; the caller knows about terminals and `NO_COLOR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Colour {
    /// Plain text.
    Never,
    /// ANSI escape codes.
    Always,
}

impl Colour {
    pub(crate) fn paint(self, text: &str, colour: Color) -> String {
        match self {
            Colour::Never => text.to_owned(),
            Colour::Always => text.fg(colour).to_string(),
        }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        match self {
            Colour::Never => text.to_owned(),
            Colour::Always => format!("\u{1b}[1m{text}\u{1b}[0m"),
        }
    }
}

/// The report of `check`: the findings and a closing line.
pub fn check(report: &Report, sources: &dyn Sources, colour: Colour) -> String {
    let mut text = findings(&report.findings, sources, colour);
    text.push_str(&summary_line(report));
    text
}

/// The report of `analyze`: a grid per table, what the proofs rest on, then what `check` says.
pub fn analyze(report: &Report, sources: &dyn Sources, colour: Colour) -> String {
    let mut text = String::new();
    for table in &report.tables {
        text.push_str(&matrix::render(table, colour));
        text.push('\n');
    }
    text.push_str(&assumptions::render(&report.tables));
    text.push_str(&check(report, sources, colour));
    text
}

/// Only the findings, each followed by an empty line.
pub fn findings(findings: &[Finding], sources: &dyn Sources, colour: Colour) -> String {
    let mut renderer = Renderer { sources, lines: Lines::new(sources), cache: Texts::default(), colour };
    let mut text = String::new();
    for finding in findings {
        text.push_str(&renderer.finding(finding));
        text.push('\n');
    }
    text
}

fn summary_line(report: &Report) -> String {
    let Summary { errors, warnings, proven, failed, unknown } = report.summary;
    let others = report.findings.len().saturating_sub(errors + warnings);
    let counts = [(errors, "error"), (warnings, "warning"), (others, "note")];
    let counts: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| counted(*count, noun)).collect();
    let mut line =
        if counts.is_empty() { "No findings.".to_owned() } else { format!("{}.", counts.join(", ")) };
    if proven + failed + unknown > 0 {
        let counts = [(proven, "proven"), (failed, "FAILED"), (unknown, "unknown")];
        let counts: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, verdict)| format!("{count} {verdict}"))
            .collect();
        line.push_str(&format!(" Tenant isolation, by table and command: {}.", counts.join(", ")));
    } else if !report.tables.is_empty() && !report.tables.iter().any(is_about_isolation) {
        line.push_str(NO_ISOLATION);
    }
    line.push('\n');
    line
}

/// What is said where the proof that matters most has nothing to begin with: silence would look like its success.
const NO_ISOLATION: &str = " Tenant isolation is proved of no table: none has the column that says whose a row is \
    (tenant_id, unless pgpe.yaml names another one under `isolation`), and no policy compares with the isolation key.";

/// Whether there is a verdict on isolation of any kind.
fn is_about_isolation(table: &TableVerdicts) -> bool {
    table.commands.values().any(|command| command.verdicts.contains_key(&Rule::TenantIsolation))
}

struct Renderer<'s> {
    sources: &'s dyn Sources,
    lines: Lines<'s>,
    cache: Texts,
    colour: Colour,
}

type Span = (String, Range<usize>);

impl Renderer<'_> {
    fn finding(&mut self, finding: &Finding) -> String {
        let mut text = match &finding.place {
            Some(place) => self.snippet(finding, place).unwrap_or_else(|| self.bare(finding)),
            None => self.bare(finding),
        };
        if let Some(counterexample) = &finding.counterexample {
            text.push_str("  counterexample:\n");
            for line in counterexample_lines(counterexample, finding.table.as_deref()) {
                text.push_str(&format!("    {line}\n"));
            }
        }
        text
    }

    fn header(&self, finding: &Finding) -> String {
        let (word, colour) = severity(finding.severity);
        let label = self.colour.paint(&format!("[{}] {word}:", finding.rule), colour);
        format!("{label} {}\n", visible(&finding.message))
    }

    /// Without the source: for findings that concern no place, or one that can't be shown.
    fn bare(&mut self, finding: &Finding) -> String {
        let mut text = self.header(finding);
        for (place, message) in places(finding) {
            let start = self.lines.range(place).start;
            text.push_str(&format!("  at {}:{}:{}", visible(&place.file), start.line, start.column));
            if let Some(message) = message {
                text.push_str(&format!(": {}", visible(message)));
            }
            text.push('\n');
        }
        if let Some(help) = &finding.help {
            text.push_str(&format!("  Help: {}\n", visible(help)));
        }
        text
    }

    fn snippet(&mut self, finding: &Finding, place: &Place) -> Option<String> {
        let (_, colour) = severity(finding.severity);
        let main = self.span(place)?;
        // Without a text, nothing would be drawn under the place.
        let mut marks = vec![(main.clone(), "here".to_owned(), colour)];
        let mut unshown = Vec::new();
        for related in &finding.related {
            let message = visible(&related.message).into_owned();
            match self.span(&related.place) {
                Some(span) => marks.push((span, message, Color::Blue)),
                None => {
                    let start = self.lines.range(&related.place).start;
                    let file = visible(&related.place.file);
                    unshown.push(format!("{file}:{}:{}: {message}", start.line, start.column));
                }
            }
        }
        // A file's marks must come together and in order, or its header is repeated.
        marks.sort_by(|((a, at), ..), ((b, bt), ..)| {
            (*a != place.file, a, at.start, at.end).cmp(&(*b != place.file, b, bt.start, bt.end))
        });
        let labels = marks.into_iter().zip(0..).map(|((span, message, colour), order)| {
            Label::new(span).with_message(message).with_color(colour).with_order(order)
        });

        let config = Config::new()
            .with_color(self.colour == Colour::Always)
            // Not bytes: with them, headers of second files count wrongly after non-ASCII text.
            .with_index_type(IndexType::Char)
            .with_char_set(CharSet::Unicode);
        let mut report =
            ariadne::Report::build(ReportKind::Error, main).with_config(config).with_labels(labels);
        if let Some(help) = &finding.help {
            report = report.with_help(visible(help));
        }
        for note in unshown {
            report = report.with_note(note);
        }
        let mut written = Vec::new();
        report.finish().write(&mut self.cache, &mut written).ok()?;
        let written = String::from_utf8(written).ok()?;
        // The first line is a header that knows neither our severities nor, for all of them, plain text.
        let (_, snippet) = written.split_once('\n')?;
        Some(snippet.lines().fold(self.header(finding), |text, line| text + line.trim_end() + "\n"))
    }

    /// The place in characters, with its text at hand in the cache; `None` if it can't be shown.
    fn span(&mut self, place: &Place) -> Option<Span> {
        let text = self.sources.text(&place.file)?;
        let Range { start, mut end } = clamped(text, &place.range);
        // A range that ends with its line reaches into the next one.
        let covered = text.get(start..end)?;
        end = start + covered.trim_end_matches(['\n', '\r']).len();
        let line_start = text.get(..start)?.rfind('\n').map_or(0, |newline| newline + 1);
        let shown = text.get(line_start..)?;
        let line_end = shown.get(end - line_start..)?.find('\n').map_or(text.len(), |newline| end + newline);
        if text.get(line_start..line_end)?.lines().any(|line| line.len() > LONGEST_LINE) {
            return None;
        }
        self.cache.0.entry(place.file.clone()).or_insert_with(|| Source::from(visible_source(text)));
        let before = text.get(..start)?.chars().count();
        let length = text.get(start..end)?.chars().count();
        Some((place.file.clone(), before..before + length))
    }
}

fn severity(severity: Severity) -> (&'static str, Color) {
    match severity {
        Severity::Error => ("Error", Color::Red),
        Severity::Warning => ("Warning", Color::Yellow),
        Severity::Info => ("Info", Color::Blue),
        Severity::Hint => ("Hint", Color::Cyan),
    }
}

fn places(finding: &Finding) -> impl Iterator<Item = (&Place, Option<&str>)> {
    let related = finding.related.iter().map(|related| (&related.place, Some(related.message.as_str())));
    finding.place.iter().map(|place| (place, None)).chain(related)
}

/// The texts that have been shown so far.
#[derive(Default)]
struct Texts(HashMap<String, Source<String>>);

impl Cache<String> for &mut Texts {
    type Storage = String;

    fn fetch(&mut self, file: &String) -> Result<&Source<String>, impl std::fmt::Debug> {
        self.0.get(file).ok_or("the file has no text")
    }

    fn display<'a>(&self, file: &'a String) -> Option<impl std::fmt::Display + 'a> {
        Some(visible(file))
    }
}
