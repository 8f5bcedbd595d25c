"""The cloud itself: it has what it should, breaks on demand, and a compiled cluster lives and dies in it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cloud import nodes, stacks
from tests.cloud.clusters import OWN
from tests.labs.cloud import faults, processes, services
from tests.labs.cloud.seed import IMAGES, connect
from tests.labs.cloud.settings import Settings
from tests.support.cases import MINIMAL, CompiledTexts, compiled_text

LISTENS = "0A"
IPV4_LOOPBACK = "0100007F"
IPV6_LOOPBACK = "00000000000000000000000001000000"  # epmd takes it always

pytestmark = pytest.mark.cloud
ALONE = pytest.mark.alone


def _cluster(name: str, folder: Path) -> tuple[CompiledTexts, dict[str, str]]:
    text = re.sub(r"^name: .*", f"name: {name}", MINIMAL.spec.read_text(encoding="utf-8"), flags=re.MULTILINE)
    bundle = compiled_text(text, folder)
    return bundle, stacks.secrets(folder / "cluster.yaml")


@ALONE
@pytest.mark.plain
def test_every_service_runs(lab: Settings) -> None:
    assert [s.name for s in services.every(lab) if processes.pid(lab, s.name) is None] == []


@ALONE
def test_up_again_takes_a_moment(lab: Settings) -> None:
    began = time.monotonic()
    faults.command("up")
    assert time.monotonic() - began < 10


@ALONE
def test_all_of_it_listens_on_the_loopback_alone(lab: Settings) -> None:
    groups = [processes.pid(lab, s.name) or 0 for s in services.every(lab)]
    ours = {str(fd.readlink()) for group in groups for fd in _open_files(group)}
    found = {}
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text(encoding="ascii").splitlines()[1:]:
            _, local, _, state, *_, inode = line.split()[:10]
            if state == LISTENS and f"socket:[{inode}]" in ours:
                address, port = local.split(":")
                found[int(port, 16)] = address
    assert {s.port for s in services.every(lab)} - {None} <= set(found)
    assert set(found.values()) <= {IPV4_LOOPBACK, IPV6_LOOPBACK}


def _open_files(group: int) -> Iterator[Path]:
    for process in processes.members(group):
        yield from Path("/proc", process, "fd").iterdir()


def test_images_say_what_they_are(demo: Any) -> None:
    found = sorted((i.name, i.os_distro, i.status == "active") for i in demo.image.images())
    assert found == sorted((i.name, i.os_distro, i.active) for i in IMAGES)


def test_zones(demo: Any) -> None:
    assert {zone.name for zone in demo.compute.availability_zones()} == {"az1", "az2", "nova"}


def test_projects_do_not_see_each_other(lab: Settings, demo: Any) -> None:
    demo.network.create_network(name="private")
    try:
        with connect(lab, "jeroboam-other") as other:
            assert "private" not in {network.name for network in other.network.networks()}
    finally:
        demo.network.delete_network(demo.network.find_network("private"))


def test_a_compiled_cluster_lives_and_dies(demo: Any, tmp_path: Path) -> None:
    before = stacks.belongings(demo)
    bundle, secrets = _cluster("lab-lives", tmp_path)
    with nodes.playing("lab-lives") as said:
        stack = stacks.create(demo.orchestration, bundle, secrets)
        assert stacks.wait(demo.orchestration, stack, "CREATE") == "COMPLETE"
    assert {one.status for one in said} == {200}
    assert {one.node for one in said} == {"lab-lives-master-0", "lab-lives-default-0"}
    assert any(one.body.get("data", {}).get("name") == "40-install-kubernetes" for one in said)
    (server,) = demo.compute.servers(name="lab-lives-default-0")
    console = demo.compute.get_server_console_output(server)["output"]
    assert "jeroboam: node=lab-lives-default-0 step=1/" in console
    assert stacks.delete(demo.orchestration, stack) == "COMPLETE"
    assert stacks.belongings(demo) == before


def test_a_node_that_fails_fails_the_stack(demo: Any, tmp_path: Path) -> None:
    bundle, secrets = _cluster("lab-fails", tmp_path)
    with nodes.playing("lab-fails", {"*-default-*": "fail:install-kubernetes:curl exit 22", "*": "silent"}):
        stack = stacks.create(demo.orchestration, bundle, secrets)
        ended = stacks.wait(demo.orchestration, stack, "CREATE")
    deleted = stacks.delete(demo.orchestration, stack)
    assert ended.startswith("FAILED: ")
    assert "step 40-install-kubernetes failed (exit 1): curl exit 22" in ended
    assert deleted == "COMPLETE"


def test_faults_of_the_fake_layer(demo: Any, tmp_path: Path) -> None:
    bundle, secrets = _cluster("lab-breaks", tmp_path)
    with faults.failing("nova-spawn", "lab-breaks-master", "no such disk"):
        stack = stacks.create(demo.orchestration, bundle, secrets)
        ended = stacks.wait(demo.orchestration, stack, "CREATE")
    deleted = stacks.delete(demo.orchestration, stack)
    assert "no such disk" in ended
    assert deleted == "COMPLETE"


def test_quotas(demo: Any, admin: Any, tmp_path: Path) -> None:
    bundle, secrets = _cluster("lab-quota", tmp_path)
    project = admin.identity.get_project(demo.current_project_id).name
    with faults.quota("compute", project, instances=0):
        stack = stacks.create(demo.orchestration, bundle, secrets)
        ended = stacks.wait(demo.orchestration, stack, "CREATE")
    deleted = stacks.delete(demo.orchestration, stack)
    assert "Quota exceeded for instances" in ended
    assert deleted == "COMPLETE"


@ALONE
def test_tokens_can_be_short(lab: Settings) -> None:
    with faults.setting("token-seconds", 5), connect(lab, OWN) as demo:
        token = demo.session.get_token()
        assert demo.identity.get("/auth/tokens", headers={"X-Subject-Token": token}).ok
        time.sleep(6)
        answer = demo.session.get(
            f"{lab.auth_url}/projects", authenticated=False, headers={"X-Auth-Token": token}, raise_exc=False
        )
        assert answer.status_code == 401
