//! What holds in every scene: keys, role memberships, how literals compare.

use std::cmp::Ordering;

use pgpe_catalog::{Collation, QualifiedName};
use pgpe_config::MissingSetting;
use pgpe_policy::datum::{self, Comparison, Datum, Numeric};
use pgpe_policy::resolved::Literal;
use smol_str::SmolStr;

use super::operand::is_read_by_session;
use super::{Encoded, Encoder};
use crate::formula::{Expr, Sort};
use crate::scene::{LiteralTerm, RowId, Scene};
use crate::types::{ClassKind, Representation};

/// A property of the schema that a proof may rest on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// A column is NOT NULL.
    NotNull {
        /// The table.
        table: QualifiedName,
        /// The column.
        column: SmolStr,
    },
    /// No two rows share the values of a key.
    Key {
        /// The table.
        table: QualifiedName,
        /// The constraint or index.
        key: SmolStr,
    },
    /// A row's reference leads to a row.
    ForeignKey {
        /// The referencing table.
        table: QualifiedName,
        /// The constraint.
        constraint: SmolStr,
    },
    /// Who has a role's privileges has those of another.
    Membership {
        /// The role.
        member: String,
        /// The other, of which it is a member, maybe by way of more.
        group: String,
    },
}

/// Everything that the solver is to be told besides the goal.
pub(crate) struct Encoding {
    pub(crate) symbols: Vec<Sort>,
    pub(crate) functions: Vec<(Vec<Sort>, Sort)>,
    pub(crate) axioms: Vec<Expr>,
    pub(crate) facts: Vec<(Fact, Expr)>,
}

