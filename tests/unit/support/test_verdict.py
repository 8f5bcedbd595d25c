"""`pytest --rerun`, by little sessions: what is chance turns green and is named, all else stays as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.cases import ROOT
from tests.support.verdict import MOST

pytestmark = pytest.mark.slow

BY_CHANCE = """
from pathlib import Path

def test_by_chance():
    ran = Path(__file__).with_suffix(".ran")
    if not ran.exists():
        ran.touch()
        assert False, "the text of the first failure"
"""
ALWAYS = "def test_always():\n    assert False, 'the text of the fault'\n"
PASSES = "def test_passes():\n    pass\n"
SKIPPED = "import pytest\n\ndef test_skipped():\n    pytest.skip('lacks something')\n"
GREEN, RED, INTERRUPTED, MISUSED = 0, 1, 2, 4
NAMED = "1 test passed only when run again: test_by_chance.py::test_by_chance"


# What a shell starts in the background, such as a whole run of CI, has Ctrl-C ignored.
_INTERRUPTIBLE = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("pytest", run_name="__main__", alter_sys=True)
"""


def started(folder: Path, *arguments: str, ci: bool = False, **modules: str) -> subprocess.Popen[str]:
    """A pytest in `folder` over test modules given as texts by name."""
    for name, text in modules.items():
        (folder / f"test_{name}.py").write_text(text, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = decisive\n", encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if k != "CI" and not k.startswith("PYTEST_")}
    environment |= {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", _INTERRUPTIBLE, "-p", "xdist", "-p", "tests.support.verdict", *arguments],
        cwd=folder, env=environment | ({"CI": "true"} if ci else {}), start_new_session=True,
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def ended(folder: Path, *arguments: str, ci: bool = False, **modules: str) -> tuple[int, str]:
    """Its exit status and what it said."""
    process = started(folder, *arguments, ci=ci, **modules)
    said, _ = process.communicate(timeout=120)
    return process.returncode, said


def test_what_passes_at_once_is_not_run_again(tmp_path: Path) -> None:
    status, said = ended(tmp_path, "--rerun", passes=PASSES)
    assert status == GREEN
    assert "again" not in said


@pytest.mark.parametrize("workers", [(), ("-n2", "--dist=loadgroup")], ids=["alone", "xdist"])
def test_what_failed_by_chance_is_named_and_green(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """Of a group too, whose name xdist adds to the test's."""
    mark = "import pytest\n\npytestmark = pytest.mark.xdist_group('some')\n"
    status, said = ended(tmp_path, "--rerun", *workers, by_chance=mark + BY_CHANCE, passes=PASSES)
    assert status == GREEN
    assert said.splitlines()[-1] == NAMED
    assert "the text of the first failure" in said
    assert "1 passed, 1 deselected" in said


def test_what_fails_twice_is_red(tmp_path: Path) -> None:
    """And still shown as it failed first; chance beside it is named."""
    status, said = ended(tmp_path, "--rerun", always=ALWAYS, by_chance=BY_CHANCE, passes=PASSES)
    assert status == RED
    assert said.count("E       AssertionError: the text of the fault") == 2
    assert said.splitlines()[-2:] == [NAMED, "1 test failed twice: test_always.py::test_always"]


def test_without_the_option_nothing_is_run_again(tmp_path: Path) -> None:
    assert ended(tmp_path, by_chance=BY_CHANCE)[0] == RED


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_module_that_cannot_be_collected_is_red(tmp_path: Path, workers: str) -> None:
    broken = "import no_such_module\n"
    more = "--continue-on-collection-errors"
    status, said = ended(tmp_path, "--rerun", workers, more, broken=broken, by_chance=BY_CHANCE)
    assert status in (RED, INTERRUPTED)
    assert "no_such_module" in said
    assert "again" not in said


def test_wrong_arguments_keep_their_status(tmp_path: Path) -> None:
    assert ended(tmp_path, "--rerun", "--no-such-option", passes=PASSES)[0] == MISUSED
    status, said = ended(tmp_path, "--rerun", "-x", passes=PASSES)
    assert status == MISUSED
    assert "--rerun goes with neither -x nor --maxfail" in said


def test_a_decisive_failure_is_one(tmp_path: Path) -> None:
    mark = "import pytest\n\npytestmark = pytest.mark.decisive\n"
    status, said = ended(tmp_path, "--rerun", by_chance=mark + BY_CHANCE)
    assert status == RED
    assert "again" not in said


def test_many_failures_are_no_chance(tmp_path: Path) -> None:
    many = "".join(ALWAYS.replace("always", f"always_{number}") for number in range(MOST + 1))
    status, said = ended(tmp_path, "--rerun", many=many)
    assert status == RED
    assert said.splitlines()[-1] == f"{MOST + 1} tests failed, which is no chance: none of them is run again"


def test_a_skip_in_ci_stays_red(tmp_path: Path) -> None:
    status, said = ended(tmp_path, "--rerun", ci=True, by_chance=BY_CHANCE, skipped=SKIPPED)
    assert status == RED
    assert "CI: 1 skipped tests count as failures" in said
    assert ended(tmp_path, "--rerun", ci=True, passes=PASSES, skipped=SKIPPED)[0] == RED


def test_ctrl_c_ends_the_second_run_too(tmp_path: Path) -> None:
    """It ends by its own clean-up, and the whole as interrupted."""
    waits = f"""{BY_CHANCE}    else:
        import time
        try:
            ran.with_suffix(".waits").touch()
            time.sleep(60)
        finally:
            ran.with_suffix(".cleaned").touch()
"""
    process = started(tmp_path, "--rerun", by_chance=waits)
    while process.poll() is None and not (tmp_path / "test_by_chance.waits").exists():
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED
    assert (tmp_path / "test_by_chance.cleaned").exists()


def test_tests_of_a_group_share_a_worker(tmp_path: Path) -> None:
    """Which tests of clouds and daemons need; a pytest that is too new for xdist spreads them, in silence."""
    grouped = """
import os, pathlib, pytest

@pytest.mark.xdist_group("some")
@pytest.mark.parametrize("number", range(4))
def test_of_a_group(number):
    pathlib.Path(os.environ["PYTEST_XDIST_WORKER"] + ".ran").touch()
"""
    assert ended(tmp_path, "-n2", "--dist=loadgroup", grouped=grouped)[0] == GREEN
    assert len(list(tmp_path.glob("*.ran"))) == 1
