use pgpe_catalog::TableGrant;

use super::*;
use crate::fixture::{existing, grant, observed, table, users};

fn column(privilege: &str, column: &str) -> TableGrant {
    TableGrant { column: Some(column.to_owned()), ..grant("app", privilege) }
}

#[test]
fn names_are_quoted() {
    let odd = QualifiedName::new("My Schema", "a\"b");
    let change = Change::Rename { from: "x; --".to_owned(), to: "select".to_owned() };
    assert_eq!(change.sql(&odd), r#"ALTER POLICY "x; --" ON "My Schema"."a""b" RENAME TO "select";"#);
    let granted: BTreeSet<TableGrant> =
        [TableGrant { role: Some("A b".to_owned()), ..column("UPDATE", "C\"d") }].into();
    assert_eq!(Change::Grant(granted).sql(&odd), r#"GRANT UPDATE ("C""d") ON "My Schema"."a""b" TO "A b";"#);
}

#[test]
fn privileges_on_tables_and_columns() {
    let grants = [grant("app", "SELECT"), column("UPDATE", "a"), column("UPDATE", "b")].into();
    assert_eq!(Change::Grant(grants).sql(&users()), "GRANT SELECT, UPDATE (a, b) ON public.users TO app;");
    let public = [TableGrant { role: None, ..grant("", "SELECT") }].into();
    assert_eq!(Change::Revoke(public).sql(&users()), "REVOKE SELECT ON public.users FROM PUBLIC;");
}

#[test]
fn what_is_undone_is_as_it_was() {
    let mut catalog = observed(&[("p", "A"), ("q", "B")], &[("app", "DELETE")]);
    table(&mut catalog).grants.insert(column("SELECT", "a"));
    let before = table(&mut catalog).clone();
    let mut checked = existing("C");
    checked.check = Some("D".to_owned());
    let altered =
        |to| Change::Alter { name: "p".to_owned(), from: existing("A"), to: PolicyForms::observed(to) };
    let changes = [
        Change::Create { name: "r".to_owned(), policy: PolicyForms::observed(&checked) },
        altered(&checked),
        altered(&existing("Z")),
        Change::Rename { from: "p".to_owned(), to: "r".to_owned() },
        Change::Drop { name: "q".to_owned() },
        Change::Enable(false),
        Change::Force(false),
        Change::Grant([grant("app", "SELECT"), grant("app", "INSERT")].into()),
        Change::Revoke([grant("app", "DELETE")].into()),
    ];
    for change in changes {
        let mut relation = before.clone();
        change.apply_to(&mut relation);
        assert_ne!(relation, before, "{change:?}");
        for inverse in change.inverse(&before) {
            inverse.apply_to(&mut relation);
        }
        assert_eq!(relation, before, "{change:?}");
    }
}
