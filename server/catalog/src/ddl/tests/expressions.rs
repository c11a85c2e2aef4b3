use super::super::expression::{Names, references};
use crate::QualifiedName;

/// `tasks (id, project_id, title)` and `projects (id, tenant_id)`.
struct Schema;

impl Names for Schema {
    fn relation(&self, schema: Option<&str>, name: &str) -> Option<QualifiedName> {
        let known = ["tasks", "projects"].contains(&name) && schema.is_none_or(|schema| schema == "public");
        known.then(|| QualifiedName::new("public", name))
    }

    fn has_column(&self, relation: &QualifiedName, column: &str) -> bool {
        match relation.name.as_str() {
            "tasks" => ["id", "project_id", "title"].contains(&column),
            _ => ["id", "tenant_id"].contains(&column),
        }
    }
}

/// The columns of a policy on tasks, as `table.column`, those that are unclear with a `?`.
fn columns(text: &str) -> Vec<String> {
    let found = references(text, &QualifiedName::new("public", "tasks"), &Schema);
    let clear = found.columns.into_iter().map(|it| format!("{}.{}", it.relation.name, it.column));
    clear.chain(found.unclear.into_iter().map(|column| format!("{column}?"))).collect()
}

#[test]
fn columns_belong_to_the_innermost_relation_that_has_them() {
    for (text, expected) in [
        ("title = 'id'", &["tasks.title"] as &[&str]),
        ("tenant_id = 1", &[]),
        ("EXISTS (SELECT 1 FROM projects WHERE id = project_id)", &["projects.id", "tasks.project_id"]),
        ("project_id IN (SELECT p.id FROM public.projects AS p)", &["tasks.project_id", "projects.id"]),
        (
            "EXISTS (SELECT 1 FROM projects p, tasks t WHERE p.id = t.id AND tasks.id = 1)",
            &["projects.id", "tasks.id", "tasks.id"],
        ),
        ("EXISTS (SELECT 1 FROM unknown u WHERE u.id = id)", &["unknown?", "u?", "id?", "id?"]),
        ("EXISTS (SELECT 1 FROM (SELECT 1) x WHERE title = '')", &["x?", "title?"]),
        (
            "EXISTS (SELECT 1 FROM (projects a JOIN projects b ON ((a.id = b.id))) WHERE title = '')",
            &["projects.id", "projects.id", "tasks.title"],
        ),
        ("EXISTS (SELECT 1 FROM f(1) x WHERE x.id = 1)", &["x?", "id?"]),
        (
            "EXISTS (SELECT EXTRACT(year FROM tenant_id) FROM ONLY projects WHERE true)",
            &["projects.tenant_id"],
        ),
        ("EXISTS (WITH w AS (SELECT 1) SELECT FROM projects WHERE title = '')", &["w?", "title?"]),
        ("title(1) = title", &["tasks.title"]),
    ] {
        assert_eq!(columns(text), expected, "{text}");
    }
}
