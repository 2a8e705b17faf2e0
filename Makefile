# One command surface for people, hooks and CI. `make demo` and `make test` are all one needs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := .make/ready

.PHONY: demo test check format lock bench load latency kills fuzz studies contact-sheet wheel bundle docs browser clean

demo: $(READY)
	$(BIN)/mingcha --data data/demo demo $(DEMO)

test: $(READY) browser check
	$(BIN)/python -m pytest -n 2 --dist loadfile $(TESTS)

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n 0 tests/generated

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# A thousand kills of the protocol: a quarter of an hour on a quiet machine.
kills: $(READY)
	$(BIN)/python -m tests.faults.kills $(KILLS)

bench: $(READY)
	$(BIN)/python -m tests.bench $(BENCH)

# Fifty people read and five upload for ten minutes, e.g. LOAD="--minutes 1 --readers 10".
load: $(READY)
	$(BIN)/python -m tests.bench.load $(LOAD)

# Seconds from an upload on the page of a running server until its findings are there.
latency: $(READY) browser
	$(BIN)/python -m tests.bench.one_workbook $(BRANCHES)

fuzz: $(READY)
	$(BIN)/python -m tests.fuzz $(FUZZ)

# A simulation in full, e.g. STUDY=rank_coverage; prints its figures.
studies: $(READY)
	$(BIN)/python -m tests.studies.$(STUDY)

docs: $(READY)
	$(BIN)/python -m pipeline.dictionary
	$(BIN)/python -m tests.audits.statistics.published
	$(BIN)/python -m pipeline.scoring_page

# Pictures of every page × role × language × width, e.g. SHEET="--out /tmp/sheet --roles office".
contact-sheet: $(READY) browser
	$(BIN)/python -m tests.browser.contact_sheet $(SHEET)

wheel: $(READY)
	$(BIN)/python -m hatchling build -t wheel

# For machines without a network: all wheels and one script in dist/mingcha-….tar.
bundle: wheel
	$(BIN)/python -m pipeline.bundle "$$(ls -t dist/mingcha-*.whl | head -1)" dist

browser:
	@sh tests/browser/need.sh

lock:
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o requirements.lock

# uv is used when it is there (seconds); pip does the same in under a minute.
$(READY): requirements.lock pyproject.toml
	@mkdir -p .make
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv -q --allow-existing --python $(PYTHON) $(VENV) && \
	  uv pip sync -q --python $(BIN)/python --require-hashes requirements.lock && \
	  uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e . ; \
	else \
	  $(PYTHON) -m venv $(VENV) && \
	  $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	fi
	@touch $(READY)

clean:
	rm -rf $(VENV) .make .mypy_cache .ruff_cache .pytest_cache dist
