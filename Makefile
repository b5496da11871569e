# Byname. `make run` sets everything up and runs the product; `make test` tests it; `make help` lists the rest.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:

# Any Python from 3.8 on starts things off. It is run and asked, since a name on PATH may be a shim that fails.
# Our own comes first, once it is there: a shim takes longer to find its Python than all our checks together.
PYTHON := $(shell for python in .env-server/bin/python python3 python python3.13 python3.12 python3.11 python3.10 python3.9; do \
	"$$python" -c 'import sys, fcntl; sys.version_info < (3, 8) and sys.exit(1); print(sys.executable)' \
	2>/dev/null && exit; done)
SERVER := .env-server/bin/python
BOT := .env-bot/bin/python
RASA := $(BOT) -m handoff.tooling.rasa
NPM := $(SERVER) -m handoff.tooling.node

.PHONY: help a-python setup web web-packages train run reload test test-web test-bot evaluate score validate e2e trainer-day screens faults bench lint types clean

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## /  \1\t/p' $(MAKEFILE_LIST) | expand -t 14

a-python:
	@test -n "$(PYTHON)" || { echo "byname: no Python 3.8 or newer runs here: install python3 and try again." >&2; exit 1; }

setup: a-python ## both Python environments, from locked and hashed requirements
	@"$(PYTHON)" -m handoff.tooling.environments

web: setup ## the web pages, when their sources have changed
	@$(SERVER) -m handoff.tooling.web

web-packages: setup
	@$(SERVER) -m handoff.tooling.web packages

train: setup ## the assistant's model, when its data or configuration has changed
	@$(SERVER) -m handoff.tooling.model

run: a-python ## set up what is missing and run the product; Ctrl-C stops it
	@exec "$(PYTHON)" -m handoff.tooling.run

reload: setup ## let the running product take up new data and answers, trained if needed
	@$(SERVER) -m handoff.tooling.reload

test: setup web train test-web test-bot ## every test; the server's come last
	@chromium=$$($(SERVER) -m handoff.tooling.browser) && \
	BYNAME_CHROMIUM="$$chromium" $(SERVER) -m pytest -m "not slow" --durations=15

test-web: web-packages ## the tests of the web pages' code
	@$(NPM) run --silent test

test-bot: setup train ## the tests of the assistant and its actions, and its test stories
	@RASA_TELEMETRY_ENABLED=false $(BOT) -m pytest -c bot/pyproject.toml --rootdir=. tests/actions tests/bot
	@$(RASA) test core --model "$$($(SERVER) -m handoff.tooling.model path)" --stories tests/bot \
	  --out .rasa/results --no-plot --e2e --fail-on-prediction-errors

evaluate: setup train ## how well messages are understood: held back here, or DATA=FILE.jsonl PREDICTIONS=OUT.jsonl
	@$(SERVER) -m tests.evaluate $(if $(DATA),'$(DATA)') $(if $(PREDICTIONS),--predictions '$(PREDICTIONS)')

score: setup ## learn from and score any DATA=FILE.jsonl of {text, intent, split}; SHOTS=10: ten sentences an intent
	@$(BOT) -m bot.score '$(DATA)' $(if $(SHOTS),--shots '$(SHOTS)')

validate: setup ## whether the assistant's data and domain fit together
	@$(SERVER) -m handoff trainer-check
	@$(RASA) data validate --config config.yml --domain bot/domain --data data --fail-on-warnings

e2e: setup web train ## only the whole journey, in a real browser
	@chromium=$$($(SERVER) -m handoff.tooling.browser) && BYNAME_CHROMIUM="$$chromium" $(SERVER) -m pytest tests/e2e

screens: setup ## pictures of every state of the pages in results/screens; ONLY="widget-queued board" makes some
	@$(SERVER) -m tests.screens $(ONLY)

trainer-day: setup web train ## a trainer's day in a real browser with real training: ten minutes, on a busy machine forty
	@chromium=$$($(SERVER) -m handoff.tooling.browser) && \
	BYNAME_CHROMIUM="$$chromium" $(SERVER) -m pytest -m slow tests/e2e/test_trainer_day.py

faults: setup ## the long fault runs: kill -9, power cuts, bad networks, the simulation, the model, planted faults
	@$(SERVER) -m pytest -m slow tests/faults tests/simulation
	@BYNAME_MODEL_DEPTH=4 $(SERVER) -m pytest tests/model
	@$(SERVER) -m tests.planted

bench: setup ## figures: latency and throughput, beside a bare relay measured in the same run
	@$(SERVER) -m tests.bench

lint: setup web-packages ## style of every part, and the direction of the server's imports
	@$(SERVER) -m ruff check --output-format concise
	@$(SERVER) -m ruff format --check --quiet
	@.env-server/bin/lint-imports
	@$(NPM) run --silent lint

types: setup web-packages ## types of the server and of the web pages
	@$(SERVER) -m mypy
	@$(NPM) run --silent types

clean: ## remove what was built and trained here; conversations in var/ and the shared environments stay
	rm -rf webchat/dist webchat/node_modules bot/models .rasa .locks .hypothesis .import_linter_cache \
	  .mypy_cache .pytest_cache .ruff_cache .env-server .env-bot
