--
-- PostgreSQL database dump
--

\restrict HYF1iI4EOwoAH2P9mTBtfhX0gu0nVZiKDHpVndS7oAGCwhwaLEeqffU1IOy9HvY

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: Odd Names; Type: SCHEMA; Schema: -; Owner: app_owner
--

CREATE SCHEMA "Odd Names";


ALTER SCHEMA "Odd Names" OWNER TO app_owner;

--
-- Name: app; Type: SCHEMA; Schema: -; Owner: app_owner
--

CREATE SCHEMA app;


ALTER SCHEMA app OWNER TO app_owner;

--
-- Name: ext; Type: SCHEMA; Schema: -; Owner: postgres
--

CREATE SCHEMA ext;


ALTER SCHEMA ext OWNER TO postgres;

--
-- Name: folded; Type: COLLATION; Schema: app; Owner: app_owner
--

CREATE COLLATION app.folded (provider = icu, deterministic = false, locale = 'und-u-ks-level2');


ALTER COLLATION app.folded OWNER TO app_owner;

--
-- Name: german; Type: COLLATION; Schema: app; Owner: app_owner
--

CREATE COLLATION app.german (provider = icu, locale = 'de');


ALTER COLLATION app.german OWNER TO app_owner;

--
-- Name: citext; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA ext;


--
-- Name: EXTENSION citext; Type: COMMENT; Schema: -; Owner: 
--

COMMENT ON EXTENSION citext IS 'data type for case-insensitive character strings';


--
-- Name: pgcrypto; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA public;


--
-- Name: EXTENSION pgcrypto; Type: COMMENT; Schema: -; Owner: 
--

COMMENT ON EXTENSION pgcrypto IS 'cryptographic functions';


--
-- Name: address; Type: TYPE; Schema: app; Owner: app_owner
--

CREATE TYPE app.address AS (
	street text,
	city text
);


ALTER TYPE app.address OWNER TO app_owner;

--
-- Name: color; Type: TYPE; Schema: app; Owner: app_owner
--

CREATE TYPE app.color AS ENUM (
    'red',
    'green'
);


ALTER TYPE app.color OWNER TO app_owner;

--
-- Name: email; Type: DOMAIN; Schema: app; Owner: app_owner
--

CREATE DOMAIN app.email AS character varying(120)
	CONSTRAINT email_check CHECK (((VALUE)::text ~~ '%@%'::text));


ALTER DOMAIN app.email OWNER TO app_owner;

--
-- Name: mood; Type: TYPE; Schema: app; Owner: app_owner
--

CREATE TYPE app.mood AS ENUM (
    'gloomy',
    'ok',
    'happy',
    'it''s great'
);


ALTER TYPE app.mood OWNER TO app_owner;

--
-- Name: positive; Type: DOMAIN; Schema: app; Owner: app_owner
--

CREATE DOMAIN app.positive AS integer NOT NULL
	CONSTRAINT positive_check CHECK ((VALUE > 0));


ALTER DOMAIN app.positive OWNER TO app_owner;

--
-- Name: price; Type: DOMAIN; Schema: app; Owner: app_owner
--

CREATE DOMAIN app.price AS app.positive;


ALTER DOMAIN app.price OWNER TO app_owner;

--
-- Name: tag; Type: DOMAIN; Schema: app; Owner: app_owner
--

CREATE DOMAIN app.tag AS text COLLATE pg_catalog."C";


ALTER DOMAIN app.tag OWNER TO app_owner;

--
-- Name: work_email; Type: DOMAIN; Schema: app; Owner: app_owner
--

CREATE DOMAIN app.work_email AS app.email NOT NULL;


ALTER DOMAIN app.work_email OWNER TO app_owner;

--
-- Name: add_up(text); Type: FUNCTION; Schema: app; Owner: app_owner
--

CREATE FUNCTION app.add_up(text) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $_$begin return $1; end$_$;


ALTER FUNCTION app.add_up(text) OWNER TO app_owner;

--
-- Name: add_up(integer, numeric, character varying[]); Type: FUNCTION; Schema: app; Owner: app_owner
--

CREATE FUNCTION app.add_up(a integer, b numeric DEFAULT 1, VARIADIC c character varying[] DEFAULT '{}'::character varying[]) RETURNS numeric
    LANGUAGE sql IMMUTABLE STRICT
    RETURN ((a)::numeric + b);


ALTER FUNCTION app.add_up(a integer, b numeric, VARIADIC c character varying[]) OWNER TO app_owner;

--
-- Name: current_tenant(); Type: FUNCTION; Schema: app; Owner: app_owner
--

CREATE FUNCTION app.current_tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
  SELECT current_setting('app.tenant_id')::uuid; -- CREATE TABLE not_really (id int);
$$;


ALTER FUNCTION app.current_tenant() OWNER TO app_owner;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: users; Type: TABLE; Schema: app; Owner: app_owner
--

