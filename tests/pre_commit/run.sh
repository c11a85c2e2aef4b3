#!/usr/bin/env bash
# The hooks of .pre-commit-hooks.yaml in a real repository, by a real pre-commit: a leaking policy is not committed, the
# mended one is, and files are laid out.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
pre_commit=("$root/third_party/editors/venv/bin/python" -m pre_commit)

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export HOME=$home PRE_COMMIT_HOME=$home/cache PGPE_CACHE_DIR=$home/verdicts PATH=$root/target/debug:$PATH
export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.org
export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.org
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE

passed=0 failed=0
# expect SUCCESS TEXT TITLE COMMAND…: the command succeeds (0) or fails (1) and says the text.
expect() {
  local wanted=$1 text=$2 title=$3 output status=0
  shift 3
  output=$("$@" 2>&1) || status=1
  if [ $status = "$wanted" ] && [[ $output == *"$text"* ]]; then
    passed=$((passed + 1))
    echo "  ok   $title"
  else
    failed=$((failed + 1))
    printf '  FAIL %s: exit code %s\n%s\n' "$title" "$status" "$output"
  fi
}

repository() {
  git init --quiet "$1"
  git -C "$1" add .
  git -C "$1" commit --quiet -m 'First'
}

mkdir "$home/hooks" "$home/project"
cp .pre-commit-hooks.yaml "$home/hooks"
repository "$home/hooks"

cp policies/saas/{isolation.policy,schema.sql,pgpe.yaml} "$home/project"
cat >"$home/project/.pre-commit-config.yaml" <<END
repos:
  - repo: $home/hooks
    rev: $(git -C "$home/hooks" rev-parse HEAD)
    hooks:
      - id: pgpe-fmt
      - id: pgpe-check
END
repository "$home/project"
cd "$home/project"
expect 0 'installed at' 'the hooks are installed' "${pre_commit[@]}" install
expect 0 'pgpe check' 'the project as it is passes' "${pre_commit[@]}" run --all-files

cp isolation.policy ../sound
sed -i "0,/^  CLAUSE .*/s//&\n  OR CLAUSE col('id') IS NOT NULL/" isolation.policy
git add isolation.policy
expect 1 'tenant-isolation' 'a leaking policy is not committed' git commit -m 'Leak'
cp ../sound isolation.policy
expect 1 'tenant-isolation' 'what is staged counts, not what is on disk' git commit -m 'Leak'
echo '-- Mended.' >>isolation.policy
git add isolation.policy
expect 0 'Passed' 'the mended one is committed' git commit -m 'Mend'

sed -i 's/^  SELECTOR/SELECTOR/' isolation.policy
echo '-- Laid out.' >>isolation.policy
git add isolation.policy
expect 1 'files were modified by this hook' 'a file out of layout is not committed' git commit -m 'Layout'
expect 1 '' 'but laid out' grep '^SELECTOR' isolation.policy
git add isolation.policy
expect 0 'Passed' 'and can be committed then' git commit -m 'Layout'

sed -i '/account_id\|tenant_id/d' schema.sql
git add schema.sql
expect 1 'unknown-column' 'a change of the schema alone is checked too' git commit -m 'Schema'

echo "$passed passed, $failed failed"
[ $failed = 0 ]
