"""The one writer of YAML and JSON: order, quoting, width and newline are decided here.

Heat, heatclient and cloud-init read YAML 1.1 with PyYAML, so PyYAML writes it and quotes what they would
misread. Kubernetes' programs read it with Go's libraries, which take more texts for numbers and truths.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from jeroboam import escape

# What a terminal or a pipeline's log would obey, and more that YAML 1.1 ends a line at.
_UNSAFE = re.compile(f"(?![\n\t])[{escape.CONTROLS}]|{escape.COMMAND}")
_QUOTED = re.compile(f"{_UNSAFE.pattern}|{escape.WORKFLOW_COMMAND}")
# What Go's libraries take for something else and PyYAML for text (resolve.go of go.yaml.in/yaml/v2 and v3);
# they drop underscores from numbers.
_NO_TEXT_TO_GO = re.compile(
    r"""[yYnN]
    | [-+]?0[xX][0-9a-fA-F]+ | [-+]?0[oO]?[0-7]+ | [-+]?0[bB][01]+
    | [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
    | [-+]?\.(inf|Inf|INF) | \.(nan|NaN|NAN)
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt\ ][0-9].*)?""",
    re.VERBOSE,
)
# Wide enough that no scalar is ever folded: a folded line is a noisy diff.
_WIDTH = 1 << 20


class _Dumper(yaml.CSafeDumper):
    """libyaml's emitter with tuples and read-only mappings as plain data, long texts as blocks."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 (PyYAML's signature)
        return True


def _string(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    if _NO_TEXT_TO_GO.fullmatch(text.replace("_", "")):
        style = "'"
    # Between double quotes alone they can be escaped.
    if _QUOTED.search(text):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _mapping(dumper: yaml.CSafeDumper, data: Mapping[str, Any]) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", data.items())


_Dumper.add_representer(str, _string)
_Dumper.add_multi_representer(str, lambda dumper, text: _string(dumper, str(text)))
_Dumper.add_representer(tuple, lambda dumper, data: dumper.represent_list(data))
_Dumper.add_multi_representer(Mapping, _mapping)  # type: ignore[type-abstract]


def yaml_text(data: object) -> str:
    """One YAML document, keys in the order given, ending in a newline."""
    text: str = yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, width=_WIDTH, allow_unicode=True, default_flow_style=False
    )
    return _safe(text)


def yaml_documents(documents: Iterable[object]) -> str:
    """Several YAML documents, each opened by `---`."""
    return "".join("---\n" + yaml_text(document) for document in documents)


def json_text(data: object, *, ascii_only: bool = False, blanks: bool = True) -> str:
    """One JSON document, two spaces deep, keys in the order given, ending in a newline.

    Without `blanks` each value has a line all the same, and nothing else between it and its name.
    """
    indent, colon = (2, ": ") if blanks else (0, ":")
    text = json.dumps(data, indent=indent, separators=(",", colon), ensure_ascii=ascii_only, default=_plain)
    return f"{_safe(text)}\n"


def json_line(data: object) -> str:
    """JSON data on one line, ending in a newline."""
    return _safe(json.dumps(data, ensure_ascii=False, default=_plain)) + "\n"


def _safe(text: str) -> str:
    """JSON, or YAML whose strings are quoted where they have to be, with escapes that mean the same."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _plain(data: object) -> object:
    if isinstance(data, Mapping):
        return dict(data)
    raise TypeError(f"not JSON data: {type(data).__name__}")
