"""The page of a cluster in a real browser, used by its keyboard alone, where a Chromium is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jeroboam.model.types import FileEntry
from jeroboam.topology import page, scene
from tests.support.cases import compiled_whole
from tests.support.devtools import Tab, tab
from tests.unit.topology.samples import BASTION, EVIL, HA, hostile, of_case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group(str(HA))]
LEFT = "[...document.querySelectorAll({!r})].filter(row => !row.hidden).map(row => {}.textContent)"
ROWS = LEFT.format("#resources tbody tr", "row.cells[0]")
FILES = LEFT.format(".file", "row.querySelector('.path')")
LENGTHS = "[...document.querySelectorAll('svg text')].map(t => t.getComputedTextLength())"
COLOURS = """[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color,
  getComputedStyle(document.querySelector('svg .card')).fill,
  getComputedStyle(document.querySelector('svg text.name')).fill]"""


@pytest.fixture(scope="module")
def browser(program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with tab(program("chromium"), tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture
def shown(browser: Tab, tmp_path: Path) -> Tab:
    """The page of three masters and two groups."""
    files = {role: boots.files for role, boots in compiled_whole(HA.spec).user_data.items()}
    file = tmp_path / "page.html"
    file.write_text(page(of_case(HA), files), encoding="utf-8")
    browser.requests.clear()
    browser.complaints.clear()
    browser.call(
        "Emulation.setDeviceMetricsOverride", width=1200, height=900, deviceScaleFactor=1, mobile=False
    )
    browser.open(file)
    return browser


def focused(on: Tab, what: str) -> None:
    """Tabs on until the focus is on what a selector names."""
    for _ in range(40):
        on.press("Tab")
        if on.value(f"document.activeElement.matches({what!r})"):
            return
    raise AssertionError(f"no way to {what} by the keyboard")


def test_a_search_filters_resources(shown: Tab) -> None:
    every = shown.value(ROWS)
    assert len(every) == len(of_case(HA).resources)
    focused(shown, "#resources input")
    shown.type("VOLUME default")
    assert shown.value(ROWS) == ["default-{0..2}-docker-volume", "default-{0..2}-docker-volume-attachment"]
    assert shown.value("document.querySelector('#resources output').textContent") == f"2 of {len(every)}"
    for word, rows in (("gpu-1-port", ["gpu-{0..1}-port"]), ("gpu-7-port", [])):
        shown.value("document.activeElement.select()")
        shown.type(word)
        assert shown.value(ROWS) == rows
    assert shown.complaints == []


def test_files_are_found_and_opened_by_the_keyboard(shown: Tab) -> None:
    focused(shown, "#files input")
    shown.type("JEROBOAM_CLUSTER='payments'")
    assert set(shown.value(FILES)) == {"/etc/jeroboam/cluster.env"}
    focused(shown, ".file summary")
    shown.press("Enter", "\r")
    assert shown.value("document.querySelectorAll('.file[open]').length") == 1
    assert shown.value("document.querySelector('.file[open] pre').checkVisibility()") is True
    shown.press("Enter", "\r")
    assert shown.value("document.querySelectorAll('.file[open]').length") == 0
    every = len(shown.value(FILES))
    shown.value(
        "s = document.querySelector('#files select'); s.value = 'gpu'; s.dispatchEvent(new Event('change'))"
    )
    assert len(shown.value(FILES)) == 1 < every
    assert shown.complaints == []


def test_light_and_dark_are_the_screen_s(shown: Tab) -> None:
    found = []
    for scheme in ("light", "dark"):
        shown.colours(scheme)
        found.append(shown.value(COLOURS))
    assert all(light != dark for light, dark in zip(*found, strict=True))


def test_nothing_is_asked_of_a_network_and_all_fits(shown: Tab) -> None:
    assert {request.partition(":")[0] for request in shown.requests} <= {"file", "data"}
    for width in (1200, 500, 320):
        shown.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False
        )
        assert shown.value("document.documentElement.scrollWidth") <= width
    assert shown.complaints == []


def test_texts_are_no_wider_than_estimated(browser: Tab, tmp_path: Path) -> None:
    for case in (HA, BASTION):
        file = tmp_path / f"{case}.html"
        file.write_text(page(of_case(case), {}), encoding="utf-8")
        browser.call(
            "Emulation.setDeviceMetricsOverride", width=1100, height=900, deviceScaleFactor=1, mobile=False
        )
        browser.open(file)
        texts = scene(of_case(case), titled=False).texts
        lengths = browser.value(LENGTHS)
        # A browser counts the gap before a tail with the text.
        wide = [
            (text.text, length)
            for text, length in zip(texts, lengths, strict=True)
            if length > text.span[1] - text.span[0] + 0.5
        ]
        assert wide == []


def test_what_users_write_is_never_run(browser: Tab, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(page(hostile(), {EVIL: (FileEntry(EVIL, EVIL),)}), encoding="utf-8")
    browser.requests.clear()
    browser.complaints.clear()
    browser.open(file)
    assert browser.value("window.evil") is None
    assert browser.value("document.querySelectorAll('img').length") == 0
    assert browser.value("document.querySelector('pre').textContent").startswith(EVIL[:100])
    assert {request.partition(":")[0] for request in browser.requests} <= {"file", "data"}
    assert browser.complaints == []
