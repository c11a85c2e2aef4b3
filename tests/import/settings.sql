-- Tenants told by session settings, with restrictive policies; as pg_dump prints it.

SET check_function_bodies = false;
SELECT pg_catalog.set_config('search_path', '', false);

CREATE TYPE public.account_status AS ENUM (
    'active',
    'suspended',
    'closed'
);

CREATE DOMAIN public.currency AS character varying(3);

CREATE TABLE public.accounts (
    id bigint NOT NULL,
    tenant_id uuid,
    status public.account_status,
    kind character varying(20),
    currency public.currency,
    balance numeric(12,2)
);

CREATE TABLE public.invoices (
    id bigint NOT NULL,
    tenant_id uuid NOT NULL,
    account_id bigint,
    amount numeric(12,2),
    state text,
    due date
);

CREATE TABLE public.invoice_lines (
    id bigint NOT NULL,
    invoice_id bigint NOT NULL,
    quantity smallint,
    text text
);

CREATE TABLE public.audit_log (
    id bigint NOT NULL,
    tenant_id uuid,
    region text,
    action text
);

CREATE TABLE public.reports (
    id bigint NOT NULL,
    tenant_id uuid,
    published boolean
);

ALTER TABLE ONLY public.reports
    ADD CONSTRAINT reports_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.invoice_lines
    ADD CONSTRAINT invoice_lines_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);
ALTER TABLE ONLY public.invoice_lines
    ADD CONSTRAINT invoice_lines_invoice_id_fkey FOREIGN KEY (invoice_id) REFERENCES public.invoices(id);

ALTER TABLE public.accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.invoice_lines ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.invoices ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.reports ENABLE ROW LEVEL SECURITY;

CREATE POLICY amounts ON public.invoices AS RESTRICTIVE FOR UPDATE USING (true) WITH CHECK (((amount >= (0)::numeric) AND (amount < 1000.5) AND (state <> ALL (ARRAY['void'::text, 'lost'::text]))));

CREATE POLICY kinds ON public.accounts AS RESTRICTIVE FOR INSERT WITH CHECK ((((kind)::text = ANY ((ARRAY['basic'::character varying, 'gold'::character varying])::text[])) AND ((currency)::text = 'EUR'::text)));

CREATE POLICY not_closed ON public.accounts AS RESTRICTIVE FOR SELECT USING (((status IS NULL) OR (status < 'closed'::public.account_status)));

CREATE POLICY own_region ON public.audit_log FOR SELECT USING (((tenant_id = (current_setting('app.tenant_id'::text, true))::uuid) AND (region = current_setting('app.region'::text))));

CREATE POLICY anyone_logs ON public.audit_log FOR INSERT WITH CHECK ((action ~~ 'app:%'::text));

CREATE POLICY published ON public.reports FOR SELECT USING ((published OR (current_setting('app.support'::text, true) = 'on'::text)));

CREATE POLICY support_reads ON public.invoices FOR SELECT TO support USING ((current_setting('app.support'::text, true) = 'on'::text));

CREATE POLICY tenant_isolation_accounts ON public.accounts USING ((tenant_id = (current_setting('app.tenant_id'::text, true))::uuid));

CREATE POLICY tenant_isolation_invoice_lines ON public.invoice_lines USING ((EXISTS ( SELECT 1
   FROM public.invoices i
  WHERE ((i.id = invoice_lines.invoice_id) AND (i.tenant_id = ( SELECT (current_setting('app.tenant_id'::text, true))::uuid AS current_setting))))));

CREATE POLICY tenant_isolation_invoices ON public.invoices USING ((tenant_id = (current_setting('app.tenant_id'::text, true))::uuid));

CREATE POLICY tenant_isolation_reports ON public.reports USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY whole_quantities ON public.invoice_lines AS RESTRICTIVE WITH CHECK (((quantity > 0) AND (quantity <= 100)));
