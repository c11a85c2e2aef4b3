//! The notation of rule pages: Markdown whose fenced blocks are files, with marks under what findings cover.
//!
//! `tests/rules/README.md` describes it.

use std::ops::Range;

/// A rule's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The id in its heading.
    pub rule: String,
    /// Projects with findings.
    pub failing: Vec<Fixture>,
    /// Projects without findings of the rule.
    pub mended: Vec<Fixture>,
}

/// A small project.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fixture {
    /// Names and texts, without the marks.
    pub files: Vec<(String, String)>,
    /// What the marks ask for.
    pub expected: Vec<Expectation>,
    /// The line of the page on which it begins, from 1.
    pub line: usize,
}

/// A finding that a mark asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// Where; `None` for one that concerns the project as a whole.
    pub place: Option<Place>,
    /// The rule's id.
    pub rule: String,
    /// A part of the message.
    pub message: Option<String>,
}

/// Where a finding is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: String,
    /// Byte offsets in its text.
    pub range: Range<usize>,
    /// The range goes on below its line, no matter how far.
    pub open: bool,
}

/// A finding as reported, to be compared with what is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The file and the byte offsets in its text.
    pub place: Option<(String, Range<usize>)>,
    /// The rule's id.
    pub rule: String,
    /// The message.
    pub message: String,
}

impl Fixture {
    /// How the findings differ from what is expected. Findings of rules other than the page's need no mark.
    pub fn differences(&self, page_rule: &str, found: &[Found]) -> Vec<String> {
        let mut differences = Vec::new();
        for expected in &self.expected {
            if !found.iter().any(|found| expected.is_met_by(found)) {
                differences.push(format!(
                    "missing: {} {}",
                    expected.rule,
                    self.shown(expected.place.as_ref())
                ));
            }
        }
        for found in found {
            if found.rule == page_rule && !self.expected.iter().any(|expected| expected.is_met_by(found)) {
                let place = found.place.clone().map(|(file, range)| Place { file, range, open: false });
                let shown = self.shown(place.as_ref());
                differences.push(format!("unexpected: {} {shown}: {}", found.rule, found.message));
            }
        }
        differences
    }

    fn shown(&self, place: Option<&Place>) -> String {
        let Some(Place { file, range, .. }) = place else { return "without place".to_owned() };
        let text = self.files.iter().find(|(name, _)| name == file).map_or("", |(_, text)| text);
        let covered = text.get(range.clone()).unwrap_or("(outside the text)");
        let line = text.get(..range.start).unwrap_or_default().matches('\n').count() + 1;
        format!("at {file}:{line} `{covered}`")
    }
}

impl Expectation {
    fn is_met_by(&self, found: &Found) -> bool {
        let same_place = match (&self.place, &found.place) {
            (None, None) => true,
            (Some(expected), Some((file, range))) => {
                let end_fits = if expected.open {
                    range.end > expected.range.end
                } else {
                    range.end == expected.range.end
                };
                expected.file == *file && expected.range.start == range.start && end_fits
            }
            _ => false,
        };
        let same_message = self.message.as_ref().is_none_or(|part| found.message.contains(part.as_str()));
        same_place && same_message && self.rule == found.rule
    }
}

