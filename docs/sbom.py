"""`python -m docs.sbom WHEEL`: the wheel's bill of materials, as CycloneDX JSON, on standard output.

It lists the wheel and all that pip installs with it in the versions of tests/constraints.txt, which have to
be installed here; what only the extras need is optional. The same wheel and SOURCE_DATE_EPOCH give the same
bytes. What a cluster's nodes download is not in it: a spec says which.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.message import Message
from email.parser import Parser
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5
from zipfile import ZipFile

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.contrib.this.builders import this_component
from cyclonedx.exception.factory import LicenseFactoryException
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CONSTRAINTS = Path(__file__).resolve().parent.parent / "tests/constraints.txt"


class SbomError(Exception):
    """Why there is no bill of materials."""


def sbom(wheel: Path, pins: Mapping[str, str], made: datetime) -> str:
    """The bill of `wheel` as JSON that fits the schema of CycloneDX 1.6. Raises SbomError.

    `pins` are versions by canonical name, `made` is when the bill says that it was made.
    """
    metadata = _metadata(wheel)
    digest = sha256(wheel.read_bytes()).hexdigest()
    bill = Bom(serial_number=uuid5(NAMESPACE_URL, f"sha256:{digest}"))
    bill.metadata.timestamp = made
    bill.metadata.tools.components.add(this_component())
    top = _component(metadata, ComponentType.APPLICATION)
    top.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=digest))
    bill.metadata.component = top
    direct = list(_requirements(metadata, frozenset()))
    extras = frozenset(metadata.get_all("Provides-Extra", ())) - {"docs", "test"}
    needed = closure(direct)
    everything = closure(_requirements(metadata, extras))
    parts = {name: _component(found, ComponentType.LIBRARY) for name, (found, _) in everything.items()}
    for name, part in parts.items():
        if pins.get(name) != part.version:
            raise SbomError(f"{name} {part.version} is installed, and {pins.get(name, 'none')} is pinned")
        part.scope = ComponentScope.REQUIRED if name in needed else ComponentScope.OPTIONAL
        bill.components.add(part)
    for name, (_, others) in everything.items():
        bill.register_dependency(parts[name], [parts[other] for other in others])
    named = {canonicalize_name(one.name) for one in _requirements(metadata, extras)}
    bill.register_dependency(top, [parts[name] for name in named])
    text = str(JsonV1Dot6(bill).output_as_string(indent=2)) + "\n"
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if wrong is not None:
        raise SbomError(f"the bill does not fit its schema: {wrong}")
    return text


def pinned(constraints: str) -> dict[str, str]:
    """Versions by canonical name."""
    lines = re.findall(r"^([^#=\s]+)==(\S+)$", constraints, re.MULTILINE)
    return {canonicalize_name(name): version for name, version in lines}


def _metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode("utf-8"))


def _requirements(metadata: Message, extras: frozenset[str]) -> Iterator[Requirement]:
    """What is required on this system, with all of `extras`."""
    for line in metadata.get_all("Requires-Dist", ()):
        found = Requirement(line)
        if found.marker is None or any(found.marker.evaluate({"extra": e}) for e in ("", *extras)):
            yield found


def closure(requirements: Iterable[Requirement]) -> dict[str, tuple[Message, set[str]]]:
    """What requirements lead to: the metadata and the direct requirements of each, by canonical name."""
    found: dict[str, tuple[Message, set[str]]] = {}
    asked: dict[str, frozenset[str]] = {}
    open_ = list(requirements)
    while open_:
        one = open_.pop()
        name, before = canonicalize_name(one.name), asked.get(canonicalize_name(one.name))
        extras = frozenset(one.extras) | (before or frozenset())
        if extras == before:
            continue
        asked[name] = extras
        metadata = Parser().parsestr(distribution(name).read_text("METADATA") or "")
        following = list(_requirements(metadata, extras))
        found[name] = (metadata, {canonicalize_name(other.name) for other in following})
        open_ += following
    return found


def _component(metadata: Message, kind: ComponentType) -> Component:
    name, version = canonicalize_name(metadata["Name"]), metadata["Version"]
    url = PackageURL("pypi", None, name, version)
    return Component(
        name=name, version=version, type=kind, purl=url, bom_ref=str(url),
        description=metadata["Summary"], licenses=list(_licences(metadata)),
    )  # fmt: skip


def _licences(metadata: Message) -> Iterator[License]:
    make = LicenseFactory()
    if expression := metadata["License-Expression"]:
        try:
            yield make.make_with_expression(expression)
        except LicenseFactoryException as error:
            raise SbomError(f"{metadata['Name']}: {error}") from error
        return
    for line in metadata.get_all("Classifier", ()):
        if line.startswith("License :: ") and line != "License :: OSI Approved":
            yield make.make_with_name(line.rpartition(" :: ")[2])


def main(wheel: str) -> int:
    """1 where there is none, which is told."""
    made = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC)
    try:
        sys.stdout.write(sbom(Path(wheel), pinned(CONSTRAINTS.read_text(encoding="utf-8")), made))
    except SbomError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
