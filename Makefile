# `make help` lists what there is. Every recipe is a line or two: the work is in tools/.
# Options go through ARGS:  make run ARGS="--listen 127.0.0.1:4000"

export CARGO_TARGET_DIR ?= $(CURDIR)/target
program = "$(CARGO_TARGET_DIR)/release/lastmile"

.DEFAULT_GOAL := help
.PHONY: help run test soak dev bench fmt lint check unit journeys queries seed migrate screenshots clean

help: ## list the targets
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | while IFS="$$(printf '\t')" read -r name what; do printf '%-17s %s\n' "make $$name" "$$what"; done

run: ## install what is missing, build the release, serve it with demo data and print the address
	@tools/set-up run
	@tools/build-release
	@exec $(program) serve --demo $(ARGS)

test: ## check everything that must hold, and close with the counts
	@tools/set-up test
	@tools/test

soak: ## what takes long: random bills, payments and events of services, storms of edits, double submits, cut connections, kills (also while thousands of events of services are due), strangers, a lost replica, a full disk; what moves on any screen; sqlmap and wapiti; prints figures
	@tools/set-up soak
	@tools/build-release
	@tools/test-postgres cargo test --workspace --features ssr --test ledger --test services -- --ignored
	@cd end2end && npx playwright test --config soak.config.ts $(ARGS)

dev: ## build for debugging, serve with demo data, and do it again at every change (cargo leptos watch)
	@tools/set-up run
	@LEPTOS_SITE_ROOT=CARGO_TARGET_DIR/site-dev LASTMILE_DEMO=true exec cargo leptos watch --split -- serve $(ARGS)

bench: ## measure against the bare database and other programs (bench/README.md); ROWS=1000000 for more customers
	@tools/set-up bench
	@bench/build
	@bench/run

fmt: ## format the source
	@cargo fmt --all

lint: ## check formatting, clippy for both halves, the crates of the browser's half, the lock files
	@tools/set-up run
	@tools/test format graph locks lint

check: ## compile both halves without building them: the quickest answer
	@cargo check --workspace --all-targets --features ssr
	@cargo check --target wasm32-unknown-unknown --no-default-features --features hydrate --lib --package lastmile

unit: ## run the unit, property, store and server tests on a throw-away Postgres
	@tools/set-up run
	@tools/test unit

journeys: ## run the browser journeys of end2end/ against the release; PROFILE=work: against the quick build
	@tools/set-up test
	@tools/test $(or $(PROFILE),release) journeys

queries: ## write .sqlx again, after a change of a statement or a migration
	@tools/set-up test
	@tools/sqlx-queries

seed: ## fill the database with 500 customers; ARGS="--replace" to replace those that are there
	@tools/set-up run
	@tools/build-release
	@exec $(program) seed $(ARGS)

migrate: ## bring the database's schema to this version
	@tools/set-up run
	@tools/build-release
	@exec $(program) migrate $(ARGS)

screenshots: ## take docs/screenshot.png again
	@tools/set-up test
	@tools/build-release
	@node end2end/screenshots.mjs $(ARGS)

clean: ## remove all that was built, but no data
	@cargo clean
