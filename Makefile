# The project's commands. `make demo` and `make test` set themselves up.
# Needs: make and Python 3.11 or later (PYTHON=python3.12 make test chooses another).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check fix docs servers bench fuzz clean

demo: $(VENV)/.runtime  ## the main job, before your eyes
	$(BIN)/halfshake demo

test: $(VENV)/.dev  ## every test; real servers are used where `make servers` installed them
	$(BIN)/pytest

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

fuzz: $(VENV)/.dev  ## any bytes from a server: FUZZ_SECONDS (60) for each of FUZZ_MODES
	scripts/fuzz

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis fuzz/.work

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Halfshake needs Python 3.11 or later; this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.runtime