CREATE TABLE app.users (
    id bigint NOT NULL,
    tenant_id uuid NOT NULL,
    email app.work_email,
    login ext.citext NOT NULL,
    "Display Name" character varying(80) COLLATE app.folded,
    nickname text COLLATE app.german,
    code "char",
    initial character(1),
    fixed character(8),
    born date,
    seen timestamp(3) with time zone DEFAULT now(),
    seen_locally timestamp without time zone,
    wakes time(0) with time zone,
    sleeps time without time zone,
    height real,
    weight double precision,
    balance numeric(12,2) DEFAULT 0.00,
    score numeric,
    age smallint,
    flags bit(3),
    more_flags bit varying(9),
    ip inet,
    about json,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    tags app.tag[],
    grid integer[],
    lives_at app.address,
    span interval day to second(3),
    feels app.mood DEFAULT 'ok'::app.mood,
    likes app.color[],
    active boolean DEFAULT true,
    handle name,
    full_text text GENERATED ALWAYS AS (((login)::text || 'x'::text)) STORED,
    CONSTRAINT users_age_check CHECK (((age >= 0) AND (age <= 150))),
    CONSTRAINT users_height_check CHECK ((height > (0)::double precision))
);


ALTER TABLE app.users OWNER TO app_owner;

--
-- Name: many(); Type: FUNCTION; Schema: app; Owner: app_owner
--

CREATE FUNCTION app.many() RETURNS SETOF app.users
    LANGUAGE sql
    AS $$SELECT * FROM app.users$$;


ALTER FUNCTION app.many() OWNER TO app_owner;

--
-- Name: nothing_much(); Type: FUNCTION; Schema: app; Owner: app_owner
--

CREATE FUNCTION app.nothing_much() RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT 1;
 SELECT
         CASE
             WHEN true THEN 2
             ELSE NULL::integer
         END AS "case";
END;


ALTER FUNCTION app.nothing_much() OWNER TO app_owner;

--
-- Name: on_change(); Type: FUNCTION; Schema: app; Owner: app_owner
--

CREATE FUNCTION app.on_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RETURN NEW; END $$;


ALTER FUNCTION app.on_change() OWNER TO app_owner;

--
-- Name: one_out(); Type: FUNCTION; Schema: app; Owner: app_owner
--

CREATE FUNCTION app.one_out(OUT b app.mood) RETURNS app.mood
    LANGUAGE sql
    AS $$SELECT 'ok'::app.mood$$;


ALTER FUNCTION app.one_out(OUT b app.mood) OWNER TO app_owner;

--
-- Name: outs(app.work_email, text); Type: FUNCTION; Schema: app; Owner: app_owner
--

CREATE FUNCTION app.outs(a app.work_email, OUT b integer, INOUT c text) RETURNS record
    LANGUAGE sql
    AS $$SELECT 1, c$$;


ALTER FUNCTION app.outs(a app.work_email, OUT b integer, INOUT c text) OWNER TO app_owner;

--
-- Name: tabular(bigint); Type: FUNCTION; Schema: app; Owner: app_owner
--

CREATE FUNCTION app.tabular(n bigint) RETURNS TABLE(id bigint, name text)
    LANGUAGE sql
    AS $$SELECT 1::bigint, 'x'$$;


ALTER FUNCTION app.tabular(n bigint) OWNER TO app_owner;

--
-- Name: tidy(interval); Type: PROCEDURE; Schema: app; Owner: app_owner
--

CREATE PROCEDURE app.tidy(IN older_than interval)
    LANGUAGE sql
    AS $$ DELETE FROM app.logins $$;


ALTER PROCEDURE app.tidy(IN older_than interval) OWNER TO app_owner;

--
-- Name: Table "One"; Type: TABLE; Schema: Odd Names; Owner: app_owner
--

CREATE TABLE "Odd Names"."Table ""One""" (
    "Column" integer NOT NULL,
    "select" text,
    data integer
);


ALTER TABLE "Odd Names"."Table ""One""" OWNER TO app_owner;

--
-- Name: moving; Type: TABLE; Schema: Odd Names; Owner: app_owner
--

CREATE TABLE "Odd Names".moving (
    id integer NOT NULL,
    kind text,
    up integer
);


ALTER TABLE "Odd Names".moving OWNER TO app_owner;

--
-- Name: a_table_with_a_name_that_is_so_long_that_postgresql_has_to_cut_; Type: TABLE; Schema: app; Owner: app_owner
--

CREATE TABLE app.a_table_with_a_name_that_is_so_long_that_postgresql_has_to_cut_ (
    a_column_with_a_name_that_is_also_rather_long_indeed_to_say_the integer,
    b integer,
    c integer
);


ALTER TABLE app.a_table_with_a_name_that_is_so_long_that_postgresql_has_to_cut_ OWNER TO app_owner;

--
-- Name: active_users; Type: VIEW; Schema: app; Owner: app_owner
--

