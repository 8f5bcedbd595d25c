"""An object store, asked by HTTP: each request is bounded, and asked again where the store is away.

No object is ever read or written as a whole in memory: it is sent from a file, and read range after range.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from jeroboam.deploy.errors import SHAPE, CloudError, DeployError, asking
from jeroboam.deploy.retry import LOGIN_PAUSES, PAUSES, patiently
from jeroboam.deploy.stores.address import StoreAddress
from jeroboam.deploy.stores.listing import ListingPage, StoredObject
from jeroboam.deploy.stores.refusals import CHANGED, GONE, misread, refusal

LARGEST = 5 << 30
"""Bytes of an object that is sent in one request, of Swift's defaults and of S3's limits."""
_PIECE = 16 << 20
_SLOWEST = 128 << 10
"""Bytes in a second: a request that sends fewer is given up."""
_PAGES = 1000
_NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class ObjectBody:
    """A file to be sent: its size in bytes and its digests."""

    path: Path
    size: int
    md5: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """What a store says of an object: size in bytes, its ETag, and the marks that it was written with."""

    size: int
    etag: str
    marks: Mapping[str, str]


class StoreApi(Protocol):
    """What differs between stores."""

    mark_header: str
    """What the header of a mark begins with."""
    who: str
    """Where the keys are from, in words."""

    def send(self, method: str, path: str, headers: Mapping[str, str], data: Any) -> Any:
        """A requests.Response; `path`, with its query, is encoded and begins with the container."""

    def query(self, begin: str, more: str, most: int) -> Mapping[str, str]:
        """What asks for a page of at most that many names that begin so; 0 for as many as there are."""

    def page(self, body: bytes) -> ListingPage:
        """What such a page holds. Raises ValueError, KeyError and TypeError."""

    def digests(self, body: ObjectBody) -> Mapping[str, str]:
        """The headers by which the store holds a body to be whole."""


class ObjectStore:
    """A store at an address; `tell` gets a note before it is asked again. Methods raise CloudError."""

    def __init__(self, address: StoreAddress, api: StoreApi, tell: Callable[[str], None]) -> None:
        self.address, self._api, self._tell = address, api, tell

    def require(self) -> None:
        """Raises CloudError where there is no such container, or it may not be listed."""
        self._page("", "", 1)

    def objects(self, begin: str) -> tuple[StoredObject, ...]:
        """The objects of the address's own folder whose names begin so, as names in that folder."""
        found: list[StoredObject] = []
        more, folder = "", len(self.address.key(""))
        for _ in range(_PAGES):
            page = self._page(begin, more, 0)
            found += (StoredObject(it.key[folder:], it.size) for it in page.objects)
            more = page.more
            if not more:
                return tuple(found)
        raise misread(f"list '{self.address}'", f"more than {_PAGES} pages")

    def look(self, name: str) -> ObjectFacts | None:
        """What the store says of an object; None where it has none of that name."""
        what = f"look at '{self.address.of(name)}'"
        answer = self._ask(what, "HEAD", name, fine=(200, GONE))
        if answer.status_code == GONE:
            return None
        begins, headers = self._api.mark_header, {k.lower(): v for k, v in answer.headers.items()}
        marks = {k.removeprefix(begins): v for k, v in headers.items() if k.startswith(begins)}
        try:
            return ObjectFacts(int(headers["content-length"]), headers["etag"].strip('"'), marks)
        except SHAPE as error:
            raise misread(what, f"it has no {error}") from error

    def put(
        self, name: str, body: ObjectBody, marks: Mapping[str, str], sent: Callable[[int], object]
    ) -> None:
        """Writes an object, and reads back that it is whole; `sent` is told of bytes as they go.

        Raises DeployError for what is too large.
        """
        what = f"write '{self.address.of(name)}'"
        if body.size > LARGEST:
            raise DeployError(
                f"cannot {what}: it has {body.size / (1 << 30):.1f} GiB, and stores take 5 GiB at once",
                "defragment etcd, or have the snapshot in a file: -o",
            )
        # With it comes what is slow to import.
        from jeroboam.deploy.transport import DEADLINE_SECONDS, deadline

        headers = {
            "Content-Type": "application/octet-stream",
            **{self._api.mark_header + mark: value for mark, value in marks.items()},
            **self._api.digests(body),
        }

        def once() -> str:
            # A token that ran out since is renewed by what has no body; a try that failed has read the file.
            self.require()
            with body.path.open("rb") as file, deadline(DEADLINE_SECONDS + body.size / _SLOWEST):
                data = _Sent(file.read, body.size, sent)
                return str(self._once(what, "PUT", name, {}, headers, (200, 201), data).headers.get("ETag"))

        etag = patiently(once, self._tell, pauses=PAUSES).strip('"')
        found = self.look(name)
        wrong = (
            "it is not there" if found is None
            else f"it has {found.size} bytes, and not {body.size}" if found.size != body.size
            else "it is another one" if found.etag != etag or dict(marks).items() - dict(found.marks).items()
            else ""
        )  # fmt: skip
        if wrong:
            raise CloudError(
                f"cannot {what}: read back, {wrong}", "run it again; older ones are as they were"
            )

    def parts(self, name: str, facts: ObjectFacts) -> Iterator[bytes]:
        """An object that is as `facts` say, piece after piece."""
        what = f"read '{self.address.of(name)}'"
        for start in range(0, facts.size, _PIECE):
            end = min(start + _PIECE, facts.size)
            headers = {"Range": f"bytes={start}-{end - 1}", "If-Match": f'"{facts.etag}"'}
            answer = self._ask(what, "GET", name, headers=headers, fine=(200, 206, CHANGED, GONE))
            if answer.status_code in (CHANGED, GONE):
                raise CloudError(f"cannot {what}: it was changed or deleted meanwhile", "run it again")
            if len(answer.content) != end - start:
                raise misread(what, f"{len(answer.content)} bytes of {end - start}")
            yield answer.content

    def delete(self, name: str) -> None:
        """Deletes an object; one that is gone already is no error."""
        self._ask(f"delete '{self.address.of(name)}'", "DELETE", name, fine=(200, 202, 204, GONE))

    def _page(self, begin: str, more: str, most: int) -> ListingPage:
        what = f"list '{self.address}'"
        query = self._api.query(self.address.key(begin), more, most)
        body = self._ask(what, "GET", "", query, fine=(200, 204)).content
        try:
            return self._api.page(body or b"[]")
        except SHAPE as error:
            raise misread(what, error) from error

    def _ask(
        self,
        what: str,
        method: str,
        name: str,
        query: Mapping[str, str] = _NO_HEADERS,
        *,
        headers: Mapping[str, str] = _NO_HEADERS,
        fine: tuple[int, ...],
    ) -> Any:
        ask = partial(self._once, what, method, name, query, headers, fine)
        return patiently(ask, self._tell, pauses=LOGIN_PAUSES)

    def _once(
        self,
        what: str,
        method: str,
        name: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        fine: tuple[int, ...],
        data: Any = None,
    ) -> Any:
        names = (self.address.container, *((self.address.key(name),) if name else ()))
        path = "/".join(quote(it, safe="/-_.~") for it in names)
        if query:
            path += "?" + urlencode(query, quote_via=quote, safe="-_.~")
        with asking(what):
            # What is asked for comes as it is kept: a size and a range are of that.
            answer = self._api.send(method, path, {"Accept-Encoding": "identity", **headers}, data)
            if answer.status_code in fine:
                return answer
            raise refusal(
                what, answer.status_code, str(answer.reason), answer.content, self.address, self._api.who
            )


class _Sent:
    """A body of known length that a request reads, once."""

    def __init__(self, read: Callable[[int], bytes], size: int, sent: Callable[[int], object]) -> None:
        self._read, self._size, self._sent = read, size, sent

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        while part := self.read():
            yield part

    def read(self, size: int = 1 << 16) -> bytes:
        """The next part."""
        part = self._read(size)
        self._sent(len(part))
        return part
