//! Questions that are asked without what they seldom depend on: what is asked then, and that the answers are those of the
//! questions in full.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

// Other tests use the rest of it.
#[allow(dead_code)]
#[path = "support/project.rs"]
mod project;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use pgpe_ide::Checked;
use pgpe_proof::obligation::{Obligation, ObligationHash, Outcome};
use pgpe_report::Verdict;

const SCHEMA: &str = "
CREATE TABLE tenants (id uuid PRIMARY KEY);
CREATE TABLE notes (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants (id), title text, kind text, n integer,
  span interval
);
CREATE TABLE projects (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants (id), kind text
);
CREATE TABLE tasks (id uuid PRIMARY KEY, project_id uuid NOT NULL REFERENCES projects (id), kind text);
";

const OWN: &str = "col('tenant_id') = session('app.tenant_id')";

/// Answers that are given once and kept, as by a prover.
#[derive(Default)]
struct Solver {
    outcomes: RefCell<HashMap<ObligationHash, Outcome>>,
    /// What was asked since somebody last looked.
    asked: RefCell<Vec<Obligation>>,
}

impl Solver {
    /// The findings on some policies, with all that is asked answered.
    fn check(&self, policies: &str) -> Checked {
        self.check_by(policies, &|obligation| pgpe_prover::solve(obligation, Duration::from_secs(5)))
    }

    fn check_by(&self, policies: &str, solve: &dyn Fn(&Obligation) -> Outcome) -> Checked {
        let host = project::host(SCHEMA, policies, "");
        let analysis = host.analysis();
        loop {
            let known = self.outcomes.borrow().clone();
            let checked = analysis.check(&|obligation| known.get(&obligation.hash).cloned()).unwrap();
            if checked.open.is_empty() {
                return checked;
            }
            for obligation in checked.open {
                let outcome = solve(&obligation);
                self.outcomes.borrow_mut().insert(obligation.hash, outcome);
                self.asked.borrow_mut().push(obligation);
            }
        }
    }

    fn asked(&self) -> Vec<Obligation> {
        self.asked.take()
    }
}

fn policy(clauses: &str) -> String {
    format!("POLICY own PERMISSIVE FOR ALL SELECTOR named('notes') CLAUSE {clauses}")
}

/// Proofs that may be made without conditions.
const RULES: [&str; 5] =
    ["tenant-isolation", "cross-write", "write-restriction", "contradiction", "tautology"];

/// Which of these have findings, and what isolation comes to on all commands.
fn shown(checked: &Checked) -> (Vec<&'static str>, BTreeSet<Verdict>) {
    let found = RULES.into_iter().filter(|rule| !project::findings(checked, rule).is_empty());
    let isolation = ["SELECT", "INSERT", "UPDATE", "DELETE"]
        .into_iter()
        .filter_map(|command| project::verdict(checked, "notes", command, "tenant-isolation"));
    (found.collect(), isolation.collect())
}

