//! What is refused, with one sentence and nothing changed.

use crate::example::{Example, ISOLATION, TWO_TABLES, create_role};

fn untouched(example: &Example) {
    assert_eq!(example.state(), Vec::<String>::new());
    assert!(!example.project.path(".pgpe").exists());
}

#[test]
fn a_role_that_does_not_own_the_table() {
    let example = Example::new(TWO_TABLES, ISOLATION);
    let (owner, outsider) = (create_role(&example, "owner"), create_role(&example, "outsider"));
    example.sql(&format!("ALTER TABLE projects OWNER TO {owner}; ALTER TABLE tasks OWNER TO {owner}"));
    let target = |role: &str| {
        format!(
            "version: 1\npolicies: [\"*.policy\"]\ntargets: {{ dev: {{ url: \"{}\" }} }}\n",
            example.database.url_as(role)
        )
    };
    example.project.write("pgpe.yaml", target(&outsider));
    let run = example.pgpe(&["apply", "--target", "dev", "--yes"]).exits(2);
    let sentence = format!("error: {outsider} does not own public.projects: connect as {owner}");
    assert!(run.err.contains(&sentence), "{}", run.err);
    untouched(&example);
    // Membership is enough.
    example.sql(&format!("GRANT {owner} TO {outsider}"));
    example.pgpe(&["apply", "--target", "dev", "--yes"]).exits(0);
    assert_eq!(example.drift(), Vec::<String>::new());
}

#[test]
fn a_protected_target_needs_consent_in_advance() {
    let example = Example::with_targets(TWO_TABLES, ISOLATION, |url| {
        format!("targets: {{ dev: {{ url: \"{url}\", protected: true }} }}\n")
    });
    let run = example.pgpe(&["apply", "--target", "dev"]).exits(2);
    assert!(run.err.contains("dev is protected: give --yes"), "{}", run.err);
    untouched(&example);
    example.pgpe(&["apply", "--target", "dev", "--dry-run"]).exits(0);
    untouched(&example);
    example.pgpe(&["apply", "--target", "dev", "--yes"]).exits(0);
}

#[test]
fn without_anybody_to_ask_consent_is_needed_in_advance() {
    let example = Example::isolated();
    let run = example.pgpe(&["apply", "--target", "dev"]).exits(2);
    assert!(run.err.contains("give --yes"), "{}", run.err);
    untouched(&example);
}

#[test]
fn what_is_not_proved() {
    let leak =
        "POLICY shared PERMISSIVE FOR SELECT SELECTOR named('projects') CLAUSE col('name') = lit('x')\n";
    let example = Example::new(TWO_TABLES, &format!("{ISOLATION}\n{leak}"));
    let run = example.pgpe(&["apply", "--target", "dev", "--yes"]).exits(1);
    assert!(run.err.contains("tenant-isolation FAILED for SELECT on public.projects"), "{}", run.err);
    untouched(&example);
    example.pgpe(&["apply", "--target", "dev", "--yes", "--allow-unproven"]).exits(0);
    let record = example.project.read(".pgpe/applied/dev.json");
    assert!(record.contains("\"allowed_unproven\": true") && record.contains("FAILED"), "{record}");
}

