"""A scratch node for single steps: files under a temporary root, stubs for the programs around the script."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from jeroboam import plugins
from jeroboam.model.types import FileEntry, HeatFact, Role, SecretRef
from jeroboam.resources import fragments
from jeroboam.userdata.environment import environment_text
from tests.nodescripts.cloud import Cloud
from tests.support import node_files

FRAGMENTS = Path(str(fragments()))


class Node:
    """A root folder with the bootstrap in it; `stub` plays programs that the machine must not run."""

    def __init__(self, root: Path, name: str = "prod-master-0") -> None:
        self.root = root
        self.stubs = root / "stubs"
        self.stubs.mkdir(parents=True)
        self.console = root / "console"
        self.calls = root / "calls"
        self.calls.touch()
        # How long the machine of the tests has been up must not matter.
        self.place("proc/uptime", "20.00 30.00\n")
        for program in ("bootstrap", "run"):
            text = (FRAGMENTS / f"common/{program}.sh").read_text("utf-8")
            self._place(f"opt/jeroboam/{program}.sh", text, 0o755)
        for folder in ("common", "kubernetes"):
            for library in (FRAGMENTS / folder / "lib").iterdir():
                self._place(f"opt/jeroboam/lib/{library.name}", library.read_text("utf-8"))
        self.environment()
        self.stub("uname", f'printf "%s\\n" {name}.novalocal', quiet=True)
        self.stub("hostnamectl", quiet=True)
        self.stub("sleep", "exec /bin/sleep 0.02", quiet=True)
        # The disks of whoever runs the tests are as busy as they are.
        self.stub("sync", quiet=True)

    def environment(self, heat: Mapping[str, str] | None = None, **values: str) -> None:
        """Writes cluster.env and heat.env as user data does."""
        always = {
            "JEROBOAM_BOOTSTRAP_SECONDS": "600",
            "JEROBOAM_CLUSTER": "prod",
            "JEROBOAM_COE_VERSION": "1.37.2",
            "JEROBOAM_CONFIG": "0123456789ab",
            "JEROBOAM_SECRETS": "fedcba9876543210",
            "JEROBOAM_RELABEL": "true",
            "JEROBOAM_VERIFY_OPENSTACK_CA": "true",
        }
        self._place("etc/jeroboam/cluster.env", environment_text({**always, **values}))
        self._place("etc/jeroboam/heat.env", environment_text(heat or {}), 0o600)

    def files(self, files: Iterable[FileEntry]) -> None:
        """Places files as user data does."""
        for file in files:
            self._place(file.path.lstrip("/"), file.content, file.mode)

    def step(self, name: str, script: str) -> None:
        """Adds a step; `script` is bash, or the path of a fragment."""
        if script.startswith(("common/", "kubernetes/")):
            script = (FRAGMENTS / script).read_text("utf-8")
        self._place(f"opt/jeroboam/steps/{name}.sh", script, 0o755)

    def stub(self, name: str, script: str = "", *, quiet: bool = False) -> None:
        """A program that notes how it was called, then does `script`."""
        note = "" if quiet else f'printf "%s\\n" "{name} $*" >>"$JEROBOAM_ROOT/calls"\n'
        path = self.stubs / name
        path.write_text(f"#!/bin/bash\n{note}{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def run(
        self, script: str, *arguments: str, timeout: float = 60, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs a file of the node, as the unit would: with nothing but a path in its environment."""
        return self._bash([str(self.root / script.lstrip("/")), *arguments], timeout, more)

    def run_script(self, script: str, timeout: float = 60, **more: str) -> subprocess.CompletedProcess[str]:
        """Runs a step, or what a timer runs, as the bootstrap does."""
        return self.run("opt/jeroboam/run.sh", str(self.root / script), timeout=timeout, **more)

    def bash(self, text: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Runs bash text as a step."""
        self._place("text.sh", text)
        return self.run_script("text.sh", timeout)

    def bootstrap(
        self, *arguments: str, timeout: float = 60, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs the runner."""
        return self.run("opt/jeroboam/bootstrap.sh", *arguments, timeout=timeout, **more)

    def text(self, path: str) -> str:
        """A file of the node."""
        return (self.root / path.lstrip("/")).read_text(encoding="utf-8")

    def mode(self, path: str) -> int:
        """A file's permissions."""
        return stat.S_IMODE((self.root / path.lstrip("/")).stat().st_mode)

    def exists(self, path: str) -> bool:
        """Whether the node has such a file."""
        return (self.root / path.lstrip("/")).exists()

    def called(self) -> list[str]:
        """How the stubs were called, in order."""
        return self.calls.read_text(encoding="utf-8").splitlines()

    def lines(self) -> list[str]:
        """What the console shows."""
        return self.console.read_text(encoding="utf-8").splitlines() if self.console.exists() else []

    def place(self, path: str, text: str, mode: int = 0o644) -> None:
        """Writes a file of the node."""
        self._place(path.lstrip("/"), text, mode)

    def _bash(
        self, words: list[str], timeout: float, more: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        bash = shutil.which("bash")
        assert bash
        environment = {
            "PATH": f"{self.stubs}:{os.environ['PATH']}",
            "JEROBOAM_ROOT": str(self.root),
            "JEROBOAM_CONSOLE": str(self.console),
            "JEROBOAM_UPTIME": str(self.root / "proc/uptime"),
            **more,
        }
        # Into files: what a script leaves running would hold a pipe open.
        with (self.root / "stdout").open("w+b") as out, (self.root / "stderr").open("w+b") as err:
            code = subprocess.run(
                [bash, *words], env=environment, stdout=out, stderr=err, timeout=timeout
            ).returncode
        texts = [(self.root / name).read_text("utf-8", errors="replace") for name in ("stdout", "stderr")]
        return subprocess.CompletedProcess(words, code, *texts)

    def _place(self, path: str, text: str, mode: int = 0o644) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        target.chmod(mode)


def node_of(
    folder: Path,
    role: Role,
    name: str,
    cloud: Cloud,
    secrets: Mapping[str, str],
    facts: Mapping[HeatFact, str],
    **more: str,
) -> Node:
    """A node of the role with all that Ubuntu's user data gives it; `more` are further values for scripts."""
    platform = plugins.platform("ubuntu")
    assert platform is not None
    node = Node(folder / name, name)
    # What the role is not given must not be there.
    shutil.rmtree(node.root / "opt/jeroboam")
    placed = node_files.files(platform.user_data(role.config, 0).text)
    node.files(FileEntry(file.path, file.text, file.mode) for file in placed)
    node.place(platform.environment["JEROBOAM_CA_BUNDLE"], "the bundle\n")
    handles = {fact: cloud.credentials(fact.value) for fact in (HeatFact.SIGNAL, HeatFact.PROGRESS)}
    known = {HeatFact.CONFIG: "0123456789ab", HeatFact.SECRETS: "fedcba9876543210", **handles, **facts}
    heat = {
        key: secrets[value.name] if isinstance(value, SecretRef) else known[value]
        for key, value in role.config.heat_values.items()
    }
    # Its secrets are as they are once opened.
    opened = {"JEROBOAM_BOOTSTRAP_SECONDS": "60", "JEROBOAM_SEALED": ""}
    values = {**role.config.environment, **platform.environment, **opened, **more}
    node.environment(heat, **values)
    return node
