"""Where an object store is, as it is typed: `swift:CONTAINER[/PREFIX]`, `s3:https://HOST/BUCKET[/PREFIX]`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from jeroboam.errors import JeroboamError
from jeroboam.escape import escaped

_FORMS = "a store is swift:CONTAINER[/PREFIX] or s3:https://HOST/BUCKET[/PREFIX]"


class StoreKind(StrEnum):
    """By which API it is asked."""

    SWIFT = "swift"
    S3 = "s3"


class StoreAddressError(JeroboamError):
    """A text names no store."""


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """A store; `endpoint` is empty for Swift, whose address is in the cloud's catalogue."""

    kind: StoreKind
    endpoint: str
    container: str
    prefix: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind}:{'/'.join((*self._begin, *self.prefix))}"

    @property
    def whole(self) -> str:
        """The address of its container or bucket."""
        return f"{self.kind}:{'/'.join(self._begin)}"

    def of(self, name: str) -> str:
        """The address of an object in it."""
        return f"{self}/{name}"

    def key(self, name: str) -> str:
        """The object's name in its container."""
        return "/".join((*self.prefix, name))

    @property
    def _begin(self) -> tuple[str, ...]:
        return (*((self.endpoint,) if self.endpoint else ()), self.container)


def is_stored(text: str) -> bool:
    """Whether a text is meant as an address in a store, and not as a file."""
    return text.startswith(tuple(f"{kind}:" for kind in StoreKind))


def parse_store(text: str) -> StoreAddress:
    """The store that a text names. Raises StoreAddressError."""
    kind, _, rest = text.partition(":")
    endpoint = ""
    if kind == StoreKind.S3:
        endpoint, rest = _endpoint(rest, text)
    elif kind != StoreKind.SWIFT:
        raise _refused(text)
    container, *prefix = rest.strip("/").split("/")
    if not container or any(_odd(part) for part in (container, *prefix)):
        raise _refused(text)
    return StoreAddress(StoreKind(kind), endpoint, container, tuple(prefix))


def parse_stored(text: str) -> tuple[StoreAddress, str]:
    """The store and the name of an object in it. Raises StoreAddressError."""
    found = parse_store(text)
    if not found.prefix:
        raise StoreAddressError(
            f"'{escaped(text)}' names no snapshot in the store",
            f"list what is there with 'jeroboam snapshot NAME --store {escaped(text)} --list'; or end it in "
            "/latest",
        )
    *prefix, name = found.prefix
    return StoreAddress(found.kind, found.endpoint, found.container, tuple(prefix)), name


def _endpoint(rest: str, text: str) -> tuple[str, str]:
    try:
        url = urlsplit(rest)
        whole = bool(url.hostname) and url.port != 0
    except ValueError:
        raise _refused(text) from None
    if "@" in url.netloc:
        raise StoreAddressError(
            "an address of a store holds no credentials",
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in ~/.aws/credentials",
        )
    if url.scheme not in ("https", "http") or not whole or url.query or url.fragment:
        raise _refused(text)
    return f"{url.scheme}://{url.netloc}", url.path


def _odd(part: str) -> bool:
    """Whether a part of a path would be another one on its way."""
    return part in ("", ".", "..") or escaped(part) != part


def _refused(text: str) -> StoreAddressError:
    return StoreAddressError(f"'{escaped(text)}' names no object store", _FORMS)
