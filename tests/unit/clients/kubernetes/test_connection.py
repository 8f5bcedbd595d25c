"""Who answers and who asks: certificates both ways, time limits, and refusals in words."""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jeroboam import plugins
from jeroboam.clients.kubernetes import api
from jeroboam.model.client import Client, ClientError, Door
from tests.support.played_kubernetes import Answer, status
from tests.support.tls import authority, listening, server
from tests.unit.clients.kubernetes.conftest import ADDRESS, Played, door


def connect(at: Door) -> Client:
    found = plugins.client("kubernetes")
    assert found
    return found(at)


def test_nothing_is_asked_before_it_is_needed(played: Played) -> None:
    played.client()
    assert played.cluster.requests == []


def test_the_api_sees_the_administrator_whom_the_secrets_file_made(played: Played) -> None:
    played.client().members()
    assert set(played.cluster.users) == {"jeroboam-admin"}


def test_the_certificate_has_to_be_for_the_cluster_s_address(played: Played) -> None:
    with pytest.raises(ClientError, match="is not this cluster's API") as error:
        connect(replace(played.door, address="192.0.2.8")).members()
    assert not error.value.unreachable
    assert played.cluster.requests == []


def test_the_certificate_has_to_be_of_the_cluster_s_ca(played: Played, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    why = "is not this cluster's API: certificate verify failed: [a-z -]+$"
    with pytest.raises(ClientError, match=why):
        connect(door(other, played.door.port, seed=2)).members()
    assert played.cluster.requests == []


def test_a_certificate_that_has_expired(played: Played, tmp_path: Path) -> None:
    """It is this cluster's all the same."""
    folder = tmp_path / "expired"
    folder.mkdir()
    with (
        server(folder, authority(1), name=ADDRESS, days=-1) as port,
        pytest.raises(ClientError, match=r"the certificate of the API at .* has expired$") as error,
    ):
        connect(replace(played.door, port=port)).members()
    assert "jeroboam-upkeep" in (error.value.hint or "")
    assert not error.value.unreachable


def test_the_key_is_nowhere_once_it_is_loaded(
    played: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    played.client().members()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("text", ["", "- 1\n", "clusters: []\n", "a: [\n", "clusters: 7\nusers: 7\n"])
def test_a_file_that_is_no_kubeconfig(played: Played, text: str) -> None:
    (played.door.folder / "kubeconfig").write_text(text, encoding="utf-8")
    with pytest.raises(ClientError, match="is no kubeconfig with a client certificate"):
        played.client()


def test_a_key_that_is_none_is_not_repeated(played: Played) -> None:
    file = played.door.folder / "kubeconfig"
    lines = file.read_text(encoding="utf-8").splitlines()
    broken = ["    client-key-data: c2VjcmV0" if "client-key-data" in line else line for line in lines]
    file.write_text("\n".join(broken), encoding="utf-8")
    with pytest.raises(ClientError) as error:
        played.client()
    assert "secret" not in error.value.message.replace("client certificate", "")


def test_no_kubeconfig(played: Played) -> None:
    (played.door.folder / "kubeconfig").unlink()
    with pytest.raises(ClientError, match=r"cannot read .*kubeconfig: No such file"):
        played.client()


def test_nobody_listens(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "_PAUSES", ())
    with listening(lambda _: None) as port:
        pass
    with pytest.raises(ClientError, match=r"at 127\.0\.0\.1:\d+ does not answer: .*refused") as error:
        connect(replace(played.door, port=port)).members()
    assert error.value.unreachable


def _say_nothing(line: socket.socket) -> None:
    while line.recv(1024):
        pass


def test_an_api_that_is_silent_is_not_waited_for_for_ever(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "TIMEOUT_SECONDS", (0.2, 0.2))
    with (
        listening(_say_nothing) as port,
        pytest.raises(ClientError, match="does not answer") as error,
    ):
        connect(replace(played.door, port=port)).members()
    assert error.value.unreachable


def test_an_answer_that_never_ends(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "DEADLINE_SECONDS", 0.5)
    answer = played.cluster.answer

    def slowly(*request: Any) -> Answer:
        time.sleep(2)
        return answer(*request)

    played.cluster.answer = slowly  # type: ignore[method-assign,assignment]
    with pytest.raises(ClientError, match=r"no complete answer within 0\.5 seconds") as error:
        played.client().members()
    assert error.value.unreachable
    assert len(played.cluster.requests) < 2


@pytest.mark.parametrize("code", [429, 500, 503, 504])
def test_an_api_that_cannot_at_the_moment(played: Played, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "_PAUSES", ())
    played.cluster.answers["GET /api/v1/nodes"] = [status(code, "etcdserver: leader changed")]
    with pytest.raises(ClientError, match=f"etcdserver: leader changed \\({code}\\)") as error:
        played.client().members()
    assert error.value.unreachable


def test_an_api_server_that_has_only_begun_refuses_everybody_for_a_moment(played: Played) -> None:
    played.cluster.answers["GET /api/v1/nodes"] = [status(403, "nodes is forbidden")]
    played.cluster.unready = ("poststarthook/rbac/bootstrap-roles",)
    with pytest.raises(ClientError, match="lets nobody in yet") as error:
        played.client().members()
    assert error.value.unreachable
    assert error.value.hint is None


def test_an_api_server_that_comes_to_know_its_rules_after_it_refused(played: Played) -> None:
    played.cluster.answers["GET /api/v1/nodes"] = [status(403, "nodes is forbidden")]
    assert len(played.client().members()) == 2


def test_an_api_that_does_not_know_us(played: Played) -> None:
    played.cluster.answers["GET /api/v1/nodes"] = [status(403, "nodes is forbidden")] * 2
    with pytest.raises(ClientError, match="nodes is forbidden") as error:
        played.client().members()
    assert not error.value.unreachable
    assert "secrets file" in (error.value.hint or "")


def test_a_request_that_was_lost_is_sent_again(played: Played) -> None:
    """As when the API server that a balancer chose goes away."""
    played.cluster.answers["GET /api/v1/nodes"] = [Answer(502, "<html>Bad gateway</html>")]
    assert len(played.client().members()) == 2


def test_a_balancer_that_finds_no_api_server(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "_PAUSES", (0.0,))
    played.cluster.answers["GET /api/v1/nodes"] = [Answer(502, "<html>Bad\x1b[2J\ngateway</html>")] * 2
    with pytest.raises(ClientError) as error:
        played.client().members()
    assert error.value.unreachable
    assert "\x1b" not in error.value.message
    assert len(played.cluster.requests) == 2


@pytest.mark.parametrize("body", ["hello", [], {"items": [7]}, {"items": [{"metadata": {}}]}])
def test_what_is_no_kubernetes(played: Played, body: object) -> None:
    played.cluster.answers["GET /api/v1/nodes"] = [Answer(200, body)]
    with pytest.raises(ClientError, match=r"what answers at 127\.0\.0\.1:\d+ is not Kubernetes' API"):
        played.client().members()


def test_tls_that_nobody_verifies_is_never_made(played: Played) -> None:
    context = api._identity(played.door).context
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert len(context.get_ca_certs()) == 1


def test_a_proxy_of_the_environment_is_asked_and_no_proxy_holds(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "_PAUSES", ())
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(ClientError):
        played.client().members()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert played.client().members()
