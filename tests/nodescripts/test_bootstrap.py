"""Whole nodes of every COE on every distro, booted from their real user data, to success and to failure."""

from __future__ import annotations

import base64
import re
import subprocess
from pathlib import Path

import pytest

from jeroboam import plugins
from jeroboam.model.types import RoleKind
from tests.nodescripts.cloud import SECRET_WORDS
from tests.nodescripts.clusters import Cluster, cluster
from tests.nodescripts.images import BUNDLE, IMAGES
from tests.nodescripts.lab import FRAGMENTS
from tests.nodescripts.machine import NAMESPACES, UNITS, Boot, boot

PAIRS = [(coe, distro) for coe in plugins.names("drivers") for distro in plugins.names("platforms")]
NODES = {
    "first-master": (RoleKind.MASTER, 0),
    "other-master": (RoleKind.MASTER, 1),
    "worker": (RoleKind.WORKER, 0),
}
DAEMONS = {"kubernetes": "containerd", "mesos": "mesos-agent", "swarm": "dockerd"}
"""One of each COE's workers that a step starts and waits for."""
ON_MASTERS = {
    "etcd": "swarm", "flanneld": "swarm", "zookeeper": "mesos", "mesos-master": "mesos", "marathon": "mesos"
}  # fmt: skip
"""Each other one, and a COE whose masters have it."""
SECONDS = 45
"""In which a failure is told, on a machine that is busy besides; the bootstrap's own limit is 1,800."""


@pytest.fixture(scope="module")
def clusters() -> dict[tuple[str, str], Cluster]:
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
    clusters: dict[tuple[str, str], Cluster],
    tmp_path_factory: pytest.TempPathFactory,
) -> Cluster:
    """The cluster of each pair."""
    if request.param not in clusters:
        coe, distro = request.param
        clusters[coe, distro] = cluster(coe, distro, tmp_path_factory.mktemp("cluster"))
    return clusters[request.param]


@pytest.mark.parametrize("which", NODES)
def test_a_node_runs_all_of_its_steps_and_says_so(lab: Cluster, which: str, tmp_path: Path) -> None:
    kind, index = NODES[which]
    node = boot(tmp_path, lab, kind, index)
    assert not any(node.codes), node.output[-4000:]
    (told,) = node.of("signal")
    assert (told["status"], told["id"]) == ("SUCCESS", f"lab-{lab.role(kind).name}-{index}")
    steps = node.steps()
    assert _ended(node, "ok")[-len(steps) - 1 :] == [*steps, "signal"]
    assert [body["data"]["name"] for body in node.of("progress")][-len(steps) :] == steps
    assert not _ended(node, "failed")
    _only_placed_units_are_started(node)
    _what_was_placed_is_known_to_the_distro(lab, node)
    _no_secret_is_seen(lab, node)


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


def test_a_download_with_the_wrong_digest_is_told(lab: Cluster, tmp_path: Path) -> None:
    name, *_, url, _, _ = _artifacts(lab)[-1].split()
    node = boot(tmp_path, lab, RoleKind.WORKER, tampered=url.rpartition("/")[2])
    told = _failure(node)
    assert re.match(r"step 40-install(-kubernetes)? failed \(exit 65\): ", told)
    assert f"{url}: SHA-256 is " in told
    assert not [path for path in node.disk.rglob(name) if path.is_file()]


def _artifacts(lab: Cluster) -> list[str]:
    files = lab.role(RoleKind.WORKER).config.files
    return next(f.content for f in files if f.path.endswith("/artifacts.list")).splitlines()


def test_a_daemon_that_keeps_ending_is_told(lab: Cluster, tmp_path: Path) -> None:
    _drill(lab, RoleKind.WORKER, DAEMONS[lab.model.spec.coe], tmp_path)


@pytest.mark.parametrize(
    ("daemon", "lab"),
    [(daemon, (coe, PAIRS[0][1])) for daemon, coe in ON_MASTERS.items()],
    ids=ON_MASTERS,
    indirect=["lab"],
)
def test_so_is_each_other_daemon(lab: Cluster, daemon: str, tmp_path: Path) -> None:
    _drill(lab, RoleKind.MASTER, daemon, tmp_path)


def _drill(lab: Cluster, kind: RoleKind, daemon: str, folder: Path) -> None:
    node = boot(folder, lab, kind, dies=daemon)
    told = _failure(node)
    (unit,) = (path.name for path in (node.disk / "played/failed").iterdir())
    last_line = node.text(f"played/journal/{unit}").splitlines()[-1]
    assert re.match(r"step \d\d-\S+ failed \(exit 1\): ", told)
    assert last_line in told


def _failure(node: Boot) -> str:
    """The reason that the one signal gave, within seconds; the step that it names is the last that began."""
    assert node.codes[-1] != 0, node.output[-3000:]
    (told,) = node.of("signal")
    assert told["status"] == "FAILURE"
    (failed,) = _ended(node, "failed")
    assert told["reason"].startswith(f"step {failed} failed ")
    assert node.of("progress")[-1]["data"]["name"] == failed
    assert node.seconds < SECONDS
    assert isinstance(told["reason"], str)
    return told["reason"]


# --- the lab itself ------------------------------------------------------------------------------


def test_no_step_is_left_out(tmp_path: Path) -> None:
    """Each step that there is runs on some node above; its pair does not matter."""
    run = set()
    for coe in plugins.names("drivers"):
        (tmp_path / coe).mkdir()
        model = cluster(coe, PAIRS[0][1], tmp_path / coe).model
        run |= {file.content for role in model.roles for file in role.config.files if "/steps/" in file.path}
    left_out = [p.name for p in FRAGMENTS.glob("*/steps/*.sh") if p.read_text("utf-8") not in run]
    assert left_out == []
