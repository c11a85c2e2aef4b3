#!/usr/bin/env bash
# The running example: what is proved of it, the SQL that it becomes, and what happens when it is broken.
set -euo pipefail
cd "$(dirname "$0")/.."
pgpe=$PWD/target/debug/pgpe

if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi
heading() { printf '\n%s== %s%s\n\n' "$bold" "$*" "$plain"; }
# Shows a command before its output.
show() { printf '%s$ %s%s\n' "$bold" "${*/#"$pgpe"/pgpe}" "$plain"; "$@"; }

heading "Three policies for a project tracker with many tenants (policies/saas/isolation.policy)"
cat policies/saas/isolation.policy

heading "What is proved of them"
cd policies/saas
show "$pgpe" analyze

heading "The SQL that they become"
show "$pgpe" compile

heading "One more policy, meant to let everyone find the administrators"
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp ./*.policy schema.sql pgpe.yaml "$copy"
cd "$copy"
cat >admins.policy <<'END'
POLICY find_admins
  PERMISSIVE
  FOR SELECT
  SELECTOR named('users')
  CLAUSE col('role') = lit('admin')
END
cat admins.policy

heading "It opens a table to all tenants: here are two sessions and the row that show it"
status=0
show "$pgpe" check admins.policy || status=$?
echo "exit code $status"
[ "$status" = 1 ] || { echo "the demonstration expected exit code 1" >&2; exit 1; }
