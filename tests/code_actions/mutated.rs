//! Texts that nobody has tidied up: comments anywhere, several policies on a line, half of a word gone. Whatever an
//! action does there, it is no harm: the text is read as well as before, and what was commented on still is.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use pgpe_config::{Config, Rule};
use pgpe_ide::{Analysis, Assist, AssistKind, AssistQuery, EditsOf, Effect, FileRole, Host};
use pgpe_syntax::{SyntaxKind, format, parse, tokenize};

use crate::trial::{ALL_KINDS, role_of};

/// A project's files by their names.
pub type Files = BTreeMap<String, String>;

/// Numbers that are the same each time.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 11) as usize % limit.max(1)
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

const COMMENTS: [&str; 5] = [
    "-- a remark\n",
    "/* bracketed 😀 */",
    "-- pgpe: allow(tenant-isolation) they are shared\n",
    "-- pgpe: allow(covrage)\n",
    "// é\n",
];

const BITS: [&str; 14] =
    ["\n", " ", "\t", "'", "\"", ";", ",", "==", "lit(null)", " OR CLAUSE ", " AND ", "POLICY ", "😀", "é"];

/// Changes a policy text a little.
pub fn mutate(random: &mut Random, text: &mut String) {
    let places: Vec<usize> = boundaries(text);
    let place = random.one(&places);
    match random.below(11) {
        0..=3 => {
            let comment = random.one(&COMMENTS);
            text.insert_str(place, comment);
        }
        4 => text.insert_str(place, random.one(&BITS)),
        // A token goes.
        5 => {
            let end = places.iter().copied().find(|it| *it > place).unwrap_or(text.len());
            text.replace_range(place..end, "");
        }
        // A character goes.
        6 => {
            if let Some(c) = text[place..].chars().next() {
                text.replace_range(place..place + c.len_utf8(), "");
            }
        }
        // All on one line, as far as comments let it.
        7 if !text.contains("--") && !text.contains("//") => *text = text.replace(['\n', '\r'], " "),
        8 => *text = text.replace("\r\n", "\n").replace('\n', "\r\n"),
        9 => {
            let copy = text.clone();
            text.push_str(&copy);
        }
        _ => {
            let other = random.one(&places);
            let piece = text[place.min(other)..place.max(other)].to_owned();
            if piece.len() < 80 {
                text.insert_str(place, &piece);
            }
        }
    }
}

/// Where tokens begin.
fn boundaries(text: &str) -> Vec<usize> {
    let mut at = 0;
    let mut places = vec![0];
    for token in tokenize(text).0 {
        at += usize::from(token.len);
        places.push(at);
    }
    places
}

/// Asks for all actions at some places of a project, and says what is wrong with them.
pub fn faults(random: &mut Random, files: &Files) -> Vec<String> {
    let mut host = Host::new();
    for (name, text) in files {
        host.set_file(name, role_of(name), text);
    }
    let analysis = host.analysis();
    let mut faults = Vec::new();
    for (name, text) in files.iter().filter(|(name, _)| role_of(name) != FileRole::Schema) {
        let places = boundaries(text);
        let mut asked: Vec<Range<usize>> = (0..4).map(|_| random.one(&places)).map(|at| at..at).collect();
        asked.push(0..text.len());
        for finding in analysis.written_findings().unwrap() {
            let place = finding.place.filter(|place| place.file == *name && random.below(3) == 0);
            asked.extend(place.map(|place| place.range.start as usize..place.range.end as usize));
        }
        for range in asked {
            let place = range.start as u32..range.end as u32;
            let offered = assists(&analysis, name, &place, EditsOf::All);
            let titles =
                |assists: &[Assist]| assists.iter().map(|it| it.title.clone()).collect::<Vec<String>>();
            let later = titles(&assists(&analysis, name, &place, EditsOf::None));
            if titles(&offered) != later {
                faults.push(format!(
                    "offered at {name} {range:?}: {later:?}, only to be had: {:?}",
                    titles(&offered)
                ));
            }
            for assist in offered {
                if let Effect::Edits(edits) = &assist.effect {
                    let fault = applied(files, edits).and_then(|after| harm(files, &after, &assist));
                    let fault =
                        fault.err().map(|fault| format!("{} at {name} {range:?}: {fault}", assist.title));
                    faults.extend(fault);
                }
            }
        }
    }
    faults
}

