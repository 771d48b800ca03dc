# Scratchwork. `make run` teaches the small model to reason; `make test` checks the code. Both install what they need
# into .venv first, once. A machine without a GPU can take smaller wheels of torch:
#   make run PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu

RECIPE ?= zero
ARGS ?=
# Test processes; each loads torch anew, so that more than one pays only on idle cores.
JOBS ?= 0
# The first Python on the PATH that is new enough and can make environments (a found name may still not run).
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)

VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help run test test-all bench base lint clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: $(VENV)/.installed ## Run a recipe: make run RECIPE=zero ARGS="--set grpo.steps=50"
	@$(BIN)/scratchwork run $(RECIPE) $(ARGS)

test: lint ## Check style, types and behaviour
	@OMP_NUM_THREADS=1 $(BIN)/pytest -n $(JOBS) $(ARGS)

test-all: lint ## The same with the slow tests
	@OMP_NUM_THREADS=1 $(BIN)/pytest -n $(JOBS) -m 'slow or not slow' $(ARGS)

bench: $(VENV)/.bench ## Measure speed against the usual tools
	@for name in generate rl_step; do \
		HF_HUB_OFFLINE=1 $(BIN)/python -m benchmarks.$$name --out build/bench/$$name.json $(ARGS) || exit 1; done

base: $(VENV)/.installed ## Train the shipped base model again
	@$(BIN)/scratchwork run base --out src/scratchwork/base_model $(ARGS)

lint: $(VENV)/.dev
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

clean: ## Remove caches and builds; runs and .venv stay
	@rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# torch comes first, so that nothing else chooses its build.
$(VENV)/.installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Scratchwork needs Python 3.11 or newer with venv; install it or give PYTHON=/path/to/it" >&2; exit 1; }
	@echo "Installing into $(VENV) with $(PYTHON): once, some minutes ..."
	@"$(PYTHON)" -m venv $(VENV)
	@$(INSTALL) torch
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	@echo "Installing the tools for tests ..."
	@$(INSTALL) --editable '.[dev]'
	@touch $@

$(VENV)/.bench: $(VENV)/.installed
	@echo "Installing what we measure against ..."
	@$(INSTALL) --editable '.[bench]'
	@touch $@
