#!/usr/bin/env bash
# Draws docs/terminal.svg anew from what pgpe prints.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/build.sh
picture=$PWD/docs/terminal.svg
pgpe=$PWD/target/debug/pgpe
cd policies/leaky
{
  printf '\e[1m$ pgpe analyze --table agents --proof tenant-isolation\e[0m\n\n'
  "$pgpe" analyze --table agents --proof tenant-isolation --color always || [ $? = 1 ]
} | python3 ../../tools/terminal_svg.py >"$picture"
