//! Policies and grants as statements: which policies a source policy becomes, and what goes where in them.

use std::collections::BTreeSet;

use pgpe_catalog::{Catalog, Command, QualifiedName};
use pgpe_config::Session;
use pgpe_policy::resolved::{Disjunction, TablePolicy};
use pgpe_policy::source::{self, CommandSet, PolicyKind};
use pgpe_policy::{compiled_commands, compiled_name};

use crate::compiled::{Compiled, CompiledGrant, CompiledPolicy, CompiledTable, WrittenClause};
use crate::expression::{self, Expression};
use crate::operand::Printer;
use crate::quote::{quote_identifier, quote_qualified};

/// A table and what the project says of it.
#[derive(Debug, Clone, Copy)]
pub struct TableInput<'a> {
    /// The table.
    pub name: &'a QualifiedName,
    /// Its policies in source order.
    pub policies: &'a [&'a TablePolicy],
    /// Its grants in source order.
    pub grants: &'a [GrantInput],
}

/// A GRANT item, without what it has been written with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GrantInput {
    /// The privileges.
    pub commands: CommandSet,
    /// Who gets them.
    pub roles: Vec<String>,
}

impl From<&source::Grant> for GrantInput {
    fn from(grant: &source::Grant) -> GrantInput {
        let roles = grant.roles.iter().map(|role| role.value.clone()).collect();
        GrantInput { commands: grant.commands, roles }
    }
}

/// Compiles a project: the tables in the order of their names, whatever order they come in.
pub fn compile(tables: &[TableInput<'_>], catalog: &Catalog, session: Session) -> Compiled {
    let mut tables: Vec<CompiledTable> =
        tables.iter().map(|table| compile_table(table, catalog, session)).collect();
    tables.sort_by(|left, right| left.name.cmp(&right.name));
    Compiled { tables }
}

/// Compiles one table; nothing of it depends on the others.
pub fn compile_table(table: &TableInput<'_>, catalog: &Catalog, session: Session) -> CompiledTable {
    let policies = compile_table_on_clone(table, table.name, catalog, session);
    let grants = table.grants.iter().flat_map(|grant| compile_grant(table.name, grant)).collect();
    CompiledTable { name: table.name.clone(), policies, grants }
}

/// The policies of one table as they are created on a clone of it, see [`compile_policy_on_clone`]: the same
/// as those of [`compile_table`], in the same order.
pub fn compile_table_on_clone(
    table: &TableInput<'_>,
    clone: &QualifiedName,
    catalog: &Catalog,
    session: Session,
) -> Vec<CompiledPolicy> {
    let policies = table.policies.iter();
    policies.flat_map(|policy| compile_policy_on_clone(table.name, clone, policy, catalog, session)).collect()
}

/// Compiles one policy on one table: to one policy, or to one for each of two or three commands.
pub fn compile_policy(
    table: &QualifiedName,
    policy: &TablePolicy,
    catalog: &Catalog,
    session: Session,
) -> Vec<CompiledPolicy> {
    compile_policy_on_clone(table, table, policy, catalog, session)
}

/// As [`compile_policy`], but the policies are created on another table with the same columns. Traversals
/// still reach the real tables, and the names, aliases included, stay those of `table`.
pub fn compile_policy_on_clone(
    table: &QualifiedName,
    clone: &QualifiedName,
    policy: &TablePolicy,
    catalog: &Catalog,
    session: Session,
) -> Vec<CompiledPolicy> {
    let printer = Printer { catalog, session };
    let clauses = expression::clauses(printer, table, clone, &policy.using);
    let check = policy.check.as_ref().map(|check| expression::clauses(printer, table, clone, check));
    let roles = roles(policy);
    let blocks = [Some(&policy.using), policy.check.as_ref()].into_iter().flatten();
    let reads: BTreeSet<&QualifiedName> = blocks.flat_map(Disjunction::traversed).collect();
    let compiled = |suffix, command| {
        let name = compiled_name(&policy.policy, &table.name, suffix).name;
        let (using, check) = place(command, &clauses, check.as_ref());
        let (using_sql, check_sql) = (using.map(Placed::sql), check.map(Placed::sql));
        let statement = create_policy(&name, clone, policy.kind, command, &roles, using_sql, check_sql);
        CompiledPolicy {
            name,
            policy: policy.policy.clone(),
            kind: policy.kind,
            command,
            roles: roles.clone(),
            using: using_sql.map(str::to_owned),
            check: check_sql.map(str::to_owned),
            reads: reads.iter().copied().cloned().collect(),
            clauses: written_clauses(statement.len(), using, check),
            statement,
        }
    };
    // Of one command alone, the name does not tell.
    let only = policy.commands.iter().next().filter(|_| policy.commands != CommandSet::ALL);
    let suffixes = compiled_commands(policy.commands).into_iter();
    suffixes.map(|suffix| compiled(suffix, suffix.or(only))).collect()
}

/// Clauses of a policy on a table as a SQL expression, as in its USING.
pub fn compile_clauses(
    table: &QualifiedName,
    clauses: &Disjunction,
    catalog: &Catalog,
    session: Session,
) -> String {
    expression::clauses(Printer { catalog, session }, table, table, clauses).sql
}

/// The roles of a policy; PUBLIC among them makes the others say nothing.
fn roles(policy: &TablePolicy) -> Vec<String> {
    if policy.roles.iter().any(|role| is_public(role)) { Vec::new() } else { policy.roles.clone() }
}

/// PostgreSQL reads this name as PUBLIC even in quotes, and lets no role have it.
fn is_public(role: &str) -> bool {
    role == "public"
}

/// An expression in a statement, and the block of the source that it comes from.
#[derive(Clone, Copy)]
struct Placed<'a> {
    expression: &'a Expression,
    is_check: bool,
}

