"""Runs killed by SIGKILL while they write files, and two at once: nothing mixed, nothing lost, nothing left.

Each run is a process of its own that says when it is about to write; how long after that it is killed is
drawn from a fixed seed. What every single step leaves is tested in tests/unit; here time decides.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random

import pytest
import yaml

from tests.support.cases import ROOT
from tests.support.command import RUN
from tests.support.day import DAY
from tests.unit.cli.running import SPEC

pytestmark = [pytest.mark.kills, pytest.mark.decisive]

KILLS = int(os.environ.get("JEROBOAM_TEST_KILLS", "300"))
ROUNDS = int(os.environ.get("JEROBOAM_TEST_ROUNDS", "50"))
ENVIRONMENT = {"PYTHONPATH": str(ROOT / "compiler"), "PATH": os.environ["PATH"], **DAY}
OTHER = SPEC.replace("m1.large", "m1.small").replace("name: default", "name: pool")
OWN = {"NOTES.md": b"mine\n", "user-data/NOTES.md": b"mine too\n"}
FILE = "demo.secrets.yaml"
DEPLOY = """
import sys
from jeroboam.cli.secrets import kept
from jeroboam.pipeline import plan_spec
model = plan_spec("demo.yaml").value
kept("demo", model.secrets, "demo.secrets.yaml", "demo.yaml", first=True, make=True)
"""
TELLING = """
import os, sys
told = []
def hook(event, arguments):
    if event == "fcntl.flock" and not told:
        told.append(event)
        os.write(1, b"!")
sys.addaudithook(hook)
"""
COMPILE, SECRETS = ["compile", "demo.yaml"], ["secrets", "demo.yaml"]


def started(folder: Path, arguments: Sequence[str], code: str = RUN) -> subprocess.Popen[bytes]:
    """A run that writes `!` to its standard output before it writes anything to a disk."""
    return subprocess.Popen(
        [sys.executable, "-c", f"{TELLING}\n{code}", *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def killed(run: subprocess.Popen[bytes], random: Random, longest: float) -> bool:
    """Whether it was killed, up to `longest` seconds after it began to write, before it was done."""
    assert run.stdout is not None
    with run:
        run.stdout.read(1)
        time.sleep(random.uniform(0, longest))
        run.kill()
    return run.returncode == -signal.SIGKILL


@cache
def seconds(folder: Path, *arguments: str) -> float:
    """How long a run writes, and a bit."""
    run = started(folder, arguments)
    assert run.stdout is not None
    with run:
        run.stdout.read(1)
        begun = time.monotonic()
        run.communicate()
    assert run.returncode == 0
    return (time.monotonic() - begun) * 1.2


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def finished(folder: Path, arguments: Sequence[str], code: str = RUN) -> None:
    run = started(folder, arguments, code)
    _, said = run.communicate()
    assert run.returncode == 0, said


@pytest.fixture
def bundles(tmp_path: Path) -> list[dict[str, bytes]]:
    """What `demo.yaml` compiles to with either spec, with a user's own files; the first is in `build`."""
    found = []
    for text in (OTHER, SPEC):
        (tmp_path / "demo.yaml").write_text(text, encoding="utf-8")
        finished(tmp_path, COMPILE)
        for path, content in OWN.items():
            (tmp_path / "build/demo" / path).write_bytes(content)
        found.append(files(tmp_path / "build/demo"))
    return found


