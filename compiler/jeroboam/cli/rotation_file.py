"""The secrets file of a rotation under way: each phase written whole, the file from before it kept."""

from __future__ import annotations

from collections.abc import Sequence
from random import SystemRandom

from jeroboam.cli.files import PRIVATE, waiting
from jeroboam.cli.secrets_file import keep_copy, now, read, refused
from jeroboam.cli.terminal import CommandError, failing
from jeroboam.model.rotation import Rotation, Values
from jeroboam.model.secrets import Secret
from jeroboam.secrets import Contents, Refusal, contents
from jeroboam.secrets.rotating import Rotating, begun, in_phase, rotating_in, with_rotating
from jeroboam.storage.atomic_write import LockedFile, place

_OTHER = "pass the cluster's secrets file with --secrets"


class RotationFile:
    """The SecretsStore of a cluster's secrets file at `path`."""

    def __init__(self, cluster: str, secrets: Sequence[Secret], path: str) -> None:
        self._cluster, self._secrets, self._path = cluster, secrets, path

    def rotating(self) -> Rotating | None:
        """None also where there is no file: what asks for it next says so."""
        text = read(self._path, _OTHER)
        return None if text is None else self._state(text)[1]

    def begin(self, rotation: Rotation, given: Values) -> None:
        """The file as it was is kept beside it."""
        with failing("write", self._path), place(self._path, waiting(self._path)) as file:
            text = self._text()
            held, state = self._state(text)
            if state is not None:
                return
            values = {name: str(value) for name, value in held.parameters.items()}
            assert held.seal is not None
            try:
                new = begun(rotation, self._secrets, values, given, random=SystemRandom(), now=now())
            except (KeyError, ValueError) as error:
                raise CommandError(
                    f"'{self._path}' lacks what '{rotation.what}' is made from", "restore it from a copy"
                ) from error
            keep_copy(file, self._path)
            _replace(file, with_rotating(text, new, held.seal))

    def enter(self, rotation: Rotation, phase: int) -> None:
        """Nothing is written where it is there already."""
        self._write(rotation, phase, ended=False)

    def end(self, rotation: Rotation) -> None:
        """Its last phase's values stay."""
        self._write(rotation, len(rotation.phases), ended=True)

    def _write(self, rotation: Rotation, phase: int, *, ended: bool) -> None:
        with failing("write", self._path), place(self._path, waiting(self._path)) as file:
            text = self._text()
            held, state = self._state(text)
            if state is None or state.what != rotation.what:
                raise CommandError(
                    f"'{self._path}' is in the middle of no rotation of '{rotation.what}' any more",
                    "somebody else has written it meanwhile; begin again when that has ended",
                )
            made = in_phase(
                self._cluster, self._secrets, held, text, rotation, state._replace(phase=phase),
                random=SystemRandom(), now=now(), ended=ended,
            )  # fmt: skip
            if isinstance(made, Refusal):
                raise refused(self._path, made)
            if made.text != text:
                _replace(file, made.text)

    def _text(self) -> str:
        text = read(self._path, _OTHER)
        if text is None:
            raise CommandError(f"'{self._path}' is not there", _OTHER)
        return text

    def _state(self, text: str) -> tuple[Contents, Rotating | None]:
        held = contents(text, self._secrets, _OTHER)
        if isinstance(held, Refusal):
            raise refused(self._path, held)
        state = rotating_in(text, held.seal)
        if isinstance(state, Refusal):
            raise refused(self._path, state)
        return held, state


def _replace(file: LockedFile, text: str) -> None:
    file.replace(text.encode("utf-8"), PRIVATE)
