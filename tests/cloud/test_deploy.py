"""`deploy` on a real Heat: every pair lives, grows, shrinks and goes; being cut off does it no harm."""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from jeroboam import plugins
from tests.cloud.clusters import Cluster, gone_afterwards
from tests.cloud.losses import Loss, losing
from tests.cloud.nodes import playing
from tests.cloud.stacks import Stack, belongings, delete
from tests.labs.cloud import faults
from tests.labs.cloud.seed import connect
from tests.labs.cloud.settings import settings

pytestmark = pytest.mark.cloud


def _servers(demo: Any, cluster: Cluster) -> dict[str, str]:
    return {s.name: s.id for s in demo.compute.servers() if s.name.startswith(f"{cluster.name}-")}


@pytest.mark.long
@pytest.mark.parametrize("coe", plugins.names("drivers"))
def test_every_pair_lives_grows_shrinks_and_goes(demo: Any, tmp_path: Path, coe: str) -> None:
    """Two distros at a time: Heat is what takes the time."""
    before = belongings(demo)
    clusters = [Cluster(tmp_path, f"p-{coe}-{distro}", coe, distro) for distro in plugins.names("platforms")]
    with gone_afterwards(*clusters):
        with ThreadPoolExecutor(2) as at_once:
            assert len(list(at_once.map(_lives_grows_shrinks_and_goes, clusters))) == 4
        assert belongings(demo) == before


MORE: Mapping[str, Mapping[str, Any]] = {
    "flatcar": {"more": "api: {load_balancer: true}\n"},
    "ubuntu": {"group": ", docker_volume: {size: 20}"},
}
"""By distro, what its clusters have besides: of each service there is something to be deleted."""


def _more(cluster: Cluster) -> Mapping[str, Any]:
    if (cluster.coe, cluster.distro) == ("mesos", "fedora-coreos"):
        # As preflight's `image-release` tells whoever has an image as new as the lab's.
        return {"more": "mesos: {containerizers: [mesos]}\n"}
    return MORE.get(cluster.distro, {})


def _lives_grows_shrinks_and_goes(cluster: Cluster) -> None:
    more = _more(cluster)
    cluster.says(nodes=1, **more)
    with playing(cluster.name) as said, connect(settings(), cluster.cloud) as demo:
        made = cluster.deploy()
        assert made.code == 0, made.text
        assert f"{cluster.name}-default-0: ready" in made.err
        assert "api_url: " in made.out
        first = _servers(demo, cluster)
        assert set(first) == {f"{cluster.name}-master-0", f"{cluster.name}-default-0"}

        cluster.says(nodes=2, **more)
        grown = cluster.deploy()
        assert grown.code == 0, grown.text
        second = _servers(demo, cluster)
        assert first.items() < second.items()
        assert set(second) - set(first) == {f"{cluster.name}-default-1"}

        cluster.says(nodes=1, **more)
        shrunk = cluster.deploy()
        assert shrunk.code == 0, shrunk.text
        assert _servers(demo, cluster) == first
        assert "nothing to do" in cluster.deploy().err

        removed = cluster.delete("--volumes")
        assert removed.code == 0, removed.text
    assert {one.status for one in said} == {200}


def test_an_existing_floating_ip_leads_to_the_api_and_outlives_it(demo: Any, tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, "kept-address")
    network = demo.network
    kept = network.create_ip(floating_network_id=network.find_network("public").id)
    try:
        given = f"{{id: {kept.id}, address: {kept.floating_ip_address}}}"
        cluster.says(nodes=1, more=f"api: {{existing_floating_ip: {given}}}\n")
        with gone_afterwards(cluster), playing(cluster.name):
            made = cluster.deploy()
            assert made.code == 0, made.text
            assert f"api_url: https://{kept.floating_ip_address}:6443" in made.out
            assert network.get_ip(kept).port_id == network.find_port(f"{cluster.name}-master-0").id
            assert "nothing to do" in cluster.deploy().err
            assert cluster.delete("--volumes").code == 0
        assert network.get_ip(kept).port_id is None
    finally:
        network.delete_ip(kept)


