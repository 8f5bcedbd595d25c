"""Whole nodes of every COE on every distro, booted from their real user data, to success and to failure."""

from __future__ import annotations

import base64
import re
import subprocess
from pathlib import Path

import pytest

from jeroboam import plugins
from jeroboam.model.types import RoleKind
from jeroboam.resources import script
from jeroboam.spec.schema import block
from tests.nodescripts.cloud import SECRET_WORDS
from tests.nodescripts.clusters import HOOK, Cluster, cluster, planned
from tests.nodescripts.coes import COES
from tests.nodescripts.images import BUNDLE, IMAGES
from tests.nodescripts.lab import FRAGMENTS
from tests.nodescripts.machine import NAMESPACES, UNITS, Boot, boot

pytestmark = pytest.mark.boots

PAIRS = [(coe, distro) for coe in plugins.names("drivers") for distro in plugins.names("platforms")]
NODES = {
    "first-master": (RoleKind.MASTER, 0),
    "other-master": (RoleKind.MASTER, 1),
    "worker": (RoleKind.WORKER, 0),
}
SECONDS = 45
"""In which a failure is told, on a machine that is busy besides; the bootstrap's own limit is 1,800."""


def _takes_docker(coe: str) -> bool:
    """Whether containers may have Docker's own network."""
    return "docker" in block(coe)["x-network-drivers"]


@pytest.fixture(scope="module")
def clusters() -> dict[tuple[str, ...], Cluster]:
    """Those that this process has made."""
    return {}


@pytest.fixture(scope="module")
def namespaces() -> None:
    """What a throw-away machine needs of this one; without it these tests are skipped, visibly."""
    mount = ["mount", "-t", "tmpfs", "none", "/mnt"]
    if subprocess.run(["unshare", *NAMESPACES, *mount], capture_output=True).returncode:
        pytest.skip(
            "needs namespaces of a user's own: run as root, or allow kernel.unprivileged_userns_clone"
        )


@pytest.fixture(params=PAIRS, ids="-".join)
def lab(
    request: pytest.FixtureRequest,
    namespaces: None,
    clusters: dict[tuple[str, ...], Cluster],
    tmp_path_factory: pytest.TempPathFactory,
) -> Cluster:
    """The cluster of each pair."""
    coe, distro = request.param
    return _made(clusters, coe, distro, "flannel", tmp_path_factory.mktemp("cluster"))


def _made(
    clusters: dict[tuple[str, ...], Cluster], coe: str, distro: str, network: str, folder: Path
) -> Cluster:
    """A cluster, made once; the folder is used if it is made now."""
    if (coe, distro, network) not in clusters:
        clusters[coe, distro, network] = cluster(coe, distro, folder, network)
    return clusters[coe, distro, network]


@pytest.mark.parametrize("which", NODES)
def test_a_node_runs_all_of_its_steps_and_says_so(lab: Cluster, which: str, tmp_path: Path) -> None:
    _succeeds(lab, which, tmp_path)


@pytest.mark.parametrize(("coe", "distro"), [pair for pair in PAIRS if _takes_docker(pair[0])])
def test_so_does_one_whose_containers_have_dockers_own_network(
    clusters: dict[tuple[str, ...], Cluster], namespaces: None, coe: str, distro: str, tmp_path: Path
) -> None:
    """Its Docker starts without what Flannel adds to its unit. Managers and agents take turns."""
    lab = _made(clusters, coe, distro, "docker", tmp_path)
    which = "worker" if PAIRS.index((coe, distro)) % 2 else "first-master"
    node = _succeeds(lab, which, tmp_path)
    assert not (node.disk / UNITS / "flanneld.service").exists()
    assert not (node.disk / UNITS / "docker.service.d/flannel.conf").exists()


def _succeeds(lab: Cluster, which: str, folder: Path) -> Boot:
    """A boot that ran all of its steps, said so, and left nothing that it should not."""
    kind, index = NODES[which]
    node = boot(folder, lab, kind, index)
    assert not any(node.codes), node.output[-4000:]
    (told,) = node.of("signal")
    name = f"lab-{lab.role(kind).name}-{index}"
    assert (told["status"], told["id"]) == ("SUCCESS", name)
    named_already = IMAGES[lab.model.spec.distro].host == "{name}"
    assert (f"hostnamectl set-hostname {name}" in node.calls()) is not named_already
    steps = node.steps()
    assert _ended(node, "ok")[-len(steps) - 1 :] == [*steps, "signal"]
    assert [body["data"]["name"] for body in node.of("progress")][-len(steps) :] == steps
    assert not _ended(node, "failed")
    _only_placed_units_are_started(node)
    _what_was_placed_is_known_to_the_distro(lab, node)
    _no_secret_is_seen(lab, node)
    return node


def _ended(node: Boot, status: str) -> list[str]:
    """The steps that the console says ended so, in order."""
    return re.findall(rf"^jeroboam: .* name=(\S+) status={status} ", node.text("console"), re.MULTILINE)


