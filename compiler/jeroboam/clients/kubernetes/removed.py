"""Which of the API's versions that somebody still uses a newer Kubernetes has no more.

Fact: an API server counts requests for deprecated versions since it started, with the release that removes
each (`apiserver_requested_deprecated_apis`, k8s.io/apiserver/pkg/endpoints/metrics).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from jeroboam.spec.change.rules import numbers

_METRIC = re.compile(
    r"^apiserver_requested_deprecated_apis\{(?P<labels>[^}]*)\} (?P<value>\S+)$", re.MULTILINE
)
_LABEL = re.compile(r'(\w+)="([^"]*)"')


def removed(metrics: str, version: str) -> Iterable[str]:
    """What `version`, such as `1.37.2`, does not have and was asked for, a sentence each."""
    for found in _METRIC.finditer(metrics):
        labels = dict(_LABEL.findall(found["labels"]))
        release = labels.get("removed_release", "")
        if found["value"] != "0" and release and numbers(release)[:2] <= numbers(version)[:2]:
            name = "/".join(filter(None, (labels.get("group"), labels.get("version"))))
            yield (
                f"somebody asks for {labels.get('resource', '?')} of {name}, "
                f"which Kubernetes {release} has no more"
            )
