//! The questions behind the proofs: each asks whether there is a scene of a certain kind.

use pgpe_catalog::{BaseType, Collation, ColumnType, Command, Family, QualifiedName};
use pgpe_policy::resolved::{Conjunction, Operand, TablePolicy};
use pgpe_policy::source::PolicyKind;

use crate::encoder::{Encoded, Encoder, Fact, Obstacle, Reading};
use crate::formula::Expr;
use crate::obligation::Obligation;
use crate::owner::{IsolationEntry, Owner, OwnerPath, owner_of};
use crate::scene::{RowId, Scene, SessionId};
use crate::world::{Side, World};

/// Which of a policy's blocks a clause stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Block {
    /// The clauses.
    Using,
    /// Those of WITH CHECK.
    Check,
}

/// Which sessions a verdict is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoleCase {
    /// Any session.
    Any,
    /// A session that has the privileges of none of the roles that policies name.
    NoNamedRole,
    /// A session that has the privileges of this role, and of no other named role but those it inherits.
    Only(String),
}

/// A kind of scene to look for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Goal {
    /// A row passes that is not the session's own.
    ForeignRow {
        /// By which notion of tenant.
        entry: usize,
        /// Whose a row is; each of several must make it foreign.
        owners: Vec<OwnerPath>,
        /// The permissive policy and the index of its clause that let the row pass.
        through: (usize, usize),
        /// The sessions concerned.
        roles: RoleCase,
    },
    /// A row passes in two sessions of different tenants.
    SharedRow {
        /// By which notion of tenant.
        entry: usize,
        /// The sessions concerned; the second may be any.
        roles: RoleCase,
    },
    /// A row passes.
    Passes,
    /// A row does not pass.
    Fails,
    /// A clause of a policy is true, whether or not anything else is.
    ClauseHolds {
        /// The policy.
        policy: usize,
        /// The clause's index in the normal form.
        clause: usize,
    },
    /// A permissive policy does not let a row pass.
    PolicyFails {
        /// The policy.
        policy: usize,
    },
    /// A clause is true and another of its policy is not.
    ClauseAlone {
        /// The policy.
        policy: usize,
        /// Index in the normal form of the clause that is true.
        clause: usize,
        /// Index of the one that is not.
        other: usize,
    },
    /// A permissive policy lets a row pass and another does not.
    PolicyAlone {
        /// The policy that does.
        policy: usize,
        /// The one that does not.
        other: usize,
    },
}

/// A goal for one table, command and side.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The table.
    pub table: QualifiedName,
    /// The command.
    pub command: Command,
    /// The side.
    pub side: Side,
    /// What is looked for.
    pub goal: Goal,
}

/// A question for the solver, with what is needed to read its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What is asked.
    pub subject: Subject,
    /// The problem to solve: satisfiable if there is such a scene.
    pub obligation: Obligation,
    /// The properties of the schema that were told to the solver.
    pub facts: Vec<Fact>,
    pub(crate) scene: Scene,
    pub(crate) row: RowId,
    pub(crate) sessions: Vec<SessionId>,
}

/// Encodes a question; an error says why it can't be decided.
pub fn ask(world: &dyn World, isolation: &[IsolationEntry], subject: Subject) -> Result<Question, String> {
    match try_ask(world, isolation, &subject, false) {
        Err(Obstacle::NeedsStrings) => try_ask(world, isolation, &subject, true),
        other => other,
    }
    .map_err(|obstacle| match obstacle {
        Obstacle::Undecidable(reason) => reason,
        Obstacle::NeedsStrings => "LIKE is not modelled here".to_owned(),
    })
}

fn try_ask(
    world: &dyn World,
    isolation: &[IsolationEntry],
    subject: &Subject,
    strings: bool,
) -> Encoded<Question> {
    let mut encoder = Encoder::new(world, strings);
    let mut asking = Asking { subject, isolation, preferences: Vec::new(), encoder: &mut encoder };
    let row = match subject.side {
        Side::Using => asking.encoder.new_stored_row(&subject.table, true),
        Side::Check => asking.encoder.new_written_row(&subject.table),
    };
    let mut sessions = vec![asking.encoder.new_session()];
    let goal = asking.goal(row, &mut sessions)?;
    let mut preferences = asking.preferences;
    // Sessions with their settings set in a way that raises no error are the most telling.
    for session in &encoder.scene().sessions {
        preferences.extend(session.settings.iter().map(|setting| setting.set.clone()));
        preferences.extend(session.casts.iter().map(|cast| cast.castable.clone()));
    }
    let encoding = encoder.finish()?;
    let obligation = Obligation::new(
        &encoding.symbols,
        &encoding.functions,
        &encoding.axioms,
        &encoding.facts,
        &goal,
        &preferences,
    );
    let mut facts: Vec<Fact> = encoding.facts.into_iter().map(|(fact, _)| fact).collect();
    facts.sort();
    facts.dedup();
    Ok(Question { subject: subject.clone(), obligation, facts, scene: encoding.scene, row, sessions })
}

