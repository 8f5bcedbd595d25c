"""The page of `diagnose` in a real browser: every row is drawn, the filter works, no complaints.

A page of a real stack is opened in test_diagnosis.py.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import pytest

from jeroboam.deploy.diagnosis.judge import diagnosis
from jeroboam.deploy.diagnosis.page import page
from jeroboam.deploy.diagnosis.types import Evidence
from tests.support.browser import browse, opened, sound
from tests.unit.deploy.diagnosis.facts import at, failed_cluster

pytestmark = pytest.mark.cloud

WIDE, NARROW = (1280, 1900), (500, 2600)


def written(folder: Path, facts: Evidence) -> Path:
    file = folder / "page.html"
    file.write_text(page(diagnosis(facts, at(900))), encoding="utf-8")
    return file


@pytest.mark.parametrize(("masters", "workers"), [(3, 3), (3, 47)])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_row_is_there_and_the_filter_works(
    tmp_path: Path, masters: int, workers: int, size: tuple[int, int]
) -> None:
    facts = failed_cluster(masters, workers)
    file = written(tmp_path, facts)
    whole = opened(file, size=size)
    sound(whole)
    created = {e.resource for e in facts.events if e.action == "CREATE" and e.resource != "prod"}
    assert len(whole.lanes) == len(whole.visible) == len(created) + masters + workers
    assert whole.causes == ("download-refused", "metadata-missing-cloud-init")
    rows = {cells[0]: cells for cells in whole.tables["nodes"]}
    assert len(rows) == masters + workers
    bad = f"prod-default-{workers - 1}"
    assert rows[bad][1] == "failed"
    assert {"boot", "step", "failed", "signal"} <= whole.visible[bad].outcomes
    assert whole.visible["prod-master-0"].outcomes == {"boot", "step", "signal"}

    wanted = f"default-{workers - 1}"
    filtered = opened(file, wanted, size)
    sound(filtered)
    assert set(filtered.visible) == {wanted, f"{wanted}-port", f"prod-{wanted}"}


def test_what_the_cloud_says_is_never_run(tmp_path: Path) -> None:
    evil = "<script>console.error('run')</script><img src=x onerror=\"console.error('run')\">"
    facts = failed_cluster()
    facts = replace(facts, resources=tuple(replace(r, reason=evil) for r in facts.resources))
    shown = opened(written(tmp_path, facts))
    sound(shown)
    assert "&lt;img src=x onerror=" in shown.dom
    assert any(evil in cells for cells in shown.tables["failures"])


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_it_can_be_looked_at(tmp_path: Path, size: tuple[int, int]) -> None:
    file, picture = written(tmp_path, failed_cluster()), tmp_path / "page.png"
    browse(file.as_uri(), tmp_path, f"--window-size={size[0]},{size[1]}", f"--screenshot={picture}")
    content = picture.read_bytes()
    assert struct.unpack(">II", content[16:24]) == size
    # An empty page of this size packs to a tenth.
    assert len(content) > 60_000
