"""What commands say of a version whose support ends or has ended, and the day that they go by."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from jeroboam.cli.today import VARIABLE, today
from jeroboam.drivers.kubernetes.catalogue import supported_minors
from jeroboam.model.support import Today
from jeroboam.parts.engine import known_docker
from jeroboam.pipeline import compile_spec
from tests.unit.cli.running import SPEC, Run
from tests.unit.cli.test_accepted import accepting

OLD = SPEC.replace("distro:", 'coe_version: "1.34"\ndistro:')
BEFORE, SOON, LAST, AFTER = 1789430399, 1789430400, 1793145599, 1793145600
"""The last second of 2026-09-14, six weeks and a day before the end; the next; that of the end; the next."""


class On:
    """Runs `validate` on the day of a number of seconds since 1970."""

    def __init__(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        self.run = run
        self._monkeypatch = monkeypatch

    def day(self, seconds: int | str) -> None:
        """Makes it that day."""
        self._monkeypatch.setenv(VARIABLE, str(seconds))

    def codes(self, seconds: int, spec: str, *words: str) -> dict[str, str]:
        """The codes that are found, with their severities."""
        self.day(seconds)
        Path("s.yaml").write_text(spec, encoding="utf-8")
        done = self.run("validate", "--format", "json", *words, "s.yaml")
        found = {finding["code"]: finding["severity"] for finding in json.loads(done.out)}
        assert done.status == (3 if "error" in found.values() else 0)
        return found


@pytest.fixture
def on(run: Run, monkeypatch: pytest.MonkeyPatch) -> On:
    return On(run, monkeypatch)


@pytest.mark.parametrize(
    ("seconds", "found"),
    [(BEFORE, {}), (SOON, {"JB0406": "note"}), (LAST, {"JB0406": "note"}), (AFTER, {"JB0407": "warning"})],
)
def test_it_is_told_from_six_weeks_before(on: On, seconds: int, found: dict[str, str]) -> None:
    assert on.codes(seconds, OLD) == found


def test_a_warning_is_strict_and_a_note_is_not(on: On) -> None:
    assert on.codes(LAST, OLD, "--strict") == {"JB0406": "note"}
    assert on.codes(AFTER, OLD, "--strict") == {"JB0407": "error"}
    assert on.codes(AFTER, OLD, "--error-on", "JB0407") == {"JB0407": "error"}
    assert on.run("compile", "--strict", "s.yaml").status == 3


def test_it_can_be_accepted_with_a_reason(on: On) -> None:
    spec = accepting(OLD, JB0407="upgraded in January")
    assert on.codes(AFTER, spec, "--strict") == {}
    # Near the end either is: nobody has to accept it on the very day.
    assert on.codes(LAST, spec) == {"JB0406": "note"}
    assert on.codes(LAST, accepting(OLD, JB0406="we know")) == {}
    assert on.codes(AFTER, accepting(OLD, JB0406="we know")) == {"JB0407": "warning"}


def test_what_is_accepted_of_a_version_that_was_left_is_told(on: On) -> None:
    spec = accepting(OLD.replace("1.34", "1.36"), JB0407="upgraded in January")
    assert on.codes(AFTER, spec) == {"JB0219": "warning"}
    # Without a day nobody can tell.
    assert compile_spec("-", stdin=spec.encode()).diagnostics == ()


def test_it_stands_at_the_version_or_at_the_coe(on: On) -> None:
    on.day(AFTER)
    Path("s.yaml").write_text(OLD, encoding="utf-8")
    assert "s.yaml:5:14: warning[JB0407]" in on.run("compile", "s.yaml").err
    on.day(1900000000)
    Path("s.yaml").write_text(SPEC, encoding="utf-8")
    assert "s.yaml:4:6: warning[JB0407]" in on.run("compile", "s.yaml").err


@pytest.mark.parametrize(
    "words",
    [("compile",), ("compile", "-j", "2", "t.yaml"), ("show",), ("artifacts",), ("validate",), ("graph",)],
)
def test_commands_that_read_a_spec_tell_it(on: On, words: tuple[str, ...]) -> None:
    on.day(AFTER)
    Path("s.yaml").write_text(OLD, encoding="utf-8")
    Path("t.yaml").write_text(OLD.replace("demo", "other"), encoding="utf-8")
    done = on.run(*words, "s.yaml")
    assert done.status == 0
    assert "JB0407" in done.err + done.out


def test_the_day_is_the_clocks_where_none_is_told(on: On, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setattr(time, "time", lambda: AFTER + 0.5)
    assert today() == Today("2026-10-28", "2026-12-09")
    on.day(SOON)
    assert today() == Today("2026-09-15", "2026-10-27")


@pytest.mark.parametrize(
    "told", ["", "yesterday", "1e9", "99999999999999999999", "-99999999999999", "253402300799"]
)
def test_a_day_that_is_none_is_refused(on: On, told: str) -> None:
    on.day(told)
    Path("s.yaml").write_text(SPEC, encoding="utf-8")
    done = on.run("validate", "s.yaml")
    assert done.status == 1
    assert f"{VARIABLE} is '{told}'" in done.err


@pytest.mark.parametrize(
    ("coe", "version"),
    [
        *(("kubernetes", minor) for minor in supported_minors()),
        *(("swarm", it) for it in known_docker("amd64")),
    ],
)
def test_on_the_day_of_tests_nothing_is_told_but_of_docker_28(on: On, coe: str, version: str) -> None:
    day = today()
    spec = OLD.replace("1.34", version).replace("coe: kubernetes", f"coe: {coe}")
    found = {finding.code for finding in compile_spec("-", stdin=spec.encode(), today=day).diagnostics}
    assert found & {"JB0406", "JB0407"} == ({"JB0407"} if version.startswith("28") else set())
