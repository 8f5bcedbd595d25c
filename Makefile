# Jeroboam: everything that people and pipelines run. `make help` lists it.

PYTHON   ?= python3
VENV     ?= .venv
BIN      := $(VENV)/bin
JEROBOAM ?= $(BIN)/jeroboam
SPECS    ?= golden/kubernetes/ubuntu/ha/cluster.yaml
OUT      ?= build
# Processes that run tests: one more than cores, since some tests wait.
JOBS     ?= 3
# The same for nodes that boot, which wait for most of their time.
BOOT_JOBS ?= 5
# What a branch left, for `make test-changed`.
BASE     ?= main
# Suites that `make test-changed` names and does not run: those that need a cloud, or nodes that boot.
SKIP     ?=
# Generated specs whose requests are judged, in `make test-consumers`.
CONSUMER_SPECS ?= 60
# Of fuzzing with damaged specs, in `make test-properties`.
FUZZ_SECONDS ?= 120
# How many times as many specs as in `make test` it tries.
DEPTH ?= 4
DAEMON_TESTS := daemons
# What failed runs once more, alone; what passes then is named, counted and no failure.
PYTEST   := $(BIN)/pytest --rerun
SHFMT    := $(BIN)/shfmt --indent 2 --case-indent
SCRIPTS  := .ci fragments tests/daemons tests/labs
KUBEADMS := .tools/kubernetes
DAEMONS  := .tools/daemons
SWIFT    := .tools/swift

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help try install validate compile check-compiled test fast check format lint types imports fragments golden \
        golden-check test-stores test-release test-boots test-properties test-changed test-kills test-kubeadm test-consumers test-daemons test-cloud test-cloud-short cloud-programs cloud-up cloud-down \
        nodes-image nodes-mirror test-nodes test-plain plain-programs test-conformance bench docs docs-check site catalogue changelog changelog-check wheel release system-packages clean

help:  ## list the targets
	@sed -n 's/^## //p; s/^\([a-z-]*\):.*  ## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | \
		awk -F'|' 'NF == 2 { printf "%-18s %s\n", $$1, $$2; next } { print "\n" $$0 }'
	@printf '\nVariables: SPECS="%s" OUT=%s JEROBOAM=%s JOBS=%s\n' "$(SPECS)" "$(OUT)" "$(JEROBOAM)" "$(JOBS)"

## Use
try: install compile  ## install, then compile a real cluster into build/: the shortest way to see it work

install: $(VENV)/.deploy  ## put jeroboam, with what `deploy` needs, into .venv

validate: $(VENV)/.jeroboam  ## report all that is wrong with SPECS
	$(JEROBOAM) validate $(SPECS)

compile: $(VENV)/.jeroboam  ## compile SPECS into OUT
	$(JEROBOAM) compile $(SPECS) -o $(OUT)

check-compiled: $(VENV)/.jeroboam  ## fail with a diff where OUT is not what SPECS compile to
	$(JEROBOAM) compile $(SPECS) -o $(OUT) --check

## Develop
test: $(VENV)/.test system-packages  ## run the tests; what they need is installed first
	$(PYTEST) -n $(JOBS) --ignore=tests/properties

fast: $(VENV)/.test  ## the quick ones of them, in less than half a minute; none of them waits
	$(PYTEST) -q -n auto --maxprocesses 4 -m "not slow and not processes" tests/unit tests/errors tests/golden

check: lint types test test-release test-boots test-stores test-properties  ## all that CI asks of every machine; what needs Go it runs besides

format: $(VENV)/.test  ## rewrite the code in the one style
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	$(SHFMT) --write $(SCRIPTS)

lint: $(VENV)/.test  ## style and common mistakes
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(SHFMT) --diff $(SCRIPTS)

types: $(VENV)/.test  ## mypy --strict over compiler and tests
	$(BIN)/mypy

imports: $(VENV)/.test  ## who may import whom, as `make test` asks too
	$(BIN)/lint-imports

fragments: $(VENV)/.test  ## linters over fragments/, unrendered
	$(PYTEST) -q tests/proof/test_node_text.py -k fragment

golden: $(VENV)/.test  ## rewrite golden/, reports of tests/errors and what walks print; fails when something changed, so that it gets looked at
	$(BIN)/pytest -q -n auto --maxprocesses 4 --update-reports --update-golden tests/errors tests/golden

golden-check: $(VENV)/.test  ## golden/ is what the compiler makes today
	$(PYTEST) -q tests/golden

test-stores: $(VENV)/.test $(SWIFT)/.made  ## have snapshots go to a real Swift and to its S3, and come back (half a minute)
	$(PYTEST) -q -m stores tests/stores

test-release: $(VENV)/.docs  ## build, check, compare and install what is released, and build the site (a minute)
	$(PYTEST) -q -m release tests/release

