use expect_test::expect;

use super::check;

#[test]
fn partitions_have_what_the_partitioned_table_has() {
    check(
        "CREATE TABLE tenants (id uuid PRIMARY KEY);
         CREATE TABLE e (
           id int NOT NULL, at date, tenant_id uuid REFERENCES tenants, PRIMARY KEY (id, at), CONSTRAINT u UNIQUE (at, id)
         ) PARTITION BY RANGE (at);
         CREATE UNIQUE INDEX ON e (at, id, tenant_id);
         CREATE TABLE e1 PARTITION OF e (tenant_id NOT NULL, UNIQUE (id)) FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
         CREATE TABLE e2 PARTITION OF e DEFAULT PARTITION BY HASH (id);
         CREATE TABLE e2a PARTITION OF e2 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
         ALTER TABLE e ADD COLUMN note text UNIQUE;
         ALTER TABLE e ADD FOREIGN KEY (id) REFERENCES missing;
         ALTER TABLE e DROP CONSTRAINT u;",
        expect![[r#"
            partitionedtable public.e
              id integer not null
              at date not null
              tenant_id uuid
              note text
              key e_at_id_tenant_id_idx (at, id, tenant_id)
              key e_note_key (note)
              key e_pkey (id, at) primary
              fk e_tenant_id_fkey (tenant_id) -> public.tenants (id)
            table public.e1 [partition of public.e]
              id integer not null
              at date not null
              tenant_id uuid not null
              note text
              key e1_at_id_tenant_id_idx (at, id, tenant_id)
              key e1_id_key (id)
              key e1_note_key (note)
              key e1_pkey (id, at) primary
              fk e_tenant_id_fkey (tenant_id) -> public.tenants (id)
            partitionedtable public.e2 [partition of public.e]
              id integer not null
              at date not null
              tenant_id uuid
              note text
              key e2_at_id_tenant_id_idx (at, id, tenant_id)
              key e2_note_key (note)
              key e2_pkey (id, at) primary
              fk e_tenant_id_fkey (tenant_id) -> public.tenants (id)
            table public.e2a [partition of public.e2]
              id integer not null
              at date not null
              tenant_id uuid
              note text
              key e2a_at_id_tenant_id_idx (at, id, tenant_id)
              key e2a_note_key (note)
              key e2a_pkey (id, at) primary
              fk e_tenant_id_fkey (tenant_id) -> public.tenants (id)
            table public.tenants
              id uuid not null
              key tenants_pkey (id) primary
            note: a foreign key of public.e refers to public.missing, which is not defined here @ ALTER TABLE e ADD FOREIGN KEY (id) REFERENCES missing;
        "#]],
    );
}

#[test]
fn indexes_of_only_the_partitioned_table_are_invalid_until_all_are_attached() {
    check(
        "CREATE TABLE e (id int NOT NULL, at int NOT NULL) PARTITION BY LIST (at);
         CREATE TABLE e1 (at int NOT NULL, id int NOT NULL);
         CREATE TABLE e2 (id int NOT NULL, at int NOT NULL);
         CREATE TABLE e3 (id int NOT NULL, at int NOT NULL) PARTITION BY LIST (id);
         CREATE TABLE e4 (id int NOT NULL, at int NOT NULL);
         ALTER TABLE ONLY e ATTACH PARTITION e1 FOR VALUES IN (1);
         ALTER TABLE ONLY e ATTACH PARTITION e2 FOR VALUES IN (2);
         ALTER TABLE ONLY e ATTACH PARTITION e3 FOR VALUES IN (3);
         ALTER TABLE ONLY e3 ATTACH PARTITION e4 FOR VALUES IN (3);
         ALTER TABLE ONLY e ADD CONSTRAINT e_pkey PRIMARY KEY (id, at);
         CREATE UNIQUE INDEX never ON ONLY e (at, id);
         ALTER TABLE ONLY e1 ADD CONSTRAINT e1_pkey PRIMARY KEY (id, at);
         ALTER TABLE ONLY e2 ADD CONSTRAINT e2_pkey PRIMARY KEY (id, at);
         ALTER TABLE ONLY e3 ADD CONSTRAINT e3_pkey PRIMARY KEY (id, at);
         ALTER TABLE ONLY e4 ADD CONSTRAINT e4_pkey PRIMARY KEY (id, at);
         ALTER INDEX e_pkey ATTACH PARTITION e1_pkey;
         ALTER INDEX e_pkey ATTACH PARTITION e2_pkey;
         ALTER INDEX e_pkey ATTACH PARTITION e3_pkey;
         ALTER INDEX e3_pkey ATTACH PARTITION e4_pkey;
         CREATE UNIQUE INDEX one ON e1 (at, id);
         ALTER INDEX never ATTACH PARTITION one;",
        expect![[r#"
            partitionedtable public.e
              id integer not null
              at integer not null
              key e_pkey (id, at) primary
              key never (at, id) invalid
            table public.e1 [partition of public.e]
              at integer not null
              id integer not null
              key e1_pkey (id, at) primary
              key one (at, id)
            table public.e2 [partition of public.e]
              id integer not null
              at integer not null
              key e2_pkey (id, at) primary
            partitionedtable public.e3 [partition of public.e]
              id integer not null
              at integer not null
              key e3_pkey (id, at) primary
            table public.e4 [partition of public.e3]
              id integer not null
              at integer not null
              key e4_pkey (id, at) primary
        "#]],
    );
}

#[test]
fn attaching_uses_what_the_table_has() {
    check(
        "CREATE TABLE t (id int PRIMARY KEY);
         CREATE TABLE e (id int, at int, PRIMARY KEY (id, at), UNIQUE (at), FOREIGN KEY (id) REFERENCES t) PARTITION BY LIST (at);
         CREATE TABLE p (id int NOT NULL, at int NOT NULL, CONSTRAINT own_key UNIQUE (at), CONSTRAINT own_fk FOREIGN KEY (id) REFERENCES t);
         CREATE UNIQUE INDEX not_a_constraint ON p (id, at);
         ALTER TABLE e ATTACH PARTITION p DEFAULT;
         CREATE TABLE q PARTITION OF e FOR VALUES IN (3);
         ALTER TABLE e DETACH PARTITION q CONCURRENTLY;
         ALTER TABLE e ADD COLUMN late int;
         ALTER TABLE e DROP CONSTRAINT e_at_key, DROP CONSTRAINT e_id_fkey;
         DROP TABLE e;",
        expect![[r#"
            table public.q
              id integer not null
              at integer not null
              key q_at_key (at)
              key q_pkey (id, at) primary
              fk e_id_fkey (id) -> public.t (id)
            table public.t
              id integer not null
              key t_pkey (id) primary
        "#]],
    );
}
