"""The table of what Heat updates in place is what the engine's schemas say."""

from __future__ import annotations

import json

import pytest

from jeroboam.deploy.plan import effects
from jeroboam.resources import data
from tests.unit.deploy.plan.heat_schemas import table


@pytest.mark.slow
def test_the_table_is_the_engines() -> None:
    assert json.loads(data(effects.__file__, "properties.json")) == table()


def test_what_no_schema_knows_replaces() -> None:
    assert effects.outcome("OS::Nova::Server", "nosuch", {}, {"nosuch": 1}).effect is effects.Effect.REPLACE
    assert effects.outcome("Acme::Thing", "name", {}, {}).effect is effects.Effect.REPLACE


def test_a_volume_cannot_shrink() -> None:
    said = effects.outcome("OS::Cinder::Volume", "size", {"size": 2}, {"size": 1})
    assert said.note == "a volume cannot shrink: the update will fail"