impl<'a> Placed<'a> {
    fn sql(self) -> &'a str {
        &self.expression.sql
    }
}

/// USING and WITH CHECK where PostgreSQL takes them for the command.
fn place<'a>(
    command: Option<Command>,
    clauses: &'a Expression,
    check: Option<&'a Expression>,
) -> (Option<Placed<'a>>, Option<Placed<'a>>) {
    let using = Placed { expression: clauses, is_check: false };
    let check = check.map(|expression| Placed { expression, is_check: true });
    match command {
        Some(Command::Select | Command::Delete) => (Some(using), None),
        Some(Command::Insert) => (None, Some(check.unwrap_or(using))),
        // Without WITH CHECK, USING is checked.
        Some(Command::Update) | None => {
            (Some(using), check.filter(|check| check.expression.sql != clauses.sql))
        }
    }
}

/// Where clauses stand in what [`create_policy`] makes of these expressions, in a statement of `length` bytes. The
/// expressions are its end.
fn written_clauses(
    length: usize,
    using: Option<Placed<'_>>,
    check: Option<Placed<'_>>,
) -> Vec<WrittenClause> {
    let mut found = Vec::new();
    let mut end = length.saturating_sub(STATEMENT_END.len());
    for (placed, keywords) in [(check, CHECK), (using, USING)] {
        let Some(Placed { expression, is_check }) = placed else { continue };
        let start = end.saturating_sub(EXPRESSION_END.len() + expression.sql.len());
        found.extend(expression.clauses.iter().map(|(range, clause)| {
            let range = start + range.start..start + range.end;
            WrittenClause { range, is_check, clause: *clause }
        }));
        end = start.saturating_sub(keywords.len() + LINE.len());
    }
    found.sort_by_key(|clause| clause.range.start);
    found
}

const LINE: &str = "\n  ";
const USING: &str = "USING (";
const CHECK: &str = "WITH CHECK (";
const EXPRESSION_END: &str = ")";
const STATEMENT_END: &str = ";";

/// `CREATE POLICY …;` No `roles` is PUBLIC, no `command` is ALL.
pub fn create_policy(
    name: &str,
    table: &QualifiedName,
    kind: PolicyKind,
    command: Option<Command>,
    roles: &[String],
    using: Option<&str>,
    check: Option<&str>,
) -> String {
    let mut lines = vec![
        format!("CREATE POLICY {}", quote_identifier(name)),
        format!("ON {}", quote_qualified(table)),
        format!("AS {}", kind_keyword(kind)),
        format!("FOR {}", command.map_or("ALL", Command::keyword)),
    ];
    if !roles.is_empty() {
        let roles: Vec<String> = roles.iter().map(|role| quote_identifier(role)).collect();
        lines.push(format!("TO {}", roles.join(", ")));
    }
    lines.extend(using.map(|using| format!("{USING}{using}{EXPRESSION_END}")));
    lines.extend(check.map(|check| format!("{CHECK}{check}{EXPRESSION_END}")));
    lines.join(LINE) + STATEMENT_END
}

pub(crate) fn kind_keyword(kind: PolicyKind) -> &'static str {
    match kind {
        PolicyKind::Permissive => "PERMISSIVE",
        PolicyKind::Restrictive => "RESTRICTIVE",
    }
}

/// One grant per role, each role once.
fn compile_grant(table: &QualifiedName, grant: &GrantInput) -> Vec<CompiledGrant> {
    let commands: Vec<Command> = grant.commands.iter().collect();
    if commands.is_empty() {
        return Vec::new();
    }
    let privileges = commands.iter().map(|command| command.keyword()).collect::<Vec<_>>().join(", ");
    let mut grants: Vec<CompiledGrant> = Vec::new();
    for role in &grant.roles {
        let role = (!is_public(role)).then(|| role.clone());
        if grants.iter().any(|granted| granted.role == role) {
            continue;
        }
        let grantee = role.as_deref().map_or("PUBLIC".to_owned(), quote_identifier);
        let statement = format!("GRANT {privileges} ON {} TO {grantee};", quote_qualified(table));
        grants.push(CompiledGrant { role, commands: commands.clone(), statement });
    }
    grants
}
