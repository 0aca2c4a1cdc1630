# Every target works from a fresh clone: `install` makes .venv and is skipped when it is up to date.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: install demo test test-long test-browser check check-mcp format bench bench-db bench-access bench-dashboard bench-score lock

install: $(STAMP)

$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "FlakeGuard needs Python 3.11 or newer, this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
# The lock is complete: resolving anew, pip would take a release of today for `coverage[toml]`, and stop at its hash.
	$(BIN)/pip install --quiet --require-hashes --no-deps -r requirements.lock
	$(BIN)/pip check
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: install
	$(BIN)/flakeguard demo

test: install
	$(BIN)/pytest -n auto --maxprocesses 2 -m "not long"

test-long: install
	$(BIN)/pytest -m long
	HYPOTHESIS_PROFILE=deep $(BIN)/pytest -n auto --maxprocesses 2 -m "hypothesis and not long"

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/squawk --assume-in-transaction sql/migrations/*.sql
	$(BIN)/zizmor --offline --quiet --persona pedantic --strict-collection .
	$(BIN)/python .ci/audit.py

# The official inspector, which needs Node 22.19 or newer, asks every tool of `flakeguard mcp`.
check-mcp: install
	$(BIN)/python .ci/inspect_mcp.py

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The parsers that ours is measured beside stay out of the environment that runs the bot.
PEERS := $(VENV)/peers

$(PEERS): tests/benchmarks/peers.lock | install
	$(BIN)/pip install --quiet --require-hashes --no-deps --upgrade --target $(PEERS) -r tests/benchmarks/peers.lock
	@touch $(PEERS)

# So does what drives a browser; Chromium itself is the machine's (FLAKEGUARD_TEST_CHROMIUM).
BROWSER := $(VENV)/browser

$(BROWSER): tests/browser/browser.lock | install
	$(BIN)/pip install --quiet --require-hashes --no-deps --upgrade --target $(BROWSER) -r tests/browser/browser.lock
	@touch $(BROWSER)

test-browser: install $(BROWSER)
	PYTHONPATH=$(BROWSER) $(BIN)/pytest tests/browser

bench: install $(PEERS)
	PYTHONPATH=$(PEERS) $(BIN)/python -m tests.benchmarks

bench-score: install
	$(BIN)/python -m tests.benchmarks.judging

bench-db: install
	$(BIN)/python -m tests.benchmarks.database

bench-dashboard: install
	$(BIN)/python -m tests.benchmarks.dashboard 20

bench-access: install
	$(BIN)/python -m tests.benchmarks.access

# Writes the lock files anew from pyproject.toml; needs uv. Those of the image name no version that the tests did not run with:
# they are cut out of the large one, which holds the tools, too.
LOCKED := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade

lock:
	uv pip compile pyproject.toml --all-extras --group dev $(LOCKED) -o requirements.lock
	uv pip compile pyproject.toml --extra otel -c requirements.lock $(LOCKED) -o deploy/requirements.lock
	uv pip compile --group build -c requirements.lock $(LOCKED) -o deploy/build.lock
