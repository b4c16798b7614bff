# make verify   the environment, the tool, and its main job: a release proved, the mail of 2021 refuted
# make test     everything that must hold; calls for gcc and apt-get, installs what is missing
# make bench    times and memory, side by side with what a user would run otherwise: z3, dt-validate, lopper, dtc, CP-SAT;
#               ONLY="boards start" some of them, TREES=folder of unpacked boards, WRITE=1 for the manual
# make growth   manual/benchmarks/ anew: how times and memory grow, and the plots; ONLY="entries iomem" some of them; an hour
# make brute    the brute-force comparison on ten times as many layouts as `make test` takes; SEED=7 for others
# make headers  XEN_GIT=path: every released header against the models, their comments, and every change as a mail
# make proofs   proofs/ anew: obligations, certificates, verdicts; REASON="..." where a verdict changed
# make mutants  every small fault in the producers' code: the score, and the faults that no theorem sees
# make noticed  every small fault in what verdicts rest on, shown to the tests that have to notice it: the score by area, and
#               survivors that nobody explains; hours, but what is known is not judged again: AREA=intervals PART=100 ONLY=layout.box;
#               SAMPLE=2 takes another hundred
# make manual   build/manual/index.html: the pages of manual/ as HTML, with search, for reading offline
# make documents what is computed in README and manual anew: pages, tables, outputs of commands; then read the diff
# make xen      BOOTS=200 SEED=1: random host trees before real Xen (Debian 12's packages, unpacked), compared
# make boards   manual/boards.md and its summary in host.md anew: what is found of every board of Debian 12's kernel package
# make pictures docs/pictures/ anew: the screenshots of the manual, and those that the browser tests compare with
# make replay   manual/history.md anew: releases against the ones before them; XEN_GIT=path: all commits of the header, and their summary
# make lock     locks/ and THIRD-PARTY.md anew: the newest versions that pyproject.toml admits, their hashes and licences
# make supply   the lock files installed with their hashes into empty environments; fetches all that they name
# make corpus   every board of Debian's kernel package swept: times, memory, killed and resumed, a Dask cluster
# make fuzz     every reader for FUZZ_SECONDS (600) under atheris, ONLY="xl patch" some of them: executions, coverage, defects
# make hypothesis  what Hypothesis tests, and runs stopped at random moments, with many times as many examples
# make nightly  supply, hypothesis, trees, corpus, brute, fuzz, mutants, one after the other whatever fails; a night: ONLY="fuzz trees"
# make trees    every device tree of Debian's kernel packages for Arm, some 100 MB to fetch

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
BOOTS  ?= 200
SEED   ?= 1
MAIL   := tests/reading/data/2021-08-04-safe-range.txt

.PHONY: verify test lint bench growth brute mutants noticed headers proofs xen boards pictures replay lock supply trees corpus fuzz \
    hypothesis nightly manual documents clean

# The package is installed in place; its bytecode is compiled here, so that every run starts fast.
verify: $(VENV)/installed
	$(BIN)/python -m compileall -q verifier
	$(BIN)/verifier check xen-4.22 --expect proved
	$(BIN)/verifier check --base xen-4.15 $(MAIL) --expect refuted

test: $(VENV)/developed lint
	tests/prepare
	$(BIN)/python -m pytest -n auto

lint: $(VENV)/developed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/developed $(VENV)/benched
	$(BIN)/python -m compileall -q verifier
	$(BIN)/python -m tests.bench $(ONLY) $(if $(WRITE),--write)

growth: $(VENV)/developed $(VENV)/benched
	$(BIN)/python -m compileall -q verifier
	$(BIN)/python -m tests.bench.growth $(ONLY)

brute: $(VENV)/developed
	LAYOUTS=100000 $(BIN)/python -m pytest -n auto tests/oracle

