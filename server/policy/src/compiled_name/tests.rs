use pgpe_catalog::Command;

use super::{compiled_commands, compiled_name};
use crate::source::CommandSet;

#[test]
fn a_name_is_policy_table_and_command() {
    assert_eq!(compiled_name("own", "Tasks", None).name, "own_Tasks");
    assert_eq!(compiled_name("own", "Tasks", Some(Command::Update)).name, "own_Tasks_update");
    assert!(!compiled_name("own", "Tasks", None).shortened);
}

#[test]
fn a_long_name_is_cut_and_hashed() {
    let fits = compiled_name(&"p".repeat(57), "tasks", None);
    assert_eq!((fits.name.len(), fits.shortened), (63, false));
    let long = compiled_name(&"p".repeat(58), "tasks", None);
    assert_eq!(long.name, format!("{}_e69ab4a8", "p".repeat(54)));
    assert!(long.shortened);
    assert_ne!(long.name, compiled_name(&"p".repeat(59), "tasks", None).name);
}

#[test]
fn a_long_name_is_cut_between_characters() {
    let wide = compiled_name(&"ü".repeat(40), "tasks", None);
    assert!(wide.name.starts_with(&"ü".repeat(27)), "{}", wide.name);
    assert_eq!(wide.name.len(), 63);
    let uneven = compiled_name(&format!("a{}", "ü".repeat(40)), "tasks", None);
    assert_eq!(uneven.name.len(), 62);
}

#[test]
fn postgresql_takes_one_command_or_all() {
    let set = |commands: &[Command]| commands.iter().copied().collect::<CommandSet>();
    assert_eq!(compiled_commands(CommandSet::ALL), [None]);
    assert_eq!(compiled_commands(set(&[Command::Update])), [None]);
    assert_eq!(
        compiled_commands(set(&[Command::Update, Command::Select])),
        [Some(Command::Select), Some(Command::Update)]
    );
}
