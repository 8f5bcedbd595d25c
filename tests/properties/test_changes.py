"""Between any two specs that are accepted, each property that differs has an effect that is named."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, assume, given, settings

from jeroboam import plugins
from jeroboam.deploy.plan.text import effect_text
from jeroboam.spec import read
from jeroboam.spec.change.compare import changes
from jeroboam.spec.change.effects import effects
from jeroboam.spec.change.record import GROUPS, Record, parse, property_of, record, text
from tests.properties.strategies import DEPTH, Spec, specs
from tests.properties.test_specs import PHASES


def _recorded(spec: Spec) -> Record:
    with TemporaryDirectory() as folder:
        path = Path(folder, "cluster.yaml")
        path.write_text(json.dumps(spec), encoding="utf-8")
        found = read(str(path))
    assume(found.value is not None)
    assert found.value is not None
    bound = found.value.spec
    return record(found.value.document, bound.coe_version or "9.9", bound.heat.layout)


@settings(
    max_examples=40 * DEPTH,
    phases=PHASES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(specs(), specs())
def test_no_pair_passes_without_a_named_effect(one: Spec, other: Spec) -> None:
    old, new = _recorded(one), _recorded(other)
    driver = plugins.driver(str(new["coe"]))
    assert driver is not None
    found = changes(old, new, driver.changes)
    told = {change.path for change in found}
    for path in old.keys() | new.keys():
        if old.get(path) != new.get(path):
            group = property_of(path)[1]
            assert path in told or f"{GROUPS}.{group}" in told, path
    for change in found:
        assert old.get(change.path) != new.get(change.path) or change.name == GROUPS
        assert change.name == GROUPS or effects(change.name), "of this release, so known to it"
        assert effect_text(change)
        assert change.instead or not change.refused
    for before in (old, new):
        assert parse(text(before)) == before
        assert changes(before, before, driver.changes) == ()
