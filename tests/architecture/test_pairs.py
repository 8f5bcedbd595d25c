"""Every COE on every distro: each pair has a golden case, and any spec compiles on any distro."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from jeroboam import plugins
from jeroboam.diagnostics import Severity
from jeroboam.pipeline import compile_spec
from tests.support import node_files
from tests.support.cases import CASES, Case, compiled

DISTROS = plugins.names("platforms")
RUNTIMES = ("containerd.service", "docker.service")
"""The units that containers are started by, one of which each node has."""
METADATA = "jeroboam-metadata.service"


def test_every_pair_has_a_minimal_case() -> None:
    pairs = {(coe, distro) for coe in plugins.names("drivers") for distro in DISTROS}
    cases = {(case.coe, case.distro.replace("_", "-")) for case in CASES if case.name == "minimal"}
    assert cases == pairs


@pytest.mark.parametrize("distro", DISTROS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_changing_the_distro_alone_is_enough(case: Case, distro: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(case.folder, tmp_path / "case"))
    spec = folder / "cluster.yaml"
    text = re.sub(r"^distro:.*\n", "", spec.read_text(encoding="utf-8"), flags=re.MULTILINE)
    spec.write_text(f"{text}distro: {distro}\n", encoding="utf-8")
    found = compile_spec(str(spec))
    errors = {d.code for d in found.diagnostics if d.severity is Severity.ERROR}
    # A distro may lack what a case is about (an old kernel has no WireGuard), and then says so.
    assert errors <= (set() if case.name in ("minimal", "ha") else {"JB0501"})
    assert (found.value is None) == bool(errors)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_network_manager_leaves_the_containers_interfaces_alone(case: Case) -> None:
    """Those of every network: Fedora has one, and it would take their addresses and routes away."""
    for role, document in node_files.user_data(compiled(case.spec)).items():
        files = {file.path: file.text for file in node_files.files(document)}
        unmanaged = files["/etc/NetworkManager/conf.d/jeroboam.conf"]
        for name in ("cali*", "vxlan.calico", "flannel*", "cni*", "docker*", "veth*"):
            assert f"interface-name:{name}" in unmanaged, role


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_node_runs_a_container_before_the_metadata_service_is_closed_to_it(case: Case) -> None:
    """By the user data itself: at the first boot, at each later one, and not at all where that failed."""
    for role, document in node_files.user_data(compiled(case.spec)).items():
        files = {file.path: file.text for file in node_files.files(document)}
        units = {path.rpartition("/")[2]: text.splitlines() for path, text in files.items()}
        assert "/opt/jeroboam/metadata.sh" in files, role
        assert "Before=jeroboam-bootstrap.service containerd.service docker.service" in units[METADATA]
        # What Ignition unpacks at the first boot has to be there by then.
        assert any(line.startswith("After=jeroboam-unpack.service ") for line in units[METADATA])
        assert node_files.enabled(document).index(METADATA) < node_files.enabled(document).index(
            "jeroboam-bootstrap.service"
        )
        (runtime,) = (units[name] for name in RUNTIMES if name in units)
        assert f"Requires={METADATA}" in runtime
        assert any(line.startswith("After=") and METADATA in line.split() for line in runtime)
        steps = [path for path in sorted(files) if path.startswith("/opt/jeroboam/steps/")]
        closed = steps.index("/opt/jeroboam/steps/22-metadata.sh")
        assert closed < min(
            n for n, path in enumerate(steps) if path.endswith(("-containerd.sh", "-docker.sh"))
        )
