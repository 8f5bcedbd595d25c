"""`python -m tests.support.suites BASE`: names the suites that a change touches, and says what touches each.

The change is what the branch has since it left BASE, committed or not. `make test-changed` runs them.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from tests.support.cases import ROOT

(
    TEST, STORES, RELEASE, CONSUMERS, BOOTS, PROPERTIES, KILLS, KUBEADM, DAEMONS, CLOUD, NODES, CONFORMANCE,
) = SUITES = (
    "test", "test-stores", "test-release", "test-consumers", "test-boots", "test-properties", "test-kills",
    "test-kubeadm", "test-daemons", "test-cloud", "test-nodes", "test-conformance",
)  # fmt: skip
"""Targets of the Makefile, quick ones first; `test` is touched by every change."""

TOUCHES: Mapping[str, tuple[str, ...]] = {
    # A spec's way to a bundle.
    "compiler/jeroboam/source/*": (PROPERTIES,),
    "compiler/jeroboam/spec/*": (
        CONSUMERS,
        PROPERTIES,
    ),
    "compiler/jeroboam/diagnostics/*": (PROPERTIES,),
    "compiler/jeroboam/errors.py": (CLOUD,),
    "compiler/jeroboam/escape.py": (BOOTS, PROPERTIES, NODES),
    "compiler/jeroboam/flannel.py": (BOOTS, PROPERTIES, DAEMONS, NODES),
    "compiler/jeroboam/hot/*": (CONSUMERS, BOOTS, PROPERTIES, CLOUD, NODES),
    "compiler/jeroboam/model/*": (CONSUMERS, BOOTS, PROPERTIES, KUBEADM, CLOUD, NODES),
    "compiler/jeroboam/parts/*": (CONSUMERS, BOOTS, PROPERTIES, KUBEADM, DAEMONS, CLOUD, NODES),
    "compiler/jeroboam/imports/*": (PROPERTIES,),
    "compiler/jeroboam/lint/*": (),
    "compiler/jeroboam/pipeline.py": (PROPERTIES,),
    "compiler/jeroboam/plugins.py": (PROPERTIES,),
    "compiler/jeroboam/render.py": (BOOTS, PROPERTIES, NODES),
    "compiler/jeroboam/resources.py": (PROPERTIES,),
    "compiler/jeroboam/serialize/*": (PROPERTIES, KUBEADM, CLOUD),
    "compiler/jeroboam/page.css": (CLOUD,),
    "compiler/jeroboam/topology/*": (CLOUD,),
    "compiler/jeroboam/userdata/*": (BOOTS, PROPERTIES, CLOUD, NODES),
    "compiler/jeroboam/drivers/*": (CONSUMERS, BOOTS, PROPERTIES, CLOUD, NODES),
    "compiler/jeroboam/drivers/kubernetes/*": (KUBEADM, CONFORMANCE),
    "compiler/jeroboam/drivers/swarm/*": (DAEMONS,),
    "compiler/jeroboam/platforms/*": (CONSUMERS, BOOTS, PROPERTIES, CLOUD, NODES),
    "schemas/*": (
        CONSUMERS,
        PROPERTIES,
    ),
    # What nodes run.
    "fragments/*": (BOOTS, NODES),
    "fragments/common/*": (DAEMONS,),
    "fragments/kubernetes/*": (KUBEADM, CONFORMANCE),
    "fragments/swarm/*": (DAEMONS,),
    # What commands write and do.
    "compiler/jeroboam/__*.py": (),
    "compiler/jeroboam/py.typed": (),
    "compiler/jeroboam/cli/*": (KILLS, CLOUD),
    "compiler/jeroboam/cli/restore.py": (STORES,),
    "compiler/jeroboam/cli/snapshot.py": (STORES,),
    "compiler/jeroboam/cli/stores.py": (STORES,),
    "compiler/jeroboam/clients/*": (CLOUD, NODES),
    "compiler/jeroboam/clients/swarm/*": (DAEMONS,),
    "compiler/jeroboam/deadline.py": (CLOUD, DAEMONS, NODES),
    "compiler/jeroboam/deploy/*": (CLOUD,),
    "compiler/jeroboam/deploy/connection.py": (STORES,),
    "compiler/jeroboam/deploy/stores/*": (STORES,),
    "compiler/jeroboam/deploy/transport.py": (STORES,),
    "compiler/jeroboam/emit/*": (KILLS,),
    "compiler/jeroboam/secret_places.py": (CLOUD,),
    "compiler/jeroboam/secret_shapes.py": (CLOUD,),
    "compiler/jeroboam/secrets/*": (BOOTS, PROPERTIES, KILLS, CLOUD, NODES),
    "compiler/jeroboam/secrets/seal.py": (STORES,),
    "compiler/jeroboam/secrets/snapshot_seal.py": (STORES,),
    "compiler/jeroboam/storage/*": (KILLS,),
    # The tests themselves.
    "golden/*": (),
    "golden/*/cluster.yaml": (
        CONSUMERS,
        PROPERTIES,
    ),
    "golden/kubernetes/*/cluster.yaml": (KUBEADM,),
    "tests/__init__.py": (),
    "tests/architecture/*": (),
    "tests/bench/*": (),
    "tests/cloud/*": (CLOUD,),
    "tests/cloud/clusters.py": (NODES,),
    "tests/conformance/*": (CONFORMANCE,),
    "tests/consumers/*": (CONSUMERS,),
    "tests/consumers/asking.py": (CLOUD,),
    "tests/consumers/flannel/*": (DAEMONS,),
    "tests/consumers/services/*": (CLOUD,),
    "tests/consumers/test_runtimes.py": (DAEMONS,),
    "tests/consumers/zookeeper/*": (DAEMONS,),
    "tests/daemons/*": (DAEMONS,),
    "tests/errors/*": (),
    "tests/golden/*": (),
    "tests/labs/README.md": (),
    "tests/labs/__init__.py": (NODES,),
    "tests/labs/cloud/*": (CLOUD, NODES),
    "tests/labs/cloud/*.txt": (CONSUMERS,),
    "tests/nodes/*": (NODES,),
    "tests/labs/kubernetes_programs/*": (KUBEADM,),
    "tests/labs/mesos_flags/*": (),
    "tests/labs/nodes/*": (NODES,),
    "tests/labs/nodes/mirror/clock/*": (DAEMONS,),
    "tests/labs/nodes/mirror/conformance.py": (CONFORMANCE,),
    "tests/labs/nodes/mirror/programs/conformance/*": (CONFORMANCE,),
    "tests/labs/nodes/mirror/programs/etcd/*": (DAEMONS,),
    "tests/labs/nodes/mirror/programs/kubernetes/*": (KUBEADM, CONFORMANCE),
    "tests/labs/swift/*": (STORES,),
    "tests/nodescripts/*": (BOOTS,),
    "tests/proof/*": (),
    "tests/proof/test_go_reads.py": (KUBEADM,),
    "tests/proof/test_kubeadm_images.py": (KUBEADM,),
    "tests/proof/test_kubernetes_objects.py": (KUBEADM,),
    "tests/properties/*": (PROPERTIES,),
    "tests/properties/strategies.py": (CONSUMERS, DAEMONS, CLOUD),
    "tests/properties/test_kills.py": (KILLS,),
    "tests/release/*": (RELEASE,),
    "tests/support/*": (PROPERTIES,),
    "tests/support/command.py": (KILLS, CLOUD),
    "tests/support/kubeadm.py": (KUBEADM,),
    "tests/support/odd_answers.py": (CLOUD,),
    "tests/support/odd_proxy.py": (CLOUD,),
    "tests/support/pages.py": (CLOUD, NODES),
    "tests/support/played_kubectl.py": (CLOUD,),
    "tests/support/played_ssh.py": (CLOUD,),
    "tests/support/stored.py": (STORES,),
    "tests/support/tiny_cloud.py": (STORES,),
    "tests/support/typist.py": (CLOUD,),
    "tests/support/who_runs.py": (CLOUD, NODES),
    "tests/stores/*": (STORES,),
    "tests/unit/*": (),
    "tests/unit/cli/running.py": (STORES,),
    # What describes and builds.
    ".ci/release": (RELEASE,),
    ".ci/run": SUITES,
    ".ci/zuul/*": (RELEASE,),
    ".editorconfig": (),
    ".containerignore": (RELEASE,),
    ".github/*": (),
    ".github/workflows/*": (RELEASE,),
    ".gitignore": (),
    ".mkdocs.yml": (RELEASE,),
    ".pre-commit-*.yaml": (),
    ".zuul.d/*": (RELEASE,),
    "*.md": (RELEASE,),
    "Containerfile": (RELEASE,),
    "LICENSE": (),
    "Makefile": SUITES,
    "docs/*": (RELEASE,),
    "findings/*": (),
    "pyproject.toml": SUITES,
    "templates/*": (RELEASE,),
    "tests/conftest.py": SUITES,
    "tests/constraints.txt": SUITES,
    "tests/support/verdict.py": SUITES,
}
"""The suites that a path touches besides `test`, of all patterns that it fits; `*` reaches across folders."""


def patterns(path: str) -> list[str]:
    """The rows of the table that a path is in."""
    return [pattern for pattern in TOUCHES if fnmatchcase(path, pattern)]


def touched(paths: Iterable[str]) -> dict[str, list[str]]:
    """Each suite that the paths touch, with those that do; a path in no row touches all."""
    found: dict[str, list[str]] = {suite: [] for suite in SUITES}
    for path in paths:
        rows = patterns(path)
        suites = {TEST}.union(*(TOUCHES[row] for row in rows)) if rows else SUITES
        for suite in suites:
            found[suite].append(path)
    return {suite: because for suite, because in found.items() if because}


def changed(base: str, root: Path = ROOT) -> list[str]:
    """Paths that differ from where the branch left `base`, committed or not. Raises CalledProcessError."""
    start = _git(root, "merge-base", base, "HEAD").strip()
    differ = _git(root, "diff", "--name-only", "--no-renames", "-z", start)
    new = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return sorted({*differ.split("\0"), *new.split("\0")} - {""})


def _git(root: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout


def main(base: str) -> int:
    """Names on standard output, reasons on standard error; 2 if git does not know `base`."""
    try:
        found = touched(changed(base))
    except subprocess.CalledProcessError:
        return 2
    for suite, because in found.items():
        others = f" and {len(because) - 1} more" if because[1:] else ""
        print(f"make {suite}: {because[0]}{others}", file=sys.stderr)
        print(suite)
    if not found:
        print(f"nothing differs from {base}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
