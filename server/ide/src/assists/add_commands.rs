//! Commands that nobody may use on a table: its policy is made for them, too.

use pgpe_catalog::Command;
use pgpe_config::Rule;
use pgpe_policy::source::CommandSet;
use pgpe_report::Finding;

use super::Assists;

pub(super) fn add(assists: &mut Assists<'_, '_>, finding: &Finding) {
    let context = assists.context;
    let (Rule::Coverage, Some(denied)) = (finding.rule, &finding.command) else { return };
    let Some(policy) = context.policy_of(finding).filter(|policy| policy.is_permissive()) else { return };
    let (Some(commands), Some(range)) = (policy.source.commands, policy.source.commands_range) else {
        return;
    };
    let more = Command::ALL.into_iter().filter(|command| {
        denied.split(", ").any(|denied| denied == command.keyword()) && !commands.contains(*command)
    });
    let all = more.fold(commands, CommandSet::with);
    if all != commands {
        let title = format!("Let the policy `{}` allow {denied}, too (widens access)", policy.name());
        assists.mend(title, finding, || Some(vec![policy.edit(range, list(all))]));
    }
}

/// `FOR …`
pub(super) fn list(commands: CommandSet) -> String {
    let names: Vec<&str> = commands.iter().map(Command::keyword).collect();
    if commands == CommandSet::ALL { "FOR ALL".to_owned() } else { format!("FOR {}", names.join(", ")) }
}
