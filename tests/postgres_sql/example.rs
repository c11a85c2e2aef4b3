//! The multi-tenant example on a real server.

use crate::server::{Database, unique_name};
use crate::{column as query, run};

const SCRIPT: &str = include_str!("../../server/sqlgen/tests/data/saas.sql");

const SCHEMA: &str = "
    CREATE TABLE public.users (id int PRIMARY KEY, tenant_id text NOT NULL);
    CREATE TABLE public.projects (id int PRIMARY KEY, tenant_id text NOT NULL, is_deleted boolean NOT NULL);
    CREATE TABLE public.tasks (id int PRIMARY KEY, project_id int NOT NULL REFERENCES public.projects);
    CREATE TABLE public.comments (id int PRIMARY KEY, tenant_id text NOT NULL);
    CREATE TABLE public.files (id int PRIMARY KEY, project_id int NOT NULL REFERENCES public.projects);
    INSERT INTO public.users VALUES (1, 'acme'), (2, 'globex');
    INSERT INTO public.projects VALUES (1, 'acme', false), (2, 'globex', false), (3, 'acme', true);
    INSERT INTO public.tasks VALUES (1, 1), (2, 2), (3, 3);
    INSERT INTO public.comments VALUES (1, 'acme'), (2, 'globex');
    INSERT INTO public.files VALUES (1, 1), (2, 2);
";

#[test]
fn each_tenant_sees_its_own() {
    let database = Database::create();
    let mut client = database.connect();
    let app = unique_name("app");
    run(&mut client, SCHEMA);
    run(&mut client, &format!("SET search_path = ''; {SCRIPT}"));
    run(&mut client, &format!("CREATE ROLE {app}; GRANT ALL ON ALL TABLES IN SCHEMA public TO {app}"));
    run(&mut client, &format!("SET ROLE {app}"));
    for (tenant, id) in [("acme", "1"), ("globex", "2")] {
        run(&mut client, &format!("SET app.tenant_id = '{tenant}'"));
        for table in ["users", "projects", "tasks", "comments", "files"] {
            assert_eq!(
                query(&mut client, &format!("SELECT id FROM public.{table}")),
                [id],
                "{tenant} {table}"
            );
        }
    }
    run(&mut client, "SET app.tenant_id = 'nobody'");
    for table in ["users", "projects", "tasks", "comments", "files"] {
        assert!(query(&mut client, &format!("SELECT id FROM public.{table}")).is_empty());
    }
}
