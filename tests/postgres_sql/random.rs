//! Repeatable random numbers and hostile text.

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit).unwrap()).unwrap()
    }

    pub fn choose<'t, T>(&mut self, items: &'t [T]) -> &'t T {
        &items[self.below(items.len())]
    }

    /// Text made of what is special to SQL, and of anything else but NUL.
    pub fn hostile_text(&mut self, pieces: usize) -> String {
        let mut text = String::new();
        for _ in 0..self.below(pieces + 1) {
            match self.below(4) {
                0 => text.push(self.character()),
                1 => text.push(char::from(b' ' + u8::try_from(self.below(95)).unwrap())),
                _ => text.push_str(self.choose::<&str>(PIECES)),
            }
        }
        text
    }

    fn character(&mut self) -> char {
        loop {
            let code = u32::try_from(self.below(0x11_0000)).unwrap();
            match char::from_u32(code) {
                Some('\0') | None => {}
                Some(character) => return character,
            }
        }
    }
}

/// What might end a literal, a name, a comment or a statement.
pub const PIECES: &[&str] = &[
    "'",
    "''",
    "\"",
    "\"\"",
    "\\",
    "\\\\",
    "\\'",
    "'\\",
    "--",
    "-- x\n",
    "/*",
    "*/",
    ";",
    "$$",
    "$x$",
    "E'",
    "U&'",
    "\\u0027",
    "\\x27",
    "\\047",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "\u{8}",
    "\u{1a}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{200b}",
    "\u{2028}",
    "\u{2019}",
    "\u{ff07}",
    "\u{202e}",
    "\u{feff}",
    "é",
    "e\u{301}",
    "ß",
    "İ",
    "日本",
    "😀",
    "%",
    "_",
    "?",
    "$1",
    ":name",
    ":'x'",
    "(",
    ")",
    ",",
    " ",
    "",
    "NULL",
    "OR true",
    "'; DROP TABLE users; --",
    ") OR (true",
    "::text",
    "||",
    "\\.",
    "\\q",
];
