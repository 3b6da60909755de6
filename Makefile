# Two commands: `make demo` runs the main job on the built-in cohort, `make test` passes the tests.

PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
SET_UP := $(VENV)/.set-up
JOBS ?= auto
# Bars on a terminal, plain lines elsewhere
PROGRESS := $(shell test -t 2 && echo --logger rich || echo --quiet rules)

.PHONY: help setup demo status test test-slow test-long lint audit format bench pictures docs checklist wheel lock clean

help:
	@echo "make demo       the whole pipeline on the built-in cohort, then where its report is"
	@echo "make test       the tests (first ring);  make test-slow, make test-long: the others"
	@echo "make status     how far the demo is, what failed and where its log is;  make status ARGS=\"--configfile my_study.yaml\""
	@echo "make setup      only the virtual environment, from requirements.lock"
	@echo "make lint       ruff, snakefmt, snakemake --lint, hadolint, bandit;  make audit: known faults of the locked packages"
	@echo "make bench      every benchmark, one line of JSON each"
	@echo "make docs       the documentation as a site, build/docs/index.html, with the demo's pictures where the demo was run"
	@echo "make pictures   every method on a made photograph and, after make demo, on its network: build/"
	@echo "make checklist  docs/checklist.md from docs/features/*.yaml, unless a row has no test"
	@echo "make wheel      the library as a wheel: dist/"

setup: $(SET_UP) build/niivue

$(SET_UP): requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
# Alone: they ask for torchvision and for OpenCV with windows, of which the tests that hold them beside ours need nothing; and the
# executor for Slurm for a numpy that antspyx refuses, of which it needs one constant.
	$(BIN)/python -m pip install --quiet --no-deps zennit==0.5.1 quantus==0.6.0 snakemake-executor-plugin-slurm==2.8.0
	@touch $@

# Goes on without a network: reports then have plainer viewers, and the next setup tries again.
build/niivue: voxplain/report/viewer/niivue.py | $(SET_UP)
	@$(BIN)/python -m voxplain.report.viewer.niivue

demo: setup
	$(BIN)/snakemake --cores all $(PROGRESS)
	@$(BIN)/python -m voxplain.report.closing results/demo logs/demo

# Not a target of the workflow, which would have to wait for the lock that a running study holds
status: setup
	@$(BIN)/python -m voxplain.status $(ARGS)

test: setup
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup

test-slow: setup build/bids-validator build/rattler
	$(BIN)/python -m pytest -m slow -n $(JOBS) --dist loadgroup --durations 15

test-long: setup
	$(BIN)/python -m pytest -m long --durations 15

# A tool of its own beside the environment: the validator brings a runtime of 140 MB that only this ring needs.
build/bids-validator:
	$(PYTHON) -m venv $@
	$@/bin/python -m pip install --quiet bids-validator-deno==3.0.2 deno==2.9.8 || { rm -rf $@; exit 1; }

# The solver and installer of conda environments, for the tests that run `snakemake --sdm conda`
build/rattler:
	$(PYTHON) -m venv $@
	$@/bin/python -m pip install --quiet py-rattler==0.28.0 PyYAML==6.0.3 || { rm -rf $@; exit 1; }

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow rules
	$(BIN)/snakemake --lint
	$(BIN)/hadolint containers/Dockerfile
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive voxplain scripts

# Asks a service on the network about every locked package, so it is no part of `lint`.
audit: build/pip-audit
	build/pip-audit/bin/pip-audit --strict --requirement requirements.lock --no-deps --disable-pip

build/pip-audit:
	$(PYTHON) -m venv $@
	$@/bin/python -m pip install --quiet pip-audit==2.10.1 || { rm -rf $@; exit 1; }

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow rules

bench: setup
	@for script in benchmarks/[a-z]*.py; do \
		name=$$(basename $$script .py); \
		grep -q '__main__' $$script || continue; \
		$(BIN)/python -m benchmarks.$$name | tail -n 1 || exit 1; \
	done

pictures: setup
	$(BIN)/python -m docs.photo
	$(BIN)/python -m docs.methods.draw

checklist: setup
	$(BIN)/python -m docs.checklist

# What an earlier build left would go into the wheel, also of files that are gone
wheel: setup
	rm -rf build/lib build/bdist.* dist
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --no-index --wheel-dir dist .

# Anything wrong with a link or a page ends it. The tour has the pictures of results/demo, or says that there are none.
docs: setup
	$(BIN)/python -m docs.site.tour
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "build/docs/index.html"

# One lock serves CPU and CUDA wheels: no local version, no lines of the GPU's own packages.
lock:
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet --requirement requirements.in
	build/lock/bin/python -m pip freeze | sed -E 's/^(torch==[0-9.]+)\+.*/\1/' | grep -vE '^(nvidia-|cuda-|triton==)' > requirements.lock

clean:
	rm -rf results/demo data/demo logs/demo
