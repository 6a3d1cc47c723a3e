# The project's commands. `make demo` and `make test` set themselves up.
# Needs: make and Python 3.11 or later (PYTHON=python3.12 make test chooses another).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test coverage check fix docs servers bench clean

demo: $(VENV)/.runtime  ## the main job, before your eyes
	$(BIN)/halfshake demo

test: $(VENV)/.dev  ## every test; real servers are used where `make servers` installed them
	$(BIN)/pytest

# Without the mutations: they are slow to trace, and take no branch that the others leave out.
coverage: $(VENV)/.dev  ## every branch of the half handshake is taken by a test of tests/tls
	$(BIN)/coverage run --branch --source=halfshake.tls -m pytest --quiet \
	  tests/tls tests/rfc8448 --ignore=tests/tls/test_mutated_flights.py
	$(BIN)/coverage report --show-missing --skip-covered --fail-under=100

check: $(VENV)/.dev  ## formatter, linter, types, layers: seconds
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(VENV)/.dev  ## what the formatter and the linter can mend by themselves
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.dev  ## the reference pages that are made of the code
	$(BIN)/python scripts/write-docs

servers:  ## the real TLS servers that the tests talk to, from Debian
	scripts/install-servers

bench: $(VENV)/.dev  ## client CPU side by side with peers, to docs/benchmarks.md
	PYTHONPATH=tests $(BIN)/python bench/compare.py

clean:
	rm -rf $(VENV) build dist .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Halfshake needs Python 3.11 or later; this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.runtime