CREATE VIEW app.active_users AS
 SELECT u.id,
    u.email,
    lower(u.nickname) AS nick,
    u."Display Name"
   FROM app.users u
  WHERE u.active;


ALTER TABLE app.active_users OWNER TO app_owner;

--
-- Name: things; Type: TABLE; Schema: app; Owner: app_owner
--

CREATE TABLE app.things (
    id integer NOT NULL,
    notes character varying(10),
    colour app.color DEFAULT 'red'::app.color NOT NULL
);


ALTER TABLE app.things OWNER TO app_owner;

--
-- Name: boats; Type: TABLE; Schema: app; Owner: app_owner
--

CREATE TABLE app.boats (
    id integer,
    notes character varying(10),
    colour app.color DEFAULT NULL
)
INHERITS (app.things);


ALTER TABLE app.boats OWNER TO app_owner;

--
-- Name: likewise; Type: TABLE; Schema: app; Owner: app_owner
--

CREATE TABLE app.likewise (
    id integer NOT NULL,
    project_id uuid NOT NULL,
    parent_id integer,
    assignee_id bigint,
    title text,
    cost app.price
);


ALTER TABLE app.likewise OWNER TO app_owner;

--
-- Name: tasks; Type: TABLE; Schema: app; Owner: app_owner
--

CREATE TABLE app.tasks (
    id integer NOT NULL,
    project_id uuid NOT NULL,
    parent_id integer,
    assignee_id bigint,
    heading text,
    cost app.price
);


ALTER TABLE app.tasks OWNER TO app_owner;

--
-- Name: both_ways; Type: VIEW; Schema: app; Owner: app_owner
--

CREATE VIEW app.both_ways AS
 SELECT tasks.id
   FROM app.tasks
UNION
 SELECT likewise.id
   FROM app.likewise;


ALTER TABLE app.both_ways OWNER TO app_owner;

--
-- Name: cars; Type: TABLE; Schema: app; Owner: app_owner
--

CREATE TABLE app.cars (
    wheels smallint NOT NULL
)
INHERITS (app.things);


ALTER TABLE app.cars OWNER TO app_owner;

--
-- Name: events; Type: TABLE; Schema: app; Owner: app_owner
--

CREATE TABLE app.events (
    tenant_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    id bigint NOT NULL,
    payload jsonb,
    kind text NOT NULL
)
PARTITION BY RANGE (at);


ALTER TABLE app.events OWNER TO app_owner;

--
-- Name: events_2023; Type: TABLE; Schema: app; Owner: app_owner
--

CREATE TABLE app.events_2023 (
    tenant_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    id bigint NOT NULL,
    payload jsonb,
    kind text NOT NULL
);


ALTER TABLE app.events_2023 OWNER TO app_owner;

--
-- Name: events_2024; Type: TABLE; Schema: app; Owner: app_owner
--

CREATE TABLE app.events_2024 (
    tenant_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    id bigint NOT NULL,
    payload jsonb NOT NULL,
    kind text NOT NULL
)
PARTITION BY LIST (tenant_id);


ALTER TABLE app.events_2024 OWNER TO app_owner;

--
-- Name: events_2024_rest; Type: TABLE; Schema: app; Owner: app_owner
--

CREATE TABLE app.events_2024_rest (
    tenant_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    id bigint NOT NULL,
    payload jsonb NOT NULL,
    kind text NOT NULL
);


ALTER TABLE app.events_2024_rest OWNER TO app_owner;

--
-- Name: events_detached; Type: TABLE; Schema: app; Owner: app_owner
--

CREATE TABLE app.events_detached (
    tenant_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    id bigint NOT NULL,
    payload jsonb
);


ALTER TABLE app.events_detached OWNER TO app_owner;

--
-- Name: events_old; Type: TABLE; Schema: app; Owner: app_owner
--

CREATE TABLE app.events_old (
    tenant_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    id bigint NOT NULL,
    payload jsonb,
    kind text NOT NULL
);


ALTER TABLE app.events_old OWNER TO app_owner;

--
-- Name: projects; Type: TABLE; Schema: app; Owner: app_owner
--

CREATE TABLE app.projects (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    tenant_plan character varying(20) DEFAULT 'free'::character varying NOT NULL,
    owner_id bigint,
    is_deleted boolean DEFAULT false NOT NULL,
    tenant_id uuid NOT NULL
);

ALTER TABLE ONLY app.projects FORCE ROW LEVEL SECURITY;


ALTER TABLE app.projects OWNER TO app_owner;

--
-- Name: COLUMN projects.tenant_plan; Type: COMMENT; Schema: app; Owner: app_owner
--

COMMENT ON COLUMN app.projects.tenant_plan IS 'free or	paid';


--
-- Name: invoked; Type: VIEW; Schema: app; Owner: app_owner
--

