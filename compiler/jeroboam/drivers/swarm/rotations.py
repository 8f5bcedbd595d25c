"""What a living swarm makes anew itself: tokens, the CA of its nodes, the key that unlocks managers."""

from __future__ import annotations

from jeroboam.model.rotation import AfterPhase, Phase, Rotation


def _own(what: str, summary: str, title: str, then: AfterPhase) -> Rotation:
    return Rotation(what, summary, (), (Phase(title, then=then),))


ROTATIONS = (
    _own(
        "tokens",
        "the tokens with which managers and workers join",
        "the swarm makes new tokens, and refuses the old ones",
        AfterPhase.ROTATE_JOIN_TOKENS,
    ),
    _own(
        "swarm-ca",
        "the CA of the swarm's own certificates, and its join tokens with it",
        "the swarm makes a new CA, and each node gets a certificate of it",
        AfterPhase.ROTATE_CA,
    ),
    _own(
        "autolock",
        "the key that unlocks a manager after it has restarted",
        "the swarm makes a new key, and each manager writes it down",
        AfterPhase.ROTATE_UNLOCK_KEY,
    ),
)
