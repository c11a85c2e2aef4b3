-- What schemas rarely have, and introspection has to get right all the same.
CREATE EXTENSION citext;
CREATE EXTENSION hstore;
CREATE EXTENSION postgres_fdw;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw;
CREATE SCHEMA "Other.Schema";
CREATE COLLATION public.folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TYPE public.mood AS ENUM ('sad', 'so so', 'it''s fine');
CREATE TYPE "Other.Schema"."Odd ""Type" AS ENUM ('a');
CREATE TYPE public.pair AS (one integer, two text);
CREATE TYPE public.span AS RANGE (subtype = integer);
CREATE DOMAIN public.code AS character varying(10) COLLATE "C";
CREATE DOMAIN public.short_code AS public.code NOT NULL;
CREATE DOMAIN public.amount AS numeric(12,2);

CREATE TABLE public.types (
  a text COLLATE public.folded,
  b varchar(20)[] NOT NULL,
  c char(3),
  d "char",
  e bpchar,
  f name,
  g bit(4),
  h bit varying(5),
  i interval day to second(3),
  j timestamp(3) with time zone,
  k time(0),
  l numeric(5),
  m public.mood,
  n public.mood[],
  o "Other.Schema"."Odd ""Type",
  p public.pair,
  q public.span,
  r public.code,
  s public.short_code,
  t public.amount[],
  u citext,
  v citext[],
  w hstore,
  x jsonb,
  y float4,
  z oid,
  aa integer[][],
  bb regclass,
  cc tstzrange,
  dd bytea,
  ee text COLLATE "POSIX",
  ff text COLLATE "ucs_basic"
);

CREATE TABLE public.keys (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  folded text COLLATE public.folded,
  plain text,
  pattern varchar(30),
  email citext UNIQUE,
  mood public.mood,
  code public.short_code,
  tags text[],
  part integer,
  extra integer,
  dropped integer,
  UNIQUE (plain, part) DEFERRABLE INITIALLY DEFERRED,
  UNIQUE NULLS NOT DISTINCT (extra) INCLUDE (part),
  EXCLUDE USING btree (part WITH =)
);
ALTER TABLE public.keys DROP COLUMN dropped;
ALTER TABLE public.keys ADD COLUMN later smallserial;
CREATE UNIQUE INDEX ON public.keys (folded);
CREATE UNIQUE INDEX keys_bytewise ON public.keys (folded COLLATE "C");
CREATE UNIQUE INDEX ON public.keys (plain COLLATE public.folded);
CREATE UNIQUE INDEX ON public.keys (plain text_pattern_ops, pattern varchar_pattern_ops);
CREATE UNIQUE INDEX keys_as_text ON public.keys (email text_ops);
CREATE UNIQUE INDEX ON public.keys (email citext_pattern_ops, part);
CREATE UNIQUE INDEX ON public.keys (mood, code, tags);
CREATE UNIQUE INDEX ON public.keys (lower(plain), part);
CREATE UNIQUE INDEX ON public.keys (part) WHERE part > 3;
CREATE UNIQUE INDEX ON public.keys (later DESC NULLS LAST) INCLUDE (id);
CREATE INDEX ON public.keys (extra);

CREATE TABLE "Other.Schema"."Target ""Table" (
  tenant uuid,
  id integer,
  id_again integer UNIQUE,
  PRIMARY KEY (tenant, id)
);
CREATE TABLE public.referring (
  tenant uuid,
  target integer,
  other integer REFERENCES "Other.Schema"."Target ""Table" (id_again),
  itself integer PRIMARY KEY REFERENCES public.referring,
  FOREIGN KEY (target, tenant) REFERENCES "Other.Schema"."Target ""Table" (id, tenant) ON DELETE CASCADE
);
ALTER TABLE public.referring ADD CONSTRAINT unsure FOREIGN KEY (other) REFERENCES public.referring NOT VALID;

CREATE TABLE public.parts (
  region text NOT NULL,
  id integer NOT NULL,
  boss integer,
  note text,
  PRIMARY KEY (region, id)
) PARTITION BY LIST (region);
CREATE TABLE public.parts_eu PARTITION OF public.parts FOR VALUES IN ('eu') PARTITION BY RANGE (id);
CREATE TABLE public.parts_eu_1 PARTITION OF public.parts_eu FOR VALUES FROM (0) TO (10);
CREATE TABLE public.parts_us (note text, id integer NOT NULL, gone text, region text NOT NULL, boss integer);
ALTER TABLE public.parts_us DROP COLUMN gone;
ALTER TABLE public.parts ATTACH PARTITION public.parts_us FOR VALUES IN ('us');
ALTER TABLE public.parts ADD FOREIGN KEY (boss) REFERENCES public.referring (itself);
CREATE TABLE public.to_parts (region text, id integer, FOREIGN KEY (region, id) REFERENCES public.parts);
CREATE UNIQUE INDEX parts_note ON ONLY public.parts (region, id, note);
CREATE TABLE public.logs (id integer NOT NULL, day date NOT NULL) PARTITION BY RANGE (day);
CREATE FOREIGN TABLE public.logs_far PARTITION OF public.logs FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')
  SERVER elsewhere;
CREATE FOREIGN TABLE public.far (id integer NOT NULL, name text) SERVER elsewhere;