def test_compile(tmp_path: Path, bundles: list[dict[str, bytes]]) -> None:
    random, seen = Random(1), Counter[str]()
    longest = 0.0
    for number in range(KILLS):
        text = (OTHER, SPEC)[number % 2]
        (tmp_path / "demo.yaml").write_text(text, encoding="utf-8")
        if not longest:
            longest = seconds(tmp_path, *COMPILE)
            continue
        before = files(tmp_path / "build/demo")
        done = not killed(started(tmp_path, COMPILE), random, longest)
        after = files(tmp_path / "build/demo")
        seen["done" if done else "killed"] += 1
        seen["mixed" if after not in bundles else "old" if after == before else "new"] += 1
        seen["left one"] += len(list((tmp_path / "build").iterdir())) > 1
        finished(tmp_path, COMPILE)
        seen["temporaries"] += len(list((tmp_path / "build").iterdir())) - 1
        seen["lost"] += files(tmp_path / "build/demo") != bundles[number % 2]
    told("compile", seen)
    assert (seen["mixed"], seen["lost"], seen["temporaries"]) == (0, 0, 0)
    assert seen["old"]
    assert seen["new"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (SECRETS, RUN),
        ([*SECRETS, "--rotate", "--even-if-deployed", "--yes"], RUN),
        ([], DEPLOY),
    ],
    ids=["secrets", "rotate", "deploy"],
)
def test_secrets(arguments: list[str], code: str, tmp_path: Path) -> None:
    random, seen = Random(2), Counter[str]()
    (tmp_path / "demo.yaml").write_text(SPEC, encoding="utf-8")
    longest = seconds(tmp_path, *SECRETS)
    for _ in range(KILLS):
        rotating = "--rotate" in arguments
        if not rotating:
            shutil.rmtree(tmp_path)
            tmp_path.mkdir()
            (tmp_path / "demo.yaml").write_text(SPEC, encoding="utf-8")
        held = sets(tmp_path)
        done = not killed(started(tmp_path, arguments, code), random, longest)
        seen["done" if done else "killed"] += 1
        seen["temporaries of killed runs"] += len(temporaries(tmp_path))
        after = sets(tmp_path)
        seen["made" if after != held else "not made"] += 1
        # Each set of values that was there before, and a set that was seen after a kill, is there to the end.
        finished(tmp_path, SECRETS)
        seen["lost"] += not (held <= sets(tmp_path) and after <= sets(tmp_path))
        seen["temporaries"] += len(temporaries(tmp_path))
    told(f"secrets {' '.join(arguments[2:])}" if arguments else "deploy", seen)
    assert (seen["lost"], seen["temporaries"]) == (0, 0)
    assert seen["made"]
    assert seen["killed"]


def test_two_compile_at_once(tmp_path: Path, bundles: list[dict[str, bytes]]) -> None:
    seen = Counter[str]()
    for number, text in enumerate((SPEC, OTHER)):
        (tmp_path / f"{number}.yaml").write_text(text, encoding="utf-8")
    for _ in range(ROUNDS):
        runs = [started(tmp_path, ["compile", f"{number}.yaml"]) for number in (0, 1)]
        said = [run.communicate()[1] for run in runs]
        assert [run.returncode for run in runs] == [0, 0], said
        after = files(tmp_path / "build/demo")
        seen["mixed" if after not in bundles else "whole"] += 1
        seen["temporaries"] += len(list((tmp_path / "build").iterdir())) - 1
    told("two compile at once", seen)
    assert seen == {"whole": ROUNDS, "temporaries": 0}


@pytest.mark.parametrize("codes", [(RUN, RUN), (RUN, DEPLOY)], ids=["secrets", "deploy"])
def test_two_make_secrets_at_once(codes: tuple[str, str], tmp_path: Path) -> None:
    seen = Counter[str]()
    tell = "\nfrom pathlib import Path\nsys.stdout.buffer.write(Path('demo.secrets.yaml').read_bytes())"
    for number in range(ROUNDS):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "demo.yaml").write_text(SPEC, encoding="utf-8")
        # As soon as one is done, it looks at what is there: that must be there to the end.
        codes_telling = [
            (
                f"try:\n    {RUN}\nexcept SystemExit as ended:\n    assert not ended.code"
                if code == RUN
                else code
            )
            + tell
            for code in codes
        ]
        runs = [started(folder, SECRETS, code) for code in codes_telling]
        outputs = [run.communicate() for run in runs]
        assert [run.returncode for run in runs] == [0, 0], outputs
        at_the_end = (folder / FILE).read_bytes()
        seen["one set" if {out.removeprefix(b"!") for out, _ in outputs} == {at_the_end} else "lost"] += 1
        seen["temporaries"] += len(temporaries(folder))
    told("two make secrets at once", seen)
    assert seen == {"one set": ROUNDS, "temporaries": 0}


def sets(folder: Path) -> set[str]:
    """The private keys of CAs in all secrets files of a folder, each file whole; a temporary is none yet."""
    found = set()
    for path in {*folder.glob("*.secrets.yaml")} - {*temporaries(folder)}:
        assert path.stat().st_mode & 0o777 == 0o600
        found.add(yaml.safe_load(path.read_text(encoding="utf-8"))["parameters"]["cluster_ca_key"])
    return found


def temporaries(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(".")]


def told(what: str, seen: Counter[str]) -> None:
    """Shown by pytest's -rP."""
    print(f"{what}: " + ", ".join(f"{count} {name}" for name, count in sorted(seen.items())))
