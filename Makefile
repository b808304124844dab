# Every target sets up what it needs: a virtual environment with exactly what requirements.lock names.
#   PYTHON=python3.12 make test    another Python; .venv is then made anew
#   make demo ARGS=--interactive   options of `medicus demo`
PYTHON ?= python3
VENV ?= .venv
ARGS ?=

VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
READY := $(VENV)/ready-$(VERSION)
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq
PYTEST := $(BIN)/python -m pytest -q -n auto

ifeq ($(VERSION),)
$(error $(PYTHON): there is no such Python here; name one with PYTHON=python3.12)
endif

.PHONY: help demo test check lint format docs bench lock wheel clean
.DEFAULT_GOAL := help

help:  ## say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(READY)  ## break a small service and watch it being healed
	@$(BIN)/medicus demo $(ARGS)

test: lint  ## check everything, as CI does
	@$(PYTEST)

check: lint  ## check what can be checked in a minute: no processes, no sockets
	@$(PYTEST) tests/unit tests/contracts

lint: $(READY)
	@$(BIN)/ruff format --check --quiet --diff .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary

format: $(READY)  ## format the code and mend what can be mended without thinking
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

docs: $(READY)  ## write docs/reference from the code again
	@$(BIN)/python -m docs.generate

bench: $(READY)  ## measure how fast it is (ARGS="--quick", or "--write docs/explanation/benchmarks.md --date 2026-01-31")
	@$(BIN)/python -m tests.bench $(ARGS)

lock:  ## resolve requirements.lock again (ARGS=--upgrade for newer versions)
	@tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT \
	&& $(PYTHON) -m venv "$$tools" && "$$tools/bin/python" -m pip -qq install uv \
	&& "$$tools/bin/uv" pip compile pyproject.toml --group dev --output-file requirements.lock --quiet $(ARGS) \
	  --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url

wheel: $(READY)  ## build the wheel into dist/
	@$(BIN)/hatchling build --target wheel

clean:  ## remove what make made
	@rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .schemathesis .import_linter_cache

# durable-rules has no wheels: it is built with the setuptools of the lock, so that nothing without a hash is fetched.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) .ci/preflight.py
	@echo "setting up $(VENV) for Python $(VERSION): about a minute"
	@test -x $(BIN)/python$(VERSION) || rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@sed -n '/^setuptools==/,/[^\\]$$/p' requirements.lock >$(VENV)/setuptools.lock
	@$(PIP) install --require-hashes -r $(VENV)/setuptools.lock
	@$(PIP) install --require-hashes --no-build-isolation -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
