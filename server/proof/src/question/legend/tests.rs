use pgpe_catalog::{Catalog, Command, QualifiedName};
use pgpe_config::{MissingSetting, Rule};

use crate::goal::{Goal, RoleCase, Subject};
use crate::judge::judge;
use crate::plan::{IsolationScope, Item, Plan};
use crate::question::{Question, ask};
use crate::world::{GovernedTable, Side, World};

/// A table with a policy for nothing.
struct OneTable(Catalog, GovernedTable);

impl World for OneTable {
    fn catalog(&self) -> &Catalog {
        &self.0
    }

    fn governed(&self, _: &QualifiedName) -> Option<&GovernedTable> {
        Some(&self.1)
    }

    fn missing_setting(&self) -> MissingSetting {
        MissingSetting::Error
    }
}

fn world() -> OneTable {
    let schema = "CREATE TABLE users (id int PRIMARY KEY);";
    OneTable(pgpe_catalog::ddl::read_ddl(schema).catalog, GovernedTable::default())
}

fn question(world: &OneTable) -> Question {
    let table = QualifiedName::new("public", "users");
    let subject = Subject { table, command: Command::Select, side: Side::Using, goal: Goal::Passes };
    ask(world, &[], subject).unwrap()
}

#[test]
fn a_legend_is_there_for_one() {
    let asked = question(&world());
    let copy = asked.clone();
    assert!(copy.legend.take().is_none(), "copies are kept for long");
    assert!(asked.legend.take().is_some());
    assert!(asked.legend.take().is_none());
    assert_eq!(asked, copy, "it is no part of the question");
}

#[test]
fn none_is_left_when_a_table_is_judged() {
    let world = world();
    let item = Item {
        rule: Rule::Contradiction,
        commands: vec![Command::Select],
        roles: RoleCase::Any,
        question: Ok(Box::new(question(&world))),
        caveat: None,
    };
    let table = QualifiedName::new("public", "users");
    let plan = Plan { table, denied: Vec::new(), isolation: IsolationScope::Outside, items: vec![item] };
    assert!(judge(&world, &[], &plan, &|_| None).pending, "answers may come late");
    assert!(plan.items[0].question.as_ref().unwrap().legend.take().is_none());
}
