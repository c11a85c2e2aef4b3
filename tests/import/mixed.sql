-- Policies of which only a part fits the language. Written by hand.

CREATE TABLE teams (id int PRIMARY KEY, tenant_id int NOT NULL, tags text[], name text);
CREATE TABLE bans (team_id int REFERENCES teams, user_id int, PRIMARY KEY (team_id, user_id));
CREATE TABLE notes (
  id int PRIMARY KEY,
  tenant_id int NOT NULL,
  team_id int REFERENCES teams,
  author text,
  labels text[],
  published boolean
);

CREATE FUNCTION may_see(team int) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT EXISTS (SELECT 1 FROM public.bans WHERE team_id = team)
$$;

ALTER TABLE teams ENABLE ROW LEVEL SECURITY;
ALTER TABLE bans ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON teams USING (tenant_id = current_setting('app.tenant_id')::int);
CREATE POLICY tenant ON notes USING (tenant_id = current_setting('app.tenant_id')::int);
CREATE POLICY all_bans ON bans USING (true);

CREATE POLICY not_banned ON teams AS RESTRICTIVE FOR SELECT
  USING (NOT EXISTS (SELECT 1 FROM bans b WHERE b.team_id = teams.id AND b.user_id = 7));
CREATE POLICY tagged ON teams FOR SELECT USING (tags @> ARRAY['open']);
CREATE POLICY by_function ON notes AS RESTRICTIVE FOR UPDATE USING (may_see(team_id));
CREATE POLICY known_authors ON notes AS RESTRICTIVE FOR INSERT WITH CHECK (author ~ '^[a-z]+$');
CREATE POLICY labelled ON notes FOR SELECT USING ('shared' = ANY (labels));
CREATE POLICY published ON notes FOR SELECT USING (published AND NOT (author IN ('nobody', 'me')));
CREATE POLICY never ON notes FOR DELETE USING (false);
CREATE POLICY quiet ON notes AS RESTRICTIVE FOR DELETE USING (published IS NOT TRUE OR team_id BETWEEN 1 AND 2);
