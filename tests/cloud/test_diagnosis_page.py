"""The page of `diagnose` in a real browser: every row is drawn, the filter works, no complaints."""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from jeroboam.deploy.diagnosis.judge import diagnosis
from jeroboam.deploy.diagnosis.page import page
from tests.unit.deploy.diagnosis.facts import at, failed_cluster

pytestmark = pytest.mark.cloud

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--enable-logging=stderr",
)
LANE = re.compile(r'<div class="lane" data-row="([^"]*)"([^>]*)>')


@pytest.fixture(scope="session")
def chromium() -> str:
    """A Chromium; Debian's package where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-q"], check=True)
        packages = ["chromium", "fonts-dejavu-core"]
        subprocess.run(["apt-get", "install", "-qy", "--no-install-recommends", *packages], check=True)
        found = shutil.which("chromium")
    assert found, "this test asks a Chromium: apt-get install chromium"
    return found


def browse(chromium: str, folder: Path, address: str, *flags: str) -> tuple[str, list[str]]:
    """What the browser prints, and what pages complained of on its console."""
    done = subprocess.run(
        [chromium, *FLAGS, f"--user-data-dir={folder / 'profile'}", *flags, address],
        check=True,
        capture_output=True,
        text=True,
        timeout=90,
    )
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.parametrize(("masters", "workers"), [(3, 3), (3, 47)])
def test_every_row_is_there_and_the_filter_works(
    chromium: str, tmp_path: Path, masters: int, workers: int
) -> None:
    facts = failed_cluster(masters, workers)
    file = tmp_path / "page.html"
    file.write_text(page(diagnosis(facts, at(900))), encoding="utf-8")

    shown, complaints = browse(chromium, tmp_path, file.as_uri(), "--dump-dom")
    assert complaints == []
    lanes = LANE.findall(shown)
    created = {e.resource for e in facts.events if e.action == "CREATE" and e.resource != "prod"}
    assert len(lanes) == len(created) + masters + workers
    assert not [row for row, rest in lanes if "hidden" in rest]
    assert len(re.findall(r"<tr data-row=\"prod-", shown)) == masters + workers

    wanted = f"default-{workers - 1}"
    shown, complaints = browse(chromium, tmp_path, f"{file.as_uri()}#{wanted}", "--dump-dom")
    assert complaints == []
    left = {row.split()[0] for row, rest in LANE.findall(shown) if "hidden" not in rest}
    assert left == {wanted, f"{wanted}-port", f"prod-{wanted}"}


def test_what_the_cloud_says_is_never_run(chromium: str, tmp_path: Path) -> None:
    evil = "<script>console.error('run')</script><img src=x onerror=\"console.error('run')\">"
    facts = failed_cluster()
    facts = replace(facts, resources=tuple(replace(r, reason=evil) for r in facts.resources))
    file = tmp_path / "page.html"
    file.write_text(page(diagnosis(facts, at(900))), encoding="utf-8")
    shown, complaints = browse(chromium, tmp_path, file.as_uri(), "--dump-dom")
    assert complaints == []
    assert "&lt;img src=x onerror=" in shown


@pytest.mark.parametrize("size", ["1280,1900", "500,2600"])
def test_it_can_be_looked_at(chromium: str, tmp_path: Path, size: str) -> None:
    file, picture = tmp_path / "page.html", tmp_path / "page.png"
    file.write_text(page(diagnosis(failed_cluster(), at(900))), encoding="utf-8")
    browse(chromium, tmp_path, file.as_uri(), f"--window-size={size}", f"--screenshot={picture}")
    content = picture.read_bytes()
    assert struct.unpack(">II", content[16:24]) == tuple(map(int, size.split(",")))
    # An empty page of this size packs to a tenth.
    assert len(content) > 60_000
