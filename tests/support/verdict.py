"""What a run's exit status says: in CI a skipped test is a failed one; `--rerun` tells chance from fault.

With `--rerun` what failed is run once more when all is over, alone: in a process of its own, one test after
the other. What passes then is named and counted, and the run is green; what fails twice stays red. All else
that ends a run (errors in collection or usage, Ctrl-C) keeps its status.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

MOST = 10
"""Tests that may fail by chance in one run; more of them are a fault, and not run again."""


class Outcomes:
    """Which tests failed in a step, which passed in all; ids are as without xdist, in order."""

    def __init__(self) -> None:
        self.failed: dict[str, None] = {}
        self.called: dict[str, None] = {}
        self.decisive: set[str] = set()
        self.uncollected = False

    @property
    def passed(self) -> list[str]:
        return [test for test in self.called if test not in self.failed]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # Where workers share tests by group, xdist adds the group to the id.
        test = re.sub(r"@[^@\]]+$", "", report.nodeid)
        if report.failed:
            self.failed[test] = None
            if "decisive" in report.keywords:
                self.decisive.add(test)
        elif report.passed and report.when == "call":
            self.called[test] = None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self.uncollected |= report.failed


OUTCOMES = pytest.StashKey[Outcomes]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rerun", action="store_true", help="run what failed once more, alone, at the end")
    parser.addoption("--rerun-of", metavar="FILE", help="of all tests those in FILE, which gets what passed")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.rerun and config.option.maxfail:
        raise pytest.UsageError("--rerun goes with neither -x nor --maxfail: what was not run proves nothing")
    config.stash[OUTCOMES] = Outcomes()
    config.pluginmanager.register(config.stash[OUTCOMES])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.rerun_of:
        wanted = set(json.loads(Path(config.option.rerun_of).read_text(encoding="utf-8")))
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in wanted])
        items[:] = [item for item in items if item.nodeid in wanted]


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.exitstatus == pytest.ExitCode.OK and _forbidden_skips(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if session.config.option.rerun_of:
        passed = session.config.stash[OUTCOMES].passed
        Path(session.config.option.rerun_of).write_text(json.dumps(passed), encoding="utf-8")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if skipped := _forbidden_skips(terminalreporter.config):
        terminalreporter.write_line(f"CI: {skipped} skipped tests count as failures", red=True)


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, int | None, int | None]:
    status = yield
    if not config.option.rerun or hasattr(config, "workerinput") or status != pytest.ExitCode.TESTS_FAILED:
        return status
    outcomes = config.stash[OUTCOMES]
    failed, say = list(outcomes.failed), config.get_terminal_writer().line
    if outcomes.uncollected or outcomes.decisive or not failed:
        return status
    if len(failed) > MOST:
        say(f"{len(failed)} tests failed, which is no chance: none of them is run again")
        return status
    say(f"\nrunning again, alone, what failed: {_counted(failed)}", bold=True)
    again, passed = _run_again(config.invocation_params.args, failed)
    only_again = [test for test in failed if test in passed]
    if only_again:
        say(
            f"{_counted(only_again)} passed only when run again: {', '.join(only_again)}", red=True, bold=True
        )
    if twice := [test for test in failed if test not in passed]:
        say(f"{_counted(twice)} failed twice: {', '.join(twice)}", red=True, bold=True)
    if again == pytest.ExitCode.INTERRUPTED:
        return again
    return status if again or twice or _forbidden_skips(config) else pytest.ExitCode.OK


def _forbidden_skips(config: pytest.Config) -> int:
    """How many tests were skipped where none may be: a proof that was not made is no proof."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return len(reporter.stats.get("skipped", [])) if os.environ.get("CI") and reporter else 0


def _run_again(arguments: Sequence[str], tests: Sequence[str]) -> tuple[int, list[str]]:
    """Exit status of a second pytest with the same arguments that runs `tests` alone, and which passed."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "tests.json")
        file.write_text(json.dumps(tests), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", *(word for word in arguments if word != "--rerun")]
        process = subprocess.Popen([*command, "-n0", f"--rerun-of={file}"])
        try:
            status = process.wait()
        except KeyboardInterrupt:
            # It got the same Ctrl-C, and cleans up.
            process.wait()
            return pytest.ExitCode.INTERRUPTED, []
        left: list[str] = json.loads(file.read_text(encoding="utf-8"))
        ended = status in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        return status, left if ended else []


def _counted(tests: Sequence[str]) -> str:
    return f"{len(tests)} test{'s' if len(tests) > 1 else ''}"
