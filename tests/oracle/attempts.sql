-- What a session gets of one statement. Everything that it does is undone.
--
-- job: role, set (settings), query (gives rids) or execute; cursor: a row for WHERE CURRENT OF; then: queries to
-- make afterwards, each with a role and settings of its own; rows: jobs to try instead if the statement fails.
CREATE FUNCTION public.oracle_attempt(job jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  step jsonb;
  found int[];
  counted bigint;
  outcome jsonb;
  reads jsonb := '[]';
  target refcursor := 'target';
  target_row record;
BEGIN
  BEGIN
    IF job ? 'cursor' THEN
      OPEN target FOR EXECUTE job->>'cursor';
      FETCH target INTO target_row;
    END IF;
    PERFORM set_config(s.key, s.value, true) FROM jsonb_each_text(job->'set') AS s;
    PERFORM set_config('role', job->>'role', true);
    BEGIN
      IF job ? 'query' THEN
        EXECUTE job->>'query' INTO found;
        outcome := to_jsonb(coalesce(found, '{}'));
      ELSE
        EXECUTE job->>'execute';
        GET DIAGNOSTICS counted = ROW_COUNT;
        outcome := to_jsonb(counted);
      END IF;
    EXCEPTION WHEN OTHERS THEN
      outcome := jsonb_build_object('code', SQLSTATE, 'message', SQLERRM);
    END;
    IF jsonb_typeof(outcome) <> 'object' AND outcome <> '0'::jsonb THEN
      FOR step IN SELECT * FROM jsonb_array_elements(job->'then') LOOP
        BEGIN
          PERFORM set_config(s.key, s.value, true) FROM jsonb_each_text(step->'set') AS s;
          PERFORM set_config('role', step->>'role', true);
          EXECUTE step->>'query' INTO found;
          reads := reads || jsonb_build_array(to_jsonb(coalesce(found, '{}')));
        EXCEPTION WHEN OTHERS THEN
          reads := reads || jsonb_build_object('code', SQLSTATE, 'message', SQLERRM);
        END;
      END LOOP;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'OR001';
  EXCEPTION WHEN SQLSTATE 'OR001' THEN NULL;
  END;
  IF jsonb_typeof(outcome) = 'object' AND job ? 'rows' THEN
    RETURN jsonb_build_object('outcome', outcome, 'then', reads, 'rows', public.oracle_attempts(job->'rows'));
  END IF;
  RETURN jsonb_build_object('outcome', outcome, 'then', reads);
END
$$;

CREATE FUNCTION public.oracle_attempts(jobs jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  job jsonb;
  results jsonb[] := '{}';
BEGIN
  FOR job IN SELECT * FROM jsonb_array_elements(jobs) LOOP
    results := results || public.oracle_attempt(job);
  END LOOP;
  RETURN to_jsonb(results);
END
$$;

-- Inserts rows one by one; gives the positions of those that no constraint keeps out.
CREATE FUNCTION public.oracle_fill(statements jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  at int := 0;
  kept int[] := '{}';
  statement text;
BEGIN
  FOR statement IN SELECT * FROM jsonb_array_elements_text(statements) LOOP
    BEGIN
      EXECUTE statement;
      kept := kept || at;
    EXCEPTION WHEN integrity_constraint_violation THEN NULL;
    END;
    at := at + 1;
  END LOOP;
  RETURN kept;
END
$$;
