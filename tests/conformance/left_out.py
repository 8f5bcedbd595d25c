"""Conformance tests that nodes of this lab cannot show, by their full names, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LEFT_OUT: Mapping[str, str] = MappingProxyType({})
