# `make help` explains every target. Nothing has to be set up before: the first target that needs the virtual
# environment makes it.
# Every dependency has been built for these versions; the first that is found is used.
PYTHON ?= $(shell for one in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$one" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null && echo "$$one" && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
# What the demo needs, and everything; the second holds the first.
DEMO := $(VENV)/.installed-demo
STAMP := $(VENV)/.installed
# Tools that look at the environment are kept out of it.
TOOLS := $(VENV)-audit
# uv installs many times faster than pip, and brings a Python where none fits.
UV ?= $(shell command -v uv 2>/dev/null)
UV_OF_OUR_OWN := $(VENV)-uv/bin/uv
INSTALL = $(if $(UV),"$(UV)" pip install --python $(BIN)/python,$(if $(PYTHON),$(BIN)/python -m pip install \
	--disable-pip-version-check,$(UV_OF_OUR_OWN) pip install --python $(BIN)/python)) -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup fetch demo wheel test test-compiled simulate fuzz chaos chaos-short chaos-rolling drills lint check schemas docs image locks constraints audit sbom bench clean

help:  ## Show what each target does
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP)  ## Make the virtual environment with everything, every version pinned

$(BIN)/python:
	@echo "1/2  A virtual environment in $(VENV), with $(if $(PYTHON),$(PYTHON),Python 3.13) and $(if $(UV),uv,$(if $(PYTHON),pip,uv))"
ifneq ($(UV),)
	@"$(UV)" venv --seed --quiet --allow-existing --python "$(or $(PYTHON),3.13)" $(VENV)
else ifneq ($(PYTHON),)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
else
	@echo "     No Python 3.11 to 3.14 is installed here: uv (40 MB) fetches one (30 MB)."
	@python3 -m venv $(VENV)-uv
	@$(VENV)-uv/bin/python -m pip install --disable-pip-version-check uv
	@$(UV_OF_OUR_OWN) venv --seed --allow-existing --python 3.13 $(VENV)
endif

$(DEMO): pyproject.toml constraints.txt | $(BIN)/python
	@echo "2/2  What the demo needs, in the versions of constraints.txt: some 500 MB to download, 1.2 GB installed, of which the ClickHouse engine is half"
	@$(INSTALL) -e ".[embedded]"
	@touch $@

$(STAMP): pyproject.toml constraints.txt | $(BIN)/python
	@echo "2/2  Everything that tests, checks and documentation need, in the versions of constraints.txt: some 720 MB to download, 1.9 GB installed"
	@$(INSTALL) --group dev -e ".[embedded,ocr,oidc,otel,redis,rocksdb]"
	@touch $(DEMO) $@

$(TOOLS)/.installed: pyproject.toml
	@echo "An environment for the audit in $(TOOLS)"
	@$(BIN)/python -m venv $(TOOLS)
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@$(TOOLS)/bin/python -m pip install --quiet --group audit
	@touch $@

fetch: $(STAMP)  ## Fetch what some tests need beside Python: Apache Kafka (Java, Maven), axe-core and the schema of AsyncAPI (npm)
	@$(BIN)/python -m tests.kafka --fetch || echo "the tests against it are skipped"
	@npm install --no-fund --no-audit --prefix "$${GIANTS_AXE:-$$HOME/.cache/giants-axe}" axe-core@4 \
		|| echo "axe-core cannot be fetched: the tests of accessibility are skipped"
	@npm install --no-fund --no-audit --prefix "$${GIANTS_ASYNCAPI:-$$HOME/.cache/giants-asyncapi}" @asyncapi/specs@6.11.1 \
		|| echo "the schema of AsyncAPI cannot be fetched: the test against it is skipped"
	@$(PYTHON) -m venv "$${GIANTS_FTM:-$$HOME/.cache/giants-ftm}" \
		&& "$${GIANTS_FTM:-$$HOME/.cache/giants-ftm}/bin/pip" install --quiet --disable-pip-version-check followthemoney==4.11.2 \
		|| echo "followthemoney cannot be installed (it needs ICU's headers, on Debian libicu-dev and pkg-config): its test is skipped"

demo: $(DEMO)  ## Run the whole system on this machine and watch Little Giants being rated
	@$(BIN)/giants demo

wheel: $(STAMP)  ## Build sdist and wheel into dist; make wheel COMPILED=1 compiles the hot modules (needs a C compiler)
	@$(if $(COMPILED),HATCH_BUILD_HOOK_ENABLE_MYPYC=true) $(BIN)/python -m build --no-isolation

test: $(STAMP)  ## Run all tests
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

test-compiled: $(STAMP)  ## Run the tests of folds, streams and simulation with the compiled wheel, and compare
	@$(BIN)/python -m tests.packaging --seeds $(or $(SEEDS),300)

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

drills: $(STAMP)  ## Rehearse for minutes: partitions raised and back, stores rolled over a migration, compiled modules
	@DRILLS=1 $(BIN)/python -m pytest tests/failures/test_partitions_raised.py tests/failures/test_store_rolls.py \
		tests/packaging/test_compiled.py

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

# Options for the builder, such as a volume with a certificate authority.
IMAGE_OPTIONS ?=
# "yes": base images that are made here of Debian's packages, where no registry can be reached (root, debootstrap).
LOCAL_BASE ?=
BASES = $(if $(LOCAL_BASE),--build-arg PYTHON=localhost/giants-base --build-arg BUILDER=localhost/giants-builder)
BUILDAH := $(shell command -v buildah 2>/dev/null)
BUILD = $(if $(BUILDAH),buildah build --layers --format docker $(if $(filter 0,$(shell id -u)),--isolation chroot),docker build)

image:  ## Build the container image of all roles (needs buildah or Docker): make image EXTRAS=embedded,otel
	@$(if $(LOCAL_BASE),buildah inspect --type image localhost/giants-builder > /dev/null 2>&1 || deploy/local-base.sh,true)
	$(BUILD) $(BASES) --build-arg EXTRAS=$(EXTRAS) $(IMAGE_OPTIONS) --file deploy/Dockerfile --tag little-giants-stream:0.1.0 .

locks: $(STAMP)  ## Write the hashes of what the image installs, after constraints.txt has changed
	@$(BIN)/python -m deploy.locks

constraints: $(STAMP)  ## Pin what is installed now
	@echo "# Every version that the tests ran with; installed with \`pip install -c constraints.txt\` (see the Makefile)." > constraints.txt
	@$(BIN)/python -m pip freeze --exclude-editable >> constraints.txt

audit: $(STAMP) $(TOOLS)/.installed  ## Hold the pinned versions against known vulnerabilities, where an index tells of them
	@$(BIN)/python -m deploy.audit $(TOOLS)/bin/pip-audit constraints.txt

sbom: $(STAMP) $(TOOLS)/.installed  ## Write what is installed as a CycloneDX document, dist/sbom.cdx.json
	@mkdir -p dist
	@$(TOOLS)/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
		--output-file dist/sbom.cdx.json $(BIN)/python
	@echo "dist/sbom.cdx.json: what the root depends on is shipped, the rest is for development"

bench: $(STAMP)  ## Compare with other stream processors on one broker: a quarter of an hour of a quiet machine
	@$(BIN)/python -m bench.peers
	@$(BIN)/python -m bench.report

clean:  ## Remove what was made here
	rm -rf $(VENV) $(VENV)-uv $(TOOLS) .giants demo .hypothesis .mypy_cache .pytest_cache .ruff_cache dist build
