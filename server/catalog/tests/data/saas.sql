-- A multi-tenant project tracker.
CREATE TABLE public.tenants (
  id         TENANT_TYPE PRIMARY KEY,
  name       text NOT NULL,
  plan       text NOT NULL DEFAULT 'free'
);

CREATE TABLE public.users (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id  TENANT_TYPE NOT NULL REFERENCES public.tenants (id),
  email      text NOT NULL,
  role       text NOT NULL DEFAULT 'viewer'
);

CREATE TABLE public.projects (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id  TENANT_TYPE NOT NULL REFERENCES public.tenants (id),
  name       text NOT NULL,
  owner_id   uuid REFERENCES public.users (id),
  is_deleted boolean NOT NULL DEFAULT false
);

CREATE TABLE public.tasks (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id  uuid NOT NULL REFERENCES public.projects (id),
  title       text NOT NULL,
  assignee_id uuid REFERENCES public.users (id),
  status      text NOT NULL DEFAULT 'open'
);

CREATE TABLE public.comments (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id  TENANT_TYPE NOT NULL REFERENCES public.tenants (id),
  task_id    uuid NOT NULL REFERENCES public.tasks (id),
  author_id  uuid REFERENCES public.users (id),
  body       text NOT NULL
);

CREATE TABLE public.files (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id uuid NOT NULL REFERENCES public.projects (id),
  name       text NOT NULL,
  size       bigint NOT NULL DEFAULT 0
);

CREATE TABLE public.config (
  key   text PRIMARY KEY,
  value text
);
