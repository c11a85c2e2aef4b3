//! Takes a statement to the code that understands it, and notes those that nothing does.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use squawk_syntax::ast::{self, AstNode, Stmt};
use squawk_syntax::syntax_error::SyntaxError;
use squawk_syntax::{Parse, SourceFile};

use super::names::{name_of, spelled};
use super::reader::Reader;
use super::split::{Piece, Statement, first_line, offset};

/// How a statement is to be treated, by its first words.
enum Treatment {
    /// It changes nothing that the catalog has.
    Ignore,
    /// It may change anything.
    Note,
    /// It is about the session.
    Session,
    /// It must be parsed.
    Parse,
}

/// Which statements are in transactions that are rolled back.
pub(super) fn rolled_back(pieces: &[Piece]) -> Vec<bool> {
    let mut undone = vec![false; pieces.len()];
    let mut begun: Option<usize> = None;
    let mut savepoints: Vec<(&str, usize)> = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let Piece::Statement(statement) = piece else { continue };
        let words: Vec<&str> = statement.words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["begin", ..] | ["start", "transaction", ..] => begun = Some(at),
            ["savepoint", name, ..] => savepoints.push((name, at)),
            ["rollback", rest @ ..] if rest.contains(&"to") => {
                let name = rest.last().unwrap_or(&"");
                let Some(depth) = savepoints.iter().rposition(|(known, _)| known == name) else { continue };
                savepoints.truncate(depth + 1);
                let from = savepoints.last().map_or(at, |(_, from)| *from);
                undone.iter_mut().take(at).skip(from).for_each(|undone| *undone = true);
            }
            ["release", .., name] => {
                if let Some(depth) = savepoints.iter().rposition(|(known, _)| known == name) {
                    savepoints.truncate(depth);
                }
            }
            ["commit" | "end" | "rollback" | "abort", rest @ ..] => {
                if let ("rollback" | "abort", Some(begun)) = (words[0], begun) {
                    undone.iter_mut().take(at).skip(begun).for_each(|undone| *undone = true);
                }
                savepoints.clear();
                // AND CHAIN begins the next transaction at once.
                let chained = rest.contains(&"chain") && !rest.contains(&"no");
                begun = chained.then_some(at);
            }
            _ => {}
        }
    }
    undone
}

fn treatment(words: &[String]) -> Treatment {
    let Some(first) = words.first() else { return Treatment::Ignore };
    match first.as_str() {
        "create" | "alter" | "drop" => definition_treatment(words),
        "comment" => match words.get(2).map(String::as_str) {
            Some("table" | "column" | "view" | "materialized" | "foreign") => Treatment::Parse,
            _ => Treatment::Ignore,
        },
        "grant" | "revoke" | "reassign" => Treatment::Parse,
        "set" | "reset" | "discard" | "select" | "with" | "begin" | "start" | "commit" | "end"
        | "rollback" | "abort" => Treatment::Session,
        "do" | "call" | "execute" | "import" => Treatment::Note,
        "insert" | "update" | "delete" | "merge" | "copy" | "truncate" | "values" | "table" | "analyze"
        | "analyse" | "vacuum" | "lock" | "listen" | "notify" | "unlisten" | "explain" | "refresh"
        | "reindex" | "cluster" | "repack" | "security" | "checkpoint" | "show" | "fetch" | "close"
        | "declare" | "move" | "deallocate" | "prepare" | "load" | "savepoint" | "release" => {
            Treatment::Ignore
        }
        _ => Treatment::Note,
    }
}

