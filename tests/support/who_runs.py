"""Who runs what pages have people type: each line belongs to one test, or it says why to none.

A line belongs to whoever is named below. Otherwise a page of docs/walks/ is walked as a whole, what asks no
cloud is run by tests/architecture/test_commands.py, and all else by the plays of tests/cloud/test_pages.py
and, on nodes that boot, by tests/nodes/test_pages.py. tests/architecture/test_who_runs.py compares.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support import walks
from tests.support.cases import ROOT
from tests.support.pages import blocks, commands, lines, name

OFFLINE = {
    "artifacts", "compile", "explain", "graph", "import", "init", "lint-hot", "schema", "secrets", "show",
    "validate",
}  # fmt: skip
"""Commands of ours that ask no cloud."""
SHELLS_OWN = {
    ".", "basename", "cat", "cd", "cp", "echo", "eval", "exit", "export", "for", "ls", "printf", "umask",
}  # fmt: skip
BESIDE = SHELLS_OWN - {"export"} | {"git", "grep", "jq", "sed"}
"""Programs that may stand in a line that is run without a cloud."""
BY_ITSELF = {"cat", "cp", "git", "sed"}
"""What a page does to its own files, without us."""
TARGETS = {"validate", "compile", "check-compiled"}
"""Of the Makefile, for those who have specs."""

OFFLINE_TEST = "tests/architecture/test_commands.py"
WALK_TESTS = "tests/golden/test_walks.py, tests/cloud/test_walk.py"
NODE_TEST = "tests/nodes/test_pages.py"

ON_NODES: Mapping[str, str] = {
    "docs/certificates.md": "sudo |kubectl ",
    "docs/etcd.md": "kubectl ",
    "docs/outages.md": "sudo |date ",
    "docs/rolling.md": r"kubectl |openstack ",
    "docs/security.md": ".",
}
"""Of a page, the beginnings of the lines that are typed on a node, or about one, as a regular expression."""

OTHERS: Mapping[tuple[str, str], str] = {
    (".github/CONTRIBUTING.md", "make test "): ".ci/run: step test ",
    (".github/CONTRIBUTING.md", "make format lint types"): ".ci/run: step lint types",
    ("README.md", "make try"): ".ci/run: step try",
    ("README.md", "make test"): ".ci/run: step test ",
    ("docs/air-gap.md", "MIRROR="): "tests/nodes/test_mirrored.py: def _fill",
    ("docs/deploying.md", "pip install"): "tests/architecture/test_installing.py: installed_so",
    ("docs/etcd.md", "jeroboam snapshot prod -o"): 'tests/nodes/test_restore.py: "snapshot"',
    (
        "docs/etcd.md",
        "jeroboam snapshot prod --store",
    ): 'tests/stores/test_stores.py: line("docs/etcd.md", begin)',
    (
        "docs/etcd.md",
        "jeroboam snapshot clusters",
    ): 'tests/stores/test_stores.py: line("docs/etcd.md", begin)',
    ("docs/etcd.md", "jeroboam restore"): 'tests/stores/test_stores.py: line("docs/etcd.md", begin)',
    ("docs/etcd.md", "seal="): 'tests/unit/test_snapshot_seal.py: line("docs/etcd.md", begin)',
    ("docs/etcd.md", "key="): 'tests/unit/test_snapshot_seal.py: line("docs/etcd.md", begin)',
    ("docs/etcd.md", "KEY="): 'tests/unit/test_snapshot_seal.py: line("docs/etcd.md", begin)',
    ("docs/linting.md", "python -m"): "tests/unit/lint/test_snapshot.py: is_the_engines",
    ("docs/lost-master.md", "jeroboam restore "): 'tests/nodes/test_restore.py: "restore"',
    ("docs/mesos.md", "REGISTRY="): "tests/nodes/test_mirrored.py: def _fill",
    ("docs/pipelines.md", "jeroboam validate --changed"): "tests/proof/test_pre_commit.py: def test_",
    ("docs/pipelines.md", "jeroboam compile --check --changed"): "tests/proof/test_pre_commit.py: def test_",
    ("docs/repairing.md", "jeroboam status k-repair"): 'tests/nodes/test_repair.py: run("status"',
    ("docs/repairing.md", "jeroboam repair k-repair"): 'tests/nodes/test_repair.py: ("repair", ',
    ("docs/rotating.md", "jeroboam rotate prod.yaml encryption"): "tests/nodes/test_rotate.py: def _rotate",
    ("docs/rotating.md", "jeroboam rotate prod.yaml service"): "tests/nodes/test_rotate.py: def _rotate",
    ("docs/rotating.md", "jeroboam rotate prod.yaml credential"): "tests/cloud/test_rotate.py: def rotate",
    ("docs/rotating.md", "openstack "): 'tests/cloud/test_rotate.py: line("docs/rotating.md", "openstack',
    ("docs/rotating.md", "umask "): "tests/nodes/test_rotate.py: def test_a_lost_secrets_file",
    ("docs/rotating.md", "curl "): "tests/nodes/test_rotate.py: def test_a_lost_secrets_file",
    ("docs/rotating.md", "echo "): "tests/nodes/test_rotate.py: def test_a_lost_secrets_file",
    ("docs/rotating.md", "grep "): "tests/nodes/test_rotate.py: def test_a_lost_secrets_file",
    ("docs/testing.md", "make cloud-up"): "tests/cloud/conftest.py: up",
    ("docs/upgrading.md", "ssh "): 'tests/nodes/test_upgrade.py: line("docs/upgrading.md", "ssh ")',
    ("docs/upgrading.md", "tar "): 'tests/nodes/test_upgrade.py: line("docs/upgrading.md", "tar ")',
    ("docs/walks/tutorial.md", "pip install"): "tests/architecture/test_installing.py: installed_so",
}
"""Of a page, the line that begins so: the file that runs it, and a text in that which shows it."""

ASKS_UPSTREAM = "it asks upstream for digests, and writes the catalogue"
NO_REGISTRY = "it needs a registry that lets somebody in"
NO_MAGNUM = "it needs a Magnum"
NOT_RUN: Mapping[tuple[str, str], str] = {
    (".github/CONTRIBUTING.md", "make fast"): "a part of `make test`, which runs this very test",
    (".github/CONTRIBUTING.md", "make test-changed"): "other suites, which CI runs by their own names",
    (".github/CONTRIBUTING.md", "make catalogue"): ASKS_UPSTREAM,
    ("docs/air-gap.md", "skopeo login"): NO_REGISTRY,
    ("docs/from-magnum.md", "openstack coe"): NO_MAGNUM,
    ("docs/operating.md", "ssh -J"): "a login on a node, whose address is an example's",
    ("docs/testing.md", "make cloud-down"): "it ends the cloud that the tests are on",
    ("docs/walks/tutorial.md", "git clone"): "an address of an example",
    ("docs/walks/tutorial.md", "python3 -m venv"): "it would be an environment inside the tests' own",
    ("docs/walks/tutorial.md", "export OS_CLOUD"): "the walk has the variable from the test",
    ("docs/writing-a-spec.md", "podman login"): NO_REGISTRY,
}
"""Of a page, the line that begins so, and why nobody runs it."""


def shells(page: Path) -> list[str]:
    """All that a page has people type, in its order."""
    return [line.typed for block in blocks(page) for line in lines(block)]


def line(page: str, start: str) -> str:
    """The one line of a page that begins so. Raises ValueError where there are several, or none."""
    (found,) = {it for it in shells(ROOT / page) if it.startswith(start)}
    return found


def owners(page: Path, typed: str, plays: Mapping[str, str]) -> list[str]:
    """Who runs a line, or why nobody does; `plays` has, by name, which lines of the page are each one's."""
    table = {**OTHERS, **NOT_RUN}
    if found := [table[key] for key in table if _is_of(key, page, typed)]:
        return found
    if page.parent == walks.FOLDER:
        return [WALK_TESTS]
    if offline(typed):
        return [OFFLINE_TEST]
    if on_nodes(page, typed):
        return [NODE_TEST]
    return [play for play, pattern in plays.items() if re.search(pattern, typed)]


