# `make up` and `make test` are all a newcomer needs; `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Four at a time, as half of it is waiting; whole files, and all of the fault suite, stay in one process.
TEST_OPTIONS := --numprocesses 4 --dist loadgroup
RUN_EXTRAS := bots,monitor
DEV_EXTRAS := dev

.DEFAULT_GOAL := help
.PHONY: help up down test test-faults test-crashes test-long test-install test-engines lint check fix bench bench-peers test-bench clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

up: $(VENV)/up.stamp ## Install into .venv and start everything on this machine
	$(BIN)/rookery up

down: ## End what `rookery up --detach` started
	$(BIN)/rookery down

test: $(VENV)/dev.stamp ## Run the quick test suite, without network and GPU where the system allows it
	$(BIN)/python -m tests.guard.alone $(TEST_OPTIONS)

test-faults: $(VENV)/dev.stamp ## Run the long fault suite (about 18 minutes) and write debug/faults.html
	@ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || { [ "$$(id -u)" = 0 ] && \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends faketime >/dev/null; } || \
	  echo "No libfaketime (apt-get install faketime): the fault of wrong clocks will be skipped."
	$(BIN)/python -m pytest -m slow tests/faults --ignore tests/faults/crashes --fault-report=debug/faults.html

test-crashes: $(VENV)/dev.stamp ## Have every bot die at every step, 150 times each (about 30 minutes), and write debug/crashes.html
	$(BIN)/python -m pytest -m slow tests/faults/crashes --fault-report=debug/crashes.html

test-long: $(VENV)/dev.stamp ## Run what takes minutes: a thousand messages, long walks over the moves of the ledger, swaps and kills
	$(BIN)/python -m pytest -m slow tests/bots tests/tasks tests/workers

test-install: $(VENV)/dev.stamp ## Install in clean environments and a fresh clone, and run what is there (about 8 minutes)
	$(BIN)/python -m pytest -m "slow" tests/infra tests/test_newcomer.py

test-engines: $(VENV)/dev.stamp ## Ask every engine for what it promises; real ones too, where ROOKERY_TEST_OLLAMA_URL and the like name them
	$(BIN)/python -m pytest -m "slow or not slow" tests/workers/engines/test_contract.py tests/howto/test_add_a_host.py

lint: $(VENV)/dev.stamp ## Format, lint, types, direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test ## Everything that must be green before a commit

fix: $(VENV)/dev.stamp ## Format, and mend what can be mended by itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/dev.stamp ## Measure, and write docs/benchmarks.md
	$(BIN)/python -m benchmarks

bench-peers: $(VENV)/dev.stamp ## Measure beside other software, each in .venv-peers
	$(BIN)/python -m benchmarks --peers

test-bench: $(VENV)/dev.stamp ## See that every benchmark runs (about two minutes)
	$(BIN)/python -m pytest -m "slow or not slow" tests/benchmarks

clean: ## Remove the environment and caches, never data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/up.stamp: pyproject.toml | $(BIN)/python
	@echo "Installing Rookery into $(VENV) …"
	$(BIN)/python -m pip install --quiet --editable ".[$(RUN_EXTRAS)]"
	@touch $@

$(VENV)/dev.stamp: pyproject.toml | $(BIN)/python
	@echo "Installing Rookery and its tools into $(VENV) …"
	$(BIN)/python -m pip install --quiet --editable ".[$(DEV_EXTRAS)]"
	@touch $@ $(VENV)/up.stamp
