"""What a node finds on its disk: user data decoded as cloud-init or Ignition and the first command do it."""

from __future__ import annotations

import base64
import gzip
import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

import yaml

from jeroboam.userdata.archive import PATH
from jeroboam.userdata.environment import HEAT_ENV
from tests.support import hot
from tests.support.cases import CompiledTexts


class NodeFile(NamedTuple):
    """A file as the node gets it; `packed` if the document has it in a form that nobody reads."""

    path: str
    text: str
    mode: int
    packed: bool


def user_data(bundle: CompiledTexts) -> dict[str, str]:
    """Each role's user data as its servers get it, by role, Heat's values at their longest."""
    found: dict[str, str] = {}
    parent = hot.parse(bundle.files[bundle.hot])
    for path in bundle.templates:
        tree = hot.parse(bundle.files[path])
        for holder in parent["resources"].values():
            if holder["type"] == path:
                for name, value in holder["properties"].items():
                    tree["parameters"][name]["default"] = hot.resolved(value, parent)
        for name, resource in tree["resources"].items():
            if resource["type"] == "OS::Heat::SoftwareConfig":
                text = hot.resolved(resource["properties"]["config"], tree)
                assert isinstance(text, str)
                found[name.removesuffix("-config")] = text
    return found


def is_ignition(document: str) -> bool:
    """Whether Ignition reads it; else cloud-init does."""
    return document.startswith("{")


def files(document: str) -> tuple[NodeFile, ...]:
    """The files that a document places, in its order; units are files too."""
    if is_ignition(document):
        return tuple(_of_ignition(json.loads(document)))
    assert document.startswith("#cloud-config\n"), document[:40]
    entries = yaml.load(document, Loader=yaml.CSafeLoader).get("write_files", [])
    return tuple(file for entry in entries for file in _decoded(entry))


def enabled(document: str) -> list[str]:
    """The units that a document has started at each boot, in its order."""
    if is_ignition(document):
        return [unit["name"] for unit in json.loads(document)["systemd"]["units"] if unit.get("enabled")]
    commands = yaml.load(document, Loader=yaml.CSafeLoader)["runcmd"]
    return [command[-1] for command in commands if command[:3] == ["systemctl", "enable", "--now"]]


def _decoded(entry: Mapping[str, Any]) -> Iterator[NodeFile]:
    mode = entry.get("permissions", "0644")
    assert isinstance(mode, str), f"{entry['path']}: a number's leading zero would be lost"
    if "encoding" not in entry:
        yield NodeFile(entry["path"], entry["content"], int(mode, 8), packed=False)
        return
    assert entry["encoding"] == "b64", entry["encoding"]
    assert entry["path"] == PATH, entry["path"]
    yield from unpacked(base64.b64decode(entry["content"], validate=True))


def _of_ignition(config: Mapping[str, Any]) -> Iterator[NodeFile]:
    for unit in config["systemd"]["units"]:
        if "contents" in unit:
            yield NodeFile(f"/etc/systemd/system/{unit['name']}", unit["contents"], 0o644, packed=True)
    for entry in config["storage"]["files"]:
        head, data = entry["contents"]["source"].split(",", 1)
        assert head in ("data:", "data:;base64"), head
        content = base64.b64decode(data, validate=True) if ";base64" in head else unquote_to_bytes(data)
        if entry["contents"].get("compression") == "gzip":
            content = gzip.decompress(content)
        if entry["path"] == PATH:
            yield from unpacked(content)
        else:
            # A URL is read by nobody but where Heat fills it.
            packed = entry["path"] != HEAT_ENV
            yield NodeFile(entry["path"], content.decode("utf-8"), entry["mode"], packed)


_PUT = re.compile(r"put ([0-7]+) (\S+)(?: (\d+))? <<'(END_*)'\n")


def unpacked(archive: bytes) -> Iterator[NodeFile]:
    """The files that an archive has; tests/unit/userdata/test_archive.py has bash agree."""
    text = gzip.decompress(archive).decode("utf-8")
    here = found.start() + 1 if (found := re.search(r"\nput [0-7]", text)) else len(text)
    while here < len(text):
        head = _PUT.match(text, here)
        assert head, text[here : here + 100]
        mode, path, size, mark = head.groups()
        # An empty file's mark follows at once.
        end = text.index(f"\n{mark}\n", head.end() - 1) + 1
        content = text[head.end() : end]
        if size:
            content = content.encode()[: int(size)].decode()
        yield NodeFile("".join(shlex.split(path)), content, int(mode, 8), packed=True)
        here = end + len(mark) + 1


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