fn assists(analysis: &Analysis, path: &str, range: &Range<u32>, edits: EditsOf<'_>) -> Vec<Assist> {
    let query = AssistQuery { path, range, kinds: &ALL_KINDS, edits };
    analysis.assists(query, &|_| None).unwrap()
}

fn applied(files: &Files, edits: &[pgpe_report::Edit]) -> Result<Files, String> {
    let mut files = files.clone();
    let mut edits: Vec<_> = edits.iter().collect();
    edits.sort_by(|left, right| right.place.cmp(&left.place));
    for pair in edits.windows(2) {
        if pair[1].place.file == pair[0].place.file && pair[1].place.range.end > pair[0].place.range.start {
            return Err(format!("edits overlap: {edits:?}"));
        }
    }
    for edit in edits {
        let text = files.get_mut(&edit.place.file).ok_or("an edit of no file")?;
        let range = edit.place.range.start as usize..edit.place.range.end as usize;
        if text.get(range.clone()).is_none() {
            return Err(format!("no place: {edit:?}"));
        }
        text.replace_range(range, &edit.text);
    }
    Ok(files)
}

fn harm(before: &Files, after: &Files, assist: &Assist) -> Result<(), String> {
    if before == after {
        return Err("nothing changes".to_owned());
    }
    for (name, old) in before {
        let new = &after[name];
        if old == new {
            continue;
        }
        let is_worse = match role_of(name) {
            FileRole::Config => {
                let count = |text: &str| Config::parse(text).err().map_or(0, |errors| errors.len());
                count(new) > count(old)
            }
            _ => {
                let before = parse(old).errors().len();
                // Where much is wrong, the mend of one error lets others be seen.
                let uncovers = before > 1 && is_of_syntax(assist);
                parse(new).errors().len() > before && !uncovers
            }
        };
        if is_worse {
            return Err(format!("more errors than before: {new}"));
        }
        // What can't be read is laid out as far as it goes.
        if role_of(name) == FileRole::Policies && parse(new).errors().is_empty() {
            let once = format(&parse(new));
            if format(&parse(&once)) != once {
                return Err(format!("not laid out at once: {new}"));
            }
        }
        let bare = |text: &str| text.replace("\r\n", "").contains('\n');
        if old.contains("\r\n") && !bare(old) && bare(new) {
            return Err(format!("line ends of another kind: {new:?}"));
        }
    }
    if matches!(assist.kind, AssistKind::Rewrite | AssistKind::Extract) {
        let left = comments(after);
        if let Some(lost) = comments(before).into_iter().find(|comment| !left.contains(comment)) {
            return Err(format!("the comment {lost} is lost"));
        }
    }
    Ok(())
}

fn is_of_syntax(assist: &Assist) -> bool {
    let rule = assist.finding.as_ref().map(|finding| finding.rule);
    assist.kind == AssistKind::FixAll || matches!(rule, Some(Rule::Syntax | Rule::MissingPolicyType))
}

fn comments(files: &Files) -> BTreeSet<String> {
    let mut comments = BTreeSet::new();
    for (_, text) in files.iter().filter(|(name, _)| role_of(name) == FileRole::Policies) {
        let mut at = 0;
        for token in tokenize(text).0 {
            let end = at + usize::from(token.len);
            if matches!(token.kind, SyntaxKind::LINE_COMMENT | SyntaxKind::BLOCK_COMMENT) {
                comments.insert(text[at..end].trim_end().to_owned());
            }
            at = end;
        }
    }
    comments
}
