"""What a diagnosis draws is made of the templates that Heat keeps."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from jeroboam.deploy.diagnosis.gather import _Asker, _topology
from jeroboam.topology import Topology
from tests.support.cases import compiled
from tests.unit.deploy.diagnosis.facts import stack
from tests.unit.topology.samples import HA, of_case


def drawn(template: Any, files: Any) -> tuple[Topology | None, list[str]]:
    """The topology from a Heat that answers so, and what could not be asked."""
    asker = _Asker()
    stacks = SimpleNamespace(template=lambda _: template, files=lambda _: files)
    cloud: Any = SimpleNamespace(heat=SimpleNamespace(stacks=stacks))
    return _topology(cloud, stack(), asker), [question.what for question in asker.unasked]


@pytest.mark.parametrize("layout", ["single", "nested"])
def test_it_is_that_of_the_spec(layout: str) -> None:
    bundle = compiled(HA.spec, layout)
    # Heat names files by the address that its client gave them.
    files = {f"file:///build/payments/{name}": bundle.files[name] for name in bundle.templates[1:]}
    found, unasked = drawn(yaml.safe_load(bundle.files[bundle.hot]), files)
    assert (found, unasked) == (of_case(HA, layout), [])


def test_a_template_of_others_or_changed_by_them_has_none() -> None:
    ours = yaml.safe_load(compiled(HA.spec).files[compiled(HA.spec).hot])
    ours["resources"]["worker-allow-ssh-from-192-0-2-0-24"]["properties"]["security_group"] = "theirs"
    for template in ({"resources": {"a": {"type": "OS::Nova::Server"}}}, ours):
        assert drawn(template, {}) == (None, [])
