"""A cluster's secrets: what each is called and what it is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

OWN_CA_KEY_BYTES, OWN_CA_BYTES = 241, 728
"""Room for the key (P-521 at most, PKCS #8) and the certificate, as DER, of a CA that users bring along."""


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A PEM private key (ECDSA P-256, PKCS #8), of `size` bytes at most as DER.

    A short-lived one is replaced with its certificate.
    """

    short_lived: bool = False
    size: int = 138


@dataclass(frozen=True, slots=True)
class PublicKeyOf:
    """The PEM public key of the secret named `key`, of 178 bytes; two of them while they are rotated."""

    key: str


@dataclass(frozen=True, slots=True)
class CaCertificateOf:
    """A self-signed PEM CA certificate for the secret named `key`, of `size` bytes at most as DER.

    One that users may bring along needs more room than those that are always ours, of 396 to 418 bytes.
    """

    key: str
    common_name: str
    size: int = 432


@dataclass(frozen=True, slots=True)
class ClientCertificateOf:
    """A PEM client certificate for the secret named `key`, signed by the CA of `ca_key` and `ca_cert`.

    It ends with its CA, or `lifetime_hours` after it was made.
    """

    ca_key: str
    ca_cert: str
    key: str
    common_name: str
    lifetime_hours: int | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """Random text: one `(length, alphabet)` per part, the parts joined by dots.

    While several are in use, what names them is `room` bytes long at most.
    """

    parts: tuple[tuple[int, str], ...]
    room: int = 0


@dataclass(frozen=True, slots=True)
class WindowToken:
    """A bootstrap token derived from the RandomBytes named `key` and the number of a window of UTC.

    A window is `window_hours` long; the token is valid in its own, the one before and the one after.
    """

    key: str
    window_hours: int


@dataclass(frozen=True, slots=True)
class RandomBytes:
    """Random bytes; while several keys are in use, what names them is `room` bytes long at most."""

    size: int
    room: int = 0


@dataclass(frozen=True, slots=True)
class UserSupplied:
    """A value only the user can supply, of `size` bytes at most; `how` says where it comes from."""

    how: str
    size: int = 384


Recipe: TypeAlias = (
    PrivateKey
    | PublicKeyOf
    | CaCertificateOf
    | ClientCertificateOf
    | Token
    | WindowToken
    | RandomBytes
    | UserSupplied
)


@dataclass(frozen=True, slots=True)
class Secret:
    """A hidden Heat parameter without default; its value is always base64, safe in any text.

    `shared` ones are given to workers too: sealed with the workers' key, all others with the masters'.
    """

    name: str
    description: str
    recipe: Recipe
    shared: bool = False

    @property
    def short_lived(self) -> bool:
        """Whether the value expires long before the cluster, and is then renewed."""
        match self.recipe:
            case WindowToken() | PrivateKey(short_lived=True):
                return True
            case ClientCertificateOf(lifetime_hours=hours):
                return hours is not None
        return False
