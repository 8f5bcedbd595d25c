"""In place of memcached, where Swift's `tempauth` keeps its tokens: a dictionary of the one proxy.

Run by Swift's own interpreter, by its name in the proxy's pipeline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Cache:
    """As much of swift.common.memcached.MemcacheRing as the proxy asks."""

    def __init__(self) -> None:
        self._held: dict[str, Any] = {}

    def get(self, key: str, **_: object) -> Any:
        """None where there is none."""
        return self._held.get(key)

    def set(self, key: str, value: Any, *_: object, **__: object) -> None:
        """Never over."""
        self._held[key] = value

    def delete(self, key: str, **_: object) -> None:
        """If it is there."""
        self._held.pop(key, None)


def filter_factory(*_: object, **__: object) -> Callable[[Application], Application]:
    """Of paste.deploy."""
    cache = Cache()

    def made(app: Application) -> Application:
        def asked(environment: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            environment["swift.cache"] = cache
            return app(environment, start)

        return asked

    return made
