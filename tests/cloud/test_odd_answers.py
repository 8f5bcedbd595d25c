"""A wait on a real Heat behind a proxy that says odd things in its place."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cloud.clusters import Cluster, gone_afterwards
from tests.cloud.nodes import playing
from tests.labs.cloud.settings import settings
from tests.support.odd_answers import ANSWERS, Odd
from tests.support.odd_proxy import OddProxy

pytestmark = pytest.mark.cloud

HEAT = 8004
"""Its port, see labs/cloud/services.py."""
NAMES = (
    "403", "404 of a proxy", "408", "409", "500", "502", "504 without a body", "an error as text",
    "HTML with 200", "an empty object", "null", "half of the body", "closed", "reset",
)  # fmt: skip
"""One for each kind: a round of a wait may take ten seconds."""
CHOSEN = tuple(answer for answer in ANSWERS if answer.name in NAMES)


@contextmanager
def behind(folder: Path) -> Iterator[tuple[OddProxy, Path]]:
    """A proxy before the real Heat, and the clouds.yaml that leads through it."""
    with OddProxy(settings().url(HEAT)) as proxy:
        known = yaml.safe_load(settings().clouds.read_text(encoding="utf-8"))
        for cloud in known["clouds"].values():
            cloud["orchestration_endpoint_override"] = f"{proxy.address}/v1/%(project_id)s"
        clouds = folder / "clouds.yaml"
        clouds.write_text(yaml.safe_dump(known), encoding="utf-8")
        yield proxy, clouds


class Turns:
    """Every second question of a wait gets the next odd answer of the table, as long as there is one."""

    def __init__(self, *answers: Odd) -> None:
        self.left = list(answers)
        self._odd = False

    def __call__(self, method: str, path: str) -> Odd | None:
        if method != "GET" or not path.endswith(("/events", "/resources", "/metadata")):
            return None
        self._odd = not self._odd
        return self.left.pop(0) if self._odd and self.left else None


def test_a_deployment_outlives_odd_answers(tmp_path: Path, lab: Any) -> None:
    cluster = Cluster(tmp_path, "waits-odd")
    turns = Turns(*CHOSEN)
    with behind(tmp_path) as (proxy, clouds), gone_afterwards(cluster):
        words = ("deploy", cluster.spec.name, "--yes", "--make-secrets")
        running = cluster.start(*words, OS_CLIENT_CONFIG_FILE=str(clouds))
        running.until("CREATE_IN_PROGRESS", 300)
        proxy.rule = turns
        while turns.left and running.runs:
            time.sleep(0.2)
        with playing(cluster.name):
            done = running.wait()
    assert turns.left == []
    assert proxy.odd == len(NAMES)
    assert done.code == 0, done.text
    assert "bug" not in done.text


@pytest.mark.long
def test_a_heat_that_answers_oddly_for_ten_minutes_is_explained(tmp_path: Path, lab: Any) -> None:
    """The wait is real here; the whole table is gone through on a clock of the tests in the unit tests."""
    cluster = Cluster(tmp_path, "waits-page")
    page = next(answer for answer in ANSWERS if answer.name == "HTML with 200")
    with behind(tmp_path) as (proxy, clouds), gone_afterwards(cluster):
        assert cluster.deploy("--no-wait").code == 0
        watching = cluster.start("status", "--watch", cluster.name, OS_CLIENT_CONFIG_FILE=str(clouds))
        watching.until("waits-page", 120)
        proxy.rule = lambda _, path: page if "/stacks/" in path else None
        done = watching.wait()
    assert done.code == 5, done.text
    assert "no usable answer for 10:" in done.err
    assert f"asked: GET {proxy.address}/v1/" in done.err
    assert "answered: HTTP 200, text/html" in done.err
    assert "to watch it again: jeroboam status --watch waits-page" in done.err
