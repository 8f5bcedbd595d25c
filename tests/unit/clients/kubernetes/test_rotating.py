"""What a Kubernetes does itself in a rotation: Secrets written again, tokens replaced, old users named."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jeroboam.clients.kubernetes.rotating import key_id
from jeroboam.model.client import ClientError
from jeroboam.model.rotation import AfterPhase, JoinToken, Rotator
from jeroboam.secrets.lifetime import window_end, windows
from tests.support.played_kubernetes import Answer, status
from tests.unit.clients.kubernetes.conftest import Played

SYSTEM = "/api/v1/namespaces/kube-system/secrets"
MINE = "/api/v1/namespaces/default/secrets/mine"
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
KEY = b64encode(bytes(range(32))).decode()
TOKENS = tuple(
    JoinToken(token[:6], token[7:], f"{window_end(number, 24):%Y-%m-%dT%H:%M:%SZ}")
    for number, token in windows(KEY, NOW, 24)
)
PUBLIC = b"-----BEGIN PUBLIC KEY-----\n" + b64encode(b"some key") + b"\n-----END PUBLIC KEY-----\n"


def rotator(played: Played) -> Rotator:
    client = played.client()
    assert isinstance(client, Rotator)
    return client


def put(played: Played, path: str, kind: str = "Opaque", **data: str) -> None:
    encoded = {name: b64encode(text.encode()).decode() for name, text in data.items()}
    played.cluster.put(path, {"type": kind, "data": encoded})


def test_every_secret_is_put_back_as_it_is(played: Played) -> None:
    put(played, MINE, word="kept")
    put(played, f"{SYSTEM}/other", word="kept too")
    before = {
        path: played.cluster.objects[path]["metadata"]["resourceVersion"]
        for path in (MINE, f"{SYSTEM}/other")
    }
    said = list(rotator(played).after_phase(AfterPhase.REWRITE_SECRETS, (), {}))
    assert said == ["2 Secrets written again, with the new key"]
    for path, version in before.items():
        now = played.cluster.objects[path]
        assert now["metadata"]["resourceVersion"] != version
        assert b64decode(now["data"]["word"]).startswith(b"kept")


@pytest.mark.parametrize("code", [404, 409])
def test_what_is_gone_or_was_changed_meanwhile_needs_nothing(played: Played, code: int) -> None:
    put(played, MINE, word="kept")
    played.cluster.answers[f"PUT {MINE}"] = [status(code, "the object has been modified")] * 3
    list(rotator(played).after_phase(AfterPhase.REWRITE_SECRETS, (), {}))
    assert played.cluster.requests.count(f"PUT {MINE}") == 1


def test_one_that_cannot_be_written_is_told(played: Played) -> None:
    put(played, MINE, word="kept")
    played.cluster.answers[f"PUT {MINE}"] = [status(422, "Secret is invalid")]
    with pytest.raises(ClientError, match="Secret is invalid"):
        list(rotator(played).after_phase(AfterPhase.REWRITE_SECRETS, (), {}))


def test_join_tokens_are_those_of_the_new_key_and_no_others(played: Played) -> None:
    kind = "bootstrap.kubernetes.io/token"
    put(played, f"{SYSTEM}/bootstrap-token-{TOKENS[1].id}", kind, **{"token-secret": "of the old key"})
    put(played, f"{SYSTEM}/bootstrap-token-abcdef", kind, **{"token-secret": "made by hand"})
    put(played, f"{SYSTEM}/other")
    said = list(rotator(played).after_phase(AfterPhase.RENEW_JOIN_TOKENS, TOKENS, {}))
    assert said == ["3 join tokens of the new key are known, 1 others were deleted"]
    found = {
        path.rpartition("/")[2]: it for path, it in played.cluster.objects.items() if path.startswith(SYSTEM)
    }
    assert {*found} == {"other", *(f"bootstrap-token-{token.id}" for token in TOKENS)}
    for token in TOKENS:
        data = {n: b64decode(v).decode() for n, v in found[f"bootstrap-token-{token.id}"]["data"].items()}
        assert (data["token-id"], data["token-secret"]) == (token.id, token.secret)
        assert data["expiration"] == token.end
    again = list(rotator(played).after_phase(AfterPhase.RENEW_JOIN_TOKENS, TOKENS, {}))
    assert again == ["3 join tokens of the new key are known, 0 others were deleted"]


def test_tokens_are_as_masters_write_them() -> None:
    """Fields and group as in the script of masters, which writes the same Secrets."""
    script = Path("fragments/kubernetes/lib/tokens.sh").read_text(encoding="utf-8")
    for word in ("token-id", "token-secret", "expiration", "usage-bootstrap-authentication",
                 "usage-bootstrap-signing", "auth-extra-groups", "bootstrap.kubernetes.io/token",
                 "system:bootstrappers:kubeadm:default-node-token", "bootstrap-token-"):  # fmt: skip
        assert word in script


def test_who_has_a_token_of_the_old_key_is_named(played: Played) -> None:
    kind = "kubernetes.io/service-account-token"

    def token(key: str) -> str:
        head = b64encode(f'{{"alg":"ES256","kid":"{key}"}}'.encode()).decode().rstrip("=")
        return f"{head}.e30.x"

    put(played, f"{SYSTEM}/old", kind, token=token(key_id(PUBLIC)))
    put(played, f"{SYSTEM}/new", kind, token=token("another"))
    put(played, f"{SYSTEM}/none", kind)
    put(played, f"{SYSTEM}/odd", kind, token="no token")
    played.cluster.answers["GET /metrics"] = [
        Answer(200, "# HELP x\nserviceaccount_stale_tokens_total 3\nserviceaccount_valid_tokens_total 9\n")
    ]
    old = {"service_account_public_key": b64encode(PUBLIC).decode()}
    tokens, stale = rotator(played).users_of_old("service-account", old)
    assert "are of the old key, and end: kube-system/old;" in tokens
    assert stale.startswith("3 requests came with a token that its pod should have replaced")
    assert rotator(played).users_of_old("encryption", {}) == ()
