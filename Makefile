# `make plan` and `make test` need only Python 3.11+ and make: `setup` is implied, and skipped when nothing changed.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ASK    ?= I need to deploy Llama 70B for inference
PIP    := $(BIN)/pip install -q --disable-pip-version-check --no-deps
READY  := $(VENV)/.ready
PROGRAMS := .venv-programs
SKYPILOT := .venv-skypilot

.PHONY: help setup plan plans serve test artifacts programs skypilot check bench mutate studio lock clean

help:
	@echo 'make plan [ASK="..."]   a grounded deployment plan     make test    the tests'
	@echo 'make serve              the API and the web page       make check   ruff and mypy --strict'
	@echo 'make studio             the graph in LangGraph Studio  make bench   the benchmarks'
	@echo 'make artifacts          what plans of 140 requests give to Helm, Kubernetes, the shell and SkyPilot (minutes)'
	@echo 'make programs           the training programs, each run, killed and resumed on tiny data (installs PyTorch)'
	@echo 'make skypilot           SkyPilot reads the tasks of the sample plans (installs SkyPilot)'

setup: $(READY)

# uv installs the lock in seconds; where it cannot be had, pip does the same, more slowly.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or newer is needed: make PYTHON=python3.11 ...' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@echo 'Setting up $(VENV) (once) ...'
	@awk '/^uv==/{on=1} on&&/^    #/{exit} on' requirements.lock > $(VENV)/uv.lock
	@{ $(PIP) --require-hashes -r $(VENV)/uv.lock \
	    && VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/uv pip install -q --compile-bytecode --require-hashes -r requirements.lock; } 2>/dev/null \
	  || $(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-build-isolation -e .
	@touch $@

# As it was typed: make must not expand a $ in it, and the shell must not either.
plan: $(READY)
	@$(BIN)/stack8s plan '$(subst ','\'',$(value ASK))'

plans: $(READY)
	@$(BIN)/python -m evals.sample_plans

serve: $(READY)
	@$(BIN)/stack8s serve

test: $(READY)
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

# Twice as many plans as the tests look at, with Helm, kubectl and SkyPilot reading them where these can be had.
artifacts: $(READY) $(SKYPILOT)/.ready
	@bash -c '. .ci/tools; MORE_PLANS=1 SKYPILOT_PYTHON=$(abspath $(SKYPILOT))/bin/python $(BIN)/python -m pytest -n 2 --dist loadfile tests/artifacts'

# The programs that plans give to jobs need PyTorch and its libraries, at the versions that plans print: an environment of its own.
programs: $(PROGRAMS)/.ready
	@PYTHONPATH=tests/programs/without_cuda $(PROGRAMS)/bin/python -m pytest --confcutdir=tests/programs -n 2 --dist worksteal tests/programs

$(PROGRAMS)/.ready: artifacts/program/packages.yaml tests/programs/requirements.py
	@$(PYTHON) -m venv $(PROGRAMS)
	@echo 'Setting up $(PROGRAMS) (once) ...'
	@$(PYTHON) tests/programs/requirements.py > $(PROGRAMS)/requirements.txt
	@$(PROGRAMS)/bin/pip install -q --disable-pip-version-check "$$(head -n 1 $(PROGRAMS)/requirements.txt)"
	@$(PROGRAMS)/bin/pip install -q --disable-pip-version-check -r $(PROGRAMS)/requirements.txt
	@touch $@

# SkyPilot reads the tasks of the sample plans itself, in an environment of its own.
skypilot: $(READY) $(SKYPILOT)/.ready
	@SKYPILOT_PYTHON=$(abspath $(SKYPILOT))/bin/python $(BIN)/python -m pytest tests/artifacts/test_skypilot.py

$(SKYPILOT)/.ready:
	@$(PYTHON) -m venv $(SKYPILOT)
	@echo 'Setting up $(SKYPILOT) (once) ...'
	@$(SKYPILOT)/bin/pip install -q --disable-pip-version-check skypilot==0.14.1
	@touch $@

check: $(READY)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy .

# All that docs/ and the README claim to be measured; MEASURED=FOLDER, with MLPerf's results, prints what docs/sizing.md has.
bench: $(READY)
	@$(BIN)/python -m bench
	@$(BIN)/python -m bench stored
	@$(BIN)/python -m bench kills
	@$(if $(MEASURED),$(BIN)/python -m bench throughput --measured '$(MEASURED)',echo 'MEASURED=FOLDER prints the estimates beside MLPerf.')

# Each of 300 changes runs the tests that could notice it; what is known stays in the folder, and a second run goes on.
mutate: $(READY)
	@$(BIN)/python -m bench.mutation build/mutation
	@$(BIN)/python -m bench.mutation build/mutation --survivors

studio: $(READY)
	@$(BIN)/langgraph dev --no-browser

lock: pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' -q -o requirements.lock

clean:
	rm -rf $(VENV) $(PROGRAMS) $(SKYPILOT) build *.egg-info
