#!/bin/sh
# Whether the tests notice a wrong encoding: applies each of tests/mutations/*.patch (or those named), builds, runs
# the known cases and the oracle, and takes the patch back. Run by hand, in a clean checkout; prints a table.
#
#   tools/mutations.sh [name...]
set -u
cd "$(dirname "$0")/.." || exit 2
cases=${PGPE_ORACLE_CASES:-3000}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# What a test says.
verdict() {
    if "$@" >"$log" 2>&1; then echo survived; else echo caught; fi
}

if [ $# -eq 0 ]; then
    set -- tests/mutations/*.patch
fi
echo "| mutation | known cases | oracle, $cases cases | first disagreement |"
echo "|---|---|---|---|"
for name in "$@"; do
    name=$(basename "$name" .patch)
    patch="tests/mutations/$name.patch"
    if ! patch -s -p1 --dry-run <"$patch" >/dev/null; then
        echo "| $name | does not apply | | |"
        continue
    fi
    patch -s -p1 <"$patch"
    if ! cargo test --test proof_cases --test oracle --no-run >"$log" 2>&1; then
        patch -s -R -p1 <"$patch"
        echo "| $name | does not build | | |"
        continue
    fi
    known=$(verdict cargo test --test proof_cases)
    oracle=$(PGPE_ORACLE_CASES=$cases PGPE_ORACLE_STOP=1 PGPE_ORACLE_MINIMISE=0 RUST_BACKTRACE=0 \
        verdict cargo test --test oracle -- --nocapture server_evaluator_and_proofs_agree)
    first=$(sed -n 's/^case \([0-9]*: .*\)/\1/p' "$log" | head -n 1)
    patch -s -R -p1 <"$patch"
    echo "| $name | $known | $oracle | $first |"
done