def test_a_second_port_comes_after_the_first_and_goes_with_the_node(demo: Any, tmp_path: Path) -> None:
    """On a network that stays; the next deployment plugs another port of it into servers that run."""
    cluster, network = Cluster(tmp_path, "two-ports"), demo.network
    beside = network.create_network(name="beside-two-ports")
    subnet = network.create_subnet(network_id=beside.id, cidr="10.79.0.0/24", ip_version=4, name=beside.name)
    on_beside = f"{{network: {beside.name}, subnet: {subnet.name}, security_groups: [default]}}"
    try:
        cluster.says(nodes=2, group=f", ports: [{on_beside}]")
        with gone_afterwards(cluster), playing(cluster.name):
            made = cluster.deploy()
            assert made.code == 0, made.text
            assert {name: _networks(demo, server) for name, server in _servers(demo, cluster).items()} == {
                f"{cluster.name}-master-0": [cluster.name],
                f"{cluster.name}-default-0": [cluster.name, beside.name],
                f"{cluster.name}-default-1": [cluster.name, beside.name],
            }
            assert "nothing to do" in cluster.deploy().err

            cluster.says(nodes=1, group=f", ports: [{on_beside}, {{network: {beside.name}}}]")
            before = _servers(demo, cluster)
            changed = cluster.deploy()
            assert changed.code == 0, changed.text
            after = _servers(demo, cluster)
            assert after.items() < before.items()
            worker = _networks(demo, after[f"{cluster.name}-default-0"])
            assert worker == [cluster.name, beside.name, beside.name]
            assert cluster.delete("--volumes").code == 0
        assert not [p for p in network.ports(network_id=beside.id) if p.device_owner.startswith("compute:")]
    finally:
        network.delete_network(beside)


def _networks(demo: Any, server: str) -> list[str]:
    """The networks that a server has addresses on, by name, once for each port, in Nova's order."""
    addresses = demo.compute.get_server(server).addresses
    return [name for name, found in addresses.items() for one in found if one["OS-EXT-IPS:type"] == "fixed"]


@pytest.mark.plain
def test_one_broken_node_is_replaced(demo: Any, tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, "retire")
    cluster.says(nodes=2)
    with gone_afterwards(cluster), playing(cluster.name):
        assert cluster.deploy().code == 0
        first = _servers(demo, cluster)
        text = cluster.spec.read_text(encoding="utf-8").replace("count: 2,", "count: 2, retired: [0],")
        cluster.spec.write_text(text, encoding="utf-8")
        done = cluster.deploy()
        assert done.code == 0, done.text
        second = _servers(demo, cluster)
    assert set(second) == {"retire-master-0", "retire-default-1", "retire-default-2"}
    assert second["retire-default-1"] == first["retire-default-1"]


def test_a_killed_deployment_is_taken_up_by_the_next(demo: Any, tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, "killed")
    with gone_afterwards(cluster):
        first = cluster.start("deploy", cluster.spec.name, "--yes", "--make-secrets")
        first.until("network CREATE_COMPLETE")
        first.send(signal.SIGKILL)
        first.wait()
        with playing(cluster.name):
            again = cluster.deploy()
        assert again.code == 0, again.text
        assert "resuming the wait" in again.err
        assert [s.name for s in demo.orchestration.stacks() if s.name == "killed"] == ["killed"]
        assert len(_servers(demo, cluster)) == 2


def test_ctrl_c_leaves_the_stack_and_says_how_to_go_on(tmp_path: Path, lab: Any) -> None:
    cluster = Cluster(tmp_path, "interrupted")
    with gone_afterwards(cluster):
        first = cluster.start("deploy", cluster.spec.name, "--yes", "--make-secrets")
        first.until("network CREATE_COMPLETE")
        first.send(signal.SIGINT)
        ended = first.wait()
        assert ended.code == 130
        assert "jeroboam status --watch interrupted" in ended.err
        with playing(cluster.name):
            watched = cluster.run("status", "--watch", cluster.name)
        assert watched.code == 0, watched.text
        assert "interrupted CREATE_COMPLETE" in watched.err


def test_time_that_is_up_leaves_the_stack(tmp_path: Path, lab: Any) -> None:
    cluster = Cluster(tmp_path, "late")
    with gone_afterwards(cluster):
        done = cluster.deploy("--timeout", "0.1")
        assert done.code == 5, done.text
        assert "still in progress" in done.err
        assert "jeroboam status --watch late" in done.err


@pytest.mark.parametrize("how", [Loss.NO_ANSWER, Loss.GATEWAY_TIMEOUT])
def test_a_lost_answer_to_the_create_doubles_nothing(demo: Any, tmp_path: Path, how: Loss) -> None:
    cluster = Cluster(tmp_path, f"lost-{how}")
    with gone_afterwards(cluster), playing(cluster.name), losing(tmp_path, how) as (clouds, lost):
        done = cluster.deploy(OS_CLIENT_CONFIG_FILE=str(clouds))
        assert done.code == 0, done.text
        assert lost.is_set()
        assert [s.name for s in demo.orchestration.stacks() if s.name == cluster.name] == [cluster.name]
        assert len(_servers(demo, cluster)) == 2


