"""Exceptions shown to users: what failed, facts about it, and what to do next."""

from __future__ import annotations


class JeroboamError(Exception):
    """An operation failed for a reason that the user can act on.

    `hint` is what to do about it, `notes` are facts, a line each.
    """

    def __init__(self, message: str, hint: str | None = None, notes: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self._notes = notes

    @property
    def notes(self) -> tuple[str, ...]:
        """Facts about the failure, a line each; nothing secret."""
        return self._notes


def innermost(error: BaseException) -> BaseException:
    """What is at the bottom of what requests wraps in urllib3's errors, and that in its own."""
    wrapped = (getattr(error, "reason", None), *reversed(error.args), error.__cause__)
    inner = next((one for one in wrapped if isinstance(one, BaseException)), None)
    return error if inner is None else innermost(inner)
