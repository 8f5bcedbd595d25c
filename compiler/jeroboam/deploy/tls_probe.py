"""Whether a cluster's API is there, and whether its certificate is of the cluster's own CA."""

from __future__ import annotations

import socket
import ssl
from enum import Enum, auto
from typing import NamedTuple

TIMEOUT_SECONDS = 5.0
_EXPIRED = frozenset({9, 10})
_OTHER_NAME = frozenset({62, 64})
"""Verification errors of OpenSSL (x509_vfy.h): not yet valid, expired; host name, IP address."""


class Greeting(Enum):
    """How the API answered."""

    TRUSTED = auto()
    """Over TLS, with a certificate of the CA, valid now and for the address."""
    OPEN = auto()
    """It listens; there is no TLS to look at."""
    UNREACHABLE = auto()
    OTHER_CA = auto()
    OTHER_NAME = auto()
    EXPIRED = auto()
    NO_TLS = auto()


class Answer(NamedTuple):
    """A greeting and, where it is none to be glad of, the reason in words."""

    greeting: Greeting
    reason: str = ""


def greet(address: str, port: int, ca: str | None, timeout: float = TIMEOUT_SECONDS) -> Answer:
    """What the API at `address` answers within `timeout` seconds; `ca` is PEM, None where it has no TLS."""
    try:
        connection = socket.create_connection((address, port), timeout)
    except TimeoutError:
        return Answer(Greeting.UNREACHABLE, f"no answer within {timeout:g} seconds")
    except OSError as error:
        return Answer(Greeting.UNREACHABLE, error.strerror or str(error))
    with connection:
        return Answer(Greeting.OPEN) if ca is None else _tls(connection, address, ca)


def certificate_at(address: str, port: int, timeout: float = TIMEOUT_SECONDS / 2) -> bytes | None:
    """What a server shows of itself, DER, whether it is to be trusted or not; None where it shows nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    # Nothing is told to it: what is looked at is when its certificate ends.
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((address, port), timeout) as connection,
            context.wrap_socket(connection, server_hostname=address) as tls,
        ):
            return tls.getpeercert(binary_form=True)
    except OSError:
        return None


def _tls(connection: socket.socket, address: str, ca: str) -> Answer:
    context = ssl.create_default_context(cadata=ca)
    # Newer Pythons ask for an authority key id, which kubectl and docker do not need and nodes do not write.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    try:
        with context.wrap_socket(connection, server_hostname=address):
            return Answer(Greeting.TRUSTED)
    except ssl.SSLCertVerificationError as error:
        return Answer(_refused(error.verify_code), error.verify_message)
    except ssl.SSLError as error:
        return Answer(Greeting.NO_TLS, error.reason or str(error))
    except TimeoutError:
        return Answer(Greeting.UNREACHABLE, "it accepts connections and says nothing")
    except OSError as error:
        return Answer(Greeting.UNREACHABLE, error.strerror or str(error))


def _refused(code: int) -> Greeting:
    if code in _EXPIRED:
        return Greeting.EXPIRED
    return Greeting.OTHER_NAME if code in _OTHER_NAME else Greeting.OTHER_CA
