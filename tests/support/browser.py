"""Pages in a headless Chromium: what they complain of, what tables say, where bars are drawn."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

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
LOCK = Path(tempfile.gettempdir()) / "jeroboam-chromium.lock"
MEASURE = """
<script>
addEventListener("load", () => {
  const box = element => {
    const at = element.getBoundingClientRect();
    return [at.left, at.top, at.right, at.bottom];
  };
  const all = (within, what) => [...within.querySelectorAll(what)];
  const facts = {
    room: innerWidth,
    width: document.documentElement.scrollWidth,
    lanes: all(document, ".lane").map(lane => ({
      row: lane.dataset.row, hidden: lane.hidden, box: box(lane), track: box(lane.querySelector(".track")),
      bars: all(lane, ".bar").map(bar => ({outcome: bar.className.replace("bar ", ""), box: box(bar)})),
    })),
    tables: Object.fromEntries(all(document, "section").map(section => [
      section.id, all(section, "tbody tr").map(row => [...row.cells].map(cell => cell.textContent.trim())),
    ])),
    causes: all(document, "[data-cause]").map(card => card.dataset.cause),
  };
  const told = document.createElement("pre");
  told.id = "measured";
  told.textContent = JSON.stringify(facts);
  document.body.append(told);
});
</script>
"""
"""Added to a copy of the page: the browser writes down what it made of it."""


class Box(NamedTuple):
    """Where something is drawn, in pixels."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Lane:
    """A line of the timeline: its name, kind and state, and the bars in its track, by outcome."""

    row: str
    hidden: bool
    box: Box
    track: Box
    bars: tuple[tuple[str, Box], ...]

    @property
    def name(self) -> str:
        return self.row.split()[0]

    @property
    def outcomes(self) -> set[str]:
        return {outcome for outcome, _ in self.bars}


@dataclass(frozen=True)
class Page:
    """A page as the browser has it: `tables` are the cells of each section's rows, by the section's id.

    `room` is the window's width, `width` what the page needs; `complaints` are lines of its console.
    """

    room: float
    width: float
    lanes: tuple[Lane, ...]
    tables: Mapping[str, list[list[str]]]
    causes: tuple[str, ...]
    complaints: tuple[str, ...]
    dom: str

    @property
    def visible(self) -> dict[str, Lane]:
        """The lanes that are shown, by name."""
        return {lane.name: lane for lane in self.lanes if not lane.hidden}


@cache
def chromium() -> str:
    """A Chromium; Debian's package where there is none."""
    # Of two workers in a clean clone, one waits until the other has installed it.
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = _found()
        if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
            subprocess.run(["apt-get", "update", "-q"], check=True)
            packages = ["chromium", "fonts-dejavu-core"]
            subprocess.run(["apt-get", "install", "-qy", "--no-install-recommends", *packages], check=True)
            found = _found()
    assert found, "this test asks a Chromium: apt-get install chromium"
    return found


def _found() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), None)


def browse(address: str, folder: Path, *flags: str) -> tuple[str, tuple[str, ...]]:
    """What the browser prints, and what the page complained of on its console."""
    done = subprocess.run(
        [chromium(), *FLAGS, f"--user-data-dir={folder / 'profile'}", *flags, address],
        check=True,
        capture_output=True,
        text=True,
        timeout=90,
    )
    return done.stdout, tuple(line for line in done.stderr.splitlines() if "CONSOLE" in line)


def opened(file: Path, fragment: str = "", size: tuple[int, int] = (1280, 1900)) -> Page:
    """The page in `file`, opened with `#fragment` in a window of that size, and measured."""
    copy = file.with_suffix(".measured.html")
    copy.write_text(
        file.read_text(encoding="utf-8").replace("</body>", f"{MEASURE}</body>"), encoding="utf-8"
    )
    address = copy.as_uri() + (f"#{fragment}" if fragment else "")
    dom, complaints = browse(address, file.parent, f"--window-size={size[0]},{size[1]}", "--dump-dom")
    told = re.search(r'<pre id="measured">(.*?)</pre>', dom, re.DOTALL)
    assert told, "\n".join(("the page's scripts did not run", *complaints))
    facts: dict[str, Any] = json.loads(unescape(told[1]))
    lanes = tuple(
        Lane(
            row=lane["row"],
            hidden=lane["hidden"],
            box=Box(*lane["box"]),
            track=Box(*lane["track"]),
            bars=tuple((bar["outcome"], Box(*bar["box"])) for bar in lane["bars"]),
        )
        for lane in facts["lanes"]
    )
    return Page(
        facts["room"], facts["width"], lanes, facts["tables"], tuple(facts["causes"]), complaints, dom
    )


def sound(page: Page) -> None:
    """Fails where the page complains, is wider than its window, or draws a timeline that cannot be read."""
    assert page.complaints == ()
    assert page.width <= page.room
    lanes = [lane for lane in page.lanes if not lane.hidden]
    for above, below in pairwise(lanes):
        assert above.box.bottom <= below.box.top + 0.5, (above.name, below.name)
    for lane in lanes:
        assert lane.track.right - lane.track.left > page.room / 3, lane.name
        assert lane.bars, lane.name
        for outcome, bar in lane.bars:
            assert bar.left >= lane.track.left - 0.5, (lane.name, outcome)
            assert bar.right - bar.left >= 2.5, (lane.name, outcome)
            # Half a pixel of rounding, and a bar at the very end is as wide as the narrowest is.
            assert bar.left < lane.track.right, (lane.name, outcome)