test-boots: $(VENV)/.test system-packages  ## boot a node of every role of every pair in namespaces, to success and to failure (root, two minutes)
	$(PYTEST) -q -n $(BOOT_JOBS) -m boots tests/nodescripts tests/architecture

test-properties: $(VENV)/.test $(if $(shell command -v go),$(KUBEADMS)/.made)  ## specs hostile, large and of every shape, DEPTH times as many; two minutes of damaged ones
	JEROBOAM_TEST_DEPTH=$(DEPTH) JEROBOAM_FUZZ_SECONDS=$(FUZZ_SECONDS) $(PYTEST) -q -n $(JOBS) tests/properties

test-changed: $(VENV)/.test  ## say which suites the changes since BASE touch, and run those
	@suites=$$($(BIN)/python -m tests.support.suites $(BASE)) && \
		for suite in $(SKIP); do suites=$$(echo "$$suites" | sed "/^$$suite\$$/d"); done && \
		{ [ -z "$$suites" ] || $(MAKE) $$suites; }

test-kills: $(VENV)/.test  ## kill what writes files, 300 times each, and run two at once (ten minutes)
	$(PYTEST) -q -rP -m kills -n $(JOBS)

test-kubeadm: $(VENV)/.test $(KUBEADMS)/.made  ## ask a kubeadm of each minor version, and Go's reader of YAML (needs Go, two minutes)
	$(PYTEST) -q -m kubeadm

test-consumers: cloud-programs  ## ask OpenStack's services, by their own checks and no cloud, about the requests for goldens and CONSUMER_SPECS (a minute)
	JEROBOAM_CONSUMER_SPECS=$(CONSUMER_SPECS) $(PYTEST) -q -m consumers tests/consumers

cloud-up: $(VENV)/.test  ## start a real OpenStack on the loopback, or what of it does not run (root, 5 GiB of memory)
	$(BIN)/python -m tests.labs.cloud up

cloud-programs: $(VENV)/.test  ## install what it needs
	$(BIN)/python -m tests.labs.cloud install

cloud-down: $(VENV)/.test  ## end it; what it holds stays (`… lab down --wipe` forgets, `--purge` removes all)
	$(BIN)/python -m tests.labs.cloud down

test-cloud: cloud-up  ## ask it for clusters, and break it while it makes them (an hour)
	$(PYTEST) -q -m "cloud and not alone" -n 2
	$(PYTEST) -q -m "cloud and alone"

test-cloud-short: cloud-up  ## the part of it that breaks no service and takes minutes (twenty in all)
	$(PYTEST) -q -m "cloud and not alone and not long" -n 2

test-daemons: $(VENV)/.test $(DAEMONS)  ## run swarms of real Docker daemons, and etcd (needs root, Debian, Go, a quarter of an hour)
	PROGRAMS=$(CURDIR)/$(DAEMONS) $(PYTEST) -q -m "$(DAEMON_TESTS)"

nodes-image: $(VENV)/.test  ## make the disks that stand for distros' images, or those in IMAGES (root, Debian, two minutes)
	$(BIN)/python -m tests.labs.nodes.image.build $(IMAGES)

nodes-mirror: $(VENV)/.test  ## build what nodes download, or of the COEs in COES, no products in WITHOUT, more versions by KUBERNETES="1.34 1.37", DOCKER=28 (Go, gcc, pkg-config, Debian; a quarter of an hour)
	$(BIN)/python -m tests.labs.nodes.mirror.build $(addprefix --coe ,$(COES)) $(addprefix --without ,$(WITHOUT)) \
		$(addprefix --kubernetes ,$(KUBERNETES)) $(addprefix --docker ,$(DOCKER)) $(if $(CONFORMANCE),--conformance)

test-nodes: nodes-image nodes-mirror  ## boot nodes, as far as NODES (words of pytest's -k) says; see docs/testing.md
	$(BIN)/python -m tests.labs.nodes $(PYTEST) -v -m nodes $(if $(NODES),-k "$(NODES)")

test-plain: plain-programs  ## a Kubernetes and a Swarm whose nodes boot, and plain deployments, on one cloud: CI's part of the two
	$(BIN)/python -m tests.labs.nodes $(MAKE) -j2 --output-sync=target .plain-nodes .plain-cloud

plain-programs: $(VENV)/.test  ## install and build what it needs
	$(BIN)/python -m tests.labs.nodes.programs
	$(MAKE) -j3 cloud-programs nodes-image nodes-mirror IMAGES=ubuntu COES="swarm kubernetes" WITHOUT=calico

.plain-nodes:
	$(PYTEST) -v -m nodes -k "small and not mesos and not reboot" --durations=5

.plain-cloud:
	$(PYTEST) -q -m "cloud and plain and not long" -n 2 --durations=5

