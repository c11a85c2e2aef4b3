use expect_test::expect;

use super::check;

#[test]
fn policies() {
    check(
        "CREATE TABLE t (a int, b text);
         CREATE POLICY simple ON t USING (a = 1);
         CREATE POLICY full ON public.t AS RESTRICTIVE FOR UPDATE TO r2, r1, r2 USING ( a IN (1, 2) ) WITH CHECK (b = ')');
         CREATE POLICY \"Insert\" ON t AS PERMISSIVE FOR INSERT TO PUBLIC WITH CHECK (true);
         CREATE POLICY mixed ON t FOR SELECT TO r1, public USING (false);
         CREATE POLICY gone ON t FOR DELETE USING (true);
         CREATE POLICY gone ON t FOR DELETE USING (true);
         DROP POLICY gone ON t;
         DROP POLICY IF EXISTS gone ON missing;
         ALTER POLICY simple ON t TO r3 WITH CHECK (a = 2);
         ALTER POLICY mixed ON t RENAME TO renamed;
         ALTER POLICY missing ON t USING (true);
         CREATE POLICY p ON missing USING (true);",
        expect![[r#"
            table public.t
              a integer
              b text
              policy Insert permissive INSERT to [] check <true>
              policy full restrictive UPDATE to [r1, r2] using <a IN (1, 2)> check <b = ')'>
              policy renamed permissive SELECT to [] using <false>
              policy simple permissive ALL to [r3] using <a = 1> check <a = 2>
            note: the policy gone on public.t exists already @ CREATE POLICY gone ON t FOR DELETE USING (true);
            note: the policy missing on public.t is not defined here @ ALTER POLICY missing ON t USING (true);
            note: public.missing is not defined here @ CREATE POLICY p ON missing USING (true);
        "#]],
    );
}

#[test]
fn renamed_columns_are_renamed_in_policies() {
    check(
        "CREATE TABLE tenants (id int, a int);
         CREATE TABLE t (a int, tenant_id int);
         CREATE POLICY p ON t USING (a = 1 AND t.a = 2 AND public.t.a = 3 AND 'a' <> \"a\"::text AND a(1) = 1);
         CREATE POLICY inner_a ON t USING (EXISTS (SELECT 1 FROM tenants WHERE a = 1 AND t.a = 2));
         CREATE POLICY outer_a ON t USING (EXISTS (SELECT 1 FROM tenants x WHERE x.a = a AND x.id = tenant_id));
         CREATE POLICY derived ON t USING (EXISTS (SELECT 1 FROM (SELECT 1 AS a) x WHERE a = 1));
         CREATE POLICY on_tenants ON tenants USING ((EXISTS ( SELECT 1 FROM (t JOIN tenants y ON ((y.id = t.tenant_id))) WHERE (t.a = tenants.a))));
         ALTER TABLE t RENAME a TO \"B b\";",
        expect![[r#"
            table public.t
              B b integer
              tenant_id integer
              policy derived permissive ALL to [] using <EXISTS (SELECT 1 FROM (SELECT 1 AS a) x WHERE a = 1)>
              policy inner_a permissive ALL to [] using <EXISTS (SELECT 1 FROM tenants WHERE a = 1 AND t."B b" = 2)>
              policy outer_a permissive ALL to [] using <EXISTS (SELECT 1 FROM tenants x WHERE x.a = a AND x.id = tenant_id)>
              policy p permissive ALL to [] using <"B b" = 1 AND t."B b" = 2 AND public.t."B b" = 3 AND 'a' <> "B b"::text AND a(1) = 1>
            table public.tenants
              id integer
              a integer
              policy on_tenants permissive ALL to [] using <(EXISTS ( SELECT 1 FROM (t JOIN tenants y ON ((y.id = t.tenant_id))) WHERE (t."B b" = tenants.a)))>
            note: the policy derived on public.t may mention the column public.t.a @ ALTER TABLE t RENAME a TO "B b";
        "#]],
    );
}

#[test]
fn names_in_policies_stay_what_they_are() {
    check(
        "CREATE SCHEMA app;
         CREATE TABLE app.tenants (id int);
         CREATE TABLE t (id int, tenant_id int);
         SET search_path TO app, public;
         CREATE POLICY of_app ON t USING (EXISTS (SELECT 1 FROM tenants WHERE tenants.id = tenant_id));
         CREATE POLICY own_schema ON t USING (id IN (SELECT id FROM t x WHERE x.id = tenant_id));
         CREATE POLICY hidden ON t USING (EXISTS (SELECT 1 FROM tenants t WHERE t.id = tenant_id));
         ALTER TABLE tenants ADD COLUMN tenant_id int;
         CREATE POLICY later ON t USING (EXISTS (SELECT 1 FROM tenants WHERE tenants.id = tenant_id));
         ALTER TABLE tenants SET SCHEMA public;
         ALTER TABLE public.t SET SCHEMA app;",
        expect![[r#"
            table app.t
              id integer
              tenant_id integer
              policy hidden permissive ALL to [] using <EXISTS (SELECT 1 FROM public.tenants t WHERE t.id = tenant_id)>
              policy later permissive ALL to [] using <EXISTS (SELECT 1 FROM public.tenants WHERE tenants.id = tenant_id)>
              policy of_app permissive ALL to [] using <EXISTS (SELECT 1 FROM public.tenants WHERE tenants.id = t.tenant_id)>
              policy own_schema permissive ALL to [] using <id IN (SELECT id FROM app.t x WHERE x.id = tenant_id)>
            table public.tenants
              id integer
              tenant_id integer
            note: the policy hidden on public.t may mention the column app.tenants.tenant_id @ ALTER TABLE tenants ADD COLUMN tenant_id int;
        "#]],
    );
}
