"""A page in a headless Chromium, driven as a user would: keys, colours of the screen, what it asks and says.

Facts: the DevTools protocol over `--remote-debugging-pipe`, which reads commands from descriptor 3 and writes
answers and events to 4, each ended by a zero byte.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.browser import FLAGS

PATIENCE = 60
"""Seconds for an answer; a machine that is busy takes long to start a browser."""


class Tab:
    """A tab; `requests` are the addresses that pages asked for, `complaints` what stood on the console."""

    def __init__(self, orders: int, answers: int) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self._orders, self._answers = orders, answers
        self._session = ""
        self._number = 0
        self._rest = b""
        self._loaded = False
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Gives a command and waits for its result."""
        self._number += 1
        order: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            order["sessionId"] = self._session
        os.write(self._orders, json.dumps(order).encode() + b"\0")
        while True:
            said = self._next()
            if said.get("id") == self._number:
                assert "error" not in said, (method, said["error"])
                result: dict[str, Any] = said["result"]
                return result

    def open(self, file: Path) -> None:
        """Opens a page and waits until it is loaded."""
        self._loaded = False
        self.call("Page.navigate", url=file.as_uri())
        while not self._loaded:
            self._next()

    def value(self, expression: str) -> Any:
        """What an expression of JavaScript is on the page."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def press(self, key: str, text: str = "") -> None:
        """A key goes down and up, as from a keyboard."""
        codes = {"Tab": 9, "Enter": 13}
        about = {"key": key, "code": key, "windowsVirtualKeyCode": codes[key], "text": text}
        self.call("Input.dispatchKeyEvent", type="keyDown", **about)
        self.call("Input.dispatchKeyEvent", type="keyUp", **{**about, "text": ""})

    def type(self, text: str) -> None:
        """Text comes in where the focus is."""
        self.call("Input.insertText", text=text)

    def colours(self, scheme: str) -> None:
        """The screen is `light` or `dark`."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def _next(self) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        while b"\0" not in self._rest:
            assert time.monotonic() < end, "the browser does not answer"
            more = os.read(self._answers, 1 << 16)
            assert more, "the browser ended"
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\0")
        said: dict[str, Any] = json.loads(line)
        match said.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(said["params"]["request"]["url"])
            case "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded":
                self.complaints.append(json.dumps(said["params"]))
            case "Page.loadEventFired":
                self._loaded = True
        return said


@contextmanager
def tab(chromium: str, folder: Path) -> Iterator[Tab]:
    """A tab of a browser of its own, which is ended in the end."""
    there, orders = os.pipe()
    answers, here = os.pipe()
    # bash puts the two where the browser looks for them; dash knows descriptors of one digit alone.
    own = (f"--user-data-dir={folder / 'profile'}", "--remote-debugging-pipe", "about:blank")
    started = subprocess.Popen(
        ["bash", "-c", f'exec "$@" 3<&{there} 4>&{here}', "bash", chromium, *FLAGS, *own],
        pass_fds=(there, here),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(there)
    os.close(here)
    try:
        yield Tab(orders, answers)
    finally:
        os.close(orders)
        started.terminate()
        started.wait(PATIENCE)
        os.close(answers)
