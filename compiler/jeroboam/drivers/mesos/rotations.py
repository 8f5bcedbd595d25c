"""How the credentials of a living Mesos are replaced.

Facts: mesos-master keeps one secret for each principal (its authenticators have them in maps), so that two
are good at once only under two names; an agent's is kept nowhere, and a framework's may not change once it is
registered (src/master/validation.cpp: "Changing framework's principal is not allowed").
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import sha256

from jeroboam.model.rotation import Phase, Rotation, Values
from jeroboam.model.types import RoleKind

AGENTS_BYTES = 95
"""Two credentials, each a principal of 14 characters, a colon and a secret of 32, and a space between."""
_AGENT, _MARATHON, ADMIN = "mesos_agent_secret", "mesos_marathon_secret", "mesos_admin_password"


def _new(_: Values, new: Values) -> Values:
    return new


def _credential(value: str) -> bytes:
    """A secret with a name of its own, as fragments/mesos/lib/credentials.sh reads it."""
    secret = b64decode(value)
    return b"agent-%s:%s" % (sha256(secret).hexdigest()[:8].encode(), secret)


def _encoded(text: bytes) -> str:
    return b64encode(text).decode("ascii")


def _both(old: Values, new: Values) -> Values:
    return {_AGENT: _encoded(b"%s %s" % (b64decode(old[_AGENT]), _credential(new[_AGENT])))}


def _alone(_: Values, new: Values) -> Values:
    return {_AGENT: _encoded(_credential(new[_AGENT]))}


ROTATIONS = (
    Rotation(
        "agents",
        "the credential with which agents register",
        (_AGENT,),
        (
            Phase("masters accept both, agents have the old one", _both),
            Phase(
                "agents have the new one, then masters refuse the old one",
                _alone,
                made_anew=(RoleKind.WORKER, RoleKind.MASTER),
            ),
        ),
    ),
    Rotation(
        "marathon",
        "the secret with which Marathon registers",
        (_MARATHON,),
        (Phase("masters and their Marathons have the new one", _new),),
    ),
    Rotation(
        "admin",
        "the password of the user 'admin' of Mesos and Marathon",
        (ADMIN,),
        (Phase("masters and their Marathons ask for the new one", _new),),
    ),
)
