"""Whatever a template of Magnum holds, its import ends in a spec or in findings, and tells no secret."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jeroboam.diagnostics import has_errors
from jeroboam.diagnostics.text import text
from jeroboam.imports.magnum import import_magnum
from jeroboam.imports.magnum.table import magnum_table
from jeroboam.pipeline import compile_spec
from tests.properties.strategies import DEPTH, HOSTILE_TEXTS
from tests.properties.test_specs import PHASES
from tests.support.magnum import CLUSTER, TEMPLATE, judge

TABLE = magnum_table()
PASSWORD = "Tr0ub4dor-and-3"
LIKELY = st.sampled_from(
    [
        "true", "False", "0", "1", "40", "99999", "-3", "1.5", "v1.36.1", "v1.28.9-rancher1", "10.0.0.0/8",
        "10.100.0.0/16", "192.0.2.0/24,198.51.100.7/32", "10.0.0.1/33", "az1", "vxlan", "udp", "calico",
        "--v=2", "--v 3 --x", "--feature-gates=A=true", "'", "a,b,,a", "docker/runtime", "example.org/",
        "systemd", "cgroupfs", "-", "", "ovn", "cinder", "rexray", "PodSecurityPolicy,NodeRestriction",
        f"https://user:{PASSWORD}@example.org/a", f"user:{PASSWORD}@example.org", f"--token={PASSWORD}",
        f'{{"password": "{PASSWORD}"}}',
    ]
)  # fmt: skip
ANY = st.none() | st.booleans() | st.integers(-5, 10**6) | st.floats(allow_nan=False) | LIKELY | HOSTILE_TEXTS
LABELS = st.dictionaries(
    st.sampled_from([row.name for row in TABLE.labels]) | st.text(max_size=12) | HOSTILE_TEXTS,
    ANY,
    max_size=12,
)
ATTRIBUTES = st.dictionaries(st.sampled_from([row.name for row in TABLE.attributes]), ANY, max_size=6)
COES = st.sampled_from([(driver.coe, driver.distro) for driver in TABLE.drivers])


def _imports(template: dict[str, Any], cluster: dict[str, Any] | None) -> None:
    second = None if cluster is None else ("cluster.json", json.dumps(cluster))
    made = import_magnum(("template.json", json.dumps(template)), second, judge)
    told = text(made.diagnostics, made.sources)
    assert PASSWORD not in told + (made.spec or "")
    if made.spec is None:
        assert has_errors(made.diagnostics)
        return
    assert not has_errors(made.diagnostics)
    assert yaml.safe_load(made.spec)["kind"] == "cluster"
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]", made.spec)
    compiled = compile_spec("-", stdin=made.spec.encode())
    # It compiles, or it is told why not, at its place.
    assert (compiled.value is None) == has_errors(compiled.diagnostics)
    assert all(finding.span for finding in compiled.diagnostics)
    assert {"JB0103", "JB0106", "JB0107", "JB0201", "JB0202", "JB0203", "JB0213"}.isdisjoint(
        finding.code for finding in compiled.diagnostics
    )


@settings(
    max_examples=40 * DEPTH, phases=PHASES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)  # fmt: skip
@given(COES, LABELS, LABELS | st.none())
@example(("kubernetes", "fedora-coreos"), {"kubelet_options": f"--v=2 --token-b {PASSWORD}"}, None)
def test_any_labels(coe: tuple[str, str], labels: dict[str, Any], more: dict[str, Any] | None) -> None:
    template = {**TEMPLATE, "coe": coe[0], "cluster_distro": coe[1], "network_driver": None, "labels": labels}
    _imports(template, None if more is None else {**CLUSTER, "labels": more})


@settings(
    max_examples=40 * DEPTH, phases=PHASES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)  # fmt: skip
@given(ATTRIBUTES, ATTRIBUTES | st.none())
def test_any_attributes(template: dict[str, Any], cluster: dict[str, Any] | None) -> None:
    _imports({**TEMPLATE, **template}, None if cluster is None else {**CLUSTER, **cluster})


@settings(max_examples=200 * DEPTH, phases=PHASES)
@given(HOSTILE_TEXTS | st.text(), HOSTILE_TEXTS | st.none())
def test_any_text(template: str, cluster: str | None) -> None:
    second = None if cluster is None else ("cluster.json", cluster)
    made = import_magnum(("template.json", template), second, judge)
    assert made.spec is not None or has_errors(made.diagnostics)
    assert all(finding.span and finding.hint for finding in made.diagnostics)
