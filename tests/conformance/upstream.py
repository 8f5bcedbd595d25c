"""Upstream's own tests, e2e.test, run from beside the nodes as an operator would run them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tests.labs.nodes.mirror import conformance
from tests.labs.nodes.mirror.build import FOLDER as MIRROR

PROGRAMS = MIRROR / "programs" / conformance.PRODUCT
KUBECTL = MIRROR / "programs" / "kubernetes" / "kubectl"
MINUTES = 90
"""After which ginkgo ends a part: nobody waits longer."""


class Part(NamedTuple):
    """Tests that run together, by as many processes.

    Of those with the `labels`, as ginkgo's filter has them, what the regular expression `focus` matches and
    none of `skip` does.
    """

    name: str
    labels: str
    processes: int
    focus: str = ""
    skip: tuple[str, ...] = ()


def registries(registry: str, folder: Path) -> Path:
    """The file that tells e2e.test who has its images; see test/utils/image/manifest.go of Kubernetes."""
    path = folder / "registries.yaml"
    told = {
        "promoterE2eRegistry": f"{registry}/{conformance.FOLDER}",
        "gcRegistry": registry,
        "gcEtcdRegistry": registry,
    }
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def run(part: Part, kubeconfig: Path, registry: str, folder: Path) -> float:
    """Runs a part, with its words in `NAME.log` and its results below `NAME` in `folder`; gives seconds."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "KUBE_TEST_REPO_LIST": str(registries(registry, folder)),
    }
    words = (
        *(str(PROGRAMS / "ginkgo"), f"--procs={part.processes}", "--no-color", f"--timeout={MINUTES}m"),
        *("--silence-skips", "--poll-progress-after=5m", f"--label-filter={part.labels}"),
        *((f"--focus={part.focus}",) if part.focus else ()),
        *(f"--skip={pattern}" for pattern in part.skip),
        *(str(PROGRAMS / "e2e.test"), "--", f"--kubeconfig={kubeconfig}", f"--kubectl-path={KUBECTL}"),
        *("--provider=skeleton", f"--report-dir={folder / part.name}", "--disable-log-dump"),
        f"--e2e-output-dir={folder / part.name}",
    )
    began = time.monotonic()
    (folder / part.name).mkdir(parents=True, exist_ok=True)
    with (folder / f"{part.name}.log").open("wb") as log:
        # What fails is in the results.
        subprocess.run(words, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
    return time.monotonic() - began


def result(part: Part, folder: Path) -> Path:
    """Where ginkgo wrote how a part went."""
    return folder / part.name / "junit_01.xml"


def exactly(names: Iterable[str]) -> tuple[str, ...]:
    """Patterns for tests by their full names."""
    return tuple(f"{re.escape(name)}$" for name in names)