def idle(page_lines: Mapping[Path, Sequence[str]]) -> list[tuple[str, str]]:
    """Entries of the tables that no line of the pages belongs to."""
    every = [(page, typed) for page, typeds in page_lines.items() for typed in typeds]
    return [key for key in (*OTHERS, *NOT_RUN) if not any(_is_of(key, *one) for one in every)]


def _is_of(key: tuple[str, str], page: Path, typed: str) -> bool:
    # Behind a target of make there may be nothing or a comment; other arguments make another line.
    return key[0] == name(page) and f"{typed} ".startswith(key[1])


def on_nodes(page: Path, typed: str) -> bool:
    """Whether a line is typed on nodes that boot, or about them."""
    return re.match(ON_NODES.get(name(page), "$^"), typed) is not None


def offline(typed: str) -> bool:
    """Whether a line asks no cloud, and all of its programs are here."""
    words = commands(typed)
    programs = {it[0] for it in words}
    if programs <= BY_ITSELF:
        return True
    if programs == {"make"}:
        return all(it[1] in TARGETS for it in words)
    ours = [it[1:] for it in words if it[0] == "jeroboam"]
    return bool(ours) and programs <= BESIDE | {"jeroboam"} and all(map(_asks_no_cloud, ours))


def _asks_no_cloud(words: list[str]) -> bool:
    """Of `diff` that of two files; `secrets --from` takes what another program wrote after a login."""
    two = sum(it.endswith(".yaml") for it in words) == 2
    return (words[0] in OFFLINE and "--from" not in words) or (words[0] == "diff" and two)