CREATE VIEW app.invoked WITH (security_invoker='true') AS
 SELECT projects.id AS a,
    projects.name AS b
   FROM app.projects;


ALTER TABLE app.invoked OWNER TO app_owner;

--
-- Name: later_invoked; Type: VIEW; Schema: app; Owner: app_owner
--

CREATE VIEW app.later_invoked WITH (security_invoker='on') AS
 SELECT count(*) AS count,
    (1 + 1) AS "?column?",
    'x'::text AS text,
        CASE
            WHEN true THEN 1
            ELSE NULL::integer
        END AS "case"
   FROM app.tasks;


ALTER TABLE app.later_invoked OWNER TO app_owner;

--
-- Name: logins; Type: TABLE; Schema: app; Owner: app_owner
--

CREATE UNLOGGED TABLE app.logins (
    token bytea NOT NULL,
    user_id bigint,
    tenant_id uuid,
    started timestamp(0) without time zone NOT NULL,
    agent text DEFAULT 'web'::text,
    counter integer NOT NULL
);


ALTER TABLE app.logins OWNER TO app_owner;

--
-- Name: lost_things; Type: TABLE; Schema: app; Owner: app_owner
--

CREATE TABLE app.lost_things (
    id integer NOT NULL,
    notes character varying(10),
    colour app.color DEFAULT 'red'::app.color NOT NULL,
    place text
);


ALTER TABLE app.lost_things OWNER TO app_owner;

--
-- Name: refers_to_dropped; Type: TABLE; Schema: app; Owner: app_owner
--

CREATE TABLE app.refers_to_dropped (
    id integer
);


ALTER TABLE app.refers_to_dropped OWNER TO app_owner;

--
-- Name: sessions_counter_seq; Type: SEQUENCE; Schema: app; Owner: app_owner
--

ALTER TABLE app.logins ALTER COLUMN counter ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME app.sessions_counter_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tasks_id_seq; Type: SEQUENCE; Schema: app; Owner: app_owner
--

ALTER TABLE app.tasks ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME app.tasks_id_seq
    START WITH 10
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tenants; Type: TABLE; Schema: app; Owner: app_owner
--

CREATE TABLE app.tenants (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    plan character varying(20) DEFAULT 'free'::character varying NOT NULL
);

ALTER TABLE ONLY app.tenants FORCE ROW LEVEL SECURITY;


ALTER TABLE app.tenants OWNER TO app_owner;

--
-- Name: TABLE tenants; Type: COMMENT; Schema: app; Owner: app_owner
--

COMMENT ON TABLE app.tenants IS 'Who pays; it''s all theirs';


--
-- Name: COLUMN tenants.plan; Type: COMMENT; Schema: app; Owner: app_owner
--

COMMENT ON COLUMN app.tenants.plan IS 'free or	paid';


--
-- Name: totals; Type: MATERIALIZED VIEW; Schema: app; Owner: app_owner
--

CREATE MATERIALIZED VIEW app.totals AS
 SELECT projects.tenant_id,
    count(*) AS n
   FROM app.projects
  GROUP BY projects.tenant_id
  WITH NO DATA;


ALTER TABLE app.totals OWNER TO app_owner;

--
-- Name: users_id_seq; Type: SEQUENCE; Schema: app; Owner: app_owner
--

CREATE SEQUENCE app.users_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE app.users_id_seq OWNER TO app_owner;

--
-- Name: users_id_seq; Type: SEQUENCE OWNED BY; Schema: app; Owner: app_owner
--

ALTER SEQUENCE app.users_id_seq OWNED BY app.users.id;


--
-- Name: everything; Type: VIEW; Schema: public; Owner: app_owner
--

CREATE VIEW public.everything AS
 SELECT projects.id,
    projects.name,
    projects.tenant_plan,
    projects.owner_id,
    projects.is_deleted,
    projects.tenant_id
   FROM app.projects;


ALTER TABLE public.everything OWNER TO app_owner;

--
-- Name: local_table; Type: TABLE; Schema: public; Owner: app_owner
--

CREATE TABLE public.local_table (
    id integer NOT NULL,
    e app.email
);


ALTER TABLE public.local_table OWNER TO app_owner;

--
-- Name: events_2023; Type: TABLE ATTACH; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.events ATTACH PARTITION app.events_2023 FOR VALUES FROM ('2023-01-01 00:00:00+00') TO ('2024-01-01 00:00:00+00');


--
-- Name: events_2024; Type: TABLE ATTACH; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.events ATTACH PARTITION app.events_2024 FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2025-01-01 00:00:00+00');


--
-- Name: events_2024_rest; Type: TABLE ATTACH; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.events_2024 ATTACH PARTITION app.events_2024_rest DEFAULT;


--
-- Name: events_old; Type: TABLE ATTACH; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.events ATTACH PARTITION app.events_old FOR VALUES FROM (MINVALUE) TO ('2023-01-01 00:00:00+00');


