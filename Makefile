# The two commands of a newcomer are `make demo` and `make test`; both make .venv from the hash-locked requirements.
.DEFAULT_GOAL := help
PYTHON ?= python3
COLLECTION ?= bcm
N ?= 1000000
SEED ?= 1
PORT ?= 8080
BIN := .venv/bin

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 14

install: .venv/installed  ## Make .venv from the locked requirements

.venv/installed: requirements-bootstrap.lock requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	    || { echo "this needs Python 3.11, 3.12 or 3.13: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-bootstrap.lock
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements-dev.lock
	@touch $@

demo: install  ## Two years of made-up returns, the last month through real Airflow, a report and mail (2 minutes)
	$(BIN)/python -m tools.demo --collection $(COLLECTION)

up: install  ## Run Airflow over var/, until Ctrl-C; says where to open it and where to put a return (PORT; docs/tour.md)
	@$(BIN)/python -m tools.up --port $(PORT)

airflow: install  ## The same over what the demo left, to click through
	@$(BIN)/python -m tools.up --demo --port $(PORT)

secrets:  ## Write .env for docker-compose.yaml, with a secret drawn for each; what is there stays
	@$(PYTHON) -m tools.make_secrets

month: install  ## Have a running Airflow measure one month (PERIOD, COLLECTION; MAIL=1 sends a past one as well)
	@$(BIN)/python -m tools.by_rest $(COLLECTION) '$(or $(PERIOD),$(error say which month: make month PERIOD=2026-07))' $(if $(MAIL),--mail)

backfill: install  ## Have a running Airflow measure months past again (FROM, TO, COLLECTION; mails only with MAIL=1)
	@$(BIN)/python -m tools.by_rest $(COLLECTION) '$(or $(FROM),$(error say from which month: FROM=2026-01))' \
	    '$(or $(TO),$(error say to which month: TO=2026-06))' $(if $(MAIL),--mail)

test: .venv/installed-dev  ## The tests that need no more than the install (under 5 minutes)
	$(BIN)/python -m pytest -q -n 2 --dist loadgroup -m "not slow and not tools"

# one worker more than cores: tests that start an Airflow wait for it most of their time
test-all: .venv/installed-dev lint  ## All tests; those whose tool is absent are skipped and say so
	$(BIN)/python -m pytest -q -n 3 --dist loadgroup -m "slow or tools"

lint: .venv/installed-dev  ## Style, types and the architecture's contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

fuzz: .venv/installed-dev  ## A million mutated returns: nothing may escape (N inputs, by SEED; hours)
	$(BIN)/python -m tests.fuzz --inputs $(N) --seed $(SEED)

bench: .venv/installed-dev  ## Measure the steps against the raw limit on this machine
	$(BIN)/python -m tools.bench

reference: install  ## Write docs/reference/ anew from the code
	$(BIN)/python -m tools.reference

samples: install  ## Write reports/samples/ anew
	$(BIN)/python -m tools.samples

lock: .venv/installed-dev  ## Resolve the requirements anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --only-group build pyproject.toml -o requirements-bootstrap.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group build pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group build --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:  ## Remove what was written here: var/ and caches
	rm -rf var .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

.PHONY: help install demo up airflow secrets month backfill test test-all lint fuzz bench reference samples lock clean
