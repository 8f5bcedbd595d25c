"""Plays: pages whose lines are typed at a real cloud, one after another, and where they are acted.

The cluster of a play is that of the README, smaller. Its nodes and their COE are played, and so are the
programs that pages have beside ours and OpenStack's.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import yaml

from tests.cloud.clusters import OWN, Cluster, gone_afterwards
from tests.cloud.coes import playing_coe
from tests.cloud.nodes import Said, playing
from tests.labs.cloud.settings import settings
from tests.support import played_ssh
from tests.support.cases import ROOT
from tests.support.day import DAY
from tests.support.pages import blocks, lines
from tests.support.typist import FOR_EVER, Typist
from tests.support.who_runs import OFFLINE_TEST, owners

PAUSE_SECONDS, SECONDS = 0.5, 900
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Play(NamedTuple):
    """Lines of pages, the cluster that they are about, and what befalls it."""

    pages: Mapping[str, str]
    """By page a regular expression of the lines that are this play's."""
    cluster: str = "prod"
    masters: int = 1
    nodes: int = 1
    more: str = ""
    """Further properties of its spec, as YAML."""
    where: str = "."
    """The spec's folder, from the one that lines are typed in."""
    cloud: str = OWN
    deployed: int | None = 0
    """What `deploy` ends with before the first line, 1 where it fails and there is no COE to be asked; None
    where the page makes the cluster itself."""
    words: tuple[str, ...] = ()
    """Further ones of that `deploy`."""
    played: bool = True
    """Whether its nodes are; not where the page has that done."""
    behaviours: Mapping[str, str] = NOTHING
    """What nodes do, by patterns of their names."""
    around: Callable[[Any], AbstractContextManager[object]] = nullcontext
    """What the cloud is like meanwhile, from a connection."""
    before: Mapping[str, Callable[[Scene], None]] = NOTHING
    """What is done before a line, by regular expressions of `PAGE: LINE`."""
    ends: Mapping[str, int] = NOTHING
    """How such a line ends, where that is not 0, or what `diff` has for a difference."""


@dataclass(frozen=True)
class Scene:
    """Where a play is acted."""

    demo: Any
    folder: Path
    """What lines are typed in."""
    state: Path
    """What is kept beside that."""
    cluster: Cluster
    types: Typist

    def settled(self) -> None:
        """What the line before began has ended; whoever types would wait for it too."""
        end = time.monotonic() + SECONDS
        while self._status().endswith("IN_PROGRESS"):
            assert time.monotonic() < end, self._status()
            time.sleep(PAUSE_SECONDS)

    def _status(self) -> str:
        found = self.demo.orchestration.find_stack(self.cluster.name)
        return str(found.status) if found else ""

    def changed(self, old: str, new: str) -> None:
        """Changes the spec."""
        text = self.cluster.spec.read_text(encoding="utf-8")
        assert old in text, text
        self.cluster.spec.write_text(text.replace(old, new), encoding="utf-8")

    def servers(self) -> dict[str, str]:
        """The id of each server by its name."""
        found = self.demo.compute.servers()
        return {it.name: it.id for it in found if it.name.startswith(f"{self.cluster.name}-")}

    def git(self, *words: str) -> None:
        """What the folder's repository is told."""
        who = ("-c", "user.name=ops", "-c", "user.email=ops@example.org")
        subprocess.run(["git", *who, *words], cwd=self.folder, check=True)


def typed(play: Play) -> Iterator[tuple[str, int, str]]:
    """Page, number of the block and line of all of a play, what is run without a cloud as well too."""
    for page, pattern in play.pages.items():
        for number, block in enumerate(blocks(ROOT / page)):
            for line, _ in lines(block):
                owned = owners(ROOT / page, line, {page: pattern})
                if owned == [page] or (owned == [OFFLINE_TEST] and re.search(pattern, line)):
                    yield page, number, line


