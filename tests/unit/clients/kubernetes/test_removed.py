"""What a newer Kubernetes has no more and is still asked for, by an API server's own count."""

from __future__ import annotations

import pytest

from jeroboam.clients.kubernetes.removed import removed

COUNTED = "apiserver_requested_deprecated_apis"


def _counted(value: int, **labels: str) -> str:
    said = ",".join(f'{name}="{text}"' for name, text in labels.items())
    return f"{COUNTED}{{{said}}} {value}\n"


METRICS = (
    f"# HELP {COUNTED} [STABLE] Gauge of deprecated APIs\n# TYPE {COUNTED} gauge\n"
    + _counted(1, group="flow.k8s.io", removed_release="1.32", resource="flowschemas", version="v1beta3")
    + _counted(1, group="", removed_release="", resource="componentstatuses", version="v1")
    + _counted(0, group="storage.k8s.io", removed_release="1.38", resource="csinodes", version="v1beta1")
    + 'apiserver_request_total{code="200",group="flow.k8s.io"} 12\n'
)


@pytest.mark.parametrize(("version", "count"), [("1.31.9", 0), ("1.32.0", 1), ("1.37.2", 1), ("1.38.0", 1)])
def test_what_the_version_has_no_more(version: str, count: int) -> None:
    said = "somebody asks for flowschemas of flow.k8s.io/v1beta3, which Kubernetes 1.32 has no more"
    assert [*removed(METRICS, version)] == [said] * count
