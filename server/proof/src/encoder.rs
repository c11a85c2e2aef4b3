//! Turns predicates into formulas.
//!
//! The solver decides whether there is a *scene*: rows of some tables and one or two sessions. Only rows
//! that are named exist in it. A positive `exists` names a witness row of its own (for each session and
//! each occurrence); a negative one ranges over all the rows of its table that the scene has. That is
//! complete: removing rows from a database falsifies no negated `exists`, so a scene with the witnesses
//! alone is as good as any larger one.
//!
//! Where the encoding is coarser than PostgreSQL it admits more scenes, never fewer.

use std::collections::HashSet;

use pgpe_catalog::{BaseType, ColumnType, Command, QualifiedName};
use pgpe_policy::datum::Datum;
use pgpe_policy::resolved::{Conjunction, Disjunction, Literal, TablePolicy, Traversal};
use pgpe_policy::source::PolicyKind;
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::formula::{Expr, FunctionSymbol, Sort, Symbol};
use crate::scene::{CallTerm, ColumnTerm, LiteralTerm, RowId, RowTerm, Scene, SessionId, SessionTerm};
use crate::types::{ClassKind, Representation};
use crate::world::{Side, World};

mod axioms;
mod left_open;
mod operand;

pub(crate) use axioms::Encoding;
pub use axioms::Fact;
pub(crate) use left_open::StandIn;

/// Why a question can't be put to the solver.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Obstacle {
    /// The answer can't be known; says why.
    Undecidable(String),
    /// A pattern is matched: begin again with text as strings.
    NeedsStrings,
}

/// The outcome of encoding something.
pub(crate) type Encoded<T> = Result<T, Obstacle>;

/// Formulas larger than this are not worth trying.
const MAX_SIZE: usize = 50_000;

/// How `exists` is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Names a new witness row.
    Witness,
    /// Ranges over the rows that the scene has. To be used after everything that is read as `Witness`.
    Instances,
}

/// Functions of the encoding, told apart by what they stand for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum FunctionKey {
    /// Equality class of an identity.
    Class(ClassKind),
    /// Whether text can be cast to a type; in a session where it depends on that.
    Castable(BaseType, Option<SessionId>),
    /// Text cast to a type; in a session where it depends on that.
    Cast(BaseType, Option<SessionId>),
    /// A value of the first type converted to the second; in a session where it depends on that.
    Convert(BaseType, BaseType, Option<SessionId>),
    /// Position of a text in a collation's order.
    Rank(pgpe_catalog::Collation),
    /// LIKE that is not modelled, on identities of the types of text and pattern.
    Like(BaseType, BaseType),
    /// A call's result, by function, types of arguments and result.
    Result(String, Vec<BaseType>, BaseType, Option<SessionId>),
    /// Whether a call's result is NULL.
    ResultNull(String, Vec<BaseType>, BaseType, Option<SessionId>),
}

/// Builds one scene and its formulas.
pub(crate) struct Encoder<'w> {
    world: &'w dyn World,
    /// Sort of text values.
    text: Sort,
    symbols: Vec<Sort>,
    functions: Vec<(Vec<Sort>, Sort)>,
    function_index: FxHashMap<FunctionKey, FunctionSymbol>,
    /// Symbol of each application; applications are named so that their values can be read from a model.
    applications: FxHashMap<Expr, Symbol>,
    axioms: Vec<Expr>,
    facts: Vec<(Fact, Expr)>,
    scene: Scene,
    /// Text terms that were ordered by a collation.
    ranked: Vec<(pgpe_catalog::Collation, Expr, Expr)>,
    /// Tables whose SELECT policies are being expanded.
    expanding: Vec<QualifiedName>,
    /// Rows, by their index, whose foreign keys to a table were followed.
    followed: HashSet<(usize, QualifiedName)>,
    /// Written rows, by their index, that are there when the statement has ended.
    lasting: HashSet<usize>,
    /// Conditions that only have stand-ins, if that is wanted.
    left_open: Option<left_open::LeftOpen<'w>>,
    size: usize,
}