def act(play: Play, demo: Any, folder: Path) -> None:
    """Types all lines of a play. Raises AssertionError where one does not end as it has to."""
    with _set(play, demo, folder) as (scene, as_it_is):
        last = ("", 0)
        for page, number, line in typed(play):
            if FOR_EVER not in line:
                scene.settled()
            if page != last[0]:
                _files(ROOT / page, scene.folder)
            if (page, number) != last:
                # What runs beside is for the lines of its own block.
                scene.types.halts()
            last = page, number
            as_it_is()
            label = f"{Path(page).stem}: {line}"
            for pattern, befalls in play.before.items():
                if re.search(pattern, label):
                    befalls(scene)
            done = scene.types(line)
            print(f"$ {line}\n{done.text}[{done.status}]")
            wanted = next((it for pattern, it in play.ends.items() if re.search(pattern, label)), 0)
            usual = {0, 4} if "jeroboam diff" in line else {wanted}
            assert done.status in usual, (line, done)
            assert done.status or not re.search(r"^error: ", done.text, re.MULTILINE), (line, done)
        scene.types.halts()


def _files(page: Path, folder: Path) -> None:
    """The page's own files; what is there stays."""
    for block in blocks(page):
        if block.language == "yaml" and block.file and not (folder / block.file).exists():
            (folder / block.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.file).write_text(block.text, encoding="utf-8")


def _spec(play: Play) -> str:
    text = next(it.text for it in blocks(ROOT / "README.md") if it.file == "prod.yaml")
    for old, new in (
        ("name: prod", f"name: {play.cluster}"),
        ("count: 3", f"count: {play.masters}"),
        ("count: 5", f"count: {play.nodes}"),
    ):
        assert text.count(f"{old}\n") == 1
        text = text.replace(f"{old}\n", f"{new}\n")
    return play.more + text


@contextmanager
def _set(play: Play, demo: Any, folder: Path) -> Iterator[tuple[Scene, Callable[[], None]]]:
    """The scene before the first line, and what has the COE be there; at the end all is deleted."""
    here, state, programs = (folder / it for it in ("here", "state", "bin"))
    for it in (here / play.where, state, programs):
        it.mkdir(parents=True)
    clouds = yaml.safe_load(settings().clouds.read_text(encoding="utf-8"))
    clouds["clouds"]["prod"] = clouds["clouds"][play.cloud]
    (state / "clouds.yaml").write_text(yaml.safe_dump(clouds), encoding="utf-8")
    (here / ".cloud").symlink_to(settings().folder)
    (here / "golden").symlink_to(ROOT / "golden")
    _program(programs / "ssh", shlex.join((sys.executable, "-m", played_ssh.__name__)))
    _program(programs / "vault", f"exec cat {shlex.quote(str(state / 'vault'))} #")
    cluster = Cluster(here / play.where, play.cluster, cloud=play.cloud)
    cluster.spec.write_text(_spec(play), encoding="utf-8")
    environment = {
        "HOME": str(state),
        "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "TERM": "dumb",
        "PAGER": "cat",
        "LANG": "C.UTF-8",
        "OS_CLIENT_CONFIG_FILE": str(state / "clouds.yaml"),
        "OS_CLOUD": "prod",
        **{key: value for key, value in os.environ.items() if key.startswith("JEROBOAM_CLOUD")},
        **DAY,
    }
    scene = Scene(demo, here, state, cluster, Typist(here, state, environment))
    scene.git("init", "--quiet")
    with ExitStack() as ends:
        ends.enter_context(gone_afterwards(cluster))
        ends.callback(scene.types.kills)
        said: list[Said] = []
        if play.played:
            said = ends.enter_context(playing(cluster.name, play.behaviours))
        ends.enter_context(play.around(demo))
        if play.deployed is not None:
            done = cluster.deploy(*play.words)
            assert done.code == play.deployed, done.text
        begun: list[str] = []

        def as_it_is() -> None:
            if begun or not play.played or play.deployed == 1:
                return
            if demo.orchestration.find_stack(cluster.name):
                begun.append(ends.enter_context(playing_coe(cluster, demo, said)).at)
                scene.types.says(JEROBOAM_API=begun[0])

        yield scene, as_it_is


def _program(path: Path, words: str) -> None:
    path.write_text(f'#!/bin/sh\n{words} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
