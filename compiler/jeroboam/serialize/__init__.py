"""YAML and JSON text: `writing` produces it, `reading` parses others'; no other module uses PyYAML."""

from __future__ import annotations

from jeroboam.serialize.reading import YamlError, load_yaml_all, not_text
from jeroboam.serialize.writing import json_line, json_text, yaml_documents, yaml_text

__all__ = ["YamlError", "json_line", "json_text", "load_yaml_all", "not_text", "yaml_documents", "yaml_text"]