/// The treatment of CREATE, ALTER and DROP, by what they are about.
fn definition_treatment(words: &[String]) -> Treatment {
    let creates = words.first().is_some_and(|word| word == "create");
    let mut words = words.iter().skip(1).map(String::as_str);
    let mut about = words.next();
    if about == Some("or") {
        about = words.nth(1);
    }
    let next = words.next();
    match (about, next) {
        (Some("operator"), Some(next)) if creates && !matches!(next, "class" | "family") => Treatment::Parse,
        (Some("user"), Some("mapping")) | (Some("foreign"), Some("data")) => Treatment::Ignore,
        (
            Some(
                "sequence" | "trigger" | "constraint" | "event" | "publication" | "subscription" | "server"
                | "operator" | "aggregate" | "language" | "trusted" | "procedural" | "conversion" | "text"
                | "statistics" | "access" | "transform" | "tablespace" | "database" | "property" | "large"
                | "system" | "default",
            ),
            _,
        ) => Treatment::Ignore,
        _ => Treatment::Parse,
    }
}

/// What the parser makes of a statement.
pub(super) enum Parsed {
    /// Nothing, as it is not to be parsed.
    No,
    /// The parser gave up.
    Failed,
    Yes(Parse<SourceFile>, Vec<SyntaxError>),
}

/// Parses a statement if it has to be.
pub(super) fn parsed(statement: &Statement, source: &str) -> Parsed {
    let is_wanted = statement.unclosed.is_none() && matches!(treatment(&statement.words), Treatment::Parse);
    if !is_wanted || statement.complexity.is_excessive() {
        return Parsed::No;
    }
    let text = statement.visible_text(source);
    // The parser is made to survive any input, but asserts much; a mistake in it must cost no more
    // than the statement.
    let parsed = catch_unwind(AssertUnwindSafe(|| {
        let parse = SourceFile::parse(&text);
        let errors = parse.errors();
        (parse, errors)
    }));
    parsed.map_or(Parsed::Failed, |(parse, errors)| Parsed::Yes(parse, errors))
}

