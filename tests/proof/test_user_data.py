"""Each role's user data as its servers get it: cloud-init's schema, Nova's limit, nothing lost on the way."""

from __future__ import annotations

import base64
import functools
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import node_files
from tests.support.cases import (
    BY_CLOUD_INIT,
    CASES,
    MINIMAL,
    Case,
    CompiledTexts,
    compiled,
    compiled_whole,
)

NOVA_BASE64_LIMIT = 65_535
MARK = re.compile(r"@@[A-Z0-9_]+@@")
EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=str)
EVERY_CLOUD_CONFIG = pytest.mark.parametrize("case", BY_CLOUD_INIT, ids=str)


def _findings(cloud_init: str, folder: Path, document: str) -> str:
    path = folder / "user-data.yaml"
    path.write_text(document, encoding="utf-8")
    done = subprocess.run(
        [cloud_init, "schema", "--config-file", str(path)], capture_output=True, text=True, timeout=120
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


@functools.cache
def _known_keys() -> set[str]:
    """Top-level keys of every cloud-init module, from the schema file that cloud-init installs."""
    python = subprocess.run(
        ["/usr/bin/python3", "-c", "import cloudinit; print(cloudinit.__path__[0])"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    schema = json.loads(next(Path(python, "config/schemas").glob("schema-cloud-config-v1.json")).read_text())
    return set(_property_names(schema, schema))


def _property_names(node: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    yield from node.get("properties", {})
    for part in (*node.get("allOf", ()), *node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from _property_names(part, schema)
    if "$ref" in node:
        yield from _property_names(schema["$defs"][node["$ref"].removeprefix("#/$defs/")], schema)


@EVERY_CLOUD_CONFIG
def test_cloud_init_accepts(case: Case, program: Callable[[str], str], tmp_path: Path) -> None:
    cloud_init = program("cloud-init")
    documents = node_files.user_data(compiled(case.spec))
    assert documents
    assert {role: f for role, d in documents.items() if (f := _findings(cloud_init, tmp_path, d))} == {}


def test_cloud_init_refuses_what_is_broken(program: Callable[[str], str], tmp_path: Path) -> None:
    document = next(iter(node_files.user_data(compiled(MINIMAL.spec)).values()))
    broken = document.replace("permissions:", "permission:", 1)
    assert broken != document
    assert "permission" in _findings(program("cloud-init"), tmp_path, broken)


@EVERY_CLOUD_CONFIG
def test_top_level_keys_are_known(case: Case, program: Callable[[str], str]) -> None:
    program("cloud-init")
    known = _known_keys()
    assert {"write_files", "runcmd"} <= known
    for role, document in node_files.user_data(compiled(case.spec)).items():
        assert set(yaml.load(document, Loader=yaml.CSafeLoader)) <= known, role


@EVERY_CASE
def test_size_with_every_value_at_its_longest(case: Case) -> None:
    for role, document in node_files.user_data(compiled(case.spec)).items():
        assert len(base64.b64encode(document.encode())) <= NOVA_BASE64_LIMIT, role
        assert document.isascii(), role
        assert not MARK.search(_outside_of_files(document)), role


def _outside_of_files(document: str) -> str:
    """heat.env as the node reads it, the one file that Heat fills."""
    return next(f.text for f in node_files.files(document) if f.path.endswith("/heat.env"))


@EVERY_CASE
def test_both_layouts_boot_the_same_nodes(case: Case) -> None:
    """All that is fixed is equal, and the same names wait for Heat's values."""
    single, nested = (_without_values(compiled(case.spec, layout)) for layout in ("single", "nested"))
    assert single == nested


def _without_values(bundle: CompiledTexts) -> dict[str, list[tuple[str, int, str]]]:
    return {
        role: [
            (f.path, f.mode, re.sub("='.*'$", "", f.text, flags=re.M) if f.mode == 0o600 else f.text)
            for f in node_files.files(document)
        ]
        for role, document in node_files.user_data(bundle).items()
    }


@EVERY_CASE
def test_review_files_are_what_is_embedded(case: Case) -> None:
    """`user-data/<role>.*` is the embedded document, and `.files/` exactly what it carries encoded."""
    bundle = compiled(case.spec)
    for role, document in node_files.user_data(bundle).items():
        suffix = "ign" if node_files.is_ignition(document) else "yaml"
        shown = bundle.files[f"user-data/{role}.{suffix}"]
        plain = {f.path: f for f in node_files.files(shown)}
        for file in node_files.files(document):
            if not MARK.search(plain[file.path].text):
                assert file == plain[file.path]
        packed = {f"user-data/{role}.files{f.path}": f.text for f in plain.values() if f.packed}
        assert packed == {p: t for p, t in bundle.files.items() if p.startswith(f"user-data/{role}.files/")}


@EVERY_CASE
def test_secrets_are_readable_by_root_alone(case: Case) -> None:
    for role, document in node_files.user_data(compiled(case.spec)).items():
        modes = {f.path: f.mode for f in node_files.files(document)}
        assert modes["/etc/jeroboam/heat.env"] == 0o600, role
        assert all(mode & 0o022 == 0 for mode in modes.values()), role
        paths = [f.path for f in node_files.files(document)]
        assert len(paths) == len(set(paths)), role


@EVERY_CASE
def test_a_worker_gets_no_authority(case: Case) -> None:
    """No worker is handed a CA's private key, the service-account key or the encryption key."""
    bundle = compiled(case.spec)
    for role, document in node_files.user_data(bundle).items():
        if role != "master":
            text = _outside_of_files(document)
            names = {line.split("=", 1)[0].lower() for line in text.splitlines()}
            keys = {n for n in names if n.endswith(("_key", "encryption_key")) and "public" not in n}
            # A client's own, which signs nothing: Flannel's reads etcd, the other asks for a join token.
            assert keys <= {"jeroboam_flannel_key", "jeroboam_join_key"}, role


def test_interpreter_is_not_needed_on_the_node() -> None:
    """Scripts are shell: other distros' images have no Python."""
    for case in CASES:
        for document in node_files.user_data(compiled(case.spec)).values():
            for file in node_files.files(document):
                assert not re.match(r"#!.*python", file.text), file.path


@EVERY_CASE
def test_files_are_told_as_the_document_places_them(case: Case) -> None:
    for boots in compiled_whole(case.spec).user_data.values():
        placed = sorted((file.path, file.text, file.mode) for file in node_files.files(boots.text))
        assert [(file.path, file.content, file.mode) for file in boots.files] == placed
