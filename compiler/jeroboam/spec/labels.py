"""The syntax of Kubernetes' labels, which node labels of every COE are held to, and taints.

Fact: k8s.io/apimachinery, pkg/util/validation (IsQualifiedName, IsValidLabelValue).
"""

from __future__ import annotations

import re

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
LABEL_KEY = re.compile(rf"(?:[a-z0-9](?:[a-z0-9.-]{{0,251}}[a-z0-9])?/)?{_NAME}")
LABEL_VALUE = re.compile(rf"(?:{_NAME})?")
