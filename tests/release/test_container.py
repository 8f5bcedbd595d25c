"""The Containerfile: its lines are sound, and the one that installs Jeroboam does so, without a container."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cases import GOLDEN, ROOT
from tests.support.day import DAY

pytestmark = pytest.mark.release


def _instructions() -> list[tuple[str, str]]:
    """Each instruction with what follows it, continued lines joined."""
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    lines = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines if line]


def test_its_lines_are_sound() -> None:
    lines = _instructions()
    known = {"ARG", "FROM", "COPY", "RUN", "ENV", "USER", "WORKDIR", "ENTRYPOINT", "CMD"}
    assert {word for word, _ in lines} <= known
    arguments = dict(rest.split("=", 1) for word, rest in lines if word == "ARG")
    assert arguments["PYTHON"].startswith(f"{sys.version_info.major}.")
    for word, rest in lines:
        if word == "FROM":
            assert rest.split()[0] == "docker.io/library/python:${PYTHON}"
        elif word == "RUN":
            done = subprocess.run(
                [Path(sys.executable).parent / "shellcheck", "--shell=sh", "--exclude=SC2154", "-"],
                input=rest, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout
        elif word in ("ENTRYPOINT", "CMD"):
            assert re.fullmatch(r'\["[^"]*"\]', rest)
    # Nobody in it is root, and nothing comes in but what a line of .containerignore lets in.
    assert [rest for word, rest in lines if word == "USER"] == ["1000:1000"]
    taken = next(rest for word, rest in lines if word == "COPY").split()[:-1]
    ignored = (ROOT / ".containerignore").read_text(encoding="utf-8").splitlines()
    assert ignored == ["*", "!dist/*.whl", "!tests/constraints.txt"]
    assert taken == ["dist/jeroboam-*-py3-none-any.whl", "tests/constraints.txt"]


def test_the_line_that_installs_it_does(tmp_path: Path) -> None:
    """With its clients, in the pinned versions, in an environment that has nothing else."""
    lines = _instructions()
    (install,) = (rest for word, rest in lines if word == "RUN" and "pip" in rest)
    (extras,) = (
        rest.partition("=")[2] for word, rest in lines if word == "ARG" and rest.startswith("EXTRAS")
    )
    wheel = tmp_path / "wheel"
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", wheel, ROOT],
        check=True, capture_output=True, timeout=600,
    )  # fmt: skip
    (wheel / "constraints.txt").write_bytes((ROOT / "tests/constraints.txt").read_bytes())
    home = tmp_path / "opt"
    line = install.replace("/opt/jeroboam", shlex.quote(str(home))).replace("/wheel", shlex.quote(str(wheel)))
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "PIP_INDEX_URL", "SSL_CERT_FILE", "HOME")}
    # Compiling what it brings takes longer than all the rest.
    done = subprocess.run(
        ["sh", "-eu", "-c", line], env=kept | {"EXTRAS": extras, "PIP_NO_COMPILE": "1"},
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    entry = home / "bin/jeroboam"
    spec = GOLDEN / "swarm/flatcar/minimal/cluster.yaml"
    done = subprocess.run(
        [entry, "compile", spec], cwd=tmp_path, env=DAY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    clients = "import docker, heatclient, keystoneauth1, kubernetes, openstack"
    subprocess.run([home / "bin/python", "-c", clients], env={}, check=True)
