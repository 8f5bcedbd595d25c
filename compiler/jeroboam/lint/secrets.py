"""Secrets in clear: defaults of parameters and values of properties that are secret by their name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jeroboam.diagnostics import Diagnostic, Pointer, diagnose
from jeroboam.lint.template import HotTemplate
from jeroboam.secret_shapes import NAME, PEM_KEY, token_in
from jeroboam.source.pointers import child

_SECRET_NAME = re.compile(rf"(?:{NAME}|(?i:admin_?pass|passw))$")
_KEY = re.compile(PEM_KEY)


def is_secret(name: str) -> bool:
    """Whether a parameter's or a property's name says that its value is secret."""
    return len(name) <= 255 and _SECRET_NAME.search(name) is not None


def looks_secret(text: str) -> bool:
    """Whether a text has the form of a key or a token."""
    return _KEY.search(text) is not None or token_in(text) is not None


def check_defaults(template: HotTemplate) -> Iterator[Diagnostic]:
    """Parameters whose default is a secret: hidden ones, and those that are called like one."""
    for name, parameter in template.parameters.items():
        default = parameter.get("default")
        if not isinstance(default, str | int) or isinstance(default, bool) or default == "":
            continue
        hidden = str(parameter.get("hidden", False)).lower() == "true"
        if hidden or (is_secret(name) and isinstance(default, str)) or looks_secret(str(default)):
            where = child(child("/parameters", name), "default")
            yield diagnose("JB0860", where, name=name)


def check_literal(name: str, value: str, pointer: Pointer) -> Iterator[Diagnostic]:
    """A constant as the value of a property that is secret."""
    if value and is_secret(name.rpartition(".")[2]):
        yield diagnose("JB0861", pointer, name=name)
