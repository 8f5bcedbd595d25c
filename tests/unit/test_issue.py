"""Credentials issued from a secrets file: openssl trusts the certificates, clients find their files."""

from __future__ import annotations

import re
import shlex
import socket
import ssl
import subprocess
import threading
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import pytest
import yaml
from cryptography import x509

from jeroboam import plugins
from jeroboam.deploy.tls_probe import Greeting, greet
from jeroboam.model.access import ClusterAccess, Credentials
from jeroboam.secrets import Refusal
from jeroboam.secrets.issue import expiry, issued
from tests.support.tls import NOW, authority, listening, server

YEAR = timedelta(days=365)


def secrets(seed: int = 1, **more: str) -> dict[str, str]:
    """A secrets file's values with a CA, and `more` as plain text."""
    plain = {name: b64encode(value.encode()).decode() for name, value in more.items()}
    return {**authority(seed), **plain}


def wanted(
    coe: str, values: Mapping[str, str], *, address: str = "192.0.2.7", masters: tuple[str, ...] = ()
) -> Credentials:
    """What the driver of a COE asks for; the API's port is 4711."""
    driver = plugins.driver(coe)
    assert driver
    scheme = "http" if coe == "mesos" else "https"
    return driver.credentials(ClusterAccess("prod", scheme, address, 4711, masters, frozenset(values)))


def issue(coe: str, values: Mapping[str, str], lifetime: timedelta = YEAR, **more: Any) -> dict[str, str]:
    texts = issued(wanted(coe, values, **more), values, random=Random(7), now=NOW, lifetime=lifetime)
    assert isinstance(texts, dict), texts
    assert all("@{" not in text for text in texts.values())
    ca_key = b64decode(values.get("cluster_ca_key", "")).decode()
    assert not ca_key or all(ca_key not in text for text in texts.values())
    return texts