test-conformance: $(VENV)/.test  ## run upstream's conformance tests on nodes that boot, or those that FOCUS matches, and write docs/conformance.md
	$(MAKE) nodes-image nodes-mirror IMAGES=ubuntu COES=kubernetes WITHOUT=calico CONFORMANCE=yes
	CONFORMANCE_FOCUS='$(FOCUS)' $(BIN)/python -m tests.labs.nodes $(BIN)/pytest -v -m conformance tests/conformance

bench: $(VENV)/.test  ## cold start against `python -c pass`, and growth with the cluster
	$(BIN)/python tests/bench/bench.py

docs: $(VENV)/.test  ## rewrite the generated pages of docs/
	$(BIN)/python -m docs.generate

docs-check: $(VENV)/.test  ## the generated pages are what the code says, as `make test` asks too
	$(BIN)/python -m docs.generate --check

catalogue: $(VENV)/.test  ## ask upstream about the digests of what nodes download, and of VERSIONS="runc=1.5.3 …"; CHECK=yes writes nothing
	$(BIN)/python -m docs.catalogue $(if $(CHECK),--check) $(VERSIONS)

site: $(VENV)/.docs  ## build the site of docs/ into $(OUT)/site; its pages need no server and no network
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --config-file .mkdocs.yml --site-dir $(abspath $(OUT))/site

changelog: $(VENV)/.test  ## put the notes of docs/changes/ into the changelog, as those of VERSION
	$(BIN)/python -m docs.changelog release $(VERSION) "$$(date -u +%F)"

changelog-check: $(VENV)/.test  ## the notes can be entries, and what users may notice since BASE has one
	$(BIN)/python -m docs.changelog check $(BASE)

wheel: $(VENV)/.test  ## build dist/*.whl and the sdist: of one commit always the same bytes
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct 2>/dev/null || echo 1577836800) \
		$(BIN)/python -m build --no-isolation --outdir dist

release: $(VENV)/.test  ## of the commit's tag: check that it can be one; dist/ with wheel, sdist, SBOM, notes, checksums
	.ci/release $(TAG)

clean:  ## remove what these targets made
	rm -rf $(VENV) .tools dist build

# --- how the above comes about ---------------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or newer is needed; name one: make PYTHON=python3.12 …' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || \
		{ apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends python3-venv; }
	$(PYTHON) -m venv $(VENV)

# `make compile JEROBOAM=jeroboam` uses an installed one; otherwise .venv's, made when absent.
$(VENV)/.jeroboam: $(if $(filter $(BIN)/jeroboam,$(JEROBOAM)),$(VENV)/.deploy)

$(VENV)/.deploy: $(BIN)/python pyproject.toml tests/constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c tests/constraints.txt -e '.[deploy]'
	@touch $@

$(VENV)/.test: $(BIN)/python pyproject.toml tests/constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c tests/constraints.txt -e '.[deploy,test]'
	@touch $@ $(VENV)/.deploy

$(VENV)/.docs: $(VENV)/.test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c tests/constraints.txt -e '.[docs]'
	@touch $@

# Programs of the distribution that tests ask; without root those tests are skipped, and counted.
system-packages:
	@missing=; \
	command -v cloud-init >/dev/null || missing="$$missing cloud-init"; \
	command -v chromium >/dev/null || missing="$$missing chromium fonts-dejavu-core"; \
	command -v systemd-analyze >/dev/null || missing="$$missing systemd"; \
	command -v jq >/dev/null || missing="$$missing jq"; \
	command -v mandoc >/dev/null || missing="$$missing mandoc"; \
	command -v ignition-validate >/dev/null || missing="$$missing ignition"; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing; \
	elif [ -n "$$missing" ]; then echo "not installed, so some tests are skipped:$$missing"; fi

$(KUBEADMS)/.made: $(wildcard tests/labs/nodes/mirror/programs/kubernetes/*.mod) tests/labs/kubernetes_programs/build.py \
                   $(wildcard tests/labs/kubernetes_programs/reread/*) | $(VENV)/.test
	mkdir -p $(@D)
	$(BIN)/python -m tests.labs.kubernetes_programs.build $(@D)
	touch $@

$(SWIFT)/.made: tests/labs/swift/requirements.txt | $(VENV)/.test
	$(BIN)/python -m venv --clear $(SWIFT)
	$(SWIFT)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(DAEMONS): tests/daemons/programs.sh tests/daemons/programs/go.mod tests/daemons/programs/go.sum \
            $(addprefix tests/labs/nodes/mirror/programs/etcd/,go.mod go.sum main.go) \
            $(wildcard tests/labs/nodes/mirror/clock/*)
	tests/daemons/programs.sh $(CURDIR)/$@
	@touch $@
