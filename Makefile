# The project's commands. `make demo` and `make test` set themselves up.
# Needs: make and Python 3.11 or later (PYTHON=python3.12 make test chooses another).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# An Agent's Python, as far as PyPI has it: its pinned versions do not fit into the other one.
DATADOG_VENV := .venv-datadog

# The tools that build and check packages, pinned to nothing: they run apart from the code.
PACKAGE_VENV := .venv-package

# Ray is four times as large as everything else together.
RAY_VENV := .venv-ray

# ddev brings an older Agent's base with it.
DDEV_VENV := .venv-ddev

# The benchmark runs in the Python that users have: a distribution builds it with PGO and LTO. Peers
# that are written in Python run in the same one.
BENCH_PYTHON ?= $(shell test -x /usr/bin/python3 && /usr/bin/python3 -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo /usr/bin/python3 || echo $(PYTHON))
BENCH_VENV := .venv-bench

.PHONY: demo test coverage check fix docs site site-links package pyz deb servers bench bench-peers \
	bench-pages fuzz clean datadog datadog-test datadog-docs \
	datadog-validate corpus-record corpus-draw ray-test

demo: $(VENV)/.runtime  ## see the main job done
	$(BIN)/halfshake demo

test: $(VENV)/.dev  ## every test; uses the real servers that `make servers` installed
	$(BIN)/pytest -n auto --dist worksteal

# Without the mutations: they are slow to trace, and take no branch that the others do not take.
coverage: $(VENV)/.dev  ## fails unless tests/tls takes every branch of the half handshake
	$(BIN)/coverage run --branch --source=halfshake.tls -m pytest --quiet \
	  tests/tls tests/rfc8448 --ignore=tests/tls/test_mutated_flights.py
	$(BIN)/coverage report --show-missing --skip-covered --fail-under=100

check: $(VENV)/.dev  ## formatter, linter, types, layers, workflows: seconds
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --platform darwin --cache-dir .mypy_cache/darwin src
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32 src
	$(BIN)/lint-imports
	$(BIN)/zizmor --offline --quiet .github deploy/github-action

fix: $(VENV)/.dev  ## what the formatter and the linter can fix by themselves
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.dev  ## the pages, tables and files that are made from the code
	$(BIN)/python scripts/write-docs
	$(BIN)/python scripts/write-datadog-check
	PYTHONPATH=tests $(BIN)/python tests/corpus/clients_page.py

corpus-record: $(VENV)/.dev  ## asks live clients of every family about the corpus: tests/corpus/recorded
	PYTHONPATH=tests $(BIN)/python tests/corpus/recorder.py $(FAMILIES)

corpus-draw: $(VENV)/.dev  ## compares with live clients on chains drawn at random: SEED, COUNT
	PYTHONPATH=tests $(BIN)/python tests/corpus/drawn.py $(SEED) $(COUNT)

site: $(VENV)/.docs  ## the documentation as a site, to build/site; warnings are errors
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --nitpicky -b html docs build/site
	@echo build/site/index.html

site-links: $(VENV)/.docs  ## every link of the site that leads to another server
	$(BIN)/sphinx-build --quiet -b linkcheck docs build/links

package: $(PACKAGE_VENV)/.dev  ## sdist, wheel and SBOM to dist/: built twice, checked, and tried
	scripts/package $(PACKAGE_VENV)/bin/python python3.11 python3.12 python3.13 python3.14

pyz: package  ## dist/halfshake.pyz: one file, for a system that has the cryptography package
	$(PACKAGE_VENV)/bin/python scripts/build-pyz dist/halfshake-*.whl

deb: package  ## dist/halfshake_*.deb, for the Debian that this runs on
	scripts/build-deb $(PACKAGE_VENV)/bin/pip dist/halfshake-*.whl

servers:  ## the real TLS servers that the tests talk to, from Debian
	scripts/install-servers

