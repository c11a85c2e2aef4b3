#!/usr/bin/env bash
# with_postgres.sh SQL COMMAND…: runs a command with PGPE_TEST_URL naming a database of a throw-away server that has run
# the file SQL. Nothing is left of the server. `PG_BIN` names another than the newest one installed.
set -euo pipefail
schema=$1
shift

bin=${PG_BIN:-}
if [ -z "$bin" ]; then
  for folder in /usr/lib/postgresql/*/bin "$(pg_config --bindir 2>/dev/null || true)"; do
    [ ! -x "$folder/initdb" ] || bin=$folder
  done
fi
[ -x "$bin/initdb" ] || { echo "PostgreSQL's server programs were not found: run make setup, or set PG_BIN" >&2; exit 1; }

data=$(mktemp -d)
# The server refuses to be root's.
as_user=()
if [ "$(id -u)" = 0 ]; then
  user=$(id -u postgres 2>/dev/null || id -u nobody)
  chown "$user" "$data"
  as_user=(setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups)
fi
server() { (cd "$data" && "${as_user[@]}" "$bin/$@" >>"$data/log" 2>&1); }
stop() {
  server pg_ctl -D "$data/db" -m immediate -w stop || true
  rm -rf "$data"
}
trap stop EXIT

server initdb -D "$data/db" -U postgres -A trust --no-sync -E UTF8 --locale C || { cat "$data/log" >&2; exit 1; }
# A free port, as far as one can know beforehand.
for _ in 1 2 3 4 5; do
  port=$((20000 + RANDOM % 20000))
  options="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories= -c fsync=off"
  server pg_ctl -D "$data/db" -l "$data/server" -w -o "$options" start && break
  port=
done
[ -n "$port" ] || { cat "$data/server" >&2; exit 1; }

export PGPE_TEST_URL=postgresql://postgres@127.0.0.1:$port/postgres
psql --quiet --no-psqlrc -v ON_ERROR_STOP=1 -f "$schema" "$PGPE_TEST_URL" >/dev/null
"$@"
