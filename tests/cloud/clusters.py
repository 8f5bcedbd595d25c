"""Clusters of the tests: a spec in a folder of its own, and `jeroboam` run on it as a user would run it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.labs.cloud.settings import settings
from tests.support.cases import ROOT
from tests.support.command import RUN
from tests.support.day import DAY

SPEC = """\
spec_version: 1
kind: cluster
name: {name}
coe: {coe}
distro: {distro}
image: {image}
keypair: ops
network:
  external_network: public
  ssh_allowed_cidrs: [192.0.2.0/24]
  api_allowed_cidrs: [192.0.2.0/24]
masters: {{count: {masters}, flavor: m1.medium}}
node_groups:
  - {{name: default, count: {nodes}, flavor: m1.medium{group}}}
{more}"""
OWN = "jeroboam-second" if os.environ.get("PYTEST_XDIST_WORKER") == "gw1" else "jeroboam"
"""The cloud of this process: tests that run side by side have a project each."""
IMAGES = {"ubuntu": "ubuntu-24.04", "fedora-atomic": "fedora-atomic-29"}
"""By distro, where the image is not called after it."""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    @property
    def told(self) -> list[dict[str, Any]]:
        """The objects of newline-delimited JSON on standard output."""
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]


class Running:
    """A command that runs; what it prints is kept."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines: dict[str, list[str]] = {"out": [], "err": []}
        self._readers = [
            threading.Thread(target=self._read, args=(name, stream))
            for name, stream in (("out", process.stdout), ("err", process.stderr))
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, name: str, stream: Any) -> None:
        self._lines[name] += iter(stream.readline, "")

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    @property
    def text(self) -> str:
        return "".join(self._lines["out"] + self._lines["err"])

    def until(self, pattern: str, seconds: float = 120) -> re.Match[str]:
        """Waits for text that matches; fails with all that was printed where none comes."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = re.search(pattern, self.text)
            if found:
                return found
            if self._process.poll() is not None:
                time.sleep(0.5)
                found = re.search(pattern, self.text)
                assert found, f"ended with {self._process.returncode} before '{pattern}':\n{self.text}"
                return found
            time.sleep(0.1)
        raise AssertionError(f"no '{pattern}' within {seconds} s:\n{self.text}")

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self, seconds: float = 900) -> Done:
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise AssertionError(f"still running after {seconds} s:\n{self.text}") from None
        for reader in self._readers:
            reader.join()
        return Done(code, "".join(self._lines["out"]), "".join(self._lines["err"]))


class Cluster:
    """A cluster's spec on disk; `cloud` is whose it is."""

    def __init__(
        self,
        folder: Path,
        name: str,
        coe: str = "kubernetes",
        distro: str = "ubuntu",
        cloud: str = OWN,
    ) -> None:
        self.folder, self.name, self.coe, self.distro, self.cloud = folder, name, coe, distro, cloud
        self.spec = folder / f"{name}.yaml"
        self.says()

    def says(
        self, *, masters: int = 1, nodes: int = 1, more: str = "", group: str = "", image: str | None = None
    ) -> None:
        """Writes the spec; `more` are lines at its end, `group` more of the one node group's properties."""
        chosen = image or IMAGES.get(self.distro, self.distro)
        self.spec.write_text(
            SPEC.format(
                name=self.name, coe=self.coe, distro=self.distro, image=chosen, masters=masters, nodes=nodes,
                more=more, group=group,
            ),
            encoding="utf-8",
        )  # fmt: skip

    def environment(self) -> dict[str, str]:
        """Of commands."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT / "compiler"),
            "PYTHONUNBUFFERED": "1",
            **DAY,
            "OS_CLIENT_CONFIG_FILE": str(settings().clouds),
            "OS_CLOUD": self.cloud,
        }

    def start(self, *words: str, **environment: str) -> Running:
        """Starts `jeroboam WORDS` in the cluster's folder."""
        process = subprocess.Popen(
            [sys.executable, "-c", RUN, *words],
            cwd=self.folder, env=self.environment() | environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, encoding="utf-8",
        )  # fmt: skip
        return Running(process)

    def run(self, *words: str, **environment: str) -> Done:
        return self.start(*words, **environment).wait()

    def deploy(self, *words: str, **environment: str) -> Done:
        """Where nodes are played there is no COE to drain those that go."""
        given = ("--yes", "--make-secrets", "--no-drain")
        return self.run("deploy", self.spec.name, *given, *words, **environment)

    def delete(self, *words: str) -> Done:
        return self.run("delete", self.name, "--yes", *words)


@contextmanager
def gone_afterwards(*clusters: Cluster) -> Iterator[None]:
    """Deletes the clusters at the end, whatever happened; what a failed test leaves disturbs the next one."""
    try:
        yield
    finally:
        for cluster in clusters:
            cluster.run("delete", cluster.name, "--yes", "--cleanup", "--volumes")
