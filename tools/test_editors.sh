#!/usr/bin/env bash
# test_editors.sh [NAME…]: runs the tests with real editors, or those named, against the pgpe that was built. Names are
# those of folders in `editors`, `clients` and `pre-commit`.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts=(tests/clients/run.sh tests/pre_commit/run.sh editors/*/test/run.sh)
# What a script tests is the folder that it, or its folder `test`, is in.
name_of() {
  local folder
  folder=$(dirname "$1")
  [ "$(basename "$folder")" != test ] || folder=$(dirname "$folder")
  basename "$folder" | tr _ -
}

failed=() ran=0
for script in "${scripts[@]}"; do
  name=$(name_of "$script")
  [ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
  ran=$((ran + 1))
  printf '\n-- %s\n' "$name"
  "$script" || failed+=("$name")
done
if [ $ran = 0 ]; then
  echo "there is no such editor here: $*. There are: $(for it in "${scripts[@]}"; do name_of "$it"; done | xargs)" >&2
  exit 2
fi
[ ${#failed[@]} = 0 ] || { echo "failed: ${failed[*]}" >&2; exit 1; }
