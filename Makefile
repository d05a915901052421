# The documented interface: continuous integration, the README and CONTRIBUTING.md call nothing else.
PY ?= $(if $(wildcard .venv/bin/python),.venv/bin/python,python3)
.DEFAULT_GOAL := help
.PHONY: help test full data nets gates random-programs lint types docs bench bench-tape bench-trust bench-learn bench-check selftest museum

help: ## these lines
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

test: ## the tests; make test K=softplus runs those whose name has softplus
	@$(PY) -m pytest -q $(if $(K),-k '$(K)')

full: ## the same with every short form in full: every size of error, every family (hours); K= as above
	@SYMDIFF_FULL=1 $(PY) -m pytest -q $(if $(K),-k '$(K)')

data: ## the tests on real data in full: every formula at every point (several minutes)
	@SYMDIFF_FULL=1 $(PY) -m pytest -q -s tests/data

nets: ## two hundred random nets, depth 1 to 30, by all three methods; mean field to depth 50 (half an hour)
	@SYMDIFF_FULL=1 $(PY) -m pytest -q -s tests/nets/test_random_nets.py tests/nets/test_report.py

gates: ## ten thousand random programs of the tape, every way to catch one, held against its sweep (minutes)
	@SYMDIFF_FULL=1 $(PY) -m pytest -q tests/methods/test_program_gate.py

random-programs: ## 10,000 random programs in float64 and 2,000 in float32, mpmath says who is right; goes on where it was (hours)
	@$(PY) -m benchmarks.trust.random_programs --dtype float32 --count 2000; \
	    $(PY) -m benchmarks.trust.random_programs --count 10000

selftest: ## faults planted into every part of symdiff, in every way: does the check see them? (minutes)
	@$(PY) -m symdiff selftest --full

museum: ## ask every installed library for the derivatives it had wrong, and write docs/museum.md
	@$(PY) -m symdiff museum --write docs/museum.md

lint: ## ruff; the rules and the reasons for every exception are in pyproject.toml
	@$(PY) -m ruff check .

types: ## pyright on the package
	@$(PY) -m pyright --pythonpath $(PY)

docs: ## run what the texts claim: README, ARCHITECTURE, CONTRIBUTING, docstrings
	@$(PY) -m pytest -q tests/test_house.py tests/test_contributing.py tests/test_doctests.py

bench: ## speed and memory, as ratios measured in one run; make bench ONLY=nets measures and writes one part
	@$(PY) -m benchmarks $(if $(ONLY),--only '$(ONLY)' --write)

bench-tape: ## the tape beside its peers, those of them that are installed: extra bench-peers
	@$(PY) -m benchmarks.tape

bench-trust: ## symdiff and its peers asked about wrong and hard derivatives: benchmarks/TRUST.md; extra bench-peers
	@$(PY) -m benchmarks.trust

bench-check: ## what one check costs beside torch's, SciPy's and a gradient: benchmarks/CHECK.md; extra bench-peers
	@$(PY) -m benchmarks.check

bench-learn: ## what the rules of learning reach, each beside a baseline: benchmarks/LEARN.md (minutes)
	@OPENBLAS_NUM_THREADS=1 $(PY) -m benchmarks.learn