--
-- Name: cars colour; Type: DEFAULT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.cars ALTER COLUMN colour SET DEFAULT 'red'::app.color;


--
-- Name: users id; Type: DEFAULT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.users ALTER COLUMN id SET DEFAULT nextval('app.users_id_seq'::regclass);


--
-- Name: Table "One" Table "One"_pkey; Type: CONSTRAINT; Schema: Odd Names; Owner: app_owner
--

ALTER TABLE ONLY "Odd Names"."Table ""One"""
    ADD CONSTRAINT "Table ""One""_pkey" PRIMARY KEY ("Column");


--
-- Name: Table "One" Table "One"_select_key; Type: CONSTRAINT; Schema: Odd Names; Owner: app_owner
--

ALTER TABLE ONLY "Odd Names"."Table ""One"""
    ADD CONSTRAINT "Table ""One""_select_key" UNIQUE ("select");


--
-- Name: moving moving_kind_key; Type: CONSTRAINT; Schema: Odd Names; Owner: app_owner
--

ALTER TABLE ONLY "Odd Names".moving
    ADD CONSTRAINT moving_kind_key UNIQUE (kind);


--
-- Name: moving moving_pkey; Type: CONSTRAINT; Schema: Odd Names; Owner: app_owner
--

ALTER TABLE ONLY "Odd Names".moving
    ADD CONSTRAINT moving_pkey PRIMARY KEY (id);


--
-- Name: a_table_with_a_name_that_is_so_long_that_postgresql_has_to_cut_ a_table_with_a_name_that_is_s_a_column_with_a_name_that_is__key; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.a_table_with_a_name_that_is_so_long_that_postgresql_has_to_cut_
    ADD CONSTRAINT a_table_with_a_name_that_is_s_a_column_with_a_name_that_is__key UNIQUE (a_column_with_a_name_that_is_also_rather_long_indeed_to_say_the);


--
-- Name: a_table_with_a_name_that_is_so_long_that_postgresql_has_to_cut_ a_table_with_a_name_that_is_so_long_that_postgresql_has_t_c_key; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.a_table_with_a_name_that_is_so_long_that_postgresql_has_to_cut_
    ADD CONSTRAINT a_table_with_a_name_that_is_so_long_that_postgresql_has_t_c_key UNIQUE (c);


--
-- Name: events events_at_kind_tenant_id_key; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.events
    ADD CONSTRAINT events_at_kind_tenant_id_key UNIQUE (at, kind, tenant_id);


--
-- Name: events_2023 events_2023_at_kind_tenant_id_key; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.events_2023
    ADD CONSTRAINT events_2023_at_kind_tenant_id_key UNIQUE (at, kind, tenant_id);


--
-- Name: events events_pkey; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (tenant_id, at, id);


--
-- Name: events_2023 events_2023_pkey; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.events_2023
    ADD CONSTRAINT events_2023_pkey PRIMARY KEY (tenant_id, at, id);


--
-- Name: events_2024 events_2024_at_kind_tenant_id_key; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.events_2024
    ADD CONSTRAINT events_2024_at_kind_tenant_id_key UNIQUE (at, kind, tenant_id);


--
-- Name: events_2024 events_2024_pkey; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.events_2024
    ADD CONSTRAINT events_2024_pkey PRIMARY KEY (tenant_id, at, id);


--
-- Name: events_2024_rest events_2024_rest_at_kind_tenant_id_key; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.events_2024_rest
    ADD CONSTRAINT events_2024_rest_at_kind_tenant_id_key UNIQUE (at, kind, tenant_id);


--
-- Name: events_2024_rest events_2024_rest_pkey; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.events_2024_rest
    ADD CONSTRAINT events_2024_rest_pkey PRIMARY KEY (tenant_id, at, id);


--
-- Name: events_detached events_detached_pkey; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.events_detached
    ADD CONSTRAINT events_detached_pkey PRIMARY KEY (tenant_id, at, id);


--
-- Name: events_old events_old_at_kind_tenant_id_key; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.events_old
    ADD CONSTRAINT events_old_at_kind_tenant_id_key UNIQUE (at, kind, tenant_id);


--
-- Name: events_old events_old_pkey; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.events_old
    ADD CONSTRAINT events_old_pkey PRIMARY KEY (tenant_id, at, id);


--
-- Name: users one_login; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.users
    ADD CONSTRAINT one_login UNIQUE (tenant_id, login) INCLUDE (email);


--
-- Name: projects projects_name_key; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.projects
    ADD CONSTRAINT projects_name_key UNIQUE (name);


--
-- Name: projects projects_pkey; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.projects
    ADD CONSTRAINT projects_pkey PRIMARY KEY (id);


--
-- Name: projects projects_plan_name_key; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.projects
    ADD CONSTRAINT projects_plan_name_key UNIQUE (tenant_plan, name);


--
-- Name: logins sessions_pkey; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.logins
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (token);


