"""Docker, containerd, flannel and ZooKeeper take the configurations that are made of accepted specs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from jeroboam.drivers.mesos.daemons import zookeeper_config
from jeroboam.parts.docker import PKI
from jeroboam.pipeline import plan_spec
from tests.properties.strategies import Spec, runtime_specs
from tests.support import tls
from tests.support.cases import CASES, ROOT

PROGRAMS = Path(os.environ.get("PROGRAMS", ROOT / ".tools" / "daemons"))
MIRROR = ROOT / "tests" / "labs" / "nodes" / "mirror" / "programs"
HERE = Path(__file__).parent
CONTAINERD = ROOT / ".tools" / "nodes" / "mirror" / "programs" / "containerd" / "containerd"
SPECS = int(os.environ.get("JEROBOAM_CONSUMER_SPECS") or 60)
Judge = Callable[[str], str | None]
"""What a program has against a text; None where it takes it."""


def texts(spec: bytes | Path, path: str) -> Iterator[str]:
    """The file of that path on each kind of node; none where the spec is refused, or has none."""
    given = ("-", spec) if isinstance(spec, bytes) else (str(spec), None)
    model = plan_spec(given[0], stdin=given[1]).value
    for role in model.roles if model else ():
        yield from {file.content for file in role.config.files if file.path.endswith(path)}


def judged(judge: Judge, path: str) -> None:
    """Asks about a file of every golden, and of as many generated specs as have one."""
    found = [text for case in CASES for text in texts(case.spec, path)]
    with_one: list[bool] = []

    @settings(
        max_examples=SPECS, phases=[Phase.generate], suppress_health_check=list(HealthCheck), deadline=None
    )
    @given(runtime_specs())
    def draw(spec: Spec) -> None:
        added = list(texts(json.dumps(spec).encode(), path))
        with_one.append(bool(added))
        found.extend(added)

    draw()
    wanted = sorted(set(found))
    print(f"{sum(with_one)} accepted specs and the goldens have {len(wanted)} different {path}")
    assert len(wanted) > 1
    refused = [f"{against}: {text}" for text in wanted if (against := judge(text))]
    assert not refused, refused[0]


@pytest.fixture
def dockerd(tmp_path: Path) -> Judge:
    """Dockerd's own check, which reads the certificates that a configuration names."""
    authority = tls.authority(1)
    for name, value in (("ca.crt", "cert"), ("server.crt", "cert"), ("server.key", "key")):
        (tmp_path / name).write_bytes(b64decode(authority[f"cluster_ca_{value}"]))

    def judge(text: str) -> str | None:
        file = tmp_path / "daemon.json"
        file.write_text(text.replace(PKI, str(tmp_path)), encoding="utf-8")
        programs = PROGRAMS / "usr" / "local" / "bin"
        words = (str(programs / "dockerd"), "--validate", "--config-file", str(file))
        # It looks for its proxy on the path.
        done = subprocess.run(words, capture_output=True, text=True, env={"PATH": str(programs)})
        return done.stderr if done.returncode else None

    return judge


@pytest.fixture
def containerd(tmp_path: Path) -> Judge:
    """Whether what containerd says that it goes by has all that it was given."""
    if not CONTAINERD.exists():
        pytest.skip("no containerd: make nodes-mirror")

    def judge(text: str) -> str | None:
        file = tmp_path / "config.toml"
        file.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [str(CONTAINERD), "--config", str(file), "config", "dump"], capture_output=True, text=True
        )
        if done.returncode or "unknown" in done.stderr:
            return done.stderr
        return _absent(tomllib.loads(text)["plugins"], tomllib.loads(done.stdout)["plugins"])

    return judge


@pytest.fixture(scope="module")
def flannel(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """Flannel's own parser and its check of ranges, built from the module of the nodes' flanneld."""
    folder = tmp_path_factory.mktemp("flannel")
    for name in ("go.mod", "go.sum"):
        shutil.copy(MIRROR / "flannel" / name, folder)
    shutil.copy(HERE / "flannel" / "main.go", folder)
    flags = {**os.environ, "GOFLAGS": "-mod=readonly", "CGO_ENABLED": "0"}
    subprocess.run(["go", "build", "-o", "judge", "."], cwd=folder, env=flags, check=True)

    def judge(text: str) -> str | None:
        line = json.dumps(json.loads(text)) + "\n"
        done = subprocess.run([str(folder / "judge")], input=line, capture_output=True, text=True, check=True)
        return json.loads(done.stdout) or None

    return judge


@pytest.fixture(scope="module")
def zookeeper(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """ZooKeeper's own parser, of the version that nodes run (Java 17, Maven)."""
    if not shutil.which("mvn") or not shutil.which("java"):
        pytest.skip("no Java, or no Maven")
    folder = tmp_path_factory.mktemp("zookeeper")
    for name in ("pom.xml", "Judge.java"):
        shutil.copy(HERE / "zookeeper" / name, folder)
    copy = ("mvn", "--quiet", "--batch-mode", "dependency:copy-dependencies", "-DoutputDirectory=lib")
    subprocess.run(copy, cwd=folder, check=True, capture_output=True)
    (folder / "myid").write_text("1\n", encoding="ascii")

    def judge(text: str) -> str | None:
        file = folder / "zoo.cfg"
        filled = re.sub(r"@\{MASTER_ADDRESS_(\d)\}", r"10.0.0.1\1", text)
        file.write_text(filled.replace("dataDir=/data\n", f"dataDir={folder}\n"), encoding="utf-8")
        words = ("java", "-cp", "lib/*", "Judge.java", str(file))
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
        return done.stdout or None

    return judge


def _absent(given: object, known: object, at: str = "") -> str | None:
    """The first key or value that was given and is not among what the program says it goes by."""
    if isinstance(given, dict) and isinstance(known, dict):
        for key, value in given.items():
            if found := _absent(value, known.get(key), f"{at}/{key}"):
                return found
        return None
    return None if given == known else f"{at} is {known!r} to containerd"


@pytest.mark.daemons
def test_dockerd_takes_its_configuration(dockerd: Judge) -> None:
    assert dockerd('{"registry-mirrors": ["https://mirror.example.org/path?query"]}')
    judged(dockerd, "/etc/docker/daemon.json")


@pytest.mark.daemons
def test_flannel_takes_its_configuration(flannel: Judge) -> None:
    assert flannel('{"Network": "10.0.0.0/16", "SubnetLen": 12, "Backend": {"Type": "vxlan"}}')
    judged(flannel, "/flannel/net-conf.json")


@pytest.mark.daemons
def test_zookeeper_takes_its_configuration(zookeeper: Judge) -> None:
    """A spec says the number of its masters alone, so all that there can be are asked about."""
    assert zookeeper("dataDir=/data\nclientPort=2181\ntickTime=soon\n")
    assert zookeeper("dataDir=/data\nclientPort=2181\nautopurge.snapRetainCounts=3\n") == (
        "nothing reads autopurge.snapRetainCounts\n"
    )
    for masters in (1, 3, 5, 7):
        assert zookeeper(zookeeper_config(masters)) is None


@pytest.mark.consumers
def test_containerd_takes_its_configuration(containerd: Judge) -> None:
    assert containerd("version = 3\n[plugins.'io.containerd.cri.v1.images']\nsnapshoter = 'native'\n")
    judged(containerd, "/etc/containerd/config.toml")
