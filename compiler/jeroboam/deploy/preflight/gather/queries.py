"""How facts are queried: pages, names and ids, and how refusals are reported."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from jeroboam.deploy import clock as time
from jeroboam.deploy.errors import CloudError, asking
from jeroboam.deploy.preflight.facts import NOT_ASKED, Unavailable
from jeroboam.deploy.retry import pause_after

T = TypeVar("T")
Raw = Mapping[str, Any]

UUID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
FORBIDDEN, NOT_FOUND = 403, 404


AGAIN = (1.0, 3.0)
"""Seconds before a fact is asked for again where the service is away."""
AGAIN_SECONDS = 60.0
"""How long facts are asked for again, all together: a service that is down is not waited for at each."""


class Asker:
    """Queries facts, with retries while a service is down briefly; what it does not report is Unavailable."""

    def __init__(self) -> None:
        self._clock = time.steady()
        self._until = self._clock.now() + AGAIN_SECONDS

    def asked(self, what: str, ask: Callable[[], T]) -> T | Unavailable:
        """The fact that `ask` gives, or a Unavailable that says why it could not be had."""
        for pause in AGAIN:
            try:
                return _told(what, ask)
            except CloudError as problem:
                after = pause_after(problem, pause)
                if not problem.temporary or self._clock.now() + after > self._until:
                    return Unavailable(problem.message, problem.status)
                self._clock.sleep(after)
        try:
            return _told(what, ask)
        except CloudError as problem:
            return Unavailable(f"{problem.message}; asked {len(AGAIN) + 1} times", problem.status)

    def when(self, needed: bool, what: str, ask: Callable[[], T]) -> T | Unavailable:
        """The fact, asked for only where it is `needed`."""
        return self.asked(what, ask) if needed else NOT_ASKED

    def derived(self, fact: T | Unavailable, what: str, ask: Callable[[T], Any]) -> Any:
        """The fact that `ask` makes of another one; that one's Unavailable where it is none."""
        return fact if isinstance(fact, Unavailable) else self.asked(what, lambda: ask(fact))


def _told(what: str, ask: Callable[[], T]) -> T | Unavailable:
    try:
        with asking(f"ask for {what}"):
            return ask()
    except UnusableAnswerError as reason:
        return Unavailable(str(reason))
    except (KeyError, TypeError, ValueError) as error:
        # A service that is older than what this was written for.
        return Unavailable(f"the cloud's answer about {what} cannot be read: {type(error).__name__} {error}")


class UnusableAnswerError(Exception):
    """An answer without what was asked for."""


def get(service: Any, path: str, **query: Any) -> Any:
    """The JSON that a service answers with. Raises what openstacksdk raises."""
    from openstack.exceptions import raise_from_response

    response = service.get(path, params=query)
    raise_from_response(response)
    return response.json()


def every(service: Any, path: str, key: str, **query: Any) -> Iterator[Raw]:
    """The items of a list, over all its pages."""
    answer = get(service, path, **query)
    seen: set[str] = set()
    while True:
        yield from answer[key]
        links = [link for name, links in answer.items() if name.endswith("_links") for link in links]
        following = next((link["href"] for link in links if link["rel"] == "next"), None)
        if following is None or not answer[key]:
            return
        if following in seen:
            raise UnusableAnswerError(
                f"the cloud's list of {key.replace('_', ' ')} has no end: its pages repeat"
            )
        seen.add(following)
        answer = get(service, following)


def referred(
    service: Any, path: str, key: str, references: Iterable[str], make: Callable[[Raw], T]
) -> dict[str, tuple[T, ...]]:
    """What Neutron has by each name or id: two requests at most. As in Heat, an id goes before a name."""
    wanted = sorted(set(references))
    ids = [reference for reference in wanted if UUID.fullmatch(reference)]
    by_id = {raw["id"]: raw for raw in every(service, path, key, id=ids)} if ids else {}
    names = [reference for reference in wanted if reference not in by_id]
    named = list(every(service, path, key, name=names)) if names else []
    return {
        reference: (
            (make(by_id[reference]),)
            if reference in by_id
            else tuple(make(raw) for raw in named if raw["name"] == reference)
        )
        for reference in wanted
    }


def only(found: Mapping[str, tuple[T, ...]] | Unavailable, reference: str | None) -> T | None:
    """What a name or id stands for, where that is one thing."""
    matches = () if isinstance(found, Unavailable) or reference is None else found[reference]
    return matches[0] if len(matches) == 1 else None
