-- Organizations whose members are told by a function that reads the session's token; roles for visitors and
-- for users. Written by hand.

CREATE SCHEMA auth;

CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting('request.jwt.claim.sub', true), '')::uuid
$$;

CREATE TABLE profiles (
  id uuid PRIMARY KEY,
  username text,
  is_public boolean
);

CREATE TABLE organizations (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  owner_id uuid REFERENCES profiles,
  archived boolean
);

CREATE TABLE memberships (
  organization_id uuid NOT NULL REFERENCES organizations,
  user_id uuid NOT NULL REFERENCES profiles,
  role varchar(20) NOT NULL,
  PRIMARY KEY (organization_id, user_id)
);

CREATE TABLE projects (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations,
  title text,
  visibility text,
  created_by uuid
);

CREATE TABLE comments (
  id uuid PRIMARY KEY,
  project_id uuid NOT NULL REFERENCES projects,
  author_id uuid,
  body text
);

CREATE TABLE plans (id int PRIMARY KEY, name text);
CREATE TABLE countries (id int PRIMARY KEY, name text);

ALTER TABLE profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE comments ENABLE ROW LEVEL SECURITY;
ALTER TABLE plans ENABLE ROW LEVEL SECURITY;
ALTER TABLE countries ENABLE ROW LEVEL SECURITY;

CREATE POLICY "Public profiles are visible to everyone" ON profiles
  FOR SELECT USING (is_public);
CREATE POLICY "Users see their own profile" ON profiles
  FOR SELECT TO authenticated USING ((SELECT auth.uid()) = id);
CREATE POLICY "Users add their own profile" ON profiles
  FOR INSERT TO authenticated WITH CHECK (auth.uid() = id);
CREATE POLICY "Users change their own profile" ON profiles
  FOR UPDATE TO authenticated
  USING (auth.uid() = id)
  WITH CHECK (auth.uid() = id AND username IS NOT NULL AND username <> '');

CREATE POLICY "Users see their own memberships" ON memberships
  FOR SELECT TO authenticated USING (user_id = auth.uid());

CREATE POLICY "Members see their organization" ON organizations
  FOR SELECT TO authenticated
  USING (id IN (SELECT organization_id FROM memberships WHERE user_id = (SELECT auth.uid())));
CREATE POLICY "Owners do everything" ON organizations TO authenticated USING (owner_id = auth.uid());
CREATE POLICY "Archived organizations are hidden" ON organizations AS RESTRICTIVE
  FOR SELECT USING (archived IS NOT TRUE);

CREATE POLICY "Public projects and those of one's organizations" ON projects
  FOR SELECT TO anon, authenticated
  USING (
    visibility = 'public'
    OR (
      NOT (visibility = 'hidden' OR title IS NULL)
      AND EXISTS (
        SELECT 1 FROM memberships m
        WHERE m.organization_id = projects.organization_id AND m.user_id = auth.uid()
      )
    )
  );
CREATE POLICY "Admins manage projects" ON projects TO authenticated
  USING (EXISTS (
    SELECT 1 FROM memberships
    WHERE organization_id = projects.organization_id AND user_id = auth.uid() AND role IN ('owner', 'admin')
  ))
  WITH CHECK (EXISTS (
    SELECT 1 FROM memberships
    WHERE organization_id = projects.organization_id AND user_id = auth.uid() AND role = 'owner'
  ));
CREATE POLICY "Of existing organizations" ON projects AS RESTRICTIVE
  FOR INSERT TO authenticated
  WITH CHECK ((SELECT owner_id FROM organizations o WHERE o.id = organization_id) = created_by);

CREATE POLICY "Comments of projects that one is a member of" ON comments
  FOR SELECT TO authenticated
  USING (EXISTS (
    SELECT 1 FROM projects p
    WHERE p.id = comments.project_id
      AND p.organization_id IN (SELECT m.organization_id FROM memberships m WHERE m.user_id = auth.uid())
  ));
CREATE POLICY "Write as oneself" ON comments
  FOR INSERT TO authenticated WITH CHECK (author_id = auth.uid() AND body NOT LIKE '%spam%');
CREATE POLICY "Delete one's own, and those of nobody" ON comments
  FOR DELETE TO authenticated USING (author_id = auth.uid() OR NOT (author_id IS NOT NULL));

CREATE POLICY "Anyone reads" ON plans FOR SELECT USING (true);
CREATE POLICY "Anyone reads" ON countries FOR SELECT USING (true);