/// Reads a page; fails with the line and what is wrong with it.
pub fn parse_page(markdown: &str) -> Result<Page, String> {
    let mut reader = Reader::default();
    let mut lines = markdown.lines().enumerate().map(|(index, line)| (index + 1, line));
    while let Some((number, line)) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let mut body = Vec::new();
            loop {
                match lines.next() {
                    Some((_, line)) if line.trim_end() == "```" => break,
                    Some(line) => body.push(line),
                    None => return Err(format!("line {number}: the block is not closed")),
                }
            }
            reader.block(number, info, &body)?;
        } else {
            reader.line(number, line)?;
        }
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    rule: Option<String>,
    failing: Vec<Fixture>,
    mended: Vec<Fixture>,
    section: Section,
    /// The next block begins a fixture.
    fresh: bool,
    /// The section has had a heading of its own, before which what stands is part of the first example.
    headed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Section {
    #[default]
    Text,
    Failing,
    Mended,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), String> {
        if let Some(heading) = line.strip_prefix("## ") {
            self.section = match heading.trim() {
                "Failing" => Section::Failing,
                "Mended" => Section::Mended,
                _ => Section::Text,
            };
            self.fresh = true;
            self.headed = false;
        } else if line.starts_with("### ") {
            self.fresh |= self.headed;
            self.headed = true;
        } else if let Some(heading) = line.strip_prefix("# ") {
            if self.rule.replace(heading.trim().to_owned()).is_some() {
                return Err(format!("line {number}: a second rule"));
            }
        } else if let Some(rest) = line.strip_prefix("Finding without place:") {
            let (rule, message) =
                rule_and_message(&rest.replace('`', "")).ok_or(format!("line {number}: no rule"))?;
            let Some(fixture) = self.failing.last_mut().filter(|_| self.section == Section::Failing) else {
                return Err(format!("line {number}: a finding before any failing block"));
            };
            fixture.expected.push(Expectation { place: None, rule, message });
        }
        Ok(())
    }

    fn block(&mut self, number: usize, info: &str, body: &[(usize, &str)]) -> Result<(), String> {
        // A block without a file name is an illustration.
        let Some((_, name)) = info.trim().split_once(' ') else { return Ok(()) };
        let name = name.trim();
        let (text, marks) = without_marks(name, body)?;
        let fixtures = match self.section {
            Section::Failing => &mut self.failing,
            Section::Mended => &mut self.mended,
            Section::Text => return Err(format!("line {number}: a file outside of Failing and Mended")),
        };
        if self.section == Section::Mended && !marks.is_empty() {
            return Err(format!("line {number}: a mark in a mended example"));
        }
        let repeated =
            fixtures.last().is_some_and(|fixture| fixture.files.iter().any(|(other, _)| other == name));
        if self.fresh || repeated || fixtures.is_empty() {
            fixtures.push(Fixture { line: number, ..Fixture::default() });
            self.fresh = false;
        }
        if let Some(fixture) = fixtures.last_mut() {
            fixture.files.push((name.to_owned(), text));
            fixture.expected.extend(marks);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Page, String> {
        let rule = self.rule.ok_or("the page has no heading")?;
        let mut before: Vec<(String, String)> = Vec::new();
        for fixture in self.failing.iter_mut().chain(&mut self.mended) {
            let kinds: Vec<String> = fixture.files.iter().map(|(name, _)| kind(name)).collect();
            before.retain(|(name, _)| !kinds.contains(&kind(name)));
            fixture.files.append(&mut before);
            fixture.files.sort();
            before.clone_from(&fixture.files);
        }
        Ok(Page { rule, failing: self.failing, mended: self.mended })
    }
}

/// Files of one kind replace those of the example before; policies do so all together.
fn kind(name: &str) -> String {
    if name.ends_with(".policy") { ".policy".to_owned() } else { name.to_owned() }
}

fn without_marks(name: &str, body: &[(usize, &str)]) -> Result<(String, Vec<Expectation>), String> {
    let mut text = String::new();
    let mut last = 0..0;
    let mut marks = Vec::new();
    for (number, line) in body {
        let Some(mark) = Mark::read(name, line) else {
            last = text.len()..text.len() + line.len();
            text.push_str(line);
            text.push('\n');
            continue;
        };
        let covered = text.get(last.clone()).unwrap_or_default();
        let range = mark.range(covered).ok_or(format!("line {number}: nothing is above the mark"))?;
        let place = Place {
            file: name.to_owned(),
            range: last.start + range.start..last.start + range.end,
            open: mark.open,
        };
        marks.push(Expectation { place: Some(place), rule: mark.rule, message: mark.message });
    }
    Ok((text, marks))
}

/// `--  ^^^^ rule: message`
struct Mark {
    /// Characters before the carets; `None` for the first word of the line.
    column: Option<usize>,
    /// How many characters are covered.
    length: usize,
    open: bool,
    rule: String,
    message: Option<String>,
}

impl Mark {
    fn read(file: &str, line: &str) -> Option<Mark> {
        let comment = if file.ends_with(".yaml") { "#" } else { "--" };
        let rest = line.trim_start().strip_prefix(comment)?;
        let (at_first, rest) = match rest.strip_prefix('<') {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let run = rest.trim_start();
        // What stands before the run is all ASCII, so that bytes are columns.
        let column = line.len() - run.len();
        let (length, rest) = match run.strip_prefix('|') {
            Some(rest) => (0, rest),
            None => {
                let rest = run.trim_start_matches('^');
                (run.len() - rest.len(), rest)
            }
        };
        if length == 0 && !run.starts_with('|') {
            return None;
        }
        let (open, rest) = match rest.strip_prefix('>') {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let (rule, message) = rule_and_message(rest.strip_prefix(' ')?)?;
        Some(Mark { column: (!at_first).then_some(column), length, open, rule, message })
    }

    fn range(&self, line: &str) -> Option<Range<usize>> {
        let column = match self.column {
            Some(column) => column,
            None => line.chars().take_while(|c| c.is_whitespace()).count(),
        };
        let offset = |column: usize| {
            let ends = line.char_indices().map(|(offset, _)| offset).chain([line.len()]);
            ends.into_iter().nth(column)
        };
        Some(offset(column)?..offset(column + self.length)?)
    }
}

fn rule_and_message(text: &str) -> Option<(String, Option<String>)> {
    let (rule, message) = match text.split_once(':') {
        Some((rule, message)) => (rule, Some(message.trim().to_owned())),
        None => (text, None),
    };
    let rule = rule.trim();
    let is_id = !rule.is_empty() && rule.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    is_id.then(|| (rule.to_owned(), message))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"# some-rule

Why it matters.

```sql
-- an illustration
```

## Failing

### One

```sql schema.sql
CREATE TABLE t (a int);
--           ^ other-rule
```

And:

```policy a.policy
POLICY p
--<^^^^^^ some-rule: the word
  CLAUSE col('größe') = lit('ü') -- kept ^^ here
  --     ^^^ some-rule
  --         ^^^^^^^ some-rule: größe: there
--                             | some-rule
  OR
--<^^> some-rule
```

Finding without place: `some-rule`: nothing

```policy a.policy
POLICY q
```

## Mended

```policy b.policy
POLICY r
```

### With a heading

```yaml pgpe.yaml
version: 1
```
"#;

    fn covered(fixture: &Fixture) -> Vec<(&str, &str, bool)> {
        let places =
            fixture.expected.iter().filter_map(|expected| Some((&expected.rule, expected.place.as_ref()?)));
        places
            .map(|(rule, place)| {
                let (_, text) = fixture.files.iter().find(|(name, _)| *name == place.file).unwrap();
                (rule.as_str(), &text[place.range.clone()], place.open)
            })
            .collect()
    }

    fn names(fixture: &Fixture) -> Vec<&str> {
        fixture.files.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn marks_cover_what_is_above_them() {
        let page = parse_page(PAGE).unwrap();
        assert_eq!(page.rule, "some-rule");
        let first = &page.failing[0];
        assert_eq!(
            covered(first),
            [
                ("other-rule", "t", false),
                ("some-rule", "POLICY", false),
                ("some-rule", "col", false),
                ("some-rule", "'größe'", false),
                ("some-rule", "", false),
                ("some-rule", "OR", true),
            ]
        );
        let messages: Vec<_> = first.expected.iter().map(|expected| expected.message.as_deref()).collect();
        let expected = [None, Some("the word"), None, Some("größe: there"), None, None, Some("nothing")];
        assert_eq!(messages, expected);
        assert_eq!(first.expected[6].place, None);
    }

    #[test]
    fn marks_are_no_part_of_the_text() {
        let page = parse_page(PAGE).unwrap();
        let (_, text) = &page.failing[0].files[0];
        assert_eq!(text, "POLICY p\n  CLAUSE col('größe') = lit('ü') -- kept ^^ here\n  OR\n");
    }

    #[test]
    fn examples_take_over_what_they_do_not_replace() {
        let page = parse_page(PAGE).unwrap();
        assert_eq!(page.failing.len(), 2);
        assert_eq!(names(&page.failing[0]), ["a.policy", "schema.sql"]);
        assert_eq!(names(&page.failing[1]), ["a.policy", "schema.sql"]);
        assert_eq!(page.failing[1].files[0].1, "POLICY q\n");
        assert_eq!(page.failing[1].expected, []);
        assert_eq!(page.mended.len(), 1);
        assert_eq!(names(&page.mended[0]), ["b.policy", "pgpe.yaml", "schema.sql"]);
    }

    #[test]
    fn mistakes_are_told() {
        let error = |page: &str| parse_page(page).unwrap_err();
        assert_eq!(error("text"), "the page has no heading");
        assert_eq!(error("# a\n```x\n"), "line 2: the block is not closed");
        assert_eq!(error("# a\n```sql s.sql\n```\n"), "line 2: a file outside of Failing and Mended");
        assert_eq!(error("# a\n# b\n"), "line 2: a second rule");
        let long = "# a\n## Failing\n```sql s.sql\nabc\n--    ^ a\n```\n";
        assert_eq!(error(long), "line 5: nothing is above the mark");
        let mended = "# a\n## Mended\n```sql s.sql\nabcdef\n-- ^ a\n```\n";
        assert_eq!(error(mended), "line 3: a mark in a mended example");
        assert_eq!(error("# a\nFinding without place: a\n"), "line 2: a finding before any failing block");
    }

    #[test]
    fn differences_name_missing_and_unexpected_findings() {
        let page = parse_page("# a\n## Failing\n```sql s.sql\nabc def\n--  ^^^ a: wrong\n```\n").unwrap();
        let fixture = &page.failing[0];
        let found = |rule: &str, range: Range<usize>, message: &str| Found {
            place: Some(("s.sql".to_owned(), range)),
            rule: rule.to_owned(),
            message: message.to_owned(),
        };
        assert_eq!(fixture.differences("a", &[found("a", 4..7, "is wrong")]), Vec::<String>::new());
        assert_eq!(fixture.differences("a", &[found("a", 4..7, "is right")]).len(), 2);
        assert_eq!(
            fixture.differences("a", &[found("a", 0..3, "wrong"), found("b", 0..1, "whatever")]),
            ["missing: a at s.sql:1 `def`", "unexpected: a at s.sql:1 `abc`: wrong"]
        );
        let open = parse_page("# a\n## Failing\n```sql s.sql\nabc\n--<^^^> a\ndef\n```\n").unwrap();
        assert!(open.failing[0].differences("a", &[found("a", 0..7, "")]).is_empty());
        assert_eq!(open.failing[0].differences("a", &[found("a", 0..3, "")]).len(), 2);
    }
}
