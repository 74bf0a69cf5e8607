# `make test` sets everything up and runs the tests; nothing else is needed first.
# PYTHON chooses the interpreter (3.11 or later), VENV where the environment is made.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp

# What is run a hundred times is compiled once; a setting that forbids it would cost minutes.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup test house lint format types determinism coverage golden-update clean \
	compiled bench bench-memory docs mutation mutation-slice properties properties-slice oracles tables \
	explore explore-slice detectors truth workload peers compiled-slice test-replays test-rest

help: ## show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make the virtual environment with the test and check tools

$(STAMP): pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed: make PYTHON=/path/to/python" >&2; exit 4; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is not a Python 3.11 or later" >&2; exit 4; }
	@echo "setup: $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -e '.[test,check]'
	@touch $@

# Two processes, for two cores: what replays whole recordings, and everything else.
REPLAYS := tests/e2e tests/golden tests/recordings tests/sim
test: setup ## set up and run every test but the oracles
	@$(MAKE) --no-print-directory -j 2 --output-sync=target test-replays test-rest

test-replays: setup
	@$(BIN)/python -m pytest -m 'not oracle' $(REPLAYS)

test-rest: setup
	@$(BIN)/python -m pytest -m 'not oracle' $(addprefix --ignore=,$(REPLAYS)) tests

# A virtual environment of its own: the packages are large, and nothing else may come to need them.
ORACLE_VENV ?= .venv-oracle
ORACLE_STAMP := $(ORACLE_VENV)/.stamp

$(ORACLE_STAMP): pyproject.toml
	@$(PYTHON) -m venv $(ORACLE_VENV)
	@$(ORACLE_VENV)/bin/python -m pip install -qq --disable-pip-version-check -e '.[test,oracle]'
	@touch $@

oracles: $(ORACLE_STAMP) ## hold the figures against pandas, polars, numpy, statsmodels, lifelines, ruptures; check the tables
	@$(ORACLE_VENV)/bin/python -m pytest tests/oracle -rs

tables: ## write docs/tables anew from the recordings
	@$(PYTHON) -m tools.lab.tables

# `tests/conftest.py` says how many examples a profile has. SEED=n draws others than usual.
SEED ?=
properties: setup ## every property with 3,000 examples or a share of them; SEED=n: other ones
	@$(BIN)/python -m pytest tests/property --durations=10 \
		$(if $(SEED),--hypothesis-profile=other --hypothesis-seed=$(SEED),--hypothesis-profile=full)

properties-slice: setup ## the theorems of the gate, health and decision with 500 examples
	@$(BIN)/python -m pytest tests/property/test_gate.py tests/property/test_health.py \
		tests/property/test_decision.py --hypothesis-profile=slice

house: setup ## only the house rules, as tests
	@$(BIN)/python -m pytest tests/house

lint: setup ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: setup ## rewrite the sources in the house format
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

types: setup ## mypy --strict
	@$(BIN)/mypy

# Needs no virtual environment: the standard library of each interpreter found is enough.
determinism: ## the same bytes on every Python and environment found
	@$(PYTHON) tests/determinism/matrix.py

$(VENV)/.stamp-mypyc: $(STAMP)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check 'mypy[mypyc]' setuptools
	@touch $@

# OPT=3 is the level for benchmarks: it takes about four times as long and gives a few per cent.
OPT ?= 1
compiled: $(VENV)/.stamp-mypyc ## build the deciding files with mypyc, test the build, compare its bytes
	@$(BIN)/python scripts/compiled.py all --opt $(OPT)

# What decides is compiled, and these tests are about it; the command line around it is the same source.
compiled-slice: $(VENV)/.stamp-mypyc ## the same, unoptimised and without the tests of commands and recordings
	@$(BIN)/python scripts/compiled.py --opt 0 all -- tests/unit tests/property tests/conformance tests/golden \
		tests/determinism/test_compiled.py --hypothesis-profile=brief