--
-- Name: tasks tasks_pkey; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.tasks
    ADD CONSTRAINT tasks_pkey PRIMARY KEY (id);


--
-- Name: tasks tasks_project_id_title_key; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.tasks
    ADD CONSTRAINT tasks_project_id_title_key UNIQUE (project_id, heading);


--
-- Name: tasks tasks_title_key; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.tasks
    ADD CONSTRAINT tasks_title_key UNIQUE (heading);


--
-- Name: tenants tenants_name_key; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.tenants
    ADD CONSTRAINT tenants_name_key UNIQUE (name);


--
-- Name: tenants tenants_pkey; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.tenants
    ADD CONSTRAINT tenants_pkey PRIMARY KEY (id);


--
-- Name: tenants tenants_plan_name_key; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.tenants
    ADD CONSTRAINT tenants_plan_name_key UNIQUE (plan, name);


--
-- Name: things things_pkey; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.things
    ADD CONSTRAINT things_pkey PRIMARY KEY (id);


--
-- Name: tasks titled; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.tasks
    ADD CONSTRAINT titled UNIQUE NULLS NOT DISTINCT (heading, id);


--
-- Name: users users_by_tenant; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.users
    ADD CONSTRAINT users_by_tenant UNIQUE (tenant_id, id);


--
-- Name: users users_pkey; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);


--
-- Name: users users_tenant_id_handle_key; Type: CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.users
    ADD CONSTRAINT users_tenant_id_handle_key UNIQUE (tenant_id, handle) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: Users By Code; Type: INDEX; Schema: app; Owner: app_owner
--

CREATE UNIQUE INDEX "Users By Code" ON app.users USING btree (code);


--
-- Name: events_id_at_tenant_id_idx; Type: INDEX; Schema: app; Owner: app_owner
--

CREATE UNIQUE INDEX events_id_at_tenant_id_idx ON ONLY app.events USING btree (id, at, tenant_id);


--
-- Name: events_2023_id_at_tenant_id_idx; Type: INDEX; Schema: app; Owner: app_owner
--

CREATE UNIQUE INDEX events_2023_id_at_tenant_id_idx ON app.events_2023 USING btree (id, at, tenant_id);


--
-- Name: events_2024_id_at_tenant_id_idx; Type: INDEX; Schema: app; Owner: app_owner
--

CREATE UNIQUE INDEX events_2024_id_at_tenant_id_idx ON ONLY app.events_2024 USING btree (id, at, tenant_id);


--
-- Name: events_2024_rest_id_at_tenant_id_idx; Type: INDEX; Schema: app; Owner: app_owner
--

CREATE UNIQUE INDEX events_2024_rest_id_at_tenant_id_idx ON app.events_2024_rest USING btree (id, at, tenant_id);


--
-- Name: events_old_id_at_tenant_id_idx; Type: INDEX; Schema: app; Owner: app_owner
--

CREATE UNIQUE INDEX events_old_id_at_tenant_id_idx ON app.events_old USING btree (id, at, tenant_id);


--
-- Name: only_here; Type: INDEX; Schema: app; Owner: app_owner
--

CREATE UNIQUE INDEX only_here ON ONLY app.events USING btree (at, id);


--
-- Name: totals_tenant_id_idx; Type: INDEX; Schema: app; Owner: app_owner
--

CREATE UNIQUE INDEX totals_tenant_id_idx ON app.totals USING btree (tenant_id);


--
-- Name: users_active_handle; Type: INDEX; Schema: app; Owner: app_owner
--

CREATE UNIQUE INDEX users_active_handle ON app.users USING btree (handle DESC NULLS LAST) WHERE active;


--
-- Name: users_age_idx; Type: INDEX; Schema: app; Owner: app_owner
--

CREATE INDEX users_age_idx ON app.users USING btree (age);


--
-- Name: users_age_idx1; Type: INDEX; Schema: app; Owner: app_owner
--

CREATE UNIQUE INDEX users_age_idx1 ON app.users USING btree (age);


--
-- Name: users_lower_Display Name_idx; Type: INDEX; Schema: app; Owner: app_owner
--

CREATE UNIQUE INDEX "users_lower_Display Name_idx" ON app.users USING btree (lower(nickname), "Display Name" COLLATE "C");


--
-- Name: users_lower_upper_expr_idx; Type: INDEX; Schema: app; Owner: app_owner
--

CREATE UNIQUE INDEX users_lower_upper_expr_idx ON app.users USING btree (lower(nickname), upper(nickname), ((age + 1)));


--
-- Name: events_2023_at_kind_tenant_id_key; Type: INDEX ATTACH; Schema: app; Owner: app_owner
--

ALTER INDEX app.events_at_kind_tenant_id_key ATTACH PARTITION app.events_2023_at_kind_tenant_id_key;


--
-- Name: events_2023_id_at_tenant_id_idx; Type: INDEX ATTACH; Schema: app; Owner: app_owner
--

