"""YAML and JSON text: `writer` produces it, `reader` and `nodes` parse others'; nobody else uses PyYAML."""

from __future__ import annotations

from jeroboam.serialize.reader import YamlError, load_yaml_all, not_text
from jeroboam.serialize.writer import json_line, json_text, yaml_documents, yaml_text

__all__ = ["YamlError", "json_line", "json_text", "load_yaml_all", "not_text", "yaml_documents", "yaml_text"]
