#!/usr/bin/env bash
# Installs what building (and, asked with `test`, testing) needs and is not there yet. Says what it does, is safe
# to repeat, and needs no network once everything is there.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/rust.sh

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

# install_packages NAME…: by apt, or says what is missing.
install_packages() {
  if ! command -v apt-get >/dev/null; then
    fail "these are missing, and there is no apt-get to install them with: $*. Install what your system calls them."
  fi
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    fail "these packages are missing: $*. As root, run: apt-get install $*"
  fi
  say "installing with apt-get: $*"
  local log
  log=$(mktemp)
  if ! {
    as_root apt-get update -q &&
      as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
  } >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    rm -f "$log"
    fail "apt-get failed. Install these yourself and run this again: $*"
  fi
  rm -f "$log"
}

# Z3's library is C++, whose standard library the linker must find.
can_link_cpp() { echo 'int main(void) { return 0; }' | cc -x c -o /dev/null - -lstdc++ 2>/dev/null; }

set_up_compiler() {
  can_link_cpp || install_packages g++
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
  local missing=()
  command -v curl >/dev/null || missing+=(curl)
  [ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
  [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
  local folder place
  folder=$(mktemp -d)
  place=https://static.rust-lang.org/rustup/dist/$(uname -m)-unknown-linux-gnu
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

# The solver: a shared library out of the wheel that tools/z3.txt pins.
set_up_z3() {
  local machine platform library
  machine=$(uname -m)
  case $machine in
    x86_64) platform=manylinux_2_27_x86_64 library=dec9b3180cf904803b0a67505746c90ffa55b9e8f3b05df44a8a7ab7b548ad80 ;;
    aarch64) platform=manylinux_2_38_aarch64 library=914eed29252aac0261df2e038d7cfa93f098f459bcd73e9c666481b984f4b3d6 ;;
    *) fail "there is no Z3 for $machine here: put libz3.so 5.3 and its headers into third_party/z3 and build with cargo." ;;
  esac
  local lib=third_party/z3/lib
  if [ -e $lib/libz3.so ] && echo "$library  $lib/libz3.so.5.3" | sha256sum --check --status 2>/dev/null; then
    return
  fi
  python3 -m pip --version >/dev/null 2>&1 || install_packages python3 python3-pip ca-certificates
  say "fetching Z3 into third_party/z3"
  local folder
  folder=$(mktemp -d)
  # Downloading touches no Python environment. pip compares the file with the hashes of z3.txt.
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --require-hashes --platform "$platform" --dest "$folder" --requirement tools/z3.txt ||
    fail "the Z3 wheel can't be fetched or is not the one expected (see above)."
  (cd "$folder" && python3 -m zipfile -e ./*.whl unpacked)
  mkdir -p $lib
  rm -rf third_party/z3/include
  cp -r "$folder/unpacked/z3/include" third_party/z3/include
  # Moved in place, so that a program that has the old one open keeps it.
  cp "$folder/unpacked/z3/lib/libz3.so.5.3" $lib/new
  mv $lib/new $lib/libz3.so.5.3
  # The linker asks for the one name, the loader for the other.
  ln -sf libz3.so.5.3 $lib/libz3.so
  rm -rf "$folder"
  echo "$library  $lib/libz3.so.5.3" | sha256sum --check --status || fail "the Z3 wheel holds another library than expected."
  # A build that began without the library remembers that there was none.
  if [ -d target ]; then cargo clean --quiet --package z3-sys 2>/dev/null || true; fi
}

has_postgres() {
  local folder
  for folder in ${PG_BIN:+"$PG_BIN"} /usr/lib/postgresql/*/bin "$(pg_config --bindir 2>/dev/null || true)" \
    "$(dirname "$(command -v postgres || echo /)")"; do
    [ -x "$folder/postgres" ] && [ -x "$folder/initdb" ] && return
  done
  return 1
}

# The tests start servers of their own; the package must not start one.
set_up_postgres() {
  has_postgres && return
  install_packages postgresql-common
  local note=/etc/postgresql-common/createcluster.d/pgpe-setup.conf
  as_root mkdir -p /etc/postgresql-common/createcluster.d
  echo 'create_main_cluster = false' | as_root tee $note >/dev/null
  install_packages postgresql
  as_root rm -f $note
  has_postgres || fail "PostgreSQL was installed, but not its server programs."
}

set_up_compiler
set_up_rust
set_up_z3
if [ "${1-}" = test ]; then
  set_up_postgres
  # The tests end processes by this program; the shell's own does not count.
  type -P kill >/dev/null || install_packages procps
fi
# All at once, so that no later command needs the network.
cargo fetch --quiet --target "$(uname -m)-unknown-linux-gnu"
