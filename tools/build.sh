#!/usr/bin/env bash
# Builds the pgpe command; silent if it has been built before.
set -euo pipefail
cd "$(dirname "$0")/.."
quiet=--quiet
if [ ! -e target/debug/pgpe ]; then
  echo 'building pgpe, which takes a few minutes the first time' >&2
  quiet=
fi
exec tools/cargo.sh build ${quiet:+"$quiet"}
