"""Each of the usual troubles is met by causes, checks and codes that exist, or is said not to be seen."""

from __future__ import annotations

import re

import pytest

from docs.generators import known_causes
from docs.generators.troubles import Trouble, troubles
from jeroboam.deploy.diagnosis.causes import causes
from jeroboam.deploy.preflight import IDS
from jeroboam.diagnostics import CODES

each = pytest.mark.parametrize("trouble", troubles(), ids=[str(n) for n, _ in enumerate(troubles(), 1)])


@each
def test_what_meets_it_exists(trouble: Trouble) -> None:
    assert set(trouble.causes) <= set(causes())
    assert set(trouble.checks) <= set(IDS)
    assert set(trouble.codes) <= set(CODES)


@each
def test_it_is_seen_or_it_is_said_why_not(trouble: Trouble) -> None:
    assert bool(trouble.causes) != bool(trouble.unseen)
    assert trouble.causes or trouble.otherwise


def test_the_page_shows_no_pattern_of_a_cause() -> None:
    assert not re.search(r"[{}]", known_causes.markdown())
