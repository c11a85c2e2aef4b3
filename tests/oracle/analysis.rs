//! A case's texts taken the whole way: parsed, resolved, compiled to SQL, planned, solved and judged.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pgpe_catalog::{Catalog, Command, QualifiedName};
use pgpe_config::{Config, MissingSetting, Severity};
use pgpe_policy::Governing;
use pgpe_policy::resolved::TablePolicy;
use pgpe_policy::source::Policy;
use pgpe_proof::counterexample::realise;
use pgpe_proof::judge::{Judgement, judge};
use pgpe_proof::obligation::{Obligation, ObligationHash, Outcome};
use pgpe_proof::owner::IsolationEntry;
use pgpe_proof::plan::{Plan, ProofConfig, plan};
use pgpe_proof::question::{Extent, Question, ask};
use pgpe_proof::world::{GovernedTable, World};
use pgpe_sqlgen::TableInput;

use crate::case::Case;

/// What is known of a case without a server.
pub struct Analysis {
    pub catalog: Catalog,
    pub config: Config,
    pub proofs: ProofConfig,
    pub governed: BTreeMap<QualifiedName, GovernedTable>,
}

impl World for Analysis {
    fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    fn governed(&self, table: &QualifiedName) -> Option<&GovernedTable> {
        self.governed.get(table)
    }

    fn missing_setting(&self) -> MissingSetting {
        self.config.session.missing
    }
}

/// What the solver found of obligations, by their hashes.
#[derive(Default)]
pub struct Solver {
    outcomes: Mutex<HashMap<ObligationHash, Outcome>>,
}

impl Solver {
    pub fn solve(&self, obligation: &Obligation) -> Outcome {
        if let Some(known) = self.outcomes.lock().unwrap().get(&obligation.hash) {
            return known.clone();
        }
        let outcome = pgpe_prover::solve_quickly(obligation, Duration::from_secs(5));
        let mut outcomes = self.outcomes.lock().unwrap();
        if outcomes.len() > 200_000 {
            outcomes.clear();
        }
        outcomes.insert(obligation.hash, outcome.clone());
        outcome
    }
}

/// A plan, and what it comes to.
pub struct Judged {
    /// With each question in full, whether or not it was asked so for the judgement.
    pub plan: Arc<Plan>,
    pub outcomes: HashMap<ObligationHash, Outcome>,
    pub judgement: Judgement,
    /// For each question that was asked with conditions left open, whether that settled it and, if it should not have,
    /// what it is in full.
    pub in_parts: Vec<(bool, Option<Question>)>,
}

pub fn table_name(name: &str) -> QualifiedName {
    QualifiedName::new("public", name)
}

impl Analysis {
    /// `None` if the policies have errors, as those that nothing ever passes.
    pub fn of(case: &Case) -> Option<Analysis> {
        let read = pgpe_catalog::ddl::read_ddl(&case.schema());
        assert_eq!(read.skipped, Vec::new(), "{}", case.show());
        let catalog = read.catalog;
        let config = Config::parse(&case.config_file()).unwrap();
        let text = case.policy_file();
        let parse = pgpe_syntax::parse(&text);
        assert!(parse.errors().is_empty(), "{:?}\n{text}", parse.errors());
        let policies: Vec<Policy> =
            parse.tree().policies().map(|policy| pgpe_policy::lower_policy(&policy, false)).collect();
        let candidates = pgpe_policy::Candidates::of(&catalog, &config);
        let mut governed: BTreeMap<QualifiedName, GovernedTable> = BTreeMap::new();
        for policy in &policies {
            for table in candidates.selected(policy.selector.as_ref(), &catalog, &config) {
                let resolution = pgpe_policy::resolve(policy, &table, &catalog, &config);
                let is_error =
                    |problem: &pgpe_policy::Problem| problem.rule.default_severity() == Severity::Error;
                if resolution.problems.iter().any(is_error) {
                    return None;
                }
                governed.entry(table).or_default().policies.push(resolution.policy?);
            }
        }
        let all = policies.iter().enumerate().flat_map(|(item, source)| {
            governed.iter().flat_map(move |(table, governed)| {
                let own = governed.policies.iter().filter(|policy| policy.policy == source.name.value);
                own.map(move |policy| Governing { item, table, policy, source })
            })
        });
        if !pgpe_policy::traversal_cycles(&all.collect::<Vec<_>>(), config.session.initplan).is_empty() {
            return None;
        }
        let isolation = config.isolation.iter().map(|isolation| {
            let key = pgpe_policy::resolve_key(&isolation.key, Some(&catalog)).unwrap();
            IsolationEntry::new(key, isolation.clone(), Some(&catalog))
        });
        let proofs = ProofConfig {
            isolation: isolation.collect(),
            soft_delete: config.soft_delete.clone(),
            role_separation: config.role_separation.clone(),
        };
        Some(Analysis { catalog, config, proofs, governed })
    }

