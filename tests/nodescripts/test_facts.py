"""The throw-away machines play Heat whole: a value that it fills in and no machine knows boots no node."""

from __future__ import annotations

from jeroboam.model.types import HeatFact
from tests.nodescripts.clusters import FACTS


def test_every_value_of_heat_is_played() -> None:
    assert FACTS.keys() == set(HeatFact)
