#!/bin/sh
# Whether the tests notice a wrong encoding: applies each of tests/mutations/*.patch (or those named), builds, runs the
# known cases and, if they notice nothing, the oracle, and takes the patch back. Run by hand, in a clean checkout; prints
# the table of tests/mutations/README.md. What stands before a patch is what it breaks.
#
#   tools/mutations.sh [--both] [name...]
#
# --both asks the oracle in any case. PGPE_ORACLE_CASES and PGPE_ORACLE_SEED choose its cases; CARGO names another cargo.
set -u
cd "$(dirname "$0")/.." || exit 2
cargo=${CARGO:-cargo}
cases=${PGPE_ORACLE_CASES:-300}
seed=${PGPE_ORACLE_SEED:-1}
both=no
if [ "${1:-}" = --both ]; then
    both=yes
    shift
fi
log=$(mktemp)
applied=
take_back() {
    [ -z "$applied" ] || patch -s -R -p1 <"$applied"
    applied=
}
trap 'take_back; rm -f "$log"' EXIT
trap 'exit 1' INT TERM

# What a test says, with a line of its output that tells why: a wrong proof if there is one.
verdict() {
    sought=$1
    shift
    if "$@" >"$log" 2>&1; then
        outcome=survived
    else
        why=$(sed -n "$sought" "$log")
        why=$({ echo "$why" | grep 'Some(Proven)'; echo "$why"; } | head -n 1 | cut -c 1-150 | sed 's/|/\\|/g')
        outcome="caught: $why"
    fi
}

# Builds the tests, and says where they are.
build() {
    "$cargo" test --test proof_cases --test oracle --no-run >"$log" 2>&1 || return 1
    known_cases=$(sed -n 's/.*Executable tests\/proof_cases\.rs (\(.*\))/\1/p' "$log")
    oracle=$(sed -n 's/.*Executable tests\/oracle\.rs (\(.*\))/\1/p' "$log")
}

# The cases proper first: the other tests of them take longer.
ask_known_cases() {
    verdict 's/^case \([^ ].*\)/\1/p' "$known_cases" every_case_comes_out_right
    [ "$outcome" != survived ] || verdict 's/^case \([^ ].*\)/\1/p' "$known_cases"
}

ask_oracle() {
    verdict 's/^\(case [0-9]*: .*\|hardly any .*\)/\1/p' env PGPE_ORACLE_CASES="$cases" PGPE_ORACLE_SEED="$seed" \
        PGPE_ORACLE_STOP=1 PGPE_ORACLE_MINIMISE=0 "$oracle" --nocapture server_evaluator_and_proofs_agree
}

export RUST_BACKTRACE=0
build && ask_known_cases && [ "$outcome" = survived ] && ask_oracle && [ "$outcome" = survived ] || {
    echo "the tests must pass without a mutation:" >&2
    tail -n 20 "$log" >&2
    exit 2
}
if [ $# -eq 0 ]; then
    set -- tests/mutations/*.patch
fi
echo "| mutation | what it breaks | known cases | oracle, $cases cases, seed $seed |"
echo "|---|---|---|---|"
survivors=0
for name in "$@"; do
    name=$(basename "$name" .patch)
    patch="tests/mutations/$name.patch"
    breaks=$(sed '/^--- /,$d' "$patch" | tr '\n' ' ' | sed 's/ *$//')
    if ! patch -s -p1 --dry-run <"$patch" >/dev/null; then
        echo "| $name | $breaks | does not apply | |"
        survivors=$((survivors + 1))
        continue
    fi
    patch -s -p1 <"$patch"
    applied=$patch
    if ! build; then
        take_back
        echo "| $name | $breaks | does not build | |"
        survivors=$((survivors + 1))
        continue
    fi
    ask_known_cases
    known=$outcome
    outcome=
    if [ "$known" = survived ] || [ $both = yes ]; then
        ask_oracle
    fi
    take_back
    case "$known $outcome" in
    "survived survived") survivors=$((survivors + 1)) ;;
    esac
    echo "| $name | $breaks | $known | $outcome |"
done
[ $survivors -eq 0 ] || {
    echo "$survivors not caught" >&2
    exit 1
}