datadog: $(VENV)/.dev  ## the Datadog Agent's wheel, and the check in one file, to dist/
	rm -f dist/datadog_halfshake-*.whl
	$(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps -w dist ./integrations/datadog
	mkdir -p dist/checks.d
	cp integrations/datadog/checks.d/halfshake.py dist/checks.d/custom_halfshake.py
	cp integrations/datadog/agent-config dist/agent-config
	@ls dist/datadog_halfshake-*.whl

datadog-test: datadog $(DATADOG_VENV)/.dev  ## the Agent's check, from its wheel, under the Agent's own base
	$(DATADOG_VENV)/bin/pip install --quiet --disable-pip-version-check --no-index --no-deps \
		--force-reinstall dist/datadog_halfshake-*.whl
	$(DATADOG_VENV)/bin/pytest tests/datadog
	scripts/try-datadog-wheel python3.11 python3.13

ray-test: $(RAY_VENV)/.dev  ## a scan by a Ray cluster of two nodes, one of its workers killed
	$(RAY_VENV)/bin/pytest tests/ray_cluster -W default

datadog-docs: datadog $(DATADOG_VENV)/.dev  ## the table of docs/datadog.md, from a run of its cases
	$(DATADOG_VENV)/bin/pip install --quiet --disable-pip-version-check --no-index --no-deps \
		--force-reinstall dist/datadog_halfshake-*.whl
	HALFSHAKE_WRITE_TABLE=1 $(DATADOG_VENV)/bin/pytest tests/datadog/test_table.py tests/datadog/test_drop_in.py

datadog-validate: $(DDEV_VENV)/.dev  ## Datadog's own validations, on a copy laid out for integrations-extras
	scripts/validate-extras $(DDEV_VENV)/bin/ddev

bench-peers:  ## builds what the benchmark compares with: tlsx, zgrab2, sslyze, Go's own client
	PYTHON=$(BENCH_PYTHON) scripts/install-bench-peers

bench: $(BENCH_VENV)/.dev bench-peers  ## beside its peers; QUICK=1 takes two minutes and writes no page
	PYTHONPATH=tests:bench $(BENCH_VENV)/bin/python bench/compare.py

bench-pages: $(BENCH_VENV)/.dev  ## the monitor's page with 10,000 endpoints
	PYTHONPATH=tests $(BENCH_VENV)/bin/python bench/pages.py

fuzz: $(VENV)/.dev  ## random bytes from a server: FUZZ_SECONDS (60) for each of FUZZ_MODES
	scripts/fuzz

clean:
	rm -rf $(VENV) $(DATADOG_VENV) $(DDEV_VENV) $(PACKAGE_VENV) $(RAY_VENV) $(BENCH_VENV) build dist .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis fuzz/.work

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Halfshake needs Python 3.11 or later; this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.runtime

$(BENCH_VENV)/.dev: pyproject.toml
	$(BENCH_PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

$(VENV)/.docs: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[docs]'
	@touch $@

$(PACKAGE_VENV)/.dev:
	$(PYTHON) -m venv $(PACKAGE_VENV)
	$(PACKAGE_VENV)/bin/pip install --quiet --disable-pip-version-check \
	  build hatchling twine check-wheel-contents cyclonedx-bom
	@touch $@

$(DATADOG_VENV)/.dev: integrations/datadog/pyproject.toml
	$(PYTHON) -m venv $(DATADOG_VENV)
	$(DATADOG_VENV)/bin/pip install --quiet --disable-pip-version-check './integrations/datadog[dev]'
	@touch $@

$(RAY_VENV)/.dev: pyproject.toml
	$(PYTHON) -m venv $(RAY_VENV)
	$(RAY_VENV)/bin/pip install --quiet --disable-pip-version-check -e '.[ray]' pytest pytest-asyncio pytest-timeout
	@touch $@

$(DDEV_VENV)/.dev:
	$(PYTHON) -m venv $(DDEV_VENV)
	$(DDEV_VENV)/bin/pip install --quiet --disable-pip-version-check 'ddev>=14.4' codespell
	@touch $@
