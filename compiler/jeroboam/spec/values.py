"""Reads plain data as typed values; one that does not parse is reported and replaced by a stand-in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    NetmaskValueError,
)
from typing import Any, TypeVar

from jeroboam.diagnostics import Diagnostic, Pointer, diagnose
from jeroboam.source import Data, Document
from jeroboam.source.pointers import child
from jeroboam.spec.phrases import shown
from jeroboam.spec.types import Cidr, TextFile, VolumeSpec

T = TypeVar("T")

_ANY4, _ANY6 = IPv4Network("0.0.0.0/32"), IPv6Network("::/128")


class View:
    """One mapping of a resolved document, its members read with the type that the schema promises.

    Findings of all views go to one list, in the order of reading.
    """

    def __init__(self, document: Document, findings: list[Diagnostic], at: Pointer = "") -> None:
        self.document = document
        self.findings = findings
        self.at = at
        self.data: Mapping[str, Any] = _value(document.data, at)

    def view(self, key: str) -> View:
        """The mapping under `key`."""
        return View(self.document, self.findings, child(self.at, key))

    def views(self, key: str) -> tuple[View, ...]:
        """The mappings of the list under `key`."""
        at = child(self.at, key)
        return tuple(View(self.document, self.findings, child(at, i)) for i in range(len(self.data[key])))

    def has(self, key: str) -> bool:
        """Whether the member is there."""
        return key in self.data

    def get(self, key: str) -> Any:
        """A scalar, None when absent."""
        return self.data.get(key)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings."""
        return tuple(self.data.get(key, ()))

    def each(self, key: str, read: Callable[[Pointer, str], T | None]) -> tuple[T, ...]:
        """A list of strings, each read by one of the methods below; what does not parse is left out."""
        at = child(self.at, key)
        values = [read(child(at, index), text) for index, text in enumerate(self.data.get(key, ()))]
        return tuple(value for value in values if value is not None)

    def volume(self, key: str) -> VolumeSpec | None:
        """A volume, None when absent."""
        value = self.data.get(key)
        if value is None:
            return None
        return VolumeSpec(value["size"], value.get("type"), tuple(value.get("availability_zones", ())))

    def file(self, pointer: Pointer, path: str) -> TextFile | None:
        """The file that the value at `pointer` names; None when it could not be read."""
        text = self.document.files.get(pointer)
        return None if text is None else TextFile(path, text)

    def network4(self, key: str) -> IPv4Network:
        """An IPv4 range; a stand-in when the text is none."""
        found = self.cidr(child(self.at, key), self.data[key], "an IPv4 range", IPv4Network)
        return found if isinstance(found, IPv4Network) else _ANY4

    def network6(self, key: str) -> IPv6Network:
        """An IPv6 range; a stand-in when the text is none."""
        found = self.cidr(child(self.at, key), self.data[key], "an IPv6 range", IPv6Network)
        return found if isinstance(found, IPv6Network) else _ANY6

    def any_cidr(self, pointer: Pointer, text: str) -> Cidr | None:
        """A range of either family."""
        return self.cidr(pointer, text, "an address range", IPv6Network if ":" in text else IPv4Network)

    def cidr(self, pointer: Pointer, text: str, expected: str, kind: type[Cidr]) -> Cidr | None:
        """A range of one family, no bit set after its prefix."""
        try:
            network = kind(text, strict=False)
        except (AddressValueError, NetmaskValueError, ValueError):
            example = "fd00:10:100::/48" if kind is IPv6Network else "10.20.0.0/24"
            self.note("JB0301", pointer, value=shown(text), expected=expected, example=example)
            return None
        if str(network.network_address) != str(_address(text.partition("/")[0])):
            self.note("JB0302", pointer, value=shown(text), network=network)
        return network

    def address4(self, key: str) -> IPv4Address | None:
        """An IPv4 address, None when absent or none."""
        if key not in self.data:
            return None
        try:
            return IPv4Address(self.data[key])
        except AddressValueError:
            pointer, value = child(self.at, key), shown(self.data[key])
            self.note("JB0303", pointer, value=value, expected="an IPv4 address", example="10.128.16.0")
            return None

    def any_address(self, pointer: Pointer, text: str) -> str | None:
        """The text of an address of either family."""
        if _address(text) is None:
            self.note("JB0303", pointer, value=shown(text), expected="an IP address", example="9.9.9.9")
            return None
        return text

    def name_or_address(self, pointer: Pointer, text: str) -> str | None:
        """The text of a name, or of an address where a colon says that it is IPv6."""
        return self.any_address(pointer, text) if ":" in text else text

    def note(self, code: str, pointer: Pointer, **values: Any) -> None:
        """Add a finding."""
        self.findings.append(diagnose(code, pointer, **values))


def _address(text: str) -> IPv4Address | IPv6Address | None:
    for kind in (IPv4Address, IPv6Address):
        try:
            return kind(text)
        except AddressValueError:
            continue
    return None


def _value(data: Data, at: Pointer) -> Any:
    value: Any = data
    for token in at.split("/")[1:]:
        value = value[int(token)] if isinstance(value, list) else value[token]
    return value
