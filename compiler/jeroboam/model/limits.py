"""Size limits of user data, and the length of the values that Heat inserts.

Lengths are those in the document that needs most: an Ignition config, where a blank is `%20`.

Fact: Nova takes at most 65,535 characters of base64 (nova/api/openstack/compute/schemas/servers.py).
"""

from __future__ import annotations

from jeroboam.model.secrets import (
    CaCertificateOf,
    ClientCertificateOf,
    PrivateKey,
    PublicKeyOf,
    RandomBytes,
    Recipe,
    Token,
    UserSupplied,
    WindowToken,
)
from jeroboam.model.types import ClusterModel, HeatFact, HeatValue, Role, RoleKind, SecretRef, placeholder

USER_DATA_BASE64 = 65_535
USER_DATA_BYTES = USER_DATA_BASE64 // 4 * 3

_ADDRESS = len("255.255.255.255")
_UUID = 36
# The longer of the two digests that nodes are told, in hexadecimal digits.
_DIGEST = 16
# Credentials of a wait condition handle: seven short fields and two URLs; 128 of it for escapes.
_SIGNAL = 1024
# `openssl enc`: 8 bytes that say so, 8 of salt, then whole blocks, the last never empty.
_SEAL_HEAD, _BLOCK = 16, 16


def heat_bytes(model: ClusterModel, role: Role) -> int:
    """The most bytes that Heat's values add to the user data of `role`, whose placeholders they replace."""
    values = role.config.heat_values.items()
    return sum(_longest(value, model, role) - len(placeholder(name)) for name, value in values)


def sealed_length(recipe: Recipe) -> int:
    """The most base64 characters that a sealed secret of this recipe may have."""
    label = {PrivateKey: " PRIVATE KEY", CaCertificateOf: " CERTIFICATE", ClientCertificateOf: " CERTIFICATE"}
    head = len(f"sealed{label.get(type(recipe), '')}:")
    blocks = (head + _bytes(recipe)) // _BLOCK + 1
    return -(-(_SEAL_HEAD + blocks * _BLOCK) // 3) * 4


def _bytes(recipe: Recipe) -> int:
    match recipe:
        case PrivateKey(size=size) | CaCertificateOf(size=size) | UserSupplied(size=size):
            return size
        case ClientCertificateOf():
            return 669
        case PublicKeyOf():
            return 2 * 178
        case Token(parts, room):
            return max(sum(length for length, _ in parts) + len(parts) - 1, room)
        case WindowToken():
            return len("000g1d.ugpgbj0dz6fbu605")
        case RandomBytes(size, room):
            return max(size, room)


def _longest(value: HeatValue, model: ClusterModel, role: Role) -> int:
    match value:
        case SecretRef(name):
            return sealed_length(next(s for s in model.secrets if s.name == name).recipe)
        case HeatFact.API_ADDRESS | HeatFact.API_PUBLIC_ADDRESS:
            return _ADDRESS
        case HeatFact.SUBNET_CIDR:
            return _ADDRESS + len("/32")
        case HeatFact.MASTER_ADDRESSES:
            masters = next(r for r in model.roles if r.kind is RoleKind.MASTER)
            return len(masters.indexes) * (_ADDRESS + len("0=%20"))
        case HeatFact.ETCD_VOLUMES | HeatFact.DOCKER_VOLUMES:
            return sum(len(f"{index}=%20") + _UUID for index in role.indexes)
        case HeatFact.SIGNAL | HeatFact.PROGRESS:
            return _SIGNAL
        case HeatFact.EXTERNAL_NETWORK:
            return 255
        case HeatFact.CONFIG | HeatFact.SECRETS:
            return _DIGEST
        case HeatFact.RESTORE:
            return 64
        case _:
            return _UUID
