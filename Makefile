# The commands of everyday work. Each sets up what is missing first and starts at once if nothing is.
.PHONY: help demo test test-editors bench check setup
.DEFAULT_GOAL := help

help:
	@echo 'make demo           show what pgpe does, on the example in policies/saas'
	@echo 'make test           run all tests'
	@echo 'make test-editors   run those in real editors'
	@echo 'make bench          measure everything and write tests/bench/RESULTS.md'
	@echo 'make check          formatting and lints'
	@echo 'make setup          install what the others need, and nothing else'

setup:
	@tools/setup.sh test

demo:
	@tools/setup.sh
	@tools/build.sh
	@tools/demo.sh

test:
	@tools/setup.sh test
	@tools/cargo.sh test --workspace

test-editors:
	@tools/setup.sh editors
	@tools/build.sh
	@tools/test_editors.sh

bench:
	@tools/setup.sh
	@tools/bench.sh

check:
	@tools/setup.sh
	@tools/cargo.sh fmt --all --check
	@tools/cargo.sh clippy --workspace --all-targets -- -D warnings
