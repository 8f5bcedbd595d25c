"""YAML as a tree whose nodes know their lines, for those who tell where a mistake is."""

from __future__ import annotations

from typing import Any

import yaml


def yaml_nodes(text: bytes) -> Any:
    """The root of the tree (yaml.Node), None for an empty document. Raises ValueError where it is no YAML."""
    try:
        return yaml.compose(text, yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError("no YAML") from error
