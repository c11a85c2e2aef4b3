#!/usr/bin/env bash
# cargo.sh COMMAND…: runs a command of cargo at the project's root, by the cargo that `make setup` found or installed.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/rust.sh
use_cargo || { echo "Rust $rust_needed or newer is not there: run make setup" >&2; exit 1; }
exec cargo "$@"