ALTER INDEX app.events_id_at_tenant_id_idx ATTACH PARTITION app.events_2023_id_at_tenant_id_idx;


--
-- Name: events_2023_pkey; Type: INDEX ATTACH; Schema: app; Owner: app_owner
--

ALTER INDEX app.events_pkey ATTACH PARTITION app.events_2023_pkey;


--
-- Name: events_2024_at_kind_tenant_id_key; Type: INDEX ATTACH; Schema: app; Owner: app_owner
--

ALTER INDEX app.events_at_kind_tenant_id_key ATTACH PARTITION app.events_2024_at_kind_tenant_id_key;


--
-- Name: events_2024_id_at_tenant_id_idx; Type: INDEX ATTACH; Schema: app; Owner: app_owner
--

ALTER INDEX app.events_id_at_tenant_id_idx ATTACH PARTITION app.events_2024_id_at_tenant_id_idx;


--
-- Name: events_2024_pkey; Type: INDEX ATTACH; Schema: app; Owner: app_owner
--

ALTER INDEX app.events_pkey ATTACH PARTITION app.events_2024_pkey;


--
-- Name: events_2024_rest_at_kind_tenant_id_key; Type: INDEX ATTACH; Schema: app; Owner: app_owner
--

ALTER INDEX app.events_2024_at_kind_tenant_id_key ATTACH PARTITION app.events_2024_rest_at_kind_tenant_id_key;


--
-- Name: events_2024_rest_id_at_tenant_id_idx; Type: INDEX ATTACH; Schema: app; Owner: app_owner
--

ALTER INDEX app.events_2024_id_at_tenant_id_idx ATTACH PARTITION app.events_2024_rest_id_at_tenant_id_idx;


--
-- Name: events_2024_rest_pkey; Type: INDEX ATTACH; Schema: app; Owner: app_owner
--

ALTER INDEX app.events_2024_pkey ATTACH PARTITION app.events_2024_rest_pkey;


--
-- Name: events_old_at_kind_tenant_id_key; Type: INDEX ATTACH; Schema: app; Owner: app_owner
--

ALTER INDEX app.events_at_kind_tenant_id_key ATTACH PARTITION app.events_old_at_kind_tenant_id_key;


--
-- Name: events_old_id_at_tenant_id_idx; Type: INDEX ATTACH; Schema: app; Owner: app_owner
--

ALTER INDEX app.events_id_at_tenant_id_idx ATTACH PARTITION app.events_old_id_at_tenant_id_idx;


--
-- Name: events_old_pkey; Type: INDEX ATTACH; Schema: app; Owner: app_owner
--

ALTER INDEX app.events_pkey ATTACH PARTITION app.events_old_pkey;


--
-- Name: tasks logged; Type: RULE; Schema: app; Owner: app_owner
--

CREATE RULE logged AS
    ON DELETE TO app.tasks DO ( INSERT INTO app.likewise (id, project_id)
  VALUES (old.id, old.project_id);
 SELECT 1 AS "?column?";
);


--
-- Name: users changed; Type: TRIGGER; Schema: app; Owner: app_owner
--

CREATE TRIGGER changed BEFORE UPDATE ON app.users FOR EACH ROW EXECUTE FUNCTION app.on_change();


--
-- Name: moving moving_up_fkey; Type: FK CONSTRAINT; Schema: Odd Names; Owner: app_owner
--

ALTER TABLE ONLY "Odd Names".moving
    ADD CONSTRAINT moving_up_fkey FOREIGN KEY (up) REFERENCES "Odd Names".moving(id);


--
-- Name: a_table_with_a_name_that_is_so_long_that_postgresql_has_to_cut_ a_table_with_a_name_that_is_so_long_that_postgresql_has__b_fkey; Type: FK CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.a_table_with_a_name_that_is_so_long_that_postgresql_has_to_cut_
    ADD CONSTRAINT a_table_with_a_name_that_is_so_long_that_postgresql_has__b_fkey FOREIGN KEY (b) REFERENCES app.tasks(id);


--
-- Name: events events_tenant_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE app.events
    ADD CONSTRAINT events_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES app.tenants(id);


--
-- Name: events_detached events_tenant_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.events_detached
    ADD CONSTRAINT events_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES app.tenants(id);


--
-- Name: tasks parent; Type: FK CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.tasks
    ADD CONSTRAINT parent FOREIGN KEY (parent_id) REFERENCES app.tasks(id) DEFERRABLE;


--
-- Name: projects project_owned; Type: FK CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.projects
    ADD CONSTRAINT project_owned FOREIGN KEY (tenant_id, owner_id) REFERENCES app.users(tenant_id, id);


--
-- Name: projects project_tenant; Type: FK CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.projects
    ADD CONSTRAINT project_tenant FOREIGN KEY (tenant_id) REFERENCES app.tenants(id);


