"""`preflight` as a user sees it, as far as no cloud is needed."""

from __future__ import annotations

import io

import pytest

from jeroboam.cli.preflight import findings_text, summary
from jeroboam.deploy.preflight import failed, nearest, without
from jeroboam.deploy.preflight.findings import CheckResult, Level
from tests.unit.cli.running import Run, bad, run, spec

__all__ = ["bad", "run", "spec"]

FOUND = (
    CheckResult("image-exists", Level.OK, "each image exists"),
    CheckResult("flavor-exists", Level.ERROR, "flavor 'x' is missing", "these fit: y", "/masters/flavor"),
    CheckResult("flavor-exists", Level.ERROR, "flavor 'z' is missing"),
    CheckResult("dns", Level.WARNING, "no DNS servers"),
    CheckResult("floating-ip-pool", Level.UNCHECKED, "the cloud does not tell"),
)


def test_what_is_not_ok_is_printed_with_its_place_and_what_to_do() -> None:
    assert findings_text(FOUND, io.StringIO()) == (
        "error[flavor-exists]: flavor 'x' is missing\n"
        "  = at /masters/flavor\n"
        "  = help: these fit: y\n"
        "error[flavor-exists]: flavor 'z' is missing\n"
        "warning[dns]: no DNS servers\n"
        "unchecked[floating-ip-pool]: the cloud does not tell\n"
    )


def test_a_check_counts_once_however_much_it_finds() -> None:
    assert summary(FOUND) == "1 check passed, 1 failed, 1 with warnings, 1 could not be checked"
    assert summary(FOUND[:1] * 2) == "1 check passed, 0 failed"


def test_an_ignored_check_is_as_if_it_were_not_there() -> None:
    assert failed(FOUND)
    assert not failed(without(FOUND, ["flavor-exists"]))


@pytest.mark.parametrize(
    ("typed", "meant"), [("image-exist", "image-exists"), ("Quota_Cores", "quota-cores"), ("qqq", None)]
)
def test_a_misspelt_id_is_recognised(typed: str, meant: str | None) -> None:
    assert nearest(typed) == meant


def test_an_id_that_no_check_has_is_a_usage_error(run: Run, spec: str) -> None:
    done = run("preflight", "--ignore", "quota-core", spec)
    assert done.status == 2
    assert "there is no check 'quota-core'; did you mean 'quota-cores'?" in done.err


def test_a_spec_with_errors_is_not_asked_about(run: Run, bad: str) -> None:
    done = run("preflight", bad)
    assert (done.status, done.out) == (3, "")
    assert "error[JB" in done.err