fn assert_shows(clauses: &str, rules: &[&'static str], isolation: Verdict) {
    let checked = Solver::default().check(&policy(clauses));
    assert_eq!(shown(&checked), (rules.to_vec(), BTreeSet::from([isolation])), "{clauses}");
}

/// That rows can pass is the only thing that has to be asked again of another condition.
#[test]
fn a_condition_that_has_nothing_to_do_with_tenants_asks_little_anew() {
    let solver = Solver::default();
    solver.check(&policy(&format!("{OWN} AND col('n') > lit(1)")));
    let first = solver.asked().len();
    for condition in ["col('n') > lit(2)", "col('kind') IN lit(['a', 'b'])", "col('title') IS NOT NULL"] {
        let checked = solver.check(&policy(&format!("{OWN} AND {condition}")));
        assert_eq!(shown(&checked), (Vec::new(), BTreeSet::from([Verdict::Proven])), "{condition}");
        let asked = solver.asked();
        assert_eq!(asked.len(), 1, "{condition}: {asked:#?}");
    }
    assert!(first > 5, "{first} questions");
}

#[test]
fn patterns_are_asked_without_strings_where_a_text_that_matches_will_do() {
    for (condition, with_strings) in [
        ("col('title') LIKE lit('a%')", false),
        ("col('title') NOT LIKE lit('a_%')", false),
        // Neither `a` nor `b` matches both.
        ("col('title') LIKE lit('a%') AND col('title') LIKE lit('%b')", true),
    ] {
        let solver = Solver::default();
        solver.check(&policy(&format!("{OWN} AND {condition}")));
        let asked = solver.asked();
        assert!(!asked.is_empty());
        let has_strings = asked.iter().any(|obligation| obligation.script.contains(" String)"));
        assert_eq!(has_strings, with_strings, "{condition}");
    }
}

#[test]
fn what_is_left_open_is_asked_in_full_where_it_matters() {
    let (proven, failed) = (Verdict::Proven, Verdict::Failed);
    let or = |condition: &str| format!("{OWN} OR CLAUSE {condition}");
    // Only the second condition keeps other tenants' rows away.
    assert_shows(&or("col('n') > lit(3) AND col('n') < lit(2)"), &["contradiction"], proven);
    assert_shows(&or("col('n') > lit(3)"), &["tenant-isolation"], failed);
    assert_shows(
        &or("col('title') LIKE lit('a%') AND col('title') LIKE lit('b%')"),
        &["contradiction"],
        proven,
    );
    assert_shows(&or("col('title') LIKE lit('a%')"), &["tenant-isolation"], failed);
    // Together they let all rows pass.
    assert_shows(
        "col('n') IS NULL OR CLAUSE col('n') IS NOT NULL",
        &["tenant-isolation", "tautology"],
        failed,
    );
}

/// The row written is to be seen by the same conditions, not by others.
#[test]
fn conditions_on_what_is_written_are_not_those_on_what_is_read() {
    let policies = |written: &str, read: &str| {
        format!(
            "{}\nPOLICY write RESTRICTIVE FOR INSERT, UPDATE SELECTOR named('notes') CLAUSE {written}\n\
             POLICY read RESTRICTIVE FOR SELECT SELECTOR named('notes') CLAUSE {read}",
            policy(OWN)
        )
    };
    let is_restricted = |written: &str, read: &str| {
        let checked = Solver::default().check(&policies(written, read));
        !project::findings(&checked, "write-restriction").is_empty()
    };
    assert!(!is_restricted("col('n') > lit(3)", "col('n') > lit(3)"));
    assert!(!is_restricted("col('n') > lit(3)", "col('n') > lit(2)"));
    assert!(is_restricted("col('n') > lit(2)", "col('n') > lit(3)"));
    assert!(is_restricted("col('n') > lit(2)", "col('kind') LIKE lit('a%')"));
}

/// Whatever a condition means that is not modelled, it lets no row pass that the others keep away.
#[test]
fn what_is_not_modelled_harms_no_proof_that_does_not_depend_on_it() {
    let isolation = |policies: &str| {
        let checked = Solver::default().check(policies);
        project::verdict(&checked, "notes", "SELECT", "tenant-isolation")
    };
    let long = "col('span') > lit('1 day')";
    let own = policy(&format!("{OWN} AND {long}"));
    let other = |condition: &str| {
        format!("{own}\nPOLICY other PERMISSIVE FOR SELECT SELECTOR named('notes') CLAUSE {condition}")
    };
    assert_eq!(isolation(&own), Some(Verdict::Proven));
    assert_eq!(isolation(&other(OWN)), Some(Verdict::Proven));
    assert_eq!(isolation(&other(long)), Some(Verdict::Unknown));
}

/// `tasks` reached by a traversal, whose target has policies of its own.
fn tasks(by: &str, projects: &str, restriction: &str) -> Checked {
    Solver::default().check(&format!(
        "POLICY tasks PERMISSIVE FOR SELECT SELECTOR named('tasks') \
         CLAUSE exists(rel(_, project_id, projects, id), {{{by}}})\n\
         POLICY projects PERMISSIVE FOR ALL SELECTOR named('projects') CLAUSE {projects}\n\
         POLICY narrow RESTRICTIVE FOR ALL SELECTOR named('projects') CLAUSE {restriction}"
    ))
}

#[test]
fn conditions_within_traversals() {
    let isolation = |checked: &Checked| project::verdict(checked, "tasks", "SELECT", "tenant-isolation");
    let is_dead = |checked: &Checked| {
        project::findings(checked, "contradiction").iter().any(|finding| finding.message.contains("tasks"))
    };
    let owned = format!("{OWN} AND col('kind') = lit('a')");
    let any = "col('kind') IS NOT NULL";
    for checked in [
        tasks(&owned, OWN, "col('kind') != lit('b')"),
        tasks(any, &owned, "col('kind') IN lit(['a', 'b'])"),
        tasks(any, any, &owned),
    ] {
        assert_eq!((isolation(&checked), is_dead(&checked)), (Some(Verdict::Proven), false));
    }
    // Nothing but kinds keeps other tenants' rows away.
    let checked = tasks("col('kind') = lit('a')", any, "col('kind') = lit('b')");
    assert_eq!((isolation(&checked), is_dead(&checked)), (Some(Verdict::Proven), true));
    let checked = tasks("col('kind') = lit('a')", any, "col('kind') != lit('b')");
    assert_eq!(isolation(&checked), Some(Verdict::Failed));
}

#[test]
fn conditions_of_policies_for_some_roles() {
    let checked = Solver::default().check(&format!(
        "{}\nPOLICY support PERMISSIVE FOR SELECT TO support SELECTOR named('notes') CLAUSE col('kind') = lit('a')",
        policy(&format!("{OWN} AND col('n') > lit(1)"))
    ));
    let select = &project::table_verdicts(&checked, "notes").unwrap().commands["SELECT"];
    let by_role = select.by_role.iter().map(|(role, verdicts)| {
        let isolation = verdicts.iter().find(|(rule, _)| rule.id() == "tenant-isolation");
        (role.as_str(), isolation.map(|(_, verdict)| *verdict))
    });
    let expected = [("public", Some(Verdict::Proven)), ("support", Some(Verdict::Failed))];
    assert_eq!(by_role.collect::<Vec<_>>(), expected);
}

/// What is not decided in part is asked in full, and nothing is missing then.
#[test]
fn what_is_not_decided_with_conditions_left_open_is_decided_without() {
    let solve = |obligation: &Obligation| pgpe_prover::solve(obligation, Duration::from_secs(5));
    // Nobody looks at models of those that more scenes fit.
    let is_wider = |obligation: &Obligation| obligation.preferences == 0;
    let given_up = RefCell::new(0);
    let solver = Solver::default();
    let checked = solver.check_by(&policy(&format!("{OWN} AND col('n') > lit(1)")), &|obligation| {
        if is_wider(obligation) {
            *given_up.borrow_mut() += 1;
            return Outcome::Unknown("not decided".to_owned());
        }
        solve(obligation)
    });
    assert!(*given_up.borrow() > 3);
    assert_eq!(shown(&checked), (Vec::new(), BTreeSet::from([Verdict::Proven])));
    assert!(!checked.undecided);
    // What is not decided in full either stays so.
    let checked = Solver::default().check_by(
        &policy(&format!("{OWN} AND col('n') > lit(1)")),
        &|obligation| match solve(obligation) {
            Outcome::Unsatisfiable(_) => Outcome::Unknown("not decided".to_owned()),
            decided => decided,
        },
    );
    assert_eq!(shown(&checked).1, BTreeSet::from([Verdict::Unknown]));
    assert!(checked.undecided);
}