--
-- Name: logins sessions_tenant_id_user_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.logins
    ADD CONSTRAINT sessions_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES app.users(tenant_id, id) NOT VALID;


--
-- Name: tasks tasks_assignee_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.tasks
    ADD CONSTRAINT tasks_assignee_id_fkey FOREIGN KEY (assignee_id) REFERENCES app.users(id);


--
-- Name: tasks tasks_project_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.tasks
    ADD CONSTRAINT tasks_project_id_fkey FOREIGN KEY (project_id) REFERENCES app.projects(id);


--
-- Name: tasks tasks_project_id_fkey1; Type: FK CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.tasks
    ADD CONSTRAINT tasks_project_id_fkey1 FOREIGN KEY (project_id) REFERENCES app.projects(id);


--
-- Name: users users_tenant_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: app_owner
--

ALTER TABLE ONLY app.users
    ADD CONSTRAINT users_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES app.tenants(id) ON DELETE CASCADE;


--
-- Name: tasks both; Type: POLICY; Schema: app; Owner: app_owner
--

CREATE POLICY "both" ON app.tasks FOR UPDATE TO support_bot, app_user USING ((heading IS NOT NULL)) WITH CHECK ((heading <> ')'::text));


--
-- Name: projects by_tenant; Type: POLICY; Schema: app; Owner: app_owner
--

CREATE POLICY by_tenant ON app.projects USING ((tenant_id = app.current_tenant()));


--
-- Name: projects insert_own; Type: POLICY; Schema: app; Owner: app_owner
--

CREATE POLICY insert_own ON app.projects FOR INSERT WITH CHECK ((tenant_id = (current_setting('app.tenant_id'::text))::uuid));


--
-- Name: projects not deleted; Type: POLICY; Schema: app; Owner: app_owner
--

CREATE POLICY "not deleted" ON app.projects AS RESTRICTIVE FOR SELECT TO app_admin, app_user USING ((NOT is_deleted));


--
-- Name: projects; Type: ROW SECURITY; Schema: app; Owner: app_owner
--

ALTER TABLE app.projects ENABLE ROW LEVEL SECURITY;

--
-- Name: tasks renamed; Type: POLICY; Schema: app; Owner: app_owner
--

CREATE POLICY renamed ON app.tasks FOR DELETE USING (false);


--
-- Name: tasks; Type: ROW SECURITY; Schema: app; Owner: app_owner
--

ALTER TABLE app.tasks ENABLE ROW LEVEL SECURITY;

--
-- Name: SCHEMA app; Type: ACL; Schema: -; Owner: app_owner
--

GRANT USAGE ON SCHEMA app TO app_user;


--
-- Name: SCHEMA ext; Type: ACL; Schema: -; Owner: postgres
--

GRANT ALL ON SCHEMA ext TO app_owner;


--
-- Name: SCHEMA public; Type: ACL; Schema: -; Owner: pg_database_owner
--

GRANT ALL ON SCHEMA public TO app_owner;


--
-- Name: FUNCTION current_tenant(); Type: ACL; Schema: app; Owner: app_owner
--

GRANT ALL ON FUNCTION app.current_tenant() TO app_user;


--
-- Name: TABLE users; Type: ACL; Schema: app; Owner: app_owner
--

GRANT ALL ON TABLE app.users TO app_admin;
GRANT ALL ON TABLE app.users TO support_bot;


--
-- Name: TABLE tasks; Type: ACL; Schema: app; Owner: app_owner
--

GRANT SELECT ON TABLE app.tasks TO app_user WITH GRANT OPTION;


--
-- Name: COLUMN tasks.id; Type: ACL; Schema: app; Owner: app_owner
--

GRANT INSERT(id) ON TABLE app.tasks TO app_user WITH GRANT OPTION;


--
-- Name: COLUMN tasks.heading; Type: ACL; Schema: app; Owner: app_owner
--

GRANT INSERT(heading),UPDATE(heading) ON TABLE app.tasks TO app_user WITH GRANT OPTION;


--
-- Name: TABLE projects; Type: ACL; Schema: app; Owner: app_owner
--

GRANT SELECT,INSERT,REFERENCES,TRIGGER,UPDATE ON TABLE app.projects TO app_admin;
GRANT ALL ON TABLE app.projects TO support_bot;


--
-- Name: COLUMN tenants.id; Type: ACL; Schema: app; Owner: app_owner
--

GRANT SELECT(id),REFERENCES(id) ON TABLE app.tenants TO app_user;


--
-- Name: TABLE everything; Type: ACL; Schema: public; Owner: app_owner
--

GRANT SELECT ON TABLE public.everything TO PUBLIC;


--
-- PostgreSQL database dump complete
--

\unrestrict HYF1iI4EOwoAH2P9mTBtfhX0gu0nVZiKDHpVndS7oAGCwhwaLEeqffU1IOy9HvY

