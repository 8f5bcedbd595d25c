"""What of a Mesos cluster's API is in its template: an HTTP monitor where one can ask without a password."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from jeroboam.pipeline import compile_spec
from jeroboam.serialize import yaml_text
from tests.unit.drivers.mesos.planned import MINIMAL


def _template(**changes: Any) -> dict[str, Any]:
    spec = {**MINIMAL, "masters": {"flavor": "m", "count": 3}, **changes}
    found = compile_spec("-", stdin=yaml_text(spec).encode()).value
    assert found is not None
    parsed: dict[str, Any] = yaml.safe_load(found.bundle.hot)
    return parsed


@pytest.mark.parametrize(
    ("marathon", "port", "probe"),
    [
        (True, 8080, {"type": "TCP"}),
        (False, 5050, {"type": "HTTP", "url_path": "/health", "expected_codes": "200"}),
    ],
)
def test_the_load_balancer_carries_the_api(marathon: bool, port: int, probe: dict[str, str]) -> None:
    template = _template(mesos={"marathon": marathon})
    listener = template["resources"]["api-listener"]["properties"]
    monitor = template["resources"]["api-health-monitor"]["properties"]
    assert listener["protocol_port"] == port
    assert {
        name: value for name, value in monitor.items() if name in ("type", "url_path", "expected_codes")
    } == probe


def test_the_url_says_that_it_is_http() -> None:
    start, _, end = _template()["outputs"]["api_url"]["value"]["list_join"][1]
    assert (start, end) == ("http://", ":8080")
