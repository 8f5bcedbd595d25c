"""How the secrets of a living Kubernetes are replaced, phase by phase.

Facts: the API server verifies with every key of `--service-account-key-file` and signs with one (reference of
kube-apiserver); kubeadm 1.35 to 1.37 keeps a `sa.pub` of two keys as it is. It reads Secrets with every key
of its EncryptionConfiguration, by the name that each was written under, and writes with the first (tasks of
Kubernetes, "Rotate a decryption key").
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import sha256

from jeroboam.model.rotation import AfterPhase, Phase, Rotation, Values

KEY_BYTES = 32
FIRST_KEY = "key1"
"""The name of a key that was never rotated."""
_CREDENTIAL = ("application_credential_id", "application_credential_secret")
_PRIVATE, _PUBLIC, _ENCRYPTION = "service_account_key", "service_account_public_key", "encryption_key"


def _new(_: Values, new: Values) -> Values:
    return new


def _joined(*values: str) -> str:
    return b64encode(b"".join(map(b64decode, values))).decode("ascii")


def _verified(old: Values, new: Values) -> Values:
    return {_PRIVATE: old[_PRIVATE], _PUBLIC: _joined(old[_PUBLIC], new[_PUBLIC])}


def _signed(old: Values, new: Values) -> Values:
    return {_PRIVATE: new[_PRIVATE], _PUBLIC: _joined(new[_PUBLIC], old[_PUBLIC])}


def key_lines(value: str, *, first: bool = False) -> str:
    """The lines, base64, of the encryption keys in a value; `first` where it is a cluster's own first key."""
    raw = b64decode(value)
    if len(raw) != KEY_BYTES:
        return value
    name = FIRST_KEY if first else f"key-{sha256(raw).hexdigest()[:8]}"
    return b64encode(f"{name} {value}\n".encode()).decode("ascii")


def _read(old: Values, new: Values) -> Values:
    return {_ENCRYPTION: _joined(key_lines(old[_ENCRYPTION], first=True), key_lines(new[_ENCRYPTION]))}


def _written(old: Values, new: Values) -> Values:
    return {_ENCRYPTION: _joined(key_lines(new[_ENCRYPTION]), key_lines(old[_ENCRYPTION], first=True))}


def _alone(_: Values, new: Values) -> Values:
    return {_ENCRYPTION: key_lines(new[_ENCRYPTION])}


ROTATIONS = (
    Rotation(
        "service-account",
        "the key that signs the tokens of service accounts",
        (_PRIVATE, _PUBLIC),
        (
            Phase("both keys are accepted, the old one signs", _verified),
            Phase("the new key signs, both are accepted", _signed),
            Phase(
                "the old key is refused",
                _new,
                waits="pods' tokens of the old key are replaced within the hour, as kubelet refreshes them; "
                "what reads its token only once, and tokens made by hand, have to be renewed before",
            ),
        ),
    ),
    Rotation(
        "encryption",
        "the key that encrypts Secrets in etcd",
        (_ENCRYPTION,),
        (
            Phase("both keys are read, the old one writes", _read),
            Phase(
                "the new key writes, and all Secrets are written again", _written, AfterPhase.REWRITE_SECRETS
            ),
            Phase("the old key is gone", _alone),
        ),
    ),
    Rotation(
        "tokens",
        "the key from which join tokens are made",
        ("join_token_key",),
        (Phase("the old tokens are refused", _new, AfterPhase.RENEW_JOIN_TOKENS),),
        derived=("bootstrap_token",),
    ),
    Rotation(
        "credential",
        "the application credential with which the cloud add-ons log in to the cloud",
        _CREDENTIAL,
        (
            Phase("the cloud add-ons log in with the new one", _new, AfterPhase.RESTART_ADDONS),
            Phase(
                "the old one is deleted in Keystone",
                _new,
                AfterPhase.DELETE_CREDENTIAL,
                waits="the add-ons of this cluster have the new one; whatever else was given the old one has "
                "to be given another before",
                made_anew=(),
            ),
        ),
        of_cloud=True,
    ),
)
