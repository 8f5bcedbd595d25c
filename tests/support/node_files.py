"""What a node finds on its disk: user data decoded the way cloud-init and the first command decode it."""

from __future__ import annotations

import base64
import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import yaml

from tests.support import hot
from tests.support.cases import Compiled


class NodeFile(NamedTuple):
    """A file as cloud-init writes it; `packed` if it travelled in the archive."""

    path: str
    text: str
    mode: int
    packed: bool


def user_data(bundle: Compiled) -> dict[str, str]:
    """Each role's user data as its servers get it, by role, Heat's values at their longest."""
    found: dict[str, str] = {}
    for path in bundle.templates:
        tree = hot.parse(bundle.files[path])
        for name, resource in tree["resources"].items():
            if resource["type"] == "OS::Heat::SoftwareConfig":
                text = hot.resolved(resource["properties"]["config"], tree)
                assert isinstance(text, str)
                found[name.removesuffix("-config")] = text
    return found


def files(document: str) -> tuple[NodeFile, ...]:
    """The files of a cloud-config document, in its order."""
    assert document.startswith("#cloud-config\n"), document[:40]
    entries = yaml.load(document, Loader=yaml.CSafeLoader).get("write_files", [])
    return tuple(file for entry in entries for file in _decoded(entry))


def _decoded(entry: Mapping[str, Any]) -> Iterator[NodeFile]:
    mode = entry.get("permissions", "0644")
    assert isinstance(mode, str), f"{entry['path']}: a number's leading zero would be lost"
    if "encoding" not in entry:
        yield NodeFile(entry["path"], entry["content"], int(mode, 8), packed=False)
        return
    assert entry["encoding"] == "b64", entry["encoding"]
    assert entry["path"].endswith(".tar.gz"), entry["path"]
    archive = io.BytesIO(base64.b64decode(entry["content"], validate=True))
    with tarfile.open(fileobj=archive, mode="r:gz") as tar:
        for member in tar.getmembers():
            stream = tar.extractfile(member)
            assert stream is not None, member.name
            yield NodeFile(f"/{member.name}", stream.read().decode("utf-8"), member.mode, packed=True)


def shell_scripts(found: tuple[NodeFile, ...]) -> Iterator[NodeFile]:
    """Those that a shell reads: by first line, by name, or environment files."""
    for file in found:
        if re.match(r"#!\s*/\S*\b(ba|da)?sh\b", file.text) or file.path.endswith((".sh", ".env")):
            yield file


def units(found: tuple[NodeFile, ...]) -> Iterator[NodeFile]:
    """Those that systemd reads."""
    for file in found:
        if file.path.startswith("/etc/systemd/system/"):
            yield file


def kubernetes_objects(found: tuple[NodeFile, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every YAML or JSON document with a kind, by the file that holds it."""
    for file in found:
        if file.path.endswith((".yaml", ".yml")):
            documents = list(yaml.load_all(file.text, Loader=yaml.CSafeLoader))
        elif file.path.endswith(".json"):
            documents = [json.loads(file.text)]
        else:
            continue
        for document in documents:
            if isinstance(document, dict) and "kind" in document and "apiVersion" in document:
                yield file.path, document
