"""The plug-in seam: a COE or distro is new files and no edit."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cases import ROOT

COE = '''
"""The COE `toy`: every node gets one file."""

from jeroboam.diagnostics import Outcome
from jeroboam.model import types as m


class Toy:
    name = "toy"

    def plan(self, spec):
        config = m.NodeConfig(
            files=(m.FileEntry("/etc/toy.conf", f"greeting = {spec.options.get('greeting', 'hello')}\\n"),),
            units=(), environment={}, heat_values={"JEROBOAM_SIGNAL": m.HeatFact.SIGNAL},
            ssh_authorized_keys=(), requires=frozenset({m.Capability.SYSTEMD}),
        )
        masters = m.Role("master", m.RoleKind.MASTER, "/masters", tuple(range(spec.masters.count)),
                         spec.masters.node, None, (), config)
        groups = tuple(
            m.Role(g.name, m.RoleKind.WORKER, f"/node_groups/{i}", g.indexes, g.node, None, (), config)
            for i, g in enumerate(spec.node_groups)
        )
        return Outcome(m.ClusterModel(
            spec=spec, coe_version="1.0", roles=(masters, *groups), rules=(),
            api=m.ApiEndpoint("toy", 4711, None), secrets=(), flannel_net_conf=None,
        ))


PLUGIN = Toy()
'''

DISTRO = '''
"""The distro `toy-os`: cloud-init, and nothing special."""

from jeroboam.model.types import Capability
from jeroboam.userdata.cloud_config import cloud_config


class ToyOs:
    name = "toy-os"
    provides = frozenset(Capability)
    notes = ()
    environment = {"JEROBOAM_BIN_DIR": "/usr/bin"}

    def user_data(self, node, heat_bytes):
        return cloud_config(node, self.environment, heat_bytes)


PLUGIN = ToyOs()
'''

COE_SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "description": "A toy.",
    "type": "object",
    "properties": {"greeting": {"type": "string", "description": "What nodes say.", "default": "hello"}},
    "additionalProperties": False,
    "default": {},
    "x-network-drivers": ["none"],
}
DISTRO_SCHEMA = {"description": "A toy distro."}

SPEC = """\
spec_version: 1
kind: cluster
name: toys
coe: {coe}
distro: {distro}
image: some
keypair: ops
network: {{external_network: public}}
container_network: {{driver: {driver}}}
masters: {{flavor: small}}
node_groups: [{{name: default, flavor: small}}]
{block}
"""


def _compile(spec: str, folder: Path, *search: Path) -> subprocess.CompletedProcess[str]:
    (folder / "cluster.yaml").write_text(spec, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-c", "from jeroboam.cli import main; main()", "compile", "-o", "-", "cluster.yaml"],
        cwd=folder,
        env={"PYTHONPATH": ":".join(map(str, search)), "PYTHONDONTWRITEBYTECODE": "1", "JEROBOAM_DEBUG": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )


def _in_tree(folder: Path) -> Path:
    """A copy of this tree with both toys added: five new files, no edit."""
    for tree in ("compiler", "schemas", "fragments"):
        shutil.copytree(ROOT / tree, folder / tree, ignore=shutil.ignore_patterns("__pycache__"))
    new = {
        "compiler/jeroboam/drivers/toy/__init__.py": COE,
        "compiler/jeroboam/platforms/toy_os/__init__.py": DISTRO,
        "schemas/v1/drivers/toy.schema.json": json.dumps(COE_SCHEMA),
        "schemas/v1/platforms/toy-os.schema.json": json.dumps(DISTRO_SCHEMA),
    }
    for path, text in new.items():
        assert not (folder / path).exists()
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder / "compiler"


PAIRS = pytest.mark.parametrize(
    ("coe", "distro", "block"),
    [("toy", "ubuntu", "toy: {greeting: good morning}"), ("toy", "toy-os", ""), ("kubernetes", "toy-os", "")],
)


def _expect(done: subprocess.CompletedProcess[str], coe: str, block: str) -> None:
    assert done.returncode == 0, done.stderr
    assert "type: OS::Nova::Server" in done.stdout
    if coe == "toy":
        assert ("greeting = good morning" if block else "greeting = hello") in done.stdout


@PAIRS
def test_a_plugin_in_this_tree(coe: str, distro: str, block: str, tmp_path: Path) -> None:
    search = _in_tree(tmp_path)
    driver = "none" if coe == "toy" else "flannel"
    _expect(
        _compile(SPEC.format(coe=coe, distro=distro, driver=driver, block=block), tmp_path, search),
        coe,
        block,
    )


def test_an_unknown_coe_is_a_diagnostic(tmp_path: Path) -> None:
    done = _compile(
        SPEC.format(coe="toy", distro="ubuntu", driver="none", block=""), tmp_path, ROOT / "compiler"
    )
    assert done.returncode == 3
    assert "toy" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_schema_of_a_pair_is_there() -> None:
    """What the schemas offer and what there are plug-ins for may differ only by plug-ins still to come."""
    from jeroboam import plugins

    for kind, folder in (("drivers", "drivers"), ("platforms", "platforms")):
        offered = {p.name.removesuffix(".schema.json") for p in (ROOT / "schemas/v1" / folder).glob("*.json")}
        assert set(plugins.names(kind)) <= offered  # type: ignore[arg-type]
