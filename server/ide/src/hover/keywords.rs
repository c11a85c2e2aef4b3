//! One line and an example for each word of the language.

use pgpe_syntax::{SyntaxKind, SyntaxToken};

use crate::markdown;

/// What a keyword says, on one line; `None` for other tokens.
pub(super) fn line(token: &SyntaxToken) -> Option<String> {
    let (line, _) = entry(token.kind())?;
    Some(format!("{} – {line}", markdown::code(token.text())))
}

/// What a word says, and an example.
pub(crate) fn about(word: SyntaxKind) -> Option<String> {
    let (line, example) = entry(word)?;
    Some(format!("{line}\n\n```pgpe-policy\n{example}\n```"))
}

/// The same with an example.
pub(super) fn text(token: &SyntaxToken) -> Option<String> {
    let (_, example) = entry(token.kind())?;
    Some(format!("{}\n\n```pgpe-policy\n{example}\n```", line(token)?))
}

fn entry(kind: SyntaxKind) -> Option<(&'static str, &'static str)> {
    use SyntaxKind as K;
    Some(match kind {
        K::POLICY_KW => (
            "begins a policy: which rows of which tables a query may touch",
            "POLICY own_rows\n  PERMISSIVE\n  FOR SELECT\n  SELECTOR has_column(tenant_id)\n  CLAUSE col(tenant_id) = session('app.tenant_id')",
        ),
        K::GRANT_KW => (
            "gives roles privileges on tables; policies only narrow what a role may do",
            "GRANT SELECT, INSERT TO app_reader SELECTOR in_schema(public)",
        ),
        K::PERMISSIVE_KW => (
            "lets rows in: a row is visible if one permissive policy holds for it",
            "POLICY own_rows PERMISSIVE FOR SELECT …",
        ),
        K::RESTRICTIVE_KW => (
            "keeps rows out: a row for which it does not hold stays invisible",
            "POLICY not_deleted RESTRICTIVE FOR SELECT …",
        ),
        K::FOR_KW => ("lists the commands that the policy is about", "FOR SELECT, UPDATE"),
        K::ALL_KW => ("every command, or every table", "FOR ALL SELECTOR ALL"),
        K::SELECT_KW => ("reading rows", "FOR SELECT"),
        K::INSERT_KW => ("adding rows; the new row is checked", "FOR INSERT"),
        K::UPDATE_KW => ("changing rows; the old and the new row are checked", "FOR UPDATE"),
        K::DELETE_KW => ("removing rows", "FOR DELETE"),
        K::TO_KW => ("narrows the policy to some roles", "TO app_reader, app_writer"),
        K::SELECTOR_KW => {
            ("says which tables the policy governs", "SELECTOR has_column(tenant_id) AND NOT named('log_%')")
        }
        K::CLAUSE_KW => (
            "conditions joined by AND; a row passes if one of the clauses holds",
            "CLAUSE col(tenant_id) = session('app.tenant_id')\nOR CLAUSE col(public) = lit(true)",
        ),
        K::WITH_KW | K::CHECK_KW => (
            "separate clauses for rows about to be written",
            "WITH CHECK CLAUSE col(tenant_id) = session('app.tenant_id')",
        ),
        K::OR_KW => (
            "one or the other: between clauses, and in selectors",
            "SELECTOR named('tasks') OR named('files')",
        ),
        K::AND_KW => {
            ("both: between conditions, and in selectors", "CLAUSE col(a) = lit(1) AND col(b) IS NULL")
        }
        K::NOT_KW => ("the opposite", "SELECTOR NOT tagged('public')"),
        K::IN_KW => ("the value is one of a list", "col(status) IN lit(['open', 'done'])"),
        K::LIKE_KW => {
            ("the text matches a pattern: `%` any text, `_` any one character", "col(name) LIKE lit('a%')")
        }
        K::IS_KW | K::NULL_KW => {
            ("the value is missing; comparing with it is never true", "col(deleted_at) IS NULL")
        }
        K::HAS_COLUMN_KW => ("tables that have a column, perhaps of a type", "has_column(tenant_id, uuid)"),
        K::IN_SCHEMA_KW => ("tables of one schema", "in_schema(public)"),
        K::NAMED_KW => ("tables whose name matches a pattern", "named('billing_%')"),
        K::TAGGED_KW => ("tables that the configuration gives a tag", "tagged('pii')"),
        K::EXISTS_KW => (
            "some related row satisfies the clause",
            "exists(rel(_, project_id, projects, id), {col(tenant_id) = session('app.tenant_id')})",
        ),
        K::REL_KW => {
            ("leads from a row to rows of another table by equal columns", "rel(_, project_id, projects, id)")
        }
        K::COL_KW => ("the row's column", "col(tenant_id)"),
        K::SESSION_KW => ("a setting of the connection", "session('app.tenant_id')"),
        K::LIT_KW => ("a literal: a string, an integer, true, false, null, or a list", "lit('open')"),
        K::FN_KW => ("a function's result; the configuration says which are allowed", "fn(auth.uid, [])"),
        K::TRUE_KW | K::FALSE_KW => ("a truth value", "lit(true)"),
        _ => return None,
    })
}