struct Asking<'q, 'w> {
    subject: &'q Subject,
    isolation: &'q [IsolationEntry],
    preferences: Vec<Expr>,
    encoder: &'q mut Encoder<'w>,
}

impl<'w> Asking<'_, 'w> {
    fn goal(&mut self, row: RowId, sessions: &mut Vec<SessionId>) -> Encoded<Expr> {
        let session = sessions[0];
        let Subject { table, command, side, goal } = self.subject;
        match goal {
            Goal::Passes => self.encoder.effective(table, *command, *side, row, session, Reading::Witness),
            Goal::Fails => {
                let passes =
                    self.encoder.effective(table, *command, *side, row, session, Reading::Instances)?;
                Ok(Expr::not(passes))
            }
            Goal::ClauseHolds { policy, clause } => {
                let clause = self.clause(*policy, *clause)?;
                self.encoder.conjunction(clause, row, session, Reading::Witness)
            }
            Goal::PolicyFails { policy } => {
                let policy = self.policy(*policy)?;
                let passes = self.policy_passes(policy, row, session, Reading::Instances)?;
                Ok(Expr::not(passes))
            }
            Goal::ClauseAlone { policy, clause, other } => {
                let (clause, other) = (self.clause(*policy, *clause)?, self.clause(*policy, *other)?);
                let holds = self.encoder.conjunction(clause, row, session, Reading::Witness)?;
                let covered = self.encoder.conjunction(other, row, session, Reading::Instances)?;
                Ok(Expr::and([holds, Expr::not(covered)]))
            }
            Goal::PolicyAlone { policy, other } => {
                let (policy, other) = (self.policy(*policy)?, self.policy(*other)?);
                let holds = self.policy_passes(policy, row, session, Reading::Witness)?;
                let covered = self.policy_passes(other, row, session, Reading::Instances)?;
                Ok(Expr::and([holds, Expr::not(covered)]))
            }
            Goal::SharedRow { entry, roles } => {
                let other = self.encoder.new_session();
                sessions.push(other);
                let mut parts = Vec::new();
                for session in [session, other] {
                    parts.push(self.encoder.effective(
                        table,
                        *command,
                        *side,
                        row,
                        session,
                        Reading::Witness,
                    )?);
                }
                parts.push(self.different_tenants(*entry, session, other)?);
                parts.push(self.role_case(roles, session));
                Ok(Expr::and(parts))
            }
            Goal::ForeignRow { entry, owners, through, roles } => {
                let other = self.encoder.new_session();
                sessions.push(other);
                self.foreign_row(*entry, owners, *through, roles, row, session, other)
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn foreign_row(
        &mut self,
        entry: usize,
        owners: &[OwnerPath],
        through: (usize, usize),
        roles: &RoleCase,
        row: RowId,
        session: SessionId,
        other: SessionId,
    ) -> Encoded<Expr> {
        let policy = self.policy(through.0)?;
        let clause = self.clause(through.0, through.1)?;
        let applies = self.encoder.applies(policy, session);
        let holds = self.encoder.conjunction(clause, row, session, Reading::Witness)?;
        let mut parts = vec![applies, holds, self.restrictions(row, session)?];
        let mut owned_by_other = Vec::new();
        for owner in owners {
            let (known, value, ty) = self.owner_value(row, owner)?;
            let (has_key, key) = self.key(entry, &ty, session)?;
            let own = Expr::and([known.clone(), has_key, Expr::eq(key, value.clone())]);
            parts.push(Expr::not(own));
            let (has_key, key) = self.key(entry, &ty, other)?;
            owned_by_other.push(Expr::and([known, has_key, Expr::eq(key, value)]));
        }
        parts.push(self.role_case(roles, session));
        // The most telling leak: another tenant's row, of somebody who can see it himself.
        self.preferences.extend(owned_by_other);
        let Subject { table, command, side, .. } = self.subject;
        let seen = self.encoder.effective(table, *command, *side, row, other, Reading::Witness)?;
        self.preferences.push(seen);
        Ok(Expr::and(parts))
    }

    fn policy(&self, index: usize) -> Encoded<&'w TablePolicy> {
        self.encoder
            .world()
            .governed(&self.subject.table)
            .and_then(|governed| governed.policies.get(index))
            .ok_or_else(|| Obstacle::Undecidable("the policy is gone".to_owned()))
    }

    fn clause(&self, policy: usize, clause: usize) -> Encoded<&'w Conjunction> {
        self.subject
            .side
            .expression(self.policy(policy)?)
            .clauses
            .get(clause)
            .ok_or_else(|| Obstacle::Undecidable("the clause is gone".to_owned()))
    }

    fn policy_passes(
        &mut self,
        policy: &TablePolicy,
        row: RowId,
        session: SessionId,
        reading: Reading,
    ) -> Encoded<Expr> {
        let applies = self.encoder.applies(policy, session);
        let holds = self.encoder.disjunction(self.subject.side.expression(policy), row, session, reading)?;
        Ok(Expr::and([applies, holds]))
    }

    /// All restrictive policies that apply hold.
    fn restrictions(&mut self, row: RowId, session: SessionId) -> Encoded<Expr> {
        let Subject { table, command, side, .. } = self.subject;
        let Some(governed) = self.encoder.world().governed(table) else { return Ok(Expr::Bool(true)) };
        if let Some(undecidable) = governed.undecidable_for(*command) {
            return Err(Obstacle::Undecidable(undecidable.reason.clone()));
        }
        let mut parts = Vec::new();
        for policy in &governed.policies {
            if policy.kind == PolicyKind::Restrictive && policy.commands.contains(*command) {
                let applies = self.encoder.applies(policy, session);
                let holds =
                    self.encoder.disjunction(side.expression(policy), row, session, Reading::Witness)?;
                parts.push(Expr::implies(applies, holds));
            }
        }
        Ok(Expr::and(parts))
    }

    /// Whether the row's owner is known, its value as compared, and its type.
    fn owner_value(&mut self, row: RowId, owner: &OwnerPath) -> Encoded<(Expr, Expr, ColumnType)> {
        let mut at = row;
        let mut known = Vec::new();
        for hop in &owner.hops {
            let key = &hop.foreign_key;
            // The row reached may be the written row itself, or an old version that it replaces.
            if self.subject.side == Side::Check && key.target == self.subject.table {
                let reason = format!("a new row of {} may decide whose it is", self.subject.table);
                return Err(Obstacle::Undecidable(reason));
            }
            let target = self.encoder.new_stored_row(&key.target, false);
            let mut linked = Vec::new();
            let mut referring = Vec::new();
            for (column, target_column) in key.columns.iter().zip(&key.target_columns) {
                linked.push(self.encoder.link(at, column, target, target_column, None)?);
                let column = self.encoder.column(at, column)?;
                referring.push(Expr::not(column.null));
            }
            let (from, to) = {
                let rows = &self.encoder.scene().rows;
                (rows[at.0].present.clone(), rows[target.0].present.clone())
            };
            let reached = Expr::and([to, Expr::and(linked)]);
            if self.encoder.world().constraints_hold(&hop.table) {
                let fact = Fact::ForeignKey { table: hop.table.clone(), constraint: key.name.clone() };
                let refers = Expr::and([from, Expr::and(referring)]);
                self.encoder.add_fact(fact, Expr::implies(refers, reached.clone()));
            }
            known.push(reached);
            at = target;
        }
        let column = self.encoder.column(at, &owner.column)?;
        known.push(Expr::not(column.null.clone()));
        let value = self.encoder.comparable(&column.value, &column.ty, &column.ty, None)?;
        Ok((Expr::and(known), value, column.ty))
    }

    fn key(&mut self, entry: usize, ty: &ColumnType, session: SessionId) -> Encoded<(Expr, Expr)> {
        let key = self.isolation_key(entry)?.clone();
        self.encoder.key(&key, ty, session)
    }

    fn isolation_key(&self, entry: usize) -> Encoded<&Operand> {
        self.isolation
            .get(entry)
            .map(|entry| &entry.key)
            .ok_or_else(|| Obstacle::Undecidable("the isolation entry is gone".to_owned()))
    }

    /// The two sessions have keys, and different ones. Where owner columns are of one type, the values
    /// must differ in that type; else it is enough that the texts do.
    fn different_tenants(&mut self, entry: usize, first: SessionId, second: SessionId) -> Encoded<Expr> {
        let ty = self
            .isolation
            .get(entry)
            .and_then(|entry| tenant_type(self.encoder.world(), entry))
            .unwrap_or_else(|| ColumnType::plain(pgpe_catalog::BaseType::Text));
        let (has_first, first) = self.key(entry, &ty, first)?;
        let (has_second, second) = self.key(entry, &ty, second)?;
        Ok(Expr::and([has_first, has_second, Expr::not(Expr::eq(first, second))]))
    }

    /// Restricts the roles of a session. To be called when all roles that matter have been met.
    fn role_case(&mut self, case: &RoleCase, session: SessionId) -> Expr {
        let inherited = match case {
            RoleCase::Any => return Expr::Bool(true),
            RoleCase::NoNamedRole => Default::default(),
            RoleCase::Only(role) => {
                self.encoder.has_role(session, role);
                self.encoder.world().catalog().roles.privileges_of(role)
            }
        };
        let roles = self.encoder.scene().sessions[session.0].roles.clone();
        Expr::and(roles.into_iter().map(
            |(name, held)| {
                if inherited.contains(&name) { held } else { Expr::not(held) }
            },
        ))
    }
}