@pytest.mark.alone
def test_heat_may_be_away_for_half_a_minute(tmp_path: Path, lab: Any) -> None:
    cluster = Cluster(tmp_path, "away")
    with gone_afterwards(cluster), playing(cluster.name, {"*": "slow:45"}):
        running = cluster.start("deploy", cluster.spec.name, "--yes", "--make-secrets")
        running.until("step 1/")
        with faults.without("heat-api"):
            time.sleep(30)
        done = running.wait()
    assert done.code == 0, done.text
    assert "Heat does not answer" in done.err
    assert "Heat answers again, after" in done.err


@pytest.mark.alone
@pytest.mark.parametrize("service", ["heat-engine", "rabbitmq"])
def test_a_stack_that_heat_let_go_of_is_revived(tmp_path: Path, demo: Any, service: str) -> None:
    cluster = Cluster(tmp_path, f"revived-{service}")
    with (
        gone_afterwards(cluster),
        faults.delayed("nova-spawn", f"{cluster.name}-", 12),
        playing(cluster.name),
    ):
        running = cluster.start("deploy", cluster.spec.name, "--yes", "--make-secrets")
        running.until("network CREATE_COMPLETE")
        time.sleep(6)  # the servers are being built
        if service == "rabbitmq":
            # What a broker takes with it is chance; here it is the news that the servers are there.
            faults.unheard("heat", "engine_worker")
            _await_servers(demo, cluster, 2)
        with faults.without(service):
            time.sleep(5)
        done = running.wait(900)
    assert done.code == 0, done.text
    assert "Heat has stalled" in done.err
    assert "updated with its own template" in done.err


def _await_servers(demo: Any, cluster: Cluster, count: int) -> None:
    """Until so many run, and Heat has had the time to see it."""
    until = time.monotonic() + 300
    while (
        sum(s.status == "ACTIVE" for s in demo.compute.servers() if s.name in _servers(demo, cluster)) < count
    ):
        assert time.monotonic() < until, "the servers do not come"
        time.sleep(1)
    time.sleep(8)


@pytest.mark.alone
def test_a_token_that_ends_during_the_wait_is_renewed(tmp_path: Path, lab: Any) -> None:
    cluster = Cluster(tmp_path, "renewed")
    with (
        gone_afterwards(cluster),
        faults.setting("token-seconds", 90),
        playing(cluster.name, {"*": "slow:120"}),
    ):
        began = time.monotonic()
        done = cluster.deploy()
    assert done.code == 0, done.text
    assert time.monotonic() - began > 120


@pytest.mark.alone
def test_a_token_that_ends_during_the_create_is_explained_and_the_next_run_goes_on(
    tmp_path: Path, lab: Any
) -> None:
    cluster = Cluster(tmp_path, "expired")
    with gone_afterwards(cluster), playing(cluster.name):
        with faults.setting("token-seconds", 12), faults.delayed("nova-spawn", "expired-", 25):
            failed = cluster.deploy()
        assert failed.code == 1, failed.text
        assert "[token-expired]" in failed.err
        again = cluster.deploy()
        assert again.code == 0, again.text


@pytest.mark.alone
def test_nodes_signal_long_after_the_life_of_a_token(tmp_path: Path, demo: Any) -> None:
    cluster = Cluster(tmp_path, "longago")
    with gone_afterwards(cluster), faults.setting("token-seconds", 90), playing(cluster.name):
        assert cluster.deploy().code == 0
        time.sleep(100)
        cluster.says(nodes=2)
        grown = cluster.deploy()
        assert grown.code == 0, grown.text
        assert "longago-default-1: ready" in grown.err


@pytest.mark.plain
def test_a_stack_of_someone_else_is_left_alone(demo: Any, tmp_path: Path) -> None:
    template = {"heat_template_version": "2018-08-31", "resources": {"x": {"type": "OS::Heat::RandomString"}}}
    made = demo.orchestration.post("/stacks", json={"stack_name": "theirs", "template": template})
    theirs = Stack("theirs", made.json()["stack"]["id"])
    try:
        done = Cluster(tmp_path, "theirs").deploy()
        assert done.code == 1
        assert "a stack 'theirs' in this project that Jeroboam did not create" in done.err
        assert demo.orchestration.get(theirs.path).json()["stack"]["stack_status"].startswith("CREATE")
    finally:
        assert delete(demo.orchestration, theirs) == "COMPLETE"


