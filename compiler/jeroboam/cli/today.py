"""The day on which a command judges specs: the one place where what is said of them depends on a clock."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

from jeroboam.cli.terminal import CommandError
from jeroboam.model.support import Today

SOON = timedelta(weeks=6)
"""How long before its end a version's support is said to end."""
VARIABLE = "SOURCE_DATE_EPOCH"
"""The day instead of the clock's, as builds that can be repeated have it, in seconds since 1970."""


def today() -> Today:
    """In UTC. Raises CommandError for a variable that is no number of seconds, or none that is a day."""
    told = os.environ.get(VARIABLE)
    try:
        now = datetime.fromtimestamp(time.time() if told is None else int(told), UTC)
        return Today(f"{now:%Y-%m-%d}", f"{now + SOON:%Y-%m-%d}")
    except (ValueError, OverflowError, OSError):
        raise CommandError(
            f"{VARIABLE} is '{told}', which is no number of seconds since 1970",
            f"unset {VARIABLE}, or set it as in: export {VARIABLE}=$(git log -1 --format=%ct)",
        ) from None
