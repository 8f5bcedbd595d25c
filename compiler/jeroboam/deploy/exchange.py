"""HTTP exchanges with a cloud: what was asked last, what came back, in words without secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit, urlunsplit

from jeroboam.deploy.redaction import redacted

REQUESTS_AT_MOST = 1000
"""How many requests one question may take: a service whose pages never end is not asked for ever."""
_EXCERPT = 120
_BLANKS_AT_MOST = 50
"""Characters of a page for each that is shown: most of a page is blanks."""
_KEYS = 5
_NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer; `url` has neither user nor query.

    `status` is None without a complete answer, and `failure` then says why. `who` asked: user, project and
    cloud in words.
    """

    method: str
    url: str
    who: str = ""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: _NO_HEADERS)
    body: bytes = b""
    failure: str = ""

    @property
    def media_type(self) -> str:
        """The Content-Type without its parameters, in lower case."""
        return _header(self.headers, "content-type").partition(";")[0].strip().lower()

    @property
    def retry_after(self) -> float | None:
        """For how many seconds the service asks to be left alone (RFC 9110, 10.2.3), if it does."""
        said = _header(self.headers, "retry-after").strip()
        if said.isascii() and said.isdigit():
            return float(said)
        until, now = _date(said), _date(_header(self.headers, "date")) or datetime.now(UTC)
        return max((until - now).total_seconds(), 0.0) if until else None

    @property
    def asked(self) -> str:
        """What was asked."""
        return f"{self.method} {self.url}"

    @property
    def answered(self) -> str:
        """What came back: status, type and size, and of what is no JSON the first words."""
        if self.status is None:
            return self.failure or "nothing"
        words = [f"HTTP {self.status}", self.media_type or "no Content-Type", f"{len(self.body)} bytes"]
        return f"{', '.join(words)}{': ' if self.body else ''}{self._shown()}"

    def _shown(self) -> str:
        try:
            said = json.loads(self.body)
        except (ValueError, RecursionError):
            return excerpt(self.body.decode("utf-8", "replace"))
        # Values may be anybody's secrets; names of keys tell which service, or which page, it was.
        match said:
            case dict():
                more = ", …" if len(said) > _KEYS else ""
                return f"a JSON object of {', '.join(map(excerpt, list(said)[:_KEYS])) or 'nothing'}{more}"
            case list():
                return f"a JSON list of {len(said)}"
            case _:
                return f"JSON, but only {'null' if said is None else type(said).__name__}"


class Question:
    """What a question has taken so far."""

    def __init__(self) -> None:
        self.requests = 0
        self.last: Exchange | None = None


_ASKED: ContextVar[Question | None] = ContextVar("asked", default=None)


@contextmanager
def question() -> Iterator[Question]:
    """While the block runs, all exchanges belong to this question."""
    asked = Question()
    token = _ASKED.set(asked)
    try:
        yield asked
    finally:
        _ASKED.reset(token)


def begun(exchange: Exchange) -> bool:
    """Notes that a request is sent; False where its question has had its share of them."""
    current = _ASKED.get()
    if current is not None:
        current.requests += 1
        current.last = exchange
        return current.requests <= REQUESTS_AT_MOST
    return True


def ended(exchange: Exchange) -> None:
    """Notes how the request that was sent last ended."""
    current = _ASKED.get()
    if current is not None:
        current.last = exchange


def excerpt(text: str, most: int = _EXCERPT) -> str:
    """The first words of a text or page, on one line, without secrets and what a terminal would obey."""
    plain = re.sub(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", " ", text, flags=re.DOTALL | re.IGNORECASE)
    begin = redacted(without_users(plain[: most * _BLANKS_AT_MOST]))
    line = " ".join("".join(c if c.isprintable() else " " for c in begin).split())
    return line if len(line) <= most else f"{line[:most]}…"


def plain_url(url: str) -> str:
    """The URL without user, password, query and fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return excerpt(url.partition("?")[0])
    return excerpt(urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")))


def without_users(text: str) -> str:
    """The text with every `user:password@` taken out of the URLs in it."""
    return re.sub(r"(?<=://)[^/\s'\"?#]*@", "", text)


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "")


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
