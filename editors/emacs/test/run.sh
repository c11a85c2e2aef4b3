#!/usr/bin/env bash
# The mode and the language server in a real Emacs with eglot, without a screen.
set -euo pipefail
cd "$(dirname "$0")/../../.."
root=$PWD

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT

# The site's start-up files are where Debian puts packages on the load path.
HOME=$home TMPDIR=$home PGPE_CACHE_DIR=$home/cache PATH=$root/target/debug:$PATH \
  timeout 300 emacs --batch --no-init-file --directory editors/emacs --load editors/emacs/test/eglot-test.el \
  --funcall ert-run-tests-batch-and-exit
