"""The walks of docs/walks/ that need a cloud are what happens, on a real Heat with played nodes and COE."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.clusters import OWN, Cluster, gone_afterwards
from tests.cloud.coes import playing_coe
from tests.cloud.nodes import playing
from tests.labs.cloud.settings import settings
from tests.support import played_kubectl, walks
from tests.support.cases import ROOT

# As in test_pages: its cluster has the same name.
pytestmark = [pytest.mark.cloud, pytest.mark.long, pytest.mark.xdist_group("prod")]

BY_NAME = {name: walks.FOLDER / f"{name}.md" for name in ("operator", "tutorial")}
NO_SUCH_FILE = "https://mirror.example.com/old/…: curl exit 22: the server answered with an error"
MISTAKES = {
    "example.com/old": {"prod-*": f"fail:install-kubernetes:{NO_SUCH_FILE}"},
    "tune.sh": {"prod-default-*": "fail:post-hooks:sysctl: setting key net.core.somaxconn: Invalid argument"},
}
"""What nodes do while the spec says so."""


@pytest.mark.parametrize("name", BY_NAME)
def test_the_walk_prints_what_it_shows(
    demo: Any, tmp_path: Path, name: str, request: pytest.FixtureRequest
) -> None:
    page = BY_NAME[name]
    folder = tmp_path / "walk"
    folder.mkdir()
    text = page.read_text(encoding="utf-8")
    with on_a_cloud(demo, folder) as around:
        turned_out = walks.walked(text, folder, *around)
    if turned_out != text and request.config.getoption("--update-golden"):
        page.write_text(turned_out, encoding="utf-8")
    assert turned_out == text


@contextmanager
def on_a_cloud(demo: Any, folder: Path) -> Iterator[tuple[dict[str, str], Any]]:
    """The environment of the walk's commands, and what makes nodes and COE be as the spec has them."""
    cluster = Cluster(folder, "prod")
    cluster.spec.unlink()
    behaviours = dict[str, str]()
    environment = {
        "OS_CLIENT_CONFIG_FILE": str(settings().clouds),
        "OS_CLOUD": OWN,
        "PATH": f"{_with_kubectl(folder.parent / 'bin')}:{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    with ExitStack() as ends:
        ends.enter_context(gone_afterwards(cluster))
        said = ends.enter_context(playing(cluster.name, behaviours))

        def as_it_is() -> None:
            behaviours.clear()
            written = cluster.spec.read_text(encoding="utf-8")
            for mistake, does in MISTAKES.items():
                if mistake in written:
                    behaviours.update(does)
            if "JEROBOAM_API" not in environment and demo.orchestration.find_stack(cluster.name):
                environment["JEROBOAM_API"] = ends.enter_context(playing_coe(cluster, demo, said)).at

        yield environment, as_it_is


def _with_kubectl(folder: Path) -> Path:
    """A folder whose `kubectl` asks the played COE, at its address in JEROBOAM_API."""
    folder.mkdir()
    program = folder / "kubectl"
    words = shlex.join((sys.executable, "-m", played_kubectl.__name__))
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {words} "$@"\n', encoding="utf-8"
    )
    program.chmod(0o755)
    return folder
