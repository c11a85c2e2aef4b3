#!/usr/bin/env bash
# Installs what building (and, asked with `test` or `editors`, testing by itself or in real editors) needs and is
# not there yet. Says what it does, is safe to repeat, and needs no network once everything is there.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/rust.sh

purpose=${1-}

say() { echo "setup: $*" >&2; }
fail() { echo "setup: $*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif [ -t 0 ]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

# What has to come from the system, a package a line.
missing_packages() {
  # Z3's library is C++, whose standard library the linker must find.
  echo 'int main(void) { return 0; }' | cc -x c -o /dev/null - -lstdc++ 2>/dev/null || echo g++
  if ! use_cargo && ! command -v rustup >/dev/null; then
    command -v curl >/dev/null || echo curl
    [ -e /etc/ssl/certs/ca-certificates.crt ] || echo ca-certificates
  fi
  has_z3 || python3 -m pip --version >/dev/null 2>&1 || printf '%s\n' python3 python3-pip ca-certificates
  if [ -n "$purpose" ]; then
    has_postgres || echo postgresql
    # The tests end processes by this program; the shell's own does not count.
    type -P kill >/dev/null || echo procps
  fi
  if [ "$purpose" = editors ]; then
    command -v git >/dev/null || echo git
    [ -x /usr/bin/nvim ] || echo neovim
    command -v emacs >/dev/null || echo emacs-nox
    has_eglot || echo elpa-eglot
    has_editors || python3 -c 'import ensurepip' 2>/dev/null || echo python3-venv
    command -v "${CHROMIUM:-chromium}" >/dev/null || echo chromium
    # Native parts of VS Code's workbench are built.
    command -v npm >/dev/null || printf '%s\n' nodejs npm
    command -v make >/dev/null || echo make
    command -v c++ >/dev/null || echo g++
    command -v python3 >/dev/null || echo python3
  fi
}

has_postgres() {
  local folder
  for folder in ${PG_BIN:+"$PG_BIN"} /usr/lib/postgresql/*/bin "$(pg_config --bindir 2>/dev/null || true)" \
    "$(dirname "$(command -v postgres || echo /)")"; do
    [ -x "$folder/postgres" ] && [ -x "$folder/initdb" ] && return
  done
  return 1
}

# Emacs has it from version 29 on.
has_eglot() {
  command -v emacs >/dev/null && emacs --batch --eval '(require (quote eglot))' 2>/dev/null
}

set_up_packages() {
  local packages
  mapfile -t packages < <(missing_packages | sort -u)
  [ ${#packages[@]} = 0 ] && return
  command -v apt-get >/dev/null ||
    fail "these packages of Debian are missing, or what your system calls them: ${packages[*]}"
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
    fail "these packages are missing: ${packages[*]}. As root, run: apt-get install ${packages[*]}"
  say "installing with apt-get: ${packages[*]}"
  local log status=0
  log=$(mktemp)
  apt_install "${packages[@]}" >"$log" 2>&1 || status=$?
  [ $status = 0 ] || tail -n 30 "$log" >&2
  rm -f "$log"
  [ $status = 0 ] || fail "apt-get failed. Install these yourself and run this again: ${packages[*]}"
}

apt_install() {
  # The tests start servers of their own: PostgreSQL's package must not start one.
  local note=/etc/postgresql-common/createcluster.d/pgpe-setup.conf status=0
  if [[ " $* " == *" postgresql "* ]]; then
    as_root mkdir -p "$(dirname $note)"
    echo 'create_main_cluster = false' | as_root tee $note
  fi
  as_root apt-get update -q &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" || status=$?
  as_root rm -f $note
  return $status
}

set_up_rust() {
  use_cargo && return
  if command -v rustup >/dev/null; then
    say "installing Rust $rust_toolchain with rustup"
    rustup toolchain install "$rust_toolchain" --profile minimal --component clippy,rustfmt ||
      fail "rustup could not install Rust $rust_toolchain. Install Rust $rust_needed or newer and run this again."
  else
    install_rustup
  fi
  use_cargo || fail "Rust $rust_needed or newer is needed, and what was installed is not found."
}

install_rustup() {
  local folder place
  folder=$(mktemp -d)
  place=https://static.rust-lang.org/rustup/dist/$machine-unknown-linux-gnu
  say "installing Rust $rust_toolchain with rustup in ${CARGO_HOME:-$HOME/.cargo}"
  if ! curl -fsS --proto '=https' --tlsv1.2 --retry 3 --output-dir "$folder" \
    -O "$place/rustup-init" -O "$place/rustup-init.sha256"; then
    rm -rf "$folder"
    fail "rustup can't be fetched. Install Rust $rust_needed or newer (https://rustup.rs) and run this again."
  fi
  [ "$(cut -d ' ' -f 1 "$folder/rustup-init.sha256")" = "$(sha256sum "$folder/rustup-init" | cut -d ' ' -f 1)" ] ||
    fail "rustup was not received whole. Run this again."
  chmod +x "$folder/rustup-init"
  # Its advice about PATH is for others: the scripts here find it.
  "$folder/rustup-init" -q -y --no-modify-path --profile minimal --component clippy,rustfmt \
    --default-toolchain "$rust_toolchain" >/dev/null || fail "rustup could not install Rust $rust_toolchain."
  rm -rf "$folder"
}

# The solver is a shared library out of the wheel that tools/z3.txt pins.
z3_lib=third_party/z3/lib
machine=$(uname -m)
case $machine in
  x86_64)
    z3_platform=manylinux_2_27_x86_64
    z3_sha256=dec9b3180cf904803b0a67505746c90ffa55b9e8f3b05df44a8a7ab7b548ad80
    ;;
  aarch64)
    z3_platform=manylinux_2_38_aarch64
    z3_sha256=914eed29252aac0261df2e038d7cfa93f098f459bcd73e9c666481b984f4b3d6
    ;;
  *) fail "there is no Z3 for $machine here: x86_64 and aarch64 are known" ;;
esac

has_z3() {
  [ -e $z3_lib/libz3.so ] && echo "$z3_sha256  $z3_lib/libz3.so.5.3" | sha256sum --check --status 2>/dev/null
}

set_up_z3() {
  has_z3 && return
  say "fetching Z3 into third_party/z3"
  local folder
  folder=$(mktemp -d)
  # Downloading touches no Python environment. pip compares the file with the hashes of z3.txt.
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --require-hashes --platform "$z3_platform" --dest "$folder" --requirement tools/z3.txt ||
    fail "the Z3 wheel can't be fetched or is not the one expected (see above)."
  (cd "$folder" && python3 -m zipfile -e ./*.whl unpacked)
  mkdir -p $z3_lib
  rm -rf third_party/z3/include
  cp -r "$folder/unpacked/z3/include" third_party/z3/include
  # Moved in place, so that a program that has the old one open keeps it.
  cp "$folder/unpacked/z3/lib/libz3.so.5.3" $z3_lib/new
  mv $z3_lib/new $z3_lib/libz3.so.5.3
  # The linker asks for the one name, the loader for the other.
  ln -sf libz3.so.5.3 $z3_lib/libz3.so
  rm -rf "$folder"
  has_z3 || fail "the Z3 wheel holds another library than expected."
  # A build that began without the library remembers that there was none.
  if [ -d target ]; then cargo clean --quiet --package z3-sys 2>/dev/null || true; fi
}

# A newer Neovim, a client library and pre-commit, in a Python environment of their own.
editors=third_party/editors

has_editors() {
  cmp --quiet tools/editors.txt $editors/installed.txt && $editors/venv/bin/python -c '' 2>/dev/null
}

set_up_editors() {
  has_editors && return
  say "installing editors into $editors"
  rm -rf $editors/venv
  python3 -m venv $editors/venv || fail "Python can't make an environment: install python3-venv and run this again."
  $editors/venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --requirement tools/editors.txt || fail "what tools/editors.txt names can't be installed (see above)."
  cp tools/editors.txt $editors/installed.txt
}

set_up_packages
set_up_rust
set_up_z3
[ "$purpose" != editors ] || set_up_editors
# All at once, so that no later command needs the network.
cargo fetch --quiet --target "$machine-unknown-linux-gnu"
