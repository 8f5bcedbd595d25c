"""A real cloud, asked directly: what Heat's plug-ins make of a template, each waited for and removed again.

A question is one for `heat` with {"auth", "project"}: where and as whom; the answer
{"refused": text or null, "made": number, "left": what could not be removed}.
"""

from __future__ import annotations

import time
from typing import Any

from keystoneauth1.identity import v3
from keystoneauth1.session import Session

from tests.consumers.services.engine import created, engine, is_own, load, planned
from tests.consumers.services.lines import answer

SECONDS = 90
PAUSE = 0.2


def asked(question: dict[str, Any]) -> dict[str, Any]:
    """The answer to one question."""
    made: list[Any] = []
    refused = None
    with engine(Session(auth=v3.Password(**question["auth"])), question["signal"]):
        try:
            stack = planned(question)  # resources hold a weak reference to it
            for one, data in created(stack):
                if not is_own(one):
                    made.append(one)
                    _until(one, "check_create_complete", data)
        except Exception as problem:  # each service's client has errors of its own
            refused = f"after {made[-1].name if made else 'nothing'}: {type(problem).__name__}: {problem}"
        left = [*filter(None, map(_removed, reversed(made)))]
    return {"refused": refused, "made": len(made), "left": left}


def _removed(one: Any) -> str | None:
    """Why a resource could not be removed; None where it was."""
    try:
        _until(one, "check_delete_complete", one.handle_delete())
    except Exception as problem:
        return f"{one.name} stays: {type(problem).__name__}: {problem}"
    return None


def _until(one: Any, ready: str, data: Any) -> None:
    """Waits until the plug-in finds it ready, if there is anything to wait for."""
    check = getattr(one, ready, None)
    end = time.monotonic() + SECONDS
    while check is not None and not check(data):
        if time.monotonic() > end:
            raise TimeoutError(f"not ready after {SECONDS} s")
        time.sleep(PAUSE)


if __name__ == "__main__":
    load()
    answer(asked)