/// The type in which tenants are told apart: that of the owner columns, if they agree.
pub(crate) fn tenant_type(world: &dyn World, entry: &IsolationEntry) -> Option<ColumnType> {
    let mut types = world
        .catalog()
        .relations
        .values()
        .filter(|relation| relation.kind.is_table())
        .filter_map(|relation| relation.column(&entry.isolation.owner))
        .map(|column| &column.ty);
    let first = types.next()?;
    types.all(|ty| ty.base == first.base && ty.collation == first.collation).then(|| first.clone())
}

/// Whether the value of a session's key stands anywhere in the policy.
pub(crate) fn mentions(policy: &TablePolicy, key: &Operand) -> bool {
    let clauses = policy.using.clauses.iter().chain(policy.check.iter().flat_map(|check| &check.clauses));
    clauses.into_iter().any(|clause| clause_mentions(clause, key))
}

fn clause_mentions(clause: &Conjunction, key: &Operand) -> bool {
    use pgpe_policy::resolved::Atom;
    clause.atoms.iter().any(|atom| match atom {
        Atom::Compare { left, right, .. } => operand_mentions(left, key) || operand_mentions(right, key),
        Atom::In { operand, .. } | Atom::Null { operand, .. } => operand_mentions(operand, key),
        Atom::Like { operand, pattern, .. } => {
            operand_mentions(operand, key) || operand_mentions(pattern, key)
        }
        Atom::Exists(traversal) => clause_mentions(&traversal.condition, key),
    })
}

