# Puts a cargo that is new enough on PATH; sourced by the other scripts.

# shellcheck shell=bash

rust_needed=$(sed -n 's/^rust-version *= *"\(.*\)"$/\1/p' Cargo.toml | head -n 1)
# As rustup calls it.
rust_toolchain=$rust_needed.0

# Whether the cargo found now has at least the version that Cargo.toml asks for.
cargo_is_new_enough() {
  local found
  found=$(cargo --version 2>/dev/null | cut -d ' ' -f 2) || return 1
  [ -n "$found" ] && [ "$(printf '%s\n' "$rust_needed" "${found%%-*}" | sort -V | head -n 1)" = "$rust_needed" ]
}

use_cargo() {
  cargo_is_new_enough && return
  # Where rustup installs it, which a shell started before that does not know.
  PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH
  export PATH
  cargo_is_new_enough && return
  # rustup may have it beside an older default.
  if command -v rustup >/dev/null; then
    local default=${RUSTUP_TOOLCHAIN-}
    export RUSTUP_TOOLCHAIN=$rust_toolchain
    RUSTUP_AUTO_INSTALL=0 cargo_is_new_enough && return
    RUSTUP_TOOLCHAIN=$default
    [ -n "$default" ] || unset RUSTUP_TOOLCHAIN
  fi
  return 1
}
