"""No secret of a cluster is told to colleagues in the project, nor left in Heat's database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jeroboam.secrets import Contents, contents
from jeroboam.secrets.seal import KEYPAIR_PARAMETERS
from tests.cloud.clusters import OWN, Cluster, gone_afterwards
from tests.cloud.exposure import colleague, dump, found_in, needles, told
from tests.cloud.nodes import playing
from tests.cloud.stacks import Stack, delete, secrets, wait
from tests.labs.cloud.settings import Settings
from tests.support.cases import compiled_text

pytestmark = pytest.mark.cloud


BY_HAND = Path(sys.executable).with_name("openstack")


def _secrets(cluster: Cluster) -> dict[str, tuple[str, ...]]:
    """What must not be seen of the file's values and seal; certificates and public keys may."""
    text = (cluster.folder / f"{cluster.name}.secrets.yaml").read_text(encoding="utf-8")
    held = contents(text, ())
    assert isinstance(held, Contents)
    assert held.seal
    values = {
        str(name): str(value)
        for name, value in held.parameters.items()
        if not str(name).endswith(("_cert", "public_key")) and name not in KEYPAIR_PARAMETERS
    }
    seal = {"seal of masters": (held.seal.master,), "seal of workers": (held.seal.worker,)}
    return {**needles(values), **seal}


LONG = pytest.mark.long


@pytest.mark.plain
@pytest.mark.parametrize(
    "coe", ["kubernetes", pytest.param("swarm", marks=LONG), pytest.param("mesos", marks=LONG)]
)
def test_no_secret_is_told_to_colleagues_or_left_behind(
    lab: Settings, demo: Any, tmp_path: Path, coe: str
) -> None:
    cluster = Cluster(tmp_path, f"closed-{coe}", coe)
    more = "kubernetes: {encrypt_secrets: true}\n" if coe == "kubernetes" else ""
    cluster.says(more=f"{more}heat: {{layout: nested}}\n")
    project = "second" if OWN.endswith("second") else "demo"
    with gone_afterwards(cluster), playing(cluster.name):
        made = cluster.deploy()
        assert made.code == 0, made.text
        values = _secrets(cluster)
        asked = 0
        for role in ("reader", "member"):
            with colleague(lab, role, project) as user:
                for question, answer in told(user, cluster.name, demo.current_user_id):
                    asked += 1
                    assert found_in(answer, values) == set(), f"a {role} reads it: {question}"
        assert asked > 200
        assert cluster.delete("--cleanup", "--volumes").code == 0
    assert found_in(dump(lab), values) == set()


def test_an_environment_file_given_by_hand_tells_no_secret(lab: Settings, demo: Any, tmp_path: Path) -> None:
    """`openstack stack create -e` has Heat keep the file, which whoever reads the project can ask for."""
    cluster = Cluster(tmp_path, "by-hand")
    bundle = compiled_text(cluster.spec.read_text(encoding="utf-8"), tmp_path)
    template = tmp_path / "template.yaml"
    template.write_text(bundle.files[bundle.hot], encoding="utf-8")
    with playing(cluster.name):
        file = cluster.spec.with_suffix(".secrets.yaml")
        secrets(cluster.spec)
        made = subprocess.run(
            [BY_HAND, "stack", "create", "-t", template, "-e", file, "--timeout", "10", cluster.name],
            env={"OS_CLIENT_CONFIG_FILE": str(lab.clouds), "OS_CLOUD": OWN, "HOME": str(tmp_path)},
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        stack = Stack(cluster.name, demo.orchestration.get(f"/stacks/{cluster.name}").json()["stack"]["id"])
        ended = wait(demo.orchestration, stack, "CREATE")
        kept = demo.orchestration.get(f"{stack.path}/files").json()
        values = _secrets(cluster)
        project = "second" if OWN.endswith("second") else "demo"
        with colleague(lab, "reader", project) as user:
            seen = [q for q, text in told(user, cluster.name, demo.current_user_id) if found_in(text, values)]
        assert delete(demo.orchestration, stack) == "COMPLETE"
    assert ended == "COMPLETE"
    assert list(kept) == [file.as_uri()]
    assert seen == []
