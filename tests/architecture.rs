//! Which crate may know which: arrows point down only.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The crates from the bottom up, with those of the workspace that each may depend on.
const LAYERS: &[(&str, &[&str])] = &[
    ("pgpe-codegen", &[]),
    ("pgpe-syntax", &[]),
    ("pgpe-config", &[]),
    ("pgpe-catalog", &[]),
    ("pgpe-policy", &["pgpe-syntax", "pgpe-config", "pgpe-catalog"]),
    ("pgpe-sqlgen", &["pgpe-policy", "pgpe-catalog", "pgpe-config"]),
    ("pgpe-import", &["pgpe-syntax", "pgpe-policy", "pgpe-sqlgen", "pgpe-catalog", "pgpe-config"]),
    ("pgpe-proof", &["pgpe-policy", "pgpe-catalog", "pgpe-config"]),
    ("pgpe-storing", &[]),
    ("pgpe-prover", &["pgpe-proof", "pgpe-storing"]),
    ("pgpe-report", &["pgpe-config"]),
    (
        "pgpe-ide",
        &[
            "pgpe-syntax",
            "pgpe-config",
            "pgpe-catalog",
            "pgpe-policy",
            "pgpe-sqlgen",
            "pgpe-import",
            "pgpe-proof",
            "pgpe-report",
        ],
    ),
    ("pgpe-project", &["pgpe-catalog", "pgpe-config", "pgpe-ide"]),
    (
        "pgpe-database",
        &["pgpe-catalog", "pgpe-config", "pgpe-policy", "pgpe-sqlgen", "pgpe-import", "pgpe-storing"],
    ),
    (
        "pgpe-target",
        &[
            "pgpe-catalog",
            "pgpe-config",
            "pgpe-database",
            "pgpe-ide",
            "pgpe-proof",
            "pgpe-report",
            "pgpe-storing",
        ],
    ),
    ("pgpe-lsp", EVERYTHING_BELOW),
    ("pgpe", EVERYTHING_BELOW),
];

/// The edges: the protocol and the command line.
const EVERYTHING_BELOW: &[&str] = &["*"];

/// Crates that take data and give data: no I/O, no solver, no runtime, no protocol.
const PURE: &[&str] = &[
    "pgpe-syntax",
    "pgpe-config",
    "pgpe-catalog",
    "pgpe-policy",
    "pgpe-sqlgen",
    "pgpe-import",
    "pgpe-proof",
    "pgpe-report",
    "pgpe-ide",
];

/// Beginnings of the names of crates that pure ones must not know, not even through others.
const IMPURE: &[&str] = &["tokio", "z3", "tower-lsp", "lsp-types", "ls-types", "postgres", "sqlx", "mio"];

/// Crates that one crate alone may name.
const RESERVED: &[(&str, &str)] =
    &[("z3", "pgpe-prover"), ("tower-lsp", "pgpe-lsp"), ("tokio-postgres", "pgpe-database")];

/// Paths into the standard library that mean I/O.
const IO: &[&str] = &["std::fs", "std::net", "std::process", "std::env::", "std::thread::spawn"];

/// A crate of the workspace.
struct Member {
    manifest: PathBuf,
    /// Without those for tests and build scripts.
    dependencies: BTreeSet<String>,
}

fn members() -> BTreeMap<String, Member> {
    let output = cargo(&["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&output).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("packages").iter();
    let member = |package: &Value| {
        let dependencies = package["dependencies"].as_array().expect("dependencies").iter();
        Member {
            manifest: text(&package["manifest_path"]).into(),
            dependencies: dependencies
                .filter(|dependency| dependency["kind"].is_null())
                .map(|dependency| text(&dependency["name"]))
                .collect(),
        }
    };
    packages.map(|package| (text(&package["name"]), member(package))).collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let output = Command::new(cargo)
        .args(arguments)
        .arg("--offline")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo can be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}

#[test]
fn arrows_point_down() {
    let members = members();
    let mut wrong = Vec::new();
    for (name, member) in &members {
        let Some(level) = LAYERS.iter().position(|(layer, _)| layer == name) else {
            wrong.push(format!("{name} has no place in the layers: give it one in tests/architecture.rs"));
            continue;
        };
        let (below, (_, allowed)) = (&LAYERS[..level], LAYERS[level]);
        for dependency in member.dependencies.iter().filter(|dependency| members.contains_key(*dependency)) {
            let is_below = below.iter().any(|(layer, _)| layer == dependency);
            if !is_below || !(allowed == EVERYTHING_BELOW || allowed.contains(&dependency.as_str())) {
                wrong.push(format!("{name} must not depend on {dependency}"));
            }
        }
    }
    let gone = LAYERS.iter().filter(|(layer, _)| !members.contains_key(*layer));
    wrong.extend(gone.map(|(layer, _)| format!("{layer} is no crate of the workspace any more")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_solver_and_the_protocol_have_one_home_each() {
    for (name, member) in members() {
        for (prefix, home) in RESERVED {
            let named = member.dependencies.iter().find(|dependency| dependency.starts_with(prefix));
            assert!(
                named.is_none() || name == *home,
                "{name} depends on {named:?}, which only {home} may know"
            );
        }
    }
}

#[test]
fn pure_crates_reach_nothing_impure() {
    for name in PURE {
        let tree = cargo(&["tree", "--package", name, "--edges", "normal", "--prefix", "none"]);
        for line in tree.lines() {
            let dependency = line.split(' ').next().unwrap_or_default();
            let impure = IMPURE.iter().any(|prefix| dependency.starts_with(prefix));
            assert!(!impure, "{name} reaches {dependency}");
        }
    }
}

#[test]
fn pure_crates_do_no_io() {
    let members = members();
    for name in PURE {
        let sources = members[*name].manifest.with_file_name("src");
        for file in rust_files(&sources) {
            let source = fs::read_to_string(&file).expect("sources are text");
            for path in IO {
                assert!(!source.contains(path), "{}: {path}", file.display());
            }
        }
    }
}

/// Without the tests, which may read what they like.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("sources can be listed") {
        let path = entry.expect("sources can be listed").path();
        if path.file_stem().is_some_and(|stem| stem == "tests") {
            continue;
        }
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

#[test]
fn every_crate_takes_the_shared_lints() {
    for (name, member) in members() {
        let manifest = fs::read_to_string(&member.manifest).expect("manifests are text");
        let inherits = manifest.replace(' ', "").contains("[lints]\nworkspace=true");
        assert!(inherits, "{name} does not inherit the workspace's lints");
    }
}
