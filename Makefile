# `make` alone lists what there is to make.
.DEFAULT_GOAL := help
.PHONY: help demo run test test-slow lint mutants chaos bench bench-growth bench-matching bench-probe bench-several screenshots binary clean

BIN := .venv/bin

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

demo: ## the whole pipeline over the bundled sample county, offline, under a market key of its own
	@bash .ci/setup run
	@$(BIN)/wholesaler demo

run: ## today's run over the real sources: ingest, enrich, dedupe, score, alert, check
	@bash .ci/setup run
	@$(BIN)/wholesaler run-all

lint: ## style, types, layers and SQL
	@bash .ci/setup dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy & types=$$!; $(BIN)/sqlfluff lint --disable-progress-bar wholesaler; sql=$$?; wait $$types && exit $$sql

test: lint ## style, types, and every test but the slow ones
	@$(BIN)/pytest -n 3 --dist worksteal -m "not slow"

test-slow: ## the tests that take minutes; with Debian's libreoffice-calc-nogui and gdal-bin those of what they open, too
	@bash .ci/setup dev
	@$(BIN)/pytest -m slow || [ $$? -eq 5 ] # 5: there are none

mutants: ## one-token changes of the business rules, and which of them no test notices
	@bash .ci/setup dev
	@$(BIN)/python -m tests.mutants

chaos: ## kill -9 at random moments of a night, of the program and of its database, and what the next run makes of it
	@bash .ci/setup dev
	@$(BIN)/python -m tests.chaos $(if $(POINTS),--points $(POINTS)) $(if $(SEED),--seed $(SEED))

bench: ## measured runs over synthetic counties
	@bash .ci/setup bench
	@$(BIN)/python -m benchmarks

bench-growth: ## how the stages grow from 10,000 to 1,000,000 properties, as second county, and with 1 % changed
	@bash .ci/setup bench
	@$(BIN)/python -m benchmarks --growth

bench-matching: ## how many notices find their parcel, and how many a wrong one, by kind and rule, beside others
	@bash .ci/setup bench
	@$(BIN)/python -m benchmarks.matching $(if $(SEED),--seed $(SEED))

bench-probe: ## how many fields `markets probe` tells right and wrong, on layers whose names are held out
	@bash .ci/setup dev
	@$(BIN)/python -m benchmarks.probe $(if $(SEED),--seed $(SEED))

bench-several: ## ten counties in one command, beside ten commands of one county each
	@bash .ci/setup dev
	@$(BIN)/python -m benchmarks.several

screenshots: ## docs/report-*.png, from the invented county
	@bash .ci/setup dev
	@$(BIN)/python -m tests.browser.screenshots

binary: ## dist/wholesaler, one file for a server without Python
	@bash .ci/setup binary
	@build/venv/bin/python binary/build.py

clean: ## remove what was installed and built here; the data directory stays
	@rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