    /// The statements that apply the policies.
    pub fn compiled(&self) -> Vec<String> {
        let mut statements = Vec::new();
        for (name, governed) in &self.governed {
            let policies: Vec<&TablePolicy> = governed.policies.iter().collect();
            let input = TableInput { name, policies: &policies, grants: &[] };
            let compiled = pgpe_sqlgen::compile_table(&input, &self.catalog, self.config.session);
            statements.extend(compiled.statements());
        }
        statements
    }

    /// The statements that make some policies of a table.
    pub fn compile_policies(&self, table: &QualifiedName, policies: &[TablePolicy]) -> Vec<String> {
        let policies: Vec<&TablePolicy> = policies.iter().collect();
        let input = TableInput { name: table, policies: &policies, grants: &[] };
        let compiled = pgpe_sqlgen::compile_table(&input, &self.catalog, self.config.session);
        compiled.policies.into_iter().map(|policy| policy.statement).collect()
    }

    pub fn judge(&self, table: &QualifiedName, solver: &Solver) -> Judged {
        let isolation = &self.proofs.isolation;
        let mut plan = plan(self, &self.proofs, table);
        let judgement =
            judge(self, isolation, &plan, &|obligation: &Obligation| Some(solver.solve(obligation)));
        let (mut outcomes, mut in_parts) = (HashMap::new(), Vec::new());
        for item in &mut plan.items {
            let Ok(question) = &mut item.question else { continue };
            if question.extent != Extent::Full {
                let in_part = solver.solve(&question.obligation);
                let settled = match (question.extent, &in_part) {
                    (Extent::Wider, Outcome::Unsatisfiable(_)) => true,
                    (Extent::Narrower, Outcome::Satisfiable(model)) => {
                        realise(self, isolation, question, model).is_some()
                    }
                    _ => false,
                };
                match ask(self, isolation, question.subject.clone()) {
                    Ok(in_full) => **question = in_full,
                    Err(reason) => {
                        item.question = Err(reason);
                        continue;
                    }
                }
                let outcome = solver.solve(&question.obligation);
                let is_wrong = settled
                    && match outcome {
                        Outcome::Unsatisfiable(_) => matches!(in_part, Outcome::Satisfiable(_)),
                        Outcome::Satisfiable(_) => matches!(in_part, Outcome::Unsatisfiable(_)),
                        Outcome::Unknown(_) => false,
                    };
                in_parts.push((settled, is_wrong.then(|| (**question).clone())));
            }
            let obligation = &question.obligation;
            outcomes.entry(obligation.hash).or_insert_with(|| solver.solve(obligation));
        }
        Judged { plan: Arc::new(plan), outcomes, judgement, in_parts }
    }

    pub fn policies_for(&self, table: &QualifiedName, command: Command) -> Vec<TablePolicy> {
        let policies = self.governed.get(table).map_or(&[][..], |governed| &governed.policies);
        policies.iter().filter(|policy| policy.commands.contains(command)).cloned().collect()
    }
}
