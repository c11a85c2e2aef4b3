#!/usr/bin/env bash
# bench.sh [OPTION…]: measures everything and writes tests/bench/RESULTS.md. The options are those of the benchmark
# `performance`, such as --tables 10,100. Takes a quarter of an hour or two; nothing else should run meanwhile.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/cargo.sh bench --bench functions
# What reads its figures.
tools/cargo.sh bench --bench performance --no-run
if [ -e tests/bench/peers/run.py ]; then
  python3 tests/bench/peers/run.py || echo "other programs could not be measured" >&2
fi
tools/cargo.sh bench --bench performance -- --out tests/bench/RESULTS.md "$@"
