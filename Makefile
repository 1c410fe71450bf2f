# Every command of the project. `make` lists them; CI and the commit hooks call the same ones.

.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/sh

# uv installs what the lock file names, into .venv. Where there is none, a pinned one is installed into .tools.
UV_VERSION := 0.13.9
UV_FOUND := $(shell command -v uv 2>/dev/null)
UV := $(or $(UV_FOUND),.tools/uv/bin/uv)
PYTHON := .venv/bin/python
# Run by uv in an environment of its own: checkov wants older libraries than the API does.
CHECKOV_VERSION := 3.3.30
ACTIONLINT_VERSION := 1.7.7
export UV_PROJECT_ENVIRONMENT := .venv
# Whatever the shell says: without bytecode every start compiles every package again, for seconds.
unexport PYTHONDONTWRITEBYTECODE

# The login name stands in the environment as USER, too: only `make token USER=bob` counts.
WHO := $(if $(filter command line,$(origin USER)),$(USER),alice)

# What `make test-pooled` runs: each door, each kind of statement, reads and writes of one moment; two minutes.
POOLED := tests/test_pooler.py $(addprefix tests/gateway/,test_idempotency.py test_graphql.py test_worker.py cache lambdas/test_appsync.py lambdas/test_http.py outbox rest/mocs)

# A file's tests stay together, with services of their own beside the other files'; ARGS="-n 0 -s" for one process and its output.
PARALLEL := -n auto --maxprocesses=4 --dist=loadfile --no-loadscope-reorder

