"""arm64 on every pair: downloads and digests of its own, nothing of amd64's, or a diagnostic instead."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from jeroboam import plugins
from jeroboam.diagnostics import Severity
from jeroboam.pipeline import compile_spec, plan_spec
from tests.support.cases import ROOT

COES, DISTROS = plugins.names("drivers"), plugins.names("platforms")
ONLY_AMD64 = {"mesos": "JB0451"}
"""COEs that upstream never published for arm64, and what says so."""
DATA = [
    *ROOT.glob("compiler/jeroboam/drivers/*/catalogue.json"),
    ROOT / "compiler/jeroboam/parts/engine.json",
]


SPEC = """\
spec_version: 1
kind: cluster
name: small
coe: {coe}
distro: {distro}
arch: {arch}
image: some
keypair: ops
network: {{external_network: public}}
container_network: {{driver: flannel}}
masters: {{flavor: small}}
node_groups: [{{name: default, flavor: small}}]
"""


def _spec(coe: str, distro: str, arch: str, folder: Path) -> Path:
    path = folder / f"{arch}.yaml"
    path.write_text(SPEC.format(coe=coe, distro=distro, arch=arch), encoding="utf-8")
    return path


def _downloads(spec: Path) -> Mapping[str, tuple[str, str]]:
    """URL and digest of all that some node fetches, by name."""
    model = plan_spec(str(spec)).value
    assert model is not None
    tables = [
        f.content for role in model.roles for f in role.config.files if f.path.endswith("/artifacts.list")
    ]
    rows = (line.split() for table in tables for line in table.splitlines())
    return {row[0]: (row[4], row[5]) for row in rows}


@pytest.mark.parametrize("coe", [coe for coe in COES if coe not in ONLY_AMD64])
def test_each_download_has_its_own_address_and_digest(coe: str, tmp_path: Path) -> None:
    amd64, arm64 = (_downloads(_spec(coe, "ubuntu", arch, tmp_path)) for arch in ("amd64", "arm64"))
    assert amd64.keys() == arm64.keys()
    for name, (url, digest) in arm64.items():
        assert re.search("arm64|aarch64", url), name
        assert re.fullmatch("[0-9a-f]{64}", digest), name
        assert url != amd64[name][0]
        assert digest != amd64[name][1]


@pytest.mark.parametrize("distro", DISTROS)
@pytest.mark.parametrize("coe", COES)
def test_nothing_of_amd64_is_in_what_arm64_compiles_to(coe: str, distro: str, tmp_path: Path) -> None:
    found = compile_spec(str(_spec(coe, distro, "arm64", tmp_path)))
    errors = {d.code for d in found.diagnostics if d.severity is Severity.ERROR}
    if coe in ONLY_AMD64:
        assert errors == {ONLY_AMD64[coe]}
        return
    assert found.value is not None, errors
    for artifact in found.value.bundle.artifacts:
        assert not re.search(r"https?://\S*(amd64|x86_64|x86-64)", artifact.content), artifact.path


def test_a_download_has_a_digest_for_each_processor_that_it_is_offered_for() -> None:
    """A version that has one for one processor alone would be offered there, and refused on the other."""
    for path in DATA:
        for digests in _digests(json.loads(path.read_text("utf-8"))):
            assert digests.keys() == {"amd64", "arm64"}, (path, digests)


def test_no_download_has_a_digest_of_one_processor_under_the_name_of_another() -> None:
    for path in DATA:
        for digests in _digests(json.loads(path.read_text("utf-8"))):
            assert len({*digests.values()}) == len(digests), path


def _digests(data: Any) -> Iterator[Mapping[str, str]]:
    if isinstance(data, dict):
        known = {
            arch: data[arch]
            for arch in ("amd64", "arm64")
            if re.fullmatch("[0-9a-f]{64}", str(data.get(arch)))
        }
        if known:
            yield known
        for value in data.values():
            yield from _digests(value)
