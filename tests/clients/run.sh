#!/usr/bin/env bash
# The server, driven by a real client library with what real editors say of themselves. Arguments are pytest's.
set -euo pipefail
cd "$(dirname "$0")"
export PYTHONDONTWRITEBYTECODE=1
exec ../../third_party/editors/venv/bin/python -m pytest --quiet -p no:cacheprovider --maxfail 5 "$@"
