//! The cases as projects on disk. `PGPE_CASES` names a folder for them that stays, with what they compile to, for
//! other programs to judge the same policies: `tests/peers` does so.

use std::fs;
use std::path::{Path, PathBuf};

use pgpe_project::Project;
use serde_json::{Value, json};

use super::cases::{Case, cases};
use super::project;

/// What is known of a case.
fn known(case: &Case) -> Value {
    let verdicts = case.verdicts.iter().map(|(table, commands, proof, verdict)| {
        json!({ "table": table, "commands": commands, "proof": proof, "verdict": verdict.to_string() })
    });
    let facts = case.on_server.iter().map(
        |fact| json!({ "table": fact.table, "condition": fact.condition, "satisfiable": fact.satisfiable }),
    );
    json!({
        "number": case.number,
        "title": case.title,
        "verdicts": verdicts.collect::<Vec<_>>(),
        "finds": case.rules,
        "finds_no": case.not_rules,
        "on_server": facts.collect::<Vec<_>>(),
    })
}

/// Writes a case as a project.
fn write(case: &Case, folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("schema.sql"), &case.schema).unwrap();
    fs::write(folder.join("case.policy"), &case.policies).unwrap();
    fs::write(folder.join("pgpe.yaml"), &case.config).unwrap();
    fs::write(folder.join("case.json"), format!("{:#}\n", known(case))).unwrap();
}

#[test]
fn a_case_on_disk_compiles_to_the_same() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = std::env::var_os("PGPE_CASES").map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    for (index, case) in cases().iter().enumerate() {
        let name = format!("{index:03} {}", case.number).replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let folder = folder.join(name);
        write(case, &folder);
        let read = Project::discover(&folder, None, None).unwrap().host();
        let given = project::host(&case.schema, &case.policies, &case.config);
        let [read, given] = [read, given].map(|host| host.analysis().compile(None).unwrap().to_sql());
        assert_eq!(read, given, "case {} ({})", case.number, case.title);
        fs::write(folder.join("compiled.sql"), read).unwrap();
    }
}