impl<'w> Encoder<'w> {
    pub(crate) fn new(world: &'w dyn World, strings: bool) -> Encoder<'w> {
        Encoder {
            world,
            text: if strings { Sort::String } else { Sort::Int },
            symbols: Vec::new(),
            functions: Vec::new(),
            function_index: FxHashMap::default(),
            applications: FxHashMap::default(),
            axioms: Vec::new(),
            facts: Vec::new(),
            scene: Scene::default(),
            ranked: Vec::new(),
            expanding: Vec::new(),
            followed: HashSet::new(),
            lasting: HashSet::new(),
            left_open: None,
            size: 0,
        }
    }

    pub(crate) fn new_session(&mut self) -> SessionId {
        self.scene.sessions.push(SessionTerm::default());
        SessionId(self.scene.sessions.len() - 1)
    }

    /// A row that is stored in its table. `certain`: it exists in every scene.
    pub(crate) fn new_stored_row(&mut self, table: &QualifiedName, certain: bool) -> RowId {
        let present = if certain { Expr::Bool(true) } else { self.new_symbol(Sort::Bool) };
        self.new_row(table, present, true)
    }

    /// A row about to be written: it is not a row of the table for traversals and keys, since another row
    /// with its key may still be there.
    pub(crate) fn new_written_row(&mut self, table: &QualifiedName) -> RowId {
        self.new_row(table, Expr::Bool(true), false)
    }

    fn new_row(&mut self, table: &QualifiedName, present: Expr, stored: bool) -> RowId {
        self.scene.rows.push(RowTerm { table: table.clone(), present, stored, columns: Vec::new() });
        RowId(self.scene.rows.len() - 1)
    }

    pub(crate) fn new_symbol(&mut self, sort: Sort) -> Expr {
        self.symbols.push(sort);
        Expr::Symbol(Symbol(u32::try_from(self.symbols.len() - 1).unwrap_or(u32::MAX)))
    }

    /// The symbol that stands for an application of the function.
    fn call(&mut self, key: FunctionKey, arguments: Vec<(Expr, Sort)>, result: Sort) -> Expr {
        let next = FunctionSymbol(u32::try_from(self.functions.len()).unwrap_or(u32::MAX));
        let function = *self.function_index.entry(key).or_insert_with(|| {
            self.functions.push((arguments.iter().map(|(_, sort)| *sort).collect(), result));
            next
        });
        let application = Expr::Call(function, arguments.into_iter().map(|(expr, _)| expr).collect());
        if let Some(symbol) = self.applications.get(&application) {
            return Expr::Symbol(*symbol);
        }
        let symbol = self.new_symbol(result);
        if let Expr::Symbol(index) = symbol {
            self.applications.insert(application.clone(), index);
        }
        self.axioms.push(Expr::Eq(Box::new(symbol.clone()), Box::new(application)));
        symbol
    }

    /// A column of a row.
    pub(crate) fn column(&mut self, row: RowId, name: &str) -> Encoded<ColumnTerm> {
        if let Some(term) = self.scene.rows[row.0].column(name) {
            return Ok(term.clone());
        }
        let table = self.scene.rows[row.0].table.clone();
        let Some(column) = self.world.relation(&table).and_then(|relation| relation.column(name)) else {
            return Err(Obstacle::Undecidable(format!("{table} has no column {name}")));
        };
        let representation = Representation::of(&column.ty, self.world.catalog());
        let value = self.new_symbol(representation.sort(self.text));
        let null = self.new_symbol(Sort::Bool);
        let present = self.scene.rows[row.0].present.clone();
        if column.not_null && self.world.constraints_hold(&table) {
            let fact = Fact::NotNull { table: table.clone(), column: SmolStr::new(name) };
            self.facts.push((fact, Expr::implies(present, Expr::not(null.clone()))));
        }
        self.bound(&value, &representation, Expr::not(null.clone()));
        let term = ColumnTerm { name: SmolStr::new(name), ty: column.ty.clone(), value, null };
        self.scene.rows[row.0].columns.push(term.clone());
        Ok(term)
    }

    /// Says of a value what its type guarantees, where `guard` holds.
    fn bound(&mut self, value: &Expr, representation: &Representation, guard: Expr) {
        match representation {
            Representation::Int { bounds: (least, greatest) } => {
                let within = Expr::and([
                    Expr::le(Expr::Int(*least), value.clone()),
                    Expr::le(value.clone(), Expr::Int(*greatest)),
                ]);
                self.axioms.push(Expr::implies(guard, within));
            }
            Representation::Text if self.text == Sort::String => {
                self.axioms.push(Expr::IsText(Box::new(value.clone())));
            }
            _ => {}
        }
    }

    /// Whether the session has the privileges of the role.
    pub(crate) fn has_role(&mut self, session: SessionId, role: &str) -> Expr {
        if let Some((_, held)) = self.scene.sessions[session.0].roles.iter().find(|(name, _)| name == role) {
            return held.clone();
        }
        let held = self.new_symbol(Sort::Bool);
        self.scene.sessions[session.0].roles.push((role.to_owned(), held.clone()));
        held
    }

    /// Whether the policy applies to the session by its roles.
    pub(crate) fn applies(&mut self, policy: &TablePolicy, session: SessionId) -> Expr {
        // PostgreSQL reads a role named `public` as everybody.
        if policy.roles.is_empty() || policy.roles.iter().any(|role| role == "public") {
            return Expr::Bool(true);
        }
        Expr::or(policy.roles.iter().map(|role| self.has_role(session, role)).collect::<Vec<_>>())
    }

    /// Whether the effective predicate of a table is TRUE for a row.
    pub(crate) fn effective(
        &mut self,
        table: &QualifiedName,
        command: Command,
        side: Side,
        row: RowId,
        session: SessionId,
        reading: Reading,
    ) -> Encoded<Expr> {
        let world = self.world;
        let Some(governed) = world.governed(table) else { return Ok(Expr::Bool(true)) };
        if let Some(undecidable) = governed.undecidable_for(command) {
            return Err(Obstacle::Undecidable(undecidable.reason.clone()));
        }
        let mut widening = Vec::new();
        let mut narrowing = Vec::new();
        for policy in governed.policies.iter().filter(|policy| policy.commands.contains(command)) {
            let applies = self.applies(policy, session);
            let holds = self.disjunction(side.expression(policy), row, session, reading)?;
            match policy.kind {
                PolicyKind::Permissive => widening.push(Expr::and([applies, holds])),
                PolicyKind::Restrictive => narrowing.push(Expr::implies(applies, holds)),
            }
        }
        Ok(Expr::and([Expr::or(widening), Expr::and(narrowing)]))
    }

    /// Whether one of the clauses is TRUE.
    pub(crate) fn disjunction(
        &mut self,
        clauses: &Disjunction,
        row: RowId,
        session: SessionId,
        reading: Reading,
    ) -> Encoded<Expr> {
        let mut parts = Vec::new();
        for clause in &clauses.clauses {
            parts.push(self.conjunction(clause, row, session, reading)?);
        }
        Ok(Expr::or(parts))
    }

    /// Whether all atoms are TRUE.
    pub(crate) fn conjunction(
        &mut self,
        clause: &Conjunction,
        row: RowId,
        session: SessionId,
        reading: Reading,
    ) -> Encoded<Expr> {
        let mut parts = Vec::new();
        for atom in self.in_order_of_asking(clause, row) {
            let part = match self.stand_in(atom, row, session, reading) {
                Some(stand_in) => stand_in,
                None => self.atom(atom, row, session, reading)?,
            };
            self.size += part.size();
            if self.size > MAX_SIZE {
                return Err(Obstacle::Undecidable("the policies together are too large to prove".to_owned()));
            }
            parts.push(part);
        }
        Ok(Expr::and(parts))
    }

    /// Whether a row is reached that the session may see and for which the condition is TRUE.
    fn traversal(
        &mut self,
        traversal: &Traversal,
        outer: RowId,
        session: SessionId,
        reading: Reading,
    ) -> Encoded<Expr> {
        if reading == Reading::Instances {
            self.follow_foreign_keys(outer, &traversal.target)?;
        }
        let candidates = match reading {
            Reading::Witness => vec![self.new_stored_row(&traversal.target, false)],
            Reading::Instances => self
                .scene
                .rows
                .iter()
                .enumerate()
                .filter(|(_, row)| row.stored && row.table == traversal.target)
                .map(|(index, _)| RowId(index))
                .collect(),
        };
        let mut found = Vec::new();
        for inner in candidates {
            let mut parts = vec![self.scene.rows[inner.0].present.clone()];
            for link in &traversal.links {
                parts.push(self.link(outer, &link.outer, inner, &link.inner, Some(session))?);
            }
            parts.push(self.conjunction(&traversal.condition, inner, session, reading)?);
            parts.push(self.visible(&traversal.target, inner, session, reading)?);
            found.push(Expr::and(parts));
        }
        Ok(Expr::or(found))
    }

    /// Says that a written row is there when the statement has ended, so that what it refers to is too.
    pub(crate) fn lasts(&mut self, row: RowId) {
        self.lasting.insert(row.0);
    }

    /// Adds the rows of a table that a stored row refers to: they are in every database that has that row, so
    /// that a scene without them shows nothing.
    fn follow_foreign_keys(&mut self, from: RowId, target: &QualifiedName) -> Encoded<()> {
        let RowTerm { table, stored, present, .. } = self.scene.rows[from.0].clone();
        let world = self.world;
        // A written row may refer to itself, which is none of the stored rows.
        let refers = stored || (self.lasting.contains(&from.0) && table != *target);
        let relation = world.relation(&table).filter(|_| refers && world.constraints_hold(&table));
        let Some(relation) = relation.filter(|_| self.followed.insert((from.0, target.clone()))) else {
            return Ok(());
        };
        for key in relation.foreign_keys.iter().filter(|key| key.validated && key.target == *target) {
            let referred = self.new_stored_row(target, false);
            let mut refers = vec![present.clone()];
            let mut reached = vec![self.scene.rows[referred.0].present.clone()];
            for (column, target_column) in key.columns.iter().zip(&key.target_columns) {
                refers.push(Expr::not(self.column(from, column)?.null));
                // Of types whose comparison is not modelled, nothing is said.
                let linked = self.link(from, column, referred, target_column, None);
                reached.push(linked.unwrap_or(Expr::Bool(true)));
            }
            let fact = Fact::ForeignKey { table: table.clone(), constraint: SmolStr::new(&key.name) };
            self.add_fact(fact, Expr::implies(Expr::and(refers), Expr::and(reached)));
        }
        Ok(())
    }

    /// Whether a subquery of the session sees the row: the table's own SELECT policies apply to it.
    fn visible(
        &mut self,
        table: &QualifiedName,
        row: RowId,
        session: SessionId,
        reading: Reading,
    ) -> Encoded<Expr> {
        let relation = self.world.relation(table);
        if self.world.governed(table).is_none() {
            // Seen whole, unless somebody else attached policies to it.
            return match relation {
                Some(relation) if relation.rls_enabled => Err(Obstacle::Undecidable(format!(
                    "{table} has row-level security that is not part of this policy set"
                ))),
                _ => Ok(Expr::Bool(true)),
            };
        }
        if self.expanding.contains(table) {
            return Err(Obstacle::Undecidable(format!("the SELECT policies of {table} lead back to it")));
        }
        self.expanding.push(table.clone());
        let effective = self.effective(table, Command::Select, Side::Using, row, session, reading);
        self.expanding.pop();
        effective
    }

    /// Whether a column of one row equals one of another, both not null, as seen by a session.
    pub(crate) fn link(
        &mut self,
        outer: RowId,
        outer_column: &str,
        inner: RowId,
        inner_column: &str,
        session: Option<SessionId>,
    ) -> Encoded<Expr> {
        let outer = self.column(outer, outer_column)?;
        let inner = self.column(inner, inner_column)?;
        let Ok(ty) = pgpe_policy::common_type(&outer.ty, &inner.ty) else {
            return Err(Obstacle::Undecidable(format!(
                "comparing {} with {} is not modelled",
                outer.ty.display, inner.ty.display
            )));
        };
        let left = self.comparable(&outer.value, &outer.ty, &ty, session)?;
        let right = self.comparable(&inner.value, &inner.ty, &ty, session)?;
        Ok(Expr::and([Expr::not(inner.null), Expr::not(outer.null), Expr::eq(left, right)]))
    }

    /// The scene as built so far.
    pub(crate) fn scene(&self) -> &Scene {
        &self.scene
    }

    pub(crate) fn world(&self) -> &'w dyn World {
        self.world
    }

