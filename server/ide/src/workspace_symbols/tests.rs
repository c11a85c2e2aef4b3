use expect_test::{Expect, expect};

use crate::test_support::{Fixture, NAMES, SCHEMA};

fn check(query: &str, expected: Expect) {
    let fixture = Fixture::new(&format!("{NAMES}{SCHEMA}"));
    let analysis = fixture.analysis();
    let found = analysis.project_symbols(query).unwrap();
    let shown = found.iter().map(|symbol| {
        let text = analysis.text(&symbol.place.file).unwrap().unwrap();
        let named = &text[symbol.place.range.start as usize..symbol.place.range.end as usize];
        let line = named.lines().next().unwrap_or_default();
        format!(
            "{} {:?} {} ({}) {}: {line}\n",
            symbol.distance, symbol.kind, symbol.name, symbol.container, symbol.place.file
        )
    });
    expected.assert_eq(&shown.collect::<String>());
}

#[test]
fn everything_is_found_without_a_query() {
    check(
        "",
        expect![[r#"
        1 Policy own (a.policy) a.policy: own
        1 Policy team_projects (b.policy) b.policy: 'team_projects'
        1 Grant GRANT SELECT TO app (b.policy) b.policy: GRANT SELECT TO app SELECTOR ALL
        1 Setting app.tenant_id (pgpe.yaml) pgpe.yaml: app.tenant_id
        1 Table projects (public) schema.sql: projects
        1 Table tasks (public) schema.sql: tasks
        1 Table tenants (public) schema.sql: tenants
        1 Table users (public) schema.sql: users
    "#]],
    );
}

#[test]
fn the_best_match_comes_first() {
    check(
        "projects",
        expect![[r#"
        0 Table projects (public) schema.sql: projects
        2 Policy team_projects (b.policy) b.policy: 'team_projects'
    "#]],
    );
    check(
        "TEN id",
        expect![[r#"
        4 Setting app.tenant_id (pgpe.yaml) pgpe.yaml: app.tenant_id
    "#]],
    );
    check(
        "tpr",
        expect![[r#"
        4 Policy team_projects (b.policy) b.policy: 'team_projects'
    "#]],
    );
    check("nothing like it", expect![[""]]);
}