impl Encoder<'_> {
    /// Adds what follows from the whole of the scene, which comes with it.
    pub(crate) fn finish(mut self) -> Encoded<(Encoding, Scene)> {
        self.relate_roles();
        self.add_keys()?;
        self.read_literal_settings()?;
        self.relate_literals();
        self.relate_ranks();
        self.exclude_empty_settings();
        let Encoder { symbols, functions, axioms, facts, scene, .. } = self;
        Ok((Encoding { symbols, functions, axioms, facts }, scene))
    }

    /// A session that has one role's privileges has those of the roles it inherits from.
    fn relate_roles(&mut self) {
        let roles = &self.world.catalog().roles;
        for session in &self.scene.sessions {
            for (member, holds_member) in &session.roles {
                let inherited = roles.privileges_of(member);
                for (group, holds_group) in &session.roles {
                    if group != member && inherited.contains(group) {
                        let fact = Fact::Membership { member: member.clone(), group: group.clone() };
                        self.facts.push((fact, Expr::implies(holds_member.clone(), holds_group.clone())));
                    }
                }
            }
        }
    }

    /// Stored rows of one table with equal keys are one row. Keys with a column that the scene does not
    /// mention are left out: their values can always be chosen to differ.
    fn add_keys(&mut self) -> Encoded<()> {
        let world = self.world;
        let mut tables: Vec<QualifiedName> = Vec::new();
        for row in self.scene.rows.iter().filter(|row| row.stored) {
            if !tables.contains(&row.table) {
                tables.push(row.table.clone());
            }
        }
        for table in tables {
            let Some(relation) = world.relation(&table) else { continue };
            let rows: Vec<RowId> = (0..self.scene.rows.len())
                .map(RowId)
                .filter(|row| self.scene.rows[row.0].stored && self.scene.rows[row.0].table == table)
                .collect();
            if rows.len() < 2 {
                continue;
            }
            let mut used: Vec<SmolStr> = Vec::new();
            for column in rows.iter().flat_map(|row| &self.scene.rows[row.0].columns) {
                if !used.contains(&column.name) {
                    used.push(column.name.clone());
                }
            }
            let keys: Vec<_> = relation
                .proof_keys()
                .filter(|key| key.columns.iter().all(|column| used.iter().any(|name| name == column)))
                .filter(|key| key.columns.iter().all(|column| self.is_comparable(&table, column)))
                .collect();
            for (at, first) in rows.iter().enumerate() {
                for second in &rows[at + 1..] {
                    for key in &keys {
                        let same = self.same_key(*first, *second, &key.columns)?;
                        let merged = self.same_row(*first, *second, &used)?;
                        let fact = Fact::Key { table: table.clone(), key: SmolStr::new(&key.name) };
                        self.facts.push((fact, Expr::implies(same, merged)));
                    }
                }
            }
        }
        Ok(())
    }

    fn is_comparable(&self, table: &QualifiedName, column: &str) -> bool {
        self.world.relation(table).and_then(|relation| relation.column(column)).is_some_and(|column| {
            Representation::of(&column.ty, self.world.catalog()) != Representation::Unmodelled
        })
    }

    fn same_key(&mut self, first: RowId, second: RowId, columns: &[String]) -> Encoded<Expr> {
        let mut parts =
            vec![self.scene.rows[first.0].present.clone(), self.scene.rows[second.0].present.clone()];
        for column in columns {
            parts.push(self.link(first, column, second, column, None)?);
        }
        Ok(Expr::and(parts))
    }

    /// Two rows of one table are alike in all columns that the scene mentions, but for one.
    pub(crate) fn same_but_for(&mut self, first: RowId, second: RowId, column: &str) -> Encoded<Expr> {
        let mut columns: Vec<SmolStr> = Vec::new();
        for used in [first, second].iter().flat_map(|row| &self.scene.rows[row.0].columns) {
            if used.name != column && !columns.contains(&used.name) {
                columns.push(used.name.clone());
            }
        }
        self.same_row(first, second, &columns)
    }

    /// All columns alike, to the identity of their values.
    fn same_row(&mut self, first: RowId, second: RowId, columns: &[SmolStr]) -> Encoded<Expr> {
        let mut parts = Vec::new();
        for column in columns {
            let first = self.column(first, column)?;
            let second = self.column(second, column)?;
            parts.push(Expr::eq(first.null.clone(), second.null));
            parts.push(Expr::or([first.null, Expr::eq(first.value, second.value)]));
        }
        Ok(Expr::and(parts))
    }

    /// A setting that is one of the texts that policies name is read as that text is. Of types whose values
    /// show more than what they equal, and of texts that can't be read, nothing is said.
    fn read_literal_settings(&mut self) -> Encoded<()> {
        let texts: Vec<(Literal, Expr)> = self
            .scene
            .literals
            .iter()
            .filter(|literal| {
                literal.representation == Representation::Text
                    && matches!(literal.written, Literal::String(_))
            })
            .map(|literal| (literal.written.clone(), literal.value.clone()))
            .collect();
        if texts.is_empty() {
            return Ok(());
        }
        for session in self.scene.sessions.clone() {
            for cast in session.casts.iter().filter(|cast| !is_read_by_session(&cast.ty.base)) {
                let is_plain = matches!(
                    Representation::of(&cast.ty, self.world.catalog()),
                    Representation::Int { .. } | Representation::Order
                );
                let Some(setting) = session.settings.iter().find(|setting| setting.key == cast.key) else {
                    continue;
                };
                for (literal, text) in texts.iter().filter(|_| is_plain) {
                    if let Ok(Some(_)) = datum::read_literal(literal, &cast.ty, self.world.catalog()) {
                        let read = self.literal(literal, &cast.ty)?;
                        let is_text = Expr::eq(setting.text.clone(), text.clone());
                        let is_read =
                            Expr::and([cast.castable.clone(), Expr::eq(cast.value.clone(), read.expr)]);
                        self.axioms.push(Expr::implies(is_text, is_read));
                    }
                }
            }
        }
        Ok(())
    }

    fn relate_literals(&mut self) {
        let literals = self.scene.literals.clone();
        let mut kinds: Vec<Representation> = Vec::new();
        for literal in &literals {
            if !kinds.contains(&literal.representation) {
                kinds.push(literal.representation.clone());
            }
        }
        for kind in kinds {
            let alike: Vec<&LiteralTerm> =
                literals.iter().filter(|literal| literal.representation == kind).collect();
            let mut terms = Vec::new();
            for literal in &alike {
                terms.push(match &kind {
                    Representation::Classes(class) => self.class(&literal.value, class.clone()),
                    _ => literal.value.clone(),
                });
            }
            match &kind {
                Representation::Text if terms.len() > 1 => self.axioms.push(Expr::Distinct(terms)),
                Representation::Classes(ClassKind::Numeric) => self.place_numerics(&alike, &terms),
                // An order of floats would have to know in which precision each comparison is made.
                Representation::Classes(ClassKind::Float) => {}
                _ => self.relate_pairs(&alike, &terms),
            }
        }
    }

    fn place_numerics(&mut self, literals: &[&LiteralTerm], terms: &[Expr]) {
        for (literal, term) in literals.iter().zip(terms) {
            if let Datum::Numeric(Numeric::Finite(number)) = &literal.datum {
                let number = Expr::Real(number.to_plain_string());
                self.axioms.push(Expr::eq(term.clone(), number));
            }
        }
    }

    fn relate_pairs(&mut self, literals: &[&LiteralTerm], terms: &[Expr]) {
        // The order of classes is that of one collation among several.
        let ordered = literals.iter().all(|literal| literal.representation == Representation::Order);
        for (at, (first, first_term)) in literals.iter().zip(terms).enumerate() {
            for (second, second_term) in literals.iter().zip(terms).skip(at + 1) {
                let (left, right) = (first_term.clone(), second_term.clone());
                let relation = match datum::compare(&first.datum, &second.datum, &first.ty) {
                    Comparison::Is(Ordering::Equal) => Expr::eq(left, right),
                    Comparison::Is(Ordering::Less) if ordered => Expr::lt(left, right),
                    Comparison::Is(Ordering::Greater) if ordered => Expr::lt(right, left),
                    Comparison::Is(_) | Comparison::Different => Expr::not(Expr::eq(left, right)),
                    Comparison::Unknown => continue,
                };
                self.axioms.push(relation);
            }
        }
    }

    /// Different texts have different positions, and literals known ones in the order of bytes.
    fn relate_ranks(&mut self) {
        let ranked = std::mem::take(&mut self.ranked);
        for (at, (collation, text, rank)) in ranked.iter().enumerate() {
            for (_, other_text, other_rank) in
                ranked[at + 1..].iter().filter(|(other, ..)| other == collation)
            {
                let (same_rank, same_text) =
                    (Expr::eq(rank.clone(), other_rank.clone()), Expr::eq(text.clone(), other_text.clone()));
                self.axioms.push(Expr::implies(same_rank, same_text));
                if *collation == Collation::Bytewise
                    && let (Some(first), Some(second)) =
                        (self.literal_text(text), self.literal_text(other_text))
                {
                    let (rank, other_rank) = (rank.clone(), other_rank.clone());
                    self.axioms.push(match first.as_bytes().cmp(second.as_bytes()) {
                        Ordering::Less => Expr::lt(rank, other_rank),
                        Ordering::Equal => Expr::eq(rank, other_rank),
                        Ordering::Greater => Expr::lt(other_rank, rank),
                    });
                }
            }
        }
    }

    fn literal_text(&self, term: &Expr) -> Option<String> {
        if let Expr::String(text) = term {
            return Some(text.clone());
        }
        self.scene.literals.iter().find(|literal| literal.value == *term).and_then(|literal| {
            match &literal.datum {
                Datum::Text(text) => Some(text.clone()),
                _ => None,
            }
        })
    }

    /// Where a missing setting denies, an empty one counts as missing.
    fn exclude_empty_settings(&mut self) {
        if self.world.missing_setting() != MissingSetting::Deny {
            return;
        }
        let empty = match self.text {
            Sort::String => Some(Expr::String(String::new())),
            _ => self
                .scene
                .literals
                .iter()
                .find(|literal| {
                    literal.representation == Representation::Text
                        && literal.datum == Datum::Text(String::new())
                })
                .map(|literal| literal.value.clone()),
        };
        let Some(empty) = empty else { return };
        for setting in self.scene.sessions.iter().flat_map(|session| &session.settings) {
            let not_empty = Expr::not(Expr::eq(setting.text.clone(), empty.clone()));
            self.axioms.push(Expr::implies(setting.set.clone(), not_empty));
        }
    }
}
