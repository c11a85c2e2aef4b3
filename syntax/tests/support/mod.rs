//! Random texts that depend on a seed alone: sound policies, and damage to them.

/// A small generator of pseudo-random numbers (SplitMix64).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// Pieces that damaged texts are made of.
pub const PIECES: &[&str] = &[
    "POLICY",
    "GRANT",
    "PERMISSIVE",
    "RESTRICTIVE",
    "FOR",
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "TO",
    "SELECTOR",
    "ALL",
    "AND",
    "OR",
    "NOT",
    "CLAUSE",
    "WITH",
    "CHECK",
    "IN",
    "LIKE",
    "IS",
    "NULL",
    "has_column",
    "in_schema",
    "named",
    "tagged",
    "col",
    "session",
    "lit",
    "fn",
    "exists",
    "rel",
    "true",
    "false",
    "null",
    "x",
    "_",
    "'s'",
    "''",
    "'",
    "\"",
    "\"q\"",
    "1",
    "-1",
    "99999999999999999999",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ".",
    "=",
    "==",
    "!=",
    "<>",
    "<",
    ">",
    "<=",
    ">=",
    ";",
    "--",
    "//",
    "/*",
    "*/",
    "-- c\n",
    "/* c */",
    " ",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\u{feff}",
    "é",
    "😀",
    "\0",
    "POLCY",
    "SELECTER",
    "col('a') = lit(1)",
    "POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE",
    "exists(rel(_, a, t, b), {col('c') = lit(1)})",
    "OR CLAUSE",
    "WITH CHECK CLAUSE",
];

/// Writes sound policies, with blanks and comments wherever they may stand.
pub struct Generator<'r> {
    pub random: &'r mut Random,
    out: String,
    comments: bool,
    eol: &'static str,
}

impl<'r> Generator<'r> {
    pub fn new(random: &'r mut Random) -> Self {
        let comments = random.one_in(2);
        let eol = if random.one_in(3) { "\r\n" } else { "\n" };
        Self { random, out: String::new(), comments, eol }
    }

    pub fn file(mut self) -> String {
        if self.random.one_in(8) {
            self.out.push('\u{feff}');
        }
        for _ in 0..self.random.below(4) {
            self.gap();
            if self.random.one_in(4) {
                self.grant()
            } else {
                self.policy()
            }
            if self.random.one_in(4) {
                self.gap();
            } else {
                self.out.push_str(self.eol);
            }
        }
        self.gap();
        self.out
    }

    fn gap(&mut self) {
        for _ in 0..1 + self.random.below(3) {
            let choice = self.random.below(if self.comments { 8 } else { 5 });
            match choice {
                0..=2 => self.out.push(' '),
                3 => self.out.push_str(self.eol),
                4 => self.out.push('\t'),
                5 => {
                    let comment =
                        self.random.pick(&["-- c", "--", "// it's  ", "-- pgpe: allow(x) y", "--é😀"]);
                    self.out.push_str(comment);
                    self.out.push_str(self.eol);
                }
                6 => {
                    let comment =
                        self.random.pick(&["/* c */", "/**/", "/* /* n */ */", "/* a\n  b */", "/* '*/"]);
                    self.out.push_str(comment);
                }
                _ => {
                    self.out.push_str(self.eol);
                    self.out.push_str(self.eol);
                }
            }
        }
    }

    fn word(&mut self, word: &str) {
        let style = self.random.below(4);
        match style {
            0 => self.out.push_str(&word.to_ascii_lowercase()),
            1 => self.out.push_str(&word.to_ascii_uppercase()),
            _ => self.out.push_str(word),
        }
        self.gap();
    }

    fn mark(&mut self, mark: &str) {
        self.out.push_str(mark);
        if self.random.one_in(4) {
            self.gap();
        }
    }

    fn name(&mut self) {
        let name = self.random.pick(&[
            "a",
            "tenant_id",
            "'quoted'",
            "'it''s'",
            "policy",
            "clause",
            "Null",
            "größe",
            "_x",
        ]);
        self.out.push_str(name);
        self.gap();
    }

    fn string(&mut self) {
        let string = self.random.pick(&["'app.x'", "'it''s'", "'-- no comment'", "'😀'", "'%'"]);
        self.mark(string);
    }

    fn some(&mut self, limit: usize, separator: &str, mut one: impl FnMut(&mut Self)) {
        one(self);
        for _ in 0..self.random.below(limit) {
            self.mark(separator);
            one(self);
        }
    }

    fn policy(&mut self) {
        self.word("POLICY");
        let name = self.random.pick(&["p", "'a policy'", "Policy_2", "policy", "grant"]);
        self.out.push_str(name);
        self.gap();
        let kind = self.random.pick(&["PERMISSIVE", "RESTRICTIVE"]);
        self.word(kind);
        self.word("FOR");
        if self.random.one_in(3) {
            self.word("ALL")
        } else {
            self.commands()
        }
        if self.random.one_in(3) {
            self.roles();
        }
        self.word("SELECTOR");
        self.selector(2);
        self.clauses();
        if self.random.one_in(4) {
            self.word("WITH");
            self.word("CHECK");
            self.clauses();
        }
    }

    fn grant(&mut self) {
        self.word("GRANT");
        self.commands();
        self.roles();
        self.word("SELECTOR");
        self.selector(2);
    }

    fn commands(&mut self) {
        self.some(3, ",", |it| {
            let command = it.random.pick(&["SELECT", "INSERT", "UPDATE", "DELETE"]);
            it.word(command);
        });
    }

