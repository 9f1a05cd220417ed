# `make help` explains every target. Nothing has to be set up before: the first target that
# needs the virtual environment makes it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint check clean

help:  ## Show what each target does
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP)  ## Make the virtual environment with everything pinned

$(STAMP): pyproject.toml constraints.txt
	@echo "Setting up $(VENV) (a minute or two, once) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --progress-bar on --quiet -c constraints.txt --group dev -e ".[embedded]"
	@touch $@

demo: $(STAMP)  ## Run the whole system on this machine and watch Little Giants being rated
	@$(BIN)/giants demo

test: $(STAMP)  ## Run all tests
	@$(BIN)/python -m pytest -n 2

lint: $(STAMP)  ## Style and types, strictly
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

check: lint test  ## What CI runs

clean:  ## Remove what was made here
	rm -rf $(VENV) .giants .hypothesis .mypy_cache .pytest_cache .ruff_cache dist build