#[test]
fn what_is_accepted_with_a_reason_is_applied() {
    let leak = |line: &str| {
        format!(
            "{ISOLATION}\n{line}POLICY shared PERMISSIVE FOR SELECT SELECTOR named('projects') CLAUSE col('name') = lit('x')\n"
        )
    };
    let apply = ["apply", "--target", "dev", "--yes"];
    let target = |url: &str| format!("targets: {{ dev: {{ url: \"{url}\" }} }}\n");
    let example = |policies: &str, allow: &str| {
        let allow = match allow.is_empty() {
            true => String::new(),
            false => format!(", {{ rule: tenant-isolation, {allow} }}"),
        };
        // What one tenant writes, the other then reads: that takes an acceptance of its own.
        let both = format!("allow: [{{ rule: cross-write, reason: r }}{allow}]\n");
        Example::with_targets(TWO_TABLES, policies, |url| target(url) + &both)
    };
    let accepted = [
        (leak("-- pgpe: allow(tenant-isolation) shown to all\n"), ""),
        (leak(""), "table: projects, reason: r"),
        (leak(""), "policy: shared, reason: r"),
    ];
    for (policies, allow) in &accepted {
        let example = example(policies, allow);
        let run = example.pgpe(&apply).exits(0);
        let note = "accepted for the reasons given: tenant-isolation FAILED for SELECT on public.projects, \
            cross-write FAILED for INSERT on public.projects, cross-write FAILED for UPDATE on public.projects";
        assert!(run.err.contains(note), "{}", run.err);
        // It stays on record, as what it is.
        let record = example.project.read(".pgpe/applied/dev.json");
        assert!(record.contains("\"allowed_unproven\": false") && record.contains("FAILED"), "{record}");
    }
    let refused = [
        // Of another policy, another table, another rule.
        (leak(""), "policy: own_projects, reason: r"),
        (leak(""), "table: tasks, reason: r"),
        (leak("-- pgpe: allow(tautology) not this one\n"), ""),
        // Without a reason.
        (leak("-- pgpe: allow(tenant-isolation)\n"), ""),
        // One of two.
        (
            leak("-- pgpe: allow(tenant-isolation) shown to all\n")
                + "POLICY more PERMISSIVE FOR SELECT SELECTOR named('projects') CLAUSE col('name') = lit('y')\n",
            "",
        ),
    ];
    for (policies, allow) in &refused {
        let example = example(policies, allow);
        let run = example.pgpe(&apply).exits(1);
        assert!(run.err.contains("not proved: tenant-isolation FAILED for SELECT"), "{}", run.err);
        untouched(&example);
    }
}

#[test]
fn what_is_not_known_is_not_accepted() {
    let policies = format!(
        "{ISOLATION}\n-- pgpe: allow(tenant-isolation) whatever comes\n{}",
        ISOLATION.replace("own_projects", "own_again")
    );
    let example = Example::with_targets(TWO_TABLES, &policies, |url| {
        format!(
            "targets: {{ dev: {{ url: \"{url}\" }} }}
allow: [{{ rule: tenant-isolation, reason: r }}, {{ rule: unknown-verdict, reason: r }}]\n"
        )
    });
    // That of another, which the language can't say.
    example.sql("CREATE POLICY theirs ON projects USING (random() < 0.5)");
    let run = example.pgpe(&["apply", "--target", "dev", "--yes"]).exits(1);
    assert!(run.err.contains("tenant-isolation UNKNOWN for SELECT on public.projects"), "{}", run.err);
}

#[test]
fn what_is_not_there() {
    let example = Example::isolated();
    example.pgpe(&["apply", "--target", "prod", "--yes"]).refuses(&["no target `prod`"]);
    example.pgpe(&["monitor", "--target", "deb"]).refuses(&["did you mean `dev`"]);
    let project = &example.project;
    let config = |url: &str| {
        format!("version: 1\npolicies: [\"*.policy\"]\ntargets: {{ dev: {{ url: \"{url}\" }} }}\n")
    };
    project.write("pgpe.yaml", config("postgresql://127.0.0.1:1/x"));
    for command in [&["apply", "--yes"][..], &["monitor"], &["status"], &["reconcile", "--strategy", "auto"]]
    {
        let mut arguments = command.to_vec();
        arguments.extend(["--target", "dev"]);
        example.pgpe(&arguments).refuses(&["the server of dev can't be reached"]);
    }
    project.write(
        "p.policy",
        "POLICY p PERMISSIVE FOR ALL SELECTOR named('projects') CLAUSE col('nope') = lit(1)\n",
    );
    project.write("pgpe.yaml", config(&example.database.url()));
    let run = example.pgpe(&["apply", "--target", "dev", "--yes"]).exits(1);
    assert!(run.err.contains("dev was not compared: correct 1 error first"), "{}", run.err);
    untouched(&example);
}