def test_other_secrets_are_refused_and_lost_ones_never_made_anew(tmp_path: Path, lab: Any) -> None:
    cluster = Cluster(tmp_path, "secretive")
    secrets = tmp_path / "secretive.secrets.yaml"
    with gone_afterwards(cluster), playing(cluster.name):
        assert cluster.deploy().code == 0
        assert secrets.stat().st_mode & 0o777 == 0o600
        kept = secrets.read_bytes()
        rotated = cluster.run("secrets", cluster.spec.name, "--rotate", "--yes")
        assert (rotated.code, secrets.read_bytes()) == (1, kept)
        assert "error: the stack 'secretive' (CREATE_COMPLETE) was created with the values in" in rotated.err
        secrets.unlink()
        lost = cluster.deploy()
        assert lost.code == 1
        assert "was created with its values" in lost.err
        assert not secrets.exists()
        assert cluster.run("secrets", cluster.spec.name).code == 0
        other = cluster.deploy()
        assert other.code == 1
        assert "made with other secrets" in other.err
        secrets.write_bytes(kept)
        assert cluster.deploy().code == 0


def test_a_master_that_runs_is_not_rebuilt(tmp_path: Path, demo: Any) -> None:
    cluster = Cluster(tmp_path, "careful")
    master = f"{cluster.name}-master-0"

    def image() -> str:
        found: str = demo.compute.get_server(_servers(demo, cluster)[master]).image.id
        return found

    with gone_afterwards(cluster), playing(cluster.name):
        assert cluster.deploy().code == 0
        before, booted = _servers(demo, cluster), image()
        cluster.says(image="ubuntu-22.04")
        kept = cluster.deploy()
        assert kept.code == 0, kept.text
        assert "keep image as they are" in kept.err
        assert (_servers(demo, cluster), image()) == (before, booted)


def test_an_image_that_is_not_there_is_said_before_and_by_heat(tmp_path: Path, demo: Any) -> None:
    cluster = Cluster(tmp_path, "faceless")
    cluster.says(image="ubuntu-99")
    refused = cluster.deploy()
    assert refused.code == 1
    assert "error[image-exists]: " in refused.err
    pressed = cluster.deploy("--ignore", "image-exists")
    assert pressed.code == 1
    assert "No images matching {'name': 'ubuntu-99'}" in pressed.err
    assert demo.orchestration.get("/stacks/faceless").status_code == 404


def test_without_consent_nothing_happens(tmp_path: Path, demo: Any) -> None:
    cluster = Cluster(tmp_path, "unasked")
    done = cluster.run("deploy", cluster.spec.name, "--make-secrets")
    assert done.code == 2
    assert "--yes" in done.err
    assert demo.orchestration.get("/stacks/unasked").status_code == 404


@pytest.mark.plain
def test_programs_get_an_object_a_line(tmp_path: Path, lab: Any) -> None:
    cluster = Cluster(tmp_path, "spoken")
    with gone_afterwards(cluster), playing(cluster.name):
        done = cluster.deploy("--format", "ndjson")
    assert done.code == 0, done.text
    steps = [told for told in done.told if told["kind"] == "node" and told["subject"] == "spoken-default-0"]
    assert steps[-1]["ready"] is True
    assert done.told[-1]["stack"] == "spoken"


@pytest.mark.alone
def test_fifty_nodes_are_asked_about_at_a_bounded_rate(tmp_path: Path, lab: Any) -> None:
    cluster = Cluster(tmp_path, "fifty")
    cluster.says(nodes=50)
    with gone_afterwards(cluster), playing(cluster.name, {"*": "slow:20"}):
        began = time.monotonic()
        running = cluster.start("deploy", cluster.spec.name, "--yes", "--make-secrets")
        running.until("network CREATE_COMPLETE", 300)
        early, late = _resident(running.pid), []
        with ThreadPoolExecutor(1) as at_once:
            waiting = at_once.submit(running.wait, 1500)
            while not waiting.done():
                late.append(_resident(running.pid))
                time.sleep(1)
        done = waiting.result()
        seconds = time.monotonic() - began
    assert done.code == 0, done.text
    requests = int(done.err.split(" requests were made")[0].rsplit(" ", 1)[1])
    print(f"{requests} requests in {seconds:.0f} s; resident {early} KiB, at most {max(late)} KiB")
    assert requests < 2 * seconds + 60
    assert max(late) < early + 30_000


def _resident(pid: int) -> int:
    """Resident memory in KiB (proc(5)); none once the process has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")), 0)
