# `make help` explains every target. Nothing has to be set up before: the first target that needs the virtual
# environment makes it.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Tools that look at the environment are kept out of it.
TOOLS := $(VENV)-audit

.DEFAULT_GOAL := help
.PHONY: help setup fetch demo test simulate fuzz chaos chaos-short chaos-rolling lint check schemas docs image constraints audit sbom bench clean

help:  ## Show what each target does
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP)  ## Make the virtual environment, every version pinned

$(STAMP): pyproject.toml constraints.txt
	@echo "Setting up $(VENV), once: some 1.5 GB, a minute or two ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --quiet -c constraints.txt --group dev -e ".[embedded,otel,rocksdb]"
	@touch $@

$(TOOLS)/.installed: pyproject.toml
	@$(PYTHON) -m venv $(TOOLS)
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@$(TOOLS)/bin/python -m pip install --quiet --group audit
	@touch $@

fetch: $(STAMP)  ## Fetch what some tests need beside Python: Apache Kafka (Java, Maven) and axe-core (npm)
	@$(BIN)/python -m tests.kafka --fetch || echo "the tests against it are skipped"
	@npm install --no-fund --no-audit --prefix "$${GIANTS_AXE:-$$HOME/.cache/giants-axe}" axe-core@4 \
		|| echo "axe-core cannot be fetched: the tests of accessibility are skipped"

demo: $(STAMP)  ## Run the whole system on this machine and watch Little Giants being rated
	@$(BIN)/giants demo

test: $(STAMP)  ## Run all tests
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

simulate: $(STAMP)  ## Play crash and disorder under many seeds: make simulate SEEDS=100000
	@$(BIN)/python -m tests.simulation --seeds $(or $(SEEDS),10000)

fuzz: $(STAMP)  ## Feed every edge with hostile inputs, guided by coverage: make fuzz RUNS=1000000
	@$(BIN)/python -m pip install --quiet --group fuzz
	@$(BIN)/python -m tests.fuzz --runs $(or $(RUNS),1000000)

chaos-short: $(STAMP)  ## Kill real processes for two minutes and hold what is left against the oracle
	@CHAOS=1 $(BIN)/python -m pytest tests/chaos --ignore tests/chaos/test_rolling.py

chaos: $(STAMP)  ## The same for ten minutes, against Apache Kafka
	@$(BIN)/python -m tests.chaos --seed 1 --minutes 10 --broker kafka

chaos-rolling: $(STAMP)  ## Restart one process after the other under load, against Apache Kafka
	@$(BIN)/python -m tests.chaos --rolling

lint: $(STAMP)  ## Style, types and layers, strictly
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

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

audit: $(TOOLS)/.installed $(STAMP)  ## Hold the pinned versions against known vulnerabilities, where an index tells of them
	@$(BIN)/python -m deploy.audit $(TOOLS)/bin/pip-audit constraints.txt

sbom: $(TOOLS)/.installed $(STAMP)  ## Write what is installed as a CycloneDX document, dist/sbom.cdx.json
	@mkdir -p dist
	@$(TOOLS)/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
		--output-file dist/sbom.cdx.json $(BIN)/python
	@echo "dist/sbom.cdx.json: what the root depends on is shipped, the rest is for development"

bench: $(STAMP)  ## Compare with other stream processors on one broker: a quarter of an hour of a quiet machine
	@$(BIN)/python -m bench.peers
	@$(BIN)/python -m bench.report

clean:  ## Remove what was made here
	rm -rf $(VENV) $(TOOLS) .giants demo .hypothesis .mypy_cache .pytest_cache .ruff_cache dist build