CREATE TABLE public.base (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE public.derived (extra text) INHERITS (public.base);
CREATE TABLE public.second (extra text);
CREATE TABLE public.twice () INHERITS (public.second, public.base);

CREATE VIEW public.plain_view AS SELECT id, name AS label FROM public.base;
CREATE VIEW public.invoker WITH (security_invoker = 'yes', security_barrier) AS SELECT * FROM public.base;
CREATE VIEW public.not_invoker WITH (security_invoker = off) AS SELECT id FROM public.base;
CREATE MATERIALIZED VIEW public.stored AS SELECT id, name FROM public.base;
CREATE VIEW public.over_view AS SELECT label FROM public.plain_view WHERE id IN (SELECT stored.id FROM public.stored);
CREATE UNIQUE INDEX ON public.stored (id);

CREATE FUNCTION public.plain(a integer, b text DEFAULT 'x', c public.mood DEFAULT 'sad') RETURNS boolean
  STABLE STRICT SECURITY DEFINER LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION public.plain(a public.short_code) RETURNS public.code LANGUAGE sql AS 'SELECT a::text';
CREATE FUNCTION public.plain(VARIADIC a text[]) RETURNS void IMMUTABLE LANGUAGE sql AS '';
CREATE FUNCTION public.many() RETURNS SETOF integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION public.listed() RETURNS TABLE (a integer) LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION public.two(OUT a integer, INOUT b text) LANGUAGE sql AS 'SELECT 1, b';
CREATE FUNCTION public.row_of() RETURNS public.base LANGUAGE sql AS 'SELECT 1, ''x''::text';
CREATE FUNCTION public.touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION public.happened() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE PROCEDURE public.work(a numeric(3,1), INOUT b citext) LANGUAGE sql AS 'SELECT b';
CREATE AGGREGATE public.total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');

COMMENT ON TABLE public.types IS 'It''s a table';
COMMENT ON COLUMN public.types.a IS E'two\nlines';
COMMENT ON VIEW public.plain_view IS 'view';
COMMENT ON COLUMN public.plain_view.label IS 'label';
COMMENT ON MATERIALIZED VIEW public.stored IS 'stored';
COMMENT ON FOREIGN TABLE public.far IS 'far';

CREATE ROLE "Odd ""Role";
CREATE ROLE corner_group NOLOGIN;
CREATE ROLE corner_member LOGIN BYPASSRLS IN ROLE corner_group;
CREATE ROLE corner_proud NOINHERIT IN ROLE corner_group;
GRANT corner_member TO "Odd ""Role" WITH ADMIN OPTION;
CREATE ROLE corner_owner;
ALTER TABLE public.parts OWNER TO corner_owner;

GRANT SELECT, INSERT (a, b), UPDATE (a) ON public.types TO "Odd ""Role";
GRANT ALL ON public.keys TO corner_group WITH GRANT OPTION;
GRANT SELECT ON public.plain_view, public.stored, public.far TO PUBLIC;
GRANT SELECT ON public.parts TO corner_owner, corner_group;
REVOKE INSERT ON public.parts FROM corner_owner;

ALTER TABLE public.types ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.keys FORCE ROW LEVEL SECURITY;
CREATE POLICY "every ""thing" ON public.types USING (true) WITH CHECK (a = 'x');
CREATE POLICY reading ON public.types AS RESTRICTIVE FOR SELECT TO corner_proud, "Odd ""Role"
  USING (m = 'so so' AND EXISTS (SELECT 1 FROM public.keys k WHERE k.mood = types.m));
CREATE POLICY writing ON public.parts FOR INSERT TO PUBLIC WITH CHECK (region = current_setting('app.region'));
CREATE POLICY changing ON public.parts FOR UPDATE TO corner_owner USING (id > 3);
CREATE POLICY removing ON public.parts FOR DELETE USING ((boss = 1 OR boss = 2) AND id <> 4);

CREATE SCHEMA "Odd ""Schema" AUTHORIZATION corner_owner;
GRANT USAGE ON SCHEMA "Odd ""Schema" TO corner_group, corner_owner;
CREATE SCHEMA open_to_all;
GRANT ALL ON SCHEMA open_to_all TO PUBLIC;
CREATE SCHEMA closed;
GRANT CREATE ON SCHEMA closed TO corner_group;

CREATE FUNCTION public.read_uuid(text) RETURNS uuid LANGUAGE sql IMMUTABLE
  AS 'SELECT md5($1)::uuid';
CREATE CAST (text AS uuid) WITH FUNCTION public.read_uuid(text);
CREATE CAST (integer AS public.mood) WITH INOUT AS IMPLICIT;
CREATE FUNCTION public.always(character varying, character varying) RETURNS boolean LANGUAGE sql IMMUTABLE
  AS 'SELECT true';
CREATE OPERATOR public.= (LEFTARG = character varying, RIGHTARG = character varying, FUNCTION = public.always);

CREATE TABLE public.ruled (id integer);
CREATE TABLE public.logged (id integer);
CREATE RULE "Odd ""rule" AS ON INSERT TO public.ruled DO ALSO INSERT INTO public.logged VALUES (NEW.id);
CREATE RULE kept AS ON DELETE TO public.ruled DO INSTEAD NOTHING;
CREATE RULE quiet AS ON INSERT TO public.logged DO ALSO NOTHING;
