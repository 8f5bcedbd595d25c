"""`credentials` without a cloud: files, their modes, what is said, and that nothing secret is."""

from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.secrets_file import plain
from tests.unit.cli.running import BAD, SPEC, Run

SWARM = SPEC.replace("kubernetes", "swarm")
FOLDER = Path("demo.credentials")
HERE = ("--address", "192.0.2.7", "--no-verify")


@pytest.fixture
def secrets(run: Run, spec: Path) -> Path:
    assert run("secrets", spec).status == 0
    return Path("demo.secrets.yaml")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_kubeconfig(run: Run, spec: Path, secrets: Path) -> None:
    done = run("credentials", spec, *HERE)
    assert done.status == 0
    assert done.out == "export KUBECONFIG=demo.credentials/kubeconfig\n"
    assert "demo.credentials: kubeconfig; certificate of 'jeroboam-admin', valid until 20" in done.err
    assert (mode(FOLDER), mode(FOLDER / "kubeconfig")) == (0o700, 0o600)
    text = (FOLDER / "kubeconfig").read_text(encoding="utf-8")
    assert yaml.safe_load(text)["clusters"][0]["cluster"]["server"] == "https://192.0.2.7:6443"
    parameters = plain(secrets.read_text(encoding="utf-8"))
    assert {n for n, v in parameters.items() if v in text} == {"cluster_ca_cert"}
    key = yaml.safe_load(text)["users"][0]["user"]["client-key-data"]
    assert key not in done.err + done.out


def test_a_docker_bundle_elsewhere(run: Run, spec: Path) -> None:
    spec.write_text(SWARM, encoding="utf-8")
    run("secrets", spec, "-o", "safe.yaml")
    done = run("credentials", spec, *HERE, "--secrets", "safe.yaml", "-o", "my bundle", "--days", "2")
    assert done.status == 0, done.err
    assert done.out == ". 'my bundle'/env.sh\n"
    assert {(p.name, mode(p)) for p in Path("my bundle").iterdir()} == {
        (name, 0o600) for name in ("ca.pem", "cert.pem", "key.pem", "env.sh")
    }
    verify = ["openssl", "verify", "-CAfile", "my bundle/ca.pem", "my bundle/cert.pem"]
    assert subprocess.run(verify, capture_output=True).returncode == 0


def test_facts(run: Run, spec: Path, secrets: Path) -> None:
    facts = json.loads(run("credentials", spec, *HERE, "--format", "json").out)
    assert facts.pop("valid_until") > "2026"
    assert facts == {
        "cluster": "demo",
        "coe": "kubernetes",
        "api_url": "https://192.0.2.7:6443",
        "folder": "demo.credentials",
        "files": ["kubeconfig"],
        "api": None,
        "api_reason": None,
        "use": ["export KUBECONFIG=demo.credentials/kubeconfig", "kubectl get nodes"],
    }


def test_standard_output(run: Run, spec: Path, secrets: Path) -> None:
    done = run("credentials", "-", *HERE, "-o", "-", stdin=SPEC)
    assert (done.status, done.err) == (0, "")
    assert yaml.safe_load(done.out)["kind"] == "Config"
    assert not FOLDER.exists()


def test_an_api_that_is_out_of_reach_is_a_warning(run: Run, spec: Path, secrets: Path) -> None:
    done = run("credentials", spec, "--address", "127.0.0.1")
    assert done.status == 0
    assert "warning: https://127.0.0.1:6443 cannot be reached from here: Connection refused" in done.err


def test_new_ones_replace_the_old(run: Run, spec: Path, secrets: Path) -> None:
    run("credentials", spec, *HERE)
    before = (FOLDER / "kubeconfig").read_bytes()
    (FOLDER / "kubeconfig").chmod(0o644)
    run("credentials", spec, *HERE)
    assert (FOLDER / "kubeconfig").read_bytes() != before
    assert mode(FOLDER / "kubeconfig") == 0o600
    assert [path.name for path in FOLDER.iterdir()] == ["kubeconfig"]


class TestFailures:
    def test_no_secrets_file(self, run: Run, spec: Path) -> None:
        done = run("credentials", spec, *HERE)
        assert (done.status, done.out) == (1, "")
        assert "there is no secrets file 'demo.secrets.yaml'" in done.err
        assert "--secrets" in done.err
        assert not FOLDER.exists()

    def test_the_file_of_another_kind_of_cluster(self, run: Run, spec: Path, secrets: Path) -> None:
        secrets.write_text("parameters: {mesos_admin_password: cHc=}\n", encoding="utf-8")
        done = run("credentials", spec, *HERE)
        assert done.status == 1
        assert "'demo.secrets.yaml' holds no 'cluster_ca_cert', 'cluster_ca_key'" in done.err
        assert not FOLDER.exists()

    @pytest.mark.parametrize("text", ["- a\n", "a: [\n", "\ufeff{}\n"])
    def test_no_environment(self, text: str, run: Run, spec: Path, secrets: Path) -> None:
        secrets.write_text(text, encoding="utf-8")
        done = run("credentials", spec, *HERE)
        assert done.status == 1
        assert "--secrets" in done.err

    @pytest.mark.usefixtures("secrets")
    def test_a_folder_that_is_a_file(self, run: Run, spec: Path) -> None:
        done = run("credentials", spec, *HERE, "-o", spec)
        assert done.status == 1
        assert "cannot write 'demo.yaml'" in done.err

    def test_a_spec_with_errors(self, run: Run, spec: Path) -> None:
        spec.write_text(BAD, encoding="utf-8")
        assert run("credentials", spec, *HERE).status == 3

    @pytest.mark.parametrize(
        "more", [("-o", "-", "--format", "json"), ("--days", "0"), ("--format", "xml")], ids=" ".join
    )
    @pytest.mark.usefixtures("secrets")
    def test_wrong_usage(self, more: tuple[str, ...], run: Run, spec: Path) -> None:
        assert run("credentials", spec, *HERE, *more).status == 2

    def test_several_files_on_standard_output(self, run: Run, spec: Path) -> None:
        spec.write_text(SWARM, encoding="utf-8")
        run("secrets", spec)
        done = run("credentials", spec, *HERE, "-o", "-")
        assert (done.status, done.out) == (2, "")
        assert "ca.pem, cert.pem, key.pem, env.sh" in " ".join(done.err.split())
