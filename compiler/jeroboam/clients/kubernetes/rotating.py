"""What a Kubernetes does itself when a secret of it is rotated: Secrets written again, join tokens replaced.

What logs in to the cloud is in cloud_login.py.

Facts: an API server writes an object that is put back unchanged where it was encrypted with another key than
the first (etcd3 store, `origState.stale`); the id of a token's key is the base64url of the SHA-256 of the DER
of its public key (pkg/serviceaccount/jwt.go, keyIDFromPublicKey).
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from jeroboam.clients.kubernetes.api import AnswerError, KubernetesApi
from jeroboam.clients.kubernetes.cloud_login import CloudLogin
from jeroboam.model.rotation import AfterPhase, JoinToken, Values

_SYSTEM = "/api/v1/namespaces/kube-system/secrets"
_APPLY = "application/apply-patch+yaml"
_TOKEN, _LEGACY = "bootstrap.kubernetes.io/token", "kubernetes.io/service-account-token"
_GROUP = "system:bootstrappers:kubeadm:default-node-token"
_STALE = re.compile(r"^serviceaccount_stale_tokens_total(?:\{[^}]*\})? ([0-9.e+]+)$", re.MULTILINE)
_SHOWN = 5
_GONE, _CHANGED = 404, 409


class SecretRotation:
    """The Rotator of a Kubernetes."""

    def __init__(self, api: KubernetesApi) -> None:
        self._api, self._login = api, CloudLogin(api)

    def after_phase(self, what: AfterPhase, tokens: tuple[JoinToken, ...], values: Values) -> Iterator[str]:
        """As the protocol has it."""
        match what:
            case AfterPhase.REWRITE_SECRETS:
                yield from self._rewritten()
            case AfterPhase.RENEW_JOIN_TOKENS:
                yield from self._renewed(tokens)
            case AfterPhase.RESTART_ADDONS:
                yield from self._login.restarted(values)

    def users_of_old(self, what: str, old: Mapping[str, str]) -> tuple[str, ...]:
        """Of the key for service accounts: Secrets with tokens of it, and requests with stale tokens."""
        if what != "service-account":
            return ()
        ids = set(map(key_id, _pem_blocks(b64decode(old.get("service_account_public_key", "")))))
        found = sorted(
            f"{one['metadata']['namespace']}/{one['metadata']['name']}"
            for one in self._api.items("/api/v1/secrets", fieldSelector=f"type={_LEGACY}")
            if _signed_by((one.get("data") or {}).get("token", "")) in ids
        )
        said = []
        if found:
            more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
            said.append(
                f"tokens in these Secrets are of the old key, and end: {', '.join(found[:_SHOWN])}{more}; "
                "without its field data.token, a Secret gets a new one"
            )
        stale = sum(float(number) for number in _STALE.findall(self._api.word("/metrics")))
        if stale:
            said.append(
                f"{stale:.0f} requests came with a token that its pod should have replaced, since the API "
                "server that answers began (serviceaccount_stale_tokens_total)"
            )
        return tuple(said)

    def _rewritten(self) -> Iterator[str]:
        found = self._api.items("/api/v1/secrets")
        for secret in found:
            metadata = secret["metadata"]
            path = f"/api/v1/namespaces/{metadata['namespace']}/secrets/{metadata['name']}"
            try:
                self._api.put(path, {**secret, "apiVersion": "v1", "kind": "Secret"})
            except AnswerError as error:
                # Whoever changed it since has written it with the new key.
                if error.status not in (_GONE, _CHANGED):
                    raise
        yield f"{len(found)} Secrets written again, with the new key"

    def _renewed(self, tokens: tuple[JoinToken, ...]) -> Iterator[str]:
        for token in tokens:
            self._api.patch(
                f"{_SYSTEM}/{_secret_name(token.id)}",
                _token_secret(token),
                _APPLY,
                fieldManager="jeroboam",
                force="true",
            )
        kept = {_secret_name(token.id) for token in tokens}
        old = [
            name
            for one in self._api.items(_SYSTEM, fieldSelector=f"type={_TOKEN}")
            if (name := one["metadata"]["name"]) not in kept
        ]
        for name in old:
            self._api.delete(f"{_SYSTEM}/{name}")
        yield f"{len(kept)} join tokens of the new key are known, {len(old)} others were deleted"


def key_id(pem: bytes) -> str:
    """The id that a token names its key by, of a public key in PEM."""
    der = b64decode(b"".join(line for line in pem.splitlines() if not line.startswith(b"-----")))
    return urlsafe_b64encode(sha256(der).digest()).rstrip(b"=").decode("ascii")


def _pem_blocks(text: bytes) -> list[bytes]:
    return [b"-----BEGIN" + part for part in text.split(b"-----BEGIN")[1:]]


def _signed_by(token: str) -> str | None:
    """The id of the key that signed a token, base64; None where it does not say."""
    try:
        head = b64decode(token).split(b".")[0]
        found = json.loads(urlsafe_b64decode(head + b"=" * (-len(head) % 4))).get("kid")
    except (ValueError, AttributeError):
        return None
    return str(found) if found else None


def _secret_name(token_id: str) -> str:
    return f"bootstrap-token-{token_id}"


def _token_secret(token: JoinToken) -> dict[str, Any]:
    """As fragments/kubernetes/lib/tokens.sh has it."""
    data = {
        "token-id": token.id,
        "token-secret": token.secret,
        "expiration": token.end,
        "usage-bootstrap-authentication": "true",
        "usage-bootstrap-signing": "true",
        "auth-extra-groups": _GROUP,
    }
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": _secret_name(token.id), "namespace": "kube-system"},
        "type": _TOKEN,
        "data": {name: b64encode(value.encode()).decode("ascii") for name, value in data.items()},
    }
