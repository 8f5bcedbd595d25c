"""Families of large input: a shape of YAML, of a spec or of a file that it names, at any size."""

from __future__ import annotations

from tests.support.families.clusters import CLUSTERS
from tests.support.families.named import NAMED
from tests.support.families.properties import PROPERTIES
from tests.support.families.shapes import Family, Files
from tests.support.families.yaml_text import YAML

__all__ = ["FAMILIES", "Family", "Files"]

FAMILIES = (*YAML, *PROPERTIES, *CLUSTERS, *NAMED)