# What the commands of operators are about; each may be overridden.
WORKSPACE ?= dev
WORKSPACES := dev staging production
# Another name would be made a workspace of, in the bucket of the state, and stay selected.
KNOWN = $(if $(filter-out $(WORKSPACES),$(or $(WORKSPACE),none)),$(error There is no workspace $(WORKSPACE): choose one of $(WORKSPACES)))
# `make outbox` and `make reindex` mean the stack on this machine, unless a workspace is named.
ELSEWHERE = $(if $(filter-out file,$(origin WORKSPACE)),--workspace $(WORKSPACE))
TERRAFORM := terraform -chdir=terraform
# Where WORKSPACE's own API answers, whoever the domain leads to: API_URL, else what the state of Terraform says.
ADDRESS = $(or $(API_URL),$(KNOWN)$(filter https://%,$(shell TF_WORKSPACE=$(WORKSPACE) $(TERRAFORM) output -raw distribution_url 2>/dev/null)),$(error $(NOWHERE)))
NOWHERE = $(if $(wildcard terraform/backend.hcl),$(NOT_APPLIED),$(NO_BACKEND))
NO_BACKEND = There is no terraform/backend.hcl, which says where the state is kept. Bootstrap the account once: terraform/README.md
NOT_APPLIED = Terraform knows no API of $(WORKSPACE). Say API_URL=https://..., or: make apply WORKSPACE=$(WORKSPACE); where that was done elsewhere, make draft
# Production is asked about at a terminal; in CI somebody has agreed to the draft before it comes to this.
ASKED = $(if $(filter production,$(WORKSPACE)),$(if $(YES)$(CI),,asked))
define SELECT
$(KNOWN)@test -f terraform/backend.hcl || { echo "$(NO_BACKEND)." >&2; exit 1; }
@test ! -f terraform/terraform.tfvars || { echo "terraform/terraform.tfvars would be read for every workspace: call it terraform/$(WORKSPACE).tfvars." >&2; exit 1; }
@$(TERRAFORM) init -input=false -backend-config=backend.hcl $(if $(wildcard terraform/.terraform.lock.hcl),-lockfile=readonly) >/dev/null
@$(TERRAFORM) workspace select -or-create $(WORKSPACE) >/dev/null
endef
VARIABLES = $(if $(wildcard terraform/$(WORKSPACE).tfvars),-var-file=$(WORKSPACE).tfvars)

.PHONY: help run token db reset test test-all test-pooled check format schema settings routes metrics manifest impact migrate revision outbox reindex audit package plan terraform-check rehearse draft apply destroy deploy rollback smoke integration actionlint cost bench profile coldstart load report coverage-prd

help: ## list the commands
	@echo "make run      starts the API on http://127.0.0.1:8000 with demo data; make test proves that it works."
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name text; do printf '  %-17s%s\n' "$$name" "$$text"; done

run: .venv/synced ## run the API and all that it needs (PORT=8000, STATE_DIR=.local; DEMO_DATA=0, OPENSEARCH=0 for neither)
	@exec $(PYTHON) -m gateway.cli run --with-parent

token: .venv/synced ## print an access token of a demo user of the running stack (USER=alice, bob, carol)
	@exec $(PYTHON) -m gateway.cli token '$(WHO)'

db: .venv/synced ## psql on the running stack's database; takes SQL on standard input (ARGS='-c "select 1"')
	@exec $(PYTHON) -m gateway.cli db $(ARGS)

reset: .venv/synced ## forget what the stack keeps in STATE_DIR
	@exec $(PYTHON) -m gateway.cli reset

test: .venv/synced ## the tests but the slow ones (ARGS=... goes to pytest)
	@$(PYTHON) -m pytest $(PARALLEL) -m "not slow" $(ARGS)

test-all: .venv/synced ## all tests, with coverage, and what coverage-prd says of them
	@$(PYTHON) -m tests.prd --everything $(PARALLEL) --cov --cov-report=term $(ARGS)

test-pooled: .venv/synced ## tests of all doors on Debian's PostgreSQL behind PgBouncer in transaction mode (ARGS=tests for all tests but the slow ones)
	@POOLER=1 $(PYTHON) -m pytest $(PARALLEL) -m "not slow" $(or $(ARGS),$(POOLED))

check: .venv/synced ## format, lint, types, generated files, Terraform, lock file
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy
	@$(PYTHON) -m gateway.cli schema --check
	@$(PYTHON) -m gateway.cli settings --check
	@$(PYTHON) -m gateway.cli routes --check
	@$(PYTHON) -m gateway.cli metrics --check
	@$(PYTHON) -m gateway.cli manifest --check
	@$(PYTHON) -m gateway.dev.terraform check
	@$(PYTHON) -m gateway.dev.modulepages --check
	@"$(UV)" lock --check -q

format: .venv/synced ## format the code, and mend what ruff can mend
	@$(PYTHON) -m ruff check --fix-only -q .
	@$(PYTHON) -m ruff format .
	@! command -v terraform >/dev/null || terraform fmt -recursive terraform
	@$(PYTHON) -m gateway.dev.modulepages

schema: .venv/synced ## write schema.graphql, and what AppSync needs of it (terraform/)
	@exec $(PYTHON) -m gateway.cli schema

settings: .venv/synced ## write docs/settings.md
	@exec $(PYTHON) -m gateway.cli settings

routes: .venv/synced ## write terraform/routes.json
	@exec $(PYTHON) -m gateway.cli routes

metrics: .venv/synced ## write terraform/metrics.json, and the table of metrics in docs/operations.md
	@exec $(PYTHON) -m gateway.cli metrics

manifest: .venv/synced ## write the manifests of trusted documents; of a client: DOCUMENTS=path/to/its/graphql CLIENT=web
	@DOCUMENTS='$(DOCUMENTS)' CLIENT='$(CLIENT)' exec $(PYTHON) -m gateway.cli manifest

impact: .venv/synced ## what changes of the schema since a commit touch (BASE=main, ALLOW_BREAKING=1)
	@BASE='$(BASE)' ALLOW_BREAKING='$(ALLOW_BREAKING)' exec $(PYTHON) -m gateway.cli impact

migrate: .venv/synced ## bring DATABASE_URL, else the running stack's database, to the newest revision (ARGS=--adopt)
	@exec $(PYTHON) -m gateway.cli migrate $(ARGS)

revision: .venv/synced ## write the next revision of the database out of the models that have changed (MESSAGE='add checksums of files')
	@MESSAGE='$(MESSAGE)'; exec $(PYTHON) -m gateway.cli revision "$${MESSAGE:?say what it does, as in: make revision MESSAGE=checksums}"

outbox: .venv/synced ## what is left to be done outside of the database (ARGS='replay all', 'replay ID', 'drop ID'; WORKSPACE= in AWS)
	@exec $(PYTHON) -m gateway.cli outbox $(ELSEWHERE) $(ARGS)

reindex: .venv/synced ## make the indices of OpenSearch anew, while changes go on (ARGS=moc_instructions for one; WORKSPACE= in AWS)
	@exec $(PYTHON) -m gateway.cli reindex $(ELSEWHERE) $(ARGS)

audit: .venv/synced ## known weaknesses of packages, and what looks like a secret (OFFLINE=1, ACCEPT=1)
	@UV="$(UV)" OFFLINE='$(OFFLINE)' ACCEPT='$(ACCEPT)' exec $(PYTHON) -m gateway.cli audit

package: .venv/synced ## write what Terraform deploys: dist/function.zip and dist/layer-*.zip, the same for the same input
	@UV="$(UV)" exec $(PYTHON) -m gateway.cli package

plan: .venv/synced ## what Terraform would make of a workspace in an emulated, empty AWS, into dist/plan.WORKSPACE.json (WORKSPACE=dev, staging, production)
	@$(PYTHON) -m gateway.dev.terraform plan $(WORKSPACE)

terraform-check: .venv/synced ## Terraform's format, validity and tests, and checkov
	@$(PYTHON) -m gateway.dev.terraform check all
	@"$(UV)" tool run -q checkov@$(CHECKOV_VERSION) --directory terraform --config-file terraform/.checkov.yaml

rehearse: .venv/synced ## apply bootstrap and dev to an emulated AWS, look at them, destroy dev
	@$(PYTHON) -m gateway.dev.rehearsal

draft: ## have Terraform say what it would make of WORKSPACE in AWS: dist/WORKSPACE.tfplan, and in words dist/plan.WORKSPACE.txt
	$(SELECT)
	@mkdir -p dist
	@$(TERRAFORM) plan -input=false $(VARIABLES) -out=../dist/$(WORKSPACE).tfplan $(ARGS) >/dev/null
	@$(TERRAFORM) show -no-color ../dist/$(WORKSPACE).tfplan >dist/plan.$(WORKSPACE).txt

apply: $(if $(DRAFTED),,draft) ## do what the draft of WORKSPACE says (DRAFTED=1 for the one in dist/); production is shown and asked about first (YES=1)
	$(if $(DRAFTED),$(SELECT))
	@$(if $(ASKED),cat dist/plan.$(WORKSPACE).txt; printf 'Apply this to $(WORKSPACE)? [y/N] '; read -r answer && [ "$$answer" = y ] || { echo 'Nothing was changed.' >&2; exit 1; })
	@$(TERRAFORM) apply -input=false ../dist/$(WORKSPACE).tfplan

destroy: ## delete all of WORKSPACE in AWS; Terraform says what, and asks (YES=1 answers); what is protected stops it (terraform/README.md)
	$(SELECT)
	@$(TERRAFORM) destroy $(VARIABLES) $(if $(YES),-input=false -auto-approve) $(ARGS)

deploy: .venv/synced ## migrate WORKSPACE, move its aliases to the newest versions, look at API_URL, else at Terraform's; back if that fails
	@$(PYTHON) -m gateway.cli deploy --workspace $(WORKSPACE) --against '$(ADDRESS)' $(ARGS)

rollback: .venv/synced ## move the aliases of WORKSPACE to where they were before the last release (ARGS='--to 7')
	@$(PYTHON) -m gateway.cli rollback --workspace $(WORKSPACE) $(ARGS)

smoke: .venv/synced ## ask API_URL, else WORKSPACE's API, a handful of things that change nothing (signed in, for more)
	@$(PYTHON) -m gateway.cli smoke --against '$(ADDRESS)'

integration: .venv/synced ## do to API_URL, else WORKSPACE's API, what a user does, and undo it
	@$(PYTHON) -m gateway.cli integration --against '$(ADDRESS)'

actionlint: .tools/actionlint ## check .github/workflows (wants Go, once)
	@.tools/actionlint -color

cost: .venv/synced ## write docs/cost.md
	@$(PYTHON) -m gateway.dev.costpage

bench: .venv/synced ## measure the API, interpreted and compiled, against a bare endpoint
	@$(PYTHON) -m tests.bench $(ARGS)

profile: .venv/synced ## where the time of each measured request goes, by function, into dist/profile/
	@$(PYTHON) -m tests.bench.profile

coldstart: .venv/synced ## measure cold starts against importing what the function is made of
	@$(PYTHON) -m tests.bench.coldstart

load: .venv/synced ## send the PRD's load, scaled to this machine (SECONDS=60)
	@UV="$(UV)" SECONDS="$(SECONDS)" exec $(PYTHON) -m tests.load

report: .venv/synced ## write docs/performance.md; measures what is missing or older than the code
	@UV="$(UV)" exec $(PYTHON) -m tests.bench.report

coverage-prd: .venv/synced ## run the tests that are marked with a criterion of the PRD, and say which are proved by a passing one
	@$(PYTHON) -m tests.prd $(PARALLEL) $(ARGS)

# Standard output belongs to the commands: `make -s token` prints a token even when it has to install first.
.venv/synced: pyproject.toml uv.lock | $(if $(UV_FOUND),,.tools/uv/bin/uv)
	@echo "Installing what uv.lock names into .venv ..." >&2
	@"$(UV)" sync --frozen -q >&2
	@# Importing compiles what the first start would otherwise wait for: a tenth of what uv would compile.
	@$(PYTHON) -c "import moto.server, moto.cognitoidp.responses, moto.s3.responses" >&2 & \
	$(PYTHON) -c "import alembic.command, boto3, fastapi, httptools, sqlalchemy.ext.asyncio, strawberry.schema, uvicorn.main" >&2 & wait
	@touch .venv/synced

.tools/uv/bin/uv:
	@echo "Installing uv $(UV_VERSION) into .tools ..." >&2
	@python3 -m venv .tools/uv >&2
	@.tools/uv/bin/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION) >&2

.tools/actionlint:
	@echo "Installing actionlint $(ACTIONLINT_VERSION) into .tools ..." >&2
	@GOBIN="$(CURDIR)/.tools" go install github.com/rhysd/actionlint/cmd/actionlint@v$(ACTIONLINT_VERSION) >&2