def _only_placed_units_are_started(node: Boot) -> None:
    """None of the image's own: the bootstrap brings what it starts."""
    verbs = r"systemctl (?:restart|start|enable)(?: -\S+)* (\S+)"
    started = {match[1] for call in node.calls() if (match := re.fullmatch(verbs, call))}
    assert started
    assert {unit for unit in started if not (node.disk / UNITS / unit).exists()} == set()
    assert {path.name for path in (node.disk / "played/failed").iterdir()} == set()


def _what_was_placed_is_known_to_the_distro(lab: Cluster, node: Boot) -> None:
    """Its trust store has the spec's CA, and SELinux, where the distro has it, knows our programs."""
    image = IMAGES[lab.model.spec.distro]
    (bundle,) = (path for path, text in image.files.items() if text == BUNDLE)
    assert "BEGIN CERTIFICATE" in node.text(bundle.lstrip("/"))
    if "restorecon" in image.programs:
        programs = [path.name for path in (node.disk / "local/bin").iterdir()]
        assert programs
        assert {f"restorecon -F /usr/local/bin/{name}" for name in programs} <= set(node.calls())


def _no_secret_is_seen(lab: Cluster, node: Boot) -> None:
    """Not on the console, in no log and on no command line."""
    decoded = (base64.b64decode(value).decode("latin-1") for value in lab.secrets.values())
    secret = [text for text in decoded if "CERTIFICATE" not in text and "PUBLIC KEY" not in text]
    lines = [text.splitlines()[1] if "PRIVATE KEY" in text else text for text in secret]
    paths = ("console", "played/calls", "var/log/jeroboam/bootstrap.log")
    seen = node.output + "".join(map(node.text, paths))
    assert [word for word in (*SECRET_WORDS, *lines, "SWMTKN", "SWMKEY") if word in seen] == []


# --- drills --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [RoleKind.MASTER, RoleKind.WORKER], ids=["master", "worker"])
def test_a_download_with_the_wrong_digest_is_told(lab: Cluster, kind: RoleKind, tmp_path: Path) -> None:
    name, *_, url, _, _ = _artifacts(lab, kind)[-1].split()
    node = boot(tmp_path, lab, kind, tampered=url.rpartition("/")[2], progress=False)
    told = _failure(node)
    assert re.match(r"step 40-install(-kubernetes)? failed \(exit 65\): ", told)
    assert f"{url}: checksum mismatch: SHA-256 is " in told
    assert not [path for path in node.disk.rglob(name) if path.is_file()]


def _artifacts(lab: Cluster, kind: RoleKind) -> list[str]:
    files = lab.role(kind).config.files
    return next(f.content for f in files if f.path.endswith("/artifacts.list")).splitlines()


@pytest.mark.parametrize("role", ["master", "worker"])
def test_a_daemon_that_keeps_ending_is_told(lab: Cluster, role: str, tmp_path: Path) -> None:
    coe, distro = lab.model.spec.coe, lab.model.spec.distro
    drills = COES[coe].masters if role == "master" else COES[coe].workers
    _drill(lab, *drills[PAIRS.index((coe, distro)) % len(drills)], tmp_path)


def _drill(lab: Cluster, which: str, daemon: str, folder: Path) -> None:
    node = boot(folder, lab, *NODES[which], dies=daemon, progress=False)
    told = _failure(node)
    (unit,) = (path.name for path in (node.disk / "played/failed").iterdir())
    last_line = node.text(f"played/journal/{unit}").splitlines()[-1]
    assert re.match(r"step \d\d-\S+ failed \(exit 1\): ", told)
    assert last_line in told


def _failure(node: Boot) -> str:
    """The reason that the one signal gave, within seconds; the step that it names is the last that began.

    Nobody can be told of progress here, which makes drills quick and changes nothing about how they end.
    """
    assert node.codes[-1] != 0, node.output[-3000:]
    (told,) = node.of("signal")
    assert told["status"] == "FAILURE"
    (failed,) = _ended(node, "failed")
    assert told["reason"].startswith(f"step {failed} failed ")
    assert _ended(node, "start")[-1] == failed
    assert not node.of("progress")
    assert node.seconds < SECONDS
    assert isinstance(told["reason"], str)
    return told["reason"]


# --- the lab itself ------------------------------------------------------------------------------


def test_no_step_is_left_out(tmp_path: Path) -> None:
    """Each step that there is runs on some node above; its pair does not matter."""
    (tmp_path / "hook.sh").write_text(HOOK, encoding="utf-8")
    models = [planned(coe, distro, tmp_path, {}) for coe, distro in PAIRS]
    roles = [role for model in models for role in model.roles]
    run = {file.content for role in roles for file in role.config.files if "/steps/" in file.path}
    steps = (str(path.relative_to(FRAGMENTS)) for path in FRAGMENTS.glob("*/steps/*.sh"))
    left_out = [step for step in steps if script(step) not in run]
    assert left_out == []


def test_no_daemon_is_left_out() -> None:
    """There are as many distros as it takes for each drill to be somebody's turn with a daemon."""
    distros = len(plugins.names("platforms"))
    assert {coe for coe, _ in PAIRS} == set(COES)
    assert all(0 < len(drills) <= distros for coe in COES.values() for drills in (coe.masters, coe.workers))
