"""What judges of requests have in common: a question is a list of these, the answer one of refusals."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Judge = Callable[[dict[str, Any]], None]
"""Raises whatever the service would for a request."""


class ReachedError(BaseException):
    """A controller began its work: all that is checked before had nothing against the request."""


def judged(requests: list[dict[str, Any]], judges: Mapping[str, Judge]) -> list[dict[str, str]]:
    """Each request's refusal, by the resource that sends it; `judges` by whole path, a pattern."""
    found: list[dict[str, str]] = []
    for request in requests:
        which = [judge for path, judge in judges.items() if re.fullmatch(path, request["path"])]
        try:
            if not which:
                raise LookupError(f"nobody here knows {request['path']}")
            which[0](request)
        except ReachedError:
            continue
        except Exception as problem:
            says = f"{type(problem).__name__}: {problem}"
            found.append({"resource": request["resource"], "path": request["path"], "says": says})
    return found
