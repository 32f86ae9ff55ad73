# Roledesk: every habit of the project in one place. `make` alone prints the help.

PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
STAMP := .venv/.stamp
CHROMIUM = $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
PYTEST := $(BIN)/python -m pytest

export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help env demo chromium test test-long lint format docs check bench bench-long lock wheel clean
.DEFAULT_GOAL := help

help:  ## print this help
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */\1\t/' | \
		while IFS="$$(printf '\t')" read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

env: $(STAMP)  ## build .venv: pinned dependencies, browser assets, the project itself (editable)

$(STAMP): pyproject.toml hatch_build.py package-lock.json requirements-dev.lock requirements-node.lock
	@test -n "$(PYTHON)" || { echo "Roledesk needs python3, 3.11 or newer, with venv; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) install --require-hashes --requirement requirements-dev.lock
	command -v npm >/dev/null || $(PIP) install --require-hashes --requirement requirements-node.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

demo: env  ## serve the demo organization on 127.0.0.1:8000
	$(BIN)/roledesk demo

chromium:
	@test -n "$(CHROMIUM)" || tests/browser/install-chromium

test: env chromium  ## every test, browser included
	$(PYTEST) -n 2

test-long: env chromium  ## the same with many more property-test examples
	HYPOTHESIS_PROFILE=long $(PYTEST) -n 2

lint: env  ## format, lint, types, import floors
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: env  ## lay out the code and mend what ruff can mend
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

docs: env  ## make docs/permissions.md from the catalogue
	$(BIN)/python -m roledesk.catalogue.reference > docs/permissions.md

check: lint test  ## lint, then every test (words and docs are tests too)

$(BIN)/.stamp-bench: $(STAMP) requirements-bench.lock bench/package.json
	$(PIP) install --require-hashes --requirement requirements-bench.lock
	npm install --prefix bench --no-package-lock --no-audit --no-fund --silent
	@command -v wrk >/dev/null || apt-get install -y wrk >/dev/null || { echo "make bench needs wrk: apt-get install wrk" >&2; exit 1; }
	touch $@

bench: $(BIN)/.stamp-bench  ## compare with named peers, ten minutes at most
	$(BIN)/python -m bench

bench-long: $(BIN)/.stamp-bench  ## the same with more repetitions and the largest sizes
	$(BIN)/python -m bench --long

LOCK = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --no-emit-index-url --no-emit-find-links --upgrade

lock: env  ## pin the newest versions of everything, with hashes
	$(PIP) install "uv>=0.9"
	$(LOCK) --output-file requirements.lock
	$(LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock
	$(LOCK) --group bench --constraint requirements-dev.lock --output-file requirements-bench.lock
	$(BIN)/uv pip compile --group node --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
		--no-header --no-emit-index-url --no-emit-find-links --upgrade --output-file requirements-node.lock

wheel: env  ## build dist/: the wheel and the source archive
	$(BIN)/python -m hatchling build --clean

clean:  ## remove everything built, installed or fetched
	rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf src/roledesk/web/static/vendor tests/browser/vendor test-results
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