    fn roles(&mut self) {
        self.word("TO");
        self.some(2, ",", Self::name);
    }

    fn selector(&mut self, depth: usize) {
        let choice = self.random.below(if depth == 0 { 5 } else { 9 });
        match choice {
            0 => self.word("ALL"),
            1 => {
                self.call("has_column", |it| {
                    it.name();
                    if it.random.one_in(3) {
                        it.mark(",");
                        it.name();
                    }
                });
            }
            2 => self.call("in_schema", Self::name),
            3 => self.call("named", Self::string),
            4 => self.call("tagged", Self::string),
            5 => {
                self.word("NOT");
                self.selector(depth - 1);
            }
            6 => {
                self.mark("(");
                self.selector(depth - 1);
                self.mark(")");
                self.gap();
            }
            _ => {
                let operator = self.random.pick(&["AND", "OR"]);
                self.selector(depth - 1);
                self.word(operator);
                self.selector(depth - 1);
            }
        }
    }

    fn call(&mut self, word: &str, arguments: impl FnOnce(&mut Self)) {
        self.word(word);
        self.mark("(");
        arguments(self);
        self.mark(")");
        self.gap();
    }

    fn clauses(&mut self) {
        self.word("CLAUSE");
        self.clause(2);
        while self.random.one_in(3) {
            self.word("OR");
            self.word("CLAUSE");
            self.clause(2);
        }
    }

    fn clause(&mut self, depth: usize) {
        self.atom(depth);
        while self.random.one_in(3) {
            self.word("AND");
            self.atom(depth);
        }
    }

    fn atom(&mut self, depth: usize) {
        let choice = self.random.below(if depth == 0 { 4 } else { 6 });
        match choice {
            0 => {
                self.value(2);
                self.word("IS");
                if self.random.one_in(2) {
                    self.word("NOT");
                }
                self.word("NULL");
            }
            1 => {
                self.value(2);
                if self.random.one_in(2) {
                    self.word("NOT");
                }
                self.word("IN");
                self.call("lit", |it| {
                    it.mark("[");
                    it.some(4, ",", Self::literal);
                    it.mark("]");
                });
            }
            2 | 3 => {
                let operator = self.random.pick(&["=", "!=", "<>", "<", ">", "<=", ">=", "LIKE", "NOT LIKE"]);
                self.value(2);
                self.word(operator);
                self.value(2);
            }
            _ => self.call("exists", |it| {
                it.call("rel", |it| {
                    if it.random.one_in(2) {
                        it.mark("_")
                    } else {
                        it.name()
                    }
                    it.mark(",");
                    let composite = it.random.one_in(4);
                    it.columns(composite);
                    it.mark(",");
                    it.name();
                    if it.random.one_in(3) {
                        it.mark(".");
                        it.name();
                    }
                    it.mark(",");
                    it.columns(composite);
                });
                it.mark(",");
                let braces = it.random.one_in(2);
                if braces {
                    it.mark("{");
                }
                it.clause(depth - 1);
                if braces {
                    it.mark("}");
                }
            }),
        }
    }

    fn columns(&mut self, composite: bool) {
        if composite {
            self.mark("(");
            self.name();
            self.mark(",");
            self.name();
            self.mark(")");
        } else {
            self.name();
        }
    }

    fn value(&mut self, depth: usize) {
        let choice = self.random.below(if depth == 0 { 3 } else { 4 });
        match choice {
            0 => self.call("col", Self::name),
            1 => self.call("session", Self::string),
            2 => self.call("lit", Self::literal),
            _ => self.call("fn", |it| {
                it.name();
                it.mark(",");
                it.mark("[");
                if it.random.one_in(2) {
                    it.some(2, ",", |it| it.value(depth - 1));
                }
                it.mark("]");
            }),
        }
    }

    fn literal(&mut self) {
        let literal =
            self.random.pick(&["'it''s'", "0", "-12", "TRUE", "false", "null", "9223372036854775807"]);
        self.mark(literal);
    }
}

/// Damages a text in a few places.
pub fn mutate(random: &mut Random, text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..1 + random.below(4) {
        let start = boundary(random, &text);
        let end = boundary(random, &text).clamp(start, text.len());
        match random.below(5) {
            0 => text.replace_range(start..end.min(ceiling(&text, start + 12)), ""),
            1 | 2 => text.insert_str(start, random.pick(PIECES)),
            3 => {
                let copy = text[start..end].to_owned();
                let target = boundary(random, &text);
                text.insert_str(target, &copy);
            }
            _ => {
                let piece = random.pick(PIECES);
                text.replace_range(start..end.min(ceiling(&text, start + 8)), piece);
            }
        }
    }
    text
}

/// A text made of pieces alone.
pub fn jumble(random: &mut Random) -> String {
    (0..random.below(40)).map(|_| if random.one_in(3) { " " } else { random.pick(PIECES) }).collect()
}

/// Bytes of all kinds, made a text by replacing what is none.
pub fn noise(random: &mut Random) -> String {
    let bytes: Vec<u8> = (0..random.below(80))
        .map(|_| if random.one_in(3) { random.next() as u8 } else { 32 + random.below(95) as u8 })
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn boundary(random: &mut Random, text: &str) -> usize {
    ceiling(text, random.below(text.len() + 1))
}

fn ceiling(text: &str, mut offset: usize) -> usize {
    while offset < text.len() && !text.is_char_boundary(offset) {
        offset += 1;
    }
    offset.min(text.len())
}