headers: $(VENV)/developed
	@test -n "$(XEN_GIT)" || { echo "usage: make headers XEN_GIT=path/to/xen.git"; exit 2; }
	XEN_GIT="$(XEN_GIT)" $(BIN)/python -m pytest tests/models/test_real_headers.py \
	    tests/rules/test_comments_agree.py tests/reading/test_history_mails.py tests/reading/test_functions.py \
	    tests/reading/test_dt_rules.py tests/reading/test_xl_keys.py tests/reading/test_git_history.py \
	    tests/writing/test_random.py tests/replay

proofs: $(VENV)/developed
	$(BIN)/python -m verifier.theorems.store --reason "$(REASON)"
	$(BIN)/python proofs/check.py

mutants: $(VENV)/developed
	$(BIN)/python -m tests.theorems.mutants

noticed: SOME = $(if $(AREA),--area $(AREA)) $(if $(PART),--part $(PART)) $(if $(SAMPLE),--sample $(SAMPLE))
noticed: $(VENV)/developed
	tests/prepare
	$(BIN)/python -m tests.mutation $(SOME) $(if $(ONLY),--only "$(ONLY)")

xen: $(VENV)/developed
	tests/prepare
	$(BIN)/python -m tests.live.differential $(BOOTS) $(SEED)

# What leads nowhere is an error, as in the tests.
manual: $(VENV)/documented
	$(BIN)/sphinx-build -q -n -W --keep-going -b html manual build/manual
	@echo build/manual/index.html

documents: $(VENV)/developed
	XEN_GIT="$(XEN_GIT)" $(BIN)/python -m tests.documents

boards: $(VENV)/developed
	$(BIN)/python -m tests.boards_table

pictures: $(VENV)/developed
	tests/prepare
	$(BIN)/python -m tests.browser.shots

replay: $(VENV)/developed
	XEN_GIT="$(XEN_GIT)" $(BIN)/python -m tests.replay

lock: $(VENV)/developed $(VENV)/benched
	$(BIN)/python -m pip install --quiet --editable '.[lock]'
	$(BIN)/python -m tests.supply.locks
	$(BIN)/python -m tests.supply.licences

supply: $(VENV)/developed
	SUPPLY=1 $(BIN)/python -m pytest tests/supply

trees: $(VENV)/developed
	tests/prepare
	TREES=1 $(BIN)/python -m pytest tests/reading/test_debian_trees.py tests/machine/test_graft.py \
	    tests/test_boards_table.py

corpus: $(VENV)/developed
	tests/prepare
	$(BIN)/python -m tests.corpus

# Without dtc no source of a device tree would be read, and nothing say so.
fuzz: $(VENV)/fuzzed
	tests/prepare
	$(BIN)/python -m tests.fuzz

hypothesis: $(VENV)/developed
	tests/prepare
	HYPOTHESIS_PROFILE=nightly MOMENTS=20 $(BIN)/python -m pytest -n auto -m "hypothesis or stopped"

nightly: $(VENV)/developed
	$(BIN)/python -m tests.nightly

# A machine with only Python may lack its venv module: Debian packs it apart.
$(VENV)/created:
	$(PYTHON) -m venv $(VENV) || { tests/prepare venv && $(PYTHON) -m venv $(VENV); }
	touch $@

$(VENV)/installed: $(VENV)/created pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[term]'
	touch $@

$(VENV)/developed: $(VENV)/created pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@ $(VENV)/installed

$(VENV)/documented: $(VENV)/created pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[manual]'
	touch $@

# What `make bench` measures beside; what cannot be had, the bench names.
$(VENV)/benched: $(VENV)/developed
	$(BIN)/python -m pip install --quiet --editable '.[bench]' && touch $@ || true

# What guides the inputs of `make fuzz` by coverage; where it cannot be had, they are made without, and that is said.
$(VENV)/fuzzed: $(VENV)/developed
	$(BIN)/python -m pip install --quiet --editable '.[fuzz]' && touch $@ || true

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