impl Reader<'_> {
    /// Applies a statement; `parsed`: what [`parsed`] says of it.
    pub(super) fn statement(&mut self, statement: &Statement, parsed: Parsed) {
        self.current = statement.range.clone();
        if let Some(at) = statement.unclosed {
            let range = first_line(self.source, at..statement.range.end);
            return self.note_at(range, "a string, quoted name or comment that begins here is not closed");
        }
        match treatment(&statement.words) {
            Treatment::Ignore => {}
            Treatment::Note => {
                let what = statement.words.first().map(|word| word.to_ascii_uppercase()).unwrap_or_default();
                self.note(match what.as_str() {
                    "DO" | "CALL" | "EXECUTE" => {
                        format!("{what} may change the schema in ways that are not read")
                    }
                    "IMPORT" => "the tables of IMPORT FOREIGN SCHEMA are not known".to_owned(),
                    _ => format!("{what} does not begin a statement that is understood"),
                });
            }
            Treatment::Session => self.session_statement(statement),
            Treatment::Parse => self.apply_parsed(statement, parsed),
        }
    }

    fn apply_parsed(&mut self, statement: &Statement, parsed: Parsed) {
        let (file, errors) = match parsed {
            Parsed::No => return self.note("too deeply nested, or too long an expression"),
            Parsed::Failed => return self.note("this could not be read"),
            Parsed::Yes(parse, errors) => (parse.tree(), errors),
        };
        let mut statements: Vec<Stmt> = file.stmts().collect();
        statements.retain(|statement| !matches!(statement, Stmt::EmptyStmt(_)));
        if statements.is_empty() {
            let error = errors.first().map_or("not a statement", |error| error.message());
            return self.note(format!("syntax error: {}", in_sql(error)));
        }
        // Where a semicolon is missing there are several.
        let alone = statements.len() == 1;
        let whole = statement.range.clone();
        for parsed in statements {
            let range = parsed.syntax().text_range();
            match errors.iter().find(|error| alone || range.contains_range(error.range())) {
                Some(error) => {
                    let at = whole.start + usize::from(range.start());
                    let line = first_line(self.source, at..whole.end.max(at));
                    self.note_at(line, format!("syntax error: {}", in_sql(error.message())));
                }
                None => self.apply(parsed),
            }
        }
    }

    /// Applies a parsed statement.
    pub(super) fn apply(&mut self, statement: Stmt) {
        match statement {
            Stmt::CreateTable(node) => self.create_table(&node),
            Stmt::CreateTableAs(node) => self.create_table_as(node.table_name(), node.persistence()),
            Stmt::SelectInto(_) => self.note("the columns of a table that SELECT INTO creates are not known"),
            Stmt::CreateForeignTable(node) => self.create_foreign_table(&node),
            Stmt::AlterTable(node) => {
                self.alter_table(node.table_relation_name(), node.if_exists().is_some(), node.actions());
            }
            Stmt::AlterForeignTable(node) => {
                self.alter_table(node.table_relation_name(), node.if_exists().is_some(), node.actions());
            }
            Stmt::CreateIndex(node) => self.create_index(&node),
            Stmt::AlterIndex(node) => self.alter_index(&node),
            Stmt::DropIndex(node) => self.drop_indexes(&node),
            Stmt::CreateView(node) => self.create_view(&node),
            Stmt::CreateMaterializedView(node) => self.create_materialized_view(&node),
            Stmt::AlterView(node) => self.alter_view(&node),
            Stmt::AlterMaterializedView(node) => self.alter_materialized_view(&node),
            Stmt::DropTable(node) => self.drop_relations(node.table_name_refs(), node.drop_behavior()),
            Stmt::DropForeignTable(node) => self.drop_relations(node.table_name_refs(), node.drop_behavior()),
            Stmt::DropView(node) => self.drop_relations(node.view_refs(), node.drop_behavior()),
            Stmt::DropMaterializedView(node) => self.drop_relations(node.view_refs(), node.drop_behavior()),
            Stmt::CreateType(node) => self.create_type(&node),
            Stmt::AlterType(node) => self.alter_type(&node),
            Stmt::DropType(node) => self.drop_types(node.type_name_refs(), node.drop_behavior()),
            Stmt::CreateDomain(node) => self.create_domain(&node),
            Stmt::AlterDomain(node) => self.alter_domain(&node),
            Stmt::DropDomain(node) => self.drop_types(node.domain_refs(), node.drop_behavior()),
            Stmt::CreateCollation(node) => self.create_collation(&node),
            Stmt::AlterCollation(node) => self.alter_collation(&node),
            Stmt::DropCollation(node) => self.drop_collations(&node),
            Stmt::CreateExtension(node) => self.create_extension(&node),
            Stmt::AlterExtension(node) => self.alter_extension(&node),
            Stmt::DropExtension(node) => self.drop_extensions(&node),
            Stmt::CreatePolicy(node) => self.create_policy(&node),
            Stmt::AlterPolicy(node) => self.alter_policy(&node),
            Stmt::DropPolicy(node) => self.drop_policy(&node),
            Stmt::CreateSchema(node) => self.create_schema(&node),
            Stmt::AlterSchema(node) => self.alter_schema(&node),
            Stmt::DropSchema(node) => self.drop_schemas(&node),
            Stmt::CreateOperator(node) => self.create_operator(&node),
            Stmt::CreateCast(node) => self.create_cast(&node),
            Stmt::DropCast(node) => self.drop_cast(&node),
            Stmt::CreateRule(node) => self.create_rule(&node),
            Stmt::DropRule(node) => self.drop_rule(&node),
            Stmt::CommentOn(node) => self.comment(&node),
            other => self.apply_to_routine_or_role(other),
        }
    }

    fn apply_to_routine_or_role(&mut self, statement: Stmt) {
        match statement {
            Stmt::CreateFunction(node) => self.create_function(&node),
            Stmt::CreateProcedure(node) => self.create_procedure(&node),
            Stmt::AlterFunction(node) => {
                let sig = node.function_sig();
                let name = sig.as_ref().and_then(|sig| spelled(&sig.function_name_ref()?));
                let params = sig.and_then(|sig| sig.param_list());
                self.alter_routine(name, params, node.action().as_ref().map(AstNode::syntax));
            }
            Stmt::AlterProcedure(node) => {
                let sig = node.procedure_sig();
                let name = sig.as_ref().and_then(|sig| spelled(&sig.procedure_name_ref()?));
                let params = sig.and_then(|sig| sig.param_list());
                self.alter_routine(name, params, node.action().as_ref().map(AstNode::syntax));
            }
            Stmt::AlterRoutine(node) => {
                let sig = node.routine_sig();
                let name = sig.as_ref().and_then(|sig| spelled(&sig.routine_name_ref()?));
                let params = sig.and_then(|sig| sig.param_list());
                self.alter_routine(name, params, node.action().as_ref().map(AstNode::syntax));
            }
            Stmt::DropFunction(node) => {
                let cascade = super::drop::cascades(node.drop_behavior());
                for sig in node.function_sig_list().into_iter().flat_map(|list| list.function_sigs()) {
                    let name = sig.function_name_ref().and_then(|name| spelled(&name));
                    self.drop_routine(name, sig.param_list(), cascade);
                }
            }
            Stmt::DropProcedure(node) => {
                for sig in node.procedure_sig_list().into_iter().flat_map(|list| list.procedure_sigs()) {
                    let name = sig.procedure_name_ref().and_then(|name| spelled(&name));
                    self.drop_routine(name, sig.param_list(), false);
                }
            }
            Stmt::DropRoutine(node) => {
                let cascade = super::drop::cascades(node.drop_behavior());
                for sig in node.routine_sig_list().into_iter().flat_map(|list| list.routine_sigs()) {
                    let name = sig.routine_name_ref().and_then(|name| spelled(&name));
                    self.drop_routine(name, sig.param_list(), cascade);
                }
            }
            Stmt::CreateRole(node) => self.create_role(node.role(), node.role_option_list(), false),
            Stmt::CreateGroup(node) => self.create_role(node.role(), node.role_option_list(), false),
            Stmt::CreateUser(node) => self.create_role(node.role(), node.role_option_list(), true),
            Stmt::AlterRole(node) => {
                let action = node.action();
                self.alter_role(node.role_ref(), action.as_ref().map(AstNode::syntax));
            }
            Stmt::AlterUser(node) => {
                let action = node.action();
                self.alter_role(node.role_ref(), action.as_ref().map(AstNode::syntax));
            }
            Stmt::AlterGroup(node) => self.alter_group(&node),
            Stmt::DropRole(node) => self.drop_roles(node.role_refs()),
            Stmt::DropUser(node) => self.drop_roles(node.role_refs()),
            Stmt::DropGroup(node) => self.drop_roles(node.role_refs()),
            Stmt::DropOwned(node) => self.drop_owned(&node),
            Stmt::Reassign(node) => self.reassign(&node),
            Stmt::Grant(node) => self.grant(&node),
            Stmt::Revoke(node) => self.revoke(&node),
            Stmt::CreateSequence(_) | Stmt::CreateTrigger(_) | Stmt::EmptyStmt(_) => {}
            _ => self.note("this kind of statement is not understood"),
        }
    }

    fn create_table_as(&mut self, name: Option<ast::TableName>, persistence: Option<ast::Persistence>) {
        let Some(name) = name.and_then(|name| spelled(&name)) else { return };
        if matches!(persistence, Some(ast::Persistence::Temp(_))) {
            self.temporary.insert(name.name);
            return;
        }
        let name = self.created(&name);
        self.note(format!("the columns of {name}, created from a query, are not known"));
        self.mark_missing(name);
    }

    /// CREATE SCHEMA, with what may follow in it.
    fn create_schema(&mut self, node: &ast::CreateSchema) {
        let (schema, owner) = match node.create_schema_target() {
            Some(ast::CreateSchemaTarget::NamedSchema(target)) => {
                let owner = target.role_ref().and_then(|role| self.role_name(&role));
                (target.schema().map(|schema| name_of(&schema)), owner)
            }
            Some(ast::CreateSchemaTarget::AuthorizationSchema(target)) => {
                let role = target.role().map(|role| name_of(&role));
                (role.clone(), role)
            }
            None => (None, None),
        };
        let Some(schema) = schema else { return };
        self.add_schema(&schema, owner.or_else(|| self.role.clone()));
        self.absent_schemas.remove(&schema);
        self.search_path.insert(0, schema);
        for element in node.schema_elements() {
            if let Some(element) = Stmt::cast(element.syntax().clone()) {
                self.apply(element);
            }
        }
        self.search_path.remove(0);
    }

    /// COMMENT ON a table, view or column.
    fn comment(&mut self, node: &ast::CommentOn) {
        let text = node.literal().and_then(|text| text.string_value());
        let relation = match node.comment_object() {
            Some(ast::CommentObject::ObjectTable(object)) => {
                object.table_name_ref().and_then(|it| spelled(&it))
            }
            Some(ast::CommentObject::ObjectForeignTable(object)) => {
                object.table_name_ref().and_then(|it| spelled(&it))
            }
            Some(ast::CommentObject::ObjectView(object)) => object.view_ref().and_then(|it| spelled(&it)),
            Some(ast::CommentObject::ObjectMaterializedView(object)) => {
                object.view_ref().and_then(|it| spelled(&it))
            }
            Some(ast::CommentObject::ObjectColumn(object)) => return self.comment_column(&object, text),
            _ => None,
        };
        let Some(name) = relation.and_then(|name| self.find_relation(&name)) else { return };
        if let Some(relation) = self.relation_mut(&name) {
            relation.comment = text;
        }
    }

    fn comment_column(&mut self, object: &ast::ObjectColumn, text: Option<String>) {
        let Some(path) = object.name() else { return };
        let mut path = super::names::parts(path.syntax());
        let Some((column, _)) = path.pop() else { return };
        let Some((name, range)) = path.pop() else { return };
        let schema = path.pop().map(|(schema, _)| schema);
        let Some(name) = self.find_relation(&super::names::Spelled { schema, name, range }) else { return };
        let columns = self.relation_mut(&name).map(|relation| &mut relation.columns);
        if let Some(column) = columns.into_iter().flatten().find(|it| it.name == column) {
            column.comment = text;
        }
    }

    /// A psql command: only those that bring in more SQL matter.
    pub(super) fn command(&mut self, range: Range<usize>) {
        let text = self.source.get(range.clone()).unwrap_or_default();
        let name = text.trim_start_matches('\\').split_whitespace().next().unwrap_or_default();
        let reason = match name {
            "c" | "connect" => {
                self.search_path = vec!["public".to_owned()];
                if self.catalog.relations.is_empty() {
                    return;
                }
                "what follows is in another database, but is read as if it were not"
            }
            "i" | "ir" | "include" | "include_relative" => "the file that is included here is not read",
            "gexec" => "the statements that this query makes are not read",
            "if" | "elif" | "else" => "conditions are not understood: what they guard is read in any case",
            _ => return,
        };
        self.note_at(offset(range.start)..offset(range.end), reason);
    }
}

/// An error message with keywords and signs as SQL spells them, not as the parser calls them.
fn in_sql(message: &str) -> String {
    let words = message.split(' ').map(|word| match word.trim_end_matches(',') {
        "R_PAREN" => "`)`",
        "L_PAREN" => "`(`",
        "COMMA" => "`,`",
        "SEMICOLON" => "`;`",
        keyword => keyword.strip_suffix("_KW").unwrap_or(word),
    });
    words.collect::<Vec<_>>().join(" ")
}