def openssl(*arguments: str, folder: Path) -> str:
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def sourced(text: str, variables: str, folder: Path) -> str:
    """What a shell has in `variables` after it has read an env.sh."""
    (folder / "env.sh").write_text(text, encoding="utf-8")
    script = f". {shlex.quote(str(folder / 'env.sh'))}; printf '%s\\n' {variables}"
    done = subprocess.run(
        ["bash", "-euc", script], cwd="/", capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


class TestKubernetes:
    def test_a_kubeconfig(self, tmp_path: Path) -> None:
        values = secrets()
        config = yaml.safe_load(issue("kubernetes", values)["kubeconfig"])
        assert (config["apiVersion"], config["kind"], config["current-context"]) == ("v1", "Config", "prod")
        (cluster,), (user,), (context,) = config["clusters"], config["users"], config["contexts"]
        assert context == {"name": "prod", "context": {"cluster": "prod", "user": "prod-admin"}}
        assert (cluster["name"], user["name"]) == ("prod", "prod-admin")
        assert cluster["cluster"]["server"] == "https://192.0.2.7:4711"
        assert cluster["cluster"]["certificate-authority-data"] == values["cluster_ca_cert"]
        (tmp_path / "ca").write_bytes(b64decode(values["cluster_ca_cert"]))
        for part in ("certificate", "key"):
            (tmp_path / part).write_bytes(b64decode(user["user"][f"client-{part}-data"]))
        assert "OK" in openssl(
            "verify", "-purpose", "sslclient", "-CAfile", "ca", "certificate", folder=tmp_path
        )
        subject = openssl(
            "x509", "-noout", "-subject", "-nameopt", "RFC2253", "-in", "certificate", folder=tmp_path
        )
        assert subject == "subject=CN=jeroboam-admin,O=kubeadm:cluster-admins\n"
        public = openssl("pkey", "-pubout", "-in", "key", folder=tmp_path)
        assert public == openssl("x509", "-noout", "-pubkey", "-in", "certificate", folder=tmp_path)

    def test_an_ipv6_address(self) -> None:
        config = yaml.safe_load(issue("kubernetes", secrets(), address="2001:db8::7")["kubeconfig"])
        assert config["clusters"][0]["cluster"]["server"] == "https://[2001:db8::7]:4711"

    def test_each_time_another_key(self) -> None:
        values = secrets()
        ask = wanted("kubernetes", values)
        first, second = (issued(ask, values, random=Random(seed), now=NOW, lifetime=YEAR) for seed in (1, 2))
        assert first != second


def test_a_docker_bundle(tmp_path: Path) -> None:
    values = secrets()
    texts = issue("swarm", values)
    assert set(texts) == {"ca.pem", "cert.pem", "key.pem", "env.sh"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert "OK" in openssl(
        "verify", "-purpose", "sslclient", "-CAfile", "ca.pem", "cert.pem", folder=tmp_path
    )
    context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    told = sourced(texts["env.sh"], '"$DOCKER_HOST" "$DOCKER_TLS_VERIFY" "$DOCKER_CERT_PATH"', tmp_path)
    assert told == f"tcp://192.0.2.7:4711\n1\n{tmp_path}\n"


class TestMesos:
    SECRETS: ClassVar = {
        "mesos_agent_secret": "aaa",
        "mesos_marathon_secret": "mmm",
        "mesos_admin_password": "pw123",
    }

    @staticmethod
    def env(names: tuple[str, ...], masters: tuple[str, ...] = ("10.0.0.5", "10.0.0.6")) -> list[str]:
        values = {n: b64encode(v.encode()).decode() for n, v in TestMesos.SECRETS.items() if n in names}
        text = issue("mesos", values, masters=masters)["env.sh"]
        return [line.removeprefix("export ") for line in text.splitlines() if not line.startswith("#")]

    def test_with_marathon_and_authentication(self) -> None:
        assert self.env(tuple(self.SECRETS)) == [
            "MARATHON_URL=http://192.0.2.7:4711",
            "MARATHON_USER=admin",
            "MARATHON_PASSWORD=pw123",
            "MESOS_URL=http://10.0.0.5:5050",
            "MESOS_USER=admin",
            "MESOS_PASSWORD=pw123",
        ]

    def test_without_authentication(self) -> None:
        lines = self.env(("mesos_admin_password",), masters=())
        assert lines == [
            "MARATHON_URL=http://192.0.2.7:4711",
            "MARATHON_USER=admin",
            "MARATHON_PASSWORD=pw123",
        ]

    def test_without_marathon(self) -> None:
        lines = self.env(("mesos_agent_secret", "mesos_admin_password"))
        assert lines == ["MESOS_URL=http://192.0.2.7:4711", "MESOS_USER=admin", "MESOS_PASSWORD=pw123"]

    def test_with_neither(self) -> None:
        assert self.env(()) == ["MESOS_URL=http://192.0.2.7:4711"]

    def test_a_shell_reads_it(self, tmp_path: Path) -> None:
        values = {n: b64encode(v.encode()).decode() for n, v in self.SECRETS.items()}
        assert sourced(issue("mesos", values)["env.sh"], '"$MARATHON_PASSWORD"', tmp_path) == "pw123\n"


class TestLifetime:
    @pytest.mark.parametrize(("days", "ends"), [(1, 1), (365, 365), (36500, 3650)])
    def test_it_ends_with_the_ca_at_the_latest(self, days: int, ends: int) -> None:
        values, lifetime = secrets(), timedelta(days=days)
        certificate = x509.load_pem_x509_certificate(issue("swarm", values, lifetime)["cert.pem"].encode())
        assert certificate.not_valid_after_utc == NOW + timedelta(days=ends)
        assert certificate.not_valid_before_utc < NOW
        assert expiry(wanted("swarm", values), values, now=NOW, lifetime=lifetime) == NOW + timedelta(
            days=ends
        )

    def test_a_password_does_not_end(self) -> None:
        assert expiry(wanted("mesos", {}), {}, now=NOW, lifetime=YEAR) is None


class TestWrongFiles:
    @staticmethod
    def refused(values: dict[str, str]) -> Refusal:
        done = issued(wanted("kubernetes", values), values, random=Random(7), now=NOW, lifetime=YEAR)
        assert isinstance(done, Refusal)
        assert not any(value in "".join(done) for value in values.values())
        return done

    def test_of_another_kind_of_cluster(self) -> None:
        refusal = self.refused({"mesos_admin_password": "cHc="})
        assert refusal.message == "holds no 'cluster_ca_cert', 'cluster_ca_key'"
        assert "--secrets" in refusal.hint

    def test_a_key_of_another_ca(self) -> None:
        values = {**secrets(), "cluster_ca_key": secrets(seed=2)["cluster_ca_key"]}
        assert "do not belong together" in self.refused(values).message

    @pytest.mark.parametrize("name", ["cluster_ca_key", "cluster_ca_cert"])
    @pytest.mark.parametrize("value", ["bm90IGEga2V5", "%%%"])
    def test_rubbish(self, name: str, value: str) -> None:
        assert "cannot be read" in self.refused({**secrets(), name: value}).message


class TestGreeting:
    CA = b64decode(secrets()["cluster_ca_cert"]).decode()

    def test_of_this_cluster(self, tmp_path: Path) -> None:
        with server(tmp_path, secrets()) as port:
            assert greet("127.0.0.1", port, self.CA) == (Greeting.TRUSTED, "")

    @pytest.mark.parametrize(
        ("seed", "name", "days", "greeting"),
        [
            (2, "127.0.0.1", 1, Greeting.OTHER_CA),
            (1, "127.0.0.2", 1, Greeting.OTHER_NAME),
            (1, "127.0.0.1", -1, Greeting.EXPIRED),
        ],
    )
    def test_not_to_be_trusted(
        self, tmp_path: Path, seed: int, name: str, days: int, greeting: Greeting
    ) -> None:
        with server(tmp_path, secrets(seed), name=name, days=days) as port:
            answer = greet("127.0.0.1", port, self.CA)
        assert answer.greeting is greeting
        assert answer.reason

    def test_no_tls(self) -> None:
        with listening(lambda connection: connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")) as port:
            assert greet("127.0.0.1", port, self.CA).greeting is Greeting.NO_TLS

    def test_open(self) -> None:
        with listening(lambda _: None) as port:
            assert greet("127.0.0.1", port, None).greeting is Greeting.OPEN

    def test_nobody(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        assert greet("127.0.0.1", port, self.CA).greeting is Greeting.UNREACHABLE

    def test_silence(self) -> None:
        stop = threading.Event()
        with listening(lambda _: stop.wait(5)) as port:
            answer = greet("127.0.0.1", port, self.CA, timeout=0.3)
            stop.set()
        assert answer.greeting is Greeting.UNREACHABLE
        assert re.search("says nothing", answer.reason)
