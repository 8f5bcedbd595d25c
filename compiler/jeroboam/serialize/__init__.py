"""YAML and JSON as texts: `writing` makes them, `reading` takes others'; nobody else knows PyYAML."""

from __future__ import annotations

from jeroboam.serialize.reading import YamlError, load_yaml_all, not_text
from jeroboam.serialize.writing import json_line, json_text, yaml_documents, yaml_text

__all__ = ["YamlError", "json_line", "json_text", "load_yaml_all", "not_text", "yaml_documents", "yaml_text"]
