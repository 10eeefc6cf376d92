# Two commands matter: `make demo` and `make test`. Both begin with `make setup`.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup-complete
WEB := app/console/web
BUILT := app/console/static/index.html
DESCRIBED := $(WEB)/openapi.json
TYPES := $(WEB)/src/api/schema.d.ts
COMPILED := $(VENV)/.compiled
PACKAGES := $(WEB)/node_modules/.package-lock.json
# What npm and its programs run on is in the environment too; whatever they load stays in it.
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm_config_cache="$${npm_config_cache:-$(CURDIR)/$(VENV)/npm}" \
    npm_config_update_notifier=false $(CURDIR)/$(BIN)/npm --prefix $(WEB)
# The first of these that is new enough makes the environment; `make setup PYTHON=…` decides otherwise.
PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test check bench lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

setup: $(STAMP) $(COMPILED) $(BUILT) ## Make .venv with the dependencies of requirements.txt and the earshot command; build the console
	@:

# The stamp is written last, so whatever fails on the way is done again by the next run.
# Downloads are kept inside .venv until then: a broken connection does not cost them twice.
$(STAMP): requirements.txt pyproject.toml
	@if ! $(BIN)/python -c 'import pip; $(NEW_ENOUGH)' >/dev/null 2>&1; then \
	    python=; \
	    for candidate in $(PYTHON); do \
	        if "$$candidate" -c '$(NEW_ENOUGH)' >/dev/null 2>&1; then python=$$candidate; break; fi; \
	    done; \
	    if [ -z "$$python" ]; then \
	        for candidate in $(PYTHON); do "$$candidate" --version 2>/dev/null || true; done | sed 's/^/Found /' >&2; \
	        echo "Earshot needs Python 3.11 or newer, and none was found. Install one, then run: make setup PYTHON=python3.13" >&2; \
	        exit 1; \
	    fi; \
	    if ! "$$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then \
	        echo "$$python cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; \
	        exit 1; \
	    fi; \
	    echo "Making $(VENV) with $$("$$python" --version)"; \
	    "$$python" -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }; \
	fi
	@echo "Installing the dependencies of requirements.txt into $(VENV)"
	@PIP_CACHE_DIR="$${PIP_CACHE_DIR:-$(CURDIR)/$(VENV)/downloads}"; \
	export PIP_CACHE_DIR PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1; \
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.txt \
	    && $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable . \
	    || { echo "The dependencies could not be installed. Nothing is lost: run the same command again." >&2; exit 1; }
	@rm -rf $(VENV)/downloads
	@touch $@

# Ahead, so that neither the first verdict nor the tests wait for it.
$(COMPILED): $(STAMP) app/domain/geodesy.py $(wildcard app/correlation/*.py app/correlation/loops/*.py)
	@echo "Compiling the correlation's loops"
	@$(BIN)/python -m app.correlation.loops
	@touch $@

# The routes as the console's programs know them; written only when they differ, so that little is built anew.
$(VENV)/.described: $(STAMP) $(shell find app -name '*.py' -not -path '$(WEB)/*')
	@$(BIN)/earshot openapi --out $(DESCRIBED)
	@touch $@

$(DESCRIBED): $(VENV)/.described
	@test -f $@ || $(BIN)/earshot openapi --out $@

$(PACKAGES): $(WEB)/package.json $(WEB)/package-lock.json | $(STAMP)
	@echo "Fetching what the console is built with"
	@$(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error || { \
	    echo "npm could not fetch what the console is built with; it asked the registry $$($(NPM) config get registry)" >&2; \
	    echo "(npm_config_registry=… names another). Nothing is lost: run the same command again." >&2; exit 1; }
	@touch $@

# Types of the API are made from its description and checked too, so a field that changed fails here.
$(BUILT): $(DESCRIBED) $(PACKAGES) $(shell find $(WEB)/src $(WEB)/*.* -type f -not -path '$(TYPES)')
	@echo "Building the console"
	@said=$$($(NPM) run --silent build 2>&1) || { echo "$$said" >&2; exit 1; }
	@touch $@

demo: setup ## Run a simulated city live, with the console and the key to sign in
	@PYTHONUNBUFFERED=1 $(BIN)/earshot demo $(DEMO_ARGS)

test: setup ## Run all tests that this machine can run, saying which were skipped and why
	@$(BIN)/pytest -q -rs $(PYTEST_ARGS)

check: setup ## Lint, formatting, types, architecture and fast tests: a minute or two
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict app
	@$(NPM) run --silent check
	@$(BIN)/pytest -q -m "not slow" -x $(PYTEST_ARGS)

bench: setup ## Run the benchmarks; each prints a ratio against a named reference
	@PYTHONUNBUFFERED=1 $(BIN)/python -m benchmarks $(BENCH_ARGS)

# Keeps the pins that still fit; `make lock LOCK_ARGS=--upgrade` takes the newest of everything.
lock: ## Pin the dependencies of pyproject.toml, with hashes, in requirements.txt
	@test -x $(BIN)/python || { echo "Run make setup first." >&2; exit 1; }
	@$(BIN)/python -m uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet uv
	@echo "setuptools>=80" | $(BIN)/python -m uv pip compile --quiet --no-config --universal --python-version 3.11 \
	    --extra test --extra console --extra export --extra report --generate-hashes --no-emit-index-url --no-header --no-annotate $(LOCK_ARGS) \
	    --output-file requirements.txt pyproject.toml -

clean: ## Remove the environment, builds and caches; data in var/ stays
	rm -rf $(VENV) $(WEB)/node_modules $(DESCRIBED) $(TYPES) app/console/static build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find app tests migrations benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
