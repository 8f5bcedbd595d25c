"""Any spec that the compiler accepts becomes a template that the real Heat engine accepts."""

from __future__ import annotations

import base64
import json
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st

from tests.properties.strategies import DEPTH, Spec, specs
from tests.support import heat_engine, hot, node_files
from tests.support.cases import CompiledTexts, RefusedError, compiled_text

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""Without shrinking, which would compile for minutes: a spec is readable as it is."""


def compiled_or_rejected(spec: Spec, layout: str) -> CompiledTexts:
    with tempfile.TemporaryDirectory() as folder:
        try:
            return compiled_text(json.dumps(spec), Path(folder), layout)
        except RefusedError as refused:
            for line in refused.args:
                event(f"refused: {line.split()[0]}")
            assume(False)
            raise


@settings(
    max_examples=15 * DEPTH,
    phases=PHASES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)
@given(specs(), st.sampled_from(["single", "nested"]))
def test_heat_accepts_what_the_compiler_accepts(spec: Spec, layout: str) -> None:
    bundle = compiled_or_rejected(spec, layout)
    assert heat_engine.refusal({p: bundle.files[p] for p in bundle.templates}, bundle.hot) is None
    for path in bundle.templates:
        assert hot.faults(hot.parse(bundle.files[path])) == []
        assert hot.conflicts(hot.parse(bundle.files[path])) == []
    for document in node_files.user_data(bundle).values():
        assert len(base64.b64encode(document.encode())) <= 65_535
        assert node_files.files(document)


@settings(
    max_examples=5 * DEPTH,
    phases=PHASES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)
@given(specs(), st.data())
def test_a_group_more_leaves_the_others_alone(spec: Spec, data: st.DataObject) -> None:
    """Adding a node group, or a node to one, changes no resource that was there before."""
    before = hot.parse(compiled_or_rejected(spec, "single").files[f"{spec['name']}.hot.yaml"])["resources"]
    if spec["node_groups"] and data.draw(st.booleans(), label="grow a group"):
        spec["node_groups"][0]["count"] += 1
    else:
        spec["node_groups"].append({"name": "zz-added", "flavor": "m1.small"})
    after = hot.parse(compiled_or_rejected(spec, "single").files[f"{spec['name']}.hot.yaml"])["resources"]
    assert before.keys() <= after.keys()
    replaced = {
        "OS::Nova::Server",
        "OS::Neutron::Port",
        "OS::Cinder::Volume",
        "OS::Neutron::Net",
        "OS::Neutron::Subnet",
    }
    for name, resource in before.items():
        if resource["type"] in replaced:
            assert after[name] == resource, name