fn operand_mentions(operand: &Operand, key: &Operand) -> bool {
    if operand == key {
        return true;
    }
    match (operand, key) {
        // PostgreSQL does not tell settings apart by case.
        (Operand::Session { key: left }, Operand::Session { key: right }) => left.eq_ignore_ascii_case(right),
        // A call is the key whatever was found out about its result.
        (
            Operand::Function { schema, name, arguments, .. },
            Operand::Function { schema: key_schema, name: key_name, .. },
        ) if name == key_name && schema == key_schema && arguments.is_empty() => true,
        (Operand::Function { arguments, .. }, key) => {
            arguments.iter().any(|(argument, _)| operand_mentions(argument, key))
        }
        _ => false,
    }
}

/// The owners to prove isolation with, and whether the configuration leaves it open which.
pub(crate) fn owners_in(
    world: &dyn World,
    table: &QualifiedName,
    entry: &IsolationEntry,
) -> (Vec<OwnerPath>, Option<String>) {
    match owner_of(table, &entry.isolation, world.catalog()) {
        Owner::None => (Vec::new(), None),
        Owner::Known(path) => {
            let unclear = coarser_than_referred(world, table, &path);
            (vec![path], unclear)
        }
        Owner::Ambiguous(paths) => {
            let listed: Vec<String> = paths.iter().map(OwnerPath::describe).collect();
            let reason = format!("it is open whose a row of {table} is: {}", listed.join(" or "));
            (paths, Some(reason))
        }
        Owner::Misconfigured(reason) => (Vec::new(), Some(reason)),
    }
}

/// An owner column may be of a type in which two tenants are one: `Acme` and `acme` in citext. Says so, if the
/// column that it refers to tells them apart.
fn coarser_than_referred(world: &dyn World, table: &QualifiedName, path: &OwnerPath) -> Option<String> {
    let end = path.hops.last().map_or(table, |hop| &hop.foreign_key.target);
    let relation = world.relation(end)?;
    let own = &relation.column(&path.column)?.ty;
    relation.foreign_keys.iter().find_map(|key| {
        let at = key.columns.iter().position(|column| *column == path.column)?;
        let target_column = key.target_columns.get(at)?;
        let referred = &world.relation(&key.target)?.column(target_column)?.ty;
        let alike = own.base == referred.base && own.collation == referred.collation;
        let same_values = |ty: &ColumnType| {
            matches!(ty.family(), Family::Integer | Family::Numeric)
                || matches!(ty.base, BaseType::Text | BaseType::Varchar)
                    && ty.collation != Collation::Nondeterministic
        };
        (!(alike || same_values(own) && same_values(referred))).then(|| {
            format!(
                "{end}.{} is {}, but it refers to {}, which may tell tenants apart that it does not",
                path.column, own.display, referred.display
            )
        })
    })
}
