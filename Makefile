# Byname. `make run` sets everything up and runs the product; `make test` tests it; `make help` lists the rest.

# Any Python from 3.8 on starts things off; it is run and asked, since a name on PATH may be a shim that fails.
PYTHON := $(shell for python in python3 python python3.13 python3.12 python3.11 python3.10 python3.9; do \
	"$$python" -c 'import sys, fcntl; sys.version_info < (3, 8) and sys.exit(1); print(sys.executable)' 2>/dev/null && exit; done)

.DEFAULT_GOAL := help
.PHONY: help setup

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /  \1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: ## both Python environments, from locked and hashed requirements
	@test -n "$(PYTHON)" || { echo "byname: no Python 3.8 or newer runs here; install python3 and try again." >&2; exit 1; }
	@$(PYTHON) -m handoff.tooling.environments