    /// Reads policies from another world from now on. Its catalog must be the same.
    pub(crate) fn look_at(&mut self, world: &'w dyn World) {
        self.world = world;
    }

    pub(crate) fn add_fact(&mut self, fact: Fact, expr: Expr) {
        self.facts.push((fact, expr));
    }

    /// The symbol of a literal. Where equal values may differ in what functions see of them (`1.0` and
    /// `1.00`), each spelling has its own; and in each type, since `0.1` is one number as `real` and another as
    /// `double precision`.
    fn remember_literal(
        &mut self,
        representation: &Representation,
        datum: &Datum,
        written: &Literal,
        ty: &ColumnType,
    ) -> Expr {
        let by_spelling = matches!(representation, Representation::Classes(_));
        let known = self.scene.literals.iter().find(|literal| {
            let is_same = match by_spelling {
                true => literal.written == *written && literal.ty.base == ty.base,
                false => literal.datum == *datum,
            };
            literal.representation == *representation && is_same
        });
        if let Some(known) = known {
            return known.value.clone();
        }
        let value = self.new_symbol(representation.sort(self.text));
        self.scene.literals.push(LiteralTerm {
            representation: representation.clone(),
            datum: datum.clone(),
            written: written.clone(),
            ty: ty.clone(),
            value: value.clone(),
        });
        value
    }

    fn remember_call(&mut self, call: CallTerm) {
        if !self.scene.calls.contains(&call) {
            self.scene.calls.push(call);
        }
    }
}