# The standard library is enough for both. The compiled build is measured if there is one.
bench: ## a replay, a report, a check of risk and the observer's figures, each against reading the same lines
	@$(PYTHON) bench/replay.py
	@$(PYTHON) bench/orders.py
	@$(PYTHON) bench/risk_check.py
	@$(PYTHON) bench/observe.py

workload: ## workload W in events per second, beside hftbacktest if `make peers` has put it here
	@$(PYTHON) bench/workload_w.py

# An environment of its own, as for the oracles: hftbacktest brings numba and forty packages more.
PEERS_VENV ?= .venv-peers
PEERS_STAMP := $(PEERS_VENV)/.stamp

$(PEERS_STAMP): pyproject.toml
	@$(PYTHON) -m venv $(PEERS_VENV)
	@$(PEERS_VENV)/bin/python -m pip install -qq --disable-pip-version-check -e '.[test,peers]'
	@touch $@

peers: $(PEERS_STAMP) ## hftbacktest beside this engine: small cases, one recording, workload W
	@$(PEERS_VENV)/bin/python -m pytest tests/peers -rs
	@PYTHONPATH=bench $(PEERS_VENV)/bin/python -m peers
	@$(PEERS_VENV)/bin/python bench/workload_w.py

bench-memory: ## peak memory of one day against ten
	@$(PYTHON) bench/memory.py

docs: ## write docs/reference anew from the code
	@$(PYTHON) -m tools.lab.docs

# One folder of recordings is one table; a folder that is not there is left out.
RECORDINGS ?= ../shared/data
LIFT = [ ! -f "$(firstword $(2))" ] || $(PYTHON) -m tools.lab detectors \
	--format json --lift $(2) > build/detectors/$(1).json
detectors: ## compare the regime detectors anew (half an hour) and write the tables of docs/concepts/detectors.md
	@rm -rf build/detectors && mkdir -p build/detectors
	@$(PYTHON) -m tools.lab detectors --format json > build/detectors/1-changes.json
	@$(call LIFT,2-spot-nexo-2024,$(wildcard $(RECORDINGS)/binance_spot_nexo_20240723_24/nexousdt_20240724*))
	@$(call LIFT,3-usdm-2024,$(wildcard $(RECORDINGS)/binance_usdm_20240718_19/*.gz))
	@$(call LIFT,4-btc-2023,$(wildcard $(RECORDINGS)/binance_btc_20230404_05/*.gz))
	@$(PYTHON) -m tools.lab.detectors.page build/detectors/*.json

# Minutes; PROBES=n: so many ghost orders a cell.
PROBES ?= 500
truth: ## hold the fill models against books whose every order is known
	@$(PYTHON) -m tools.lab truth --probes $(PROBES)

coverage: setup ## branch coverage, without the recordings
	@rm -f .coverage .coverage.*
	@$(BIN)/python -m pytest --cov -m 'not recordings and not oracle'

# A room is a line of the table in scripts/mutation.py: orders, risk, gate.
ROOM ?= orders
MIN_SCORE ?= 90
mutation: setup ## would the tests of ROOM notice a fault? 500 mutants, survivors and score
	@$(BIN)/python scripts/mutation.py $(ROOM) --min-score $(MIN_SCORE)

# Twenty mutants say little about a score; they show that the tests still notice faults at all.
mutation-slice: setup ## twenty mutants of the order room
	@$(BIN)/python scripts/mutation.py orders --count 20 --min-score 75

# Bounded by the worlds and not by time: the same lines everywhere.
explore: setup ## every order in which the reports of small worlds can arrive
	@$(BIN)/python scripts/explore.py --min-paths 100000

explore-slice: setup ## a few of those worlds, about fifteen seconds
	@$(BIN)/python scripts/explore.py --slice --min-paths 100000

golden-update: setup ## write the goldens anew; look at the difference before committing it
	@$(BIN)/python -m pytest -m golden --golden-update

clean: ## remove what the targets above have made
	rm -rf $(VENV) $(ORACLE_VENV) $(PEERS_VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.* build dist
