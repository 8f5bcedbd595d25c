"""Each of the usual troubles is met by causes, checks and codes that exist, or is said not to be seen."""

from __future__ import annotations

import re

import pytest

from jeroboam.deploy.diagnosis.causes import causes
from jeroboam.deploy.diagnosis.pains import Pain, pains
from jeroboam.deploy.diagnosis.table import markdown
from jeroboam.deploy.preflight import IDS
from jeroboam.diagnostics import CODES

each = pytest.mark.parametrize("pain", pains(), ids=[str(n) for n, _ in enumerate(pains(), 1)])


def test_there_are_twenty_five_of_them() -> None:
    assert len({pain.pain for pain in pains()}) == 25


@each
def test_what_meets_it_exists(pain: Pain) -> None:
    assert set(pain.causes) <= set(causes())
    assert set(pain.checks) <= set(IDS)
    assert set(pain.codes) <= set(CODES)


@each
def test_it_is_seen_or_it_is_said_why_not(pain: Pain) -> None:
    assert bool(pain.causes) != bool(pain.unseen)
    assert pain.causes or pain.otherwise


def test_the_page_has_every_cause_and_no_pattern_of_one() -> None:
    page = markdown()
    for cause in causes().values():
        assert page.count(f"\n| `{cause.id}` | ") == 1
    assert not re.search(r"[{}]", page)
